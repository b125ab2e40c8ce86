"""Is this leptoquark still alive, and who will see it: all that the LHC says about one point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from muoquark.collider.decays import Decays, decays
from muoquark.collider.exclusion import (
    PairRatio,
    VectorLimit,
    pair_ratios,
    uncovered,
    vector_limits,
)
from muoquark.collider.limits import DATES, CoupledLimit, Projection, finals_of, published
from muoquark.collider.rates import ENERGIES, Rate, pair_rate, table_range
from muoquark.collider.splitting import component_masses
from muoquark.collider.tails import CASES, LUMINOSITY, Tails, TailSearch, limit
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.highpt.part import MU
from muoquark.matching.match import match
from muoquark.matching.orders import HIGHEST
from muoquark.model.point import PERTURBATIVE_LIMIT, Point

__all__ = ["LhcAnalysis", "TailsOfPoint", "analyse"]

# A component that is broader than this share of its mass is no narrow resonance.
_BROAD = 0.1
_WORTH = 0.01


@dataclass(frozen=True)
class TailsOfPoint:
    """What the tails of Drell-Yan say of a point.

    Attributes
    ----------
    searches
        By case (:data:`~muoquark.collider.tails.CASES`) and search; `full` and `eft` are nan where
        the tails say nothing.
    factor
        By case: the largest common factor of all couplings at 95 % CL, at tree level, all searches
        together.
    by_search
        The same of each search alone, by case and search.
    growth
        f_j of each search, (bins,).
    """

    searches: Mapping[str, Mapping[str, TailSearch]]
    factor: Mapping[str, float]
    by_search: Mapping[str, Mapping[str, float]]
    growth: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class LhcAnalysis:
    """The LHC on one point; made by :func:`analyse`.

    Attributes
    ----------
    point
        The point.
    order
        Of the matching for `tails`.
    decays
        Of every component.
    rates
        Of pairs, by component and energy.
    ratios, vectors
        Pairs against limits, the strongest first.
    coupled, projected
        What is published beside pairs, and projected, in channels of the point.
    tails
        None where the tails cannot be calculated: `notes` say why.
    notes
        What is left out, and why.
    """

    point: Point
    order: str
    decays: tuple[Decays, ...]
    rates: Mapping[str, Mapping[str, Rate]]
    ratios: tuple[PairRatio, ...]
    vectors: tuple[VectorLimit, ...]
    coupled: tuple[tuple[str, CoupledLimit], ...]
    projected: tuple[Projection, ...]
    tails: TailsOfPoint | None
    notes: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> tuple[str, ...]:
        """The verdict in words, with channels and references."""
        from muoquark.collider.words import verdict_of

        return verdict_of(self)

    @property
    def perturbative(self) -> float:
        """The factor by which all couplings can grow until the largest is sqrt(4 pi)."""
        largest = max((np.abs(m).max() for m in self.point.couplings.values()), default=0.0)
        return PERTURBATIVE_LIMIT / float(largest) if largest else float("inf")

    def strongest(self, name: str, date: str) -> PairRatio | None:
        """Return the largest ratio of a field among the limits that were known at a date."""
        found = [one for one in self.ratios if one.field == name and one.known(date)]
        return found[0] if found else None

    def record(self) -> dict[str, Any]:
        """Return plain data."""
        tails = self.tails
        return {
            "masses": {one.component.name: one.mass for one in self.decays},
            "widths": {one.component.name: one.width for one in self.decays},
            "branching": {one.component.name: one.branching for one in self.decays},
            "rates": {
                name: {
                    energy: {"sigma_fb": rate.value, "range_fb": [rate.low, rate.high],
                             "upper_bound": rate.bound}
                    for energy, rate in by_energy.items()
                }
                for name, by_energy in self.rates.items()
            },
            "pair": [one.record() for one in self.ratios],
            "excluded_by_pairs": {
                name: {
                    date: any(x.excluded and x.known(date) for x in self.ratios if x.field == name)
                    for date in DATES
                }
                for name in dict.fromkeys(one.field for one in self.ratios)
            },
            "vector": [one.record() for one in self.vectors],
            "published": [{"component": name, "text": str(one)} for name, one in self.coupled],
            "drell_yan": {} if tails is None else _plain(tails.searches["now"]),
            "projections": {
                "luminosity_fb": LUMINOSITY,
                "energy_TeV": 14,
                "pairs": {
                    name: rates["14"].value * LUMINOSITY for name, rates in self.rates.items()
                },
                "drell_yan": {} if tails is None else {
                    case: _plain(tails.searches[case]) for case in CASES if case != "now"
                },
                "coupling_factor": {} if tails is None else dict(tails.factor),
                "coupling_factor_by_search": {} if tails is None else {
                    case: dict(rows) for case, rows in tails.by_search.items()
                },
                "f": {} if tails is None else {b: x.tolist() for b, x in tails.growth.items()},
                "published": [str(one) for one in self.projected],
            },
            "order": self.order,
            "verdict": list(self.verdict),
            "notes": list(self.notes),
        }  # fmt: skip


def _plain(searches: Mapping[str, TailSearch]) -> dict[str, Any]:
    return {block: one.record() for block, one in searches.items()}


def analyse(point: Point, order: str = HIGHEST, tails: Tails | None = None) -> LhcAnalysis:
    """Return what the LHC says about a point.

    Parameters
    ----------
    order
        Of the matching of the coefficients in Drell-Yan; limits on couplings are at tree level.
    tails
        The searches, if they are open already.

    Raises
    ------
    InputError
        For a model without heavy fields.
    DomainError
        For couplings to fermions that are not those of the SM, or quartics that leave no vacuum.
    """
    if not point.model.heavy:
        raise InputError(
            f"{point.model.name} has no heavy field: there is nothing that the LHC could produce"
        )
    masses, notes = component_masses(point)
    found = decays(point, masses)
    rates, more = _rates(found)
    of_tails, why = _tails(point, order, tails or Tails())
    remarks = [*notes, *more, *_remarks(point, found), *why]
    return LhcAnalysis(
        point, order, found, rates, pair_ratios(found), vector_limits(found), _coupled(found),
        _projected(found), of_tails, tuple(remarks),
    )  # fmt: skip


def _rates(found: Sequence[Decays]) -> tuple[dict[str, dict[str, Rate]], list[str]]:
    """Return the rates of pairs, and what there is to say of those that are not known."""
    rates: dict[str, dict[str, Rate]] = {}
    notes: list[str] = []
    for one in found:
        name = one.component.name
        if not one.component.rated:
            kind = one.component.field
            what = "vector" if kind.spin == "vector" else f"scalar with colour {kind.colour}"
            if not any(text.startswith(f"{kind.name}: ") for text in notes):
                notes.append(f"{kind.name}: rates of pairs are not known here, it is a {what}")
            continue
        lowest = table_range("14")[0]
        if one.mass < lowest:
            notes.append(
                f"{name} of {one.mass:g} GeV is below the table of rates ({lowest:.4g} GeV at "
                "14 TeV): nothing is said about pairs of it"
            )
            continue
        rates[name] = {energy: pair_rate(one.mass, energy) for energy in ENERGIES}
        if rates[name]["13"].bound:
            notes.append(
                f"{name} of {one.mass:g} GeV is beyond the table of rates "
                f"({table_range()[1]:g} GeV): rates and ratios are upper bounds, those of its end"
            )
    return rates, notes


def _remarks(point: Point, found: Sequence[Decays]) -> list[str]:
    """Return what is to be said about decays."""
    notes = []
    for one in found:
        name = one.component.name
        if one.closed:
            notes.append(f"{name} of {one.mass:g} GeV is too light for {', '.join(one.closed)}")
        if not one.branching:
            notes.append(
                f"{name} decays to nothing listed: it has no coupling to two fermions"
                f"{' that are light enough' if one.closed else ''}, and no search here speaks "
                "about it"
            )
        missing = uncovered(one) if one.component.field.colour in ("3", "3bar") else {}
        if missing:
            channels = ", ".join(f"{c} ({br:.1%})" for c, br in missing.items())
            notes.append(f"{name}: no limit on pairs is listed for {channels}")
        if one.width > _BROAD * one.mass:
            notes.append(
                f"{name} is broad, width {one.width:.3g} GeV of {one.mass:g} GeV: limits on pairs "
                "are those of narrow ones"
            )
    for name, matrix in point.couplings.items():
        largest = float(np.abs(matrix).max())
        if largest > PERTURBATIVE_LIMIT:
            notes.append(
                f"|{name}| = {largest:.3g} is beyond perturbativity (sqrt(4 pi) = "
                f"{PERTURBATIVE_LIMIT:.3g}): widths are those of tree level all the same"
            )
    return notes


def _tails(point: Point, order: str, tails: Tails) -> tuple[TailsOfPoint | None, list[str]]:
    """Return what the tails say, or None, and what there is to say of it."""
    try:
        point.check_perturbative()
        coefficients = match(point, order, scale=MU)
    except DomainError as error:
        return None, [f"Drell-Yan is not calculated: {error}"]
    fields = [m.field for m in coefficients.mediators if m.tree]
    remarks = tails.likelihood.remarks(fields) if fields else []
    try:
        tails.check(point)
    except DomainError as error:
        zero = match(point.replace(couplings={}), "tree", scale=MU)
        searches = {
            block: TailSearch(one.chi2_sm, float("nan"), float("nan"))
            for block, one in tails.searches(zero).items()
        }
        every = {case: searches for case in CASES}
        return TailsOfPoint(every, {}, {}, tails.growth), [str(error)]
    searches_by_case = {case: tails.searches(coefficients, case) for case in CASES}
    fits = tails.fits([point])
    factor = {case: sqrt(limit(one.chi2()[0])[1]) for case, one in fits.items()}
    alone = {
        case: {block: sqrt(limit(one.chi2([block])[0])[1]) for block in one.blocks}
        for case, one in fits.items()
    }
    return TailsOfPoint(searches_by_case, factor, alone, tails.growth), remarks


def _coupled(found: Sequence[Decays]) -> tuple[tuple[str, CoupledLimit], ...]:
    """Return limits on single and resonant production in channels of the components."""
    return tuple(
        (one.component.name, row)
        for one in found
        for row in published().coupled
        if row.spin == one.component.field.spin and one.branching.get(row.channel, 0.0) >= _WORTH
    )


def _projected(found: Sequence[Decays]) -> tuple[Projection, ...]:
    """Return published projections in channels of scalar components."""
    final = {
        c for one in found if one.component.rated
        for c, br in one.branching.items() if br >= _WORTH
    }  # fmt: skip
    return tuple(
        row for row in published().projected if final & set(finals_of(row.channel, row.quarks))
    )
