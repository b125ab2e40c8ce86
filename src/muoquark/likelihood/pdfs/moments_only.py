"""A pdf of which mean and covariance are kept, and no more: all that a Gaussian block takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from muoquark.likelihood.pdfs.multivariate import MultivariateNormal

__all__ = ["MomentsOnly", "grid_moments"]

# Nodes of the Gauss-Legendre rule in one cell and direction of a grid.
NODES = 4
# Points of a grid after refinement: more are not integrated.
LARGEST = 2e7


@dataclass(frozen=True, eq=False)
class MomentsOnly(MultivariateNormal):
    """Mean (n,) and covariance (n, n) of a pdf whose shape is not kept.

    A joint table can only enter a Gaussian block, which takes these two of every measurement.  It
    is a Gaussian for whatever asks.

    `mode` (n,) is what its author calls the measured numbers; the mean if not given.
    """

    mode: np.ndarray | None = None

    kind: ClassVar[str] = "moments"

    @property
    def centre(self) -> np.ndarray:
        """What its author calls the measured numbers, (n,)."""
        return self.block.mean if self.mode is None else np.atleast_1d(self.mode)


def grid_moments(axes: Sequence[Any], pdf: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (n,) and covariance (n, n) of a pdf whose logarithm is multilinear on a grid.

    Parameters
    ----------
    axes
        n arrays of increasing numbers.
    pdf
        Values at the points of the grid, one axis for each array.

    Raises
    ------
    ValueError
        If the grid has too many points.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    with np.errstate(divide="ignore"):
        # As in flavio: next to a zero the pdf vanishes within a negligible part of the cell.
        logarithm = np.maximum(np.log(np.asarray(pdf, dtype=float)), -1e100)
    if np.prod([float(NODES * len(x)) for x in axes]) > LARGEST:
        raise ValueError("the grid has too many points to be integrated")
    points, measure = [], []
    for k, x in enumerate(axes):
        x = np.asarray(x, dtype=float)
        t = np.tile((nodes + 1) / 2, len(x) - 1)
        cell = np.repeat(np.arange(len(x) - 1), NODES)
        low, high = np.take(logarithm, cell, axis=k), np.take(logarithm, cell + 1, axis=k)
        shape = [1] * logarithm.ndim
        shape[k] = -1
        logarithm = low + (high - low) * t.reshape(shape)
        points.append(x[cell] + t * np.diff(x)[cell])
        measure.append(np.tile(weights, len(x) - 1) * np.diff(x)[cell])
    density = np.exp(logarithm - logarithm.max())
    for k, weight in enumerate(measure):
        shape = [1] * density.ndim
        shape[k] = -1
        density = density * (weight / weight.sum()).reshape(shape)
    density /= density.sum()
    n = len(points)
    mean = np.array([_against(density, {k: points[k]}) for k in range(n)])
    away = [p - m for p, m in zip(points, mean, strict=True)]
    covariance = np.empty((n, n))
    for i in range(n):
        covariance[i, i] = _against(density, {i: away[i] ** 2})
        for j in range(i):
            both = _against(density, {i: away[i], j: away[j]})
            covariance[i, j] = covariance[j, i] = both
    return mean, covariance


def _against(density: np.ndarray, factors: dict[int, np.ndarray]) -> float:
    """Return the sum of a density times functions of single axes."""
    rest = tuple(k for k in range(density.ndim) if k not in factors)
    marginal = density.sum(axis=rest)
    for k in sorted(factors, reverse=True):
        marginal = np.tensordot(marginal, factors[k], axes=([marginal.ndim - 1], [0]))
    return float(marginal)
