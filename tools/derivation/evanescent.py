"""Greek projections of Dirac structures, and the constants of the dressed exchange.

A structure is a list of (coefficient, left word, right word): a sum of products of Dirac matrices
on two fermion lines.  sigma^{rs} x sigma_{rs} = -(g^r g^s x g_r g_s - d 1 x 1).  In d dimensions a
structure is a physical one plus an evanescent operator; the Greek rule chooses it such that
contractions of the two lines vanish: with 1 and sigma for scalars and tensors of equal chirality,
with gamma for scalars of opposite chirality and for vectors of equal chirality, with 1 for vectors
of opposite chirality.  The projections agree with hep-ph/0005183 (Buras:2000if).
"""

from __future__ import annotations

import sympy as sp
from diracloop import D, order

EPS = sp.Symbol("eps")
_count = [0]


def indices(n):
    """Fresh Lorentz indices."""
    _count[0] += n
    return [("mu", 10**6 + _count[0] - i) for i in range(n)]


def _value(word):
    out = order(tuple(word), ())
    return sp.expand(out.get(((), ()), 0))


def scalar():
    """1 x 1."""
    return [(sp.Integer(1), (), ())]


def tensor():
    """sigma x sigma."""
    r, s = indices(2)
    return [(sp.Integer(-1), (r, s), (r, s)), (D, (), ())]


def vector():
    """gamma x gamma."""
    (m,) = indices(1)
    return [(sp.Integer(1), (m,), (m,))]


def dress(structure, left_out=(), left_in=(), right_out=(), right_in=()):
    """Multiply Dirac matrices onto the ends of both lines."""
    return [
        (c, (*left_out, *left, *left_in), (*right_out, *right, *right_in))
        for c, left, right in structure
    ]


def _contract(structure, insert):
    return sp.expand(
        sum(
            c * c2 * _value(left + a + right + b)
            for c, left, right in structure
            for c2, a, b in insert
        )
    )


def _series(x):
    return sp.series(sp.simplify(x.subs(D, 4 - 2 * EPS)), EPS, 0, 2).removeO()


def project_scalars(structure):
    """(coefficient of 1 x 1, of sigma x sigma), equal chiralities, to first order in eps."""
    x, y = sp.symbols("x y")
    rows = []
    for insert in (scalar(), tensor()):
        rows.append(
            x * _contract(scalar(), insert)
            + y * _contract(tensor(), insert)
            - _contract(structure, insert)
        )
    solution = sp.solve(rows, [x, y])
    return _series(solution[x]), _series(solution[y])


def project(structure, kind):
    """The coefficient of the structure's physical partner: kind VLL, VLR or SLR."""
    insert = scalar() if kind == "VLR" else vector()
    partner = scalar() if kind == "SLR" else vector()
    return _series(_contract(structure, insert) / _contract(partner, insert))


def _over_d(x):
    return sp.expand(sp.series(x / (4 - 2 * EPS), EPS, 0, 2).removeO())


def constants():
    """The constants of the S1 + S3 formulae (tests/reference/oneloop/exchange.py), scheme "greek".

    A box contributes (1/eps + 1 + L) x structure/d and a vertex minus the finite part of
    structure/(eps d) against -2 (gauge) or 0 (Higgs) for the leptoquark's own structure, which is
    gamma gamma = d or 1 without a tensor reduction.  Returned are constants next to 1 + L, in
    units of the tree-level coefficient, the normalisation of the run-time code.
    """
    a, m = indices(2)
    line = _over_d(sp.expand((2 - (4 - 2 * EPS)) ** 2))  # gamma^2 around gamma, one line
    cross = _over_d(project(dress(vector(), left_in=(a, m), right_out=(m, a)), "VLL"))
    inside = _over_d(project(dress(vector(), left_in=(a, m), right_in=(a, m)), "VLL"))
    out = {
        "vector_box": line.coeff(EPS, 1),
        "vector_box_cross": cross.coeff(EPS, 1),
        # -(c0 / 1)(r1 - c1) with c0 = 4, r1 = -1/2; per vertex
        "vector_vertex": -4 * (sp.Rational(-1, 2) - inside.coeff(EPS, 1) / inside.coeff(EPS, 0)),
    }
    # lequ: S/2 - T/8; -kappa g^2 T.T (1/eps + 1 + L)/d x structure, relative to each coefficient
    tree = [(sp.Rational(1, 2), scalar()), (sp.Rational(-1, 8), tensor())]

    def scalars(**ends):
        s = t = sp.Integer(0)
        for c, structure in tree:
            x, y = project_scalars(dress(structure, **ends))
            s, t = s + c * x, t + c * y
        return _over_d(sp.expand(s)), _over_d(sp.expand(t))

    s, t = scalars(left_out=(m, a), right_in=(a, m))
    out["scalar_cross"] = 2 * s.coeff(EPS, 1)
    out["tensor_cross"] = -8 * t.coeff(EPS, 1)
    out["scalar_same"] = _over_d(sp.expand((4 - 2 * EPS) ** 2)).coeff(EPS, 1)
    s, t = scalars(left_out=(m, a), right_out=(m, a))
    s, t = sp.expand(s), sp.expand(t)
    # C = -T.T [finite(leptoquark) - finite(Warsaw)], leptoquark -2 (S/2 - T/8)
    out["scalar_vertex"] = -2 * (-1 - s.coeff(EPS, 1))
    out["tensor_vertex"] = 8 * (sp.Rational(1, 4) - t.coeff(EPS, 1))
    # Higgs
    out["higgs_line"] = _over_d(sp.expand(2 - (4 - 2 * EPS))).coeff(EPS, 1)
    ledq = _over_d(project(dress(vector(), left_out=(a,), right_in=(a,)), "SLR"))
    out["higgs_ledq"] = ledq.coeff(EPS, 1)
    out["higgs_flip"] = sp.Integer(0)  # gamma 1 gamma = d, the tensor is of order eps twice
    (b,) = indices(1)
    mixed = -project(dress(scalar(), left_out=(b,), right_in=(b,)), "VLR") + sp.Rational(
        1, 4
    ) * project(dress(tensor(), left_out=(b,), right_in=(b,)), "VLR")
    out["higgs_vector"] = _over_d(sp.expand(mixed)).coeff(EPS, 1)
    x, y = project_scalars(dress(vector(), left_in=(a,), right_in=(a,)))
    # lequ3 from lq1: -(S, T) structure; a vertex, so minus the finite part
    out["vertex_scalar"] = _over_d(sp.expand(x)).coeff(EPS, 1)
    out["vertex_tensor"] = _over_d(sp.expand(y)).coeff(EPS, 1)
    same = project(dress(scalar(), left_out=(b,), right_out=(b,)), "VLL") - sp.Rational(
        1, 4
    ) * project(dress(tensor(), left_out=(b,), right_out=(b,)), "VLL")
    same = _over_d(sp.expand(same)).coeff(EPS, 1)
    out["vertex_eu"] = 2 * same
    out["vertex_lq"] = same / 2
    return out


def _two(x):
    x = sp.expand(x)
    return x.coeff(EPS, 0), x.coeff(EPS, 1)


#: Where one gamma matrix (or two) is multiplied onto each of two legs of (1bar 2)(3bar 4).
_ENDS = {
    "line": ("left_out", "left_in"),
    "parallel": ("left_out", "right_out"),
    "across": ("left_out", "right_in"),
}


def _onto(pair, first, second):
    one, two = _ENDS[pair]
    return {one: first, two: second}


def dressings():
    """Return the tables GAUGE and HIGGS of `muoquark.matching.oneloop.dressing`.

    Pole and term of order eps of the projected structure over d, for every pair of legs and every
    class of operators; parallel legs have opposite momenta, which for the Higgs is a sign (for a
    gauge boson the charges of the conjugate fields have it too).
    """
    gauge, higgs = {}, {}
    for pair in _ENDS:
        a, m = indices(2)
        # outward on a barred leg, inward on the other one: the order is that of the fermion line
        back = (m, a) if pair != "parallel" else (a, m)
        ends = _onto(pair, (a, m), back)
        table = gauge.setdefault(pair, {})
        for kind in ("VLL", "VLR"):
            table[kind, kind] = _two(_over_d(project(dress(vector(), **ends), kind)))
        for name, structure in (("S", scalar()), ("T", tensor())):
            x, y = project_scalars(dress(structure, **ends))
            table[name, "S"], table[name, "T"] = _two(_over_d(x)), _two(_over_d(y))
        (a,) = indices(1)
        ends = _onto(pair, (a,), (a,))
        sign = -1 if pair == "parallel" else 1
        table = higgs.setdefault(pair, {})
        for source, target in _HIGGS[pair]:
            if target == "ST":
                x, y = project_scalars(dress(vector(), **ends))
                table[source, "S"], table[source, "T"] = _two(_over_d(x)), _two(_over_d(y))
            elif source == "ST":
                for name, structure in (("S", scalar()), ("T", tensor())):
                    found = project(dress(structure, **ends), target)
                    table[name, target] = _two(_over_d(found))
            else:
                table[source, target] = _two(_over_d(project(dress(vector(), **ends), target)))
        for key, value in table.items():
            table[key] = tuple(sign * x for x in value)
    return gauge, higgs


# which class of operators a Higgs makes of which: the chirality of both legs changes
_HIGGS = {
    "line": (("VLL", "VLR"), ("VLR", "VLL"), ("ST", "SLR")),
    "parallel": (("VLL", "ST"), ("VLR", "SLR"), ("ST", "VLL")),
    "across": (("VLL", "SLR"), ("VLR", "ST"), ("ST", "VLR")),
}


def massive_regulator(c1):
    """Second route for a box: infrared poles regulated by one small mass, full theory in d = 4.

    Full minus effective theory for a structure c0 (1 + c1 eps), in units of c0/4: the integral
    M^2 q^2/((q^2 - m^2)^3 (q^2 - M^2)) in four dimensions against -q^2/(q^2 - m^2)^3 in MS-bar.
    Returns (coefficient of L, constant); the route of the run-time code gives L + 3/2 + c1.
    """
    small, large, mu2 = sp.symbols("m2 M2 mu2", positive=True)

    def tadpole(x):
        return x * (1 + sp.log(mu2 / x))

    bubble = (tadpole(large) - tadpole(small)) / (large - small)
    first = large * sp.diff(bubble, small)
    second = large * small * sp.diff(bubble, small, 2) / 2
    full = sp.series(first + second, small, 0, 1).removeO()
    # -(1/d)(1/eps + log - 1/2)(1 + c1 eps) without its pole, times 4
    effective = -(sp.log(mu2 / small) - sp.Rational(1, 2) + sp.Rational(1, 2) + c1)
    difference = sp.expand_log(sp.simplify(full - effective), force=True)
    log = sp.expand_log(sp.log(mu2 / large), force=True)
    return sp.Integer(1), sp.simplify(difference - log)


if __name__ == "__main__":
    for name, value in constants().items():
        print(f"{name:18s} {value}")
    for boson, tables in zip(("gauge", "Higgs"), dressings(), strict=True):
        for pair, table in tables.items():
            for (source, target), (pole, finite) in table.items():
                print(f"{boson:6s} {pair:9s} {source:4s} -> {target:4s} {pole} {finite}")
