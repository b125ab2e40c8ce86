"""Best fit, profiles and planes on likelihoods whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.errors import DomainError, InputError
from muoquark.inference.bestfit import best_fit, spread, starting_points
from muoquark.inference.fit import fit as run_fit
from muoquark.inference.objective import Parameter
from muoquark.inference.profile.grids import LEVELS, intervals, plane, profile
from toy_objective import ToyObjective


def gaussian(mean, covariance, low=-5.0, high=5.0):
    """A correlated Gaussian in n dimensions, split in two equal parts."""
    mean, inverse = np.asarray(mean, float), np.linalg.inv(covariance)

    def chi2(points):
        d = np.atleast_2d(points) - mean
        return np.einsum("ni,ij,nj->n", d, inverse, d)

    zero = chi2(np.zeros((1, len(mean))))[0]
    return ToyObjective(
        parameters=tuple(Parameter(f"x{k}", low, high, 0.0) for k in range(len(mean))),
        parts=lambda points: np.stack([-(chi2(points) - zero) / 4] * 2 + [chi2(points)], axis=1),
        names=("a", "b", "extra"),
        blocks=("a", "b"),
        gradient=lambda x: (-(chi2(x)[0] - zero) / 2, -(inverse @ (x - mean))),
    )


MEAN, COVARIANCE = [1.0, -0.5], np.array([[0.04, 0.03], [0.03, 0.09]])


def test_best_fit_of_a_gaussian():
    fit = best_fit(gaussian(MEAN, COVARIANCE))
    assert fit.point == pytest.approx(MEAN, abs=1e-6)
    assert list(fit.errors.values()) == close([0.2, 0.3], rel=1e-3)
    assert fit.delta_chi2 == close(MEAN @ np.linalg.inv(COVARIANCE) @ MEAN)
    assert fit.agreement < 1e-6
    assert fit.at_limit == ()


def test_best_fit_at_a_limit():
    fit = best_fit(gaussian([9.0, 0.0], np.eye(2)))
    assert fit.at_limit == ("x0",)
    assert fit.values["x0"] == close(5.0)
    assert np.isnan(fit.errors["x0"])


def test_best_fit_finds_the_higher_of_two_maxima():
    def loglike(x):
        return np.log(np.exp(-50 * (x + 3) ** 2) + 3 * np.exp(-50 * (x - 3) ** 2) + 1e-30)

    def gradient(x):
        h = 1e-6
        return float(loglike(x[0])), np.array([(loglike(x[0] + h) - loglike(x[0] - h)) / (2 * h)])

    objective = ToyObjective(
        (Parameter("x", -5, 5, -3.1),), ("all",), ("all",), lambda p: loglike(p), gradient
    )
    assert best_fit(objective).values["x"] == pytest.approx(3.0, abs=1e-4)


def test_deterministic():
    objective = gaussian(MEAN, COVARIANCE)
    assert np.array_equal(starting_points(objective, 4, 7), starting_points(objective, 4, 7))
    assert not np.array_equal(starting_points(objective, 4, 7), starting_points(objective, 4, 8))


def test_no_maximum():
    objective = ToyObjective(
        (Parameter("x", 0, 1, 0.5),),
        ("all",),
        ("all",),
        lambda p: np.full((len(p), 1), np.nan),
        lambda x: (np.nan, np.full(1, np.nan)),
    )
    with pytest.raises(DomainError, match="no maximum"):
        best_fit(objective)


@pytest.mark.parametrize("name", ["x0", "x1"])
def test_profile_of_two(name):
    """The profile of a Gaussian is a parabola with the marginal width."""
    k = int(name[1])
    result = profile(gaussian(MEAN, COVARIANCE), name)
    width = np.sqrt(COVARIANCE[k, k])
    assert result.best == pytest.approx(MEAN[k], abs=1e-6)
    assert np.allclose(result.chi2, ((result.x - MEAN[k]) / width) ** 2, atol=1e-5)
    (interval,) = result.intervals(1.0)
    assert interval == pytest.approx((MEAN[k] - width, MEAN[k] + width), abs=1e-5)
    slope = COVARIANCE[1 - k, k] / COVARIANCE[k, k]
    inside = np.abs(MEAN[1 - k] + slope * (result.x - MEAN[k])) < 5
    expected = MEAN[1 - k] + slope * (result.x - MEAN[k])
    assert np.allclose(result.others[inside, 0], expected[inside], atol=1e-4)


def test_fit_of_three_minimises_in_every_point():
    """The profiles of a fit of three parameters, and their intervals as roots."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 3)) / 3
    covariance = root @ root.T + 0.05 * np.eye(3)
    result = run_fit(gaussian([0.5, 0.2, -0.3], covariance), starts=3)
    assert result.plane is None
    for k, (name, one) in enumerate(result.profiles.items()):
        width = np.sqrt(covariance[k, k])
        assert one.best == pytest.approx([0.5, 0.2, -0.3][k], abs=1e-5)
        expected = (one.x - one.best) ** 2 / covariance[k, k]
        near = expected < 9  # further out the other parameters reach their limits
        # Ends of intervals are points of the curve, known to 1e-5 of the range.
        assert np.allclose(one.chi2[near], expected[near], atol=1e-3), name
        for level in (1.0, 4.0):
            half = width * np.sqrt(level)
            (span,) = one.intervals(level)  # roots are found to 1e-5 of the range
            assert span == pytest.approx((one.best - half, one.best + half), abs=1e-4)
    with pytest.raises(ValueError, match="profile_many"):
        profile(gaussian([0.5, 0.2, -0.3], covariance), "x1")


def test_fit_that_began_at_a_local_maximum():
    """Two hills in x0; the fit's starts see the lower one only, its profiles find the other."""

    def loglike(points):
        x, y, z = np.atleast_2d(points).T
        hills = np.exp(-20 * (x + 2) ** 2) + 8 * np.exp(-4000 * (x - 3.313) ** 2)
        return np.log(hills + np.exp(-30 - np.abs(x - 3.313))) - (y**2 + z**2) / 2

    def gradient(x):
        h = 1e-6 * np.eye(3)
        value = loglike(np.concatenate([x[None], x + h, x - h]))
        return float(value[0]), (value[1:4] - value[4:]) / 2e-6

    objective = ToyObjective(
        tuple(Parameter(n, -5, 5, s) for n, s in (("x", -2.0), ("y", 0.1), ("z", 0.1))),
        ("all",), ("all",), lambda p: loglike(p)[:, None], gradient,
    )  # fmt: skip
    assert best_fit(objective, 2).values["x"] == pytest.approx(-2.0, abs=1e-3)
    assert run_fit(objective, 2).best.values["x"] == pytest.approx(3.313, abs=1e-3)


@pytest.mark.parametrize("width", [1e-1, 1e-3, 1e-5])
def test_profile_narrower_than_its_steps(width):
    """As narrow as it may be, in both parameters, beside a range of length 10."""
    result = profile(gaussian([1.234, 0.1], np.diag([width**2, 1.0])), "x0")
    assert result.best == pytest.approx(1.234, abs=1e-4 * width)
    assert result.minimum == pytest.approx(-(1.234**2) / width**2 - 0.01, rel=1e-6, abs=0)
    (interval,) = result.intervals(1.0)
    assert interval == pytest.approx((1.234 - width, 1.234 + width), abs=1e-3 * width)


@pytest.mark.parametrize("name", ["x0", "x1"])
@pytest.mark.parametrize("width", [1.0, 1e-2, 1e-4])
def test_profile_that_begins_with_a_plane(name, width):
    """The same parabola in a valley across both axes, however much narrower than the grid."""
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    covariance = turn @ np.diag([1.0, width**2]) @ turn.T
    objective = gaussian(MEAN, covariance)
    k = int(name[1])
    result = profile(objective, name, grid=plane(objective, 130))
    sigma = np.sqrt(covariance[k, k])
    assert len(result.x) >= 61
    slope = covariance[1 - k, k] / covariance[k, k]
    inside = np.abs(MEAN[1 - k] + slope * (result.x - MEAN[k])) < 5
    expected = ((result.x - MEAN[k]) / sigma) ** 2
    assert np.allclose(result.chi2[inside], expected[inside], atol=1e-5 if width > 1e-3 else 1e-2)
    # Where the valley leaves the range the curve jumps by 1e8, around which a spline swings.
    (interval,) = intervals(result.x[inside], result.chi2[inside], 1.0)
    assert interval == pytest.approx((MEAN[k] - sigma, MEAN[k] + sigma), abs=1e-3 * sigma)


def test_a_coarse_plane_does_not_make_a_coarse_profile():
    objective = gaussian(MEAN, COVARIANCE)
    coarse, plain = (profile(objective, "x0", grid=g) for g in (plane(objective, 20), None))
    assert np.array_equal(coarse.x, plain.x) and np.array_equal(coarse.chi2, plain.chi2)


def test_profile_of_a_plane_with_holes():
    """Where ln L is not finite, where it is flat, and at the edge of the other range."""

    def loglike(points):
        x, y = np.atleast_2d(points).T
        with np.errstate(divide="ignore"):
            return np.where(x < 0, np.minimum(y, 0.0), np.where(y < 1, y, -np.inf)) - x**2

    objective = ToyObjective(
        (Parameter("x", -1, 1, 0.1), Parameter("y", -2, 2, 0.1)),
        ("all",), ("all",), lambda p: loglike(p)[:, None], lambda x: (np.nan, np.full(2, np.nan)),
    )  # fmt: skip
    result = profile(objective, "x", grid=plane(objective, 90))
    expected = 2 * (result.x**2 - np.where(result.x < 0, 0.0, 1.0))
    # The supremum at y = 1 is not reached, and the curve jumps where it is lowest.
    shifted = result.chi2 + result.minimum
    assert np.allclose(shifted, expected, atol=1e-4)


def test_the_hypercube_is_that_of_scipy():
    from scipy.stats.qmc import LatinHypercube

    objective = gaussian(np.zeros(5), np.eye(5), -1.0, 3.0)
    expected = LatinHypercube(d=5, rng=np.random.default_rng(11)).random(130)
    assert np.array_equal(spread(objective, 130, 11), -1 + 4 * expected)


def test_profile_of_a_part():
    result = profile(gaussian(MEAN, COVARIANCE), "x0", parts=["a"])
    (interval,) = result.intervals(1.0)
    assert interval == pytest.approx((1 - 0.2 * np.sqrt(2), 1 + 0.2 * np.sqrt(2)), abs=1e-5)
    with pytest.raises(InputError, match="no part 'c'"):
        profile(gaussian(MEAN, COVARIANCE), "x0", parts=["c"])


@given(st.floats(-2, 2), st.floats(0.2, 1.0), st.floats(0.1, 3.0))
def test_intervals_of_a_parabola(centre, width, level):
    x = np.linspace(-6, 6, 61)
    (interval,) = intervals(x, ((x - centre) / width) ** 2, level)
    half = width * np.sqrt(level)
    assert interval == pytest.approx((centre - half, centre + half), abs=1e-9)


def test_intervals_with_several_pieces_and_open_ends():
    x = np.linspace(-2, 2, 401)
    pieces = intervals(x, 4 * (x**2 - 1) ** 2, 1.0)
    edge = np.sqrt(0.5), np.sqrt(1.5)
    assert np.allclose(pieces, [(-edge[1], -edge[0]), (edge[0], edge[1])], atol=1e-6)
    assert np.allclose(intervals(x, x + 1.5, 1.0), [(-2, -0.5)], atol=0)
    assert intervals(x, x**2 + 2, 1.0) == []


def test_levels():
    from scipy.stats import chi2

    for dimension, levels in LEVELS.items():
        for sigma, level in zip((1, 2), levels, strict=True):
            assert level == close(chi2.isf(chi2.sf(sigma**2, 1), dimension))


def test_plane():
    objective = gaussian(MEAN, COVARIANCE)
    result = plane(objective, points=30)
    assert result.chi2["a"].shape == (30, 30)
    point = [result.x[20], result.y[7]]
    assert result.chi2["global"][7, 20] == close(-2 * objective.total(point)[0])


def test_a_profile_that_jumps_at_its_minimum():
    """No parabola through a step makes a minimum that is not there."""

    def loglike(points):
        x, y = np.atleast_2d(points).T
        return np.where(x < -0.002, 0.5 + 10 * x, -0.4) - (y - x) ** 2

    objective = ToyObjective(
        (Parameter("x", -0.4, 0.4, 0.1), Parameter("y", -2, 2, 0.1)),
        ("all",), ("all",), lambda p: loglike(p)[:, None], lambda x: (np.nan, np.full(2, np.nan)),
    )  # fmt: skip
    for grid in (None, plane(objective, 200)):
        result = profile(objective, "x", grid=grid)
        assert np.all(np.diff(result.x) > 1e-9)
        # the supremum of ln L is 0.48, just below the step
        assert -2 * 0.48 - 1e-9 < result.minimum < -2 * 0.44
        assert result.chi2.min() == 0.0 and result.best < -0.002
