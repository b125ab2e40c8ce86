"""Masses of the components of heavy multiplets once the Higgs field has its expectation value.

A quartic lambda H^+ H phi^+ phi of the potential V adds lambda v^2/2 times its tensor to the matrix
of squared masses.  Only its diagonal is taken: what mixes components of different multiplets is
said.
Without quartics on the card all components have the mass of their field.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from muoquark.collider.decays import components_of
from muoquark.common.constants import VEV
from muoquark.common.errors import DomainError
from muoquark.model.point import Point

__all__ = ["component_masses"]


def component_masses(point: Point) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the mass of every component in GeV by name, and what is left out.

    Raises
    ------
    DomainError
        If a quartic makes a squared mass negative: the vacuum is another one.

    Examples
    --------
    >>> point = Point("generic", {"S3": 1000.0}, quartics={"leH3": 1.0})
    >>> {name: round(mass) for name, mass in component_masses(point)[0].items()}
    {'S3(4/3)': 1015, 'S3(1/3)': 1000, 'S3(-2/3)': 985}
    """
    squares = {
        component.name: point.masses[field.name] ** 2
        for field in point.model.heavy
        for component, _ in components_of(field)
    }
    notes = []
    for name, value in point.quartics.items():
        if not value:
            continue
        term = point.model.quartics[name]
        heavy = [k for k, field in enumerate(term.fields) if field.name != "H"]
        if len(heavy) != 2:
            continue  # one heavy field is refused by the matching, of three or four none is heavy
        one, two = (term.fields[k] for k in heavy)
        if "Phi" in (one.name, two.name):
            continue
        slots = [term.contraction.slots[k] for k in heavy]
        if one.name != two.name or slots[0].dagger == slots[1].dagger:
            notes.append(
                f"{name} mixes {one.name} with {two.name} once H has its expectation value: left "
                "out of masses and decays"
            )
            continue
        array = np.moveaxis(term.contraction.array, heavy, (0, 1))
        # <H> = (0, v/sqrt2), whether it is conjugated or not
        shifts = array[..., 1, 1] * VEV**2 / 2
        if not slots[0].dagger:
            shifts = shifts.T  # rows are those of the conjugate
        shifts = shifts[: one.isospin, : one.isospin]  # of the first colour
        for component, direction in components_of(one):
            shift = direction.conj() @ shifts @ direction
            squares[component.name] += float((complex(value) * shift).real)
            if not term.real:
                squares[component.name] += float((complex(value) * shift).real)
    for name, square in squares.items():
        if square <= 0:
            raise DomainError(f"the quartics make the squared mass of {name} negative")
    return {name: sqrt(square) for name, square in squares.items()}, tuple(notes)
