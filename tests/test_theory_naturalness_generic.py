"""Naturalness of any theory: logarithms of its own beta functions; S1 and S3 as one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from closeness import close
from model_texts import STANDARD
from muoquark.common.constants import KAPPA
from muoquark.common.errors import DomainError, InputError
from muoquark.model.ansatz import spurion
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.sm.inputs import TODAY
from muoquark.theory.betas import Theory, theory_of
from muoquark.theory.decoupling import one_loop_shifts
from muoquark.theory.naturalness import (
    at_scale,
    delta_ymu,
    mass_limit_from_higgs,
    with_sm,
)
from muoquark.theory.naturalness_pieces import (
    gauge_piece,
    loop_functions,
    portal_piece,
    portal_sum,
    yukawa_piece,
    yukawa_traces,
)
from muoquark.theory.naturalness_theory import naturalness_of
from muoquark.theory.naturalness_verdict import finite_naturalness
from muoquark.theory.tensors import numerical_theory

# gauge charges with which H has one, too: Yukawas are allowed, and B and X mix in loops
CHARGED = "q: 1/3, u: 5/6, d: -1/6, l: -1/2, e: -1, H: 1/2, R2: 4/3"
QUARTIC_FREE = {
    "S1": "[S1]",
    "S1 with neutrinos": "[q, u, d, l, e, nu, H, S1]",
    "S3": "[S3]",
    "R2": "[R2]",
    "R2t": "[R2t]",
    "R2t with neutrinos": "[q, u, d, l, e, nu, H, R2t]",
    "S1t": "[S1t]",
    "R2 with charges": f"{{{CHARGED}}}",
    "D": f"{{{STANDARD}, D: {{spin: scalar, colour: 1, isospin: 2, Y: 1/2, X: 0}}}}",
}


def model(fields: str) -> Theory:
    return theory_of(parse_model(f"fields: {fields}"))


def random_couplings(theory: Theory, seed: int) -> dict:
    """Gauge couplings and complex Yukawa matrices; no quartics, no masses."""
    rng = np.random.default_rng(seed)
    out = dict(zip(theory.space.gauge, rng.uniform(0.5, 1.5, len(theory.space.gauge)), strict=True))
    for name, shape in theory.space.yukawas.items():
        matrix = 0.4 * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
        out[name] = np.where(theory.space.allowed[name], matrix, 0)
    return out


def polynomial(piece, *arguments) -> np.ndarray:
    """Of delta m_H^2/(kappa^2 M^2) in L = ln(Lambda^2/M^2): coefficients of L^2, L and 1."""
    ells = np.array([-1.0, 0.0, 1.0])
    values = [piece(*arguments, 1.0, float(np.exp(ell / 2))) for ell in ells]
    return np.polyfit(ells, np.array(values) / (-2 * KAPPA**2), 2)


@pytest.mark.parametrize("name", QUARTIC_FREE)
def test_two_loop_logarithms_follow_from_the_beta_functions(name):
    """m_H^2 below M does not depend on mu_M: orders g^4, y^2 eta^2, all logarithms, any flavour."""
    theory = model(QUARTIC_FREE[name])
    field = name.split()[0]
    couplings = random_couplings(theory, 4)
    values = theory.complete({**couplings, f"m2_{field}": 1.0})
    one, two = (theory.evaluate(values, loops) for loops in (1, 2))
    assert one["m2_H"] == 0  # there is no portal
    rate = portal_sum(theory, one, field) / KAPPA
    running = two["m2_H"] / KAPPA**2
    gauge = polynomial(gauge_piece, theory, values, field)
    yukawa = polynomial(yukawa_piece, theory, values, field)
    # d/dlnmu of [m_H^2 - kappa sum(lambda) M^2 (1 + L) + kappa^2 (c2 L^2 + c1 L + c0) M^2]
    quadratic, linear, _ = gauge + yukawa
    assert quadratic == close(rate / 4, rel=1e-9)
    assert linear == close((rate - running) / 2, rel=1e-9)
    if name == "D":
        assert not np.any(yukawa)  # a second doublet without Yukawa couplings: gauge loops alone
        return
    # neither piece hides behind the other one
    assert min(abs(gauge[0]), abs(yukawa[0])) > 1e-3 * abs(quadratic)
    assert min(abs(gauge[1]), abs(yukawa[1])) > 1e-3 * abs(linear)


def test_both_higgs_bosons_on_different_lines_matter_where_both_chiralities_couple():
    """X is not small in the test above for S1 and R2, and there is none for the others."""
    for name in ("[S1]", "[R2]", "[q, u, d, l, e, nu, H, R2t]"):
        theory = model(name)
        field = theory.components.scalars[-1].field.name
        same, across = yukawa_traces(theory, random_couplings(theory, 4), field)
        assert abs(across) > 0.01 * same
    for field in ("S3", "R2t", "S1t"):
        theory = model(f"[{field}]")
        assert yukawa_traces(theory, random_couplings(theory, 4), field)[1] == 0


def norm(*factors) -> float:
    """Tr A A^+ of the product A."""
    return float(np.linalg.norm(np.linalg.multi_dot(factors)) ** 2)


def test_traces_of_s1_and_s3_are_those_written_by_hand():
    """N and X of docs/theory.md, without neutrino Yukawas."""
    theory = theory_of("generic")
    c = {**random_couplings(theory, 2), "Ynu": np.zeros((3, 3))}
    yu, yd, ye, e1, e3 = (c[n] for n in ("Yu", "Yd", "Ye", "eta1L", "eta3L"))
    right, neutral = c["eta1R"], c["etat1R"]
    same = norm(yu.T, e1) + norm(yd.T, e1) + norm(e1, ye)
    same += norm(yu.conj(), right) + norm(yd.conj(), neutral) + norm(right, ye.conj().T)
    across = np.trace(yu.conj() @ right @ ye.conj().T @ e1.conj().T).real
    found = yukawa_traces(theory, c, "S1")
    assert found == pytest.approx((same, across), rel=1e-13, abs=0)
    found = yukawa_traces(theory, c, "S3")
    same = norm(yu.T, e3) + norm(yd.T, e3) + norm(e3, ye)
    assert found == pytest.approx((same, 0), rel=1e-13, abs=0)


def test_traces_of_the_other_leptoquarks_are_those_written_by_hand():
    """N and X of docs/theory.md: each doublet line has one component of two."""
    c = random_couplings(model("[R2]"), 3)
    yu, yd, ye, left, right = (c[n] for n in ("Yu", "Yd", "Ye", "eta2L", "eta2R"))
    same = norm(yu, left) + norm(right, ye.T)
    same += (norm(left, ye) + norm(yu.T, right) + norm(yd.T, right)) / 2
    across = np.trace(ye @ right.T @ yu @ left).real / 2
    found = yukawa_traces(model("[R2]"), c, "R2")
    assert found == pytest.approx((same, across), rel=1e-13, abs=0)
    c = {**c, **random_couplings(model("[R2t]"), 3)}
    yd, ye, left = (c[n] for n in ("Yd", "Ye", "eta2tL"))
    found, _ = yukawa_traces(model("[R2t]"), c, "R2t")
    assert found == close(norm(yd, left) + norm(left, ye) / 2, rel=1e-13)
    c = {**c, **random_couplings(model("[S1t]"), 3)}
    yd, ye, right = (c[n] for n in ("Yd", "Ye", "eta1tR"))
    found, _ = yukawa_traces(model("[S1t]"), c, "S1t")
    assert found == close(norm(yd.conj(), right) + norm(right, ye.conj().T), rel=1e-13)


@pytest.mark.parametrize("field", ["R2", "R2t", "S1t", "S1"])
def test_traces_in_flavour_matrices_are_those_of_the_dense_tensors(field):
    """Real scalars and one index for each generation, against formulae in complex components."""
    theory = model(f"[q, u, d, l, e, nu, H, {field}]")
    couplings = theory.complete(random_couplings(theory, 6))
    y = numerical_theory(theory.components, couplings).yukawa
    n = theory.components.n_scalars
    part, higgs = (theory.components.scalar(name) for name in (field, "H"))
    own = np.arange(part.start, part.start + part.size)
    heavy = y[np.concatenate([own, own + n])]
    m = y[higgs.start + 1] * np.sqrt(2)  # of a real field h, H = (0, h/sqrt 2)
    same = np.einsum("aij,ajk,kl,li->", heavy, heavy.conj(), m, m.conj(), optimize=True)
    across = np.einsum("aij,jk,akl,li->", heavy, m.conj(), heavy, m.conj(), optimize=True) / 4
    found = yukawa_traces(theory, couplings, field)
    assert found == pytest.approx((same.real / part.size, across.real / part.size), rel=1e-12,
                                  abs=1e-13 * abs(same))  # fmt: skip


def test_flavour_classes_are_one_family_apart():
    """In the B-3L_mu theory couplings are muon columns: the same numbers as with all flavours."""
    apart, together = theory_of("B-3Lmu"), theory_of("generic")
    couplings = {n: v for n, v in random_couplings(apart, 7).items() if n in together.space.names}
    for field in ("S1", "S3"):
        found = yukawa_traces(apart, apart.complete(couplings), field)
        assert found == pytest.approx(yukawa_traces(together, couplings, field), rel=1e-12, abs=0)


def test_traces_do_not_depend_on_the_basis_of_leptons():
    rng = np.random.default_rng(6)
    turn = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]
    theory = model("[R2]")
    c = random_couplings(theory, 6)
    other = {**c, "eta2L": c["eta2L"] @ turn, "Ye": turn.conj().T @ c["Ye"]}
    expected = yukawa_traces(theory, c, "R2")
    assert yukawa_traces(theory, other, "R2") == pytest.approx(expected, rel=1e-12, abs=0)


def test_portal_is_a_sum_over_components():
    """A portal without a trace gives nothing; the sum is what the one-loop threshold says."""
    theory = model("[R2, S3]")
    sums = (("lH2", "R2", 6), ("lsH2", "R2", 0), ("lH3", "S3", 9), ("leH3", "S3", 0))
    for name, field, d in sums:
        assert portal_sum(theory, theory.complete({name: 0.3}), field) == close(0.3 * d, rel=1e-12)
    couplings = theory.complete(
        {"lH2": 0.3, "lsH2": 0.4, "lH3": -0.3, "leH3": 0.5, "m2_R2": 4e6, "m2_S3": 4e6}
    )
    pieces = [portal_piece(theory, couplings, field, 2000.0) for field in ("R2", "S3")]
    expected = -2 * one_loop_shifts(theory, couplings, 2000.0)["m2_H"]
    assert sum(pieces) == close(expected, rel=1e-12)
    # the logarithm is that of the beta function
    rate = theory.evaluate(couplings, 1)["m2_H"]
    assert rate == close(sum(pieces), rel=1e-12)


def test_gauge_piece_is_that_of_the_representation():
    couplings = {"g1": 0.36, "g2": 0.64}
    for field, d, n, y in (("R2", 6, 2, 7 / 6), ("R2t", 6, 2, 1 / 6), ("S1t", 3, 1, 4 / 3)):
        theory = model(f"[{field}]")
        group = (n * n - 1) / 4 * 0.64**4 + y * y * 0.36**4
        value = gauge_piece(theory, theory.complete(couplings), field, 2000.0)
        assert value == close(-d * 4e6 * KAPPA**2 * group * 3.5, rel=1e-12)


def test_a_field_without_yukawa_couplings_has_no_yukawa_piece():
    lonely = "{spin: scalar, colour: 3bar, isospin: 1, Y: 10/3, X: 0}"
    theory = model(f"{{{STANDARD}, T: {lonely}}}")
    couplings = theory.complete(with_sm(theory, {"m2_T": 4e6}, 2000.0))
    assert yukawa_piece(theory, couplings, "T", 2000.0) == 0
    found = naturalness_of(theory, {"m2_T": 4e6})
    assert found.higgs.yukawa == {"T": 0.0}
    assert found.higgs.portal == {"T": 0.0}
    assert found.higgs.gauge["T"] == close(
        gauge_piece(theory, couplings, "T", 2000.0) / TODAY.m_h**2, rel=1e-12
    )
    assert found.yukawa_totals == {"e": 0.0, "mu": 0.0, "tau": 0.0}
    assert found.limits["T"].all_pieces == found.limits["T"].gauge_only


def of_point(point: Point) -> tuple[Theory, dict]:
    theory = theory_of("generic")
    couplings = dict(point.couplings)
    couplings |= {name: point.quartic(name) for name in ("lH1", "lH3", "leH3", "lH13")}
    return theory, {**couplings, "m2_S1": point.M1**2, "m2_S3": point.M3**2}


def some_point(**others) -> Point:
    """Couplings to all families, of both chiralities."""
    rng = np.random.default_rng(3)
    small = {name: 0.1 * rng.normal(size=(3, 3)) for name in ("eta1L", "eta1R", "etat1R")}
    values = {"M1": 2000.0, "M3": 5000.0, "eta3L": 0.4 * spurion("eta3L"),
              "quartics": {"lH1": 0.1, "lH3": -0.08, "leH3": 0.3, "lH13": 0.2j}}  # fmt: skip
    return Point(**{**small, **values, **others})


def test_a_theory_of_s1_and_s3_is_a_point():
    point = some_point()
    found, known = naturalness_of(*of_point(point), 0.5), finite_naturalness(point, 0.5)
    record, expected = found.higgs.record(), known.higgs.record()
    assert record.keys() == expected.keys()
    for name, value in expected.items():
        assert record[name] == close(value, rel=1e-12)
    assert found.mh2_natural == known.mh2_natural
    limits = known.limits
    for field, limit in (("S1", limits.M1_from_mh2), ("S3", limits.M3_from_mh2)):
        assert found.limits[field].all_pieces == close(limit, rel=1e-6)
        assert found.limits[field].without_portal == close(limits.without_portals[field], rel=1e-6)
        assert found.limits[field].gauge_only == close(limits.gauge_only[field], rel=1e-6)
        assert found.portals[field] == close(known.portals[field], rel=1e-12)


def test_shift_of_the_muon_yukawa_is_that_of_the_matching_up_to_the_higgs_mass():
    """The complete matching at mu_M = M1 has terms of m_H^2/M^2 as well: they go like 1/M^2."""
    rests = []
    for mass in (2000.0, 20000.0):
        point = some_point(M1=mass, M3=2.5 * mass)
        theory, couplings = of_point(point)
        y_mu = at_scale(point, mass).sm_parameters.Ye[1, 1]
        found = one_loop_shifts(
            theory, {**with_sm(theory, couplings, mass), "etat1R": 0 * point.etat1R}, mass
        )
        shift = delta_ymu(point).shift
        rests.append(abs(found["Ye"][1, 1] / y_mu - shift) / abs(shift))
    assert 1e-6 < rests[0] < 0.02
    assert rests[1] < 0.03 * rests[0]


def test_lepton_shifts_by_field_add_up_to_those_of_a_point():
    """Equal masses, at which both fields are integrated out at once; eq. (4) is the vertex."""
    point = some_point(M1=30e3, M3=30e3, etat1R=np.zeros((3, 3)))
    shifts = naturalness_of(*of_point(point)).yukawas["mu"]
    known = delta_ymu(point)
    assert shifts["S3"].chiral == 0
    # not zero in the record is m_H^2/M^2 only
    assert shifts["S1"].chiral == close(known.chiral, rel=1e-12)
    total = shifts["S1"].normalisation + shifts["S3"].normalisation
    assert total == pytest.approx(known.normalisation, rel=0, abs=1e-4 * abs(known.shift))
    assert total != known.normalisation


def test_lepton_shift_of_r2_is_eq_4_with_its_own_couplings():
    """delta Ye = -kappa N_c (...) from -L = eta2L ubar l R2 + eta2R qbar e R2: enhanced by y_t."""
    theory = model("[R2]")
    rng = np.random.default_rng(1)
    draw = {n: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for n in ("eta2L", "eta2R")}
    found = naturalness_of(theory, {**draw, "m2_R2": 9e6})
    sm = with_sm(theory, {}, 3000.0)
    # q_i e+ R2+_i and u+ l_j R2_i eps_ij: quark line from l to e through Yu
    product = draw["eta2L"].conj().T @ sm["Yu"].conj().T @ draw["eta2R"].conj()
    for k, lepton in enumerate(("e", "mu", "tau")):
        chiral = found.yukawas[lepton]["R2"].chiral
        size = 3 * KAPPA * abs(product[k, k] / sm["Ye"][k, k])
        assert abs(chiral) == close(size, rel=1e-12)
        normal = (
            -0.125
            * KAPPA
            * (
                3 * np.sum(np.abs(draw["eta2L"][:, k]) ** 2)
                + 6 * np.sum(np.abs(draw["eta2R"][:, k]) ** 2)
            )
        )
        assert found.yukawas[lepton]["R2"].normalisation == close(normal, rel=1e-12)
        assert found.yukawas_natural[lepton] == (found.yukawa_totals[lepton] < 1)


def test_what_is_not_computed_is_said_and_leaves_the_verdict_open():
    theory = model("[R2, S3]")
    found = naturalness_of(theory, {"m2_R2": 1e12, "m2_S3": 1e6})
    assert list(found.not_computed) == ["R2"]
    assert "1e+06 GeV" in found.not_computed["R2"]
    assert list(found.higgs.gauge) == list(found.masses) == ["S3"]
    assert found.higgs.total < 1 and found.mh2_natural is None
    assert set(found.yukawas_natural.values()) == {None}
    # what is there suffices to say no
    assert naturalness_of(theory, {"m2_R2": 1e12, "m2_S3": 1e9}).mh2_natural is False
    assert "m2_R2" in naturalness_of(theory, {"m2_S3": 1e6}).not_computed["R2"]
    both = naturalness_of(theory, {"m2_R2": 1e6, "m2_S3": 1e6})
    assert both.mh2_natural is True and not both.not_computed
    with pytest.raises(InputError, match="Delta"):
        naturalness_of(theory, {"m2_R2": 1e6}, 0.0)
    with pytest.raises(InputError, match="S1"):
        gauge_piece(theory, theory.complete({}), "S1", 1e3)
    # a second doublet that mixes with H has other loops as well
    doublet = "{spin: scalar, colour: 1, isospin: 2, Y: 1/2, X: 0}"
    two = model(f"{{{STANDARD}, D: {doublet}}}")
    mixing = next(
        term.coupling
        for term in two.components.potential_terms
        if [field.name for field in term.fields].count("D") == 1 and len(term.fields) == 4
    )
    assert not naturalness_of(two, {"m2_D": 1e6}).not_computed
    assert mixing in naturalness_of(two, {"m2_D": 1e6, mixing: 0.1}).not_computed["D"]
    with pytest.raises(DomainError, match=mixing):
        yukawa_piece(two, two.complete({mixing: 0.1}), "D", 1e3)
    # at one loop as well, as the beta function of the mixing says
    own = theory_of(
        parse_model(f"fields: {{{STANDARD}, D: {doublet}}}\nterms: {{Du: 'q+_i D+_j u eps_ij'}}")
    )
    couplings = {"m2_D": 1e6, "Du": 0.3 * np.eye(3), "Yu": np.eye(3)}
    assert own.evaluate(own.complete(couplings), 1)["m2_HD"] != 0
    assert "fermions mix D" in naturalness_of(own, couplings).not_computed["D"]
    assert not naturalness_of(own, {"m2_D": 1e6}).not_computed
    # and one that mixes with another heavy field has not the mass that stands there
    like = "{spin: scalar, colour: 3bar, isospin: 1, Y: 1/3, X: 0}"
    two = model(f"{{{STANDARD}, S1: 0, T: {like}}}")
    (mixed,) = set(two.space.masses) - {"m2_H", "m2_S1", "m2_T"}
    masses = {"m2_S1": 1e6, "m2_T": 4e6}
    assert not naturalness_of(two, masses).not_computed
    reasons = naturalness_of(two, {**masses, mixed: 1e5}).not_computed
    assert list(reasons) == ["S1", "T"] and all(mixed in text for text in reasons.values())


def test_limits_are_where_the_moduli_reach_the_tolerance():
    theory = model("[R2]")
    yukawas = {"eta2L": 0.3 * np.ones((3, 3)), "eta2R": 0.2 * np.eye(3)}
    couplings = {**yukawas, "lH2": -0.05, "m2_R2": 4e6}
    found = naturalness_of(theory, couplings, 0.7).limits["R2"]
    assert found.all_pieces < found.without_portal < found.gauge_only
    for limit, change in (
        (found.all_pieces, {}),
        (found.without_portal, {"lH2": 0.0}),
        (found.gauge_only, {"lH2": 0.0, **{name: 0 * matrix for name, matrix in yukawas.items()}}),
    ):
        at = naturalness_of(theory, {**couplings, **change, "m2_R2": limit**2})
        assert at.higgs.total == close(0.7, rel=1e-5)


def test_limits_from_gauge_loops_alone():
    """The numbers of docs/theory.md."""
    for field, limit in (("S1", 132), ("S1t", 33.5), ("R2t", 12.7), ("R2", 11.5), ("S3", 6.27)):
        found = naturalness_of(model(f"[{field}]"), {f"m2_{field}": 9e6}).limits[field]
        assert found.gauge_only / 1e3 == pytest.approx(limit, rel=5e-3, abs=0)


def test_record_is_plain_data():
    record = naturalness_of(model("[R2, S3]"), {"m2_R2": 1e6, "m2_S3": 4e6}, 2.0).record()
    assert list(record) == [
        "definition", "Delta", "masses_GeV", "delta_yukawa", "delta_mh2", "mh2_natural",
        "limits_GeV", "portals", "not_computed",
    ]  # fmt: skip
    assert record["Delta"] == 2.0
    assert record["masses_GeV"] == {"S3": 2000.0, "R2": 1000.0}
    assert list(record["delta_yukawa"]) == ["e", "mu", "tau"]
    assert list(record["delta_yukawa"]["tau"]["fields"]) == list(record["limits_GeV"])
    assert {"portal_R2", "gauge_R2", "yukawa_R2", "shift", "total"} <= set(record["delta_mh2"])


def test_neutrino_yukawas_count_where_a_theory_has_them():
    """N of S3 has those of the neutrinos beside those of the charged leptons."""
    theory = theory_of("generic")
    zero = np.zeros((3, 3))
    c = {**random_couplings(theory, 2), "Yu": zero, "Yd": zero}
    same, _ = yukawa_traces(theory, c, "S3")
    assert same == close(norm(c["eta3L"], c["Ye"]) + norm(c["eta3L"], c["Ynu"]), rel=1e-12)


def test_limits_of_points_are_unchanged():
    """Of version 0.1, in GeV: couplings of the fit of 2021."""
    root = np.sqrt(0.0149)
    point = Point(eta3L=0.41 * spurion("eta3L"), eta1L=root * spurion("eta1L"),
                  eta1R=root * spurion("eta1R"))  # fmt: skip
    one, other = loop_functions(0.0)
    assert (one, other) == close((-2 - np.pi**2 / 3, -5 - np.pi**2 / 3), rel=1e-15)
    assert mass_limit_from_higgs("S3", point=point) == close(4398.0738, rel=1e-6)
    assert mass_limit_from_higgs("S1", point=point) == close(26754.437, rel=1e-6)
    assert mass_limit_from_higgs("S1", 0.02, 0.5, 1e6, replace(point, M1=2e3), True) == close(
        2110.72171, rel=1e-6
    )
