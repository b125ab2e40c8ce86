"""Loops of one leptoquark and one fermion: the two-fermion operators as a Green's basis.

One external chiral multiplet Psi couples by L = -Psibar Gamma F S^dag + h.c. to the charge
conjugates F of the other kind of fermion; the Higgs is the mass matrix M of F.  To dimension six,
in units of kappa/M^2 and with P = iD, G_{mu nu} = [P_mu, P_nu], [G] = gamma^mu gamma^nu G_{mu nu}
acting on the fermion (F) or on the scalar (S) in the loop:

    Psibar Gamma { M^2 (1/4 + L/2) P/  +  M^2 (1 + L) M
      + (1/6) P/^3 + {P/, (1/12) [G_F] - (1/24) [G_S]}
      + gamma^nu ( -(4/9 + L/3) [P^mu, G_F] + (1/18) [P^mu, G_S] )
      + (1/2)(P/P/M + M P/P/) - (1/2) P/ M P/ + (3/4 + L/2) (D^2 M)
      - (3/8 + L/4) ([G_F] M + M [G_F]) - (1/4) [G_S] M
      + (1/4 + L/2)(P/ M M + M M P/) - (1 + L) M P/ M + (1 + L) M M M
      - U M - (1/4) {U, P/} } Gammabar Psi

(``tools/derivation/universal.py`` derives these numbers).  The functions below return the Green's
basis sector by sector; `reduction.py` brings it to the Warsaw basis.  Everything is in units of
kappa.  Quark indices of Gamma: lepton sectors ``eta^dag``, quark sectors ``eta^*``.
"""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import ComplexMatrix3, Scalar, namespace
from muoquark.smeft.tensors import dagger

from .functions import Integrals
from .inputs import Inputs

#: [P/, dual field strength] structure: coefficients of the generators on F and on S^dag.
_SPIN_F, _SPIN_S = 1 / 12, -1 / 24
_PENGUIN_S = 1 / 18


def penguin_f(L: Scalar) -> Scalar:
    """Coefficient of gamma^nu D^mu G_{mu nu} with the gauge boson on the massless fermion."""
    return -(4.0 / 9.0 + L / 3.0)


class Chirality(NamedTuple):
    """Operators Psibar ... Psi with one multiplet Psi; each entry is a 3x3 matrix.

    Attributes
    ----------
    cubic
        K in Psibar K P/^3 Psi.
    spinB, spinW, spinG
        K in Psibar K {P/, sigma.F} Psi, generators sigma^I and T^A taken out, gauge coupling
        included.
    penguinB, penguinW, penguinG
        K in g Psibar gamma^nu K D^mu F_{mu nu} Psi, likewise.
    own1, own3
        Q in the terms with two Higgs fields (without their logarithm) from the internal up-type
        mass (leptons) or charged-lepton mass (quarks); own1 belongs to S1 and own3, which has
        sigma^A on both sides, to S3.
    other1, other3
        The same from the internal down-type mass (lepton doublet only).
    portal
        Q in Psibar Q |H|^2 P/ Psi (the flavour part that does not flip isospin).
    portal_h
        Q in Psibar Q h^A sigma^A P/ Psi.
    """

    cubic: ComplexMatrix3
    spinB: ComplexMatrix3
    spinW: ComplexMatrix3
    spinG: ComplexMatrix3
    penguinB: ComplexMatrix3
    penguinW: ComplexMatrix3
    penguinG: ComplexMatrix3
    own1: ComplexMatrix3
    own3: ComplexMatrix3
    other1: ComplexMatrix3
    other3: ComplexMatrix3
    portal: ComplexMatrix3
    portal_h: ComplexMatrix3


class Flip(NamedTuple):
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

    mass: ComplexMatrix3
    kinetic: ComplexMatrix3
    box: ComplexMatrix3
    dipoleB: ComplexMatrix3
    dipoleW: ComplexMatrix3
    dipoleG: ComplexMatrix3
    cubic: ComplexMatrix3


def _spin(on_f: float, on_s: float) -> float:
    return _SPIN_F * on_f + _SPIN_S * on_s


def lepton_doublet(p: Inputs, f: Integrals) -> Chirality:
    """lbar ... l: the quark doublet inside, three colours."""
    xp = namespace(p.eta1L)
    a1, a3 = dagger(p.eta1L), dagger(p.eta3L)
    # three colours run in the loop; where sigma^A sigma^A = 3 counts the components of S3 too, the
    # factor stands beside x3
    x1, x3 = 3.0 * f.x1 * (a1 @ p.eta1L), 3.0 * f.x3 * (a3 @ p.eta3L)
    c1, c3 = penguin_f(f.L1), penguin_f(f.L3)
    up, down = p.Yu.conj() @ p.Yu.T, p.Yd.conj() @ p.Yd.T
    # hypercharges of F = q^c and of S^dag: they add up to that of the external field, here -1/2
    y_f, y_s = -1 / 6, -1 / 3
    # U_A1 = lH13 h^A turns one leptoquark into the other within the loop; for equal masses
    # I113 = I133 = -1/(2 M^2), and the terms are those of -(1/4) {U, P/} as in the portals below
    mixed = 1.5 * (a3 @ p.eta1L) * xp.conj(p.lH13) * f.I113
    mixed = mixed + 1.5 * (a1 @ p.eta3L) * p.lH13 * f.I133
    return Chirality(
        cubic=(x1 + 3.0 * x3) / 6.0,
        spinB=-p.g1 * _spin(y_f, y_s) * (x1 + 3.0 * x3),
        # isospin of F: sigma^I/2 for S1, sigma^A (sigma^I/2) sigma^A = -sigma^I/2 for S3;
        # isospin of S3: -i eps_IAB sigma^A sigma^B = 2 sigma^I
        spinW=-p.g2 * (_spin(0.5, 0.0) * x1 + _spin(-0.5, 2.0) * x3),
        # the trace over the colours in the loop has one T^A in it
        spinG=0.0 * x1,
        penguinB=(c1 * y_f + _PENGUIN_S * y_s) * x1 + (c3 * y_f + _PENGUIN_S * y_s) * 3.0 * x3,
        penguinW=0.5 * c1 * x1 + (-0.5 * c3 + 2.0 * _PENGUIN_S) * x3,
        penguinG=0.0 * x1,
        own1=3.0 * f.x1 * (a1 @ up @ p.eta1L),
        own3=3.0 * f.x3 * (a3 @ up @ p.eta3L),
        other1=3.0 * f.x1 * (a1 @ down @ p.eta1L),
        other3=3.0 * f.x3 * (a3 @ down @ p.eta3L),
        portal=-0.25 * (p.lH1 * x1 + 3.0 * p.lH3 * x3),
        portal_h=-0.5 * p.leH3 * x3 + mixed,
    )


def lepton_singlet(p: Inputs, f: Integrals) -> Chirality:
    """ebar ... e: the up quark inside, three colours, S1 only."""
    a = dagger(p.eta1R)
    x = 3.0 * f.x1 * (a @ p.eta1R)
    zero = 0.0 * x
    y_f, y_s = -2 / 3, -1 / 3  # of u^c and S1^dag, together -1
    return Chirality(
        cubic=x / 6.0,
        spinB=-p.g1 * _spin(y_f, y_s) * x,
        spinW=zero,
        spinG=zero,
        penguinB=(penguin_f(f.L1) * y_f + _PENGUIN_S * y_s) * x,
        penguinW=zero,
        penguinG=zero,
        own1=3.0 * f.x1 * (a @ p.Yu.T @ p.Yu.conj() @ p.eta1R),
        own3=zero,
        other1=zero,
        other3=zero,
        portal=-0.25 * p.lH1 * x,
        portal_h=zero,
    )


def quark_doublet(p: Inputs, f: Integrals) -> Chirality:
    """qbar ... q: the lepton doublet inside."""
    xp = namespace(p.eta1L)
    # the external index is that of the quark: eta^* on the left, eta^T on the right, and the
    # lepton index is summed
    a1, a3 = p.eta1L.conj(), p.eta3L.conj()
    x1, x3 = f.x1 * (a1 @ p.eta1L.T), f.x3 * (a3 @ p.eta3L.T)
    c1, c3 = penguin_f(f.L1), penguin_f(f.L3)
    charged = p.Ye.conj() @ p.Ye.T
    y_f, y_s = 1 / 2, -1 / 3  # of l^c and S^dag, together 1/6
    mixed = 0.5 * (a3 @ p.eta1L.T) * xp.conj(p.lH13) * f.I113
    mixed = mixed + 0.5 * (a1 @ p.eta3L.T) * p.lH13 * f.I133
    both = x1 + 3.0 * x3
    return Chirality(
        cubic=both / 6.0,
        spinB=-p.g1 * _spin(y_f, y_s) * both,
        spinW=-p.g2 * (_spin(0.5, 0.0) * x1 + _spin(-0.5, 2.0) * x3),
        # only the leptoquark in the loop has colour
        spinG=-p.g3 * _spin(0.0, 1.0) * both,
        penguinB=(c1 * y_f + _PENGUIN_S * y_s) * x1 + (c3 * y_f + _PENGUIN_S * y_s) * 3.0 * x3,
        penguinW=0.5 * c1 * x1 + (-0.5 * c3 + 2.0 * _PENGUIN_S) * x3,
        penguinG=_PENGUIN_S * both,
        own1=f.x1 * (a1 @ charged @ p.eta1L.T),
        own3=f.x3 * (a3 @ charged @ p.eta3L.T),
        # no Yukawa couplings of neutrinos
        other1=0.0 * x1,
        other3=0.0 * x1,
        portal=-0.25 * (p.lH1 * x1 + 3.0 * p.lH3 * x3),
        # charge conjugation turns sigma into -sigma in the vertices of S3
        portal_h=-0.5 * p.leH3 * x3 - mixed,
    )


def up_singlet(p: Inputs, f: Integrals) -> Chirality:
    """ubar ... u: the charged lepton inside, S1 only."""
    a = p.eta1R.conj()
    x = f.x1 * (a @ p.eta1R.T)
    zero = 0.0 * x
    y_f, y_s = 1.0, -1 / 3  # of e^c and S1^dag, together 2/3
    return Chirality(
        cubic=x / 6.0,
        spinB=-p.g1 * _spin(y_f, y_s) * x,
        spinW=zero,
        spinG=-p.g3 * _spin(0.0, 1.0) * x,
        penguinB=(penguin_f(f.L1) * y_f + _PENGUIN_S * y_s) * x,
        penguinW=zero,
        penguinG=_PENGUIN_S * x,
        own1=f.x1 * (a @ p.Ye.T @ p.Ye.conj() @ p.eta1R.T),
        own3=zero,
        other1=zero,
        other3=zero,
        portal=-0.25 * p.lH1 * x,
        portal_h=zero,
    )


def lepton_flip(p: Inputs, f: Integrals) -> Flip:
    """lbar ... e H through S1 and the up quarks, three colours."""
    xp = namespace(p.eta1L)
    a1, a3 = dagger(p.eta1L), dagger(p.eta3L)
    # one mass insertion turns q^c into u^c within the loop: S1 alone couples to both
    inner = p.Yu.conj() @ p.eta1R
    z = 3.0 * f.x1 * (a1 @ inner)
    log_f = -(3.0 / 8.0 + f.L1 / 4.0)
    triple = 3.0 * f.x1 * (1.0 + f.L1) * (a1 @ p.Yu.conj() @ p.Yu.T @ inner)
    mixed = -3.0 * xp.conj(p.lH13) * f.F13 * (a3 @ inner)
    return Flip(
        mass=3.0 * (1.0 + f.L1) * (a1 @ inner),
        kinetic=z,
        box=(3.0 / 4.0 + f.L1 / 2.0) * z,
        # B sits on the fermion before or behind the insertion (hypercharges of q^c and u^c), or
        # on the leptoquark; W on the doublet alone
        dipoleB=-p.g1 * (log_f * (-1 / 6 - 2 / 3) - 0.25 * (-1 / 3)) * z,
        dipoleW=-p.g2 * 0.5 * log_f * z,
        dipoleG=0.0 * z,
        cubic=triple - p.lH1 * z + mixed,
    )


def up_flip(p: Inputs, f: Integrals) -> Flip:
    """qbar ... u Htilde through S1 and the charged leptons."""
    xp = namespace(p.eta1L)
    a1, a3 = p.eta1L.conj(), p.eta3L.conj()
    inner = p.Ye.conj() @ p.eta1R.T
    z = f.x1 * (a1 @ inner)
    log_f = -(3.0 / 8.0 + f.L1 / 4.0)
    triple = f.x1 * (1.0 + f.L1) * (a1 @ p.Ye.conj() @ p.Ye.T @ inner)
    mixed = -xp.conj(p.lH13) * f.F13 * (a3 @ inner)
    return Flip(
        mass=(1.0 + f.L1) * (a1 @ inner),
        kinetic=z,
        box=(3.0 / 4.0 + f.L1 / 2.0) * z,
        dipoleB=-p.g1 * (log_f * (1 / 2 + 1) - 0.25 * (-1 / 3)) * z,
        dipoleW=-p.g2 * 0.5 * log_f * z,
        # no logarithm: the gluon sits on the leptoquark alone
        dipoleG=-p.g3 * (-0.25) * z,
        cubic=triple - p.lH1 * z + mixed,
    )
