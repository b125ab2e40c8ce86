r"""Counted events as a function of the expected signal, with an uncertain background.

With n counted events and a background of b +- sigma_b the likelihood of an expected signal s is

.. math:: \ln L(s) = \max_\beta\; n \ln(s + \beta) - (s + \beta) - (\beta - b)^2/(2\sigma_b^2),

the profile likelihood of a Poisson process whose background has a Gaussian auxiliary measurement
(1007.1727, Cowan:2010js; physics/0702156).  The best total t = s + beta solves
t^2 + t (sigma_b^2 - s - b) - n sigma_b^2 = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.numerical import Numerical
from muoquark.likelihood.pdfs.of_density import OfDensity
from muoquark.likelihood.pdfs.pdf import REACH, ROUNDING

__all__ = ["Poisson"]

# Nodes of the density of which moments and draws are taken.
NODES = 8001
# Share of the counted events below which the expected total is not taken: ln 0 is no number.
LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class Poisson(OfDensity):
    """Counted events above a background, as a function of the expected signal.

    The signal may be negative: interference takes events away.  The expected total may not; there
    ln L goes on as a parabola, and the point is reported.

    Parameters
    ----------
    counted
        Events, an integer or not (an Asimov data set).
    background
        Expected without signal, positive where there are no counts of it.
    deviation
        Its standard deviation; zero for a background that is known.

    Examples
    --------
    >>> round(Poisson(12.0, 9.0).maximum, 6), float(Poisson(12.0, 9.0).centre[0])
    (17.81888, 3.0)
    """

    counted: float
    background: float
    deviation: float = 0.0

    kind: ClassVar[str] = "poisson"
    fields: ClassVar[tuple[str, ...]] = ("counted", "background", "deviation")

    def __post_init__(self) -> None:
        if not all(0 <= x < np.inf for x in (self.counted, self.background, self.deviation)):
            raise ValueError("counts, background and its deviation must be finite, not negative")

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`."""
        n, b, sigma = a["counted"], a["background"], a["deviation"]
        known = sigma == 0
        variance = np.where(known, 1.0, sigma**2)
        # Of a known background: total s + b, continued below LEAST of what was counted.
        least = LEAST * n
        total = x + b
        inside = xp.maximum(total, least)
        below = xp.minimum(total - least, 0.0)
        start = np.where(n > 0, least, 1.0)
        slope = np.where(n > 0, n / start, 0.0) - 1
        curve = np.where(n > 0, n / start**2, 1.0)
        safe = xp.where(inside > 0, inside, 1.0)
        fixed = xp.where(n > 0, n * xp.log(safe), 0.0) - inside
        fixed = fixed + slope * below - 0.5 * curve * below**2
        # Of an uncertain one: the best total is positive whatever s is, unless nothing was counted.
        y = x + b - variance
        root = xp.sqrt(y**2 + 4 * n * variance + 1e-300)
        # (y + root)/2 cancels for negative y: there the other form of the same root is taken.
        forward = y >= 0
        best = xp.where(
            forward, (y + root) / 2, 2 * n * variance / xp.where(forward, 1.0, root - y)
        )
        positive = xp.where(best > 0, best, 1.0)
        free = xp.where(n > 0, n * xp.log(positive), 0.0) - best
        free = free - (best - x - b) ** 2 / (2 * variance)
        value = xp.where(known, fixed, free)
        # With an uncertain background the total is outside where no background makes it positive
        # within its tails.
        edge = np.where(known, -ROUNDING, -REACH * sigma)
        return value, total < edge

    @property
    def maximum(self) -> float:
        """n ln n - n: the expected total is the counted one."""
        n = self.counted
        if n > 0:
            return float(n * np.log(n) - n)
        return float(self.log_pdf(self.centre[0]))

    @property
    def one_sided(self) -> bool:
        """Whether nothing was counted: the less signal, the better."""
        return self.counted == 0

    @property
    def centre(self) -> np.ndarray:
        """Counted events minus background, (1,)."""
        return np.array([self.counted - self.background])

    @property
    def width(self) -> float:
        """The standard deviation of counts and background together."""
        return float(np.sqrt(max(self.counted, 1.0) + self.deviation**2))

    @cached_property
    def density(self) -> Numerical:
        """L(s) as a density of the signal, over the support."""
        x = np.linspace(*self.support(), NODES)
        values = np.asarray(self.log_pdf(x))
        density = np.exp(values - values.max())
        return Numerical(x, density / np.trapezoid(density, x), float(self.centre[0]))

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return where L(s) is negligible, or where the total is no longer positive."""
        n = self.counted
        spread, more = reach * float(np.sqrt(n + 1)), reach * self.deviation
        low, high = max(n - spread, 0.0) - more, n + spread + reach**2 / 2 + more
        return low - self.background, high - self.background
