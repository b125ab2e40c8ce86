"""One-loop running of all five leptoquarks from the general gauge-Yukawa formula.

A second route that shares nothing with the matching: 45 Weyl fermions and 58 real scalars are put
in one space, the couplings written in components as the definitions have them (1603.04993), and the
formula of Machacek and Vaughn (for two-component fermions as in hep-ph/0211440; INSPIRE Luo:2002ti)
is evaluated numerically.
"""

from __future__ import annotations

import itertools

import numpy as np

EPS = np.array([[0.0, 1.0], [-1.0, 0.0]])
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
Q, U, D, L, E = 0, 18, 27, 36, 42
N = 45
G3, G2 = range(3), range(2)
#: Components of isospin, hypercharge, Casimir operator of isospin.
SCALARS = {
    "S1": (1, 1 / 3, 0.0),
    "S1t": (1, 4 / 3, 0.0),
    "S3": (3, 1 / 3, 2.0),
    "R2": (2, 7 / 6, 0.75),
    "R2t": (2, 1 / 6, 0.75),
}


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
    """(field, component) -> couplings to phi and to phi^dag; u, d, e are conjugate fields here."""
    zero = np.zeros((3, 3))
    eta = {
        name: np.asarray(p.couplings.get(name, zero))
        for name in ("eta1L", "eta1R", "eta1tR", "eta3L", "eta2L", "eta2R", "eta2tL")
    }
    out = {}
    for k in G2:  # H_k
        plain = [
            (u(i, c), q(j, a, c), p.Yu.conj()[j, i] * EPS[a, k])
            for i, j, a, c in itertools.product(G3, G3, G2, G3)
        ]
        dag = [
            (d(i, c), q(j, k, c), p.Yd.conj()[j, i]) for i, j, c in itertools.product(G3, G3, G3)
        ]
        dag += [(E + i, lep(j, k), p.Ye.conj()[j, i]) for i, j in itertools.product(G3, G3)]
        out["H", k] = (plain, dag)
    for c in G3:
        plain = [
            (q(i, a, c), lep(j, b), eta["eta1L"][i, j] * EPS[a, b])
            for i, j, a, b in itertools.product(G3, G3, G2, G2)
        ]
        dag = [(u(i, c), E + j, eta["eta1R"].conj()[i, j]) for i, j in itertools.product(G3, G3)]
        out["S1", c] = (plain, dag)
        # dbar^c e S1t + h.c. = d^c e^c S1t^dag + ..., as two-component conjugate fields
        dag = [(d(i, c), E + j, eta["eta1tR"].conj()[i, j]) for i, j in itertools.product(G3, G3)]
        out["S1t", c] = ([], dag)
        for n, s in enumerate(SIGMA):
            m = EPS @ s
            plain = [
                (q(i, a, c), lep(j, b), eta["eta3L"][i, j] * m[a, b])
                for i, j, a, b in itertools.product(G3, G3, G2, G2)
            ]
            out["S3", 3 * c + n] = (plain, [])
        for a in G2:
            # ubar (R2^T eps l), and ebar (R2^dag q)
            plain = [
                (u(i, c), lep(j, b), eta["eta2L"][i, j] * EPS[a, b])
                for i, j, b in itertools.product(G3, G3, G2)
            ]
            dag = [(E + j, q(i, a, c), eta["eta2R"][i, j]) for i, j in itertools.product(G3, G3)]
            out["R2", 2 * c + a] = (plain, dag)
            plain = [
                (d(i, c), lep(j, b), eta["eta2tL"][i, j] * EPS[a, b])
                for i, j, b in itertools.product(G3, G3, G2)
            ]
            out["R2t", 2 * c + a] = (plain, [])
    return {key: (_symmetric(x), _symmetric(y)) for key, (x, y) in out.items()}


def _casimirs(p):
    b, w, g = p.g1**2, p.g2**2, p.g3**2
    c = np.zeros(N)
    c[Q:U] = b / 36 + 0.75 * w + 4 / 3 * g
    c[U:D] = 4 / 9 * b + 4 / 3 * g
    c[D:L] = b / 9 + 4 / 3 * g
    c[L:E] = b / 4 + 0.75 * w
    c[E:] = b
    return c


class Running:
    """The beta functions at a point, 16 pi^2 d/dlnmu."""

    def __init__(self, p):
        self.p = p
        self.keys = list(complex_yukawas(p))
        ys = []
        for plain, dag in complex_yukawas(p).values():
            ys += [(plain + dag) / np.sqrt(2), 1j * (plain - dag) / np.sqrt(2)]
        self.ys = np.array([y for y in ys])
        self.y2 = np.einsum("aji,ajk->ik", self.ys.conj(), self.ys)

    def _beta(self, a):
        ya, ys, cas = self.ys[a], self.ys, _casimirs(self.p)
        out = 0.5 * (self.y2.T @ ya + ya @ self.y2)
        out = out + 2 * np.sum(ys @ ya.conj().T @ ys, axis=0)
        traces = np.einsum("bij,ij->b", ys.conj(), ya).real
        out = out + np.einsum("b,bij->ij", traces, ys)
        return out - 3 * (cas[:, None] * ya + ya * cas[None, :])

    def of(self, key):
        """The beta functions of (coupling to phi, coupling to phi^dag)."""
        k = self.keys.index(key)
        ba, bb = self._beta(2 * k), self._beta(2 * k + 1)
        return (ba - 1j * bb) / np.sqrt(2), (ba + 1j * bb) / np.sqrt(2)

    def etas(self):
        """Of the leptoquark couplings by name."""
        s1, s3 = self.of(("S1", 0)), self.of(("S3", 2))  # S3^3: eps sigma3 = [[0,-1],[-1,0]]
        s1t, r2, r2t = self.of(("S1t", 0)), self.of(("R2", 0)), self.of(("R2t", 0))

        def read(matrix, row, column):
            return np.array([[matrix[row(i), column(j)] for j in G3] for i in G3])

        out = {
            "eta1L": read(s1[0], lambda i: q(i, 0, 0), lambda j: lep(j, 1)),
            "eta1R": read(s1[1], lambda i: u(i, 0), lambda j: E + j).conj(),
            "eta1tR": read(s1t[1], lambda i: d(i, 0), lambda j: E + j).conj(),
            "eta3L": -read(s3[0], lambda i: q(i, 0, 0), lambda j: lep(j, 1)),
            "eta2L": read(r2[0], lambda i: u(i, 0), lambda j: lep(j, 1)),
            "eta2R": read(r2[1], lambda i: q(i, 0, 0), lambda j: E + j),
            "eta2tL": read(r2t[0], lambda i: d(i, 0), lambda j: lep(j, 1)),
        }
        return {name: out[name] for name in self.p.couplings}

    def yukawas(self):
        """Of Yu, Yd, Ye."""
        plain, dag = self.of(("H", 0))  # H_1: ubar Yu^dag eps_21 q_2, dbar Yd^dag q_1
        yu = np.array([[-plain[u(i, 0), q(j, 1, 0)] for i in G3] for j in G3]).conj()
        yd = np.array([[dag[d(i, 0), q(j, 0, 0)] for i in G3] for j in G3]).conj()
        ye = np.array([[dag[E + i, lep(j, 0)] for i in G3] for j in G3]).conj()
        return {"Yu": yu, "Yd": yd, "Ye": ye}

    def masses(self):
        """d ln M^2/dlnmu by field (portals and self-quartics do not enter at m2 = 0)."""
        out = {}
        for name in self.p.masses:
            _, y, w = SCALARS[name]
            k = self.keys.index((name, 0))
            gauge = y**2 * self.p.g1**2 + w * self.p.g2**2 + 4 / 3 * self.p.g3**2
            square = np.sum(np.abs(self.ys[2 * k]) ** 2)
            out[name] = 2 * square - 6 * gauge
        return out
