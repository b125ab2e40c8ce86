"""Picking entries of arrays in programs of JAX, with a fast way back.

The gradient of a gather is an indexed sum, which XLA does one entry after the other.  Where the
positions are known beforehand it can be a sum over padded lists, as :class:`PaddedSum` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["Gather", "PaddedSum", "SparseSum"]


@dataclass(frozen=True)
class PaddedSum:
    """A sparse matrix product x @ W as sums over padded lists of entries.

    Attributes
    ----------
    tables
        (positions (n, k), weights (n, k)) for n columns with similarly many entries, k at most.
    place
        Where each column of the result is found, the last place being zero.
    """

    tables: tuple[tuple[np.ndarray, np.ndarray], ...]
    place: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, n: int) -> PaddedSum:
        """Arrange the entries (rows, columns, weights) of a matrix with n columns."""
        count = np.bincount(columns, minlength=n)
        order = np.argsort(columns, kind="stable")
        start = np.concatenate([[0], np.cumsum(count)])
        tables, place, position, low = [], np.full(n, -1), 0, 0
        # Columns with 1, 2, 3-4, 5-8, ... entries share a table, so that less than half of one is
        # padding: entries of weight zero at row 0.
        while low < count.max(initial=0):
            high = max(2 * low, 1)
            chosen = np.nonzero((count > low) & (count <= high))[0]
            if len(chosen):
                width = int(count[chosen].max())
                where, weight = np.zeros((len(chosen), width), int), np.zeros((len(chosen), width))
                for k, column in enumerate(chosen):
                    entries = order[start[column] : start[column + 1]]
                    where[k, : len(entries)] = rows[entries]
                    weight[k, : len(entries)] = weights[entries]
                tables.append((where, weight))
                place[chosen] = position + np.arange(len(chosen))
                position += len(chosen)
            low = high
        # Columns without entries find the zero that `apply` puts behind the sums.
        return cls(tuple(tables), np.where(place < 0, position, place))

    def apply(self, x: Any, xp: Any = np) -> Any:
        """Return x @ W, shape (..., n)."""
        sums = [(x[..., where] * weight).sum(axis=-1) for where, weight in self.tables]
        zero = xp.zeros((*x.shape[:-1], 1))
        return xp.concatenate([*sums, zero], axis=-1)[..., self.place]


@dataclass(frozen=True, eq=False)
class SparseSum:
    """A product x @ W with a sparse matrix, given by its entries.

    Attributes
    ----------
    rows, columns, weights
        The entries, (entries,).
    shape
        Of W.
    reverse
        As of :class:`Gather`.
    """

    rows: np.ndarray
    columns: np.ndarray
    weights: np.ndarray
    shape: tuple[int, int]
    reverse: bool = False

    def __call__(self, x: Any, xp: Any = np) -> Any:
        """Return x @ W, shape (..., columns of W)."""
        if xp is np or not self.reverse:
            return self._sum.apply(x, xp)
        return self._function(x)

    @cached_property
    def _sum(self) -> PaddedSum:
        return PaddedSum.of(self.rows, self.columns, self.weights, self.shape[1])

    @cached_property
    def _function(self) -> Any:
        back = PaddedSum.of(self.columns, self.rows, self.weights, self.shape[0])
        return _with_way_back(self._sum, back)


@dataclass(frozen=True, eq=False)
class Gather:
    """Picks entries of the last axis: ``x[..., index]``.

    Attributes
    ----------
    index
        Positions, (n,).
    size
        The number of entries of x.
    reverse
        Whether its programs are differentiated in reverse mode, and never in forward mode.
    """

    index: np.ndarray
    size: int
    reverse: bool = False

    def __call__(self, x: Any, xp: Any = np) -> Any:
        """Return the entries of x (..., size), shape (..., n)."""
        if xp is np or not self.reverse:
            return x[..., self.index]
        return self._function(x)

    @cached_property
    def _function(self) -> Any:
        count = len(self.index)
        back = PaddedSum.of(np.arange(count), self.index, np.ones(count), self.size)
        return _with_way_back(self, back)


def _with_way_back(there: Any, back: PaddedSum) -> Any:
    """Return a linear function for JAX whose transpose is `back`."""
    import jax
    import jax.numpy as xp

    @jax.custom_vjp
    def function(x: Any) -> Any:
        return x[..., there.index] if isinstance(there, Gather) else there.apply(x, xp)

    def forward(x: Any) -> tuple[Any, None]:
        return function(x), None

    def backward(_: None, slope: Any) -> tuple[Any]:
        return (back.apply(slope, xp),)

    function.defvjp(forward, backward)
    return function
