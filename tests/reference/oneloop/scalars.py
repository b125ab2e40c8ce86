"""Loops of leptoquarks alone: gauge-field two- and three-point functions and Higgs portals.

The universal one-loop action of a complex scalar, S^dag (P^2 - M^2 - U) S (1412.1837; INSPIRE
Henning:2014wua), with U the portal matrix in the space (S1, S3^A),
U_11 = lH1 |H|^2, U_BC = lH3 |H|^2 delta + i leH3 eps_ABC h^A, U_A1 = lH13 h^A,
h^A = H^dag sigma^A H.
"""

from __future__ import annotations

from muoquark.common.arrays import Scalar, namespace
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, scaled, total

from .currents import Y, colour, higgs_derivative, hypercharge, isospin
from .functions import Integrals
from .inputs import Inputs


def gauge_self_energies(p: Inputs, f: Integrals) -> Coefficients:
    """The operators (D F)^2 of the three gauge groups, reduced: current times current."""
    one = namespace(p.Yu).eye(3)
    # tr Y^2: 3/9 for S1, 9/9 for S3; isospin: 3 colours times 2; colour: 1/2, three times for S3
    # -kappa/(60 M^2) tr(T T) g^2 (D F)^2, tr summed over colour and isospin
    b = -(p.g1**4) / 60.0 * (f.x1 / 3.0 + f.x3)
    w = -(p.g2**4) / 60.0 * 6.0 * f.x3
    g = -(p.g3**4) / 60.0 * (0.5 * f.x1 + 1.5 * f.x3)
    parts = [
        hypercharge(p, {a: b * y * one for a, y in Y.items()}, 0.5 * b),
        isospin(p, 0.5 * w * one, 0.5 * w * one, 0.5 * w),
        colour(p, {a: g * one for a in ("q", "u", "d")}),
    ]
    return scaled(total(parts), KAPPA)


def triple_gauge(p: Inputs, f: Integrals) -> Coefficients:
    """O_W and O_G; the signs belong to D = d + i g A."""
    return {
        "G": -KAPPA * p.g3**3 * (f.x1 + 3.0 * f.x3) / 360.0,
        "W": -KAPPA * p.g2**3 * f.x3 / 30.0,
    }


def portals(p: Inputs, f: Integrals) -> Coefficients:
    """Terms quadratic and cubic in the portals, and portal times two field strengths."""
    mix = abs(p.lH13) ** 2
    # |H|^2 F F
    field_strengths: Coefficients = {
        "phiB": p.g1**2 * (p.lH1 * f.x1 + 3.0 * p.lH3 * f.x3) / 36.0,
        "phiW": p.g2**2 * p.lH3 * f.x3 / 2.0,
        "phiG": p.g3**2 * (p.lH1 * f.x1 + 3.0 * p.lH3 * f.x3) / 24.0,
        # one field strength of isospin takes the part of U that is antisymmetric in A and B
        "phiWB": -p.g1 * p.g2 * p.leH3 * f.x3 / 3.0,
    }
    # tr (D U)^2/12 with three colours; mixing needs the bubble of two masses, dB13
    # (d|H|^2)^2 = -O_phiBox and (D h^A)^2 = -O_phiBox - 4 O_phiD + 4 |H|^2 |D H|^2
    norm = (p.lH1**2 * f.x1 + 3.0 * p.lH3**2 * f.x3) / 4.0
    triplet = p.leH3**2 * f.x3 / 2.0 + 3.0 * mix * f.dB13
    # the cubic term of the Coleman-Weinberg potential
    sextic = -(
        p.lH1**3 * f.x1 / 2.0
        + 0.5 * (3.0 * p.lH3**3 + 6.0 * p.lH3 * p.leH3**2) * f.x3
        - 3.0 * mix * (p.lH1 * f.I113 + p.lH3 * f.I133)
    )
    return scaled(
        total(
            [
                field_strengths,
                {"phiBox": -norm - triplet, "phiD": -4.0 * triplet, "phi": sextic},
                higgs_derivative(p, 4.0 * triplet),
            ]
        ),
        KAPPA,
    )


def dimension_four(p: Inputs, f: Integrals) -> dict[str, Scalar]:
    """Shifts of the gauge couplings, of the quartic and of m_H^2 in V = m_H^2 |H|^2 (= -m2)."""
    mix = abs(p.lH13) ** 2
    # c |H|^2 |D H|^2 leaves -c m2 |H|^4 behind
    derivative = 4.0 * (p.leH3**2 * f.x3 / 2.0 + 3.0 * mix * f.dB13)
    derivative = derivative + 2.0 * (0.5 * (-(p.g2**4) / 60.0 * 6.0 * f.x3))
    # 0.0 - x where nothing shifts is 0.0; -x would be -0.0
    return {
        "g1": 0.0 - KAPPA * p.g1**3 * (f.L1 / 18.0 + f.L3 / 6.0),
        "g2": 0.0 - KAPPA * p.g2**3 * f.L3,
        "g3": 0.0 - KAPPA * p.g3**3 * (f.L1 / 12.0 + f.L3 / 4.0),
        "lam": 0.0
        - KAPPA
        * (
            3.0 * p.lH1**2 * f.L1
            + (9.0 * p.lH3**2 + 6.0 * p.leH3**2) * f.L3
            + 6.0 * mix * f.B13
            - 2.0 * derivative * p.m2
        ),
        "mH2": 0.0
        - KAPPA * (3.0 * p.lH1 * p.M1**2 * (1.0 + f.L1) + 9.0 * p.lH3 * p.M3**2 * (1.0 + f.L3)),
    }
