"""Points: immutable, compared by value, and refusing what is no point."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from conftest import random_point
from muoquark.common.errors import DomainError, InputError
from muoquark.model.ansatz import spurion
from muoquark.model.point import Point
from muoquark.sm.inputs import third_row


def test_immutable():
    point = random_point(1)
    with pytest.raises(FrozenInstanceError):
        point.M1 = 1.0
    with pytest.raises(ValueError, match="read-only"):
        point.eta3L[0, 0] = 1
    with pytest.raises(TypeError):
        point.quartics["lH1"] = 1


def test_equality():
    assert random_point(1) == random_point(1)
    assert random_point(1) != random_point(2)
    point = random_point(1)
    assert replace(point, quartics={"lH1": 0.0}) == point
    assert replace(point, sm={"g1": 0.4}) != point
    assert point != "point"


def test_muon_column():
    point = Point(eta1L=np.array([1, 2, 3j]))
    assert point.eta1L[2, 1] == 3j
    assert point.is_muoquark()
    assert not random_point(1).is_muoquark()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"M1": -1.0}, "M1 = -1 is not a positive finite number"),
        ({"mu_M": float("nan")}, "mu_M = nan"),
        ({"eta3L": np.zeros((2, 3))}, r"eta3L has the shape \(2, 3\)"),
        ({"eta1R": np.full(3, np.inf)}, "eta1R is not finite"),
        ({"quartics": {"lH2": 1.0}}, "unknown quartic 'lH2'"),
        ({"quartics": {"lH1": 1j}}, "lH1 = 1j must be real"),
        ({"quartics": {"lH13": complex("nan")}}, "lH13 is not finite"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InputError, match=message):
        Point(**arguments)


def test_perturbativity():
    Point(eta3L=np.array([0, 0, 3.5])).check_perturbative()
    with pytest.raises(DomainError, match=r"\|eta3L\| = 3.6 is beyond"):
        Point(eta3L=np.array([0, 0, 3.6])).check_perturbative()
    with pytest.raises(DomainError, match=r"\|lH1\| = 13 is beyond"):
        Point(quartics={"lH1": -13.0}).check_perturbative()


def test_spurions_of_the_paper():
    V_td, V_ts, _ = third_row()
    assert np.array_equal(spurion("eta3L"), [-V_td, -V_ts, 1])
    assert np.array_equal(spurion("eta1L", (1, 1)), [V_td, V_ts, 1])
    assert np.array_equal(spurion("eta3L", (2j, 0.5)), [2j * V_td, 0.5 * V_ts, 1])
    assert np.array_equal(spurion("eta1R"), [0, 0, 1])
