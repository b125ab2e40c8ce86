"""Drell-Yan in the SM at leading order: what interferes with new physics, and its own yield."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from muoquark.common.constants import GAMMA_W, GAMMA_Z, M_Z
from muoquark.likelihood.highpt.amplitudes import Amplitude, ckm
from muoquark.likelihood.highpt.integrals import PartonIntegrals, pair
from muoquark.likelihood.highpt.pack import DOWN, UP
from muoquark.sm.inputs import INPUTS

__all__ = ["PER_FB", "couplings", "drell_yan", "pole", "poles", "shape"]

PER_FB = 1000.0  # 1/pb


@dataclass(frozen=True)
class DrellYanCouplings:
    """Couplings at tree level, masses in TeV.

    Attributes
    ----------
    e2, g2
        Squared couplings of the photon and of the W.
    sw2
        Sine squared of the weak angle, 1 - M_W^2/M_Z^2.
    masses, widths
        Of the photon, Z and W, by ``A``, ``Z`` and ``W``, in TeV.
    """

    e2: float
    g2: float
    sw2: float
    masses: dict[str, float]
    widths: dict[str, float]

    def z(self, chirality: str, charge: float, isospin: float) -> float:
        """Return the coupling to the Z of one chirality, ``L`` or ``R``."""
        left = isospin if chirality == "L" else 0.0
        return sqrt(self.e2 / (self.sw2 * (1 - self.sw2))) * (left - self.sw2 * charge)


def couplings() -> DrellYanCouplings:
    """Return the couplings of alpha(M_Z), G_F and M_Z by the relations of tree level."""
    e2, m_z = 4 * pi * INPUTS.alpha_e, M_Z / 1000
    a2 = pi * INPUTS.alpha_e / (sqrt(2) * INPUTS.GF * 1e6)  # M_W^2 sin^2
    m_w = m_z * sqrt(0.5 + sqrt(0.25 - a2 / m_z**2))
    sw2 = 1 - m_w**2 / m_z**2
    widths = {"A": 0.0, "Z": GAMMA_Z / 1000, "W": GAMMA_W / 1000}
    return DrellYanCouplings(e2, e2 / sw2, sw2, {"A": 0.0, "Z": m_z, "W": m_w}, widths)


def _quark(up: bool) -> tuple[float, float]:
    """Return charge and isospin."""
    return (2 / 3, 0.5) if up else (-1 / 3, -0.5)


def poles(one: Amplitude, charged: bool) -> dict[str, float]:
    """Return the strengths of what interferes with an amplitude, without propagators.

    By the names of responses; of the W without its element of the CKM matrix.
    """
    c = couplings()
    if charged:
        return {"W_Reg": c.g2 / 2}
    charge, isospin = _quark(one.up)
    lepton, quark = one.chirality[0], one.chirality[1]
    z = c.z(quark, charge, isospin) * c.z(lepton, -1.0, -0.5)
    return {"A_Reg": -c.e2 * charge, "Z_Reg": z}


def pole(boson: str, s: np.ndarray) -> np.ndarray:
    """Return the real part of a propagator, for s in TeV^2.

    The imaginary part would multiply a phase between new physics and the W, with opposite signs for
    both charges (1e-3 of the rest): it is left out.
    """
    c = couplings()
    mass, width = c.masses[boson], c.widths[boson]
    return np.asarray((s - mass**2) / ((s - mass**2) ** 2 + (mass * width) ** 2))


def _squared(boson: str, s: np.ndarray) -> np.ndarray:
    c = couplings()
    mass, width = c.masses[boson], c.widths[boson]
    return np.asarray(1 / ((s - mass**2) ** 2 + (mass * width) ** 2))


def drell_yan(integrals: PartonIntegrals) -> np.ndarray | None:
    """Return the SM's yield of a search at leading order, (bins,) events.

    None for lepton-flavour violation.
    """
    binned = integrals.binned
    if all(a != b for a, b in binned.search.leptons):
        return None
    total = np.zeros(len(binned.observed))

    def add(name: tuple[str, str], q: str, a: str, size: float, integral: np.ndarray) -> None:
        total[:] += size * integral[pair(q, a), :, 0] @ binned.response[(*name, q, a)]

    c = couplings()
    if binned.search.charged:
        squared = integrals.averaged("near", lambda s: _squared("W", s))
        V = ckm()
        for i, u in enumerate(UP):
            for j, d in enumerate(DOWN):
                size = float(abs(V[i, j]) ** 2 * c.g2**2 / 4)
                add(("VLL", "W_W"), d, u, size, squared)
                add(("VLL", "W_W"), u, d, size, squared)
    else:
        photon = integrals.averaged("near", lambda s: 1 / s**2)
        mixed = integrals.averaged("near", lambda s: pole("Z", s) / s)
        squared = integrals.averaged("near", lambda s: _squared("Z", s))
        for q in (*DOWN, *UP):
            for chirality in ("LL", "RR", "LR", "RL"):
                one = Amplitude("V", chirality, q in UP, (0, 0, 0, 0))
                a, z = poles(one, False).values()
                add(("VLL", "A_A"), q, q, a**2, photon)
                add(("VLL", "A_Z"), q, q, 2 * a * z, mixed)
                add(("VLL" if one.same else "VLR", "Z_Z"), q, q, z**2, squared)
    return total * PER_FB * binned.luminosity


def shape(integrals: PartonIntegrals) -> np.ndarray:
    """Return the yield of an amplitude like the photon's, (bins,) in some unit.

    What Drell-Yan would look like where the SM has none.
    """
    binned = integrals.binned
    photon = integrals.averaged("near", lambda s: 1 / s**2)
    total = np.zeros(len(binned.observed))
    for q in (*DOWN, *UP):
        total += photon[pair(q, q), :, 0] @ binned.response[("VLL", "Reg_Reg", q, q)]
    return total
