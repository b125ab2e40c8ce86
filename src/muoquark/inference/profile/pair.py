"""The profile of two parameters: rows that are solved one by one, then joined.

Rows are units: each is computed by itself, outwards from every minimum that the starts lead to, so
that the result does not depend on how they are shared among workers
(:mod:`~muoquark.inference.profile.work`).  After the rows a serial sweep along the columns, up and
down, passes lower minima on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muoquark.common.errors import InputError
from muoquark.inference.bestfit import BestFit, Minimiser
from muoquark.inference.objective import Objective
from muoquark.inference.profile.grids import Plane
from muoquark.inference.profile.many import Solved, Valleys, index_of, pass_on

__all__ = [
    "ProfilePair",
    "Row",
    "join_rows",
    "pair_axis",
    "pair_rows",
    "solve_row",
]


@dataclass(frozen=True)
class ProfilePair:
    """A profile of two parameters.

    Attributes
    ----------
    x_name, y_name, x, y
        The parameters and their values.
    chi2
        Delta chi2, index [y, x].
    points
        All n parameters, [y, x, n].
    minimum
        The lowest chi2 = -2 (ln L - ln L_SM) that was met.
    minimisations
        How many it took.
    """

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

        x, y = (_finer(axis, factor) for axis in (self.x, self.y))
        spline = RectBivariateSpline(self.y, self.x, np.log1p(np.maximum(self.chi2, 0.0)))
        return Plane(self.x_name, self.y_name, x, y, {"global": np.expm1(spline(y, x))})


def _finer(axis: np.ndarray, factor: int) -> np.ndarray:
    """Return an axis with every step cut into `factor` equal ones."""
    nodes = np.arange(factor * (len(axis) - 1) + 1) / factor
    return np.asarray(np.interp(nodes, np.arange(len(axis)), axis))


def pair_axis(low: float, high: float, best: float, error: float, points: int) -> np.ndarray:
    """Return the points along one axis of a pair: the best fit, near it, and over the range.

    Even steps over a wide range would step over the contours.  Half of the points lie within
    four standard deviations of the best fit, which is one of them; the others are even.
    """
    if not (np.isfinite(error) and 0 < 8 * error < high - low):
        error = (high - low) / 8
    inner = 2 * (points // 4) + 1
    reach = 4.0 if inner >= 9 else 2.5
    close = best + error * np.linspace(-reach, reach, inner)
    gap = 0.1 * error  # points that all but coincide would make a spline wild
    close = close[(close > low + gap) & (close < high - gap)]
    even = np.linspace(low, high, points - len(close))
    # The even points that are left out where they meet a close one are put into the largest gaps.
    away = np.abs(even[:, None] - close).min(axis=1, initial=np.inf) > gap
    away[[0, -1]] = True
    axis = np.sort(np.concatenate([even[away], close]))
    while len(axis) < points:
        k = int(np.argmax(np.diff(axis)))
        axis = np.insert(axis, k + 1, (axis[k] + axis[k + 1]) / 2)
    return np.asarray(axis)


@dataclass(frozen=True)
class Row:
    """A row of a pair's grid.

    Attributes
    ----------
    i, j
        Positions of the two parameters.
    x, y
        The values of parameter i along the row, and that of parameter j.
    centres
        Minima from which sweeps begin.
    """

    i: int
    j: int
    x: np.ndarray
    y: float
    centres: Valleys


def pair_rows(
    objective: Objective, x_name: str, y_name: str, points: int, best: BestFit, centres: Valleys
) -> list[Row]:
    """Return the rows of a pair's grid; raises InputError for names that make no pair."""
    i, j = index_of(objective, x_name), index_of(objective, y_name)
    if i == j:
        raise InputError(f"the two parameters of a pair must differ, both are '{x_name}'")
    x, y = (
        pair_axis(*objective.bounds[k], best.point[k], best.errors[name], points)
        for k, name in ((i, x_name), (j, y_name))
    )
    return [Row(i, j, x, float(value), centres) for value in y]


def solve_row(objective: Objective, row: Row) -> Solved:
    """Return chi2 and points of one row of a grid, and the number of minimisations."""
    minimise = Minimiser(objective)
    n = len(row.x)
    chi2, where = np.full(n, np.inf), np.tile(row.centres.points[0], (n, 1))
    # The walk from each minimum follows its own valley, also where another's is lower at the
    # moment.
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
    for a, value in enumerate(x):
        held = [{i: float(value), j: row.y} for row in rows]
        pass_on(minimise, held, chi2[:, a], where[:, a], apart=1e-2)
    lowest = np.unravel_index(int(np.argmin(chi2)), chi2.shape)
    # With all parameters free, from the lowest point of the grid: the minimum lies between its
    # points.
    free, _ = minimise({}, [best.point, where[lowest]])
    minimum = min(free, -2 * best.loglike, float(chi2.min()))
    return ProfilePair(x_name, y_name, x, y, chi2 - minimum, where, minimum, minimise.count)
