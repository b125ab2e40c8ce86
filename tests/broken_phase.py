"""Pole masses of fermions in a constant Higgs background, in the full theory and in the SMEFT.

The second route for everything that ends up in ephi, uphi, dphi and the Yukawa shifts: no Green's
basis, no equations of motion, no operators; self-energies with massive internal fermions on the
mass shell, mixed leptoquarks, all orders in the background h (H = (0, h)).
One generation, no gauge couplings, quartic and m2 zero (the background then is a vacuum).
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial.legendre import leggauss

KAPPA = 1 / (16 * np.pi**2)
_X, _W = leggauss(400)
# x = u^4 tames the logarithm at x = 0, where the light mass sits
_U = 0.5 * (_X + 1)
_NODE, _WEIGHT = _U**4, 0.5 * _W * 4 * _U**3


def bubbles(heavy2: float, light2: float, p2: float, mu: float) -> tuple[float, float]:
    """Finite parts of the integrals of 1/(..)(..) and of q/(..)(..) over p."""
    x = _NODE
    log = -np.log((x * heavy2 + (1 - x) * light2 - x * (1 - x) * p2) / mu**2)
    return float(np.sum(_WEIGHT * log)), float(np.sum(_WEIGHT * x * log))


def neutral(p, h):
    """Eigenvalues and vectors of (S1, S3^3) in the background: h^3 = -h^2."""
    m = np.array(
        [
            [p.M1**2 + p.lH1 * h**2, -np.conj(p.lH13) * h**2],
            [-p.lH13 * h**2, p.M3**2 + p.lH3 * h**2],
        ]
    )
    return np.linalg.eigh(m)


def pole_mass(p, h: float, which: str) -> float:
    """One-loop pole mass of e, u or d for one-generation numbers in `p`, expanded in kappa."""
    e1, er, e3 = p.eta1L, p.eta1R, p.eta3L
    mass = {"e": p.Ye, "u": p.Yu, "d": p.Yd}[which] * h
    p2 = abs(mass) ** 2
    square, vectors = neutral(p, h)
    lines = []  # heavy^2, internal mass, left coupling, right coupling, colours
    outer = p.M3**2 + p.lH3 * h**2
    up, down = outer + p.leH3 * h**2, outer - p.leH3 * h**2
    root2 = np.sqrt(2)
    if which == "e":
        # S^dag_k (Gamma_k): h.c. of the vertices, e_L with (eta1L, -eta3L), e_R with eta1R
        for s in range(2):
            left = e1 * vectors[0, s] - e3 * vectors[1, s]
            lines.append((square[s], p.Yu * h, left, er * vectors[0, s], 3))
        lines.append((up, p.Yd * h, -root2 * e3, 0.0, 3))
    elif which == "u":
        for s in range(2):
            left = e1 * vectors[0, s] - e3 * vectors[1, s]
            lines.append((square[s], p.Ye * h, left, er * vectors[0, s], 1))
        lines.append((down, 0.0, root2 * e3, 0.0, 1))
    else:
        for s in range(2):
            left = -e1 * vectors[0, s] - e3 * vectors[1, s]
            lines.append((square[s], 0.0, left, 0.0, 1))
        lines.append((up, p.Ye * h, -root2 * e3, 0.0, 1))
    kinetic, flip = 0.0, 0.0
    for heavy2, light, left, right, colours in lines:
        b0, b1 = bubbles(heavy2, abs(light) ** 2, p2, p.mu)
        kinetic += 0.5 * colours * b1 * (abs(left) ** 2 + abs(right) ** 2)
        flip += colours * b0 * np.conj(left) * right * np.conj(light)
    # |mass - kappa flip| (1 - kappa kinetic) to first order in kappa
    return -KAPPA * float((flip * np.conj(mass)).real / abs(mass) + abs(mass) * kinetic)


def smeft_mass(p, h: float, which: str, yukawa: complex, cubic: complex, lequ1: complex) -> float:
    """The same from the shift of the Yukawa, the H^3 operator and the fermion loop of lequ1."""
    own = {"e": p.Ye, "u": p.Yu, "d": p.Yd}[which] * h
    delta = yukawa * h - cubic * h**3
    if which in "eu":
        light = (p.Yu if which == "e" else p.Ye) * h
        colours = 3 if which == "e" else 1
        tadpole = abs(light) ** 2 * (1 + np.log(p.mu**2 / abs(light) ** 2))
        delta += 2 * colours * KAPPA * lequ1 * np.conj(light) * tadpole
    return float((delta * np.conj(own)).real / abs(own))
