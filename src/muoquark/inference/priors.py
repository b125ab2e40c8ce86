"""Priors as changes of variables: from the unit cube, and from the standard normal.

Nested sampling draws from the unit cube u; NUTS moves in z = Phi^-1(u), which has no edges.  In z
every prior is a standard normal distribution, so that no Jacobian is left to get wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.objective import Parameter
from muoquark.model.prior import Prior

__all__ = ["Priors"]


@dataclass(frozen=True)
class Priors:
    """The joint prior of parameters that are independent of each other.

    parameters: names and ranges; priors: one for each.
    """

    parameters: tuple[Parameter, ...]
    priors: tuple[Prior, ...]

    @classmethod
    def flat(cls, parameters: Sequence[Parameter]) -> Priors:
        """Return flat priors over the ranges."""
        return cls(tuple(parameters), tuple(Prior() for _ in parameters))

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
        total = np.zeros(theta.shape[:-1])
        for k, (p, prior) in enumerate(zip(self.parameters, self.priors, strict=True)):
            x = theta[..., k]
            if prior.kind == "flat":
                total -= np.log(p.high - p.low)
            elif prior.kind == "log":
                total -= np.log(x * np.log(p.high / p.low))
            else:
                norm = prior.sigma * np.sqrt(2 * np.pi) * prior.share(p.low, p.high)
                total -= 0.5 * ((x - prior.mean) / prior.sigma) ** 2 + np.log(norm)
        return total

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
