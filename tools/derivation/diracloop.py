"""Hard regions of one-loop integrals with an open Dirac line, in d dimensions.

A small machine for one job: expand a loop of one heavy scalar and massless fermions in the
external momenta, reduce the tensor integral, and order the Dirac matrices, all for symbolic
d = 4 - 2 eps.  It knows no physics; `universal.py` writes the diagrams down.

An expression is a dictionary (word, dots) -> rational function of d, where `word` is a tuple of
letters (momenta or contracted indices `("mu", n)`) that stands for a product of Dirac matrices
and `dots` is a sorted tuple of scalar products.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count

import sympy as sp

D = sp.Symbol("d")
LOOP = "q"
Word = tuple
Expr = dict

_fresh = count(1000)


def dot(a, b):
    """The scalar product of two letters, as a sorted pair."""
    return (a, b) if str(a) <= str(b) else (b, a)


def add(*exprs: Expr) -> Expr:
    """The sum of expressions."""
    out: dict = defaultdict(lambda: sp.Integer(0))
    for e in exprs:
        for k, v in e.items():
            out[k] += v
    return {k: sp.together(v) for k, v in out.items() if sp.simplify(v) != 0}


def scale(e: Expr, c) -> Expr:
    """The product of an expression and a number."""
    return {k: c * v for k, v in e.items()}


def mul(a: Expr, b: Expr) -> Expr:
    """The product of two expressions (words are concatenated)."""
    out: dict = defaultdict(lambda: sp.Integer(0))
    for (w1, s1), c1 in a.items():
        for (w2, s2), c2 in b.items():
            out[(w1 + w2, tuple(sorted(s1 + s2, key=str)))] += c1 * c2
    return dict(out)


def slash(*letters) -> Expr:
    """A sum of slashed vectors: slash((1, 'q'), (-1, 'p'))."""
    return {((v,), ()): sp.Integer(c) for c, v in letters}


def is_index(letter) -> bool:
    """Is this letter a contracted index rather than a momentum?"""
    return isinstance(letter, tuple)


def tensor_reduce(word: Word, dots: tuple) -> tuple[int, Expr]:
    """Average over the directions of q; returns the power of q^2 and the rest."""
    slots = []
    word = list(word)
    rest = []
    q2 = 0
    for i, letter in enumerate(word):
        if letter == LOOP:
            slots.append(("w", i))
    for a, b in dots:
        if a == LOOP and b == LOOP:
            q2 += 1
        elif a == LOOP:
            slots.append(("s", b))
        elif b == LOOP:
            slots.append(("s", a))
        else:
            rest.append((a, b))
    n = len(slots)
    if n % 2:
        return q2, {}
    norm = sp.Integer(1)
    for k in range(n // 2):
        norm *= D + 2 * k
    out: dict = defaultdict(lambda: sp.Integer(0))
    for pairing in _pairings(list(range(n))):
        w = list(word)
        s = list(rest)
        for i, j in pairing:
            (ti, xi), (tj, xj) = slots[i], slots[j]
            if ti == "w" and tj == "w":
                mu = ("mu", next(_fresh))
                w[xi] = mu
                w[xj] = mu
            elif ti == "w":
                w[xi] = xj
            elif tj == "w":
                w[xj] = xi
            else:
                s.append(dot(xi, xj))
        for key, c in order(tuple(w), tuple(s)).items():
            out[key] += c / norm
    return q2 + n // 2, dict(out)


def _pairings(items):
    if not items:
        yield []
        return
    a = items[0]
    for k in range(1, len(items)):
        for rest in _pairings(items[1:k] + items[k + 1 :]):
            yield [(a, items[k]), *rest]


def order(word: Word, dots: tuple, canon=("k2", "k1", "k", "a", "p1")) -> Expr:
    """Eliminate contracted indices and bring the momenta into a fixed order."""
    contracted = [
        (word.index(x, i + 1) - i, i)
        for i, x in enumerate(word)
        if is_index(x) and x in word[i + 1 :]
    ]
    if contracted:
        distance, i = min(contracted)  # the closest pair first: the recursion then ends
        letter, j = word[i], i + distance
        if distance == 1:
            return scale(order(word[:i] + word[j + 1 :], dots, canon), D)
        # anticommute the left one to the right; 2 g(letter, b) turns the other copy into b
        b = word[i + 1]
        w = list(word[:i] + word[i + 2 :])
        w[j - 2] = b
        return add(
            scale(order((*word[:i], b, letter, *word[i + 2 :]), dots, canon), -1),
            scale(order(tuple(w), dots, canon), 2),
        )
    rank = {x: n for n, x in enumerate(canon)}
    for i in range(len(word) - 1):
        a, b = word[i], word[i + 1]
        if a == b:
            return order(word[:i] + word[i + 2 :], (*dots, dot(a, b)), canon)
        if rank[a] > rank[b]:
            return add(
                scale(order((*word[:i], b, a, *word[i + 2 :]), dots, canon), -1),
                scale(order(word[:i] + word[i + 2 :], (*dots, dot(a, b)), canon), 2),
            )
    return {(word, tuple(sorted((dot(*x) for x in dots), key=str))): sp.Integer(1)}


def vacuum(a: int, b: int):
    """∫ 1/((q^2)^a (q^2 - M^2)^b) / A with M = 1, A the tadpole ∫ 1/(q^2 - M^2); hard region."""
    if a <= 0:
        if a < 0:
            return vacuum(a + 1, b - 1) + vacuum(a + 1, b) if b > 0 else sp.Integer(0)
        if b <= 0:
            return sp.Integer(0)
        out = sp.Integer(1)
        for n in range(1, b):
            out *= (D / 2 - n) / n
        return out
    if b <= 0:
        return sp.Integer(0)
    return vacuum(a - 1, b) - vacuum(a, b - 1)


def graded(*factors) -> dict[int, Expr]:
    """The product of factors {order in the external momenta: expression}."""
    out: dict[int, Expr] = {0: {((), ()): sp.Integer(1)}}
    for f in factors:
        new: dict[int, Expr] = {}
        for o1, e1 in out.items():
            for o2, e2 in f.items():
                new[o1 + o2] = add(new.get(o1 + o2, {}), mul(e1, e2))
        out = new
    return out


def vector(*letters) -> dict[int, Expr]:
    """A slashed sum of the loop momentum and external momenta, graded."""
    out: dict[int, Expr] = {}
    for c, v in letters:
        o = 0 if v == LOOP else 1
        out[o] = add(out.get(o, {}), slash((c, v)))
    return out


class Loop:
    """A graded numerator, propagators 1/(q+l)^2 and 1/((q+l)^2 - M^2), expanded in momenta."""

    def __init__(self, numerator: dict[int, Expr], light, heavy):
        """`light`, `heavy`: lists of l, each a list of (coefficient, letter)."""
        self.num = numerator
        self.light = light
        self.heavy = heavy

    def _expand(self, l, kind, maxorder):
        """Series of one propagator: list of (order, dots-expr, light powers, heavy powers)."""
        out = []
        lin = {((), (dot(LOOP, v),)): sp.Integer(2 * c) for c, v in l}
        sq: dict = defaultdict(lambda: sp.Integer(0))
        for c1, v1 in l:
            for c2, v2 in l:
                sq[((), (dot(v1, v2),))] += c1 * c2
        # 1/(X + lin + sq) = sum (-1)^n (lin+sq)^n / X^(n+1)
        for n in range(maxorder + 1):
            terms = {0: {((), ()): sp.Integer(1)}}
            for _ in range(n):
                new: dict = {}
                for o, e in terms.items():
                    for do, f in ((1, lin), (2, dict(sq))):
                        if o + do <= maxorder and f:
                            new[o + do] = add(new.get(o + do, {}), mul(e, f))
                terms = new
            for o, e in terms.items():
                la, he = (n + 1, 0) if kind == "l" else (0, n + 1)
                out.append((o, scale(e, (-1) ** n), la, he))
        return out

    def order_terms(self, n: int) -> Expr:
        """The terms of order n in the external momenta, in units of A (M = 1)."""
        series = {(o, 0, 0): e for o, e in self.num.items()}
        for l, kind in [(x, "l") for x in self.light] + [(x, "h") for x in self.heavy]:
            new: dict = {}
            for (o1, a1, b1), e1 in series.items():
                for o2, e2, a2, b2 in self._expand(l, kind, n):
                    if o1 + o2 <= n:
                        key = (o1 + o2, a1 + a2, b1 + b2)
                        new[key] = add(new.get(key, {}), mul(e1, e2))
            series = new
        total: dict = defaultdict(lambda: sp.Integer(0))
        for (o, a, b), e in series.items():
            if o != n:
                continue
            for (w, s), c in e.items():
                q2, red = tensor_reduce(w, s)
                for key, cc in red.items():
                    total[key] += c * cc * vacuum(a - q2, b)
        return {k: sp.factor(sp.together(v)) for k, v in total.items() if sp.simplify(v) != 0}


def finite(c):
    """c(d) A/M^2 -> (1/eps coefficient, coefficient of L, constant) with A = 1/eps + 1 + L."""
    eps = sp.Symbol("eps")
    ser = sp.series(sp.together(c.subs(D, 4 - 2 * eps)), eps, 0, 2).removeO()
    c0 = ser.coeff(eps, 0)
    c1 = ser.coeff(eps, 1)
    assert sp.simplify(ser.coeff(eps, -1)) == 0
    return sp.nsimplify(c0), sp.nsimplify(c0 + c1)
