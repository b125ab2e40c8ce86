"""The general engine on theories whose two-loop beta functions are published."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.theory.general import (
    GeneralTheory,
    beta_gauge,
    beta_potential,
    beta_yukawa,
)

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2
EPS = np.array([[0, 1], [-1, 0]])


def gell_mann() -> np.ndarray:
    out = np.zeros((8, 3, 3), complex)
    for n, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        out[2 * n, i, j] = out[2 * n, j, i] = 0.5
        out[2 * n + 1, i, j], out[2 * n + 1, j, i] = -0.5j, 0.5j
    out[6] = np.diag([0.5, -0.5, 0])
    out[7] = np.diag([1, 1, -2]) / np.sqrt(12)
    return out


def real_generators(complex_generators: np.ndarray) -> np.ndarray:
    """Generators of n complex scalars in the real basis (Re, Im) of 2n fields."""
    re, im = complex_generators.real, complex_generators.imag
    return np.block([[1j * im, 1j * re], [-1j * re, 1j * im]])


def quartic_tensor(potential, n: int) -> np.ndarray:
    """Fourth derivative of a homogeneous quartic polynomial, by polarisation (exact)."""
    out = np.zeros((n,) * 4)
    for index in itertools.combinations_with_replacement(range(n), 4):
        total = 0.0
        for signs in itertools.product([0, 1], repeat=4):
            point = np.zeros(n)
            for sign, i in zip(signs, index, strict=True):
                point[i] += sign
            total += (-1) ** (4 - sum(signs)) * potential(point)
        for permutation in set(itertools.permutations(index)):
            out[permutation] = total
    return out


def doublet(phi: np.ndarray) -> np.ndarray:
    return (phi[:2] + 1j * phi[2:]) / np.sqrt(2)


def standard_model(g1, g2, g3, yt, yb, ytau, lam, mass=0.0) -> GeneralTheory:
    """One generation: q 0-5 (colour, isospin), u^c 6-8, d^c 9-11, l 12-13, e^c 14."""
    n = 15
    t = np.zeros((12, n, n), complex)
    lam3 = gell_mann()
    t[:8, :6, :6] = g3 * np.einsum("Aij,kl->Aikjl", lam3, np.eye(2)).reshape(8, 6, 6)
    for start in (6, 9):
        t[:8, start : start + 3, start : start + 3] = -g3 * lam3.conj()
    t[8:11, :6, :6] = g2 * np.einsum("ij,Akl->Aikjl", np.eye(3), PAULI).reshape(3, 6, 6)
    t[8:11, 12:14, 12:14] = g2 * PAULI
    t[11] = g1 * np.diag([1 / 6] * 6 + [-2 / 3] * 3 + [1 / 3] * 3 + [-1 / 2] * 2 + [1])
    s = real_generators(np.concatenate([g2 * PAULI, g1 * np.eye(2)[None] / 2]))
    s = np.concatenate([np.zeros((8, 4, 4)), s])
    c2g = np.diag([3 * g3**2] * 8 + [2 * g2**2] * 3 + [0])
    # -L = yt eps_AB q_A H_B u^c + yb q_A H*_A d^c + ytau l_A H*_A e^c
    holomorphic = np.zeros((2, n, n), complex)
    anti = np.zeros((2, n, n), complex)
    for c, i in itertools.product(range(3), range(2)):
        anti[i, 2 * c + i, 9 + c] = yb
        for j in range(2):
            holomorphic[j, 2 * c + i, 6 + c] = yt * EPS[i, j]
    for i in range(2):
        anti[i, 12 + i, 14] = ytau
    holomorphic = holomorphic + holomorphic.transpose(0, 2, 1)
    anti = anti + anti.transpose(0, 2, 1)
    y = np.concatenate([holomorphic + anti, 1j * (holomorphic - anti)]) / np.sqrt(2)
    quartic = quartic_tensor(lambda p: lam * np.sum(np.abs(doublet(p)) ** 2) ** 2, 4)
    return GeneralTheory(y, quartic, t, s, c2g, mass * np.eye(4))


def published(g1, g2, g3, yt, yb, ytau, lam, n_gen=1):
    """SM beta functions up to two loops, V = lam |H|^4, third family Yukawas, g1 = g'.

    Two-loop pieces: Machacek-Vaughn; hep-ph/0212152 (Luo:2002ey), with n_gen families.
    """
    a, b, c = g1**2, g2**2, g3**2
    t, d, e = yt**2, yb**2, ytau**2
    n = n_gen
    one = {
        "g1": g1 * a * (20 / 9 * n + 1 / 6),
        "g2": g2 * b * (-22 / 3 + 4 / 3 * n + 1 / 6),
        "g3": g3 * c * (-11 + 4 / 3 * n),
        "yt": yt * (4.5 * t + 1.5 * d + e - 8 * c - 9 / 4 * b - 17 / 12 * a),
        "yb": yb * (4.5 * d + 1.5 * t + e - 8 * c - 9 / 4 * b - 5 / 12 * a),
        "ytau": ytau * (2.5 * e + 3 * t + 3 * d - 9 / 4 * b - 15 / 4 * a),
        "lam": 24 * lam**2
        + lam * (12 * t + 12 * d + 4 * e - 9 * b - 3 * a)
        - 6 * t**2
        - 6 * d**2
        - 2 * e**2
        + 3 / 8 * (2 * b**2 + (a + b) ** 2),
    }
    two = {
        "g1": g1
        * a
        * (
            (95 / 27 * n + 1 / 2) * a
            + (n + 3 / 2) * b
            + 44 / 9 * n * c
            - 17 / 6 * t
            - 5 / 6 * d
            - 5 / 2 * e
        ),
        "g2": g2
        * b
        * (
            (n / 3 + 1 / 2) * a
            + (-136 / 3 + 49 / 3 * n + 13 / 6) * b
            + 4 * n * c
            - 3 / 2 * (t + d)
            - e / 2
        ),
        "g3": g3 * c * (11 / 18 * n * a + 3 / 2 * n * b + (-102 + 76 / 3 * n) * c - 2 * (t + d)),
    }
    if n == 3:
        two["yt"] = yt * (
            -12 * t**2
            - 11 / 4 * t * d
            - d**2 / 4
            - 9 / 4 * t * e
            + 5 / 4 * d * e
            - 9 / 4 * e**2
            + 6 * lam**2
            - 12 * lam * t
            + t * (131 / 16 * a + 225 / 16 * b + 36 * c)
            + d * (7 / 48 * a + 99 / 16 * b + 4 * c)
            + e * (25 / 8 * a + 15 / 8 * b)
            + 1187 / 216 * a**2
            - 23 / 4 * b**2
            - 108 * c**2
            - 3 / 4 * a * b
            + 19 / 9 * a * c
            + 9 * b * c
        )
        two["lam"] = (
            -312 * lam**3
            + lam**2 * (-144 * (t + d) - 48 * e + 36 * a + 108 * b)
            + lam
            * (
                -3 * t**2
                - 42 * t * d
                - 3 * d**2
                - e**2
                + t * (85 / 6 * a + 45 / 2 * b + 80 * c)
                + d * (25 / 6 * a + 45 / 2 * b + 80 * c)
                + e * (25 / 2 * a + 15 / 2 * b)
                + 629 / 24 * a**2
                + 39 / 4 * a * b
                - 73 / 8 * b**2
            )
            + 30 * t**3
            - 6 * t**2 * d
            - 6 * t * d**2
            + 30 * d**3
            + 10 * e**3
            - t**2 * (8 / 3 * a + 32 * c)
            + d**2 * (4 / 3 * a - 32 * c)
            - 4 * a * e**2
            + t * (-19 / 4 * a**2 + 21 / 2 * a * b - 9 / 4 * b**2)
            + d * (5 / 4 * a**2 + 9 / 2 * a * b - 9 / 4 * b**2)
            + e * (-25 / 4 * a**2 + 11 / 2 * a * b - 3 / 4 * b**2)
            + 305 / 16 * b**3
            - 289 / 48 * a * b**2
            - 559 / 48 * a**2 * b
            - 379 / 48 * a**3
        )
    return one, two


def families(theory: GeneralTheory, n: int) -> GeneralTheory:
    """Add n - 1 copies of the fermions without Yukawa couplings."""
    t, y = theory.fermion_generators, theory.yukawa
    f = t.shape[1]
    big_t = np.zeros((len(t), n * f, n * f), complex)
    for k in range(n):
        big_t[:, k * f : (k + 1) * f, k * f : (k + 1) * f] = t
    big_y = np.zeros((len(y), n * f, n * f), complex)
    big_y[:, :f, :f] = y
    return GeneralTheory(
        big_y,
        theory.quartic,
        big_t,
        theory.scalar_generators,
        theory.adjoint_casimir,
        theory.scalar_mass,
    )


POINT = {"g1": 0.41, "g2": 0.67, "g3": 1.13, "yt": 0.93, "yb": 0.52, "ytau": 0.37, "lam": 0.23}


@pytest.mark.parametrize("loops", [1, 2])
def test_standard_model_against_the_published_beta_functions(loops):
    theory = families(standard_model(**POINT), 3)
    one, two = published(**POINT, n_gen=3)
    expected = {k: KAPPA * one[k] + (KAPPA**2 * two.get(k, 0) if loops == 2 else 0) for k in one}
    gamma = beta_gauge(theory, loops)
    np.testing.assert_allclose(gamma, np.diag(np.diag(gamma)), atol=1e-14)
    assert gamma[0, 0] * POINT["g3"] == close(expected["g3"], rel=1e-12)
    assert gamma[9, 9] * POINT["g2"] == close(expected["g2"], rel=1e-12)
    assert gamma[11, 11] * POINT["g1"] == close(expected["g1"], rel=1e-12)
    phi = np.array([0.3, -0.7, 0.2, 0.5])
    beta_v = beta_potential(theory, phi, loops)
    assert beta_v == close(expected["lam"] * (phi @ phi / 2) ** 2, rel=1e-11)
    direction = np.array([0.0, np.sqrt(2), 0.0, 0.0])  # H = (0, 1)
    beta_y = beta_yukawa(theory, direction, loops)
    assert beta_y[0, 6] == close(expected["yt"], rel=1e-11)


def test_higgs_mass_at_two_loops():
    p = POINT
    theory = families(standard_model(**p, mass=1.0), 3)
    phi = np.array([0.3, -0.7, 0.2, 0.5])
    values = [beta_potential(theory, phi, 2, dummy=d) for d in (0.0, 1.0, np.sqrt(2))]
    # P = p0 + p2 D^2 + p4 D^4
    p2 = (4 * (values[1] - values[0]) - (values[2] - values[0])) / 2
    a, b, c = p["g1"] ** 2, p["g2"] ** 2, p["g3"] ** 2
    t, d, e, lam = p["yt"] ** 2, p["yb"] ** 2, p["ytau"] ** 2, p["lam"]
    one = 12 * lam + 6 * t + 6 * d + 2 * e - 9 / 2 * b - 3 / 2 * a
    two = (
        -60 * lam**2
        - lam * (72 * t + 72 * d + 24 * e)
        + lam * (24 * a + 72 * b)
        - 27 / 2 * (t**2 + d**2)
        - 21 * t * d
        - 9 / 2 * e**2
        + t * (85 / 12 * a + 45 / 4 * b + 40 * c)
        + d * (25 / 12 * a + 45 / 4 * b + 40 * c)
        + e * (25 / 4 * a + 15 / 4 * b)
        + 557 / 48 * a**2
        + 15 / 8 * a * b
        - 145 / 16 * b**2
    )
    expected = (KAPPA * one + KAPPA**2 * two) * (phi @ phi) / 2
    assert p2 == close(expected, rel=1e-10)


def test_scalar_electrodynamics():
    """Abelian Higgs model, V = lam |phi|^4 (in the norm lam = L/6 of V = L phi^4/24: -416 e^6)."""
    e, lam = 0.7, 0.31
    s = real_generators(np.array([[[e]]]))
    quartic = quartic_tensor(lambda p: lam * (p @ p / 2) ** 2, 2)
    empty = np.zeros((2, 0, 0))
    theory = GeneralTheory(empty, quartic, np.zeros((1, 0, 0)), s, np.zeros((1, 1)))
    assert beta_gauge(theory)[0, 0] * e == close(KAPPA * e**3 / 3 + KAPPA**2 * 4 * e**5, rel=1e-12)
    phi = np.array([0.4, 0.9])
    one = 20 * lam**2 - 12 * e**2 * lam + 6 * e**4
    two = -240 * lam**3 + 112 * e**2 * lam**2 + 316 / 3 * e**4 * lam - 208 / 3 * e**6
    assert beta_potential(theory, phi) == close(
        (KAPPA * one + KAPPA**2 * two) * (phi @ phi / 2) ** 2, rel=1e-11
    )


def test_wess_zumino_model_stays_supersymmetric():
    """W = y Phi^3/6: |y| runs as 3 gamma y with gamma = |y|^2/2 - |y|^4/2 (kappa); lam follows."""
    y = 0.8 * np.exp(0.4j)
    # -L = y/2 phi psi psi + h.c., V = |y|^2/4 |phi|^4
    yuk = np.array([y, 1j * y]).reshape(2, 1, 1) / np.sqrt(2)
    square = abs(y) ** 2
    quartic = quartic_tensor(lambda p: square / 4 * (p @ p / 2) ** 2, 2)
    theory = GeneralTheory(yuk, quartic, np.zeros((0, 1, 1)), np.zeros((0, 2, 2)), np.zeros((0, 0)))
    gamma = KAPPA * square / 2 - KAPPA**2 * square**2 / 2
    direction = np.array([1.0, 0.0])
    assert beta_yukawa(theory, direction)[0, 0] == close(3 * gamma * y / np.sqrt(2), rel=1e-12)
    phi = np.array([0.4, 0.9])
    assert beta_potential(theory, phi) == close(
        6 * gamma * square / 4 * (phi @ phi / 2) ** 2, rel=1e-12
    )


def rotate(theory: GeneralTheory, u: np.ndarray, o: np.ndarray, g: np.ndarray) -> GeneralTheory:
    """Change the bases of fermions (unitary), scalars and gauge fields (orthogonal)."""
    return GeneralTheory(
        np.einsum("ab,ki,bkl,lj->aij", o, u, theory.yukawa, u, optimize=True),
        np.einsum("ai,bj,ck,dl,ijkl->abcd", o, o, o, o, theory.quartic, optimize=True),
        np.einsum("AB,ki,Bkl,lj->Aij", g, u.conj(), theory.fermion_generators, u, optimize=True),
        np.einsum("AB,ai,Bij,bj->Aab", g, o, theory.scalar_generators, o, optimize=True),
        g @ theory.adjoint_casimir @ g.T,
    )


@settings(derandomize=True, deadline=None, max_examples=8)
@given(st.integers(0, 10**6))
def test_covariance_under_any_change_of_basis(seed):
    rng = np.random.default_rng(seed)
    theory = standard_model(**POINT)
    u = np.linalg.qr(rng.normal(size=(15, 15)) + 1j * rng.normal(size=(15, 15)))[0]
    o = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    g = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    turned = rotate(theory, u, o, g)
    phi = rng.normal(size=4)
    assert beta_potential(turned, o @ phi) == close(beta_potential(theory, phi), rel=1e-9)
    np.testing.assert_allclose(
        beta_yukawa(turned, o @ phi), u.T @ beta_yukawa(theory, phi) @ u, atol=1e-12
    )
    np.testing.assert_allclose(beta_gauge(turned), g @ beta_gauge(theory) @ g.T, atol=1e-12)


@pytest.mark.parametrize("n", [1, 3, 8])
def test_orthogonal_models(n):
    """V = g/24 (phi^2)^2 with O(n), n = 8: two doublets; Kleinert et al., hep-th/9503230."""
    g = 0.9
    quartic = np.zeros((n,) * 4)
    eye = np.eye(n)
    for spec in ("ij,kl->ijkl", "ik,jl->ijkl", "il,jk->ijkl"):
        quartic += g / 3 * np.einsum(spec, eye, eye)
    empty = np.zeros((0, 0, 0))
    theory = GeneralTheory(
        np.zeros((n, 0, 0)), quartic, empty, np.zeros((0, n, n)), np.zeros((0, 0))
    )
    phi = np.linspace(0.3, 1.0, n)
    expected = KAPPA * (n + 8) / 3 * g**2 - KAPPA**2 * (3 * n + 14) / 3 * g**3
    assert beta_potential(theory, phi) == close(expected * (phi @ phi) ** 2 / 24, rel=1e-12)


def two_doublets(l, yukawas, g1, g2, g3) -> GeneralTheory:
    """Two Higgs doublets, V of the 2HDM with l1..l5 real, up and down type Yukawas of each."""
    n = 15
    sm = standard_model(g1, g2, g3, 0, 0, 0, 0)
    s = sm.scalar_generators
    z = np.zeros_like(s)
    scalars = np.concatenate(
        [np.concatenate([s, z], axis=2), np.concatenate([z, s], axis=2)], axis=1
    )
    y = np.zeros((8, n, n), complex)
    for k in range(2):
        one = standard_model(g1, g2, g3, yukawas[f"t{k + 1}"], yukawas[f"b{k + 1}"], 0, 0)
        y[4 * k : 4 * k + 4] = one.yukawa

    def v(p: np.ndarray) -> float:
        a, b = doublet(p[:4]), doublet(p[4:])
        aa, bb, ab = np.vdot(a, a).real, np.vdot(b, b).real, np.vdot(a, b)
        return (
            l[0] / 2 * aa**2 + l[1] / 2 * bb**2 + l[2] * aa * bb
            + l[3] * abs(ab) ** 2 + l[4] * (ab**2).real
        )  # fmt: skip

    return GeneralTheory(
        y, quartic_tensor(v, 8), sm.fermion_generators, scalars, sm.adjoint_casimir
    )


def test_two_higgs_doublets_of_type_one():
    """One loop, type I with only H2 coupled (Branco et al., 1106.0034; its normalisation of V)."""
    l = (0.31, 0.27, 0.19, -0.11, 0.07)
    t, g1, g2, g3 = 0.9, 0.36, 0.65, 1.1
    yukawas = {"t1": 0.0, "b1": 0.0, "t2": t, "b2": 0.0}
    theory = two_doublets(l, yukawas, g1, g2, g3)
    a, b = g1**2, g2**2
    l1, l2, l3, l4, l5 = l
    gauge4 = 3 / 4 * (3 * b**2 + a**2)
    beta = {
        1: 12 * l1**2 + 4 * l3**2 + 4 * l3 * l4 + 2 * l4**2 + 2 * l5**2 - (9 * b + 3 * a) * l1
        + gauge4 + 3 / 2 * a * b,
        2: 12 * l2**2 + 4 * l3**2 + 4 * l3 * l4 + 2 * l4**2 + 2 * l5**2 - (9 * b + 3 * a) * l2
        + gauge4 + 3 / 2 * a * b + 12 * t**2 * l2 - 12 * t**4,
        3: (l1 + l2) * (6 * l3 + 2 * l4) + 4 * l3**2 + 2 * l4**2 + 2 * l5**2 - (9 * b + 3 * a) * l3
        + gauge4 - 3 / 2 * a * b + 6 * t**2 * l3,
        4: (2 * (l1 + l2) + 8 * l3 + 4 * l4) * l4 + 8 * l5**2 - (9 * b + 3 * a) * l4 + 3 * a * b
        + 6 * t**2 * l4,
        5: (2 * (l1 + l2) + 8 * l3 + 12 * l4) * l5 - (9 * b + 3 * a) * l5 + 6 * t**2 * l5,
    }  # fmt: skip
    rng = np.random.default_rng(2)
    for _ in range(6):
        phi = rng.normal(size=8)
        p, q = doublet(phi[:4]), doublet(phi[4:])
        aa, bb, ab = np.vdot(p, p).real, np.vdot(q, q).real, np.vdot(p, q)
        expected = KAPPA * (
            beta[1] / 2 * aa**2 + beta[2] / 2 * bb**2 + beta[3] * aa * bb
            + beta[4] * abs(ab) ** 2 + beta[5] * (ab**2).real
        )  # fmt: skip
        assert beta_potential(theory, phi, 1) == close(expected, rel=1e-11)
