r"""Boxes with two leptoquarks and two fermions: eta^4 four-fermion operators.

In the hard region every fermion line is

    A_kj = chibar_1 Gamma_k gamma^mu Gammabar_j chi_2  phi_k phi_j^+,

with one massless fermion F inside.  Two lines close to a box when the scalars of one are the
conjugates of the other's; written such that they are phi_j phi_k^+, the momenta of both fermions
run in parallel and

    L = -(kappa/8) sum over ordered pairs of lines F_kj A_kj . A_jk,

F_kj = ln(M_k^2/M_j^2)/(M_k^2 - M_j^2).  With F one of q, u, d, l, e (and not a conjugate) every
line stands once; chi may be a charge conjugate, as in the line of q with S1 and R2, which is
lbar^c gamma e.  The other line is taken as it stands or charge conjugated, whichever fits: for two
leptoquarks with the same fermion number the lines run one way, for different ones the other way.
The loop is finite: no scheme enters.  Isospin, colour and Fierz identities are those of
`muoquark.matching.projection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations_with_replacement

import numpy as np
from jaxtyping import Complex

from muoquark.common.arrays import Array, Matrix3
from muoquark.common.constants import KAPPA
from muoquark.matching.projection import CHARGE_CONJUGATION, GAMMA, METRIC, Leg, projected
from muoquark.smeft.tensors import Coefficients, dagger

from .content import Content
from .functions import Loops
from .inputs import Inputs
from .sectors import fraction
from .vertices import QUARKS, Vertex, vertices

__all__ = ["Box", "boxes"]

#: Components of colour.
_COLOURS = 3


@dataclass(frozen=True, eq=False)
class Line:
    """A fermion line: its outer ends chibar_1 and chi_2 belong to these vertices."""

    first: Vertex
    second: Vertex

    def conjugate(self) -> Line:
        """Return the same line, charge conjugated: chibar_2^c ... chi_1^c."""
        return Line(self.second.conjugate(), self.first.conjugate())

    @property
    def key(self) -> tuple[str, ...]:
        """What its flavour matrix is made of."""
        one, two = self.first, self.second
        return one.coupling, one.how, two.coupling, two.how

    @property
    def scalars(self) -> tuple[tuple[str, bool], tuple[str, bool]]:
        """phi_k and phi_j."""
        return (self.first.scalar, self.first.dagger), (self.second.scalar, self.second.dagger)

    @property
    def isospin(self) -> Complex[np.ndarray, "a b k j"]:
        """Tensor over the outer fermions and the scalars."""
        return np.asarray(np.einsum("aFk,bFj->abkj", self.first.tensor, self.second.tensor.conj()))

    def components(self) -> Complex[np.ndarray, "a b k j"]:
        """Return the tensor with colour, as colour times isospin in every index."""
        quark = self.first.outer.name in QUARKS
        one = np.eye(_COLOURS)
        # an outer quark hands its colour to the scalar; else the quark inside joins the scalars
        colour = (
            np.einsum("xu,yv->xyuv", one, one)
            if quark
            else np.einsum("xy,uv->xyuv", np.ones((1, 1)), one)
        )
        full = np.einsum("xyuv,abkj->xaybukvj", colour, self.isospin)
        shape = [n * m for n, m in zip(colour.shape, self.isospin.shape, strict=True)]
        return np.asarray(full.reshape(shape))

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """chibar_1 and chi_2 as legs; the conjugate of a conjugate stands without a bar."""
        one, two = self.first.outer, self.second.outer
        return Leg(one.name, not one.conjugated), Leg(two.name, two.conjugated)

    @property
    def dirac(self) -> Complex[np.ndarray, "4 4 4"]:
        """gamma^mu between the spinors of the legs, psi^c = C psibar^T."""
        left = CHARGE_CONJUGATION if self.first.outer.conjugated else np.eye(4)
        right = CHARGE_CONJUGATION if self.second.outer.conjugated else np.eye(4)
        return np.asarray(np.einsum("ab,mbc,cd->mad", left, GAMMA, right))


@dataclass(frozen=True, eq=False)
class Box:
    """What two lines give to one class of operators.

    Attributes
    ----------
    family
        Warsaw operators.
    number
        In units of -kappa/8 F_kj; both orders of different lines are counted.
    lines
        The two lines.
    letters
        Indices of the operator at the ends of the first line, then of the second.
    """

    family: str
    number: float
    lines: tuple[Line, Line]
    letters: str

    @property
    def owners(self) -> tuple[str, str]:
        """The two leptoquarks."""
        first = self.lines[0]
        return first.first.scalar, first.second.scalar


@cache
def _lines() -> tuple[Line, ...]:
    there = [v if not v.inner.conjugated else v.conjugate() for v in vertices()]
    return tuple(Line(a, b) for a in there for b in there if a.inner == b.inner)


@lru_cache(maxsize=32)
def table(a: str, b: str) -> tuple[Box, ...]:
    """Return all boxes with these two leptoquarks, equal or not."""
    out: list[Box] = []
    lines = [x for x in _lines() if sorted(name for name, _ in x.scalars) == sorted((a, b))]
    for n, one in enumerate(lines):
        k, j = one.scalars
        for m in range(n, len(lines)):
            for two in (lines[m], lines[m].conjugate()):
                if two.scalars == (j, k):
                    out += _boxes(one, two, 1.0 if n == m else 2.0)
    return tuple(out)


def _boxes(one: Line, two: Line, times: float) -> list[Box]:
    gauge = np.einsum("abkj,cdjk->abcd", one.components(), two.components())
    dirac = np.einsum("mn,mab,ncd->abcd", METRIC, one.dirac, two.dirac)
    parts = projected((*one.legs, *two.legs), dirac, gauge)
    if parts is None:
        raise ArithmeticError("a box is not in the Warsaw basis")
    return [
        Box(part.family, times * fraction(part.number), (one, two), part.letters) for part in parts
    ]


def boxes(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """All eta^4 boxes."""
    xp = p.xp
    out: Coefficients = {}
    products: dict[tuple[str, ...], Matrix3] = {}
    tensors: dict[tuple[tuple[str, ...], tuple[str, ...]], Array] = {}

    def matrix(line: Line) -> Matrix3:
        if line.key not in products:
            one, two = (v.gamma(p.couplings[v.coupling]) for v in (line.first, line.second))
            products[line.key] = one @ dagger(two)
        return products[line.key]

    def tensor(lines: tuple[Line, Line]) -> Array:
        key = (lines[0].key, lines[1].key)
        if key not in tensors:
            tensors[key] = xp.einsum("ab,cd->abcd", *map(matrix, lines))
        return tensors[key]

    pairs = combinations_with_replacement(p.masses, 2)
    for box in (box for owners in pairs if content(*owners) for box in table(*owners)):
        owners = box.owners
        names = [v.coupling for line in box.lines for v in (line.first, line.second)]
        if any(name not in p.couplings for name in names):
            continue
        weight = -KAPPA / 8.0 * box.number * f.pair(*owners).F
        # from the ends of the lines to the indices of the operator
        order = tuple(box.letters.index(letter) for letter in "prst")
        value = weight * tensor(box.lines).transpose(order)
        out[box.family] = out[box.family] + value if box.family in out else value
    return out
