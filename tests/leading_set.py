r"""The leading one-loop terms of the matching of S1 + S3 to the SMEFT.

The set that drives the phenomenology of muoquarks: dipoles with the chirality flip on the top,
top loops in the Z and W couplings of leptons, Delta F = 2 boxes, and the shifts of Yukawa,
gauge and Higgs-mass parameters.  It is not the complete one-loop matching: terms without a top
Yukawa, with a gauge coupling, or with four leptons are absent.

kappa = 1/(16 pi^2), L_k = ln(mu_M^2/M_k^2).  The formulae are for D_mu = d_mu + i g ..., the
sign with which the dipoles agree with the beta functions of wilson.
"""

from __future__ import annotations

from dataclasses import replace
from math import log, pi

import numpy as np

from muoquark.model.point import Point
from reference.tree import tree

__all__ = ["KAPPA", "leading", "leading_shifts"]

KAPPA = 1 / (16 * pi**2)


def _logs(point: Point) -> tuple[float, float]:
    return 2 * log(point.mu_M / point.M1), 2 * log(point.mu_M / point.M3)


def leading(point: Point) -> dict[str, np.ndarray]:
    """Return the leading one-loop coefficients (without the tree), arrays in GeV^-2."""
    return {**_dipoles(point), **_gauge_couplings(point), **_boxes(point)}


def _dipoles(point: Point) -> dict[str, np.ndarray]:
    """Lepton dipoles with the top Yukawa: X_{ab} = sum_i eta1L_{ia}^* (Yu^*)_{ij} eta1R_{jb}.

    The physical combination of 19 + 10 L and 9 + 6 L is the 7/4 of a_mu; the split between
    them depends on the evanescent partner of the tensor operator (1908.05295, eq. (4.22)).
    """
    sm = point.sm_parameters
    L, _ = _logs(point)
    X = point.eta1L.conj().T @ sm.Yu.conj() @ point.eta1R
    return {
        "eB": -KAPPA * sm.g1 * X * (19 + 10 * L) / (16 * point.M1**2),
        "eW": KAPPA * sm.g2 * X * (9 + 6 * L) / (16 * point.M1**2),
    }


def _gauge_couplings(point: Point) -> dict[str, np.ndarray]:
    """Top loops in the couplings of leptons to Z and W, order y_t^2 times tree.

    The trees of S1 and S3 come with their own logarithm.
    """
    sm = point.sm_parameters
    L1, L3 = _logs(point)
    doublet = sm.Yu @ sm.Yu.conj().T
    singlet = sm.Yu.conj().T @ sm.Yu
    result = {name: np.zeros((3, 3), complex) for name in ("phil1", "phil3", "phie")}
    zero = np.zeros((3, 3))
    only_S1 = tree(replace(point, eta3L=zero))
    only_S3 = tree(replace(point, eta1L=zero, eta1R=zero))
    for part, L in ((only_S1, L1), (only_S3, L3)):
        result["phil1"] += 3 * KAPPA * (1 + L) * np.einsum("abpt,tp->ab", part["lq1"], doublet)
        result["phil3"] -= 3 * KAPPA * (1 + L) * np.einsum("abpt,tp->ab", part["lq3"], doublet)
    result["phie"] -= 3 * KAPPA * (1 + L1) * np.einsum("abpt,tp->ab", only_S1["eu"], singlet)
    return result


def _boxes(point: Point) -> dict[str, np.ndarray]:
    r"""Boxes with two leptoquarks and two (massless) leptons: Delta F = 2 and its relatives.

    Each quark chain q_j -> l -> q_i between scalars S^I and S^J carries sigma^J sigma^I with
    sigma^0 = -1 for S1; summing over the isospin of S3, the product of both chains is

        S1 S1: 1 x 1,   S1 S3 (twice): sigma x sigma,   S3 S3: 3 (1 x 1) + 2 (sigma x sigma).

    The colour of the chains is crossed; Fierz rearrangement uncrosses it and exchanges the
    isospin, 1 x 1 -> (1 x 1 + sigma x sigma)/2, sigma x sigma -> (3 (1 x 1) - sigma x sigma)/2.
    For down quarks, muons only and M1 = M3 this is
    -(1/(128 pi^2 M^2)) (A1^2 + 5 A3^2 + 2 A1 A3) (sbar gamma P_L b)^2, A_k = eta_k2^* eta_k3.
    """
    e1, e3, r1 = point.eta1L, point.eta3L, point.eta1R
    m1, m3 = point.M1**2, point.M3**2

    def flavour(I: np.ndarray, J: np.ndarray) -> np.ndarray:
        """Chains t -> p (in at I, out at J) and r -> s (in at J, out at I) as [p, r, s, t]."""
        return np.einsum("ta,pa,rb,sb->prst", I, J.conj(), J, I.conj())

    F11 = loop_function(m1, m1) * flavour(e1, e1)
    F13 = loop_function(m1, m3) * (flavour(e1, e3) + flavour(e3, e1))
    F33 = loop_function(m3, m3) * flavour(e3, e3)
    unit, sigma = F11 + 3 * F33, F13 + 2 * F33
    factor = -KAPPA / 8
    return {
        "qq1": factor * (unit + 3 * sigma) / 2,
        "qq3": factor * (unit - sigma) / 2,
        "uu": factor * loop_function(m1, m1) * flavour(r1, r1),
    }


def loop_function(x: float, y: float) -> float:
    """Return ln(x/y)/(x - y), 1/x for x = y, in a form that is smooth there."""
    t = (x - y) / y
    return (np.log1p(t) / t if abs(t) > 1e-8 else 1 - t / 2 + t * t / 3) / y


def leading_shifts(point: Point) -> dict[str, np.ndarray | float]:
    """Return the one-loop shifts of dimension-four parameters, SMEFT minus UV theory at mu_M.

    ``Ye`` (3x3) complete in the Yukawas: the chirally enhanced term -3 kappa (1 + L)
    eta1L^dagger Yu^* eta1R, which is eq. (4) of the paper made flavour covariant (Yu complex
    conjugated), and field normalisation; ``g1``, ``g2``, ``g3``; ``mH2``: the shift of
    |H|^2's coefficient m_H^2 (GeV^2), with V = m_H^2 |H|^2.
    """
    sm = point.sm_parameters
    L1, L3 = _logs(point)
    e1, e3, r1 = point.eta1L, point.eta3L, point.eta1R
    doublet = (1 + 2 * L1) * e1.conj().T @ e1 + 3 * (1 + 2 * L3) * e3.conj().T @ e3
    singlet = (1 + 2 * L1) * r1.conj().T @ r1
    return {
        "Ye": -3 * KAPPA * (1 + L1) * e1.conj().T @ sm.Yu.conj() @ r1
        - 3 * KAPPA / 8 * (doublet @ sm.Ye + sm.Ye @ singlet),
        # 0.0 - x: without a leading logarithm the shift is 0, not -0.
        "g1": 0.0 - KAPPA * sm.g1**3 * (L1 / 18 + L3 / 6),
        "g2": 0.0 - KAPPA * sm.g2**3 * L3,
        "g3": 0.0 - KAPPA * sm.g3**3 * (L1 / 12 + L3 / 4),
        "mH2": 0.0
        - KAPPA
        * (
            3 * point.quartic("lH1").real * point.M1**2 * (1 + L1)
            + 9 * point.quartic("lH3").real * point.M3**2 * (1 + L3)
        ),
    }
