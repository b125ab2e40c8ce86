"""The pdf of a number with several independent errors, each given by a pdf of its own.

All pdfs are of the same number: the result keeps the central value, and nothing is shifted, as in
flavio (1810.08132).  The mode of the result lies a little beside it where errors are asymmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from muoquark.likelihood.pdfs import (
    Asymmetric,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Numerical,
    Pdf,
)

__all__ = ["convolve_pdfs"]

# A grid of so many points holds a convolution; odd, so that the central value is one of them.
POINTS = 4001
# Gaussian tails are followed so far, and kept so far in the result.
REACH, KEPT = 7.0, 6.0


def convolve_pdfs(pdfs: Sequence[Pdf]) -> Pdf:
    """Return the convolution of pdfs of the same number, or of the same several numbers.

    Gaussian errors add in quadrature.  Others are convolved on a grid of :data:`POINTS` points,
    by the probability of each cell, so that means and variances add but for the square of a step.

    Raises
    ------
    ValueError
        If the pdfs are not of as many numbers, or their central values differ.  One of zero does
        not count: it is an error that shifts nothing.
    """
    if not pdfs:
        raise ValueError("a list of distributions must not be empty")
    centres = [pdf.centre for pdf in pdfs]
    if len({c.size for c in centres}) > 1:
        raise ValueError("distributions of different dimensions cannot be convolved")
    centre = next((c for c in centres if np.any(c != 0)), centres[0])
    if any(np.any(c != 0) and not np.allclose(c, centre, rtol=1e-9, atol=0) for c in centres):
        raise ValueError(
            "distributions that are convolved must have the same central value (or zero)"
        )
    if len(pdfs) == 1:
        return pdfs[0]
    kept = [pdf for pdf in pdfs if isinstance(pdf, MomentsOnly)]
    normal = [
        pdf
        for pdf in pdfs
        if isinstance(pdf, Normal | MultivariateNormal) and not isinstance(pdf, MomentsOnly)
    ]
    rest = [pdf for pdf in pdfs if pdf not in normal]
    width = sum((pdf.moments()[1] for pdf in normal), np.zeros((centre.size, centre.size)))
    if not rest:
        arrays = {"mean": centre, "covariance": width}
        kind = Normal if centre.size == 1 else MultivariateNormal
        return kind.from_arrays(arrays)
    if kept:
        # Only mean and covariance are kept of these; both add, relative to the central value.
        found = [pdf.moments() for pdf in rest]
        mean = centre + sum(m - pdf.centre for pdf, (m, _) in zip(rest, found, strict=True))
        return MomentsOnly(mean, width + sum(c for _, c in found), centre)
    parts = [*rest, *([Normal(0.0, sqrt(width[0, 0]))] if normal else [])]
    return _on_a_grid(float(centre[0]), parts)


def _reach(pdf: Pdf, sigmas: float) -> tuple[float, float]:
    """Return how far a pdf reaches below and above its central value."""
    low, high = pdf.support(sigmas)
    centre = float(pdf.centre[0])
    return centre - low, high - centre


def _extent(parts: Sequence[Pdf], sigmas: float) -> tuple[float, float]:
    """Return how far a convolution reaches: ends of tables add, Gaussian tails in quadrature."""
    soft = [_reach(pdf, sigmas) for pdf in parts if isinstance(pdf, Normal | Asymmetric)]
    hard = [_reach(pdf, sigmas) for pdf in parts if not isinstance(pdf, Normal | Asymmetric)]
    low, high = (
        sum(end[k] for end in hard) + sqrt(sum(end[k] ** 2 for end in soft)) for k in (0, 1)
    )
    return low, high


def _on_a_grid(centre: float, parts: Sequence[Pdf]) -> Numerical:
    """Convolve pdfs of one number, each relative to its own central value."""
    extent = max(_extent(parts, REACH))
    # Even about zero: mode="same" then leaves the central value in the middle.
    x, step = np.linspace(-extent, extent, POINTS, retstep=True)
    edges = np.append(x - step / 2, x[-1] + step / 2)
    total: np.ndarray | None = None
    for pdf in parts:
        # Probabilities of cells, not densities at nodes: a half Gaussian jumps at its centre.
        weight = np.diff(pdf.cumulative(edges + float(pdf.centre[0])))
        total = weight if total is None else np.convolve(total, weight, mode="same")
    assert total is not None
    low, high = _extent(parts, KEPT)
    keep = (x >= -low) & (x <= high)
    density = np.maximum(total[keep], 0.0)
    density = density / np.trapezoid(density, x[keep])
    return Numerical(centre + x[keep], density, centre)
