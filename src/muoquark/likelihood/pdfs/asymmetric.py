"""Two half Gaussians: an error to the left and one to the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.pdf import REACH, Pdf

__all__ = ["Asymmetric"]


@dataclass(frozen=True, eq=False)
class Asymmetric(Pdf):
    """Two half Gaussians that are continuous at their mode.

    Parameters
    ----------
    mode
        Where they meet.
    left, right
        Their standard deviations, both positive.
    """

    mode: float
    left: float
    right: float

    kind: ClassVar[str] = "asymmetric"
    fields: ClassVar[tuple[str, ...]] = ("mode", "left", "right")
    stored: ClassVar[Mapping[str, str]] = {"mode": "centre"}

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`; there is no outside."""
        # Normalisations are left out: they are the same at every point.
        t = x - a["mode"]
        value = -0.5 * (t / xp.where(t < 0, a["left"], a["right"])) ** 2
        return value, xp.zeros(x.shape, dtype=bool)

    @property
    def centre(self) -> np.ndarray:
        """The mode, (1,)."""
        return np.array([self.mode])

    @property
    def width(self) -> float:
        """The left standard deviation."""
        return self.left

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1)."""
        away = self.right - self.left
        mean = self.mode + np.sqrt(2 / np.pi) * away
        variance = (1 - 2 / np.pi) * away**2 + self.left * self.right
        return np.array([mean]), np.array([[variance]])

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return `reach` standard deviations to both sides."""
        return self.mode - reach * self.left, self.mode + reach * self.right

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x."""
        from scipy.special import ndtr

        # Two halves of Gaussians with one height: their probabilities are as their widths.
        t = np.asarray(x) - self.mode
        below = 2 * self.left * ndtr(t / self.left)
        above = self.left + self.right * (2 * ndtr(t / self.right) - 1)
        return np.asarray(np.where(t < 0, below, above) / (self.left + self.right))

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,)."""
        size = np.abs(rng.standard_normal(number))
        left = rng.uniform(size=number) < self.left / (self.left + self.right)
        return np.asarray(self.mode + np.where(left, -self.left, self.right) * size)
