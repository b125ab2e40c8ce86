"""From a point to coefficients, and the verb ``match``."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from closeness import close
from conftest import random_point
from leading_set import leading
from muoquark.common.document import read_document
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.likelihood import Likelihood, PointResult
from muoquark.matching.match import explain, left_out, match
from muoquark.model.card import Card
from muoquark.model.card_file import read_card
from muoquark.model.fields import built_in_model
from muoquark.model.point import Point
from muoquark.running.ckm_expansion import REFERENCE
from muoquark.running.evolution import Evolution, LowSector, Output
from muoquark.running.highscale import run_together
from muoquark.smeft.warsaw import FAMILIES
from muoquark.smeft.wcxf import parse_wcxf
from reference.tree import tree


def test_orders():
    point = random_point(1)
    low, high = match(point, "tree"), match(point, "loop")
    assert low["lq1_2223"] == close(tree(point)["lq1"][1, 1, 1, 2], rel=1e-14)
    assert low["eB_22"] == 0
    x = leading(point)["eB"][1, 1]
    assert high["eB_22"] == close(x, rel=0.05)  # the rest has a lepton Yukawa
    assert not low.shifts
    assert set(high.shifts) == {"Yu", "Yd", "Ye", "g1", "g2", "g3", "lam", "mH2"}
    assert "both complete" in high.metadata["content"]


def test_pieces_add_up(muoquark):
    """``--explain``: tree and pieces sum to what the file says, in both schemes."""
    point = read_card("paper").point()
    for scheme in ("greek", "naive"):
        whole = match(point, scheme=scheme)
        for name in ("lq1_2223", "eB_22", "lequ1_2233", "ll_1122", "phi", "qq1_2323", "phiud_33"):
            parts = explain(point, name, scheme)
            total = parts.pop("total")
            assert total == close(sum(parts.values()))
            assert whole[name] == pytest.approx(total, rel=1e-12, abs=1e-40), name
    outcome = muoquark("match", "paper", "--explain", "lq1_2223")
    assert outcome.code == 0
    assert [line.split("  ")[1] for line in outcome.out.splitlines()[1:3]] == [
        "tree",
        "gauge penguins",
    ]
    document = json.loads(muoquark("match", "paper", "--explain", "phiG", "--json").out)
    assert document["coefficient"] == "phiG"
    assert set(document["pieces"]) == {*parts, "total"}


def test_lepton_flavour_in_the_muoquark_limit():
    """No lepton-flavour violation at all; electrons and taus see only flavour-universal terms."""
    assert all(
        set(name.partition("_")[2][:2]) == {"2"}
        for name in match(random_point(2, muons_only=True), "tree").values
    )
    values = match(random_point(2, muons_only=True)).values
    assert "ll_1111" in values
    assert "eB_11" not in values
    for name in values:
        family, _, digits = name.partition("_")
        letters = FAMILIES[family].fields
        for flavour in "123":
            number = sum(
                (1 if letter.isupper() else -1)
                for letter, digit in zip(letters, digits, strict=True)
                if letter in "LlEe" and digit == flavour
            )
            assert number == 0, name


def test_refusals():
    with pytest.raises(InputError, match="unknown order 'lop': did you mean 'loop'"):
        match(random_point(1), "lop")
    with pytest.raises(DomainError, match="beyond perturbativity"):
        match(replace(random_point(1), eta1R=np.array([0, 0, 4.0])))
    with pytest.raises(DomainError, match="nu is no field of the SMEFT"):
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


SPLIT = Point(
    M1=1500.0,
    M3=6000.0,
    eta3L=np.array([0, 0.05, 0.4]),
    eta1L=np.array([0, 0, 0.3]),
    eta1R=np.array([0, 0.02j, 0.1]),
    quartics={"lH13": 0.1, "lH1": 0.2},
)


def test_each_leptoquark_at_its_own_mass():
    """Coefficients are those of S1 at M1 and of S3 run from M3, each as if it were alone.

    Couplings that do not meet: no term has both.
    """
    alone = {"eta1L": np.zeros(3), "eta1R": np.zeros(3), "quartics": {}}
    s3 = replace(SPLIT, **alone)
    s1 = replace(SPLIT, eta3L=np.zeros(3), eta1L=np.zeros(3), quartics={"lH1": 0.2})
    apart = match(replace(s1, eta3L=s3.eta3L))
    assert apart.scale == 1500
    sets = []
    for point, mass in ((s1, 1500.0), (s3, 6000.0)):
        # both masses are what is left of the other one: its gauge loops, taken away again
        empty = replace(point, **alone, eta3L=np.zeros(3), mu_M=mass)
        other = "M3" if point is s1 else "M1"
        kept = match(replace(point, mu_M=mass, **{other: 1e9})).values
        assert match(replace(empty, M1=1e9, M3=1e9)).values.get("G", 0) == pytest.approx(
            0, abs=1e-20
        )
        sets.append((mass, kept))
    expected = run_together(sets, 1500.0)
    largest = max(map(abs, expected.values()))
    for name in expected.keys() | apart.values.keys():
        assert apart[name] == pytest.approx(expected.get(name, 0), rel=1e-9, abs=1e-13 * largest), (
            name
        )


def test_a_spectators_mass_does_not_matter():
    """C9 of S3 at 20 TeV, wherever S1 is that couples to nothing; not so at one scale."""
    c9 = Output(LowSector("WET", "flavio", "sb", 4.8), "C9_bsmumu:Re")
    tables, ckm = Evolution.load("full"), np.array(REFERENCE)

    def low(point):
        found = match(point)
        return tables.at(found.scale, [c9]).apply(tables.vector(found.values), ckm)[0]

    together = Point(M1=20000.0, M3=20000.0, eta3L=2.69 * np.array([0.0083, -0.04, 1.0]))
    for mass in (1000.0, 3000.0, 90000.0):
        assert low(replace(together, M1=mass)) == pytest.approx(low(together), rel=1e-5, abs=0)
    assert low(replace(together, M1=1000.0, mu_M=1000.0)) / low(together) > 1.5


def test_equal_masses_are_one_scale():
    """Also where they are almost equal: a limit without a step."""
    point = replace(SPLIT, M1=3000.0, M3=3000.0)
    here = match(point)
    assert here.values == match(replace(point, mu_M=3000.0)).values
    assert "matched" not in here.metadata
    near = match(replace(point, M3=3000.0 * (1 + 1e-9)))
    largest = max(map(abs, here.values.values()))
    for name in here.values.keys() | near.values.keys():
        assert near[name] == pytest.approx(here[name], rel=1e-7, abs=1e-12 * largest), name


def test_scale_of_the_file(muoquark, tmp_path):
    """Without mu_M everything runs to the lowest mass or to --mu, and the pieces say so."""
    card = tmp_path / "card.yaml"
    card.write_text(Card.of(SPLIT).to_yaml())
    assert "mu_M" not in card.read_text()
    low = json.loads(muoquark("match", card).out)
    assert low["scale"] == 1500
    assert low["metadata"]["matched"] == (
        "S1 at 1500 GeV, S3 at 6000 GeV, terms with S1 and S3 at 3000 GeV; run to 1500 GeV"
    )
    high = parse_wcxf(read_document(muoquark("match", card, "--mu", "6000").out, "-"))
    assert high.scale == 6000
    down = run_together([(6000.0, high.values)], 1500.0)
    for name, value in match(SPLIT).values.items():
        if abs(value) > 1e-12:
            assert down[name] == pytest.approx(value, rel=1e-4, abs=0), name
    for scale in (None, 6000.0):
        pieces = explain(SPLIT, "lq1_2233", scale=scale)
        total = pieces.pop("total")
        assert total == pytest.approx(sum(pieces.values()), rel=1e-12, abs=0)
        assert total == pytest.approx(match(SPLIT, scale=scale)["lq1_2233"], rel=1e-12, abs=0)
        assert pieces["tree (S3)"] == pytest.approx(3 * 0.4**2 / 4 / 6000**2, rel=1e-12, abs=0)
        assert pieces["running"] != 0
    text = muoquark("match", card, "--explain", "lq1_2233", "--mu", "2000").out
    assert text.startswith("lq1_2233 at 2000 GeV")
    assert "  running " in text
    outcome = muoquark("match", card, "--mu", "80")
    assert outcome.code == 2
    assert "outside of the evolution tables, 91.1876 to 1e+06 GeV" in outcome.err


def test_a_spectator_beyond_the_tables(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text("masses: {S1: 2000, S3: 1e16}\ncouplings: {eta1L: [0, 0, 0.5]}\n")
    outcome = muoquark("match", card)
    assert json.loads(outcome.out)["scale"] == 2000
    assert "S3 (1e+16 GeV) couples to neither fermions nor the Higgs" in outcome.err
    assert "it is left out" in outcome.err


def test_a_large_logarithm_is_said(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    text = "model: generic\nmasses: {S1: 1000, S3: 20000}\ncouplings: {eta3L: [0, 0, 2.69]}\n"
    card.write_text(text)
    assert muoquark("match", card).err == ""
    card.write_text(text + "mu_M: 20000\n")
    assert muoquark("match", card).err == ""
    card.write_text(text + "mu_M: 1000\n")
    assert "worth more than 10 % of what it corrects" in muoquark("match", card).err


def test_sm_couplings_need_one_scale():
    with pytest.raises(InputError, match="set mu_M"):
        replace(SPLIT, sm={"g1": 0.36})
    assert replace(SPLIT, sm={"g1": 0.36}, mu_M=3000.0).sm_parameters.g1 == 0.36


def test_note_on_electrons_and_taus(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    text = Card.of(random_point(3)).to_yaml()
    assert text.startswith("model: generic\n")
    card.write_text(text)
    assert "forbids" not in muoquark("match", card).err
    told = muoquark("match", card, "--json").out
    # without a model it is taken as it is meant, and this is said; a named symmetry is binding
    card.write_text(text.removeprefix("model: generic\n"))
    outcome = muoquark("match", card, "--json")
    assert "which the gauge symmetry B-3Lmu forbids" in outcome.err
    assert json.loads(outcome.out)["values"] == json.loads(told)["values"]
    card.write_text(text.replace("model: generic", "model: B-3Lmu"))
    outcome = muoquark("match", card)
    assert outcome.code == 2
    assert (
        "[1][e] is forbidden by U(1)_X of B-3Lmu: the charges of q l S3 add up to 3" in outcome.err
    )


DECOUPLED = """
couplings: {eta3L: [0, 0.01, 0.3]}
quartics: {lH1: 0.1, lP1: 0.2, l3b: {free: [-1, 1]}, l1: 0}
gauge: {gX: 0.3, epsBX: 0}
"""
NOTES = (
    "gX, lP1 of the card do not enter the Wilson coefficients: they are those of S1 and S3 alone, "
    "the X boson and Phi are taken as decoupled",
    "l3b of the card does not enter the Wilson coefficients: at one loop quartics of leptoquarks "
    "alone shift their masses, and those of the card have the shift in them",
)


def test_entries_that_do_not_enter_are_told(muoquark, tmp_path, monkeypatch):
    """Wherever coefficients are calculated from a card: once, and in the record."""
    card = tmp_path / "card.yaml"
    card.write_text(DECOUPLED)
    assert left_out(read_card(card)) == NOTES
    # They are told apart by what the coefficients say.
    bare = replace(read_card(card), gauge={}, quartics={"lH1": 0.1})
    assert match(bare.point()).values == match(read_card(card).point()).values
    assert match(replace(bare, quartics={}).point()).values != match(bare.point()).values
    for card_without in (bare, read_card("paper"), read_card("plane")):
        assert left_out(card_without) == ()

    monkeypatch.setattr(
        Likelihood, "__call__", lambda self, c: PointResult({}, {}, self.snapshot.sm, {}, ())
    )
    for verb, *more in (("match",), ("match", "--explain", "lq1_2223", "--json"),
                        ("loglike", "--json")):  # fmt: skip
        outcome = muoquark(verb, card, *more)
        assert outcome.code == 0
        assert outcome.err.splitlines() == [f"muoquark: note: {note}" for note in NOTES]
        document = json.loads(outcome.out)
        assert tuple(document.get("notes") or document["metadata"]["notes"]) == NOTES


def test_every_quartic_enters_or_is_told():
    """A quartic changes the coefficients of a point, or a note says that it does not."""
    point = random_point(4, muons_only=True)
    plain = match(point).values
    for name in built_in_model("B-3Lmu").quartics:
        one = replace(point, quartics={name: 0.3})
        changed = match(one).values != plain
        assert changed == (not left_out(Card.of(one))), name


def test_couplings_of_no_muoquark_are_told_wherever_they_start(muoquark, tmp_path):
    """Also where a fit lets them vary."""
    card = tmp_path / "card.yaml"
    card.write_text("couplings: {eta3L: [[0, 0, 0], [0, 0, 0], [0, 0.3, "
                    "{free: [-1, 1], start: 0}]]}")  # fmt: skip
    assert read_card(card).point().is_muoquark()
    assert not read_card(card).is_muoquark()
    assert read_card(card).model.name == "generic"
    assert "which the gauge symmetry B-3Lmu forbids" in muoquark("match", card).err


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
        (("match",), "Missing argument 'CARD_OR_RESULT'"),
        (("match", "paper", "--order", "lop"), "'lop' is not one of"),
        (("match", "paper", "--scheme", "x"), "'x' is not one of"),
        (("match", "paper", "--explain", "lq1_2232"), "complex conjugate of lq1_2223"),
        (("match", "paper", "--explain", "lq1_2223", "--yaml"), "--explain prints the pieces"),
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
