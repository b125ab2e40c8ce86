r"""J of a card in a few combinations of the directions, without the zeros of J.

An observable feels a tenth of the directions: its own form factors, and what is common to all.
Observables that feel about the same are one *cluster*, of which J is a dense block (rows, columns).
What several Gaussians ask for, J T_g, is one product for each cluster with all T_g side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.likelihood.responses.jacobian import Jacobian, Products

__all__ = ["Cluster", "Turned", "clusters"]

# What a cluster more costs, in multiplications: a product of matrices of its own.
OVERHEAD = 30_000


@dataclass(frozen=True, eq=False)
class Cluster:
    """Observables, and all directions that one of them feels.

    Attributes
    ----------
    rows, columns
        Positions of both in J.
    """

    rows: np.ndarray
    columns: np.ndarray

    @property
    def size(self) -> int:
        """The number of entries of the block."""
        return len(self.rows) * len(self.columns)


def clusters(pattern: np.ndarray, width: int) -> tuple[Cluster, ...]:
    """Return clusters of rows, with as few multiplications as linkage of similar rows finds.

    Parameters
    ----------
    pattern
        Which entries of J can differ from zero, (observables, directions).
    width
        The number of columns that J is multiplied with.
    """
    # Half a second that a question without a card to compile does not need.
    from scipy.cluster.hierarchy import fcluster, linkage

    count = len(pattern)
    if count < 2:
        return (Cluster(np.arange(count), np.nonzero(pattern.any(axis=0))[0]),)
    # Rows without any entry are at no distance that is defined: they are alike.
    tree = linkage(np.column_stack([pattern, ~pattern.any(axis=1)]), "average", "jaccard")
    best: tuple[float, tuple[Cluster, ...]] = (np.inf, ())
    for number in range(1, min(count, 40) + 1):
        labels = fcluster(tree, number, "maxclust")
        found = []
        for label in np.unique(labels):
            rows = np.nonzero(labels == label)[0]
            found.append(Cluster(rows, np.nonzero(pattern[rows].any(axis=0))[0]))
        cost = sum(c.size for c in found) * width + OVERHEAD * len(found)
        if cost < best[0]:
            best = cost, tuple(found)
    return best[1]


@dataclass(frozen=True, eq=False)
class Turned:
    """The products of J with several matrices.

    Attributes
    ----------
    jacobian
        J has `count` directions and those of the CKM parameters behind them.
    turns
        T_g (count + 4, r_g).
    clusters
        Of all observables.
    """

    jacobian: Jacobian
    turns: tuple[np.ndarray, ...]
    clusters: tuple[Cluster, ...]

    @classmethod
    def of(cls, jacobian: Jacobian, turns: Sequence[np.ndarray]) -> Turned:
        """Return the products of a Jacobian with `turns`."""
        observables, count = len(jacobian.forms.observables), jacobian.count
        pattern = np.zeros(observables * count, dtype=bool)
        pattern[jacobian.entries[2]] = True
        pattern = pattern.reshape(observables, count) | (jacobian.factors != 0)
        pattern[:, jacobian.mixing] |= jacobian.felt[:, jacobian.mixing]
        width = sum(turn.shape[1] for turn in turns)
        return cls(jacobian, tuple(turns), clusters(pattern, width))

    def first(self, count: int) -> Turned:
        """Return the first few of the products alone."""
        return self if count == len(self.turns) else replace(self, turns=self.turns[:count])

    @cached_property
    def _place(self) -> np.ndarray:
        """Where an entry of J (observable * count + direction) stands behind one another, or -1."""
        place = np.full(len(self.jacobian.forms.observables) * self.jacobian.count, -1)
        start = 0
        for c in self.clusters:
            where = c.rows[:, None] * self.jacobian.count + c.columns
            place[where.ravel()] = start + np.arange(c.size)
            start += c.size
        return place

    @cached_property
    def _products(self) -> Products:
        slope, pair, where = self.jacobian.entries
        return Products.of(slope, pair, self._place[where], sum(c.size for c in self.clusters))

    @cached_property
    def _constants(self) -> tuple[np.ndarray, np.ndarray]:
        """Of every entry of the blocks the observable, and its factor."""
        rows = np.concatenate([np.repeat(c.rows, len(c.columns)) for c in self.clusters])
        columns = np.concatenate([np.tile(c.columns, len(c.rows)) for c in self.clusters])
        return rows, self.jacobian.factors[rows, columns]

    @cached_property
    def _of_mixing(self) -> np.ndarray:
        """Where every entry of the blocks finds what comes through mixing; a zero is the last."""
        j = self.jacobian
        rows, columns = np.nonzero(j.felt[:, j.mixing])
        found = np.full(
            sum(c.size for c in self.clusters), len(j.forms.observables) * len(j.mixing)
        )
        found[self._place[rows * j.count + j.mixing[columns]]] = rows * len(j.mixing) + columns
        return found

    def blocks(self, low: Any, ckm: Any, xp: Any = np) -> list[Any]:
        """Return the block of each cluster, (..., rows, columns)."""
        slots, dq, totals, mixed = self.jacobian.ingredients(low, ckm, xp)
        flat = self._products.apply(slots, dq, xp)
        if mixed is not None:
            mixed = mixed.reshape(*mixed.shape[:-2], -1)
            mixed = xp.concatenate([mixed, xp.zeros_like(mixed[..., :1])], axis=-1)
            flat = flat + mixed[..., self._of_mixing]
        rows, factors = self._constants
        if factors.any():
            flat = flat + totals[..., rows] * xp.asarray(factors)
        found, start = [], 0
        for c in self.clusters:
            block = flat[..., start : start + c.size]
            found.append(block.reshape(*block.shape[:-1], len(c.rows), len(c.columns)))
            start += c.size
        return found

    @cached_property
    def rows(self) -> np.ndarray:
        """The observable of each row of the products."""
        return np.concatenate([c.rows for c in self.clusters])

    def __call__(self, low: Any, ckm: Any, xp: Any = np) -> list[Any]:
        """Return J T_g (..., observables, r_g) for every g, at low-scale vectors (..., D).

        Observables stand in the order of :attr:`rows`.
        """
        together = np.concatenate(self.turns, axis=1)
        last = np.arange(self.jacobian.count, len(together))
        of_ckm = self.jacobian.of_ckm(low, ckm, xp)
        products = [
            xp.concatenate([block, of_ckm[..., c.rows, :]], axis=-1)
            @ xp.asarray(together[np.concatenate([c.columns, last])])
            for c, block in zip(self.clusters, self.blocks(low, ckm, xp), strict=True)
        ]
        every = xp.concatenate(products, axis=-2)
        ends = np.cumsum([turn.shape[1] for turn in self.turns])[:-1]
        return [xp.asarray(part) for part in xp.split(every, ends, axis=-1)]
