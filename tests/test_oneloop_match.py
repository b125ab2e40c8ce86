"""The complete one-loop matching as a whole: logarithms, symmetries, limits, JAX."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import unitary_group

from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import symmetrise
from muoquark.smeft.warsaw import FAMILIES
from oneloop_points import random_inputs
from reference.oneloop.inputs import Inputs
from reference.oneloop.match import one_loop
from reference.tree import tree
from uv_running import eta_betas, higgs_yukawa_betas, mass_betas

DATA = Path(__file__).parent / "data" / "oneloop_running.npz"
FOUR = {"Gu": "Yu", "Gd": "Yd", "Ge": "Ye"}


def stored(seed):
    with np.load(DATA) as data:
        return {k.partition(":")[2]: data[k] for k in data.files if k.startswith(f"{seed}:")}


def tree_derivative(p):
    """16 pi^2 d(tree)/dlnmu through the running of eta and M, exact: the tree is quadratic."""
    b1l, b1r, b3l = eta_betas(p)
    m1, m3 = mass_betas(p)

    def at(s):
        return symmetrise(
            tree(
                p._replace(
                    eta1L=p.eta1L + s * b1l, eta1R=p.eta1R + s * b1r, eta3L=p.eta3L + s * b3l
                )
            )
        )

    up, down = at(1.0), at(-1.0)
    only1 = symmetrise(tree(p._replace(eta3L=0 * p.eta3L)))
    only3 = symmetrise(tree(p._replace(eta1L=0 * p.eta1L, eta1R=0 * p.eta1R)))
    return {k: (up[k] - down[k]) / 2 - m1 * only1[k] - m3 * only3[k] for k in up}


def log_derivative(function, p):
    """The exact mu derivative of something linear in ln mu."""
    up, down = function(p._replace(mu=p.mu * 2.0)), function(p._replace(mu=p.mu / 2.0))
    return {k: (up[k] - down[k]) / (2 * np.log(2.0)) / KAPPA for k in up}


@pytest.mark.parametrize("scheme", ["greek", "naive"])
@pytest.mark.parametrize("seed", [1, 2])
def test_independence_of_the_matching_scale(seed, scheme):
    """d(tree + loop)/dlnmu = the SMEFT's beta functions, every coefficient, to 1e-10.

    The running of eta and M is from the general gauge-Yukawa formula in components, the beta
    functions are wilson's.
    """
    p = random_inputs(seed, m2=0.05)
    expected = stored(seed)
    left = log_derivative(lambda x: one_loop(x, scheme).coefficients, p)
    for name, value in tree_derivative(p).items():
        left[name] = left[name] + value
    names = (set(left) | set(expected)) - {"g", "gp", "gs", "Lambda", "m2", *FOUR}
    assert len(names) > 40
    for name in names:
        want = expected.get(name, 0.0)
        scale = max(1.0, float(np.max(np.abs(want))))
        assert np.max(np.abs(left.get(name, 0.0) - want)) < 1e-10 * scale, name


@pytest.mark.parametrize("seed", [1, 2])
def test_running_of_the_yukawas(seed):
    """The shifts of Yu, Yd, Ye run like the difference of the two theories, m2 terms included."""
    p = random_inputs(seed, m2=0.05)
    expected = stored(seed)
    shifts = log_derivative(lambda x: one_loop(x).shifts, p)
    betas = higgs_yukawa_betas(p)
    for theirs, ours in FOUR.items():
        np.testing.assert_allclose(betas[ours] + shifts[ours], expected[theirs], atol=1e-9)


@pytest.mark.exact
def test_stored_beta_functions_are_wilsons():
    sys.path.insert(0, str(Path(__file__).parents[1] / "tools" / "derivation"))
    from wilson_betas import wilson_betas

    for seed in (1, 2):
        new = wilson_betas(random_inputs(seed, m2=0.05))
        for name, value in stored(seed).items():
            np.testing.assert_allclose(new[name], value, rtol=1e-12, atol=1e-12)


def rotated(p: Inputs, u: dict) -> Inputs:
    """Flavour rotations psi -> U psi of all five multiplets."""
    q, uu, d, l, e = (u[k] for k in "qudle")
    return p._replace(
        eta1L=q.conj() @ p.eta1L @ l.conj().T,
        eta3L=q.conj() @ p.eta3L @ l.conj().T,
        eta1R=uu.conj() @ p.eta1R @ e.conj().T,
        Yu=q @ p.Yu @ uu.conj().T,
        Yd=q @ p.Yd @ d.conj().T,
        Ye=l @ p.Ye @ e.conj().T,
    )


FIELDS = {
    **{"phil1": "ll", "phil3": "ll", "phie": "ee", "phiq1": "qq", "phiq3": "qq", "phiu": "uu"},
    **{"phid": "dd", "phiud": "ud", "ephi": "le", "eB": "le", "eW": "le"},
    **{"uphi": "qu", "uB": "qu", "uW": "qu", "uG": "qu"},
    **{"dphi": "qd", "dB": "qd", "dW": "qd", "dG": "qd"},
    **{"ll": "llll", "qq1": "qqqq", "qq3": "qqqq", "ee": "eeee", "uu": "uuuu", "dd": "dddd"},
    **{"lq1": "llqq", "lq3": "llqq", "eu": "eeuu", "ed": "eedd", "ud1": "uudd", "ud8": "uudd"},
    **{"le": "llee", "lu": "lluu", "ld": "lldd", "qe": "qqee"},
    **{"qu1": "qquu", "qu8": "qquu", "qd1": "qqdd", "qd8": "qqdd"},
    **{"ledq": "ledq", "quqd1": "quqd", "lequ1": "lequ", "lequ3": "lequ"},
}


@given(seed=st.integers(0, 2**32 - 1))
def test_flavour_covariance(seed):
    rng = np.random.default_rng(seed)
    u = {k: unitary_group.rvs(3, random_state=rng) for k in "qudle"}
    p = random_inputs(seed % 1000)
    before, after = one_loop(p), one_loop(rotated(p, u))
    a, b = before.coefficients, after.coefficients
    for name, c in a.items():
        for axis, field in enumerate(FIELDS.get(name, "")):
            matrix = u[field] if axis % 2 == 0 else u[field].conj()
            c = np.moveaxis(np.tensordot(matrix, c, axes=(1, axis)), 0, axis)
        np.testing.assert_allclose(b[name], c, atol=1e-11, err_msg=name)
    for name, pair in {"Yu": "qu", "Yd": "qd", "Ye": "le"}.items():
        left, right = u[pair[0]], u[pair[1]].conj().T
        np.testing.assert_allclose(
            after.shifts[name], left @ before.shifts[name] @ right, atol=1e-12
        )


def test_hermiticity_of_every_piece():
    """Every piece by itself is Hermitian, before any symmetrisation."""
    p = random_inputs(5)
    result = one_loop(p)
    for piece, coefficients in result.pieces.items():
        for name, c in coefficients.items():
            c = np.asarray(c)
            if not FAMILIES[name].hermitian:
                continue
            if FAMILIES[name].symmetries:
                c = c + c.transpose(2, 3, 0, 1)
            other = c.conj()
            if c.ndim:
                other = other.transpose(*((1, 0, 3, 2)[: c.ndim]))
            np.testing.assert_allclose(c, other, atol=1e-14, err_msg=f"{piece}: {name}")


def test_units_and_decoupling():
    """All coefficients are homogeneous: masses times 10 at fixed ratios divide them by 100."""
    p = random_inputs(7, m2=0.02)
    big = p._replace(M1=10 * p.M1, M3=10 * p.M3, mu=10 * p.mu, m2=100 * p.m2)
    small, large = one_loop(p), one_loop(big)
    for name, value in small.coefficients.items():
        np.testing.assert_allclose(large.coefficients[name], value / 100, rtol=1e-10, atol=1e-18)
    for name, value in small.shifts.items():
        factor = 100 if name == "mH2" else 1
        np.testing.assert_allclose(large.shifts[name], factor * value, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("heavy", ["M1", "M3"])
def test_one_leptoquark_decouples(heavy):
    """With one mass to infinity what is left is the other leptoquark alone (up to logs/M^2)."""
    p = random_inputs(8, lH13=0.0)
    gone = {"M1": ("eta1L", "eta1R"), "M3": ("eta3L",)}[heavy]
    zero = np.zeros((3, 3), complex)
    far = one_loop(p._replace(**{heavy: 1e6}))
    off = one_loop(p._replace(**{heavy: 1e6}, **dict.fromkeys(gone, zero)))
    for name, value in off.coefficients.items():
        scale = np.max(np.abs(value)) + 1e-3
        if name in ("lq1", "lq3", "eu", "lequ1", "lequ3"):
            continue  # field normalisation does not decouple: it is part of the couplings
        assert np.max(np.abs(far.coefficients[name] - value)) < 1e-8 * scale, name


def test_degenerate_masses_are_a_smooth_limit():
    p = random_inputs(9, M1=2.0, M3=2.0)
    here = one_loop(p)
    for step in (1e-12, 1e-9, 1e-6):
        up = one_loop(p._replace(M3=2.0 * (1 + step))).coefficients
        down = one_loop(p._replace(M3=2.0 * (1 - step))).coefficients
        for name, value in here.coefficients.items():
            middle = 0.5 * (up[name] + down[name])
            np.testing.assert_allclose(middle, value, rtol=1e-10, atol=1e-10 * KAPPA)


def test_lepton_flavour_in_the_muoquark_limit():
    """Muons only, Ye diagonal: no lepton-flavour violation, and e and tau only see universal terms.

    The universal terms are the squared field strengths and the penguins with the gauge boson on
    the other current: they are not zero for electrons, unlike at tree level.
    """
    muon = np.diag([0.0, 1.0, 0.0])
    p = random_inputs(10)
    p = p._replace(
        eta1L=p.eta1L @ muon,
        eta1R=p.eta1R @ muon,
        eta3L=p.eta3L @ muon,
        Ye=np.diag([3e-6, 6e-4, 1e-2]).astype(complex),
    )
    result = one_loop(p)
    for name, value in result.coefficients.items():
        leptons = [k for k, f in enumerate(FIELDS.get(name, "")) if f in "le"]
        for index in np.ndindex(np.shape(value)):
            flavours = [index[k] for k in leptons]
            numbers = [
                sum((-1) ** k for k, f in zip(leptons, flavours, strict=True) if f == n)
                for n in range(3)
            ]
            if any(numbers):
                assert value[index] == 0, (name, index)
    # electrons and taus alike wherever no Yukawa coupling of theirs enters
    no_yukawa = one_loop(p._replace(Ye=0 * p.Ye)).coefficients
    for name in ("phil1", "phil3", "phie"):
        assert no_yukawa[name][0, 0] == no_yukawa[name][2, 2] != 0
    for name in ("eB", "eW", "ephi"):
        assert no_yukawa[name][0, 0] == no_yukawa[name][2, 2] == 0


def test_schemes_differ_where_the_documentation_says():
    p = random_inputs(11)
    a, b = one_loop(p).coefficients, one_loop(p, "naive").coefficients
    differ = {name for name in a if np.max(np.abs(a[name] - b[name])) > 1e-12}
    assert differ == {"lq1", "lq3", "eu", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"}
    with pytest.raises(ValueError, match="greek, naive"):
        one_loop(p, "green")


def test_numpy_and_jax_agree():
    jax = pytest.importorskip("jax")
    p = random_inputs(12)
    expected = one_loop(p).coefficients
    with jax.enable_x64(True):
        compiled = jax.jit(lambda x: one_loop(x).coefficients)
        found = compiled(Inputs(*(jax.numpy.asarray(x) for x in p)))
        for name, value in expected.items():
            np.testing.assert_allclose(np.asarray(found[name]), value, rtol=1e-11, atol=1e-15)
            assert found[name].dtype in (np.complex128, np.float64)


def test_mirror_of_up_and_down():
    """H -> Htilde exchanges u and d where nothing else tells them apart: g' = 0, eta1R = 0, Ye = 0.

    H^+ iD H changes sign, its triplet does not; every other coefficient of u is that of d.
    """
    zero = np.zeros((3, 3))
    p = random_inputs(7)._replace(g1=0.0, eta1R=zero, Ye=zero, leH3=0.0, lH13=0.0)
    up = one_loop(p).coefficients
    down = one_loop(p._replace(Yu=p.Yd, Yd=p.Yu)).coefficients
    same = {"uphi": "dphi", "lu": "ld", "qu8": "qd8", "uW": "dW", "uG": "dG", "uu": "dd"}
    for name, other in {**same, "phiq3": "phiq3", "phil3": "phil3"}.items():
        np.testing.assert_allclose(up[name], down[other], rtol=1e-12, err_msg=name)
        assert np.abs(up[name]).max() > 0
    for name, other in (("phiu", "phid"), ("phil1", "phil1")):
        np.testing.assert_allclose(up[name], -down[other], rtol=1e-12, err_msg=name)
        assert np.abs(up[name]).max() > 0
    np.testing.assert_allclose(up["phiud"], down["phiud"].conj().T, rtol=1e-12)


def test_right_handed_currents_from_the_quark_self_energy():
    """phid and phiu: qbar c (i D/)^3 q with the equation of motion i D/ q = Yu Htilde u + Yd H d.

    c is the slope of the self-energy of a massless fermion and a heavy scalar at zero momentum,
    kappa N/M^2 int_0^1 x (1 - x) dx, which is 1/6; N counts isospin.
    """
    zero = np.zeros((3, 3))
    off = dict.fromkeys(("g1", "g2", "g3", "lH1", "lH3", "leH3", "lH13", "lam"), 0.0)
    p = random_inputs(7)._replace(**off, eta1R=zero, Ye=zero)
    slope = KAPPA / 6
    c = slope * (p.eta1L.conj() @ p.eta1L.T / p.M1**2 + 3 * p.eta3L.conj() @ p.eta3L.T / p.M3**2)
    found = one_loop(p).coefficients
    np.testing.assert_allclose(found["phid"], p.Yd.conj().T @ c @ p.Yd / 2, rtol=1e-10)
    np.testing.assert_allclose(found["phiu"], -p.Yu.conj().T @ c @ p.Yu / 2, rtol=1e-10)
