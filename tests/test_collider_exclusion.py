"""Rates at the table's masses, r = 1 at each limit, dates, and what is said without a number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.optimize import brentq

from closeness import close
from muoquark.collider.decays import Decays, components_of, decays
from muoquark.collider.exclusion import (
    LIGHT,
    mass_limit,
    pair_ratios,
    uncovered,
    vector_limits,
)
from muoquark.collider.limits import DATES, MassLimit, finals_of, published
from muoquark.collider.rates import ENERGIES, pair_rate, table_range
from muoquark.common.errors import DomainError
from muoquark.model.point import Point

# mass, sigma and error in fb: 1607.07741 at 13 TeV, and with 2404.18837 at 13.6 TeV
ROWS = [
    ("13", 500.0, 609.0, 46.0),
    ("13", 1000.0, 6.83, 0.765),
    ("13", 2000.0, 0.0148, 0.00361),
    ("13.6", 1000.0, 9.12287, 0.7816),
]


def component(charge=0, field="S3"):
    found = [one for one, _ in components_of(Point("generic", {field: 1000.0}).model.field(field))]
    return found[charge]


def decaying(mass, branching, number=0, field="S3"):
    """A component with these branching ratios."""
    return Decays(component(number, field), mass, {k: v for k, v in branching.items() if v})


@pytest.mark.parametrize(("energy", "mass", "sigma", "error"), ROWS)
def test_rates_at_masses_of_the_table(energy, mass, sigma, error):
    rate = pair_rate(mass, energy)
    assert rate.value == pytest.approx(sigma, rel=5e-3, abs=0.0)
    assert rate.high - rate.value == pytest.approx(error, rel=2e-2, abs=0.0)
    assert rate.value - rate.low == pytest.approx(rate.high - rate.value, rel=1e-9, abs=0.0)


def test_rates_between_and_beyond():
    low, high = pair_rate(1000.0), pair_rate(1005.0)
    between = pair_rate(1002.5).value
    assert between == close((low.value * high.value) ** 0.5, 1e-9)
    uncertain = pair_rate(2600.0)
    assert (uncertain.low, uncertain.high) == (uncertain.value / 2, uncertain.value * 2)
    beyond = pair_rate(8000.0)
    assert beyond.bound and beyond.low == 0.0
    assert beyond.value == close(pair_rate(3000.0).value, 1e-12)
    with pytest.raises(DomainError, match="from 100 GeV on, not at 99 GeV"):
        pair_rate(99.0)


def test_14_tev_is_13_6_tev_at_the_same_fraction_of_the_energy():
    for mass in (500.0, 1500.0, 2800.0):
        expected = pair_rate(mass * 13.6 / 14, "13.6").value * (13.6 / 14) ** 2
        assert pair_rate(mass, "14").value == close(expected, 1e-12)
        values = [pair_rate(mass, energy).value for energy in ENERGIES]
        assert values == sorted(values)
    # The rule between the two tables, which have other partons: 5 % at 1 TeV, within their errors.
    scaled = pair_rate(1000.0 * 13 / 13.6, "13").value * (13 / 13.6) ** 2
    there = pair_rate(1000.0, "13.6")
    assert there.low < scaled < there.high


@pytest.mark.parametrize("limit", published().scalar, ids=lambda x: f"{x.name} {x.mass:g} {x.exp}")
def test_r_is_one_at_each_limit(limit):
    final = [finals_of(channel, limit.quarks)[0] for channel in limit.channels]
    one = decaying(limit.mass, dict.fromkeys(final, 1 / len(final)))
    (found,) = [x for x in pair_ratios([one]) if x.limit is limit]
    assert found.r == close(1.0, 1e-9)
    if len(final) == 1:
        half = decaying(limit.mass, {final[0]: 0.5, "s tau": 0.5})
        rows = [x.r for x in pair_ratios([half]) if x.limit is limit]
        assert rows == [close(0.25, 1e-9)]


def test_beta_of_the_second_generation():
    """1530 GeV for beta = 1 becomes 1305 GeV for beta = 0.5 by sigma BR^2.

    CMS itself has 1285 GeV, with mu nu j j as a second channel: the ratio is that much too strong.
    """
    (whole,) = [x for x in published().scalar if x.channels == ("q mu",) and x.exp == "CMS"]
    (half,) = [x for x in published().scalar if x.channels == ("q mu", "q nu")]
    assert (whole.mass, half.mass) == (1530, 1285)

    def r(mass, limit):
        one = decaying(mass, {"c mu": 0.5, "s nu": 0.5})
        return next(x.r for x in pair_ratios([one]) if x.limit is limit)

    assert brentq(lambda m: r(m, whole) - 1, 1000, 1600) == pytest.approx(1305, abs=1)
    assert brentq(lambda m: r(m, half) - 1, 1000, 1600) == pytest.approx(1285, abs=0.1)


def test_two_channels_are_no_stronger_than_the_search():
    (limit,) = [x for x in published().scalar if x.channels == ("t tau", "b nu")]
    assert limit.share({"t tau": 0.6, "b nu": 0.4}) == close(0.8)
    assert limit.share({"t tau": 1.0}) == 0.0


def test_components_that_feed_one_channel_are_added():
    masses = (1500.0, 1600.0)
    both = [decaying(m, {"b nu": 0.6, "t mu": 0.4}, k) for k, m in enumerate(masses)]
    single = [next(x for x in pair_ratios([one]) if x.limit.name == "t mu").r for one in both]
    together = next(x for x in pair_ratios(both) if x.limit.name == "t mu")
    assert together.r == close(sum(single))
    other = decaying(1500.0, {"t mu": 1.0}, 0, "S1")
    assert {x.field for x in pair_ratios([*both, other])} == {"S1", "S3"}


def test_dates():
    one = decaying(1500.0, {"b mu": 1.0})
    rows = pair_ratios([one])
    first = {date: next(x for x in rows if x.known(date)) for date in DATES}
    assert first["2021"].limit.name == "q mu" and first["2021"].limit.mass == 1700
    assert first["today"].limit.name == "b mu" and first["today"].limit.mass == 1810
    plain = MassLimit(("b mu",), 1.0, "CMS", "2021", "x")
    assert not plain.known("2021-07")  # a year alone is its end
    assert replace(plain, date="2021-07").known("2021-07")
    assert not replace(plain, date="2021-08").known("2021-07")
    limits = {
        date: mass_limit(lambda m: [decaying(m, {"b mu": 1.0})], date) for date in DATES
    }  # fmt: skip
    assert limits["2021"] == pytest.approx(1700, abs=0.5)
    assert limits["today"] == pytest.approx(1810, abs=0.5)
    assert mass_limit(lambda m: [decaying(m, {"s tau": 1.0})], "today") is None


def test_light_ones_are_excluded_by_large_branching_ratios_alone():
    for share, excluded in ((0.9, True), (0.2, False)):
        rows = pair_ratios([decaying(LIGHT - 100, {"b mu": share, "s tau": 1 - share})])
        assert rows[0].r > 1 and rows[0].excluded == excluded
    assert pair_ratios([decaying(table_range()[0] - 1, {"b mu": 1.0})]) == ()


def test_what_no_search_covers():
    assert uncovered(decaying(1000.0, {"b mu": 0.5, "s tau": 0.495, "d tau": 0.005})) == {
        "s tau": close(0.495)
    }


def test_vectors_have_limits_and_no_ratio():
    point = Point("generic", {"U1": 1700.0}, {"x1L": [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]]})
    found = decays(point)
    assert pair_ratios(found) == ()
    rows = vector_limits(found)
    assert {x.limit.kappa for x in rows} == {0, 1}
    best = next(x for x in rows if x.limit.channels == ("t nu", "b tau"))
    assert best.limit.mass == 1840 and best.record()["below"]
    assert best.share == pytest.approx(0.99, abs=0.02)


def test_table_of_limits():
    """Every entry has a source and a date; what could not be looked up is no arXiv number."""
    table = published()
    recalled = {"2402.08668", "2401.11928", "2410.17824", "2004.14060", "2101.12527"}
    for limit in (*table.scalar, *table.vector):
        assert limit.cite and limit.cite not in recalled
        assert limit.date.startswith("20") and len(limit.date) in (4, 7)
        number = limit.cite.replace(".", "")
        if number.isdigit():
            assert limit.date == f"20{number[:2]}-{number[2:4]}"
    assert all(limit.kappa in (0, 1) for limit in table.vector)
