"""Gauge equations of motion: a current times a Standard-Model current, in the Warsaw basis.

With L = -F^2/4 - g A.J the equation D^mu F_{mu nu} = g J_nu turns every operator that contains
D^mu F_{mu nu} into products of currents.  J_B = sum_psi Y psibar gamma psi + (1/2) H^dag iD H,
J_W = (1/2)(lbar sigma l + qbar sigma q + H^dag iD sigma H), J_G = qbar T q + ubar T u + dbar T d.
"""

from __future__ import annotations

from collections.abc import Mapping

from muoquark.common.arrays import Matrix3, Scalar
from muoquark.smeft.tensors import Coefficients, crossed, outer, total

from .inputs import Inputs
from .vertices import Y

_PAIR = {
    **{"ll": "ll", "ee": "ee", "qq": "qq1", "uu": "uu", "dd": "dd"},
    **{"lq": "lq1", "le": "le", "lu": "lu", "ld": "ld", "eu": "eu", "ed": "ed"},
    **{"qe": "qe", "qu": "qu1", "qd": "qd1", "ud": "ud1"},
}
_OCTET = {"qu": "qu8", "qd": "qd8", "ud": "ud8"}
_HIGGS = {"l": "phil1", "e": "phie", "q": "phiq1", "u": "phiu", "d": "phid"}


def _pair(a: str, b: str, ma: Matrix3, mb: Matrix3, names: Mapping[str, str]) -> Coefficients:
    if a + b in names:
        return {names[a + b]: outer(ma, mb)}
    return {names[b + a]: outer(mb, ma)}


def higgs_derivative(p: Inputs, c: Scalar) -> Coefficients:
    """The operator c |H|^2 |D H|^2 by the Higgs equation of motion (dimension six part)."""
    # |D H|^2 = (1/2) d^2 |H|^2 - (1/2)(H^dag D^2 H + h.c.).  One term of the bracket gives the
    # Yukawa operators, the other their conjugates, and each half of the potential.
    return {
        "phiBox": 0.5 * c,
        "phi": c * p.lam,
        "ephi": 0.5 * c * p.Ye,
        "dphi": 0.5 * c * p.Yd,
        "uphi": 0.5 * c * p.Yu,
    }


def hypercharge(p: Inputs, matrices: Mapping[str, Matrix3], higgs: Scalar) -> Coefficients:
    """(sum_psi psibar gamma K_psi psi + k H^dag iD H) . J_B for matrices K and a number k."""
    one = p.xp.eye(3)
    parts: list[Coefficients] = []
    for a, k in matrices.items():
        parts.extend(_pair(a, b, k, Y[b] * one, _PAIR) for b in Y)
        parts.append({_HIGGS[a]: 0.5 * k})
    parts.extend({_HIGGS[b]: higgs * Y[b] * one} for b in Y)
    # (H^dag iD H)^2 = 4 O_phiD + O_phiBox
    parts.append({"phiD": 2.0 * higgs, "phiBox": 0.5 * higgs})
    return total(parts)


def isospin(p: Inputs, kl: Matrix3, kq: Matrix3, higgs: Scalar) -> Coefficients:
    """(lbar sigma K_l l + qbar sigma K_q q + k H^dag iD sigma H) . J_W."""
    one = p.xp.eye(3)
    return total(
        [
            # sum_I sigma^I x sigma^I = 2 (exchange) - 1
            {"ll": 0.5 * (2.0 * crossed(kl, one) - outer(kl, one))},
            {"qq3": 0.5 * outer(kq, one), "lq3": 0.5 * (outer(kl, one) + outer(one, kq))},
            {"phil3": 0.5 * (kl + higgs * one), "phiq3": 0.5 * (kq + higgs * one)},
            # (H^dag iD sigma H)^2 = O_phiBox + 4 |H|^2 |D H|^2
            {"phiBox": 0.5 * higgs},
            higgs_derivative(p, 2.0 * higgs),
        ]
    )


def colour(p: Inputs, matrices: Mapping[str, Matrix3]) -> Coefficients:
    """(sum_psi psibar gamma T^A K_psi psi) . J_G for psi = q, u, d."""
    one = p.xp.eye(3)
    parts: list[Coefficients] = []
    for a, k in matrices.items():
        for b in ("q", "u", "d"):
            if a != b:
                parts.append(_pair(a, b, k, one, _OCTET))
            elif a == "q":
                # T x T = (1/2)(exchange) - 1/6, then Fierz in Dirac space and SU(2)
                swapped = 0.25 * crossed(k, one)
                parts.append({"qq1": swapped - outer(k, one) / 6.0, "qq3": swapped})
            else:
                parts.append({a + a: 0.5 * crossed(k, one) - outer(k, one) / 6.0})
    return total(parts)
