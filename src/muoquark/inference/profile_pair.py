"""The profile of two parameters: rows that are solved one by one, then joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muoquark.common.errors import InputError
from muoquark.inference.bestfit import BestFit
from muoquark.inference.objective import Objective
from muoquark.inference.profile import Plane
from muoquark.inference.profile_many import Minimiser, Solved, Valleys, index_of, valleys

__all__ = ["ProfilePair", "Row", "join_rows", "pair_rows", "profile_pair", "solve_row"]


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
    i, j = index_of(objective, x_name), index_of(objective, y_name)
    if i == j:
        raise InputError(f"the two parameters of a pair must differ, both are '{x_name}'")
    x = np.linspace(*objective.bounds[i], points)
    return [Row(i, j, x, float(y), centres) for y in np.linspace(*objective.bounds[j], points)]


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
