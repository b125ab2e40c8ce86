"""SM parameters at any scale: one loop from the inputs at M_Z.

The renormalisation group equations are those of Machacek and Vaughn, Nucl. Phys. B222 (1983) 83,
B236 (1984) 221, B249 (1985) 70; in the notation used here 1308.2627, eqs. (A.1) to (A.17).  The
result is in the flavour basis of WCxf ``Warsaw``: Y_d and Y_e diagonal, Y_u = V^dagger diag(y_u)
with V in the standard phase convention.

The tables of running above the weak scale were made with this running, so the matching takes it.
At two loops, from inputs at the top mass, the SM runs by :func:`muoquark.theory.sm.run_sm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import log, pi
from pathlib import Path

import numpy as np
from jaxtyping import Float, Inexact

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS, SMInputs, sm_at_mz
from muoquark.sm.parameters import SM_NAMES, SMParameters

__all__ = ["SCALE_MAX", "integrated", "sm_beta", "sm_parameters"]

Matrix = Inexact[np.ndarray, "3 3"]
# Five numbers and three complex matrices.
Packed = Float[np.ndarray, " 59"]

SCALE_MAX = 1.3e19  # GeV, just above the Planck mass
# Ends of the panels of the table for the default inputs (python -m muoquark.sm.tabulate).
PANELS = (M_Z, 2e3, 1e6, 1e12, SCALE_MAX)
TABLE = Path(__file__).parent / "data" / "running.npz"


def _singular(matrix: Matrix) -> Float[np.ndarray, " 3"]:
    return np.linalg.svd(matrix, compute_uv=False)[::-1]


def sm_beta(sm: SMParameters) -> dict[str, float | Matrix]:
    """Return 16 pi^2 d(parameter)/d ln mu at one loop, for every name in :data:`SM_NAMES`."""
    g1, g2, g3, lam = sm.g1, sm.g2, sm.g3, sm.lam
    Yu, Yd, Ye = sm.Yu, sm.Yd, sm.Ye
    uu, dd, ee = Yu @ Yu.conj().T, Yd @ Yd.conj().T, Ye @ Ye.conj().T

    def trace(*matrices: Matrix) -> float:
        return float(sum(np.trace(m).real for m in matrices))

    T = 3 * trace(uu, dd) + trace(ee)
    return {
        "g1": 41 / 6 * g1**3,
        "g2": -19 / 6 * g2**3,
        "g3": -7 * g3**3,
        "Yu": 1.5 * (uu - dd) @ Yu + (T - 17 / 12 * g1**2 - 9 / 4 * g2**2 - 8 * g3**2) * Yu,
        "Yd": 1.5 * (dd - uu) @ Yd + (T - 5 / 12 * g1**2 - 9 / 4 * g2**2 - 8 * g3**2) * Yd,
        "Ye": 1.5 * ee @ Ye + (T - 15 / 4 * g1**2 - 9 / 4 * g2**2) * Ye,
        "lam": 12 * lam**2
        - (3 * g1**2 + 9 * g2**2) * lam
        + 3 / 4 * g1**4
        + 3 / 2 * g1**2 * g2**2
        + 9 / 4 * g2**4
        + 4 * T * lam
        - 4 * (3 * trace(uu @ uu, dd @ dd) + trace(ee @ ee)),
        "m2": sm.m2 * (6 * lam - 3 / 2 * g1**2 - 9 / 2 * g2**2 + 2 * T),
    }


def _pack(values: Mapping[str, float | Matrix]) -> Packed:
    parts = []
    for name in SM_NAMES:
        value = np.atleast_1d(np.asarray(values[name], dtype=complex)).ravel()
        parts.append(value.real if value.size == 1 else value.view(float))
    return np.concatenate(parts)


def _unpack(vector: Packed, scale: float) -> SMParameters:
    values: dict[str, float | Matrix] = {}
    position = 0
    for name in SM_NAMES:
        if name.startswith("Y"):
            block = np.ascontiguousarray(vector[position : position + 18])
            values[name] = block.view(complex).reshape(3, 3)
            position += 18
        else:
            values[name] = float(vector[position])
            position += 1
    return SMParameters(scale=scale, **values)  # type: ignore[arg-type]


def _down_aligned(sm: SMParameters) -> SMParameters:
    """Rotate to the flavour basis of WCxf Warsaw with the standard phases of V."""
    V = ckm_matrix(sm.ckm)
    return replace(
        sm,
        Yu=V.conj().T @ np.diag(_singular(sm.Yu)),
        Yd=np.diag(_singular(sm.Yd)),
        Ye=np.diag(_singular(sm.Ye)),
    )


def integrated(mu: float, inputs: SMInputs) -> Packed:
    """Return the parameters at the scale `mu`, in the order of :data:`SM_NAMES`, not aligned."""
    from scipy.integrate import solve_ivp

    start = sm_at_mz(inputs)

    def rate(t: float, y: Packed) -> Packed:
        return _pack(sm_beta(_unpack(y, float("nan")))) / (16 * pi**2)

    y0 = _pack({name: getattr(start, name) for name in SM_NAMES})
    # The light Yukawas are tiny but matter relative to themselves, hence the absolute tolerance.
    solution = solve_ivp(rate, (log(M_Z), log(mu)), y0, method="DOP853", rtol=1e-11, atol=1e-16)
    if not solution.success:
        raise DomainError(f"the SM could not be run to {mu:g} GeV: {solution.message}")
    return np.asarray(solution.y[:, -1])


@lru_cache(maxsize=1)
def _expansions() -> Float[np.ndarray, "panels orders 59"]:
    with np.load(TABLE, allow_pickle=False) as stored:
        return np.asarray(stored["expansions"])


def _from_table(mu: float) -> Packed:
    """Return what `integrated` does with the default inputs, to 1e-11 (tests/test_sm.py)."""
    from numpy.polynomial.chebyshev import chebval

    panel = min(max(int(np.searchsorted(PANELS, mu)) - 1, 0), len(PANELS) - 2)
    low, high = np.log(PANELS[panel]), np.log(PANELS[panel + 1])
    return np.asarray(chebval((2 * log(mu) - low - high) / (high - low), _expansions()[panel]))


@lru_cache(maxsize=64)
def sm_parameters(mu: float, inputs: SMInputs = INPUTS) -> SMParameters:
    """Return the SM parameters at the scale `mu` (GeV) in the down-aligned flavour basis.

    Raises
    ------
    DomainError
        If `mu` is below M_Z, where the SMEFT ends, or above the Planck scale.

    Examples
    --------
    >>> import muoquark
    >>> 0.9 < muoquark.sm_parameters(1000.0).g3 < 1.1
    True
    """
    if not M_Z * (1 - 1e-12) <= mu <= SCALE_MAX:
        raise DomainError(
            f"SM parameters are known between {M_Z:g} GeV and {SCALE_MAX:.3g} GeV, "
            f"not at {mu:g} GeV"
        )
    found = _from_table(mu) if inputs == INPUTS else integrated(mu, inputs)
    return _down_aligned(_unpack(found, mu))
