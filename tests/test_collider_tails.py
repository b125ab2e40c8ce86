"""Drell-Yan search by search, and limits along the couplings, against the likelihood itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from closeness import close
from muoquark.collider.plane import entries_of, mass_plane
from muoquark.collider.tails import LUMINOSITY, RISE, Tails, along, limit
from muoquark.collider.verdict import analyse
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.point import Point

# docs/highpt.md: HighPT's own numbers
SM = {
    "ditau": 9.6540, "dimuon": 13.3700, "dielectron": 29.0758, "monotau": 1.8513,
    "monomuon": 17.0990, "monoelectron": 33.4923, "muontau": 1.8931, "electrontau": 1.3269,
    "electronmuon": 2.6384,
}  # fmt: skip


@pytest.fixture(scope="module")
def tails():
    return Tails()


def s3(mass=1500.0, y=1.0):
    return Point("generic", {"S3": mass}, {"eta3L": [0, 0, y]})


def s1_and_r2():
    """Complex couplings, two channels, scalars and tensors."""
    left, right = np.zeros((3, 3), complex), np.zeros((3, 3), complex)
    left[1, 1], right[1, 1], left[2, 2], right[0, 1] = 0.5, 0.4j, 0.7, 0.2
    return Point(
        "generic", {"S1": 1400.0, "R2": 1900.0},
        {"eta1L": left, "eta1R": right, "eta2L": right.T, "eta2R": left},
    )  # fmt: skip


@pytest.mark.parametrize("point", [s3(), s1_and_r2()], ids=["S3", "S1 and R2"])
def test_searches_are_those_of_the_likelihood(tails, point):
    coefficients = match(point, "tree", scale=1000.0)
    found = tails.searches(coefficients)
    blocks = tails.likelihood(coefficients).blocks
    assert {b: one.chi2_sm for b, one in found.items()} == {
        b: pytest.approx(x, abs=1e-4) for b, x in SM.items()
    }
    for block, one in found.items():
        assert one.full == pytest.approx(-2 * blocks[block], abs=1e-8)
    eft = tails.likelihood(
        type(coefficients)(scale=coefficients.scale, values=coefficients.values)
    ).blocks
    assert sum(x.eft for x in found.values()) == pytest.approx(-2 * sum(eft.values()), abs=1e-8)


def test_yields_are_polynomials_along_the_couplings(tails):
    """Any t, also beyond the three that fix the polynomial, for all fields or for one."""
    point = s1_and_r2()
    for fields in (None, ["R2"]):
        fit = tails.fit([point], "now", fields)
        for t in (0.3, 1.7, 4.0):
            there = match(along(point, t, fields), "tree", scale=1000.0)
            expected = -2 * tails.likelihood(there).total + sum(SM.values())
            value = np.polynomial.Polynomial(fit.chi2()[0])(t)
            assert value == pytest.approx(expected, abs=2e-3)


def test_limit_is_where_chi2_has_risen(tails):
    def chi2(y):
        return -2 * tails.likelihood(match(s3(2000.0, y), "tree", scale=1000.0)).blocks["dimuon"]

    best, end = limit(tails.fit([s3(2000.0)]).chi2(["dimuon"])[0])
    lowest = chi2(np.sqrt(best))
    assert np.sqrt(end) == close(brentq(lambda y: chi2(y) - lowest - RISE, 0.8, 2.0), 1e-6)


@pytest.mark.parametrize(
    ("chi2", "expected"),
    [
        ([3.0, 0, 0, 0, 0], (0.0, np.inf)),
        ([0.0, 2.0, 0, 0, 0], (0.0, 1.92)),
        ([1.0, -2.0, 1.0, 0, 0], (1.0, 1 + np.sqrt(3.84))),
        ([0.0, 0, 0, 0, 1e-12], (0.0, (3.84e12) ** 0.25)),
        ([0.0, 0, 1e8, 0, 0], (0.0, (3.84e-8) ** 0.5)),
    ],
)
def test_limits_of_simple_polynomials(chi2, expected):
    assert limit(np.array(chi2)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_projections(tails):
    """Pessimistic errors are weaker; at 14 TeV backgrounds grow by f_j > 1."""
    fits = tails.fits([s3(3000.0)])
    ends = {case: np.sqrt(limit(one.chi2()[0])[1]) for case, one in fits.items()}
    assert ends["rescaled"] < ends["relative"] < ends["now"]
    now, then = tails.cases["now"], tails.cases["rescaled"]
    growth = np.concatenate([tails.growth[b] for b in now.data.blocks])
    lumi = np.concatenate(
        [np.full(len(one.binned.observed), one.binned.luminosity) for one in now.folded]
    )
    assert np.concatenate(then.expected) == close(
        np.concatenate(now.expected) * growth * LUMINOSITY / lumi, 1e-9
    )
    assert growth.min() > 1.05 and growth.max() < 1.5
    likelihood = Likelihood("highpt:lumi=3000,errors=relative,energy=14,searches=dimuon")
    there = match(s3(3000.0, 1.4), "tree", scale=1000.0)
    assert tails.searches(there, "relative")["dimuon"].full == pytest.approx(
        -2 * likelihood(there).total, abs=1e-8
    )


def test_light_fields_are_refused(tails):
    with pytest.raises(DomainError, match="S3 below 800 GeV"):
        tails.check(s3(300.0))
    tails.check(Point("generic", {"S3": 300.0, "S1": 900.0}, {"eta1L": [0, 0, 1.0]}))


# --- the whole


def test_everything_about_one_point(tails):
    found = analyse(s3(3000.0, 0.41), tails=tails)
    record = found.record()
    assert {"widths", "branching", "pair", "drell_yan", "projections"} <= set(record)
    assert set(record["drell_yan"]["dimuon"]) == {
        "chi2_sm", "delta_chi2_full", "delta_chi2_eft"
    }  # fmt: skip
    factor = record["projections"]["coupling_factor"]
    assert 2 < factor["rescaled"] < factor["relative"] < factor["now"] < 5
    text = " ".join(found.verdict)
    assert "not excluded by pair production (nearest: q mu" in text
    assert "Drell-Yan with Run 2 allows it" in text
    assert record["excluded_by_pairs"]["S3"] == {"2021": False, "today": False}
    trees = analyse(s3(3000.0, 0.41), "tree", tails).record()
    assert trees["order"] == "tree" and trees["branching"] == record["branching"]
    change = trees["drell_yan"]["dimuon"]["delta_chi2_full"]
    assert change != record["drell_yan"]["dimuon"]["delta_chi2_full"]


def test_a_dead_one(tails):
    found = analyse(s3(1000.0, 2.0), tails=tails)
    text = " ".join(found.verdict)
    assert (
        "with the limits of July 2021 excluded by pair production (q mu, r = 86" in text
    )  # 6.83 fb over 0.0796 fb
    assert "Drell-Yan with Run 2 excludes it" in text and "will see it" in text


@pytest.mark.parametrize(
    ("point", "said"),
    [
        (s3(90.0), "below the table of rates"),
        (s3(8000.0), "beyond the table of rates"),
        (s3(1000.0, 0.0), "decays to nothing listed"),
        (s3(700.0, 1.0), "the tails of Drell-Yan say nothing about it"),
        (s3(2000.0, 6.0), "Drell-Yan is not calculated: |eta3L| = 6"),
        (s3(2000.0, 6.0), "is broad, width"),
        (
            Point("generic", {"S1t": 2000.0}, {"eta1tR": [[0, 0, 0], [0, 0, 1], [0, 0, 0]]}),
            "S1t(4/3): no limit on pairs is listed for s tau (100.0%)",
        ),
        (
            Point("generic", {"V2t": 2000.0}, {"x2tL": [[0, 0, 0], [0, 0, 1], [0, 0, 0]]}),
            "V2t: rates of pairs are not known here, it is a vector",
        ),
    ],
)
def test_what_is_not_there_is_said(tails, point, said):
    found = analyse(point, tails=tails)
    assert any(said in note for note in found.notes), found.notes
    assert len(found.verdict) >= 1
    found.record()


def test_nothing_heavy_is_an_error(tails):
    from muoquark.model.model_file import parse_model

    plain = parse_model("name: sm\nfields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0}\n")
    with pytest.raises(InputError, match="sm has no heavy field"):
        analyse(Point(plain), tails=tails)


# --- coupling against mass


def test_plane_without_a_fit(tails):
    point = s3(3000.0, 0.4)
    plane = mass_plane(point, masses=(1000.0, 4000.0), tails=tails)
    assert (plane.field, str(plane.entry), plane.value) == ("S3", "eta3L_3", 0.4)
    at = tails.fit([s3(1000.0)]).chi2()[0]
    assert plane.tails["now"][0] == close(np.sqrt(limit(at)[1]), 1e-6)
    assert plane.perturbative == close(np.sqrt(4 * np.pi))
    assert plane.pairs == {"2021": pytest.approx(1700, abs=1), "today": pytest.approx(1810, abs=1)}
    assert np.all(plane.tails["rescaled"] < plane.tails["relative"])
    assert plane.searches["dimuon"][-1] < plane.searches["ditau"][-1]


def test_fit_is_the_likelihood_at_each_mass(tails):
    """Bilinear in the couplings' squares or not: the same numbers as point by point."""
    likelihood = Likelihood("2021-07")
    band = mass_plane(s3(3000.0, 0.4), likelihood, masses=(1000.0, 4000.0), tails=tails).band
    for k, n in ((0, 20), (-1, 35)):
        mass = float(band.masses[k])
        y = band.shares[n] * mass / 3000.0 * 0.4
        direct = -2 * likelihood(match(s3(mass, y), scale=1000.0)).total
        assert band.chi2[k, n] == pytest.approx(direct, abs=1e-4)


def test_phases_of_masses_are_matched_point_by_point(tails):
    """S1 with both chiralities and a complex product: coefficients are no polynomials."""
    from muoquark.collider.plane import CouplingPath

    point = Point("generic", {"S1": 2000.0}, {"eta1L": [0, 0, 0.3], "eta1R": [0, 0, 0.3j]})
    likelihood = Likelihood("2021-07")
    path = CouplingPath.of(point, "S1", likelihood, "highest", 0.3)
    assert not path.exact
    direct = likelihood.vector(match(along(point, 4.0), scale=1000.0))
    assert path(np.array([2.0]))[0] == pytest.approx(direct, rel=1e-12, abs=1e-30)


@pytest.mark.parametrize(
    ("coupling", "masses", "said"),
    [
        ("eta3L_1", None, "no such entry is different from zero"),
        ("eta1L", None, "Allowed: eta3L_3"),
        (None, (300.0, 2000.0), "the first from 800 on"),
        (None, (2000.0, 1000.0), "allowed are two masses"),
        (None, (800.0, 1e7), "up to 100 TeV"),
    ],
)
def test_faults_of_the_plane(tails, coupling, masses, said):
    with pytest.raises(InputError, match=said):
        mass_plane(s3(), None, coupling, masses, tails=tails)


def test_nothing_to_draw(tails):
    assert entries_of(s3(1000.0, 0.0)) == {}
    with pytest.raises(InputError, match="no leptoquark couples"):
        mass_plane(s3(1000.0, 0.0), tails=tails)
