"""The scalar potential of a theory as a function of its fields, fast and for many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from muoquark.theory.betas import Theory
from muoquark.theory.components import symbol_value

__all__ = ["Potential"]

Fields = Complex[np.ndarray, "*batch n"]
Values = Float[Any, "*batch"]


class Potential:
    """V4 and its gradient.

    A monomial of four fields is a product of two pairs of them, so that V4 is a quadratic form,
    with few entries, of all pairs.

    Parameters
    ----------
    theory
        The theory.
    """

    def __init__(self, theory: Theory) -> None:
        from scipy.sparse import coo_matrix

        self.theory = theory
        components = theory.components
        self.n = n = components.n_scalars
        pairs: dict[tuple[int, int], int] = {}
        entries: dict[tuple[int, int], int] = {}
        triples: list[tuple[int, int, complex]] = []
        self._symbols = tuple(components.quartic_symbols)
        for symbol, polynomial in enumerate(components.quartic_symbols.values()):
            for key, value in polynomial.items():
                # a field with a conjugate where that can be: fewest different pairs
                first = (key[0], key[2]) if key[2] >= n > key[0] else (key[0], key[1])
                rest = list(key)
                for k in first:
                    rest.remove(k)
                second = (rest[0], rest[1])
                one, two = (pairs.setdefault(pair, len(pairs)) for pair in (first, second))
                number = entries.setdefault((one, two), len(entries))
                triples.append((number, symbol, value))
        self._rows = np.array([row for row, _ in entries], int)
        self._columns = np.array([column for _, column in entries], int)
        self._linear = coo_matrix(
            (
                [value for *_, value in triples],
                ([number for number, *_ in triples], [symbol for _, symbol, _ in triples]),
            ),
            shape=(len(entries), len(self._symbols)),
            dtype=complex,
        ).tocsr()
        self._first = np.array([a for a, _ in pairs], int)
        self._second = np.array([b for _, b in pairs], int)
        # dV/dz^*: the pairs with a conjugate field, and what is left of them
        self._gathers = []
        for own, other in ((self._first, self._second), (self._second, self._first)):
            where = np.flatnonzero(own >= n)
            scatter = coo_matrix(
                (np.ones(len(where)), (own[where] - n, np.arange(len(where)))),
                shape=(n, len(where)),
            ).tocsr()
            self._gathers.append((where, other[where], scatter))

    def at(self, couplings: Mapping[str, Any]) -> Callable[[Fields], tuple[Values, Fields]]:
        """Return the function from fields, (..., n) complex, to V4 and dV4/dphi^*."""
        from scipy.sparse import coo_matrix

        values = [symbol_value(couplings, symbol) for symbol in self._symbols]
        numbers = self._linear @ np.array(values, complex)
        size = len(self._first)
        kept = np.flatnonzero(numbers)
        form = coo_matrix(
            (numbers[kept], (self._rows[kept], self._columns[kept])), shape=(size, size)
        )
        symmetric = (form + form.T).tocsr()

        def potential(z: Fields) -> tuple[Values, Fields]:
            flat = z.reshape(-1, self.n).T
            fields = np.concatenate([flat, flat.conj()])
            pairs = fields[self._first] * fields[self._second]
            slope = symmetric @ pairs  # dV/d(pair)
            value = np.sum(pairs * slope, axis=0).real / 2
            gradient = np.zeros_like(flat)
            for where, other, scatter in self._gathers:
                gradient += scatter @ (slope[where] * fields[other])
            return value.reshape(z.shape[:-1])[()], gradient.T.reshape(z.shape)

        return potential

    def __call__(self, couplings: Mapping[str, Any], z: Fields) -> tuple[Values, Fields]:
        """Return V4 and dV4/dphi^* at fields (..., n)."""
        return self.at(couplings)(z)

    def masses(self, couplings: Mapping[str, Any]) -> Complex[np.ndarray, "n n"]:
        """Return the Hermitian M of V2 = phi^+ M phi in GeV^2; terms phi phi are left out."""
        n = self.n
        matrix = np.zeros((n, n), complex)
        for term in self.theory.components.potential_terms:
            if len(term.factors) != 2:
                continue
            for (i, j), value in self.theory.components.potential[term.coupling].items():
                if i < n <= j:
                    matrix[j - n, i] += value * couplings[term.coupling]
                    if not term.real:
                        matrix[i, j - n] += np.conj(value * couplings[term.coupling])
        return matrix
