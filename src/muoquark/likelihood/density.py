"""The probability density of measured numbers, as values and files of measurements give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Pdf"]


@dataclass(frozen=True)
class Pdf:
    """The probability density of one or several measured numbers.

    kind and arrays are one of

    - ``normal``: mean (n,), covariance (n, n)
    - ``asymmetric``: centre, left, right: two half Gaussians, continuous at the mode
    - ``half_normal``: centre, width: zero below the centre (above it for a negative width)
    - ``table``: x, pdf, centre: linear between the points
    - ``gamma``: a, loc, scale, centre: a gamma distribution cut to positive numbers
    - ``grid``: mean (n,), covariance (n, n), centre: all that is kept of a joint table, which
      only a Gaussian block can hold
    """

    kind: str
    arrays: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        arrays = {k: np.asarray(v, dtype=float) for k, v in self.arrays.items()}
        object.__setattr__(self, "arrays", arrays)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return one of the defining arrays."""
        return np.asarray(self.arrays[name])
