"""Part of the running of S1 and S3 from the general gauge-Yukawa formula.

A second route that shares nothing with the matching: all 45 Weyl fermions and 28 real scalars are
put in one space and the formula of Machacek and Vaughn (for two-component fermions as in
hep-ph/0211440; INSPIRE Luo:2002ti) is evaluated numerically.
"""

import itertools

import numpy as np

EPS = np.array([[0.0, 1.0], [-1.0, 0.0]])
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
Q, U, D, L, E = 0, 18, 27, 36, 42
N = 45


def q(i, a, c):
    return Q + 6 * i + 3 * a + c


def u(i, c):
    return U + 3 * i + c


def d(i, c):
    return D + 3 * i + c


def lep(i, a):
    return L + 2 * i + a


def _symmetric(entries):
    y = np.zeros((N, N), complex)
    for i, j, v in entries:
        y[i, j] += v
        y[j, i] += v
    return y


def complex_yukawas(p):
    """Pairs (coupling to phi, coupling to phi^dag) for H_1, H_2, S1_c, S3^I_c."""
    g3 = range(3)
    out = []
    for k in range(2):  # H_k
        plain = [
            (u(i, c), q(j, a, c), p.Yu.conj()[j, i] * EPS[a, k])
            for i, j, a, c in itertools.product(g3, g3, range(2), g3)
        ]
        dag = [
            (d(i, c), q(j, k, c), p.Yd.conj()[j, i]) for i, j, c in itertools.product(g3, g3, g3)
        ] + [(E + i, lep(j, k), p.Ye.conj()[j, i]) for i, j in itertools.product(g3, g3)]
        out.append((_symmetric(plain), _symmetric(dag)))
    for c in range(3):  # S1
        plain = [
            (q(i, a, c), lep(j, b), p.eta1L[i, j] * EPS[a, b])
            for i, j, a, b in itertools.product(g3, g3, range(2), range(2))
        ]
        dag = [(u(i, c), E + j, p.eta1R.conj()[i, j]) for i, j in itertools.product(g3, g3)]
        out.append((_symmetric(plain), _symmetric(dag)))
    for c in range(3):
        for s in SIGMA:
            m = EPS @ s
            plain = [
                (q(i, a, c), lep(j, b), p.eta3L[i, j] * m[a, b])
                for i, j, a, b in itertools.product(g3, g3, range(2), range(2))
            ]
            out.append((_symmetric(plain), np.zeros((N, N), complex)))
    return out


def higgs_vertex(p):
    """The part of the beta functions of eta from a Higgs between the two fermions of a vertex."""
    pairs = complex_yukawas(p)
    ys = []
    for plain, dag in pairs:
        ys += [(plain + dag) / np.sqrt(2), 1j * (plain - dag) / np.sqrt(2)]

    def part(k):
        a, b = (sum(2 * y @ ys[m].conj().T @ y for y in ys[:4]) for m in (2 * k, 2 * k + 1))
        return (a - 1j * b) / np.sqrt(2), (a + 1j * b) / np.sqrt(2)

    return _eta_entries(part)


def _eta_entries(complex_beta):
    """Read eta1L, eta1R, eta3L off the coupling matrices of one component each."""
    plain, dag = complex_beta(2)  # S1, colour 0
    g3 = range(3)
    b1l = np.array([[plain[q(i, 0, 0), lep(j, 1)] for j in g3] for i in g3])
    b1r = np.array([[dag[u(i, 0), E + j] for j in g3] for i in g3]).conj()
    plain, _ = complex_beta(5 + 2)  # S3, colour 0, I = 3: eps sigma3 = [[0,-1],[-1,0]]
    b3l = np.array([[-plain[q(i, 0, 0), lep(j, 1)] for j in g3] for i in g3])
    return b1l, b1r, b3l
