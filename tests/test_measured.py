"""Measured value and uncertainty as they are shown: by hand, and flavio's stored ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import gamma, norm

from muoquark.likelihood.measured import combined, shown
from muoquark.likelihood.pdfs import Constraint, tabulate
from muoquark.likelihood.snapshots import load_snapshot


def normal(mean, covariance, *observables, block="b"):
    arrays = {"mean": np.atleast_1d(mean), "covariance": np.atleast_2d(covariance)}
    return Constraint(block, "m", "normal", observables or (0,), arrays)


def one(kind, **arrays):
    return Constraint("b", "m", kind, (0,), {k: np.array(v) for k, v in arrays.items()}, (0, 1))


def alone(*constraints):
    return combined(constraints, {"b": [0]}, [])[0]


def test_gaussians():
    """The weighted average, in a block with theory errors and elsewhere."""
    own = normal(1.0, 0.09), normal(2.0, 0.16)
    weights = np.array([1 / 0.09, 1 / 0.16])
    expected = weights @ [1, 2] / weights.sum(), weights.sum() ** -0.5
    for gaussian in ([], ["b"]):
        found = combined(own, {"b": [0]}, gaussian)[0]
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_one_measurement():
    """A limit is zero and its 68 % quantile, an asymmetric error its larger side."""
    assert alone(one("half_normal", centre=0.0, width=2e-9)) == pytest.approx(
        (0, 2e-9), rel=1e-4, abs=1e-15
    )
    assert alone(one("half_normal", centre=1.0, width=-0.5)) == pytest.approx(
        (1, 0.5), rel=1e-4, abs=0
    )
    assert alone(one("asymmetric", centre=1.0, left=0.2, right=0.5)) == pytest.approx(
        (1, 0.5), rel=1e-4, abs=0
    )
    own = gamma(3.0, -0.5, 1.0)  # its mode is at 1.5
    end = own.isf((1 - 0.6826894921) * own.sf(1.5))
    assert alone(one("gamma", a=3.0, loc=-0.5e-5, scale=1e-5)) == pytest.approx(
        (1.5e-5, (end - 1.5) * 1e-5), rel=1e-4, abs=0
    )
    x = np.linspace(-8, 8, 4001)
    table = tabulate(3 + 0.1 * x, norm.pdf(x))
    assert alone(one("table", **table)) == pytest.approx((3, 0.1), rel=1e-3, abs=0)


def test_product():
    """A limit and a value: the mode minimises the sum of both chi2."""
    found = alone(one("half_normal", centre=0.0, width=1.0), normal(2.0, 1.0))
    assert found == pytest.approx((1, 0.5**0.5), rel=1e-3, abs=0)
    left, right, centre = 0.3, 1.0, 0.5

    def chi2(x):
        return (x / (left if x < 0 else right)) ** 2 + (x - centre) ** 2

    pair = one("asymmetric", centre=0.0, left=left, right=right), normal(centre, 1.0)
    assert alone(*pair)[0] == pytest.approx(minimize_scalar(chi2).x, abs=1e-5)


@pytest.mark.parametrize("width", [1e3, 1e6])
def test_a_wide_measurement_changes_nothing(width):
    for own in (one("half_normal", centre=0.0, width=2.0), one("gamma", a=3.0, loc=-1.0, scale=1.0),
                one("asymmetric", centre=1.0, left=0.2, right=0.5)):  # fmt: skip
        assert alone(own, normal(0.7, width**2)) == pytest.approx(alone(own), abs=2e-3)


def test_measurements_that_exclude_each_other():
    value, error = alone(
        one("half_normal", centre=0.0, width=-0.1), one("half_normal", centre=1.0, width=0.1)
    )
    assert 0 < value < 1
    assert 0 < error < 1


def test_theory_errors_and_correlations():
    """The value of a Gaussian block is the combined one: a correlated partner moves it."""
    pair = normal([1.0, 2.0], [[0.04, 0.03], [0.03, 0.09]], 0, 1)
    shift = normal(3.0, 0.09, 1)
    found = combined([pair, shift], {"b": [0, 1]}, ["b"])
    assert found[1][0] == pytest.approx(2.5, rel=1e-12, abs=0)
    assert found[0][0] == pytest.approx(1 + 0.03 / 0.09 * 0.5, rel=1e-12, abs=0)
    assert combined([pair, shift], {"b": [0, 1]}, [])[0] == pytest.approx(
        (1, 0.2), rel=1e-12, abs=0
    )


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_near_what_flavio_shows(name):
    """The snapshot stores flavio's combinations, from grids of 1000 nodes and 100 draws less fine.

    It takes the printed central value for the mode of a single measurement, which lies up to 0.12
    uncertainties beside it where asymmetric errors were convolved.
    """
    snapshot = load_snapshot(name)
    measured, error = shown(snapshot)
    outside = [o for block, m in snapshot.blocks.items() if block not in snapshot.theory for o in m]
    shift = np.abs(measured - snapshot.measured)[outside] / snapshot.error[outside]
    assert shift.max() < 0.12
    assert np.mean(shift < 0.01) > 0.9
    assert np.abs(error / snapshot.error - 1)[outside].max() < 0.06
    some = shown(snapshot, [outside[0], snapshot.blocks["leptons"][0]])
    for ours, everything, stored in zip(
        some, (measured, error), (snapshot.measured, snapshot.error), strict=True
    ):
        chosen = np.isin(np.arange(len(stored)), [outside[0], snapshot.blocks["leptons"][0]])
        assert np.array_equal(ours, np.where(chosen, everything, stored))
    # With theory errors, which the stored error holds too; limits have other moments there.
    inside = [o for m in snapshot.theory for o in snapshot.blocks[m]]
    plain = [
        o for o in inside
        if all(c.kind == "normal" for c in snapshot.constraints if o in c.observables)
    ]  # fmt: skip
    assert error[plain] == pytest.approx(snapshot.error[plain], rel=0.3, abs=0)
