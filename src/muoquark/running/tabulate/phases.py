"""How Wilson coefficients rephase the charged-lepton masses between mu_M and the weak scale.

wilson aligns the lepton mass matrix, dimension six included, at both ends of the running.  For
complex chirality-flipping coefficients (ephi, lequ1, ledq) the mass of a light lepton then picks
up a phase on the way, of the order of C m_t m_h^2/(16 pi^2 m_l), and all chirality-flipping
coefficients of that lepton are rotated by it: quadratic in the coefficients, but not small for
the muon.  This module gives the relative shift of the mass, delta m_l/m_l, as a linear function
of the coefficients; the phase itself, arg(1 + delta m_l/m_l), is taken at run time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from wilson.run.smeft import beta, smpar
from wilson.util import smeftutil

from muoquark.common.constants import M_Z
from muoquark.running.tabulate import running
from muoquark.running.tabulate.components import coefficient, smeft_inputs
from muoquark.running.tabulate.running import LOOP

__all__ = ["flips", "mass_shifts"]

_CLASSES = {"ephi", "eW", "eB", "ledq", "lequ1", "lequ3"}
_V2 = 1 / math.sqrt(2) / smpar.p["GF"]


def flips(lepton: int) -> np.ndarray:
    """Return the indices of the Warsaw components that flip the chirality of one lepton.

    Real parts stand at even, imaginary parts at odd places.
    """
    out = []
    for i, component in enumerate(smeft_inputs()):
        key, _, index = coefficient(component)[0].partition("_")
        if key in _CLASSES and index[:2] == str(lepton + 1) * 2:
            out.append(i)
    names = [coefficient(smeft_inputs()[i]) for i in out]
    order = sorted(range(len(out)), key=lambda j: (names[j][0], names[j][1] == "Im"))
    return np.array(out)[order]


class _Node:
    """Everything needed at one scale, restricted to the chirality-flipping components."""

    def __init__(self, sm: running.State) -> None:
        select = np.concatenate([flips(i) for i in range(3)])
        grid = np.ix_(select, select)
        gamma, yukawa = running.anomalous_dimension(sm, yukawa=True)
        self.gamma = gamma[grid]
        self.mass = np.real(np.diag(sm["Ge"]))
        # d(ln y_l)/dlnmu from the coefficients, as complex rows
        self.source = yukawa[:, select] / self.mass[:, None]
        self.align = running.rotate(sm)[grid]


def _ephi(matrix: np.ndarray) -> np.ndarray:
    """Complex rows (ephi_11, ephi_22, ephi_33) of a map to the chirality-flipping components."""
    select = np.concatenate([flips(i) for i in range(3)])
    names = [smeft_inputs()[i] for i in select]
    rows = [names.index(f"ephi_{i}{i}:Re") for i in (1, 2, 3)]
    return matrix[rows] + 1j * matrix[[r + 1 for r in rows]]


def _aligned_at_start(ll: np.ndarray, up: np.ndarray, start: _Node, mz: _Node) -> np.ndarray:
    """delta m/m in the Yukawa coupling at mu_M after wilson's alignment there."""
    shift = _V2 / 2 * _ephi(ll) / mz.mass[:, None] + up
    misaligned = shift - _V2 / 2 * _ephi(ll) / start.mass[:, None]
    return np.asarray(shift - 1j * misaligned.imag)


def mass_shifts(
    scales_in: Sequence[float], scales_out: Sequence[float], leading_log: bool, step: float = 0.12
) -> dict[float, list[np.ndarray]]:
    """Return d(delta m_l/m_l)/dC, complex of shape (3, inputs), per input and output scale."""
    stops = sorted({M_Z, *scales_in, *scales_out})
    logs = [np.array([math.log(M_Z)])]
    for low, high in itertools.pairwise(stops):
        n = max(1, math.ceil(math.log(high / low) / step))
        logs.append(np.linspace(math.log(low), math.log(high), n + 1)[1:])
    t = np.concatenate(logs)
    nodes = [_Node(sm) for sm in running.background(np.exp(t))]
    n_flip = nodes[0].gamma.shape[0]
    # U(M_Z <- t) by the implicit midpoint rule, source integrals by the trapezoidal one
    U = [np.eye(n_flip)]
    for i, h in enumerate(np.diff(t)):
        mean = (nodes[i].gamma + nodes[i + 1].gamma) * h / 4
        U.append(U[-1] @ (np.eye(n_flip) - mean) @ np.linalg.inv(np.eye(n_flip) + mean))
    integrand = np.stack([node.source @ np.linalg.inv(u) for node, u in zip(nodes, U, strict=True)])
    constant = np.stack([node.source for node in nodes])
    weights = np.diff(t)[:, None, None]
    zero = np.zeros((1, *constant.shape[1:]))
    running_sum = np.concatenate(
        [zero, np.cumsum(weights * (integrand[1:] + integrand[:-1]) / 2, axis=0)]
    )
    constant_sum = np.concatenate(
        [zero, np.cumsum(weights * (constant[1:] + constant[:-1]) / 2, axis=0)]
    )
    where = {stop: int(np.argmin(abs(t - math.log(stop)))) for stop in stops}
    select = np.concatenate([flips(i) for i in range(3)])
    result = {}
    for mu in scales_in:
        i = where[mu]
        back = np.linalg.inv(nodes[i].align)
        log_mz = math.log(M_Z / mu)
        aligned_gamma = nodes[i].align @ nodes[i].gamma @ back
        ll = np.eye(n_flip) + aligned_gamma * log_mz
        start = _aligned_at_start(ll, constant_sum[i] @ back @ ll, nodes[i], nodes[0])
        rows = []
        for out in scales_out:
            j = where[out]
            if leading_log:
                log = math.log(out / mu)
                slope = _yukawa_slope(np.exp(t[i]))
                shift = start + nodes[i].source @ back * (log / (1 + slope * log))[:, None]
                mass = nodes[i].mass * (1 + slope * log)
                ephi = _ephi(np.eye(n_flip) + aligned_gamma * log)
            else:
                flow = U[i] @ back
                shift = start + (running_sum[j] - running_sum[i]) @ flow
                mass = nodes[j].mass
                ephi = _ephi(nodes[j].align @ np.linalg.inv(U[j]) @ flow)
            total = np.zeros((3, len(smeft_inputs())), complex)
            total[:, select] = shift - _V2 / 2 * ephi / mass[:, None]
            rows.append(total)
        result[mu] = rows
    return result


def _yukawa_slope(scale: float) -> np.ndarray:
    """d ln y_l / dlnmu in the SM."""
    (sm,) = running.background([scale])
    zero = smeftutil.C_array2dict(np.zeros(9999, complex))
    slope = beta.beta({**zero, **sm}, newphys=False)
    return np.asarray(np.real(np.diag(slope["Ge"]) / np.diag(sm["Ge"])) / LOOP)
