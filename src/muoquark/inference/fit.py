"""A fit from beginning to end: card and data in, best fit, intervals and contours out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.common.shown import Shown
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.conditional import Conditional, conditional
from muoquark.inference.error_modes import by_theory_errors
from muoquark.inference.objective import Objective, twice
from muoquark.inference.profile.bands import (
    POINTS_MANY,
    Band,
    bands_along,
    bands_of_plane,
    check_names,
    default_names,
    sample_of,
    variation_of,
)
from muoquark.inference.profile.drawn import DrawnPlane, view_of
from muoquark.inference.profile.grids import LEVELS, Plane, Profile, contours, plane, profile
from muoquark.inference.profile.many import LOWER, ProfileOne, profile_one
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.coefficient_card import AnyCard

__all__ = ["TENSE", "Fit", "fit", "objective_of", "sm_in_plane"]

# Points of the scan of a single parameter.
SCAN = 101
# A group whose chi2 at the best fit is larger by more than this than where it would be by itself.
TENSE = 4.0


@dataclass(frozen=True, repr=False)
class Fit(Shown):
    """The results of a fit; made by :func:`fit`.

    Attributes
    ----------
    objective
        What was maximised.
    best
        The maximum.
    profiles
        Of every parameter, by name.
    bands
        What groups, or blocks, say by themselves.
    plane
        The grid of a fit of two parameters.
    drawn
        What its figure shows of it.
    parts
        ln L - ln L_SM of every block and group at the best fit.
    variation
        How much the chi2 of each of them varies over the ranges.
    status
        What is to be said about the best fit, in words.
    conditional
        Delta chi2 of the best fit by group, with what comes through correlations; None if the
        likelihood was not given.
    by_theory_errors
        Delta chi2 of the best fit for every choice of theory errors that the data have.
    """

    objective: Objective
    best: BestFit
    profiles: dict[str, Profile]
    bands: dict[str, Band]
    plane: Plane | None
    parts: dict[str, float]
    variation: dict[str, float]
    status: tuple[str, ...]
    drawn: DrawnPlane | None = None
    conditional: Conditional | None = None
    by_theory_errors: Mapping[str, float] = field(default_factory=dict)

    @property
    def tension(self) -> dict[str, float]:
        """By how much chi2 of each band is larger at the best fit than where it is smallest."""
        return {n: -2 * self.parts[n] - band.minimum for n, band in self.bands.items()}

    def headline(self) -> str:
        """Return how much better than the SM the best fit is, and what there is to say of it."""
        return "; ".join((self.best.headline(), *self.status))

    def to_dataframe(self) -> Any:
        """Return best values and intervals as a ``pandas.DataFrame``."""
        import pandas as pd

        rows = [
            (x, *(_intervals(self.profiles[name].intervals(level)) for level in (1.0, 4.0)))
            for name, x in self.best.values.items()
        ]
        index = pd.Index(list(self.best.values), name="parameter")
        return pd.DataFrame(rows, index=index, columns=["best", "1 sigma", "2 sigma"])

    def record(self) -> dict[str, Any]:
        """Return the fit as plain data."""
        best = self.best
        document: dict[str, Any] = {
            "best_fit": dict(best.values),
            "delta_chi2": best.delta_chi2,
            "loglike": best.loglike,
            "errors": best.errors,
            "at_limit": list(best.at_limit),
            "minimisers_agree_to": best.agreement,
            "status": list(self.status),
            "sm": {"loglike": 0.0, "delta_chi2": 0.0},
            "parameters": [vars(p) for p in self.objective.parameters],
            "blocks": {n: self.parts[n] for n in self.objective.blocks},
            "groups": {n: self.parts[n] for n in self.objective.groups},
            "profiles": {
                name: {
                    "best": p.best,
                    "interval_1sigma": p.pairs(1.0),
                    "interval_2sigma": p.pairs(4.0),
                }
                for name, p in self.profiles.items()
            },
            "curves": {n: p.curve for n, p in self.profiles.items()},
            "bands": {name: band.record(self.plane) for name, band in self.bands.items()},
            "variation": dict(self.variation),
            "tension": self.tension,
        }
        if self.conditional is not None:
            document["conditional"] = self.conditional.record()
        if self.by_theory_errors:
            document["by_theory_errors"] = dict(self.by_theory_errors)
        if self.plane is not None:
            document["contours"] = contours(self.plane, -best.delta_chi2)
        if self.drawn is not None:
            document["drawn"] = self.drawn.record()
        return document


def _intervals(found: Sequence[tuple[float, float]]) -> str:
    return " and ".join(f"[{a:.4g}, {b:.4g}]" for a, b in found)


def objective_of(likelihood: Likelihood, card: AnyCard, order: str = "highest") -> CardLikelihood:
    """Return ln L as a function of a card's free parameters.

    Raises
    ------
    InputError
        If the card has no free parameter.
    """
    if not card.free:
        raise InputError(
            "the card has no free parameter, one or more are needed: {free: [min, max]} in the "
            "place of a number"
        )
    return CardLikelihood.of(likelihood, card, order)


def fit(
    objective: Objective,
    starts: int = 8,
    seed: int = 1,
    points: int = 200,
    progress: Callable[[str], None] = lambda text: None,
    bands: Sequence[str] | None = None,
    likelihood: Likelihood | None = None,
) -> Fit:
    """Maximise the likelihood and scan it.

    Parameters
    ----------
    starts, seed
        Of the maximisation, see :func:`~muoquark.inference.bestfit.best_fit`.
    points
        Points per axis of the plane, if there are two parameters.
    progress
        Is told in words what is being done.
    bands
        Groups and blocks whose own constraint is wanted.  Default: of one or two parameters all
        groups whose chi2 varies by more than 1 over the ranges, except for those that share
        observables with another one of them; of more parameters, where each costs minutes, none.
    likelihood
        What the objective was made of; without it nothing is said of correlations.

    Raises
    ------
    InputError
        For a band that is neither a group nor a block.
    DomainError
        If no maximum is found.
    """
    wanted = None if bands is None else check_names(bands, objective.names)
    grid = None
    progress("looking for the best fit")
    best = best_fit(objective, starts, seed)
    names = [p.name for p in objective.parameters]
    profiles: dict[str, Profile] = {}
    if len(names) != 2:
        number = SCAN if len(names) == 1 else POINTS_MANY
        best, found = _profiles(objective, best, starts, seed, number, progress)
        profiles = {p.name: p.as_profile(k) for k, p in enumerate(found)}
    else:
        progress("scanning the plane")
        grid = plane(objective, points)
        for name in names:
            progress(f"profile of {name}")
            profiles[name] = profile(objective, name, grid=grid)
    if grid is not None:
        chi2 = np.stack([grid.chi2[name].ravel() for name in objective.names], axis=1)
        variation = variation_of(objective, chi2)
        chosen = default_names(objective, variation) if wanted is None else wanted
        shown = bands_of_plane(objective, grid, chosen, variation, progress)
    else:
        progress("looking at the groups")
        sample = sample_of(objective, seed, [best.point])
        variation = variation_of(objective, -2 * np.asarray(objective.parts(sample)))
        default = default_names(objective, variation) if len(names) == 1 else ()
        chosen = default if wanted is None else wanted
        shown = bands_along(objective, chosen, sample, seed, progress)
    values = np.asarray(objective.parts(twice(best.point)))[0]
    parts = dict(zip(objective.names, map(float, values), strict=True))
    status = objective.sentences(best.point)
    drawn = None if grid is None else _drawn(objective, best, profiles, shown, grid, progress)
    hanging, modes = None, {}
    if likelihood is not None and isinstance(objective, CardLikelihood):
        there = objective.full(likelihood, best.point)
        hanging = conditional(likelihood, *there)
        modes = by_theory_errors(likelihood, *there)
    return Fit(
        objective, best, profiles, shown, grid, parts, variation, status, drawn, hanging, modes
    )


def _drawn(
    objective: Objective,
    best: BestFit,
    profiles: Mapping[str, Profile],
    bands: Mapping[str, Band],
    grid: Plane,
    progress: Callable[[str], None],
) -> DrawnPlane:
    """Return what is drawn of a plane, computed anew where that is a small part of it only."""
    ranges = [(p.low, p.high) for p in objective.parameters]
    allowed = [profiles[p.name].intervals(LEVELS[2][1]) for p in objective.parameters]
    sm = sm_in_plane(objective)
    view = view_of(ranges, allowed, sm)
    if view != ranges:
        progress("scanning what is allowed")
        grid = plane(objective, len(grid.x), view)
    return DrawnPlane.of(grid, bands, -best.delta_chi2, sm)


def sm_in_plane(objective: Objective) -> bool:
    """Tell whether (0, 0) lies in the ranges and is the Standard Model as far as data can tell."""
    inside = all(p.low <= 0 <= p.high for p in objective.parameters)
    zero = np.zeros(len(objective.parameters))
    # Without Yukawa couplings leptoquarks of 3 TeV still have gauge loops: 7e-4 in ln L.
    return inside and abs(float(objective.total(twice(zero))[0])) < 0.01


def _profiles(
    objective: Objective,
    best: BestFit,
    starts: int,
    seed: int,
    points: int,
    progress: Callable[[str], None],
) -> tuple[BestFit, list[ProfileOne]]:
    """Profile every parameter with a minimisation in each point; begin again at a lower minimum."""
    found: list[ProfileOne] = []
    for parameter in objective.parameters:
        progress(f"profile of {parameter.name}")
        found.append(profile_one(objective, parameter.name, best, points, seed=seed))
        if found[-1].minimum < -2 * best.loglike - LOWER:
            progress("a lower minimum: from the beginning")
            lower = best_fit(objective, starts, seed, also=[found[-1].best])
            if lower.loglike > best.loglike + LOWER / 4:
                return _profiles(objective, lower, starts, seed, points, progress)
    return best, found
