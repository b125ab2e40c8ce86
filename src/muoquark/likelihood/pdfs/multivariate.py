"""A Gaussian of several numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.pdfs.normal import Normal
from muoquark.likelihood.pdfs.pdf import REACH, Pdf

__all__ = ["MultivariateNormal"]


@dataclass(frozen=True, eq=False)
class MultivariateNormal(Pdf):
    """A Gaussian with mean (n,) and covariance (n, n)."""

    mean: np.ndarray
    covariance: np.ndarray

    kind: ClassVar[str] = "normal"
    fields: ClassVar[tuple[str, ...]] = ("mean", "covariance")

    @cached_property
    def block(self) -> GaussianBlock:
        """The Gaussian, with its factorisations."""
        return GaussianBlock(self.mean, self.covariance)

    def log_pdf(self, x: Any, xp: Any = np) -> Any:
        """Return -chi2/2, (...), at x (..., n)."""
        return self.block.log_likelihood(xp.asarray(x), xp)

    def outside(self, x: Any, xp: Any = np) -> Any:
        """Return False, (...): there is no outside."""
        return xp.zeros(xp.asarray(x).shape[:-1], dtype=bool)

    @property
    def size(self) -> int:
        """The number of measured numbers."""
        return len(self.block.mean)

    @property
    def centre(self) -> np.ndarray:
        """The mean, (n,)."""
        return self.block.mean

    @property
    def width(self) -> float:
        """The standard deviation, of one number only."""
        (error,) = self.block.errors
        return float(error)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (n,) and covariance (n, n)."""
        return self.block.mean, self.block.covariance

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return that of one number; several have no interval."""
        return self._one().support(reach)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x, of one number only."""
        return self._one().cumulative(x)

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number, n)."""
        return self.block.draws(rng, number)

    def marginal(self, keep: Sequence[int]) -> Pdf:
        """Return the Gaussian of some of the numbers."""
        part = self.block.marginal(keep)
        arrays = {"mean": part.mean, "covariance": part.covariance}
        return Normal.from_arrays(arrays) if len(part.mean) == 1 else type(self)(**arrays)

    def _one(self) -> Normal:
        if self.size != 1:
            raise ValueError(f"a Gaussian of {self.size} numbers has no interval")
        return Normal.from_arrays(self.arrays())

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the Gaussian of a stored mean and covariance."""
        return cls(np.atleast_1d(arrays["mean"]), np.atleast_2d(arrays["covariance"]))
