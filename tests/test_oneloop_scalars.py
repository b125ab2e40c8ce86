"""Loops of leptoquarks alone: Coleman-Weinberg potential, Delta rho, low-energy theorems."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import KAPPA
from oneloop_points import random_inputs
from reference.oneloop import currents, scalars
from reference.oneloop.functions import integrals
from reference.oneloop.match import one_loop

ZERO = np.zeros((3, 3), complex)


def masses(p, rho):
    """Eigenvalues of the 4x4 mass matrix of (S1, S3^A) for |H|^2 = rho, H = (0, sqrt(rho))."""
    h = np.array([0.0, 0.0, -1.0]) * rho
    u = np.zeros((4, 4), complex)
    u[0, 0] = p.M1**2 + p.lH1 * rho
    eps = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        eps[i, j, k], eps[i, k, j] = 1, -1
    u[1:, 1:] = (p.M3**2 + p.lH3 * rho) * np.eye(3)
    u[1:, 1:] += 1j * p.leH3 * np.einsum("abc,a->bc", eps, h)
    u[1:, 0] = p.lH13 * h
    u[0, 1:] = np.conj(p.lH13) * h
    return np.linalg.eigvals(u)


def potential(p, rho):
    """Coleman-Weinberg, MS-bar: 3 colours, complex scalars; analytic in rho."""
    m = masses(p, rho)
    return 6 * KAPPA / 4 * np.sum(m**2 * (np.log(m / p.mu**2) - 1.5))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_coleman_weinberg(seed):
    """m_H^2, the quartic and |H|^6 from a numerical potential with S1-S3 mixing.

    Taylor coefficients by Cauchy's formula on a circle.  The derivative operator |H|^2 |D H|^2 is
    no part of a potential: it feeds |H|^6 through lam only, which is set to zero.
    """
    rng = np.random.default_rng(seed)
    p = random_inputs(seed)._replace(lam=0.0, lH1=0.9, lH3=-0.5, leH3=0.7)
    p = p._replace(lH13=complex(rng.normal(), rng.normal()), M1=1.4 + 0.3 * seed, M3=1.5)
    n, radius = 64, 0.3
    circle = radius * np.exp(2j * np.pi * np.arange(n) / n)
    taylor = np.fft.fft([potential(p, r) for r in circle]) / n / radius ** np.arange(n)
    f = integrals(p)
    shifts = scalars.dimension_four(p, f)
    assert shifts["mH2"] == close(taylor[1].real, rel=1e-11)
    assert shifts["lam"] / 2 == close(taylor[2].real, rel=1e-10)
    assert scalars.portals(p, f)["phi"] == close(-taylor[3].real, rel=1e-10)


def test_delta_rho():
    """O_phiD from the mass splittings of S3: Delta rho = -rho C_phiD."""
    p = random_inputs(1)._replace(lH13=0.0, lH3=0.0, M3=1.0)

    def f0(x, y):
        return x + y - 2 * x * y / (x - y) * np.log(x / y)

    rho = 1e-3
    d = p.leH3 * rho
    # scalar doublet: 3/(8 pi^2 4 rho) F0; the triplet has two transitions of twice the strength
    expected = 3 / (8 * np.pi**2 * 4 * rho) * 2 * (f0(1 + d, 1.0) + f0(1.0, 1 - d))
    c = scalars.portals(p, integrals(p))["phiD"]
    assert -rho * c == close(expected, rel=1e-4)


def test_delta_rho_with_mixed_leptoquarks():
    """The charged states of S3 against the neutral ones, which are mixed with S1.

    W3 couples to the charged ones alone, diagonally: only the pairs that W1 and W2 join are left.
    """
    p = random_inputs(1)._replace(lH1=0.0, lH3=0.0, M1=1.5, M3=1.0)
    rho = 1e-3

    def f0(x, y):
        return x + y - 2 * x * y / (x - y) * np.log(x / y)

    off = -p.lH13 * rho
    square, states = np.linalg.eigh(np.array([[p.M1**2, np.conj(off)], [off, p.M3**2]]))
    charged = p.M3**2 + p.leH3 * rho, p.M3**2 - p.leH3 * rho
    pairs = sum(abs(states[1, k]) ** 2 * f0(x, square[k]) for k in range(2) for x in charged)
    expected = 3 / (8 * np.pi**2 * 4 * rho) * 2 * pairs
    c = scalars.portals(p, integrals(p))["phiD"]
    assert -rho * c == close(expected, rel=3e-3)
    without = scalars.portals(p._replace(lH13=0.0), integrals(p))["phiD"]
    assert abs(c - without) > 0.1 * abs(c)


def test_higgs_and_field_strengths_by_the_low_energy_theorem():
    """-F^2/4 (1 - kappa b ln M^2): masses that depend on |H|^2 give |H|^2 F F."""
    p = random_inputs(2)._replace(lH13=0.0)
    f = integrals(p)
    c = scalars.portals(p, f)
    h = 1e-5

    def slope(charge):
        """d/d rho of sum charge^2 ln M^2 over S1, S3^+, S3^0, S3^-; h^3 = -rho."""

        def value(rho):
            m = [p.M1**2 + p.lH1 * rho]
            m += [p.M3**2 + p.lH3 * rho + t * p.leH3 * rho for t in (1, 0, -1)]
            return sum(q * np.log(x) for q, x in zip(charge, m, strict=True))

        return (value(h) - value(-h)) / (2 * h)

    # L = -F^2/4 [1 - (kappa/3) q^2 ln M^2]: three colours for B and W, 1/2 for gluons
    coefficient = KAPPA / 12
    y, t3 = 1 / 3, np.array([0, 1, 0, -1])
    assert c["phiB"] == close(coefficient * 3 * p.g1**2 * slope([y**2] * 4), rel=1e-8)
    assert c["phiW"] == close(coefficient * 3 * p.g2**2 * slope(t3**2), rel=1e-8)
    assert c["phiG"] == close(coefficient * 0.5 * p.g3**2 * slope([1] * 4), rel=1e-8)
    # W3 B: h^3 W3 = -rho W3, hence the sign of O_phiWB against the field product
    mixed = coefficient * 3 * 2 * p.g1 * p.g2 * slope(t3 * y)
    assert -c["phiWB"] == close(mixed, rel=1e-8)


def test_shift_of_the_quartic_by_the_higgs_mass():
    """Depth of the potential and mass of h, which no field redefinition changes.

    leH3 splits S3 by H^+ sigma H and gives kappa/(12 M3^2) tr (d U)^2, three colours (1412.1837):
    for a real background h the kinetic term is (1 + kappa leH3^2 h^2/M3^2)(d h)^2/2, and at
    mu = M3 the potential has no term of second order.  Both numbers have to come out of the
    Warsaw basis with its shifted quartic.
    """
    zero = {"lH1": 0.0, "lH3": 0.0, "lH13": 0.0, "g1": 0.0, "g2": 0.0, "g3": 0.0}
    p = random_inputs(6)._replace(**zero, leH3=0.02, lam=0.3, m2=0.004, M3=1.1, mu=1.1)
    f = integrals(p)
    c, lam = scalars.portals(p, f), p.lam + float(scalars.dimension_four(p, f)["lam"])
    # in h: |H|^2 box |H|^2 = -h^2 (d h)^2, |H^+ D H|^2 = h^2 (d h)^2/4, |H|^6 = h^6/8
    kinetic = -2 * c["phiBox"] + c["phiD"] / 2
    # V' = 0 at v^2 = x: m2 = lam x/2 - 3 phi x^2/4, and V'' = 2 of the even terms' slopes
    x = 2 * p.m2 / p.lam
    for _ in range(20):
        x = 2 / lam * (p.m2 + 3 / 4 * c["phi"] * x**2)
    second = lam * x - 3 * c["phi"] * x**2
    change = second / (1 + kinetic * x) / (2 * p.m2) - 1
    expected = -KAPPA * p.leH3**2 / p.M3**2 * 2 * p.m2 / p.lam
    assert change == close(expected, rel=1e-4)
    # the shift of lam and the term in |H|^6 cancel at the minimum
    shift = (lam - p.lam) * x**2 / 8
    assert abs(shift) > 1e-3 * abs(expected) * p.m2 * x
    depth = -p.m2 / 2 * x + lam / 8 * x**2 - c["phi"] * x**3 / 8
    assert depth + p.m2**2 / (2 * p.lam) == pytest.approx(0.0, abs=1e-3 * abs(shift))


def test_gauge_couplings():
    """The known decoupling constants."""
    p = random_inputs(3)
    L1, L3 = 2 * np.log(p.mu / p.M1), 2 * np.log(p.mu / p.M3)
    s = one_loop(p).shifts
    assert s["g1"] == close(-KAPPA * p.g1**3 * (L1 / 18 + L3 / 6))
    assert s["g2"] == close(-KAPPA * p.g2**3 * L3)
    assert s["g3"] == close(-KAPPA * p.g3**3 * (L1 / 12 + L3 / 4))


def test_triple_gauge_of_stops():
    """Three complex colour triplets give (1/6)(g^2/20) g in the convention D = d - i g A.

    The stops of 1412.1837, table 1 (c_3G); here D = d + i g A flips the sign.
    """
    p = random_inputs(4)._replace(M1=1e9, M3=1.0)
    c = scalars.triple_gauge(p, integrals(p))["G"]
    assert c == close(-KAPPA * p.g3**3 / 120)


def test_squared_field_strengths_are_products_of_full_currents():
    """(D F)^2 = g^2 J.J: every product of currents with the right multiplicity.

    A second way of writing: coefficients of J.J by hand for some operators of each kind.
    """
    p = random_inputs(5)._replace(Yu=ZERO, Yd=ZERO, Ye=ZERO, lam=0.0)
    f = integrals(p)
    c = scalars.gauge_self_energies(p, f)
    b = -KAPPA * p.g1**4 / 60 * (f.x1 / 3 + f.x3)
    w = -KAPPA * p.g2**4 / 60 * 6 * f.x3
    g = -KAPPA * p.g3**4 / 60 * (f.x1 / 2 + 1.5 * f.x3)
    y = currents.Y
    assert c["eu"][0, 0, 1, 1] == close(2 * b * y["e"] * y["u"])
    assert c["ee"][0, 0, 1, 1] == close(b * y["e"] ** 2)
    assert c["phie"][0, 0] == close(b * y["e"])
    assert c["phiD"] == close(b)
    assert c["phiBox"] == close(b / 4 + 3 * w / 4)
    assert c["lq3"][0, 0, 1, 1] == close(w / 2)
    assert c["phil3"][2, 2] == close(w / 2)
    assert c["ud8"][0, 0, 1, 1] == close(2 * g)
    # the muon-electron operators of (lbar sigma l)^2/4 and of Y^2: nu_mu mu nu_e e and mu mu e e
    ll = c["ll"] + c["ll"].transpose(2, 3, 0, 1)
    assert ll[0, 1, 1, 0] == close(w)
    assert ll[0, 0, 1, 1] == close(2 * (b / 4 - w / 4))


SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def gell_mann():
    """The generators of SU(3) with Tr T T = 1/2."""
    out = np.zeros((8, 3, 3), complex)
    for n, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        out[2 * n, i, j] = out[2 * n, j, i] = 0.5
        out[2 * n + 1, i, j], out[2 * n + 1, j, i] = -0.5j, 0.5j
    out[6] = np.diag([0.5, -0.5, 0])
    out[7] = np.diag([1, 1, -2]) / np.sqrt(12)
    return out


def amplitude(tensor):
    """The coefficient of psibar_a psi_b psibar_c psi_d that Fermi statistics leaves."""
    odd = tensor - tensor.transpose(0, 3, 2, 1)
    return odd - odd.transpose(2, 1, 0, 3)


def in_components(c, *structures):
    """An operator c[p, r, s, t] with structures[k] on both currents, summed over k, and spin."""
    spin = np.array([np.eye(2), *(-SIGMA)])  # sigma-bar
    metric = np.array([1, -1, -1, -1])
    left = np.array([np.kron(x, m) for x in structures for m in spin])
    right = np.array(
        [np.kron(x, m * g) for x in structures for m, g in zip(spin, metric, strict=True)]
    )
    inner = np.einsum("kab,kcd->abcd", left, right)
    n = 3 * left.shape[-1]
    return np.einsum("prst,abcd->parbsctd", c, inner).reshape(n, n, n, n)


@pytest.mark.parametrize("field", ["l", "q", "u"])
def test_products_of_a_current_with_itself_in_components(field):
    """No Fierz identity: both sides as amplitudes in flavour, isospin, colour and spin."""
    p = random_inputs(8)
    k, one = p.Yu, np.eye(3)
    product = np.einsum("pr,st->prst", k, one)
    if field == "l":
        found = currents.isospin(p, k, 0 * k, 0.0)["ll"]
        expected = in_components(0.5 * product, *SIGMA)
        warsaw = in_components(found, np.eye(2))
    elif field == "u":
        found = currents.colour(p, {"u": k})["uu"]
        expected = in_components(product, *gell_mann())
        warsaw = in_components(found, np.eye(3))
    else:
        found = currents.colour(p, {"q": k})
        expected = in_components(product, *(np.kron(np.eye(2), t) for t in gell_mann()))
        warsaw = in_components(found["qq1"], np.eye(6))
        warsaw = warsaw + in_components(found["qq3"], *(np.kron(s, np.eye(3)) for s in SIGMA))
    assert np.abs(amplitude(expected)).max() > 0.1
    np.testing.assert_allclose(amplitude(warsaw), amplitude(expected), atol=1e-13)
