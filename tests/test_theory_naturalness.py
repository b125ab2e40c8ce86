"""Finite naturalness: eq. (4), the Higgs mass from the beta functions, the 5 TeV of the paper."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import DomainError, InputError
from muoquark.model.ansatz import spurion
from muoquark.model.point import Point
from muoquark.theory.betas import beta
from muoquark.theory.flow import run_sm
from muoquark.theory.general import KAPPA
from muoquark.theory.naturalness import (
    _sm,
    delta_mh2,
    delta_ymu,
    five_tev,
    gauge_threshold,
    m1_limit_from_ymu,
    mass_limit_from_higgs,
    naturalness_record,
    portal_threshold,
    product_for_amu,
)


def point(product=0.0116, e3=0.4, **kwargs) -> Point:
    root = np.sqrt(product)
    return Point(
        eta3L=e3 * spurion("eta3L"),
        eta1L=root * spurion("eta1L"),
        eta1R=root * spurion("eta1R"),
        **kwargs,
    )


def test_shift_of_the_muon_yukawa_at_both_best_fits_of_2021():
    assert abs(delta_ymu(point(0.0116, 0.0))["chiral"]) == pytest.approx(0.29, abs=0.02)
    assert abs(delta_ymu(point(0.0230, 0.0))["chiral"]) == pytest.approx(0.58, abs=0.03)


def test_interpolated_couplings_are_the_run_ones():
    for name, mu in (("g1", 1234.0), ("g2", 4.5e4), ("yt", 7.7e3)):
        exact = run_sm(mu)
        value = np.linalg.norm(exact["Yu"], 2) if name == "yt" else exact[name]
        assert _sm(name, mu) == pytest.approx(value, rel=1e-5)


def test_normalisation_piece():
    shift = delta_ymu(point(0.0, 0.4))
    eta2 = 0.16 * np.sum(np.abs(spurion("eta3L")) ** 2)
    assert shift["total"] == pytest.approx(-9 / (128 * np.pi**2) * eta2, rel=1e-9)
    assert abs(shift["chiral"]) < 1e-15


def test_limit_on_m1_from_the_muon_yukawa():
    limits = five_tev()
    assert 4.0 < limits["0.0230"] < limits["0.0149"] < 6.0
    tight = m1_limit_from_ymu(0.0230)
    assert tight < m1_limit_from_ymu(0.0230, tolerance=2.0)
    assert m1_limit_from_ymu(1e-7) is None


def test_product_for_amu_is_the_leading_order_formula():
    assert product_for_amu(3000.0, 251e-11) == pytest.approx(0.0127, abs=2e-4)


def test_portal_logarithm_is_that_of_the_beta_function():
    """d(delta m_H^2)/dlnmu of the threshold cancels beta(m_H^2) of the leptoquark theory."""
    for field, portal, mass in (("S1", "lH1", "m12"), ("S3", "lH3", "m32")):
        slope = beta({portal: 0.3, mass: 9e6}, 1)["mH2"]
        # delta m_H^2 = -kappa d lambda M^2 (1 + ln mu^2/M^2) and delta m_h^2 = -2 delta m_H^2
        assert slope == pytest.approx(portal_threshold(field, 3000.0, 0.3), rel=1e-12)


@pytest.mark.parametrize(("field", "mass"), [("S1", "m12"), ("S3", "m32")])
def test_two_loop_logarithms_follow_from_the_beta_functions(field, mass):
    """With lambda_H = 0 at the cut-off: ln^2 and ln of the published formula from our betas."""
    portal = {"S1": "lH1", "S3": "lH3"}[field]
    d = {"S1": 3, "S3": 9}[field]
    g = {"g1": 0.36, "g2": 0.64}
    rate = beta(g, 1)[portal] / KAPPA
    two = (beta({**g, mass: 1.0}, 2)["mH2"] - beta({**g, mass: 1.0}, 1)["mH2"]) / KAPPA**2
    # with l = ln(M^2/Lambda^2) < 0: portal at M is rate * l/2; its effect on m_H^2
    squared = 2 * d * rate * (1 / 2) * (1 / 4)  # - int beta_1(m_H^2)
    linear = two / 2 - d * rate / 2  # two-loop beta; threshold -d lambda(M) M^2
    n, y = {"S1": (1, 1 / 3), "S3": (3, 1 / 3)}[field]
    group = (n * n - 1) / 4 * g["g2"] ** 4 + y * y * g["g1"] ** 4
    assert -2 * squared == pytest.approx(-d * group * 1.5, rel=1e-9)
    assert -2 * linear == pytest.approx(-d * group * 2.0, rel=1e-9)


def test_gauge_threshold_number_and_limits():
    value = gauge_threshold("S3", 3000.0)
    expected = -9 * 9e6 * KAPPA**2 * (2 * 0.633**4 + 0.3644**4 / 9) * 3.5
    assert value == pytest.approx(expected, rel=2e-3)
    alone = mass_limit_from_higgs("S3")
    assert 5e3 < alone < 8e3
    assert mass_limit_from_higgs("S3", 0.08) < alone
    assert mass_limit_from_higgs("S1") > 1e4
    assert mass_limit_from_higgs("S3", cutoff=1.22e19) == 300.0
    with pytest.raises(InputError):
        gauge_threshold("R2", 3000.0)


def test_record():
    record = naturalness_record(point(quartics={"lH1": 0.1, "lH3": 0.08}))
    assert record["ymu_natural"]
    assert record["a_mu_product"] == pytest.approx(0.0116, rel=0.01)
    assert record["limits_GeV"]["M1_from_ymu_at_constant_amu"] == pytest.approx(
        m1_limit_from_ymu(0.0116), rel=0.02
    )
    higgs = delta_mh2(point(quartics={"lH3": 0.08}))
    assert higgs["portal_S3"] == pytest.approx(2 * KAPPA * 9 * 0.08 * 9e6 / 125.2**2, rel=1e-9)
    with pytest.raises(DomainError):
        delta_mh2(Point(M1=1e9))
