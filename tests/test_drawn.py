"""Lines and polygons of a plane: where they are, that a file holds them, which part is shown."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path

from muoquark.common.output import to_json
from muoquark.inference.profile.bands import Band
from muoquark.inference.profile.drawn import DrawnBand, DrawnPlane, view_of
from muoquark.inference.profile.grids import Plane, Profile

X, Y = np.linspace(-2, 2, 161), np.linspace(-1, 1, 121)
GRID, HERE = np.meshgrid(X, Y)


def inside(band: DrawnBand, x: float, y: float) -> bool:
    """Tell whether a point lies in the polygons, holes left out."""
    return any(
        Path(outer).contains_point((x, y))
        and not any(Path(hole).contains_point((x, y)) for hole in holes)
        for outer, *holes in band.polygons
    )


def ring(name="ring"):
    """A group that wants the radius 0.6: a region with a hole."""
    chi2 = ((np.hypot(GRID, HERE) - 0.6) / 0.1) ** 2
    profile = Profile("a", X, np.zeros_like(X), 0.6, 0.0, np.zeros((len(X), 0)))
    return chi2, Band(name, 50.0, 0.0, {"a": profile, "b": profile})


def test_a_region_with_a_hole():
    chi2, band = ring()
    found = DrawnBand.of(Plane("a", "b", X, Y, {"ring": chi2}), band)
    assert found.visible and found.parameter is None
    assert [len(rings) for rings in found.polygons] == [2]
    rng = np.random.default_rng(3)
    for x, y in rng.uniform(-1, 1, (300, 2)):
        distance = np.hypot(x, y) - 0.6
        if abs(abs(distance) - 0.1) > 0.01:
            assert inside(found, x, y) == (abs(distance) < 0.1)


def test_regions_that_are_cut_off_or_missed():
    """At the ends of the grid polygons are closed; what lies between its points is not seen."""
    chi2, _ = ring()
    both = Band("half", 50.0, 0.0, ring()[1].profiles)
    half = DrawnBand.of(Plane("a", "b", X, Y, {"half": (GRID - 1.9) * 20}), both)
    assert inside(half, -1.99, 0.99) and not inside(half, 1.98, 0.0)
    tiny = Band("tiny", 50.0, 0.0, ring()[1].profiles)
    missed = ((GRID - 0.0123) ** 2 + (HERE - 0.0077) ** 2) * 1e6
    assert not DrawnBand.of(Plane("a", "b", X, Y, {"tiny": missed}), tiny).visible
    # What is not finite is no part of any region.
    holes = np.where(GRID > 0, np.nan, np.where(GRID > -1, np.inf, chi2 * 0))
    found = DrawnBand.of(Plane("a", "b", X, Y, {"half": holes}), both)
    assert inside(found, -1.5, 0.0) and not inside(found, -0.5, 0) and not inside(found, 0.5, 0)


def test_a_file_holds_it():
    chi2, band = ring()
    plane = Plane("a", "b", X, Y, {"ring": chi2, "global": 3 * (GRID**2 + HERE**2)})
    drawn = DrawnPlane.of(plane, {"ring": band, "flat": Band("flat", 0.1, 0.0, {})})
    assert list(drawn.bands) == ["ring"]
    read = DrawnPlane.of_record(json.loads(to_json(drawn.record())))
    assert read == drawn
    for level, lines in zip((2.295748928898636, 6.180074306244173), read.contours.values(),
                            strict=True):  # fmt: skip
        for line in lines:
            radii = 3 * (np.array(line) ** 2).sum(axis=1)
            inner = (np.abs(np.array(line)) < [1.99, 0.99]).all(axis=1)
            assert np.allclose(radii[inner], level, atol=0.01)


def test_what_is_shown():
    wide = [(0.0, 0.8), (-0.02, 0.05)]
    # An axis that is filled stays as it is, a narrow one is cut, islands are all kept.
    assert view_of(wide, [[(0.1, 0.7)], [(0.0, 0.002)]], False)[0] == (0.0, 0.8)
    low, high = view_of(wide, [[(0.1, 0.7)], [(0.0, 0.002)]], False)[1]
    assert (low, high) == pytest.approx((-0.0012, 0.0032), abs=1e-12)
    low, high = view_of([(0.0, 10.0)], [[(1.0, 1.1), (2.0, 2.1)]], False)[0]
    assert low < 1.0 and high > 2.1 and high - low < 3
    # The Standard Model stays where it is near, not where it would be a corner.
    assert view_of([(-1.0, 1.0)], [[(0.1, 0.15)]], True)[0][0] < 0
    assert view_of([(-1.0, 1.0)], [[(0.7, 0.71)]], True)[0][0] > 0.6
    # Nothing is allowed, or a single point is: the whole range.
    assert view_of(wide, [[], [(0.01, 0.01)]], False) == wide


@given(st.floats(-1, 1), st.floats(1e-6, 2), st.booleans())
def test_what_is_allowed_is_shown(centre, width, sm):
    allowed = (max(centre - width, -1.0), min(centre + width, 1.0))
    ((low, high),) = view_of([(-1.0, 1.0)], [[allowed]], sm)
    assert -1.0 <= low <= allowed[0] and allowed[1] <= high <= 1.0
