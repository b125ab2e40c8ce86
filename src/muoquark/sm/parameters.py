r"""Standard Model parameters at any scale from the measured ones.

The inputs are MS-bar parameters at M_Z, the same numbers that wilson uses, so that a point
means the same thing here and in a chain that wilson runs.  They are taken to the scale of
interest with the one-loop renormalisation group equations of the SM (Machacek and Vaughn,
Nucl. Phys. B222 (1983) 83, B236 (1984) 221, B249 (1985) 70; in the notation used here
1308.2627, eqs. (A.1) to (A.17)), and brought to the flavour basis of WCxf ``Warsaw``:
Y_d and Y_e diagonal, Y_u = V^dagger diag(y_u) with V in the standard phase convention.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from math import log, pi, sqrt

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError
from muoquark.sm.ckm import CKMInput, ckm_matrix, ckm_parameters

__all__ = [
    "INPUTS",
    "SM_NAMES",
    "SMInputs",
    "SMParameters",
    "override",
    "sm_beta",
    "sm_parameters",
    "third_row",
]

SCALE_MAX = 1.3e19  # just above the Planck scale


@dataclass(frozen=True)
class SMInputs:
    """MS-bar parameters at mu = 91.1876 GeV, in GeV where they have a unit.

    The values are those of wilson 2.5.2 (``wilson.run.smeft.smpar.p``; 1804.05033): W, Z,
    Higgs and top masses are running masses from the program mr (1601.08143), the lighter quark
    masses run from PDG values, the lepton masses are pole masses.
    """

    GF: float = 1.1663787e-5
    alpha_e: float = 1 / 127.9
    alpha_s: float = 0.1185
    ckm: CKMInput = CKMInput(Vus=0.2243, Vub=3.62e-3, Vcb=4.221e-2, gamma=1.27)
    m_e: float = 0.000511
    m_mu: float = 0.1057
    m_tau: float = 1.777
    m_u: float = 0.00127
    m_c: float = 0.635
    m_d: float = 0.00270
    m_s: float = 0.0551
    m_b: float = 2.85
    m_t: float = 169.0
    m_W: float = 80.20
    m_h: float = 130.6

    @property
    def v(self) -> float:
        """The Higgs vacuum expectation value (2^(-1/4) G_F^(-1/2), 246.22 GeV)."""
        return (sqrt(2) * self.GF) ** -0.5


INPUTS = SMInputs()


@dataclass(frozen=True, eq=False)
class SMParameters:
    """The couplings of the SM at one scale, in the conventions of wilson.

    g1 = g' (hypercharge, not GUT-normalised), g2, g3; Yu, Yd, Ye: complex 3x3 matrices of
    -L = qbar Yu Htilde u + qbar Yd H d + lbar Ye H e, [row][column]; lam with
    V = -m2 |H|^2 + (lam/2) |H|^4; m2 in GeV^2; scale in GeV.
    """

    scale: float
    g1: float
    g2: float
    g3: float
    Yu: np.ndarray
    Yd: np.ndarray
    Ye: np.ndarray
    lam: float
    m2: float

    def __post_init__(self) -> None:
        for name in ("Yu", "Yd", "Ye"):
            matrix = np.array(getattr(self, name), dtype=complex)
            matrix.flags.writeable = False
            object.__setattr__(self, name, matrix)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SMParameters):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )

    @property
    def ckm(self) -> CKMInput:
        """The CKM parameters at this scale (from the misalignment of Yu and Yd)."""
        return ckm_parameters(_left(self.Yu).conj().T @ _left(self.Yd))


SM_NAMES = tuple(f.name for f in fields(SMParameters) if f.name != "scale")


def third_row(inputs: SMInputs = INPUTS) -> tuple[complex, complex, complex]:
    """Return (V_td, V_ts, V_tb) of the measured inputs, the spurion of the flavour ansatz."""
    row = ckm_matrix(inputs.ckm)[2]
    return complex(row[0]), complex(row[1]), complex(row[2])


def _left(matrix: np.ndarray) -> np.ndarray:
    """Left unitary matrix of the singular value decomposition, light to heavy."""
    return np.linalg.svd(matrix)[0][:, ::-1]


def _singular(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, compute_uv=False)[::-1]


def _at_mz(inputs: SMInputs) -> SMParameters:
    v = inputs.v
    g2 = 2 * inputs.m_W / v
    e = sqrt(4 * pi * inputs.alpha_e)
    lam = inputs.m_h**2 / v**2
    return SMParameters(
        scale=M_Z,
        g1=e * g2 / sqrt(g2**2 - e**2),
        g2=g2,
        g3=sqrt(4 * pi * inputs.alpha_s),
        Yu=ckm_matrix(inputs.ckm).conj().T
        @ np.diag([inputs.m_u, inputs.m_c, inputs.m_t])
        * (sqrt(2) / v),
        Yd=np.diag([inputs.m_d, inputs.m_s, inputs.m_b]) * (sqrt(2) / v),
        Ye=np.diag([inputs.m_e, inputs.m_mu, inputs.m_tau]) * (sqrt(2) / v),
        lam=lam,
        m2=inputs.m_h**2 / 2,
    )


def sm_beta(sm: SMParameters) -> dict[str, float | np.ndarray]:
    """Return 16 pi^2 d(parameter)/d ln mu at one loop, for every name in :data:`SM_NAMES`."""
    g1, g2, g3, lam = sm.g1, sm.g2, sm.g3, sm.lam
    Yu, Yd, Ye = sm.Yu, sm.Yd, sm.Ye
    uu, dd, ee = Yu @ Yu.conj().T, Yd @ Yd.conj().T, Ye @ Ye.conj().T

    def trace(*matrices: np.ndarray) -> float:
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


def _pack(values: Mapping[str, float | np.ndarray]) -> np.ndarray:
    parts = []
    for name in SM_NAMES:
        value = np.atleast_1d(np.asarray(values[name], dtype=complex)).ravel()
        parts.append(value.real if value.size == 1 else value.view(float))
    return np.concatenate(parts)


def _unpack(vector: np.ndarray, scale: float) -> SMParameters:
    values: dict[str, float | np.ndarray] = {}
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


@lru_cache(maxsize=64)
def sm_parameters(mu: float, inputs: SMInputs = INPUTS) -> SMParameters:
    """Return the SM parameters at the scale `mu` (GeV) in the down-aligned flavour basis.

    Raises
    ------
    DomainError
        If `mu` is below M_Z, where the SMEFT ends, or above the Planck scale.
    """
    if not M_Z * (1 - 1e-12) <= mu <= SCALE_MAX:
        raise DomainError(
            f"SM parameters are known between {M_Z:g} GeV and {SCALE_MAX:.3g} GeV, "
            f"not at {mu:g} GeV"
        )
    start = _at_mz(inputs)
    # The light Yukawas are tiny but matter relative to themselves, hence the absolute tolerance.
    from scipy.integrate import solve_ivp

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        return _pack(sm_beta(_unpack(y, float("nan")))) / (16 * pi**2)

    y0 = _pack({name: getattr(start, name) for name in SM_NAMES})
    solution = solve_ivp(rate, (log(M_Z), log(mu)), y0, method="DOP853", rtol=1e-11, atol=1e-16)
    if not solution.success:
        raise DomainError(f"the SM could not be run to {mu:g} GeV: {solution.message}")
    return _down_aligned(_unpack(solution.y[:, -1], mu))


def override(sm: SMParameters, values: Mapping[str, float | np.ndarray]) -> SMParameters:
    """Return `sm` with some parameters replaced by the user's own (the card's ``sm:``)."""
    return replace(sm, **values)  # type: ignore[arg-type]
