"""`muoquark goodness`: text, JSON, figure, bad input."""

from __future__ import annotations

import json

import pytest

from closeness import close
from muoquark.inference.goodness import goodness as judgement
from muoquark.model.card_file import read_card
from test_goodness import setup


@pytest.fixture(scope="module")
def result():
    """What the built-in card's point says, computed once, with a likelihood that is there."""
    likelihood, *_ = setup("2021-07")
    return judgement.goodness(likelihood, read_card("paper"))


@pytest.fixture
def quick(monkeypatch, result):
    """Let the verb take the record that is there; note what it asked for."""
    asked = {}

    def goodness(likelihood, source, order, **options):
        asked.update(options, order=order, source=source)
        return result

    monkeypatch.setattr(judgement, "goodness", goodness)
    return asked


def test_json_files_and_inputs(muoquark, tmp_path, quick, result):
    outcome = muoquark("goodness", "paper", "--data", "2021-07", "--out", tmp_path, "--json",
                       "--top", 3, "--convention", "smelli", "--seed", 7)  # fmt: skip
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    assert document["point"]["delta_chi2"] == close(result.point.delta_chi2)
    assert document["inputs"]["verb"] == "goodness"
    assert document["inputs"]["convention"] == "smelli"
    assert (quick["top"], quick["convention"], quick["seed"]) == (3, "smelli", 7)
    assert json.loads((tmp_path / "goodness.json").read_text()) == document
    assert (tmp_path / "pulls.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "pulls.pdf").read_bytes().startswith(b"%PDF")
    again = muoquark("goodness", "paper", "--data", "2021-07", "--out", tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    assert (
        muoquark("goodness", "paper", "--data", "2021-07", "--out", tmp_path, "--force").code == 0
    )


def test_text(muoquark, quick, result):
    outcome = muoquark("goodness", "paper", "--data", "2021-07")
    assert outcome.code == 0, outcome.err
    total = result.sm["total"]
    shown = f"{total.chi2 - total.chi2_limits:.1f}/{total.dof}"
    assert shown in outcome.out
    assert f"Delta chi2 = {result.point.delta_chi2:.1f}" in outcome.out
    assert "probability of a larger chi2" in outcome.out
    best = result.gains["measurement"].gains[0]
    assert best.name.split()[0] in outcome.out
    assert f"{result.gains['measurement'].sum:+.2f}" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-card",), "no-such-card"),
        (("paper", "--data", "2020-01"), "2020-01"),
        (("paper", "--convention", "pdg"), "convention"),
        (("paper", "--toys", "-1"), "toys"),
    ],
)
def test_bad_input(muoquark, quick, arguments, message):
    outcome = muoquark("goodness", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
