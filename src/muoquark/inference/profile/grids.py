"""Profile likelihoods: intervals of one parameter with all others at their best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from muoquark.inference.objective import Objective

__all__ = [
    "LEVELS",
    "Plane",
    "Profile",
    "contour_lines",
    "contours",
    "intervals",
    "plane",
    "profile",
]

# Delta chi2 of the regions with the probability content of 1 and 2 standard deviations of a
# Gaussian: one parameter, two parameters (PDG review of statistics, table 40.2).
LEVELS = {1: (1.0, 4.0), 2: (2.295748928898636, 6.180074306244173)}

# With a plane so many points are looked at between the neighbours of the lowest one, and again, so
# many times at most, until a parabola through the lowest three finds nothing lower by this much.
WITHIN, AGAIN, GAIN = 9, 7, 1e-6

# A minimum narrower than two steps is looked at more closely, so many times at most, with so
# many points between its neighbours.
ZOOMS, CLOSE = 6, 21


@dataclass(frozen=True)
class Profile:
    """-2 ln L minus its minimum along one parameter, the other parameters minimised.

    Attributes
    ----------
    name
        Of the parameter.
    x, chi2
        The scan, in ascending order.
    best, minimum
        Where the minimum is, and -2 (ln L - ln L_SM) there.
    others
        The values of the other parameters along the scan, shape (len(x), n - 1).
    spans
        The intervals by Delta chi2 where they were solved for; else they are read off the curve.
    """

    name: str
    x: np.ndarray
    chi2: np.ndarray
    best: float
    minimum: float
    others: np.ndarray
    spans: Mapping[float, Sequence[tuple[float, float]]] = field(default_factory=dict)

    def intervals(self, level: float = 1.0) -> list[tuple[float, float]]:
        """Return the intervals with Delta chi2 below `level`."""
        if level in self.spans:
            return list(self.spans[level])
        return intervals(self.x, self.chi2, level)

    @property
    def curve(self) -> dict[str, list[float]]:
        """The scan as lists, for records."""
        return {"x": self.x.tolist(), "delta_chi2": self.chi2.tolist()}

    def pairs(self, level: float = 1.0) -> list[list[float]]:
        """Return the intervals as lists [low, high], for records."""
        return [[low, high] for low, high in self.intervals(level)]


def intervals(x: np.ndarray, chi2: np.ndarray, level: float) -> list[tuple[float, float]]:
    """Return where a curve chi2(x) lies below `level`, as closed intervals within [x_0, x_n].

    Between the points the curve is a cubic spline, whose roots are solved for.
    """
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(x, chi2 - level)
    roots = [float(r) for r in spline.roots(extrapolate=False) if x[0] < r < x[-1]]
    edges = [float(x[0]), *roots, float(x[-1])]
    result: list[tuple[float, float]] = []
    for a, b in pairwise(edges):
        if b > a and spline((a + b) / 2) < 0:
            if result and result[-1][1] == a:
                result[-1] = (result[-1][0], b)
            else:
                result.append((a, b))
    return result


def profile(
    objective: Objective,
    name: str,
    parts: Sequence[str] | None = None,
    points: int = 61,
    inner: int = 21,
    grid: Plane | None = None,
) -> Profile:
    """Scan the parameter `name`, maximising over the others in every point.

    Parameters
    ----------
    parts
        The parts of the likelihood to take; default: all blocks.
    points
        Number of points of the scan, over the whole range of the parameter.
    inner
        With one other parameter: points of the grid on which its best value is bracketed
        before it is refined.
    grid
        The plane of both parameters, if it was evaluated before.  If it is finer than `points`
        some of its rows, or columns, are the scan, and the brackets are read off it.

    Raises
    ------
    ValueError
        With more than one other parameter: that is what
        :func:`muoquark.inference.profile.many.profile_one` is for.
    """
    index = [p.name for p in objective.parameters].index(name)
    chosen = tuple(parts or objective.blocks)
    low, high = np.array(objective.bounds).T
    x = np.linspace(low[index], high[index], points)
    rest = [k for k in range(len(low)) if k != index]

    def chi2(values: np.ndarray) -> np.ndarray:
        return -2 * objective.part(values, chosen)

    if len(rest) > 1:
        raise ValueError(f"{len(rest)} other parameters: take inference.profile_many")

    def along(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not rest:
            return chi2(values[:, None]), np.zeros((len(values), 0))
        return _profile_of_two(chi2, values, index, low[rest[0]], high[rest[0]], inner)

    if grid is None or len(rest) != 1 or min(len(grid.x), len(grid.y)) < points:
        curve, others = along(x)
    else:
        x, curve, others = _profile_of_grid(chi2, grid, chosen, index, points)
    for _ in range(ZOOMS):
        k = int(np.argmin(curve))
        if np.all(curve[max(k - 1, 0) : k + 2] - curve[k] < 1.0):
            break
        # The minimum is narrower than two steps: more points around it.
        ends = x[max(k - 1, 0)], x[min(k + 1, len(x) - 1)]
        close = np.linspace(*ends, CLOSE)
        # Rounding makes points that are there already anew, next to themselves.
        away = np.abs(close[:, None] - x).min(axis=1) > 0.1 * (close[1] - close[0])
        if not np.any(away):
            break
        x, curve, others = _joined((x, curve, others), close[away], along)
    # A parabola says where the minimum is; how low it is there is looked at, as the curve may jump.
    vertex = _vertex(x, curve, int(np.argmin(curve)))
    if vertex not in x:
        x, curve, others = _joined((x, curve, others), np.array([vertex]), along)
    k = int(np.argmin(curve))
    return Profile(name, x, curve - curve[k], float(x[k]), float(curve[k]), others)


_Scan = tuple[np.ndarray, np.ndarray, np.ndarray]


def _joined(
    scan: _Scan, more: np.ndarray, along: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
) -> _Scan:
    """Return a scan (x, chi2, others) with more points of x in it."""
    x, curve, others = scan
    chi2, where = along(more)
    order = np.argsort(np.concatenate([x, more]), kind="stable")
    return (
        np.concatenate([x, more])[order],
        np.concatenate([curve, chi2])[order],
        np.concatenate([others, where])[order],
    )


def _vertex(x: np.ndarray, y: np.ndarray, k: int) -> float:
    """Where the parabola through the lowest point and its neighbours has its minimum."""
    if k in (0, len(x) - 1) or not np.all(np.isfinite(y[k - 1 : k + 2])):
        return float(x[k])
    left, right = x[k - 1] - x[k], x[k + 1] - x[k]
    a, b, _ = np.polyfit([left, 0.0, right], y[k - 1 : k + 2], 2)
    if not a > 0:
        return float(x[k])
    return float(x[k] + np.clip(-b / (2 * a), left, right))


def _profile_of_two(
    chi2: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    index: int,
    low: float,
    high: float,
    inner: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise over one other parameter: nested grids, all points of the scan at once."""
    n = len(x)
    return _nested(chi2, x, index, np.full(n, low), np.full(n, high), inner, 5, 0.0)


def _profile_of_grid(
    chi2: Callable[[np.ndarray], np.ndarray],
    grid: Plane,
    parts: Sequence[str],
    index: int,
    points: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise over one other parameter in `points` rows of a plane or a few more."""
    known = np.sum([grid.chi2[name] for name in parts], axis=0)
    # Index [y, x] of the plane; here the rows are those of the profiled parameter.
    known = np.where(np.isfinite(known), known, np.inf)
    known, x, y = (known.T, grid.x, grid.y) if index == 0 else (known, grid.y, grid.x)
    rows = np.unique([*range(0, len(x), len(x) // points), len(x) - 1])
    k = np.argmin(known[rows], axis=1)
    a, b = y[np.maximum(k - 1, 0)], y[np.minimum(k + 1, len(y) - 1)]
    best, others = _nested(chi2, x[rows], index, a, b, WITHIN, AGAIN, GAIN)
    return x[rows], best, others


def _nested(
    chi2: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    index: int,
    a: np.ndarray,
    b: np.ndarray,
    inner: int,
    times: int,
    enough: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise over the other parameter between a and b (len(x),), narrowing them down.

    Ends after so many `times`, or where no row can become lower by `enough`.
    """
    n = len(x)
    t = np.linspace(0.0, 1.0, inner)
    for _ in range(times):
        y = a[:, None] + (b - a)[:, None] * t
        pair = np.stack([np.repeat(x, inner), y.ravel()], axis=1)
        values = chi2(pair if index == 0 else pair[:, ::-1]).reshape(n, inner)
        k = np.argmin(values, axis=1)
        rows = np.arange(n)
        best, where = values[rows, k], y[rows, k]
        lower, upper = np.maximum(k - 1, 0), np.minimum(k + 1, inner - 1)
        a, b = y[rows, lower], y[rows, upper]
        if _gain(values[rows, lower], best, values[rows, upper]).max() < enough:
            break
    return best, where[:, None]


def _gain(left: np.ndarray, best: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return by how much parabolas through three equidistant points are lower than the middle.

    Infinite beside a value that is not finite, zero where all three are equal.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = (left - right) ** 2 / (8 * (left - 2 * best + right))
    flat = (left == best) & (right == best)
    return np.where(flat, 0.0, np.where(np.isfinite(gain), gain, np.inf))


@dataclass(frozen=True)
class Plane:
    """-2 (ln L - ln L_SM) on a grid of two parameters.

    Attributes
    ----------
    x_name, y_name, x, y
        The parameters and their values.
    chi2
        By part, and of all as ``global``, index [y, x].
    """

    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    chi2: dict[str, np.ndarray]


def plane(
    objective: Objective, points: int = 200, ranges: Sequence[tuple[float, float]] | None = None
) -> Plane:
    """Evaluate all parts and their total on a grid over the ranges of two parameters.

    `ranges`: those of a part of the plane.
    """
    first, second = objective.parameters
    wide = [(p.low, p.high) for p in objective.parameters]
    x, y = (np.linspace(low, high, points) for low, high in ranges or wide)
    grid = np.stack([g.ravel() for g in np.meshgrid(x, y)], axis=1)
    values = -2 * np.asarray(objective.parts(grid)).reshape(points, points, -1)
    chi2 = {name: values[:, :, k] for k, name in enumerate(objective.names)}
    chi2["global"] = np.sum([chi2[name] for name in objective.blocks], axis=0)
    return Plane(first.name, second.name, x, y, chi2)


def contours(grid: Plane, minimum: float) -> dict[str, list[list[list[float]]]]:
    """Return the global contours of two parameters as lists of [x, y].

    Parameters
    ----------
    minimum
        chi2 of the best fit, from which Delta chi2 is counted; a point of a coarse grid may be far
        from it.
    """
    delta = grid.chi2["global"] - minimum
    return {
        f"{sigma} sigma": contour_lines(grid, delta, level)
        for sigma, level in zip((1, 2), LEVELS[2], strict=True)
    }


def contour_lines(grid: Plane, delta: np.ndarray, level: float) -> list[list[list[float]]]:
    """Return the lines of one level of `delta`, Delta chi2[y, x], as lists of [x, y]."""
    from contourpy import contour_generator

    lines: Any = contour_generator(grid.x, grid.y, delta)
    return [line.tolist() for line in lines.lines(level)]
