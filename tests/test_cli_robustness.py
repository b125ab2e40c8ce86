"""`muoquark robustness`: verdict, JSON, figure, bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.paper import robustness as module
from muoquark.paper.plane import PRODUCT


def record(free):
    """A record of ten draws of which the fraction `free` has no strong constraint."""
    rng = np.random.default_rng(1)
    family = {"target": False, "strong": 1 - free, "median": 0.1, "95 %": 5.0, "largest": 7.0}
    anomalies = {"explains": 0.4, "no_strong_constraint": free, "families": {"b->dmumu": family}}
    subset = {"delta_chi2_quantiles": {q: 50.0 for q in ("2.5", "16", "50", "84", "97.5")},
              "kept_1sigma": 0.5, "kept_2sigma": 0.7}  # fmt: skip
    mover = {"label": "BR(B0->mumu)", "block": "quarks", "family": "b->dmumu", "shift_2.5": -0.5,
             "shift_50": 0.1, "shift_97.5": 2.5, "moves_1sigma": 0.2, "pull_sm": 0.1,
             "pull_unit": 0.2}  # fmt: skip
    return {
        "criteria": module.CRITERIA,
        "reference": {"preferred": {"delta_chi2": 59.1, "eta3L_3": 0.4, PRODUCT: 0.015}},
        "subsets": {"all": subset},
        "anomalies": anomalies,
        "observables": [mover],
        "samples": {
            "number": 10,
            "coefficients": {n: rng.normal(size=(10, 2)).tolist() for n in module.NAMES},
            "delta_chi2": rng.uniform(40, 60, 10),
        },
        "verdict": module.verdict(anomalies, 1000),
    }


@pytest.fixture
def quick(monkeypatch):
    asked = {"free": 0.97}

    def robustness(likelihood, samples, seed, **options):
        asked.update(options, samples=samples, seed=seed)
        return record(asked["free"])

    monkeypatch.setattr(module, "robustness", robustness)
    return asked


@pytest.mark.parametrize(
    ("free", "word"),
    [(0.97, "reproduced"), (0.8, "reproduced with a stated change"), (0.5, "not reproduced")],
)
def test_the_verdict_is_printed_with_its_reason(muoquark, quick, free, word):
    quick["free"] = free
    outcome = muoquark("robustness", "--data", "2021-07", "--samples", 40, "--space", "U2")
    assert outcome.code == 0, outcome.err
    text = " ".join(outcome.out.split())
    assert f": {word} {40} %" in text
    assert f"{100 * free:.1f} +- " in text
    assert f"b->dmumu ({100 * (1 - free):.1f} %)" in text
    assert "at least 95 % have no strong constraint" in text
    assert (quick["samples"], quick["space"]) == (40, "U2")


def test_json_and_files(muoquark, tmp_path, quick):
    outcome = muoquark("robustness", "--data", "2026-06", "--out", tmp_path, "--json", "--seed", 3)
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    assert document["verdict"]["verdict"] == "reproduced"
    assert document["inputs"]["seed"] == 3 == quick["seed"]
    assert json.loads((tmp_path / "robustness.json").read_text()) == document
    assert (tmp_path / "robustness.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "robustness.pdf").read_bytes().startswith(b"%PDF")
    again = muoquark("robustness", "--out", tmp_path)
    assert again.code == 2
    assert "exists already" in again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--space", "U3"), "space"), (("--samples", "3"), "samples"), (("--data", "x"), "x")],
)
def test_bad_input(muoquark, quick, arguments, message):
    outcome = muoquark("robustness", *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
