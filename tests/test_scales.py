"""At which scale each leptoquark is matched, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.matching.match import match
from muoquark.matching.scales import (
    RANGE,
    Couples,
    MatchingPart,
    couples_of_point,
    logarithm,
    scales,
)
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.running.evolution import CHAINS, Evolution
from muoquark.smeft.wcxf import LARGE

BOTH = frozenset({"S1", "S3"})
ALL, NONE = Couples(BOTH, (("S1", "S3"),)), Couples(frozenset())
ONE, OTHER = Couples(frozenset({"S1"})), Couples(frozenset({"S3"}))
TOP = np.array([0, 0, 1.0])


@pytest.mark.parametrize("chain", CHAINS)
def test_range_is_that_of_the_tables(chain):
    assert Evolution.load(chain).scales == RANGE


def test_one_scale():
    assert scales({"S1": 3000.0, "S3": 3000.0}, None, ALL).parts == (MatchingPart("all", 3000.0),)
    plan = scales({"S1": 1000.0, "S3": 20000.0}, 5000.0, ALL)
    assert (plan.parts, plan.end, plan.notes, plan.one) == (
        (MatchingPart("all", 5000.0),),
        5000.0,
        (),
        True,
    )
    # beyond the tables equal masses are matched where they are: no running between them
    assert scales({"S1": 1e7, "S3": 1e7}, None, ALL).parts == (MatchingPart("all", 1e7),)


def test_each_at_its_own_mass():
    plan = scales({"S1": 1000.0, "S3": 16000.0}, None, ALL)
    assert plan.parts == (
        MatchingPart("S1", 1000.0),
        MatchingPart("S3", 16000.0),
        MatchingPart("S1+S3", 4000.0),
    )
    assert (plan.end, plan.notes, plan.one) == (1000.0, (), False)
    assert len(scales({"S1": 1000.0, "S3": 16000.0}, None, ALL._replace(pairs=())).parts) == 2


def test_a_spectator_beyond_the_tables_is_left_out():
    plan = scales({"S1": 2000.0, "S3": 1e16}, None, ONE)
    assert plan.parts == (MatchingPart("S1", 2000.0),)
    assert plan.end == 2000.0
    assert plan.notes == (
        "S3 (1e+16 GeV) couples to neither fermions nor the Higgs and lies beyond the range of the "
        "running, 1000 TeV: it is left out",
    )
    # within the tables its gauge loops count
    assert len(scales({"S1": 2000.0, "S3": 5e5}, None, NONE).parts) == 2


def test_beyond_the_tables_with_couplings():
    plan = scales({"S1": 60.0, "S3": 2e6}, None, ALL)
    assert plan.parts[:2] == (MatchingPart("S1", 91.1876), MatchingPart("S3", 1e6))
    assert [note.partition(" is matched at ")[2].split(",")[0] for note in plan.notes] == [
        "0.0911876 TeV",
        "1000 TeV",
    ]


def test_who_couples():
    assert couples_of_point(Point()) == NONE
    assert couples_of_point(Point(eta3L=TOP)) == OTHER
    # no diagram at one loop has both: eta1R and eta3L share no fermion
    assert couples_of_point(Point(eta3L=TOP, eta1R=TOP)) == Couples(BOTH)
    assert couples_of_point(Point(eta3L=TOP, eta1L=TOP)) == ALL
    assert couples_of_point(Point(quartics={"lH13": 0.1j})) == ALL
    assert couples_of_point(Point(quartics={"lH1": 0.1, "l1": 0.2})) == ONE


def of(point):
    active = couples_of_point(point)
    plan = scales(point.masses, point.mu_M, active)
    g3 = point.sm_at(plan.parts[0].scale).g3
    found = logarithm(point.model, point.masses, point.couplings, g3, plan.parts, active)
    return float(found)


def test_logarithm():
    kappa = 1 / (16 * np.pi**2)
    assert of(Point(M1=3000, M3=3000, eta3L=TOP, eta1L=TOP)) == 0.0
    assert of(Point(M1=1000, M3=20000, eta3L=2.69 * TOP)) == 0.0
    far = Point(M1=1000, M3=20000, mu_M=1000, eta3L=2.69 * TOP)
    qcd = 4 * far.sm_parameters.g3**2
    expected = kappa * 2 * np.log(20) * (qcd + 4.5 * 2.69**2)
    assert of(far) == pytest.approx(expected, rel=1e-12, abs=0)
    assert expected > LARGE
    # a spectator has no logarithm to speak of
    assert of(Point(M1=1000, M3=20000, mu_M=20000, eta3L=2.69 * TOP)) == 0.0
    both = Point(M1=1000, M3=20000, eta3L=0.5 * TOP, eta1L=TOP)
    expected = kappa * np.log(20) * 1.5
    assert of(both) == pytest.approx(expected, rel=1e-12, abs=0)


def test_the_potential_is_made_for_quartics_alone():
    """It takes group theory, and may be out of reach: of two octets, say."""
    model = parse_model("fields: [S1, R2]")
    point = Point(model, couplings={"eta1L": TOP, "eta2L": TOP})
    assert couples_of_point(point) == Couples(frozenset({"S1", "R2"}), (("S1", "R2"),))
    match(point)
    assert "potential" not in vars(model)
    quartic = Point(model, quartics={"lH2": 0.1})
    assert couples_of_point(quartic) == Couples(frozenset({"R2"}))
