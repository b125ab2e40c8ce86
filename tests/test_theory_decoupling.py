"""Heavy scalars integrated out: against the complete matching, the beta functions, a rotation."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from model_texts import STANDARD
from muoquark.common.errors import DomainError, InputError
from muoquark.model.fields import Model, built_in_model
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.theory.betas import Theory, theory_of
from muoquark.theory.decoupling import heavy_fields, one_loop_shifts, yukawa_shifts
from muoquark.theory.generate import generate
from muoquark.theory.thresholds import matching_shifts

SECOND = "{spin: scalar, colour: 3bar, isospin: 1, Y: 1/3, X: 0}"


def model(fields: str) -> Theory:
    return theory_of(parse_model(f"fields: [{fields}]"))


def random_couplings(theory: Theory, seed: int, m2_h: float = 0.0) -> dict:
    """Complex flavour, all quartics, masses of 1 to 4 TeV."""
    rng = np.random.default_rng(seed)
    space = theory.space
    out = dict(zip(space.gauge, rng.uniform(0.3, 1.2, len(space.gauge)), strict=True))
    for name, shape in space.yukawas.items():
        matrix = 0.5 * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
        out[name] = np.where(space.allowed[name], matrix, 0)
    for name in (name for name in space.quartics if name not in space.unclosed):
        number = complex(rng.normal(), rng.normal()) / 2
        out[name] = number if name in space.complex else number.real
    for name in space.masses:
        out[name] = rng.uniform(1e3, 4e3) ** 2
    return {**out, "m2_H": m2_h}


def sizes(found: dict, expected: dict) -> dict[str, float]:
    """Largest deviation of each, relative to the largest entry."""
    return {
        name: float(np.abs(found[name] - value).max() / np.abs(value).max())
        for name, value in expected.items()
    }


def both_routes(m2_h: float, seed: int = 5) -> dict[str, float]:
    """Deviations from the complete one-loop matching of S1 and S3."""
    theory = theory_of("generic")
    # the complete matching knows neither etat1R nor right-handed neutrinos
    couplings = {**random_couplings(theory, seed, m2_h), "etat1R": np.zeros((3, 3)), "m2_S3": 4e6}
    point = Point(
        **{name: couplings[name] for name in ("eta1L", "eta1R", "eta3L")},
        M1=couplings["m2_S1"] ** 0.5,
        M3=2000.0,
        mu_M=2600.0,
        quartics={name: couplings[name] for name in theory.space.quartics if name != "lam"},
    )
    assert abs(point.M1 / point.M3 - 1) > 0.2 and abs(point.M1 / 2600 - 1) > 0.05
    return sizes(one_loop_shifts(theory, couplings, 2600.0), matching_shifts(point, couplings))


@pytest.mark.parametrize("seed", [5, 6])
def test_shifts_are_those_of_the_complete_matching(seed):
    """At random complex 3x3 couplings, all portals, unequal masses, mu away from both."""
    found = both_routes(0.0, seed)
    assert set(found) == {"g1", "g2", "g3", "Yu", "Yd", "Ye", "lam", "m2_H"}
    assert max(found.values()) < 1e-13


def test_terms_of_the_higgs_mass_are_what_is_dropped():
    """The difference to the complete matching is linear in m_H^2/M^2."""
    small, large = both_routes(1e1), both_routes(1e3)
    for name in ("Yu", "Ye", "lam"):
        assert 1e-8 < small[name] < 1e-4
        assert large[name] == close(100 * small[name], rel=0.01)
    for name in ("g1", "g2", "g3", "Yd", "m2_H"):
        assert max(small[name], large[name]) < 1e-13


def check_running(content: Model, seed: int) -> None:
    """d(shift)/dlnmu is the beta function below minus the one above, all couplings held fixed."""
    theory = Theory(content)
    theory.table = generate(theory.components, highest=1)
    couplings = random_couplings(theory, seed, -8e3)
    heavy = heavy_fields(theory)
    gone = {name for field in heavy for name in theory.space.needs[field]}
    low = {n: v * 0.0 if n in gone else v for n, v in couplings.items()}
    above = theory.evaluate(theory.complete(couplings), 1)
    below = theory.evaluate(theory.complete(low), 1, frozenset(heavy))
    one, other = (one_loop_shifts(theory, couplings, mu) for mu in (2500.0, 2500.0 * np.e))
    names = {"g1", "g2", "g3", "lam", "m2_H", "Yu", "Yd", "Ye"}
    assert names <= set(one)
    for name, value in one.items():
        slope, expected = np.array(other[name] - value), np.array(below[name] - above[name])
        scale = np.abs([above[name], below[name]]).max()
        np.testing.assert_allclose(slope, expected, rtol=0, atol=1e-12 * scale)
        # all of them are shifted; only a singlet has no weak loops
        assert np.any(expected) or (name == "g2" and heavy == ("S1",))


@pytest.mark.parametrize("fields", ["S1", "R2, S3"])
def test_scale_dependence_is_that_of_the_beta_functions(fields):
    check_running(parse_model(f"fields: [{fields}]"), 3)


def test_scale_dependence_with_charges_and_right_handed_neutrinos():
    """Flavour classes: muons apart; portals of Phi, which stays."""
    check_running(built_in_model("B-3Lmu"), 4)


@pytest.mark.slow
def test_scale_dependence_of_all_leptoquarks_together():
    check_running(parse_model("fields: [S1, S3, R2, R2t, S1t]"), 5)


def test_table_of_one_loop_is_part_of_the_whole():
    theory = model("S1")
    assert generate(theory.components, highest=1) == {"1": theory.table["1"]}


def second_singlet(angle: float, phase: complex) -> tuple[Theory, dict, dict]:
    """Two fields like S1, as they are and after a rotation of both, and their couplings.

    One couples to fermions and to H, the other only to gluons and B.
    """
    terms = "eta2: q_i l_j T eps_ij, etaR: u e T"
    theory = theory_of(
        parse_model(f"fields: {{{STANDARD}, S1: 0, T: {SECOND}}}\nterms: {{{terms}}}")
    )
    c, s = np.cos(angle), np.sin(angle) * phase
    turn = np.array([[c, -s], [np.conj(s), c]])  # (S1, T) = turn (new S1, new T)
    rng = np.random.default_rng(8)
    draw = {
        n: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for n in ("Yu", "Ye", "L", "R")
    }
    start = {"g1": 0.4, "g3": 1.1, "Yu": draw["Yu"], "Ye": draw["Ye"]}
    plain = {**start, "eta1L": draw["L"], "eta1R": draw["R"],
             "m2_S1": 1.5e6, "m2_T": 7e6, "lH1": 0.7}  # fmt: skip
    mass = turn.conj().T @ np.diag([1.5e6, 7e6]) @ turn
    portal = turn.conj().T @ np.diag([0.7, 0]) @ turn
    mixed = next(n for n in theory.space.masses if n not in ("m2_H", "m2_S1", "m2_T"))
    names = [
        [t.coupling for t in theory.components.potential_terms
         if sorted(f.name for f in t.fields) == ["H", "H", *pair]]
        for pair in (["S1", "T"], ["T", "T"])
    ]  # fmt: skip
    ((off,), (diagonal,)) = names
    keeps = theory.model.term(mixed).factors
    # S1^dag T or T^dag S1
    entry = (0, 1) if "S1^dag" in keeps else (1, 0)
    rotated = {
        **start,
        "eta1L": draw["L"] * turn[0, 0], "eta2": draw["L"] * turn[0, 1],
        "eta1R": draw["R"] * turn[0, 0], "etaR": draw["R"] * turn[0, 1],
        "m2_S1": mass[0, 0].real, "m2_T": mass[1, 1].real, mixed: mass[entry],
        "lH1": portal[0, 0].real, diagonal: portal[1, 1].real,
        off: portal[(0, 1) if "S1^dag" in theory.model.term(off).factors else (1, 0)],
    }  # fmt: skip
    return theory, plain, rotated


def test_fields_of_equal_charges_may_mix():
    """A unitary rotation of two like fields changes nothing: masses, portals and Yukawas mix."""
    theory, plain, rotated = second_singlet(0.6, np.exp(0.9j))
    found = one_loop_shifts(theory, rotated, 1900.0)
    expected = one_loop_shifts(theory, plain, 1900.0)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-12 * np.abs(value).max())
    # the second field alone has gauge loops only: the others are those of S1
    alone = one_loop_shifts(
        model("S1"),
        {n: plain[n] for n in plain if n != "m2_T"},
        1900.0,
    )
    for name in ("lam", "m2_H", "Yu", "Ye"):
        np.testing.assert_allclose(found[name], alone[name], rtol=1e-11, atol=0)


def test_equal_and_nearly_equal_masses_have_one_limit():
    theory = theory_of("generic")
    start = {"lH13": 0.4 + 0.3j, "lH1": 0.2, "m2_S3": 4e6}
    values = [
        one_loop_shifts(theory, {**start, "m2_S1": 4e6 * (1 + x)}, 3000.0)["lam"]
        for x in (0.0, 1e-14, 1e-9, 1e-5)
    ]
    assert values[1] == close(values[0], rel=1e-13)
    assert values[2] == close(values[0], rel=1e-8)
    assert values[3] == close(values[0], rel=1e-4)


def test_shifts_of_some_fields_add_up():
    theory = model("R2, S3")
    couplings = random_couplings(theory, 9)
    total = yukawa_shifts(theory, couplings, 2500.0, ("R2", "S3"))
    parts = [yukawa_shifts(theory, couplings, 2500.0, (field,)) for field in ("R2", "S3")]
    for name, shift in total.items():
        for k in (0, 1):
            np.testing.assert_allclose(
                parts[0][name][k] + parts[1][name][k], shift[k], rtol=1e-12, atol=1e-18
            )
    none = yukawa_shifts(theory, couplings, 2500.0, ())
    assert all(not np.any(shift.vertex + shift.normalisation) for shift in none.values())


def test_without_heavy_scalars_nothing_shifts():
    found = one_loop_shifts(model("H, q, u, d, l, e"), {"g1": 0.3, "Yu": np.eye(3)}, 1e3)
    assert not any(np.any(value) for value in found.values())


def test_what_cannot_be_integrated_out_is_refused():
    theory = model("S1")
    with pytest.raises(DomainError, match="m2_S1"):
        one_loop_shifts(theory, {"m2_S1": -1e6}, 1e3)
    for scale in (0.0, -1.0, np.inf):
        with pytest.raises(InputError, match="scale"):
            one_loop_shifts(theory, {"m2_S1": 1e6}, scale)
    with pytest.raises(InputError, match="unknown heavy scalar 'R2'"):
        yukawa_shifts(theory, {"m2_S1": 1e6}, 1e3, ("R2",))
    with pytest.raises(DomainError, match="no Higgs field"):
        one_loop_shifts(model("q, l, S1"), {"m2_S1": 1e6}, 1e3)
    # a second doublet mixes with H
    doublet = "{spin: scalar, colour: 1, isospin: 2, Y: 1/2, X: 0}"
    two = theory_of(parse_model(f"fields: {{{STANDARD}, D: {doublet}}}"))
    number = {
        term.coupling: [field.name for field in term.fields].count("D")
        for term in two.components.potential_terms
    }
    for name, n in number.items():
        if n in (1, 3):
            with pytest.raises(DomainError, match=f"{name} mixes D with"):
                one_loop_shifts(two, {"m2_D": 1e6, name: 0.1}, 1e3)
        elif name != "m2_H":
            one_loop_shifts(two, {"m2_D": 1e6, name: 1e6 if name == "m2_D" else 0.1}, 1e3)
    assert {n for n in number.values() if n % 2} == {1, 3}
    assert one_loop_shifts(two, {"m2_D": 1e6, "g2": 0.6}, 2e3)["g2"] < 0
