"""Wilson coefficients as explicit polynomials of the free parameters.

At fixed masses the matching is a polynomial: degree two in the leptoquark couplings at tree level,
four at one loop.  Its coefficients are smooth functions of the logarithms of the masses, which a
few Chebyshev polynomials describe.  Written as such, a fit does not have to repeat the matching at
every point.  The polynomial is found by interpolation, and accepted only if it reproduces the
matching at further points; whatever is no polynomial of low degree, or has too many terms, is told
so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num

from muoquark.matching.parametric import Parametric

__all__ = ["Polynomial", "find_polynomial", "monomials"]

DEGREES = (2, 4, 6, 8)
MAX_MONOMIALS = 250
# Of the Chebyshev polynomials in the logarithms of masses, and of all terms where masses are free.
ORDERS = (6, 9, 12, 16)
MAX_TERMS = 1600
# Relative to the largest value of a coefficient in the range of the parameters, or to a small
# share of its family's where cancellations leave nothing but rounding errors, or to a share of the
# largest of all that no observable notices (the running makes a little of everything).
TOLERANCE, SHARE, UNSEEN = 1e-11, 1e-5, 1e-13
# What the expansion in masses may miss: a point a hundred standard deviations away moves by 1e-4.
MASS_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Polynomial:
    """Coefficients = weights @ monomials(theta).

    The monomials are products of powers of u in [-1, 1], the scaled parameters, with Chebyshev
    polynomials of x in [-1, 1], the scaled logarithms of the masses among the parameters.

    Attributes
    ----------
    factors
        Positions in (1, u_1, u_2, ...) that are multiplied, (powers, degree).
    weights
        (n_components, n_monomials).
    centre, half
        Middle and half width of the range of each parameter, for a mass of its logarithm.
    masses
        Which of the parameters are masses.
    orders
        The Chebyshev polynomials of all masses that are multiplied, (products, masses).
    """

    factors: Int[np.ndarray, "powers degree"]
    weights: Float[np.ndarray, "components monomials"]
    centre: Float[np.ndarray, " parameters"]
    half: Float[np.ndarray, " parameters"]
    masses: tuple[int, ...] = ()
    orders: Int[np.ndarray, "products masses"] | None = None

    def monomials(
        self, theta: Num[Any, "*batch parameters"], xp: Any = np
    ) -> Float[Any, "*batch monomials"]:
        """Return all monomials, shape (..., n_monomials), of parameters (..., n)."""
        if self.orders is None:
            return monomials((theta - self.centre) / self.half, self.factors, xp)
        chosen = np.array(self.masses)
        others = np.setdiff1d(np.arange(len(self.centre)), chosen)
        u = (theta[..., others] - self.centre[others]) / self.half[others]
        x = (xp.log(theta[..., chosen]) - self.centre[chosen]) / self.half[chosen]
        powers, chebyshev = monomials(u, self.factors, xp), _chebyshev(x, self.orders, xp)
        product = powers[..., :, None] * chebyshev[..., None, :]
        return product.reshape(*product.shape[:-2], -1)


def monomials(
    u: Float[Any, "*batch parameters"], factors: Int[np.ndarray, "monomials degree"], xp: Any = np
) -> Float[Any, "*batch monomials"]:
    """Return the products of (1, u_1, ...) that `factors` lists."""
    # the 1 in front fills up monomials of lower degree
    one = xp.concatenate([xp.ones((*u.shape[:-1], 1)), u], axis=-1)
    result = one[..., factors[:, 0]]
    for k in range(1, factors.shape[1]):
        result = result * one[..., factors[:, k]]
    return result


def _chebyshev(
    x: Float[Any, "*batch masses"], orders: Int[np.ndarray, "products masses"], xp: Any
) -> Float[Any, "*batch products"]:
    """Return products of Chebyshev polynomials T_order(x) of several variables."""
    table = [xp.ones_like(x), x]
    for _ in range(int(orders.max(initial=0)) - 1):
        table.append(2 * x * table[-1] - table[-2])
    values = xp.stack(table, axis=-1)  # (..., masses, orders)
    result = xp.ones((*x.shape[:-1], len(orders)))
    for k in range(orders.shape[1]):
        result = result * values[..., k, orders[:, k]]
    return result


def find_polynomial(source: Parametric, seed: int = 0) -> Polynomial | None:
    """Return the polynomial that `source.vector` is, or None if it is none of low degree."""
    sample = _Sample(source, np.random.default_rng(seed))
    n = len(sample.centre) - len(source.masses)
    if source.linear:
        factors = _powers(n, 1)
        return sample.fitted(sample.polynomial(factors), 2 * len(factors), TOLERANCE)
    if comb(n + DEGREES[1], DEGREES[1]) > MAX_MONOMIALS:
        return None  # of one loop it would have too many, and finding that out takes long
    if source.masses:
        return _with_masses(sample)
    for degree in DEGREES:
        factors = _powers(n, degree)
        if len(factors) > MAX_MONOMIALS:
            return None
        found = sample.fitted(sample.polynomial(factors), 2 * len(factors), TOLERANCE)
        if found is not None:
            return found
    return None


class _Sample:
    """Random points of a source, kept from one attempt to the next: each costs a matching."""

    def __init__(self, source: Parametric, rng: np.random.Generator) -> None:
        self._source, self._rng = source, rng
        self.masses = np.array(source.masses, dtype=int)
        low, high = np.array([(p.low, p.high) for p in source.parameters]).T
        if len(self.masses):
            # Powers of the couplings themselves: most of them are not there.
            largest = np.maximum(np.abs(low), np.abs(high))
            others = np.setdiff1d(np.arange(len(low)), self.masses)
            low[others], high[others] = -largest[others], largest[others]
        low[self.masses], high[self.masses] = np.log(low[self.masses]), np.log(high[self.masses])
        self.centre, self.half = (low + high) / 2, (high - low) / 2
        # Points that take no part in a fit decide whether it holds.
        self._test = self.drawn(12)
        self._truth = self.values(self._test)
        self._known = np.zeros((0, len(low)))
        self._data = np.zeros((0, self._truth.shape[1]))

    def drawn(self, number: int) -> Float[np.ndarray, "points parameters"]:
        """Return random points of the ranges."""
        scaled = self._rng.uniform(-1, 1, (number, len(self.centre)))
        # More points where Chebyshev polynomials are larger: at the ends.
        scaled[:, self.masses] = np.sin(np.pi / 2 * scaled[:, self.masses])
        theta = self.centre + self.half * scaled
        theta[:, self.masses] = np.exp(theta[:, self.masses])
        return np.asarray(theta)

    def values(
        self, theta: Float[np.ndarray, "points parameters"]
    ) -> Float[np.ndarray, "points components"]:
        """Return the coefficients at points."""
        return np.array([self._source.vector(x) for x in theta])

    def polynomial(self, factors: np.ndarray, orders: np.ndarray | None = None) -> Polynomial:
        """Return a polynomial of these terms that has no weights yet."""
        none, masses = np.zeros((0, 0)), self._source.masses
        return Polynomial(factors, none, self.centre, self.half, masses, orders)

    def fitted(self, trial: Polynomial, points: int, tolerance: float) -> Polynomial | None:
        """Return the polynomial with the weights of a fit to so many points, if it holds."""
        more = self.drawn(max(points - len(self._known), 0))
        if len(more):
            self._known = np.vstack([self._known, more])
            self._data = np.vstack([self._data, self.values(more)])
        # in units of each component's size, else small components would drown in rounding errors
        scale = _scales(self._source.components, np.abs(self._data).max(axis=0))
        weights = np.linalg.lstsq(trial.monomials(self._known), self._data / scale, rcond=None)[0]
        error = np.abs(trial.monomials(self._test) @ weights - self._truth / scale).max()
        return replace(trial, weights=(weights * scale).T) if error < tolerance else None

    def powers_present(self, factors: np.ndarray) -> Float[np.ndarray, " powers"]:
        """Return how large the weight of each power becomes, at three random masses."""
        largest = np.zeros(len(factors))
        for chosen in self.drawn(3):
            points = self.drawn(2 * len(factors))
            points[:, self.masses] = chosen[self.masses]
            data = self.values(points)
            scale = _scales(self._source.components, np.abs(data).max(axis=0))
            others = np.setdiff1d(np.arange(len(self.centre)), self.masses)
            u = points[:, others] / self.half[others]
            weights = np.linalg.lstsq(monomials(u, factors), data / scale, rcond=None)[0]
            largest = np.maximum(largest, np.abs(weights).max(axis=1))
        return largest


def _with_masses(sample: _Sample) -> Polynomial | None:
    """Return a polynomial in couplings and in Chebyshev polynomials of the masses."""
    masses = len(sample.masses)
    factors = _powers(len(sample.centre) - masses, DEGREES[1])
    factors = factors[sample.powers_present(factors) > TOLERANCE]
    for order in ORDERS:
        orders = _orders(order, masses)
        size = len(factors) * len(orders)
        if size > MAX_TERMS:
            return None
        trial = sample.polynomial(factors, orders)
        found = sample.fitted(trial, size * 3 // 2, MASS_TOLERANCE)
        if found is not None:
            return found
    return None


def _powers(n: int, degree: int) -> Int[np.ndarray, "powers degree"]:
    """Return the factors of all monomials of n variables up to a degree."""
    return np.array(list(combinations_with_replacement(range(n + 1), degree)))


def _orders(largest: int, masses: int) -> Int[np.ndarray, "products masses"]:
    """Return all orders of Chebyshev polynomials in several variables up to a total."""
    grid = np.stack(np.meshgrid(*[np.arange(largest + 1)] * masses, indexing="ij"), axis=-1)
    flat = grid.reshape(-1, masses)
    return np.asarray(flat[flat.sum(axis=1) <= largest])


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
