"""The polynomials in the CKM parameters that the matching is expanded in.

Everything takes CKM parameters as arrays with a last axis of length four: V_us, V_ub, V_cb (the
absolute values) and gamma in radians, the inputs of flavio and wilson.  Pass ``xp=jax.numpy`` for
JAX arrays.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from muoquark.common.gather import once, points_first, points_last

__all__ = ["BOX", "MONOMIALS", "REFERENCE", "inside", "monomials", "shifts"]

# Expansion point, close to what smelli's CKM scheme extracts in the SM (0.2253, 4.15e-3, 4.20e-2,
# 1.088 with the data of 2026), and relative half-widths of the region of fit and test.
REFERENCE: tuple[float, ...] = (0.2253, 4.1e-3, 4.21e-2, 1.10)
BOX: tuple[float, ...] = (0.05, 0.25, 0.15, 0.25)
# powers of the four shifts in each term, up to third order
MONOMIALS: tuple[tuple[int, ...], ...] = tuple(
    term
    for degree in range(4)
    for term in itertools.combinations_with_replacement(range(4), degree)
)

# Positions in (1, shifts) of the factors of each term, (3, terms).
_FACTORS = np.array([[*(i + 1 for i in term), 0, 0, 0][:3] for term in MONOMIALS]).T


def shifts(ckm: Float[Any, "*batch 4"], xp: Any = np) -> Float[Any, "*batch 4"]:
    """Return the expansion variables, shape (..., 4), of order one on the edge of the box.

    V_us and V_cb enter as they are; V_ub and gamma as the real and imaginary parts of
    |V_ub| exp(i gamma), of which the elements of the CKM matrix are nearly linear functions.
    """
    us0, ub0, cb0, gamma0 = REFERENCE
    us, ub, cb, gamma = (ckm[..., i] for i in range(4))
    scale = ub0 * BOX[1]
    found = xp.stack(
        [
            (us / us0 - 1) / BOX[0],
            (cb / cb0 - 1) / BOX[2],
            (ub * xp.cos(gamma) - ub0 * np.cos(gamma0)) / scale,
            (ub * xp.sin(gamma) - ub0 * np.sin(gamma0)) / scale,
        ],
    )
    return points_first(found, xp)


def monomials(shift: Float[Any, "*batch 4"], xp: Any = np) -> Float[Any, "*batch 35"]:
    """Return the products of shifts in the order of :data:`MONOMIALS`, shape (..., 35)."""
    own = points_last(shift, xp)
    one = once(xp.concatenate([xp.ones_like(own[:1]), own], axis=0), xp)
    # All at once: a compiler takes long over many small products.
    return points_first(one[_FACTORS[0]] * one[_FACTORS[1]] * one[_FACTORS[2]], xp)


def inside(ckm: Float[Any, "*batch 4"], xp: Any = np) -> Bool[Any, "*batch"]:
    """Return where the CKM parameters lie in the region in which the expansion was tested."""
    relative = xp.abs(ckm / xp.asarray(REFERENCE) - 1)
    return xp.all(relative <= xp.asarray(BOX) * (1 + 1e-9), axis=-1)
