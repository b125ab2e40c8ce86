"""What pdfs have in common of which moments and draws are those of a density on a grid."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from muoquark.likelihood.pdfs.pdf import Pdf

if TYPE_CHECKING:
    from muoquark.likelihood.pdfs.numerical import Numerical

__all__ = ["OfDensity"]


class OfDensity(Pdf):
    """A pdf of one number with a density that is linear between points.

    Attributes
    ----------
    density
        The density.
    """

    @property
    @abstractmethod
    def density(self) -> Numerical:
        """The density, linear between its points."""

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1)."""
        return self.density.moments()

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x."""
        return self.density.cumulative(x)

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,)."""
        return self.density.draw(rng, number)
