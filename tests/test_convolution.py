"""Convolutions of errors, against sums of moments and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from muoquark.likelihood.convolution import convolve_pdfs
from muoquark.likelihood.pdfs import (
    Asymmetric,
    Gamma,
    HalfNormal,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Numerical,
)
from muoquark.likelihood.values import uniform, upper_limit

ASYMMETRIC = Asymmetric(1.0, 0.3, 0.4)
GAMMA = Gamma(3.0, -1.0, 1.0)
TABLE = Numerical([0.0, 1.0, 3.0], [0.0, 2 / 3, 0.0])


@pytest.mark.parametrize("pdf", [Normal(1.0, 0.3), ASYMMETRIC, upper_limit(2.0, 0.9), TABLE, GAMMA])
def test_cumulative(pdf):
    """Its moments are those of the pdf, by parts: E[x] = end - integral of the probability."""
    x = np.linspace(-15, 35, 200001)
    below = pdf.cumulative(x)
    assert below[0] == pytest.approx(0, abs=1e-12)
    assert below[-1] == pytest.approx(1, abs=1e-12)
    mean, variance = map(np.ndarray.item, pdf.moments())
    assert x[-1] - np.trapezoid(below, x) == pytest.approx(mean, abs=2e-4)
    second = x[-1] ** 2 - 2 * np.trapezoid(x * below, x)
    assert second - mean**2 == pytest.approx(variance, abs=2e-3)


def test_gaussians_add_in_quadrature():
    pdf = convolve_pdfs([Normal(1.0, 0.3), Normal(1.0, 0.4)])
    assert isinstance(pdf, Normal)
    assert pdf.variance == pytest.approx(0.25, rel=1e-12, abs=0)
    assert pdf.error == pytest.approx(0.5, rel=1e-12, abs=0)
    joint = MultivariateNormal([1.0, 2.0], np.array([[1.0, 0.5], [0.5, 1.0]]))
    found = convolve_pdfs([joint, joint])
    assert isinstance(found, MultivariateNormal)
    assert np.array_equal(found.mean, [1, 2])
    assert np.array_equal(found.covariance, 2 * joint.covariance)


def test_moments_alone_add():
    """Of a joint table mean, counted from its mode, and covariance are left, and both add."""
    covariance = np.array([[1.0, 0.5], [0.5, 2.0]])
    table = MomentsOnly(np.array([1.2, 1.9]), covariance, np.array([1.0, 2.0]))
    error = MultivariateNormal(np.zeros(2), np.diag([0.25, 0.5]))
    found = convolve_pdfs([table, error])
    assert isinstance(found, MomentsOnly)
    mean, added = found.moments()
    assert mean == pytest.approx([1.2, 1.9], rel=1e-12, abs=0)
    assert added == pytest.approx(covariance + np.diag([0.25, 0.5]), rel=1e-12, abs=0)
    assert np.array_equal(found.centre, [1, 2])


def test_two_equal_halves_are_a_gaussian():
    pdf = convolve_pdfs([Asymmetric(1.0, 0.4, 0.4), Normal(1.0, 0.3)])
    expected = norm.pdf(pdf.x, 1.0, 0.5)
    assert np.abs(pdf.density - expected).max() < 1e-5 * expected.max()


@pytest.mark.parametrize(
    "parts",
    [
        [ASYMMETRIC, Normal(1.0, 0.2)],
        [TABLE, Normal(1.0, 0.05)],  # the tail of the Gaussian at the far end of the table
        [uniform(0.5, 1.5), uniform(0.0, 2.0)],
        [TABLE, ASYMMETRIC, Normal(1.0, 0.2)],
        [GAMMA, Normal(1.0, 0.5)],
        [HalfNormal(1.0, 0.6), Normal(1.0, 0.1)],
        [HalfNormal(1.0, -0.6), Normal(1.0, 0.1)],
        [HalfNormal(1.0, -0.6), TABLE],
    ],
)
def test_moments_add(parts):
    """Means, counted from the central value, and variances of independent errors add."""
    pdf = convolve_pdfs(parts)
    found, *each = [tuple(map(np.ndarray.item, p.moments())) for p in (pdf, *parts)]
    width = sum(v for _, v in each) ** 0.5
    assert found[0] - 1 == pytest.approx(sum(m - 1 for m, _ in each), abs=1e-3 * width)
    assert found[1] == pytest.approx(width**2, rel=2e-3, abs=0)
    assert isinstance(pdf, Numerical) and pdf.mode == 1


def test_a_uniform_error_twice_is_a_triangle():
    pdf = convolve_pdfs([uniform(0.0, 2.0), uniform(0.0, 2.0)])
    expected = np.maximum(0.5 - np.abs(pdf.x - 1) / 4, 0)
    assert np.abs(pdf.density - expected).max() < 1e-3


def test_central_values():
    """They are one number's; zero is an error without a value and shifts nothing."""
    assert convolve_pdfs([Normal(0.0, 0.3), Normal(2.0, 0.4)]).mean == 2
    with pytest.raises(ValueError, match="same central value"):
        convolve_pdfs([Normal(1.0, 0.3), Normal(2.0, 0.4)])
    with pytest.raises(ValueError, match="different dimensions"):
        convolve_pdfs([Normal(1.0, 0.3), MultivariateNormal(np.ones(2), np.eye(2))])
