"""The CKM matrix in the standard parametrisation, from and to the inputs that wilson uses."""

from __future__ import annotations

import cmath
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from muoquark.common.arrays import ComplexMatrix3
from muoquark.common.gather import once, points_first, upright

__all__ = ["CKMInput", "ckm_elements", "ckm_matrix", "ckm_parameters", "gamma_from_delta"]

# Of the imaginary parts: V_ub has the conjugate phase.
_SIGN = np.array([1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])


class CKMInput(NamedTuple):
    """The four numbers that fix the CKM matrix: |V_us|, |V_ub|, |V_cb| and gamma in radians."""

    Vus: float
    Vub: float
    Vcb: float
    gamma: float


def ckm_matrix(
    ckm: CKMInput | Float[Any, "*batch 4"], phase: str = "gamma", xp: Any = np
) -> Complex[Any, "*batch 3 3"]:
    """Return CKM matrices, shape (..., 3, 3), in the standard phase convention of the PDG.

    Parameters
    ----------
    ckm
        :class:`CKMInput`, or an array (..., 4): |V_us|, |V_ub|, |V_cb| and a phase in radians.
    phase
        What the fourth number is: ``gamma``, the angle arg(-V_ud V_ub^* / (V_cd V_cb^*)) of the
        unitarity triangle, or ``delta``, the phase of the standard parametrisation, from which
        gamma differs by some 1e-3 (PDG review of the CKM matrix, eqs. (12.3) and (12.6)).
    xp
        ``numpy`` or ``jax.numpy``.
    """
    re, im = ckm_elements(ckm, phase, xp)
    return (re + 1j * im).reshape(*re.shape[:-1], 3, 3)


def ckm_elements(
    ckm: CKMInput | Float[Any, "*batch 4"], phase: str = "gamma", xp: Any = np
) -> tuple[Float[Any, "*batch 9"], Float[Any, "*batch 9"]]:
    """Return real and imaginary parts of :func:`ckm_matrix`, row by row.

    Real arrays are fewer and faster operations than complex ones, for numpy and for compilers.
    """
    if isinstance(ckm, CKMInput):
        ckm = xp.asarray(ckm)
    vus, vub, vcb, angle = (ckm[..., i] for i in range(4))
    s13, c13 = vub, xp.sqrt(1 - vub**2)
    s12, s23 = vus / c13, vcb / c13
    c12, c23 = xp.sqrt(1 - s12**2), xp.sqrt(1 - s23**2)
    if phase == "gamma":
        # V_cd is minus the sum of s12 c23 (real) and c12 s23 s13 e^{i delta}; gamma is the angle
        # between the second term and the sum, so the sine rule of that triangle reads
        # sin(delta - gamma) = ratio sin(gamma).
        angle = angle + xp.arcsin(c12 * s23 * s13 / (s12 * c23) * xp.sin(angle))
    # What is multiplied by e^{i delta}, for each element.
    zero = xp.zeros_like(s13)
    cosine, sine = once((xp.cos(angle), xp.sin(angle)), xp)
    turned = xp.stack(
        [zero, zero, s13, -c12 * s23 * s13, -s12 * s23 * s13, zero, -c12 * c23 * s13,
         -s12 * c23 * s13, zero],
    )  # fmt: skip
    fixed = xp.stack(
        [c12 * c13, s12 * c13, zero, -s12 * c23, c12 * c23, s23 * c13, s12 * s23, -c12 * s23,
         c23 * c13],
    )  # fmt: skip
    re = fixed + turned * cosine
    im = turned * upright(_SIGN, turned) * sine
    return points_first(re, xp), points_first(im, xp)


def ckm_parameters(matrix: ComplexMatrix3) -> CKMInput:
    """Return the four rephasing invariants of a unitary 3x3 matrix; inverse of `ckm_matrix`."""
    V = matrix
    gamma = cmath.phase(-V[0, 0] * np.conj(V[0, 2]) / (V[1, 0] * np.conj(V[1, 2])))
    return CKMInput(abs(V[0, 1]), abs(V[0, 2]), abs(V[1, 2]), gamma)


def gamma_from_delta(ckm: Float[Any, "*batch 4"], xp: Any = np) -> Float[Any, "*batch 4"]:
    """Return the parameters with the angle gamma for those with the phase delta, shape (..., 4)."""
    re, im = ckm_elements(ckm, "delta", xp)
    v = [(re[..., k], im[..., k]) for k in (0, 2, 3, 5)]
    # arg(-V_ud V_ub^* V_cd^* V_cb); V_ud and V_cb are real.
    (ud, _), (ub, ub_im), (cd, cd_im), (cb, _) = v
    scale = -ud * cb
    gamma = xp.arctan2(-scale * (ub_im * cd + ub * cd_im), scale * (ub * cd - ub_im * cd_im))
    return points_first(xp.stack([ckm[..., 0], ckm[..., 1], ckm[..., 2], gamma]), xp)
