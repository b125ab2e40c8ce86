"""The predictions of a snapshot arranged for a compiler: few large operations, not many small.

`Forms` is the plain version: one step per bank of polynomials.  Here all monomials of a stage
are formed by one gather, large banks are one matrix product each, and the polynomials of all
small banks are sums over padded lists.  The numbers are the same up to rounding
(``tests/test_fastforms.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.gather import Gather, SparseSum, once, points_first, points_last, upright
from muoquark.likelihood.ckm_products import COLUMNS, ckm_columns
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import CHARM, DERIVED, derived
from muoquark.running.blocks import DenseBlocks

__all__ = ["FastForms"]

# A bank becomes a matrix product if its matrix is at least this full and this large.
DENSE_SHARE, DENSE_SIZE = 0.06, 600


@dataclass(frozen=True)
class _Stage:
    """All banks of one stage: monomials by one gather, then dense and sparse products.

    Attributes
    ----------
    used
        Picks the components of the low-scale vector that occur.
    features, pairs
        Pick what the monomials of all banks are made of, as in `Bank`: of the features one each,
        and of 1, the shift of the Fermi constant and what is used all left factors, then all right
        ones.
    dense
        What the first monomials are multiplied with, those of one bank after the other.
    sparse
        The polynomials of all other banks, in the other monomials.
    place
        Picks each polynomial among the dense ones, followed by the sparse ones.
    """

    used: Gather
    features: Gather
    pairs: Gather
    dense: tuple[DenseBlocks, ...]
    sparse: SparseSum
    place: Gather

    @classmethod
    def of(cls, banks: list[Bank], length: int, count: int, reverse: bool) -> _Stage:
        """Arrange banks; the low-scale vector has `length` entries, there are `count` features."""
        features, left, right, dense = [], [], [], []
        rows, columns, weights = [], [], []
        dense_columns, sparse_columns, offset, n_sparse = [], [], 0, 0
        matrices = [np.asarray(bank.weights) for bank in banks]
        starts = np.cumsum([0, *(w.shape[1] for w in matrices)])
        filled = [
            w.size >= DENSE_SIZE and np.count_nonzero(w) >= DENSE_SHARE * w.size for w in matrices
        ]
        # The monomials of dense banks come first.
        for k in sorted(range(len(banks)), key=lambda k: not filled[k]):
            bank, w = banks[k], matrices[k]
            # 1, then the low-scale vector and the shift of the Fermi constant.
            index = np.concatenate([[0], 1 + np.asarray(bank.directions, int)])
            features.append(np.asarray(bank.features, int))
            left.append(index[bank.left])
            right.append(index[bank.right])
            own = np.arange(starts[k], starts[k + 1])
            if filled[k]:
                dense.append(DenseBlocks.of(w.T, reverse))
                dense_columns.append(own)
                continue
            row, column = np.nonzero(w)
            rows.append(row + offset)
            columns.append(column + n_sparse)
            weights.append(w[row, column])
            sparse_columns.append(own)
            n_sparse += w.shape[1]
            offset += w.shape[0]
        none = [np.zeros(0, int)]
        order = np.concatenate([*none, *dense_columns, *sparse_columns])
        joined = np.argsort(order)
        pairs = np.concatenate([*none, *left, *right])
        used = np.unique(pairs[(pairs > 0) & (pairs <= length)])
        place = np.zeros(length + 2, dtype=int)
        place[used], place[-1] = 2 + np.arange(len(used)), 1
        return cls(
            Gather(used - 1, length, reverse),
            Gather(np.concatenate(features or none), count, reverse),
            Gather(place[pairs], 2 + len(used), reverse),
            tuple(dense),
            SparseSum(
                np.concatenate(rows or none),
                np.concatenate(columns or none),
                np.concatenate(weights or [np.zeros(0)]),
                (offset, n_sparse),
                reverse,
            ),
            Gather(joined, len(joined), reverse),
        )

    def evaluate(self, low: Any, shift: Any, features: Any, xp: Any) -> Any:
        """Return the polynomials of all banks, in their order; everything is rows."""
        one = xp.ones_like(low[:1])
        y = xp.concatenate([*once((one, shift), xp), self.used(low, xp)], axis=0)
        # The monomials of all banks, (T, ...); each dense bank owns a slice of them.
        left, right = xp.split(self.pairs(y, xp), 2, axis=0)
        terms = once(self.features(features, xp) * left * right, xp)
        *own, rest = xp.split(terms, np.cumsum([w.shape[1] for w in self.dense], dtype=int), axis=0)
        parts = [w.of_rows(one, xp) for one, w in zip(own, self.dense, strict=True)]
        return self.place(xp.concatenate([*parts, self.sparse(rest, xp)], axis=0), xp)


@dataclass(frozen=True)
class _Assembly:
    """Products, quotients and roots of polynomials, as ``Forms._assemble``.

    Most of them have one numerator and no denominator; those of one shape are formed together,
    so that nothing is multiplied or divided by one.

    Attributes
    ----------
    shapes
        For each the constants of its products, and how many numerators, denominators and roots
        these have.
    factors
        Picks the factors of all products: shape by shape, then factor by factor.
    sums
        Adds the products of each observable that is a sum.
    logarithms
        Positions of what is to be replaced by its logarithm.
    place
        Picks each observable.
    floors, divisors
        Below what the pieces are continued (``Forms.floors``), and positions of those that are
        divided by or have their root taken.
    least
        Below what each argument of a logarithm is continued.
    """

    shapes: tuple[tuple[np.ndarray, int, int, int], ...]
    factors: Gather
    sums: SparseSum
    logarithms: np.ndarray
    place: Gather
    floors: np.ndarray
    divisors: np.ndarray
    least: np.ndarray

    @classmethod
    def of(cls, forms: Forms, count: int, reverse: bool) -> _Assembly:
        """Sort the products by shape; position 0 of the `count` polynomials is the number one."""
        kinds = [forms.numerators, forms.denominators, forms.roots]
        # (K, 6): which positions are used; 0, the number one, fills up the tables.
        pattern = np.concatenate(kinds, axis=1) != 0
        shapes, order, factors = [], [], [np.zeros(0, int)]
        for found in np.unique(pattern, axis=0):
            rows = np.nonzero((pattern == found).all(axis=1))[0]
            order.append(rows)
            for i, kind in enumerate(kinds):
                factors += [kind[rows, k] for k in range(2) if found[2 * i + k]]
            top, below, root = (int(found[2 * i : 2 * i + 2].sum()) for i in range(3))
            shapes.append((np.asarray(forms.constants)[rows], top, below, root))
        # `apply` makes the products shape by shape; product k is then at where[k].
        where = np.argsort(np.concatenate(order))
        products = [where[forms.owner == k] for k in range(len(forms.observables))]
        several = [k for k, mine in enumerate(products) if len(mine) > 1]
        # Behind the products stand the sums, and behind these the logarithms.
        place = np.array([mine[0] for mine in products])
        place[several] = len(where) + np.arange(len(several))
        logarithms = np.asarray(forms.logarithms, int)
        inside = place[logarithms]
        place[logarithms] = len(where) + len(several) + np.arange(len(logarithms))
        floors, least = forms.floors
        divisors = np.unique(np.concatenate([t.ravel() for t in kinds[1:]]))
        parts = [products[k] for k in several]
        column = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
        row = np.concatenate([np.zeros(0, int), *parts])
        shape = (len(where), len(parts))
        total = len(where) + len(several) + len(logarithms)
        return cls(
            tuple(shapes),
            Gather(np.concatenate(factors), count, reverse),
            SparseSum(row, column, np.ones(len(row)), shape, reverse),
            inside,
            Gather(place, total, reverse),
            floors,
            divisors,
            least[logarithms],
        )

    def apply(self, q: Any, xp: Any) -> tuple[Any, Any]:
        """Return the predictions from the polynomials q (n, ...), and what was continued (...)."""
        # One array for each factor of each shape, and where these are continued.
        sizes = [len(c) for c, *counts in self.shapes for _ in range(sum(counts))]
        ends = np.cumsum(sizes, dtype=int)[:-1]
        factors = iter(xp.split(self.factors(q, xp), ends, axis=0) if sizes else [])
        floors = iter(np.split(upright(self.floors[self.factors.index], q), ends) if sizes else [])
        pieces = []
        for constants, top, below, root in self.shapes:
            value = xp.asarray(upright(constants, q))
            for _ in range(top):
                value, _floor = value * next(factors), next(floors)
            # What is divided by, or has its root taken, is continued to stay positive.
            for count, of_root in ((below, False), (root, True)):
                product: Any = 1.0
                for _ in range(count):
                    product = product * positive(next(factors), next(floors), xp)
                if count:
                    value = value / (xp.sqrt(product) if of_root else product)
            # A shape without any piece is a constant, which has no axes of points yet.
            pieces.append(xp.broadcast_to(value, (len(constants), *q.shape[1:])))
        total = xp.concatenate(pieces, axis=0)
        if self.sums.shape[1]:
            total = xp.concatenate([total, self.sums(total, xp)], axis=0)
        total = once(total, xp)
        inside, least = total[self.logarithms], upright(self.least, q)
        least_divisors = upright(self.floors[self.divisors], q)
        continued = xp.any(q[self.divisors] < least_divisors, axis=0)
        continued = continued | xp.any(inside < least, axis=0)
        logarithms = xp.log(positive(inside, least, xp))
        return self.place(xp.concatenate([total, logarithms], axis=0), xp), continued


class Pieces(NamedTuple):
    """What the observables are made of, as rows.

    Attributes
    ----------
    q, joined
        All polynomials as in `Forms`, and those of the first stage.
    low, shift
        The low-scale vector, and the shift of the Fermi constant, (1, ...).
    early, late
        The features of both stages.
    products
        `ckm_columns`.
    lost
        Whether the effective Fermi constant squared had to be continued, (...).
    """

    q: Any
    joined: Any
    low: Any
    shift: Any
    early: Any
    late: Any
    products: Any
    lost: Any


@dataclass(frozen=True)
class FastForms:
    """The predictions of `forms`; make it with :meth:`of`.

    Attributes
    ----------
    forms
        The plain version.
    names, factors
        CKM combinations and mixing phases; picks the first factor of every feature, then all
        second ones and so on, the "1" where there are fewer.
    first, second
        The polynomials of the two stages.
    assembly
        What makes observables of them.
    """

    forms: Forms
    names: tuple[str, ...]
    factors: Gather
    first: _Stage
    second: _Stage
    assembly: _Assembly

    @classmethod
    def of(cls, forms: Forms, reverse: bool = False) -> FastForms:
        """Arrange the banks of plain forms; `reverse` as of `Gather`."""
        names = sorted({name for factors in forms.features for name in factors} | {"1"})
        width = max((len(factors) for factors in forms.features), default=1)
        one = names.index("1")
        factors = np.full((len(forms.features), max(width, 1)), one)
        for row, listed in enumerate(forms.features):
            factors[row, : len(listed)] = [names.index(name) for name in listed]
        banks = {k: [b for b in forms.banks if b.stage == k] for k in (1, 2)}
        # 1, the low-scale vector, and in the second stage the shift of the Fermi constant.
        size = len(forms.features), reverse
        first = _Stage.of(banks[1], len(forms.directions), *size)
        second = _Stage.of(banks[2], len(forms.directions), *size)
        count = 1 + len(DERIVED) + len(first.place.index) + len(second.place.index)
        assembly = _Assembly.of(forms, count, reverse)
        picks = Gather(factors.T.ravel(), len(names), reverse)
        return cls(forms, tuple(names), picks, first, second, assembly)

    @property
    def ckm_inputs(self) -> np.ndarray:
        """(4,), as in `Forms`."""
        return np.asarray(self.forms.ckm_inputs)

    @property
    def ckm_measured(self) -> np.ndarray:
        """(4,), as in `Forms`."""
        return np.asarray(self.forms.ckm_measured)

    def predict(self, low: Any, ckm: Any, xp: Any = np) -> Any:
        """Return the predictions, as ``Forms.predict``."""
        return self.evaluate(low, ckm, xp)[0]

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return the predictions and what was continued, as ``Forms.evaluate``."""
        pieces = self.pieces(low, ckm, xp)
        predictions, continued = self.assembly.apply(pieces.q, xp)
        return points_first(once(predictions, xp), xp), continued | pieces.lost

    def pieces(self, low: Any, ckm: Any, xp: Any = np) -> Pieces:
        """Return what the observables are made of."""
        forms = self.forms
        products = points_last(ckm_columns(ckm, forms.ckm_centre, forms.ckm_phase, xp), xp)
        early = self._picked(products, {}, xp)
        # The same steps as in ``Forms._pieces``, with one y for all banks.
        low = points_last(xp.broadcast_to(low, (*ckm.shape[:-1], low.shape[-1])), xp)
        joined = self.first.evaluate(low, xp.zeros_like(low[:1]), early, xp)
        values = {name: joined[i] for i, name in enumerate(forms.first)}
        charm = {name: products[COLUMNS[name]] for name in CHARM}
        found = derived(values, charm, xp)
        shift = 1 / xp.sqrt(positive(values["fermi"], FLOOR, xp)) - 1
        late = self._picked(products, found, xp)
        leading = once(xp.stack([found[name] for name in DERIVED]), xp)
        second = self.second.evaluate(low, shift[None], late, xp)
        q = xp.concatenate(once((products[:1], leading, joined, second), xp), axis=0)
        return Pieces(q, joined, low, shift[None], early, late, products, values["fermi"] < FLOOR)

    def _picked(self, products: Any, found: dict[str, Any], xp: Any) -> Any:
        """Return the features of rows of `ckm_columns` and of mixing phases, zero if not found."""
        phases = [name for name in self.names if name not in COLUMNS]
        zero = xp.zeros_like(products[:1])
        behind = [found[name][None] if name in found else zero for name in phases]
        place = COLUMNS | {name: len(COLUMNS) + k for k, name in enumerate(phases)}
        order = np.array([place[name] for name in self.names])
        base = once(xp.concatenate([products, *behind], axis=0), xp)[order]
        return self._multiplied(base, xp)

    def _multiplied(self, base: Any, xp: Any) -> Any:
        found = self.factors(base, xp)
        count = len(self.forms.features)
        first, *others = xp.split(found, len(self.factors.index) // max(count, 1), axis=0)
        for one in others:
            first = first * one
        return first
