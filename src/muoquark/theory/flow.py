r"""The flow of all couplings to the Planck scale: thresholds, poles, perturbativity, unitarity.

A pole is where a coupling diverges; the integration stops before it and extrapolates to it.  The
loss of perturbativity (a coupling above 4 pi) and of perturbative unitarity are reported apart
from poles: a theory may be beyond control without a pole, and always is before one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, pi, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float

from muoquark.common.constants import PLANCK_MASS
from muoquark.common.errors import InputError
from muoquark.theory.betas import NAMES, NEEDS, Packed, complete, evaluate, pack, unpack
from muoquark.theory.lagrangian import COMPLEX_QUARTICS, YUKAWA_SHAPES, numerical_theory
from muoquark.theory.thresholds import tree_shift

__all__ = ["Flow", "Pole", "run", "unitarity"]

# where the integration stops and a pole is extrapolated to: gauge and Yukawa couplings, quartics
_STOP = 60.0
_STOP_QUARTIC = 400.0
LIMIT = 4 * pi


@dataclass(frozen=True)
class Pole:
    """A coupling that diverges, and the scale (GeV) where."""

    coupling: str
    scale: float


@dataclass(frozen=True)
class Flow:
    """The couplings on a grid of scales.

    Attributes
    ----------
    mu
        Scales in GeV from `start` on.
    points
        The couplings at these scales, as :func:`muoquark.theory.beta` takes them.
    pole
        The first pole before the end of the flow, or None.
    nonperturbative
        The first coupling above 4 pi and its scale, or None.
    nonunitary
        The first violated tree-level unitarity bound and its scale, or None.
    loops, start, end
        What was run; scales in GeV.
    """

    mu: Float[np.ndarray, " scales"]
    points: tuple[dict[str, Any], ...]
    pole: Pole | None
    nonperturbative: Pole | None
    nonunitary: Pole | None
    loops: int
    start: float
    end: float

    def curve(self, name: str) -> Float[np.ndarray, " scales"]:
        """Return a coupling along the flow; of a Yukawa matrix the largest singular value."""
        if name in YUKAWA_SHAPES:
            return np.array([np.linalg.norm(p[name], 2) for p in self.points])
        return np.array([p[name] for p in self.points])


def run(
    couplings: Mapping[str, Any],
    start: float,
    end: float = PLANCK_MASS,
    loops: int = 2,
    thresholds: Mapping[str, float] | None = None,
    n_points: int = 121,
    check_unitarity: bool = True,
    absent: frozenset[str] = frozenset(),
) -> Flow:
    """Run `couplings` from `start` to `end` (GeV).

    Parameters
    ----------
    couplings
        At `start`; see :func:`muoquark.theory.beta`.
    thresholds
        Scales in GeV at which ``N`` (the right-handed neutrinos) and ``P`` (Phi) appear, if above
        `start`; their couplings in `couplings` then hold at that scale.  At the threshold of Phi
        the quartics get their tree-level shift.
    absent
        Fields that are decoupled all the way (``LQ``, ``P``, ``N``).
    check_unitarity
        Scan the tree-level partial waves as well (0.1 s a scale).

    Raises
    ------
    InputError
        For wrong couplings, scales or thresholds.
    """
    values = complete(couplings)
    if not (start > 0 and np.isfinite(start) and np.isfinite(end) and end != start and end > 0):
        raise InputError(f"a flow needs two different positive scales, found {start} and {end}")
    thresholds = dict(thresholds or {})
    for name, scale in thresholds.items():
        if name not in ("N", "P") or not scale > 0:
            raise InputError(
                f"thresholds are 'N' and 'P' at positive scales, found {name}: {scale}"
            )
    later = {k: v for k, v in thresholds.items() if start < v < end}
    missing = set(absent) | {k for k, v in thresholds.items() if v >= end} | set(later)
    current = _without(values, missing)
    steps = sorted((scale, name) for name, scale in later.items())
    edges = [start, *(scale for scale, _ in steps), end]
    grid = np.exp(np.linspace(log(start), log(end), n_points))
    mu: list[float] = []
    points: list[dict[str, Any]] = []
    pole = beyond = None
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        if k:
            missing.discard(steps[k - 1][1])
            current = _appear(current, values, steps[k - 1][1], missing)
        edge = 1 + 1e-9
        inside = [m for m in grid if min(low, high) * edge < m < max(low, high) / edge]
        scales, states, pole, limit = _integrate(
            current, low, high, inside, loops, frozenset(missing)
        )
        beyond = beyond or limit
        mu += scales if not mu else scales[1:]
        points += states if not points else states[1:]
        current = states[-1]
        if pole is not None:
            break
    return Flow(
        np.array(mu),
        tuple(points),
        pole,
        beyond,
        _first_nonunitary(mu, points) if check_unitarity else None,
        loops,
        start,
        end,
    )


def _without(values: dict[str, Any], missing: set[str]) -> dict[str, Any]:
    names = {name for field in missing for name in NEEDS[field]}
    return {k: v * 0.0 if k in names else v for k, v in values.items()}


def _appear(
    current: dict[str, Any], values: dict[str, Any], field: str, missing: set[str]
) -> dict[str, Any]:
    """Switch on the couplings of `field`, at tree level for the quartics that Phi shifts."""
    out = dict(current)
    still = {name for other in missing for name in NEEDS[other]}
    for name in NEEDS[field]:
        if name not in still:
            out[name] = values[name]
    if field == "P":
        for name, shift in tree_shift(out).items():
            if name not in still:
                out[name] = out[name] + shift
    return out


def _sizes(state: Mapping[str, Any]) -> dict[str, float]:
    """Size of each coupling (complex quartics by modulus); masses left out."""
    out = {}
    for name in NAMES:
        if name in ("mH2", "mP2", "m12", "m32") or name.endswith("_im"):
            continue
        if name.endswith("_re"):
            base = name[:-3]
            out[base] = abs(complex(state[name], state[f"{base}_im"]))
        else:
            out[name] = float(np.abs(state[name]).max())
    return out


def _is_quartic(name: str) -> bool:
    return name.startswith("l")


def _integrate(
    state: dict[str, Any],
    low: float,
    high: float,
    inside: list[float],
    loops: int,
    absent: frozenset[str],
) -> tuple[list[float], list[dict[str, Any]], Pole | None, Pole | None]:
    """Integrate one stretch without thresholds, with masses scaled to order one."""
    from scipy.integrate import solve_ivp

    unit = max(1.0, *(abs(state[m]) for m in ("mH2", "mP2", "m12", "m32")))
    scaled = {k: v / unit if k in ("mH2", "mP2", "m12", "m32") else v for k, v in state.items()}

    def rate(_: float, vector: Packed) -> Packed:
        return pack(evaluate(unpack(vector), loops, absent))

    def room(_: float, vector: Packed) -> float:
        sizes = _sizes(unpack(vector))
        return 1.0 - max(
            value / (_STOP_QUARTIC if _is_quartic(name) else _STOP) for name, value in sizes.items()
        )

    def below_limit(_: float, vector: Packed) -> float:
        return 1.0 - max(_sizes(unpack(vector)).values()) / LIMIT

    room.terminal = True  # type: ignore[attr-defined]
    times = [log(low), *(log(m) for m in inside), log(high)]
    with np.errstate(all="ignore"):
        solution = solve_ivp(
            rate,
            (times[0], times[-1]),
            pack(scaled),
            method="DOP853",
            t_eval=times,
            events=(room, below_limit),
            rtol=1e-8,
            atol=1e-12,
        )

    def restore(vector: Packed) -> dict[str, Any]:
        out = unpack(vector)
        for name in ("mH2", "mP2", "m12", "m32"):
            out[name] *= unit
        return out

    scales = [float(np.exp(t)) for t in solution.t]
    states = [restore(v) for v in solution.y.T]
    beyond = None
    if max(_sizes(state).values()) > LIMIT:
        beyond = Pole(_largest(state), low)
    elif len(solution.t_events[1]):
        crossing = _largest(unpack(solution.y_events[1][0]))
        beyond = Pole(crossing, exp(float(solution.t_events[1][0])))
    if solution.success and not len(solution.t_events[0]):
        return scales, states, None, beyond
    if len(solution.t_events[0]):
        t, vector = float(solution.t_events[0][0]), solution.y_events[0][0]
    else:  # the step size went to zero in front of the singularity
        t, vector = float(solution.t[-1]), solution.y[:, -1]
    last = unpack(vector)
    sizes = _sizes(last)
    name = max(sizes, key=lambda k: sizes[k] / (_STOP_QUARTIC if _is_quartic(k) else _STOP))
    slope = _sizes(unpack(rate(t, vector)))[name]
    # a coupling that goes like (t0 - t)^-p is at t0 = t + p x/x'
    power = 1.0 if _is_quartic(name) else 0.5
    ahead = power * sizes[name] / slope if slope else 0.0
    pole = Pole(name, exp(t + (ahead if high > low else -ahead)))
    return scales, states, pole, beyond or pole


def _largest(state: Mapping[str, Any]) -> str:
    sizes = _sizes(state)
    return max(sizes, key=lambda name: sizes[name])


def _tensors(state: Mapping[str, Any]) -> Any:
    flat = {k: v for k, v in state.items() if not k.endswith(("_re", "_im"))}
    for name in COMPLEX_QUARTICS:
        flat[name] = complex(state[f"{name}_re"], state[f"{name}_im"])
    return numerical_theory(flat)


def unitarity(couplings: Mapping[str, Any]) -> dict[str, float]:
    r"""Largest tree-level partial waves |Re a_0| at high energy; the bound is 1/2.

    ``scalars``: scalar scalar -> scalar scalar, the largest eigenvalue of lambda_abcd over 32 pi
    (Lee, Quigg and Thacker, Phys. Rev. D16 (1977) 1519, for all two-scalar channels at once).
    ``yukawas``: two fermions of equal helicity through an s-channel scalar, the largest
    eigenvalue of Tr Y_a Y_b^*/2 over 16 pi (the method of 2108.00013, Allwicher:2021rtd).
    """
    theory = _tensors(complete(couplings))
    n = len(theory.quartic)
    rows, cols = np.triu_indices(n)
    weight = np.where(rows == cols, 1 / sqrt(2), 1.0)
    block = theory.quartic[rows, cols][:, rows, cols] * np.outer(weight, weight)
    scalars = np.abs(np.linalg.eigvalsh(block)).max() / (16 * pi)
    flat = theory.yukawa.reshape(n, -1)  # a pair of fermions is counted twice, hence the half
    yukawas = np.linalg.eigvalsh(flat @ flat.conj().T / 2).max() / (16 * pi)
    return {"scalars": float(scalars), "yukawas": float(yukawas)}


def _first_nonunitary(mu: list[float], points: list[dict[str, Any]]) -> Pole | None:
    """Look at every eighth scale, and at those before the first violation."""
    previous = 0
    for k in [*range(0, len(mu), 8), len(mu) - 1]:
        if max(unitarity(points[k]).values()) > 0.5:
            for i in range(previous, k + 1):
                waves = unitarity(points[i])
                worst = max(waves, key=lambda name: waves[name])
                if waves[worst] > 0.5:
                    return Pole(worst, mu[i])
        previous = k
    return None
