"""Profiles in many dimensions: exact for Gaussians, equal to brute force, no wrong minimum."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.objective import Parameter
from muoquark.inference.profile.many import profile_one, valleys
from muoquark.inference.profile.pair import join_rows, pair_axis, pair_rows, solve_row
from toy_objective import ToyObjective


def profile_pair(objective, x_name, y_name, best, points=31):
    """The profile of two parameters, without workers."""
    rows = pair_rows(objective, x_name, y_name, points, best, valleys(objective, best))
    return join_rows(objective, x_name, y_name, best, rows, [solve_row(objective, r) for r in rows])


def objective_of(chi2, gradient, ranges):
    """An objective from chi2(points) and its gradient at one point."""
    return ToyObjective(
        parameters=tuple(Parameter(f"x{k}", a, b, (a + b) / 2) for k, (a, b) in enumerate(ranges)),
        parts=lambda points: -0.5 * chi2(np.atleast_2d(points))[:, None],
        names=("all",),
        blocks=("all",),
        gradient=lambda x: (-0.5 * float(chi2(x[None])[0]), -0.5 * gradient(x)),
    )


def gaussian(n, seed=1, width=6.0):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n)) / 2
    covariance = root @ root.T + 0.05 * np.eye(n)
    inverse, mean = np.linalg.inv(covariance), rng.uniform(-0.5, 0.5, n)
    chi2 = lambda p: np.einsum("ni,ij,nj->n", p - mean, inverse, p - mean)  # noqa: E731
    return objective_of(
        chi2, lambda x: 2 * inverse @ (x - mean), [(-width, width)] * n
    ), mean, covariance  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 6])
def test_gaussian_is_exact(n):
    objective, mean, covariance = gaussian(n)
    best = best_fit(objective, starts=2)
    result = profile_one(objective, "x1", best, points=13)
    expected = (result.x - mean[1]) ** 2 / covariance[1, 1]
    near = expected < 20  # further out the others reach their limits
    assert np.allclose(result.chi2[near], expected[near], atol=1e-5)
    width = np.sqrt(covariance[1, 1])
    for interval, k in zip(result.intervals, (1, 2), strict=True):
        assert interval.low == pytest.approx(mean[1] - k * width, abs=2e-4)
        assert interval.high == pytest.approx(mean[1] + k * width, abs=2e-4)
        assert not interval.open_low
        assert not interval.open_high


def test_pair_of_a_gaussian():
    objective, mean, covariance = gaussian(4)
    result = profile_pair(objective, "x0", "x2", best_fit(objective, starts=2), points=7)
    inverse = np.linalg.inv(covariance[np.ix_([0, 2], [0, 2])])
    grid = np.stack(np.meshgrid(result.x, result.y), axis=-1) - mean[[0, 2]]
    expected = np.einsum("yxi,ij,yxj->yx", grid, inverse, grid)
    near = expected < 15
    assert near.sum() >= 3
    assert np.allclose(result.chi2[near], expected[near], atol=1e-5)


@pytest.mark.parametrize("points", [5, 7, 31])
@pytest.mark.parametrize(
    ("best", "error"), [(0.3, 0.02), (0.0, 0.01), (1.0, 0.3), (0.5, np.nan), (0.001, 0.05)]
)
def test_axis_of_a_pair_is_dense_at_the_best_fit(points, best, error):
    axis = pair_axis(0.0, 1.0, best, error, points)
    assert len(axis) == points
    assert (axis[0], axis[-1]) == (0.0, 1.0)
    assert (np.diff(axis) > 0).all()
    assert np.abs(axis - best).min() <= 0.1 * (error if error < 0.1 else 0.125)
    if error < 0.1 and points > 7:
        assert np.sum(np.abs(axis - best) < 3 * error) >= points // 8


def banana(n):
    """A curved valley in 2 or 3 dimensions."""

    def chi2(p):
        value = 4 * (p[:, 1] - p[:, 0] ** 2) ** 2 + (p[:, 0] - 0.5) ** 2
        return value + (3 * (p[:, 2] - p[:, 1] * p[:, 0]) ** 2 if n == 3 else 0)

    def gradient(x):
        h = 1e-6 * np.eye(n)
        return (chi2(x + h) - chi2(x - h)) / 2e-6

    return objective_of(chi2, gradient, [(-2.0, 2.0)] * n), chi2


@pytest.mark.parametrize("n", [2, 3])
def test_against_brute_force(n):
    objective, chi2 = banana(n)
    result = profile_one(objective, "x1", best_fit(objective), points=9)
    axis = np.linspace(-2, 2, 401)
    for value, found in zip(result.x, result.chi2, strict=True):
        grids = np.meshgrid(*[axis] * (n - 1), indexing="ij")
        points = np.stack([g.ravel() for g in grids], axis=1)
        brute = chi2(np.insert(points, 1, value, axis=1)).min()
        assert found == pytest.approx(brute, abs=2e-3)
        assert found <= brute + 1e-6


def two_valleys():
    """Two minima in x1 whose order changes along x0."""

    def chi2(p):
        x, y = p[:, 0], p[:, 1]
        return 8 * (y**2 - 1) ** 2 + 1.5 * x * y + x**2 / 4 + (p[:, 2] - y) ** 2

    def gradient(p):
        x, y, z = p
        return np.array([1.5 * y + x / 2, 32 * y * (y**2 - 1) + 1.5 * x - 2 * (z - y), 2 * (z - y)])

    return objective_of(chi2, gradient, [(-2.0, 2.0)] * 3), chi2


def test_no_wrong_valley():
    objective, chi2 = two_valleys()
    result = profile_one(objective, "x0", best_fit(objective), points=17)
    y = np.linspace(-2, 2, 2001)
    for value, found in zip(result.x, result.chi2 + result.minimum, strict=True):
        brute = chi2(np.stack([np.full_like(y, value), y, y], axis=1)).min()
        assert found == pytest.approx(brute, abs=1e-4)


def test_a_best_fit_that_was_a_local_one_is_found_out():
    """The fit sits in the higher valley; the profile finds and reports the lower one."""
    objective, _ = two_valleys()
    # x0 restricted to negative values makes y = +1 the right valley.
    restricted = ToyObjective(
        (Parameter("x0", -2, -0.5, -1), *objective.parameters[1:]),
        objective.names, objective.blocks, objective.parts, objective.gradient,
    )  # fmt: skip
    good = best_fit(restricted)
    wrong = np.array([-0.5, -0.95, -0.95])
    value = restricted.gradient(wrong)[0]
    names = [p.name for p in restricted.parameters]
    stuck = BestFit(dict(zip(names, wrong, strict=True)), value, {}, 0.0, ())
    result = profile_one(restricted, "x1", stuck, points=21)
    assert result.minimum == pytest.approx(-2 * good.loglike, abs=1e-6)
    assert result.best[1] == pytest.approx(good.values["x1"], abs=1e-3)


def test_open_intervals_and_faults():
    objective, _, _ = gaussian(3, width=0.6)
    best = best_fit(objective, starts=2)
    result = profile_one(objective, "x0", best, points=7)
    assert result.intervals[-1].open_low or result.intervals[-1].open_high
    with pytest.raises(InputError, match="no parameter 'y'"):
        profile_one(objective, "y", best)
    with pytest.raises(InputError, match="must differ"):
        profile_pair(objective, "x0", "x0", best)
