"""Models named by a charge assignment: what `muoquark charges` finds can stand in a card."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.common.errors import InputError
from muoquark.model.card_file import parse_card
from muoquark.model.model_file import parse_model
from muoquark.model.terms import known_terms
from muoquark.model.verdicts import check
from muoquark.symmetry.assignment import (
    Assignment,
    coupling_of_leptoquark,
    leptoquark_charge,
    parse_assignment,
)
from muoquark.symmetry.catalogue import labelled, solutions
from muoquark.symmetry.conditions import phi_candidates

LEPTOQUARKS = ("S1", "S3", "R2", "R2t", "S1t", "U1", "U1t", "U3", "V2", "V2t")


@lru_cache(maxsize=1)
def found():
    """All solutions up to 10 with one naming of their generations and one charge of Phi each."""
    assignments = [labelled(solution)[0] for solution in solutions(10)]
    return [(one, next(iter(phi_candidates(one)), None)) for one in assignments]


def model_of(text, fields="[S3]"):
    return parse_model(f"charges: '{text}'\nfields: {fields}\n", "mine")


def test_every_solution_is_a_model():
    assert len(found()) == 276
    assert len({assignment.text(phi) for assignment, phi in found()}) == 276
    for assignment, phi in found():
        model = model_of(assignment.text(phi))
        wanted = {field.name: field.X for field in assignment.fields(["S3"], phi)}
        assert {field.name: field.X for field in model.fields} == wanted
        # the muon's coupling is there, whatever else is
        assert any(choice[1] == 1 for choice in model.heavy_couplings["eta3L"].contraction.allowed)


@pytest.mark.parametrize("number", range(0, 276, 40))
def test_their_anomalies_are_zero(number):
    assignment, phi = found()[number]
    verdicts = [v for v in check(model_of(assignment.text(phi))) if v.check == "anomaly"]
    assert len(verdicts) >= 6
    assert all(verdict.verdict for verdict in verdicts)


def test_an_anomaly_is_found():
    verdicts = check(model_of("k=1/3 L=0,-3,0 N=0,-2,0 Phi=3"))
    assert not all(verdict.verdict for verdict in verdicts if verdict.check == "anomaly")


def test_the_model_of_the_paper():
    """By its charges in thirds it is the built-in one, but for its name."""
    from muoquark.model.fields import built_in_model

    mine, built_in = model_of("k=1/3 L=0,-3,0 Phi=3", "[S1, S3]"), built_in_model("B-3Lmu")
    assert {f.name: f for f in mine.fields} == {f.name: f for f in built_in.fields}
    assert list(mine.heavy_couplings) == list(built_in.heavy_couplings)
    assert mine.name == "k=1/3 L=0,-3,0 Phi=3"


@pytest.mark.parametrize("name", LEPTOQUARKS)
def test_the_charge_opens_couplings_to_the_muon_only(name):
    """From the terms that models bring with them: another list than the group theory."""
    model = model_of("k=1/3 L=0,-3,0 Phi=3", f"[{name}]")
    open_to = {
        (term.coupling, choice[term.contraction.fermions.index(term.flavour_axes[1])])
        for term in model.heavy_couplings.values()
        if "nu" not in {field.name for field in term.fields}
        for choice in term.contraction.allowed
    }
    assert {lepton for _, lepton in open_to} == {1}
    mine = {
        term.coupling
        for term in known_terms()
        if name in {field.name for field in term.fields}
        and term.part == "leptoquark"
        and {"l", "e"} & {field.name for field in term.fields}
    }
    assert {coupling for coupling, _ in open_to} == mine


@pytest.mark.parametrize(
    ("name", "sign"),
    [("S1", -1), ("S3", -1), ("S1t", -1), ("R2", 1), ("R2t", 1),
     ("U1", 1), ("U3", 1), ("U1t", 1), ("V2", -1), ("V2t", -1)],
)  # fmt: skip
def test_the_sign_of_the_quark_is_minus_the_fermion_number(name, sign):
    """|F| = 2 fields annihilate with q l, F = 0 with the conjugate quark: 1603.04993, Table 1."""
    k, muon = Fraction(1, 7), Fraction(-3, 5)
    assert leptoquark_charge(name, k, muon) == sign * k - muon
    assert coupling_of_leptoquark(name)[1].name == ("e" if name in ("S1t", "U1t") else "l")


def test_a_field_without_such_a_coupling():
    with pytest.raises(InputError, match="Phi has no coupling to a quark and a charged lepton"):
        coupling_of_leptoquark("Phi")


number = st.fractions(-5, 5, max_denominator=4)
triple = st.tuples(number, number, number)


@given(st.one_of(number.map(lambda x: (x, x, x)), triple), triple, triple, triple,
       st.none() | number)  # fmt: skip
def test_the_text_names_the_assignment(k, L, E, N, phi):
    assignment = Assignment(k, L, E, N)
    assert parse_assignment(assignment.text(phi)) == (assignment, phi)
    equal = Assignment(k, L, L, L)
    assert "E=" not in equal.text()
    assert parse_assignment(equal.text(phi)) == (equal, phi)


CARD = """\
masses: {S3: 2000, U1: 3000}
model:
  fields: [S3, U1]
  charges: %s
couplings:
  eta3L: [0, 0, 0.1]
"""


def test_a_card_names_one_and_is_written_back():
    card = parse_card(CARD % "k=1 L=0,-9,0 Phi=9")
    assert [field.name for field in card.model.heavy] == ["S3", "U1"]
    assert card.model.field("U1").X == (10,)
    again = parse_card(card.to_yaml())
    assert again == card
    assert again.model.fields == card.model.fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "'nonsense': Allowed: k=, L=, E=, N=, Phi=; k= is missing; L= is missing"),
        ("k=0.33 L=0,-3,0", "k: charge '0.33' is not exact"),
        ("k=1 L=0,-9", "L: found 2 charges, expected 3"),
        ("[1, 2]", "expected text, found a list of 2"),
    ],
)
def test_a_nonsense_text_is_one_message_with_its_line(text, message):
    with pytest.raises(InputError) as caught:
        parse_card(CARD % text, "mine.yaml")
    (fault,) = caught.value.faults
    assert fault.line == 4
    assert fault.message.startswith("model.charges: ")
    assert message in fault.message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("[S3, q]", "found 'q'"),
        ("[S3, S3]", "the field 'S3' stands twice"),
        ("{S3: 8/3}", "expected a list of leptoquarks, whose charges follow"),
        ("[]", "there are no fields"),
    ],
)
def test_fields_beside_charges(fields, message):
    with pytest.raises(InputError) as caught:
        model_of("k=1 L=0,-9,0 Phi=9", fields)
    (fault,) = caught.value.faults
    assert fault.line == 2
    assert message in fault.message


def test_the_verb_prints_the_text(muoquark):
    outcome = muoquark("charges", "--require", "all")
    assert "k=1 L=0,-9,0 Phi=9" in outcome.out
    records = json.loads(muoquark("charges", "--require", "all", "--json").out)["solutions"]
    assert {s["charges"] for s in records} == {"k=1 L=0,-9,0 Phi=9", "k=1 L=-9,9,-9 Phi=18"}
