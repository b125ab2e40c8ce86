"""Bands of single groups on likelihoods whose answers are known, in any order of parameters."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.fit import fit
from muoquark.inference.objective import Parameter
from muoquark.inference.profile.bands import default_names
from muoquark.likelihood.groups import GROUPS, REPRESENTED
from muoquark.likelihood.likelihood import Likelihood
from toy_objective import ToyObjective

# Parameters of the toys, and the chi2 of each of their groups.
RANGES = {"s": (0.0, 0.8), "r": (-0.2, 0.2), "m": (-1.0, 1.0)}
TOY = {
    "R_K(*)": lambda s, r, m: ((s - 0.35) / 0.05) ** 2,
    "(g-2)_mu": lambda s, r, m: ((r - 0.02) / 0.03) ** 2,
    "Delta F = 2": lambda s, r, m: 0.4 * s**2,
}


def toy(order, groups, blocks=("all",)):
    """The sum of the groups as the whole likelihood of the parameters in the given order."""
    parameters = tuple(Parameter(n, *RANGES[n], float(np.mean(RANGES[n]))) for n in order)

    def parts(points):
        values = {n: np.zeros(len(points)) for n in RANGES}
        values |= dict(zip(order, np.asarray(points).T, strict=True))
        chi2 = [function(**values) + 0 * values["s"] for function in groups.values()]
        shares = [sum(chi2) / len(blocks)] * len(blocks)
        return -0.5 * np.stack([*shares, *chi2], axis=1)

    return ToyObjective(parameters, (*blocks, *groups), blocks, parts)


@pytest.mark.parametrize("order", [("s", "r"), ("r", "s")])
def test_a_band_belongs_to_what_the_group_constrains(order):
    bands = fit(toy(order, TOY), starts=2, points=50).bands
    assert set(bands) == {"R_K(*)", "(g-2)_mu"}  # Delta F = 2 would cover the plane
    for name, parameter, centre, width in (
        ("R_K(*)", "s", 0.35, 0.05),
        ("(g-2)_mu", "r", 0.02, 0.03),
    ):
        only = bands[name].only
        assert (bands[name].shape, only.name) == ("interval", parameter)
        assert only.best == pytest.approx(centre, abs=1e-6)
        assert only.intervals() == [pytest.approx((centre - width, centre + width), abs=1e-6)]


def test_a_group_of_both_parameters_is_a_region():
    """A tilted band constrains the difference alone; an ellipse both parameters, each profiled."""
    covariance = np.array([[0.04, 0.003], [0.003, 0.0004]]) / 16
    inverse = np.linalg.inv(covariance)

    def ellipse(s, r, m):
        d = np.stack([s - 0.4, r], axis=-1)
        return np.einsum("...i,ij,...j->...", d, inverse, d)

    groups = {"tilted": lambda s, r, m: ((s / 2 - 0.2 - r) / 0.04) ** 2, "ellipse": ellipse}
    result = fit(toy(("s", "r"), groups), starts=2, points=100)
    tilted, both = result.bands["tilted"], result.bands["ellipse"]
    assert (tilted.shape, tilted.profiles, tilted.only) == ("region", {}, None)
    assert (both.shape, both.only) == ("region", None)
    for k, (name, centre) in enumerate((("s", 0.4), ("r", 0.0))):
        width = np.sqrt(covariance[k, k])
        expected = pytest.approx((centre - width, centre + width), abs=2e-4)
        assert both.profiles[name].intervals() == [expected]

    bands = json.loads(json.dumps(result.record(), default=float))["bands"]
    assert bands["tilted"]["parameter"] is bands["tilted"]["best"] is None
    line = np.concatenate([np.array(line) for line in bands["tilted"]["contour"]])
    assert len(line) > 50
    assert np.abs(line[:, 0] / 2 - 0.2 - line[:, 1]) == pytest.approx(
        np.full(len(line), 0.04), abs=1e-3
    )
    assert set(bands["ellipse"]["profiles"]) == {"s", "r"}


def test_what_is_asked_for_is_there_and_says_what_it_is():
    asked = ("all", "Delta F = 2", "all")
    bands = fit(toy(("r", "s"), TOY), starts=2, points=40, bands=asked).bands
    assert list(bands) == ["all", "Delta F = 2"]
    assert set(bands["all"].profiles) == {"r", "s"}
    nothing = bands["Delta F = 2"]
    assert (nothing.shape, nothing.profiles) == ("everything", {})
    assert nothing.variation == pytest.approx(0.4 * 0.8**2, rel=1e-9, abs=0)
    with pytest.raises(InputError, match=r"no group or block 'R_K': did you mean 'R_K\(\*\)'"):
        fit(toy(("r", "s"), TOY), bands=["R_K"])


def test_one_parameter():
    """A scan with the global interval, the groups' intervals, and no plane."""
    result = fit(toy(("s",), TOY), starts=2)
    assert result.plane is None
    assert list(result.bands) == ["R_K(*)"]
    # Delta F = 2 pulls by a little: chi2 = (s - 0.35)^2 / 0.0025 + 0.4 s^2
    precision = 1 / 0.05**2 + 0.4
    best, width = 0.35 / 0.05**2 / precision, precision**-0.5
    assert result.best.values["s"] == pytest.approx(best, abs=1e-6)
    for span, middle, half in (
        (result.profiles["s"].intervals(), best, width),
        (result.profiles["s"].intervals(4.0), best, 2 * width),
        (result.bands["R_K(*)"].only.intervals(), 0.35, 0.05),
    ):
        assert span == [pytest.approx((middle - half, middle + half), abs=2e-5)]
    assert result.variation["R_K(*)"] == pytest.approx(81, rel=1e-6, abs=0)


def test_with_three_parameters_the_others_are_minimised_over():
    groups = {
        "R_K(*)": lambda s, r, m: ((s - 0.35 - 0.1 * m) / 0.05) ** 2 + (m / 0.5) ** 2,
        "(g-2)_mu": lambda s, r, m: ((r - 0.02) / 0.03) ** 2,
    }
    objective = toy(("m", "r", "s"), groups)
    assert fit(objective, starts=2).bands == {}
    bands = fit(objective, starts=2, bands=["R_K(*)"]).bands
    assert set(bands["R_K(*)"].profiles) == {"m", "s"}
    width = np.hypot(0.05, 0.1 * 0.5)
    for name, centre, half in (("m", 0.0, 0.5), ("s", 0.35, width)):
        found = bands["R_K(*)"].profiles[name].intervals()
        assert found == [pytest.approx((centre - half, centre + half), abs=1e-4)]


def test_of_groups_with_common_observables_one_is_shown():
    objective = toy(("s",), {name: TOY["R_K(*)"] for name in GROUPS})
    vary = dict.fromkeys(GROUPS, 2.0)
    assert default_names(objective, vary) == tuple(n for n in GROUPS if n not in REPRESENTED)
    assert default_names(objective, vary | {"R(D(*))": 0.9})[-1] == "b->cellnu"
    for one, other in REPRESENTED.items():
        found = Likelihood("2026-06").groups
        assert set(found[one]) & set(found[other]), (one, other)


@pytest.mark.parametrize("order", [("s",), ("r", "s"), ("m", "r", "s")])
def test_command(muoquark, tmp_path, monkeypatch, order):
    """From the option to the files, with a toy in the likelihood's place."""

    def objective(likelihood, card, matching):
        flat = {name: lambda s, r, m: 0.0 * s for name in likelihood.groups}
        return toy(order, flat | TOY, likelihood.blocks)

    monkeypatch.setattr("muoquark.inference.fit.objective_of", objective)
    arguments = ("fit", "--points", "40", "--bands", "quarks, R_K(*),Delta F = 2")
    outcome = muoquark(*arguments, "--out", tmp_path / "out", "--json")
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    names = ["quarks", "R_K(*)", "Delta F = 2"]
    assert list(document["bands"]) == document["inputs"]["bands"] == names
    band = document["bands"]["R_K(*)"]
    assert band["parameter"] == "s"
    assert band["interval_1sigma"] == [pytest.approx([0.3, 0.4], abs=1e-4)]
    assert document["bands"]["Delta F = 2"]["parameter"] is None
    assert (tmp_path / "out" / "fit.png").read_bytes().startswith(b"\x89PNG")
    # wide enough that no cell of a table goes over two lines
    monkeypatch.setenv("COLUMNS", "160")
    printed = muoquark(*arguments).out
    assert "nothing in the ranges" in printed
    (line,) = (row for row in printed.splitlines() if "for --bands: " in row)
    others = line.partition("for --bands: ")[2].split(", ")
    assert others[:2] == (["(g-2)_mu", "leptons"] if "r" in order else ["leptons", "ewpt"])
    table = muoquark("export", tmp_path / "out" / "fit.json", "--format", "csv", "--table", "bands")
    assert "\nR_K(*),s,0.35" in table.out, table.err
    again = muoquark("rerun", tmp_path / "out" / "fit.json")
    assert again.code == 0, again.err + again.out


@pytest.mark.parametrize("asked", ["R(D*)", "R_K(*),", ""])
def test_unknown_band(muoquark, tmp_path, asked):
    outcome = muoquark("fit", "--bands", asked, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert f"no group or block '{asked if asked == 'R(D*)' else ''}'" in outcome.err
    assert "Allowed: R_K(*), " in outcome.err
    assert ("did you mean 'R(D(*))'?" in outcome.err) == (asked == "R(D*)")
    assert outcome.out == ""
