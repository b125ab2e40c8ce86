"""A fit from beginning to end: card and data in, best fit, intervals and contours out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.objective import FEW, Objective, differences, parameters_of
from muoquark.inference.profile.bands import (
    POINTS_MANY,
    VARIES,
    Band,
    bands_along,
    bands_of_plane,
    check_names,
    default_names,
    sample_of,
    variation_of,
)
from muoquark.inference.profile.grids import LEVELS, Plane, Profile, plane, profile
from muoquark.inference.profile.many import LOWER, ProfileOne, profile_one
from muoquark.likelihood.likelihood import STATUS, Likelihood
from muoquark.model.card import Card

__all__ = ["Fit", "contours", "fit", "objective_of", "record"]

# Points of the scan of a single parameter.
SCAN = 101


@dataclass(frozen=True)
class Fit:
    """The results of a fit.

    best: the maximum; profiles: of every parameter; bands: what groups, or blocks, say by
    themselves; plane: the grid of a fit of two parameters; parts: ln L - ln L_SM of every block
    and group at the best fit; variation: how much the chi2 of each of them varies over the ranges;
    status: what is to be said about that point; objective: what was maximised.
    """

    objective: Objective
    best: BestFit
    profiles: dict[str, Profile]
    bands: dict[str, Band]
    plane: Plane | None
    parts: dict[str, float]
    variation: dict[str, float]
    status: tuple[str, ...]


def objective_of(likelihood: Likelihood, card: Card, order: str = "loop") -> Objective:
    """Return ln L as a function of a card's free parameters.

    Raises
    ------
    InputError
        If the card has no free parameter.
    """
    parameters = parameters_of(card)
    if not parameters:
        raise InputError(
            "the card has no free parameter, one or more are needed: {free: [min, max]} in the "
            "place of a number"
        )
    compiled = CardLikelihood.of(likelihood, card, order)
    return Objective(
        parameters=parameters,
        parts=compiled.parts,
        names=compiled.names,
        blocks=likelihood.blocks,
        gradient=compiled.value_and_gradient
        if len(parameters) > FEW
        else differences(compiled.parts, len(likelihood.blocks), parameters),
        status=compiled.status,
        meanings=STATUS,
        traceable=compiled.traceable,
        predictions=compiled.predictions,
        evaluate=compiled._evaluate,
    )


def fit(
    objective: Objective,
    starts: int = 8,
    seed: int = 1,
    points: int = 200,
    progress: Callable[[str], None] = lambda text: None,
    bands: Sequence[str] | None = None,
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

    Raises
    ------
    InputError
        For a band that is neither a group nor a block.
    DomainError
        If no maximum is found.
    """
    wanted = None if bands is None else check_names(bands, objective.names)
    progress("looking for the best fit")
    best = best_fit(objective, starts, seed)
    names = [p.name for p in objective.parameters]
    profiles: dict[str, Profile] = {}
    if len(names) != 2:
        number = SCAN if len(names) == 1 else POINTS_MANY
        best, found = _profiles(objective, best, starts, seed, number, progress)
        profiles = {p.name: p.as_profile(k) for k, p in enumerate(found)}
    else:
        for name in names:
            progress(f"profile of {name}")
            profiles[name] = profile(objective, name)
    grid = None
    if len(names) == 2:
        progress("scanning the plane")
        grid = plane(objective, points)
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
    values = np.asarray(objective.parts(best.point[None]))[0]
    parts = dict(zip(objective.names, map(float, values), strict=True))
    status = objective.sentences(best.point)
    return Fit(objective, best, profiles, shown, grid, parts, variation, status)


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


def _intervals(result: Profile) -> list[list[float]]:
    return [[a, b] for a, b in result.intervals(1.0)]


def record(result: Fit, likelihood: Likelihood, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fit as plain data: results, and `inputs`, what one needs to run it again."""
    best = result.best
    document: dict[str, Any] = {
        "best_fit": dict(best.values),
        "delta_chi2": best.delta_chi2,
        "loglike": best.loglike,
        "errors": best.errors,
        "at_limit": list(best.at_limit),
        "minimisers_agree_to": best.agreement,
        "status": list(result.status),
        "sm": {"loglike": 0.0, "delta_chi2": 0.0},
        "parameters": [vars(p) for p in result.objective.parameters],
        "blocks": {n: result.parts[n] for n in likelihood.blocks},
        "groups": {n: result.parts[n] for n in likelihood.groups},
        "profiles": {
            name: {
                "best": p.best,
                "interval_1sigma": _intervals(p),
                "interval_2sigma": [[a, b] for a, b in p.intervals(4.0)],
            }
            for name, p in result.profiles.items()
        },
        "bands": {name: _band(band, result.plane) for name, band in result.bands.items()},
        "variation": dict(result.variation),
    }
    if result.plane is not None:
        document["contours"] = contours(result.plane, -best.delta_chi2)
    document["inputs"] = dict(inputs)
    return document


def _band(band: Band, grid: Plane | None) -> dict[str, Any]:
    """Return a band as plain data; what a region of several parameters does not have is None."""
    only = band.only
    document: dict[str, Any] = {
        "shape": band.shape,
        "parameter": None if only is None else only.name,
        "best": None if only is None else only.best,
        "interval_1sigma": None if only is None else _intervals(only),
        "delta_chi2": -band.minimum if only is None else -only.minimum,
        "variation": band.variation,
    }
    if band.shape == "region":
        document["profiles"] = {
            name: {"best": p.best, "interval_1sigma": _intervals(p)}
            for name, p in band.profiles.items()
        }
        if grid is not None:
            document["contour"] = _lines(grid, grid.chi2[band.name] - band.minimum, VARIES)
    return document


def contours(grid: Plane, minimum: float) -> dict[str, list[list[list[float]]]]:
    """Return the global contours of two parameters as lists of [x, y].

    minimum: chi2 of the best fit, from which Delta chi2 is counted; a point of a coarse grid may
    be far from it.
    """
    delta = grid.chi2["global"] - minimum
    return {
        f"{sigma} sigma": _lines(grid, delta, level)
        for sigma, level in zip((1, 2), LEVELS[2], strict=True)
    }


def _lines(grid: Plane, delta: np.ndarray, level: float) -> list[list[list[float]]]:
    """Return the lines of one level of Delta chi2[y, x] as lists of [x, y]."""
    from contourpy import contour_generator

    lines: Any = contour_generator(grid.x, grid.y, delta)
    return [line.tolist() for line in lines.lines(level)]
