"""The CKM matrix in the standard parametrisation, from and to the inputs that wilson uses."""

from __future__ import annotations

import cmath
from math import asin, sin, sqrt
from typing import NamedTuple

import numpy as np

__all__ = ["CKMInput", "ckm_matrix", "ckm_parameters"]


class CKMInput(NamedTuple):
    """The four numbers that fix the CKM matrix: |V_us|, |V_ub|, |V_cb| and gamma in radians."""

    Vus: float
    Vub: float
    Vcb: float
    gamma: float


def ckm_matrix(ckm: CKMInput) -> np.ndarray:
    """Return the 3x3 unitary CKM matrix with the standard phase convention of the PDG.

    gamma = arg(-V_ud V_ub^* / (V_cd V_cb^*)) is the angle of the unitarity triangle, not the
    phase delta of the parametrisation, from which it differs by some 1e-3 (PDG review of the CKM
    matrix, eqs. (12.3) and (12.6)).
    """
    s13 = ckm.Vub
    c13 = sqrt(1 - s13**2)
    s12, s23 = ckm.Vus / c13, ckm.Vcb / c13
    c12, c23 = sqrt(1 - s12**2), sqrt(1 - s23**2)
    # V_cd is minus the sum of s12 c23 (real) and c12 s23 s13 e^{i delta}; gamma is the angle
    # between the second term and the sum, so the sine rule of that triangle reads
    # sin(delta - gamma) = ratio sin(gamma).
    ratio = c12 * s23 * s13 / (s12 * c23)
    delta = ckm.gamma + asin(ratio * sin(ckm.gamma))
    phase = cmath.exp(1j * delta)
    return np.array(
        [
            [c12 * c13, s12 * c13, s13 / phase],
            [
                -s12 * c23 - c12 * s23 * s13 * phase,
                c12 * c23 - s12 * s23 * s13 * phase,
                s23 * c13,
            ],
            [
                s12 * s23 - c12 * c23 * s13 * phase,
                -c12 * s23 - s12 * c23 * s13 * phase,
                c23 * c13,
            ],
        ]
    )


def ckm_parameters(matrix: np.ndarray) -> CKMInput:
    """Return the four rephasing invariants of a unitary 3x3 matrix; inverse of `ckm_matrix`."""
    V = matrix
    gamma = cmath.phase(-V[0, 0] * np.conj(V[0, 2]) / (V[1, 0] * np.conj(V[1, 2])))
    return CKMInput(abs(V[0, 1]), abs(V[0, 2]), abs(V[1, 2]), gamma)
