"""A gamma distribution with an uncertain background, as flavio has it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from muoquark.likelihood.pdfs.numerical import Numerical
from muoquark.likelihood.pdfs.of_density import OfDensity
from muoquark.likelihood.pdfs.pdf import REACH
from muoquark.likelihood.pdfs.table import Tabulated

__all__ = ["GeneralGamma"]

# Points of the density.
POINTS = 4001
# Gaussian tails are followed over so many standard deviations.
TAILS = 7.0
# A gamma distribution is followed until so little of it is left.
LEFT = 1e-12


@dataclass(frozen=True, eq=False)
class GeneralGamma(OfDensity):
    """A gamma distribution that is convolved with a Gaussian and cut to positive numbers.

    As in flavio (1810.08132) what the Gaussian moves below the edge `loc` is reflected there, and
    what is left above zero is normalised.

    Parameters
    ----------
    a, loc, scale
        As of `Gamma`.
    deviation
        Standard deviation of the background in events, that is in units of `scale`.

    Raises
    ------
    ValueError
        If next to nothing is left above zero.
    """

    a: float
    loc: float
    scale: float
    deviation: float

    kind: ClassVar[str] = "general_gamma"
    fields: ClassVar[tuple[str, ...]] = ("a", "loc", "scale", "deviation")

    def __post_init__(self) -> None:
        _ = self.density  # tells whether there is one

    @cached_property
    def density(self) -> Numerical:
        """The density, linear between its points."""
        return _events(self.a, -self.loc / self.scale, self.deviation).scaled(self.scale)

    @cached_property
    def compiled(self) -> Tabulated:
        """A table of ln pdf."""
        return self.density.compiled

    @property
    def centre(self) -> np.ndarray:
        """The mode, (1,)."""
        return self.density.centre

    @property
    def width(self) -> float:
        """The standard deviation."""
        return self.density.width

    def support(self, reach: float = REACH) -> tuple[float, float]:
        """Return zero and the end of the density."""
        return self.density.support(reach)


def _events(a: float, background: float, width: float) -> Numerical:
    """Return the density of the expected number of signal events."""
    from scipy.special import gammaincc, gammainccinv, ndtr

    reach = TAILS * width + 3 * width
    end = float(gammainccinv(a, LEFT))
    # Counted from the edge of the gamma distribution, which lies on the edge of a cell.
    step = (end + reach) / POINTS
    above = step * np.arange(POINTS + 1)
    weight = -np.diff(gammaincc(a, above))
    half = int(np.ceil(reach / step))
    kernel = np.diff(ndtr(step * (np.arange(-half, half + 2) - 0.5) / width))
    total = np.convolve(weight, kernel)  # cells from -half to POINTS + half
    # The cells above the edge, and those below it mirrored there.
    density = total[half : half + POINTS].copy()
    reflected = total[:half][::-1][:POINTS]
    density[: len(reflected)] += reflected
    z = above[:-1] + step / 2 - background
    first = int(np.searchsorted(z, 0.0))
    if first > len(z) - 3 or density[first:].sum() < 1e-9 * density.sum():
        raise ValueError("the observed counts lie too far below the background to say anything")
    # The table begins at exactly zero signal events.
    at_zero = np.interp(0.0, z, density)
    z, density = np.append(0.0, z[first:]), np.append(at_zero, density[first:])
    if z[1] == 0:
        z, density = z[1:], density[1:]
    return Numerical(z, density / np.trapezoid(density, z))
