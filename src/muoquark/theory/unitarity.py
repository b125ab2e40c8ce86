r"""Perturbative unitarity at high energy, for all channels of two scalars and of two fermions.

The S matrix of two scalars at high energy is that of the quartics alone,
:math:`a_0 = -\lambda_{abcd}/16\pi` with a factor :math:`1/\sqrt2` for each pair of equal fields.
Charges are conserved, so that it falls into many small blocks; they are found as the connected
parts of its pattern.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from math import pi, sqrt
from typing import Any

import numpy as np
from jaxtyping import Int

from muoquark.theory.betas import Theory
from muoquark.theory.components import Components, multiplicity, symbol_value

__all__ = ["BOUND", "Unitarity"]

#: Largest allowed |Re a_0|.
BOUND = 0.5


class Unitarity:
    """The partial waves of a theory.

    Parameters
    ----------
    theory
        The theory.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self._symbols, self._matrix, self._rows, self._columns, self._blocks = _channels(
            theory.components
        )

    def __call__(self, couplings: Mapping[str, Any]) -> dict[str, float]:
        """Return the largest |Re a_0| of scalars and of fermions at complete couplings."""
        values = [symbol_value(couplings, symbol) for symbol in self._symbols]
        entries = self._matrix @ np.array(values, complex)
        scalars = 0.0
        for size, which in self._blocks:
            block = np.zeros((size, size), complex)
            block[self._rows[which], self._columns[which]] = entries[which]
            scalars = max(scalars, float(np.abs(np.linalg.eigvalsh(block)).max()))
        return {"scalars": scalars / (16 * pi), "yukawas": self._yukawas(couplings)}

    def _yukawas(self, couplings: Mapping[str, Any]) -> float:
        """Two fermions of equal helicity through a scalar: Tr Y_a Y_b^*/2 over 16 pi."""
        components = self.theory.components
        n = 2 * components.n_scalars
        by_pair: dict[tuple[int, int], list[tuple[int, np.ndarray]]] = {}
        for entry in components.yukawas:
            block = self.theory.space.part(couplings[entry.block.coupling], entry.block)
            matrix = entry.number * (block.conj() if entry.conjugated else block)
            by_pair.setdefault((entry.row, entry.column), []).append((entry.scalar, matrix))
        width = np.zeros((n, n), complex)
        for (row, column), found in by_pair.items():
            turned = [] if row != column else [(a, matrix.T) for a, matrix in found]
            total: dict[int, np.ndarray] = {}
            for a, matrix in (*found, *turned):
                total[a] = total.get(a, 0) + matrix
            # a pair of different components stands twice in the trace, hence one half or one
            weight = 0.5 if row == column else 1.0
            for (a, one), (b, two) in itertools.product(total.items(), repeat=2):
                width[a, b] += weight * np.vdot(two, one)
        return float(np.linalg.eigvalsh(width).max()) / (16 * pi)


def _channels(components: Components) -> Any:
    """Arrange the scattering of all pairs of scalars.

    Returns the symbols of the quartics, the sparse matrix from their values to the entries of all
    blocks, row and column of each entry in its block, and for each block its size
    and which entries it has.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = components.n_scalars
    pairs = {
        pair: k for k, pair in enumerate(itertools.combinations_with_replacement(range(2 * n), 2))
    }
    entries: dict[tuple[int, int], dict[int, complex]] = {}
    for number, polynomial in enumerate(components.quartic_symbols.values()):
        for key, coefficient in polynomial.items():
            # which two of the four come in: in the other two, out, stand conjugate fields
            for two in set(itertools.combinations(range(4), 2)):
                incoming = tuple(sorted(key[k] for k in two))
                outgoing = tuple(sorted((key[k] + n) % (2 * n) for k in range(4) if k not in two))
                weight = 1.0
                for pair in (incoming, outgoing):
                    weight *= 1 / sqrt(2) if pair[0] == pair[1] else 1.0
                index = (pairs[outgoing[0], outgoing[1]], pairs[incoming[0], incoming[1]])
                found = entries.setdefault(index, {})
                # several choices of two equal fields are one derivative
                found[number] = coefficient * multiplicity(key) * weight
    keys = list(entries)
    row = np.array([key[0] for key in keys], int)
    column = np.array([key[1] for key in keys], int)
    graph = coo_matrix((np.ones(len(keys)), (row, column)), shape=(len(pairs), len(pairs)))
    _, label = connected_components(graph, directed=False)
    place, blocks = _blocks(row, column, label)
    triples = [(k, m, value) for k, key in enumerate(keys) for m, value in entries[key].items()]
    matrix = coo_matrix(
        ([t[2] for t in triples], ([t[0] for t in triples], [t[1] for t in triples])),
        shape=(len(keys), len(components.quartic_symbols)),
        dtype=complex,
    ).tocsr()
    return tuple(components.quartic_symbols), matrix, place[row], place[column], blocks


def _blocks(
    row: Int[np.ndarray, " entries"],
    column: Int[np.ndarray, " entries"],
    label: Int[np.ndarray, " pairs"],
) -> tuple[Int[np.ndarray, " pairs"], list[tuple[int, Any]]]:
    """Return the place of each pair in its block, and the blocks' sizes and entries."""
    place = np.zeros(len(label), int)
    used = np.unique(np.concatenate([row, column]))
    sizes: dict[int, int] = {}
    for pair in used:
        number = int(label[pair])
        place[pair] = sizes.get(number, 0)
        sizes[number] = place[pair] + 1
    blocks = []
    for number, size in sizes.items():
        which = np.flatnonzero(label[row] == number)
        blocks.append((int(size), which))
    return place, blocks
