"""Measured value and uncertainty as they are shown: by hand, and flavio's stored ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import gamma, norm

from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.measured import combined, shown
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.parts import open_part
from muoquark.likelihood.pdfs import (
    Asymmetric,
    Gamma,
    HalfNormal,
    MultivariateNormal,
    Normal,
    Poisson,
    Tabulated,
)


def normal(mean, covariance, *observables):
    pdf = MultivariateNormal(np.atleast_1d(mean), np.atleast_2d(covariance))
    return Constraint("b", "m", observables or (0,), pdf)


def one(pdf):
    return Constraint("b", "m", (0,), pdf)


def data(constraints, size=1, gaussian=False):
    """A block of its own, with a theory covariance of zero if it is Gaussian."""
    observables = tuple(Observable(f"o{k}") for k in range(size))
    theory = {"b": np.zeros((size, size))} if gaussian else {}
    return DataSet(observables, tuple(constraints), {"b": tuple(range(size))}, theory)


def alone(*constraints):
    return combined(data(constraints))[0]


def test_gaussians():
    """The weighted average, in a block with theory errors and elsewhere."""
    own = normal(1.0, 0.09), normal(2.0, 0.16)
    weights = np.array([1 / 0.09, 1 / 0.16])
    expected = weights @ [1, 2] / weights.sum(), weights.sum() ** -0.5
    same = one(Normal(1.0, 0.3)), one(Normal(2.0, 0.4))
    assert combined(data(same))[0] == pytest.approx(expected, rel=1e-12, abs=0)
    for gaussian in (False, True):
        found = combined(data(own, gaussian=gaussian))[0]
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_one_measurement():
    """A limit is zero and its 68 % quantile, an asymmetric error its larger side."""
    assert alone(one(HalfNormal(0.0, 2e-9))) == pytest.approx((0, 2e-9), rel=1e-4, abs=1e-15)
    assert alone(one(HalfNormal(1.0, -0.5))) == pytest.approx((1, 0.5), rel=1e-4, abs=0)
    assert alone(one(Asymmetric(1.0, 0.2, 0.5))) == pytest.approx((1, 0.5), rel=1e-4, abs=0)
    own = gamma(3.0, -0.5, 1.0)  # its mode is at 1.5
    end = own.isf((1 - 0.6826894921) * own.sf(1.5))
    assert alone(one(Gamma(3.0, -0.5e-5, 1e-5))) == pytest.approx(
        (1.5e-5, (end - 1.5) * 1e-5), rel=1e-4, abs=0
    )
    x = np.linspace(-8, 8, 4001)
    table = Tabulated.of(3 + 0.1 * x, norm.pdf(x))
    assert alone(one(table)) == pytest.approx((3, 0.1), rel=1e-3, abs=0)


def test_counted_events():
    """Counts minus background, and the side on which more of the likelihood lies."""
    value, error = alone(one(Poisson(74.0, 63.0, 6.0)))
    assert value == pytest.approx(11.0, abs=1e-3)
    # Of a known background L(s) is a gamma distribution of shape 75 of s + 63.
    own = gamma(75.0, -63.0)
    end = own.isf((1 - 0.6826894921) * own.sf(11.0))
    known, spread = alone(one(Poisson(74.0, 63.0)))
    assert (known, spread) == pytest.approx((11.0, end - 11.0), rel=1e-4, abs=0)
    assert error > spread
    assert error == pytest.approx(np.hypot(spread, 6.0), rel=0.02, abs=0)


def test_product():
    """A limit and a value: the mode minimises the sum of both chi2."""
    found = alone(one(HalfNormal(0.0, 1.0)), normal(2.0, 1.0))
    assert found == pytest.approx((1, 0.5**0.5), rel=1e-3, abs=0)
    left, right, centre = 0.3, 1.0, 0.5

    def chi2(x):
        return (x / (left if x < 0 else right)) ** 2 + (x - centre) ** 2

    pair = one(Asymmetric(0.0, left, right)), normal(centre, 1.0)
    assert alone(*pair)[0] == pytest.approx(minimize_scalar(chi2).x, abs=1e-5)


@pytest.mark.parametrize("width", [1e3, 1e6])
def test_a_wide_measurement_changes_nothing(width):
    for own in (one(HalfNormal(0.0, 2.0)), one(Gamma(3.0, -1.0, 1.0)),
                one(Asymmetric(1.0, 0.2, 0.5))):  # fmt: skip
        assert alone(own, normal(0.7, width**2)) == pytest.approx(alone(own), abs=2e-3)


def test_measurements_that_exclude_each_other():
    value, error = alone(one(HalfNormal(0.0, -0.1)), one(HalfNormal(1.0, 0.1)))
    assert 0 < value < 1
    assert 0 < error < 1


def test_theory_errors_and_correlations():
    """The value of a Gaussian block is the combined one: a correlated partner moves it."""
    pair = normal([1.0, 2.0], [[0.04, 0.03], [0.03, 0.09]], 0, 1)
    shift = normal(3.0, 0.09, 1)
    found = combined(data([pair, shift], 2, gaussian=True))
    assert found[1][0] == pytest.approx(2.5, rel=1e-12, abs=0)
    assert found[0][0] == pytest.approx(1 + 0.03 / 0.09 * 0.5, rel=1e-12, abs=0)
    assert combined(data([pair, shift], 2))[0] == pytest.approx((1, 0.2), rel=1e-12, abs=0)


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_near_what_flavio_shows(name):
    """The snapshot stores flavio's combinations, from grids of 1000 nodes and 100 draws less fine.

    It takes the printed central value for the mode of a single measurement, which lies up to 0.12
    uncertainties beside it where asymmetric errors were convolved.
    """
    part = open_part(name)
    snapshot, data = part.snapshot, part.data
    measured, error = part.shown
    outside = [o for block, m in data.blocks.items() if block not in data.theory for o in m]
    shift = np.abs(measured - snapshot.measured)[outside] / snapshot.error[outside]
    assert shift.max() < 0.12
    assert np.mean(shift < 0.01) > 0.9
    assert np.abs(error / snapshot.error - 1)[outside].max() < 0.06
    chosen = [outside[0], data.blocks["leptons"][0]]
    assert shown(data, chosen) == {o: (measured[o], error[o]) for o in chosen}
    everything = shown(data)
    assert set(everything) == {o for m in data.blocks.values() for o in m}
    rest = np.setdiff1d(np.arange(len(measured)), list(everything))  # what fixes the CKM matrix
    assert len(rest) == 4
    assert np.array_equal(measured[rest], snapshot.measured[rest])
    assert np.array_equal(error[rest], snapshot.error[rest])
    # With theory errors, which the stored error holds too; limits have other moments there.
    inside = [o for m in data.theory for o in data.blocks[m]]
    plain = [
        o for o in inside
        if all(c.pdf.kind == "normal" for c in data.constraints if o in c.observables)
    ]  # fmt: skip
    assert error[plain] == pytest.approx(snapshot.error[plain], rel=0.3, abs=0)
