"""The leptonic mixing matrix and the observables of light Majorana neutrinos.

Conventions of the Particle Data Group: U = V(theta_12, theta_23, theta_13, delta)
diag(1, e^{i alpha21/2}, e^{i alpha31/2}), nu_L = U nu, and -L = 1/2 bar(nu_L) m_nu nu_L^c + h.c.
with m_nu = U diag(m) U^T.  Masses in eV, angles as sin^2, phases in radians.  All functions
broadcast over leading axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "effective_mass",
    "light_masses",
    "mixing_parameters",
    "pmns_matrix",
    "takagi",
]


def pmns_matrix(
    s12sq: Any, s13sq: Any, s23sq: Any, delta: Any, alpha21: Any = 0.0, alpha31: Any = 0.0
) -> np.ndarray:
    """Return U, shape (..., 3, 3): rows e, mu, tau and columns 1, 2, 3."""
    args = np.broadcast_arrays(s12sq, s13sq, s23sq, delta, alpha21, alpha31)
    x12, x13, x23, d, a21, a31 = (np.asarray(x, float) for x in args)
    s12, s13, s23 = np.sqrt(x12), np.sqrt(x13), np.sqrt(x23)
    c12, c13, c23 = np.sqrt(1 - x12), np.sqrt(1 - x13), np.sqrt(1 - x23)
    phase = np.exp(1j * d)
    rows = [
        [c12 * c13, s12 * c13, s13 / phase],
        [-s12 * c23 - c12 * s23 * s13 * phase, c12 * c23 - s12 * s23 * s13 * phase, s23 * c13],
        [s12 * s23 - c12 * c23 * s13 * phase, -c12 * s23 - s12 * c23 * s13 * phase, c23 * c13],
    ]
    matrix = np.stack([np.stack([x + 0j * d for x in row], axis=-1) for row in rows], axis=-2)
    majorana = np.stack([np.ones_like(d) + 0j, np.exp(0.5j * a21), np.exp(0.5j * a31)], axis=-1)
    return np.asarray(matrix * majorana[..., None, :])


def light_masses(lightest: Any, dm21: Any, dm3l: Any) -> np.ndarray:
    """Return (m1, m2, m3) in eV, shape (..., 3); the sign of dm3l decides the ordering."""
    m0, d21, d3l = (np.asarray(x, float) for x in np.broadcast_arrays(lightest, dm21, dm3l))
    normal = d3l > 0
    heavy = np.sqrt(m0**2 + np.abs(d3l))
    # NO: m1 lightest, m3 heaviest.  IO: m3 lightest, m2 heaviest, m1 a little below.
    m1 = np.where(normal, m0, np.sqrt(np.maximum(heavy**2 - d21, 0)))
    m2 = np.where(normal, np.sqrt(m0**2 + d21), heavy)
    m3 = np.where(normal, heavy, m0)
    return np.stack([m1, m2, m3], axis=-1)


def effective_mass(U: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return m_ee = |sum U_ei^2 m_i| (...), the mass seen by neutrinoless double beta decay.

    Parameters
    ----------
    U
        Mixing matrices with their Majorana phases, (..., 3, 3).
    masses
        (..., 3), in the unit of the result (eV).
    """
    return np.asarray(np.abs(np.sum(U[..., 0, :] ** 2 * masses, axis=-1)))


def mixing_parameters(U: np.ndarray) -> Mapping[str, float]:
    """Return sin^2 of the angles and the phases of a unitary 3x3 matrix, whatever its row phases.

    The inverse of :func:`pmns_matrix`; phases are in [0, 2 pi).
    """
    s13sq = abs(U[0, 2]) ** 2
    s12sq = abs(U[0, 1]) ** 2 / (1 - s13sq)
    s23sq = abs(U[1, 2]) ** 2 / (1 - s13sq)
    c12, s12 = np.sqrt(1 - s12sq), np.sqrt(s12sq)
    c23, s23 = np.sqrt(1 - s23sq), np.sqrt(s23sq)
    s13, c13sq = np.sqrt(s13sq), 1 - s13sq
    # Rephasing invariant: -c12 c13^2 s23 s13 (s12 c23 e^{i delta} + c12 s23 s13)
    invariant = U[0, 0] * U[1, 2] * np.conj(U[0, 2] * U[1, 0])
    phase = -(invariant / (c12 * c13sq * s23 * s13) + c12 * s23 * s13) / (s12 * c23)
    delta = np.angle(phase)
    alpha21 = 2 * (np.angle(U[0, 1]) - np.angle(U[0, 0]))
    alpha31 = 2 * (np.angle(U[0, 2]) + delta - np.angle(U[0, 0]))
    full = 2 * np.pi
    return {
        "s12sq": float(s12sq),
        "s13sq": float(s13sq),
        "s23sq": float(s23sq),
        "delta": float(delta % full),
        "alpha21": float(alpha21 % full),
        "alpha31": float(alpha31 % full),
    }


def takagi(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (m, U) with m >= 0 ascending and matrix = U diag(m) U^T, for a symmetric matrix.

    An eigenvector (x, y) of the real symmetric matrix [[Re, Im], [Im, -Re]] with eigenvalue
    m >= 0 is a column x + i y of U; this also holds for equal masses.
    """
    n = len(matrix)
    real = np.block([[matrix.real, matrix.imag], [matrix.imag, -matrix.real]])
    values, vectors = np.linalg.eigh(real)
    return values[n:], vectors[:n, n:] + 1j * vectors[n:, n:]
