"""The pdfs of a likelihood arranged for a compiler: the numbers of `Terms`, with less arithmetic.

Points stand along the last axis (:mod:`muoquark.common.gather`).  Most Gaussian measurements are of
one number: what whitens them is sparse.  A triangular whitening in an order in which a group's
observables come first whitens the group as well: its ln L is the sum of the first squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.gather import Gather, SparseSum, once, points_first, points_last, upright
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.running.blocks import DenseBlocks

if TYPE_CHECKING:
    from muoquark.likelihood.terms import Terms

__all__ = ["FastTerms"]

# A triangular matrix product is done in slices of at least so many rows, and in so many at most.
SLICE, SLICES = 32, 6
# Only in Gaussians of so many numbers an order is worth its rounding.
LARGE = 64


@dataclass(frozen=True, eq=False)
class _Whitened:
    """A Gaussian, and marginal ones of the first of its numbers.

    Attributes
    ----------
    observables
        Picks its numbers among the predictions.
    slices
        Of the rows of the whitening matrix, each without the zeros behind its diagonal.
    offset
        What is subtracted from the residuals, (n,).
    counts, owners
        How many numbers each marginal one has, and where its ln L is added.
    """

    observables: Gather
    slices: tuple[np.ndarray, ...]
    offset: np.ndarray
    counts: tuple[int, ...]
    owners: tuple[int, ...]

    @classmethod
    def of(
        cls,
        observables: Gather,
        gaussian: GaussianBlock,
        counts: Sequence[int],
        owners: Sequence[int],
    ) -> _Whitened:
        lower, n = gaussian.whitening.T, len(gaussian.mean)
        edges = np.linspace(0, n, 1 + max(1, min(SLICES, n // SLICE))).astype(int)
        slices = tuple(lower[start:end, :end] for start, end in pairwise(edges))
        return cls(observables, slices, gaussian.offset, tuple(counts), tuple(owners))

    def whitened(self, predictions: Any, xp: Any) -> Any:
        """Return independent residuals of unit variance, (n, ...)."""
        x = self.observables(predictions, xp)
        pieces = [xp.tensordot(xp.asarray(s), x[: s.shape[1]], 1) for s in self.slices]
        return xp.concatenate(pieces, axis=0) - upright(self.offset, x)

    @property
    def ownership(self) -> list[tuple[int, int]]:
        """Pairs: a residual, and to whose ln L it belongs."""
        pairs = zip(self.counts, self.owners, strict=True)
        return [(k, owner) for count, owner in pairs for k in range(count)]


@dataclass(frozen=True, eq=False)
class FastTerms:
    """ln L of blocks and groups; make it with :meth:`of`, from `Terms`.

    Attributes
    ----------
    terms
        The plain version.
    gaussian
        Gaussian blocks, with those groups that are a part of them.
    normals, offset
        Of all other Gaussian measurements, see ``_Normals``.
    owners
        Adds all contributions: squares of Gaussian blocks, of other Gaussian measurements, and ln
        pdf of other kinds.
    """

    terms: Terms
    gaussian: tuple[_Whitened, ...]
    normals: SparseSum
    offset: np.ndarray
    owners: DenseBlocks

    @classmethod
    def of(cls, terms: Terms, count: int, reverse: bool = False) -> FastTerms:
        """Arrange the pdfs of so many predictions; `reverse` as of `Gather`."""
        return cls._made(terms, _nested(terms.gaussian, count, reverse), count, reverse)

    def restricted(self, terms: Terms, count: int, reverse: bool = False) -> FastTerms:
        """Return that of `terms`, which are the first blocks alone, by the same arithmetic."""
        own = tuple(one for one in self.gaussian if min(one.owners) < len(terms.blocks))
        return self._made(terms, own, count, reverse)

    @classmethod
    def _made(
        cls, terms: Terms, gaussian: tuple[_Whitened, ...], count: int, reverse: bool
    ) -> FastTerms:
        n, blocks = terms.normals, terms.blocks
        row, column = np.nonzero(n.whitening)
        weights = n.whitening[row, column]
        pairs, start = [], 0
        for one in gaussian:
            pairs += [(start + k, owner) for k, owner in one.ownership]
            start += len(one.offset)
        single = [n.owner, *(one.owner for one in terms.stacks)]
        single += [one.owner for one in terms.alone]
        pairs += [(start + k, int(owner)) for k, owner in enumerate(np.concatenate(single))]
        owners = np.zeros((len(blocks), 1 + max((k for k, _ in pairs), default=-1)))
        for k, owner in pairs:
            if owner < len(blocks):
                owners[owner, k] = 1.0
        return cls(
            terms,
            gaussian,
            SparseSum(n.columns[row], column, weights, (count, len(n.offset)), reverse),
            n.offset,
            DenseBlocks.of(owners, reverse),
        )

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of blocks and groups."""
        return self.terms.blocks

    def log_likelihood(self, predictions: Any, xp: Any = np) -> Any:
        """Return ln L of blocks and groups, (..., n), as ``Terms.log_likelihood``."""
        x = once(points_last(predictions, xp), xp)
        found = [-0.5 * one.whitened(x, xp) ** 2 for one in self.gaussian]
        z = self.normals(x, xp) - upright(self.offset, x)
        terms = self.terms
        others = [points_last(t, xp) for t, _ in terms.of_others(predictions, xp)]
        whole = xp.concatenate(once([x[:0], *found, -0.5 * z**2, *others], xp), axis=0)
        return points_first(self.owners.of_rows(whole, xp), xp)

    def outside(self, predictions: Any, xp: Any = np) -> Any:
        """Tell whether a prediction of a point is outside the support of its pdf, shape (...)."""
        return self.terms.outside(predictions, xp)


def _nested(
    gaussian: Sequence[tuple[np.ndarray, GaussianBlock, int]], count: int, reverse: bool
) -> tuple[_Whitened, ...]:
    """Return Gaussians, those that are marginal ones of others with these.

    Of the sets within a larger one a chain is taken, each within the next; the largest first.
    """
    left = sorted(gaussian, key=lambda one: -len(one[0]))
    found = []
    while left:
        observables, block, owner = left.pop(0)
        chain, rest = [(observables, owner)], []
        for other in left:
            inside = set(map(int, other[0])) <= set(map(int, chain[-1][0]))
            if len(observables) >= LARGE and inside and _is_marginal(other, observables, block):
                chain.append((other[0], other[2]))
            else:
                rest.append(other)
        left = rest
        # The innermost first.
        order: list[int] = []
        for numbers, _ in reversed(chain):
            order += [int(o) for o in numbers if int(o) not in set(order)]
        place = {int(o): k for k, o in enumerate(observables)}
        found.append(
            _Whitened.of(
                Gather(np.array(order, dtype=int), count, reverse),
                block.marginal([place[o] for o in order]),
                [len(numbers) for numbers, _ in chain],
                [owner for _, owner in chain],
            )
        )
    return tuple(found)


def _is_marginal(
    other: tuple[np.ndarray, GaussianBlock, int], observables: np.ndarray, block: GaussianBlock
) -> bool:
    """Tell whether a Gaussian is that of some numbers of a block, whatever the others are."""
    place = {int(o): k for k, o in enumerate(observables)}
    rows = [place[int(o)] for o in other[0]]
    same = np.array_equal(other[1].covariance, block.covariance[np.ix_(rows, rows)])
    return same and np.array_equal(other[1].mean, block.mean[rows])
