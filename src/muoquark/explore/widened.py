"""A card of which also masses, and couplings that are set, are parameters.

The range of a number that a card fixes is our choice: a few times its size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from muoquark.matching.parametric import couples_of_card, scales_of_card
from muoquark.model.boson import LIGHTEST, VEV_KEY, boson_names
from muoquark.model.card import Ansatz, Entry, Free, Parts
from muoquark.model.coefficient_card import AnyCard, CoefficientCard
from muoquark.model.point import DEFAULT_MASS, PERTURBATIVE_LIMIT

__all__ = ["widened"]

# A number x of a card goes from -TIMES |x| to TIMES |x|, a mass from M / TIMES to TIMES M.
TIMES = 3.0
# Smallest mass of a leptoquark that a card may have, GeV.
LOWEST = 300.0
# Largest g_X, and largest size of the kinetic mixing, that are gone to.
LARGEST_GX, LARGEST_MIXING = 4.0, 0.9


def widened(card: AnyCard) -> tuple[AnyCard, tuple[str, ...]]:
    """Return a card with more free parameters, and what is to be said of it.

    Masses of all fields that couple, entries of couplings that are not zero, quartics, numbers of
    the boson of U(1)_X; or all coefficients.  What is free already stays as it is; so do entries
    that a product sets, light coefficients of an ansatz, matrices of rotations and `sm`.

    Where masses vary the matching scale has to stay: one that the card lacks is set.
    """
    if isinstance(card, CoefficientCard):
        taken = {p.name for p in card.free}
        return replace(
            card,
            coefficients={
                name: _number(number, name, taken, None)
                for name, number in card.coefficients.items()
            },
        ), ()
    taken = {p.name for p in card.free}
    set_by_products = {entry for each in card.products for entry in each.entries}

    def entry(number: Any, place: Entry) -> Any:
        if place in set_by_products:
            return number
        return _number(number, str(place), taken, PERTURBATIVE_LIMIT)

    couplings = {name: _coupling(name, c, entry) for name, c in card.couplings.items()}
    fields = couples_of_card(card).fields
    given = {heavy.name: card.masses.get(heavy.name, DEFAULT_MASS) for heavy in card.model.heavy}
    masses = {
        name: _mass(mass, f"M_{name}", taken, LOWEST) if name in fields else mass
        for name, mass in given.items()
    }
    names = boson_names(card.model)
    gauge = dict(card.gauge)
    for name, number in card.gauge.items():
        if name in (names.mass, VEV_KEY):
            gauge[name] = _mass(number, name, taken, LIGHTEST)
        elif name == names.coupling and _fixed(number):
            largest = min(TIMES * float(number), LARGEST_GX)  # type: ignore[arg-type]  # a number
            gauge[name] = _free(name, 0.0, largest, number, taken)
        else:
            gauge[name] = _number(number, name, taken, LARGEST_MIXING)
    wide = replace(
        card,
        couplings=couplings,
        masses={n: m for n, m in masses.items() if n in card.masses or isinstance(m, Free)},
        quartics={n: _number(x, n, taken, None) for n, x in card.quartics.items()},
        gauge=gauge,
    )
    if card.mu_M is not None:
        return wide, ()
    plan = scales_of_card(card)
    said = (
        f"masses vary, so that all fields are matched at one scale, mu_M = {plan.end:g} GeV; "
        "the card leaves each at its own mass"
    )
    return replace(wide, mu_M=plan.end), (said,)


def _coupling(name: str, coupling: Any, entry: Callable[[Any, Entry], Any]) -> Any:
    """Return a coupling with its entries free."""
    if isinstance(coupling, Ansatz):
        return replace(coupling, value=entry(coupling.value, Entry(name, 2)))
    rows = []
    for i, row in enumerate(coupling):
        if isinstance(row, tuple):
            rows.append(tuple(entry(x, Entry(name, i, j)) for j, x in enumerate(row)))
        else:
            rows.append(entry(row, Entry(name, i)))
    return tuple(rows)


def _fixed(number: Any) -> bool:
    """Whether something is a number other than zero."""
    return isinstance(number, int | float | complex) and number != 0


def _free(name: str, low: float, high: float, start: Any, taken: set[str]) -> Free:
    """Return a parameter, of a name that no other one has."""
    while name in taken:
        name += "'"
    taken.add(name)
    return Free(name, low, high, float(start))


def _number(number: Any, name: str, taken: set[str], largest: float | None) -> Any:
    """Return a number as a parameter: real and imaginary part where it has both."""
    if isinstance(number, Parts):
        return Parts(
            _number(number.re, f"{name}.Re", taken, largest),
            _number(number.im, f"{name}.Im", taken, largest),
        )
    if not _fixed(number):
        return number
    value = complex(number)
    if value.imag:
        return Parts(
            _number(value.real, f"{name}.Re", taken, largest),
            _number(value.imag, f"{name}.Im", taken, largest),
        )
    reach = TIMES * abs(value.real)
    if largest is not None:
        reach = max(min(reach, largest), abs(value.real))
    return _free(name, -reach, reach, value.real, taken)


def _mass(mass: Any, name: str, taken: set[str], lowest: float) -> Any:
    if not _fixed(mass):
        return mass
    low = min(max(float(mass) / TIMES, lowest), float(mass))
    return _free(name, low, TIMES * float(mass), mass, taken)
