"""Cards: what is read, what is refused with which words, and the way back to text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.errors import InputError
from muoquark.model.card import Ansatz, Card, Free
from muoquark.model.card_file import builtin_cards, parse_card, read_card
from muoquark.model.fields import built_in_model
from muoquark.model.point import Point

INVALID = sorted((Path(__file__).parent / "invalid_cards").glob("*.yaml"))

EXAMPLE = """
model: B-3Lmu
masses: {S1: 3000.0, S3: 4000.0}      # GeV
mu_M: 3500.0
couplings:
  eta3L: ["-0.0034+0.0014j", 0.0166, 0.4]
  eta1L: [0, 0, 0.15]
  eta1R: [[0, 0, 0], [0, "0.1j", 0], [0, 0.08, 0]]
quartics: {lH1: 0.1, lH3: 0.08, lH13: "0.1-0.2j"}
gauge: {gX: 0.05}
sm: {g1: 0.365, lam: 0.16, Ye: [[3e-6, 0, 0], [0, 6e-4, 0], [0, 0, "0.01+0.001j"]]}
"""


def test_there_are_enough_invalid_cards():
    assert len(INVALID) >= 20


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_card(path, muoquark):
    expected = path.with_suffix(".txt").read_text().strip()
    with pytest.raises(InputError) as caught:
        read_card(path)
    assert len(caught.value.faults) == 1
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    outcome = muoquark("match", path)
    assert outcome.code == 2
    assert outcome.out == ""
    assert expected in outcome.err
    assert "Traceback" not in outcome.err


def test_all_faults_at_once():
    text = "model: X\nmasses: {S1: -1}\ncouplings: {eta3: 1, eta1L: [1, x, 3]}\n"
    with pytest.raises(InputError) as caught:
        parse_card(text)
    assert [fault.line for fault in caught.value.faults] == [1, 2, 3, 3]
    # of a model with faults nothing else can be judged
    with pytest.raises(InputError) as caught:
        parse_card("model: {fields: [S9]}\nmasses: {S9: -1}\n")
    assert [fault.line for fault in caught.value.faults] == [1]


def test_example():
    point = parse_card(EXAMPLE).point()
    assert (point.M1, point.M3, point.mu_M) == (3000, 4000, 3500)
    assert np.array_equal(point.eta3L[:, 1], [-0.0034 + 0.0014j, 0.0166, 0.4])
    assert not np.any(point.eta3L[:, [0, 2]])
    assert point.eta1R[2, 1] == 0.08
    assert point.eta1R[1, 1] == 0.1j
    assert point.quartic("lH13") == 0.1 - 0.2j
    assert point.quartic("lH1") == 0.1
    assert point.quartic("l13a") == 0
    assert point.gX == 0.05
    sm = point.sm_parameters
    assert sm.g1 == 0.365
    assert sm.lam == 0.16
    assert sm.Ye[2, 2] == 0.01 + 0.001j
    assert sm.g2 == pytest.approx(0.63, abs=0.005)  # not in the card: from the measured inputs


def test_defaults():
    assert parse_card("model: B-3Lmu").point() == Point()
    point = parse_card("masses: {S1: 2000, S3: 8000}").point()
    assert point.mu_M is None
    assert point.common_scale == pytest.approx(4000, rel=1e-12, abs=0)


def test_json_card_with_tabs():
    text = '{\n\t"masses": {"S1": 2000},\n\t"couplings": {"eta1R": [0, 0, "0.1j"]}\n}'
    point = parse_card(text).point()
    assert point.M1 == 2000
    assert point.eta1R[2, 1] == 0.1j


@pytest.mark.parametrize("text", [EXAMPLE, *builtin_cards().values()])
def test_round_trip(text):
    card = parse_card(text)
    assert parse_card(card.to_yaml()) == card
    point = card.point()
    assert parse_card(Card.of(point).to_yaml()).point() == point


number = st.complex_numbers(max_magnitude=3, allow_nan=False, allow_infinity=False)
matrix = st.lists(st.lists(number, min_size=3, max_size=3), min_size=3, max_size=3)


@given(
    eta=matrix,
    mass=st.floats(300, 1e5),
    quartics=st.dictionaries(
        st.sampled_from(list(built_in_model("B-3Lmu").quartics)), st.floats(-1, 1)
    ),
)
def test_any_point_survives_its_text(eta, mass, quartics):
    column = np.array(eta)[:, 1]
    point = Point(M1=mass, eta1L=column, quartics=quartics)
    assert parse_card(Card.of(point).to_yaml()).point() == point
    point = Point("generic", {"S1": mass}, {"eta1L": np.array(eta)})
    assert parse_card(Card.of(point).to_yaml()).point() == point


def test_free_parameters():
    card = parse_card(
        "masses: {S3: {free: [1000, 5000], start: 3000}}\n"
        "couplings:\n"
        "  eta3L: {ansatz: U2, value: {free: [0, 1]}, light: [{free: [-2, 2], name: c}, -1]}\n"
        "  eta1L: [0, 0, {free: [0, 1], name: x}]\n"
        "  eta1R: [0, 0, {free: [0, 1], name: x}]\n"
        "quartics: {lH1: {free: [0, 0.5]}}\n"
    )
    assert [p.name for p in card.free] == ["S3", "eta3L", "c", "x", "lH1"]
    assert card.free[0] == Free("S3", 1000, 5000, 3000)
    point = card.point({"x": 0.3, "eta3L": 0.5})
    assert point.eta1L[2, 1] == point.eta1R[2, 1] == 0.3
    assert point.eta3L[2, 1] == 0.5
    assert point.eta3L[0, 1] == 0  # c starts in the middle of its range
    assert point.quartic("lH1") == 0.25
    assert parse_card(card.to_yaml()) == card
    with pytest.raises(InputError, match="'eta3' is not free in this card: did you mean 'eta3L'"):
        card.point({"eta3": 1})


def test_paper_benchmark():
    card = read_card("paper")
    assert card.couplings["eta3L"] == Ansatz("U2", 0.41)
    point = card.point()
    assert point.is_muoquark()
    assert (point.eta1L[2, 1] * point.eta1R[2, 1]).real == close(0.023, rel=1e-3)


def test_missing_file_names_the_built_in_cards():
    with pytest.raises(InputError, match=r"nope: no such file, nor a built-in card \(.*paper"):
        read_card("nope")


def test_other_bad_files(tmp_path):
    binary = tmp_path / "card.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a text file"):
        read_card(binary)
    with pytest.raises(InputError, match="directory"):
        read_card(tmp_path)
    loop = tmp_path / "loop.yaml"
    loop.write_text("masses: &a\n  S1: *a\n")
    with pytest.raises(InputError, match="an anchor refers to itself"):
        read_card(loop)


def test_priors():
    text = """
masses: {S1: {free: [1000, 4000], prior: log}}
mu_M: 2000
couplings:
  eta3L: {ansatz: U2, value: {free: [0, 1]}, light: [-1, {free: [-2, 0], name: c, prior: flat}]}
quartics: {lH1: {free: [-1, 0.5], prior: {normal: [0, 0.3]}}}
"""
    card = parse_card(text)
    assert [p.prior.kind for p in card.free] == ["log", "flat", "flat", "normal"]
    assert [p.prior.mean for p in card.free][-1] == 0.0
    # A fit starts at the median unless told otherwise.
    assert card.free[0].start == close(2000)
    assert card.free[1].start == 0.5
    assert -0.03 < card.free[3].start < 0
    assert parse_card(card.to_yaml()) == card
    assert "prior" not in parse_card("masses: {S1: {free: [1000, 2000]}}").to_yaml()


PRODUCT = """
masses: {S1: 2000}
couplings:
  eta3L: [0, 0.01, {free: [0, 1], name: x}]
  eta1L: {ansatz: U2, value: 0.2, light: [1, {free: [-2, 2], name: c}]}
  eta1R: [[0, 0, 0], [0, 0, 0], [0, 0, 0.5]]
product: {name: p, of: [eta1L_3, eta1R_33], free: [-0.05, 0.2]}
"""


@pytest.mark.parametrize("p", [0.09, -0.04, 0.0])
def test_product(p):
    """The first entry is sqrt|p|, the second sign(p) sqrt|p|; the ansatz goes with its value."""
    card = parse_card(PRODUCT)
    assert [f.name for f in card.free] == ["x", "c", "p"]
    assert card.free[2].start == close(0.2 * 0.5)  # of the numbers that stand there
    point = card.point({"p": p, "c": 0.5})
    # Below 1e-8 the root is smooth: 1e-4 and 0 in the place of 0 and 0.
    tolerance = 1e-12 if p else 1e-4
    first, second = point.eta1L[2, 1], point.eta1R[2, 2]
    assert first == pytest.approx(np.sqrt(abs(p)), abs=tolerance)
    assert second == pytest.approx(np.sign(p) * np.sqrt(abs(p)), abs=tolerance)
    assert first * second == pytest.approx(p, abs=1e-16)
    if p:
        light = parse_card("couplings: {eta1L: {ansatz: U2, value: 1, light: [1, 0.5]}}").point()
        assert np.allclose(point.eta1L, np.sqrt(abs(p)) * light.eta1L, rtol=1e-12, atol=0)
    assert np.count_nonzero(point.eta1R) == (1 if p else 0)
    assert parse_card(card.to_yaml()) == card
    assert card.support("eta1R").tolist() == [[False] * 3, [False] * 3, [False, False, True]]
    assert card.is_free("eta1R", 2)
    assert not card.is_free("eta1R", 1)


def test_two_products_of_entries_that_nobody_set():
    card = parse_card(
        "couplings: {eta3L: [0, 0.1, 0]}\n"
        "product:\n"
        "- {of: [eta3L_3, eta1L_21], free: [0, 1], start: 0.25}\n"
        "- {of: [eta1R_1, eta1R_2], free: [-1, 1], start: -0.09}\n"
    )
    assert [f.name for f in card.free] == ["eta3L_3*eta1L_21", "eta1R_1*eta1R_2"]
    point = card.point()
    assert np.allclose(point.eta3L[:, 1], [0, 0.1, 0.5], rtol=1e-12, atol=0)
    assert np.allclose(point.eta1L, [[0, 0, 0], [0.5, 0, 0], [0, 0, 0]], rtol=1e-12, atol=0)
    assert np.allclose(point.eta1R[:, 1], [0.3, -0.3, 0], rtol=1e-12, atol=0)
    assert not card.is_muoquark()


def test_a_model_that_calls_itself_generic_is_written_whole():
    text = "model: {name: generic, fields: [q, u, d, l, e, H, R2, S1]}\nmasses: {R2: 2000}\n"
    card = parse_card(text)
    assert "fields" in card.to_yaml()
    assert parse_card(card.to_yaml()) == card
    assert parse_card("model: generic\nmasses: {R2: 2000}").to_yaml().startswith("model: generic")
