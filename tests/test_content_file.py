"""Field contents from files: what is read, and every fault of a bad one at once."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from model_texts import B_3L_MU
from muoquark.common.errors import InputError
from muoquark.model.model_file import parse_model, read_model
from muoquark.symmetry.anomalies import anomalies
from muoquark.symmetry.content import Field, as_charge, with_charges

GOOD = f"""
name: with a vector-like quark
fields:
{B_3L_MU}
  T: {{spin: left, colour: 3, isospin: 1, Y: 2/3, X: 1}}
  Tc: {{spin: right, colour: 3, Y: 2/3, X: 1}}
"""


def test_known_and_new_fields():
    content = parse_model(GOOD)
    assert content.name == "with a vector-like quark"
    assert content.fields[:7] == with_charges(
        {"q": "1/3", "u": "1/3", "d": "1/3", **{f: [0, -3, 0] for f in ("l", "e", "nu")}, "H": 0}
    )
    assert content.fields[7].colour == "3"
    assert content.fields[8].isospin == 1
    assert all(anomaly.vanishes for anomaly in anomalies(content.fields))


def test_all_faults_at_once_with_their_lines():
    bad = """
fields:
  qq: 1/3
  u: 0.333
  l: [0, -3]
  H: [0, 0]
  T: {spin: up, colour: 4, isospin: 0, Y: 2/3, X: 1/0}
  U: {spin: left, charge: 3, Y: 0}
  S1: {spin: scalar, Y: 1/3, X: 0}
extra: 1
"""
    with pytest.raises(InputError) as error:
        parse_model(bad, "bad.yaml")
    faults = {fault.line: "" for fault in error.value.faults}
    for fault in error.value.faults:
        assert fault.source == "bad.yaml"
        faults[fault.line] += fault.message + "\n"
    assert sorted(faults) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "did you mean 'q'" in faults[3]
    assert "write an integer or a fraction" in faults[4]
    assert "one for each generation" in faults[5]
    assert "expected one charge" in faults[6]
    for part in ("found 'up'", "found '4'", "dimension of an SU(2)", "'1/0' is not exact"):
        assert part in faults[7]
    assert "unknown key 'charge'" in faults[8]
    assert "'X' is missing" in faults[8]
    assert "is known: give its X charge only" in faults[9]
    assert "unknown key 'extra'" in faults[10]


@pytest.mark.parametrize("text", ["name: x", "fields: {}", "fields: 3", "- 1", "fields: {q: }"])
def test_nothing_useful_is_an_error(text):
    with pytest.raises(InputError):
        parse_model(text)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_model(tmp_path / "none.yaml")


@pytest.mark.parametrize(("text", "value"), [("-1/3", "-1/3"), (" 2 ", "2"), (3, "3")])
def test_exact_charges(text, value):
    assert as_charge(text) == Fraction(value)


@pytest.mark.parametrize("text", ["0.3", "1e1", "x", "", "1/", "1/0", None, 0.5, True, "1/2/3"])
def test_inexact_charges(text):
    with pytest.raises(InputError, match="is not exact"):
        as_charge(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"spin": "spinor"},
            "the spin 'spinor': Allowed: scalar, left, right, vector, field strength",
        ),
        ({"spin": "Left"}, "the spin 'Left': did you mean 'left'"),
        ({"colour": "4"}, "the colour '4'"),
        ({"isospin": 0}, "the isospin 0"),
        ({"X": ()}, "has no charge"),
    ],
)
def test_a_field_of_an_unknown_representation_is_refused(change, message):
    """Such a field had the mass dimension 3/2 and the Lorentz spin of a field strength."""
    known = {"spin": "left", "colour": "3", "isospin": 2, "Y": Fraction(1, 6), "X": (0,)}
    with pytest.raises(InputError, match=re.escape(message)):
        Field("P", **{**known, **change})


def test_mass_dimensions():
    spins = ("scalar", "left", "right", "field strength")
    found = [Field("P", spin, "1", 1, Fraction(0), (0,)).dimension for spin in spins]
    assert found == [1, Fraction(3, 2), Fraction(3, 2), 2]


def test_generations_without_names_are_numbered():
    field = Field("F", "left", "1", 1, Fraction(0), (Fraction(2), Fraction(-1), Fraction(5)))
    assert field.flavours == ("1", "2", "3")
    assert [field.charge(name) for name in field.flavours] == [2, -1, 5]
