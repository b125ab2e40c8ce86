"""Propagators of leptoquarks, integrated over bins, as smooth functions of their masses.

An average of P - 1, rho(y), is interpolated in y = 1/M^2 at Chebyshev nodes by a polynomial in
v = y/(y + y0), which is one function of every bin.  Nothing else is needed for two propagators of
the same channel: P1 P2 = (y1 P1 - y2 P2)/(y1 - y2), so that

    < (P1 - 1)(P2 - 1) > = (y2 rho(y1) - y1 rho(y2))/(y1 - y2) = y1 rho[y1, y2] - rho(y1)

with the divided difference rho[y1, y2], which is computed without dividing: equal masses are no
special case.  Of one propagator in the u and one in the t channel the product is interpolated in
both masses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly

__all__ = ["LIGHTEST", "NODES", "basis", "coefficients", "nodes", "product_basis"]

#: The smallest mass in TeV: below, pair production is not to be neglected, and decides.
LIGHTEST = 0.8
NODES = 18
# y0 in TeV^-2: where s x is mostly.
MIDDLE = 0.25
_LARGEST = 1 / LIGHTEST**2
_END = _LARGEST / (_LARGEST + MIDDLE)


def nodes(count: int = NODES) -> np.ndarray:
    """Return the 1/M^2 in TeV^-2 at which averages are computed, (count,)."""
    x = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    v = (1 + x) / 2 * _END
    return np.asarray(MIDDLE * v / (1 - v))


def coefficients(values: np.ndarray) -> np.ndarray:
    """Return coefficients (..., count) of :func:`basis` for values at the nodes (..., count)."""
    count = values.shape[-1]
    return np.asarray(values @ _interpolation(count).T)


@lru_cache(maxsize=4)
def _interpolation(count: int) -> np.ndarray:
    """Return the matrix from values at the nodes to coefficients of powers.

    By way of Chebyshev polynomials; with less than twenty powers of a variable between -1 and 1
    rounding stays below 1e-9.
    """
    k = np.arange(count)
    chebyshev = 2.0 / count * np.cos(np.pi * np.outer(k, k + 0.5) / count)
    chebyshev[0] /= 2
    powers = np.zeros((count, count))
    for n in range(count):
        one = cheb2poly(np.eye(count)[n])
        powers[: len(one), n] = one
    return np.asarray(powers @ chebyshev)


def _variable(y: Any) -> Any:
    return 2 * y / (y + MIDDLE) / _END - 1


def basis(y: Any, count: int = NODES, xp: Any = np) -> Any:
    """Return the values (..., count) that coefficients of rho are multiplied with; y (...)."""
    # Powers as products of few: a program with a step for each takes long to compile.
    x = _variable(y)
    one, square = xp.ones_like(x), x * x
    low = xp.stack([one, x, square, x * square], axis=-1)
    fourth, found = square * square, [one]
    while 4 * len(found) < count:
        found.append(found[-1] * fourth)
    both = xp.stack(found, axis=-1)[..., :, None] * low[..., None, :]
    return both.reshape(*both.shape[:-2], -1)[..., :count]


@lru_cache(maxsize=4)
def _sums(count: int) -> np.ndarray:
    """Return which products x1^i x2^j make up (x1^n - x2^n)/(x1 - x2): i + j = n - 1."""
    i, j = np.divmod(np.arange(count**2), count)
    return np.asarray((i + j + 1)[:, None] == np.arange(count), dtype=float)


def product_basis(y1: Any, y2: Any, count: int = NODES, xp: Any = np) -> Any:
    """Return the same for (P1 - 1)(P2 - 1), both in one channel; y1, y2 (...)."""
    one, two = basis(y1, count, xp), basis(y2, count, xp)
    both = one[..., :, None] * two[..., None, :]
    divided = both.reshape(*both.shape[:-2], -1) @ xp.asarray(_sums(count))
    slope = 2 / _END * MIDDLE / ((y1 + MIDDLE) * (y2 + MIDDLE))
    return (y1 * slope)[..., None] * divided - one
