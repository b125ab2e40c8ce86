"""Convolutions of errors, against sums of moments and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, norm

from muoquark.likelihood.convolution import convolve_pdfs, cumulative, general_gamma
from muoquark.likelihood.density import Pdf
from muoquark.likelihood.moments import moments
from muoquark.likelihood.values import normal, uniform, upper_limit

ASYMMETRIC = Pdf("asymmetric", {"centre": 1.0, "left": 0.3, "right": 0.4})
GAMMA = Pdf("gamma", {"a": 3.0, "loc": -1.0, "scale": 1.0, "centre": 1.0})
TABLE = Pdf("table", {"x": [0.0, 1.0, 3.0], "pdf": [0.0, 2 / 3, 0.0], "centre": 1.0})


@pytest.mark.parametrize("pdf", [normal(1.0, 0.3), ASYMMETRIC, upper_limit(2.0, 0.9), TABLE, GAMMA])
def test_cumulative(pdf):
    """Its moments are those of the pdf, by parts: E[x] = end - integral of the probability."""
    x = np.linspace(-15, 35, 200001)
    below = cumulative(pdf, x)
    assert below[0] == pytest.approx(0, abs=1e-12)
    assert below[-1] == pytest.approx(1, abs=1e-12)
    mean, variance = moments(pdf.kind, pdf.arrays)
    assert x[-1] - np.trapezoid(below, x) == pytest.approx(mean, abs=2e-4)
    second = x[-1] ** 2 - 2 * np.trapezoid(x * below, x)
    assert second - mean**2 == pytest.approx(variance, abs=2e-3)


def test_gaussians_add_in_quadrature():
    pdf = convolve_pdfs([normal(1.0, 0.3), normal(1.0, 0.4)])
    assert pdf.kind == "normal"
    assert float(pdf["covariance"][0, 0]) == pytest.approx(0.25, rel=1e-12, abs=0)
    joint = Pdf("normal", {"mean": [1.0, 2.0], "covariance": [[1.0, 0.5], [0.5, 1.0]]})
    found = convolve_pdfs([joint, joint])
    assert np.array_equal(found["mean"], [1, 2])
    assert np.array_equal(found["covariance"], 2 * joint["covariance"])


def test_two_equal_halves_are_a_gaussian():
    pdf = convolve_pdfs(
        [Pdf("asymmetric", {"centre": 1.0, "left": 0.4, "right": 0.4}), normal(1.0, 0.3)]
    )
    expected = norm.pdf(pdf["x"], 1.0, 0.5)
    assert np.abs(pdf["pdf"] - expected).max() < 1e-5 * expected.max()


@pytest.mark.parametrize(
    "parts",
    [
        [ASYMMETRIC, normal(1.0, 0.2)],
        [TABLE, normal(1.0, 0.05)],  # the tail of the Gaussian at the far end of the table
        [uniform(0.5, 1.5), uniform(0.0, 2.0)],
        [TABLE, ASYMMETRIC, normal(1.0, 0.2)],
        [GAMMA, normal(1.0, 0.5)],
        [Pdf("half_normal", {"centre": 1.0, "width": 0.6}), normal(1.0, 0.1)],
        [Pdf("half_normal", {"centre": 1.0, "width": -0.6}), normal(1.0, 0.1)],
        [Pdf("half_normal", {"centre": 1.0, "width": -0.6}), TABLE],
    ],
)
def test_moments_add(parts):
    """Means, counted from the central value, and variances of independent errors add."""
    pdf = convolve_pdfs(parts)
    found = moments("table", pdf.arrays)
    each = [moments(p.kind, p.arrays) for p in parts]
    width = sum(v for _, v in each) ** 0.5
    assert found[0] - 1 == pytest.approx(sum(m - 1 for m, _ in each), abs=1e-3 * width)
    assert found[1] == pytest.approx(width**2, rel=2e-3, abs=0)
    assert float(pdf["centre"]) == 1


def test_a_uniform_error_twice_is_a_triangle():
    pdf = convolve_pdfs([uniform(0.0, 2.0), uniform(0.0, 2.0)])
    expected = np.maximum(0.5 - np.abs(pdf["x"] - 1) / 4, 0)
    assert np.abs(pdf["pdf"] - expected).max() < 1e-3


def test_central_values():
    """They are one number's; zero is an error without a value and shifts nothing."""
    assert float(convolve_pdfs([normal(0.0, 0.3), normal(2.0, 0.4)])["mean"][0]) == 2
    with pytest.raises(ValueError, match="same central value"):
        convolve_pdfs([normal(1.0, 0.3), normal(2.0, 0.4)])
    with pytest.raises(ValueError, match="different dimensions"):
        convolve_pdfs([normal(1.0, 0.3), Pdf("normal", {"mean": [1, 1], "covariance": np.eye(2)})])


@pytest.mark.parametrize(
    ("events", "background", "width"),
    [(0, 0.01, 0.01), (7, 5.0, 1.0), (0, 3.0, 1.5), (120, 100.0, 8.0)],
)
def test_general_gamma(events, background, width):
    """Against the integral, with what the Gaussian moves below -background reflected there."""
    pdf = general_gamma(events + 1.0, background, width)

    def one(y):
        low, high = max(0.0, y - 9 * width), max(0.0, y + 9 * width)
        return quad(
            lambda t: gamma.pdf(t, events + 1) * norm.pdf(y - t, 0, width), low, high,
            epsabs=0, epsrel=1e-9, limit=200,
        )[0]  # fmt: skip

    z = np.linspace(0, 3 * (events + 1) ** 0.5, 6)
    expected = np.array([one(x + background) + one(-x - background) for x in z])
    ratio = np.interp(z, pdf["x"], pdf["pdf"]) / expected
    assert ratio == pytest.approx(np.full(6, ratio[3]), rel=2e-3, abs=0)
    assert np.trapezoid(pdf["pdf"], pdf["x"]) == pytest.approx(1, abs=1e-12)
