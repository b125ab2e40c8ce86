"""The generated beta functions of the model: against the dense engine, covariance, traps."""

from __future__ import annotations

import inspect
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import muoquark.theory.general as general
from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.common.errors import InputError
from muoquark.theory import tables, tensors
from muoquark.theory.betas import beta, theory_of
from muoquark.theory.components import Components
from muoquark.theory.couplings import ALIASES, BLOCK_ALIASES, Couplings, old_names
from muoquark.theory.general import beta_gauge, beta_potential, beta_yukawa
from muoquark.theory.generate import generate
from reference.lagrangian import (
    COMPLEX_QUARTICS,
    YUKAWA_SHAPES,
    fields_from_vector,
    numerical_theory,
)
from test_theory_general import published

THEORY = theory_of("B-3Lmu")
NAMES = tuple(beta({}, 1))
MASSES = ("mH2", "mP2", "m12", "m32")

SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
EPS = np.array([[0, 1], [-1, 0]])
EPS3 = np.zeros((3, 3, 3))
EPS3[0, 1, 2] = EPS3[1, 2, 0] = EPS3[2, 0, 1] = 1
EPS3[0, 2, 1] = EPS3[2, 1, 0] = EPS3[1, 0, 2] = -1


def random_point(seed: int, size: float = 0.4) -> dict:
    rng = np.random.default_rng(seed)
    out = {
        name: size * (rng.normal(size=shape) + 1j * rng.normal(size=shape))
        for name, shape in YUKAWA_SHAPES.items()
    }
    out.update({name: size * rng.normal() for name in NAMES if name not in out})
    out.update({name: abs(out[name]) + 0.1 for name in ("g1", "gX", "g2", "g3")})
    return out


def dense(point: dict):
    """The tensors as they were written by hand, component by component."""
    flat = {k: v for k, v in point.items() if not k.endswith(("_re", "_im"))}
    for name in COMPLEX_QUARTICS:
        flat[name] = point[f"{name}_re"] + 1j * point[f"{name}_im"]
    return numerical_theory(flat)


def potential(c: dict, f: dict) -> float:
    """V4 of physics.md section 8 in numpy, written independently of the package's polynomials."""
    h, p, s1, s3 = f["H"], f["P"], f["S1"], f["S3"]  # s3[colour, A]
    hh, pp, n1 = np.vdot(h, h).real, abs(p) ** 2, np.vdot(s1, s1).real
    gram = s3.conj().T @ s3  # S3_A^+ S3_B
    sym = s3.conj().T @ s1  # S3_A^+ S1
    hsh = np.einsum("i,Aij,j->A", h.conj(), SIGMA, h)
    n3 = np.trace(gram).real
    value = (
        c["lH"] * hh**2 + c["lP"] * pp**2 + c["l1"] * n1**2 + c["l3a"] * n3**2
        + c["l3b"] * np.einsum("AB,BA", gram, gram) + c["l3c"] * np.einsum("AB,AB", gram, gram)
        + c["lHP"] * hh * pp + c["lH1"] * hh * n1 + c["lH3"] * hh * n3
        + c["leH3"] * 1j * np.einsum("ABC,A,BC", EPS3, hsh, gram)
        + c["lP1"] * pp * n1 + c["lP3"] * pp * n3 + c["l13a"] * n1 * n3
        + c["l13b"] * np.vdot(sym, sym)
    )  # fmt: skip
    complex_part = (
        (c["lH13_re"] + 1j * c["lH13_im"]) * hsh @ sym
        + (c["l13c_re"] + 1j * c["l13c_im"]) * sym @ sym
        + (c["le13_re"] + 1j * c["le13_im"]) * 1j * np.einsum("ABC,A,BC", EPS3, sym, gram)
    )
    total = value + 2 * complex_part.real
    assert abs(np.imag(total)) < 1e-9
    return float(np.real(total))


def masses(c: dict, f: dict) -> float:
    norms = [np.vdot(f[k], f[k]).real for k in ("H", "P", "S1", "S3")]
    return sum(c[m] * n for m, n in zip(MASSES, norms, strict=True))


def yukawa_form(c: dict, f: dict, psi: dict) -> complex:
    """Holomorphic Yukawa terms psi_i psi_j (commuting stand-ins), written from the Lagrangian."""
    htilde = EPS @ f["H"].conj()
    total = 0j
    for col in range(3):
        q = psi["q"][:, col, :]  # flavour, isospin
        total += np.einsum("rs,ri,i,s", c["Yu"].conj(), q, htilde.conj(), psi["uc"][:, col])
        total += np.einsum("rs,ri,i,s", c["Yd"].conj(), q, f["H"].conj(), psi["dc"][:, col])
        total += np.einsum("rs,ri,ij,sj", c["e1L"], q, EPS, psi["lm"]) * f["S1"][col]
        for a in range(3):
            total += (
                np.einsum("rs,ri,ij,sj", c["e3L"], q, EPS @ SIGMA[a], psi["lm"]) * f["S3"][col, a]
            )
        s1c = f["S1"][col].conj()
        total += np.einsum("rs,r,s", c["e1R"].conj(), psi["uc"][:, col], psi["mc"]) * s1c
        total += np.einsum("rs,r,s", c["e1t"].conj(), psi["dc"][:, col], psi["nmc"]) * s1c
    for lep, e, n, ye, yn in (("l", "ec", "nc", "Ye", "Yn"), ("lm", "mc", "nmc", "ymu", "ynm")):
        total += np.einsum("rs,ri,i,s", c[ye].conj(), psi[lep], f["H"].conj(), psi[e])
        total += np.einsum("rs,ri,i,s", c[yn].conj(), psi[lep], htilde.conj(), psi[n])
    return total + np.einsum("rs,r,s", c["yPhi"].conj(), psi["nc"], psi["nmc"]) * f["P"].conj()


def random_spinors(rng) -> tuple[dict, np.ndarray]:
    shapes = {"q": (3, 3, 2), "uc": (3, 3), "dc": (3, 3), "l": (2, 2), "lm": (1, 2),
              "ec": (2,), "mc": (1,), "nc": (2,), "nmc": (1,)}  # fmt: skip
    psi = {k: rng.normal(size=s) + 1j * rng.normal(size=s) for k, s in shapes.items()}
    flat = []
    for v in psi.values():
        # the engine orders components (colour, isospin) and, innermost, flavour
        flat.append(np.moveaxis(v, 0, -1).ravel() if v.ndim > 1 else v)
    return psi, np.concatenate(flat)


def in_order(components: Components) -> np.ndarray:
    """Where the scalars of the hand-written encoding stand: H, Phi, S1, S3."""
    where = {"H": slice(0, 2), "Phi": slice(2, 3), "S1": slice(3, 6), "S3": slice(6, 15)}
    order = [np.arange(15)[where[part.field.name]] for part in components.scalars]
    return np.concatenate([*order, *(part + 15 for part in order)])


def test_the_tensors_of_the_terms_are_those_that_were_written_by_hand():
    point = random_point(17)
    one = tensors.numerical_theory(THEORY.components, THEORY.complete(point))
    two = dense(point)
    order = in_order(THEORY.components)
    np.testing.assert_allclose(one.yukawa, two.yukawa[order], rtol=0, atol=1e-15)
    four = two.quartic[np.ix_(*[order] * 4)]
    np.testing.assert_allclose(one.quartic, four, rtol=0, atol=1e-14)
    mass = two.scalar_mass[np.ix_(order, order)]
    np.testing.assert_allclose(one.scalar_mass, mass, rtol=0, atol=1e-15)
    for mine, theirs in (
        (one.fermion_generators, two.fermion_generators),
        (one.scalar_generators, two.scalar_generators[:, order][:, :, order]),
        (one.adjoint_casimir, two.adjoint_casimir),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-15)


def test_the_tensors_are_those_of_the_lagrangian():
    rng = np.random.default_rng(3)
    point = random_point(3)
    theory = dense(point)
    for _ in range(4):
        phi = rng.normal(size=30)
        f = fields_from_vector(phi)
        v4 = np.einsum("abcd,a,b,c,d", theory.quartic, phi, phi, phi, phi, optimize=True) / 24
        assert v4 == close(potential(point, f), rel=1e-11)
        assert phi @ theory.scalar_mass @ phi / 2 == close(masses(point, f), rel=1e-11)
        psi, vector = random_spinors(rng)
        y = np.tensordot(phi, theory.yukawa, 1)
        assert vector @ y @ vector / 2 == close(yukawa_form(point, f, psi), rel=1e-11)


def test_every_term_is_gauge_invariant():
    theory = dense(random_point(4))
    for tf, ts in zip(theory.fermion_generators, theory.scalar_generators, strict=True):
        y, q = theory.yukawa, np.tensordot(ts, theory.quartic, (0, 0))
        change = np.einsum("ki,akj->aij", tf, y) + np.einsum("aik,kj->aij", y, tf)
        change = change + np.tensordot(ts, y, (0, 0))
        np.testing.assert_allclose(change, 0, atol=1e-13)
        total = q + q.transpose(1, 0, 2, 3) + q.transpose(1, 2, 0, 3) + q.transpose(1, 2, 3, 0)
        np.testing.assert_allclose(total, 0, atol=1e-13)
        np.testing.assert_allclose(ts, -ts.T, atol=1e-14)


@pytest.mark.parametrize("loops", [1, 2])
def test_generated_formulae_against_the_dense_engine_and_closure(loops):
    """Random complex point, random field directions: beta(V), beta(Y) lie in the model's terms."""
    rng = np.random.default_rng(11)
    point = random_point(11)
    theory = dense(point)
    found = beta(point, loops)
    gamma = beta_gauge(theory, loops)
    off = gamma - np.diag(np.diag(gamma))
    off[11, 12] = off[12, 11] = 0
    np.testing.assert_allclose(off, 0, atol=1e-14)
    assert found["g3"] == close(gamma[0, 0] * point["g3"], rel=1e-10)
    assert found["g2"] == close(gamma[8, 8] * point["g2"], rel=1e-10)
    matrix = np.array([[point["g1"], point["gYX"]], [0, point["gX"]]])
    omega = gamma[11, 12] * np.array([[0, 1], [-1, 0]])
    change = matrix @ (gamma[11:, 11:] + omega)
    expected = np.array([[found["g1"], found["gYX"]], [0, found["gX"]]])
    np.testing.assert_allclose(change, expected, rtol=1e-9, atol=1e-13)
    for _ in range(3):
        phi = rng.normal(size=30)
        f = fields_from_vector(phi)
        along = beta_potential(theory, phi, loops)
        assert along == close(potential(found, f), rel=1e-8)
        values = [beta_potential(theory, phi, loops, dummy=d) for d in (1.0, np.sqrt(2))]
        quadratic = (4 * (values[0] - along) - (values[1] - along)) / 2
        assert quadratic == close(masses(found, f), rel=1e-7)
        psi, vector = random_spinors(rng)
        y = beta_yukawa(theory, phi, loops)
        assert vector @ y @ vector / 2 == close(yukawa_form(found, f, psi), rel=1e-8)


def unitary(rng, n):
    return np.linalg.qr(rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))[0]


def flavour_rotated(p: dict, seed: int) -> dict:
    """Rotate q, u, d, l, e, nu in flavour space and rephase the muon fields and all scalars."""
    rng = np.random.default_rng(seed)
    q, u, d = (unitary(rng, 3) for _ in range(3))
    l, e, n = (unitary(rng, 2) for _ in range(3))
    lm, mu, nm, h, phi, s1, s3 = np.exp(1j * rng.uniform(0, 6, 7))
    out = dict(p)
    # the fields are replaced by psi -> U psi
    out["Yu"] = q.conj().T @ p["Yu"] @ u * np.conj(h)
    out["Yd"] = q.conj().T @ p["Yd"] @ d * h
    out["Ye"] = l.conj().T @ p["Ye"] @ e * h
    out["ymu"] = np.conj(lm) * p["ymu"] * mu * h
    out["Yn"] = l.conj().T @ p["Yn"] @ n * np.conj(h)
    out["ynm"] = np.conj(lm) * p["ynm"] * nm * np.conj(h)
    out["e3L"] = q.T @ p["e3L"] * lm * s3
    out["e1L"] = q.T @ p["e1L"] * lm * s1
    out["e1R"] = u.T @ p["e1R"] * mu * s1
    out["e1t"] = d.T @ p["e1t"] * nm * s1
    out["yPhi"] = n.T @ p["yPhi"] * nm * phi
    ratio = s1 * np.conj(s3)
    for name, power in (("lH13", 1), ("l13c", 2), ("le13", 1)):
        value = (p[f"{name}_re"] + 1j * p[f"{name}_im"]) * ratio**power
        out[f"{name}_re"], out[f"{name}_im"] = value.real, value.imag
    return out


@settings(derandomize=True, deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([1, 2]))
def test_flavour_rotations_and_rephasings(seed, loops):
    point = random_point(seed)
    one = flavour_rotated(beta(point, loops), seed + 1)
    other = beta(flavour_rotated(point, seed + 1), loops)
    scale = max(np.abs(v).max() for v in one.values())
    for name in NAMES:
        np.testing.assert_allclose(other[name], one[name], atol=1e-9 * scale, err_msg=name)


def test_wrong_order_in_the_quartic_trace_breaks_gauge_covariance():
    """The trap of PyR@TE 3's q2_19: generators on the wrong side of the Yukawa matrices.

    The engine's own source, with that one product reordered, no longer gives a gauge-invariant
    potential; as written, it does.
    """
    right = inspect.getsource(general)
    wrong = right.replace("trace(yp @ t_m @ ypc)", "trace(t_m @ yp @ ypc)")
    assert wrong != right
    point = random_point(5)
    theory = dense(point)
    phi = np.random.default_rng(5).normal(size=30)
    w, vectors = np.linalg.eigh(theory.scalar_generators[8] / point["g2"])
    turned = (vectors @ np.diag(np.exp(1.3j * w)) @ vectors.conj().T).real @ phi
    change = {}
    for name, source in (("right", right), ("wrong", wrong)):
        module = types.ModuleType("engine")
        sys.modules["engine"] = module
        exec(source, module.__dict__)
        change[name] = abs(
            module.beta_potential(theory, turned) - module.beta_potential(theory, phi)
        )
        del sys.modules["engine"]
    assert change["right"] < 1e-10
    assert change["wrong"] > 1e-6


def test_standard_model_limit_is_that_of_wilson_conventions():
    """One loop with three families: literature (e.g. 1307.3536), V = lH |H|^4."""
    g1, g2, g3, yt = 0.36, 0.65, 1.16, 0.94
    yu = np.zeros((3, 3))
    yu[2, 2] = yt
    b = beta({"g1": g1, "g2": g2, "g3": g3, "Yu": yu, "lH": 0.13}, 1)
    expected = 24 * 0.13**2 + 0.13 * (12 * yt**2 - 9 * g2**2 - 3 * g1**2) - 6 * yt**4
    expected += 3 / 8 * (2 * g2**4 + (g1**2 + g2**2) ** 2)
    assert b["lH"] == close(KAPPA * expected, rel=1e-12)


def test_decoupled_model_is_the_standard_model_at_two_loops():
    """Third family and general g's against Luo and Xiao, hep-ph/0212152."""
    p = {"g1": 0.41, "g2": 0.67, "g3": 1.13, "yt": 0.93, "yb": 0.52, "ytau": 0.37, "lam": 0.23}
    yu, yd, ye = np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((2, 2))
    yu[2, 2], yd[2, 2], ye[1, 1] = p["yt"], p["yb"], p["ytau"]
    couplings = THEORY.complete(
        {"g1": p["g1"], "g2": p["g2"], "g3": p["g3"], "Yu": yu, "Yd": yd, "Ye": ye, "lH": p["lam"]}
    )
    found = THEORY.evaluate(couplings, 2, frozenset({"LQ", "P", "N"}))
    needed = {name for names in THEORY.space.needs.values() for name in names}
    assert all(np.all(np.asarray(found[name]) == 0) for name in needed)
    found = old_names(Couplings(THEORY.space, found))
    one, two = published(**p, n_gen=3)
    for name in ("g1", "g2", "g3"):
        assert found[name] == close(KAPPA * one[name] + KAPPA**2 * two[name], rel=1e-10)
    assert found["lH"] == close(KAPPA * one["lam"] + KAPPA**2 * two["lam"], rel=1e-10)
    assert found["Yu"][2, 2].real == close(KAPPA * one["yt"] + KAPPA**2 * two["yt"])


@pytest.mark.parametrize("loops", [1, 2])
def test_against_an_independent_code_for_the_same_model(loops):
    """All 40 beta functions at a random complex point, computed once with PyR@TE 3."""
    path = Path(__file__).parent / "data" / "theory_reference.json"
    reference = json.loads(path.read_text(encoding="utf-8"))

    def number(entry):
        if isinstance(entry, dict):
            return np.array(entry["Re"]) + 1j * np.array(entry["Im"])
        return entry

    point = {name: number(value) for name, value in reference["couplings"].items()}
    ours = beta(point, loops)
    lower = beta(point, 1) if loops == 2 else {name: 0.0 for name in ours}
    assert set(reference["beta"][str(loops)]) == set(NAMES)
    for name, value in reference["beta"][str(loops)].items():
        found = (ours[name] - lower[name]) / KAPPA**loops
        theirs = number(value)
        np.testing.assert_allclose(
            found, theirs, rtol=1e-10, atol=1e-10 * np.abs(theirs).max(), err_msg=name
        )


def test_gauge_coefficients_of_the_model():
    for name, value in {"g1": 131 / 18, "g2": -7 / 6, "g3": -19 / 3, "gX": 523 / 9}.items():
        assert beta({name: 0.7}, 1)[name] == close(KAPPA * value * 0.7**3, rel=1e-12)
    mixed = beta({"g1": 0.3, "gX": 0.2}, 1)["gYX"]
    assert mixed == close(KAPPA * 160 / 9 * 0.3**2 * 0.2, rel=1e-12)


def test_top_loop_feeds_the_muon_yukawa_as_eq_4():
    """Its logarithm is that of the matching shift -3 kappa (1 + L) eta1L^+ Yu^* eta1R."""
    p = {
        name: random_point(8)[name] if name in ("Yu", "e1L", "e1R") else 0 * random_point(8)[name]
        for name in YUKAWA_SHAPES
    }
    expected = 6 * KAPPA * p["e1L"].conj().T @ p["Yu"].conj() @ p["e1R"]
    np.testing.assert_allclose(beta(p, 1)["ymu"], expected, rtol=1e-12)


def test_faults_are_reported_together():
    with pytest.raises(InputError) as caught:
        beta({"lH2": 1.0, "Yu": np.ones((2, 2)), "g1": float("nan"), "lH": 1j, "e3L": "x"})
    text = str(caught.value)
    for part in ("lH2", "did you mean", "(2, 2)", "g1", "must be real", "'e3L'"):
        assert part in text
    with pytest.raises(InputError) as caught:
        THEORY.complete({"Yx": np.eye(3)})  # of an unknown coupling no shape is expected
    assert "shape" not in str(caught.value)
    with pytest.raises(InputError, match="'g1' is not a number"):
        THEORY.complete({"g1": "x"})
    with pytest.raises(InputError, match="loops"):
        beta({}, loops=3)


def test_packing_is_invertible_and_names_are_complete():
    space = THEORY.space
    point = THEORY.complete(random_point(2))
    back = space.unpack(space.pack(point))
    assert set(back) == set(space.names) == set(beta({}, 1, model="B-3Lmu"))
    for name in space.names:
        np.testing.assert_array_equal(back[name], point[name])


def test_every_coupling_has_one_name_and_the_old_ones_are_aliases():
    point = random_point(4)
    state = THEORY.complete(point)
    assert set(old_names(state)) == set(NAMES) == set(point)
    for name in NAMES:
        np.testing.assert_allclose(old_names(state)[name], point[name], rtol=1e-15, err_msg=name)
        if name not in ("Ye", "yPhi"):  # these names have other shapes now
            np.testing.assert_allclose(state[name], point[name], rtol=1e-15, err_msg=name)
    assert not set(state) & {*ALIASES, *BLOCK_ALIASES} - {"Ye", "yPhi"}
    assert state["lam"] == 2 * point["lH"] and state["m2_S1"] == point["m12"]
    assert np.array_equal(state["eta3L"][:, 1:2], point["e3L"])
    assert not state["eta3L"][:, [0, 2]].any()
    assert np.array_equal(state["yPhi"], state["yPhi"].T)
    # what is written later counts
    assert THEORY.complete({**state, "lH": 0.3})["lam"] == 0.6
    found = beta(state, 2, model="B-3Lmu")
    for name, value in beta(point, 2).items():
        same = old_names(Couplings(THEORY.space, found))[name]
        np.testing.assert_allclose(same, value, rtol=1e-13, err_msg=name)


def test_entries_that_the_charges_forbid_are_refused():
    matrix = np.zeros((3, 3))
    matrix[1, 0] = 0.1
    with pytest.raises(InputError, match=r"'eta3L' has an entry that U\(1\)_X forbids: \[2\]\[e\]"):
        THEORY.complete({"eta3L": matrix})
    with pytest.raises(InputError, match=r"'Ye' .* \[mu\]\[e\]"):
        THEORY.complete({"Ye": matrix})
    theory_of("generic").complete({"eta3L": matrix})


def canonical(name: str) -> str:
    """The name of a coupling that had another one."""
    name = name.removesuffix("_re").removesuffix("_im")
    return BLOCK_ALIASES.get(name, ALIASES.get(name, (name,)))[0]


@pytest.mark.parametrize("field", ["LQ", "P", "N"])
def test_couplings_that_need_a_field_are_those_whose_terms_vanish_without_it(field):
    """Against the Lagrangian as it is written here."""
    rng = np.random.default_rng(5)
    fields = fields_from_vector(rng.normal(size=30))
    psi, _ = random_spinors(rng)
    for name in {"LQ": ("S1", "S3"), "P": ("P",), "N": ()}[field]:
        fields[name] = 0 * fields[name]
    for name in ("nc", "nmc") if field == "N" else ():
        psi[name] = 0 * psi[name]
    gone = set()
    for name in {*NAMES} - {"g1", "gX", "gYX", "g2", "g3"}:
        shape = YUKAWA_SHAPES.get(name)
        value = 1.0 if shape is None else rng.normal(size=shape)
        one = old_names(THEORY.complete({name: value}))
        terms = potential(one, fields), masses(one, fields), yukawa_form(one, fields, psi)
        if not any(terms):
            gone.add(canonical(name))
    needs = THEORY.space.needs
    assert gone == {n for f in THEORY.space.fields(frozenset({field})) for n in needs[f]}


def test_mass_terms_are_those_with_one_mass():
    """Mass beta functions are linear in the masses; the quartics' own terms hold none."""
    from muoquark.theory.symbolic import scalar

    portal, quartic, mass, other = map(scalar, ("lH1", "lam", "m2_S1", "m2_H"))
    wanted = portal * mass * 2.0 + quartic * other * 12.0
    rest = quartic * quartic * 24.0 + mass * mass + mass * other * 3.0
    names = ("m2_S1", "m2_H")
    assert (wanted + rest).linear_in(names).terms == wanted.terms
    assert ((wanted + rest) / 2.0).linear_in(names).terms == (wanted * 0.5).terms


def test_shipped_tables_match_a_sampled_regeneration():
    """Gauge couplings and the Standard Model are generated again and compared."""
    from muoquark.theory import generate as module

    for name in ("B-3Lmu", "generic"):
        components = Components(theory_of(name).model)
        symbols = tensors.symbolic_theory(components)
        table = tables.beta_table(components)
        for coupling, expression in module._gauge(components, symbols, 2).items():
            number = sum(len(table[order][coupling]) for order in ("1", "2"))
            assert len([v for v in expression.terms.values() if abs(v) > 1e-12]) == number > 0
    components = Components(tables.standard_model())
    assert generate(components) == tables.beta_table(components)


def test_every_built_in_model_has_a_shipped_table(monkeypatch):
    monkeypatch.setattr(tables, "generate", None)
    monkeypatch.setenv("MUOQUARK_CACHE", "")
    for model in (tables.standard_model(), "B-3Lmu", "generic"):
        assert tables.beta_table(theory_of(model).components)["2"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["B-3Lmu", "generic"])
def test_shipped_table_is_what_the_generator_writes(name):
    components = theory_of(name).components
    assert generate(components) == tables.beta_table(components)
