"""A divisor, or what a root or a logarithm is taken of, is continued where it is not positive."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["FLOOR", "positive"]

# Share of its value in the SM below which a divisor is continued.  Measured quotients (R_K, P5')
# would be off by factors of hundreds before any of theirs gets there.
FLOOR = 1e-3


def positive(x: Any, floor: Any, xp: Any = np) -> Any:
    """Return `x` where it is above `floor`, else a positive continuation with the same slope.

    ``floor / (2 - x / floor)``: 1/x then goes on along its tangent, so that it grows no faster than
    `x` itself and never passes through infinity.

    >>> float(positive(np.array(2.0), 0.1)), float(positive(np.array(0.0), 0.1))
    (2.0, 0.05)
    """
    below = x < floor
    return xp.where(below, floor / xp.where(below, 2 - x / floor, 1.0), x)
