"""The one-loop matching of any set of leptoquarks: logarithms, symmetries, limits, JAX."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import unitary_group

from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.boxes import table
from muoquark.matching.oneloop.content import Content, together
from muoquark.matching.oneloop.exchange import tree
from muoquark.matching.oneloop.functions import Loops
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.normalisation import corrections
from muoquark.smeft.tensors import symmetrise, total
from muoquark.smeft.warsaw import FAMILIES
from oneloop_points import COUPLINGS, SETS, as_inputs, random_inputs, random_set
from reference.oneloop.match import one_loop as by_hand
from uv_leptoquarks import Running

DATA = Path(__file__).parent / "data" / "oneloop_running.npz"
FOUR = {"Gu": "Yu", "Gd": "Yd", "Ge": "Ye"}
OTHERS = {"g", "gp", "gs", "Lambda", "m2"}
FIVE = SETS[-1]
NAMES = {"ids": "+".join}


# ---- the hand-written formulae of S1 + S3 --------------------------------------------------------


@pytest.mark.parametrize("scheme", ["greek", "naive"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_s1_and_s3_are_the_formulae_by_hand(seed, scheme):
    """Every piece, every coefficient and every shift to 1e-13 of its size."""
    p = random_inputs(seed, m2=0.05)
    expected, found = by_hand(p, scheme), one_loop(as_inputs(p), scheme)
    assert set(found.pieces) == set(expected.pieces)
    for piece, values in expected.pieces.items():
        one, two = symmetrise(values), symmetrise(found.pieces[piece])
        for name in set(one) | set(two):
            size = np.max(np.abs(two.get(name, 0.0)))
            left = np.max(np.abs(one.get(name, 0.0) - two.get(name, 0.0)))
            assert left <= 1e-13 * size, (piece, name)
    assert set(found.shifts) == set(expected.shifts)
    for name, value in expected.shifts.items():
        np.testing.assert_allclose(found.shifts[name], value, rtol=1e-13, atol=1e-17, err_msg=name)


@pytest.mark.parametrize(("content", "ours"), [("S1", "S1"), ("S3", "S3"), ("both", "S1+S3")])
def test_parts_of_s1_and_s3_are_those_by_hand(content, ours):
    p = random_inputs(4, m2=0.05)
    one = by_hand(p, content=content).coefficients
    two = one_loop(as_inputs(p), content=ours).coefficients
    for name in set(one) | set(two):
        size = np.max(np.abs(two.get(name, 0.0))) + 1e-6
        assert np.max(np.abs(one.get(name, 0.0) - two.get(name, 0.0))) <= 1e-13 * size, name


# ---- logarithms ----------------------------------------------------------------------------------


def trees(p):
    f = Loops(p.masses, p.mu, np)
    return symmetrise(total(tree(p, f, field) for field in p.masses))


def stored(fields):
    """wilson's beta functions of a set: the sum over its members."""
    out = {}
    with np.load(DATA) as data:
        for key in data.files:
            owner, _, name = key.partition(":")
            if owner == "SM" or owner in fields:
                out[name] = out[name] + data[key] if name in out else data[key]
    return out


def tree_derivative(p, running):
    """16 pi^2 d(tree)/dlnmu through the running of eta and M, exact: the tree is quadratic."""
    betas, masses = running.etas(), running.masses()

    def at(s):
        return trees(p._replace(couplings={k: v + s * betas[k] for k, v in p.couplings.items()}))

    up, down = at(1.0), at(-1.0)
    out = {name: (up[name] - down[name]) / 2 for name in up}
    for field in p.masses:
        for name, value in symmetrise(tree(p, Loops(p.masses, p.mu, np), field)).items():
            out[name] = out[name] - masses[field] * value
    return out


def log_derivative(function, p):
    """The exact mu derivative of something linear in ln mu."""
    up, down = function(p._replace(mu=p.mu * 2.0)), function(p._replace(mu=p.mu / 2.0))
    return {k: (up[k] - down[k]) / (2 * np.log(2.0)) / KAPPA for k in up}


def check_independence(p, expected):
    running = Running(p)
    derivative = tree_derivative(p, running)
    for scheme in ("greek", "naive"):
        left = log_derivative(lambda x, scheme=scheme: one_loop(x, scheme).coefficients, p)
        for name, value in derivative.items():
            left[name] = left.get(name, 0.0) + value
        names = (set(left) | set(expected)) - OTHERS - set(FOUR)
        assert len(names) >= 44
        for name in names:
            want = expected.get(name, 0.0)
            scale = max(1.0, float(np.max(np.abs(want))))
            assert np.max(np.abs(left.get(name, 0.0) - want)) < 1e-10 * scale, name
    shifts = log_derivative(lambda x: one_loop(x).shifts, p)
    for theirs, ours in FOUR.items():
        found = running.yukawas()[ours] + shifts[ours]
        np.testing.assert_allclose(found, expected[theirs], rtol=0, atol=1e-9)


@pytest.mark.parametrize("fields", SETS, **NAMES)
def test_independence_of_the_matching_scale(fields):
    """d(tree + loop)/dlnmu = the SMEFT's beta functions, every coefficient, to 1e-10.

    The running of eta and M is from the general gauge-Yukawa formula in components, the beta
    functions are wilson's; the same for the three Yukawa matrices, m2/M^2 terms included.
    """
    check_independence(random_set(fields, 1, m2=0.05), stored(fields))


@pytest.mark.exact
@pytest.mark.parametrize("fields", SETS, **NAMES)
def test_independence_with_wilson_itself(fields):
    """The same at another point, with the beta functions computed now."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tools" / "derivation"))
    from wilson_betas import wilson_betas

    p = random_set(fields, 2, m2=0.03)
    check_independence(p, wilson_betas(p))


@pytest.mark.exact
def test_stored_beta_functions_are_wilsons():
    sys.path.insert(0, str(Path(__file__).parents[1] / "tools" / "derivation"))
    from wilson_betas import M2, SEED, wilson_betas

    p = random_set(FIVE, SEED, m2=M2)
    for name, value in stored(FIVE).items():
        np.testing.assert_allclose(wilson_betas(p)[name], value, rtol=1e-11, atol=1e-10)


# ---- symmetries ----------------------------------------------------------------------------------

# flavour rotations psi -> U psi: from the left and from the right
ROTATIONS = {
    "eta1L": ("q*", "lH"), "eta3L": ("q*", "lH"), "eta1R": ("u*", "eH"), "eta1tR": ("d*", "eH"),
    "eta2L": ("u", "lH"), "eta2R": ("q*", "eT"), "eta2tL": ("d", "lH"),
}  # fmt: skip


def turned(how, u):
    matrix = u[how[0]]
    return {"": matrix, "*": matrix.conj(), "H": matrix.conj().T, "T": matrix.T}[how[1:]]


def rotated(p, u):
    return p._replace(
        couplings={
            name: turned(ROTATIONS[name][0], u) @ value @ turned(ROTATIONS[name][1], u)
            for name, value in p.couplings.items()
        },
        Yu=u["q"] @ p.Yu @ u["u"].conj().T,
        Yd=u["q"] @ p.Yd @ u["d"].conj().T,
        Ye=u["l"] @ p.Ye @ u["e"].conj().T,
    )


@pytest.mark.parametrize("fields", SETS, **NAMES)
def test_flavour_covariance(fields):
    """Five independent unitary rotations, to 1e-12 of the largest entry."""
    rng = np.random.default_rng(7)
    u = {k: unitary_group.rvs(3, random_state=rng) for k in "qudle"}
    p = random_set(fields, 3)
    before, after = one_loop(p), one_loop(rotated(p, u))
    for name, c in before.coefficients.items():
        for axis, field in enumerate(FAMILIES[name].fields.lower()):
            matrix = u[field] if axis % 2 == 0 else u[field].conj()
            c = np.moveaxis(np.tensordot(matrix, c, axes=(1, axis)), 0, axis)
        size = np.max(np.abs(c))
        left = np.max(np.abs(after.coefficients[name] - c))
        assert left <= 1e-12 * max(size, KAPPA), name
    for name, pair in {"Yu": "qu", "Yd": "qd", "Ye": "le"}.items():
        expected = u[pair[0]] @ before.shifts[name] @ u[pair[1]].conj().T
        np.testing.assert_allclose(after.shifts[name], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("field", FIVE)
def test_phases_of_the_leptoquarks(field):
    """A phase of a leptoquark is unobservable: its couplings turn, and lH13 with S1 and S3."""
    p = random_set(FIVE, 4)
    turn = np.exp(0.7j)
    factors = {"eta1L": turn, "eta1R": turn, "eta1tR": turn, "eta3L": turn, "eta2L": turn,
               "eta2R": np.conj(turn), "eta2tL": turn}  # fmt: skip
    couplings = {
        name: value * (factors[name] if name in COUPLINGS[field] else 1.0)
        for name, value in p.couplings.items()
    }
    portals = dict(p.portals)
    portals["lH13"] *= {"S1": turn, "S3": np.conj(turn)}.get(field, 1.0)
    before = one_loop(p).coefficients
    after = one_loop(p._replace(couplings=couplings, portals=portals)).coefficients
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("fields", SETS, **NAMES)
def test_hermiticity_of_every_piece(fields):
    """Every piece by itself is Hermitian, before any symmetrisation."""
    result = one_loop(random_set(fields, 5))
    for piece, coefficients in result.pieces.items():
        for name, c in coefficients.items():
            c = np.asarray(c)
            if not FAMILIES[name].hermitian:
                continue
            if FAMILIES[name].symmetries:
                c = sum((c.transpose(k) for k in FAMILIES[name].symmetries), c)
            other = c.conj()
            if c.ndim:
                other = other.transpose(*((1, 0, 3, 2)[: c.ndim]))
            np.testing.assert_allclose(c, other, rtol=0, atol=1e-14, err_msg=f"{piece}: {name}")


# ---- limits --------------------------------------------------------------------------------------


def test_units_and_decoupling():
    """All coefficients are homogeneous: masses times 10 at fixed ratios divide them by 100."""
    p = random_set(FIVE, 6, m2=0.02)
    masses = {name: 10 * mass for name, mass in p.masses.items()}
    big = one_loop(p._replace(masses=masses, mu=10 * p.mu, m2=100 * p.m2))
    small = one_loop(p)
    for name, value in small.coefficients.items():
        np.testing.assert_allclose(big.coefficients[name], value / 100, rtol=1e-10, atol=1e-18)
    for name, value in small.shifts.items():
        factor = 100 if name == "mH2" else 1
        np.testing.assert_allclose(big.shifts[name], factor * value, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("fields", [s for s in SETS if len(s) > 1], **NAMES)
def test_parts_add_up(fields):
    """The terms of each alone and of each pair are all; no term has three owners."""
    p = random_set(fields, 7, m2=0.03)
    names = [*fields, *(together(a, b) for a, b in combinations(fields, 2))]
    parts = [one_loop(p, content=name) for name in names]
    whole = one_loop(p)
    for name, value in whole.coefficients.items():
        found = sum(part.coefficients.get(name, 0.0) for part in parts)
        assert np.max(np.abs(found - value)) <= 1e-13 * np.max(np.abs(value)), name
    for name, value in whole.shifts.items():
        found = sum(part.shifts.get(name, 0.0) for part in parts)
        assert np.max(np.abs(found - value)) <= 1e-13 * np.max(np.abs(value)), name


@pytest.mark.parametrize("field", FIVE)
def test_one_alone_is_the_others_not_there(field):
    """The terms of one in a set are those of the model with that one alone, exactly."""
    p = random_set(FIVE, 8)
    own = one_loop(p, content=field).coefficients
    alone = one_loop(
        p._replace(masses={field: p.masses[field]}, portals=random_set((field,), 8).portals)
    ).coefficients
    for name in set(own) | set(alone):
        np.testing.assert_array_equal(own.get(name, 0.0), alone.get(name, 0.0), err_msg=name)


@pytest.mark.parametrize(("one", "two"), list(combinations(FIVE, 2)))
def test_who_takes_part_together(one, two):
    """Two have common terms if they couple to a common fermion, or through a portal."""
    outer = {"S1": "qlue", "S1t": "de", "S3": "ql", "R2": "qlue", "R2t": "dl"}
    p = random_set((one, two), 9, portals={})
    found = one_loop(p, content=together(one, two)).coefficients
    there = any(np.any(value) for value in found.values())
    assert there == bool(set(outer[one]) & set(outer[two]))


@pytest.mark.parametrize("pair", [("S1", "S3"), ("R2", "S3"), ("S1", "R2"), ("S1t", "R2t")])
def test_degenerate_masses_are_a_smooth_limit(pair):
    p = random_set(pair, 10)
    one, two = pair

    def at(ratio):
        return one_loop(p._replace(masses={one: 2.0, two: 2.0 * ratio})).coefficients

    here = at(1.0)
    for step in (1e-12, 1e-9, 1e-6):
        up, down = at(1 + step), at(1 - step)
        for name, value in here.items():
            middle = 0.5 * (up[name] + down[name])
            np.testing.assert_allclose(middle, value, rtol=1e-10, atol=1e-10 * KAPPA)


@pytest.mark.parametrize("fields", SETS, **NAMES)
def test_lepton_flavour_in_the_muoquark_limit(fields):
    """Muons only, Ye diagonal: no lepton-flavour violation, exactly.

    Electrons and taus only see universal terms: squared field strengths, penguins with the gauge
    boson on the other current, and their own Yukawa couplings.
    """
    muon = np.diag([0.0, 1.0, 0.0])
    p = random_set(fields, 11)
    p = p._replace(
        couplings={name: value @ muon for name, value in p.couplings.items()},
        Ye=np.diag([3e-6, 6e-4, 1e-2]).astype(complex),
    )
    result = one_loop(p)
    for name, value in result.coefficients.items():
        leptons = [k for k, f in enumerate(FAMILIES[name].fields.lower()) if f in "le"]
        for index in np.ndindex(np.shape(value)):
            flavours = [index[k] for k in leptons]
            numbers = [
                sum((-1) ** k for k, f in zip(leptons, flavours, strict=True) if f == n)
                for n in range(3)
            ]
            if any(numbers):
                assert value[index] == 0, (name, index)
    no_yukawa = one_loop(p._replace(Ye=0 * p.Ye)).coefficients
    for name in ("phil1", "phil3", "phie"):
        assert no_yukawa[name][0, 0] == no_yukawa[name][2, 2]
    assert no_yukawa["phie"][0, 0] != 0
    for name in ("eB", "eW", "ephi"):
        found = no_yukawa.get(name, np.zeros((3, 3)))
        assert found[0, 0] == found[2, 2] == 0


def test_schemes_differ_where_the_documentation_says():
    expected = {
        "S1": {"lq1", "lq3", "eu", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"},
        "S1t": {"ed", "ld", "qe", "ledq"},
        "S3": {"lq1", "lq3", "lu", "ld", "qe", "ledq"},
        "R2": {"lq1", "lq3", "eu", "ed", "lequ1", "lequ3", "lu", "qe", "ledq"},
        "R2t": {"ld", "ed", "lq1", "ledq"},
    }
    for field, names in expected.items():
        p = random_set((field,), 12)
        a, b = one_loop(p).coefficients, one_loop(p, "naive").coefficients
        differ = {
            k for k in set(a) | set(b) if np.max(np.abs(a.get(k, 0.0) - b.get(k, 0.0))) > 1e-12
        }
        assert differ == names, field
    with pytest.raises(ValueError, match="greek, naive"):
        one_loop(p, "green")


def test_unknown_content():
    for name in ("S2", "S1+S1", "S1+R2+R2t", "both"):
        with pytest.raises(ValueError, match=r"allowed: all, .*two joined by \+"):
            Content.of(name, FIVE)


def test_vertices_of_one_with_another_inside():
    """S1 and R2 alone correct each other; an F = 0 vertex needs an F = 2 leptoquark inside."""
    found = {(c.vertex.coupling, c.first.scalar): c.number for c in corrections()}
    assert found == {
        ("eta1L", "R2"): found["eta1L", "R2"],
        ("eta1R", "R2"): found["eta1R", "R2"],
        ("eta2L", "S1"): found["eta2L", "S1"],
        ("eta2R", "S1"): found["eta2R", "S1"],
    }
    assert all(abs(number) in (1.0, 2.0) for number in found.values())


def test_boxes_with_different_fermion_numbers():
    """S1 and R2, S1t and R2t: e^c and l (or q^c and u, q^c and d) at the ends of one line."""
    found = {}
    for one, two in combinations(FIVE, 2):
        if {one[0], two[0]} == {"S", "R"}:
            found[frozenset((one, two))] = {box.family for box in table(one, two)}
    assert found[frozenset({"S1", "R2"})] == {"le", "qu1", "qu8"}
    assert found[frozenset({"S1t", "R2t"})] <= {"le", "qd1", "qd8", "ld", "ed"}


@pytest.mark.parametrize(
    "fields", [("R2", "S1"), pytest.param(FIVE, marks=pytest.mark.slow)], **NAMES
)
def test_numpy_and_jax_agree(fields):
    jax = pytest.importorskip("jax")
    p = random_set(fields, 13)
    expected = one_loop(p).coefficients
    with jax.enable_x64(True):
        compiled = jax.jit(lambda x: one_loop(x).coefficients)
        found = compiled(jax.tree.map(jax.numpy.asarray, p))
        for name, value in expected.items():
            np.testing.assert_allclose(np.asarray(found[name]), value, rtol=1e-10, atol=1e-14)
            assert found[name].dtype in (np.complex128, np.float64)


@pytest.mark.parametrize("ratio", [1.0, 1.1, 3.0])
def test_gradients_of_the_loop_functions(ratio):
    """By JAX against finite differences, at equal masses too."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):

        def functions(x):
            loops = Loops({"S1": 1.2 * x, "R2": 1.2 * ratio}, 1.1, jax.numpy)
            return jax.numpy.stack([*loops.pair("S1", "R2"), loops.x["S1"], loops.L["S1"]])

        found = np.asarray(jax.jacobian(functions)(1.0))
        step = 1e-5
        expected = np.asarray(functions(1.0 + step) - functions(1.0 - step)) / (2 * step)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=0)


@pytest.mark.slow
def test_gradient_in_masses_and_couplings():
    """Derivatives by JAX against finite differences, at equal masses too."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        for masses in ({"S1": 1.3, "R2": 1.2}, {"S1": 1.2, "R2": 1.2}):
            p = random_set(("S1", "R2"), 14, masses=masses)

            def value(x, p=p):
                moved = p._replace(
                    masses={**p.masses, "S1": p.masses["S1"] * (1 + x[0])},
                    couplings={**p.couplings, "eta2R": p.couplings["eta2R"] * (1 + x[1])},
                )
                c = one_loop(moved).coefficients
                return sum(jax.numpy.sum(abs(c[k]) ** 2) for k in ("le", "lequ3", "qu8", "phil3"))

            zero = jax.numpy.zeros(2)
            found = np.asarray(jax.grad(value)(zero))
            for k in range(2):
                step = jax.numpy.zeros(2).at[k].set(1e-5)
                expected = float(value(step) - value(-step)) / 2e-5
                assert found[k] == pytest.approx(expected, rel=1e-6, abs=0)
