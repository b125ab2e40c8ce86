"""Profile likelihoods in many dimensions: a real minimisation with gradients in every point.

Every point of a profile fixes one or two parameters and minimises -2 ln L over all others with
L-BFGS-B and the exact gradient.  Neighbours start from each other's minima, outwards from every
distinct minimum that several starts over the whole range lead to, and back again; a point that
one of these sweeps improves keeps the improvement.  If a point lies below the fit's own minimum,
that minimum was a local one: the sweep is repeated from the lower one.  Ends of intervals are
roots of Delta chi2 - level, found by Brent's method with a minimisation in every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.inference.bestfit import BestFit, Minimiser, starting_points
from muoquark.inference.objective import Objective
from muoquark.inference.profile.grids import LEVELS, Profile

__all__ = [
    "Interval",
    "ProfileOne",
    "Valleys",
    "finish",
    "index_of",
    "pass_on",
    "profile_one",
    "valleys",
    "walk",
]

# An improvement of chi2 that counts as a different, lower minimum.
LOWER = 1e-3
# Minima nearer than this, in units of the ranges, are one.
SAME = 0.02
# chi2 (points,), the points (points, n), and the number of minimisations.
Solved = tuple[np.ndarray, np.ndarray, int]
# Ends of intervals are found to this share of the parameter's range.
ACCURACY = 1e-5


@dataclass(frozen=True)
class Interval:
    """Where Delta chi2 is below a level.

    Attributes
    ----------
    level
        Delta chi2 at its ends.
    low, high
        The ends.
    open_low, open_high
        Whether an end is the edge of the parameter's range: Delta chi2 is below the level there.
    """

    level: float
    low: float
    high: float
    open_low: bool
    open_high: bool


@dataclass(frozen=True)
class ProfileOne:
    """A profile of one parameter.

    Attributes
    ----------
    name
        Of the parameter.
    x, chi2
        Grid and Delta chi2, (points,).
    others
        All n parameters at each point, (points, n).
    minimum, best
        The lowest chi2 = -2 (ln L - ln L_SM) that was met, and the point (n,) of the minimisation
        with all parameters free.
    intervals
        By level, and of each level in ascending order: there may be several.
    minimisations
        How many it took.
    """

    name: str
    x: np.ndarray
    chi2: np.ndarray
    others: np.ndarray
    minimum: float
    best: np.ndarray
    intervals: tuple[Interval, ...]
    minimisations: int

    def as_profile(self, index: int) -> Profile:
        """Return what the figure of profiles draws: the curve, without the other parameters."""
        # The ends of intervals and the minimum are known points of the curve, too.
        known = {float(self.best[index]): 0.0}
        for one in self.intervals:
            known |= {} if one.open_low else {one.low: one.level}
            known |= {} if one.open_high else {one.high: one.level}
        x = np.concatenate([self.x, list(known)])
        chi2 = np.concatenate([self.chi2, list(known.values())])
        x, first = np.unique(x, return_index=True)
        rest = np.zeros((len(x), 0))
        spans: dict[float, list[tuple[float, float]]] = {}
        for one in self.intervals:
            spans.setdefault(one.level, []).append((one.low, one.high))
        best = float(self.best[index])
        return Profile(self.name, x, chi2[first], best, self.minimum, rest, spans)


def index_of(objective: Objective, name: str) -> int:
    """Return the position of a parameter; raises InputError for one that is none."""
    names = [p.name for p in objective.parameters]
    if name not in names:
        raise InputError(f"no parameter '{name}': {suggest(name, names)}")
    return names.index(name)


@dataclass(frozen=True)
class Valleys:
    """Distinct minima, the best fit first, and the number of minimisations that they took."""

    points: tuple[np.ndarray, ...]
    minimisations: int


def valleys(objective: Objective, best: BestFit, starts: int = 6, seed: int = 1) -> Valleys:
    """Return the best fit and what other minima several starts over the whole range lead to."""
    minimise = Minimiser(objective)
    low, high = np.array(objective.bounds).T
    found = [best.point]
    for start in starting_points(objective, starts, seed):
        _, point = minimise({}, [start])
        if all(np.abs((point - other) / (high - low)).max() > SAME for other in found):
            found.append(point)
    return Valleys(tuple(found), minimise.count)


def profile_one(
    objective: Objective,
    name: str,
    best: BestFit,
    points: int = 31,
    levels: Sequence[float] = LEVELS[1],
    starts: int = 6,
    seed: int = 1,
) -> ProfileOne:
    """Profile one parameter over its range, with intervals at the given Delta chi2.

    Parameters
    ----------
    best
        The best fit, where the sweeps begin.
    points
        Of the grid; about three minimisations each, and some ten per end of an interval.
    starts, seed
        Starts that look for minima other than the best fit.

    Raises
    ------
    InputError
        For a parameter that the objective does not have.
    """
    centres = valleys(objective, best, starts, seed)
    walks = [
        walk(objective, name, points, centre, upwards)
        for centre in centres.points
        for upwards in (True, False)
    ]
    return finish(objective, name, points, best, centres, walks, levels)


def _axis(objective: Objective, name: str, points: int) -> tuple[int, np.ndarray]:
    k = index_of(objective, name)
    return k, np.linspace(*objective.bounds[k], points)


def walk(objective: Objective, name: str, points: int, centre: np.ndarray, upwards: bool) -> Solved:
    """Minimise along one parameter's grid, from a centre outwards in one direction.

    Every point starts from the minimum of the one before it; chi2 is infinite where the walk does
    not lead.  Walks are units of work.
    """
    k, x = _axis(objective, name, points)
    minimise = Minimiser(objective)
    chi2, others = np.full(points, np.inf), np.tile(centre, (points, 1))
    # The point nearest to the centre belongs to the walk upwards, so that none is done twice.
    middle = int(np.argmin(np.abs(x - centre[k])))
    previous = centre
    for j in range(middle, points) if upwards else range(middle - 1, -1, -1):
        chi2[j], previous = minimise({k: float(x[j])}, [previous])
        others[j] = previous
    return chi2, others, minimise.count


def finish(
    objective: Objective,
    name: str,
    points: int,
    best: BestFit,
    centres: Valleys,
    walks: Sequence[Solved],
    levels: Sequence[float] = LEVELS[1],
) -> ProfileOne:
    """Join the walks of one parameter: pass lower minima on, find the minimum and the intervals."""
    k, x = _axis(objective, name, points)
    minimise = Minimiser(objective)
    minimise.count = centres.minimisations + sum(count for _, _, count in walks)
    chi2, others = np.full(points, np.inf), np.tile(best.point, (points, 1))

    # chi2 (points,) and others (points, n): the lowest that any walk found at each point.
    def take(found: Sequence[Solved]) -> None:
        for value, where, _ in found:
            lower = value < chi2
            chi2[lower], others[lower] = value[lower], where[lower]
        pass_on(minimise, [{k: float(value)} for value in x], chi2, others)

    take(walks)
    # From the lowest point of the grid with everything free: the minimum of the profile.
    minimum, top = minimise({}, [best.point, others[int(np.argmin(chi2))]])
    if minimum < -2 * best.loglike - LOWER:
        # The fit was a local minimum: once more from the lower one.
        again = [walk(objective, name, points, top, upwards) for upwards in (True, False)]
        minimise.count += sum(count for _, _, count in again)
        take(again)
    # A held parameter cannot do better than a free one, but for the minimiser's tolerance.
    minimum = min(minimum, float(chi2.min()))
    found = _intervals(minimise, k, x, chi2 - minimum, others, top, minimum, levels)
    return ProfileOne(name, x, chi2 - minimum, others, minimum, top, found, minimise.count)


def pass_on(
    minimise: Minimiser,
    held: Sequence[dict[int, float]],
    chi2: np.ndarray,
    others: np.ndarray,
    apart: float = 1e-3,
) -> None:
    """Lower chi2 and points along a line of a grid, up and down, from each other's minima.

    Parameters
    ----------
    held
        The parameters held in every point of the line, the same ones everywhere.
    chi2, others
        (points,) and (points, n), changed in place.
    apart
        A neighbour's minimum is another one if a free parameter differs by this part of itself.
    """
    n = len(held)
    free = [k for k in range(others.shape[1]) if k not in held[0]]
    for order, step in ((range(1, n), -1), (range(n - 2, -1, -1), 1)):
        for j in order:
            neighbour = others[j + step]
            # Only where the neighbour's minimum is elsewhere can it lead to a lower one.
            if np.allclose(neighbour[free], others[j, free], rtol=apart):
                continue
            value, point = minimise(held[j], [neighbour])
            if value < chi2[j]:
                chi2[j], others[j] = value, point


def _intervals(
    minimise: Minimiser,
    k: int,
    x: np.ndarray,
    delta: np.ndarray,
    others: np.ndarray,
    top: np.ndarray,
    minimum: float,
    levels: Sequence[float],
) -> tuple[Interval, ...]:
    from scipy.optimize import brentq

    # The minimum itself may lie between two points of the grid.
    place = int(np.searchsorted(x, top[k]))
    xs = np.insert(x, place, top[k])
    ds = np.insert(delta, place, 0.0)
    starts = np.insert(others, place, top, axis=0)
    result = []
    for level in levels:
        # From the minima on both sides: between two points of the grid the lower valley may change.
        def excess(value: float, level: float = level, j: int = 0) -> float:
            found, _ = minimise({k: float(value)}, [starts[j], starts[j + 1]])
            return found - minimum - level

        inside = ds < level
        begin: tuple[float, bool] | None = (float(xs[0]), True) if inside[0] else None
        for j in range(len(xs) - 1):
            if inside[j] == inside[j + 1]:
                continue
            a, b = excess(xs[j], j=j), excess(xs[j + 1], j=j)
            # Both ends are minimised anew; if one came out beyond the level, there is no root and
            # the grid's point has to do.
            root = float(xs[j] if a * b > 0 else brentq(
                excess, xs[j], xs[j + 1], args=(level, j), xtol=ACCURACY * (x[-1] - x[0])
            ))  # fmt: skip
            if inside[j]:
                assert begin is not None
                result.append(Interval(level, begin[0], root, begin[1], False))
                begin = None
            else:
                begin = (root, False)
        # Still below the level at the end of the grid: the interval ends with the range.
        if begin is not None:
            result.append(Interval(level, begin[0], float(xs[-1]), begin[1], True))
    return tuple(result)
