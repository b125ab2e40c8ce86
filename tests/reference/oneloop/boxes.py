"""Boxes with two leptoquarks and two fermions: eta^4 four-fermion operators.

Every fermion line is A_kj = Psibar Gamma_k gamma^mu Gammabar_j Psi in the space (S1, S3^A), and
L = -(kappa/8) sum_{kj} F_kj A_kj . A_jk over all ordered pairs of lines l, e, q, u, with
F_kj = ln(M_k^2/M_j^2)/(M_k^2 - M_j^2).  The loop is finite: no scheme enters.
"""

from __future__ import annotations

from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, crossed, dagger, outer, scaled

from .functions import Integrals
from .inputs import Inputs


def boxes(p: Inputs, f: Integrals) -> Coefficients:
    """All eta^4 boxes."""
    l11, l33 = dagger(p.eta1L) @ p.eta1L, dagger(p.eta3L) @ p.eta3L
    l13 = dagger(p.eta1L) @ p.eta3L
    q11, q33 = p.eta1L.conj() @ p.eta1L.T, p.eta3L.conj() @ p.eta3L.T
    q13 = p.eta1L.conj() @ p.eta3L.T
    ee, uu = dagger(p.eta1R) @ p.eta1R, p.eta1R.conj() @ p.eta1R.T
    l31, q31 = dagger(l13), dagger(q13)
    f11, f33, f13 = f.x1, f.x3, f.F13

    # two lepton lines: colour gives 3 (below)
    # Isospin, with X its exchange between the lines: sigma^A x sigma^A = 2 X - 1 and
    # sigma^A sigma^B x sigma^B sigma^A = 1 + 4 X.  A Fierz identity turns X into crossed flavour.
    ll = (
        f11 * outer(l11, l11)
        + 2.0 * f13 * (2.0 * crossed(l13, l31) - outer(l13, l31))
        + f33 * (outer(l33, l33) + 4.0 * crossed(l33, l33))
    )
    # two quark lines: colour crosses the lines.  The Fierz identity undoes that, crosses flavour
    # and multiplies isospin by X = (1 + sigma x sigma)/2: 1 becomes X, 2 X - 1 becomes 2 - X, and
    # 1 + 4 X becomes 4 + X.  Their parts with and without sigma are qq3 and qq1.
    same = crossed(q11, q11)
    mixed = crossed(q13, q31)
    triplet = crossed(q33, q33)
    qq1 = 0.5 * f11 * same + 3.0 * f13 * mixed + 4.5 * f33 * triplet
    qq3 = 0.5 * f11 * same - f13 * mixed + 0.5 * f33 * triplet
    qu = f11 * outer(q11, uu)
    # Ordered pairs: two different lines count twice.  Crossed colours of q and u have no such Fierz
    # identity with vector currents; they are 1/3 + 2 T^A x T^A.
    return scaled(
        {
            "ll": 3.0 * ll,
            "ee": 3.0 * f11 * outer(ee, ee),
            "le": 6.0 * f11 * outer(l11, ee),
            "lq1": 2.0 * (f11 * outer(l11, q11) + 3.0 * f33 * outer(l33, q33)),
            "lq3": 2.0 * (-f13 * (outer(l13, q31) + outer(l31, q13)) + 2.0 * f33 * outer(l33, q33)),
            "qe": 2.0 * f11 * outer(q11, ee),
            "lu": 2.0 * f11 * outer(l11, uu),
            "eu": 2.0 * f11 * outer(ee, uu),
            "qq1": qq1,
            "qq3": qq3,
            "qu1": 2.0 / 3.0 * qu,
            "qu8": 4.0 * qu,
            "uu": f11 * crossed(uu, uu),
        },
        -KAPPA / 8.0,
    )
