"""Tree-level exchange from terms: every leptoquark against its published coefficients."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import DomainError
from muoquark.matching.exchange import exchange_table
from muoquark.matching.match import left_out, match
from muoquark.matching.parametric import check_card
from muoquark.model.card_file import parse_card
from muoquark.model.fields import built_in_model
from muoquark.model.model_file import parse_model

E = np.einsum
MASSES = {"S1": 1.3, "S1t": 0.7, "S3": 2.1, "R2": 1.7, "R2t": 0.9,
          "U1": 1.1, "U1t": 1.9, "U3": 0.8, "V2": 1.4, "V2t": 2.3}  # fmt: skip


def matrices(names, seed=0):
    rng = np.random.default_rng(seed)
    return {n: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for n in names}


def published(c, m):
    """The coefficients as tables print them; arrays [l l q q], [l l u u], ..., [l e q u]."""
    x = {name: 1 / mass**2 for name, mass in m.items()}

    def same(spec, a, b):
        return E(f"{spec}->prst", c[a].conj(), c[b])

    # F = 2: eta*_ia eta_jb, F = 0: eta*_ja eta_ib for l_a l_b q_i q_j
    s1, s3 = same("sp,tr", "eta1L", "eta1L") * x["S1"], same("sp,tr", "eta3L", "eta3L") * x["S3"]
    flip1 = same("sp,tr", "eta1L", "eta1R") * x["S1"]
    flip2 = E("tp,sr->prst", c["eta2L"].conj(), c["eta2R"].conj()) * x["R2"]
    u1, u3 = same("tp,sr", "x1L", "x1L") * x["U1"], same("tp,sr", "x3L", "x3L") * x["U3"]
    return {
        "lq1": s1 / 4 + 3 / 4 * s3 - u1 / 2 - 3 / 2 * u3,
        "lq3": -s1 / 4 + s3 / 4 - u1 / 2 + u3 / 2,
        "eu": same("sp,tr", "eta1R", "eta1R") * x["S1"] / 2
        - same("tp,sr", "x1tR", "x1tR") * x["U1t"],
        "ed": same("sp,tr", "eta1tR", "eta1tR") * x["S1t"] / 2
        - same("tp,sr", "x1R", "x1R") * x["U1"],
        "lu": -same("tp,sr", "eta2L", "eta2L") * x["R2"] / 2
        + same("sp,tr", "x2tL", "x2tL") * x["V2t"],
        "ld": -same("tp,sr", "eta2tL", "eta2tL") * x["R2t"] / 2
        + same("sp,tr", "x2L", "x2L") * x["V2"],
        # [q q e e]
        "qe": -E("pt,rs->prst", c["eta2R"].conj(), c["eta2R"]) * x["R2"] / 2
        + E("ps,rt->prst", c["x2R"].conj(), c["x2R"]) * x["V2"],
        "lequ1": flip1 / 2 + flip2 / 2,
        "lequ3": -flip1 / 8 + flip2 / 8,
        # (lbar e)(dbar q); the sign of V2 from dbar^c g (eps l) and qbar^c g eps e: (eps eps) = -1
        "ledq": 2 * same("tp,sr", "x1L", "x1R") * x["U1"]
        - 2 * same("sp,tr", "x2L", "x2R") * x["V2"],
    }


def test_all_leptoquarks_against_their_published_coefficients():
    model = parse_model(f"fields: [{', '.join(MASSES)}]")
    table = exchange_table(model)
    names = {name for entry in table.entries for name in entry.couplings}
    couplings = matrices(sorted(names))
    found, expected = table(couplings, MASSES), published(couplings, MASSES)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-12, err_msg=name)
    assert table.outside == ()


def test_only_the_fields_that_are_wanted_and_there():
    couplings, masses = matrices(("eta1L", "eta1R", "eta3L"), 1), {"S1": 1500.0, "S3": 2500.0}
    table = exchange_table(built_in_model("generic"))
    assert set(table(couplings, masses)) == {"lq1", "lq3", "eu", "lequ1", "lequ3"}
    assert set(table(couplings, masses, ["S3"])) == {"lq1", "lq3"}
    assert set(table(couplings, {"S3": 2500.0})) == {"lq1", "lq3"}


def test_hermitian_operators_have_hermitian_coefficients():
    model = parse_model(f"fields: [{', '.join(MASSES)}]")
    table = exchange_table(model)
    couplings = matrices(sorted({n for entry in table.entries for n in entry.couplings}), 4)
    for name, value in table(couplings, MASSES).items():
        if name not in ("lequ1", "lequ3", "ledq"):
            np.testing.assert_allclose(
                value, value.conj().transpose(1, 0, 3, 2), rtol=0, atol=1e-13
            )


def test_a_second_higgs_doublet_and_an_octet():
    """Fierz into colour octets: (ubar q)(qbar u) = -(1/2)(qbar g q)(ubar g u), colours crossed."""
    text = """
fields:
  q: 0
  u: 0
  d: 0
  l: 0
  e: 0
  H: 0
  D: {spin: scalar, isospin: 2, Y: 1/2, X: 0}
terms: {yu: q+_i D+_j u eps_ij, yd: q+_i D_i d, ye: l+_i D_i e}
"""
    table = exchange_table(parse_model(text))
    y = matrices(("yu", "yd", "ye"), 2)
    found = table(y, {"D": 1.0})
    uu = E("pt,rs->prst", y["yu"], y["yu"].conj())
    np.testing.assert_allclose(found["qu1"], -uu / 6, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found["qu8"], -uu, rtol=0, atol=1e-13)
    le = E("pt,rs->prst", y["ye"], y["ye"].conj())
    np.testing.assert_allclose(found["le"], -le / 2, rtol=0, atol=1e-13)
    ledq = E("pr,ts->prst", y["ye"], y["yd"].conj())
    np.testing.assert_allclose(found["ledq"], ledq, rtol=0, atol=1e-13)
    assert {"quqd1", "lequ1"} <= set(found) and "lequ3" not in found


def test_a_vector_with_currents_of_one_field():
    """A singlet of both groups: - J^+ J/M^2 of the lepton current, in the basis of ll."""
    text = """
fields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0, Z: {spin: vector, Y: 0, X: 0}}
terms: {gl: l+_i l_i Z, ge: e+ e Z}
"""
    table = exchange_table(parse_model(text))
    g = matrices(("gl", "ge"), 3)
    found = table(g, {"Z": 2.0})
    # L = - (g_ab J_ab)^+ (g_cd J_cd)/M^2, summed over all flavours
    direct = -E("rp,st->prst", g["gl"].conj(), g["gl"]) / 4
    both = (found["ll"] + found["ll"].transpose(2, 3, 0, 1)) / 2
    np.testing.assert_allclose(both, (direct + direct.transpose(2, 3, 0, 1)) / 2, atol=1e-13)
    cross = -E("rp,st->prst", g["gl"].conj(), g["ge"]) / 4
    cross = cross + cross.conj().transpose(1, 0, 3, 2)
    np.testing.assert_allclose(found["le"], cross, rtol=0, atol=1e-13)


def test_what_the_basis_does_not_contain_is_told():
    """A diquark coupling beside a lepton coupling lets the proton decay; nu is no field of it."""
    text = """
fields: {q: 0, u: 0, d: 0, l: 0, e: 0, nu: 0, H: 0, S1: 0}
terms: {z1L: q_i q_j S1+ eps_ij}
"""
    table = exchange_table(parse_model(text))
    with pytest.raises(DomainError, match=r"z1L.*violates baryon or lepton number"):
        table.check(["z1L", "eta1L"])
    with pytest.raises(DomainError, match="etat1R: nu is no field of the SMEFT"):
        table.check(["etat1R"])
    table.check(["z1L"])
    table.check(["eta1L", "eta1R"])
    assert {"qq1", "qq3"} <= set(table(matrices(["z1L"]), {"S1": 1.0}))


def test_quartics_that_act_at_tree_level_are_refused():
    """-L = l |H|^2 H^+ D + h.c. leaves |l|^2 |H|^6/M^2, and l y qbar H d |H|^2/M^2."""
    text = """
model:
  fields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0, D: {spin: scalar, isospin: 2, Y: 1/2, X: 0}}
  terms: {yd: q+_i D_i d}
masses: {D: 2000}
couplings: {yd: [[0, 0, 0], [0, 0, 0], [0, 0, 0.5]]}
quartics: {%s: 0.3}
"""
    card = parse_card(text % "l_HHHD_1")
    for refused in (lambda: match(card.point()), lambda: check_card(card)):
        with pytest.raises(DomainError, match="l_HHHD_1: the exchange of D with three H"):
            refused()
    assert left_out(card) == ()
    for name in ("l_HHDD_1", "l_HDDD_1", "l_DDDD_1"):
        card = parse_card(text % name)
        check_card(card)
        assert "qd1_3333" in match(card.point()).values
    check_card(parse_card(text.replace("0.3", "0") % "l_HHHD_1"))


def test_couplings_that_a_card_cannot_set_are_told():
    text = """
model:
  fields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0, T: {spin: scalar, isospin: 3, Y: 1, X: 0}}
  terms: {z: l_i l_j T_A eps_ik sigma^A_kj, mu: H_i H_j T+_A eps_ik sigma^A_kj,
          Yd: q+_i H_i d, lT: H_i H+_i T_A T+_A}
"""
    (note,) = left_out(parse_card(text))
    assert note.startswith("a card has no values for mu of the model: taken to be zero")
    assert left_out(parse_card(text.replace("mu: H_i H_j T+_A eps_ik sigma^A_kj,", ""))) == ()


def test_jax_gives_the_same_and_can_be_differentiated():
    jax = pytest.importorskip("jax")
    from muoquark.common.arrays import double_precision

    with double_precision():
        table = exchange_table(built_in_model("generic"))
        couplings = matrices(("eta1L", "eta1R", "eta3L"), 1)
        masses = {"S1": 1.5, "S3": 2.5}
        traced = jax.jit(lambda c: table(c, masses))(
            {name: jax.numpy.asarray(value) for name, value in couplings.items()}
        )
        for name, value in table(couplings, masses).items():
            np.testing.assert_allclose(np.asarray(traced[name]), value, rtol=1e-14, atol=1e-16)
