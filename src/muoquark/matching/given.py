"""Wilson coefficients that are given instead of matched, as a function of free parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.common.arrays import Components
from muoquark.matching.parametric import Parametric, Theta
from muoquark.model.coefficient_card import CoefficientCard
from muoquark.smeft.wcxf import WilsonCoefficients

__all__ = ["given"]


def given(card: CoefficientCard) -> Parametric:
    """Return the coefficients of a card of coefficients as a function of its free parameters.

    A constant plus a matrix times the parameters, in the basis ``Warsaw``, or in the low-energy
    basis of the card.
    """
    free = card.free
    nothing = {p.name: 0.0 for p in free}
    constant = card.values(nothing)
    columns = []
    for p in free:
        moved = card.values({**nothing, p.name: 1.0})
        change = {name: x - constant[name] for name, x in moved.items()}
        columns.append(_components(card, change))
    first = _components(card, constant)
    names = tuple(dict.fromkeys(name for one in (first, *columns) for name in one))
    offset = np.array([first.get(name, 0.0) for name in names])
    matrix = np.array([[one.get(name, 0.0) for one in columns] for name in names])
    matrix = matrix.reshape(len(names), len(free))

    def vector(theta: Theta, xp: Any = np) -> Components:
        return xp.asarray(offset) + xp.asarray(matrix) @ theta

    return Parametric(free, card.scale, names, vector, eft=card.eft, linear=True)


def _components(card: CoefficientCard, values: dict[str, complex]) -> dict[str, float]:
    """Return the real components of coefficients that differ from zero."""
    point = card.at(values)
    if isinstance(point, WilsonCoefficients):
        point = point.to_basis("Warsaw")
    parts = {
        f"{name}:{part}": x
        for name, value in point.values.items()
        for part, x in (("Re", value.real), ("Im", value.imag))
    }
    return {name: x for name, x in parts.items() if x != 0.0}
