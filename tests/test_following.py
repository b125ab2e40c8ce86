"""A Gaussian whose covariance follows the point, against plain linear algebra."""

import numpy as np
import pytest

from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.responses.following import Following, marginalised

N, K, POINTS = 9, 5, 7


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(2)
    # units that differ by ten orders of magnitude; the last three are measured by themselves
    unit = 10.0 ** rng.integers(-8, 3, N)
    a = rng.normal(size=(N, N))
    covariance = a @ a.T + N * np.eye(N)
    covariance[6:, :6] = covariance[:6, 6:] = 0
    covariance *= np.outer(unit, unit)
    mean = unit * rng.normal(size=N)
    x = np.repeat((mean + unit * rng.normal(size=N))[None], POINTS, axis=0)
    root = np.repeat((3 * unit[:, None] * rng.normal(size=(N, K)))[None], POINTS, axis=0)
    # only the first four observables vary with the point
    x[:, :4] += unit[:4] * rng.normal(size=(POINTS, 4))
    root[:, :4] *= 1 + 0.3 * rng.normal(size=(POINTS, 4, 1))
    return mean, covariance, x, root


def plain(mean, covariance, x, root):
    """-2 ln L by the covariance itself."""
    unit = np.sqrt(np.diag(covariance))
    c = (covariance + root @ root.T) / np.outer(unit, unit)
    d = (x - mean) / unit
    return -0.5 * (d @ np.linalg.solve(c, d) + np.linalg.slogdet(c)[1])


def rows_of(made, rows):
    mean, covariance, x, root = made
    cut = mean[rows], covariance[np.ix_(rows, rows)]
    return np.array([plain(*cut, one[rows], j[rows]) for one, j in zip(x, root, strict=True)])


@pytest.mark.parametrize("rows", [list(range(N)), [0, 2, 5, 7]])
def test_woodbury_is_the_covariance(made, rows):
    mean, covariance, x, root = made
    fixed = GaussianBlock(mean, covariance).marginal(rows)
    following = Following(np.array(rows), fixed)
    found = following.log_likelihood(x, following.turned(root))
    expected = rows_of(made, rows)
    assert np.ptp(expected) > 0.5
    unit = fixed.errors
    own = np.linalg.slogdet(fixed.covariance / np.outer(unit, unit))[1]
    np.testing.assert_allclose(found - found[0], expected - expected[0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found[0] - 0.5 * own, expected[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("rows", [list(range(N)), [0, 2, 5, 7], [6, 7, 8]])
def test_reduced_says_the_same(made, rows):
    mean, covariance, x, root = made
    whole = Following(np.array(rows), GaussianBlock(mean, covariance).marginal(rows))
    small = whole.reduced(x, root)
    # what is not among the first six does not vary, and is not computed again
    assert small.moving.sum() == len([k for k in rows if k < 6]) or rows == [0, 2, 5, 7]
    expected = whole.log_likelihood(x, whole.turned(root))
    found = small.log_likelihood(x, small.turned(root))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_derivative_in_closed_form():
    jax = pytest.importorskip("jax")
    from muoquark.common.arrays import double_precision

    rng = np.random.default_rng(3)
    w, b = rng.normal(size=(4, 8, 3)), rng.normal(size=(4, 3))
    dw, db = rng.normal(size=w.shape), rng.normal(size=b.shape)
    h = 1e-5
    expected = (marginalised(w + h * dw, b + h * db) - marginalised(w - h * dw, b - h * db)) / (
        2 * h
    )
    with double_precision():
        import jax.numpy as xp

        def function(w, b):
            return marginalised(w, b, xp)

        value, slope = jax.jvp(function, (w, b), (dw, db))
        total, (gw, gb) = jax.value_and_grad(lambda w, b: function(w, b).sum(), argnums=(0, 1))(
            w, b
        )
    np.testing.assert_allclose(np.asarray(value), marginalised(w, b), rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.asarray(slope), expected, rtol=0, atol=1e-7)
    backward = float((np.asarray(gw) * dw).sum() + (np.asarray(gb) * db).sum())
    assert backward == pytest.approx(expected.sum(), abs=1e-6)
    assert float(total) == pytest.approx(marginalised(w, b).sum(), abs=1e-12)
