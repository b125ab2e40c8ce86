"""Wilson coefficients as explicit polynomials of the free couplings.

At fixed masses the matching is a polynomial: degree two in the leptoquark couplings at tree level,
four at one loop.  Written as such, a fit does not have to repeat the matching at every point.
The polynomial is found by interpolation, and accepted only if it reproduces the matching at
further points to rounding errors; whatever is no polynomial (free masses) is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num

from muoquark.matching.parametric import Parametric

__all__ = ["Polynomial", "find_polynomial", "monomials"]

DEGREES = (2, 4, 6, 8)
MAX_MONOMIALS = 200
# Relative to the largest value of a coefficient in the range of the parameters, or to a small
# share of its family's where cancellations leave nothing but rounding errors, or to a share of the
# largest of all that no observable notices (the running makes a little of everything).
TOLERANCE, SHARE, UNSEEN = 1e-11, 1e-5, 1e-13


@dataclass(frozen=True)
class Polynomial:
    """Coefficients = weights @ monomials(u), u in [-1, 1] the scaled parameters.

    Attributes
    ----------
    factors
        Positions in (1, u_1, u_2, ...) that are multiplied, (n_monomials, degree).
    weights
        (n_components, n_monomials).
    centre, half
        Middle and half width of the range of each parameter: u = (theta - centre)/half.
    """

    factors: Int[np.ndarray, "monomials degree"]
    weights: Float[np.ndarray, "components monomials"]
    centre: Float[np.ndarray, " parameters"]
    half: Float[np.ndarray, " parameters"]

    def monomials(
        self, theta: Num[Any, "*batch parameters"], xp: Any = np
    ) -> Float[Any, "*batch monomials"]:
        """Return all monomials, shape (..., n_monomials), of parameters (..., n)."""
        return monomials((theta - self.centre) / self.half, self.factors, xp)


def monomials(
    u: Float[Any, "*batch parameters"], factors: Int[np.ndarray, "monomials degree"], xp: Any = np
) -> Float[Any, "*batch monomials"]:
    """Return the products of (1, u_1, ...) that `factors` lists."""
    # the 1 in front fills up monomials of lower degree
    one = xp.concatenate([xp.ones_like(u[..., :1]), u], axis=-1)
    result = one[..., factors[:, 0]]
    for k in range(1, factors.shape[1]):
        result = result * one[..., factors[:, k]]
    return result


def find_polynomial(source: Parametric, seed: int = 0) -> Polynomial | None:
    """Return the polynomial that `source.vector` is, or None if it is none of low degree."""
    low = np.array([p.low for p in source.parameters])
    high = np.array([p.high for p in source.parameters])
    centre, half = (low + high) / 2, (high - low) / 2
    rng = np.random.default_rng(seed)
    n = len(low)
    if comb(n + DEGREES[1], DEGREES[1]) > MAX_MONOMIALS:
        return None  # of one loop it would have too many, and finding that out takes long

    def values(u: Float[np.ndarray, "points parameters"]) -> Float[np.ndarray, "points components"]:
        return np.array([source.vector(centre + half * x) for x in u])

    # Points that take no part in the fit decide whether it holds.
    test = rng.uniform(-1, 1, (12, n))
    truth = values(test)
    # From one degree to the next the points are kept: each costs a matching.
    known, data = np.zeros((0, n)), np.zeros((0, truth.shape[1]))
    for degree in DEGREES:
        size = comb(n + degree, degree)
        if size > MAX_MONOMIALS:
            return None
        # twice as many points as unknowns: what is no polynomial cannot be interpolated by chance
        more = rng.uniform(-1, 1, (2 * size - len(known), n))
        known, data = np.vstack([known, more]), np.vstack([data, values(more)])
        factors = np.array(list(combinations_with_replacement(range(n + 1), degree)))
        scale = _scales(source.components, np.abs(data).max(axis=0))
        # in units of each component's size, else small components would drown in rounding errors
        weights = np.linalg.lstsq(monomials(known, factors), data / scale, rcond=None)[0]
        error = np.abs(monomials(test, factors) @ weights - truth / scale).max()
        if error < TOLERANCE:
            return Polynomial(factors, (weights * scale).T, centre, half)
    return None


def _scales(
    components: tuple[str, ...], largest: Float[np.ndarray, " components"]
) -> Float[np.ndarray, " components"]:
    """Return the size that errors of each component are measured by."""
    families = [c.partition("_")[0] for c in components]
    top: dict[str, float] = {}
    for family, value in zip(families, largest, strict=True):
        top[family] = max(top.get(family, 1e-300), float(value))
    least = [SHARE * top[family] for family in families]
    return np.asarray(np.maximum(np.maximum(largest, least), UNSEEN * largest.max(initial=0.0)))
