"""flavio's distributions as mappings: what is read, what is refused, and flavio's own objects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from muoquark.likelihood.distributions import pdf_from_distributions
from muoquark.likelihood.pdfs import (
    Gamma,
    GeneralGamma,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Numerical,
    Poisson,
)


def moments(pdf):
    """Mean and variance of one number."""
    return tuple(map(np.ndarray.item, pdf.moments()))


TWO = {"distribution": "multivariate_normal", "central_value": [3.5e-9, 0.6e-10]}


def test_gaussians():
    one = pdf_from_distributions(
        {"distribution": "normal", "central_value": 1, "standard_deviation": 2}
    )
    assert isinstance(one, Normal) and moments(one) == (1, 4)
    both = pdf_from_distributions({**TWO, "standard_deviation": [3e-10, 7e-11],
                                   "correlation": [[1, -0.3], [-0.3, 1]]})  # fmt: skip
    expected = [[9e-20, -6.3e-21], [-6.3e-21, 4.9e-21]]
    assert isinstance(both, MultivariateNormal)
    assert both.covariance == pytest.approx(np.array(expected), rel=1e-12, abs=0)
    for form in (
        {"standard_deviation": [3e-10, 7e-11], "correlation": -0.3},
        {"standard_deviation": [3e-10, 7e-11], "correlation": [[1], [-0.3, 1]]},
        {"covariance": [[9e-20, -6.3e-21], [0, 4.9e-21]]},
        {"covariance": [[9e-20, 0], [-6.3e-21, 4.9e-21]]},
    ):
        found = pdf_from_distributions({**TWO, **form})
        assert found.covariance == pytest.approx(both.covariance, rel=1e-12, abs=0)
    alone = pdf_from_distributions({**TWO, "standard_deviation": [3e-10, 7e-11]})
    assert alone.covariance[0, 1] == 0


def test_table():
    pdf = pdf_from_distributions({"distribution": "numerical", "x": [0, 1, 2], "y": [0, 2, 0]})
    assert np.array_equal(pdf.density, [0, 1, 0])
    assert isinstance(pdf, Numerical) and pdf.mode == 1


def test_lists_are_convolved():
    found = pdf_from_distributions([
        {**TWO, "covariance": [[9.0e-20, 0], [0, 4.9e-21]]},
        {"distribution": "multivariate_normal", "central_value": [0, 0],
         "covariance": [[1.0e-20, 0], [0, 1.0e-22]]},
    ])  # fmt: skip
    assert found.mean == pytest.approx([3.5e-9, 0.6e-10], rel=1e-12, abs=0)
    assert np.diag(found.covariance) == pytest.approx([1.0e-19, 5.0e-21], rel=1e-12, abs=0)


COUNTS = {"counts_total": 83, "counts_background": 65.3}


@pytest.mark.parametrize("std", [0.0, 6.0])
def test_limits_hold_their_level(std):
    """The content below the limit is the confidence level; two of three counts are enough."""
    form = {"distribution": "general_gamma_upper_limit", "limit": 1.9e-5, "confidence_level": 0.9,
            "background_std": std}  # fmt: skip
    pdf = pdf_from_distributions({**form, **COUNTS})
    assert pdf.cumulative(np.array([1.9e-5]))[0] == pytest.approx(0.9, abs=1e-4)
    other = pdf_from_distributions({**form, "counts_total": 83, "counts_signal": 17.7})
    assert moments(other) == pytest.approx(moments(pdf), rel=1e-9, abs=0)


def test_a_small_uncertainty_of_the_background_changes_little():
    form = {"distribution": "general_gamma_counting_process", "scale_factor": 2e-6, **COUNTS}
    exact = pdf_from_distributions(form)
    assert isinstance(exact, Gamma)
    near = pdf_from_distributions({**form, "background_std": 0.1})
    assert isinstance(near, GeneralGamma)
    assert moments(near) == pytest.approx(moments(exact), rel=2e-3, abs=0)


def test_counts_without_background():
    """Three events of signal: zero is excluded, however close a prediction comes to it."""
    form = {"distribution": "gamma_counting_process", "counts_total": 3, "scale_factor": 2e-6}
    pdf = pdf_from_distributions({**form, "counts_background": 0})
    assert isinstance(pdf, Numerical)
    assert pdf.density[0] < 1e-12 * pdf.density.max()
    # Mean and variance of a gamma distribution of shape 4.
    expected = (8e-6, 4 * 4e-12)
    assert moments(pdf) == pytest.approx(expected, rel=1e-5, abs=0)
    near = pdf_from_distributions({**form, "counts_background": 1e-9})
    assert moments(near) == pytest.approx(expected, rel=1e-5, abs=0)
    many = pdf_from_distributions({**form, "counts_total": 1000, "counts_background": 600})
    assert isinstance(many, Numerical)
    assert moments(many) == pytest.approx((2e-6 * 401, 4e-12 * 1001), rel=1e-5, abs=0)


@pytest.mark.parametrize("background", [1e-9, 1e-3, 0.1, 1.0, 5.0])
def test_a_gamma_distribution_is_tabulated_where_it_vanishes_at_zero(background):
    """ln of the pdf at zero below that at the mode, from scipy's density."""
    form = {"distribution": "gamma_counting_process", "counts_background": background}
    tables = []
    for total in (0, 3, 10, 40, 70):
        pdf = gamma(total + 1, -background).logpdf
        depth = pdf(max(total - background, 0.0)) - pdf(0.0)
        found = pdf_from_distributions({**form, "counts_total": total})
        tables.append(isinstance(found, Numerical))
        assert tables[-1] == (depth > 25)
        assert found.centre == [max(total - background, 0.0)]
    assert set(tables) == {True, False}


def test_joint_table():
    """Two numbers are the ends of an axis; only mean and covariance are kept."""
    x, y = np.linspace(-5, 5, 61), np.linspace(-4, 4, 61)
    pdf = np.exp(-0.5 * (x[:, None] ** 2 + y**2 / 0.25))
    form = {"distribution": "multivariate_numerical", "xi": [[-5, 5], y.tolist()]}
    found = pdf_from_distributions({**form, "y": pdf.tolist()})
    assert isinstance(found, MomentsOnly)
    assert np.diag(found.covariance) == pytest.approx([1, 0.25], rel=0.03, abs=0)
    assert found.mean == pytest.approx([0, 0], abs=1e-12)


def test_poisson_counts():
    """Two of three counts are enough; the signal is in events, and its background uncertain."""
    form = {"distribution": "poisson", "background_std": 6.0}
    for counts in (COUNTS, {"counts_total": 83, "counts_signal": 17.7},
                   {"counts_background": 65.3, "counts_signal": 17.7}):  # fmt: skip
        pdf = pdf_from_distributions({**form, **counts})
        assert isinstance(pdf, Poisson)
        found = pdf.counted, pdf.background, pdf.deviation
        assert found == pytest.approx((83, 65.3, 6), rel=1e-12, abs=0)
    assert pdf_from_distributions({"distribution": "poisson", **COUNTS}).deviation == 0


BOX = {"distribution": "multivariate_numerical", "xi": [[0, 1], [0, 1]]}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"distribution": "gauss"}, "distribution 'gauss' is not supported"),
        ({"distribution": "normal", "central_value": 1}, "needs 'standard_deviation'"),
        ({"distribution": "normal", "central_value": 1, "standard_deviation": 1, "limit": 1},
         "takes no 'limit', allowed: central_value, standard_deviation"),
        ({"distribution": "normal", "central_value": 1, "standard_deviation": -1}, "is negative"),
        ({"distribution": "normal", "central_value": [1], "standard_deviation": 1}, "one number"),
        ({"distribution": "numerical", "x": [0, 1, 1], "y": [1, 1, 1]}, "x must increase"),
        ({"distribution": "numerical", "x": [0, 1], "y": [1, 1], "central_value": 3}, "outside"),
        ({"distribution": "multivariate_normal", "central_value": [1, 2],
          "covariance": [[1, 2], [2, 1]]}, "covariance is not positive definite"),
        ({**TWO, "covariance": [[1e-18, 5e-20], [-5e-20, 1e-20]]}, "not symmetric"),
        ({**TWO}, "either 'covariance' or 'standard_deviation'"),
        ({**TWO, "standard_deviation": [1, 1], "correlation": [[1, 2], [2, 1]]}, "none larger"),
        ({"distribution": "normal", "central_value": "nan", "standard_deviation": 1}, "no number"),
        ({"distribution": "normal", "central_value": float("nan"), "standard_deviation": 1},
         "not finite"),
        ({"distribution": "gamma_upper_limit", "limit": 1, "confidence_level": 0.9,
          "counts_total": 3}, "needs two of counts_total"),
        ({"distribution": "gamma_counting_process", "counts_total": 0, "counts_background": 900},
         "too far below the background"),
        ({"distribution": "general_gamma_counting_process", "counts_total": 0,
          "counts_background": 90, "background_std": 1}, "too far below the background"),
        ({"distribution": "general_gamma_positive", "a": 2, "loc": -1, "scale": 0,
          "gaussian_standard_deviation": 1}, "a positive scale"),
        ({"distribution": "general_gamma_positive", "a": 2, "loc": -1, "scale": -0.5,
          "gaussian_standard_deviation": 1}, "a positive scale"),
        ({**BOX, "xi": 3, "y": [[1, 1], [1, 1]]}, "'xi' must be a list of lists"),
        ({**BOX, "xi": [0, 1], "y": [[1, 1], [1, 1]]}, "'xi' must be a list of lists"),
        ({**BOX, "y": [1, 1]}, "'y' has 1 dimensions, 'xi' 2"),
        ({**BOX, "y": [[1, 1], [1]]}, "different lengths"),
        ({**BOX, "y": [[0, 0], [0, 0]]}, "nor zero everywhere"),
        ({"distribution": "poisson", "counts_total": 3}, "needs two of counts_total"),
        ({"distribution": "poisson", "counts_total": -1, "counts_background": 2},
         "a number of counts is negative"),
        ({"distribution": "poisson", **COUNTS, "background_std": -1}, "'background_std' is neg"),
        ({"distribution": "poisson", **COUNTS, "scale_factor": 2}, "takes no 'scale_factor'"),
        ([{"distribution": "normal", "central_value": 1, "standard_deviation": 1},
          {"distribution": "normal", "central_value": 2, "standard_deviation": 1}],
         "the same central value"),
        ([3], "holds mappings"),
    ],
)  # fmt: skip
def test_refused(entries, message):
    with pytest.raises(ValueError, match=message):
        pdf_from_distributions(entries)


FORMS = [
    {"distribution": "asymmetric_normal", "central_value": 1, "right_deviation": 0.5,
     "left_deviation": 0.2},
    {"distribution": "half_normal", "central_value": 1, "standard_deviation": -0.5},
    {"distribution": "uniform", "central_value": 2, "half_range": 0.5},
    {"distribution": "gaussian_upper_limit", "limit": 4.2e-13, "confidence_level": 0.9},
    {"distribution": "gamma_positive", "a": 4, "loc": -2e-6, "scale": 1e-6},
    {"distribution": "gamma_counting_process", "counts_total": 3, "counts_background": 1.2,
     "scale_factor": 2e-6},
    {"distribution": "gamma_upper_limit", "limit": 1.9e-5, "confidence_level": 0.9, **COUNTS},
    {"distribution": "general_gamma_counting_process", "counts_total": 6, "counts_background": 4.0,
     "background_std": 1.0, "scale_factor": 2e-6},
    {"distribution": "general_gamma_upper_limit", "limit": 1.9e-5, "confidence_level": 0.9,
     "background_std": 6.0, **COUNTS},
    {"distribution": "numerical", "x": [0.0, 1.0, 1.5, 4.0], "y": [0.1, 0.8, 1.0, 0.05]},
    [{"distribution": "numerical", "x": [0.0, 1.0, 1.5, 4.0], "y": [0.0, 0.8, 1.0, 0.0]},
     {"distribution": "normal", "central_value": 1.5, "standard_deviation": 0.4}],
]  # fmt: skip


@pytest.mark.exact
@pytest.mark.parametrize(
    "entries", FORMS, ids=lambda e: str(e if isinstance(e, dict) else e[0])[18:45]
)
def test_log_pdf_is_flavios(entries, flavio):
    """flavio's own grids limit the agreement of what is convolved to a per mille or so."""
    from flavio.statistics.probability import convolve_distributions, dict2dist

    theirs = convolve_distributions(dict2dist(entries))
    ours = pdf_from_distributions(entries)
    mean, variance = moments(ours)
    x = mean + np.sqrt(variance) * np.linspace(-2, 2.5, 19)
    step = 1e-6 * np.sqrt(variance)
    inside = ours.cumulative(x + step) - ours.cumulative(x - step)
    x, inside = x[inside > 1e-9], inside[inside > 1e-9]
    assert len(x) > 8
    difference = np.log(inside / (2 * step)) - np.asarray(theirs.logpdf(x), dtype=float)
    tolerance = 5e-3 if isinstance(entries, list) or "general" in entries["distribution"] else 1e-6
    assert np.abs(difference).max() < tolerance


@pytest.mark.exact
def test_joint_table_is_flavios(flavio):
    """Mean and covariance by a fine sum over flavio's own interpolation, of a measured table."""
    ((pdf, _),) = flavio.Measurement["LHCb Bs->mumu 2021"]._constraints
    axes = [x.tolist() for x in pdf.xi]
    found = pdf_from_distributions(
        {"distribution": "multivariate_numerical", "xi": axes, "y": pdf.y.tolist()}
    )
    axes = [np.linspace(x[0], x[-1], 1201)[1:] - (x[-1] - x[0]) / 2400 for x in pdf.xi]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    density = np.exp(pdf.logpdf_interp(points))
    density /= density.sum()
    mean = np.einsum("ab,abi->i", density, points)
    away = points - mean
    covariance = np.einsum("ab,abi,abj->ij", density, away, away)
    unit = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean - mean) / unit).max() < 1e-3
    assert np.abs((found.covariance - covariance) / np.outer(unit, unit)).max() < 2e-3
