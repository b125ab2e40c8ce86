"""Priors as changes of variables: from the unit cube, and from the standard normal.

Nested sampling draws from the unit cube u; NUTS moves in z = Phi^-1(u), which has no edges.  In z
every prior is a standard normal distribution, so that no Jacobian is left to get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.objective import Parameter
from muoquark.model.prior import Prior

__all__ = ["Priors"]


@dataclass(frozen=True)
class Priors:
    """The joint prior of parameters that are independent of each other.

    Attributes
    ----------
    parameters
        Names and ranges.
    priors
        One for each.
    """

    parameters: tuple[Parameter, ...]
    priors: tuple[Prior, ...]

    def from_cube(self, u: Any, xp: Any = np) -> Any:
        """Return parameters (..., n) for u (..., n) in [0, 1]: the inverse of the prior's CDF."""
        ndtr, ndtri = _normal_functions(xp)
        columns = []
        for k, (p, prior) in enumerate(zip(self.parameters, self.priors, strict=True)):
            x = u[..., k]
            if prior.kind == "flat":
                value = p.low + (p.high - p.low) * x
            elif prior.kind == "log":
                value = p.low * xp.exp(np.log(p.high / p.low) * x)
            else:
                a, b = (ndtr((end - prior.mean) / prior.sigma) for end in (p.low, p.high))
                # Away from 0 and 1, where the inverse is infinite and its gradient nan.
                share = xp.clip(a + (b - a) * x, 1e-300, 1 - 1e-16)
                value = prior.mean + prior.sigma * ndtri(share)
            columns.append(xp.clip(value, p.low, p.high))
        return xp.stack(columns, axis=-1)

    def from_normal(self, z: Any, xp: Any = np) -> Any:
        """Return parameters (..., n) for z (..., n) that are standard normal beforehand."""
        return self.from_cube(_normal_functions(xp)[0](z), xp)

    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """Return the logarithm of the normalised density at parameters (..., n) in the ranges."""
        theta = np.asarray(theta, dtype=float)
        columns = [self.log_density_of(k, theta[..., k]) for k in range(len(self.priors))]
        return np.asarray(sum(columns))

    def log_density_of(self, k: int, x: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density of the k-th parameter at values (...) in its range.

        Normalised over the range.
        """
        p, prior = self.parameters[k], self.priors[k]
        if prior.kind == "flat":
            return np.full(np.shape(x), -np.log(p.high - p.low))
        if prior.kind == "log":
            return np.asarray(-np.log(x * np.log(p.high / p.low)))
        norm = prior.sigma * np.sqrt(2 * np.pi) * prior.share(p.low, p.high)
        return np.asarray(-0.5 * ((x - prior.mean) / prior.sigma) ** 2 - np.log(norm))

    def share_below(self, k: int, x: np.ndarray) -> np.ndarray:
        """Return the prior probability of values of the k-th parameter below x (...)."""
        from scipy.special import ndtr

        p, prior = self.parameters[k], self.priors[k]
        x = np.clip(x, p.low, p.high)
        if prior.kind == "flat":
            return np.asarray((x - p.low) / (p.high - p.low))
        if prior.kind == "log":
            return np.asarray(np.log(x / p.low) / np.log(p.high / p.low))
        a, b, c = (ndtr((end - prior.mean) / prior.sigma) for end in (p.low, p.high, x))
        return np.asarray((c - a) / (b - a))

    def describe(self) -> dict[str, str]:
        """Return every prior in words, by the parameter's name."""
        return {
            p.name: prior.describe(p.low, p.high)
            for p, prior in zip(self.parameters, self.priors, strict=True)
        }


def _normal_functions(xp: Any) -> tuple[Any, Any]:
    """Return the normal CDF and its inverse of numpy's or JAX's world."""
    if xp is np:
        from scipy.special import ndtr, ndtri
    else:
        from jax.scipy.special import ndtr, ndtri
    return ndtr, ndtri
