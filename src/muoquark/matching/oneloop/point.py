"""From a point in the parameter space to the arrays that the matching takes."""

from __future__ import annotations

from collections.abc import Collection

from muoquark.model.point import Point
from muoquark.sm.parameters import SMParameters

from .inputs import Inputs
from .vertices import SCALARS


def inputs_of_point(
    point: Point,
    scale: float | None = None,
    sm: SMParameters | None = None,
    fields: Collection[str] = SCALARS,
) -> Inputs:
    """Return what the matching needs to know of a point; GeV, conventions of `Inputs`.

    Parameters
    ----------
    point
        Leptoquark couplings, masses and quartics.
    scale
        Where the terms are matched that are wanted, by default ``point.common_scale``.
    sm
        The SM couplings there, by default ``point.sm_at``.
    fields
        Only these leptoquarks.
    """
    mu = point.common_scale if scale is None else scale
    return Inputs.of(
        point.couplings,
        {name: mass for name, mass in point.masses.items() if name in fields},
        {name: complex(value) for name, value in point.quartics.items()},
        point.sm_at(mu) if sm is None else sm,
        mu,
    )
