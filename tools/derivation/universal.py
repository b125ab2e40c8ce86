"""The loop constants of one leptoquark and one massless fermion line, derived.

Every entry of `constants()` is (coefficient of L, constant), L = ln(mu^2/M^2), in units of
kappa/M^2 (kappa for the two terms of dimension four), for the operator in the comment beside it.
The operators and the sign conventions are those of `muoquark.matching.oneloop.twofermion`.
Gauge invariance is a check, not an input: the coefficient of P/^3 comes out of the self-energy and
of the insertions on either line, those of P/P/M, P/MP/ and D^2 M out of four different diagrams.
"""

from __future__ import annotations

import sympy as sp
from diracloop import Loop, add, dot, finite, graded, mul, order, scale, slash, vector

ONE = {((), ()): sp.Integer(1)}
MINUS = {0: {((), ()): sp.Integer(-1)}}


def _product(*factors):
    out = ONE
    for factor in factors:
        out = mul(out, factor)
    return out


def _dot(a, b):
    return {((), (dot(a, b),)): sp.Integer(1)}


def _ordered(expression):
    return add(*[scale(order(w, s), c) for (w, s), c in expression.items()])


def fit(numerator, light, heavy, n, basis):
    """Write the terms of order n of a loop as a sum over `basis`; raises if that is impossible."""
    target = Loop(numerator, light, heavy).order_terms(n)
    unknown = sp.symbols(f"x0:{len(basis)}")
    rest = add(
        target,
        *[scale(_ordered(b), -x) for x, b in zip(unknown, basis.values(), strict=True)],
    )
    solution = sp.solve([sp.together(v) for v in rest.values()], unknown, dict=True)
    if not solution:
        raise ArithmeticError(f"the loop does not close on {sorted(basis)}")
    return {name: finite(solution[0][x]) for name, x in zip(basis, unknown, strict=True)}


def constants():
    """Derive all constants; a dictionary diagram -> {operator: (coefficient of L, constant)}."""
    q, qk = vector((1, "q")), vector((1, "q"), (1, "k"))
    gauge = {1: slash((1, "a"))}
    p1, p2 = slash((1, "p1")), slash((1, "p1"), (1, "k"))
    a, k = slash((1, "a")), slash((1, "k"))
    # G = gamma^mu gamma^nu [P_mu, P_nu] at first order in the field a of momentum k
    field = add(_product(k, a), scale(_product(a, k), -1))
    current = add(_product(_dot("k", "k"), a), scale(_product(_dot("k", "a"), k), -1))
    basis = {
        "PPP": add(_product(p2, p2, a), _product(p2, a, p1), _product(a, p1, p1)),
        "{P,G}": add(_product(p2, field), _product(field, p1)),
        "[P,G]": current,
    }
    both = add(_product(p2, a), _product(a, p1))
    ext, shifted = [(-1, "p1")], [(-1, "p1"), (-1, "k")]
    # the scalar's vertex -(2 (p1 - q) + k).a
    scalar = {1: scale(_dot("q", "a"), -2), 2: add(scale(_dot("p1", "a"), 2), _dot("k", "a"))}
    later, last = slash((1, "p1"), (1, "k1")), slash((1, "p1"), (1, "k1"), (1, "k2"))
    dk = _dot("k", "a")
    p12 = {((), (("p1", "p1"),)): sp.Integer(1)}
    return {
        "kinetic": fit(q, [[]], [ext], 1, {"P": p1}),
        "mass": fit(graded(q, q), [[], []], [[]], 0, {"M": ONE}),
        "self-energy": fit(q, [[]], [ext], 3, {"PPP": mul(p12, p1)}),
        "gauge on fermion": fit(graded(MINUS, qk, gauge, q), [[], [(1, "k")]], [ext], 3, basis),
        "gauge on scalar": fit(graded(MINUS, scalar, q), [[]], [ext, shifted], 3, basis),
        # one mass insertion that carries the momentum k
        "mass and momentum": fit(
            graded(qk, q),
            [[], [(1, "k")]],
            [ext],
            2,
            {
                "PPM": _product(p2, p2),
                "MPP": _product(p1, p1),
                "PMP": _product(p2, p1),
                "D2M": scale(_product(_dot("k", "k")), -1),
            },
        ),
        "gauge before mass": fit(
            graded(MINUS, qk, qk, gauge, q),
            [[(1, "k")], [(1, "k")], []],
            [ext],
            2,
            {"MPP": both, "PMP": _product(p2, a), "D2M": dk, "MG_F": field},
        ),
        "gauge after mass": fit(
            graded(MINUS, qk, gauge, q, q),
            [[(1, "k")], [], []],
            [ext],
            2,
            {"PPM": both, "PMP": _product(a, p1), "D2M": scale(dk, -1), "G_FM": field},
        ),
        "gauge on scalar and mass": fit(
            graded(MINUS, scalar, q, q),
            [[], []],
            [ext, shifted],
            2,
            # PPM + MPP + PMP, with coefficients 1/2 + 1/2 - 1/2
            {"PPM+MPP+PMP": both, "G_SM": field},
        ),
        "two masses": fit(
            graded(vector((1, "q"), (1, "k1"), (1, "k2")), vector((1, "q"), (1, "k1")), q),
            [[(1, "k1"), (1, "k2")], [(1, "k1")], []],
            [ext],
            1,
            {"PMM": last, "MPM": later, "MMP": p1},
        ),
        "three masses": fit(graded(q, q, q, q), [[]] * 4, [[]], 0, {"MMM": ONE}),
        "portal and mass": fit(graded(q, q), [[], []], [[], []], 0, {"UM": ONE}),
        "portal": fit(q, [[]], [ext, ext], 1, {"PU+UP": scale(p1, 2)}),
    }


if __name__ == "__main__":
    for diagram, values in constants().items():
        for name, (log, const) in values.items():
            print(f"{diagram:26s} {name:12s} {log} L + {const}")
