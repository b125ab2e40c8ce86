"""Flows: SM inputs, working point and critical couplings, poles, thresholds, unitarity, claims."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import KAPPA, PLANCK_MASS
from muoquark.common.errors import DomainError, InputError
from muoquark.model.ansatz import spurion
from muoquark.model.point import Point
from muoquark.sm.inputs import TopInputs, sm_at_top
from muoquark.theory.analysis import analyse, vacuum_along
from muoquark.theory.flow import run, unitarity
from muoquark.theory.inputs import couplings_at_matching
from muoquark.theory.names import of_sm
from muoquark.theory.search import margin, search_quartics
from muoquark.theory.sm import run_sm

WORKING = {"l1": 0.05, "l3b": 0.03, "lP": 0.05, "lH1": 0.10, "lH3": 0.08}


def model(e3=0.4, quartics=WORKING, gX=0.05, e1=0.14, **kwargs) -> Point:
    return Point(
        eta3L=e3 * spurion("eta3L"),
        eta1L=e1 * spurion("eta1L"),
        eta1R=e1 * spurion("eta1R"),
        quartics=quartics,
        gX=gX,
        **kwargs,
    )


def flow_of(point: Point, loops: int = 2, **kwargs):
    return run(
        couplings_at_matching(point),
        point.common_scale,
        loops=loops,
        check_unitarity=False,
        **kwargs,
    )


@pytest.mark.parametrize("loops", [1, 2])
def test_working_point_is_stable_to_the_planck_scale(loops):
    result = flow_of(model(), loops)
    assert result.mu[-1] == close(PLANCK_MASS)
    assert result.pole is None and result.nonperturbative is None
    history = vacuum_along(result, n_scales=13)
    assert history.stable, history
    assert len(history.scales) == 13


def test_without_new_quartics_the_higgs_quartic_dips():
    """physics.md: -0.012; it moves by 0.005 per 0.8 GeV of the top mass and by the loop order."""
    one = flow_of(model(quartics={}), 1)
    assert one.pole is None
    assert one.curve("lH").min() == pytest.approx(-0.0076, abs=5e-4)
    assert not vacuum_along(one, n_scales=9).stable
    heavier = run_sm(3000.0, TopInputs(m_t=173.34))
    start = couplings_at_matching(model(quartics={}), sm=heavier)
    dip = run(start, 3000.0, loops=1, check_unitarity=False).curve("lH").min()
    assert dip == pytest.approx(-0.012, abs=1.5e-3)
    two = flow_of(model(quartics={}), 2).curve("lH").min()
    assert abs(two) < 2e-3  # at two loops the dip of today's top mass reaches just zero


def test_large_eta3L_hits_a_pole():
    result = flow_of(model(0.9), 1)
    assert result.pole is not None
    assert 1e12 < result.pole.scale < 4e12
    assert result.mu[-1] < result.pole.scale < 1.5 * result.nonperturbative.scale
    assert all(np.all(np.isfinite(v)) for p in result.points for v in p.values())


def test_large_eta3L_at_two_loops_is_beyond_perturbativity_but_has_no_pole():
    """The two-loop quartics saturate: a reason to report 4 pi apart from poles."""
    result = flow_of(model(0.9), 2, n_points=31)
    assert result.pole is None
    assert 1e13 < result.nonperturbative.scale < 1e19


@pytest.mark.slow
@pytest.mark.parametrize("loops", [1, 2])
def test_critical_gx(loops):
    """g_X(3 TeV) < 0.156 (physics.md): the largest with all couplings below 4 pi at M_Pl."""
    low, high = 0.15, 0.165
    for _ in range(6):
        middle = (low + high) / 2
        fine = flow_of(model(gX=middle), loops, n_points=5).nonperturbative is None
        low, high = (middle, high) if fine else (low, middle)
    assert low == pytest.approx(0.157, abs=0.0015)


def test_a_single_coupling_has_its_analytic_pole():
    """dg/dt = b kappa g^3: 1/g^2 falls linearly; the pole is found to a per mille in ln mu."""
    b = 523 / 9
    result = run({"gX": 0.5}, 1e3, 1e19, loops=1, check_unitarity=False)
    exact = 1e3 * np.exp(1 / (2 * b * KAPPA * 0.25))
    # the quartics driven by g_X^4 diverge before g_X does
    assert result.pole.scale < exact
    alone = run({"lP": 1.0}, 1e3, 1e19, loops=1, check_unitarity=False)
    assert alone.pole.coupling == "lP"
    assert np.log(alone.pole.scale / 1e3) == close(1 / (20 * KAPPA), rel=1e-4)


def test_the_pole_of_a_gauge_coupling_is_that_of_its_own_power():
    """Without scalars of charge X nothing else diverges: g ~ (t0 - t)^(-1/2) up to t0."""
    b = 80 / 3  # (2/3) sum of X^2 over the Weyl fermions of B - 3 L_mu
    found = run({"gX": 0.5}, 1e3, 1e19, 1, check_unitarity=False, absent=frozenset({"LQ", "P"}))
    assert found.pole.coupling == "gX"
    # The integration stops at g = 60, 8e-4 before the pole in ln mu: with the power 1 it is missed
    # by as much.
    t0 = 1 / (2 * b * KAPPA * 0.5**2)
    assert np.log(found.pole.scale / 1e3) == pytest.approx(t0, abs=1e-5)


def test_flow_back_and_forth():
    start = couplings_at_matching(model())
    up = run(start, 3e3, 1e10, check_unitarity=False, n_points=3)
    down = run(up.points[-1], 1e10, 3e3, check_unitarity=False, n_points=3)
    for name, value in start.items():
        atol = (
            1e-2 if name.startswith("m2_") else 1e-7
        )  # GeV^2, beside leptoquark masses of 1e7 GeV^2
        np.testing.assert_allclose(down.points[-1][name], value, rtol=1e-5, atol=atol, err_msg=name)


def test_leptoquark_threshold_restores_the_measured_sm():
    """Matching at another scale: the SM below is the same up to higher orders.

    Run the full theory from mu_M = 2 TeV to 6 TeV and compare with matching at 6 TeV, where the
    logarithms of the thresholds are large: without the shifts the difference is much larger.
    """
    quartics = {"lH1": 0.3, "lH3": 0.3}
    low, high = (model(1.2, mu_M=m, quartics=quartics, gX=0.0) for m in (2000.0, 6000.0))
    names = ["g1", "g2", "g3", "ymu", "lH", "Yu", "Yd"]
    for thresholds in (True, False):
        start = couplings_at_matching(low, thresholds=thresholds)
        there = run(start, 2000.0, 6000.0, check_unitarity=False, n_points=2).points[-1]
        # at 6 TeV: the leptoquark couplings run there, the SM ones matched there
        at_high = couplings_at_matching(high, thresholds=thresholds)
        miss = {n: np.abs(there[n] - at_high[n]).max() / np.abs(at_high[n]).max() for n in names}
        if thresholds:
            kept = miss
    for name in names:
        assert kept[name] < 0.35 * miss[name] + 2e-4, (name, kept[name], miss[name])


def test_phi_threshold_shifts_quartics_at_tree_level():
    """V minimised over |Phi|^2: the effective quartics below are lower by portal products / lP."""
    start = couplings_at_matching(model(quartics={**WORKING, "lHP": 0.06, "lP1": 0.04}))
    result = run(start, 3e3, 1e9, loops=1, thresholds={"P": 1e6}, check_unitarity=False)
    k = int(np.argmax(result.mu >= 1e6))
    before, after = result.points[k - 1], result.points[k + 1]
    assert before["lHP"] == 0 and after["lHP"] != 0
    assert before["lP"] == 0
    # lHP^2/4 lP; the rest of the difference is what the quartic runs between two points
    assert after["lH"] - before["lH"] == pytest.approx(0.06**2 / (4 * 0.05), abs=5e-3)


@pytest.mark.parametrize("eps", [0.2, -0.3])
def test_kinetic_mixing_has_the_sign_of_the_lagrangian(eps):
    """L = -B^2/4 - X^2/4 + (eps/2) B X: the kinetic matrix of g1 B and gX X is (G G^T)^-1."""
    start = couplings_at_matching(model(epsBX=eps), thresholds=False)
    g1 = run_sm(3000.0)["g1"]
    gx = 0.05
    charges = np.array([[start["g1"], start["gYX"]], [0, start["gX"]]])
    kinetic = np.linalg.inv(charges @ charges.T)
    expected = np.array([[1 / g1**2, -eps / (g1 * gx)], [-eps / (g1 * gx), 1 / gx**2]])
    np.testing.assert_allclose(kinetic, expected, rtol=1e-9)


def test_loops_of_both_charges_make_positive_mixing():
    """With D = d + i (Y g1 B + X gX X) loops drive eps of +(eps/2) B X upwards for YX > 0."""
    b = 80 / 9  # (2/3) sum of Y X over Weyl fermions + (1/3) over scalars
    start = couplings_at_matching(model(quartics={}), thresholds=False)
    end = run(start, 3e3, 3.3e3, loops=1, check_unitarity=False, n_points=2).points[-1]
    expected = 2 * b * KAPPA * start["g1"] * start["gX"] * np.log(1.1)
    assert end["gYX"] / end["g1"] == close(expected, rel=2e-3)


def test_neutrino_threshold_switches_their_loops():
    start = couplings_at_matching(model())
    with_nu = run(start, 3e3, 1e12, loops=1, check_unitarity=False).points[-1]["gX"]
    without = run(start, 3e3, 1e12, loops=1, thresholds={"N": 1e13}, check_unitarity=False)
    gap = 1 / with_nu**2 - 1 / without.points[-1]["gX"] ** 2
    # one Weyl fermion of charge 3: b falls by 2/3 * 9
    assert -gap == close(2 * 6 * KAPPA * np.log(1e12 / 3e3), rel=0.02)


def test_unitarity_bounds():
    """Lee-Quigg-Thacker: lH = 4 pi/3 is the bound of the Higgs alone, V = lH |H|^4."""
    assert unitarity({"lH": 4 * np.pi / 3})["scalars"] == close(0.5, rel=1e-9)
    # a Yukawa of one Dirac fermion and nothing else: y^2/(16 pi) in the channel of its two fermions
    a, b = (unitarity({"ymu": [[y]]})["yukawas"] for y in (1.0, 2.0))
    assert b == close(4 * a)
    assert a == close(1 / (16 * np.pi))


@pytest.mark.parametrize(("n_points", "beyond"), [(2, 1.02), (12, 1.4)])
def test_the_loss_of_unitarity_is_at_the_first_scale_beyond_it(n_points, beyond):
    """lH alone: 1/lH falls by 24 kappa a unit of ln mu, down to 3/(4 pi); the ends count."""
    lost = 1e3 * np.exp((1 / 4.0 - 3 / (4 * np.pi)) / (24 * KAPPA))
    result = run({"lH": 4.0}, 1e3, beyond * lost, loops=1, n_points=n_points)
    assert result.nonunitary.coupling == "scalars"
    assert result.nonunitary.scale == close(result.mu[result.mu > lost][0])
    assert run({"lH": 4.0}, 1e3, 0.98 * lost, loops=1, n_points=2).nonunitary is None


def test_a_flow_may_end_below_one_gev():
    """Scales are positive, no more: 1/g^2 of the charge X of the fermions alone."""
    b = 80 / 3
    absent = frozenset({"LQ", "P"})
    found = run({"gX": 0.5}, 3.0, 0.5, 1, n_points=2, check_unitarity=False, absent=absent)
    expected = 1 / 0.5**2 + 2 * b * KAPPA * np.log(3.0 / 0.5)
    assert 1 / found.points[-1]["gX"] ** 2 == close(expected)


def test_sm_couplings_of_a_card_go_on_top():
    """V = -m2 |H|^2 + (lam/2) |H|^4."""
    rng = np.random.default_rng(3)
    yukawa = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    yukawa[1, [0, 2]] = yukawa[[0, 2], 1] = 0
    card = {"Ye": yukawa, "Yu": 2 * yukawa, "lam": 0.3, "m2": 7000.0, "g3": 1.05}
    below = of_sm(sm_at_top())
    found = couplings_at_matching(model(sm=card), sm=below, thresholds=False)
    assert np.array_equal(found["Ye"], yukawa)
    assert found["ymu"].tolist() == [[yukawa[1, 1]]]
    assert np.array_equal(found["Yu"], 2 * yukawa)
    assert (found["lam"], found["m2_H"], found["g3"]) == (0.3, -7000.0, 1.05)
    assert (found["lH"], found["mH2"]) == (0.15, -7000.0)
    assert np.array_equal(found["Yd"], below["Yd"])


def test_bad_flows():
    with pytest.raises(InputError):
        run({"g1": 0.3}, -1.0)
    with pytest.raises(InputError):
        run({"g1": 0.3}, 1e3, 1e3)
    with pytest.raises(InputError):
        run({"g1": 0.3}, 1e3, thresholds={"R2": 1e5})
    with pytest.raises(InputError):
        run({"g1": 0.3}, 1e3, thresholds={"S1": -1e5})


def test_a_point_without_charges_runs_with_all_flavours():
    """A coupling to the electron is forbidden by B-3L_mu: the model without charges is meant."""
    electron = np.zeros((3, 3))
    electron[2, 0] = 0.1
    point = Point(eta3L=electron)
    assert point.model.name == "generic"
    start = couplings_at_matching(point)
    assert "gX" not in start and start["eta3L"][2, 0] == 0.1
    end = run(start, 3e3, 1e5, n_points=2, check_unitarity=False).points[-1]
    assert abs(end["eta3L"][2, 0]) > 0.08 and not end["eta3L"][:, 1].any()
    with pytest.raises(DomainError, match="U1"):
        analyse(Point("generic", {"U1": 2e3}))


def test_search_finds_quartics_for_the_best_fit_of_2021():
    """The paper's claim "the potential can be made stable", at one loop (two loops: slow)."""
    start = couplings_at_matching(model(0.41, {}, 0.0, 0.1517))
    assert margin(start, 3e3, loops=1)[0] < 0
    result = search_quartics(start, 3e3, loops=1, budget=10)
    assert result.found and result.reached == PLANCK_MASS
    assert margin({**start, **result.quartics}, 3e3, loops=1)[0] >= 0


@pytest.mark.parametrize(("search", "verdict"), [(0, None), (1, False), (2, True)])
def test_claim_that_an_unstable_point_can_be_made_stable(search, verdict):
    """Not looked for; its own quartics alone; the first others, over a short flow."""
    point = model(quartics={**WORKING, "lH3": -0.6})
    found = analyse(point, loops=1, end=4e3, search=search)
    assert not found.stable
    assert found.can_be_made_stable is verdict
    assert found.record()["claims"]["can_be_made_stable"] is verdict


def test_search_says_when_it_finds_nothing():
    start = couplings_at_matching(model(1.3, {}, 0.0))
    result = search_quartics(start, 3e3, loops=1, budget=7)
    assert not result.found
    assert result.tried == 7
    assert result.margin < 0 and result.reached < PLANCK_MASS


@pytest.mark.slow
@pytest.mark.parametrize(("e3", "product"), [(0.403, 0.0149), (0.328, 0.0021)])
def test_claims_of_section_2_5_at_the_best_fits_of_both_snapshots(e3, product):
    found = analyse(model(e3, {}, 0.0, product**0.5), search=20)
    assert found.top.flow.nonperturbative is None
    assert found.can_be_made_stable
    assert all(flow.pole is None for flow in found.flows.values())
