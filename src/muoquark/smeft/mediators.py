"""What is known of the heavy fields behind coefficients: masses and tree-level exchange.

Where energies reach the mass of a field its propagator matters, and coefficients alone do not tell.
Numbers of this kind follow the coefficients in vectors; their names are ``S3/M^-2`` and, at tree
level, ``S3/lq1_2223:Re``, in GeV^-2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["MASS", "Mediator", "extras_of", "split"]

#: Behind the name of a field: one over its mass squared.
MASS = "M^-2"


@dataclass(frozen=True)
class Mediator:
    """A heavy field that was integrated out.

    Attributes
    ----------
    field
        Its name.
    mass
        In GeV.
    tree
        What its exchange gives at tree level, non-redundant, in GeV^-2.
    """

    field: str
    mass: float
    tree: Mapping[str, complex]


def split(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return components of coefficients, and the extras that have to stand behind them.

    >>> split(["lq1_2223:Re", "S3/M^-2"])
    (('lq1_2223:Re',), ('S3/M^-2',))
    """
    extras = tuple(name for name in names if "/" in name)
    components = tuple(names[: len(names) - len(extras)])
    if any("/" in name for name in components):
        raise ValueError("extras have to stand behind all coefficients")
    return components, extras


def extras_of(mediators: Sequence[Mediator], names: Sequence[str]) -> np.ndarray:
    """Return the numbers that are called so, (len(names),); what is not there is zero."""
    found: dict[str, float] = {}
    for one in mediators:
        found[f"{one.field}/{MASS}"] = 1 / one.mass**2
        for name, value in one.tree.items():
            found[f"{one.field}/{name}:Re"] = complex(value).real
            found[f"{one.field}/{name}:Im"] = complex(value).imag
    return np.array([found.get(name, 0.0) for name in names])
