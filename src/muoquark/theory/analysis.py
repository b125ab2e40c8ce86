"""The theory side of one point as a record: flow, vacuum along it, naturalness, dipoles.

Decides the claims of section 2.5 of the paper for any card: no Landau pole up to the Planck scale,
a potential that can be made stable up to there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.constants import PLANCK_MASS
from muoquark.common.errors import DomainError
from muoquark.model.point import Point
from muoquark.theory.dipoles import dipoles
from muoquark.theory.flow import Flow, Pole, run, unitarity
from muoquark.theory.inputs import couplings_at_matching
from muoquark.theory.naturalness import naturalness_record
from muoquark.theory.search import SearchResult, search_quartics
from muoquark.theory.vacuum import Stability, stability, tree_minimum

__all__ = ["NOT_COMPUTED", "VacuumHistory", "analyse", "vacuum_along"]

NOT_COMPUTED = (
    "Lifetime of a metastable vacuum: where the quartic potential is negative it is called not "
    "stable, whatever the tunnelling rate.",
    "One-loop effective potential: boundedness is that of the quartics running at the scale of "
    "the fields.",
    "Two-loop thresholds: the leptoquark threshold is one loop; Phi and nu_R are decoupled at "
    "tree level.",
    "Majorana masses and neutrino Yukawas: zero unless given in Python.",
)


@dataclass(frozen=True)
class VacuumHistory:
    """Boundedness along a flow.

    ``stable``: at every scale looked at; ``onset``: the first scale (GeV) where not, else None;
    ``worst``: the deepest minimum of V4 on the unit sphere, at ``worst_scale``.
    """

    stable: bool
    onset: float | None
    worst: Stability
    worst_scale: float
    scales: tuple[float, ...]
    minima: tuple[float, ...]


def vacuum_along(
    result: Flow, n_scales: int = 25, starts: int = 48, seed: int = 0
) -> VacuumHistory:
    """Decide boundedness at `n_scales` scales of a flow, equidistant in ln mu, ends included."""
    picks = np.unique(np.linspace(0, len(result.mu) - 1, min(n_scales, len(result.mu))).astype(int))
    found = [stability(result.points[k], starts, seed) for k in picks]
    scales = [float(result.mu[k]) for k in picks]
    worst = min(range(len(found)), key=lambda k: found[k].minimum)
    bad = [s for s, f in zip(scales, found, strict=True) if not f.bounded]
    return VacuumHistory(
        not bad,
        bad[0] if bad else None,
        found[worst],
        scales[worst],
        tuple(scales),
        tuple(f.minimum for f in found),
    )


def _pole(pole: Pole | None) -> dict[str, Any] | None:
    return None if pole is None else {"coupling": pole.coupling, "scale_GeV": pole.scale}


def _vacuum(history: VacuumHistory) -> dict[str, Any]:
    return {
        "stable": history.stable,
        "unstable_from_GeV": history.onset,
        "worst_minimum": history.worst.minimum,
        "worst_scale_GeV": history.worst_scale,
        "direction": history.worst.direction if not history.stable else None,
        "method": history.worst.method,
        "scales_GeV": history.scales,
        "minima": history.minima,
    }


def _search(result: SearchResult | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        "found": result.found,
        "quartics": result.quartics,
        "flows_tried": result.tried,
        "margin": result.margin,
        "reached_GeV": result.reached,
    }


def _naturalness(point: Point, tolerance: float) -> dict[str, Any]:
    """Record of naturalness, or why there is none: a mass out of range spoils nothing else."""
    try:
        return naturalness_record(point, tolerance)
    except DomainError as error:
        return {"status": str(error)}


def analyse(
    point: Point,
    loops: int = 2,
    end: float = PLANCK_MASS,
    thresholds: Mapping[str, float] | None = None,
    search: int = 0,
    seed: int = 0,
    tolerance: float = 1.0,
) -> tuple[dict[str, Any], dict[int, Flow]]:
    """Return the record of a point and the flows behind it (one loop, and two if asked for).

    Parameters
    ----------
    loops
        Highest loop order; one loop is always there beside it.
    end
        Where the flows end, GeV.
    thresholds
        See :func:`muoquark.theory.flow.run`.
    search
        How many flows to spend on quartics that make the point stable; 0: no search.
    tolerance
        Delta of finite naturalness.

    Raises
    ------
    DomainError
        If the leptoquarks couple to electrons or taus, which the B-3L_mu theory forbids,
        or a coupling is beyond perturbativity at the start.
    """
    if not point.is_muoquark():
        raise DomainError(
            "the running is that of the B-3Lmu model, whose leptoquarks couple to muons only; "
            "this point has couplings to e or tau"
        )
    point.check_perturbative()
    start = couplings_at_matching(point)
    flows = {n: run(start, point.common_scale, end, n, thresholds) for n in range(1, loops + 1)}
    orders: dict[str, Any] = {}
    for n, result in flows.items():
        orders[f"{n}_loop"] = {
            "pole": _pole(result.pole),
            "above_4pi": _pole(result.nonperturbative),
            "unitarity_lost": _pole(result.nonunitary),
            "vacuum": _vacuum(vacuum_along(result, seed=seed)),
            "end": {"scale_GeV": float(result.mu[-1]), "couplings": result.points[-1]},
        }
    top = orders[f"{loops}_loop"]
    found = None
    if search:
        found = search_quartics(start, point.common_scale, end, loops, thresholds, search, seed)
    # the measured m_H^2: the one of the full theory hides the threshold that it is tuned against
    minimum = tree_minimum(couplings_at_matching(point, thresholds=False), seed=seed)
    record = {
        "start": {"scale_GeV": point.common_scale, "couplings": start},
        "planck_GeV": end,
        "orders": orders,
        "partial_waves_at_start": unitarity(start),
        "search": _search(found),
        "tree_level_minimum": {
            "breaks_colour_or_charge": minimum.breaks_colour,
            "electroweak_GeV4": minimum.electroweak,
            "deepest_GeV4": minimum.deepest,
            "fields_GeV": minimum.fields,
        },
        "naturalness": _naturalness(point, tolerance),
        "dipoles": dipoles(),
        "claims": {
            "no_landau_pole": top["pole"] is None,
            "perturbative": top["above_4pi"] is None,
            "stable": top["vacuum"]["stable"],
            "can_be_made_stable": (
                True if top["vacuum"]["stable"] else found.found if found else None
            ),
        },
        "not_computed": NOT_COMPUTED,
    }
    return record, flows
