"""Two-fermion operators of all five leptoquarks by electric charge, isospin and colour components.

The constants of a loop are universal and have their own tests; what is new for a leptoquark are its
group numbers.  Here they are sums over 45 two-component fermions and 54 real scalars with diagonal
generators, from couplings that are written in components (`uv_leptoquarks.py`).
"""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.match import one_loop
from oneloop_points import SETS, random_set
from uv_leptoquarks import complex_yukawas, d, lep, q, u

E = 42
G = range(3)
ZERO = np.zeros((3, 3), complex)
FIVE = SETS[-1]


def charges():
    """Diagonal generators on the 45 fields: hypercharge, isospin 3 and colour 3."""
    y, t, c = np.zeros(45), np.zeros(45), np.zeros(45)
    colour = (0.5, -0.5, 0.0)
    for i in G:
        for k in G:
            for a in range(2):
                y[q(i, a, k)], t[q(i, a, k)], c[q(i, a, k)] = 1 / 6, 0.5 - a, colour[k]
            y[u(i, k)], c[u(i, k)] = -2 / 3, -colour[k]
            y[d(i, k)], c[d(i, k)] = 1 / 3, -colour[k]
        for a in range(2):
            y[lep(i, a)], t[lep(i, a)] = -1 / 2, 0.5 - a
        y[E + i] = 1.0
    return y, t, c


Y, T, C = charges()
#: Outer fields: their index, and whether they stand for the conjugate field.
OUTER = {
    "nu": (lambda i: lep(i, 0), False),
    "e_L": (lambda i: lep(i, 1), False),
    "u_L": (lambda i: q(i, 0, 0), False),
    "d_L": (lambda i: q(i, 1, 0), False),
    "e_R": (lambda i: E + i, True),
    "u_R": (lambda i: u(i, 0), True),
    "d_R": (lambda i: d(i, 0), True),
}


def block(matrix, left, right=None):
    one, two = OUTER[left][0], OUTER[right or left][0]
    return np.array([[matrix[one(i), two(j)] for j in G] for i in G])


def vertices(p):
    """Coupling matrices, mass and logarithm of every complex component."""
    for (field, _), pair in complex_yukawas(p).items():
        if field in p.masses:
            yield pair, p.masses[field] ** -2, 2 * np.log(p.mu / p.masses[field])


def mass(p):
    """The mass matrix of the 45 fields for H = (0, 1)."""
    plain, dag = complex_yukawas(p)["H", 1]
    return plain + dag


def summed(p, on_f, on_s, charge):
    """psibar ... psi: charges of fermion and scalar in the loop, with weights (functions of L).

    psi_a^+ F-bar: the fermion in the loop is the conjugate of psi_b.
    """
    out = np.zeros((45, 45), complex)
    for pair, x, log in vertices(p):
        for y in pair:
            out += x * (on_f(log) - on_s) * np.einsum("ab,b,cb->ac", y.conj(), -charge, y)
            out += x * on_s * np.einsum("ab,cb->ac", y.conj(), y) * charge[:, None]
    return out


def of(matrix, name):
    """The 3x3 block of an outer field; a conjugate field's current is minus the transposed one."""
    found = block(matrix, name)
    return -found.T if OUTER[name][1] else found


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_gauge_penguins(fields):
    """-(4/9 + L/3) on the fermion and 1/18 on the scalar, for B, W3 and a gluon."""
    p = random_set(fields, 5)
    penguin = lambda log: -(4 / 9 + log / 3)  # noqa: E731
    b = one_loop(p._replace(g2=0.0, g3=0.0)).pieces["gauge penguins"]
    found = summed(p, penguin, 1 / 18, Y)
    half = 0.5 * KAPPA * p.g1**2
    for name, current in (
        ("e_L", "phil1"), ("nu", "phil1"), ("e_R", "phie"), ("u_L", "phiq1"), ("d_L", "phiq1"),
        ("u_R", "phiu"), ("d_R", "phid"),
    ):  # fmt: skip
        expected = half * of(found, name)
        np.testing.assert_allclose(b.get(current, ZERO), expected, rtol=0, atol=1e-13, err_msg=name)
    w = one_loop(p._replace(g1=0.0, g3=0.0)).pieces["gauge penguins"]
    found = summed(p, penguin, 1 / 18, T)
    half = 0.5 * KAPPA * p.g2**2
    for name, sign, current in (
        ("e_L", -1, "phil3"), ("nu", 1, "phil3"), ("u_L", 1, "phiq3"), ("d_L", -1, "phiq3"),
    ):  # fmt: skip
        expected = half * sign * of(found, name)
        np.testing.assert_allclose(w.get(current, ZERO), expected, rtol=0, atol=1e-13, err_msg=name)
    g = one_loop(p._replace(g1=0.0, g2=0.0)).pieces["gauge penguins"]
    found = summed(p, penguin, 1 / 18, C)
    one = np.eye(3)
    for name, octet in (("u_L", "qd8"), ("u_R", "ud8")):
        k = KAPPA * p.g3**2 * of(found, name) / 0.5  # its own charge is taken out
        other = of(found, "d_R") / 0.5 * KAPPA * p.g3**2
        expected = np.einsum("pr,st->prst", k, one) + np.einsum("pr,st->prst", one, other)
        np.testing.assert_allclose(g.get(octet, 0.0), expected, rtol=0, atol=1e-13, err_msg=octet)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_dipoles_with_the_chirality_flip_outside(fields):
    """1/12 on the fermion and -1/24 on the scalar."""
    p = random_set(fields, 6)
    for charge, letter in ((Y, "B"), (T, "W"), (C, "G")):
        coupling = {"B": p.g1, "W": p.g2, "G": p.g3}[letter]
        for left, right, name, yukawa in (
            ("e_L", "e_R", "e", "Ye"), ("u_L", "u_R", "u", "Yu"), ("d_L", "d_R", "d", "Yd"),
        ):  # fmt: skip
            if letter == "G" and name == "e":
                continue
            off = {"Yu": ZERO, "Yd": ZERO} if name == "e" else {"Ye": ZERO}
            point = p._replace(**off)
            k = summed(point, lambda log: 1 / 12, -1 / 24, charge)
            y = getattr(point, yukawa)
            expected = -KAPPA * coupling * (of(k, left) @ y + y @ of(k, right))
            # sigma^3 is 1 or -1 and the colour charge 1/2 on these components
            expected = expected * {"B": 1, "W": -1 if name != "u" else 1, "G": 2}[letter]
            found = one_loop(point).coefficients.get(name + letter, ZERO)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13, err_msg=name + letter)


def flip(p, charge):
    """psi_a ... psi_c with a mass insertion: weights on both fermions and on the scalar.

    With H = (0, 1) Htilde is (1, 0): the mass of the upper components.
    """
    m = mass(p).conj()
    out = np.zeros((45, 45), complex)
    for (plain, dag), x, log in vertices(p):
        log_f = -(3 / 8 + log / 4)
        for one, two in ((plain, dag), (dag, plain)):
            chain = lambda left, right, one=one, two=two: (one * left) @ m @ (two * right)  # noqa: E731
            unit = np.ones(45)
            f = log_f * (-chain(charge, unit[:, None]) + chain(unit, charge[:, None]))
            s = -0.25 * (chain(charge, unit[:, None]) + charge[:, None] * (one @ m @ two))
            out += x * (f + s)
    return out.conj()


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_dipoles_with_the_chirality_flip_inside(fields):
    """-(3/8 + L/4) on the fermion before and behind the mass, -1/4 on the scalar."""
    p = random_set(fields, 7)
    for charge, letter in ((Y, "B"), (T, "W"), (C, "G")):
        coupling = {"B": p.g1, "W": p.g2, "G": p.g3}[letter]
        for left, right, name, off in (
            ("e_L", "e_R", "e", ("Ye",)), ("u_L", "u_R", "u", ("Yu", "Yd")),
            ("d_L", "d_R", "d", ("Yu", "Yd")),
        ):  # fmt: skip
            if letter == "G" and name == "e":
                continue
            point = p._replace(**dict.fromkeys(off, ZERO))
            expected = -KAPPA * coupling * block(flip(point, charge), left, right)
            expected = expected * {"B": 1, "W": -1 if name != "u" else 1, "G": 2}[letter]
            found = one_loop(point).coefficients.get(name + letter, ZERO)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13, err_msg=name + letter)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_higgs_currents_from_isospin_in_the_loop(fields):
    """psi^2 H^2 D: (1 + L)/M^2 times the change of T3 at a mass insertion, for every component.

    What the Z couples to in a background H = (0, v) beside Q, which no insertion changes.
    """
    p = random_set(fields, 8)
    for names, off in (
        (("nu", "e_L", "e_R"), {"Ye": ZERO}),
        (("u_L", "d_L", "u_R", "d_R"), {"Yu": ZERO, "Yd": ZERO}),
    ):
        point = p._replace(**off)
        m = mass(point)
        k = np.zeros((45, 45), complex)
        for pair, x, log in vertices(point):
            for y in pair:
                # the conjugate of psi_b becomes psi_c: T3 from -t_b to t_c
                chain = y.conj() @ m
                turned = y.conj() @ (m * T) + (y.conj() * T) @ m
                k += x * (1 + log) * (turned @ chain.conj().T)
        c = one_loop(point).pieces["Higgs currents and Yukawa-like"]
        for name in names:
            one, sign, three = {
                "nu": ("phil1", -1, "phil3"), "e_L": ("phil1", 1, "phil3"),
                "u_L": ("phiq1", -1, "phiq3"), "d_L": ("phiq1", 1, "phiq3"),
                "e_R": ("phie", 0, "phie"), "u_R": ("phiu", 0, "phiu"), "d_R": ("phid", 0, "phid"),
            }[name]  # fmt: skip
            found = c.get(one, ZERO) + sign * c.get(three, ZERO)
            np.testing.assert_allclose(
                found, KAPPA * of(k, name), rtol=0, atol=1e-13, err_msg=f"{name} {fields}"
            )


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_currents_from_the_slope_of_the_self_energies(fields):
    """psibar c (iD/)^3 psi with the equations of motion; c is the slope 1/6 of the self-energy."""
    p = random_set(fields, 9)._replace(portals={}, lam=0.0)
    c = np.zeros((45, 45), complex)
    for pair, x, _ in vertices(p):
        for y in pair:
            c += KAPPA / 6 * x * (y.conj() @ y.T)
    found = one_loop(p._replace(Yu=ZERO, Yd=ZERO)).pieces["Higgs currents and Yukawa-like"]
    # e_R stands for its conjugate: the matrix is transposed
    l, e = block(c, "e_L"), block(c, "e_R").T
    dagger = lambda x: x.conj().T  # noqa: E731
    ye = p.Ye
    # internal mass insertions of quarks are off, those of leptons act inside loops of quarks only
    expected = {
        "phie": dagger(ye) @ l @ ye / 2,
        "phil1": -ye @ e @ dagger(ye) / 4,
        "phil3": -ye @ e @ dagger(ye) / 4,
        "ephi": ye @ dagger(ye) @ l @ ye / 2 + ye @ e @ dagger(ye) @ ye / 2,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found.get(name, ZERO), value, rtol=0, atol=1e-13, err_msg=name)
    found = one_loop(p._replace(Ye=ZERO)).pieces["Higgs currents and Yukawa-like"]
    qq, uu, dd = block(c, "u_L"), block(c, "u_R").T, block(c, "d_R").T
    yu, yd = p.Yu, p.Yd
    up, down = yu @ uu @ dagger(yu), yd @ dd @ dagger(yd)
    expected = {
        "phiu": -dagger(yu) @ qq @ yu / 2,
        "phid": dagger(yd) @ qq @ yd / 2,
        "phiud": dagger(yu) @ qq @ yd,
        "phiq1": (up - down) / 4,
        "phiq3": -(up + down) / 4,
        "uphi": (yu @ dagger(yu) @ qq @ yu + up @ yu) / 2,
        "dphi": (yd @ dagger(yd) @ qq @ yd + down @ yd) / 2,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found.get(name, ZERO), value, rtol=0, atol=1e-13, err_msg=name)


# ---- numbers of the literature -----------------------------------------------------------------


def photon_dipole(p, pieces=("dipoles",)):
    """C of lbar sigma e F in units of e, and e."""
    e = p.g1 * p.g2 / np.hypot(p.g1, p.g2)
    result = one_loop(p)
    c = {name: sum(result.pieces[k][name] for k in pieces) for name in ("eB", "eW")}
    return c["eB"] / p.g1 - c["eW"] / p.g2, e


@pytest.mark.parametrize(("field", "constant", "sign"), [("S1", 7 / 4, -1), ("R2", 1 / 4, 1)])
def test_a_mu_with_the_top(field, constant, sign):
    """L + 7/4 for S1 and L + 1/4 for R2, of opposite sign in units of the shift of the Yukawa.

    With ln(M^2/m_t^2) from the running, Delta a_mu is ln(M^2/m_t^2) - 7/4 for S1, and
    -(ln(M^2/m_t^2) - 1/4) for R2 (1603.04993).
    """
    p = random_set((field,), 10)
    p = p._replace(Ye=ZERO, Yd=ZERO, portals={})
    log, m2 = 2 * np.log(p.mu / p.masses[field]), p.masses[field] ** 2
    c, _ = photon_dipole(p)
    # delta Ye = -3 kappa (1 + L) x flip
    flips = -one_loop(p).shifts["Ye"] / (3 * KAPPA * (1 + log))
    expected = sign * KAPPA * (log + constant) * flips / m2
    np.testing.assert_allclose(c, expected, rtol=1e-12, atol=0)


def test_a_mu_with_the_chirality_flip_on_the_muon():
    """(1/32 pi^2)(S1), -3 (S3); R2 and R2t from 1/12 Q_F - 1/24 Q_S with the components' charges.

    In units of m_mu^2 |eta|^2/(32 pi^2 M^2), 3 colours:
    a = -24 sum |eta|^2 (Q_F/12 - Q_S/24): S1 e with u^c (-2/3) and -1/3: 1.
    """
    expected = {
        "eta1L": -24 * (-2 / 3 / 12 + 1 / 3 / 24),
        "eta1R": -24 * (-2 / 3 / 12 + 1 / 3 / 24),
        "eta1tR": -24 * (1 / 3 / 12 + 4 / 3 / 24),
        "eta3L": -24 * (-2 / 3 / 12 + 1 / 3 / 24 + 2 * (1 / 3 / 12 + 4 / 3 / 24)),
        "eta2L": -24 * (2 / 3 / 12 + 5 / 3 / 24),
        "eta2R": -24 * (2 / 3 / 12 + 5 / 3 / 24 - 1 / 3 / 12 + 2 / 3 / 24),
        "eta2tL": -24 * (-1 / 3 / 12 + 2 / 3 / 24),
    }
    assert expected["eta1L"] == close(1.0)
    assert expected["eta3L"] == close(-3.0)
    assert expected["eta2tL"] == close(0.0)
    p = random_set(FIVE, 11)._replace(Yu=ZERO, Yd=ZERO, portals={})
    p = p._replace(Ye=np.diag([0, 6e-4, 0]).astype(complex))
    for name, number in expected.items():
        muon = {k: v @ np.diag([0, 1.0, 0]) * (k == name) for k, v in p.couplings.items()}
        c, _ = photon_dipole(p._replace(couplings=muon))
        field = {"1": "S1", "3": "S3", "2": "R2"}[name[3]] + ("t" if name[4] == "t" else "")
        square = np.sum(np.abs(muon[name]) ** 2) / p.masses[field] ** 2
        # a = 4 m_mu v/(sqrt2 e) C: in units of kappa y/2 |eta|^2/M^2 times ...
        found = c[1, 1] / (KAPPA * 6e-4 * square) * 8
        assert found == pytest.approx(number, rel=0, abs=1e-12), name


def test_delta_f_two():
    """Weights 1 (eta1L, eta2R), 5 (eta3L), 1 (eta1tR), 2 (eta2tL), 2 (uu, eta2L)."""
    muon = np.diag([0, 1.0, 0])
    p = random_set(FIVE, 12)
    weights = {
        "eta1L": (("qq1", "qq3"), 1), "eta2R": (("qq1", "qq3"), 1), "eta3L": (("qq1", "qq3"), 5),
        "eta1tR": (("dd",), 1), "eta2tL": (("dd",), 2), "eta2L": (("uu",), 2),
        "eta1R": (("uu",), 1),
    }  # fmt: skip
    for name, (families, weight) in weights.items():
        only = {k: (v @ muon) * (k == name) for k, v in p.couplings.items()}
        c = one_loop(p._replace(couplings=only)).coefficients
        field = {"1": "S1", "3": "S3", "2": "R2"}[name[3]] + ("t" if name[4] == "t" else "")
        eta = only[name][:, 1]
        # q and e or l: qbar eta^*; for ubar l R2 the outer quark couples with eta itself
        product = np.conj(eta[1]) * eta[2]
        if name in ("eta2L", "eta2tL"):
            product = np.conj(product)
        expected = -weight * product**2 * KAPPA / 8 / p.masses[field] ** 2
        found = sum(c[family][1, 2, 1, 2] for family in families)
        boxes = one_loop(p._replace(couplings=only)).pieces["boxes"]
        assert sum(boxes[x][1, 2, 1, 2] for x in families) == close(expected, rel=1e-12), name
        assert found == close(expected, rel=1e-12), name
