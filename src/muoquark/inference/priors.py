"""Priors as changes of variables: from the unit cube, and from the standard normal.

Nested sampling draws from the unit cube u; NUTS moves in z = Phi^-1(u), which has no edges.  In z
every prior is a standard normal distribution, so that no Jacobian is left to get wrong.  The
distributions are NumPyro's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.programs import compiled
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
        if xp is np:
            with double_precision():
                return np.asarray(_compiled(self)(u))
        # Away from 0 and 1, where normal quantiles, or their gradients, are infinite.
        u = xp.clip(u, 1e-300, 1 - 1e-16)
        # Rounding may end just outside of the range.
        columns = [
            xp.clip(self._distribution(k).icdf(u[..., k]), p.low, p.high)
            for k, p in enumerate(self.parameters)
        ]
        return xp.stack(columns, axis=-1)

    def from_normal(self, z: Any, xp: Any = np) -> Any:
        """Return parameters (..., n) for z (..., n) that are standard normal beforehand."""
        if xp is np:
            from scipy.special import ndtr
        else:
            from jax.scipy.special import ndtr
        return self.from_cube(ndtr(z), xp)

    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """Return the logarithm of the normalised density at parameters (..., n) in the ranges."""
        columns = [self.log_density_of(k, theta[..., k]) for k in range(len(self.priors))]
        return np.asarray(sum(columns))

    def log_density_of(self, k: int, x: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density of the k-th parameter at values (...) in its range.

        Normalised over the range.
        """
        with double_precision():
            return np.asarray(self._distribution(k).log_prob(np.asarray(x, dtype=float)))

    def share_below(self, k: int, x: np.ndarray) -> np.ndarray:
        """Return the prior probability of values of the k-th parameter below x (...)."""
        p = self.parameters[k]
        with double_precision():
            return np.asarray(self._distribution(k).cdf(np.clip(x, p.low, p.high)))

    def _distribution(self, k: int) -> Any:
        """Return NumPyro's distribution of the k-th parameter, in double precision."""
        from numpyro.distributions import LogUniform, TruncatedNormal, Uniform

        p, prior = self.parameters[k], self.priors[k]
        if prior.kind == "normal":
            return TruncatedNormal(prior.mean, prior.sigma, low=p.low, high=p.high)
        return {"flat": Uniform, "log": LogUniform}[prior.kind](p.low, p.high)

    def describe(self) -> dict[str, str]:
        """Return every prior in words, by the parameter's name."""
        return {
            p.name: prior.describe(p.low, p.high)
            for p, prior in zip(self.parameters, self.priors, strict=True)
        }


@lru_cache(maxsize=8)
def _compiled(priors: Priors) -> Any:
    """Return `Priors.from_cube` compiled: nested sampling calls it for every proposal."""
    import jax

    return compiled(partial(priors.from_cube, xp=jax.numpy))
