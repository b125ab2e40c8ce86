"""What every pdf of measured numbers can say of itself.

A pdf here is a function of the *predictions* of the observables that were measured: the density
of a measurement, read as a function of what a model predicts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

__all__ = ["DEPTH", "REACH", "ROUNDING", "Pdf"]

# A prediction of zero may come out slightly negative (rounding, pruned terms): by this share of the
# width it is not called outside.  It changes ln L by 5e-7.
ROUNDING = 1e-3
# ln pdf - max below which a pdf is not looked at.
DEPTH = 30.0
# Gaussian tails are followed over so many standard deviations.
REACH = 8.0


class Pdf(ABC):
    """The probability density of one or several measured numbers; immutable.

    A subclass of one number gives :meth:`terms`, which works on many pdfs of its kind at once;
    one of several numbers overrides :meth:`log_pdf`.

    Attributes
    ----------
    kind
        The name that files store.
    fields
        Names of the attributes that define the pdf: numbers, or arrays of one shape.
    stored
        What files call those of them that they call otherwise.
    """

    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    stored: ClassVar[Mapping[str, str]] = {}

    # --- the density

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """Return ln pdf, up to constants, and what is outside of the support, for K pdfs.

        Outside of the support ln pdf goes on as a parabola with the same value and slope, so that
        it stays finite and can be differentiated.

        Parameters
        ----------
        x
            Predictions, (..., K).
        a
            The fields of the K pdfs, each (K, ...).
        xp
            ``numpy`` or ``jax.numpy``.

        Returns
        -------
        array, shape (..., K), and bool array, shape (..., K)
        """
        raise NotImplementedError

    def log_pdf(self, x: Any, xp: Any = np) -> Any:
        """Return ln pdf up to a constant, (...), at x (...), or (..., n) for n > 1 numbers."""
        return self._alone(x, xp)[0]

    def outside(self, x: Any, xp: Any = np) -> Any:
        """Tell where x is outside of the support, and ln pdf a continuation."""
        return self._alone(x, xp)[1]

    def _alone(self, x: Any, xp: Any) -> tuple[Any, Any]:
        if self.compiled is not self:
            return self.compiled._alone(x, xp)
        value, outside = self.terms(xp.asarray(x)[..., None], self.stacked([self]), xp)
        return value[..., 0], outside[..., 0]

    @property
    def maximum(self) -> float:
        """The largest value of :meth:`log_pdf` within the support."""
        return 0.0 if self.compiled is self else self.compiled.maximum

    @property
    def one_sided(self) -> bool:
        """Whether the pdf is largest at the edge of its support, as a limit's is."""
        return False if self.compiled is self else self.compiled.one_sided

    # --- what it is of

    @property
    def size(self) -> int:
        """The number of measured numbers."""
        return 1

    @property
    @abstractmethod
    def centre(self) -> np.ndarray:
        """What its author calls the measured number, (n,)."""

    @property
    @abstractmethod
    def width(self) -> float:
        """A standard deviation, or what comes near one: sets the scale of the continuation."""

    @abstractmethod
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (n,) and covariance (n, n)."""

    @abstractmethod
    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return the interval that holds all that matters; `reach` is that of Gaussian tails."""

    @abstractmethod
    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x (any shape)."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,), or (number, n) for n > 1 numbers."""

    def marginal(self, keep: Sequence[int]) -> Pdf:
        """Return the pdf of some of the numbers."""
        if list(keep) != [0]:
            raise ValueError("a pdf of one number has no others")
        return self

    @property
    def compiled(self) -> Pdf:
        """The pdf in the form in which it is evaluated for many points."""
        return self

    # --- storage

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what defines the pdf as arrays, by name, as files store it."""
        return {
            self.stored.get(name, name): np.asarray(getattr(self, name), dtype=float)
            for name in self.fields
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the pdf of stored arrays."""
        names = {name: cls.stored.get(name, name) for name in cls.fields}
        given = {name: np.asarray(arrays[key], dtype=float) for name, key in names.items()}
        return cls(**{k: float(v) if v.ndim == 0 else v for k, v in given.items()})

    @classmethod
    def stacked(cls, pdfs: Sequence[Pdf]) -> dict[str, np.ndarray]:
        """Return the fields of K pdfs of this kind, each (K, ...)."""
        return {
            name: np.array([np.asarray(getattr(pdf, name), dtype=float) for pdf in pdfs])
            for name in cls.fields
        }
