"""Figures of posteriors: what they draw is what the draws say."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.inference.objective import Parameter
from muoquark.inference.priors import Priors
from muoquark.inference.sample.posterior import Posterior
from muoquark.inference.target import Layout
from muoquark.model.prior import Prior
from muoquark.report.corner import SHARES, _interval_text, corner_figure
from muoquark.report.density import density_of
from muoquark.report.trace import ranks, trace_figure

PARAMETERS = tuple(Parameter(f"x{k}", -1.0, 3.0, 0.0) for k in range(3))


def posterior_of(theta, statistics=True):
    priors = Priors(PARAMETERS, (Prior(), Prior("normal", 0.0, 1.0), Prior()))
    shape = theta.shape[:2]
    parts = -0.5 * (theta**2).sum(axis=-1, keepdims=True)
    sampler = {"energy": np.ones(shape)} if statistics else {}
    return Posterior(Layout(priors, ("all",), ("all",)), theta, parts, np.zeros(shape), sampler)


@pytest.fixture(scope="module")
def posterior():
    rng = np.random.default_rng(1)
    x = np.abs(rng.standard_normal((4, 500, 3))) * [0.3, 0.5, 0.2]
    x[..., 0] -= 1.0  # largest at the edge of its range
    x[..., 2] += x[..., 1]
    return posterior_of(np.clip(x, -1, 3))


def test_density_of_a_normal_distribution():
    rng = np.random.default_rng(2)
    covariance = np.array([[1.0, 0.95], [0.95, 1.0]])
    draws = rng.multivariate_normal([0, 0], covariance, 4000)
    density = density_of(draws, np.array([-9.0, -9.0]), np.array([9.0, 9.0]))
    x, y = density.axes
    total = np.trapezoid(np.trapezoid(density.values, y, axis=1), x)
    assert total == pytest.approx(1, abs=0.02)
    # The kernel follows the correlation: it widens every direction by the same few percent.
    assert density.at(np.zeros((1, 2)))[0] == close(
        1 / (2 * np.pi * np.sqrt(np.linalg.det(covariance))), rel=0.12
    )
    levels = density.levels(draws, SHARES)
    for share, level in zip(SHARES, levels, strict=True):
        assert np.mean(density.at(draws) > level) == pytest.approx(share, abs=1e-3)
    # Mahalanobis distances within the 68 % region of a normal distribution: chi2 < 2.30.
    chi2 = np.einsum("ni,ij,nj->n", draws, np.linalg.inv(covariance), draws)
    assert chi2[density.at(draws) > levels[0]].max() < 4.0
    assert chi2[density.at(draws) < levels[0]].min() > 1.3


def test_density_at_a_sharp_edge_is_not_halved():
    draws = np.random.default_rng(3).exponential(size=(5000, 1))
    density = density_of(draws, np.array([0.0]), np.array([50.0]))
    assert density.axes[0][0] == 0.0
    assert density.values[0] == close(1.0, rel=0.15)
    # Without the edge half of it lies beyond.
    open_ended = density_of(draws, np.array([-50.0]), np.array([50.0]))
    assert open_ended.at(np.array([[0.0]]))[0] < 0.65


def test_density_of_draws_that_are_all_the_same():
    density = density_of(np.full((50, 2), 0.5), np.zeros(2), np.ones(2))
    assert np.all(np.isfinite(density.values))


def test_corner(posterior):
    figure = corner_figure(posterior, "a title")
    assert len(figure.axes) == 6
    one = figure.axes[0]
    # The line of the prior is the density of the prior.
    flat = next(line for line in one.lines if line.get_color() == "0.35")
    assert np.allclose(flat.get_ydata(), 0.25, atol=0)
    low, high = np.quantile(posterior.theta[..., 0], [(1 - SHARES[0]) / 2, (1 + SHARES[0]) / 2])
    spans = [c.get_paths()[0].get_extents() for c in one.collections]
    assert any(np.allclose([s.x0, s.x1], [low, high], atol=1e-3) for s in spans)
    best = posterior.theta.reshape(-1, 3)[np.argmax(posterior.loglike)]
    star = next(line for line in figure.axes[1].lines if line.get_marker() == "*")
    assert np.allclose([star.get_xdata()[0], star.get_ydata()[0]], best[:2], atol=0)
    # x0 ends at -1, where its draws pile up: the hatched region begins there.
    assert any(p.get_hatch() for p in one.patches)


def test_corner_of_one_parameter_without_chains():
    theta = np.random.default_rng(4).uniform(-1, 3, (1, 300, 1))
    priors = Priors(PARAMETERS[:1], (Prior(),))
    layout = Layout(priors, ("all",), ("all",))
    figure = corner_figure(Posterior(layout, theta, theta, theta[..., 0] > 9, {}))
    assert len(figure.axes) == 1


@pytest.mark.parametrize(
    ("centre", "scale", "text"),
    [
        (0.0, 1.0, "${0.0}^{+1.0}_{-1.0}$"),
        (1.234, 0.0345, r"${1.234}^{+0.034}_{-0.034}$"),
        (0.0, 1e-6, r"$({0.0}^{+1.0}_{-1.0})\,10^{-6}$"),
        (3e5, 2.2e4, r"$({3.00}^{+0.22}_{-0.22})\,10^{5}$"),
    ],
)
def test_interval_in_words(centre, scale, text):
    from scipy.stats import norm

    assert _interval_text(centre + scale * norm.ppf((np.arange(999) + 0.5) / 999)) == text


def test_trace(posterior):
    values = ranks(posterior.theta[..., 1])
    assert np.allclose(np.sort(values.ravel()), (np.arange(2000) + 0.5) / 2000, atol=0)
    figure = trace_figure(posterior)
    assert len(figure.axes) == 6
    assert len(figure.axes[0].lines) == 4
    assert "ESS" in figure.axes[1].get_title()
