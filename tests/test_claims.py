"""Every claim: complete, computed, and able to fail."""

from __future__ import annotations

import functools
import importlib
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from claims_toy import Toy
from closeness import close
from muoquark.common.errors import InputError
from muoquark.paper.claims import anomalies, fit, single
from muoquark.paper.claims.catalogue import answer, answer_all, questions
from muoquark.paper.claims.record import (
    CHANGED,
    NOT_REPRODUCED,
    REPRODUCED,
    VERDICTS,
    Answer,
    Finding,
    Question,
    decide,
    restore,
)
from muoquark.paper.claims.workspace import DATA, LIGHT, Workspace, fixed
from muoquark.paper.plane import PRODUCT
from muoquark.report.claims import as_html, as_markdown, counts
from test_claims_page import rows


def test_every_question_is_complete():
    every = questions()
    assert len({q.name for q in every}) == len(every) > 50
    for q in every:
        assert q.place and q.statement and q.paper and q.criterion
        assert q.command.startswith("muoquark ")
        assert q.theme in q.call.partition(":")[0]
        assert len(q.statement) < 110


def test_what_computes_a_claim_is_there():
    for q in questions():
        module, _, name = q.call.partition(":")
        found = getattr(importlib.import_module(module), name)
        assert found is q if isinstance(found, Question) else q in _made(found, module)


def _made(function, module):
    assert callable(function)
    return importlib.import_module(module).CLAIMS


def _of_year(rows, data):
    year = 2021 if data == "2021-07" else 2026
    return {row["pair"]: row for row in rows if row["year"] == year}


def _anarchic(rows, data):
    chosen = _of_year(rows, data)
    return (chosen["mumu"]["scale_TeV"] / chosen["emu"]["scale_TeV"]) ** 2


def _hierarchical(rows, data):
    chosen = _of_year(rows, data)
    return (chosen["mumu"]["scale_TeV"] / chosen["mutau"]["scale_TeV"]) ** 2


def _fails(rows, kind, subjects=None):
    return float(sum(
        not row["verdict"] for row in rows
        if row["check"] == kind and (subjects is None or row["subject"] in subjects)
    ))  # fmt: skip


# What another command than `reproduce --only` prints, and where the row's number stands in it.
LINKS = {
    **{f"dipoles.{p}": lambda r, data, p=p: _of_year(r, data)[p]["scale_TeV"]
       for p in ("emu", "mumu", "mutau")},
    "dipoles.not-anarchic": _anarchic,
    "dipoles.hierarchical": _hierarchical,
    **{f"symmetry.condition-{k}": lambda r, data, k=k: 1 - _fails(r, "condition", (k, f"{k})"))
       for k in ("i", "ii", "iii", "iv", "v", "vi")},
    "symmetry.anomaly-free": lambda r, data: _fails(r, "anomaly"),
    "symmetry.candidate": lambda r, data: len(r["solutions"]),
    "symmetry.alternatives": lambda r, data: sum(s["conditions"]["i"] for s in r["solutions"]),
}  # fmt: skip
SLOW_LINKS = {
    "anomalies.bsmumu": lambda r, data: abs(r[0]["pull_sm"]),
    "anomalies.g-2": lambda r, data: abs(r[0]["pull_sm"]),
    "fit.delta-chi2": lambda r, data: r["delta_chi2"],
    "fit.best-fit": lambda r, data: r["best_fit"]["eta3L_3"],
    "fit.band-R-K": lambda r, data: r["bands"]["R_K(*)"]["best"],
    "fit.band-Bs--mumu": lambda r, data: r["bands"]["Bs->mumu"]["best"],
    "fit.band-b--smumu": lambda r, data: r["bands"]["b->smumu"]["best"],
    "fit.band-g-2--mu": lambda r, data: r["bands"]["(g-2)_mu"]["best"],
    "theory.robustness": lambda r, data: r["verdict"]["no_strong_constraint"],
    "single.r2-s3": lambda r, data: r["delta_chi2"],
}


def test_every_command_is_for_its_claim():
    """Either `reproduce` for this claim and this data alone, or a number that is compared below."""
    for q in questions():
        if q.name in LINKS or q.name in SLOW_LINKS:
            continue
        wanted = "--data {data} " if q.with_data else ""
        assert q.command == f"muoquark reproduce {wanted}--only {q.name}"
        assert questions(q.name) == (q,)


def compare(name, number, muoquark, workspace, data):
    (q,) = questions(name)
    arguments = shlex.split(q.command.replace("{data}", data))
    outcome = muoquark(*arguments[1:], "--json")
    assert outcome.code == 0, outcome.err
    found = q.function(workspace, data) if q.with_data else q.function(workspace)
    assert number(json.loads(outcome.out), data) == close(found.value, rel=1e-6), q.command


@pytest.fixture(scope="module")
def workspace():
    return Workspace(points=40)


@pytest.mark.parametrize("name", LINKS)
def test_commands_give_the_number_of_the_row(name, muoquark, workspace):
    compare(name, LINKS[name], muoquark, workspace, "2021-07")


def test_only():
    assert {q.theme for q in questions("fit.*")} == {"fit"}
    with pytest.raises(InputError, match="no claim fits 'nothing'"):
        questions("nothing")


def test_decide():
    assert decide(True) == REPRODUCED
    assert decide(False, True) == CHANGED
    assert decide(False) == NOT_REPRODUCED


# ----------------------------------------------------------------- workspace, records, report


def test_fixed():
    whole = Toy().general("toy")
    part = fixed(whole, {LIGHT: -1.0})
    assert [p.name for p in part.parameters] == ["eta3L_3", PRODUCT]
    point = np.array([[0.3, 0.01]])
    assert part.total(point) == close(whole.total(np.array([[0.3, 0.01, -1.0]])))


def test_answers_are_kept_and_restored():
    asked = questions("dipoles.*")
    workspace = Toy()
    seen = []
    first = answer_all(asked, workspace, each=seen.append)
    assert tuple(seen) == first
    kept = restore(asked, [one.record() for one in first[:2]])
    assert kept == first[:2]
    seen.clear()
    assert answer_all(asked, workspace, kept, seen.append) == first
    assert tuple(seen) == first[2:]


@functools.cache
def sample():
    """Answers of a toy: seconds, and the tests below change nothing of it."""
    workspace = Toy()
    asked = (*questions("dipoles.*"), *questions("symmetry.condition*"), fit.delta_chi2)
    inputs = {"versions": {"muoquark": "0"}, "hash": "abc", "data": {}}
    return tuple(answer(q, workspace) for q in asked), ("toy",), inputs


def test_markdown_and_counts():
    answers, data, inputs = sample()
    text = as_markdown(answers, data, inputs)
    for one in answers:
        assert f"## {one.question.name}" in text
        assert one.finding("toy").verdict in text
    assert sum(counts(answers, "toy").values()) == len(answers)


def test_html_escapes_and_needs_no_network():
    answers, data, inputs = sample()
    odd = Answer(answers[0].question, (Finding("<script>&{{ data }}", NOT_REPRODUCED, "a < b"),))
    pictures = [("data:image/png;base64,AA+/=", 'a "cap"')]
    text = as_html((odd, *answers), data, inputs, {"one": pictures})
    assert "<script>&" not in text and "&lt;script&gt;&amp;{{ data }}" in text
    assert '<section class="pair" id="figure-one">' in text
    assert '<img alt="a &#34;cap&#34;" src="data:image/png;base64,AA+/=">' in text
    assert "http" not in text.replace("http-equiv", "")
    assert text.count("<article") == len(answers) + 1


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_page_in_a_browser(tmp_path):
    answers, data, inputs = sample()
    (tmp_path / "page.html").write_text(as_html(answers, data, inputs, {}), encoding="utf-8")
    result = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000",
         f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom",
         f"file://{tmp_path / 'page.html'}#test"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    worst = max(VERDICTS.index(one.finding("toy").verdict) for one in answers)
    assert f'data-test="descending:{worst}"' in result.stdout
    assert "CONSOLE" not in result.stderr
    # Filtering by a verdict finds the rows that have it with some data, and no others.
    have = [sum(v in {f.verdict for f in one.findings} for one in answers) for v in VERDICTS]
    assert f'data-counts="{",".join(map(str, have))}"' in result.stdout
    assert f"{len(answers)} of {len(answers)} claims" in result.stdout


def test_command(muoquark, tmp_path):
    import json

    outcome = muoquark("reproduce", "--only", "theory.eq4", "--out", tmp_path, "--json")
    assert outcome.code == 0, outcome.err
    (record,) = json.loads(outcome.out)
    assert record["id"] == "theory.eq4"
    assert record["verdict"] in VERDICTS
    document = json.loads((tmp_path / "reproduce.json").read_text())
    assert document["inputs"]["verb"] == "reproduce"
    assert document["inputs"]["hash"] == record["inputs_hash"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "reproduce.html", "reproduce.json", "reproduce.md",
    ]  # fmt: skip
    again = muoquark("reproduce", "--only", "theory.eq4", "--out", tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    assert muoquark("reproduce", "--only", "nothing").code == 2
    assert muoquark("reproduce", "--data", "2020-01", "--only", "theory.eq4").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_LINKS)
def test_slow_commands_give_the_number_of_the_row(name, muoquark, workspace):
    compare(name, SLOW_LINKS[name], muoquark, workspace, "2026-06")


def check_page(answers):
    """docs/claims.md has the verdicts and the numbers that are found."""
    signs = dict(zip(VERDICTS, "✓≈✗–", strict=True))
    page = rows()
    for one in answers:
        for text, data in zip(page[one.question.name][2:], DATA, strict=True):
            if text.startswith("the same"):
                continue
            finding, where = one.finding(data), (one.question.name, data)
            assert text[0] == signs[finding.verdict], where
            printed, found = numbers_in(text), numbers_in(finding.text)
            assert len(printed) == len(found), where
            for a, b in zip(printed, found, strict=True):
                # the last printed digit, and what a coarser grid of the plane does to intervals
                assert abs(a - b) <= 0.02 * max(abs(a), abs(b)) + 0.011 or max(a, b) < 1e-9, where


def numbers_in(text):
    return [float(x) for x in re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)]


@pytest.mark.slow
def test_everything():
    answers = answer_all(questions(), Workspace(points=40))
    then = {one.question.name: one.finding(DATA[0]).verdict for one in answers}
    now = {one.question.name: one.finding(DATA[1]).verdict for one in answers}
    assert then["anomalies.g-2"] == then["anomalies.rk"] == REPRODUCED
    assert now["anomalies.g-2"] == now["anomalies.rk"] == NOT_REPRODUCED
    assert then["fit.delta-chi2"] == CHANGED
    assert then["dipoles.emu"] == then["theory.fifty-percent"] == NOT_REPRODUCED
    check_page(answers)
    assert anomalies.CLAIMS and single.CLAIMS


def reproducing(out):
    return [
        sys.executable,
        "-m",
        "muoquark",
        "reproduce",
        "--only",
        "symmetry.*",
        "--out",
        str(out),
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    subprocess.run(reproducing(out), check=True, capture_output=True, timeout=120)
    return json.loads((out / "reproduce.json").read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_and_resumed(tmp_path, undisturbed, number):
    """A run that is stopped goes on where it was, to the very same result."""
    partial = tmp_path / "claims.partial.json"
    with subprocess.Popen(reproducing(tmp_path), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while not (partial.exists() and len(json.loads(partial.read_text())["claims"]) > 2):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in errors
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == [partial.name]
    # What was there is taken over: a mark in it survives into the result.
    document = json.loads(partial.read_text())
    kept = document["claims"][0]["findings"][0]
    original, kept["text"] = kept["text"], "kept from before"
    partial.write_text(json.dumps(document))
    subprocess.run(reproducing(tmp_path), check=True, capture_output=True, timeout=120)
    result = json.loads((tmp_path / "reproduce.json").read_text())
    assert result["claims"][0]["findings"][0]["text"] == "kept from before"
    result["claims"][0]["findings"][0]["text"] = original
    assert result == undisturbed
    assert not partial.exists()


def test_limits_that_stand_twice_are_the_same():
    """The claims' table has the limit on m_ee that the neutrino prediction is compared with."""
    from muoquark.neutrino.prediction import BOUNDS

    entry = Workspace().limits().double_beta[2026]
    assert entry.range_eV == BOUNDS["m_ee, KamLAND-Zen"].value
