"""The plane of two parameters with all others held: contours, bands, where it is worth looking.

Between the points of a grid sqrt(Delta chi2) is taken as linear, which around a minimum it is: a
coarse grid then has smooth contours in the right place.  Minima, from which Delta chi2 is counted,
are looked for between the points as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from muoquark.common.processes import cores
from muoquark.explore.exploration import Exploration
from muoquark.inference.profile.bands import VARIES
from muoquark.inference.profile.drawn import filled, view_of
from muoquark.inference.profile.grids import LEVELS, Plane, contour_lines
from muoquark.likelihood.groups import REPRESENTED
from muoquark.report.looks import looks_of

__all__ = [
    "Held", "Picture", "Stopped", "View", "chi2_of", "colours",
    "drawn_of", "hold", "picture", "viewed",
]  # fmt: skip

# Points that are worked off before it is asked whether anybody still wants to know.
PIECE = 256
# Of a grid over the whole ranges, whose minimum may lie outside of what is looked at.
WIDE = 12
# A minimum is looked for between the points: so often while something moves and when it rests,
# with so many points per axis.
ZOOMS, ZOOMS_MOVING, CLOSE = 4, 2, 7
# A view is narrowed so often, until what is allowed fills so much of it.
NARROWINGS, FILLED = 5, 0.4
# The SM lies in the origin of a plane if no chi2 differs there by more from that of the SM.
SAME = 0.01

View = tuple[tuple[float, float], tuple[float, float]]


class Stopped(Exception):  # no error: nobody wants the answer any more
    """Something newer is asked for."""


@dataclass(frozen=True)
class Picture:
    """What is drawn of a plane.

    Attributes
    ----------
    names
        Along x and y.
    view
        From where to where.
    points
        Per axis.
    minimum, best
        The lowest chi2 = -2 (ln L - ln L_SM) that was found in the ranges of the two parameters,
        the others held, and where; contours are counted from it.
    contours
        ``1 sigma`` and ``2 sigma`` of two parameters, lists of lines of [x, y].
    bands
        By group, where its own Delta chi2, counted from its own minimum, is below 1: polygons, each
        a list of rings.  A group that is finer than the grid has none.
    sm
        Whether the Standard Model lies at (0, 0).
    empty
        What there is to say of a view without contours.
    """

    names: tuple[str, str]
    view: View
    points: int
    minimum: float
    best: tuple[float, float]
    contours: Mapping[str, Any]
    bands: Mapping[str, Any] = field(default_factory=dict)
    sm: bool = False
    empty: str = ""

    def record(self) -> dict[str, Any]:
        """Return plain data, coordinates rounded to a 1e-5 of the view."""
        steps = [1e-5 * (high - low) for low, high in self.view]
        return {
            "kind": "plane",
            "x": self.names[0],
            "y": self.names[1],
            "view": [list(ends) for ends in self.view],
            "points": self.points,
            "minimum": self.minimum,
            "best": list(self.best),
            "lines": [
                {"name": name, "xs": xs, "ys": ys, "dash": dash}
                for (name, lines), dash in zip(
                    self.contours.items(), ("solid", "dashed"), strict=True
                )
                for xs, ys in (_columns(line, steps) for line in lines)
            ],
            "bands": [
                {
                    "name": name,
                    "xs": [[_columns(ring, steps)[0] for ring in one] for one in polygons],
                    "ys": [[_columns(ring, steps)[1] for ring in one] for one in polygons],
                }
                for name, polygons in self.bands.items()
            ],
            "sm": self.sm,
            "empty": self.empty,
        }


def _columns(line: Sequence[Sequence[float]], steps: Sequence[float]) -> list[list[float]]:
    """Return the coordinates of a line, (2, points), rounded."""
    points = np.asarray(line, dtype=float)
    digits = [max(0, 1 - int(np.floor(np.log10(step)))) for step in steps]
    return [points[:, k].round(digits[k]).tolist() for k in (0, 1)]


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Return the threads that grids are shared among; JAX computes without Python's lock.

    One core is left to the browser, which has to draw what is found.
    """
    return ThreadPoolExecutor(max(1, cores() - 1))


def chi2_of(explorer: Exploration, points: np.ndarray, stop: Callable[[], bool]) -> np.ndarray:
    """Return chi2 of all parts at points (k, n), (k, parts)."""

    def one(piece: np.ndarray) -> np.ndarray:
        if stop():
            raise Stopped
        # a single point has a program of its own, that would have to be compiled
        found = explorer.function.parts(np.concatenate([piece, piece[-1:]]))
        return np.asarray(found)[:-1]

    pieces = [points[k : k + PIECE] for k in range(0, len(points), PIECE)]
    if len(pieces) == 1:
        return -2 * one(points)
    return -2 * np.concatenate(list(_threads().map(one, pieces)))


@dataclass(frozen=True)
class Held:
    """A plane of an explorer, others held.

    Attributes
    ----------
    explorer
        Whose plane.
    x, y
        The parameters along the axes.
    theta
        The values of all parameters, of which those of `x` and `y` do not matter.
    stop
        Is asked from time to time whether to give up.
    """

    explorer: Exploration
    x: str
    y: str
    theta: np.ndarray
    stop: Callable[[], bool] = lambda: False

    def places(self) -> tuple[int, int]:
        """Return the positions of the two parameters."""
        names = [p.name for p in self.explorer.function.parameters]
        return names.index(self.x), names.index(self.y)

    @property
    def ranges(self) -> View:
        """The ranges of the two parameters."""
        bounds = self.explorer.function.bounds
        i, j = self.places()
        return bounds[i], bounds[j]

    def grid(self, x: np.ndarray, y: np.ndarray) -> Plane:
        """Return chi2 of all parts on a grid of values."""
        i, j = self.places()
        points = np.tile(self.theta, (len(x) * len(y), 1))
        across, up = np.meshgrid(x, y)
        points[:, i], points[:, j] = across.ravel(), up.ravel()
        values = chi2_of(self.explorer, points, self.stop).reshape(len(y), len(x), -1)
        names = self.explorer.function.names
        chi2 = {name: values[:, :, k] for k, name in enumerate(names)}
        chi2["global"] = np.sum([chi2[n] for n in self.explorer.function.blocks], axis=0)
        return Plane(self.x, self.y, x, y, chi2)

    def over(self, view: View, points: int) -> Plane:
        """Return an even grid."""
        return self.grid(*(np.linspace(low, high, points) for low, high in view))

    def lowest(
        self, name: str, planes: Sequence[Plane], zooms: int = ZOOMS
    ) -> tuple[float, tuple[float, float]]:
        """Return the lowest chi2 of a part, looked for between the points of grids as well."""
        best, where, steps = np.inf, (0.0, 0.0), (0.0, 0.0)
        for one in planes:
            values = np.where(np.isfinite(one.chi2[name]), one.chi2[name], np.inf)
            row, column = np.unravel_index(int(np.argmin(values)), values.shape)
            if values[row, column] < best:
                best = float(values[row, column])
                where = float(one.x[column]), float(one.y[row])
                steps = float(one.x[1] - one.x[0]), float(one.y[1] - one.y[0])
        for _ in range(zooms):
            ends = [
                (max(low, at - step), min(high, at + step))
                for at, step, (low, high) in zip(where, steps, self.ranges, strict=True)
            ]
            close = self.grid(*(np.linspace(low, high, CLOSE) for low, high in ends))
            values = np.where(np.isfinite(close.chi2[name]), close.chi2[name], np.inf)
            row, column = np.unravel_index(int(np.argmin(values)), values.shape)
            gain = best - float(values[row, column])
            if gain > 0:
                best = float(values[row, column])
                where = float(close.x[column]), float(close.y[row])
            steps = tuple((high - low) / (CLOSE - 1) for low, high in ends)  # type: ignore[assignment]
            if abs(gain) < 1e-3 and gain >= 0:
                break
        return best, where


def hold(
    explorer: Exploration,
    x: str,
    y: str,
    values: Mapping[str, float],
    stop: Callable[[], bool] = lambda: False,
) -> Held:
    """Return a plane of an explorer with the other parameters at values."""
    return Held(explorer, x, y, explorer.theta(explorer.clipped(values)), stop)


def _rooted(plane: Plane, name: str, minimum: float) -> np.ndarray:
    """Return sqrt(chi2 - minimum), what is not finite far above every level."""
    known = np.where(np.isfinite(plane.chi2[name]), plane.chi2[name], 1e12)
    return np.asarray(np.sqrt(np.maximum(known - minimum, 0.0)))


def picture(
    explorer: Exploration,
    x: str,
    y: str,
    values: Mapping[str, float],
    view: View | None = None,
    points: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Picture:
    """Return contours and bands in a plane, the other parameters at their values.

    Parameters
    ----------
    view
        The part of the plane that is looked at; by default the ranges of the two parameters.
    points
        Per axis; by default those of :attr:`Exploration.coarse`.
    stop
        Is asked from time to time whether to give up.

    Raises
    ------
    Stopped
        If so.
    """
    asked = hold(explorer, x, y, values, stop)
    points = explorer.coarse if points is None else points
    whole = asked.ranges
    view = whole if view is None else _inside(view, whole)
    main = asked.over(view, points)
    planes = [main]
    if view != whole:
        planes.append(asked.over(whole, WIDE))
    careful = points > explorer.coarse
    zooms = ZOOMS if careful else ZOOMS_MOVING
    minimum, best = asked.lowest("global", planes, zooms)
    return drawn_of(asked, view, planes, minimum, best, careful)


def _inside(view: View, whole: View) -> View:
    """Return what of a view lies within the ranges: beyond them nothing is compiled."""
    found = []
    for (a, b), (low, high) in zip(view, whole, strict=True):
        ends = max(a, low), min(b, high)
        found.append(ends if ends[0] < ends[1] else (low, high))
    return (found[0], found[1])


def drawn_of(
    asked: Held,
    view: View,
    planes: Sequence[Plane],
    minimum: float,
    best: tuple[float, float],
    careful: bool,
) -> Picture:
    """Return contours and bands of the first of some grids.

    careful: whether minima of groups are looked for between the points as well.
    """
    main = planes[0]
    rooted = _rooted(main, "global", minimum)
    lines = {
        f"{sigma} sigma": contour_lines(main, rooted, float(np.sqrt(level)))
        for sigma, level in zip((1, 2), LEVELS[2], strict=True)
    }
    bands = {}
    for name in _shown(asked.explorer, planes):
        own = min(
            float(np.min(p.chi2[name][np.isfinite(p.chi2[name])], initial=np.inf)) for p in planes
        )
        if careful:
            own, _ = asked.lowest(name, planes)
        bands[name] = filled(main, _rooted(main, name, own), float(np.sqrt(VARIES)))
    empty = ""
    if not any(lines.values()):
        allowed = float(rooted.max()) ** 2 < LEVELS[2][1]
        empty = f"{'all' if allowed else 'nothing'} of this view is allowed at 2 sigma"
    names, points = (asked.x, asked.y), len(main.x)
    sm = _origin_is_sm(asked)
    return Picture(names, view, points, minimum, best, lines, bands, sm, empty)


def _shown(explorer: Exploration, planes: Sequence[Plane]) -> list[str]:
    """Return the groups that say something in the plane, without those that others speak for."""
    varied = []
    for name in explorer.likelihood.groups:
        values = np.concatenate([p.chi2[name].ravel() for p in planes])
        values = values[np.isfinite(values)]
        if len(values) and np.ptp(values) > VARIES:
            varied.append(name)
    return [name for name in varied if REPRESENTED.get(name) not in varied]


def _origin_is_sm(asked: Held) -> bool:
    """Whether nothing is left of new physics at (0, 0)."""
    if not all(low <= 0 <= high for low, high in asked.ranges):
        return False
    zero = asked.grid(np.zeros(1), np.zeros(1))
    return all(abs(float(values[0, 0])) < SAME for values in zero.chi2.values())


def viewed(
    explorer: Exploration,
    x: str,
    y: str,
    values: Mapping[str, float],
    stop: Callable[[], bool] = lambda: False,
) -> View:
    """Return the part of a plane that holds what is allowed at 2 sigma, others held."""
    asked = hold(explorer, x, y, values, stop)
    whole = asked.ranges
    view, planes, low = whole, [], 0.0
    for _ in range(NARROWINGS):
        plane = asked.over(view, explorer.coarse)
        planes.append(plane)
        low, best = asked.lowest("global", planes)
        inside = plane.chi2["global"] - low < LEVELS[2][1]
        ends = []
        for axis, at, (a, b) in zip((plane.x, plane.y), best, view, strict=True):
            held = np.any(inside, axis=0 if axis is plane.x else 1)
            step = axis[1] - axis[0]
            chosen = [*axis[held], at]
            ends.append((max(a, min(chosen) - step), min(b, max(chosen) + step)))
        if all((d - c) > FILLED * (b - a) for (c, d), (a, b) in zip(ends, view, strict=True)):
            break
        view = (ends[0], ends[1])
    found = view_of(whole, [[ends[0]], [ends[1]]], _origin_is_sm(asked))
    return (found[0], found[1])


def colours(explorer: Exploration) -> dict[str, dict[str, str]]:
    """Return label, colour and hatching of every group, as all figures have them."""
    looks = looks_of(list(explorer.likelihood.groups))
    return {
        name: {"label": look.label, "colour": look.colour, "hatch": look.hatch}
        for name, look in looks.items()
    }
