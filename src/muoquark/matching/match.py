"""From a point of the model to Wilson coefficients at the scale of its lightest leptoquark."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.matching.boson import boson_tensors, breaking_tensors, portal_shift
from muoquark.matching.exchange import check_exchange, exchange_table, exchanged_alone
from muoquark.matching.oneloop.content import TOGETHER
from muoquark.matching.oneloop.match import SCHEMES, OneLoop, one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.matching.orders import HIGHEST, ORDERS, Orders, check_loop, orders_of
from muoquark.matching.scales import MatchingPart, Scales, couples_of_point, logarithm, scales
from muoquark.model.boson import NEUTRAL
from muoquark.model.card import Card
from muoquark.model.fields import Model
from muoquark.model.point import Point
from muoquark.model.terms import known_terms
from muoquark.running.highscale import run_together
from muoquark.sm.running import SCALE_MAX
from muoquark.smeft.mediators import Mediator
from muoquark.smeft.tensors import Coefficients, symmetrise, total
from muoquark.smeft.warsaw import from_tensors, known_name
from muoquark.smeft.wcxf import WilsonCoefficients, listed_name_hint

__all__ = ["ORDERS", "SCHEMES", "explain", "left_out", "loop_content", "match", "scales_of"]


def statement(orders: Orders) -> str:
    """Return what a matching to these orders contains."""
    heavy = " and ".join(orders.by_field)
    if orders.name == "tree":
        return f"tree-level exchange of {heavy}, complete"
    if orders.name == "loop":
        return (
            "tree level and one loop, both complete: every dimension-six coefficient and every "
            "dimension-four shift (docs/matching.md)"
        )
    return f"{orders}, each complete; {'; '.join(orders.missing)}"


def _name(content: str, model: Model) -> str:
    """Return what a part of a matching contains, in words."""
    if TOGETHER in content:
        return f"terms with {' and '.join(content.split(TOGETHER))}"
    if content == "all":
        return " and ".join(field.name for field in model.heavy) or "X"
    return content


def left_out(card: Card, order: str = HIGHEST) -> tuple[str, ...]:
    """Return, in words, what of a card and its model does not enter its Wilson coefficients."""
    gauge = [] if card.neutral else [name for name, value in card.gauge.items() if value]
    found = []
    heavy, own, portals, three = list(gauge), [], [], []
    loop = orders_of(card.model, order, card.neutral).loop
    for name, value in card.quartics.items():
        term = card.model.quartics[name]
        if not value or exchanged_alone(term):  # these are refused
            continue
        fields = {field.name for field in term.fields}
        if "Phi" in card.neutral and name in ("lHP", "lP"):
            continue
        if "Phi" in fields:
            heavy.append(name)
        elif [field.name for field in term.fields].count("H") == 1:
            three.append(name)
        elif "H" not in fields:
            own.append(name)
        elif not fields <= {"H", *loop}:
            portals.append(name)
    if heavy:
        there = [*(field.name for field in card.model.heavy), *card.neutral]
        without = [{"X": "the X boson", "Phi": "Phi"}[n] for n in NEUTRAL if n not in card.neutral]
        why = f", {' and '.join(without)} {'are' if len(without) > 1 else 'is'} taken as decoupled"
        found.append(
            f"{', '.join(heavy)} of the card {'do' if len(heavy) > 1 else 'does'} not enter the "
            f"Wilson coefficients: they are those of {' and '.join(there)} alone"
            f"{why if without else ''}"
        )
    if portals:
        many = len(portals) > 1
        found.append(
            f"{', '.join(portals)} of the card {'do' if many else 'does'} not enter the Wilson "
            f"coefficients: {'they do' if many else 'it does'} at one loop, which is not "
            f"calculated for {'their' if many else 'its'} fields"
        )
    if three:
        found.append(
            f"{', '.join(three)} of the card {'do' if len(three) > 1 else 'does'} not enter the "
            "Wilson coefficients: a quartic of three heavy fields and one H does not reach "
            "dimension six at one loop"
        )
    if own:
        found.append(
            f"{', '.join(own)} of the card {'do' if len(own) > 1 else 'does'} not enter the "
            "Wilson coefficients: at one loop quartics of leptoquarks alone shift their masses, "
            "and those of the card have the shift in them"
        )
    unset = _without_values(card.model)
    if unset:
        found.append(
            f"a card has no values for {', '.join(unset)} of the model: taken to be zero in the "
            "Wilson coefficients"
        )
    return tuple(found)


def _without_values(model: Model) -> list[str]:
    """Return the couplings that a model's file adds and a card cannot set.

    Products of three scalars, masses, and Yukawa couplings of other fermions.
    """
    known = {term.coupling for term in known_terms()}
    return [
        term.coupling
        for term in model.own_terms
        if term.contraction.allowed
        and term.coupling not in known
        and term.coupling not in model.heavy_couplings
        and (term.contraction.fermions or len(term.factors) != 4)
    ]


def match(
    point: Point, order: str = HIGHEST, scheme: str = "greek", scale: float | None = None
) -> WilsonCoefficients:
    """Integrate out the heavy fields of a point.

    With ``point.mu_M`` all at that scale.  Without it each at its own mass, one-loop terms with two
    at the geometric mean of the masses, and all run to the lowest mass
    (:mod:`muoquark.matching.scales`).

    Parameters
    ----------
    point
        Masses and couplings, MS-bar at the scale of their leptoquark.
    order
        ``tree``, or ``loop`` for tree level plus the complete one-loop terms, for all fields; by
        default each to the highest order that it has (:mod:`muoquark.matching.orders`).
    scheme
        ``greek`` (NDR, MS-bar, Greek evanescent operators: what wilson and the likelihood
        assume) or ``naive`` (four-dimensional Dirac algebra, for comparisons).
    scale
        Scale of the coefficients in GeV, to which they run; default: the lowest scale at which a
        leptoquark is matched.

    Returns
    -------
    WilsonCoefficients
        In the ``Warsaw`` basis, coefficients that vanish left out; ``shifts`` holds what the
        loops add to the dimension-four parameters, each at the mass of its leptoquark.

    Raises
    ------
    InputError
        For an unknown order or scheme, or ``loop`` for a field that lacks it.
    DomainError
        For couplings beyond perturbativity, a coupling to right-handed neutrinos, a product of
        couplings that the Warsaw basis does not contain, or a scale from or to which the running
        is not tabulated.

    Examples
    --------
    >>> import muoquark
    >>> found = muoquark.match(muoquark.read_card("paper").point(), "tree")
    >>> abs(found["lequ3_2233"] + found["lequ1_2233"] / 4) < 1e-20
    True
    """
    orders = orders_of(point.model, order, _neutral(point))
    if scheme not in SCHEMES:
        raise InputError(f"unknown scheme '{scheme}': {suggest(scheme, SCHEMES)}")
    plan = scales_of(point)
    _check(point, plan, orders.loop)
    end = plan.end if scale is None else scale
    sets: list[tuple[float, Coefficients]] = []
    shifts: dict[str, Any] = {}
    for part in plan.parts:
        tensors = _tree(point, part)
        content = loop_content(part.content, orders.loop)
        if content is not None:
            loop = _one_loop(point, part._replace(content=content), scheme, orders.loop)
            for name, tensor in loop.coefficients.items():
                tensors[name] = tensors[name] + tensor if name in tensors else tensor
            for name, shift in loop.shifts.items():
                shifts[name] = shifts[name] + shift if name in shifts else shift
        if point.breaking is not None and part.content in ("all", "Phi"):
            shifts["lam"] = shifts.get("lam", 0.0) + portal_shift(point.breaking)
        sets.append((part.scale, tensors))
    if plan.parts == (MatchingPart(plan.parts[0].content, end),):
        values = from_tensors(sets[0][1])
    else:
        values = run_together([(mu, from_tensors(tensors)) for mu, tensors in sets], end)
    metadata: dict[str, Any] = {"order": orders.name, "content": statement(orders)}
    if orders.name == HIGHEST:
        metadata["orders"] = dict(orders.by_field)
    if len(plan.parts) > 1 or end != plan.end or plan.notes:
        where = ", ".join(
            f"{_name(content, point.model)} at {mu:.6g} GeV" for content, mu in plan.parts
        )
        metadata["matched"] = f"{where}; run to {end:.6g} GeV"
    table = exchange_table(point.model)
    mediators = tuple(
        Mediator(
            field, mass, from_tensors(symmetrise(table(point.couplings, point.masses, [field])))
        )
        for field, mass in point.masses.items()
    )
    if point.boson is not None:
        matched = next(part.scale for part in plan.parts if part.content in ("all", "X"))
        tree = boson_tensors(point.boson, point.sm_at(matched).g1)
        mediators += (Mediator("X", point.boson.mass, from_tensors(symmetrise(tree))),)
    g3 = point.sm_at(plan.parts[0].scale).g3
    left = logarithm(
        point.model, point.masses, point.couplings, g3, plan.parts, couples_of_point(point)
    )
    return WilsonCoefficients(
        scale=end,
        values=values,
        shifts=shifts,
        metadata=metadata,
        logarithm=float(left),
        mediators=mediators,
    )


def scales_of(point: Point) -> Scales:
    """Return at which scales the heavy fields of a point are matched."""
    return scales(point.integrated_masses, point.mu_M, couples_of_point(point))


def _neutral(point: Point) -> tuple[str, ...]:
    """Return which of X and Phi are integrated out."""
    return tuple(name for name in NEUTRAL if name in point.integrated_masses)


def loop_content(content: str, fields: tuple[str, ...]) -> str | None:
    """Return which one-loop terms a part of the matching has, as ``one_loop`` calls them.

    `fields` are those that are matched at one loop; None if there are none in this part.
    """
    if not fields or (content != "all" and not set(content.split(TOGETHER)) <= set(fields)):
        return None
    return content


def explain(
    point: Point, name: str, scheme: str = "greek", scale: float | None = None
) -> dict[str, complex]:
    """Return how much each physical piece contributes to one coefficient, in GeV^-2.

    Parameters
    ----------
    name
        A coefficient as WCxf lists it in the ``Warsaw`` basis, such as ``lq1_2223``.
    scale
        As for :func:`match`.

    Returns
    -------
    dict
        ``tree``, the one-loop pieces (docs/matching.md) and ``total``; pieces that do not
        contribute are zero.  Where not all is matched at one scale the pieces are named with their
        leptoquark, each is at its own scale, and ``running`` is what leads from their sum to the
        total.

    Raises
    ------
    InputError
        For a name that WCxf does not list, or an unknown scheme.
    DomainError
        As :func:`match`.
    """
    if not known_name(name):
        raise InputError(f"unknown coefficient '{name}': {listed_name_hint(name)}")
    if scheme not in SCHEMES:
        raise InputError(f"unknown scheme '{scheme}': {suggest(scheme, SCHEMES)}")
    plan = scales_of(point)
    loop = orders_of(point.model, HIGHEST, _neutral(point)).loop
    _check(point, plan, loop)
    parts: dict[str, complex] = {}
    for part in plan.parts:
        suffix = f" ({_name(part.content, point.model)})" if len(plan.parts) > 1 else ""
        if TOGETHER not in part.content:
            parts[f"tree{suffix}"] = from_tensors(_tree(point, part)).get(name, 0j)
        content = loop_content(part.content, loop)
        if content is None:
            continue
        found = _one_loop(point, part._replace(content=content), scheme, loop)
        for piece, tensors in found.pieces.items():
            parts[f"{piece}{suffix}"] = from_tensors(symmetrise(tensors)).get(name, 0j)
    everything = sum(parts.values())
    if len(plan.parts) > 1 or scale not in (None, plan.end):
        whole = match(point, scheme=scheme, scale=scale).values.get(name, 0j)
        parts["running"], everything = whole - everything, whole
    parts["total"] = everything
    return parts


def _tree(point: Point, part: MatchingPart) -> Coefficients:
    """Return the tensors of tree level."""
    if TOGETHER in part.content:
        return {}
    fields = None if part.content == "all" else [part.content]
    found = [exchange_table(point.model)(point.couplings, point.masses, fields)]
    if point.boson is not None and part.content in ("all", "X"):
        found.append(boson_tensors(point.boson, point.sm_at(part.scale).g1))
    if point.breaking is not None and part.content in ("all", "Phi"):
        found.append(breaking_tensors(point.breaking))
    return symmetrise(total(found))


def _one_loop(point: Point, part: MatchingPart, scheme: str, fields: tuple[str, ...]) -> OneLoop:
    return one_loop(inputs_of_point(point, part.scale, fields=fields), scheme, part.content)


def _check(point: Point, plan: Scales, loop: tuple[str, ...]) -> None:
    """Raise DomainError where the matching does not apply."""
    point.check_perturbative()
    for part in plan.parts:
        if not M_Z <= part.scale <= SCALE_MAX:
            raise DomainError(
                f"the matching scale {part.scale:g} GeV is outside of {M_Z:g} to "
                f"{SCALE_MAX:.3g} GeV"
            )
    quartics = [name for name, value in point.quartics.items() if value]
    check_exchange(
        point.model,
        [name for name, matrix in point.couplings.items() if np.any(matrix)],
        quartics,
    )
    check_loop(point.model, quartics, loop)
