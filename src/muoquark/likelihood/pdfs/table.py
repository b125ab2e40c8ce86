"""ln pdf on an even grid, for interpolation with a continuous slope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.of_density import OfDensity
from muoquark.likelihood.pdfs.pdf import DEPTH, REACH, ROUNDING

if TYPE_CHECKING:
    from muoquark.likelihood.pdfs.numerical import Numerical

__all__ = ["Tabulated"]

NODES = 1024


@dataclass(frozen=True, eq=False)
class Tabulated(OfDensity):
    """ln pdf on an even grid of N nodes; make it with :meth:`of`.

    Beyond its ends it goes on as a parabola with the end's value and slope and the curvature of a
    Gaussian of standard deviation `deviation`.

    Parameters
    ----------
    start, step
        First node and distance of the nodes.
    values, slopes
        ln pdf and its derivative at the nodes, (N,).
    deviation
        The standard deviation.
    """

    start: float
    step: float
    values: np.ndarray
    slopes: np.ndarray
    deviation: float

    kind: ClassVar[str] = "table"
    fields: ClassVar[tuple[str, ...]] = ("start", "step", "values", "slopes", "deviation")
    stored: ClassVar[Mapping[str, str]] = {"deviation": "width"}

    @classmethod
    def of(cls, x: Any, pdf: Any, nodes: int = NODES) -> Tabulated:
        """Return the table of a pdf that is given at increasing points x, and linear between them.

        flavio builds its tables with FFT convolutions, whose noise is about 1e-16 of the maximum:
        the table ends where ln pdf - max is below -30.
        """
        x, pdf = np.asarray(x, dtype=float), np.asarray(pdf, dtype=float)
        weight = (pdf[1:] + pdf[:-1]) / 2 * np.diff(x)
        middle = (x[1:] + x[:-1]) / 2
        mean = np.sum(weight * middle) / weight.sum()
        width = float(np.sqrt(np.sum(weight * (middle - mean) ** 2) / weight.sum()))
        good = pdf > pdf.max() * np.exp(-DEPTH)
        # the connected region around the maximum: noise beyond it is not data
        top = int(np.argmax(pdf))
        low = top - int(np.argmin(good[top::-1])) + 1 if not good[: top + 1].all() else 0
        high = top + int(np.argmin(good[top:])) - 1 if not good[top:].all() else len(x) - 1
        grid = np.linspace(x[low], x[high], nodes)
        values = np.log(np.interp(grid, x, pdf)) - np.log(pdf.max())
        step = float(grid[1] - grid[0])
        slopes = np.gradient(values, step, edge_order=2)
        return cls(float(grid[0]), step, values, slopes, width)

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`; cubic Hermite interpolation of values and slopes."""
        start, step, width = a["start"], a["step"], a["deviation"]
        values, slopes = xp.asarray(a["values"]), xp.asarray(a["slopes"])
        count = values.shape[-1]
        position = (x - start) / step
        # x is (..., K), position and cell too; the last node belongs to the last cell, where t = 1.
        inside = xp.clip(position, 0.0, count - 1.0)
        cell = xp.clip(xp.floor(inside), 0, count - 2).astype(int)
        t = inside - cell
        row = np.arange(values.shape[0])
        v0, v1 = values[row, cell], values[row, cell + 1]
        s0, s1 = slopes[row, cell] * step, slopes[row, cell + 1] * step
        # Cubic Hermite polynomials: values and slopes at both ends of the cell.
        value = (
            v0 * (1 + 2 * t) * (1 - t) ** 2
            + s0 * t * (1 - t) ** 2
            + v1 * t**2 * (3 - 2 * t)
            + s1 * t**2 * (t - 1)
        )
        # Distance from the nearest end, zero inside; there the parabola begins with the end's
        # slope.
        beyond = (position - inside) * step
        slope = xp.where(beyond < 0, slopes[:, 0], slopes[:, -1])
        continued = value + slope * beyond - 0.5 * (beyond / width) ** 2
        return continued, xp.abs(beyond) > ROUNDING * width

    @property
    def maximum(self) -> float:
        """The largest of the values."""
        return float(np.max(self.values))

    @property
    def one_sided(self) -> bool:
        """Whether the largest of the values stands at an end."""
        return int(np.argmax(self.values)) in (0, len(self.values) - 1)

    @property
    def centre(self) -> np.ndarray:
        """The node with the largest value, (1,)."""
        return np.array([self.start + self.step * int(np.argmax(self.values))])

    @property
    def width(self) -> float:
        """The standard deviation."""
        return self.deviation

    @cached_property
    def density(self) -> Numerical:
        """The density itself at the nodes."""
        from muoquark.likelihood.pdfs.numerical import Numerical

        nodes = self.start + self.step * np.arange(len(self.values))
        return Numerical(nodes, np.exp(self.values))

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return the ends of the table."""
        return self.start, self.start + self.step * (len(self.values) - 1)
