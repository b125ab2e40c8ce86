"""Group numbers of the loops of one leptoquark and one fermion: sums over isospin and colour.

Everything here is a number of the model and none of a point: it is found once, by contracting the
tensors of the vertices.  Numbers come out as fractions to rounding errors, and are rounded to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from jaxtyping import Complex

from muoquark.symmetry.generators import EPS, SIGMA

from .portals import Portal, portal_terms
from .vertices import DOUBLETS, QUARKS, MassTerm, Vertex, generators, mass_terms, vertices

__all__ = ["Flip", "Insertion", "PortalInsertion", "Sector", "flips", "fraction", "sectors"]

# A background in which group theory is read off; any will do.
HIGGS: Complex[np.ndarray, " 2"] = np.array([0.3 + 0.4j, -0.7 + 0.2j])
NORM = float(np.sum(np.abs(HIGGS) ** 2))
TRIPLET = np.einsum("i,Iij,j->I", HIGGS.conj(), SIGMA, HIGGS).real


def fraction(number: complex) -> float:
    """Return the simple fraction that a number of group theory is; raises if it is none."""
    found = Fraction(float(np.real(number))).limit_denominator(864)
    if abs(number - float(found)) > 1e-10:
        raise ArithmeticError(f"{number} is no simple fraction")
    return float(found)


def colours(vertex: Vertex) -> int:
    """Return how many colours run in the loop."""
    return 1 if vertex.outer.name in QUARKS else 3


def _share(vertex: Vertex, on_inner: bool) -> float:
    """Return tau of Gamma T Gamma^+ = n tau T_psi, T on the fermion or the scalar in the loop."""
    outer = vertex.outer.generators
    if not outer.any():
        return 0.0
    k = vertex.tensor
    if on_inner:
        inside = np.einsum("aFp,IFG,bGp->Iab", k, vertex.inner.generators, k.conj())
    else:
        inside = np.einsum("aFp,Ipr,bFr->Iab", k, vertex.generators, k.conj())
    square = np.einsum("Iab,Iab->", outer.conj(), outer)
    return fraction(np.einsum("Iab,Iab->", outer.conj(), inside) / square / norm(vertex))


def norm(vertex: Vertex) -> float:
    """Return n of Gamma Gamma^+ = n, without colour."""
    square = np.einsum("aFp,bFp->ab", vertex.tensor, vertex.tensor.conj())
    return fraction(square[0, 0])


@dataclass(frozen=True)
class Insertion:
    """Two mass insertions, Gamma M M^+ Gamma^+ = (plain |H|^2 + triplet h.sigma)/2.

    Attributes
    ----------
    yukawa, how
        The matrix of M.
    sign
        +1 where M has H and -1 where it has its conjugate: the sign of the currents of H.
    plain, triplet
        Numbers, without colour.
    """

    yukawa: str
    how: str
    sign: float
    plain: float
    triplet: float


@dataclass(frozen=True, eq=False)
class PortalInsertion:
    """A quartic on the leptoquark, Gamma_k U_kj Gamma_j^+ = (plain |H|^2 + triplet h.sigma)/2.

    Attributes
    ----------
    name, conjugated
        The quartic, and whether its conjugate enters.
    other
        The vertex j.
    """

    name: str
    conjugated: bool
    other: Vertex
    plain: float
    triplet: float


@dataclass(frozen=True, eq=False)
class Sector:
    """The loop of one vertex and its conjugate: psibar ... psi.

    Attributes
    ----------
    colours
        How many run in the loop.
    number
        n of Gamma Gamma^+ = n, without colour.
    isospin_f, isospin_s
        Shares of the fermion and of the scalar of the generator of psi, together 1 for doublets.
    colour_s
        Likewise of colour: all on the scalar for quarks.
    """

    vertex: Vertex
    colours: int
    number: float
    isospin_f: float
    isospin_s: float
    colour_s: float
    insertions: tuple[Insertion, ...]
    portals: tuple[PortalInsertion, ...]


def _projected(matrix: Complex[np.ndarray, "a b"]) -> tuple[float, float]:
    """Return plain and triplet of (plain |H|^2 + triplet h.sigma)/2 in the background."""
    if len(matrix) == 1:
        return fraction(2 * matrix[0, 0] / NORM), 0.0
    plain = fraction(np.trace(matrix) / NORM)
    turned = np.einsum("I,Iab->ab", TRIPLET, SIGMA)
    triplet = fraction(np.einsum("ab,ba->", matrix, turned) / NORM**2)
    rest = matrix - 0.5 * (plain * NORM * np.eye(2) + triplet * turned)
    if np.abs(rest).max() > 1e-10:
        raise ArithmeticError("an insertion is neither a singlet nor a triplet")
    return plain, triplet


def _mass(term: MassTerm) -> Complex[np.ndarray, "F G"]:
    """Return the isospin part of a mass insertion in the background."""
    return np.asarray(np.einsum("FGh,h->FG", term.tensor, HIGGS.conj() if term.dagger else HIGGS))


def portal_matrix(
    portal: Portal, one: Vertex, two: Vertex
) -> list[tuple[bool, Complex[np.ndarray, "k j"]]]:
    """Return the U_kj of a quartic between phi_k^+ and phi_j: conjugated or not, and the matrix."""
    if one.dagger != two.dagger or {one.scalar, two.scalar} != {portal.left, portal.right}:
        return []
    u = portal.at(HIGGS)  # left^+ U right
    found: list[tuple[bool, Complex[np.ndarray, "k j"]]] = []
    # phi is the conjugate of the field: phi_k^+ U phi_j = S_k U S_j^+ takes U_jk of the fields
    k = two if one.dagger else one
    if k.scalar == portal.left:
        found.append((False, u))
    elif k.scalar == portal.right:
        found.append((True, u.conj().T))
    return [(bar, x.T if one.dagger else x) for bar, x in found]


@cache
def sectors() -> tuple[Sector, ...]:
    """Return the loops of all vertices."""
    out: list[Sector] = []
    for vertex in vertices():
        k = vertex.tensor
        insertions: list[Insertion] = []
        for term in mass_terms():
            if term.left != vertex.inner:
                continue
            m = _mass(term)
            plain, triplet = _projected(np.einsum("aFp,FG,KG,bKp->ab", k, m, m.conj(), k.conj()))
            sign = -1.0 if term.dagger else 1.0
            insertions.append(Insertion(term.yukawa, term.how, sign, plain, triplet))
        portals: list[PortalInsertion] = []
        for portal in portal_terms():
            for other in vertices():
                if other.outer != vertex.outer or other.inner != vertex.inner:
                    continue
                for bar, u in portal_matrix(portal, vertex, other):
                    matrix = np.einsum("aFp,pr,bFr->ab", k, u, other.tensor.conj())
                    plain, triplet = _projected(matrix)
                    portals.append(PortalInsertion(portal.name, bar, other, plain, triplet))
        out.append(
            Sector(
                vertex, colours(vertex), norm(vertex), _share(vertex, True), _share(vertex, False),
                1.0 if vertex.outer.name in QUARKS else 0.0, tuple(insertions), tuple(portals),
            )
        )  # fmt: skip
    return tuple(out)


@dataclass(frozen=True, eq=False)
class Triple:
    """Three mass insertions: the middle one and the last one, and the number of |H|^2 H."""

    middle: tuple[str, str]
    last: tuple[str, str]
    number: float


@dataclass(frozen=True, eq=False)
class PortalFlip:
    """A quartic and a mass insertion: Gamma_k U_kj M Gamma_j^+ in units of |H|^2 H."""

    name: str
    conjugated: bool
    right: Vertex
    number: float


@dataclass(frozen=True, eq=False)
class Flip:
    """A loop that flips the chirality, psibar_L Gamma_L M Gamma_R^+ psi_R, with one insertion.

    Attributes
    ----------
    left, right
        The two vertices.
    mass
        The insertion.
    conjugate_higgs
        Whether the result holds Htilde (u) or H (d, e).
    number
        In front of H, without colour.
    isospin_f, isospin_s
        How much of the generator of psi_L sits on the fermions (before and behind) and on the
        scalar, in units of `number`.
    """

    left: Vertex
    right: Vertex
    mass: MassTerm
    conjugate_higgs: bool
    colours: int
    number: float
    isospin_f: float
    isospin_s: float
    triples: tuple[Triple, ...]
    portals: tuple[PortalFlip, ...]


def _target(dagger: bool) -> Complex[np.ndarray, " 2"]:
    """Return H or Htilde in the background."""
    return EPS @ HIGGS.conj() if dagger else HIGGS


def _along(vector: Complex[np.ndarray, "a one"], target: Complex[np.ndarray, " 2"]) -> float:
    found = vector[:, 0]
    number = fraction(np.vdot(target, found) / NORM)
    if np.abs(found - number * target).max() > 1e-10:
        raise ArithmeticError("a chirality flip is not along H")
    return number


@cache
def flips() -> tuple[Flip, ...]:
    """Return the loops that flip the chirality."""
    out: list[Flip] = []
    for left in vertices():
        if left.outer.name not in DOUBLETS:
            continue
        for mass in mass_terms():
            for right in vertices():
                if (left.inner, mass.right) != (mass.left, right.inner):
                    continue
                if right.outer.name in DOUBLETS or left.dagger != right.dagger:
                    continue
                if (flip := _flip(left, mass, right)) is not None:
                    out.append(flip)
    return tuple(out)


def _flip(left: Vertex, mass: MassTerm, right: Vertex) -> Flip | None:
    # the Higgs that is left over couples psi_L to psi_R in the Standard Model
    kinds = [t.dagger for t in mass_terms() if (t.left, t.right) == (left.outer, right.outer)]
    if not kinds:
        return None
    target = _target(kinds[0])
    m = _mass(mass)
    k, r = left.tensor, right.tensor.conj()
    portals = []
    for portal in portal_terms():
        for bar, u in portal_matrix(portal, left, right):
            vector = np.einsum("aFp,ps,FG,bGs->ab", k, u, m, r)
            number = _along(vector / NORM, target)
            if number:
                portals.append(PortalFlip(portal.name, bar, right, number))
    if left.scalar != right.scalar:
        if not portals:
            return None
        return Flip(left, right, mass, kinds[0], colours(left), 0.0, 0.0, 0.0, (), tuple(portals))
    number = _along(np.einsum("aFp,FG,bGp->ab", k, m, r), target)
    tf, tg, ts = left.inner.generators, right.inner.generators, left.generators
    on_f = np.einsum("aFp,IFK,KG,bGp->Iab", k, tf, m, r)
    on_f = on_f + np.einsum("aFp,FG,IGK,bKp->Iab", k, m, tg, r)
    on_s = np.einsum("aFp,Ips,FG,bGs->Iab", k, ts, m, r)
    outer = np.einsum("Iac,c->Ia", generators(2, False), target)
    square = np.vdot(outer, outer) * number
    share_f, share_s = (fraction(np.vdot(outer, x[:, :, 0]) / square) for x in (on_f, on_s))
    triples = []
    for middle in mass_terms():
        for last in mass_terms():
            if (middle.left, middle.right) != (mass.right, last.left) or last.right != right.inner:
                continue
            chain = np.einsum("aFp,FG,GK,KN,bNp->ab", k, m, _mass(middle), _mass(last), r)
            found = _along(chain / NORM, target)
            if found:
                triples.append(Triple((middle.yukawa, middle.how), (last.yukawa, last.how), found))
    return Flip(
        left, right, mass, kinds[0], colours(left), number, share_f, share_s, tuple(triples),
        tuple(portals),
    )  # fmt: skip
