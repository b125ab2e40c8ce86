"""Dressed exchange: the QCD constant, the evanescent constants."""

from __future__ import annotations

import numpy as np
import pytest

from broken_phase import bubbles
from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.dressing import GAUGE, HIGGS
from oneloop_points import random_inputs
from reference.oneloop import exchange
from reference.oneloop.functions import integrals
from reference.tree import tree
from uv_running import higgs_vertex


def test_what_is_dressed_is_the_exchange_of_each():
    p = random_inputs(1)
    none = np.zeros((3, 3))
    alone = ({"eta3L": none}, {"eta1L": none, "eta1R": none})
    for found, others in zip(exchange.exchange(p, integrals(p)), alone, strict=True):
        for name, value in tree(p._replace(**others)).items():
            np.testing.assert_allclose(found.get(name, 0 * value), value, rtol=1e-14, atol=0)


def test_qcd_correction_of_the_vector_operators():
    """+2 alpha_s/4pi with the MS-bar mass at mu = M; +34/3 with the pole mass.

    A conserved current has no evanescent ambiguity, so that this constant is a check of the
    scheme.  On shell the leptoquark's self-energy is -(4/3) g^2 (4 M^2 B0(M^2; 0, M) - A(M)).
    """
    p = random_inputs(2)._replace(g1=0.0, g2=0.0)
    p = p._replace(mu=p.M1, M3=p.M1)
    f = integrals(p)
    loop, born = exchange.gauge(p, f), tree(p)
    unit = KAPPA * p.g3**2  # alpha_s/4pi
    for name in ("lq1", "lq3", "eu"):
        np.testing.assert_allclose(loop[name], 2 * unit * born[name], atol=1e-15)
    b0, _ = bubbles(p.M1**2, 1e-10, p.M1**2, p.mu)
    pole = 4 / 3 * (4 * b0 - 1)  # M_pole^2/M^2 = 1 + unit * pole at mu = M
    assert 2 + pole == close(34 / 3, rel=1e-4)


def test_isospin_of_the_dressed_exchange():
    """Generators in the place of Casimirs: 9/2 C_S - 3 (C_q + C_l) for every gauge group.

    For QCD (C_S = C_q = 4/3, C_l = 0) that is the +2 of the conserved current above; with the
    isospin matrices of q and l, C_S is 2 in the triplet and 0 in the singlet.
    """
    half = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2
    both = [np.kron(t, np.eye(2)) + np.kron(np.eye(2), t) for t in half]
    casimirs = np.linalg.eigvalsh(sum(t @ t for t in both))
    for seed, others, casimir in (
        (4, {"eta1L": np.zeros((3, 3)), "eta1R": np.zeros((3, 3))}, casimirs[-1]),
        (4, {"eta3L": np.zeros((3, 3)), "eta1R": np.zeros((3, 3))}, casimirs[0]),
    ):
        p = random_inputs(seed)._replace(g1=0.0, g3=0.0, **others)
        found, born = exchange.gauge(p, integrals(p)), tree(p)
        factor = 9 / 2 * casimir - 3 * (3 / 4 + 3 / 4)
        for name in ("lq1", "lq3"):
            expected = KAPPA * p.g2**2 * factor * born[name]
            np.testing.assert_allclose(found[name], expected, rtol=1e-12, atol=1e-15)


def test_hypercharge_of_the_dressed_exchange():
    """The same rule with Y_S = -(Y_1 + Y_2), which is 1/3 for every pair."""
    p = random_inputs(4)._replace(g2=0.0, g3=0.0)
    found, born = exchange.gauge(p, integrals(p)), tree(p)
    for name, pair in (("lq1", (1 / 6, -1 / 2)), ("lq3", (1 / 6, -1 / 2)), ("eu", (2 / 3, -1.0))):
        factor = 9 / 2 * sum(pair) ** 2 - 3 * (pair[0] ** 2 + pair[1] ** 2)
        expected = KAPPA * p.g1**2 * factor * born[name]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12, atol=1e-15)


def test_qcd_constants_do_not_depend_on_the_logarithm():
    p = random_inputs(2)._replace(g1=0.0, g2=0.0, eta1R=np.zeros((3, 3)))
    a = exchange.gauge(p, integrals(p))
    b = exchange.gauge(p._replace(mu=3 * p.mu), integrals(p._replace(mu=3 * p.mu)))
    np.testing.assert_allclose(a["lq1"], b["lq1"], rtol=1e-14)


def test_group_factors_of_the_higgs_vertices():
    """A Higgs inside one vertex: its pole is the vertex part of the running of eta.

    The constants of the vertices have no logarithm that could test their flavour and isospin
    structure and sign.  With the four-dimensional structures (1, -1/4; 2; 1/2) in their place and
    the boxes switched off they must be half the derivative of the tree along that running.
    """
    p = random_inputs(3)
    p = p._replace(M3=p.M1, mu=p.M1 * np.exp(-0.5))  # 1 + L = 0
    zero = dict.fromkeys(exchange._Constants._fields, 0.0)
    poles = exchange._Constants(
        **{**zero, "vertex_tensor": -1 / 4, "vertex_eu": 2.0, "vertex_lq": 1 / 2, "higgs_line": 0.0}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exchange._CONSTANTS, "poles", poles)
        found = exchange.higgs(p, integrals(p), "poles")
    b1l, b1r, b3l = higgs_vertex(p)
    assert np.max(np.abs(b3l)) < 1e-12  # no Yukawa structure for S3

    def at(s):
        return tree(p._replace(eta1L=p.eta1L + s * b1l, eta1R=p.eta1R + s * b1r))

    for name in ("lequ3", "eu", "lq1", "lq3"):
        derivative = (at(1.0)[name] - at(-1.0)[name]) / 2
        np.testing.assert_allclose(2 * found[name] / KAPPA, derivative, atol=1e-11, err_msg=name)


def test_boxes_with_the_dirac_algebra_of_four_dimensions():
    """Scheme "naive": all that is in d dimensions is k_m k_n -> k^2 g_mn/d, 1/d = (1 + eps/2)/4.

    A box is then proportional to 1 + L + 1/2, whatever its structure, and a vertex has no constant.
    At 1 + L = -1/2 self-energy and vertices are left, -(1 + L) + 2 (1 + L) times the Casimir
    operator of the leptoquark, for every operator.
    """
    p = random_inputs(3)
    p = p._replace(M3=p.M1, mu=p.M1 * np.exp(-0.75))
    f = integrals(p)
    assert close(-0.5, rel=1e-12) == 1 + f.L1 == 1 + f.L3
    for name, value in exchange.higgs(p, f, "naive").items():
        assert np.max(np.abs(value)) < 1e-14, name
    casimir = p.g1**2 / 9 + 4 / 3 * p.g3**2
    found = exchange.gauge(p, f, "naive")
    s1, s3 = exchange.exchange(p, f)
    for name, value in found.items():
        expected = -0.5 * casimir * s1[name] - 0.5 * (casimir + 2 * p.g2**2) * s3.get(name, 0.0)
        np.testing.assert_allclose(value, KAPPA * expected, rtol=1e-11, atol=1e-15, err_msg=name)


def test_evanescent_shifts_of_matchmakereft():
    """The shifts that 2112.10787's reduction lists (INSPIRE Carmona:2021xtq), as numbers.

    A shift is the result minus the hard region with the leptoquark's own structure R.  Boxes of R
    have the constants: vectors 1/2 + (-2 in the order of R, see docs/matching.md), scalars
    R = S/2 - T/8 and sigma x sigma of R = 6 S + T/2; vertices of R have none.
    Coefficients of (ubar^c e)(lbar q^c) etc. with unit coupling.
    """
    c = exchange._CONSTANTS["greek"]
    y = exchange.Y

    def lequ(same, cross, vertex):
        scalar = -same * (c.scalar_same - 3 / 2) - cross * (c.scalar_cross + 3 / 2)
        tensor = -same * (0.0 + 1 / 2) - cross * (c.tensor_cross - 1 / 2)
        return (
            0.5 * (scalar + vertex * c.scalar_vertex),
            -0.125 * (tensor + vertex * c.tensor_vertex),
        )

    b = (
        y["l"] * y["e"] + y["q"] * y["u"],
        y["l"] * y["u"] + y["q"] * y["e"],
        y["l"] * y["q"] + y["e"] * y["u"],
    )
    assert lequ(*b) == close((415 / 144, 265 / 576))
    assert lequ(0.0, 0.0, -3 / 4) == close((9 / 16, 15 / 64))
    assert lequ(4 / 3, 0.0, 0.0) == close((7 / 3, 1 / 12))
    # vectors: same line 4 (1 + eps)/d for R, cross 4 (1 - 2 eps)/d
    relative = lambda same, vertex: same * (3 / 2 - c.vector_box) + vertex * c.vector_vertex  # noqa: E731
    assert relative(y["e"] ** 2 + y["u"] ** 2, 2 * y["e"] * y["u"]) == close(2 * 1 / 6)
    assert relative(y["l"] ** 2 + y["q"] ** 2, 2 * y["l"] * y["q"]) == close(2 * 1 / 6)
    assert relative(4 / 3, 0.0) == close(2 * 2)
    # isospin on one line is 3/4 for lq1, -1/4 for lq3, twice; S1 is (1/4, -1/4), S3 (3/4, 1/4)
    for lq1, lq3, channel, expected in (
        (0.25, -0.25, -0.75, (0, 1.5)),
        (0.75, 0.25, 0.25, (4.5, 0)),
    ):
        found = (
            lq1 * relative(2 * 3 / 4, 2 * channel),
            lq3 * relative(-2 * 1 / 4, 2 * channel),
        )
        assert found == close(expected)
    # Higgs: lu, qe from lequ1 = 1/2 (R has 1/8), eu, lq1; ledq (R has 1/2); lequ3; vector lines
    assert 0.5 * c.higgs_vector - 1 / 8 == close(-7 / 16)
    assert 0.5 * c.vertex_eu == close(3 / 8)
    assert 0.5 * c.vertex_lq == close(3 / 32)
    assert -0.5 * (c.higgs_ledq - 1 / 2) == close(1)
    assert 0.5 * (c.higgs_flip - 1 / 2) == close(-1 / 4)
    assert c.vertex_tensor == close(-1 / 8)
    assert 0.5 * (c.higgs_line + 1 / 4) == close(1 / 4)


@pytest.mark.slow
def test_constants_are_the_derived_ones():
    """The Greek projections in d dimensions (sympy) give the numbers of the run-time code."""
    pytest.importorskip("sympy")
    from derivation import load

    evanescent = load("evanescent")
    found = evanescent.constants()
    for name, value in exchange._CONSTANTS["greek"]._asdict().items():
        assert float(found[name]) == value, name
    # legs of different operators' lines agree, and lequ1 gets nothing from lq1 inside a vertex
    assert found["vector_box_cross"] == found["vector_box"]
    assert found["vertex_scalar"] == 0


@pytest.mark.slow
def test_tables_of_dressings_are_the_derived_ones():
    """Every pair of legs and class of operators, F = 2 and F = 0, against the projections."""
    pytest.importorskip("sympy")
    from derivation import load

    for derived, tables in zip(load("evanescent").dressings(), (GAUGE, HIGGS), strict=True):
        assert derived.keys() == tables.keys()
        for pair, table in derived.items():
            nonzero = {key for key, value in table.items() if any(value)}
            assert nonzero <= tables[pair].keys()
            for key, value in tables[pair].items():
                assert tuple(map(float, table[key])) == tuple(map(float, value)), (pair, key)


@pytest.mark.slow
def test_greek_projections_of_the_literature():
    """hep-ph/0005183: 64 - 96 eps, 16 - 8 eps, 4 (4 - eps), 4 (1 - 2 eps), 4 (1 + eps)."""
    pytest.importorskip("sympy")
    from derivation import load

    ev = load("evanescent")
    e = ev.EPS
    a, b, c, d = ev.indices(4)
    four = ev.project_scalars([(1, (a, b, c, d), (a, b, c, d))])
    assert four == (64 - 96 * e, -16 + 8 * e)
    three = [(1, (a, b, c), (a, b, c))]
    reverse = [(1, (a, b, c), (c, b, a))]
    assert ev.project(three, "VLL") == 16 - 4 * e
    assert ev.project(reverse, "VLL") == 4 - 8 * e
    assert ev.project(three, "VLR") == 4 + 4 * e
    assert ev.project(reverse, "VLR") == 16 - 16 * e
    assert ev.project([(1, (a, b), (a, b))], "SLR") == 4 + 4 * e


@pytest.mark.slow
def test_infrared_regulator():
    """A small mass in place of dimensional regularisation in the infrared: the same constant."""
    sympy = pytest.importorskip("sympy")
    from derivation import load

    ev = load("evanescent")
    c1 = sympy.Symbol("c1")
    log, constant = ev.massive_regulator(c1)
    assert log == 1
    assert sympy.simplify(constant - sympy.Rational(3, 2) - c1) == 0


@pytest.mark.slow
def test_universal_constants_are_the_derived_ones():
    """Every constant of the Green's basis of the two-fermion loops."""
    pytest.importorskip("sympy")
    from fractions import Fraction

    from derivation import load

    found = load("universal").constants()
    expected = {
        ("kinetic", "P"): ("1/2", "1/4"),
        ("mass", "M"): ("1", "1"),
        ("self-energy", "PPP"): ("0", "1/6"),
        ("gauge on fermion", "PPP"): ("0", "1/6"),
        ("gauge on fermion", "{P,G}"): ("0", "1/12"),
        ("gauge on fermion", "[P,G]"): ("-1/3", "-4/9"),
        ("gauge on scalar", "PPP"): ("0", "1/6"),
        ("gauge on scalar", "{P,G}"): ("0", "-1/24"),
        ("gauge on scalar", "[P,G]"): ("0", "1/18"),
        ("mass and momentum", "PPM"): ("0", "1/2"),
        ("mass and momentum", "MPP"): ("0", "1/2"),
        ("mass and momentum", "PMP"): ("0", "-1/2"),
        ("mass and momentum", "D2M"): ("1/2", "3/4"),
        ("gauge before mass", "MPP"): ("0", "1/2"),
        ("gauge before mass", "PMP"): ("0", "-1/2"),
        ("gauge before mass", "D2M"): ("1/2", "3/4"),
        ("gauge before mass", "MG_F"): ("-1/4", "-3/8"),
        ("gauge after mass", "PPM"): ("0", "1/2"),
        ("gauge after mass", "PMP"): ("0", "-1/2"),
        ("gauge after mass", "D2M"): ("1/2", "3/4"),
        ("gauge after mass", "G_FM"): ("-1/4", "-3/8"),
        ("gauge on scalar and mass", "PPM+MPP+PMP"): ("0", "1/2"),
        ("gauge on scalar and mass", "G_SM"): ("0", "-1/4"),
        ("two masses", "PMM"): ("1/2", "1/4"),
        ("two masses", "MPM"): ("-1", "-1"),
        ("two masses", "MMP"): ("1/2", "1/4"),
        ("three masses", "MMM"): ("1", "1"),
        ("portal and mass", "UM"): ("0", "-1"),
        ("portal", "PU+UP"): ("0", "-1/4"),
    }
    flat = {(a, b): v for a, values in found.items() for b, v in values.items()}
    assert set(flat) == set(expected)
    for key, (log, constant) in expected.items():
        assert tuple(Fraction(str(x)) for x in flat[key]) == (Fraction(log), Fraction(constant))
