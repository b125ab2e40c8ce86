"""What a likelihood can be asked about, told apart by content."""

from __future__ import annotations

import json
from collections import OrderedDict

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.source import as_varied, coefficients_of, order_of, parse, read
from muoquark.matching.match import match
from muoquark.model.card import Card
from muoquark.model.card_file import read_card
from muoquark.model.coefficient_card import CoefficientCard
from muoquark.smeft.wcxf import WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

WCXF = {"eft": "SMEFT", "basis": "Warsaw", "scale": 1000, "values": {"lq1_2223": 1e-9}}
LOW = {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"C9_bsmumu": {"Re": -1, "Im": 2}}}


def test_told_apart(tmp_path):
    assert isinstance(read("paper"), Card)
    path = tmp_path / "c.json"
    path.write_text(json.dumps(WCXF))
    assert read(path) == read(str(path)) == read(WCXF) == WilsonCoefficients(1000, WCXF["values"])
    assert read(LOW) == LowCoefficients("WET", 4.8, {"C9_bsmumu": -1 + 2j})
    card = read({"scale": 1000, "basis": "Warsaw", "coefficients": {"lq1_2223": 1e-9}})
    assert isinstance(card, CoefficientCard)
    for known in (card, read("paper"), read(WCXF)):
        assert read(known) is known
    point = read_card("paper").point()
    assert read(point).point() == point
    assert coefficients_of(card) == read(WCXF) == coefficients_of(read(WCXF))
    assert coefficients_of(read(point), "tree") == match(point, "tree")
    assert as_varied(WCXF) == CoefficientCard("SMEFT", "Warsaw", 1000.0, {"lq1_2223": 1e-9})
    assert (order_of(card, "highest"), order_of(read("paper"), "highest")) == ("highest", "loop")


def test_coefficients_may_be_left_out():
    values = {"lq1_2223": 1e-9, "llphiphi_11": 1e-14, "duql_1111": 1e-20, "duql_1112": 0}
    text = json.dumps({**WCXF, "values": values}, indent=1)
    with pytest.raises(InputError, match="llphiphi_11 violates baryon or lepton number"):
        parse(text)
    found = parse(text, leave_out=("llphiphi", "duql"))
    assert dict(found.values) == {"lq1_2223": 1e-9}
    assert found.notes == ("left out as asked for: llphiphi_11, duql_1111, duql_1112",)
    with pytest.raises(InputError, match="lq1_2223: cannot be left out, since it is calculated"):
        parse(text, leave_out=("llphiphi", "duql", "lq1_2223"))
    with pytest.raises(InputError, match="there is no 'duue' that could be left out"):
        parse(text, leave_out=("duue",))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nothing.yaml", "nothing.yaml: no such file, nor a built-in card"),
        (3, "expected a card, coefficients, a point, a path or a dict, found 3"),
        (None, "found None"),
        ({}, "the card is empty"),
        ({"masses": {"S1": object()}}, "made of dicts, lists, texts and numbers"),
        ({**LOW, "values": {"C9_bsmm": 1}}, "C9_bsmm: is no coefficient"),
        ({**LOW, "scale": 3.0}, "nothing is asked for in WET at 3 GeV"),
        ({**LOW, "basis": "JMS"}, "found 'JMS'"),
        ({**LOW, "eft": "WET-9"}, "eft: found 'WET-9'"),
    ],
)
def test_faults(source, message):
    with pytest.raises(InputError) as caught:
        read(source)
    assert message in str(caught.value)


def test_a_folder_does_not_hide_a_built_in_card(tmp_path, monkeypatch, muoquark):
    """``muoquark fit plane --out plane``, and then anything else of the card."""
    (tmp_path / "plane").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read("plane").free == read_card("plane").free != {}
    assert muoquark("check", "plane").code == muoquark("loglike", "plane", "-q").code == 0


def test_what_is_like_a_dict_and_a_number():
    """Of numpy, and ordered mappings: some packages make ``yaml.safe_load`` return these."""
    inner = OrderedDict(C9_bsmumu=np.float64(-0.8), C10_bsmumu=np.int64(0))
    document = OrderedDict(eft="WET", basis="flavio", scale=np.float64(4.8), coefficients=inner)
    expected = read({"eft": "WET", "basis": "flavio", "scale": 4.8,
                     "coefficients": {"C9_bsmumu": -0.8, "C10_bsmumu": 0}})  # fmt: skip
    assert read(document) == expected
    couplings = {"eta3L": np.array([[0, 0, 0], [0, 0.1, 0], [0, 0.3, 0]])}
    card = read({"model": "generic", "masses": {"S3": np.float64(3000)}, "couplings": couplings})
    assert card.point().couplings["eta3L"][2, 1] == 0.3
    with pytest.raises(InputError, match="made of dicts"):
        read({"model": object()})
