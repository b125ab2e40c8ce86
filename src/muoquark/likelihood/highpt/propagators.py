"""Propagators of leptoquarks, integrated over bins, as smooth functions of their masses.

An average of P - 1, rho(y), is interpolated in y = 1/M^2 by a Chebyshev polynomial in
v = y/(y + y0), which is one function of every bin.  Nothing else is needed for two propagators of
the same channel: P1 P2 = (y1 P1 - y2 P2)/(y1 - y2), so that

    < (P1 - 1)(P2 - 1) > = (y2 rho(y1) - y1 rho(y2))/(y1 - y2) = y1 rho[y1, y2] - rho(y1)

with the divided difference rho[y1, y2], which is computed without dividing: equal masses are no
special case.  Of one propagator in the u and one in the t channel the product is interpolated in
both masses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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
    """Return Chebyshev coefficients (..., count) of values at the nodes (..., count)."""
    count = values.shape[-1]
    k = np.arange(count)
    cosines = np.cos(np.pi * np.outer(k, k + 0.5) / count)
    found = 2.0 / count * values @ cosines.T
    found[..., 0] /= 2
    return np.asarray(found)


def _variable(y: Any) -> Any:
    return 2 * y / (y + MIDDLE) / _END - 1


def basis(y: Any, count: int = NODES, xp: Any = np) -> Any:
    """Return the values (..., count) that coefficients of rho are multiplied with; y (...)."""
    x = _variable(y)
    found = [xp.ones_like(x), x]
    for _ in range(count - 2):
        found.append(2 * x * found[-1] - found[-2])
    return xp.stack(found[:count], axis=-1)


def product_basis(y1: Any, y2: Any, count: int = NODES, xp: Any = np) -> Any:
    """Return the same for (P1 - 1)(P2 - 1), both in one channel; y1, y2 (...)."""
    x1 = _variable(y1)
    one, two = basis(y1, count, xp), basis(y2, count, xp)
    # T_n[x1, x2]
    divided = [xp.zeros_like(x1), xp.ones_like(x1)]
    for n in range(1, count - 1):
        divided.append(2 * x1 * divided[-1] + 2 * two[..., n] - divided[-2])
    slope = 2 / _END * MIDDLE / ((y1 + MIDDLE) * (y2 + MIDDLE))
    return (y1 * slope)[..., None] * xp.stack(divided[:count], axis=-1) - one
