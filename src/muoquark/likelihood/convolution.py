"""The pdf of a number with several independent errors, each given by a pdf of its own.

All pdfs are of the same number: the result keeps the central value, and nothing is shifted, as in
flavio (1810.08132).  The mode of the result lies a little beside it where errors are asymmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from muoquark.likelihood.density import Pdf

__all__ = ["centre_of", "convolve_pdfs", "cumulative", "general_gamma"]

# A grid of so many points holds a convolution; odd, so that the central value is one of them.
POINTS = 4001
# Gaussian tails are followed so far, and kept so far in the result.
REACH, KEPT = 7.0, 6.0
# A gamma distribution is followed until so little of it is left.
TAIL = 1e-12


def centre_of(pdf: Pdf) -> np.ndarray:
    """Return the central value of a pdf (n,): what its author calls the measured number."""
    return np.atleast_1d(pdf["centre"] if "centre" in pdf.arrays else pdf["mean"])


def cumulative(pdf: Pdf, x: np.ndarray) -> np.ndarray:
    """Return the probability below `x` (any shape) of a pdf of one number."""
    from scipy.special import gammaincc, ndtr

    if pdf.kind == "normal":
        return np.asarray(ndtr((x - pdf["mean"][0]) / sqrt(pdf["covariance"][0, 0])))
    if pdf.kind == "asymmetric":
        # Two halves of Gaussians with one height: their probabilities are as their widths.
        left, right = float(pdf["left"]), float(pdf["right"])
        t = x - float(pdf["centre"])
        below = 2 * left * ndtr(t / left)
        above = left + right * (2 * ndtr(t / right) - 1)
        return np.asarray(np.where(t < 0, below, above) / (left + right))
    if pdf.kind == "half_normal":
        # A negative width is that of a half below the centre.
        u = (x - float(pdf["centre"])) / float(pdf["width"])
        share = np.maximum(2 * ndtr(u) - 1, 0.0)
        return np.asarray(share if float(pdf["width"]) > 0 else 1 - share)
    if pdf.kind == "gamma":
        a, loc, scale = (float(pdf[name]) for name in ("a", "loc", "scale"))
        # Cut off at zero, so that what is left above is normalised: a rate is not negative.
        u = (np.maximum(x, 0.0) - loc) / scale
        return np.asarray(1 - gammaincc(a, u) / gammaincc(a, -loc / scale))
    # The pdf is linear between its nodes, so that its integral is exact cell by cell.
    nodes, density = pdf["x"], pdf["pdf"]
    cells = np.diff(nodes) * (density[1:] + density[:-1]) / 2
    total = np.concatenate([[0.0], np.cumsum(cells)])
    k = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
    h = np.diff(nodes)[k]
    t = np.clip((x - nodes[k]) / h, 0.0, 1.0)
    inside = h * (density[k] * t + (density[k + 1] - density[k]) * t**2 / 2)
    return np.asarray((total[k] + inside) / total[-1])


def _reach(pdf: Pdf, sigmas: float) -> tuple[float, float]:
    """Return how far a pdf reaches below and above its central value."""
    if pdf.kind == "normal":
        width = sqrt(pdf["covariance"][0, 0])
        return sigmas * width, sigmas * width
    if pdf.kind == "asymmetric":
        return sigmas * float(pdf["left"]), sigmas * float(pdf["right"])
    if pdf.kind == "half_normal":
        width = sigmas * float(pdf["width"])
        return max(-width, 0.0), max(width, 0.0)
    centre = float(centre_of(pdf)[0])
    if pdf.kind == "gamma":
        from scipy.special import gammaincc, gammainccinv

        a, loc, scale = (float(pdf[name]) for name in ("a", "loc", "scale"))
        end = loc + scale * float(gammainccinv(a, TAIL * gammaincc(a, -loc / scale)))
        return centre, end - centre
    return centre - float(pdf["x"][0]), float(pdf["x"][-1]) - centre


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
    centres = [centre_of(pdf) for pdf in pdfs]
    if len({c.size for c in centres}) > 1:
        raise ValueError("distributions of different dimensions cannot be convolved")
    centre = next((c for c in centres if np.any(c != 0)), centres[0])
    if any(np.any(c != 0) and not np.allclose(c, centre, rtol=1e-9, atol=0) for c in centres):
        raise ValueError(
            "distributions that are convolved must have the same central value (or zero)"
        )
    if len(pdfs) == 1:
        return pdfs[0]
    normal = [pdf for pdf in pdfs if pdf.kind == "normal"]
    rest = [pdf for pdf in pdfs if pdf.kind != "normal"]
    width = sum((pdf["covariance"] for pdf in normal), np.zeros((centre.size, centre.size)))
    if not rest:
        return Pdf("normal", {"mean": centre, "covariance": width})
    if any(pdf.kind == "grid" for pdf in rest):
        # Only mean and covariance are kept of these; both add, relative to the central value.
        mean = centre + sum(pdf["mean"] - centre_of(pdf) for pdf in rest)
        width = width + sum(pdf["covariance"] for pdf in rest)
        return Pdf("grid", {"mean": mean, "covariance": width, "centre": centre})
    parts = [*rest, *([Pdf("normal", {"mean": [0.0], "covariance": width})] if normal else [])]
    return _on_a_grid(float(centre[0]), parts)


def _extent(parts: Sequence[Pdf], sigmas: float) -> tuple[float, float]:
    """Return how far a convolution reaches: ends of tables add, Gaussian tails in quadrature."""
    soft = [_reach(pdf, sigmas) for pdf in parts if pdf.kind in ("normal", "asymmetric")]
    hard = [_reach(pdf, sigmas) for pdf in parts if pdf.kind not in ("normal", "asymmetric")]
    low, high = (
        sum(end[k] for end in hard) + sqrt(sum(end[k] ** 2 for end in soft)) for k in (0, 1)
    )
    return low, high


def _on_a_grid(centre: float, parts: Sequence[Pdf]) -> Pdf:
    """Convolve pdfs of one number, each relative to its own central value."""
    extent = max(_extent(parts, REACH))
    # Even about zero: mode="same" then leaves the central value in the middle.
    x, step = np.linspace(-extent, extent, POINTS, retstep=True)
    edges = np.append(x - step / 2, x[-1] + step / 2)
    total: np.ndarray | None = None
    for pdf in parts:
        # Probabilities of cells, not densities at nodes: a half Gaussian jumps at its centre.
        weight = np.diff(cumulative(pdf, edges + float(centre_of(pdf)[0])))
        total = weight if total is None else np.convolve(total, weight, mode="same")
    assert total is not None
    low, high = _extent(parts, KEPT)
    keep = (x >= -low) & (x <= high)
    density = np.maximum(total[keep], 0.0)
    density = density / np.trapezoid(density, x[keep])
    return Pdf("table", {"x": centre + x[keep], "pdf": density, "centre": centre})


def general_gamma(a: float, background: float, width: float) -> Pdf:
    """Return the pdf of the expected number of signal events with an uncertain background.

    A gamma distribution of shape `a` (observed events + 1) that starts at -background, convolved
    with a Gaussian of the given width.  As in flavio what the Gaussian moves below -background is
    reflected there, and what is left above zero is normalised.

    Raises
    ------
    ValueError
        If next to nothing is left above zero.
    """
    from scipy.special import gammaincc, gammainccinv, ndtr

    reach = REACH * width + 3 * width
    end = float(gammainccinv(a, TAIL))
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
    density = density / np.trapezoid(density, z)
    return Pdf("table", {"x": z, "pdf": density, "centre": z[np.argmax(density)]})
