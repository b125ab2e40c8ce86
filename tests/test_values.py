"""Measured values in the field's notation, against known moments and against flavio."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.likelihood.pdfs import Asymmetric, HalfNormal, Normal, Numerical, Pdf
from muoquark.likelihood.values import errors_from_text, pdf_from_text


def normal(pdf):
    assert isinstance(pdf, Normal)
    return pdf.mean, pdf.error


@pytest.mark.parametrize(
    ("text", "centre", "width"),
    [
        ("1.3 ± 0.2", 1.3, 0.2),
        ("1.3+-0.2", 1.3, 0.2),
        ("42.1 ± 1.8 e-6", 42.1e-6, 1.8e-6),
        ("(1.09 ± 0.24) e-4", 1.09e-4, 0.24e-4),
        ("(1.67 ± 0.3 ± 0.4) * 10^-3", 1.67e-3, 0.5e-3),
        ("(1.67 \\pm 0.3) 1e-3", 1.67e-3, 0.3e-3),
        ("1.67(3)(4)", 1.67, 0.05),
        ("1.67(0.3)(0.4) e2", 167, 50),
        ("-0.5 ± 0.1", -0.5, 0.1),
        ("−0.5 ± 0.1", -0.5, 0.1),
        ("80.3602(99)", 80.3602, 0.0099),
    ],
)
def test_gaussian_values(text, centre, width):
    assert normal(pdf_from_text(text)) == close((centre, width))


def test_asymmetric_value():
    pdf = pdf_from_text("9.6 +1.9 -1.8 e-11")
    assert isinstance(pdf, Asymmetric)
    assert pdf.mode == close(9.6e-11)
    assert pdf.right == close(1.9e-11)
    assert pdf.left == close(1.8e-11)


def test_upper_limit():
    """The content of the half Gaussian below the limit is the confidence level."""
    from scipy.stats import halfnorm

    pdf = pdf_from_text("< 4.2e-13 @ 90% CL")
    assert isinstance(pdf, HalfNormal) and pdf.edge == 0
    assert halfnorm.cdf(4.2e-13, scale=pdf.error) == close(0.90)


def test_convolution_with_an_asymmetric_error():
    """R_K as LHCb gives it: statistical asymmetric, systematic symmetric.

    Means and variances of independent errors add."""
    pdf = pdf_from_text("1.08 +0.11 -0.09 ± 0.04")
    assert isinstance(pdf, Numerical) and pdf.mode == 1.08
    x, density = pdf.x, pdf.density
    assert np.trapezoid(density, x) == close(1)
    mean = np.trapezoid(x * density, x)
    assert mean == pytest.approx(1.08 + np.sqrt(2 / np.pi) * (0.11 - 0.09), abs=1e-4)
    variance = np.trapezoid((x - mean) ** 2 * density, x)
    expected = (1 - 2 / np.pi) * (0.11 - 0.09) ** 2 + 0.11 * 0.09 + 0.04**2
    assert variance == close(expected, rel=2e-3)


def test_a_range():
    """[a, b] is flavio's uniform distribution; the power of ten holds for both ends."""
    pdf = pdf_from_text("[1, 5] e-3")
    assert isinstance(pdf, Numerical)
    assert pdf.x == pytest.approx([1e-3, 5e-3], rel=1e-12, abs=0)
    assert pdf.density == pytest.approx([250, 250], rel=1e-12, abs=0)


def test_errors_of_a_correlated_value():
    """variance = sum of c^2 + right left, the geometric mean of an asymmetric error."""
    errors = errors_from_text("(0.70 +0.05 -0.03 ± 0.02) e-2")
    assert errors.centre == pytest.approx(0.70e-2, rel=1e-12, abs=0)
    assert errors.width**2 == pytest.approx((0.05 * 0.03 + 0.02**2) * 1e-4, rel=1e-12, abs=0)
    assert errors_from_text("1 +0.4 -0.2 +0.3 -0.1").width ** 2 == pytest.approx(
        0.11, rel=1e-12, abs=0
    )


def test_an_error_of_zero_beside_others():
    """A systematic error below the rounding, ``± 0.000``, is none; alone it is a fault."""
    assert normal(pdf_from_text("-0.170 ± 0.069 ± 0.000")) == pytest.approx(
        (-0.17, 0.069), rel=1e-12, abs=0
    )


@pytest.mark.parametrize(
    "text",
    ["", "1.3", "1.3 ± ", "± 0.2", "1.3 + 0.2", "< 3", "< 3 @ 120% CL", "< 0 @ 90% CL",
     "1.3 ± 0", "1.3 +0.2 -0", "1.3(0)", "[2, 1]", "1.3 ± 0.2 GeV", "1.3 ± 0.0 ± 0.0"],
)  # fmt: skip
def test_what_is_no_value(text):
    with pytest.raises(ValueError, match=r"found|is zero|not between|must be positive|is empty"):
        pdf_from_text(text)


@pytest.mark.exact
@pytest.mark.parametrize(
    "text",
    ["1.3 ± 0.2", "(1.67 ± 0.3 ± 0.5) e-3", "1.67(3)(5) 1e-3", "1.31 + 0.66 - 0.61 e-3",
     "< 4.2e-13 @ 90% CL", "1.08 +0.11 -0.09 +- 0.04", "2.1 +0.5 -0.3 +0.2 -0.4"],
)  # fmt: skip
def test_log_pdf_is_flavios(text, flavio):
    from flavio.statistics.probability import convolve_distributions

    theirs = convolve_distributions(flavio._parse_errors.constraints_from_string(text))
    ours = pdf_from_text(text)
    (centre,) = ours.centre
    right = float(np.ravel(theirs.error_right)[0])
    left = float(np.ravel(theirs.error_left)[0])
    for t in (-1.5, -0.7, 0.4, 1.3, 2.0):
        x = centre + t * (right if t > 0 else left)
        if isinstance(ours, HalfNormal) and t < 0:
            continue
        expected = float(np.ravel(theirs.logpdf(x) - theirs.logpdf(theirs.central_value))[0])
        # flavio convolves on 100 points: per-mille accuracy of the pdf
        assert log_ratio(ours, x, centre) == pytest.approx(expected, abs=0.01), (text, t)


def log_ratio(pdf: Pdf, x: float, centre: float) -> float:
    """ln pdf(x) - ln pdf(centre) by hand."""
    if isinstance(pdf, Normal):
        return -0.5 * (x - centre) ** 2 / pdf.variance
    if isinstance(pdf, Asymmetric):
        return -0.5 * ((x - centre) / (pdf.right if x > centre else pdf.left)) ** 2
    if isinstance(pdf, HalfNormal):
        return -0.5 * ((x - centre) / pdf.error) ** 2
    here, there = np.interp([x, centre], pdf.x, pdf.density)
    return float(np.log(here) - np.log(there))
