"""The estimate of what the linear maps leave out, against wilson's non-linear running."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from muoquark.likelihood.likelihood import STATUS, Likelihood
from muoquark.matching.match import match
from muoquark.model.card_file import read_card
from muoquark.running.evolution import Evolution, LowSector, Output
from muoquark.running.second_order import coupling_shifts
from muoquark.smeft.wcxf import WilsonCoefficients

MU = 1000.0
TOPS = {
    "qq1_3333": 1e-6,
    "uu_3333": 1e-6,
    "qu1_3333": 1e-6,
    "qu8_3333": 1e-6,
    "phiq3_33": 1e-7,
    "phiu_33": 5e-7,
}
POTENTIAL = {"phi": 1e-5, "phiBox": 1e-6, "uphi_33": 8e-7, "phiG": 3e-9}
# docs/evolution.md: what wilson's running says of the error, and whether it is above the promise
BEYOND = {
    "four tops": TOPS,
    "a third": {k: 0.3 * v for k, v in TOPS.items()},
    "Higgs": POTENTIAL,
    "qu1": {"qu1_3333": 1e-6},
    "phi and phiBox": {"phi": 1e-5, "phiBox": 2e-7},
    "uphi": {"uphi_33": 8e-7},
}
INSIDE = {
    "SM": {},
    "a tenth of the tops": {k: 0.1 * v for k, v in TOPS.items()},
    "phi": {"phi": 2.5e-5},
    "small uphi": {"uphi_33": 2e-7},
    "phiG": {"phiG": 1e-8},
    "phiD": {"phiD": 1e-7},
    "phil3": {"phil3_22": 5e-8},
    "muons": {"lq3_2233": 1e-7, "lq1_2223": 1e-9, "eu_2233": 1e-7},
}


@cache
def likelihood():
    return Likelihood("2026-06")


@cache
def small_map(chain="full"):
    """A map that passes the Z mass, cheap to assemble."""
    evolution = Evolution.load(chain)
    return evolution.at(MU, [Output(LowSector("SMEFT", "Warsaw", "all", 91.1876), "phiD:Re")])


def share(values, chain="full"):
    return float(small_map(chain).shifts.second_order(Evolution.load(chain).vector(values)))


def test_shifts_of_the_couplings():
    """Against the definitions of 1704.03888 in numbers: v^2 = 0.0606 TeV^2, y_t = 0.971."""
    names = [
        f"{n}:Re"
        for n in ("phi phiBox phiD phiW phiB phiWB phiG uphi_33 phil3_11 phil3_22 ll_1221".split())
    ]

    def total(**values):
        c = np.array([values.get(n.split(":")[0], 0.0) for n in names])
        return np.abs(coupling_shifts(names) @ c).sum()

    v2 = 60624.0
    assert total(uphi_33=1e-6) == pytest.approx(4 * v2 * 1e-6 / 2 / 0.971, rel=2e-3, abs=0)
    quartic = 3 * v2**2 * 1e-5 / 130.6**2
    assert total(phi=1e-5) == pytest.approx(0.2 * quartic, rel=2e-3, abs=0)
    assert total(phiG=1e-6) == pytest.approx(v2 * 1e-6, rel=1e-3, abs=0)
    # shifts of one coupling add with their signs
    assert total(phil3_11=1e-8, ll_1221=2e-8) == pytest.approx(0, abs=1e-12)


def test_running_makes_uphi_of_four_tops():
    """dy_t/y_t = -0.56 % and dlambda/lambda = -1.2 % in wilson's running."""
    assert share(TOPS) == pytest.approx(4 * 0.0056 + 0.2 * 0.012 + 0.3 * 0.0022, rel=0.03, abs=0)
    assert share({k: 2 * v for k, v in TOPS.items()}) == pytest.approx(
        2 * share(TOPS), rel=1e-9, abs=0
    )


@pytest.mark.parametrize("chain", ["full", "smelli"])
def test_muoquarks_are_in_the_linear_regime(chain):
    point = match(read_card("paper").point())
    assert 0 < share(point.values, chain) < 1e-3


def test_monomials_in_the_place_of_coefficients():
    linear = small_map()
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(len(linear.inputs), 3))
    m = rng.normal(size=(2, 3))
    composed = linear.shifts.composed(weights)
    assert composed.second_order(m) == pytest.approx(
        linear.shifts.second_order(m @ weights.T), rel=1e-9, abs=0
    )


@pytest.mark.slow
def test_status_of_points():
    """In NumPy and in JAX, beyond the linear regime and inside."""
    import jax

    forward = likelihood().forward(MU)
    points = {**BEYOND, **INSIDE}
    c = np.array([likelihood().evolution.vector(v) for v in points.values()])
    plain = forward.evaluate(c).status
    for name, bits in zip(points, plain, strict=True):
        assert bool(bits & 32) == (name in BEYOND), name
    with jax.enable_x64(True):
        assert np.array_equal(np.asarray(forward.evaluate(c, jax.numpy).status), plain)
    result = likelihood()(WilsonCoefficients(scale=MU, values=TOPS))
    assert result.status == (STATUS[32],)


@pytest.mark.slow
@pytest.mark.parametrize("snapshot", ["2021-07", "2026-06"])
def test_best_fits_of_the_paper_are_ordinary(snapshot):
    one = Likelihood(snapshot)
    point = read_card("paper").point()
    for scale in (0.8, 1.0):
        here = replace(point, eta3L=scale * point.eta3L)
        assert one(match(here)).status == ()
