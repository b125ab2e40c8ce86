"""Tree-level matching against exchange amplitudes in explicit components.

The second route: integrate out each scalar, L_eff = J^dagger J / M^2 with its current
J = eta q^T C (eps sigma) l + ..., as a tensor in explicit Dirac, isospin and flavour components,
and project that tensor on the operators of the Warsaw basis, also written in components.
Nothing of the Fierz identities of the formulae is used.  The third are the formulae by hand
(``reference/tree.py``).  What is tested is the generic engine, at the points of S1 and S3.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import reference.tree
from conftest import random_point
from muoquark.matching.exchange import exchange_table


def tree(point, fields=None):
    return exchange_table(point.model)(point.couplings, point.masses, fields)


ONE, ZERO = np.eye(2), np.zeros((2, 2))
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], complex)
EPS = np.array([[0, 1], [-1, 0]], complex)  # i sigma_2
GAMMA = np.array(
    [np.block([[ZERO, ONE], [ONE, ZERO]])] + [np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI]
)
METRIC = np.diag([1, -1, -1, -1])
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
LEFT, RIGHT = (np.eye(4) - GAMMA5) / 2, (np.eye(4) + GAMMA5) / 2
C = 1j * GAMMA[2] @ GAMMA[0]
# (q^T C l)^dagger = lbar D qbar^T
D = GAMMA[0] @ C.conj().T @ GAMMA[0].T
SIGMA_TENSOR = 0.5j * (
    np.einsum("mab,nbc->mnac", GAMMA, GAMMA) - np.einsum("nab,mbc->mnac", GAMMA, GAMMA)
)


def in_components(bar1, field1, bar2, field2, structure):
    """Project the Dirac structure [bar1, field1, bar2, field2] on the fields' chiralities."""
    opposite = {"L": RIGHT, "R": LEFT}
    own = {"L": LEFT, "R": RIGHT}
    return np.einsum(
        "Aa,Bb,Dd,Ee,ABDE->abde",
        opposite[bar1].T,
        own[field1],
        opposite[bar2].T,
        own[field2],
        structure,
    )


def project(tensor, operators):
    """Return the coefficients with which `tensor` is a sum of `operators`; it must be one."""
    matrix = np.array([operator.ravel() for operator in operators]).T
    solution, *_ = np.linalg.lstsq(matrix, tensor.ravel(), rcond=None)
    assert np.abs(matrix @ solution - tensor.ravel()).max() < 1e-13
    return solution


VECTOR = np.einsum("mn,mab,nde->abde", METRIC, GAMMA, GAMMA)
TENSOR = np.einsum("mp,nq,mnab,pqde->abde", METRIC, METRIC, SIGMA_TENSOR, SIGMA_TENSOR)
SCALAR = np.einsum("ab,de->abde", np.eye(4), np.eye(4))
EXCHANGE = np.einsum("ad,eb->abde", D, C)  # lbar D qbar^T  q^T C l, as [lbar, l, qbar, q]


def doublets():
    """Coefficients of lq1 and lq3 for unit eta^* eta / M^2, for S1 and for S3."""
    dirac_exchange = in_components("L", "L", "L", "L", EXCHANGE)
    dirac_vector = in_components("L", "L", "L", "L", VECTOR)
    singlet = np.einsum("mn,pr->mnpr", ONE, ONE)
    triplet = np.einsum("Imn,Ipr->mnpr", PAULI, PAULI)
    operators = [np.multiply.outer(dirac_vector, s) for s in (singlet, triplet)]

    def current(matrices):
        """Sum over exchanged components of (q^T M l)^dagger (q^T M l) in isospin space."""
        return sum(np.einsum("pm,rn->mnpr", M.conj(), M) for M in matrices)

    return {
        "S1": project(np.multiply.outer(dirac_exchange, current([EPS])), operators),
        "S3": project(
            np.multiply.outer(dirac_exchange, current([EPS @ s for s in PAULI])), operators
        ),
    }


def singlets():
    """Coefficient of eu."""
    exchange = in_components("R", "R", "R", "R", EXCHANGE)
    return project(exchange, [in_components("R", "R", "R", "R", VECTOR)])[0]


def mixed():
    """Coefficients of lequ1 and lequ3: (q^T eps l)^dagger (u^T e)."""
    isospin = EPS.conj().T  # [lbar, qbar] from (eps_{ql})^*
    exchange = np.multiply.outer(in_components("L", "R", "L", "R", EXCHANGE), isospin)
    operators = [
        np.multiply.outer(in_components("L", "R", "L", "R", s), EPS) for s in (SCALAR, TENSOR)
    ]
    return project(exchange, operators)


@pytest.mark.parametrize("seed", range(5))
def test_tree_equals_exchange_amplitudes(seed):
    point = random_point(seed)
    e1, e3, r1 = point.eta1L, point.eta3L, point.eta1R
    S1, S3 = point.M1**-2, point.M3**-2
    coefficient, chi = doublets(), singlets()
    scalar, tensor = mixed()
    result = tree(point)
    for a, b, i, j in itertools.product(range(3), repeat=4):
        expected = {
            name: coefficient["S1"][k] * np.conj(e1[i, a]) * e1[j, b] * S1
            + coefficient["S3"][k] * np.conj(e3[i, a]) * e3[j, b] * S3
            for k, name in enumerate(("lq1", "lq3"))
        }
        expected["eu"] = chi * np.conj(r1[i, a]) * r1[j, b] * S1
        flip = np.conj(e1[i, a]) * r1[j, b] * S1
        expected["lequ1"], expected["lequ3"] = scalar * flip, tensor * flip
        for name, value in expected.items():
            assert result[name][a, b, i, j] == pytest.approx(value, rel=1e-12, abs=1e-22)


@pytest.mark.parametrize("muons_only", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_tree_equals_the_formulae(seed, muons_only):
    """General couplings without charges, those to muons in the model of the paper."""
    point, zero = random_point(seed, muons_only), np.zeros((3, 3))
    assert point.model.name == ("B-3Lmu" if muons_only else "generic")
    parts = [
        (None, point, {"lq1", "lq3", "eu", "lequ1", "lequ3"}),
        (["S1"], replace(point, eta3L=zero), {"lq1", "lq3", "eu", "lequ1", "lequ3"}),
        (["S3"], replace(point, eta1L=zero, eta1R=zero), {"lq1", "lq3"}),
    ]
    for fields, alone, families in parts:
        result = tree(point, fields)
        assert set(result) == families
        for name, value in reference.tree.tree(alone).items():
            np.testing.assert_allclose(result.get(name, 0 * value), value, rtol=1e-13, atol=0)
    assert tree(point, []) == {}


def test_s1_does_not_contribute_to_b_to_s_mu_mu():
    point = random_point(3, eta3L=np.zeros((3, 3)))
    result = tree(point)
    assert np.abs(result["lq1"]).max() > 0
    assert np.all(result["lq1"] + result["lq3"] == 0)


def test_hermitian_operators_have_hermitian_tensors():
    result = tree(random_point(4))
    for name in ("lq1", "lq3", "eu"):
        assert np.allclose(
            result[name], result[name].conj().transpose(1, 0, 3, 2), rtol=1e-14, atol=0
        )


def test_only_muons_in_the_muoquark_limit():
    result = tree(random_point(5, muons_only=True))
    for tensor in result.values():
        electrons_and_taus = np.delete(tensor.reshape(9, 9), 4, axis=0)
        assert np.all(electrons_and_taus == 0)
        assert np.all(tensor[1, 1] != 0)
