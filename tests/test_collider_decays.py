"""Widths from terms against the Lagrangian by hand, traces of spinors, and symmetries."""

from __future__ import annotations

from dataclasses import replace
from math import pi, sqrt

import numpy as np
import pytest

from closeness import close
from conftest import random_matrix
from muoquark.collider import decays as module
from muoquark.collider.decays import components_of, decays
from muoquark.collider.splitting import component_masses
from muoquark.common.errors import DomainError
from muoquark.model.card_file import builtin_card
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS, TODAY

M = 1300.0
V = ckm_matrix(INPUTS.ckm)
UP, DOWN, LEPTONS = ("u", "c", "t"), ("d", "s", "b"), ("e", "mu", "tau")
# component -> coupling, factor, quarks, rotated by (V, V* or nothing), charged lepton or neutrino;
# the Lagrangian in components of 1603.04993 and its vectors
TABLE = {
    "S1(1/3)": [("eta1L", 1, UP, "V*", True), ("eta1L", 1, DOWN, "", False),
                ("eta1R", 1, UP, "", True)],
    "S1t(4/3)": [("eta1tR", 1, DOWN, "", True)],
    "S3(4/3)": [("eta3L", sqrt(2), DOWN, "", True)],
    "S3(1/3)": [("eta3L", 1, UP, "V*", True), ("eta3L", 1, DOWN, "", False)],
    "S3(-2/3)": [("eta3L", sqrt(2), UP, "V*", False)],
    "R2(5/3)": [("eta2L", 1, UP, "", True), ("eta2R", 1, UP, "V*", True)],
    "R2(2/3)": [("eta2L", 1, UP, "", False), ("eta2R", 1, DOWN, "", True)],
    "R2t(2/3)": [("eta2tL", 1, DOWN, "", True)],
    "R2t(-1/3)": [("eta2tL", 1, DOWN, "", False)],
    "U1(2/3)": [("x1L", 1, UP, "V", False), ("x1L", 1, DOWN, "", True), ("x1R", 1, DOWN, "", True)],
    "U1t(5/3)": [("x1tR", 1, UP, "", True)],
    "U3(5/3)": [("x3L", sqrt(2), UP, "V", True)],
    "U3(2/3)": [("x3L", 1, UP, "V", False), ("x3L", 1, DOWN, "", True)],
    "U3(-1/3)": [("x3L", sqrt(2), DOWN, "", False)],
    "V2(4/3)": [("x2L", 1, DOWN, "", True), ("x2R", 1, DOWN, "", True)],
    "V2(1/3)": [("x2L", 1, DOWN, "", False), ("x2R", 1, UP, "V*", True)],
    "V2t(1/3)": [("x2tL", 1, UP, "", True)],
    "V2t(-2/3)": [("x2tL", 1, UP, "", False)],
}  # fmt: skip
FIELDS = tuple(dict.fromkeys(name.partition("(")[0] for name in TABLE))


def random(field, seed=3, mass=M):
    rng = np.random.default_rng(seed)
    names = {row[0] for name, rows in TABLE.items() if name.startswith(f"{field}(") for row in rows}
    return Point("generic", {field: mass}, {name: random_matrix(rng) for name in sorted(names)})


def by_hand(point, name, mass=M):
    vector = name[0] in "UV"
    out = {}
    for coupling, factor, quarks, turn, charged in TABLE[name]:
        matrix = factor * point.couplings[coupling]
        matrix = {"V": V, "V*": V.conj(), "": np.eye(3)}[turn] @ matrix
        for i, quark in enumerate(quarks):
            x = (TODAY.m_t / mass) ** 2 if quark == "t" else 0.0
            shape = (1 - x) ** 2 * (1 + x / 2) / 24 if vector else (1 - x) ** 2 / 16
            for a, lepton in enumerate(LEPTONS):
                channel = f"{quark} {lepton if charged else 'nu'}"
                width = mass * abs(matrix[i, a]) ** 2 / pi * shape
                out[channel] = out.get(channel, 0.0) + width
    return out


@pytest.mark.parametrize("field", FIELDS)
def test_widths_are_those_of_the_lagrangian_in_components(field):
    point = random(field)
    for one in decays(point):
        expected = by_hand(point, one.component.name)
        assert dict(one.partial) == {k: close(v, 1e-12) for k, v in expected.items()}
        assert sum(one.branching.values()) == close(1.0, 1e-12)
        assert list(one.branching.values()) == sorted(one.branching.values(), reverse=True)


@pytest.mark.parametrize("field", FIELDS)
def test_isospin_limit(field, monkeypatch):
    """Without the top mass all components of a multiplet are equally broad."""
    monkeypatch.setattr(module, "TODAY", replace(TODAY, m_t=0.0))
    widths = [one.width for one in decays(random(field))]
    assert widths == [close(widths[0], 1e-12)] * len(widths)


@pytest.mark.parametrize("field", FIELDS)
def test_traces_of_generators_give_the_sum_of_widths(field, monkeypatch):
    """Unitarity of V and of the rotation to components: Frobenius norms are enough."""
    monkeypatch.setattr(module, "TODAY", replace(TODAY, m_t=0.0))
    point = random(field)
    expected = 0.0
    for name, matrix in point.couplings.items():
        size = np.sum(np.abs(point.model.term_of(name).contraction.array) ** 2) / 3
        unit = M / (24 * pi) if point.model.field(field).spin == "vector" else M / (16 * pi)
        expected += unit * size * np.sum(np.abs(matrix) ** 2)
    assert sum(one.width for one in decays(point)) == close(expected, 1e-12)


def _slash(p):
    from muoquark.matching.projection import GAMMA, METRIC

    return np.einsum("m,mn,nab->ab", p, METRIC, GAMMA)


@pytest.mark.parametrize("spin", ["scalar", "vector"])
@pytest.mark.parametrize("m2", [0.0, 90.0])
def test_phase_space_by_traces_of_spinors(spin, m2):
    """Sum over spins of |ubar Gamma v|^2, with both masses, from matrices."""
    from muoquark.matching.projection import GAMMA, METRIC

    mass, m1 = 400.0, TODAY.m_t
    momentum = sqrt((mass**2 - m1**2 - m2**2) ** 2 - 4 * m1**2 * m2**2) / (2 * mass)
    direction = np.array([0.36, 0.48, 0.8])
    p1 = np.array([sqrt(m1**2 + momentum**2), *(momentum * direction)])
    p2 = np.array([sqrt(m2**2 + momentum**2), *(-momentum * direction)])
    gamma5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
    left, right = (np.eye(4) - gamma5) / 2, (np.eye(4) + gamma5) / 2
    one, two = _slash(p1) + m1 * np.eye(4), _slash(p2) - m2 * np.eye(4)
    if spin == "scalar":
        squared = np.trace(one @ left @ two @ right)
    else:
        total = p1 + p2
        sums = -METRIC + np.outer(METRIC @ total, METRIC @ total) / mass**2
        traces = [[np.trace(one @ g @ left @ two @ right @ h) for h in GAMMA] for g in GAMMA]
        squared = np.sum(sums * np.array(traces)) / 3
    expected = momentum / (8 * pi * mass**2) * complex(squared).real
    name = "S3" if spin == "scalar" else "U3"
    field = Point("generic", {name: mass}).model.field(name)
    (component, _), *_ = components_of(field)
    assert module._phase_space(component, mass, m1, m2) == close(expected, 1e-10)


def test_numbers_of_the_paper():
    """S3 at 3 TeV, eta3L_3 = 0.41 with the ansatz."""
    found = {one.component.name: one for one in decays(builtin_card("paper").point())}
    assert found["S3(4/3)"].width == pytest.approx(20.1, abs=0.05)
    assert found["S3(4/3)"].branching["b mu"] == pytest.approx(0.998, abs=5e-4)
    assert found["S3(1/3)"].branching["t mu"] == pytest.approx(0.495, abs=5e-4)
    assert found["S3(1/3)"].branching["b nu"] == pytest.approx(0.501, abs=5e-4)


FILE = """
name: mine
fields:
  {{q: 0, u: 0, d: 0, l: 0, e: 0, H: 0, psi: {{spin: right, colour: 1, isospin: 1, Y: 0, X: 0}},
   X7: {{spin: scalar, colour: 3, isospin: 2, Y: 7/6, X: 0}},
   D: {{spin: scalar, colour: 3bar, isospin: 1, Y: 1/3, X: 0}}}}
terms:
  {terms}
"""


def test_a_field_of_the_user_decays_like_the_known_one():
    """X7 has the numbers of R2 under another name, and the term the other way round."""
    model = parse_model(FILE.format(terms="yX: X7_i u+ l_j eps_ji"))
    known = random("R2")
    point = Point(model, {"X7": M}, {"yX": known.couplings["eta2L"]})
    plain = known.replace(couplings={"eta2L": known.couplings["eta2L"]})
    ours = [one.partial for one in decays(point) if one.component.field.name == "X7"]
    assert ours == [
        {k: close(v, 1e-12) for k, v in one.partial.items()} for one in decays(plain)
    ]  # fmt: skip


def test_pairs_of_quarks():
    """q q D+: identical fields are symmetrised, colours are summed."""
    model = parse_model(FILE.format(terms="yD: q_i q_j D+ eps_ij"))
    rng = np.random.default_rng(5)
    matrix = random_matrix(rng)
    point = Point(model, {"D": M}, {"yD": matrix})
    (one,) = [x for x in decays(point) if x.component.field.name == "D"]
    # q_i q_j eps: u_i d_j (y_ij + y_ji with the sign of eps3 and eps, both odd), two colours each
    both = V.conj() @ (matrix + matrix.T)
    size = 2 * np.abs(both) ** 2
    x = (TODAY.m_t / M) ** 2
    shape = np.array([1.0, 1.0, (1 - x) ** 2])[:, None]
    assert one.width == close(float(np.sum(size * shape)) * M / (16 * pi), 1e-12)
    assert one.partial["t b"] == close(float(size[2, 2]) * shape[2, 0] * M / (16 * pi), 1e-12)


def test_thresholds_and_nothing():
    light = Point("generic", {"S3": 150.0}, {"eta3L": [0, 0, 1.0]})
    found = {one.component.name: one for one in decays(light)}
    assert found["S3(1/3)"].closed == ("t mu",)
    assert "t nu" not in found["S3(-2/3)"].branching
    nothing = Point("generic", {"S3": 1000.0}, {"eta3L": [0, 0, 0]})
    assert [(one.width, one.branching) for one in decays(nothing)] == [(0.0, {})] * 3


def test_fermions_without_a_mass_are_refused():
    point = Point("generic", {"S1": M}, {"etat1R": [0, 0, 1.0]})
    with pytest.raises(DomainError, match="etat1R: S1 couples to nu, of which a card has no mass"):
        decays(point)


def test_quartics_split_the_components():
    point = Point("generic", {"S3": 1000.0}, quartics={"leH3": 1.0, "lH3": 0.5})
    masses, notes = component_masses(point)
    # V = lH3 v^2/2 + leH3 (v^2/2) T3, v = 246.22 GeV
    v2 = 246.21965**2 / 2
    expected = [sqrt(1e6 + 0.5 * v2 + t3 * v2) for t3 in (1, 0, -1)]
    assert list(masses.values()) == [close(x, 1e-9) for x in expected]
    assert notes == ()
    doublet = Point("generic", {"R2": 1000.0}, quartics={"lsH2": 0.7})
    # <H^+ sigma^3 H> = -v^2/2
    assert list(component_masses(doublet)[0].values()) == [
        close(sqrt(1e6 - sign * 0.7 * v2), 1e-9) for sign in (1, -1)
    ]
    mixed = Point("generic", {"S1": 1000.0, "S3": 1000.0}, quartics={"lH13": 0.3 + 0.1j})
    assert "lH13 mixes S3 with S1" in component_masses(mixed)[1][0]
    with pytest.raises(DomainError, match="squared mass of S3"):
        component_masses(Point("generic", {"S3": 150.0}, quartics={"lH3": -2.0}))
