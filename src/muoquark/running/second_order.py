"""How far coefficients shift the couplings of the SM: the size of what linear maps leave out.

The maps to the low scales are linear in the Warsaw coefficients, with the couplings of the SM in
their anomalous dimensions and matching.  These couplings are extracted from masses and decays that
the coefficients shift themselves (1704.03888, equation 3.1 and section 3), for example the Yukawa
coupling of the top, sqrt(2) m_t/v + v^2 C_uphi/2.  So every contribution to ln L is off, in second
order, by about that shift times the power of the coupling in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np
from jaxtyping import Float

from muoquark.sm.inputs import INPUTS

__all__ = ["coupling_shifts"]

_V2 = INPUTS.v**2
_YT = sqrt(2) * INPUTS.m_t / INPUTS.v
_MH2 = INPUTS.m_h**2
_E, _G = sqrt(4 * pi * INPUTS.alpha_e), 2 * INPUTS.m_W / INPUTS.v
_TAN = _E / sqrt(_G**2 - _E**2)

# For each coupling its relative shift, in coefficients at the Z mass times v^2, and how much of a
# contribution to ln L goes with it.  The weights are what wilson's own non-linear running shows
# (docs/evolution.md): contributions of operators with tops to the precision observables go like
# y_t^4, those of phiG like g_s; the others hardly matter.
_SHIFTS: dict[str, tuple[float, dict[str, float]]] = {
    "y_t": (4.0, {"uphi_33": 0.5 / _YT}),
    "lambda": (0.2, {"phi": 3 * _V2 / _MH2, "phiBox": -2.0, "phiD": 0.5}),
    "g": (0.3, {"phiW": 1.0}),
    "g'": (0.3, {"phiB": 1.0, "phiWB": -_TAN}),
    "g_s": (1.0, {"phiG": 1.0}),
    "G_F": (1.0, {"phil3_11": 1.0, "phil3_22": 1.0, "ll_1221": -0.5}),
    "m_Z": (0.3, {"phiD": 0.25}),
}


def coupling_shifts(inputs: Sequence[str]) -> Float[np.ndarray, "couplings inputs"]:
    """Return rows r: a share of about sum_k |r_k . c| of ln L - ln L_SM is of second order.

    Parameters
    ----------
    inputs
        Real components of the Warsaw basis, of the vector c at the Z mass in GeV^-2.

    Returns
    -------
    array, shape (couplings, inputs)
        In GeV^2; imaginary parts do not shift a coupling in first order.
    """
    position = {name: k for k, name in enumerate(inputs)}
    rows = np.zeros((len(_SHIFTS), len(position)))
    for row, (weight, terms) in zip(rows, _SHIFTS.values(), strict=True):
        for name, factor in terms.items():
            row[position[f"{name}:Re"]] = weight * factor * _V2
    return rows
