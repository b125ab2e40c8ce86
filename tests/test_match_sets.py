"""Any set of scalar leptoquarks through `match`, cards and parametric coefficients."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from muoquark.common.errors import DomainError
from muoquark.matching.match import explain, left_out, match
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.matching.orders import LOOP_FIELDS, orders_of
from muoquark.matching.parametric import parametric
from muoquark.matching.scales import couples_of_point, scales
from muoquark.model.card_file import parse_card
from muoquark.model.fields import generic_model
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.smeft.tensors import symmetrise
from muoquark.smeft.warsaw import from_tensors

NAMES = {
    **{"S1": ("eta1L", "eta1R"), "S1t": ("eta1tR",), "S3": ("eta3L",)},
    **{"R2": ("eta2L", "eta2R"), "R2t": ("eta2tL",)},
}


def point(fields, seed=1, **others):
    """Random complex couplings to all leptons, 2 to 3 TeV."""
    rng = np.random.default_rng(seed)
    couplings = {
        name: 0.3 * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
        for field in fields
        for name in NAMES[field]
    }
    masses = {field: 2000.0 + 250.0 * k for k, field in enumerate(fields)}
    return Point("generic", masses, couplings, **others)


@pytest.mark.parametrize("field", LOOP_FIELDS)
def test_each_is_matched_at_one_loop(field):
    found = match(point((field,)))
    assert found.metadata["order"] == "loop"
    assert {"phie_22", "phiD", "G"} <= set(found.values)
    assert set(found.shifts) == {"g1", "g2", "g3", "lam", "mH2", "Yu", "Yd", "Ye"}


def test_the_result_is_tree_plus_one_loop():
    one = point(("R2", "S3"), mu_M=2400.0, quartics={"lH2": 0.3, "lsH2": -0.2, "leH3": 0.1})
    found = match(one)
    loop = from_tensors(symmetrise(one_loop(inputs_of_point(one)).coefficients))
    tree = match(one, order="tree").values
    for name in set(found.values) | set(loop):
        expected = tree.get(name, 0j) + loop.get(name, 0j)
        assert abs(found.values.get(name, 0j) - expected) < 1e-12 * abs(expected) + 1e-25, name


def test_pieces_add_up():
    one = point(("S1", "R2", "R2t"), mu_M=2400.0)
    whole = match(one)
    for name in ("lq1_2223", "le_1233", "eB_22", "qu1_2333", "lequ3_2233", "phil3_22"):
        parts = explain(one, name)
        total = sum(value for key, value in parts.items() if key != "total")
        assert abs(parts["total"] - total) < 1e-12 * abs(total)
        assert abs(whole[name] - total) < 1e-12 * abs(total)
    assert explain(one, "lequ1_2233")["leptoquark vertices"] != 0
    assert explain(one, "le_1233")["boxes"] != 0


def test_each_at_its_own_mass_and_pairs_at_the_mean():
    """Two that share no fermion have no common part."""
    one = point(("S1t", "S3", "R2"))
    plan = scales(one.masses, one.mu_M, couples_of_point(one))
    means = {
        "R2+S1t": np.sqrt(2000.0 * 2500.0),
        "S3+R2": np.sqrt(2250.0 * 2500.0),
    }
    expected = {"S1t": 2000.0, "S3": 2250.0, "R2": 2500.0, **means}
    assert {content: scale for content, scale in plan.parts} == pytest.approx(
        expected, rel=1e-12, abs=0
    )
    found = match(one)
    assert found.scale == 2000.0
    assert "terms with S3 and R2 at 2371.71 GeV" in found.metadata["matched"]
    parts = explain(one, "lq1_2223")
    assert {"tree (S3)", "tree (R2)", "boxes (S3)", "boxes (terms with S3 and R2)"} <= set(parts)
    assert abs(sum(v for k, v in parts.items() if k != "total") - parts["total"]) < 1e-18


def test_thresholds_of_equal_masses_are_one_matching():
    """Masses that differ by a part in a million: parts and one matching agree."""
    one = point(("S1", "R2"), mu_M=2000.0)
    near = Point("generic", {"S1": 2000.0, "R2": 2000.0 * (1 + 1e-6)}, one.couplings)
    same = Point("generic", {"S1": 2000.0, "R2": 2000.0}, one.couplings, mu_M=2000.0)
    a, b = match(near), match(same)
    assert len(scales(near.masses, None, couples_of_point(near)).parts) == 3
    largest = max(map(abs, b.values.values()))
    for name, value in b.values.items():
        assert abs(a.values.get(name, 0j) - value) < 3e-5 * abs(value) + 1e-7 * largest, name


@pytest.mark.parametrize(("one", "two"), list(combinations(LOOP_FIELDS, 2)))
def test_who_has_common_terms(one, two):
    """What `scales` expects is what the engine has."""
    p = point((one, two), mu_M=2000.0)
    there = {one, two} in [set(pair) for pair in couples_of_point(p).pairs]
    found = one_loop(inputs_of_point(p), content=f"{one}+{two}").coefficients
    assert there == any(np.any(value) for value in found.values())


def test_quartics_that_are_left_out_are_refused():
    """H H between S1t and S3, and between R2 and R2t: renormalisable, and no portal here."""
    for fields, heavy in ((("S1t", "S3"), "S1t and S3"), (("R2", "R2t"), "R2 and R2t")):
        model = generic_model(fields)
        (name,) = (
            name
            for name, term in model.quartics.items()
            if [f.name for f in term.fields].count("H") == 2
            and set(fields) <= {f.name for f in term.fields}
        )
        bad = point(fields, quartics={name: 0.1})
        with pytest.raises(DomainError, match=f"{name}: a quartic of two H .* {heavy}|{heavy}"):
            match(bad)
        match(bad, order="tree")
        text = (
            f"model: generic\nmasses: {{{fields[0]}: 2000, {fields[1]}: 2500}}\n"
            f"quartics: {{{name}: 0.1}}\n"
        )
        with pytest.raises(DomainError, match=name):
            parametric(parse_card(text))


def test_a_portal_that_a_file_writes_is_refused():
    """The engine has the known terms: another one under a known name is no silent factor."""
    model = parse_model("fields: [H, R2]\nterms: {lH2: H_i H+_i R2_k R2+_k 2}")
    with pytest.raises(DomainError, match="lH2: a quartic of two H with R2"):
        match(Point(model, {"R2": 2000.0}, {}, quartics={"lH2": 0.2}))


@pytest.mark.parametrize(("field", "name"), [("S1", "etat1R"), ("R2t", "eta2tR")])
def test_couplings_to_right_handed_neutrinos_are_refused(field, name):
    with pytest.raises(DomainError, match=rf"{name}: nu is no field of the SMEFT"):
        match(Point("generic", {field: 2000.0}, {name: np.ones((3, 3))}))


def test_a_diquark_coupling_leaves_tree_level():
    """Its loops are not calculated: the order says so, and `loop` is refused."""
    model = parse_model("fields: [q, u, d, l, e, H, S1]\nterms: {yqq: u d S1+}")
    assert orders_of(model).by_field == {"S1": "tree"}


def test_what_does_not_reach_dimension_six_is_told():
    model = generic_model(("S1", "S3", "R2"))
    names = [
        name
        for name, term in model.quartics.items()
        if [f.name for f in term.fields].count("H") == 1
    ]
    assert names
    text = (
        f"model: generic\nmasses: {{S1: 2000, S3: 2000, R2: 2000}}\nquartics: {{{names[0]}: 0.1}}\n"
    )
    (note,) = left_out(parse_card(text))
    assert note.startswith(f"{names[0]} of the card does not enter") and "dimension six" in note


def test_parametric_coefficients_are_the_matching():
    """The polynomial's source, portals and different masses included."""
    text = """
model: generic
masses: {R2: 2500, S3: 2000}
couplings:
  eta2L: [[0, 0.1, 0], [0, {free: [-1, 1], name: a}, 0.2], [0.1, 0.3, "0.2+0.1j"]]
  eta2R: [0, 0.05, {free: [-1, 1], name: b}]
  eta3L: [0.01, 0.02, {free: [0, 1], name: c}]
quartics: {lH2: 0.2, lsH2: {free: [-1, 1], name: s}}
"""
    card = parse_card(text)
    source = parametric(card)
    theta = np.array([0.3, -0.4, 0.5, 0.7])
    names = [p.name for p in source.parameters]
    values = dict(zip(names, theta, strict=True))
    expected = match(card.point(values)).values
    found = source.vector(theta)
    for component, value in zip(source.components, found, strict=True):
        name, _, part = component.partition(":")
        want = expected.get(name, 0j)
        want = want.imag if part == "Im" else want.real
        assert abs(value - want) < 1e-9 * abs(expected.get(name, 0j)) + 1e-20, component
