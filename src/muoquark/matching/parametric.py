"""A card's Wilson coefficients as a function of its free parameters, ready for JAX.

The function that a fit calls and differentiates: parameters to real components of the Warsaw
coefficients at the lowest (fixed) matching scale, of which only those are kept that the card's
structure lets be different from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Num

from muoquark.common.arrays import Components, Scalar
from muoquark.common.errors import InputError
from muoquark.matching.boson import boson_tensors, breaking_tensors
from muoquark.matching.exchange import check_exchange, exchange_table
from muoquark.matching.match import loop_content
from muoquark.matching.oneloop.content import TOGETHER
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.orders import HIGHEST, check_loop, orders_of
from muoquark.matching.scales import Couples, MatchingPart, Scales, couples, logarithm, scales
from muoquark.model.boson import (
    VEV_KEY,
    Boson,
    Breaking,
    boson_names,
    boson_of,
    breaking_of,
)
from muoquark.model.card import Card, Free
from muoquark.running.highscale import NOISE, Running
from muoquark.sm.parameters import override
from muoquark.sm.running import sm_parameters
from muoquark.smeft.mediators import MASS
from muoquark.smeft.warsaw import FAMILIES, gather_table, real_components

__all__ = [
    "Parametric",
    "assembled",
    "check_card",
    "parametric",
    "scales_of_card",
]

# A phase of a lepton mass that is below the accuracy of the tables.
NO_PHASE = 1e-7

Theta = Num[Any, " parameters"]


@dataclass(frozen=True)
class Parametric:
    """Coefficients as a function of parameters; made by :func:`parametric`.

    Attributes
    ----------
    parameters
        The free parameters of the card.
    mu_M
        The scale of the coefficients in GeV: the lowest at which a leptoquark is matched.
    components
        The real components that the vectors hold, each possibly different from zero.
    vector
        Function (theta, xp) -> array (len(components),) in GeV^-2; theta of shape
        (len(parameters),).
    logarithm
        Function (theta, xp) -> the largest logarithm that the matching leaves, see
        :func:`muoquark.matching.scales.logarithm`; None if there is none.
    masses
        Which of the parameters are masses.
    eft
        The EFT that the coefficients belong to.
    linear
        Whether they are linear functions of the parameters, up to a constant.
    """

    parameters: tuple[Free, ...]
    mu_M: float
    components: tuple[str, ...]
    vector: Callable[..., Any]
    logarithm: Callable[..., Any] | None = None
    masses: tuple[int, ...] = ()
    eft: str = "SMEFT"
    linear: bool = False


def check_card(card: Card) -> None:
    """Check that a card's coefficients are a function of its free parameters at one scale.

    Raises
    ------
    InputError
        If masses are free and the card leaves the matching scale to follow them.
    DomainError
        If the card has couplings whose exchange the SMEFT of the Warsaw basis does not contain.
    """
    if card.mu_M is None and any(
        isinstance(m, Free) for m in (*card.masses.values(), *_mass_like(card))
    ):
        raise InputError("a fit of masses needs a fixed matching scale: set mu_M in the card")
    check_exchange(
        card.model,
        [name for name in card.filled if card.support(name).any()],
        [name for name, value in card.quartics.items() if value],
    )


def parametric(card: Card, order: str = HIGHEST, mediators: bool = False) -> Parametric:
    """Return the coefficients of a card as a function of its free parameters.

    Parameters
    ----------
    order
        ``tree`` or ``loop`` for all fields; by default each to the highest that it has.
    mediators
        Whether masses and tree-level exchange of each heavy field stand behind the coefficients
        (:mod:`muoquark.smeft.mediators`).

    Raises
    ------
    InputError
        If masses are free and the card leaves the matching scale to follow them, and for
        ``loop`` if a field lacks it.
    DomainError
        As :func:`check_card`.
    """
    check_card(card)
    free = card.free
    loop = orders_of(card.model, order, card.neutral).loop
    check_loop(card.model, [name for name, value in card.quartics.items() if value], loop)
    active, plan = couples_of_card(card), scales_of_card(card)
    sources = [_at_one_scale(card, part, loop) for part in plan.parts]
    g3 = override(sm_parameters(plan.parts[0].scale), card.sm).g3
    fixed = not any(isinstance(mass, Free) for mass in card.masses.values())

    def remaining(theta: Theta, xp: Any = np) -> Scalar:
        values = card.arrays({p.name: theta[k] for k, p in enumerate(free)}, xp)
        return logarithm(card.model, values["masses"], values["couplings"], g3, plan.parts, active)

    # fixed masses that are matched where they lie leave no logarithm to be watched during a fit
    none = fixed and all(float(remaining(theta)) == 0.0 for theta in _samples(free))
    if plan.one and len(sources) == 1:
        components, vector = sources[0]
    else:
        components, vector = _run(plan.parts, plan.end, sources, free)
    numbers = (*card.masses.values(), *_mass_like(card))
    heavy = {mass.name for mass in numbers if isinstance(mass, Free)}
    masses = tuple(k for k, p in enumerate(free) if p.name in heavy)
    if mediators:
        components, vector = _with_mediators(card, components, vector)
    return Parametric(free, plan.end, components, vector, None if none else remaining, masses)


def _with_mediators(
    card: Card, components: tuple[str, ...], vector: Vector
) -> tuple[tuple[str, ...], Vector]:
    """Return coefficients with masses and tree-level exchange of the heavy fields behind them."""
    exchange = exchange_table(card.model)
    names = [*components]
    found: list[tuple[str, Vector]] = []

    def tree(field: str, theta: Theta, xp: Any) -> dict[str, Any]:
        values = card.arrays({p.name: theta[k] for k, p in enumerate(card.free)}, xp)
        return dict(exchange(values["couplings"], values["masses"], [field]))

    for field in (heavy.name for heavy in card.model.heavy):
        tensors = partial(tree, field)
        own, families = _structure(tensors, card.free)
        if own:
            names += [f"{field}/{MASS}", *(f"{field}/{name}" for name in own)]
            found.append((field, _gathered(own, families, tensors)))

    def whole(theta: Theta, xp: Any = np) -> Components:
        values = card.arrays({p.name: theta[k] for k, p in enumerate(card.free)}, xp)
        parts = [vector(theta, xp)]
        for field, exchanged in found:
            mass = xp.asarray(values["masses"][field])
            parts += [xp.reshape(1 / mass**2, (1,)), exchanged(theta, xp)]
        return xp.concatenate(parts)

    return tuple(names), whole


def couples_of_card(card: Card) -> Couples:
    """Return which leptoquarks of a card couple, for some values of its free parameters."""
    found = set()
    for theta in _samples(card.free):
        values = {p.name: x for p, x in zip(card.free, theta, strict=True)}
        arrays = card.arrays(values)
        for name, value in {**arrays["couplings"], **arrays["quartics"]}.items():
            if np.any(value):
                found.add(name)
    return couples(card.model, found, card.neutral)


def scales_of_card(card: Card) -> Scales:
    """Return at which scales the heavy fields of a card are matched; masses at their start."""
    arrays = card.arrays({p.name: p.start for p in card.free})
    found = {name: float(mass) for name, mass in arrays["masses"].items()}
    if card.neutral:
        boson, breaking = _neutral(card, arrays)
        found["X"] = float(boson.mass)
        if breaking is not None:
            found["Phi"] = float(breaking.mass)
    return scales(found, card.mu_M, couples_of_card(card))


def _neutral(card: Card, arrays: Mapping[str, Any]) -> tuple[Boson, Breaking | None]:
    """Return the boson of a card's arrays and the radial mode of Phi, if it mixes."""
    boson = boson_of(card.model, arrays["gauge"], arrays["rotations"])
    assert boson is not None
    mixes = "Phi" in card.neutral
    return boson, breaking_of(card.model, boson, arrays["quartics"]) if mixes else None


def _mass_like(card: Card) -> list[Any]:
    """Return the numbers that the exchange of X and Phi has negative powers of."""
    if not card.neutral:
        return []
    names = boson_names(card.model)
    found: list[Any] = [card.gauge[n] for n in (names.mass, VEV_KEY) if n in card.gauge]
    if VEV_KEY in card.gauge:
        found.append(card.gauge.get(names.coupling, 0.0))
    if "Phi" in card.neutral:
        found.append(card.quartics.get("lP", 0.0))
    return found


Vector = Callable[..., Any]


def _at_one_scale(
    card: Card, part: MatchingPart, loop: tuple[str, ...]
) -> tuple[tuple[str, ...], Vector]:
    """Return one part of the matching: its components, and their values.

    `loop`: the fields that are matched at one loop.
    """
    sm = override(sm_parameters(part.scale), card.sm)
    exchange = exchange_table(card.model)
    content = loop_content(part.content, loop)

    def tensors(theta: Theta, xp: Any) -> dict[str, Any]:
        values = card.arrays({p.name: theta[k] for k, p in enumerate(card.free)}, xp)
        couplings, masses = values["couplings"], values["masses"]
        result: dict[str, Any] = {}
        if TOGETHER not in part.content:
            result = dict(
                exchange(couplings, masses, None if part.content == "all" else [part.content])
            )
        for one in _exchanged(card, part, values, sm.g1):
            for name, tensor in one.items():
                result[name] = result[name] + tensor if name in result else tensor
        if content is not None:
            there = {name: mass for name, mass in masses.items() if name in loop}
            point = Inputs.of(couplings, there, values["quartics"], sm, part.scale, xp)
            for name, tensor in one_loop(point, content=content).coefficients.items():
                result[name] = result[name] + tensor if name in result else tensor
        return result

    return assembled(tensors, card.free)


def _exchanged(
    card: Card, part: MatchingPart, values: Mapping[str, Any], g1: Scalar
) -> list[dict[str, Any]]:
    """Return the tensors of X and of Phi in one part of the matching."""
    wanted = [name for name in card.neutral if part.content in ("all", name)]
    if not wanted:
        return []
    boson, breaking = _neutral(card, values)
    found = [boson_tensors(boson, g1)] if "X" in wanted else []
    if "Phi" in wanted and breaking is not None:
        found.append(breaking_tensors(breaking))
    return found


def assembled(
    tensors: Callable[[Any, Any], dict[str, Any]], free: tuple[Free, ...]
) -> tuple[tuple[str, ...], Vector]:
    """Return the components of tensors that can differ from zero, and their values.

    Parameters
    ----------
    tensors
        Function (theta, xp) -> tensors by family in GeV^-2.
    free
        The parameters that theta holds.
    """
    components, families = _structure(tensors, free)
    return components, _gathered(components, families, tensors)


def _gathered(
    components: tuple[str, ...], families: tuple[str, ...], tensors: Callable[..., dict[str, Any]]
) -> Vector:
    """Return the components of tensors as a function of parameters."""
    table = gather_table(components, families)
    # WCxf's coefficient is the sum over the orbit of its index: four entries at most, and positions
    # of the zero at the end where there are fewer.
    imaginary = np.array([c.endswith(":Im") for c in components], dtype=bool)

    def vector(theta: Theta, xp: Any = np) -> Components:
        found = tensors(theta, xp)
        parts = [xp.ravel(xp.asarray(found[name]) + 0j) for name in families]
        joined = xp.concatenate([*parts, xp.zeros(1, complex)])
        # One by one: a sum over the padded axis would be a reduction over four numbers.
        total = sum(joined[table[:, k]] for k in range(4))
        return xp.where(imaginary, total.imag, total.real)

    return vector


def _run(
    parts: tuple[MatchingPart, ...],
    end: float,
    sources: list[tuple[tuple[str, ...], Vector]],
    free: tuple[Free, ...],
) -> tuple[tuple[str, ...], Vector]:
    """Return the sum of all parts at the scale `end`.

    Where no lepton mass gets a phase on the way the sum stays a polynomial of the couplings; the
    alignment of the leptons is left out then.
    """
    # All that is found here at three points has to hold at every point: which components differ
    # from zero, and whether a lepton mass gets a phase.
    running = Running([part.scale for part in parts], end, [names for names, _ in sources])
    largest, phase = np.zeros(len(running.outputs)), 0.0
    for theta in _samples(free):
        vectors = [one(theta) for _, one in sources]
        total = running.sum(vectors)
        phases = running.phases(vectors, total)
        phase = max(phase, float(np.abs(phases).max()))
        for values in (total, running.leptons.aligned(total, phases)):
            largest = np.maximum(largest, np.abs(values))
    keep = np.nonzero(largest > NOISE * largest.max(initial=0.0))[0]
    # one product for all scales
    joined = np.hstack([matrix[keep] for matrix in running.matrices])

    def plain(theta: Theta, xp: Any = np) -> Components:
        return xp.asarray(joined) @ xp.concatenate([one(theta, xp) for _, one in sources])

    def aligned(theta: Theta, xp: Any = np) -> Components:
        return running.apply([one(theta, xp) for _, one in sources], xp)[keep]

    components = tuple(running.outputs[k] for k in keep)
    return components, aligned if phase > NO_PHASE else plain


def _samples(free: tuple[Free, ...]) -> list[Float[np.ndarray, " parameters"]]:
    """Return three points within the ranges, at which structure is looked for."""
    rng = np.random.default_rng(0)
    return [np.array([p.low + (p.high - p.low) * rng.uniform() for p in free]) for _ in range(3)]


def _structure(
    tensors: Callable[[Any, Any], dict[str, Any]], free: tuple[Free, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find which components can differ from zero: those that do at one of three points."""
    # Zeros of the structure are exact zeros; at a random point nothing else vanishes.
    found: set[str] = set()
    families: tuple[str, ...] = ()
    everything = real_components()
    for theta in _samples(free):
        values = tensors(theta, np)
        families = tuple(name for name in values if name in FAMILIES)
        own = tuple(c for c in everything if _family(c) in families)
        table = gather_table(own, families)
        # + 0j: some tensors are real, and a family without indices is a number
        joined = np.concatenate([*(np.ravel(values[n]) + 0j for n in families), [0j]])
        total = joined[table].sum(axis=1)
        numbers = np.where([c.endswith(":Im") for c in own], total.imag, total.real)
        found |= {c for c, x in zip(own, numbers, strict=True) if x != 0.0}
    return tuple(c for c in everything if c in found), families


def _family(component: str) -> str:
    return component.partition(":")[0].partition("_")[0]
