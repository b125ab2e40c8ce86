"""The predictions of a snapshot arranged for a compiler: few large operations, not many small.

`Forms` is the plain version: one step per bank of polynomials.  Here all monomials of a stage
are formed by one gather, large banks are one matrix product each, and the polynomials of all
small banks are sums over padded lists.  The numbers are the same up to rounding
(``tests/test_fastforms.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import DERIVED, derived

__all__ = ["FastForms", "PaddedSum"]

# A bank becomes a matrix product if its matrix is at least this full and this large.
DENSE_SHARE, DENSE_SIZE = 0.06, 600


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


@dataclass(frozen=True)
class _Stage:
    """All banks of one stage: monomials by one gather, then dense and sparse products.

    Attributes
    ----------
    features, left, right
        (T,), as in `Bank`, of the monomials of all banks; y is 1 followed by the low-scale vector.
    dense
        Which monomials, and the matrix that they are multiplied with.
    sparse
        The polynomials of all other banks, in all monomials.
    place
        (P,): where each polynomial is found among the dense ones, followed by the sparse ones.
    """

    features: np.ndarray
    left: np.ndarray
    right: np.ndarray
    dense: tuple[tuple[slice, np.ndarray], ...]
    sparse: PaddedSum
    place: np.ndarray

    @classmethod
    def of(cls, banks: list[Bank]) -> _Stage:
        features, left, right, dense = [], [], [], []
        rows, columns, weights = [], [], []
        place, offset, n_dense, n_sparse = [], 0, 0, 0
        total = sum(b.weights.shape[1] for b in banks)
        for bank in banks:
            # y is 1, then the low-scale vector (and the shift of the Fermi constant).
            index = np.concatenate([[0], 1 + np.asarray(bank.directions, int)])
            features.append(np.asarray(bank.features, int))
            left.append(index[bank.left])
            right.append(index[bank.right])
            w = np.asarray(bank.weights)
            size, width = w.shape
            if w.size >= DENSE_SIZE and np.count_nonzero(w) >= DENSE_SHARE * w.size:
                dense.append((slice(offset, offset + size), w))
                place.append(np.arange(n_dense, n_dense + width))
                n_dense += width
            else:
                row, column = np.nonzero(w)
                rows.append(row + offset)
                columns.append(column + n_sparse)
                weights.append(w[row, column])
                # Counted downwards from -1 until it is known how many dense ones come before.
                place.append(-1 - np.arange(n_sparse, n_sparse + width))
                n_sparse += width
            offset += size
        joined = np.concatenate(place) if place else np.zeros(0, int)
        joined = np.where(joined < 0, n_dense - 1 - joined, joined)
        assert len(joined) == total
        none = [np.zeros(0, int)]
        return cls(
            np.concatenate(features or none),
            np.concatenate(left or none),
            np.concatenate(right or none),
            tuple(dense),
            PaddedSum.of(
                np.concatenate(rows or none),
                np.concatenate(columns or none),
                np.concatenate(weights or [np.zeros(0)]),
                n_sparse,
            ),
            joined,
        )

    def evaluate(self, y: Any, features: Any, xp: Any) -> Any:
        """Return the polynomials of all banks, in their order."""
        # The monomials of all banks, (..., T); each dense bank owns a slice of them.
        terms = features[..., self.features] * y[..., self.left] * y[..., self.right]
        parts = [terms[..., where] @ xp.asarray(w) for where, w in self.dense]
        return xp.concatenate([*parts, self.sparse.apply(terms, xp)], axis=-1)[..., self.place]


@dataclass(frozen=True)
class _Assembly:
    """Products, quotients and roots of polynomials, as ``Forms._assemble``.

    Most of them have one numerator and no denominator; those of one shape are formed together,
    so that nothing is multiplied or divided by one.

    Attributes
    ----------
    shapes
        (constants, numerators, denominators, roots), the last three tuples of positions, one array
        per factor.
    several
        For each observable that is a sum the positions of its products.
    logarithms
        Positions of what is to be replaced by its logarithm.
    place
        Where each observable is found.
    floors, divisors
        Below what the pieces are continued (``Forms.floors``), and positions of those that are
        divided by or have their root taken.
    least
        Below what each argument of a logarithm is continued.
    """

    shapes: tuple[tuple[np.ndarray, tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]], ...]
    several: tuple[np.ndarray, ...]
    logarithms: np.ndarray
    place: np.ndarray
    floors: np.ndarray
    divisors: np.ndarray
    least: np.ndarray

    @classmethod
    def of(cls, forms: Forms) -> _Assembly:
        """Sort the products by shape; position 0 of the polynomials is the number one."""
        kinds = [forms.numerators, forms.denominators, forms.roots]
        # (K, 6): which positions are used; 0, the number one, fills up the tables.
        pattern = np.concatenate(kinds, axis=1) != 0
        shapes, order = [], []
        for found in np.unique(pattern, axis=0):
            rows = np.nonzero((pattern == found).all(axis=1))[0]
            order.append(rows)
            top, below, root = (
                tuple(kind[rows, k] for k in range(2) if found[2 * i + k])
                for i, kind in enumerate(kinds)
            )
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
        sums = tuple(products[k] for k in several)
        return cls(tuple(shapes), sums, inside, place, floors, divisors, least[logarithms])

    def apply(self, q: Any, xp: Any) -> tuple[Any, Any]:
        """Return the predictions from the polynomials q (..., n), and what was continued (...)."""
        pieces = []
        for constants, numerators, denominators, roots in self.shapes:
            value = xp.asarray(constants)
            for index in numerators:
                value = value * q[..., index]
            if denominators:
                value = value / self._product(q, denominators, xp)
            if roots:
                value = value / xp.sqrt(self._product(q, roots, xp))
            # A shape without any piece is a constant, which has no axes of points yet.
            pieces.append(xp.broadcast_to(value, (*q.shape[:-1], len(constants))))
        total = xp.concatenate(pieces, axis=-1)
        sums = [total[..., mine].sum(axis=-1, keepdims=True) for mine in self.several]
        total = xp.concatenate([total, *sums], axis=-1)
        inside = total[..., self.logarithms]
        continued = xp.any(q[..., self.divisors] < self.floors[self.divisors], axis=-1)
        continued = continued | xp.any(inside < self.least, axis=-1)
        logarithms = xp.log(positive(inside, self.least, xp))
        return xp.concatenate([total, logarithms], axis=-1)[..., self.place], continued

    def _product(self, q: Any, indices: tuple[Any, ...], xp: Any) -> Any:
        """Return the product of the pieces at some positions, continued to stay positive."""
        result = positive(q[..., indices[0]], self.floors[indices[0]], xp)
        for index in indices[1:]:
            result = result * positive(q[..., index], self.floors[index], xp)
        return result


@dataclass(frozen=True)
class FastForms:
    """The predictions of `forms`; make it with :meth:`of`.

    Attributes
    ----------
    forms
        The plain version.
    names, factors
        CKM combinations and mixing phases, and which of them each feature multiplies,
        (features, most factors), filled up with the position of "1".
    first, second
        The polynomials of the two stages.
    assembly
        What makes observables of them.
    """

    forms: Forms
    names: tuple[str, ...]
    factors: np.ndarray
    first: _Stage
    second: _Stage
    assembly: _Assembly

    @classmethod
    def of(cls, forms: Forms) -> FastForms:
        """Arrange the banks of plain forms."""
        names = sorted({name for factors in forms.features for name in factors} | {"1"})
        width = max((len(factors) for factors in forms.features), default=1)
        one = names.index("1")
        factors = np.full((len(forms.features), max(width, 1)), one)
        for row, listed in enumerate(forms.features):
            factors[row, : len(listed)] = [names.index(name) for name in listed]
        banks = {k: [b for b in forms.banks if b.stage == k] for k in (1, 2)}
        first, second = _Stage.of(banks[1]), _Stage.of(banks[2])
        return cls(forms, tuple(names), factors, first, second, _Assembly.of(forms))

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
        forms = self.forms
        products = ckm_products(ckm, forms.ckm_centre, forms.ckm_phase, xp)
        one = xp.ones_like(low[..., :1])
        early = self._features(products, xp)
        # The same steps as in ``Forms._pieces``, with one y for all banks.
        y = xp.concatenate([one, low], axis=-1)
        joined = self.first.evaluate(y, early, xp)
        values = {name: joined[..., i] for i, name in enumerate(forms.first)}
        found = derived(values, products, xp)
        shift = 1 / xp.sqrt(positive(values["fermi"], FLOOR, xp)) - 1
        context = {**products, **{k: v for k, v in found.items() if k not in DERIVED}}
        late = self._features(context, xp)
        pieces = self.second.evaluate(xp.concatenate([y, shift[..., None]], axis=-1), late, xp)
        leading = xp.stack([products["1"], *(found[name] for name in DERIVED)], axis=-1)
        q = xp.concatenate([leading, joined, pieces], axis=-1)
        predictions, continued = self.assembly.apply(q, xp)
        return predictions, continued | (values["fermi"] < FLOOR)

    def _features(self, products: dict[str, Any], xp: Any) -> Any:
        zero = xp.zeros_like(products["1"])
        base = xp.stack([products.get(name, zero) for name in self.names], axis=-1)
        # Features have few factors: a product of gathers, one for each position in the lists.
        result = base[..., self.factors[:, 0]]
        for k in range(1, self.factors.shape[1]):
            result = result * base[..., self.factors[:, k]]
        return result
