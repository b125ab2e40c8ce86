"""Picking entries of arrays in programs of JAX, with a fast way back.

The components stand along the first axis here and points along the last one, so that what is picked
is a row of many numbers that lie side by side: ten times as fast as one number for each point.
Other modules have points first and components last: :func:`points_last` and :func:`points_first`
lead from one to the other, and cost nothing where a compiler sees both.

The gradient of a gather is an indexed sum, which XLA does one entry after the other.  Where the
positions are known beforehand it can be a sum over padded lists, as :class:`PaddedSum` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

__all__ = ["Gather", "PaddedSum", "SparseSum", "once", "points_first", "points_last", "upright"]

# Lists of up to so many entries are added entry by entry, in one loop over the points of a row:
# five times as fast, and longer to compile.
UNROLLED = 24


def points_last(x: Any, xp: Any = np) -> Any:
    """Return an array (..., n) with its components as rows, (n, ...)."""
    return xp.moveaxis(x, -1, 0)


def points_first(x: Any, xp: Any = np) -> Any:
    """Return rows (n, ...) as an array (..., n)."""
    return xp.moveaxis(x, 0, -1)


def once(values: Any, xp: Any = np) -> Any:
    """Return the same values; in JAX they are computed once, whoever needs them.

    XLA would rather compute them again inside of every loop that they enter.  Only what a function
    returns that is not inlined is stored (``optimization_barrier`` has gone by the time that
    XLA:CPU makes its loops).
    """
    if xp is np:
        return values
    from jax.experimental.xla_metadata import set_xla_metadata

    with set_xla_metadata(inlineable="false"):
        return _same()(values)


@lru_cache(maxsize=1)
def _same() -> Any:
    import jax

    return jax.jit(lambda values: values)


def upright(weights: np.ndarray, x: Any) -> np.ndarray:
    """Return numbers (n,) so that they multiply rows (n, ...)."""
    return weights.reshape(-1, *(1,) * (x.ndim - 1))


@dataclass(frozen=True)
class PaddedSum:
    """A sparse matrix product W^T x as sums over padded lists of entries.

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
        """Return W^T x, shape (n, ...), of rows x."""
        x = once(x, xp)
        sums = [once(_summed(x, where, weight, xp), xp) for where, weight in self.tables]
        count = sum(len(where) for where, _ in self.tables)
        if np.any(self.place == count):
            sums.append(once(xp.zeros((1, *x.shape[1:])), xp))
        found = sums[0] if len(sums) == 1 else xp.concatenate([x[:0], *sums], axis=0)
        if np.array_equal(self.place, np.arange(len(found))):
            return found
        return once(found, xp)[self.place]


def _summed(x: Any, where: np.ndarray, weight: np.ndarray, xp: Any) -> Any:
    """Return sum over k of weight[:, k] x[where[:, k]]."""
    total, width = None, where.shape[1]
    if width > UNROLLED:
        return (x[where] * weight.reshape(*weight.shape, *(1,) * (x.ndim - 1))).sum(axis=1)
    for at, factor in zip(where.T, weight.T, strict=True):
        one = x[at] if np.all(factor == 1.0) else x[at] * upright(factor, x)
        total = one if total is None else total + one
    return total


@dataclass(frozen=True, eq=False)
class SparseSum:
    """A product W^T x with a sparse matrix, given by its entries.

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
        """Return W^T x, shape (columns of W, ...), of rows x."""
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
    """Picks rows: ``x[index]``.

    Attributes
    ----------
    index
        Positions, (n,).
    size
        The number of rows of x.
    reverse
        Whether its programs are differentiated in reverse mode, and never in forward mode.
    """

    index: np.ndarray
    size: int
    reverse: bool = False

    def __call__(self, x: Any, xp: Any = np) -> Any:
        """Return the rows (n, ...) of x (size, ...)."""
        if np.array_equal(self.index, np.arange(self.size)):
            return x
        if xp is np or not self.reverse:
            return once(x, xp)[self.index]
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
        return once(x, xp)[there.index] if isinstance(there, Gather) else there.apply(x, xp)

    def forward(x: Any) -> tuple[Any, None]:
        return function(x), None

    def backward(_: None, slope: Any) -> tuple[Any]:
        return (back.apply(slope, xp),)

    function.defvjp(forward, backward)
    return function
