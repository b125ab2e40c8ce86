"""One half of a Gaussian: an upper limit, mostly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.pdf import REACH, ROUNDING, Pdf

__all__ = ["HalfNormal"]


@dataclass(frozen=True, eq=False)
class HalfNormal(Pdf):
    """A Gaussian of which only the half above `edge` is left; below it for a negative `error`."""

    edge: float
    error: float

    kind: ClassVar[str] = "half_normal"
    fields: ClassVar[tuple[str, ...]] = ("edge", "error")
    stored: ClassVar[Mapping[str, str]] = {"edge": "centre", "error": "width"}

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`; outside the Gaussian goes on."""
        u = (x - a["edge"]) / a["error"]
        return -0.5 * u**2, u < -ROUNDING

    @property
    def one_sided(self) -> bool:
        """True: it is largest at its edge."""
        return True

    @property
    def centre(self) -> np.ndarray:
        """The edge, (1,)."""
        return np.array([self.edge])

    @property
    def width(self) -> float:
        """The standard deviation of the whole Gaussian."""
        return abs(self.error)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1)."""
        mean = self.edge + np.sqrt(2 / np.pi) * self.error
        return np.array([mean]), np.array([[(1 - 2 / np.pi) * self.error**2]])

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return the edge and `reach` standard deviations to one side."""
        end = self.edge + reach * self.error
        return min(self.edge, end), max(self.edge, end)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x."""
        from scipy.stats import halfnorm

        u = (np.asarray(x) - self.edge) / self.error
        return np.asarray(halfnorm.cdf(u) if self.error > 0 else halfnorm.sf(u))

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,)."""
        from scipy.stats import halfnorm

        return np.asarray(self.edge + self.error * halfnorm.rvs(size=number, random_state=rng))
