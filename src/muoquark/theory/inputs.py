r"""MS-bar couplings of the SM at the top mass, and the model's couplings at the matching scale.

The gauge couplings, the top Yukawa, the Higgs quartic and mass at mu = M_t are the matching at two
loops and beyond of Buttazzo et al., 1307.3536 (INSPIRE Buttazzo:2013uya), with its dependence on
the measured inputs.  The lighter fermions' running masses at M_t are those of Xing, Zhang and Zhou,
1112.3112 (Xing:2011aa).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from muoquark.model.point import COMPLEX_QUARTICS, QUARTICS, Point
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.parameters import INPUTS
from muoquark.theory.betas import complete

__all__ = [
    "TODAY",
    "TopInputs",
    "couplings_at_matching",
    "matching_shifts",
    "sm_at_top",
    "tree_shift",
]


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
    """Return all couplings of the model at ``point.common_scale``.

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

    out = dict(run_sm(point.common_scale) if sm is None else sm)
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


def matching_shifts(point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    """Return the one-loop shifts of dimension-four parameters, SMEFT minus leptoquark theory.

    They come from the complete one-loop matching at ``point.common_scale``, with the SM parameters
    of `couplings`; in the names and normalisations of :func:`muoquark.theory.beta`.  The
    right-handed coupling etat1R is not part of that matching.
    """
    from muoquark.matching.oneloop import normalisation, scalars
    from muoquark.matching.oneloop.functions import integrals
    from muoquark.matching.oneloop.inputs import Inputs

    electron_tau = np.ix_([0, 2], [0, 2])
    leptons = np.zeros((3, 3), complex)
    leptons[electron_tau] = couplings["Ye"]
    leptons[1, 1] = couplings["ymu"][0][0]
    inputs = Inputs(
        eta1L=point.eta1L,
        eta1R=point.eta1R,
        eta3L=point.eta3L,
        Yu=np.asarray(couplings["Yu"]),
        Yd=np.asarray(couplings["Yd"]),
        Ye=leptons,
        M1=point.M1,
        M3=point.M3,
        mu=point.common_scale,
        g1=couplings["g1"],
        g2=couplings["g2"],
        g3=couplings["g3"],
        lam=2 * couplings["lH"],
        m2=couplings["mH2"],
        lH1=point.quartic("lH1").real,
        lH3=point.quartic("lH3").real,
        leH3=point.quartic("leH3").real,
        lH13=point.quartic("lH13"),
    )
    loop = integrals(inputs)
    found = {**scalars.dimension_four(inputs, loop), **normalisation.yukawas(inputs, loop)}
    shifts = {name: found[name] for name in ("g1", "g2", "g3", "Yu", "Yd")}
    shifts["Ye"] = np.asarray(found["Ye"])[electron_tau]
    shifts["ymu"] = np.asarray(found["Ye"])[1:2, 1:2]
    shifts["lH"] = found["lam"] / 2
    shifts["mH2"] = found["mH2"]
    return shifts


def _add_thresholds(point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    out = dict(couplings)
    for name, shift in matching_shifts(point, couplings).items():
        out[name] = out[name] - shift
    out["lH"] += tree_shift(out).get("lH", 0.0)
    return out


def tree_shift(couplings: dict[str, Any]) -> dict[str, float]:
    """Quartics above the mass of Phi minus those below it (1203.0237).

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
