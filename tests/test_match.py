"""From a point to coefficients, and the verb ``match``."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from conftest import random_point
from muoquark.common.document import read_document
from muoquark.common.errors import DomainError, InputError
from muoquark.eft.match import match
from muoquark.eft.wcxf import parse_wcxf
from muoquark.matching.leading import leading
from muoquark.matching.tree import tree
from muoquark.model.card import Card, read_card


def test_orders():
    point = random_point(1)
    low, high = match(point, "tree"), match(point, "loop")
    assert low["lq1_2223"] == tree(point)["lq1"][1, 1, 1, 2]
    assert low["eB_22"] == 0
    assert high["eB_22"] == leading(point)["eB"][1, 1]
    assert not low.shifts
    assert set(high.shifts) >= {"Ye", "g1", "g2", "g3", "mH2"}
    assert "complete one-loop matching is not in yet" in high.metadata["content"]


def test_only_muons_in_the_muoquark_limit():
    """Every coefficient with an electron or tau, and so every LFV one, is exactly zero."""
    for order in ("tree", "loop"):
        names = match(random_point(2, muons_only=True), order).values
        leptonic = {n for n in names if n[0] in "el" or n.startswith(("phil", "phie"))}
        assert leptonic
        for name in leptonic:
            digits = name.partition("_")[2]
            assert set(digits[:2]) == {"2"}, name


def test_refusals():
    with pytest.raises(InputError, match="unknown order 'lop': did you mean 'loop'"):
        match(random_point(1), "lop")
    with pytest.raises(DomainError, match="beyond perturbativity"):
        match(replace(random_point(1), eta1R=np.array([0, 0, 4.0])))
    with pytest.raises(DomainError, match="right-handed neutrinos"):
        match(replace(random_point(1), etat1R=np.array([0, 0, 0.1])))
    with pytest.raises(DomainError, match="matching scale 10 GeV"):
        match(replace(random_point(1), mu_M=10.0), "tree")


def test_verb(muoquark, tmp_path):
    outcome = muoquark("match", "paper", "--order", "tree")
    assert outcome.code == 0
    point = read_card("paper").point()
    assert parse_wcxf(read_document(outcome.out, "-")).values == match(point, "tree").values
    assert outcome.err == ""
    card = tmp_path / "card.yaml"
    card.write_text(Card.of(random_point(3)).to_yaml())
    up = json.loads(muoquark("match", card, "--basis", "Warsaw up").out)
    assert up["basis"] == "Warsaw up"
    moved = json.loads(muoquark("match", card, "--mu", "4000").out)
    assert moved["scale"] == 4000
    assert moved["values"] == match(replace(random_point(3), mu_M=4000.0)).to_dict()["values"]


def test_note_on_electrons_and_taus(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text(Card.of(random_point(3)).to_yaml())
    assert "which the gauge symmetry B-3Lmu forbids" in muoquark("match", card).err
    card.write_text(Card.of(random_point(3, model="generic")).to_yaml())
    assert muoquark("match", card).err == ""


def test_output_file(muoquark, tmp_path):
    for suffix in ("json", "yaml"):
        path = tmp_path / f"point.{suffix}"
        assert muoquark("match", "paper", "-o", path).code == 0
        text = path.read_text()
        assert (
            parse_wcxf(read_document(text, "-")).values == match(read_card("paper").point()).values
        )
        again = muoquark("match", "paper", "--order", "tree", "-o", path)
        assert again.code == 2
        assert "exists already and is left as it is" in again.err
        assert path.read_text() == text
        assert muoquark("match", "paper", "--order", "tree", "-o", path, "--force").code == 0
        assert path.read_text() != text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["point.json", "point.yaml"]
    outcome = muoquark("match", "paper", "-o", tmp_path / "missing" / "point.json")
    assert outcome.code == 2
    assert "cannot write" in outcome.err
    assert muoquark("match", "paper", "-o", tmp_path / "point.txt").code == 2


def test_bad_arguments(muoquark):
    for arguments, message in (
        (("match",), "Missing argument 'CARD'"),
        (("match", "paper", "--order", "lop"), "'lop' is not one of"),
        (("match", "paper", "--mu", "x"), "'x' is not a valid float"),
        (("match", "paper", "--mu", "1"), "the matching scale 1 GeV is outside"),
        (("match", "paper", "--mu", "nan"), "not a positive finite number"),
        (("match", "paper", "--json", "--yaml"), "exclude each other"),
        (("mach", "paper"), "did you mean 'match'"),
    ):
        outcome = muoquark(*arguments)
        assert outcome.code == 2, arguments
        assert message in outcome.err
        assert "Traceback" not in outcome.err
