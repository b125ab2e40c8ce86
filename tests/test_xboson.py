"""The boson of U(1)_X beyond its matching: decays, mixing, bounds, resonance, verbs."""

from __future__ import annotations

import json
from math import pi, sqrt

import numpy as np
import pytest

from closeness import close
from muoquark.boson import catalogue
from muoquark.boson.analysis import planck, xboson
from muoquark.boson.bounds import bounds
from muoquark.boson.decays import decays, fermion_width
from muoquark.boson.mixing import Mixing, b_coefficients, below, flow, natural
from muoquark.boson.quarks import forbidden_yukawas, sentence
from muoquark.boson.resonance import luminosity, peak, resonance
from muoquark.common.constants import GEV2_PB
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.highpt.pack import read_tables
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.card_file import parse_card
from muoquark.sm.inputs import INPUTS, TODAY, third_row

B3 = """
model: {charges: 'k=0,0,1/3 L=0,-1,0 Phi=1'}
gauge: {gX: 0.6, mX: 3000, rotations: {q: {t23: -0.05}}}
"""
UNIVERSAL = "{masses: {S1: 9000, S3: 9000}, gauge: {gX: 0.1, mX: 3000}}"
LMU_LTAU = "{model: {charges: 'k=0 L=0,1,-1 Phi=1'}, gauge: {gX: 0.3, mX: 3000}}"


@pytest.fixture(scope="module")
def likelihood():
    return Likelihood("2026-06")


# --- decays


def test_widths_of_a_universal_boson():
    """B - 3 L_mu: quarks 1/9 each with three colours, mu 9, nu_mu 9/2; the top with its mass."""
    found = decays(parse_card(UNIVERSAL).point())
    unit = 0.1**2 * 3000 / (12 * pi)
    r = (TODAY.m_t / 3000) ** 2
    assert found.widths["d d"] == close(unit * 3 / 9, 1e-12)
    assert found.widths["mu mu"] == close(unit * 9, 1e-12)
    assert found.widths["nu_mu nu_mu"] == close(unit * 9 / 2, 1e-12)
    assert found.widths["t t"] == close(unit / 3 * (1 + 2 * r) * sqrt(1 - 4 * r), 1e-12)
    assert found.neutrinos == close(unit * 9 / 2, 1e-12)
    assert set(found.widths) == {*(f"{q} {q}" for q in "uctdsb"), "mu mu", "nu_mu nu_mu"}
    assert sum(found.branching.values()) == close(1.0, 1e-12)


def test_leptoquarks_and_the_higgs_in_the_width():
    text = "{masses: {S1: 1200, S3: 9000}, gauge: {gX: 0.1, mX: 3000, epsBX: 0.2}}"
    point = parse_card(text).point()
    found, g1 = decays(point), point.sm_at(3000.0).g1
    root = sqrt(1 - 0.04)
    mass = 3000 / root
    assert found.mass == close(mass, 1e-12)
    G = (0.1 * 8 / 3 + 0.2 * g1 / 3) / root
    assert found.widths["S1 S1"] == close(
        3 * G**2 * mass / (48 * pi) * (1 - 4 * (1200 / mass) ** 2) ** 1.5, 1e-12
    )
    assert found.widths["W W"] == close((0.1 * g1 / root) ** 2 * mass / (48 * pi), 1e-12)
    assert found.widths["Z h"] == found.widths["W W"]


def test_width_of_two_masses():
    """Symmetric under exchange, zero below threshold, and the limit of equal masses."""
    assert fermion_width(100.0, 0.3, 0.2j, 40.0, 30.0) == close(
        fermion_width(100.0, 0.3, 0.2j, 30.0, 40.0), 1e-12
    )
    assert fermion_width(100.0, 1.0, 1.0, 60.0, 40.0) == 0.0
    axial = fermion_width(100.0, 1.0, -1.0, 30.0, 30.0)
    assert axial == close(100 / (12 * pi) * (1 - 4 * 0.09) ** 1.5, 1e-12)


def test_rotations_open_flavour_violation():
    found = decays(parse_card(B3).point())
    share = 2 * (np.sin(0.05) * np.cos(0.05)) ** 2
    # of the doublet alone, relative to b b with both chiralities
    assert found.widths["s b"] / found.widths["b b"] == close(share / (1 + np.cos(0.05) ** 4), 1e-9)


# --- mixing


def test_flow_of_the_mixing_is_that_of_the_theory():
    from muoquark.theory.flow import run
    from muoquark.theory.inputs import couplings_at_matching

    point = parse_card("{gauge: {gX: 0.05, epsBX: 0.1}}").point()
    start = couplings_at_matching(point)
    there = run(start, 3000.0, 1e12, loops=1, check_unitarity=False).points[-1]
    begin = Mixing(*(float(start[name]) for name in ("g1", "gYX", "gX")))
    assert begin.eps == close(0.1, 1e-12)
    found = flow(begin, 1e12, 3000.0, b_coefficients(point.model))
    for one, name in zip(found, ("g1", "gYX", "gX"), strict=True):
        assert one == close(float(there[name]), 1e-7)
    # a small step is the leading logarithm
    small = flow(Mixing(0.36, 0.0, 0.05), 3030.0, 3000.0, b_coefficients(point.model))
    expected = 2 * 0.36 * 0.05 * (80 / 9) / (16 * pi**2) * np.log(1.01)
    assert small.eps == close(expected, 2e-3)


def test_size_of_the_mixing():
    model = parse_card(UNIVERSAL).model
    assert natural(model, 0.1, 0.36, 3000.0) == pytest.approx(0.147, abs=0.005)
    assert below(model, 0.5, 0.36, 3000.0) == pytest.approx(-0.0425, abs=0.001)
    assert flow(Mixing(0.36, 0.0, 0.8), 1.2e19, 3000.0, b_coefficients(model)) is None


def test_mixing_below_the_boson_is_in_the_likelihoods_running(likelihood):
    """phil1_22 at m_Z is that of eps at m_Z: penguins run the mixing."""
    from muoquark.running.highscale import run_together

    point = parse_card("{model: {charges: 'k=1/3 L=0,-3,0 Phi=3'}, gauge: {gX: 0.1, mX: 5000}}")
    point = point.point()
    found = run_together([(5000.0, match(point).values)], 200.0)
    change = below(point.model, 0.1, point.sm_at(5000.0).g1, 5000.0, 200.0)
    # a and b currents of different fields: L_mu and the Higgs
    expected = -(0.1 / 5000**2) * -3 * change * 0.5 * point.sm_at(1000.0).g1
    assert found["phil1_22"].real == pytest.approx(expected, rel=0.35, abs=0)


# --- what charges leave of the CKM matrix


def test_forbidden_yukawas():
    assert forbidden_yukawas(parse_card(UNIVERSAL).point()) == ()
    found = forbidden_yukawas(parse_card(B3).point())
    yd = [one for one in found if one.matrix == "Yd"]
    assert {(one.row, one.column) for one in yd} == {(2, 3), (3, 2)}
    (large,) = (one for one in yd if one.row == 2)
    yb = INPUTS.m_b * sqrt(2) / INPUTS.v
    assert large.value == close(yb * np.sin(0.05), 1e-3)
    assert str(large.charge) == "1/3"
    assert large.insertions is None
    # V_cb and V_ub through up quarks
    cb = next(one for one in found if (one.matrix, one.row, one.column) == ("Yu", 2, 3))
    yt, ts = INPUTS.m_t * sqrt(2) / INPUTS.v, third_row()[1]
    assert cb.value == pytest.approx(
        yt * abs(np.cos(0.05) * ts.conjugate() - np.sin(0.05)), abs=2e-4
    )
    assert "second Higgs doublet" in sentence(found)
    with_phi = forbidden_yukawas(parse_card(B3.replace("Phi=1", "Phi=1/3")).point())
    assert {one.insertions for one in with_phi} == {1, -1}


# --- resonance


def test_peak_is_the_integral_of_a_breit_wigner():
    """The row of partons of highpt with amplitudes G_q G_mu/(s - m^2 + i m Gamma)."""
    tables = read_tables()
    mass, width, G = 2000.0, 4.0, 0.1
    m = np.linspace(1500.0, 2500.0, 400001)
    k = 12
    lumi = np.interp(np.log(m), np.log(tables.mass), tables.luminosities["PDF4LHC21"][k])
    s = m**2
    F2 = G**4 / ((s - mass**2) ** 2 + (mass * width) ** 2)
    # dsigma = PB L/(144 pi) |F|^2 ds, with the weight in z of equal chiralities integrated to one
    whole = np.trapezoid(GEV2_PB * np.exp(lumi) / (144 * pi) * F2 * 2 * m, m)
    found = peak(np.array(G**2), G**2, mass, width) * luminosity(tables, mass)[k]
    assert found == close(whole, 0.01)


def test_resonance_is_for_masses_within_reach():
    point = parse_card(B3).point()
    found = resonance(point)
    assert found.window[0] < 3000 < found.window[1]
    assert 0 < found.events < found.cross_section * found.luminosity
    assert resonance(point.replace(mX=9000.0)) is None
    # the same couplings twice: rate times two at leading order, since the width grows as well
    twice = resonance(point.replace(gX=0.6 * sqrt(2)))
    assert twice.cross_section == close(2 * found.cross_section, 1e-9)


# --- the likelihood


def test_redundancy_in_the_likelihood(likelihood):
    """X -> X + Y/7 with eps -> eps - gX/(7 g'): the same ln L."""
    one = parse_card(LMU_LTAU.replace("mX: 3000", "mX: 3000, epsBX: 0.1")).point()
    fields = ("fields: {q: 1/42, u: 2/21, d: -1/21, l: [-1/14, 13/14, -15/14], "
              "e: [-1/7, 6/7, -8/7], nu: [0, 1, -1], H: 1/14, Phi: 1}")  # fmt: skip
    eps = 0.1 - 0.3 / 7 / one.sm_at(3000.0).g1
    two = parse_card(
        f"{{model: {{{fields}}}, gauge: {{gX: 0.3, mX: 3000, epsBX: {eps!r}}}}}"
    ).point()
    a, b = (likelihood(match(point)) for point in (one, two))
    assert a.total != 0
    assert b.total == pytest.approx(
        a.total, rel=1e-12, abs=1e-12 * max(map(abs, a.blocks.values()))
    )
    for name, value in a.blocks.items():
        assert b.blocks[name] == pytest.approx(value, rel=0, abs=1e-9), name


def test_trident_bound_of_lmu_ltau(likelihood):
    """CCFR + 2 sigma, 0.82 + 0.56: M/g > 538 GeV (1406.2332 has 540)."""
    point = parse_card(LMU_LTAU).point()
    texts = [o.text for o in likelihood.observables]
    k = texts.index("R_trident")

    found = likelihood(match(point.replace(mX=800.0, gX=800.0 / 538.0)))
    ratio = found.predictions[k] / likelihood.sm_predictions[k]
    assert ratio == pytest.approx(1.38, abs=0.02)


def test_bounds(likelihood):
    point = parse_card(B3).point()
    found = {one.name: one for one in bounds(point, likelihood)}
    assert list(found) == [
        "trident",
        "electroweak",
        "Delta F = 2",
        "b->smumu",
        "B -> K nu nu",
        "all",
    ]
    here = -2 * likelihood(match(point)).total
    assert found["all"].here == pytest.approx(here, abs=1e-6)
    # chi2 at the ends is that of 95 %
    whole = found["all"]
    for end in (whole.lower, whole.upper):
        moved = point.replace(gX=3000.0 / end)
        chi2 = -2 * likelihood(match(moved)).total
        assert chi2 + whole.gain == pytest.approx(3.84, abs=0.15)
    with pytest.raises(DomainError, match="gX is zero"):
        bounds(point.replace(gX=0.0, epsBX=0.1), likelihood)


def test_a_universal_boson_is_invisible_to_flavour(likelihood):
    """The note says so: without tails ln L allows what the LHC excludes."""
    found = xboson(parse_card(UNIVERSAL).point(), likelihood)
    assert any("--data highpt" in note and "light quarks" in note for note in found.notes)
    (whole,) = (one for one in found.bounds if one.name == "all")
    assert whole.lower is None or whole.lower < 15e3
    assert found.record()["planck"]["pole"] is None


@pytest.mark.slow
def test_b3_lmu_explains_as_much_as_s3(likelihood):
    """2211.11766: the same b -> s mu mu with one more parameter's freedom in Delta M_s."""
    card = parse_card(
        B3.replace("gX: 0.6", "gX: {free: [0.05, 2]}")
        .replace("-0.05", "{free: [-0.3, 0.3]}")
        .replace("mX: 3000", "mX: 5000")
    )
    from muoquark.inference.bestfit import best_fit
    from muoquark.inference.card_likelihood import CardLikelihood

    zprime = best_fit(CardLikelihood.of(likelihood, card), starts=3)
    s3 = catalogue.leptoquark(likelihood)
    assert zprime.delta_chi2 > s3.delta_chi2 - 2
    assert zprime.values["rotations.q.t23"] < 0


def test_assignments_of_the_catalogue():
    found, chiral = catalogue.assignments(3)
    assert len(found) > 150
    assert chiral == 12
    keys = {(one.k, one.L) for one in found}
    assert ((0, 0, 1), (0, -3, 0)) in keys
    for one in found:
        assert sum(one.k) * 3 + sum(one.L) == 0
        assert (tuple(-x for x in one.k), tuple(-x for x in one.L)) not in keys


@pytest.mark.slow
def test_the_common_likelihood_is_that_of_a_card(likelihood):
    objective = catalogue.common(likelihood)
    card = parse_card(B3.replace("mX: 3000", "mX: 5000"))
    expected = likelihood(match(card.point())).total
    theta = np.array([[0.0, 0.2, 0.0, -0.6, 0.0, -0.05]] * 2)
    assert objective.total(theta)[0] == pytest.approx(expected, abs=1e-4)


# --- verbs


def test_command(muoquark, tmp_path):
    card = tmp_path / "z.yaml"
    card.write_text(B3)
    outcome = muoquark("xboson", card, "--no-bounds", "--json", "--out", tmp_path / "out")
    assert outcome.code == 0
    record = json.loads(outcome.out)
    assert {"widths", "branching", "bounds", "mixing", "planck", "resonance", "yukawas"} <= set(
        record
    )
    assert record["vPhi"] == close(3000 / (sqrt(2) * 0.6), 1e-9)
    assert json.loads((tmp_path / "out" / "xboson.json").read_text()) == record
    assert "Yu[2][3]" in outcome.err
    outcome = muoquark("xboson", card, "--no-bounds")
    assert "width" in outcome.out
    assert muoquark("xboson", "paper").code == 2
    assert "decoupled" in muoquark("xboson", "paper").err


def test_other_verbs_take_the_card(muoquark, tmp_path):
    card = tmp_path / "z.yaml"
    card.write_text(B3)
    found = json.loads(muoquark("match", card).out)
    assert "lq1_2223" in found["values"]
    assert muoquark("check", card).code == 0
    outcome = muoquark("loglike", card, "--json")
    assert json.loads(outcome.out)["total"] != 0
    assert "order of the matching: tree level for X" in outcome.err
    outcome = muoquark("match", card, "--order", "loop")
    assert outcome.code == 2
    assert "not for X" in outcome.err


def test_charges_refuses_options_of_a_fit(muoquark):
    assert muoquark("charges", "--data", "2021-07").code == 2
    assert "--quarks third" in muoquark("charges", "--fit").err


def test_a_decoupled_boson_is_told():
    with pytest.raises(InputError, match="decoupled"):
        xboson(parse_card("{gauge: {gX: 0.1}}").point())


def test_flow_without_the_forbidden_entries():
    found = planck(parse_card(B3).point())
    assert found.why == ""
    assert found.eps is not None
