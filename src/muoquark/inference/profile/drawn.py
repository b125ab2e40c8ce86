"""What a figure of a plane consists of: lines and polygons, which a result can hold.

The figure is drawn from these, at once or later from the file, so that both are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from muoquark.inference.profile.bands import VARIES, Band
from muoquark.inference.profile.grids import Plane, contours

__all__ = ["DrawnBand", "DrawnPlane", "filled", "view_of"]

# An interval narrower than so many steps of the grid is drawn from its own profile.
NARROW = 3
# What is allowed at 2 sigma fills so much of an axis, or the axis is cut to it and a margin, as a
# share of its width, on each side.
FILLS, MARGIN = 0.3, 0.6
# The Standard Model is kept in the picture as long as this much of the axis is left.
BESIDE_SM = 0.15

Lines = list[list[list[float]]]


@dataclass(frozen=True)
class DrawnBand:
    """Where the Delta chi2 of one group alone is below 1.

    Attributes
    ----------
    polygons
        Each a list of rings of points [x, y]: the outer one, then its holes.
    parameter, spans
        Of an interval that is finer than the grid: the parameter, and from where to where.
    """

    polygons: list[Lines] = field(default_factory=list)
    parameter: str | None = None
    spans: list[list[float]] = field(default_factory=list)

    @property
    def visible(self) -> bool:
        """Whether there is anything to draw; a region finer than the grid is not."""
        return bool(self.polygons or self.spans)

    @classmethod
    def of(cls, plane: Plane, band: Band) -> DrawnBand:
        """Return the band of a group on a plane."""
        only = band.only
        if only is not None:
            grid = plane.x if only.name == plane.x_name else plane.y
            spans = only.pairs(VARIES)
            if min((b - a for a, b in spans), default=0.0) < NARROW * (grid[1] - grid[0]):
                return cls(parameter=only.name, spans=spans)
        delta = plane.chi2[band.name] - band.minimum
        return cls(polygons=filled(plane, delta, VARIES))

    def record(self) -> dict[str, Any]:
        """Return the band as plain data."""
        return vars(self)


def filled(plane: Plane, delta: np.ndarray, level: float) -> list[Lines]:
    """Return where delta[y, x] is below a level."""
    from contourpy import contour_generator

    # What is not finite is far above every level.
    known = np.where(np.isfinite(delta), delta, 1e9)
    lowest = min(float(known.min()), 0.0) - 1.0
    filled: Any = contour_generator(plane.x, plane.y, known, fill_type="OuterOffset")
    points, offsets = filled.filled(lowest, level)
    return [
        [ring.tolist() for ring in np.split(outer, ends[1:-1])]
        for outer, ends in zip(points, offsets, strict=True)
    ]


@dataclass(frozen=True)
class DrawnPlane:
    """The lines and polygons of a plane of two parameters.

    Attributes
    ----------
    names
        Of the parameters along x and y.
    view
        From where to where they are drawn, (2, 2).
    contours
        ``1 sigma`` and ``2 sigma``, of two parameters, as lists of lines.
    bands
        By group.
    sm
        Whether the Standard Model is at (0, 0).
    """

    names: tuple[str, str]
    view: tuple[tuple[float, float], tuple[float, float]]
    contours: dict[str, Lines]
    bands: dict[str, DrawnBand]
    sm: bool = False

    @classmethod
    def of(
        cls,
        plane: Plane,
        bands: Mapping[str, Band] | None = None,
        minimum: float | None = None,
        sm: bool = False,
    ) -> DrawnPlane:
        """Return what is drawn of a plane; `minimum`: chi2 of the best fit, if not the grid's.

        Groups that constrain nothing are left out.
        """
        lowest = float(np.nanmin(plane.chi2["global"])) if minimum is None else minimum
        ends = [(float(axis[0]), float(axis[-1])) for axis in (plane.x, plane.y)]
        shown = {n: b for n, b in (bands or {}).items() if b.shape != "everything"}
        return cls(
            (plane.x_name, plane.y_name),
            (ends[0], ends[1]),
            contours(plane, lowest),
            {name: DrawnBand.of(plane, band) for name, band in shown.items()},
            sm,
        )

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "names": list(self.names),
            "view": [list(ends) for ends in self.view],
            "contours": self.contours,
            "bands": {name: band.record() for name, band in self.bands.items()},
            "sm": self.sm,
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> DrawnPlane:
        """Return what :meth:`record` made plain."""
        first, second = record["names"]
        (a, b), (c, d) = record["view"]
        bands = {name: DrawnBand(**band) for name, band in record["bands"].items()}
        contours = dict(record["contours"])
        return cls((first, second), ((a, b), (c, d)), contours, bands, bool(record["sm"]))


def view_of(
    ranges: Sequence[tuple[float, float]],
    allowed: Sequence[Sequence[tuple[float, float]]],
    sm: bool,
) -> list[tuple[float, float]]:
    """Return which part of each axis a figure needs: what is allowed, and some margin.

    Parameters
    ----------
    ranges
        Of the parameters.
    allowed
        Of each parameter the intervals, of which there may be several, that are allowed at 2 sigma.
    sm
        Whether zero is the Standard Model, which is then kept in the picture if it is near.
    """
    views = []
    for (low, high), spans in zip(ranges, allowed, strict=True):
        if not spans:
            views.append((low, high))
            continue
        a, b = min(s[0] for s in spans), max(s[1] for s in spans)
        if sm and low <= 0 <= high:
            c, d = min(a, 0.0), max(b, 0.0)
            if b - a > BESIDE_SM * (d - c):
                a, b = c, d
        if not b > a or b - a > FILLS * (high - low):
            views.append((low, high))
            continue
        margin = MARGIN * (b - a)
        views.append((max(low, a - margin), min(high, b + margin)))
    return views
