"""A Gaussian of several numbers, in units that differ by twenty orders of magnitude.

The same Gaussian in units of its own errors, by numpy and scipy, is the independent route.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal

from closeness import close
from muoquark.common.arrays import double_precision
from muoquark.likelihood.gaussian import GaussianBlock, inverse
from muoquark.likelihood.snapshots import load_snapshot


def example(size, seed=1):
    """A Gaussian, and the same in units of its errors: mean, correlation, units."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size)) + 2 * np.eye(size)
    covariance = root @ root.T
    width = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(width, width)
    unit = 10 ** rng.permutation(np.linspace(-20, 0, size))
    mean = rng.normal(size=size)
    block = GaussianBlock(unit * mean, correlation * np.outer(unit, unit))
    assert block.covariance.max() > 1e39 * np.abs(block.covariance).min()
    return block, mean, correlation, unit


SIZES = [2, 5, 70]  # 70: the triangular product is done in slices


@pytest.mark.parametrize("size", SIZES)
def test_ln_l_is_scipys(size):
    block, mean, correlation, unit = example(size)
    x = mean + np.random.default_rng(2).normal(size=(6, size))
    normal = multivariate_normal(mean, correlation)
    expected = normal.logpdf(x) - normal.logpdf(mean)
    assert block.log_likelihood(unit * x) == close(expected, rel=1e-9)
    assert block.chi2(unit * x) == close(-2 * expected, rel=1e-9)
    assert block.log_likelihood(block.mean) == pytest.approx(0, abs=1e-20)
    assert block.errors == close(unit, rel=1e-14)
    assert block.shares(unit * x).sum(axis=-1) == close(-2 * expected, rel=1e-9)
    # One point is a row of many.
    assert block.log_likelihood(unit * x[3]) == close(expected[3], rel=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_whitening(size):
    """W is upper triangular, W^T C W = 1 and W W^T is the inverse covariance."""
    block, _, correlation, unit = example(size)
    w = unit[:, None] * block.whitening
    assert np.abs(np.tril(w, -1)).max() < 1e-14 * np.abs(w).max()
    assert w.T @ correlation @ w == pytest.approx(np.eye(size), abs=1e-9)
    expected = np.linalg.inv(correlation)
    largest = np.abs(expected).max()
    assert np.abs(w @ w.T - expected).max() < 1e-10 * largest
    precision = block.precision * np.outer(unit, unit)
    assert np.abs(precision - expected).max() < 1e-10 * largest
    assert np.array_equal(block.precision, block.precision.T)
    x = block.mean + unit
    z = block.whitened(x)
    assert z == pytest.approx(np.ones(size) @ w, rel=1e-8, abs=1e-8)
    assert np.sum(z**2) == close(-2 * block.log_likelihood(x), rel=1e-12)


def test_inverse_of_an_inverse():
    block, _, _, unit = example(5)
    back = inverse(inverse(block.covariance)) / np.outer(unit, unit)
    assert back == pytest.approx(block.covariance / np.outer(unit, unit), abs=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_numpy_and_jax_agree(size):
    import jax
    import jax.numpy as jnp

    block, _, _, unit = example(size)
    x = block.mean + unit * np.random.default_rng(3).normal(size=(4, size))
    with double_precision():
        found = jax.vmap(lambda one: block.log_likelihood(one, jnp))(jnp.asarray(x))
        slope = jax.grad(lambda one: block.log_likelihood(one, jnp))(jnp.asarray(x[0]))
    assert np.asarray(found) == close(block.log_likelihood(x), rel=1e-9)
    expected = -np.linalg.solve(block.covariance / np.outer(unit, unit), (x[0] - block.mean) / unit)
    assert unit * np.asarray(slope) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_marginal():
    """Numbers that are not looked at: rows and columns of the covariance go."""
    block, mean, correlation, unit = example(6)
    keep = [4, 1]
    found = block.marginal(keep)
    assert np.array_equal(found.mean, block.mean[keep])
    x = mean[keep] + np.array([0.4, -1.1])
    normal = multivariate_normal(mean[keep], correlation[np.ix_(keep, keep)])
    expected = normal.logpdf(x) - normal.logpdf(mean[keep])
    assert found.log_likelihood(unit[keep] * x) == close(expected, rel=1e-10)
    assert block.marginal([2]).errors == close(unit[[2]], rel=1e-14)


def test_conditional():
    """From the inverse covariance, where the numbers that are known are a slice."""
    block, mean, correlation, unit = example(6)
    known, rest = [3, 0], [1, 2, 4, 5]
    values = mean[known] + np.array([1.3, -0.7])
    found = block.conditional(known, unit[known] * values)
    precision = np.linalg.inv(correlation)
    covariance = np.linalg.inv(precision[np.ix_(rest, rest)])
    shift = covariance @ precision[np.ix_(rest, known)] @ (values - mean[known])
    assert found.mean / unit[rest] == close(mean[rest] - shift, rel=1e-10)
    scaled = found.covariance / np.outer(unit[rest], unit[rest])
    assert scaled == pytest.approx(covariance, rel=1e-9, abs=1e-12)
    # ln L of all is that of the known ones and of the others once these are known.
    x = unit * (mean + 0.3)
    parts = block.marginal(known).log_likelihood(x[known])
    parts += block.conditional(known, x[known]).log_likelihood(x[rest])
    assert block.log_likelihood(x) == close(parts, rel=1e-10)


def test_conditional_pulls():
    """Their squares are what chi2 loses without the number, and they are pulls: by conditionals."""
    block, mean, _, unit = example(6)
    x = unit * (mean + np.random.default_rng(4).normal(size=6))
    pulls = block.conditional_pulls(x)
    for k in range(6):
        others = [j for j in range(6) if j != k]
        lost = block.chi2(x) - block.marginal(others).chi2(x[others])
        assert pulls[k] ** 2 == close(lost, rel=1e-7)
        alone = block.conditional(others, x[others])
        assert pulls[k] == close((x[k] - alone.mean[0]) / alone.errors[0], rel=1e-8)


@pytest.mark.parametrize("size", [1, 5])
def test_draws(size):
    """Whitened draws are independent standard Gaussians; and mean and covariance come back."""
    if size == 1:
        block, unit = GaussianBlock(3e-10, 4e-22), np.array([2e-11])
    else:
        block, _, _, unit = example(size)
    draws = block.draws(np.random.default_rng(5), 40_000)
    assert draws.shape == (40_000, size)
    z = block.whitened(draws)
    assert all(kstest(column, "norm").pvalue > 1e-3 for column in z.T)
    assert np.atleast_2d(np.cov(z.T)) == pytest.approx(np.eye(size), abs=0.03)
    away = (draws - block.mean) / unit
    assert away.mean(axis=0) == pytest.approx(np.zeros(size), abs=0.03)
    covariance = block.covariance / np.outer(unit, unit)
    assert np.atleast_2d(np.cov(away.T)) == pytest.approx(covariance, abs=0.04)


def test_average_of_two_measurements_of_one_quantity():
    parts = [([0], np.array([1.0]), np.array([[0.04]])), ([0], np.array([2.0]), np.array([[0.01]]))]
    found = GaussianBlock.average(1, parts)
    assert found.covariance[0, 0] == close(1 / (25 + 100))
    assert found.mean[0] == close((25 * 1 + 100 * 2) / 125)


@pytest.mark.parametrize("unit", [np.ones(3), np.array([1e-20, 1.0, 1e-9])])
def test_average_is_a_least_squares_fit(unit):
    """Correlated measurements of overlapping quantities against generalised least squares."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 5))
    covariance = root @ root.T
    where = [[0, 1, 2], [2, 1]]
    blocks = [covariance[:3, :3], covariance[3:, 3:]]
    data = rng.normal(size=5)
    parts = [
        (place, unit[place] * own, one * np.outer(unit[place], unit[place]))
        for place, own, one in zip(where, [data[:3], data[3:]], blocks, strict=True)
    ]
    found = GaussianBlock.average(3, parts)
    design = np.zeros((5, 3))
    design[range(5), [0, 1, 2, 2, 1]] = 1
    full = np.zeros((5, 5))
    full[:3, :3], full[3:, 3:] = blocks
    root = np.linalg.cholesky(np.linalg.inv(full)).T
    mean = np.linalg.lstsq(root @ design, root @ data, rcond=None)[0]
    assert np.allclose(found.mean / unit, mean, atol=0)
    back = np.linalg.inv(found.covariance / np.outer(unit, unit))
    assert np.allclose(back, design.T @ np.linalg.inv(full) @ design, atol=0)


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_gaussian_blocks_of_the_data(name):
    """Their units differ by 10^44: mean and covariance come back from the whitening."""
    from scipy.linalg import solve_triangular

    for block in load_snapshot(name).data.gaussian.values():
        error = block.errors
        w = block.whitening
        root = solve_triangular(w.T, np.eye(len(w)), lower=True)
        back = solve_triangular(w.T, block.offset, lower=True)
        assert np.abs((root @ root.T - block.covariance) / np.outer(error, error)).max() < 1e-10
        # a_e is known to 1e-10 of itself
        assert np.abs((back - block.mean) / error).max() < 1e-5
