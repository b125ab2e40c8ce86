r"""The vertices of light fermions, leptoquarks and the Higgs, read off the known terms.

Every coupling of a leptoquark is two vertices, one for each of its fermions as the outer one,

    L = - psibar Gamma F phi + h.c.,

F a fermion of the Standard Model or its charge conjugate, phi the leptoquark or its conjugate.
Nobody writes them down: terms of ``models/known.yaml`` are turned round.  With
:math:`\overline{\psi^c}\chi = \overline{\chi^c}\psi` a vertex holds for the charge conjugates too.
Colour is contracted trivially everywhere; what is kept are tensors over isospin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.common.arrays import ComplexMatrix3, Matrix3
from muoquark.model.terms import Term, known_terms
from muoquark.symmetry.content import Field, known_field
from muoquark.symmetry.generators import isospin_generators

__all__ = [
    "DOUBLETS",
    "FERMIONS",
    "QUARKS",
    "SCALARS",
    "Fermion",
    "MassTerm",
    "Vertex",
    "Y",
    "applied",
    "conjugated_how",
    "generators",
    "mass_terms",
    "scalar_field",
    "vertices",
]

#: The scalar leptoquarks whose one-loop matching is complete.
SCALARS = ("S1", "S1t", "S3", "R2", "R2t")
FERMIONS = ("l", "e", "q", "u", "d")
DOUBLETS, QUARKS = ("l", "q"), ("q", "u", "d")
#: Hypercharges.
Y = {"l": -1 / 2, "e": -1.0, "q": 1 / 6, "u": 2 / 3, "d": -1 / 3}

#: What is done to a flavour matrix: nothing, transposed, conjugated, or both.
HOW = ("", "T", "*", "H")


def applied(matrix: Matrix3, how: str) -> Matrix3:
    """Return a flavour matrix, its transpose (``T``), conjugate (``*``) or both (``H``)."""
    if how in ("*", "H"):
        matrix = matrix.conj()
    return matrix.T if how in ("T", "H") else matrix


def conjugated_how(how: str) -> str:
    """Return what `applied` has to do for the complex conjugate."""
    return {"": "*", "*": "", "T": "H", "H": "T"}[how]


@dataclass(frozen=True, order=True)
class Fermion:
    """A multiplet of the Standard Model or its charge conjugate."""

    name: str
    conjugated: bool = False

    def conjugate(self) -> Fermion:
        """Return the charge conjugate."""
        return Fermion(self.name, not self.conjugated)

    @property
    def hypercharge(self) -> float:
        """Y, that of the conjugate has the other sign."""
        return -Y[self.name] if self.conjugated else Y[self.name]

    @property
    def left(self) -> bool:
        """Whether it is left-handed."""
        return (self.name in DOUBLETS) != self.conjugated

    @property
    def generators(self) -> Complex[np.ndarray, "3 n n"]:
        """Generators of isospin."""
        return generators(2 if self.name in DOUBLETS else 1, self.conjugated)


def generators(isospin: int, conjugated: bool) -> Complex[np.ndarray, "3 n n"]:
    """Return the generators of SU(2) on a multiplet or on its conjugate."""
    if isospin == 1:
        return np.zeros((3, 1, 1), complex)
    found = isospin_generators(isospin)
    return np.asarray(-found.conj() if conjugated else found, complex)


@dataclass(frozen=True, eq=False)
class Vertex:
    """L = - psibar Gamma F phi.

    Attributes
    ----------
    outer, inner
        psi and F.
    scalar, dagger
        The leptoquark, and whether phi is its conjugate.
    coupling, how
        Gamma[psi, F] is this matrix, so `applied`.
    tensor
        Isospin, [psi, F, phi].
    """

    outer: Fermion
    inner: Fermion
    scalar: str
    dagger: bool
    coupling: str
    how: str
    tensor: Complex[np.ndarray, "psi inner phi"]

    def conjugate(self) -> Vertex:
        """Return the same term for the charge conjugate of psi."""
        # psibar F phi + h.c. = Fbar^c psi^c phi + ..., whose h.c. has psibar^c in front
        return Vertex(
            self.outer.conjugate(),
            self.inner.conjugate(),
            self.scalar,
            not self.dagger,
            self.coupling,
            conjugated_how(self.how),
            self.tensor.conj(),
        )

    def gamma(self, coupling: ComplexMatrix3) -> ComplexMatrix3:
        """Return Gamma[psi, F]."""
        return applied(coupling, self.how)

    @property
    def hypercharge(self) -> float:
        """Y of phi."""
        y = float(scalar_field(self.scalar).Y)
        return -y if self.dagger else y

    @property
    def generators(self) -> Complex[np.ndarray, "3 n n"]:
        """Generators of isospin on phi."""
        return generators(scalar_field(self.scalar).isospin, self.dagger)


@lru_cache(maxsize=16)
def scalar_field(name: str) -> Field:
    """Return a leptoquark."""
    return known_field(name, (0,))


@dataclass(frozen=True, eq=False)
class MassTerm:
    """L = - Fbar M F' with M linear in the Higgs.

    Attributes
    ----------
    left, right
        F and F'.
    yukawa, how
        The flavour matrix [F, F'].
    dagger
        Whether it holds the conjugate of H.
    tensor
        Isospin, [F, F', H].
    """

    left: Fermion
    right: Fermion
    yukawa: str
    how: str
    dagger: bool
    tensor: Complex[np.ndarray, "left right H"]


def _isospin_array(term: Term) -> tuple[list[int], np.ndarray]:
    """Return which factors are fermions, and the term over isospin, its colours alike."""
    contraction = term.contraction
    shape: list[int] = []
    index: list[Any] = []
    for field in contraction.fields:
        colours = 1 if field.colour == "1" else 3
        shape += [colours, field.isospin]
        index += [0, slice(None)]
    array = contraction.array.reshape(shape)[tuple(index)]
    return list(contraction.fermions), np.asarray(array)


@cache
def _base_vertices() -> tuple[Vertex, ...]:
    """Two vertices for each coupling, with outer fermions that are not conjugated."""
    out: list[Vertex] = []
    for term in known_terms():
        names = {field.name for field in term.fields}
        found = names & set(SCALARS)
        if term.part != "leptoquark" or len(found) != 1 or "nu" in names:
            continue
        where, array = _isospin_array(term)
        slots = term.contraction.slots
        (axis,) = (k for k in range(3) if k not in where)
        # quark first, as the indices of the coupling
        quark, lepton = term.flavour_axes
        array = array.transpose(quark, lepton, axis)
        one, two = slots[quark], slots[lepton]
        scalar, dagger = found.pop(), slots[axis].dagger
        if not one.dagger and not two.dagger:
            # q^T C l phi: the conjugate term has lbar q^c phi^+ and qbar l^c phi^+
            for outer, inner, how, tensor in (
                (two.name, one.name, "H", array.transpose(1, 0, 2)),
                (one.name, two.name, "*", array),
            ):
                out.append(
                    Vertex(
                        Fermion(outer), Fermion(inner, True), scalar, not dagger,
                        term.coupling, how, tensor.conj(),
                    )
                )  # fmt: skip
        elif one.dagger:
            # qbar l phi, and lbar q phi^+
            out += [
                Vertex(Fermion(one.name), Fermion(two.name), scalar, dagger, term.coupling, "",
                       array),
                Vertex(Fermion(two.name), Fermion(one.name), scalar, not dagger, term.coupling, "H",
                       array.transpose(1, 0, 2).conj()),
            ]  # fmt: skip
        else:
            # lbar q phi, and qbar l phi^+
            out += [
                Vertex(Fermion(two.name), Fermion(one.name), scalar, dagger, term.coupling, "T",
                       array.transpose(1, 0, 2)),
                Vertex(Fermion(one.name), Fermion(two.name), scalar, not dagger, term.coupling, "*",
                       array.conj()),
            ]  # fmt: skip
    return tuple(out)


@lru_cache(maxsize=2)
def vertices(conjugated: bool = False) -> tuple[Vertex, ...]:
    """Return all vertices with outer fermions that are not, or all that are, conjugated."""
    return tuple(v.conjugate() for v in _base_vertices()) if conjugated else _base_vertices()


@cache
def mass_terms() -> tuple[MassTerm, ...]:
    """Return the Yukawa couplings in all four forms, also those of the charge conjugates."""
    out: list[MassTerm] = []
    for term in known_terms():
        if term.coupling not in ("Yu", "Yd", "Ye"):
            continue
        where, array = _isospin_array(term)
        slots = term.contraction.slots
        (higgs,) = (k for k in range(3) if k not in where)
        bar, plain = (k for k in sorted(where, key=lambda k: not slots[k].dagger))
        a, b = Fermion(slots[bar].name), Fermion(slots[plain].name)
        t, dagger = array.transpose(bar, plain, higgs), slots[higgs].dagger
        name = term.coupling
        turned = t.transpose(1, 0, 2)
        # abar Y b = bbar^c Y^T a^c, and both conjugates
        out += [
            MassTerm(a, b, name, "", dagger, t),
            MassTerm(b, a, name, "H", not dagger, turned.conj()),
            MassTerm(b.conjugate(), a.conjugate(), name, "T", dagger, turned),
            MassTerm(a.conjugate(), b.conjugate(), name, "*", not dagger, t.conj()),
        ]
    return tuple(out)


def of_outer(name: str) -> Iterable[Vertex]:
    """Return the vertices of one outer fermion."""
    return (v for v in vertices() if v.outer.name == name)
