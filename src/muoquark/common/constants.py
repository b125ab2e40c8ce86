"""Constants of physics: each once, with unit, source and year.

What the Standard Model takes as a set of one date, running masses among them, stands in
:mod:`muoquark.sm.inputs`.  Sources: SI 2019 (exact); CODATA 2022, 2409.03701; PDG 2024, Phys. Rev.
D110 (2024) 030001; the paper, for what its equations are written with.
"""

from __future__ import annotations

from math import pi

__all__ = [
    "ALPHA",
    "ALPHA_S",
    "B_THRESHOLD",
    "EV",
    "GAMMA_W",
    "GAMMA_Z",
    "GEV2_PB",
    "HBAR",
    "KAPPA",
    "M_E",
    "M_K0",
    "M_KPLUS",
    "M_MU",
    "M_MU_5",
    "M_PI0",
    "M_PROTON",
    "M_TAU",
    "M_TOP_RUNNING",
    "M_W_4",
    "M_Z",
    "M_Z_4",
    "PLANCK_MASS",
    "TAU_MU",
    "TAU_TAU",
    "T_THRESHOLD",
    "VEV",
    "VEV_H",
    "YEAR",
]

# loop factor and units
KAPPA = 1 / (16 * pi**2)  # factor of one loop
EV = 1e-9  # GeV
HBAR = 6.582119569e-25  # GeV s; SI 2019
GEV2_PB = 0.3893793721e9  # (hbar c)^2 in GeV^2 pb; PDG 2024
YEAR = 365.25 * 86400.0  # s; Julian year

# couplings and scales
ALPHA = 1 / 137.035999  # fine-structure constant, photon on shell; CODATA 2022, nine digits
ALPHA_S = 0.118  # strong coupling, MS-bar at M_Z; PDG 2024
PLANCK_MASS = 1.22e19  # GeV, sqrt(hbar c/G) without 8 pi; CODATA 2022 (1.22089e19), three digits
# v = (sqrt2 G_F)^(-1/2) = sqrt2 <H> of G_F = 1.1663787e-5 GeV^-2; PDG 2022
VEV = 246.21965  # GeV
VEV_H = 174.1  # GeV, <H> = VEV/sqrt2 to four digits; eq. (1) of the paper

# bosons.  PDG 2024 has M_Z = 91.1880; this is the scale of wilson's inputs and of its tables.
M_Z = 91.1876  # GeV; LEP, hep-ex/0509008 (2005), PDG until 2022
GAMMA_Z = 2.4952  # GeV; LEP, hep-ex/0509008 (2005), PDG until 2022
GAMMA_W = 2.085  # GeV; PDG 2022

# leptons; pole masses
M_E = 0.51099895e-3  # GeV; CODATA 2022, eight digits
M_MU = 0.1056583755  # GeV; CODATA 2022
M_TAU = 1.77693  # GeV; PDG 2024
TAU_MU = 2.1969811e-6  # s, lifetime; PDG 2024
TAU_TAU = 290.3e-15  # s, lifetime; PDG 2024

# hadrons
M_PROTON = 0.93827208816  # GeV; PDG 2024
M_PI0 = 0.1349768  # GeV; PDG 2024
M_KPLUS = 0.493677  # GeV; PDG 2024
M_K0 = 0.497611  # GeV; PDG 2024

# quarks, as estimates take them.  PDG 2024 has m_t(m_t) = 162.5 +2.1 -1.5 from cross sections and
# m_b(m_b) = 4.183.
M_TOP_RUNNING = 162.6  # GeV, m_t(m_t)
T_THRESHOLD, B_THRESHOLD = 163.0, 4.2  # GeV, where the number of active flavours changes

# Rounded.  Estimates of some claims were made and recorded with so many digits, which are more than
# they print; with the full values the records would move by up to 5e-5.
M_MU_5 = 0.10566  # GeV; M_MU to five digits
M_W_4 = 80.37  # GeV; PDG 2024 (80.3692) to four digits
M_Z_4 = 91.19  # GeV; M_Z to four digits
