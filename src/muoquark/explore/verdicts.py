"""The theory side and the LHC of a point, as the verbs ``theory`` and ``lhc`` compute them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from muoquark.common.errors import DomainError
from muoquark.explore.exploration import Exploration
from muoquark.model.card import Card
from muoquark.model.point import Point

__all__ = ["lhc_of", "theory_of"]


def _point(explorer: Exploration, values: Mapping[str, float]) -> Point:
    """Return the point of values; refuse coefficients."""
    card = explorer.fixed(values)
    if not isinstance(card, Card):
        raise DomainError(
            "these are Wilson coefficients: the flow and the LHC need a model with its fields"
        )
    return card.point()


def theory_of(explorer: Exploration, values: Mapping[str, float]) -> dict[str, Any]:
    """Return what happens up to the Planck scale, by one and two loops, with the figure of two."""
    from muoquark.report.theory_figures import flow_figure, picture
    from muoquark.report.theory_words import order_rows
    from muoquark.theory.analysis import analyse

    found = analyse(_point(explorer, values))
    rows = [{"loops": loops, **dict(order_rows(order))} for loops, order in found.orders.items()]
    order = found.orders[max(found.orders)]
    drawn = picture(flow_figure(order.flow, order.vacuum))
    return {
        "head": f"from {found.scale:.4g} GeV to {found.end:.3g} GeV",
        "rows": rows,
        "picture": "data:image/png;base64," + base64.b64encode(drawn).decode("ascii"),
        "colour": "deeper than ours" if found.minimum.breaks_colour else "none below ours found",
    }


def lhc_of(explorer: Exploration, values: Mapping[str, float]) -> dict[str, Any]:
    """Return the verdict of the LHC in words, and the decays."""
    from muoquark.collider.verdict import analyse

    found = analyse(_point(explorer, values), explorer.order)
    return {
        "verdict": list(found.verdict),
        "notes": list(found.notes),
        "decays": [
            {
                "component": one.component.name,
                "mass": one.mass,
                "width": one.width,
                "branching": {c: b for c, b in one.branching.items() if b >= 1e-3},
            }
            for one in found.decays
        ],
    }
