"""Anticommuting fields in two-component notation, and the Warsaw operators of them.

Every component of a fermion is a generator of a Grassmann algebra: chi_alpha of a left-handed
field, rho of a right-handed one (its two components in the chiral basis), and their conjugates.
A polynomial is a dictionary from sorted generators to its coefficient.  The four-fermion operators
(1008.4884, tables 2 and 3) are multiplied out, component by component; nothing of the package is
used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

# sigma^mu = (1, sigma) and sigmabar^mu = (1, -sigma); eps^{12} = +1
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
UP = np.array([np.eye(2), *PAULI])
BAR = np.array([np.eye(2), *-PAULI])
EPS = np.array([[0, 1], [-1, 0]])
METRIC = (1, -1, -1, -1)
# of psibar chi: psi_L^+ chi_R and psi_R^+ chi_L, the unit matrix
UNIT = np.eye(2)
# of psi^T C chi, C = i gamma^2 gamma^0 = diag(eps, -eps) in the chiral basis
LL, RR = EPS, -EPS
# of psi^T C gamma^mu chi for psi right-handed and chi left-handed, and the other way round
RL, LR = [-EPS @ s for s in BAR], [EPS @ s for s in UP]
# of psibar_L sigma^{mu nu} chi_R
TENSOR = {
    (m, n): 0.5j * (BAR[m] @ UP[n] - BAR[n] @ UP[m]) for m in range(4) for n in range(4) if m != n
}
COLOUR_EPS = {(0, 1, 2): 1, (1, 2, 0): 1, (2, 0, 1): 1, (1, 0, 2): -1, (0, 2, 1): -1, (2, 1, 0): -1}
LAMBDA = np.zeros((8, 3, 3), complex)
LAMBDA[0, [0, 1], [1, 0]] = LAMBDA[3, [0, 2], [2, 0]] = LAMBDA[5, [1, 2], [2, 1]] = 1
LAMBDA[1, [0, 1], [1, 0]] = LAMBDA[4, [0, 2], [2, 0]] = LAMBDA[6, [1, 2], [2, 1]] = (-1j, 1j)
LAMBDA[2] = np.diag([1, -1, 0])
LAMBDA[7] = np.diag([1, 1, -2]) / 3**0.5

FIELDS = "qudle"
LEFT = "ql"
Poly = dict[tuple[int, ...], complex]


# The Grassmann algebra ----------------------------------------------------------------------------


def generator(field: str, bar: bool, flavour: int, colour: int, isospin: int, spin: int) -> int:
    number = FIELDS.index(field)
    for size, digit in ((3, flavour), (3, colour), (2, isospin), (2, spin), (2, int(bar))):
        number = number * size + digit
    return number


def sort(factors: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Order anticommuting factors; the sign is 0 where one stands twice."""
    out, sign = list(factors), 1
    for k in range(1, len(out)):
        while k and out[k - 1] > out[k]:
            out[k - 1], out[k], sign, k = out[k], out[k - 1], -sign, k - 1
    return tuple(out), 0 if len(set(out)) < len(out) else sign


def ordered(terms: dict[tuple[int, ...], complex]) -> Poly:
    out: Poly = defaultdict(complex)
    for factors, number in terms.items():
        key, sign = sort(factors)
        if sign:
            out[key] += sign * number
    return dict(out)


def plus(*parts: tuple[complex, Poly]) -> Poly:
    out: Poly = defaultdict(complex)
    for number, poly in parts:
        for key, value in poly.items():
            out[key] += number * value
    return dict(out)


def product_sum(pairs: Iterable[tuple[complex, Poly, Poly]]) -> Poly:
    """Sum of number * a * b."""
    out: dict[tuple[int, ...], complex] = defaultdict(complex)
    for number, a, b in pairs:
        for one, x in a.items():
            for two, y in b.items():
                out[one + two] += number * x * y
    return ordered(out)


def conjugate(poly: Poly) -> Poly:
    """(x y)^+ = y^+ x^+; a generator and its conjugate differ in the last bit."""
    return ordered({tuple(g ^ 1 for g in reversed(k)): np.conj(value) for k, value in poly.items()})


def bilinear(matrix, spin, one, two) -> Poly:
    """Sum of matrix[i, a] spin[s, t] one_is two_at; one = (field, bar, colour, isospin)."""
    out: dict[tuple[int, ...], complex] = defaultdict(complex)
    for (i, a), number in np.ndenumerate(matrix):
        for (s, t), weight in np.ndenumerate(spin):
            if number * weight:
                first = generator(one[0], one[1], i, one[2], one[3], s)
                second = generator(two[0], two[1], a, two[2], two[3], t)
                out[first, second] += number * weight
    return ordered(out)


# The operators of the Warsaw basis ----------------------------------------------------------------


def matrices(field: str, kind: str) -> list[np.ndarray]:
    """Matrices between two fields of one kind, over (colour, isospin) pairs."""
    colour, weak = 3 if field in "qud" else 1, 2 if field in LEFT else 1
    if kind == "triplet":
        return [np.einsum("xy,ij->xiyj", np.eye(colour), s) for s in PAULI]
    if kind == "octet":
        return [np.einsum("xy,ij->xiyj", t / 2, np.eye(weak)) for t in LAMBDA]
    return [np.einsum("xy,ij->xiyj", np.eye(colour), np.eye(weak))]


def current(field: str, kind: str, matrix: np.ndarray) -> list[list[Poly]]:
    """psibar gamma^mu (1, sigma^A, T^A) psi with matrix[p, r] between its flavours: [A][mu]."""
    sigma = BAR if field in LEFT else UP
    return [
        [
            plus(
                *(
                    (number, bilinear(matrix, s, (field, True, x, i), (field, False, y, j)))
                    for (x, i, y, j), number in np.ndenumerate(gauge)
                    if number
                )
            )
            for s in sigma
        ]
        for gauge in matrices(field, kind)
    ]


VECTORS = {
    "ll": "ll", "qq1": "qq", "qq3": "qq", "lq1": "lq", "lq3": "lq", "ee": "ee", "uu": "uu",
    "dd": "dd", "eu": "eu", "ed": "ed", "ud1": "ud", "ud8": "ud", "le": "le", "lu": "lu",
    "ld": "ld", "qe": "qe", "qu1": "qu", "qu8": "qu", "qd1": "qd", "qd8": "qd",
}  # fmt: skip


def scalars(family: str, pr: np.ndarray, st: np.ndarray) -> Iterator[tuple[complex, Poly, Poly]]:
    """Yield number and both bilinears of (psibar chi)(psibar chi) operators."""
    delta = [np.eye(3)]
    if family == "ledq":
        for x in range(3):
            for j in range(2):
                yield (
                    1,
                    bilinear(pr, UNIT, ("l", True, 0, j), ("e", False, 0, 0)),
                    bilinear(st, UNIT, ("d", True, x, 0), ("q", False, x, j)),
                )
        return
    one, two, three, four = family[:4]
    spins = (
        [(METRIC[m] * METRIC[n], s, s) for (m, n), s in TENSOR.items()]
        if family == "lequ3"
        else [(1, UNIT, UNIT)]
    )
    colours = [t / 2 for t in LAMBDA] if family == "quqd8" else delta
    # each weak isospin, (psibar^j chi) eps_jk (psibar^k chi)
    for j, k in ((0, 1), (1, 0)):
        for weight, s, t in spins:
            for matrix in colours:
                first, second = (
                    plus(
                        *(
                            (number, bilinear(c, spin, (a, True, x, i), (b, False, y, 0)))
                            for (x, y), number in np.ndenumerate(matrix if a == "q" else np.eye(1))
                            if number
                        )
                    )
                    for a, b, i, c, spin in ((one, two, j, pr, s), (three, four, k, st, t))
                )
                yield weight * EPS[j, k], first, second


def lagrangian(family: str, c: np.ndarray, flavours: int) -> Poly:
    """Sum of C_prst O_prst over all flavours, + h.c. for operators that are not Hermitian."""
    pairs = []
    for p in range(flavours):
        for r in range(flavours):
            one = np.zeros((3, 3))
            one[p, r] = 1
            if not np.any(c[p, r]):
                continue
            if family in VECTORS:
                a, b = VECTORS[family]
                kind = {"3": "triplet", "8": "octet"}.get(family[-1], "singlet")
                for first, second in zip(
                    current(a, kind, one), current(b, kind, c[p, r]), strict=True
                ):
                    pairs += zip(METRIC, first, second, strict=True)
            else:
                pairs += scalars(family, one, c[p, r])
    poly = product_sum(pairs)
    return poly if family in VECTORS else plus((1, poly), (1, conjugate(poly)))
