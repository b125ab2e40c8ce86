"""The matching split by leptoquarks: nothing is lost, and each part is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from oneloop_points import random_inputs
from reference.oneloop.content import alone
from reference.oneloop.functions import integrals
from reference.oneloop.inputs import Inputs
from reference.oneloop.match import one_loop


@pytest.mark.parametrize("seed", [1, 2])
def test_parts_add_up(seed):
    p = random_inputs(seed, m2=0.03)
    parts = [one_loop(p, content=content) for content in ("S1", "S3", "both")]
    whole = one_loop(p)
    for name, value in whole.coefficients.items():
        found = sum(part.coefficients.get(name, 0.0) for part in parts)
        assert np.max(np.abs(found - value)) < 1e-13 * np.max(np.abs(value)), name
    for name, value in whole.shifts.items():
        found = sum(part.shifts.get(name, 0.0) for part in parts)
        assert np.max(np.abs(found - value)) < 1e-13 * np.max(np.abs(value)), name


@pytest.mark.parametrize(
    ("content", "heavy", "gone"),
    [
        ("S1", "M3", {"eta3L": 0j, "lH3": 0.0, "leH3": 0.0, "lH13": 0.0}),
        ("S3", "M1", {"eta1L": 0j, "eta1R": 0j, "lH1": 0.0, "lH13": 0.0}),
    ],
)
def test_one_alone_is_the_other_infinitely_heavy(content, heavy, gone):
    """Gauge loops of the absent one are not there either."""
    p = random_inputs(5)
    zero = {name: value * p.Yu if name[:3] == "eta" else value for name, value in gone.items()}
    far = one_loop(p._replace(**{heavy: 1e9}, **zero)).coefficients
    own = one_loop(p, content=content).coefficients
    for name, value in far.items():
        assert np.max(np.abs(own[name] - value)) < 1e-13 * (np.max(np.abs(value)) + 1e-4), name


def test_both_needs_both():
    """Without lH13 and without eta1L or eta3L nothing has both, whatever else there is."""
    p = random_inputs(6, lH13=0.0)
    for name in ("eta1L", "eta3L"):
        part = one_loop(p._replace(**{name: 0 * p.eta1L}), content="both")
        assert not any(np.any(value) for value in part.coefficients.values())
        assert not np.any(part.shifts["lam"])
    assert any(np.any(value) for value in one_loop(p, content="both").coefficients.values())


def test_portals_are_absent_unless_given():
    p = random_inputs(3)
    names = [name for name in Inputs._fields if name not in Inputs._field_defaults]
    bare = one_loop(Inputs(**{name: getattr(p, name) for name in names}))
    assert not any(np.any(value) for value in bare.pieces["Higgs portals"].values())
    zero = {"lH1": 0.0, "lH3": 0.0, "leH3": 0.0, "lH13": 0.0, "m2": 0.0}
    for name, value in one_loop(p._replace(**zero)).shifts.items():
        np.testing.assert_array_equal(bare.shifts[name], value, err_msg=name)


def test_unknown():
    p = random_inputs(1)
    with pytest.raises(ValueError, match="content is 'S2'; allowed: all, S1, S3, both"):
        alone(p, integrals(p), "S2")
