"""Dressed exchange of all five leptoquarks: identities, conserved currents, another code."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop import exchange
from muoquark.matching.oneloop.content import Content
from muoquark.matching.oneloop.dressing import GAUGE, HIGGS, gauge_pairs, higgs_pairs, kind
from muoquark.matching.oneloop.functions import Loops
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.smeft.tensors import conjugate4, total
from oneloop_points import COUPLINGS, SETS, random_set
from uv_leptoquarks import SCALARS, Running

FIVE = SETS[-1]
HYPERCHARGE = {"l": -1 / 2, "e": -1.0, "q": 1 / 6, "u": 2 / 3, "d": -1 / 3}


def dressed(function, p, scheme="greek"):
    return function(p, Loops(p.masses, p.mu, np), Content.of("all", tuple(p.masses)), scheme)


def born(p):
    f = Loops(p.masses, p.mu, np)
    return total(exchange.tree(p, f, name) for name in p.masses)


def casimir(p: Inputs, field: str) -> float:
    _, y, w = SCALARS[field]
    return p.g1**2 * y**2 + p.g2**2 * w + p.g3**2 * 4 / 3


@pytest.mark.parametrize("field", COUPLINGS)
def test_fierz_identities_of_the_poles(field):
    """Two gamma matrices on both legs of one vertex: 4 times the operator, in four dimensions.

    For the leptoquark's own structure that is gamma^a gamma^m gamma_m gamma_a/4 = 4; the Warsaw
    form has to agree.  The sum of the charges in all pairs is fixed by invariance.
    """
    families = {entry.family: float(entry.number) for entry in exchange.entries(field)}
    (within,) = {exchange.inside(entry) for entry in exchange.entries(field)}
    names = {("VLL",): ("lq1", "lq3"), ("S", "T"): ("lequ1", "lequ3")}
    for group in ("lq1", "eu", "ed", "lu", "ld", "qe", "lequ1"):
        if group not in families:
            continue
        members = next((v for v in names.values() if group in v), (group,))
        found = dict.fromkeys(members, 0.0)
        for source in members:
            for target in members:
                if (pole := GAUGE[within].get((kind(source), kind(target)))) is None:
                    continue
                if kind(source) == "VLL" and source != target:
                    continue
                found[target] += pole[0] * families[source]
        for name in members:
            assert found[name] == pytest.approx(4 * families[name], rel=0, abs=1e-14)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_qcd_correction_of_the_vector_operators(fields):
    """+2 alpha_s/4pi with the MS-bar mass at mu = M, whatever the chirality: conserved currents."""
    for name in fields:
        p = random_set((name,), 2, g1=0.0, g2=0.0)
        p = p._replace(mu=p.masses[name])
        loop, tree = dressed(exchange.gauge, p), born(p)
        for family in ("lq1", "lq3", "eu", "ed", "lu", "ld", "qe"):
            if family in tree:
                expected = 2 * KAPPA * p.g3**2 * tree[family]
                np.testing.assert_allclose(loop[family], expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("field", "family", "pair"), [
    ("S1", "lq1", "ql"), ("S1", "eu", "ue"), ("S1t", "ed", "de"), ("S3", "lq1", "ql"),
    ("S3", "lq3", "ql"), ("R2", "lu", "ul"), ("R2", "qe", "qe"), ("R2t", "ld", "dl"),
])  # fmt: skip
def test_casimir_operators_of_the_dressed_exchange(field, family, pair):
    """Vectors: 9/2 C_S - 3 (C_q + C_l) for F = 2 and 3 (C_q + C_l) - 3/2 C_S for F = 0.

    Both are +2 for QCD; neither has a logarithm.
    """
    p = random_set((field,), 3)
    found, tree = dressed(exchange.gauge, p), born(p)
    own = sum(
        p.g1**2 * HYPERCHARGE[x] ** 2
        + p.g2**2 * (0.75 if x in "ql" else 0.0)
        + p.g3**2 * (4 / 3 if x in "qud" else 0.0)
        for x in pair
    )
    cs = casimir(p, field)
    factor = 4.5 * cs - 3 * own if field[0] == "S" else 3 * own - 1.5 * cs
    expected = KAPPA * factor * tree[family]
    np.testing.assert_allclose(found[family], expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_group_factors_of_the_higgs_vertices(fields, monkeypatch):
    """A Higgs inside one vertex: its pole is the vertex part of the running of eta.

    The constants of the vertices have no logarithm that could test their flavour and isospin
    structure and sign.  With the poles in their place and the boxes switched off they must be half
    the derivative of the tree along that running.
    """
    p = random_set(fields, 4)
    for field in fields:
        one = p._replace(masses={field: p.masses[field]})
        (within,) = {exchange.inside(entry) for entry in exchange.entries(field)}
        poles = {
            name: {
                key: (0.0, float(value[0]) if name == within else 0.0)
                for key, value in numbers.items()
            }
            for name, numbers in HIGGS.items()
        }
        exchange.higgs_terms.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(exchange, "HIGGS", poles)
            found = dressed(exchange.higgs, one)
        exchange.higgs_terms.cache_clear()
        betas = higgs_vertex(p, COUPLINGS[field])

        def at(s, one=one, betas=betas):
            changed = {k: v + s * betas.get(k, 0 * v) for k, v in one.couplings.items()}
            return born(one._replace(couplings=changed))

        for name in ("lequ1", "lequ3", "eu", "ed", "lq1", "lq3", "lu", "ld", "qe"):
            up, down = at(1.0).get(name, 0.0), at(-1.0).get(name, 0.0)
            derivative = (up - down) / 2 + np.zeros((3, 3, 3, 3))
            value = 2 * found.get(name, 0.0) / KAPPA
            np.testing.assert_allclose(value, derivative, rtol=0, atol=1e-11, err_msg=name)


def higgs_vertex(p, names):
    """The part of the beta functions of eta from a Higgs between the two fermions of a vertex."""
    r = Running(p)
    off = r.ys[:4]

    class Only(Running):
        def _beta(self, a):
            return 2 * np.sum(off @ r.ys[a].conj().T @ off, axis=0)

    only = Only(p)
    return {name: value for name, value in only.etas().items() if name in names}


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_boxes_with_the_dirac_algebra_of_four_dimensions(fields):
    """Scheme "naive": 1/d is all that is in d dimensions, a box is proportional to 1 + L + 1/2.

    At 1 + L = -1/2 self-energy and vertices are left, -(1 + L) + 2 (1 + L) times the Casimir
    operator of the leptoquark, for every operator.
    """
    for field in fields:
        p = random_set((field,), 5)
        p = p._replace(mu=p.masses[field] * np.exp(-0.75))
        for name, value in dressed(exchange.higgs, p, "naive").items():
            assert np.max(np.abs(value)) < 1e-14, name
        tree = born(p)
        for name, value in dressed(exchange.gauge, p, "naive").items():
            expected = -0.5 * KAPPA * casimir(p, field) * tree[name]
            np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-15, err_msg=name)


def test_every_pair_of_legs_is_there():
    """Twelve pairs of legs and chiralities: a missing one would be a silent zero."""
    found = {
        (kind(name), kind(pair.target), pair.type)
        for name in ("lq1", "lq3", "eu", "ed", "lu", "ld", "qe", "lequ1", "lequ3")
        for pair in higgs_pairs(name)
    }
    wanted = {
        (source, target, name) for name, numbers in HIGGS.items() for source, target in numbers
    }
    # (VLL, S) and (VLL, T): both of lequ are among the targets of one pair
    assert {x for x in found if x in wanted} == wanted
    rest = {x for x in found if x not in wanted}
    assert not rest, rest
    for name, targets in (("lq1", ("lq1", "lq3")), ("eu", ("eu",)), ("lequ1", ("lequ1",))):
        assert {pair.pair for pair in gauge_pairs(name, targets)} == {
            (0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2)
        }  # fmt: skip


def h4(x):
    return x + conjugate4(x)


def test_evanescent_shifts_of_matchmakereft():
    """The shifts that 2112.10787's reduction lists (INSPIRE Carmona:2021xtq), for F = 0.

    A shift is the result minus the hard region with the leptoquark's own structure R.  For the
    Higgs that region is the scheme "naive".  Chirality-mixing shifts are listed without their
    conjugates, which have to be added.  Operators are (lbar u)(ubar l) = -O_lu/2, likewise ld and
    qe, and eps (lbar u)(qbar e) = -(O_lequ1 + O_lequ3/4)/2.
    """
    einsum = np.einsum
    p = random_set(("R2", "R2t"), 6)
    yu, yd, ye = p.Yu, p.Yd, p.Ye
    ub, db, eb = yu.conj(), yd.conj(), ye.conj()
    f = Loops(p.masses, p.mu, np)
    r2, r2t = exchange.tree(p, f, "R2"), exchange.tree(p, f, "R2t")
    # coefficients of R in the order of their Warsaw operators
    lu, qe, ld, lequ = -2 * r2["lu"], -2 * r2["qe"], -2 * r2t["ld"], -2 * r2["lequ1"]
    expected = {
        # alphaEqe[p, i2, i1, t]: (qbar_p e_i2)(ebar_i1 q_t), in the Warsaw order qe[p, t, i1, i2]
        "ed": -0.5 * einsum("abpr,bt,as->prst", qe, yd, db)
        - 0.5 * einsum("abst,br,ap->prst", ld, ye, eb),
        "eu": -0.5 * einsum("abst,br,ap->prst", lu, ye, eb)
        - 0.5 * einsum("abpr,bt,as->prst", qe, yu, ub)
        - h4(einsum("arbt,ap,bs->prst", lequ, eb, ub)) / 8,
        "lq1": -0.25 * einsum("prab,sa,tb->prst", ld, yd, db)
        - 0.25 * einsum("stab,pa,rb->prst", qe, ye, eb)
        - 0.25 * einsum("prab,sa,tb->prst", lu, yu, ub)
        - h4(einsum("pasb,ra,tb->prst", lequ, eb, ub)) / 32,
        "lq3": h4(einsum("pasb,ra,tb->prst", lequ, eb, ub)) / 32,
        "lu": -3 / 16 * h4(einsum("pabt,ra,bs->prst", lequ, eb, ub)),
        "qe": -3 / 16 * h4(einsum("atpb,as,rb->prst", lequ, eb, ub)),
    }
    # alphaEqe[p, i2, s, i4] ydbar[p, i3] yl[i1, s]: qe[p, i4, s, i2];
    # alphaEld[i1, r, i3, t] ydbar[i4, r] yl[t, i2]: ld[i1, t, i3, r];
    # alphaEluqe[i1, r, s, i2] ydbar[s, i3] yubar[i4, r]: lequ[i1, i2, s, r]
    expected["ledq"] = (
        0.5 * einsum("atbr,as,pb->prst", qe, db, ye)
        + 0.5 * einsum("pasb,tb,ar->prst", ld, db, ye)
        + 0.25 * einsum("prab,as,tb->prst", lequ, db, ub)
    )
    # alphaElu[i1, i4, s, t] yl[t, i2] yu[i3, s]: lu[i1, t, s, i4];
    # alphaEqe[i3, i2, s, t] yl[i1, s] yu[t, i4]: qe[i3, t, s, i2]
    expected["lequ3"] = (
        einsum("pabt,ar,sb->prst", lu, ye, yu) + einsum("sabr,pb,at->prst", qe, ye, yu)
    ) / 16
    greek, naive = (dressed(exchange.higgs, p, scheme) for scheme in ("greek", "naive"))
    for name, value in expected.items():
        found = (greek[name] - naive.get(name, 0.0)) / KAPPA
        np.testing.assert_allclose(found, value, rtol=0, atol=1e-12, err_msg=name)
    rest = set(greek) - set(expected)
    for name in rest:
        assert np.max(np.abs(greek[name] - naive.get(name, 0.0))) < 1e-15, name
    # gauge bosons: none for lu, ld and qe; for lequ 85/72 g'^2 + 15/8 g^2 - 7/3 g_s^2, and
    # -(25/288 g'^2 + 3/32 g^2 - 1/12 g_s^2)
    b, w, g = p.g1**2, p.g2**2, p.g3**2
    shift1 = (85 / 72 * b + 15 / 8 * w - 7 / 3 * g) * lequ
    shift3 = -(25 / 288 * b + 3 / 32 * w - g / 12) * lequ
    greek, naive = (dressed(exchange.gauge, p, scheme) for scheme in ("greek", "naive"))
    # boxes of R: 1 x 1 -+ sigma x sigma/d in its own order, that is 3/2 and -1/2 on a line, -3/2
    # and 1/2 on parallel legs, where "naive" has 2, 0, -1 and 1: a Casimir operator of R2
    own = 0.5 * casimir(p, "R2")
    for name, shift in (("lequ1", shift1), ("lequ3", shift3)):
        found = (greek[name] - naive[name]) / KAPPA - own * r2[name]
        np.testing.assert_allclose(found, shift, rtol=0, atol=1e-12, err_msg=name)
    for field, name, (quark, lepton) in (
        ("R2", "lu", "ul"), ("R2", "qe", "qe"), ("R2t", "ld", "dl"),
    ):  # fmt: skip
        # boxes of R have -3/2 on a line and 3/2 on parallel legs: the result itself
        lines = b * (HYPERCHARGE[quark] ** 2 + HYPERCHARGE[lepton] ** 2) + 3 / 4 * w + 4 / 3 * g
        parallel = 2 * b * HYPERCHARGE[quark] * HYPERCHARGE[lepton]
        tree = (r2t if field == "R2t" else r2)[name]
        hard = KAPPA * 1.5 * (lines + parallel) * tree
        np.testing.assert_allclose(greek[name], hard, rtol=1e-12, atol=0)


def test_evanescent_shifts_of_matchmakereft_for_s1t():
    """(ebar^c d)(dbar e^c) = O_ed/2: the Higgs into ld, qe, ledq, gauge bosons into ed.

    The latter are 8/3 g'^2 + 2 g_s^2.  Boxes of the structure of S1t have the constants 3/2 on a
    line and -3/2 across.
    """
    einsum = np.einsum
    p = random_set(("S1t",), 7)
    ed = born(p)["ed"]
    expected = {
        "ld": 0.5 * einsum("abst,pa,rb->prst", ed, p.Ye, p.Ye.conj()),
        "qe": 0.5 * einsum("stab,pa,rb->prst", ed, p.Yd, p.Yd.conj()),
        "ledq": -2.0 * einsum("arsb,pa,tb->prst", ed, p.Ye, p.Yd.conj()),
    }
    greek, naive = (dressed(exchange.higgs, p, scheme) for scheme in ("greek", "naive"))
    assert set(greek) == set(expected)
    for name, value in expected.items():
        found = (greek[name] - naive[name]) / KAPPA
        np.testing.assert_allclose(found, value, rtol=0, atol=1e-12, err_msg=name)
    b, g = p.g1**2, p.g3**2
    lines = b * (HYPERCHARGE["e"] ** 2 + HYPERCHARGE["d"] ** 2) + 4 / 3 * g
    across = 2 * b * HYPERCHARGE["e"] * HYPERCHARGE["d"]
    hard = 1.5 * (across - lines)
    expected = KAPPA * (hard + 2 * (8 / 3 * b + 2 * g)) * ed
    np.testing.assert_allclose(dressed(exchange.gauge, p)["ed"], expected, rtol=1e-12, atol=0)
