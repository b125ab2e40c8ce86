"""Smooth densities of draws, for figures: kernel estimates that respect the edges of priors.

The kernel is a normal distribution with the covariance of the draws, scaled by Scott's rule (D. W.
Scott, Multivariate Density Estimation, Wiley 1992) and narrowed where tails are long (B. W.
Silverman, Density Estimation, Chapman and Hall 1986, eq. 3.30).  A prior ends sharply: what the
kernel would put beyond an edge is folded back, so that a density that is largest there is not
halved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Density", "density_of"]

# Nodes along each axis within the range, and kernel widths that it is continued by for folding.
NODES = {1: 400, 2: 140}
MARGIN = 4.0


@dataclass(frozen=True)
class Density:
    """A density on a grid: axes, one for each dimension, and values[i, j] at (x_i, y_j)."""

    axes: tuple[np.ndarray, ...]
    values: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return the density at points (..., dimensions), linear between the nodes."""
        from scipy.interpolate import RegularGridInterpolator

        return np.asarray(RegularGridInterpolator(self.axes, self.values)(points))

    def levels(self, draws: np.ndarray, shares: tuple[float, ...]) -> list[float]:
        """Return the densities above which given shares of the draws (points, dimensions) lie.

        The region above such a level is the highest-density region with that probability (R. J.
        Hyndman, Am. Stat. 50 (1996) 120).
        """
        return [float(x) for x in np.quantile(self.at(draws), [1 - s for s in shares])]


def density_of(
    draws: np.ndarray, low: np.ndarray, high: np.ndarray, effective: float | None = None
) -> Density:
    """Return the density of draws (points, d), with d = 1 or 2, on ranges that end sharply.

    Parameters
    ----------
    low, high
        The ends of the prior's range, shape (d,).  The grid covers the draws and four kernel
        widths around them, but nothing outside of the range.
    effective
        How many independent draws these are worth; by default all.
    """
    from scipy.signal import fftconvolve

    count, dimensions = draws.shape
    worth = max(effective or count, 2.0)
    covariance = np.atleast_2d(np.cov(draws.T)) * worth ** (-2 / (dimensions + 4))
    width = np.sqrt(np.diag(covariance))
    lower, upper = np.quantile(draws, [0.25, 0.75], axis=0)
    spread = np.std(draws, axis=0)
    robust = np.minimum((upper - lower) / 1.349, spread) / np.where(spread > 0, spread, 1.0)
    robust = np.where(robust > 0, robust, 1.0)
    covariance, width = covariance * np.outer(robust, robust), width * robust
    # Draws that are all the same have no width; any will do.
    width = np.where(width > 0, width, 1e-3 * (high - low))
    covariance[np.diag_indices(dimensions)] = width**2
    start = np.maximum(draws.min(axis=0) - MARGIN * width, low)
    stop = np.minimum(draws.max(axis=0) + MARGIN * width, high)
    nodes = NODES[dimensions]
    step = (stop - start) / nodes
    # Counts in cells, and the kernel at the cells' distances.
    edges = [np.linspace(a, b, nodes + 1) for a, b in zip(start, stop, strict=True)]
    counts, _ = np.histogramdd(draws, bins=edges)
    reach = np.minimum(np.ceil(MARGIN * width / step).astype(int), nodes)
    offsets = [np.arange(-r, r + 1) * s for r, s in zip(reach, step, strict=True)]
    distance = np.stack(np.meshgrid(*offsets, indexing="ij"), axis=-1)
    kernel = np.exp(
        -0.5 * np.einsum("...i,ij,...j->...", distance, np.linalg.inv(covariance), distance)
    )
    smooth = np.maximum(fftconvolve(counts, kernel / kernel.sum(), mode="full"), 0.0)
    for axis, r in enumerate(reach):
        smooth = _fold(np.moveaxis(smooth, axis, 0), int(r), nodes)
        smooth = np.moveaxis(smooth, 0, axis)
    values = smooth / (count * np.prod(step))
    centres = [(e[1:] + e[:-1]) / 2 for e in edges]
    # Out to the edges of the range, where the centres of the cells do not reach.
    padded = np.pad(values, 1, mode="edge")
    axes = [np.concatenate([[e[0]], c, [e[-1]]]) for e, c in zip(edges, centres, strict=True)]
    return Density(tuple(axes), padded)


def _fold(smooth: np.ndarray, reach: int, nodes: int) -> np.ndarray:
    """Mirror what lies beyond either end of the first axis back into it."""
    inside = smooth[reach : reach + nodes].copy()
    inside[:reach] += smooth[:reach][::-1]
    inside[nodes - reach :] += smooth[reach + nodes :][::-1]
    return inside
