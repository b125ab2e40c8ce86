"""The SMEFT from mu_M to the weak scale: wilson's beta function as a matrix, and its solution."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, overload

import ckmutil.diag
import ckmutil.phases
import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array
from wilson import wcxf
from wilson.run.smeft import SMEFT, beta, smpar
from wilson.util import smeftutil

from muoquark.common.constants import M_Z
from muoquark.running.tabulate.components import (
    derivatives,
    read_smeft,
    smeft_directions,
    smeft_inputs,
)
from muoquark.running.tabulate.dual import private_copy

__all__ = [
    "anomalous_dimension",
    "background",
    "integrated",
    "leading_log",
    "rotate",
    "rotation",
]

LOOP = 16 * math.pi**2

_beta = private_copy(
    beta,
    my_einsum=lambda subscripts, *operands: np.einsum(subscripts.replace(" ", ""), *operands),
)

State = dict[str, Any]


def background(scales: Sequence[float] | np.ndarray) -> list[State]:
    """Return the SM parameters at each scale, in the flavour basis aligned at the Z mass.

    They start from wilson's inputs at the Z mass (``wilson.run.smeft.smpar.p``); the CKM matrix
    that a user gives to wilson does not enter its running of the SMEFT.  Solved to 1e-10, where
    wilson's own integration is good to about 1e-4.
    """
    zero = smeftutil.C_array2dict(np.zeros(9999, complex))
    y0 = _pack(_dim4(smpar.smeftpar(M_Z, zero, basis="Warsaw")))

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        b = beta.beta({**zero, **_unpack(y.view(complex))}, newphys=False)
        return _pack(b).view(float) / LOOP

    logs = np.log(scales)
    sol = solve_ivp(
        slope,
        (math.log(M_Z), logs.max() + 1e-9),
        y0.view(float),
        method="DOP853",
        rtol=1e-10,
        atol=1e-12,
        dense_output=True,
    )
    return [_unpack(sol.sol(t).copy().view(complex)) for t in logs]


def _dim4(C: State) -> State:
    return {k: C[k] for k in smeftutil.dim4_keys}


def _pack(C: State) -> np.ndarray:
    return np.hstack([np.asarray(C[k], complex).ravel() for k in smeftutil.dim4_keys])


def _unpack(y: np.ndarray) -> State:
    out, i = {}, 0
    for k in smeftutil.dim4_keys:
        shape = smeftutil.C_keys_shape[k]
        size = 1 if shape == 1 else 9
        out[k] = y[i] if shape == 1 else y[i : i + size].reshape(shape)
        i += size
    return out


def rotation(C: State) -> dict[str, np.ndarray]:
    """Return the field rotations that take wilson's `_rotate_defaultbasis` to down alignment."""
    UeL, _, UeR = ckmutil.diag.msvd(C["Ge"])
    UuL, _, UuR = ckmutil.diag.msvd(C["Gu"])
    UdL, _, UdR = ckmutil.diag.msvd(C["Gd"])
    Unu, _ = ckmutil.diag.mtakfac(np.zeros((3, 3)))
    UuL, UdL, UuR, UdR = ckmutil.phases.rephase_standard(UuL, UdL, UuR, UdR)
    Unu, UeL, UeR = ckmutil.phases.rephase_pmns_standard(Unu, UeL, UeR)
    return {"Uq": UdL, "Uu": UuR, "Ud": UdR, "Ul": UeL, "Ue": UeR}


@overload
def anomalous_dimension(sm: State) -> np.ndarray: ...
@overload
def anomalous_dimension(sm: State, yukawa: bool) -> tuple[np.ndarray, np.ndarray]: ...
def anomalous_dimension(
    sm: State, yukawa: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return dC/dlnmu as a matrix on the real Warsaw components, for given SM parameters.

    With `yukawa` also the derivatives of d(Ge_ll)/dlnmu, complex of shape (3, components).
    """
    C: State = {**smeft_directions(), **sm}
    slope = _beta.beta(C)
    gamma = read_smeft(slope, smeft_inputs()) / LOOP
    if not yukawa:
        return gamma
    diagonal = [slope["Ge"][i, i] for i in range(3)]
    return gamma, derivatives(diagonal) / LOOP


def rotate(sm: State, inverse: bool = False) -> np.ndarray:
    """Return the rotation to (or from) the down-aligned basis as a matrix on real components."""
    unitary = rotation(sm)
    if inverse:
        unitary = {k: U.conj().T for k, U in unitary.items()}
    C = SMEFT._flavor_rotation({**smeft_directions(), **sm}, **unitary)
    return read_smeft(C, smeft_inputs())


def integrated(
    scales_in: Sequence[float], scales_out: Sequence[float], step: float = 0.18
) -> Iterator[tuple[float, list[np.ndarray]]]:
    """Yield (mu, maps to each of `scales_out`) for every mu of the increasing `scales_in`.

    Those below one of `scales_out` come together, as soon as that is reached.

    U(out <- mu), the solution of dU/dlnmu = -U B(mu), is carried upwards from the Z mass by the
    classical fourth-order Runge-Kutta method in the flavour basis aligned at the Z mass; B is the
    anomalous dimension.  Input and output are then rotated to the bases aligned at their scales.
    """
    stops = sorted({*scales_in, *scales_out} - {M_Z})
    U = np.eye(len(smeft_inputs()))
    to_mz = {M_Z: U}
    waiting: list[float] = []
    for low, high in itertools.pairwise([M_Z, *stops]):
        n = max(1, math.ceil(math.log(high / low) / step))
        nodes = np.exp(np.linspace(math.log(low), math.log(high), 2 * n + 1))
        B = [csr_array(-anomalous_dimension(sm)) for sm in background(nodes)]
        h = math.log(high / low) / n
        for i in range(n):
            first, middle, last = B[2 * i : 2 * i + 3]
            k1 = U @ first
            k2 = (U + h / 2 * k1) @ middle
            k3 = (U + h / 2 * k2) @ middle
            k4 = (U + h * k3) @ last
            U = U + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        to_mz[high] = U
        waiting += [high] * (high in scales_in)
        if any(out not in to_mz for out in scales_out):
            continue
        for mu in waiting:
            (sm,) = background([mu])
            mapped = to_mz[mu] @ csr_array(rotate(sm, inverse=True))
            maps = []
            for out in scales_out:
                (sm_out,) = background([out])
                from_mz = mapped if out == M_Z else np.linalg.solve(to_mz[out], mapped)
                maps.append(csr_array(rotate(sm_out)) @ from_mz)
            yield mu, maps
        waiting.clear()


def leading_log(scale_in: float, scale_out: float) -> np.ndarray:
    """Return wilson's leading-log map, linearised at the SM point.

    As wilson does it: SM parameters at `scale_in` from its coarse integration, one Euler step for
    parameters and coefficients alike, and the rotation to the basis in which the Yukawa matrices
    after that step are aligned.
    """
    sm = _dim4(SMEFT(wcxf.WC("SMEFT", "Warsaw", scale_in, {})).C_in)
    log = math.log(scale_out / scale_in)
    zero = smeftutil.C_array2dict(np.zeros(9999, complex))
    slope = beta.beta({**zero, **sm}, newphys=False)
    stepped = {k: sm[k] + slope[k] * log / LOOP for k in sm}
    step = np.eye(len(smeft_inputs())) + anomalous_dimension(sm) * log
    return rotate(stepped) @ step
