"""Loops of one leptoquark and one fermion: the two-fermion operators as a Green's basis.

One outer chiral multiplet Psi couples by L = -Psibar Gamma F phi + h.c. to a fermion F (a quark or
lepton or its charge conjugate); the Higgs is the mass matrix M of F.  To dimension six, in units of
kappa/M^2 and with P = iD, G_{mu nu} = [P_mu, P_nu], [G] = gamma^mu gamma^nu G_{mu nu} acting on the
fermion (F) or on the scalar (S) in the loop:

    Psibar Gamma { M^2 (1/4 + L/2) P/  +  M^2 (1 + L) M
      + (1/6) P/^3 + {P/, (1/12) [G_F] - (1/24) [G_S]}
      + gamma^nu ( -(4/9 + L/3) [P^mu, G_F] + (1/18) [P^mu, G_S] )
      + (1/2)(P/P/M + M P/P/) - (1/2) P/ M P/ + (3/4 + L/2) (D^2 M)
      - (3/8 + L/4) ([G_F] M + M [G_F]) - (1/4) [G_S] M
      + (1/4 + L/2)(P/ M M + M M P/) - (1 + L) M P/ M + (1 + L) M M M
      - U M - (1/4) {U, P/} } Gammabar Psi

(``tools/derivation/universal.py`` derives these numbers).  One expression serves every outer
fermion; what differs are the group numbers of `sectors.py`.  Everything is in units of kappa.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce

from muoquark.common.arrays import ComplexMatrix3, Matrix3, Scalar
from muoquark.smeft.tensors import dagger

from .content import Content
from .functions import Loops
from .inputs import Inputs
from .sectors import Flip, PortalInsertion, Sector, flips, sectors
from .vertices import DOUBLETS, Vertex, applied

__all__ = ["Chirality", "ChiralityFlip", "chirality", "chirality_flip", "penguin_f"]

#: [P/, dual field strength] structure: coefficients of the generators on F and on phi.
_SPIN_F, _SPIN_S = 1 / 12, -1 / 24
_PENGUIN_S = 1 / 18
# Weight of the terms with P/ on an outer leg and two mass insertions: (1/4 + L/2) of P/ M M +
# M M P/ and -(1/2)(1 + L), which the identity of `reduction.py` leaves of -(1 + L) M P/ M.  No
# logarithm is left.
_TWO_INSERTIONS = -0.25


def penguin_f(L: Scalar) -> Scalar:
    """Coefficient of gamma^nu D^mu G_{mu nu} with the gauge boson on the massless fermion."""
    return -(4.0 / 9.0 + L / 3.0)


@dataclass
class Chirality:
    """Operators Psibar ... Psi with one multiplet Psi; each entry is a 3x3 matrix.

    Attributes
    ----------
    cubic
        K in Psibar K P/^3 Psi.
    spinB, spinW, spinG
        K in Psibar K {P/, sigma.F} Psi, generators sigma^I and T^A taken out, gauge coupling
        included.
    penguinB, penguinW, penguinG
        K in g Psibar gamma^nu K D^mu F_{mu nu} Psi, likewise; the gauge coupling is left out.
    current1, current3
        Coefficients of H^+ iD H Psibar gamma Psi and of its triplet.
    higgs1, higgs3
        Q in Psibar Q |H|^2 P/ Psi and in Psibar Q h^A sigma^A P/ Psi, plus conjugate.
    """

    cubic: Matrix3
    spinB: Matrix3
    spinW: Matrix3
    spinG: Matrix3
    penguinB: Matrix3
    penguinW: Matrix3
    penguinG: Matrix3
    current1: Matrix3
    current3: Matrix3
    higgs1: Matrix3
    higgs3: Matrix3

    def __add__(self, other: Chirality) -> Chirality:
        """Return the sum, entry by entry."""
        names = [field.name for field in fields(self)]
        return Chirality(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass
class ChiralityFlip:
    """Operators that flip the chirality, Psibar_L ... Psi_R; each entry is a 3x3 matrix.

    Attributes
    ----------
    mass
        Z in Psibar_L Z H Psi_R, dimension four.
    kinetic
        Z in (1/2)(P/P/ Z H + Z H P/P/) - (1/2) P/ Z H P/.
    box
        Z in Psibar_L Z (D^2 H) Psi_R, its 3/4 + L/2 included.
    dipoleB, dipoleW, dipoleG
        Coefficients of Psibar_L sigma.F Psi_R H.
    cubic
        Z of Psibar_L Z |H|^2 H Psi_R, from three mass insertions and from the portals.
    """

    mass: Matrix3
    kinetic: Matrix3
    box: Matrix3
    dipoleB: Matrix3
    dipoleW: Matrix3
    dipoleG: Matrix3
    cubic: Matrix3

    def __add__(self, other: ChiralityFlip) -> ChiralityFlip:
        """Return the sum, entry by entry."""
        names = [field.name for field in fields(self)]
        return ChiralityFlip(*(getattr(self, name) + getattr(other, name) for name in names))


def _there(p: Inputs, vertex: Vertex) -> bool:
    return vertex.coupling in p.couplings and vertex.scalar in p.masses


def _gamma(p: Inputs, vertex: Vertex) -> ComplexMatrix3:
    return vertex.gamma(p.couplings[vertex.coupling])


def _yukawa(p: Inputs, name: str, how: str) -> ComplexMatrix3:
    return applied(getattr(p, name), how)


def chirality(p: Inputs, f: Loops, content: Content) -> dict[str, Chirality]:
    """Return Psibar ... Psi for every outer multiplet that has a loop."""
    parts: dict[str, list[Chirality]] = {}
    for sector in sectors():
        vertex = sector.vertex
        if not _there(p, vertex):
            continue
        found = []
        if content(vertex.scalar):
            found.append(_own(p, f, sector))
        found += [
            _portal(p, f, sector, portal)
            for portal in sector.portals
            if portal.name in p.portals
            and _there(p, portal.other)
            and content(vertex.scalar, portal.other.scalar)
        ]
        parts.setdefault(vertex.outer.name, []).extend(found)
    return {name: reduce(Chirality.__add__, found) for name, found in parts.items() if found}


def _own(p: Inputs, f: Loops, sector: Sector) -> Chirality:
    """One leptoquark, one coupling, without the portals."""
    vertex = sector.vertex
    x, L = f.x[vertex.scalar], f.L[vertex.scalar]
    gamma = _gamma(p, vertex)
    weight = sector.colours * x
    square = sector.number * weight * (gamma @ dagger(gamma))
    zero = 0.0 * square
    f_y, s_y = vertex.inner.hypercharge, vertex.hypercharge
    f_w, s_w, s_g = sector.isospin_f, sector.isospin_s, sector.colour_s
    c = penguin_f(L)
    # sigma^I is taken out, generators are sigma^I/2
    doublet = vertex.outer.name in DOUBLETS
    current1 = current3 = higgs1 = higgs3 = zero
    for one in sector.insertions:
        inner = gamma @ _yukawa(p, one.yukawa, one.how)
        q = weight * (inner @ dagger(inner))
        # M iD M^+ - (iD M) M^+ = -(1/2)(H^+ iD H + sigma^I H^+ iD^I H), with the other sign for
        # the conjugate of H; half of it
        current = 0.25 * one.sign * (1.0 + L) * q
        current1 = current1 + one.plain * current
        higgs1 = higgs1 + _TWO_INSERTIONS * 0.5 * one.plain * q
        if doublet and one.triplet:
            current3 = current3 + one.triplet * current
            higgs3 = higgs3 + _TWO_INSERTIONS * 0.5 * one.triplet * q
    return Chirality(
        cubic=square / 6.0,
        spinB=-p.g1 * (_SPIN_F * f_y + _SPIN_S * s_y) * square,
        spinW=-p.g2 * 0.5 * (_SPIN_F * f_w + _SPIN_S * s_w) * square if doublet else zero,
        spinG=-p.g3 * _SPIN_S * s_g * square,
        penguinB=(c * f_y + _PENGUIN_S * s_y) * square,
        penguinW=0.5 * (c * f_w + _PENGUIN_S * s_w) * square if doublet else zero,
        penguinG=_PENGUIN_S * s_g * square,
        current1=current1,
        current3=current3,
        higgs1=higgs1,
        higgs3=higgs3,
    )


def _portal(p: Inputs, f: Loops, sector: Sector, portal: PortalInsertion) -> Chirality:
    """A quartic on the leptoquark, which may turn it into another one."""
    vertex = sector.vertex
    coupling = p.portals[portal.name]
    if portal.conjugated:
        coupling = p.xp.conj(coupling)
    # -(1/4) {U, P/} of equal masses: I = -1/(2 M^2), P/ on the right stands beside phi_j
    weight = 0.5 * sector.colours * coupling * f.pair(vertex.scalar, portal.other.scalar).Iabb
    q = weight * (_gamma(p, vertex) @ dagger(_gamma(p, portal.other)))
    z = 0.0 * q
    higgs1, higgs3 = 0.5 * portal.plain * q, 0.5 * portal.triplet * q
    return Chirality(z, z, z, z, z, z, z, z, z, higgs1, higgs3)


def chirality_flip(p: Inputs, f: Loops, content: Content) -> dict[tuple[str, str], ChiralityFlip]:
    """Return Psibar_L ... Psi_R for every pair of outer multiplets that has a loop."""
    parts: dict[tuple[str, str], list[ChiralityFlip]] = {}
    for flip in flips():
        if not (_there(p, flip.left) and _there(p, flip.right)):
            continue
        key = (flip.left.outer.name, flip.right.outer.name)
        found = [_flip_portals(p, f, flip, content)]
        if flip.number and content(flip.left.scalar):
            found.append(_flip(p, f, flip))
        parts.setdefault(key, []).extend(x for x in found if x is not None)
    return {key: reduce(ChiralityFlip.__add__, x) for key, x in parts.items() if x}


def _flip_portals(p: Inputs, f: Loops, flip: Flip, content: Content) -> ChiralityFlip | None:
    """-U M: the leptoquark, perhaps turned into another one, and one mass insertion."""
    total: Matrix3 | None = None
    for portal in flip.portals:
        if portal.name not in p.portals or not content(flip.left.scalar, portal.right.scalar):
            continue
        coupling = p.portals[portal.name]
        if portal.conjugated:
            coupling = p.xp.conj(coupling)
        weight = f.pair(flip.left.scalar, portal.right.scalar).F * flip.colours * portal.number
        found = -weight * coupling * _chain(p, flip)
        total = found if total is None else total + found
    if total is None:
        return None
    zero = 0.0 * total
    return ChiralityFlip(zero, zero, zero, zero, zero, zero, total)


def _chain(p: Inputs, flip: Flip, *more: tuple[str, str]) -> ComplexMatrix3:
    """Gamma_L M ... Gamma_R^+ in flavour space."""
    matrix = _gamma(p, flip.left) @ _yukawa(p, flip.mass.yukawa, flip.mass.how)
    for name, how in more:
        matrix = matrix @ _yukawa(p, name, how)
    return matrix @ dagger(_gamma(p, flip.right))


def _flip(p: Inputs, f: Loops, flip: Flip) -> ChiralityFlip:
    scalar = flip.left.scalar
    x, L = f.x[scalar], f.L[scalar]
    chain = flip.colours * flip.number * _chain(p, flip)
    z = x * chain
    log_f = -(3.0 / 8.0 + L / 4.0)
    # B and W sit on the fermion before or behind the insertion, or on the leptoquark
    y_f = flip.left.inner.hypercharge + flip.right.inner.hypercharge
    on_b = log_f * y_f - 0.25 * flip.left.hypercharge
    on_w = 0.5 * (log_f * flip.isospin_f - 0.25 * flip.isospin_s)
    colour = 1.0 if flip.colours == 1 else 0.0
    cubic = 0.0 * z
    for triple in flip.triples:
        weight = flip.colours * triple.number * x * (1.0 + L)
        cubic = cubic + weight * _chain(p, flip, triple.middle, triple.last)
    return ChiralityFlip(
        mass=(1.0 + L) * chain,
        kinetic=z,
        box=(3.0 / 4.0 + L / 2.0) * z,
        dipoleB=-p.g1 * on_b * z,
        dipoleW=-p.g2 * on_w * z,
        # the gluon sits on the leptoquark alone
        dipoleG=-p.g3 * (-0.25) * colour * z,
        cubic=cubic,
    )
