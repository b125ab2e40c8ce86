"""A gamma distribution cut to positive numbers: counted events above a known background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.pdf import DEPTH, REACH, ROUNDING, Pdf

__all__ = ["Gamma"]

# A gamma distribution that starts at zero is continued below this part of its scale.
EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Gamma(Pdf):
    """A gamma distribution of x > loc, cut to x > 0.

    Parameters
    ----------
    a
        Its shape, at least 1: counted events + 1.
    loc
        Where it begins, not above zero: minus the background, in units of x.
    scale
        x of one event.
    """

    a: float
    loc: float
    scale: float

    kind: ClassVar[str] = "gamma"
    fields: ClassVar[tuple[str, ...]] = ("a", "loc", "scale")

    @staticmethod
    def terms(x: Any, a: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
        """See :meth:`Pdf.terms`."""
        shape, loc, scale = a["a"], a["loc"], a["scale"]
        # Without background the pdf of several counts vanishes at zero: it ends a little above.
        start = np.where(shape > 1, np.maximum(-loc / scale, EDGE), -loc / scale)
        end = loc + start * scale
        inside = xp.maximum(x, end)
        # ln pdf = (a - 1) ln u - u.  With a = 1 the logarithm is of one: u may be zero.
        u = (inside - loc) / scale
        power = xp.where(shape > 1, (shape - 1) * xp.log(xp.where(shape > 1, u, 1.0)), 0.0)
        below = xp.minimum(x - end, 0.0) / scale
        slope = np.where(shape > 1, (shape - 1) / np.where(shape > 1, start, 1.0), 0.0) - 1
        return power - u + slope * below - 0.5 * below**2, x < -ROUNDING * scale

    @property
    def maximum(self) -> float:
        """ln pdf at the mode, or at zero."""
        u = (float(self.centre[0]) - self.loc) / self.scale
        return float(((self.a - 1) * np.log(u) if self.a > 1 else 0.0) - u)

    @property
    def one_sided(self) -> bool:
        """Whether the mode is at zero or below."""
        return self.loc + (self.a - 1) * self.scale <= 0

    @property
    def centre(self) -> np.ndarray:
        """The mode, at zero at least, (1,)."""
        return np.array([max(self.loc + (self.a - 1) * self.scale, 0.0)])

    @property
    def width(self) -> float:
        """The scale."""
        return self.scale

    @property
    def _cut(self) -> float:
        return -self.loc / self.scale

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (1,) and covariance (1, 1).

        From incomplete gamma functions in units of the scale: limits are of order 1e-5, where
        numerical integration with absolute tolerances goes wrong.
        """
        from scipy.special import gammaincc

        a, cut = self.a, self._cut
        norm = gammaincc(a, cut)
        first = a * gammaincc(a + 1, cut) / norm
        second = a * (a + 1) * gammaincc(a + 2, cut) / norm
        mean, variance = self.loc + self.scale * first, self.scale**2 * (second - first**2)
        return np.array([mean]), np.array([[variance]])

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return zero and where a negligible part is left."""
        return 0.0, float(self._quantile(np.exp(-DEPTH)))

    def _quantile(self, above: Any) -> Any:
        """Return x above which a share of the probability lies."""
        from scipy.special import gammaincc, gammainccinv

        return self.loc + self.scale * gammainccinv(self.a, above * gammaincc(self.a, self._cut))

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the probability below x."""
        from scipy.special import gammaincc

        # Cut off at zero, so that what is left above is normalised: a rate is not negative.
        u = (np.maximum(x, 0.0) - self.loc) / self.scale
        return np.asarray(1 - gammaincc(self.a, u) / gammaincc(self.a, self._cut))

    def draw(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number,)."""
        return np.asarray(self._quantile(rng.uniform(size=number)))
