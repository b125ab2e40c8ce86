"""A density that is given at some points and linear between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from muoquark.likelihood.pdfs.pdf import REACH, Pdf
from muoquark.likelihood.pdfs.table import Tabulated

__all__ = ["Numerical"]

# Nodes of the table that it is evaluated with.
FINE = 2001


@dataclass(frozen=True, eq=False)
class Numerical(Pdf):
    """A density `density` at the increasing points `x`, linear between them, zero beyond.

    `mode` is what its author calls the measured number; where the density is largest if not given.
    """

    x: np.ndarray
    density: np.ndarray
    mode: float | None = None

    kind: ClassVar[str] = "numerical"
    fields: ClassVar[tuple[str, ...]] = ("x", "density", "mode")

    def __post_init__(self) -> None:
        for name in ("x", "density"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        if self.mode is None:
            object.__setattr__(self, "mode", float(self.x[np.argmax(self.density)]))

    @cached_property
    def compiled(self) -> Tabulated:
        """A table of ln pdf, with nodes close enough to follow its tails."""
        x, density = self.x, self.density
        if len(x) <= FINE:
            x = np.union1d(x, np.linspace(x[0], x[-1], FINE))
            density = np.interp(x, self.x, self.density)
        return Tabulated.of(x, density)

    @property
    def centre(self) -> np.ndarray:
        """What its author calls the measured number, (1,)."""
        return np.array([self.mode], dtype=float)

    @property
    def width(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(self.moments()[1][0, 0]))

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1).

        Exact: the density times x^2 is a cubic in every cell.  The trapezoidal rule on the points
        themselves is wrong for a coarse table, by 8 % in the width where points are 0.9 sigma
        apart.
        """
        x, y = self.x, self.density
        origin, unit = x[np.argmax(y)], x[-1] - x[0]
        u = (x - origin) / unit
        start, h, y0, y1 = u[:-1], np.diff(u), y[:-1], y[1:]
        weight = h * (y0 + y1) / 2
        first = h**2 * (y0 + 2 * y1) / 6  # of u - start
        second = h**3 * (y0 + 3 * y1) / 12
        norm = weight.sum()
        mean = (start * weight + first).sum() / norm
        away = start - mean
        variance = (away**2 * weight + 2 * away * first + second).sum() / norm
        return np.array([origin + unit * mean]), np.array([[unit**2 * variance]])

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return the ends of the table."""
        return float(self.x[0]), float(self.x[-1])

    @cached_property
    def _below(self) -> np.ndarray:
        """Probability below each node, not normalised."""
        cells = np.diff(self.x) * (self.density[1:] + self.density[:-1]) / 2
        return np.concatenate([[0.0], np.cumsum(cells)])

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x, exact cell by cell."""
        nodes, density, total = self.x, self.density, self._below
        k = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
        h = np.diff(nodes)[k]
        t = np.clip((x - nodes[k]) / h, 0.0, 1.0)
        inside = h * (density[k] * t + (density[k + 1] - density[k]) * t**2 / 2)
        return np.asarray((total[k] + inside) / total[-1])

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,), by the inverse of the distribution function."""
        total = self._below
        wanted = rng.uniform(size=number) * total[-1]
        # Only cells that hold something can be drawn from.
        k = np.clip(np.searchsorted(total, wanted, side="right") - 1, 0, len(self.x) - 2)
        y0, y1 = self.density[k], self.density[k + 1]
        share = (wanted - total[k]) / (total[k + 1] - total[k])
        # The root of y0 t + (y1 - y0) t^2/2 = share (y0 + y1)/2 that lies in the cell, in the form
        # that does not divide by y1 - y0.
        t = share * (y0 + y1) / (y0 + np.sqrt(y0**2 + share * (y1**2 - y0**2)))
        return np.asarray(self.x[k] + t * np.diff(self.x)[k])

    def scaled(self, factor: float) -> Numerical:
        """Return the pdf of `factor` times the number."""
        assert self.mode is not None
        return Numerical(factor * self.x, self.density / factor, factor * self.mode)
