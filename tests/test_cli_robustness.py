"""`muoquark robustness`: verdict, JSON, figure, bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.paper.plane import PRODUCT
from muoquark.paper.robustness import robustness as module
from muoquark.paper.robustness.constraints import Constraints, FamilyExcess
from muoquark.paper.robustness.movers import Mover
from muoquark.paper.robustness.robustness import (
    AllData,
    AnomaliesAlone,
    DrawnSubset,
    Draws,
    Robustness,
    UnitFit,
)
from muoquark.paper.robustness.verdict import verdict


def ten_draws(free):
    """Ten draws of which the fraction `free` has no strong constraint."""
    rng = np.random.default_rng(1)
    family = FamilyExcess(target=False, strong=1 - free, median=0.1, p95=5.0, largest=7.0)
    found = Constraints(free, {"b->dmumu": family})
    quantiles = {q: 50.0 for q in ("2.5", "16", "50", "84", "97.5")}
    subset = DrawnSubset(quantiles, 60.0, 0.5, 0.7, found, 1.0)
    draws = Draws(
        seed=3,
        coefficients=rng.normal(size=(10, 4)) + 1j * rng.normal(size=(10, 4)),
        leading=rng.uniform(size=(10, 2)),
        delta_chi2=rng.uniform(40, 60, 10),
        not_converged=0,
        status_not_ordinary=0,
    )
    return Robustness(
        space="U2",
        moduli=(1 / 3, 3.0),
        anomalies=AnomaliesAlone(30.0, 1.0, 0.4, 0.5, 0, found),
        observables=(
            Mover("BR(B0->mumu)", "quarks", "b->dmumu", (-0.5, 0.1, 2.5), 0.2, 0.1, 0.2, 0.0),
        ),
        verdict=verdict(0.4, found, 1000),
        all_data=AllData(
            reference={"preferred": UnitFit(-1.0, 0.4, 0.015, 59.1)},
            fixed={"all": subset},
            subsets={"all": subset},
            draws=draws,
        ),
    )


@pytest.fixture
def quick(monkeypatch):
    asked = {"free": 0.97}

    def robustness(likelihood, samples, seed, **options):
        asked.update(options, samples=samples, seed=seed)
        return ten_draws(asked["free"])

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
    assert list(document) == [
        "space", "moduli", "criteria", "reference", "fixed", "subsets", "samples", "anomalies",
        "observables", "verdict", "inputs",
    ]  # fmt: skip
    assert document["verdict"]["verdict"] == "reproduced"
    assert document["reference"]["preferred"][PRODUCT] == 0.015
    assert document["samples"]["number"] == 10
    assert document["observables"][0]["shift_97.5"] == 2.5
    assert document["subsets"]["all"]["no_strong_constraint"] == 0.97
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
