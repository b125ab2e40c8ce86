"""From a point of the model to Wilson coefficients at the matching scale."""

from __future__ import annotations

import numpy as np

from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.eft.warsaw import from_tensors, known_name
from muoquark.eft.wcxf import WilsonCoefficients, listed_name_hint
from muoquark.matching.oneloop.exchange import SCHEMES
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.matching.oneloop.warsaw import symmetrise
from muoquark.matching.tree import tree
from muoquark.model.card import Card
from muoquark.model.point import Point
from muoquark.model.sm import MZ, SCALE_MAX

__all__ = ["ORDERS", "SCHEMES", "explain", "left_out", "match"]

ORDERS = ("tree", "loop")

STATEMENT = {
    "tree": "tree-level exchange of S1 and S3, complete",
    "loop": "tree level and one loop, both complete: every dimension-six coefficient and every "
    "dimension-four shift (docs/matching.md)",
}

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


def match(point: Point, order: str = "loop", scheme: str = "greek") -> WilsonCoefficients:
    """Integrate out S1 and S3 at the point's matching scale.

    Parameters
    ----------
    point
        Masses and couplings, MS-bar at ``point.mu_M``.
    order
        ``tree``, or ``loop`` for tree level plus the complete one-loop terms.
    scheme
        ``greek`` (NDR, MS-bar, Greek evanescent operators: what wilson and the likelihood
        assume) or ``naive`` (four-dimensional Dirac algebra, for comparisons).

    Returns
    -------
    WilsonCoefficients
        In the ``Warsaw`` basis, coefficients that vanish left out; ``shifts`` holds what the
        loops add to the dimension-four parameters.

    Raises
    ------
    InputError
        For an unknown order or scheme.
    DomainError
        For couplings beyond perturbativity, or a coupling to right-handed neutrinos.
    """
    if order not in ORDERS:
        raise InputError(f"unknown order '{order}': {suggest(order, ORDERS)}")
    if scheme not in SCHEMES:
        raise InputError(f"unknown scheme '{scheme}': {suggest(scheme, SCHEMES)}")
    _check(point)
    tensors = dict(tree(point))
    shifts: dict[str, object] = {}
    if order == "loop":
        loop = one_loop(inputs_of_point(point), scheme)
        for name, tensor in loop.coefficients.items():
            tensors[name] = tensors[name] + tensor if name in tensors else tensor
        shifts = dict(loop.shifts)
    return WilsonCoefficients.from_tensors(
        point.mu_M, tensors, shifts=shifts, metadata={"order": order, "content": STATEMENT[order]}
    )


def explain(point: Point, name: str, scheme: str = "greek") -> dict[str, complex]:
    """Return how much each physical piece contributes to one coefficient, in GeV^-2.

    Parameters
    ----------
    name
        A coefficient as WCxf lists it in the ``Warsaw`` basis, such as ``lq1_2223``.

    Returns
    -------
    dict
        ``tree``, the one-loop pieces (docs/matching.md) and ``total``; pieces that do not
        contribute are zero.

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
    _check(point)
    parts = {"tree": from_tensors(tree(point)).get(name, 0j)}
    for piece, tensors in one_loop(inputs_of_point(point), scheme).pieces.items():
        parts[piece] = from_tensors(symmetrise(tensors)).get(name, 0j)
    parts["total"] = sum(parts.values())
    return parts


def _check(point: Point) -> None:
    """Raise DomainError where the matching does not apply."""
    point.check_perturbative()
    if not MZ <= point.mu_M <= SCALE_MAX:
        raise DomainError(
            f"the matching scale {point.mu_M:g} GeV is outside of {MZ:g} to {SCALE_MAX:.3g} GeV"
        )
    if np.any(point.etat1R):
        raise DomainError(
            "etat1R couples S1 to right-handed neutrinos, which the SMEFT does not contain; "
            "matching with them integrated out together is not calculated, set etat1R to zero"
        )
