"""A sparse matrix as a few dense blocks: products with many vectors at the speed of dense ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Num

from muoquark.common.gather import Gather, once, points_first, points_last

__all__ = ["DenseBlocks"]

# What a block costs beside its multiplications, in their units: one for starting it, one for every
# column that is gathered.
START, GATHER = 1500.0, 20.0


@dataclass(frozen=True, eq=False)
class DenseBlocks:
    """A matrix of which blocks differ from zero; make it with :meth:`of`.

    Attributes
    ----------
    shape
        (rows, columns).
    blocks
        Each with its rows and columns.
    columns
        Picks the columns of all blocks, one block after the other.
    place
        Picks the rows from the joined results of the blocks; behind these is a zero if some row
        has no entries.
    """

    shape: tuple[int, int]
    blocks: tuple[Float[np.ndarray, "_ _"], ...]
    columns: Gather
    place: Gather

    @classmethod
    def of(cls, matrix: Float[np.ndarray, "rows columns"], reverse: bool = False) -> DenseBlocks:
        """Arrange the rows of a matrix in blocks that are cheap together.

        `reverse`: see :class:`muoquark.common.gather.Gather`.
        """
        groups = _groups(matrix != 0)
        blocks, taken = [], [np.zeros(0, int)]
        position, total = 0, sum(map(len, groups))
        place = np.full(len(matrix), total)
        for rows in groups:
            columns = np.nonzero(np.any(matrix[rows] != 0, axis=0))[0]
            blocks.append(matrix[np.ix_(rows, columns)])
            taken.append(columns)
            place[rows] = position + np.arange(len(rows))
            position += len(rows)
        return cls(
            (matrix.shape[0], matrix.shape[1]),
            tuple(blocks),
            Gather(np.concatenate(taken), matrix.shape[1], reverse),
            Gather(place, total + bool(np.any(place == total)), reverse),
        )

    def dense(self) -> Float[np.ndarray, "rows columns"]:
        """Return the whole matrix."""
        return np.asarray(self.apply(np.eye(self.shape[1]), np).T)

    def apply(self, x: Num[Any, "*batch columns"], xp: Any = np) -> Float[Any, "*batch rows"]:
        """Return the product with vectors x (..., columns), of numpy or of JAX."""
        return points_first(self.of_rows(points_last(x, xp), xp), xp)

    def of_rows(self, x: Any, xp: Any = np) -> Any:
        """Return the product with rows x (columns, ...), (rows, ...)."""
        ends = np.cumsum([block.shape[1] for block in self.blocks], dtype=int)
        taken = xp.split(self.columns(x, xp), ends, axis=0)
        # behind the last end there is nothing
        found = [
            xp.tensordot(xp.asarray(b), one, 1) for one, b in zip(taken, self.blocks, strict=False)
        ]
        # a row without entries is zero
        if self.place.size > sum(map(len, self.blocks)):
            found.append(once(xp.zeros((1, *x.shape[1:])), xp))
        return self.place(xp.concatenate([x[:0], *found], axis=0), xp)


def _groups(filled: Bool[np.ndarray, "rows columns"]) -> list[np.ndarray]:
    """Return groups of rows that share most of their columns; rows without any are left out.

    Greedy: whichever two groups gain most by being one block are joined, as long as any gain.
    """
    patterns, own = np.unique(np.packbits(filled, axis=1), axis=0, return_inverse=True)
    support = np.unpackbits(patterns, axis=1)[:, : filled.shape[1]].astype(np.float32)
    size = support.sum(axis=1, dtype=float)
    number = np.bincount(own, minlength=len(patterns)).astype(float)
    alive = size > 0
    members: list[list[int]] = [[k] for k in range(len(patterns))]
    common = (support @ support.T).astype(float)

    def gains(i: int) -> np.ndarray:
        """What joining group i with each other one saves."""
        union = size[i] + size - common[i]
        apart = number[i] * size[i] + number * size + GATHER * (size[i] + size) + START
        gain = np.where(alive, apart - (number[i] + number + GATHER) * union, -np.inf)
        gain[i] = -np.inf
        return gain

    if not alive.any():
        return []
    gain = np.array([gains(i) for i in range(len(patterns))])
    gain[~alive] = -np.inf
    # The best partner of every group, kept up to date.
    partner, best = gain.argmax(axis=1), gain.max(axis=1)
    while best.max() > 0:
        i = int(best.argmax())
        j = int(partner[i])
        support[i] = np.maximum(support[i], support[j])
        size[i], number[i] = support[i].sum(), number[i] + number[j]
        alive[j] = False
        members[i] += members[j]
        common[i] = common[:, i] = support @ support[i]
        gain[j], gain[:, j] = -np.inf, -np.inf
        gain[i] = gain[:, i] = gains(i)
        better = gain[:, i] > best
        partner[better], best[better] = i, gain[better, i]
        stale = np.nonzero(np.isin(partner, (i, j)) | np.isin(np.arange(len(best)), (i, j)))[0]
        partner[stale], best[stale] = gain[stale].argmax(axis=1), gain[stale].max(axis=1)
    return [np.nonzero(np.isin(own, members[i]))[0] for i in np.nonzero(alive)[0]]
