r"""The flow of all couplings to the Planck scale: thresholds, poles, perturbativity, unitarity.

A pole is where a coupling diverges; the integration stops before it and extrapolates to it.  The
loss of perturbativity (a coupling above 4 pi) and of perturbative unitarity are reported apart
from poles: a theory may be beyond control without a pole, and always is before one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, pi
from typing import Any

import numpy as np
from jaxtyping import Float

from muoquark.common.constants import PLANCK_MASS
from muoquark.common.errors import InputError
from muoquark.model.fields import Model
from muoquark.theory.betas import Theory, theory_for
from muoquark.theory.couplings import Couplings, CouplingSpace, Packed
from muoquark.theory.thresholds import tree_shift
from muoquark.theory.unitarity import BOUND, Unitarity

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
        The couplings at these scales; old names are understood as well.
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
    points: tuple[Couplings, ...]
    pole: Pole | None
    nonperturbative: Pole | None
    nonunitary: Pole | None
    loops: int
    start: float
    end: float

    def curve(self, name: str) -> Float[np.ndarray, " scales"]:
        """Return a coupling along the flow.

        Of a Yukawa matrix it is the largest singular value, of a complex quartic the modulus.
        """
        values = [point[name] for point in self.points]
        if np.ndim(values[0]):
            return np.array([np.linalg.norm(value, 2) for value in values])
        if name in self.points[0].space.complex:
            return np.abs(values)
        return np.array(values)


def run(
    couplings: Mapping[str, Any],
    start: float,
    end: float = PLANCK_MASS,
    loops: int = 2,
    thresholds: Mapping[str, float] | None = None,
    n_points: int = 121,
    check_unitarity: bool = True,
    absent: frozenset[str] = frozenset(),
    model: Model | str | None = None,
) -> Flow:
    """Run `couplings` from `start` to `end` (GeV).

    Parameters
    ----------
    couplings
        At `start`; see :func:`muoquark.theory.beta`.
    thresholds
        Scales in GeV at which a field appears, if above `start`: the name of a scalar, ``nu`` or
        ``N`` (the right-handed neutrinos), ``P`` (Phi).  Its couplings in `couplings` then hold at
        that scale.  At the threshold of Phi the quartics get their tree-level shift.
    absent
        Fields that are decoupled all the way: the same names, and ``LQ`` for all leptoquarks.
    check_unitarity
        Scan the tree-level partial waves as well.
    model
        A model, or the name of a built-in one; that of the couplings, or the paper's, by default.

    Raises
    ------
    InputError
        For wrong couplings, scales or thresholds.
    """
    theory = theory_for(couplings, model)
    space = theory.space
    values = dict(theory.complete(couplings))
    if not (start > 0 and np.isfinite(start) and np.isfinite(end) and end != start and end > 0):
        raise InputError(f"a flow needs two different positive scales, found {start} and {end}")
    groups = {"N": "nu", "P": "Phi"}
    thresholds = dict(thresholds or {})
    for name, scale in thresholds.items():
        if (name not in groups and name not in space.needs) or not scale > 0:
            allowed = ", ".join(["N", "P", *space.needs])
            raise InputError(
                f"thresholds are fields ({allowed}) at positive scales, found {name}: {scale}"
            )
    thresholds = {groups.get(name, name): scale for name, scale in thresholds.items()}
    thresholds = {name: scale for name, scale in thresholds.items() if name in space.needs}
    later = {k: v for k, v in thresholds.items() if start < v < end}
    missing = (
        set(space.fields(absent)) | {k for k, v in thresholds.items() if v >= end} | set(later)
    )
    current = _without(space, values, missing)
    steps = sorted((scale, name) for name, scale in later.items())
    edges = [start, *(scale for scale, _ in steps), end]
    grid = np.exp(np.linspace(log(start), log(end), n_points))
    mu: list[float] = []
    points: list[dict[str, Any]] = []
    pole = beyond = None
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        if k:
            missing.discard(steps[k - 1][1])
            current = _appear(theory, current, values, steps[k - 1][1], missing)
        edge = 1 + 1e-9
        inside = [m for m in grid if min(low, high) * edge < m < max(low, high) / edge]
        scales, states, pole, limit = _integrate(
            theory, current, low, high, inside, loops, frozenset(missing)
        )
        beyond = beyond or limit
        mu += scales if not mu else scales[1:]
        points += states if not points else states[1:]
        current = states[-1]
        if pole is not None:
            break
    return Flow(
        np.array(mu),
        tuple(Couplings(space, point) for point in points),
        pole,
        beyond,
        _first_nonunitary(theory, mu, points) if check_unitarity else None,
        loops,
        start,
        end,
    )


def _without(space: CouplingSpace, values: dict[str, Any], missing: set[str]) -> dict[str, Any]:
    names = {name for field in missing for name in space.needs[field]}
    return {k: v * 0.0 if k in names else v for k, v in values.items()}


def _appear(
    theory: Theory, current: dict[str, Any], values: dict[str, Any], field: str, missing: set[str]
) -> dict[str, Any]:
    """Switch on the couplings of `field`, at tree level for the quartics that Phi shifts."""
    out = dict(current)
    needs = theory.space.needs
    still = {name for other in missing for name in needs[other]}
    for name in needs[field]:
        if name not in still:
            out[name] = values[name]
    if field == "Phi":
        for name, shift in tree_shift(theory, out).items():
            if name not in still:
                out[name] = out[name] + shift
    return out


def _sizes(space: CouplingSpace, state: Mapping[str, Any]) -> dict[str, float]:
    """Size of each coupling (complex quartics by modulus); masses left out."""
    numbers = {name: abs(state[name]) for name in (*space.gauge, *space.quartics)}
    return numbers | {name: float(np.abs(state[name]).max()) for name in space.yukawas}


def _integrate(
    theory: Theory,
    state: dict[str, Any],
    low: float,
    high: float,
    inside: list[float],
    loops: int,
    absent: frozenset[str],
) -> tuple[list[float], list[dict[str, Any]], Pole | None, Pole | None]:
    """Integrate one stretch without thresholds, with masses scaled to order one."""
    from scipy.integrate import solve_ivp

    space = theory.space
    pack, unpack = space.pack, space.unpack
    unit = max(1.0, *(abs(state[name]) for name in space.masses))
    scaled = {k: v / unit if k in space.masses else v for k, v in state.items()}
    stop = {name: _STOP_QUARTIC if name in space.quartics else _STOP for name in space.names}

    def rate(_: float, vector: Packed) -> Packed:
        return theory.rate(vector, loops, absent)

    def room(_: float, vector: Packed) -> float:
        sizes = _sizes(space, unpack(vector))
        return 1.0 - max(value / stop[name] for name, value in sizes.items())

    def below_limit(_: float, vector: Packed) -> float:
        return 1.0 - max(_sizes(space, unpack(vector)).values()) / LIMIT

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
        return {k: v * unit if k in space.masses else v for k, v in out.items()}

    scales = [float(np.exp(t)) for t in solution.t]
    states = [restore(v) for v in solution.y.T]
    beyond = None
    if max(_sizes(space, state).values()) > LIMIT:
        beyond = Pole(_largest(space, state), low)
    elif len(solution.t_events[1]):
        crossing = _largest(space, unpack(solution.y_events[1][0]))
        beyond = Pole(crossing, exp(float(solution.t_events[1][0])))
    if solution.success and not len(solution.t_events[0]):
        return scales, states, None, beyond
    if len(solution.t_events[0]):
        t, vector = float(solution.t_events[0][0]), solution.y_events[0][0]
    else:  # the step size went to zero in front of the singularity
        t, vector = float(solution.t[-1]), solution.y[:, -1]
    last = unpack(vector)
    sizes = _sizes(space, last)
    name = max(sizes, key=lambda k: sizes[k] / stop[k])
    slope = _sizes(space, unpack(rate(t, vector)))[name]
    # a coupling that goes like (t0 - t)^-p is at t0 = t + p x/x'
    power = 1.0 if name in space.quartics else 0.5
    ahead = power * sizes[name] / slope if slope else 0.0
    pole = Pole(name, exp(t + (ahead if high > low else -ahead)))
    return scales, states, pole, beyond or pole


def _largest(space: CouplingSpace, state: Mapping[str, Any]) -> str:
    sizes = _sizes(space, state)
    return max(sizes, key=lambda name: sizes[name])


def unitarity(couplings: Mapping[str, Any], model: Model | str | None = None) -> dict[str, float]:
    r"""Largest tree-level partial waves |Re a_0| at high energy; the bound is 1/2.

    ``scalars``: scalar scalar -> scalar scalar, the largest eigenvalue of lambda_abcd over 16 pi
    with 1/sqrt2 for pairs of equal fields
    (Lee, Quigg and Thacker, Phys. Rev. D16 (1977) 1519, for all two-scalar channels at once).
    ``yukawas``: two fermions of equal helicity through an s-channel scalar, the largest
    eigenvalue of Tr Y_a Y_b^*/2 over 16 pi (the method of 2108.00013, Allwicher:2021rtd).
    """
    theory = theory_for(couplings, model)
    return Unitarity(theory)(theory.complete(couplings))


def _first_nonunitary(theory: Theory, mu: list[float], points: list[dict[str, Any]]) -> Pole | None:
    """Look at every eighth scale, and at those before the first violation."""
    waves_at = Unitarity(theory)
    previous = 0
    for k in [*range(0, len(mu), 8), len(mu) - 1]:
        if max(waves_at(points[k]).values()) > BOUND:
            for i in range(previous, k + 1):
                waves = waves_at(points[i])
                worst = max(waves, key=lambda name: waves[name])
                if waves[worst] > BOUND:
                    return Pole(worst, mu[i])
        previous = k
    return None
