"""A Gaussian of one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from muoquark.likelihood.pdfs.pdf import REACH, Pdf

__all__ = ["Normal"]


@dataclass(frozen=True, eq=False)
class Normal(Pdf):
    """A Gaussian with mean `mean` and standard deviation `error`.

    `variance` is its square; files that state variances keep all their digits by it.

    >>> float(Normal(1.0, 0.5).log_pdf(2.0))
    -2.0
    """

    mean: float
    error: float
    variance: float = 0.0

    kind: ClassVar[str] = "normal"
    fields: ClassVar[tuple[str, ...]] = ("mean", "error")

    def __post_init__(self) -> None:
        if not self.variance:
            object.__setattr__(self, "variance", self.error**2)

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`; there is no outside."""
        return -0.5 * ((x - a["mean"]) / a["error"]) ** 2, xp.zeros(x.shape, dtype=bool)

    @property
    def centre(self) -> np.ndarray:
        """The mean, (1,)."""
        return np.array([self.mean])

    @property
    def width(self) -> float:
        """The standard deviation."""
        return self.error

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1)."""
        return np.array([self.mean]), np.array([[self.variance]])

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return `reach` standard deviations to both sides."""
        return self.mean - reach * self.error, self.mean + reach * self.error

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x."""
        from scipy.special import ndtr

        return np.asarray(ndtr((x - self.mean) / self.error))

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,)."""
        return rng.normal(self.mean, self.error, size=number)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return mean (1,) and covariance (1, 1), the form of all Gaussians in files."""
        mean, covariance = self.moments()
        return {"mean": mean, "covariance": covariance}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the Gaussian of a stored mean and covariance of one number."""
        variance = float(np.ravel(arrays["covariance"])[0])
        return cls(float(np.ravel(arrays["mean"])[0]), float(np.sqrt(variance)), variance)
