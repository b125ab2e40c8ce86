"""Draws of the order-one coefficients of the light entries, c1, c2, d1, d2."""

from __future__ import annotations

import numpy as np

from muoquark.common.errors import InputError, suggest

__all__ = ["NAMES", "SPACES", "draw"]

SPACES = ("independent", "U2")
NAMES = ("c1", "c2", "d1", "d2")


def draw(
    number: int, seed: int, space: str = "independent", low: float = 1 / 3, high: float = 3.0
) -> np.ndarray:
    """Draw order-one coefficients c1, c2, d1, d2: complex, shape (number, 4).

    Moduli are log-uniform between `low` and `high`, phases uniform over the whole circle.

    Raises
    ------
    InputError
        For an unknown space or an empty range.
    """
    if space not in SPACES:
        raise InputError(f"unknown space '{space}': {suggest(space, SPACES)}")
    if not 0 < low < high:
        raise InputError(f"the range [{low:g}, {high:g}] of the moduli is empty or not positive")
    if high > 3.5:
        raise InputError(f"moduli up to {high:g} are not of order one: at most 3.5")
    rng = np.random.default_rng(seed)
    modulus = np.exp(rng.uniform(np.log(low), np.log(high), (number, 4)))
    phase = rng.uniform(0, 2 * np.pi, (number, 4))
    c = modulus * np.exp(1j * phase)
    if space == "U2":
        c[:, 1], c[:, 3] = c[:, 0], c[:, 2]
    return np.asarray(c)
