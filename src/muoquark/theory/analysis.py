"""The theory side of one point: flow, vacuum along it, naturalness, dipoles.

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
from muoquark.matching.orders import orders_of
from muoquark.model.point import Point
from muoquark.theory.betas import theory_for
from muoquark.theory.couplings import Couplings
from muoquark.theory.dipoles import DipoleScale, dipoles
from muoquark.theory.flow import Flow, Pole, run, unitarity
from muoquark.theory.inputs import couplings_at_matching
from muoquark.theory.naturalness_theory import TheoryNaturalness, naturalness_of
from muoquark.theory.naturalness_verdict import Naturalness, finite_naturalness
from muoquark.theory.search import SearchResult, search_quartics
from muoquark.theory.vacuum import Stability, TreeMinimum, stability, tree_minimum

__all__ = [
    "NOT_COMPUTED",
    "LoopOrder",
    "TheoryAnalysis",
    "VacuumHistory",
    "analyse",
    "analyse_couplings",
    "vacuum_along",
]

NOT_COMPUTED = (
    "Lifetime of a metastable vacuum: where the quartic potential is negative it is called not "
    "stable, whatever the tunnelling rate.",
    "One-loop effective potential: boundedness is that of the quartics running at the scale of "
    "the fields.",
    "Two-loop thresholds: the leptoquark threshold is one loop; Phi and nu_R are decoupled at "
    "tree level.",
    "Majorana masses and neutrino Yukawas: zero unless given in Python.",
    "Cubic couplings of scalars and masses of fermions: zero; they do not enter the running of "
    "what has no dimension.",
    "Entries of Yukawa matrices that charges of quark families forbid: they need other fields, and "
    "are left out of the flow.",
)


@dataclass(frozen=True)
class VacuumHistory:
    """Boundedness along a flow.

    Attributes
    ----------
    stable
        At every scale looked at.
    onset
        The first scale (GeV) where not, else None.
    worst, worst_scale
        The deepest minimum of V4 on the unit sphere, and where.
    scales, minima
        The scales looked at, GeV, and the minimum there.
    """

    stable: bool
    onset: float | None
    worst: Stability
    worst_scale: float
    scales: tuple[float, ...]
    minima: tuple[float, ...]

    def record(self) -> dict[str, Any]:
        """Return the history as plain data; the direction of the minimum where it is not stable."""
        return {
            "stable": self.stable,
            "unstable_from_GeV": self.onset,
            "worst_minimum": self.worst.minimum,
            "worst_scale_GeV": self.worst_scale,
            "direction": self.worst.direction if not self.stable else None,
            "method": self.worst.method,
            "scales_GeV": self.scales,
            "minima": self.minima,
        }


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


@dataclass(frozen=True)
class LoopOrder:
    """What one loop order says.

    Attributes
    ----------
    flow
        The couplings up to the end, with the first pole, loss of perturbativity and of unitarity.
    vacuum
        Boundedness along it.
    """

    flow: Flow
    vacuum: VacuumHistory

    def record(self) -> dict[str, Any]:
        """Return poles, vacuum and the couplings at the end as plain data."""
        flow = self.flow
        return {
            "pole": _pole(flow.pole),
            "above_4pi": _pole(flow.nonperturbative),
            "unitarity_lost": _pole(flow.nonunitary),
            "vacuum": self.vacuum.record(),
            "end": {"scale_GeV": float(flow.mu[-1]), "couplings": dict(flow.points[-1])},
        }


@dataclass(frozen=True)
class TheoryAnalysis:
    """The theory side of one point; made by :func:`analyse`.

    Attributes
    ----------
    scale, end
        Where the flows start and were to end, GeV.
    start
        The couplings at `scale`.
    orders
        One loop, and two if asked for.
    partial_waves
        See :func:`muoquark.theory.flow.unitarity`, at the start.
    search
        For quartics that make the point stable, if it was asked for.
    minimum
        At tree level, away from ours.
    naturalness
        Shifts and mass limits; or why there are none: a mass out of range spoils nothing else.
    dipoles
        The scales of eq. (1).
    """

    scale: float
    end: float
    start: Couplings
    orders: Mapping[int, LoopOrder]
    partial_waves: Mapping[str, float]
    search: SearchResult | None
    minimum: TreeMinimum
    naturalness: Naturalness | TheoryNaturalness | DomainError
    dipoles: tuple[DipoleScale, ...]

    @property
    def top(self) -> LoopOrder:
        """The highest loop order, which decides."""
        return self.orders[max(self.orders)]

    @property
    def flows(self) -> dict[int, Flow]:
        """The flow of every loop order."""
        return {loops: order.flow for loops, order in self.orders.items()}

    @property
    def stable(self) -> bool:
        """Whether the potential is bounded at every scale looked at."""
        return self.top.vacuum.stable

    @property
    def can_be_made_stable(self) -> bool | None:
        """Whether it is, or the search found quartics with which it is; None if none was made."""
        if self.stable:
            return True
        return None if self.search is None else self.search.found

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the claims of section 2.5."""
        nature = self.naturalness
        flow = self.top.flow
        return {
            "start": {"scale_GeV": self.scale, "couplings": dict(self.start)},
            "planck_GeV": self.end,
            "orders": {f"{loops}_loop": order.record() for loops, order in self.orders.items()},
            "partial_waves_at_start": dict(self.partial_waves),
            "search": None if self.search is None else self.search.record(),
            "tree_level_minimum": self.minimum.record(),
            "naturalness": (
                {"status": str(nature)} if isinstance(nature, DomainError) else nature.record()
            ),
            "dipoles": [one.record() for one in self.dipoles],
            "claims": {
                "no_landau_pole": flow.pole is None,
                "perturbative": flow.nonperturbative is None,
                "stable": self.stable,
                "can_be_made_stable": self.can_be_made_stable,
            },
            "not_computed": NOT_COMPUTED,
        }


def _pole(pole: Pole | None) -> dict[str, Any] | None:
    return None if pole is None else {"coupling": pole.coupling, "scale_GeV": pole.scale}


def analyse(
    point: Point,
    loops: int = 2,
    end: float = PLANCK_MASS,
    thresholds: Mapping[str, float] | None = None,
    search: int = 0,
    seed: int = 0,
    tolerance: float = 1.0,
) -> TheoryAnalysis:
    """Analyse the theory side of a point.

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
        For a model with a massive vector, or a coupling beyond perturbativity at the start.
    """
    point.check_perturbative()
    nature: Naturalness | DomainError | None = None
    # the verdict on the paper's pair; any other theory is judged as a whole
    if {field.name for field in point.model.heavy} == {"S1", "S3"} and orders_of(
        point.model
    ).name == "loop":
        try:
            nature = finite_naturalness(point, tolerance)
        except DomainError as error:
            nature = error
    return analyse_couplings(
        couplings_at_matching(point),
        point.common_scale,
        loops,
        end,
        thresholds,
        search,
        seed,
        tolerance,
        naturalness=nature,
        # the measured m_H^2: that of the full theory hides the threshold it is tuned against
        below=couplings_at_matching(point, thresholds=False),
    )


def analyse_couplings(
    couplings: Couplings,
    scale: float,
    loops: int = 2,
    end: float = PLANCK_MASS,
    thresholds: Mapping[str, float] | None = None,
    search: int = 0,
    seed: int = 0,
    tolerance: float = 1.0,
    naturalness: Naturalness | TheoryNaturalness | DomainError | None = None,
    below: Couplings | None = None,
) -> TheoryAnalysis:
    """Analyse the theory side of any model at given couplings.

    Parameters
    ----------
    couplings
        At `scale` (GeV), complete (:meth:`muoquark.theory.betas.Theory.complete`); they know their
        model.
    loops, end, thresholds, search, seed, tolerance
        See :func:`analyse`.
    naturalness
        What is to be told of it; by default that of the model at these couplings.
    below
        Couplings whose tree-level minimum is searched, with the measured Higgs mass; by default
        `couplings`.
    """
    flows = {n: run(couplings, scale, end, n, thresholds) for n in range(1, loops + 1)}
    orders = {n: LoopOrder(flow, vacuum_along(flow, seed=seed)) for n, flow in flows.items()}
    if naturalness is None:
        try:
            naturalness = naturalness_of(theory_for(couplings), couplings, tolerance)
        except DomainError as error:
            naturalness = error
    found = None
    if search:
        found = search_quartics(couplings, scale, end, loops, thresholds, search, seed)
    return TheoryAnalysis(
        scale=scale,
        end=end,
        start=couplings,
        orders=orders,
        partial_waves=unitarity(couplings),
        search=found,
        minimum=tree_minimum(couplings if below is None else below, seed=seed),
        naturalness=naturalness,
        dipoles=dipoles(),
    )
