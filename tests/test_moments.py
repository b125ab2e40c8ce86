"""Mean and variance of pdfs: numerical integration, symmetries, and the snapshots' own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma as gamma_distribution

from closeness import close
from muoquark.likelihood import moments
from muoquark.likelihood.snapshots import load_snapshot

# Nodes 0.9 sigma apart: a Gaussian of 3.4e-9 +- 0.3e-9 that ends at three sigma.
X = np.array([2.5, 2.8, 3.1, 3.4, 3.7, 4.0, 4.3]) * 1e-9
Y = np.array([0.0111, 0.1353, 0.6065, 1.0, 0.6065, 0.1353, 0.0111])


def by_quad(density, points):
    """Mean and variance, integrated piece by piece."""

    def integral(power, centre=0.0):
        return sum(
            quad(lambda x: (x - centre) ** power * density(x), a, b, epsabs=0, epsrel=1e-11)[0]
            for a, b in pairwise(points)
        )

    norm = integral(0)
    mean = integral(1) / norm
    return mean, integral(2, mean) / norm


def test_coarse_table():
    """The pdf is linear between the nodes; the sum over the nodes alone gives 0.294e-9."""
    mean, variance = moments.table(X, Y)
    assert (mean, variance) == pytest.approx(
        by_quad(lambda x: np.interp(x, X, Y), X), rel=1e-9, abs=0
    )
    assert np.sqrt(variance) == pytest.approx(0.3172e-9, rel=3e-4, abs=0)
    # A triangle of half width w has the variance w^2/6, whatever its height; a box w^2/3.
    assert moments.table([1, 3, 5], [0, 7, 0]) == pytest.approx((3, 4 / 6), rel=1e-12, abs=0)
    assert moments.table([1, 5], [2, 2]) == pytest.approx((3, 4 / 3), rel=1e-12, abs=0)


def test_more_nodes_change_nothing():
    nodes = np.union1d(X, np.linspace(X[0], X[-1], 777))
    assert moments.table(nodes, np.interp(nodes, X, Y)) == pytest.approx(
        moments.table(X, Y), rel=1e-11, abs=0
    )


@pytest.mark.parametrize(("a", "loc", "scale"), [(1, 0, 1e-5), (7, -4e-5, 1e-5), (1, -0.05, 0.01)])
def test_gamma(a, loc, scale):
    own = gamma_distribution(a, loc / scale, 1.0)
    top = own.isf(1e-14)
    mean, variance = by_quad(own.pdf, np.linspace(0, top, 30))
    found = moments.gamma(a, loc, scale)
    assert found == pytest.approx((mean * scale, variance * scale**2), rel=1e-7, abs=0)


@pytest.mark.parametrize(
    ("kind", "arrays", "density"),
    [
        ("asymmetric", {"centre": 1.0, "left": 0.2, "right": 0.5},
         lambda x: np.exp(-0.5 * ((x - 1) / (0.2 if x < 1 else 0.5)) ** 2)),
        ("half_normal", {"centre": 1.0, "width": -0.5},
         lambda x: np.exp(-0.5 * ((x - 1) / 0.5) ** 2) * (x < 1)),
    ],
)  # fmt: skip
def test_closed_forms(kind, arrays, density):
    points = np.sort(np.append(np.linspace(-4, 7, 12), 1.0))
    found = moments.moments(kind, arrays)
    assert found == pytest.approx(by_quad(density, points), rel=1e-8, abs=0)


def test_grid():
    """A correlated Gaussian over six standard deviations, on a grid of a third of one."""
    covariance = np.array([[1.0, 0.3], [0.3, 0.25]])
    precision = np.linalg.inv(covariance)
    x, y = np.linspace(-6, 8, 41), np.linspace(-1, 5, 44)
    d = np.stack(np.meshgrid(x - 1, y - 2, indexing="ij"), axis=-1)
    pdf = np.exp(-0.5 * np.einsum("abi,ij,abj->ab", d, precision, d))
    mean, found = moments.grid([x, y], pdf)
    assert mean == pytest.approx([1, 2], abs=1e-9)
    assert found == pytest.approx(covariance, abs=1e-7)
    with pytest.raises(ValueError, match="too many points"):
        moments.grid([np.arange(100)] * 4, np.broadcast_to(1.0, (100,) * 4))


def test_grid_of_unequal_cells():
    """The pdf is exponential in every cell: products of truncated exponentials, in closed form.

    A Gaussian says nothing of the weights inside of a cell: every point of a cell alone gives its
    moments.  Four nodes are good to 2e-7 in the widest cell.
    """
    axes = [np.array([0, 0.4, 1.3, 1.9, 3.1]) * 1e-9, np.array([-1.0, 0.0, 0.3, 1.7])]
    rates = [1.1e9, -0.8]
    pdf = np.exp(-np.add.outer(*(r * x for r, x in zip(rates, axes, strict=True))))
    mean, covariance = moments.grid(axes, pdf)
    for k, (x, rate) in enumerate(zip(axes, rates, strict=True)):
        length = rate * (x[-1] - x[0])
        lost = length / np.expm1(length)  # exp(-u) of 0 < u < length
        assert mean[k] == close(x[0] + (1 - lost) / rate, rel=1e-6)
        variance = 1 - lost**2 * np.exp(length)
        assert covariance[k, k] == close(variance / rate**2, rel=1e-6)
    assert abs(covariance[0, 1]) < 1e-12 * np.sqrt(covariance[0, 0] * covariance[1, 1])


def test_grid_with_zeros():
    """Next to a zero the pdf vanishes: of a box only the cells with four corners are left."""
    pdf = np.zeros((5, 4))
    pdf[1:4, 1:3] = 3.0
    mean, covariance = moments.grid([np.arange(5.0), np.arange(4.0)], pdf)
    assert mean == pytest.approx([2, 1.5], rel=1e-12, abs=0)
    assert covariance == pytest.approx(np.diag([4 / 12, 1 / 12]), abs=1e-12)


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_moments_are_those_of_the_compiler(name):
    """The compiler asks flavio's own draws, `moments` serves the measurements of a user."""
    kinds = set()
    for c in load_snapshot(name).constraints:
        if c.moments is not None and c.kind in ("asymmetric", "half_normal"):
            found = moments.moments(c.kind, c.arrays)
            assert found == pytest.approx(c.moments, rel=1e-12, abs=0)
            kinds.add(c.kind)
    assert len(kinds) == 2


@pytest.mark.parametrize("size", [1.0, 1e-10])
def test_moments_of_two_half_gaussians(size):
    """By integration of the density, of any size; a half Gaussian is the case without a left."""
    x = size * np.linspace(-5, 12, 400001)
    for left, right in ((0.5, 1.1), (0.9, 0.2)):
        density = np.exp(
            -0.5 * ((x - 3 * size) / (size * np.where(x < 3 * size, left, right))) ** 2
        )
        mean = np.trapezoid(x * density, x) / np.trapezoid(density, x)
        square = np.trapezoid((x - mean) ** 2 * density, x) / np.trapezoid(density, x)
        numbers = {"centre": 3 * size, "left": left * size, "right": right * size}
        arrays = {k: np.array(v) for k, v in numbers.items()}
        assert moments.moments("asymmetric", arrays) == close((mean, square), rel=1e-6)
    positive = np.exp(-0.5 * (x / size) ** 2) * (x >= 0)
    mean = np.trapezoid(x * positive, x) / np.trapezoid(positive, x)
    square = np.trapezoid((x - mean) ** 2 * positive, x) / np.trapezoid(positive, x)
    half = {"centre": np.array(0.0), "width": np.array(size)}
    assert moments.moments("half_normal", half) == close((mean, square), rel=1e-4)
