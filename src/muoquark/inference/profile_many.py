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
from dataclasses import dataclass, field

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.inference.bestfit import BestFit, starting_points
from muoquark.inference.objective import Objective
from muoquark.inference.profile import LEVELS, Plane, Profile

__all__ = [
    "Interval",
    "Minimiser",
    "ProfileOne",
    "ProfilePair",
    "Row",
    "Valleys",
    "join_rows",
    "pair_rows",
    "profile_one",
    "profile_pair",
    "solve_row",
    "valleys",
]

# An improvement of chi2 that counts as a different, lower minimum.
LOWER = 1e-3
# Minima nearer than this, in units of the ranges, are one.
SAME = 0.02
# Ends of intervals are found to this share of the parameter's range.
ACCURACY = 1e-5


@dataclass(frozen=True)
class Interval:
    """Where Delta chi2 < level: low and high, and whether an end is the range's edge."""

    level: float
    low: float
    high: float
    open_low: bool
    open_high: bool


@dataclass(frozen=True)
class ProfileOne:
    """A profile of one parameter.

    x, chi2: grid and Delta chi2; others: all parameters at each point, (points, n); minimum: the
    lowest chi2 = -2 (ln L - ln L_SM) that was met, at `best`; intervals; minimisations: how many.
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


@dataclass(frozen=True)
class ProfilePair:
    """A profile of two parameters: chi2[y, x] = Delta chi2, points[y, x, parameter]."""

    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    chi2: np.ndarray
    points: np.ndarray
    minimum: float
    minimisations: int

    def refined(self, factor: int = 8) -> Plane:
        """Return the whole likelihood on a grid finer by `factor`, for contours.

        Cubic splines of ln(1 + Delta chi2), which a valley cannot make overshoot as it makes
        Delta chi2 itself, whose values reach thousands at the edges.
        """
        from scipy.interpolate import RectBivariateSpline

        x = np.linspace(self.x[0], self.x[-1], factor * (len(self.x) - 1) + 1)
        y = np.linspace(self.y[0], self.y[-1], factor * (len(self.y) - 1) + 1)
        spline = RectBivariateSpline(self.y, self.x, np.log1p(np.maximum(self.chi2, 0.0)))
        return Plane(self.x_name, self.y_name, x, y, {"global": np.expm1(spline(y, x))})


@dataclass
class Minimiser:
    """Minimises chi2 = -2 (ln L - ln L_SM) with some parameters held; counts its work."""

    objective: Objective
    count: int = field(default=0)

    def __call__(
        self, held: dict[int, float], starts: Sequence[np.ndarray]
    ) -> tuple[float, np.ndarray]:
        """Return the lowest chi2 and its point (n,) with parameter k fixed at held[k].

        The starts are points (n,); every one is minimised from.
        """
        from scipy.optimize import minimize

        low, high = np.array(self.objective.bounds, dtype=float).T
        free = np.array([k for k in range(len(low)) if k not in held], dtype=int)
        width = (high - low)[free]

        def whole(u: np.ndarray) -> np.ndarray:
            point = np.array(low)
            point[free] += width * u
            for k, value in held.items():
                point[k] = value
            return point

        def function(u: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = self.objective.gradient(whole(u))
            return -2 * value, -2 * gradient[free] * width

        best, found = np.inf, whole(np.zeros(len(free)))
        if not len(free):
            value, _ = self.objective.gradient(found)
            return -2 * value, found
        for start in starts:
            u = np.clip((start[free] - low[free]) / width, 0.0, 1.0)
            result = minimize(
                function, u, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(free),
                options={"ftol": 1e-12, "gtol": 1e-7, "maxiter": 300},
            )  # fmt: skip
            self.count += 1
            if result.fun < best:
                best, found = float(result.fun), whole(result.x)
        return best, found


def _index(objective: Objective, name: str) -> int:
    names = [p.name for p in objective.parameters]
    if name not in names:
        raise InputError(f"no parameter '{name}': {suggest(name, names)}")
    return names.index(name)


def _valleys(minimise: Minimiser, best: np.ndarray, starts: int, seed: int) -> list[np.ndarray]:
    """Return the best fit and the other minima that several starts lead to, n parameters each."""
    objective = minimise.objective
    low, high = np.array(objective.bounds).T
    found = [best]
    for start in starting_points(objective, starts, seed):
        _, point = minimise({}, [start])
        if all(np.abs((point - other) / (high - low)).max() > SAME for other in found):
            found.append(point)
    return found


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
    k = _index(objective, name)
    minimise = Minimiser(objective)
    low, high = objective.bounds[k]
    x = np.linspace(low, high, points)
    chi2, others = np.full(points, np.inf), np.tile(best.point, (points, 1))
    for centre in _valleys(minimise, best.point, starts, seed):
        _sweep(minimise, k, x, centre, chi2, others)
    # From the lowest point of the grid with everything free: the minimum of the profile.
    minimum, top = minimise({}, [best.point, others[int(np.argmin(chi2))]])
    if minimum < -2 * best.loglike - LOWER:
        # The fit was a local minimum: once more from the lower one.
        _sweep(minimise, k, x, top, chi2, others)
    minimum = min(minimum, float(chi2.min()))
    found = _intervals(minimise, k, x, chi2 - minimum, others, top, minimum, levels)
    return ProfileOne(name, x, chi2 - minimum, others, minimum, top, found, minimise.count)


def _sweep(
    minimise: Minimiser,
    k: int,
    x: np.ndarray,
    centre: np.ndarray,
    chi2: np.ndarray,
    others: np.ndarray,
) -> None:
    """Lower chi2 and points along a grid: outwards from the centre, up, and down again."""
    n = len(x)

    def visit(j: int, starts: list[np.ndarray]) -> np.ndarray:
        value, point = minimise({k: float(x[j])}, starts)
        if value < chi2[j]:
            chi2[j], others[j] = value, point
        return point

    middle = int(np.argmin(np.abs(x - centre[k])))
    for order in (range(middle, n), range(middle - 1, -1, -1)):
        previous = centre
        for j in order:
            previous = visit(j, [previous])
    for order, step in ((range(1, n), -1), (range(n - 2, -1, -1), 1)):
        for j in order:
            neighbour = others[j + step]
            # Only where the neighbour's minimum is elsewhere can it lead to a lower one.
            if not np.allclose(np.delete(neighbour, k), np.delete(others[j], k), rtol=1e-3):
                visit(j, [neighbour])


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

        def excess(value: float, level: float = level, j: int = 0) -> float:
            found, _ = minimise({k: float(value)}, [starts[j], starts[j + 1]])
            return found - minimum - level

        inside = ds < level
        begin: tuple[float, bool] | None = (float(xs[0]), True) if inside[0] else None
        for j in range(len(xs) - 1):
            if inside[j] == inside[j + 1]:
                continue
            a, b = excess(xs[j], j=j), excess(xs[j + 1], j=j)
            root = float(xs[j] if a * b > 0 else brentq(
                excess, xs[j], xs[j + 1], args=(level, j), xtol=ACCURACY * (x[-1] - x[0])
            ))  # fmt: skip
            if inside[j]:
                assert begin is not None
                result.append(Interval(level, begin[0], root, begin[1], False))
                begin = None
            else:
                begin = (root, False)
        if begin is not None:
            result.append(Interval(level, begin[0], float(xs[-1]), begin[1], True))
    return tuple(result)


def profile_pair(
    objective: Objective, x_name: str, y_name: str, best: BestFit, points: int = 31,
    starts: int = 6, seed: int = 1,
) -> ProfilePair:  # fmt: skip
    """Profile two parameters on a grid over their ranges, minimising over all others.

    Notes
    -----
    The rows of the grid are units: each is computed by itself, outwards from every minimum that
    the starts lead to, so that the result does not depend on how rows are shared among workers
    (:mod:`~muoquark.inference.profile_work`).  After the rows a serial sweep along the columns, up
    and down, passes lower minima on.

    Raises
    ------
    InputError
        For a parameter that the objective does not have, or the same one twice.
    """
    rows = pair_rows(objective, x_name, y_name, points, valleys(objective, best, starts, seed))
    return join_rows(objective, x_name, y_name, best, rows, [solve_row(objective, r) for r in rows])


@dataclass(frozen=True)
class Valleys:
    """Distinct minima, the best fit first, and the number of minimisations that they took."""

    points: tuple[np.ndarray, ...]
    minimisations: int


def valleys(objective: Objective, best: BestFit, starts: int = 6, seed: int = 1) -> Valleys:
    """Return the best fit and what other minima several starts over the whole range lead to."""
    minimise = Minimiser(objective)
    return Valleys(tuple(_valleys(minimise, best.point, starts, seed)), minimise.count)


@dataclass(frozen=True)
class Row:
    """A row of a pair's grid: parameter i at every x, parameter j at y, sweeps from centres."""

    i: int
    j: int
    x: np.ndarray
    y: float
    centres: Valleys


def pair_rows(
    objective: Objective, x_name: str, y_name: str, points: int, centres: Valleys
) -> list[Row]:
    """Return the rows of a pair's grid; raises InputError for names that make no pair."""
    i, j = _index(objective, x_name), _index(objective, y_name)
    if i == j:
        raise InputError(f"the two parameters of a pair must differ, both are '{x_name}'")
    x = np.linspace(*objective.bounds[i], points)
    return [Row(i, j, x, float(y), centres) for y in np.linspace(*objective.bounds[j], points)]


# chi2 (points,), the points (points, n), and the number of minimisations.
Solved = tuple[np.ndarray, np.ndarray, int]


def solve_row(objective: Objective, row: Row) -> Solved:
    """Return chi2 and points of one row of a grid, and the number of minimisations."""
    minimise = Minimiser(objective)
    n = len(row.x)
    chi2, where = np.full(n, np.inf), np.tile(row.centres.points[0], (n, 1))
    for centre in row.centres.points:
        middle = int(np.argmin(np.abs(row.x - centre[row.i])))
        for order in (range(middle, n), range(middle - 1, -1, -1)):
            previous = centre
            for a in order:
                value, previous = minimise({row.i: float(row.x[a]), row.j: row.y}, [previous])
                if value < chi2[a]:
                    chi2[a], where[a] = value, previous
    return chi2, where, minimise.count


def join_rows(
    objective: Objective,
    x_name: str,
    y_name: str,
    best: BestFit,
    rows: Sequence[Row],
    solved: Sequence[Solved],
) -> ProfilePair:
    """Make the profile of a pair from its rows: pass lower minima on along the columns."""
    i, j, x = rows[0].i, rows[0].j, rows[0].x
    y = np.array([row.y for row in rows])
    chi2 = np.array([row[0] for row in solved])
    where = np.array([row[1] for row in solved])
    minimise = Minimiser(objective)
    minimise.count = rows[0].centres.minimisations + sum(row[2] for row in solved)
    rest = [k for k in range(len(best.point)) if k not in (i, j)]
    for order, step in ((range(1, len(y)), -1), (range(len(y) - 2, -1, -1), 1)):
        for b in order:
            for a in range(len(x)):
                neighbour = where[b + step, a]
                if np.allclose(neighbour[rest], where[b, a, rest], rtol=1e-2):
                    continue
                value, point = minimise({i: float(x[a]), j: float(y[b])}, [neighbour])
                if value < chi2[b, a]:
                    chi2[b, a], where[b, a] = value, point
    lowest = np.unravel_index(int(np.argmin(chi2)), chi2.shape)
    value, _ = minimise({}, [best.point, where[lowest]])
    minimum = min(value, -2 * best.loglike, float(chi2.min()))
    return ProfilePair(x_name, y_name, x, y, chi2 - minimum, where, minimum, minimise.count)
