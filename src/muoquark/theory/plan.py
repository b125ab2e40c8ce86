r"""How the table of a model's beta functions is evaluated: everything alike at once.

A word, a product of flavour matrices, is its prefix times one letter, so that words that begin
alike share their products.  Products of equal length and equal shapes are one batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Inexact, Int

from muoquark.common.constants import KAPPA
from muoquark.theory.generate import Table

__all__ = ["Formula", "Plan", "make_plan"]

Shape = tuple[int, int]


@dataclass(frozen=True)
class Formula:
    """The terms of one coupling's beta function, as index arrays into the evaluated pieces.

    Attributes
    ----------
    numbers
        Coefficients.
    monomials, traces
        Which product of couplings, and of traces.
    words
        For a flavour matrix, which product among those of its shape.
    """

    numbers: Inexact[np.ndarray, " terms"]
    monomials: Int[np.ndarray, " terms"]
    traces: Int[np.ndarray, " terms"]
    words: Int[np.ndarray, " terms"]


@dataclass(frozen=True)
class _Batch:
    """Products of matrices of the same shapes: out[first:last] = left[...] @ letters[...]."""

    left: Shape
    right: Shape
    prefixes: Int[np.ndarray, " products"]
    letters: Int[np.ndarray, " products"]
    first: int
    last: int


@dataclass(frozen=True)
class _Traces:
    """Traces of a product times a letter, and their numbers among all traces."""

    left: Shape
    prefixes: Int[np.ndarray, " traces"]
    letters: Int[np.ndarray, " traces"]
    numbers: Int[np.ndarray, " traces"]


@dataclass(frozen=True)
class Plan:
    """What to multiply in which order to get all beta functions.

    Attributes
    ----------
    scalars, letters
        Names of the commuting symbols, and of the flavour matrices by shape.
    sizes
        How many products there are of each shape; letters are the first of them.
    batches, traces
        Products and traces.
    n_traces
        Number of traces.
    monomials, trace_products
        Numbers of symbols, and of traces, that are multiplied; -1 is one.
    formulae
        By coupling or block.
    """

    scalars: tuple[str, ...]
    letters: Mapping[Shape, tuple[str, ...]]
    sizes: Mapping[Shape, int]
    batches: tuple[_Batch, ...]
    traces: tuple[_Traces, ...]
    n_traces: int
    monomials: Int[np.ndarray, "monomials factors"]
    trace_products: Int[np.ndarray, "products traces"]
    formulae: Mapping[str, Formula]

    def products(
        self, letters: Mapping[str, np.ndarray]
    ) -> dict[Shape, Complex[np.ndarray, "products rows columns"]]:
        """Return all products of flavour matrices by shape."""
        out = {shape: np.empty((size, *shape), complex) for shape, size in self.sizes.items()}
        for shape, names in self.letters.items():
            for k, name in enumerate(names):
                out[shape][k] = letters[name]
        for batch in self.batches:
            target = out[batch.left[0], batch.right[1]]
            np.matmul(
                out[batch.left][batch.prefixes],
                out[batch.right][batch.letters],
                out=target[batch.first : batch.last],
            )
        return out

    def weights(
        self, symbols: Mapping[str, complex], products: Mapping[Shape, np.ndarray]
    ) -> dict[str, Complex[np.ndarray, " terms"]]:
        """Return what multiplies each word, or one, in each coupling's beta function."""
        values = np.array([*(symbols[name] for name in self.scalars), 1.0], complex)
        traces = np.ones(self.n_traces + 1, complex)
        for group in self.traces:
            left = products[group.left][group.prefixes]
            right = products[group.left[::-1]][group.letters]
            traces[group.numbers] = np.einsum("nij,nji->n", left, right)
        # -1 in the padded tables points at the last entry, which is one
        monomials = values[self.monomials].prod(axis=1)
        trace_products = traces[self.trace_products].prod(axis=1)
        return {
            name: f.numbers * monomials[f.monomials] * trace_products[f.traces]
            for name, f in self.formulae.items()
        }


def make_plan(table: Table, loops: int, shapes: Mapping[str, Shape]) -> Plan:
    """Arrange a table up to a loop order for evaluation.

    Parameters
    ----------
    table
        Of :func:`muoquark.theory.generate.generate`.
    loops
        Highest order.
    shapes
        Of the blocks of Yukawa matrices.
    """
    words = _words(table, loops)
    shape_of: dict[tuple[str, ...], Shape] = {}
    for word in sorted(words, key=len):
        if len(word) == 1:
            rows, columns = shapes[_block(word[0])]
            turned = word[0].endswith(("^T", "^+"))
            shape_of[word] = (columns, rows) if turned else (rows, columns)
        else:
            shape_of[word] = (shape_of[word[:-1]][0], shape_of[word[-1:]][1])
    # Numbers within a shape: letters first, then longer words, batch by batch.
    position: dict[tuple[str, ...], int] = {}
    sizes: dict[Shape, int] = defaultdict(int)
    groups: dict[tuple[int, Shape, Shape], list[tuple[str, ...]]] = defaultdict(list)
    letters: dict[Shape, list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (len(word), word)):
        if len(word) == 1:
            shape = shape_of[word]
            position[word] = sizes[shape]
            letters[shape].append(word[0])
            sizes[shape] += 1
        else:
            groups[len(word), shape_of[word[:-1]], shape_of[word[-1:]]].append(word)
    batches = []
    for (_, left, right), members in sorted(groups.items()):
        shape = (left[0], right[1])
        first = sizes[shape]
        for word in members:
            position[word] = sizes[shape]
            sizes[shape] += 1
        batches.append(
            _Batch(
                left,
                right,
                np.array([position[word[:-1]] for word in members]),
                np.array([position[word[-1:]] for word in members]),
                first,
                sizes[shape],
            )
        )
    return _assembled(table, loops, shape_of, position, sizes, letters, batches)


def _assembled(
    table: Table,
    loops: int,
    shape_of: Mapping[tuple[str, ...], Shape],
    position: Mapping[tuple[str, ...], int],
    sizes: Mapping[Shape, int],
    letters: Mapping[Shape, Sequence[str]],
    batches: Sequence[_Batch],
) -> Plan:
    scalars: dict[str, int] = {}
    traces: dict[tuple[str, ...], int] = {}
    monomials: dict[tuple[int, ...], int] = {}
    trace_products: dict[tuple[int, ...], int] = {}

    # Each table gives its keys numbers in the order of their first use.
    def number(store: dict[Any, int], key: Any) -> int:
        return store.setdefault(key, len(store))

    formulae = {}
    for name in table["1"]:
        rows = []
        for order in range(1, loops + 1):
            for value, names, closed, text in table[str(order)].get(name, []):
                factor = value[0] / value[1] * (1j if len(value) == 3 else 1) * KAPPA**order
                monomial = tuple(sorted(number(scalars, n) for n in names))
                closing = tuple(sorted(number(traces, tuple(t.split())) for t in closed))
                word = tuple(text.split())
                rows.append(
                    (
                        factor,
                        number(monomials, monomial),
                        number(trace_products, closing),
                        position[word] if word else -1,
                    )
                )
        columns = list(zip(*rows, strict=True)) or [()] * 4
        formulae[name] = Formula(np.array(columns[0]), *(np.array(c, int) for c in columns[1:]))
    by_shape: dict[Shape, list[tuple[int, int, int]]] = defaultdict(list)
    for word, k in traces.items():
        # The last letter of a trace needs no product: tr(A B) is a sum over the entries.
        entry = (position[word[:-1]], position[word[-1:]], k)
        by_shape[shape_of[word[:-1]]].append(entry)
    return Plan(
        tuple(scalars),
        {shape: tuple(names) for shape, names in letters.items()},
        dict(sizes),
        tuple(batches),
        tuple(
            _Traces(shape, *(np.array(column) for column in zip(*entries, strict=True)))
            for shape, entries in by_shape.items()
        ),
        len(traces),
        _padded(list(monomials)),
        _padded(list(trace_products)),
        formulae,
    )


def _words(table: Table, loops: int) -> set[tuple[str, ...]]:
    """Return all words that are needed, with their prefixes and letters."""
    found: set[tuple[str, ...]] = set()
    for order in range(1, loops + 1):
        for terms in table[str(order)].values():
            for _, _, closed, text in terms:
                needed = [tuple(text.split()), *(tuple(t.split())[:-1] for t in closed)]
                found |= {tuple(t.split())[-1:] for t in closed}
                for word in needed:
                    found |= {word[: k + 1] for k in range(len(word))}
                    found |= {(symbol,) for symbol in word}
    return found


def _block(letter: str) -> str:
    """Return the block whose conjugate, transpose or adjoint a letter is."""
    return letter[:-2] if letter.endswith(("^T", "^+")) else letter.removesuffix("*")


def _padded(rows: list[tuple[int, ...]]) -> Int[np.ndarray, "rows longest"]:
    width = max((len(row) for row in rows), default=0)
    return np.array([(*row, *([-1] * (width - len(row)))) for row in rows], int).reshape(
        len(rows), width
    )
