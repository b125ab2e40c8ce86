"""smelli's experimental covariances in the limit of infinitely many pseudo-measurements.

For its fast likelihoods smelli replaces all measurements of a block by one Gaussian, whose mean
and covariance it takes from 5000 random draws of every measurement, anew at every start: its own
log-likelihood then moves by up to 0.8 from run to run.  The limit of infinitely many draws is
known in closed form, from the first two moments of each distribution that flavio draws from.
This module computes it from flavio's objects, which it only reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.pdfs import Asymmetric, Gamma, HalfNormal

__all__ = ["experimental_covariance", "moments"]


def moments(distribution: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (n,) and covariance (n, n) of the numbers that a flavio distribution draws.

    They are the moments of the *sampler*: flavio draws from a tabulated pdf as if it were
    constant between the grid points, and an asymmetric Gaussian has its mean beside its mode.

    Raises
    ------
    NotImplementedError
        For a kind of distribution that is not known here.
    """
    kind = type(distribution).__name__
    d = distribution
    if kind == "NormalDistribution":
        return _scalar(d.central_value, d.standard_deviation**2)
    if kind == "MultivariateNormalDistribution":
        return np.asarray(d.central_value, float), np.asarray(d.covariance, float)
    if kind == "AsymmetricNormalDistribution":
        return Asymmetric(d.central_value, d.left_deviation, d.right_deviation).moments()
    if kind in ("HalfNormalDistribution", "GaussianUpperLimit"):
        return HalfNormal(d.central_value, d.standard_deviation).moments()
    if hasattr(d, "ppf_interp"):  # NumericalDistribution and what derives from it
        x, weight = d.ppf_interp.y, np.diff(d.ppf_interp.x)
        a, b = x[:-1], x[1:]
        mean = np.sum(weight * (a + b) / 2)
        return _scalar(mean, np.sum(weight * (a * a + a * b + b * b) / 3) - mean**2)
    if kind == "GammaDistribution":
        return _scalar(d.scipy_dist.mean(), d.scipy_dist.var())
    if hasattr(d, "scipy_dist"):  # gamma distributions cut to positive values
        return Gamma(d.a, d.loc, d.scale).moments()
    raise NotImplementedError(f"the moments of a {kind} are not known")


def _scalar(mean: float, variance: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([mean], float), np.array([[variance]], float)


def experimental_covariance(fast_likelihood: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return central values (n,) and covariance (n, n) of a flavio ``FastLikelihood``.

    The order is that of its observables.  An observable that stands in several constraints of
    one measurement counts once, with the last of them, as in flavio.
    """
    import flavio

    likelihood = fast_likelihood.full_measurement_likelihood
    observables = list(likelihood.observables)
    parts = []
    # Sorted, because flavio's own order is that of a set and changes from process to process.
    for name in sorted(likelihood.get_measurements):
        measurement = flavio.Measurement[name]
        chosen = [
            (i, obs) for i, obs in enumerate(observables) if obs in measurement.all_parameters
        ]
        positions = [i for i, _ in chosen]
        places = [measurement._parameters[obs] for _, obs in chosen]
        means = np.zeros(len(chosen))
        covariance = np.zeros((len(chosen), len(chosen)))
        for constraint in {id(c): c for _, c in places}.values():
            mean, cov = moments(constraint)
            here = [k for k, (_, c) in enumerate(places) if c is constraint]
            entries = [places[k][0] for k in here]
            means[here] = mean[entries]
            covariance[np.ix_(here, here)] = cov[np.ix_(entries, entries)]
        parts.append((positions, means, covariance))
    average = GaussianBlock.average(len(observables), parts)
    return average.mean, average.covariance
