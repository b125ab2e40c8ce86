"""A fit from beginning to end: card and data in, best fit, intervals and contours out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.eft.parametric import parametric
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.objective import Objective, Parameter
from muoquark.inference.plane import paper_parameters, split_product
from muoquark.inference.profile import LEVELS, Plane, Profile, plane, profile
from muoquark.inference.profile_many import LOWER, ProfileOne, profile_one
from muoquark.likelihood.likelihood import STATUS, Likelihood
from muoquark.likelihood.runtime import CardLikelihood
from muoquark.model.card import Card, read_card
from muoquark.model.coordinates import linear_coordinates

__all__ = ["BAND_AXES", "Fit", "fit", "objective_of", "record"]

# In the paper's plane: which axis each group's band is an interval of.
BAND_AXES = {"R_K(*)": 0, "Bs->mumu": 0, "b->smumu": 0, "(g-2)_mu": 1}


# Up to this many parameters a fit takes gradients by differences.
FEW = 6


@dataclass(frozen=True)
class Fit:
    """The results of a fit.

    best: the maximum; profiles: of every parameter; bands: in a plane, the profile of every group
    along the axis that it constrains; plane: the grid of a fit of two parameters; parts: ln L -
    ln L_SM of every block and group at the best fit; status: what is to be said about that
    point; objective: what was maximised.
    """

    objective: Objective
    best: BestFit
    profiles: dict[str, Profile]
    bands: dict[str, Profile]
    plane: Plane | None
    parts: dict[str, float]
    status: tuple[str, ...]


def differences(
    parts: Callable[[np.ndarray], np.ndarray], blocks: int, parameters: tuple[Parameter, ...]
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Return value and gradient by central differences, all points in one call.

    For a few parameters this costs less than the ten seconds that JAX takes to compile the
    reverse-mode derivative.  ln L carries rounding noise of 2e-8 (the quark correlation has a
    condition number of 7e4); a step of 1e-4 of the range keeps it out of the gradient.
    """
    step = np.diag([1e-4 * (p.high - p.low) for p in parameters])
    n = len(parameters)

    def function(x: np.ndarray) -> tuple[float, np.ndarray]:
        points = np.concatenate([x[None], x + step, x - step])
        total = np.asarray(parts(points))[:, :blocks].sum(axis=1)
        gradient = (total[1 : n + 1] - total[n + 1 :]) / (2 * np.diag(step))
        return float(total[0]), gradient

    return function


def objective_of(
    likelihood: Likelihood, card: Card | None, order: str = "loop", least: int = 2
) -> Objective:
    """Return ln L as a function of a card's free parameters; without a card, of the plane's.

    Raises
    ------
    InputError
        If the card has less than `least` free parameters.
    """
    transform: Callable[[Any, Any], Any] | None = None
    parameters: tuple[Parameter, ...]
    if card is None:
        card, transform = read_card("plane"), split_product
        parameters = paper_parameters()
    else:
        parameters = tuple(Parameter(p.name, p.low, p.high, p.start) for p in card.free)
        if len(parameters) < least:
            needed = "a fit needs two or more" if least == 2 else "one or more are needed"
            raise InputError(
                f"the card has {len(parameters)} free parameters, {needed}: "
                "{free: [min, max]} in the place of a number"
            )
        card, transform = linear_coordinates(card)
    compiled = CardLikelihood(likelihood, parametric(card, order), transform)
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
    """
    progress("looking for the best fit")
    best = best_fit(objective, starts, seed)
    names = [p.name for p in objective.parameters]
    profiles: dict[str, Profile] = {}
    if len(names) > 2:
        best, found = _profiles(objective, best, starts, seed, progress)
        profiles = {p.name: p.as_profile(k) for k, p in enumerate(found)}
    else:
        for name in names:
            progress(f"profile of {name}")
            profiles[name] = profile(objective, name)
    grid, bands = None, {}
    if len(names) == 2:
        progress("scanning the plane")
        grid = plane(objective, points)
        for group, axis in BAND_AXES.items():
            if group in objective.names:
                progress(f"band of {group}")
                bands[group] = profile(objective, names[axis], [group], points=81)
    values = np.asarray(objective.parts(best.point[None]))[0]
    parts = dict(zip(objective.names, map(float, values), strict=True))
    return Fit(objective, best, profiles, bands, grid, parts, objective.sentences(best.point))


def _profiles(
    objective: Objective,
    best: BestFit,
    starts: int,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[BestFit, list[ProfileOne]]:
    """Profile every parameter with a minimisation in each point; begin again at a lower minimum."""
    found: list[ProfileOne] = []
    for parameter in objective.parameters:
        progress(f"profile of {parameter.name}")
        found.append(profile_one(objective, parameter.name, best, seed=seed))
        if found[-1].minimum < -2 * best.loglike - LOWER:
            progress("a lower minimum: from the beginning")
            lower = best_fit(objective, starts, seed, also=[found[-1].best])
            if lower.loglike > best.loglike + LOWER / 4:
                return _profiles(objective, lower, starts, seed, progress)
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
        "bands": {
            name: {
                "parameter": p.name,
                "best": p.best,
                "interval_1sigma": _intervals(p),
                "delta_chi2": -p.minimum,
            }
            for name, p in result.bands.items()
        },
    }
    if result.plane is not None:
        document["contours"] = contours(result.plane, -best.delta_chi2)
    document["inputs"] = dict(inputs)
    return document


def contours(grid: Plane, minimum: float) -> dict[str, list[list[list[float]]]]:
    """Return the global contours of two parameters as lists of [x, y].

    minimum: chi2 of the best fit, from which Delta chi2 is counted; a point of a coarse grid may
    be far from it.
    """
    from contourpy import contour_generator

    delta = grid.chi2["global"] - minimum
    lines: Any = contour_generator(grid.x, grid.y, delta)
    return {
        f"{sigma} sigma": [line.tolist() for line in lines.lines(level)]
        for sigma, level in zip((1, 2), LEVELS[2], strict=True)
    }
