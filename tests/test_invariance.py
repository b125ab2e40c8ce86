"""Terms of the Lagrangian and the operators that U(1)_X forbids."""

from __future__ import annotations

from fractions import Fraction

import pytest

from muoquark.common.errors import InputError
from muoquark.model.fields import Model, b_minus_3l_mu, built_in_model, generic
from muoquark.model.invariance import absent_products, check_terms, judge_terms, judged_operators
from muoquark.model.terms import Term
from muoquark.symmetry.content import FIELD_STRENGTHS, with_charges
from muoquark.symmetry.contractions import parse_term
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products, flavoured

MODEL = b_minus_3l_mu()


def product(text, model=MODEL):
    return FieldProduct.of(map(Factor.parse, text.split()), model.fields)


def test_table_1():
    charges = {f.name: [str(x) for x in f.X] for f in MODEL.fields}
    assert charges["q"] == charges["u"] == charges["d"] == ["1/3"] * 3
    assert charges["l"] == charges["e"] == charges["nu"] == ["0", "-3", "0"]
    assert [charges[name] for name in ("H", "S1", "S3", "Phi")] == [["0"], ["8/3"], ["8/3"], ["3"]]
    table = {f.name: (f.colour, f.isospin, str(f.Y)) for f in MODEL.fields}
    assert table == {
        "q": ("3", 2, "1/6"),
        "u": ("3", 1, "2/3"),
        "d": ("3", 1, "-1/3"),
        "l": ("1", 2, "-1/2"),
        "e": ("1", 1, "-1"),
        "nu": ("1", 1, "0"),
        "H": ("1", 2, "1/2"),
        "S3": ("3bar", 3, "1/3"),
        "S1": ("3bar", 1, "1/3"),
        "Phi": ("1", 1, "0"),
    }


def test_every_term_is_invariant_and_none_is_missing():
    verdicts = check_terms(MODEL)
    assert all(verdict.invariant for verdict in verdicts)
    found = {coupling for verdict in verdicts for coupling in verdict.couplings}
    assert found == {term.coupling for term in (*MODEL.terms, *MODEL.gauge_terms)}
    leptons = {c: verdict.leptons for verdict in verdicts for c in verdict.couplings}
    assert leptons["eta3L"] == leptons["etat1R"] == ("mu",)
    assert leptons["Ye"] == ("e e", "e tau", "mu mu", "tau e", "tau tau")
    assert leptons["MR"] == ("e e", "e tau", "tau tau")
    assert leptons["yPhi"] == ("e mu", "mu tau")
    assert leptons["Yu"] == leptons["lam"] == ()
    assert absent_products(MODEL) == ()


def test_the_terms_are_all_that_is_allowed_up_to_dimension_four():
    """Completeness: the enumeration finds the Lagrangian's terms and no others."""

    def key(factors):
        forward = tuple(sorted(factors))
        back = tuple(sorted(str(Factor.parse(name).conjugate()) for name in factors))
        return min(forward, back)

    listed = {key(term.factors) for term in MODEL.terms}
    found = set()
    for factors in enumerate_products(MODEL.fields, 4, minimum=2):
        if any(not p.obstructions() for p in flavoured(factors, MODEL.fields)):
            found.add(key(factors))
    assert found == listed


def test_the_enumeration_keeps_to_its_range_of_dimensions():
    """Every range is a part of the whole list; 3/2 for a fermion and 1 for a scalar."""

    def dimension(names):
        fermions = sum(
            name.removesuffix("^dag") in ("q", "u", "d", "l", "e", "nu") for name in names
        )
        return Fraction(3, 2) * fermions + (len(names) - fermions)

    whole = set(enumerate_products(MODEL.fields, 5))
    assert {dimension(names) for names in whole} == {1, 2, 3, 4, 5}  # Phi alone is invariant
    for low, high in ((1, 3), (2, 4), (4, 4), (5, 5)):
        found = set(enumerate_products(MODEL.fields, high, minimum=low))
        assert found == {names for names in whole if low <= dimension(names) <= high}


def test_the_potential_has_14_real_and_3_complex_quartics():
    quartic = [t for t in MODEL.terms if t.part == "potential" and len(t.factors) == 4]
    assert sum(term.real for term in quartic) == 14
    assert sum(not term.real for term in quartic) == 3
    assert not [t for t in MODEL.terms if t.part == "potential" and len(t.factors) == 3]
    # all of them have names, the masses are found by group theory
    found = {t.coupling for t in MODEL.terms if t.automatic}
    assert found == {"m2_H", "m2_Phi", "m2_S1", "m2_S3"}


@pytest.mark.parametrize(
    ("operator", "groups"),
    [
        ("q_1 q_2 S3^dag", ("U(1)_X",)),
        ("q_1 q_1 S3^dag", ("U(1)_X", "statistics")),
        ("q_1 q_1 S1^dag", ("U(1)_X",)),
        ("u_1 d_3 S1^dag", ("U(1)_X",)),
        ("q_1 q_2 S3^dag Phi", ("U(1)_X",)),
        ("q_1 q_2 S3^dag Phi^dag", ("U(1)_X",)),
        ("q_3 l_e S3", ("U(1)_X",)),
        ("q_3 l_tau S1", ("U(1)_X",)),
        ("q_3 l_mu S3", ()),
        ("q_3 l_e S3 Phi^dag", ()),
        ("u_3 e_mu S3", ("SU(2)",)),
        ("d_3 e_mu S1", ("U(1)_Y",)),
        ("q_3 l_mu S3^dag", ("SU(3)", "U(1)_Y", "U(1)_X")),
        ("q_3 l_mu^dag S3", ("Lorentz", "U(1)_Y", "U(1)_X")),
        ("nu_mu nu_mu", ("U(1)_X",)),
        ("nu_e nu_mu Phi", ()),
    ],
)
def test_obstructions_name_the_groups(operator, groups):
    assert product(operator).obstructions() == groups


def test_a_wrong_charge_is_seen_in_every_term_that_has_the_field():
    fields = tuple(f for f in MODEL.fields if f.name != "S3") + with_charges({"S3": Fraction(5, 3)})
    broken = {str(v) for v in check_terms(Model("wrong", fields)) if not v.invariant}
    assert broken == {"q l S3", "H^dag H S3^dag S1", "S3^dag S3^dag S1 S1", "S3^dag S3^dag S3 S1"}


def test_a_term_with_the_wrong_number_of_couplings_is_not_accepted():
    one = Term("a", parse_term("q_i l_j S3_A  eps_ik sigma^A_kj", MODEL.fields))
    two = Term("b", parse_term("q_i l_j S3_A  sigma^A_ki eps_kj", MODEL.fields))
    assert judge_terms([one], MODEL.fields).invariant
    assert not judge_terms([one, two], MODEL.fields).invariant
    quartics = [MODEL.term(name) for name in ("l3a", "l3b")]
    assert not judge_terms(quartics, MODEL.fields).invariant  # there are three
    quartics.append(Term("again", MODEL.term("l3a").contraction))
    assert not judge_terms(quartics, MODEL.fields).invariant


def test_without_a_symmetry_nothing_is_forbidden():
    assert not any(operator.forbidden for operator in judged_operators(generic().fields))


def test_all_di_quarks_are_forbidden_with_and_without_phi():
    found = {str(o): o.forbidden for o in judged_operators(MODEL.fields) if "di-quark" in o.kind}
    pairs = ("q q S3^dag", "q q S1^dag", "u d S1^dag")
    assert set(found) == {f"{p}{phi}" for p in pairs for phi in ("", " Phi", " Phi^dag")}
    assert all(found.values())


def test_field_strengths_mix_only_if_both_are_abelian():
    verdicts = {v.couplings: v for v in check_terms(MODEL)}
    assert verdicts[("epsBX",)].invariant
    assert verdicts[("gX",)].invariant
    assert ("epsBX",) not in {v.couplings for v in check_terms(generic())}


def test_unknown_model_and_field():
    with pytest.raises(InputError, match="did you mean 'B-3Lmu'"):
        built_in_model("B-3Lmuu")
    with pytest.raises(InputError, match="no field 'S2'"):
        MODEL.field("S2")


def test_dimensions_of_terms_are_those_of_their_fields():
    """Products of field strengths have dimension four."""
    fields = (*MODEL.fields, *FIELD_STRENGTHS)
    for term in (*MODEL.terms, *MODEL.gauge_terms):
        item = next(flavoured(term.factors, fields))
        assert term.dimension == item.dimension, term
    assert {t.dimension for t in MODEL.gauge_terms} == {4}
    assert {t.part for t in MODEL.gauge_terms} == {"gauge"}
