"""Loops of leptoquarks alone, all five: potential, Delta rho, field strengths, dimension four."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.match import one_loop
from oneloop_points import SETS, random_set
from uv_leptoquarks import SCALARS, SIGMA

FIVE = SETS[-1]
ZERO = np.zeros((3, 3), complex)
EPS3 = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    EPS3[_i, _j, _k], EPS3[_i, _k, _j] = 1.0, -1.0
GENERATORS = {1: np.zeros((3, 1, 1)), 2: SIGMA / 2, 3: -1j * EPS3}
START = {"S1": 0, "S3": 1, "S1t": 4, "R2": 5, "R2t": 7}  # of the isospin components


def without_fermions(seed, **others):
    p = random_set(FIVE, seed)
    zero = {name: 0 * value for name, value in p.couplings.items()}
    return p._replace(couplings=zero, Yu=ZERO, Yd=ZERO, Ye=ZERO, **others)


def mass_matrix(p, h):
    """The 9x9 mass matrix of the isospin components in a background H, written as in V."""
    c = {name: p.portals.get(name, 0.0) for name in (
        "lH1", "lH3", "leH3", "lH13", "lH1t", "lH2", "lsH2", "lH2t", "lsH2t")}  # fmt: skip
    rho = np.vdot(h, h)
    spin = np.einsum("i,Aij,j->A", np.conj(h), SIGMA, h)
    m = np.zeros((9, 9), complex)
    m[0, 0] = p.masses["S1"] ** 2 + c["lH1"] * rho
    m[1:4, 1:4] = (p.masses["S3"] ** 2 + c["lH3"] * rho) * np.eye(3)
    m[1:4, 1:4] += 1j * c["leH3"] * np.einsum("ABC,A->BC", EPS3, spin)
    m[1:4, 0] = c["lH13"] * spin
    m[0, 1:4] = np.conj(c["lH13"]) * spin
    m[4, 4] = p.masses["S1t"] ** 2 + c["lH1t"] * rho
    turned = np.einsum("A,Aij->ij", spin, SIGMA)
    m[5:7, 5:7] = (p.masses["R2"] ** 2 + c["lH2"] * rho) * np.eye(2) + c["lsH2"] * turned
    m[7:9, 7:9] = (p.masses["R2t"] ** 2 + c["lH2t"] * rho) * np.eye(2) + c["lsH2t"] * turned
    return m


def along(p, rho):
    """The same for H = (0, sqrt(rho)), analytic in rho."""
    zero = mass_matrix(p, np.zeros(2))
    return zero + rho * (mass_matrix(p, np.array([0.0, 1.0])) - zero)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coleman_weinberg(seed):
    """m_H^2, the quartic and |H|^6 from a numerical potential, S1-S3 mixing included.

    Taylor coefficients by Cauchy's formula on a circle; |H|^2 |D H|^2 feeds |H|^6 through lam only,
    which is zero here, as the gauge couplings are.
    """
    p = without_fermions(seed, lam=0.0, g1=0.0, g2=0.0, g3=0.0)
    rng = np.random.default_rng(seed)
    p = p._replace(portals={k: v * rng.uniform(0.5, 1.5) for k, v in p.portals.items()})

    def potential(rho):
        m = np.linalg.eigvals(along(p, rho))
        return 6 * KAPPA / 4 * np.sum(m**2 * (np.log(m / p.mu**2) - 1.5))

    n, radius = 64, 0.2
    circle = radius * np.exp(2j * np.pi * np.arange(n) / n)
    taylor = np.fft.fft([potential(r) for r in circle]) / n / radius ** np.arange(n)
    result = one_loop(p)
    assert result.shifts["mH2"] == close(taylor[1].real, rel=1e-11)
    assert result.shifts["lam"] / 2 == close(taylor[2].real, rel=1e-10)
    assert result.coefficients["phi"] == close(-taylor[3].real, rel=1e-9)


def test_delta_rho():
    """The T parameter from W self-energies at zero momentum: all components, mixing included.

    alpha T = Delta rho = -rho C_phiD with v^2/2 = rho; the self-energies of W1 and W3 with the
    eigenstates of the mass matrix.
    """
    p = without_fermions(4, lam=0.0, g1=0.0, g2=0.0, g3=0.0)
    rho = 1e-3
    square, states = np.linalg.eigh(along(p, rho))
    t = np.zeros((3, 9, 9), complex)
    for name, (n, _, _) in SCALARS.items():
        k = slice(START[name], START[name] + n)
        t[:, k, k] = GENERATORS[n]
    t = np.einsum("ia,Aij,jb->Aab", states.conj(), t, states)

    def f0(x, y):
        return 0.0 if abs(x - y) < 1e-9 else x + y - 2 * x * y / (x - y) * np.log(x / y)

    weight = np.array([[f0(x, y) for y in square] for x in square])
    # Pi_11 - Pi_33 per unit g^2: a pair of states with |T|^2 gives kappa F0 |T|^2 in units where a
    # doublet is 3 kappa F0/2 in all, 3/(8 pi^2 4 rho) F0 in Delta rho
    difference = np.sum(weight * (np.abs(t[0]) ** 2 - np.abs(t[2]) ** 2))
    # for a doublet |T1|^2 = 1/4 twice
    expected = 3 / (8 * np.pi**2 * 4 * rho) * 2 * difference
    found = -rho * one_loop(p).coefficients["phiD"]
    assert found == close(expected, rel=3e-3)
    single = p._replace(portals={"lsH2": 0.5})
    m = p.masses["R2"] ** 2
    expected = 3 / (8 * np.pi**2 * 4 * rho) * f0(m + 0.5 * rho, m - 0.5 * rho)
    assert -rho * one_loop(single).coefficients["phiD"] == close(expected, rel=1e-5)


def test_higgs_and_field_strengths_by_the_low_energy_theorem():
    """-F^2/4 (1 - kappa b ln M^2): masses that depend on |H|^2 give |H|^2 F F.

    Without mixing, which acts at the second order in |H|^2.
    """
    p = without_fermions(5, lam=0.0)
    p = p._replace(portals={k: v for k, v in p.portals.items() if k != "lH13"})
    c = one_loop(p).pieces["Higgs portals"]
    y, t3 = np.zeros(9), np.zeros(9)
    diagonal = {1: [0.0], 2: [0.5, -0.5], 3: [1.0, 0.0, -1.0]}
    for name, (n, hypercharge, _) in SCALARS.items():
        k = slice(START[name], START[name] + n)
        y[k], t3[k] = hypercharge, diagonal[n]

    def slope(charge):
        """d/d rho of sum charge^2 ln M^2; S3 in the basis of T3 = 1, 0, -1."""
        root = np.array([[1, -1j, 0], [0, 0, np.sqrt(2)], [1, 1j, 0]]) / np.sqrt(2)
        turn = np.eye(9, dtype=complex)
        turn[1:4, 1:4] = root
        h = 1e-5

        def value(rho):
            m = turn @ along(p, rho) @ turn.conj().T
            assert np.abs(m - np.diag(np.diag(m))).max() < 1e-12
            return np.sum(charge * np.log(np.diag(m).real))

        return (value(h) - value(-h)) / (2 * h)

    coefficient = KAPPA / 12
    assert c["phiB"] == close(coefficient * 3 * p.g1**2 * slope(y**2), rel=1e-7)
    assert c["phiW"] == close(coefficient * 3 * p.g2**2 * slope(t3**2), rel=1e-7)
    assert c["phiG"] == close(coefficient * 0.5 * p.g3**2 * slope(np.ones(9)), rel=1e-7)
    # W3 B: h^3 W3 = -rho W3, hence the sign of O_phiWB against the field product
    mixed = coefficient * 3 * 2 * p.g1 * p.g2 * slope(t3 * y)
    assert -c["phiWB"] == close(mixed, rel=1e-7)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_squared_field_strengths(fields):
    """-kappa/60 tr T T (D F)^2/M^2 as products of currents, and O_W, O_G by their traces."""
    p = random_set(fields, 6)._replace(Yu=ZERO, Yd=ZERO, Ye=ZERO, lam=0.0)
    c = one_loop(p)
    b = w = g = cube_w = cube_g = 0.0
    for name in fields:
        n, y, casimir = SCALARS[name]
        x = p.masses[name] ** -2
        b -= KAPPA * p.g1**4 / 60 * 3 * n * y**2 * x
        w -= KAPPA * p.g2**4 / 60 * 3 * n * casimir / 3 * x
        g -= KAPPA * p.g3**4 / 60 * 0.5 * n * x
        cube_w -= KAPPA * p.g2**3 * 3 * n * casimir / 3 * x / 180
        cube_g -= KAPPA * p.g3**3 * n * x / 360
    found = c.pieces["gauge self-energies"]
    assert found["eu"][0, 0, 1, 1] == close(2 * b * -1 * 2 / 3, rel=1e-12)
    assert found["ed"][0, 0, 1, 1] == close(2 * b * -1 * -1 / 3, rel=1e-12)
    assert found["phid"][0, 0] == close(b * -1 / 3, rel=1e-12)
    assert found["ud8"][0, 0, 1, 1] == close(2 * g, rel=1e-12)
    assert np.max(np.abs(found["lq3"][0, 0, 1, 1] - w / 2)) < 1e-15
    triple = c.pieces["triple gauge"]
    assert triple["G"] == close(cube_g, rel=1e-12)
    assert abs(triple["W"] - cube_w) < 1e-15
