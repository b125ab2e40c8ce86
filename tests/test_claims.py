"""Every claim: complete, computed, and able to fail."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from claims_toy import Toy
from muoquark.claims import anomalies, fit, single
from muoquark.claims.catalogue import answer, answer_all, questions
from muoquark.claims.record import (
    CHANGED,
    NOT_REPRODUCED,
    REPRODUCED,
    VERDICTS,
    Answer,
    Finding,
    decide,
    restore,
)
from muoquark.claims.workspace import DATA, LIGHT, Workspace, fixed
from muoquark.common.errors import InputError
from muoquark.inference.plane import PRODUCT
from muoquark.report.claims import as_html, as_markdown, counts


def test_every_question_is_complete():
    every = questions()
    assert len({q.name for q in every}) == len(every) > 50
    for q in every:
        assert q.place and q.statement and q.paper and q.criterion
        assert q.command.startswith("muoquark ")
        assert q.theme in q.call.partition(":")[0]
        assert len(q.statement) < 110


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
    assert part.total(point) == pytest.approx(whole.total(np.array([[0.3, 0.01, -1.0]])))


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


def sample():
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
    odd = Answer(answers[0].question, (Finding("<script>&", NOT_REPRODUCED, "a < b"),))
    text = as_html((odd, *answers), data, inputs, {})
    assert "<script>&" not in text
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
def test_everything():
    answers = answer_all(questions(), Workspace(points=40))
    then = {one.question.name: one.finding(DATA[0]).verdict for one in answers}
    now = {one.question.name: one.finding(DATA[1]).verdict for one in answers}
    assert then["anomalies.g-2"] == then["anomalies.rk"] == REPRODUCED
    assert now["anomalies.g-2"] == now["anomalies.rk"] == NOT_REPRODUCED
    assert then["fit.delta-chi2"] == CHANGED
    assert then["dipoles.emu"] == then["theory.fifty-percent"] == NOT_REPRODUCED
    assert anomalies.CLAIMS and single.CLAIMS
