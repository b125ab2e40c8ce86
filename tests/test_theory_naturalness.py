"""Finite naturalness: eq. (4), the Higgs mass from the beta functions, the 5 TeV of the paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from closeness import close
from derivation import load
from muoquark.common.constants import KAPPA
from muoquark.common.errors import DomainError, InputError
from muoquark.model.ansatz import spurion
from muoquark.model.point import Point
from muoquark.sm.inputs import TODAY, third_row
from muoquark.theory.betas import beta, theory_of
from muoquark.theory.naturalness import (
    _sm,
    delta_mh2,
    delta_ymu,
    five_tev,
    gauge_threshold,
    m1_limit_from_ymu,
    mass_limit_from_higgs,
    portal_threshold,
    product_for_amu,
    yukawa_threshold,
)
from muoquark.theory.naturalness_pieces import loop_functions, yukawa_traces
from muoquark.theory.naturalness_verdict import finite_naturalness
from muoquark.theory.sm import run_sm


def point(product=0.0116, e3=0.4, **kwargs) -> Point:
    root = np.sqrt(product)
    return Point(
        eta3L=e3 * spurion("eta3L"),
        eta1L=root * spurion("eta1L"),
        eta1R=root * spurion("eta1R"),
        **kwargs,
    )


def test_shift_of_the_muon_yukawa_at_both_best_fits_of_2021():
    assert abs(delta_ymu(point(0.0116, 0.0)).chiral) == pytest.approx(0.29, abs=0.02)
    assert abs(delta_ymu(point(0.0230, 0.0)).chiral) == pytest.approx(0.58, abs=0.03)


def test_interpolated_couplings_are_the_run_ones():
    for name, mu in (("g1", 1234.0), ("g2", 4.5e4), ("yt", 7.7e3)):
        exact = run_sm(mu)
        value = np.linalg.norm(exact["Yu"], 2) if name == "yt" else exact[name]
        assert _sm(name, mu) == close(value, rel=1e-5)


def test_normalisation_piece():
    shift = delta_ymu(point(0.0, 0.4))
    eta2 = 0.16 * np.sum(np.abs(spurion("eta3L")) ** 2)
    expected = -9 / (128 * np.pi**2) * eta2
    assert shift.normalisation == pytest.approx(expected, rel=1e-9, abs=0)
    assert abs(shift.chiral) < 1e-15


@pytest.mark.parametrize("sign", [1, -1])
def test_the_normalisation_does_not_compensate_the_chiral_piece(sign):
    """Opposite signs, equal sizes: the shift vanishes, yet the point is not natural."""
    one = delta_ymu(point(0.02, 2.0))
    assert one.chiral.real * one.normalisation.real > 0
    ratio = one.normalisation.real / one.chiral.real
    both = Point(
        eta3L=2.0 * spurion("eta3L"),
        eta1L=np.sqrt(0.02) * spurion("eta1L"),
        eta1R=-sign * ratio * np.sqrt(0.02) * spurion("eta1R"),
    )
    shift = delta_ymu(both)
    size = abs(shift.normalisation)
    # 2 % off, since the smaller eta1R is in the normalisation as well
    assert abs(shift.chiral) == pytest.approx(size, rel=0.05, abs=0)
    assert shift.total == pytest.approx(2 * size, rel=0.05, abs=0)
    assert abs(shift.shift) == pytest.approx((1 - sign) * size, abs=0.05 * size)
    middle = 1.5 * size if sign > 0 else 1.9 * size
    assert not finite_naturalness(both, middle).ymu_natural
    assert finite_naturalness(both, 2.1 * size).ymu_natural


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
        assert slope == close(portal_threshold(field, 3000.0, 0.3), rel=1e-12)


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
    assert -2 * squared == close(-d * group * 1.5, rel=1e-9)
    assert -2 * linear == close(-d * group * 2.0, rel=1e-9)


def test_gauge_threshold_number_and_limits():
    value = gauge_threshold("S3", 3000.0)
    expected = -9 * 9e6 * KAPPA**2 * (2 * 0.633**4 + 0.3644**4 / 9) * 3.5
    assert value == close(expected, rel=2e-3)
    alone = mass_limit_from_higgs("S3")
    assert 5e3 < alone < 8e3
    assert mass_limit_from_higgs("S3", 0.08) < alone
    assert mass_limit_from_higgs("S1") > 1e4
    assert mass_limit_from_higgs("S3", cutoff=1.22e19) == 300.0
    with pytest.raises(InputError):
        gauge_threshold("R2", 3000.0)


def test_yukawa_loops_are_derived_on_two_routes():
    """Dimensional regularisation and the two-loop effective potential, logarithms and constants."""
    derived = load("naturalness")
    pair = derived.one_line(), derived.two_lines()
    assert derived.from_the_effective_potential() == pair
    for ell in (-1.3, 0.0, 0.7):
        expected = [float(x.subs(derived.L, ell)) for x in pair]
        assert loop_functions(ell) == pytest.approx(expected, rel=1e-14, abs=0)


def traces(point, field, yukawas):
    """N and Re X of a point with these (Yu, Yd, Ye)."""
    theory = theory_of("generic")
    couplings = dict(point.couplings)
    couplings |= dict(zip(("Yu", "Yd", "Ye"), yukawas, strict=True))
    return yukawa_traces(theory, theory.complete(couplings), field)


def random_yukawas(seed):
    """Couplings of the B-3L_mu theory to muons, as a point with its (Yu, Yd, Ye) and by name."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    names = {"e3L": "eta3L", "e1L": "eta1L", "e1R": "eta1R", "e1t": "etat1R"}
    columns = {name: draw(3, 1) for name in names}
    yu, yd, muon = draw(3, 3), draw(3, 3), draw(1, 1)
    ye = np.diag([0, muon[0, 0], 0])
    there = Point(**{names[k]: column[:, 0] for k, column in columns.items()})
    return there, (yu, yd, ye), {**columns, "Yu": yu, "Yd": yd, "ymu": muon}


@pytest.mark.parametrize(("field", "portal", "mass"), [("S1", "lH1", "m12"), ("S3", "lH3", "m32")])
def test_two_loop_yukawa_logarithms_follow_from_the_beta_functions(field, portal, mass):
    """Any flavour: m_H^2 below M does not depend on mu_M, orders y^2 eta^2 and all logarithms."""
    there, yukawas, couplings = random_yukawas(4)
    d = {"S1": 3, "S3": 9}[field]
    rate = beta(couplings, 1)[portal] / KAPPA
    two = (beta({**couplings, mass: 1.0}, 2)["mH2"]) / KAPPA**2
    same, across = traces(there, field, yukawas)
    f, g = (
        np.polyfit([-1, 0, 1], column, 2)
        for column in zip(*map(loop_functions, (-1, 0, 1)), strict=True)
    )
    quadratic, linear = (d * (same * f[k] + 2 * across * g[k]) for k in (0, 1))
    # d/dlnmu of [m_H^2 - kappa d lambda M^2 (1 + L) + kappa^2 (c2 L^2 + c1 L + c0) M^2]
    assert quadratic == pytest.approx(d * rate / 4, rel=1e-9, abs=0)
    assert linear == pytest.approx((d * rate - two) / 2, rel=1e-9, abs=0)
    if field == "S1":
        assert abs(across) > 0.1 * same / 10


def test_yukawa_threshold_is_covariant_in_the_leptons():
    """Couplings to electrons and taus count like those to muons."""
    rng = np.random.default_rng(6)
    turn = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]
    there, (yu, yd, ye), _ = random_yukawas(6)
    ye = ye + np.diag([0.3, 0, 0.8j])
    turned = Point(
        eta3L=there.eta3L @ turn, eta1L=there.eta1L @ turn,
        eta1R=there.eta1R, etat1R=there.etat1R,
    )  # fmt: skip
    for field in ("S1", "S3"):
        expected = traces(there, field, (yu, yd, ye))
        found = traces(turned, field, (yu, yd, turn.conj().T @ ye))
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_yukawa_threshold_number_limits_and_cutoff():
    """The fit of 2021: y_t^2 |eta_t|^2 with the factors 9 and 3, and limits of both masses."""
    best = point(0.0149, 0.41)
    loops = 2 + np.pi**2 / 3
    yt = _sm("yt", 3000.0)
    # what the top's mass eigenstate couples with: the light families have the opposite sign here
    overlap = abs(np.vdot(third_row(), spurion("eta3L"))) ** 2
    for field, weight in (("S3", 9 * 0.41**2 * overlap), ("S1", 3 * 0.0149 * (overlap + 1))):
        expected = 2 * KAPPA**2 * 9e6 * yt**2 * weight * loops
        # (y_b/y_t)^2 is left out, and the cross term, smaller by y_mu/y_t
        assert yukawa_threshold(field, 3000.0, best) == pytest.approx(expected, rel=2e-3, abs=0)
        ratio = yukawa_threshold(field, 3000.0, best, 3000.0 * np.e) / expected
        assert ratio == pytest.approx((loops + 4 + 4) / loops, rel=2e-3, abs=0)
    assert mass_limit_from_higgs("S3", point=best) == pytest.approx(4.4e3, rel=0.01, abs=0)
    assert mass_limit_from_higgs("S1", point=best) == pytest.approx(26.8e3, rel=0.01, abs=0)
    assert mass_limit_from_higgs("S3") == pytest.approx(6.27e3, rel=0.01, abs=0)
    along = mass_limit_from_higgs("S1", point=best, constant_amu=True)
    there = replace(best, M1=along)
    growth = product_for_amu(along, 1.0) / product_for_amu(3000.0, 1.0)
    size = growth * yukawa_threshold("S1", along, there) + abs(gauge_threshold("S1", along))
    assert size == pytest.approx(TODAY.m_h**2, rel=1e-4, abs=0)
    for bad in ({"field": "S3", "point": best}, {"field": "S1"}):
        with pytest.raises(InputError, match="constant a_mu"):
            mass_limit_from_higgs(constant_amu=True, **bad)
    with pytest.raises(InputError, match="R2"):
        yukawa_threshold("R2", 3000.0, best)
    with pytest.raises(DomainError):
        yukawa_threshold("S1", 1e7, best)


def test_opposite_signs_of_gauge_and_yukawa_piece_do_not_compensate():
    higgs = delta_mh2(point(0.0149, 0.41))
    assert higgs.gauge["S3"] < 0 < higgs.yukawa["S3"]
    parts = [*higgs.portal.values(), *higgs.gauge.values(), *higgs.yukawa.values()]
    assert higgs.total == pytest.approx(np.abs(parts).sum(), rel=1e-12, abs=0)
    assert higgs.shift == pytest.approx(sum(parts), rel=1e-12, abs=0)
    assert higgs.total > 10 * abs(higgs.shift)


def test_record():
    found = finite_naturalness(point(quartics={"lH1": 0.1, "lH3": 0.08}))
    assert found.ymu_natural
    limits = found.limits
    assert limits.gauge_only["S3"] > limits.without_portals["S3"] > limits.M3_from_mh2
    assert found.product == close(0.0116, rel=0.01)
    assert limits.M1_from_ymu == close(m1_limit_from_ymu(0.0116), rel=0.02)
    record = found.record()
    assert list(record) == [
        "definition", "Delta", "delta_ymu", "ymu_natural", "delta_mh2", "mh2_natural",
        "limits_GeV", "a_mu_product", "a_mu_product_at_3TeV", "portals",
    ]  # fmt: skip
    assert list(record["delta_mh2"]) == [
        *(f"{piece}_{field}" for field in ("S1", "S3") for piece in ("portal", "gauge", "yukawa")),
        "shift", "total",
    ]  # fmt: skip
    assert record["limits_GeV"]["M1_from_ymu_at_constant_amu"] == limits.M1_from_ymu
    higgs = delta_mh2(point(quartics={"lH3": 0.08}))
    assert higgs.portal["S3"] == close(2 * KAPPA * 9 * 0.08 * 9e6 / 125.2**2, rel=1e-9)
    with pytest.raises(DomainError):
        delta_mh2(Point(M1=1e9))
