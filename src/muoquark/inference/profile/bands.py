"""Bands: what a group of observables, or a block, says by itself in a fit.

The chi2 of the group alone, counted from its own minimum, is profiled over all parameters.  The
group constrains the parameters along which that profile rises by more than 1; a group may instead
constrain a combination of parameters only, such as a product, or nothing in their ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.inference.bestfit import BestFit, spread
from muoquark.inference.objective import Objective
from muoquark.inference.profile.grids import Plane, Profile, contour_lines, profile
from muoquark.inference.profile.many import profile_one
from muoquark.likelihood.groups import REPRESENTED

__all__ = [
    "POINTS",
    "POINTS_MANY",
    "VARIES",
    "Band",
    "bands_along",
    "bands_of_plane",
    "check_names",
    "default_names",
    "sample_of",
    "variation_of",
]

# A group whose Delta chi2 varies by less says nothing: its band would cover everything.
VARIES = 1.0
# Profiles read off a grid lie a bit too high; from here on they are computed.
SCREEN = 0.5
# Points of a profile over at most one other parameter, and over many.
POINTS, POINTS_MANY = 81, 31
# Points at which the variation over the ranges of many parameters is looked at; up to so many
# parameters all corners of the ranges are among them.
SAMPLES, CORNERS = 2048, 10


@dataclass(frozen=True)
class Band:
    """What one group of observables, or one block, says by itself.

    Attributes
    ----------
    name
        Of the group.
    variation
        Largest minus smallest chi2 over the ranges of the parameters, as far as they were scanned.
    minimum
        The smallest chi2 = -2 (ln L - ln L_SM).
    profiles
        Over all other parameters, along every parameter that the group constrains.
    """

    name: str
    variation: float
    minimum: float
    profiles: dict[str, Profile]

    @property
    def shape(self) -> str:
        """``interval`` of one parameter, ``region`` of several, or ``everything``: no constraint.

        A region without profiles is a constraint on combinations of parameters alone.
        """
        if not self.variation > VARIES:
            return "everything"
        return "interval" if len(self.profiles) == 1 else "region"

    @property
    def only(self) -> Profile | None:
        """The profile along the one parameter that an interval constrains."""
        return next(iter(self.profiles.values())) if self.shape == "interval" else None

    @property
    def delta_chi2(self) -> float:
        """How much the group alone prefers its own best point to the SM."""
        return -self.minimum if self.only is None else -self.only.minimum

    def record(self, grid: Plane | None) -> dict[str, Any]:
        """Return the band as plain data, with its contour in a plane.

        What a region of several parameters does not have is None.
        """
        only = self.only
        document: dict[str, Any] = {
            "shape": self.shape,
            "parameter": None if only is None else only.name,
            "best": None if only is None else only.best,
            "interval_1sigma": None if only is None else only.pairs(1.0),
            "delta_chi2": self.delta_chi2,
            "variation": self.variation,
            "curves": {n: p.curve for n, p in self.profiles.items()},
        }
        if self.shape == "region":
            document["profiles"] = {
                name: {"best": p.best, "interval_1sigma": p.pairs(1.0)}
                for name, p in self.profiles.items()
            }
            if grid is not None:
                delta = grid.chi2[self.name] - self.minimum
                document["contour"] = contour_lines(grid, delta, VARIES)
        return document


def check_names(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the names without repetitions; raise InputError for one that is not known."""
    for name in names:
        if name not in known:
            raise InputError(f"no group or block '{name}': {suggest(name, known)}")
    return tuple(dict.fromkeys(names))


def default_names(objective: Objective, variation: dict[str, float]) -> tuple[str, ...]:
    """Return the groups that vary by more than 1, without those that another one speaks for."""
    vary = [n for n in objective.names if n not in objective.blocks and variation[n] > VARIES]
    return tuple(n for n in vary if REPRESENTED.get(n) not in vary)


def variation_of(objective: Objective, chi2: np.ndarray) -> dict[str, float]:
    """Return largest minus smallest finite chi2 of every part, from chi2 (points, parts)."""
    found = {}
    for name, column in zip(objective.names, chi2.T, strict=True):
        finite = column[np.isfinite(column)]
        found[name] = float(np.ptp(finite)) if len(finite) else 0.0
    return found


def sample_of(objective: Objective, seed: int, also: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Return points (m, n) that fill the ranges: a Latin hypercube, corners, and `also`."""
    corners = product(*objective.bounds) if len(objective.bounds) <= CORNERS else ()
    return np.vstack([*corners, spread(objective, SAMPLES, seed), *also])


def bands_of_plane(
    objective: Objective,
    grid: Plane,
    names: Sequence[str],
    variation: dict[str, float],
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Band]:
    """Return the bands of groups or blocks in a plane of two parameters."""
    found = {}
    for name in names:
        values = np.where(np.isfinite(grid.chi2[name]), grid.chi2[name], np.inf)
        lowest = float(values.min())
        profiles = {}
        # Index [y, x]: minimised over y it is a function of x.
        for axis, parameter in enumerate((grid.x_name, grid.y_name)):
            rough = values.min(axis=axis)
            highest = rough.max(where=np.isfinite(rough), initial=lowest)
            if variation[name] > VARIES and highest - lowest > SCREEN:
                progress(f"band of {name} in {parameter}")
                curve = profile(objective, parameter, [name], grid=grid)
                if curve.chi2.max() > VARIES:
                    profiles[parameter] = curve
        minimum = min([lowest, *(p.minimum for p in profiles.values())])
        found[name] = Band(name, variation[name], minimum, profiles)
    return found


def bands_along(
    objective: Objective,
    names: Sequence[str],
    sample: np.ndarray,
    seed: int = 1,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Band]:
    """Return the bands of groups or blocks along every parameter, with any number of them.

    `sample`: points (m, n) over the ranges, from the best of which the minimisations begin.
    """
    chi2 = -2 * np.asarray(objective.parts(sample))
    variation = variation_of(objective, chi2)
    points = POINTS if len(objective.parameters) == 1 else POINTS_MANY
    found = {}
    for name in names:
        column = chi2[:, objective.names.index(name)]
        column = np.where(np.isfinite(column), column, np.inf)
        k = int(np.argmin(column))
        lowest, profiles = float(column[k]), {}
        if variation[name] > VARIES:
            own = objective.alone(name)
            start = {p.name: float(x) for p, x in zip(objective.parameters, sample[k], strict=True)}
            best = BestFit(start, -lowest / 2, {}, 0.0, ())
            for k, parameter in enumerate(start):
                progress(f"band of {name} in {parameter}")
                one = profile_one(own, parameter, best, points, (VARIES,), seed=seed)
                if one.chi2.max() > VARIES:
                    profiles[parameter] = one.as_profile(k)
        minimum = min([lowest, *(p.minimum for p in profiles.values())])
        found[name] = Band(name, variation[name], minimum, profiles)
    return found
