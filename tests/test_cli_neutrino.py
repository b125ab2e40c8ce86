"""The verb `neutrino`."""

from __future__ import annotations

import csv
import json
from functools import partial

import pytest

import muoquark.neutrino.prediction as predicted
import muoquark.report.neutrino as report
from closeness import close


def test_json_of_one_ordering(muoquark, tmp_path):
    path = tmp_path / "windows.csv"
    outcome = muoquark("neutrino", "--ordering", "IO", "--json", "--csv", path)
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert list(found) == ["condition", "fit", "source", "orderings", "bounds"]
    assert found["bounds"]["m_ee, KamLAND-Zen"]["value"] == [0.028, 0.122]
    inverted = found["orderings"]["IO"]
    assert inverted["allowed"]["1 sigma"] == []
    (window,) = inverted["allowed"]["3 sigma"]
    assert window["sum"][0] > found["bounds"]["sum, Planck 2018"]["value"]
    assert window["lightest"][1] is None
    assert inverted["example"] is None
    assert inverted["carried"]
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["level"] for row in rows] == ["1 sigma", "2 sigma", "3 sigma"]
    assert rows[0]["sum_min_meV"] == "none"
    assert float(rows[2]["sum_min_meV"]) == close(1e3 * window["sum"][0], rel=0.01)


def test_table(muoquark, monkeypatch):
    monkeypatch.setattr(predicted, "_SIGMAS", (1.0,))
    outcome = muoquark("neutrino", "--ordering", "NO", "--fit", "NuFIT-6.0")
    assert outcome.code == 0, outcome.err
    assert "NuFIT 6.0" in outcome.out
    assert "above 33" in outcome.out
    assert "heavy masses" in outcome.out


def test_figure(muoquark, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(predicted, "_SIGMAS", ())
    monkeypatch.setattr(report, "figure", partial(report.figure, points=8))
    path = tmp_path / "figure.png"
    outcome = muoquark("neutrino", "--figure", path)
    assert outcome.code == 0, outcome.err
    assert path.read_bytes().startswith(b"\x89PNG")
    again = muoquark("neutrino", "--figure", path)
    assert again.code == 2
    assert "exists already" in again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fit", "NuFIT-7"], "unknown global fit"),
        (["--ordering", "XX"], "XX"),
        (["--figure", "x.docx"], ".png, .pdf or .svg"),
        (["--figure", "/nowhere/x.png", "--fit", "NuFIT-7"], "there is no folder /nowhere"),
    ],
)
def test_faults_are_messages(muoquark, arguments, message):
    outcome = muoquark("neutrino", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
