r"""Dated inputs of the SM, and the couplings that they mean at their scale.

There are two sets.  :class:`SMInputs` are the numbers of wilson at M_Z, so that a point means the
same thing in the matching as in a chain that wilson runs.  :class:`TopInputs` are measured values
of today.  MS-bar gauge couplings, top Yukawa, Higgs quartic and mass at mu = M_t follow from them
by the matching at two loops and beyond of Buttazzo et al., 1307.3536 (INSPIRE Buttazzo:2013uya);
the lighter fermions' running masses at M_t are those of Xing, Zhang and Zhou, 1112.3112
(Xing:2011aa).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from muoquark.common.constants import ALPHA_S, M_Z, VEV_H
from muoquark.sm.ckm import CKMInput, ckm_matrix
from muoquark.sm.parameters import SMParameters

__all__ = [
    "INPUTS",
    "TODAY",
    "SMInputs",
    "TopInputs",
    "sm_at_mz",
    "sm_at_top",
    "third_row",
]


@dataclass(frozen=True)
class SMInputs:
    """MS-bar parameters at mu = 91.1876 GeV, in GeV where they have a unit.

    The values are those of wilson 2.5.2 (``wilson.run.smeft.smpar.p``; 1804.05033): W, Z,
    Higgs and top masses are running masses from the program mr (1601.08143), the lighter quark
    masses run from PDG values, the lepton masses are pole masses.
    """

    GF: float = 1.1663787e-5
    alpha_e: float = 1 / 127.9
    alpha_s: float = 0.1185
    ckm: CKMInput = CKMInput(Vus=0.2243, Vub=3.62e-3, Vcb=4.221e-2, gamma=1.27)
    m_e: float = 0.000511
    m_mu: float = 0.1057
    m_tau: float = 1.777
    m_u: float = 0.00127
    m_c: float = 0.635
    m_d: float = 0.00270
    m_s: float = 0.0551
    m_b: float = 2.85
    m_t: float = 169.0
    m_W: float = 80.20
    m_h: float = 130.6

    @property
    def v(self) -> float:
        """The Higgs vacuum expectation value (2^(-1/4) G_F^(-1/2), 246.22 GeV)."""
        return float((sqrt(2) * self.GF) ** -0.5)


INPUTS = SMInputs()


@dataclass(frozen=True)
class TopInputs:
    """Measured inputs of the matching at the top mass; GeV.

    Defaults: PDG 2024 (Phys. Rev. D110, 030001).
    """

    m_t: float = 172.57
    m_h: float = 125.20
    m_w: float = 80.3692
    alpha_s: float = ALPHA_S
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


def third_row(inputs: SMInputs = INPUTS) -> tuple[complex, complex, complex]:
    """Return (V_td, V_ts, V_tb) of the measured inputs, the spurion of the flavour ansatz."""
    row = ckm_matrix(inputs.ckm)[2]
    return complex(row[0]), complex(row[1]), complex(row[2])


def sm_at_mz(inputs: SMInputs = INPUTS) -> SMParameters:
    """Return the SM parameters at mu = M_Z by the relations of tree level, down-aligned."""
    v = inputs.v
    g2 = 2 * inputs.m_W / v
    e = sqrt(4 * pi * inputs.alpha_e)
    lam = inputs.m_h**2 / v**2
    return SMParameters(
        scale=M_Z,
        g1=e * g2 / sqrt(g2**2 - e**2),
        g2=g2,
        g3=sqrt(4 * pi * inputs.alpha_s),
        Yu=ckm_matrix(inputs.ckm).conj().T
        @ np.diag([inputs.m_u, inputs.m_c, inputs.m_t])
        * (sqrt(2) / v),
        Yd=np.diag([inputs.m_d, inputs.m_s, inputs.m_b]) * (sqrt(2) / v),
        Ye=np.diag([inputs.m_e, inputs.m_mu, inputs.m_tau]) * (sqrt(2) / v),
        lam=lam,
        m2=inputs.m_h**2 / 2,
    )


def sm_at_top(inputs: TopInputs = TODAY) -> SMParameters:
    """Return the SM parameters at mu = M_t, down-aligned; see the module's sources."""
    dt, dh = inputs.m_t - 173.34, inputs.m_h - 125.15
    da, dw = (inputs.alpha_s - 0.1184) / 0.0007, (inputs.m_w - 80.384) / 0.014
    top = 0.93690 + 0.00556 * dt - 0.00003 * dh - 0.00042 * da
    up = np.diag([inputs.m_u / VEV_H, inputs.m_c / VEV_H, top])
    mass = 131.55 + 0.94 * dh + 0.17 * dt
    return SMParameters(
        scale=inputs.m_t,
        g1=0.35830 + 0.00011 * dt - 0.00020 * dw,
        g2=0.64779 + 0.00004 * dt + 0.00011 * dw,
        g3=1.1666 + 0.00314 * da - 0.00046 * dt,
        Yu=ckm_matrix(INPUTS.ckm).conj().T @ up,
        Yd=np.diag([inputs.m_d, inputs.m_s, inputs.m_b]) / VEV_H,
        Ye=np.diag([inputs.m_e, inputs.m_mu, inputs.m_tau]) / VEV_H,
        lam=2 * (0.12604 + 0.00206 * dh - 0.00004 * dt),
        m2=mass**2 / 2,
    )
