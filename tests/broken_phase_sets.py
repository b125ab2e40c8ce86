"""Fermions in a constant Higgs background with all five leptoquarks, component by component.

The second route of `broken_phase.py` for any set: pole masses from self-energies with massive
internal fermions and split, mixed leptoquarks (ephi, uphi, dphi, the Yukawa shifts), and the
components by electric charge that photon, gluon and Z see.  Components are those of 1603.04993; one
generation, H = (0, h), V in the conventions of docs/matching.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broken_phase import KAPPA, bubbles


@dataclass(frozen=True)
class Line:
    """A loop of one component.

    Attributes
    ----------
    square
        Mass squared of the scalar.
    inner
        Yukawa coupling of the fermion inside (its mass is that times h), "" of a neutrino.
    left, right
        Couplings of the left-handed and of the right-handed outer fermion.
    field
        The leptoquark.
    conjugated
        Whether the fermion inside is a charge conjugate.
    """

    square: float
    inner: str
    left: complex
    right: complex
    field: str
    conjugated: bool


def _neutral(c, h):
    """S1 and S3^3, which lH13 mixes: h^3 = -h^2."""
    m = np.array(
        [
            [c["M_S1"] ** 2 + c["lH1"] * h**2, -np.conj(c["lH13"]) * h**2],
            [-c["lH13"] * h**2, c["M_S3"] ** 2 + c["lH3"] * h**2],
        ]
    )
    return np.linalg.eigh(m)


def lines(c, h, which):
    """The loops of e, u or d; `c` has numbers for all couplings, masses and portals."""
    root2 = np.sqrt(2)
    square, vectors = _neutral(c, h)
    s3 = c["M_S3"] ** 2 + c["lH3"] * h**2
    up, down = s3 + c["leH3"] * h**2, s3 - c["leH3"] * h**2  # charges 4/3 and -2/3
    s1t = c["M_S1t"] ** 2 + c["lH1t"] * h**2
    r2 = [c["M_R2"] ** 2 + (c["lH2"] - s * c["lsH2"]) * h**2 for s in (1, -1)]  # 5/3, 2/3
    r2t = [c["M_R2t"] ** 2 + (c["lH2t"] - s * c["lsH2t"]) * h**2 for s in (1, -1)]  # 2/3, -1/3
    e1, er, e3, et = c["eta1L"], c["eta1R"], c["eta3L"], c["eta1tR"]
    a, b, t = c["eta2L"], np.conj(c["eta2R"]), c["eta2tL"]
    mixed = [(square[s], vectors[0, s], vectors[1, s]) for s in range(2)]
    if which == "e":
        out = [Line(m, "Yu", e1 * x - e3 * y, er * x, "S1", True) for m, x, y in mixed]
        out += [
            Line(up, "Yd", -root2 * e3, 0, "S3", True),
            Line(s1t, "Yd", 0, et, "S1t", True),
            Line(r2[0], "Yu", a, b, "R2", False),
            Line(r2[1], "Yd", 0, b, "R2", False),
            Line(r2t[0], "Yd", t, 0, "R2t", False),
        ]
    elif which == "u":
        # F = 0: the couplings of the outer quark are the conjugate ones
        out = [Line(m, "Ye", e1 * x - e3 * y, er * x, "S1", True) for m, x, y in mixed]
        out += [
            Line(down, "", root2 * e3, 0, "S3", True),
            Line(r2[0], "Ye", c["eta2R"], np.conj(a), "R2", False),
            Line(r2[1], "", 0, np.conj(a), "R2", False),
        ]
    else:
        out = [Line(m, "", -e1 * x - e3 * y, 0, "S1", True) for m, x, y in mixed]
        out += [
            Line(up, "Ye", -root2 * e3, 0, "S3", True),
            Line(s1t, "Ye", 0, et, "S1t", True),
            Line(r2[1], "Ye", c["eta2R"], 0, "R2", False),
            Line(r2t[0], "Ye", 0, np.conj(t), "R2t", False),
            Line(r2t[1], "", 0, np.conj(t), "R2t", False),
        ]
    return out


def _light(c, line, h):
    """The mass of the fermion inside as it enters a chirality flip."""
    # the chain holds the conjugate of the Yukawa coupling for F = 2 and for F = 0 alike
    return c[line.inner] * h if line.inner else 0.0


def pole_mass(c, h: float, which: str) -> float:
    """One-loop pole mass of e, u or d, expanded in kappa."""
    mass = c[f"Y{which}"] * h
    p2 = abs(mass) ** 2
    colours = 3 if which == "e" else 1
    kinetic, flip = 0.0, 0.0
    for line in lines(c, h, which):
        light = _light(c, line, h)
        b0, b1 = bubbles(line.square, abs(light) ** 2, p2, c["mu"])
        kinetic += 0.5 * colours * b1 * (abs(line.left) ** 2 + abs(line.right) ** 2)
        flip += colours * b0 * np.conj(line.left) * line.right * np.conj(light)
    # |mass - kappa flip| (1 - kappa kinetic) to first order in kappa
    return -KAPPA * float((flip * np.conj(mass)).real / abs(mass) + abs(mass) * kinetic)
