"""Cards of Wilson coefficients: reading, values, texts and faults."""

from __future__ import annotations

import pytest

from muoquark.common.document import read_document
from muoquark.common.errors import InputError
from muoquark.inference.source import parse, read
from muoquark.model.card import Free, Parts
from muoquark.model.coefficient_card import CoefficientCard, parse_coefficient_card
from muoquark.smeft.wcxf import WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

TEXT = """\
scale: 3000
basis: Warsaw
coefficients:
  lq1_2223: {free: [-2.0e-9, 2.0e-9]}
  lequ1_3332: {Re: {free: [0, 1.0e-8], name: r, start: 1.0e-9}, Im: -3.0e-9}
  phiD: 1.0e-8
  lq3_2223: {free: [-2.0e-9, 2.0e-9], name: lq1_2223}
"""


def card_of(text: str) -> CoefficientCard:
    return parse_coefficient_card(read_document(text, "card.yaml"))


def test_values():
    card = card_of(TEXT)
    assert [p.name for p in card.free] == ["lq1_2223", "r"]
    point = card.point({"lq1_2223": 1e-9})
    assert isinstance(point, WilsonCoefficients)
    assert point.scale == 3000.0
    assert dict(point.values) == {
        "lq1_2223": 1e-9, "lequ1_3332": 1e-9 - 3e-9j, "phiD": 1e-8, "lq3_2223": 1e-9,
    }  # fmt: skip
    assert isinstance(card.coefficients["lequ1_3332"], Parts)
    with pytest.raises(InputError, match="'lq1_2233' is not free in this card"):
        card.point({"lq1_2233": 1.0})


def test_text_comes_back():
    card = card_of(TEXT)
    assert card_of(card.to_yaml()) == card
    assert isinstance(card.coefficients["lq1_2223"], Free)


def test_low_scale():
    card = parse(
        "{eft: WET, basis: flavio, scale: 4.8, coefficients: {C9_bsmumu: {free: [-2, 1]}}}"
    )
    assert isinstance(card, CoefficientCard)
    assert card.point({"C9_bsmumu": -1.0}) == LowCoefficients("WET", 4.8, {"C9_bsmumu": -1.0})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "lq1_2223:",
            "lq1_2232:",
            "WCxf does not list it, it is the complex conjugate of lq1_2223",
        ),
        ("lq1_2223: {", "lqq_2223: {", "card.yaml:4: coefficients.lqq_2223: unknown coefficient"),
        ("phiD: 1.0e-8", "phiD: {Re: 1, Im: 0}", "the operator is Hermitian"),
        ("phiD: 1.0e-8", "phiD: 1j", "expected a real number"),
        ("phiD: 1.0e-8", "phiD: {free: [1, 0]}", "the range [1, 0] is empty"),
        ("phiD:", "llphiphi_11:", "violates baryon or lepton number"),
        ("scale: 3000", "scale: -1", "scale: found -1"),
        ("scale: 3000\n", "", "the key 'scale' is missing"),
        ("basis: Warsaw", "basis: flavio", "found 'flavio'"),
        ("basis: Warsaw", "basis: Warsaw\neft: HEFT", "eft: found 'HEFT'"),
        ("basis: Warsaw", "basis: Warsaw\nmodel: x", "unknown key 'model'"),
        (TEXT[TEXT.index("coefficients") :], "coefficients: {}", "no coefficient is given"),
    ],
)
def test_faults(old, new, message):
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        card_of(TEXT.replace(old, new, 1))
    assert message in str(caught.value)
    assert "card.yaml:" in str(caught.value)


def test_low_names_are_judged_with_their_lines():
    text = "eft: WET\nbasis: flavio\nscale: 4.8\ncoefficients:\n  C9_bsmu: 1\n  CVLL_bsbs: 1\n"
    with pytest.raises(InputError) as caught:
        parse(text, "low.yaml")
    first, second = caught.value.faults
    assert (first.line, second.line) == (5, 6)
    assert "did you mean 'C9_bsmue'? Allowed: " in str(first)
    assert str(first).endswith(" more")
    assert "WET at 4.2 GeV" in str(second)


def test_a_card_in_python_is_the_same():
    found = read(
        {"scale": 3000, "basis": "Warsaw", "coefficients": {"lq1_2223": {"free": [-2e-9, 2e-9]}}}
    )
    text = "{scale: 3000, basis: Warsaw, coefficients: {lq1_2223: {free: [-2.0e-9, 2.0e-9]}}}"
    assert found == parse(text)
