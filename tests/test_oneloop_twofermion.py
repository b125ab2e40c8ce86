"""Two-fermion operators: literature constants, pole masses in a background, a form factor."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

import leading_set
from broken_phase import pole_mass, smeft_mass
from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.model.point import Point
from muoquark.smeft.tensors import total
from oneloop_points import random_inputs
from reference.oneloop import twofermion
from reference.oneloop.functions import integrals
from reference.oneloop.inputs import Inputs
from reference.oneloop.match import one_loop
from reference.tree import tree

ZERO = np.zeros((3, 3), complex)
ONLY = np.diag([1.0, 0.0, 0.0]).astype(complex)


def photon(p, result):
    """C_gamma of lbar sigma e H F, e = g g'/sqrt(g^2 + g'^2)."""
    e = p.g1 * p.g2 / np.hypot(p.g1, p.g2)
    return e / p.g1 * result["eB"] - e / p.g2 * result["eW"], e


def test_a_mu():
    """Both formulae of the literature: the chirality flip on the top and on the muon."""
    p = random_inputs(1)
    p = p._replace(mu=p.M1)
    y = 6e-4
    v = 0.2

    def shift(**couplings):
        point = p._replace(**{"eta1L": ZERO, "eta1R": ZERO, "eta3L": ZERO, **couplings})
        point = point._replace(Ye=np.diag([0, y, 0]).astype(complex))
        c, e = photon(point, one_loop(point).coefficients)
        return 4 * (y * v / np.sqrt(2)) * v / (np.sqrt(2) * e) * c[1, 1].real

    m = y * v / np.sqrt(2)
    muon = np.diag([0, 1.0, 0])
    left, right, triplet = p.eta1L @ muon, p.eta1R @ muon, p.eta3L @ muon
    square = lambda x: np.sum(np.abs(x) ** 2)  # noqa: E731
    same = m**2 / (32 * np.pi**2)
    assert shift(eta1L=left) == close(same * square(left) / p.M1**2, rel=1e-12)
    assert shift(eta1R=right) == close(same * square(right) / p.M1**2, rel=1e-12)
    assert shift(eta3L=triplet) == close(-3 * same * square(triplet) / p.M3**2, rel=1e-12)
    # ln(M1^2/m_t^2) - 7/4 with the logarithm left to the running
    flip = (left.conj().T @ p.Yu.conj() @ right)[1, 1].real * v / np.sqrt(2)
    both = shift(eta1L=left, eta1R=right) - shift(eta1L=left) - shift(eta1R=right)
    expected = m * flip / (4 * np.pi**2 * p.M1**2) * (-7 / 4)
    assert both == close(expected, rel=1e-12)


def test_dipoles_with_the_chirality_flip_on_the_quark():
    p = random_inputs(2)._replace(Ye=ZERO)
    L = 2 * np.log(p.mu / p.M1)
    x = p.eta1L.conj().T @ p.Yu.conj() @ p.eta1R
    c = one_loop(p).coefficients
    np.testing.assert_allclose(c["eB"], -KAPPA * p.g1 * x * (19 + 10 * L) / (16 * p.M1**2))
    np.testing.assert_allclose(c["eW"], KAPPA * p.g2 * x * (9 + 6 * L) / (16 * p.M1**2))


def test_penguin_constants():
    """4/9 + L/3 for the fermion, 1/18 for the scalar, per unit charge."""
    assert twofermion.penguin_f(0.0) == close(-4 / 9)
    assert twofermion.penguin_f(3.0) == close(-4 / 9 - 1)
    assert close(1 / 18) == twofermion._PENGUIN_S
    # gluons couple to the leptoquark only: qu8 from S1 with all but g3 switched off
    p = random_inputs(3)._replace(eta3L=ZERO, eta1R=ZERO, Yu=ZERO, Yd=ZERO, Ye=ZERO)
    p = p._replace(g1=0.0, g2=0.0)
    c = one_loop(p).pieces["gauge penguins"]
    x = p.eta1L.conj() @ p.eta1L.T
    expected = KAPPA * p.g3**2 / 18 / p.M1**2 * np.einsum("pr,st->prst", x, np.eye(3))
    np.testing.assert_allclose(c["qu8"], expected, atol=1e-16)
    # B: charges -2/3 and -1/3 in the loop of the right-handed leptons
    p = random_inputs(3)._replace(eta3L=ZERO, eta1L=ZERO, Yu=ZERO, Yd=ZERO, Ye=ZERO)
    p = p._replace(g2=0.0, g3=0.0, mu=p.M1)
    c = one_loop(p).pieces["gauge penguins"]["ed"]
    x = 3 * p.eta1R.conj().T @ p.eta1R / p.M1**2
    number = KAPPA * p.g1**2 * (4 / 9 * 2 / 3 - 1 / 18 / 3) * (-1 / 3)
    np.testing.assert_allclose(c, number * np.einsum("pr,st->prst", x, np.eye(3)), atol=1e-16)


HYPERCHARGE = {"l": -1 / 2, "e": -1.0, "q": 1 / 6, "u": 2 / 3, "d": -1 / 3}
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def squares(p):
    """eta^dag eta/M^2 of S1 and S3, colour but not isospin summed, and log, by outer fermion."""
    one, three = p.M1**-2, p.M3**-2
    h = lambda x: x.conj().T @ x  # noqa: E731
    return {
        "l": (3 * one * h(p.eta1L), 3 * three * h(p.eta3L)),
        "e": (3 * one * h(p.eta1R), 0 * p.Yu),
        "q": (one * h(p.eta1L.T), three * h(p.eta3L.T)),
        "u": (one * h(p.eta1R.T), 0 * p.Yu),
    }


def test_hypercharge_and_gluon_penguins_from_the_charges_in_the_loop():
    """Every outer fermion: its partner's conjugate and the leptoquark share its charge."""
    p = random_inputs(4)
    logs = 2 * np.log(p.mu / p.M1), 2 * np.log(p.mu / p.M3)
    partner = {"l": "q", "q": "l", "e": "u", "u": "e"}
    quiet = p._replace(g2=0.0, g3=0.0)
    found = one_loop(quiet).pieces["gauge penguins"]
    strong = one_loop(p._replace(g1=0.0, g2=0.0)).pieces["gauge penguins"]
    for outer, pair in squares(p).items():
        inside = -HYPERCHARGE[partner[outer]]
        scalar = HYPERCHARGE[outer] - inside
        k = sum(
            n * x * (-(4 / 9 + log / 3) * inside + scalar / 18)
            for n, x, log in zip((1, 3), pair, logs, strict=True)
        )
        name = {"l": "ld", "e": "ed", "q": "qd1", "u": "ud1"}[outer]
        expected = KAPPA * p.g1**2 * HYPERCHARGE["d"] * np.einsum("pr,st->prst", k, np.eye(3))
        np.testing.assert_allclose(found[name], expected, rtol=1e-10, atol=1e-15, err_msg=name)
        if outer in "qu":  # colour is on the leptoquark alone
            k = (pair[0] + 3 * pair[1]) / 18
            expected = KAPPA * p.g3**2 * np.einsum("pr,st->prst", k, np.eye(3))
            np.testing.assert_allclose(strong[f"{outer}d8"], expected, rtol=1e-10, atol=1e-15)


def test_isospin_penguins_from_the_generators_in_the_loop():
    """T on the conjugate doublet and on the adjoint, between the vertices (eps sigma^A)."""
    p = random_inputs(4)._replace(g1=0.0, g3=0.0)
    logs = 2 * np.log(p.mu / p.M1), 2 * np.log(p.mu / p.M3)
    eps = np.array([[0, 1], [-1, 0]])
    cross = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        cross[i, j, k], cross[i, k, j] = 1, -1
    vertices = {  # [quark, lepton, A]
        1: (eps[:, :, None], np.zeros((3, 1, 1))),
        3: (np.einsum("ab,Ibc->acI", eps, SIGMA), -1j * cross),
    }

    def shares(vertex, adjoint):
        """How much of the outer generator sits on the fermion and on the scalar."""
        states = vertex.transpose(0, 2, 1)  # l -> q^c S^dag
        on_f = np.einsum("aAx,Iba,bAy->Ixy", states.conj(), -SIGMA / 2, states)
        on_s = np.einsum("aAx,IAB,aBy->Ixy", states.conj(), adjoint, states)
        norm = np.einsum("aAx,aAy->xy", states.conj(), states)[0, 0].real
        np.testing.assert_allclose(on_f + on_s, norm * SIGMA / 2, atol=1e-14)
        return on_f[2, 0, 0].real * 2, on_s[2, 0, 0].real * 2

    parts = [shares(*vertices[n]) for n in (1, 3)]
    k = {
        outer: sum(
            x * (-(4 / 9 + log / 3) * fermion + scalar / 18) / 2
            for x, log, (fermion, scalar) in zip(pair, logs, parts, strict=True)
        )
        for outer, pair in squares(p).items()
        if outer in "lq"
    }
    one = np.eye(3)
    expected = np.einsum("pr,st->prst", k["l"], one) + np.einsum("pr,st->prst", one, k["q"])
    found = one_loop(p).pieces["gauge penguins"]["lq3"]
    np.testing.assert_allclose(found, KAPPA * p.g2**2 * expected / 2, rtol=1e-10, atol=1e-15)


def test_dipoles_of_quarks_from_the_charges_in_the_loop():
    """Photon and gluon, chirality flip outside: Q_F/12 - Q_S/24 of every pair of components.

    The muon's a_mu above has -1/24 from (-2/3, -1/3): the same formula with other charges.
    """
    p = random_inputs(6)._replace(Ye=ZERO)
    x = squares(p)
    e = p.g1 * p.g2 / np.hypot(p.g1, p.g2)
    one = lambda fermion, scalar: fermion / 12 - scalar / 24  # noqa: E731
    assert one(-2 / 3, -1 / 3) == close(-1 / 24)
    # d: nu with S1, S3 of charge 1/3; e with S3 of 4/3, twice.  u: e with 1/3, nu with -2/3
    down = x["q"][0] * one(0, -1 / 3) + x["q"][1] * (one(0, -1 / 3) + 2 * one(1, -4 / 3))
    up = x["q"][0] * one(1, -1 / 3) + x["q"][1] * (one(1, -1 / 3) + 2 * one(0, 2 / 3))
    right = x["u"][0] * one(1, -1 / 3)
    c = one_loop(p).coefficients
    found = e / p.g1 * c["dB"] - e / p.g2 * c["dW"]
    np.testing.assert_allclose(found, -KAPPA * e * down @ p.Yd, rtol=1e-9, atol=1e-15)
    found = e / p.g1 * c["uB"] + e / p.g2 * c["uW"]
    expected = -KAPPA * e * (up @ p.Yu + p.Yu @ right)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    gluon = KAPPA * p.g3 / 24 * (x["q"][0] + 3 * x["q"][1])
    np.testing.assert_allclose(c["dG"], gluon @ p.Yd, rtol=1e-9, atol=1e-15)
    right = KAPPA * p.g3 / 24 * p.Yu @ x["u"][0]
    np.testing.assert_allclose(c["uG"], gluon @ p.Yu + right, rtol=1e-9, atol=1e-15)


def test_the_leading_set():
    """What the leading set holds comes out again when the rest is switched off."""
    rng = np.random.default_rng(4)
    matrix = lambda: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))  # noqa: E731
    sm = {"Yu": matrix(), "Yd": ZERO, "Ye": 1e-9 * matrix(), "g1": 1e-6, "g2": 1e-6, "g3": 1e-6}
    point = Point(M1=2e3, M3=3e3, mu_M=2.4e3, eta1L=matrix(), eta1R=matrix(), eta3L=matrix(),
                  quartics={"lH1": 0.3, "lH3": 0.2}, sm=sm)  # fmt: skip
    s = point.sm_parameters
    p = Inputs(point.eta1L, point.eta1R, point.eta3L, s.Yu, s.Yd, s.Ye, 2e3, 3e3, 2.4e3,
               s.g1, s.g2, s.g3, s.lam, 0.0, 0.3, 0.2)  # fmt: skip
    result = one_loop(p)
    for name, value in leading_set.leading(point).items():
        new = result.coefficients[name]
        if name in ("qq1", "qq3", "uu"):
            value = 0.5 * (value + value.transpose(2, 3, 0, 1))
        np.testing.assert_allclose(new, value, atol=1e-7 * np.max(np.abs(value)), err_msg=name)
    for name, value in leading_set.leading_shifts(point).items():
        np.testing.assert_allclose(result.shifts[name], value, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("which", ["e", "u", "d"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pole_masses_in_a_higgs_background(which, seed):
    """ephi, uphi, dphi and the Yukawa shifts, all Yukawas and portals, no operators used.

    The difference of the two pole masses is of order h^5 ln h: its ratio to h^3 falls with h.
    |H|^2 |D H|^2, which the portals produce, has no effect on a pole mass at fixed h but moves
    into ephi, uphi, dphi by the equation of motion: that piece is left out.
    """
    rng = np.random.default_rng(seed)
    z = lambda: complex(rng.normal(), rng.normal())  # noqa: E731
    numbers = {k: z() for k in ("eta1L", "eta1R", "eta3L", "Yu", "Yd", "Ye")}
    numbers |= {"M1": 1.3, "M3": 0.9, "mu": 1.2, "lH1": 0.7, "lH3": -0.4, "leH3": 0.5, "lH13": z()}
    p = Inputs(
        **{k: (v * ONLY if k[0] in "eY" else v) for k, v in numbers.items()},
        g1=0.0, g2=0.0, g3=0.0, lam=0.0,
    )  # fmt: skip
    result = one_loop(p)
    c = total(v for k, v in result.pieces.items() if k != "Higgs portals")
    one = SimpleNamespace(**numbers)
    lequ1 = tree(p)["lequ1"][0, 0, 0, 0]
    cubic = c[f"{which}phi"][0, 0]

    def miss(h, extra=0.0):
        full = pole_mass(one, h, which)
        eft = smeft_mass(one, h, which, result.shifts[f"Y{which}"][0, 0], cubic + extra, lequ1)
        return abs(full - eft) / h**3

    assert miss(0.004) < 2e-3 * abs(cubic)
    assert miss(0.0013) < 2e-4 * abs(cubic)
    own = numbers[f"Y{which}"]
    assert miss(0.004, extra=0.02 * abs(cubic) * own / abs(own)) > 1.5e-2 * abs(cubic)


def test_higgs_form_factor():
    """3/4 + L/2 of the operator with D^2 H: the vertex with massless legs at k^2 = -Q^2 < 0.

    Full theory: Feynman parameters.  SMEFT: the operator plus the bubble of the tree operator,
    Q^2/M^2 (3/4 + L/2) - (Q^2/2M^2)(2 + ln(mu^2/Q^2)).
    """
    x, w = leggauss(200)
    u, wu = 0.5 * (x + 1), 0.5 * w
    s, ws = u**5, wu * 5 * u**4  # s = x3, crowded where the propagators are light
    y, wy = u[:, None], wu[:, None]
    y, wy = y**3 * (10 - 15 * y + 6 * y**2), wy * 30 * u[:, None] ** 2 * (1 - u[:, None]) ** 2

    def vertex(q2):
        x12 = (1 - s) ** 2 * y * (1 - y)
        delta = s + x12 * q2  # M = mu = 1
        return np.sum(ws * wy * (1 - s) * (2 * (-np.log(delta) - 0.5) - x12 * q2 / delta))

    assert vertex(1e-12) == pytest.approx(1.0, abs=1e-6)
    q2 = np.array([1e-3, 2e-3])
    found = np.array([(vertex(v) - 1.0) / v for v in q2])
    expected = 3 / 4 - 1 + 0.5 * np.log(q2)
    assert np.max(np.abs(found - expected)) < 0.02
    # the remainder is of order Q^2 ln Q^2
    remainder = found - expected
    assert remainder[1] / remainder[0] == close(2.0, rel=0.2)


def test_integrals_at_the_scale_of_one_mass():
    p = random_inputs(5)
    f = integrals(p._replace(mu=p.M1))
    assert f.L1 == 0.0 != f.L3
