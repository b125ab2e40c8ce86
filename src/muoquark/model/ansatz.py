r"""Flavour ansaetze: three quark couplings from one number.

Section 2.4 of the paper assumes that the approximate U(2)^3 symmetry of the quark sector is
broken by the same spurions in the leptoquark couplings as in the Yukawas (1105.2296).  Then

    eta^{3L}_i, eta^{1L}_i = (c_1 V_td, c_2 V_ts, 1) eta_3,    eta^{1R}_i = (0, 0, 1) eta_3,

with c_1, c_2 complex numbers of order one.  The figure's caption has c = +1, which gives
C9 = -C10 > 0, the wrong sign for the data of 2021 (they need -0.39): no common factor can
repair it, since C9 goes like eta_3 eta_2^* = c_2^* V_ts^* |eta_3|^2.  The default here is
therefore c = -1; the literal caption is ``light: 1``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.sm.inputs import INPUTS, SMInputs, third_row

__all__ = ["ANSAETZE", "LEFT_HANDED", "muon_column", "spurion"]

ANSAETZE = ("U2",)

# The couplings to the quark doublet that annihilate it, and those that create it; the spurion of
# the singlets is suppressed by the light Yukawas and dropped, as in the paper.
ANNIHILATING = ("eta3L", "eta1L", "eta2R", "x2R")
CREATING = ("x1L", "x3L", "eta2tR")
LEFT_HANDED = ANNIHILATING + CREATING


def spurion(
    coupling: str, light: tuple[complex, complex] = (-1.0, -1.0), inputs: SMInputs = INPUTS
) -> np.ndarray:
    """Return the direction in quark flavour space of `coupling` under the U(2) ansatz.

    Parameters
    ----------
    coupling
        ``eta3L``, ``eta1L`` or another that annihilates the quark doublet (direction
        (c1 V_td, c2 V_ts, 1)), ``x1L`` or another that creates it (V conjugated), else (0, 0, 1).
    light
        The order-one coefficients c1 and c2.

    Returns
    -------
    Complex array of shape (3,), the third entry 1.
    """
    if coupling not in LEFT_HANDED:
        return np.array([0, 0, 1], dtype=complex)
    V_td, V_ts, _ = third_row(inputs)
    if coupling in CREATING:
        V_td, V_ts = V_td.conjugate(), V_ts.conjugate()
    return np.array([light[0] * V_td, light[1] * V_ts, 1], dtype=complex)


def muon_column(column: Any, xp: Any = np) -> Any:
    """Return the 3x3 coupling matrix [quark][lepton] of a muoquark from its muon column."""
    zero = xp.zeros_like(column)
    return xp.stack([zero, column, zero], axis=-1)
