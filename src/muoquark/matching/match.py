"""From a point of the model to Wilson coefficients at the scale of its lightest leptoquark."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.matching.oneloop.exchange import SCHEMES
from muoquark.matching.oneloop.match import OneLoop, one_loop, tree
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.matching.scales import Part, Scales, couples_of_point, logarithm, scales
from muoquark.model.card import Card
from muoquark.model.point import Point
from muoquark.running.highscale import run_together
from muoquark.sm.running import SCALE_MAX
from muoquark.smeft.tensors import Coefficients, symmetrise
from muoquark.smeft.warsaw import from_tensors, known_name
from muoquark.smeft.wcxf import WilsonCoefficients, listed_name_hint

__all__ = ["ORDERS", "SCHEMES", "explain", "left_out", "match", "scales_of"]

ORDERS = ("tree", "loop")

STATEMENT = {
    "tree": "tree-level exchange of S1 and S3, complete",
    "loop": "tree level and one loop, both complete: every dimension-six coefficient and every "
    "dimension-four shift (docs/matching.md)",
}
NAMES = {"all": "S1 and S3", "S1": "S1", "S3": "S3", "both": "terms with both"}

# Quartics with Phi, and those that at one loop only shift the leptoquarks' own masses.
PHI_QUARTICS = ("lP", "lHP", "lP1", "lP3")
SELF_QUARTICS = ("l1", "l3a", "l3b", "l3c", "l13a", "l13b", "l13c", "le13")


def left_out(card: Card) -> tuple[str, ...]:
    """Return, in words, which entries of a card do not enter its Wilson coefficients."""
    gauge = [name for name, value in card.gauge.items() if value]
    quartics = [name for name, value in card.quartics.items() if value]
    found = []
    heavy = [*gauge, *(name for name in quartics if name in PHI_QUARTICS)]
    own = [name for name in quartics if name in SELF_QUARTICS]
    if heavy:
        found.append(
            f"{', '.join(heavy)} of the card {'do' if len(heavy) > 1 else 'does'} not enter the "
            "Wilson coefficients: they are those of S1 and S3 alone, the X boson and Phi are "
            "taken as decoupled"
        )
    if own:
        found.append(
            f"{', '.join(own)} of the card {'do' if len(own) > 1 else 'does'} not enter the "
            "Wilson coefficients: at one loop quartics of leptoquarks alone shift their masses, "
            "and those of the card have the shift in them"
        )
    return tuple(found)


def match(
    point: Point, order: str = "loop", scheme: str = "greek", scale: float | None = None
) -> WilsonCoefficients:
    """Integrate out S1 and S3.

    With ``point.mu_M`` both at that scale.  Without it each at its own mass, terms with both at the
    geometric mean of the masses, and all run to the lowest mass (:mod:`muoquark.matching.scales`).

    Parameters
    ----------
    point
        Masses and couplings, MS-bar at the scale of their leptoquark.
    order
        ``tree``, or ``loop`` for tree level plus the complete one-loop terms.
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
        For an unknown order or scheme.
    DomainError
        For couplings beyond perturbativity, a coupling to right-handed neutrinos, or a scale from
        or to which the running is not tabulated.
    """
    if order not in ORDERS:
        raise InputError(f"unknown order '{order}': {suggest(order, ORDERS)}")
    if scheme not in SCHEMES:
        raise InputError(f"unknown scheme '{scheme}': {suggest(scheme, SCHEMES)}")
    plan = scales_of(point)
    _check(point, plan)
    end = plan.end if scale is None else scale
    sets: list[tuple[float, Coefficients]] = []
    shifts: dict[str, Any] = {}
    for part in plan.parts:
        tensors = _tree(point, part)
        if order == "loop":
            loop = _one_loop(point, part, scheme)
            for name, tensor in loop.coefficients.items():
                tensors[name] = tensors[name] + tensor if name in tensors else tensor
            for name, shift in loop.shifts.items():
                shifts[name] = shifts[name] + shift if name in shifts else shift
        sets.append((part.scale, tensors))
    if plan.parts == (Part(plan.parts[0].content, end),):
        values = from_tensors(sets[0][1])
    else:
        values = run_together([(mu, from_tensors(tensors)) for mu, tensors in sets], end)
    metadata: dict[str, Any] = {"order": order, "content": STATEMENT[order]}
    if len(plan.parts) > 1 or end != plan.end or plan.notes:
        where = ", ".join(f"{NAMES[content]} at {mu:.6g} GeV" for content, mu in plan.parts)
        metadata["matched"] = f"{where}; run to {end:.6g} GeV"
    there = inputs_of_point(point, plan.parts[0].scale)
    return WilsonCoefficients(
        scale=end,
        values=values,
        shifts=shifts,
        metadata=metadata,
        logarithm=float(logarithm(there, plan.parts, couples_of_point(point))),
    )


def scales_of(point: Point) -> Scales:
    """Return at which scales the leptoquarks of a point are matched."""
    return scales(point.M1, point.M3, point.mu_M, couples_of_point(point))


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
    _check(point, plan)
    parts: dict[str, complex] = {}
    for part in plan.parts:
        suffix = f" ({NAMES[part.content]})" if len(plan.parts) > 1 else ""
        if part.content != "both":
            parts[f"tree{suffix}"] = from_tensors(_tree(point, part)).get(name, 0j)
        for piece, tensors in _one_loop(point, part, scheme).pieces.items():
            parts[f"{piece}{suffix}"] = from_tensors(symmetrise(tensors)).get(name, 0j)
    total = sum(parts.values())
    if len(plan.parts) > 1 or scale not in (None, plan.end):
        whole = match(point, scheme=scheme, scale=scale).values.get(name, 0j)
        parts["running"], total = whole - total, whole
    parts["total"] = total
    return parts


def _tree(point: Point, part: Part) -> Coefficients:
    """Return the tensors of tree level."""
    return tree(inputs_of_point(point, part.scale), part.content)


def _one_loop(point: Point, part: Part, scheme: str) -> OneLoop:
    return one_loop(inputs_of_point(point, part.scale), scheme, part.content)


def _check(point: Point, plan: Scales) -> None:
    """Raise DomainError where the matching does not apply."""
    point.check_perturbative()
    for part in plan.parts:
        if not M_Z <= part.scale <= SCALE_MAX:
            raise DomainError(
                f"the matching scale {part.scale:g} GeV is outside of {M_Z:g} to "
                f"{SCALE_MAX:.3g} GeV"
            )
    if np.any(point.etat1R):
        raise DomainError(
            "etat1R couples S1 to right-handed neutrinos, which the SMEFT does not contain; "
            "matching with them integrated out together is not calculated, set etat1R to zero"
        )
