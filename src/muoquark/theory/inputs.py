r"""MS-bar couplings of the SM at the top mass, and the model's couplings at the matching scale.

The gauge couplings, the top Yukawa and the Higgs quartic at mu = M_t are the two-loop (g_s and
y_t: partly three-loop) matching of Buttazzo et al., 1307.3536 (INSPIRE Buttazzo:2013uya), eqs.
(55)-(61).  Its y_t and g_3 include four-loop QCD effects.  The lighter fermions' running masses
at M_t are those of Xing, Zhang and Zhou, 1112.3112 (Xing:2011aa), table 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from muoquark.model.ckm import ckm_matrix
from muoquark.model.point import COMPLEX_QUARTICS, QUARTICS, Point
from muoquark.model.sm import INPUTS
from muoquark.theory.betas import complete

__all__ = ["PLANCK", "TODAY", "TopInputs", "couplings_at_matching", "sm_at_top", "tree_shift"]

PLANCK = 1.22e19  # GeV, the Planck mass without the factor 8 pi


@dataclass(frozen=True)
class TopInputs:
    """Measured inputs of the matching at the top mass; GeV.

    Defaults: PDG 2024 (Phys. Rev. D110, 030001).
    """

    m_t: float = 172.57
    m_h: float = 125.20
    m_w: float = 80.3692
    alpha_s: float = 0.1180
    # running masses at the top mass, 1112.3112
    m_u: float = 0.00122
    m_d: float = 0.00276
    m_s: float = 0.052
    m_c: float = 0.590
    m_b: float = 2.75
    m_e: float = 0.000485289396
    m_mu: float = 0.1024673155
    m_tau: float = 1.74215


TODAY = TopInputs()


def sm_at_top(inputs: TopInputs = TODAY) -> dict[str, Any]:
    """Return the SM couplings at mu = M_t, in the names of :func:`muoquark.theory.beta`.

    Flavour basis: Yd and the charged leptons diagonal, Yu = V^dagger diag(y_u).  The Higgs
    potential is lH |H|^4 + mH2 |H|^2.
    """
    dt, dh = inputs.m_t - 173.34, inputs.m_h - 125.15
    da, dw = (inputs.alpha_s - 0.1184) / 0.0007, (inputs.m_w - 80.384) / 0.014
    v = 174.10
    top = 0.93690 + 0.00556 * dt - 0.00003 * dh - 0.00042 * da
    up = np.diag([inputs.m_u / v, inputs.m_c / v, top])
    mass = 131.55 + 0.94 * dh + 0.17 * dt
    return complete(
        {
            "g1": 0.35830 + 0.00011 * dt - 0.00020 * dw,
            "g2": 0.64779 + 0.00004 * dt + 0.00011 * dw,
            "g3": 1.1666 + 0.00314 * da - 0.00046 * dt,
            "Yu": ckm_matrix(INPUTS.ckm).conj().T @ up,
            "Yd": np.diag([inputs.m_d, inputs.m_s, inputs.m_b]) / v,
            "Ye": np.diag([inputs.m_e, inputs.m_tau]) / v,
            "ymu": [[inputs.m_mu / v]],
            "lH": 0.12604 + 0.00206 * dh - 0.00004 * dt,
            "mH2": -(mass**2) / 2,
        }
    )


def couplings_at_matching(
    point: Point, sm: dict[str, Any] | None = None, thresholds: bool = True
) -> dict[str, Any]:
    """Return all couplings of the model at ``point.mu_M``.

    Parameters
    ----------
    point
        Leptoquark couplings, masses, quartics and gauge couplings, MS-bar at mu_M.
    sm
        SM couplings of the effective theory at mu_M (default: run there from the top mass at two
        loops); the card's ``sm:`` goes on top.
    thresholds
        Add what the SM couplings lose when leptoquarks and Phi are integrated out, so that the SM
        below mu_M is the measured one: one-loop shifts of gauge couplings, Yukawa
        matrices, Higgs mass and quartic, and the tree-level shift of the quartic by Phi.
    """
    from muoquark.theory.flow import run_sm

    out = dict(run_sm(point.mu_M) if sm is None else sm)
    for name, value in point.sm.items():
        if name == "Ye":
            out["Ye"] = np.asarray(value)[np.ix_([0, 2], [0, 2])]
            out["ymu"] = np.asarray(value)[1:2, 1:2]
        elif name == "lam":
            out["lH"] = float(value) / 2
        elif name == "m2":
            out["mH2"] = -float(value)
        else:
            out[name] = value
    for ours, theirs in (("e3L", "eta3L"), ("e1L", "eta1L"), ("e1R", "eta1R"), ("e1t", "etat1R")):
        out[ours] = getattr(point, theirs)[:, 1:2]
    for name in QUARTICS:
        value = point.quartic(name)
        if name in COMPLEX_QUARTICS:
            out[f"{name}_re"], out[f"{name}_im"] = value.real, value.imag
        else:
            out[name] = value.real
    root = sqrt(1 - point.epsBX**2)
    out["gX"], out["gYX"] = point.gX / root, out["g1"] * point.epsBX / root
    out["m12"], out["m32"] = point.M1**2, point.M3**2
    if thresholds:
        out = _add_thresholds(point, out)
    return complete(out)


def _add_thresholds(point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    from muoquark.matching.leading import leading_shifts

    out = dict(couplings)
    shifts = leading_shifts(point)
    for name in ("g1", "g2", "g3", "mH2"):
        out[name] = out[name] - shifts[name]
    for name, shift in quark_shifts(point).items():
        out[name] = out[name] - shift
    ye = np.asarray(shifts["Ye"])
    out["ymu"] = out["ymu"] - ye[1:2, 1:2]
    out["Ye"] = out["Ye"] - ye[np.ix_([0, 2], [0, 2])]
    out["lH"] = out["lH"] - quartic_shift(point)
    out.update({k: out[k] + v for k, v in tree_shift(out).items() if k == "lH"})
    return out


def quark_shifts(point: Point) -> dict[str, Any]:
    r"""One-loop shifts of Yu and Yd, SMEFT minus UV, at mu_M.

    The counterparts of the shift of Ye: :math:`-\kappa(1+L_1)\,\eta^{1L*}Y_e^*\eta^{1R\,T}` in Yu,
    and field normalisation with the same loop function; a lepton has one colour and S3 three
    components.
    Their logarithms are those of the one-loop beta functions.
    """
    kappa = 1 / (16 * np.pi**2)
    sm = point.sm_parameters
    log1, log3 = 2 * log(point.mu_M / point.M1), 2 * log(point.mu_M / point.M3)
    e1, e3, r1, t1 = point.eta1L, point.eta3L, point.eta1R, point.etat1R

    def square(matrix: np.ndarray) -> np.ndarray:
        return matrix.conj() @ matrix.T

    doublet = (1 + 2 * log1) * square(e1) + 3 * (1 + 2 * log3) * square(e3)
    up, down = (1 + 2 * log1) * square(r1), (1 + 2 * log1) * square(t1)
    return {
        "Yu": -kappa * (1 + log1) * e1.conj() @ sm.Ye.conj() @ r1.T
        - kappa / 8 * (doublet @ sm.Yu + sm.Yu @ up),
        "Yd": -kappa / 8 * (doublet @ sm.Yd + sm.Yd @ down),
    }


def quartic_shift(point: Point) -> float:
    r"""One-loop shift of lH from the leptoquark portals, SMEFT minus UV, at mu_M.

    From :math:`V = 3\kappa/2\,\mathrm{Tr}\,M^4(\ln M^2/\mu^2 - 3/2)` of the leptoquarks' mass
    matrix in a Higgs background.  There is no Higgs field normalisation to go with it: at one loop
    the leptoquarks' part of the Higgs self-energy does not depend on the momentum.
    """
    kappa = 1 / (16 * np.pi**2)
    a1, a3 = point.M1**2, point.M3**2
    log1, log3 = log(a1 / point.mu_M**2), log(a3 / point.mu_M**2)
    l1, l3 = point.quartic("lH1").real, point.quartic("lH3").real
    split, mixed = point.quartic("leH3").real, abs(point.quartic("lH13")) ** 2
    # f = x^2 (ln x - 3/2): f' = 2x (ln x - 1), f'' = 2 ln x
    if abs(a1 - a3) > 1e-6 * a1:
        ratio = (2 * a1 * (log1 - 1) - 2 * a3 * (log3 - 1)) / (a1 - a3)
    else:
        ratio = log1 + log3
    return 1.5 * kappa * (l1**2 * log1 + (3 * l3**2 + 2 * split**2) * log3 + mixed * ratio)


def tree_shift(couplings: dict[str, Any]) -> dict[str, float]:
    """Quartics above the mass of Phi minus those below it (1203.0237, eq. (6)).

    Phi with a vacuum expectation value binds every pair of portals at tree level.
    """
    lp = couplings["lP"]
    if lp <= 0:
        return {}
    h, one, three = (couplings[k] for k in ("lHP", "lP1", "lP3"))
    return {
        "lH": h * h / (4 * lp),
        "l1": one * one / (4 * lp),
        "l3a": three * three / (4 * lp),
        "lH1": h * one / (2 * lp),
        "lH3": h * three / (2 * lp),
        "l13a": one * three / (2 * lp),
    }
