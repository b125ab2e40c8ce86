"""Tables of everything that the page without a server shows, computed before.

Sliders of that page go from node to node.  At the nodes all numbers are those of the likelihood;
between them lie contours and bands alone, which are interpolated, and it is measured how well.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.explore.curves import curve
from muoquark.explore.exploration import MOVED, Exploration
from muoquark.explore.planes import Held, View, drawn_of, hold, viewed
from muoquark.inference.profile.grids import LEVELS, Plane

__all__ = ["NodeTables", "tables"]

# Nodes along the only parameter; along x and y without others, with one, and with more of them; of
# one other parameter, of each of two, and of each of more, of which then one at a time can move.
ALONG = 201
PLANE = {0: 61, 1: 31, 2: 21}
OTHERS = {1: 11, 2: 7}
ONE_AT_A_TIME = 5
# Contours and bands are drawn from a grid of their own of so many points per axis, without other
# parameters and with them.
DRAWN, DRAWN_EACH = 101, 81
# Points at which the interpolation is judged, where Delta chi2 is below NEAR.
JUDGED, NEAR = 600, 9.0
# Nodes that are compared with the whole pass.
CHECKED = 6
# Points that are evaluated at once.
PIECE = 2048


@dataclass(frozen=True)
class NodeTables:
    """What is computed before.

    Attributes
    ----------
    axes
        Nodes by parameter.
    x, y
        Parameters of the plane; y is None for a card with one parameter.
    settings
        Values of the other parameters, one row for every plane, (s, others).
    others
        Their names.
    total
        ln L - ln L_SM at the nodes, (s, y, x).
    drawn
        The plane of every setting, plain data, from a grid that is finer than the nodes.
    tensor
        Whether all nodes of the other parameters are combined; else one at a time differs from the
        start.
    error
        Median and largest error of the interpolated Delta chi2, below :data:`NEAR`, and at how many
        points it was looked at.
    difference
        Of ln L at some nodes to the whole pass, the largest.
    packed
        The arrays as the page takes them.
    """

    axes: Mapping[str, np.ndarray]
    x: str
    y: str | None
    settings: np.ndarray
    others: tuple[str, ...]
    total: np.ndarray
    drawn: tuple[dict[str, Any], ...]
    tensor: bool
    error: tuple[float, float, int]
    difference: float
    packed: Mapping[str, Any]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return int(self.total.size)


def tables(
    explorer: Exploration,
    plane: tuple[str, str] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> NodeTables:
    """Compute everything.

    Parameters
    ----------
    plane
        The parameters along x and y; by default the two that matter most
        (:attr:`~muoquark.explore.exploration.Exploration.leading`).
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        For a plane of parameters that are none, or that are one.
    """
    names = [one.name for one in explorer.handles]
    if plane is not None:
        for name in plane:
            if name not in names:
                raise InputError(f"--plane: no parameter '{name}': {suggest(name, names)}")
        if plane[0] == plane[1]:
            raise InputError(f"--plane: two different parameters are needed, both are {plane[0]}")
    if len(names) == 1:
        return _along(explorer, progress)
    first, second = explorer.leading
    x, y = plane or (first, second)
    others = tuple(name for name in names if name not in (x, y))
    progress("looking where it is worth looking")
    view = _view(explorer, x, y, others)
    count, drawn_points = PLANE[min(len(others), 2)], DRAWN_EACH if others else DRAWN
    start = explorer.start
    axes = {
        name: _with(np.linspace(*ends, count), start[name], 0.0)
        for name, ends in zip((x, y), view, strict=True)
    }
    bounds = dict(zip([p.name for p in explorer.function.parameters], explorer.function.bounds,
                      strict=True))  # fmt: skip
    tensor = len(others) <= 2
    for name in others:
        number = OTHERS[len(others)] if tensor else ONE_AT_A_TIME
        axes[name] = _with(np.linspace(*bounds[name], number), start[name])
    settings = _settings([axes[n] for n in others], [start[n] for n in others], tensor)
    packer = _Packer(explorer)
    totals, drawn, asked, grids, lows = [], [], [], [], []
    for k, row in enumerate(settings):
        progress(f"plane {k + 1} of {len(settings)}")
        one = hold(explorer, x, y, dict(zip(others, map(float, row), strict=True)))
        nodes = packer.plane(one, axes[x], axes[y])
        grid = one.over(view, min(drawn_points, explorer.fine))
        minimum, best = one.lowest("global", [grid, nodes])
        picture = drawn_of(one, view, [grid, nodes], minimum, best, True)
        totals.append(-nodes.chi2["global"] / 2)
        drawn.append(picture.record())
        asked.append(one)
        grids.append(grid)
        lows.append(minimum)
    progress("judging the interpolation")
    error = _judge(asked, grids, lows, view)
    total = np.array(totals)
    found = NodeTables(axes, x, y, settings, others, total, tuple(drawn), tensor, error, 0.0,
                   packer.packed(total))  # fmt: skip
    return _checked(explorer, found)


def _along(explorer: Exploration, progress: Callable[[str], None]) -> NodeTables:
    """Compute the tables of a card with one parameter."""
    (only,) = explorer.function.parameters
    progress("the curve")
    x = _with(np.linspace(only.low, only.high, ALONG), only.start, 0.0)
    packer = _Packer(explorer)
    chi2 = packer.points(x[:, None])[:, [explorer.function.names.index(n) for n in
                                         explorer.function.blocks]].sum(axis=1)  # fmt: skip
    total = (-chi2 / 2)[None, None]
    record = curve(explorer).record()
    # a curve is drawn through its own points
    judged = np.random.default_rng(0).uniform(only.low, only.high, JUDGED)[:, None]
    blocks = [explorer.function.names.index(n) for n in explorer.function.blocks]
    exact = -2 * explorer.function.parts(judged)[:, blocks].sum(axis=1) - record["minimum"]
    line = record["lines"][0]
    off = np.abs(np.interp(judged[:, 0], line["xs"], line["ys"]) - exact)[exact < NEAR]
    error = (float(np.median(off)), float(off.max()), len(off)) if len(off) else (0.0, 0.0, 0)
    axes, none = {only.name: x}, np.zeros((1, 0))
    packed = packer.packed(total)
    found = NodeTables(axes, only.name, None, none, (), total, (record,), True, error, 0.0, packed)
    return _checked(explorer, found)


def _with(nodes: np.ndarray, *values: float) -> np.ndarray:
    """Return nodes with the nearest ones moved onto values that lie among them."""
    nodes = nodes.copy()
    for value in values:
        if nodes[0] <= value <= nodes[-1]:
            k = int(np.argmin(np.abs(nodes - value)))
            inner = 0 < k < len(nodes) - 1
            nodes = np.where(np.arange(len(nodes)) == k, value, nodes) if inner else nodes
            if not inner and nodes[k] != value:
                nodes = np.sort(np.append(nodes, value))
    return np.unique(nodes)


def _view(explorer: Exploration, x: str, y: str, others: Sequence[str]) -> View:
    """Return the part of the plane that holds what is allowed, and the start.

    With few other parameters also where those are at their ends.
    """
    start = explorer.start
    bounds = dict(zip([p.name for p in explorer.function.parameters], explorer.function.bounds,
                      strict=True))  # fmt: skip
    rows = [start]
    if len(others) <= 2:
        rows += [{**start, name: end} for name in others for end in bounds[name]]
    views = [viewed(explorer, x, y, values) for values in rows]
    found = []
    for k, name in enumerate((x, y)):
        low = min([v[k][0] for v in views] + [start[name]])
        high = max([v[k][1] for v in views] + [start[name]])
        found.append((float(low), float(high)))
    return (found[0], found[1])


def _settings(nodes: list[np.ndarray], start: list[float], tensor: bool) -> np.ndarray:
    """Return the values of the other parameters, one row for each plane."""
    if not nodes:
        return np.zeros((1, 0))
    if tensor:
        return np.array(list(product(*nodes)))
    rows = [start]
    for k, axis in enumerate(nodes):
        rows += [[*start[:k], float(v), *start[k + 1 :]] for v in axis if v != start[k]]
    return np.array(rows)


class _Packer:
    """Evaluates nodes and keeps what the page shows of them."""

    def __init__(self, explorer: Exploration) -> None:
        self.explorer = explorer
        self.sm = explorer.pulls(explorer.likelihood.sm)
        self.parts: list[np.ndarray] = []
        self.which: list[np.ndarray] = []
        self.pulls: list[np.ndarray] = []
        self.status: list[np.ndarray] = []

    def points(self, points: np.ndarray) -> np.ndarray:
        """Return chi2 of all parts at points (k, n); keep parts, pulls and status."""
        found = []
        for k in range(0, len(points), PIECE):
            piece = points[k : k + PIECE]
            again = np.concatenate([piece, piece[-1:]])  # a single one has a program of its own
            parts, predicted, status = (x[:-1] for x in self.explorer.function.everything(again))
            pulls = self.explorer.pulls(predicted)
            which = self.explorer.moved_most(pulls, self.sm, MOVED)
            self.parts.append(parts)
            self.which.append(which)
            self.pulls.append(np.take_along_axis(pulls, which, axis=-1))
            self.status.append(status)
            found.append(parts)
        return -2 * np.concatenate(found)

    def plane(self, asked: Held, x: np.ndarray, y: np.ndarray) -> Plane:
        """Return chi2 on a grid, whose nodes are kept."""
        i, j = asked.places()
        points = np.tile(asked.theta, (len(x) * len(y), 1))
        across, up = np.meshgrid(x, y)
        points[:, i], points[:, j] = across.ravel(), up.ravel()
        names = self.explorer.function.names
        values = self.points(points).reshape(len(y), len(x), -1)
        chi2 = {name: values[:, :, k] for k, name in enumerate(names)}
        chi2["global"] = np.sum([chi2[n] for n in self.explorer.function.blocks], axis=0)
        return Plane(asked.x, asked.y, x, y, chi2)

    def packed(self, total: np.ndarray) -> dict[str, Any]:
        """Return everything as text and plain data."""
        from muoquark.report.html import formula

        which = np.concatenate(self.which)
        known = sorted({int(k) for k in which.ravel()})
        place = {k: row for row, k in enumerate(known)}
        rows = np.vectorize(place.__getitem__)(which).astype("<u2")
        described = [self.explorer.described(k, 0.0, float(self.sm[k]), 0.0) for k in known]
        bits = np.concatenate(self.status).astype("<u2")
        return {
            "parts": list(self.explorer.function.names),
            "total": _text(total.astype("<f8")),
            "values": _text(np.concatenate(self.parts).astype("<f4")),
            "which": _text(rows),
            "pulls": _text(np.concatenate(self.pulls).astype("<f4")),
            "shown": MOVED,
            "status": _text(bits) if bits.any() else None,
            "meanings": {str(bit): text for bit, text in self.explorer.function.meanings.items()},
            "observables": [
                {"name": one.name, "label": str(formula(one.label)), "block": one.block,
                 "sm": one.sm, "measured": one.measured, "uncertainty": one.uncertainty,
                 "pull_sm": one.pull_sm}
                for one in described
            ],
        }  # fmt: skip


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _judge(
    asked: Sequence[Held], grids: Sequence[Plane], lows: Sequence[float], view: View
) -> tuple[float, float, int]:
    """Return how well sqrt(Delta chi2) is interpolated: median and largest error of Delta chi2."""
    from scipy.interpolate import RegularGridInterpolator

    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(asked))[: min(len(asked), 12)]
    off = []
    for k in chosen:
        one, grid, low = asked[k], grids[k], lows[k]
        rooted = np.sqrt(np.maximum(grid.chi2["global"] - low, 0.0))
        # where it matters: in cells that hold something near the minimum
        near = np.argwhere(rooted[:-1, :-1] < np.sqrt(LEVELS[2][1]) + 1.0)
        if not len(near):
            continue
        cells = near[rng.integers(0, len(near), JUDGED // len(chosen))]
        within = rng.uniform(size=(len(cells), 2))
        ys = grid.y[cells[:, 0]] + within[:, 0] * np.diff(grid.y)[cells[:, 0]]
        xs = grid.x[cells[:, 1]] + within[:, 1] * np.diff(grid.x)[cells[:, 1]]
        i, j = one.places()
        points = np.tile(one.theta, (len(xs), 1))
        points[:, i], points[:, j] = xs, ys
        blocks = [one.explorer.function.names.index(n) for n in one.explorer.function.blocks]
        exact = -2 * one.explorer.function.parts(points)[:, blocks].sum(axis=1) - low
        taken = RegularGridInterpolator((grid.y, grid.x), rooted)(np.stack([ys, xs], 1)) ** 2
        off.append(np.abs(taken - exact)[exact < NEAR])
    every = np.concatenate(off) if off else np.zeros(0)
    if not len(every):
        return 0.0, 0.0, 0
    return float(np.median(every)), float(every.max()), len(every)


def _checked(explorer: Exploration, found: NodeTables) -> NodeTables:
    """Return tables with how far some nodes are from the whole pass."""
    from dataclasses import replace

    rng = np.random.default_rng(0)
    largest = 0.0
    for _ in range(CHECKED):
        s, r, c = (int(rng.integers(0, n)) for n in found.total.shape)
        values = dict(zip(found.others, map(float, found.settings[s]), strict=True))
        values[found.x] = float(found.axes[found.x][c])
        if found.y is not None:
            values[found.y] = float(found.axes[found.y][r])
        exact = explorer.full(values).total
        # as a share of what is large
        largest = max(largest, abs(exact - float(found.total[s, r, c])) / max(1.0, abs(exact)))
    return replace(found, difference=largest)
