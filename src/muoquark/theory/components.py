"""The Lagrangian of a model in components: multiplets, Yukawa entries, polynomials of V.

Everything is read off from the model's terms; nothing here knows a field by name.  Generations of
equal charge are one flavour class, and a coupling's matrix falls into blocks, one for each pair of
classes that the charges allow.

Fermions are left-handed Weyl fields: a right-handed field enters through its conjugate, so that the
couplings of two right-handed fields appear complex conjugated (0812.1594).  Scalars are complex;
number k + n is the conjugate of number k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import factorial, prod
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.common.errors import DomainError
from muoquark.model.fields import Model
from muoquark.model.terms import Term
from muoquark.symmetry.content import Charge, Field
from muoquark.symmetry.generators import components as field_components
from muoquark.symmetry.generators import field_generators

__all__ = [
    "Block",
    "Components",
    "Multiplet",
    "Polynomial",
    "YukawaEntry",
    "multiplicity",
    "symbol_value",
]

#: Fields that every model has; any other can be decoupled.
_STANDARD_MODEL = ("q", "u", "d", "l", "e", "H")

#: Sorted numbers of scalars in a monomial, and its coefficient.
Polynomial = Mapping[tuple[int, ...], complex]


@dataclass(frozen=True)
class Multiplet:
    """A scalar, or the generations of a fermion that have equal charges.

    Attributes
    ----------
    field
        The field.
    generations
        Which of its generations.
    start
        Number of its first component among all fermions or all scalars.
    conjugated
        Whether the left-handed field is the conjugate.
    """

    field: Field
    generations: tuple[int, ...]
    start: int
    conjugated: bool = False

    @property
    def name(self) -> str:
        """The field, with its generations if these are not all: ``l[e,tau]``."""
        if len(self.generations) == len(self.field.X):
            return self.field.name
        flavours = ",".join(self.field.flavours[g] for g in self.generations)
        return f"{self.field.name}[{flavours}]"

    @property
    def size(self) -> int:
        """Number of gauge components."""
        return len(field_components(self.field))

    @property
    def charges(self) -> tuple[Charge, Charge]:
        """Hypercharge and X charge."""
        sign = -1 if self.conjugated else 1
        return sign * self.field.Y, sign * self.field.X[self.generations[0]]


@dataclass(frozen=True)
class Block:
    """The part of a coupling's matrix that joins two flavour classes.

    Attributes
    ----------
    coupling
        Name of the coupling.
    name
        The coupling, with its generations if it has several blocks.
    rows, columns
        Generations, in the order of the coupling's indices.
    symmetry
        +1 or -1 if the matrix is symmetric or antisymmetric because both fermions are the same
        field, else 0.
    """

    coupling: str
    name: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    symmetry: int


@dataclass(frozen=True)
class YukawaEntry:
    """A piece  number * block_rs psi_r chi_s phi + h.c.  of -L.

    Attributes
    ----------
    block
        The flavour matrix.
    conjugated
        Whether its complex conjugate stands here.
    number
        In front.
    scalar
        Number of the scalar or conjugate.
    row, column
        Numbers of the fermions of the block's rows and columns.
    read
        What the tensor of Yukawa couplings has at (row, column), in units of the block.
    """

    block: Block
    conjugated: bool
    number: complex
    scalar: int
    row: int
    column: int
    read: complex


@dataclass(frozen=True)
class Components:
    """The components of a model's Lagrangian.

    Attributes
    ----------
    model
        The model.
    """

    model: Model

    @cached_property
    def fermions(self) -> tuple[Multiplet, ...]:
        """Weyl multiplets: one for each flavour class."""
        return tuple(self._multiplets(fermions=True))

    @cached_property
    def scalars(self) -> tuple[Multiplet, ...]:
        """The complex scalars."""
        return tuple(self._multiplets(fermions=False))

    def _multiplets(self, fermions: bool) -> Iterator[Multiplet]:
        start = 0
        for field in self.model.fields:
            if field.fermion != fermions:
                continue
            for charge in dict.fromkeys(field.X):
                members = tuple(g for g, x in enumerate(field.X) if x == charge)
                found = Multiplet(field, members, start, conjugated=field.chirality < 0)
                yield found
                start += found.size

    @property
    def n_fermions(self) -> int:
        """Number of fermion components, generations not counted."""
        return sum(multiplet.size for multiplet in self.fermions)

    @property
    def n_scalars(self) -> int:
        """Number of complex scalar components."""
        return sum(multiplet.size for multiplet in self.scalars)

    def scalar(self, name: str) -> Multiplet:
        """Return the scalar called `name`; a KeyError if there is none."""
        for multiplet in self.scalars:
            if multiplet.field.name == name:
                return multiplet
        raise KeyError(name)

    def classes(self, name: str) -> tuple[Multiplet, ...]:
        """Return the flavour classes of the fermion called `name`."""
        return tuple(multiplet for multiplet in self.fermions if multiplet.field.name == name)

    @property
    def removable(self) -> tuple[str, ...]:
        """The fields that can be decoupled: all but those of the Standard Model."""
        names = (field.name for field in self.model.fields)
        return tuple(name for name in names if name not in _STANDARD_MODEL)

    @cached_property
    def yukawa_terms(self) -> tuple[Term, ...]:
        """The terms with two fermions and a scalar."""
        return tuple(
            term
            for term in self.model.terms
            if len(term.contraction.fermions) == 2 and len(term.factors) == 3
        )

    @cached_property
    def potential_terms(self) -> tuple[Term, ...]:
        """The quartics and masses."""
        return tuple(
            term
            for term in self.model.terms
            if term.part == "potential" and len(term.factors) in (2, 4)
        )

    @cached_property
    def yukawas(self) -> tuple[YukawaEntry, ...]:
        """All entries of the Yukawa tensor."""
        return tuple(entry for term in self.yukawa_terms for entry in self._entries(term))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of all Yukawa matrices."""
        return tuple(dict.fromkeys(entry.block for entry in self.yukawas))

    def _entries(self, term: Term) -> Iterator[YukawaEntry]:
        contraction = term.contraction
        row_axis, column_axis = term.flavour_axes
        (scalar_axis,) = {0, 1, 2} - {row_axis, column_axis}
        array = np.moveaxis(contraction.array, (row_axis, column_axis, scalar_axis), (0, 1, 2))
        slots, fields = contraction.slots, contraction.fields
        # q and u^dag are left-handed as they stand; of q^dag u the conjugate is written
        conjugated = (fields[row_axis].chirality > 0) == slots[row_axis].dagger
        if conjugated:
            array = array.conj()
        bar = slots[scalar_axis].dagger != conjugated
        scalar = self.scalar(fields[scalar_axis].name).start + self.n_scalars * bar
        same = fields[row_axis] == fields[column_axis]
        symmetry = _exchange_symmetry(array, term) if same else 0
        pairs = [
            (one, two)
            for one in self.classes(fields[row_axis].name)
            for two in self.classes(fields[column_axis].name)
            if (not same or one.start <= two.start)
            and self._allowed(term, one.generations[0], two.generations[0])
        ]
        for one, two in pairs:
            name = term.coupling
            if len(pairs) > 1:
                name += f"[{_flavours(one)}|{_flavours(two)}]"
            block = Block(term.coupling, name, one.generations, two.generations, symmetry)
            # -L holds a pair of classes of one field twice, as (r, s) and as (s, r)
            twice = 2 if same and one != two else 1
            for i, j, k in zip(*np.nonzero(np.abs(array) > 1e-12), strict=True):
                number = complex(array[i, j, k])
                yield YukawaEntry(
                    block,
                    conjugated,
                    number * twice,
                    scalar + int(k),
                    one.start + int(i),
                    two.start + int(j),
                    number * (2 if same else 1),
                )

    def _allowed(self, term: Term, row: int, column: int) -> bool:
        generations = [0, 0, 0]
        for axis, generation in zip(term.flavour_axes, (row, column), strict=True):
            generations[axis] = generation
        return not term.contraction.charge(generations)

    @cached_property
    def potential(self) -> dict[str, Polynomial]:
        """The polynomial that multiplies each coupling of V.

        Of a complex coupling it is the part that multiplies the coupling itself; what multiplies
        its conjugate is the conjugate polynomial (:meth:`conjugate`).
        """
        out: dict[str, Polynomial] = {}
        for term in self.potential_terms:
            polynomial: dict[tuple[int, ...], complex] = {}
            for letters, value in term.contraction.polynomial.items():
                key = tuple(
                    sorted(
                        self.scalar(name).start + component + self.n_scalars * dagger
                        for name, component, dagger in letters
                    )
                )
                polynomial[key] = polynomial.get(key, 0) + value
            out[term.coupling] = polynomial
        return out

    def conjugate(self, polynomial: Polynomial) -> Polynomial:
        """Return the complex conjugate of a polynomial."""
        n = self.n_scalars
        return {
            tuple(sorted((k + n) % (2 * n) for k in key)): value.conjugate()
            for key, value in polynomial.items()
        }

    @cached_property
    def symbols(self) -> dict[str, Polynomial]:
        """The polynomials whose sum is V, by what multiplies them.

        That is a coupling, or its conjugate, which is called ``name*`` (:func:`symbol_value`).
        """
        out: dict[str, Polynomial] = {}
        for term in self.potential_terms:
            out[term.coupling] = polynomial = self.potential[term.coupling]
            if not term.real:
                out[f"{term.coupling}*"] = self.conjugate(polynomial)
        return out

    @cached_property
    def quartic_symbols(self) -> dict[str, Polynomial]:
        """Those of :attr:`symbols` that belong to quartics."""
        quartics = {term.coupling for term in self.potential_terms if len(term.factors) == 4}
        return {
            name: polynomial
            for name, polynomial in self.symbols.items()
            if name.removesuffix("*") in quartics
        }

    def generators(
        self, multiplets: tuple[Multiplet, ...]
    ) -> dict[str, Complex[np.ndarray, "n n"]]:
        """Return the generators on all components of fermions or of complex scalars.

        Keys are ``SU(3) T1`` to ``T8``, ``SU(2) T1`` to ``T3``, ``Y`` and ``X``.
        """
        size = sum(multiplet.size for multiplet in multiplets)
        out: dict[str, np.ndarray] = {}
        for multiplet in multiplets:
            part = slice(multiplet.start, multiplet.start + multiplet.size)
            matrices = field_generators(multiplet.field, multiplet.conjugated)
            for name, charge in zip(("Y", "X"), multiplet.charges, strict=True):
                matrices[name] = float(charge) * np.eye(multiplet.size)
            for name, matrix in matrices.items():
                out.setdefault(name, np.zeros((size, size), complex))[part, part] = matrix
        return out


def symbol_value(couplings: Mapping[str, Any], symbol: str) -> complex:
    """Return the value of a coupling, or of the conjugate of ``name*``."""
    if symbol.endswith("*"):
        return complex(couplings[symbol[:-1]]).conjugate()
    return complex(couplings[symbol])


def multiplicity(key: tuple[int, ...]) -> int:
    """Return what a monomial becomes when it is differentiated with respect to all its letters."""
    return prod(factorial(key.count(k)) for k in set(key))


def _flavours(multiplet: Multiplet) -> str:
    return ",".join(multiplet.field.flavours[g] for g in multiplet.generations)


def _exchange_symmetry(array: Complex[np.ndarray, "n n s"], term: Term) -> int:
    """Return the sign of a term's components under exchange of its two equal fermions."""
    other = array.transpose(1, 0, 2)
    for sign in (1, -1):
        if np.allclose(array, sign * other, rtol=0, atol=1e-12):
            return sign
    raise DomainError(f"{term.coupling} is neither symmetric nor antisymmetric in its fermions")
