"""The eta^4 boxes component by component: no SU(2), colour or Fierz algebra by hand."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import KAPPA
from oneloop_points import random_inputs
from reference.oneloop.boxes import boxes
from reference.oneloop.functions import integrals
from uv_running import SIGMA

I2, I3 = np.eye(2), np.eye(3)
SIZE = {"l": 6, "e": 3, "q": 18, "u": 9}


def chains(p):
    """A[k, c, j, d, P, R]: leptoquark k = (S1, S3^A) of colour c in, j of colour d out."""
    gamma = {
        "l": [(I2, p.eta1L.conj().T)] + [(s, p.eta3L.conj().T) for s in SIGMA],
        "q": [(I2, p.eta1L.conj())] + [(-s, p.eta3L.conj()) for s in SIGMA],
        "e": [(np.eye(1), p.eta1R.conj().T)] + [(np.zeros((1, 1)), 0 * p.eta1R)] * 3,
        "u": [(np.eye(1), p.eta1R.conj())] + [(np.zeros((1, 1)), 0 * p.eta1R)] * 3,
    }
    out = {}
    for field, vertices in gamma.items():
        n = SIZE[field]
        a = np.zeros((4, 3, 4, 3, n, n), complex)
        for k, (sk, ek) in enumerate(vertices):
            for j, (sj, ej) in enumerate(vertices):
                core = np.kron(ek @ ej.conj().T, sk @ sj.conj().T)
                for c in range(3):
                    for d in range(3):
                        if field in "le":  # the quark inside carries the colour of the scalar
                            a[k, c, j, d] = core * (c == d)
                        else:
                            unit = np.zeros((3, 3))
                            unit[c, d] = 1.0
                            a[k, c, j, d] = np.kron(core, unit)
        out[field] = a
    return out


def spread(tensor, fields, first, second):
    """C_prst times isospin and colour matrices on the two lines, in components."""
    n, m = SIZE[fields[0]] // 3, SIZE[fields[1]] // 3
    inner = sum(np.einsum("ab,cd->abcd", x, y) for x, y in zip(first, second, strict=True))
    full = np.einsum("prst,abcd->parbsctd", tensor, inner)
    return full.reshape(3 * n, 3 * n, 3 * m, 3 * m)


def structures(pair):
    """Warsaw operators of two currents as matrices on isospin x colour of each line."""
    unit = {"l": I2, "e": np.eye(1), "q": np.eye(6), "u": I3}
    a, b = (unit[f] for f in pair)
    sigma = {"l": list(SIGMA), "q": [np.kron(s, I3) for s in SIGMA]}
    out = {pair: ([a], [b])}
    if pair in ("lq", "qq"):
        out = {pair + "1": ([a], [b]), pair + "3": (sigma[pair[0]], sigma[pair[1]])}
    if pair == "qu":
        elementary = [np.outer(I3[i], I3[j]) for i in range(3) for j in range(3)]
        # T^A x T^A = (1/2) sum E_ij x E_ji - (1/6) 1 x 1
        first = [0.5 * np.kron(I2, x) for x in elementary] + [-np.eye(6) / 6]
        second = [x.T for x in elementary] + [I3]
        out = {"qu1": ([a], [b]), "qu8": (first, second)}
    return out


@pytest.mark.parametrize("pair", ["ll", "ee", "qq", "uu", "le", "lq", "qe", "lu", "eu", "qu"])
def test_boxes_in_components(pair):
    p = random_inputs(3)
    f = integrals(p)
    weights = np.full((4, 4), f.x3)
    weights[0, :] = weights[:, 0] = f.F13
    weights[0, 0] = f.x1
    a = chains(p)
    number = 1.0 if pair[0] == pair[1] else 2.0
    lagrangian = (
        -KAPPA / 8 * number
        * np.einsum("kj,kcjdPR,jdkcST->PRST", weights, a[pair[0]], a[pair[1]], optimize=True)
    )  # fmt: skip
    result = boxes(p, f)
    warsaw = sum(
        spread(result[name], pair, first, second)
        for name, (first, second) in structures(pair).items()
    )
    if pair[0] == pair[1]:
        # fields of one chirality: exchanging both psibar or both psi gives the same operator
        for_both = []
        for t in (lagrangian, warsaw):
            t = t + t.transpose(2, 3, 0, 1)
            for_both.append(t + t.transpose(0, 3, 2, 1))
        lagrangian, warsaw = for_both
    assert np.max(np.abs(lagrangian)) > 0
    np.testing.assert_allclose(warsaw, lagrangian, atol=1e-13)


def test_delta_f_two_and_b_to_s():
    """-(1/128 pi^2 M^2)(A1^2 + 5 A3^2 + 2 A1 A3), and -kappa/4M1^2 for b -> s mu mu from S1."""
    p = random_inputs(4, M1=1.5, M3=1.5)
    muon = np.diag([0, 1.0, 0])
    p = p._replace(eta1L=p.eta1L @ muon, eta3L=p.eta3L @ muon)
    c = boxes(p, integrals(p))
    a1 = np.conj(p.eta1L[1, 1]) * p.eta1L[2, 1]
    a3 = np.conj(p.eta3L[1, 1]) * p.eta3L[2, 1]
    found = (c["qq1"] + c["qq3"])[1, 2, 1, 2]
    expected = -(a1**2 + 5 * a3**2 + 2 * a1 * a3) / (128 * np.pi**2 * 1.5**2)
    assert found == close(expected, rel=1e-12)
    only = p._replace(eta3L=0 * p.eta3L)
    c = boxes(only, integrals(only))
    square = np.sum(np.abs(p.eta1L) ** 2)
    assert c["lq1"][1, 1, 1, 2] == close(-KAPPA / 4 / 1.5**2 * square * a1, rel=1e-12)
