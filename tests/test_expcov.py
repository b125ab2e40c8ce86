"""Moments of flavio's distributions against draws."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.likelihood.expcov import experimental_covariance, moments


def test_unknown_distribution():
    with pytest.raises(NotImplementedError, match="the moments of a object are not known"):
        moments(object())


@pytest.mark.exact
def test_moments_are_those_of_the_draws(flavio):
    """Mean and variance of 200,000 draws; a NumPy seed makes flavio's sampler repeatable."""
    p = flavio.statistics.probability
    x = np.linspace(0, 3, 40)
    distributions = [
        p.NormalDistribution(1.0, 0.2),
        p.AsymmetricNormalDistribution(1.0, 0.3, 0.1),
        p.AsymmetricNormalDistribution(3e-10, 8e-11, 2e-11),
        p.HalfNormalDistribution(1.0, -0.2),
        p.GaussianUpperLimit(1e-3, 0.95),
        p.NumericalDistribution(x, np.exp(-((x - 1) ** 2)) * (1 + x)),
        p.GammaUpperLimit(counts_total=30, counts_background=10, limit=2e-5, confidence_level=0.68),
        p.GammaDistributionPositive(a=9, loc=-4, scale=1.0),
        p.MultivariateNormalDistribution([1, 2], [[1, 0.5], [0.5, 2]]),
    ]
    state = np.random.get_state()
    np.random.seed(1)
    try:
        for distribution in distributions:
            draws = np.asarray(distribution.get_random(size=200_000)).reshape(200_000, -1)
            mean, covariance = moments(distribution)
            width = np.sqrt(np.diag(covariance))
            name = type(distribution).__name__
            assert np.allclose(draws.mean(axis=0), mean, atol=0.01 * width.max()), name
            assert np.allclose(
                np.cov(draws.T).reshape(covariance.shape),
                covariance,
                rtol=0.02,
                atol=1e-12 * covariance.max(),
            ), name
    finally:
        np.random.set_state(state)


@pytest.mark.exact
@pytest.mark.slow
def test_limit_of_smellis_own_covariance(flavio):
    """smelli's random covariance approaches the closed form as 1/sqrt(draws)."""
    from muoquark.likelihood.referee import global_likelihood

    fast = global_likelihood().fast_likelihoods["fast_likelihood_quarks.yaml"]
    mean, covariance = experimental_covariance(fast)
    state = np.random.get_state()
    np.random.seed(2)
    try:
        drawn_mean, drawn = fast.exp_covariance.compute(N=20_000)
    finally:
        np.random.set_state(state)
    width = np.sqrt(np.diag(covariance))
    assert np.abs((drawn_mean - mean) / width).max() < 0.1
    assert np.abs(np.sqrt(np.diag(drawn)) / width - 1).max() < 0.05
    assert np.abs((drawn - covariance) / np.outer(width, width)).max() < 0.1
