r"""Tree-level exchange once more, with anticommuting fields in two-component notation.

The current J of a heavy field is written by hand, component by component, from

    L = - (J S + h.c.)                                 scalar, leaves + J^+ J/M^2
    L = + (J^mu V_mu + h.c.)                           vector, leaves - J^+_mu J^mu/M^2

and multiplied out to a polynomial of degree four in the components of the fermions, which
anticommute (``reference/grassmann.py``).  The same is done with the sum over all flavours of
C_prst O_prst, C from the table of the package and O the operators of the Warsaw basis in
components.  The two polynomials must be equal: the order of anticommuting fields does what Fierz
identities, permutation signs and exchange symmetries do elsewhere.  Nothing is shared with the
package but the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from muoquark.matching.exchange import exchange_table
from muoquark.model.model_file import parse_model
from muoquark.smeft.warsaw import FAMILIES
from reference.grassmann import (
    BAR,
    COLOUR_EPS,
    EPS,
    LAMBDA,
    LL,
    LR,
    METRIC,
    PAULI,
    RL,
    RR,
    UNIT,
    UP,
    Poly,
    bilinear,
    conjugate,
    current,
    lagrangian,
    plus,
    product_sum,
)

# Heavy fields: currents by hand -------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A heavy field: its lines of a model file, couplings, and J for each of its components.

    `current` takes the couplings and returns [component], of a vector [component][mu].
    """

    fields: str
    terms: str
    couplings: str
    families: str
    current: Callable
    vector: bool = False

    @property
    def text(self) -> str:
        standard = "q: 0, u: 0, d: 0, l: 0, e: 0, H: 0"
        terms = f"\nterms: {{{self.terms}}}" if self.terms else ""
        return f"fields: {{{standard}, {self.fields}}}{terms}\n"


def f(field: str, colour: int = 0, isospin: int = 0):
    return field, False, colour, isospin


def b(field: str, colour: int = 0, isospin: int = 0):
    return field, True, colour, isospin


ROOT2 = 2**0.5


def s1(c):
    """eta1L (ubar^c e - dbar^c nu) S1 + eta1R ubar^c e S1."""
    return [
        plus(
            (1, bilinear(c["eta1L"], LL, f("q", x, 0), f("l", 0, 1))),
            (-1, bilinear(c["eta1L"], LL, f("q", x, 1), f("l", 0, 0))),
            (1, bilinear(c["eta1R"], RR, f("u", x), f("e"))),
        )
        for x in range(3)
    ]


def s1t(c):
    return [bilinear(c["eta1tR"], RR, f("d", x), f("e")) for x in range(3)]


def s3(c):
    """The components of charge -2/3, 4/3 and 1/3."""
    eta, out = c["eta3L"], []
    for x in range(3):
        u, d, nu, e = f("q", x, 0), f("q", x, 1), f("l", 0, 0), f("l", 0, 1)
        out += [
            plus((ROOT2, bilinear(eta, LL, u, nu))),
            plus((-ROOT2, bilinear(eta, LL, d, e))),
            plus((-1, bilinear(eta, LL, u, e)), (-1, bilinear(eta, LL, d, nu))),
        ]
    return out


def r2(c):
    """eta2L ubar (e R2^(5/3) - nu R2^(2/3)); eta2R ebar (u R2^(5/3)* + d R2^(2/3)*) + h.c."""
    out = []
    for x in range(3):
        for k, sign in ((0, 1), (1, -1)):
            left = bilinear(c["eta2L"], UNIT, b("u", x), f("l", 0, 1 - k))
            right = bilinear(c["eta2R"].T, UNIT, b("e"), f("q", x, k))
            out.append(plus((sign, left), (1, conjugate(right))))
    return out


def r2t(c):
    return [
        plus((sign, bilinear(c["eta2tL"], UNIT, b("d", x), f("l", 0, 1 - k))))
        for x in range(3)
        for k, sign in ((0, 1), (1, -1))
    ]


def u1(c):
    """x1L qbar gamma l + x1R dbar gamma e."""
    return [
        [
            plus(
                *((1, bilinear(c["x1L"], BAR[m], b("q", x, i), f("l", 0, i))) for i in range(2)),
                (1, bilinear(c["x1R"], UP[m], b("d", x), f("e"))),
            )
            for m in range(4)
        ]
        for x in range(3)
    ]


def u1t(c):
    return [[bilinear(c["x1tR"], UP[m], b("u", x), f("e")) for m in range(4)] for x in range(3)]


def u3(c):
    """x3L qbar gamma sigma^I l U3^I."""
    return [
        [
            plus(
                *(
                    (s[i, j], bilinear(c["x3L"], BAR[m], b("q", x, i), f("l", 0, j)))
                    for i in range(2)
                    for j in range(2)
                )
            )
            for m in range(4)
        ]
        for x in range(3)
        for s in PAULI
    ]


def v2(c):
    """x2L dbar^c gamma eps_ij V2_i l_j + x2R qbar^c_j gamma eps_ji V2_i e."""
    out = []
    for x in range(3):
        for i in range(2):
            j = 1 - i
            out.append(
                [
                    plus(
                        (EPS[i, j], bilinear(c["x2L"], RL[m], f("d", x), f("l", 0, j))),
                        (EPS[j, i], bilinear(c["x2R"], LR[m], f("q", x, j), f("e"))),
                    )
                    for m in range(4)
                ]
            )
    return out


def v2t(c):
    return [
        [
            plus((EPS[i, 1 - i], bilinear(c["x2tL"], RL[m], f("u", x), f("l", 0, 1 - i))))
            for m in range(4)
        ]
        for x in range(3)
        for i in range(2)
    ]


def doublet(c):
    """yu qbar eps D* u, yd qbar D d, ye lbar D e: J of D_k."""
    out = []
    for k in range(2):
        up = [bilinear(c["yu"], UNIT, b("q", x, 1 - k), f("u", x)) for x in range(3)]
        down = [bilinear(c["yd"], UNIT, b("q", x, k), f("d", x)) for x in range(3)]
        lepton = bilinear(c["ye"], UNIT, b("l", 0, k), f("e"))
        out.append(
            plus(
                *((EPS[1 - k, k], conjugate(part)) for part in up),
                *((1, part) for part in down),
                (1, lepton),
            )
        )
    return out


def octet_doublet(c):
    """The same with lambda^A between the quarks, J of O_kA."""
    out = []
    for k in range(2):
        for matrix in LAMBDA:
            parts = []
            for (x, y), number in np.ndenumerate(matrix):
                up = bilinear(number * c["yu"], UNIT, b("q", x, 1 - k), f("u", y))
                down = bilinear(number * c["yd"], UNIT, b("q", x, k), f("d", y))
                parts += [(EPS[1 - k, k], conjugate(up)), (1, down)]
            out.append(plus(*parts))
    return out


def diquark(quarks, conjugated=False):
    """A list of (coupling, spin, one, two, isospin matrix): eps_xyz one_x two_y S*_z."""

    def currents(c):
        out = []
        for z in range(3):
            parts = []
            for name, spin, one, two, weak in quarks:
                for (i, j), number in np.ndenumerate(weak):
                    for (x, y, last), sign in COLOUR_EPS.items():
                        if last == z and number:
                            part = bilinear(c[name], spin, f(one, x, i), f(two, y, j))
                            parts.append((sign * number, part))
            # what multiplies the conjugate field; the current is its conjugate
            out.append(conjugate(plus(*parts)))
        return out

    return currents


def vector_diquark(name, one, two, spins):
    """eps_xyz one_i,x two_y V*_i,z with the doublet first."""

    def currents(c):
        return [
            [
                conjugate(
                    plus(
                        *(
                            (sign, bilinear(c[name], spin, f(one, x, i), f(two, y)))
                            for (x, y, last), sign in COLOUR_EPS.items()
                            if last == z
                        )
                    )
                )
                for spin in spins
            ]
            for z in range(3)
            for i in range(2)
        ]

    return currents


def neutral(kind, couplings):
    """Currents of fields with themselves; kind as for `matrices`, without the 1/2 of T^A."""
    weight = 2 if kind == "octet" else 1

    def currents(c):
        each = [current(field, kind, weight * c[name]) for name, field in couplings.items()]
        return [
            [plus(*((1, part) for part in at_mu)) for at_mu in zip(*of_component, strict=True)]
            for of_component in zip(*each, strict=True)
        ]

    return currents


def right_handed_w(c):
    return [
        [plus(*((1, bilinear(c["g"], UP[m], b("u", x), f("d", x))) for x in range(3)))
         for m in range(4)]
    ]  # fmt: skip


def lepton_pair(spin, field, name, weak):
    def currents(c):
        return [
            conjugate(
                plus(
                    *(
                        (number, bilinear(c[name], spin, f(field, 0, i), f(field, 0, j)))
                        for (i, j), number in np.ndenumerate(matrix)
                        if number
                    )
                )
            )
            for matrix in weak
        ]

    return currents


ONE = np.eye(1)
NEUTRAL = {"gq": "q", "gu": "u", "gd": "d", "gl": "l", "ge": "e"}
CASES = {
    "S1": Case("S1: 0", "", "eta1L eta1R", "lq1 lq3 eu lequ1 lequ3", s1),
    "S1t": Case("S1t: 0", "", "eta1tR", "ed", s1t),
    "S3": Case("S3: 0", "", "eta3L", "lq1 lq3", s3),
    "R2": Case("R2: 0", "", "eta2L eta2R", "lu qe lequ1 lequ3", r2),
    "R2t": Case("R2t: 0", "", "eta2tL", "ld", r2t),
    "U1": Case("U1: 0", "", "x1L x1R", "lq1 lq3 ed ledq", u1, True),
    "U1t": Case("U1t: 0", "", "x1tR", "eu", u1t, True),
    "U3": Case("U3: 0", "", "x3L", "lq1 lq3", u3, True),
    "V2": Case("V2: 0", "", "x2L x2R", "ld qe ledq", v2, True),
    "V2t": Case("V2t: 0", "", "x2tL", "lu", v2t, True),
    "second Higgs doublet": Case(
        "D: {spin: scalar, isospin: 2, Y: 1/2, X: 0}",
        "yu: q+_i D+_j u eps_ij, yd: q+_i D_i d, ye: l+_i D_i e",
        "yu yd ye",
        "qu1 qu8 qd1 qd8 le quqd1 lequ1 ledq",
        doublet,
    ),
    "octet doublet": Case(
        "O: {spin: scalar, colour: 8, isospin: 2, Y: 1/2, X: 0}",
        "yu: q+_ix O+_jX u_y eps_ij lambda^X_xy, yd: q+_ix O_iX d_y lambda^X_xy",
        "yu yd",
        "qu1 qu8 qd1 qd8 quqd8",
        octet_doublet,
    ),
    "diquarks of S1": Case(
        "S1: 0",
        "z: q_ix q_jy S1+_z eps_ij eps3^xyz, w: u_x d_y S1+_z eps3^xyz",
        "z w",
        "qq1 qq3 ud1 ud8 quqd1 quqd8",
        diquark([("z", LL, "q", "q", EPS), ("w", RR, "u", "d", ONE)]),
    ),
    "diquark of S1t": Case(
        "S1t: 0",
        "z: u_x u_y S1t+_z eps3^xyz",
        "z",
        "uu",
        diquark([("z", RR, "u", "u", ONE)]),
    ),
    "diquark of V2": Case(
        "V2: 0",
        "z: q_ix u_y V2+_iz eps3^xyz",
        "z",
        "qu1 qu8",
        vector_diquark("z", "q", "u", LR),
        True,
    ),
    "diquark of V2t": Case(
        "V2t: 0",
        "z: q_ix d_y V2t+_iz eps3^xyz",
        "z",
        "qd1 qd8",
        vector_diquark("z", "q", "d", LR),
        True,
    ),
    "octet vector": Case(
        "G: {spin: vector, colour: 8, Y: 0, X: 0}",
        "gq: q+_ix q_iy G_X lambda^X_xy, gu: u+_x u_y G_X lambda^X_xy, "
        "gd: d+_x d_y G_X lambda^X_xy",
        "gq gu gd",
        "qq1 qq3 uu dd ud8 qu8 qd8",
        neutral("octet", {"gq": "q", "gu": "u", "gd": "d"}),
        True,
    ),
    "triplet vector": Case(
        "W: {spin: vector, isospin: 3, Y: 0, X: 0}",
        "gq: q+_i q_j W_A sigma^A_ij, gl: l+_i l_j W_A sigma^A_ij",
        "gq gl",
        "qq3 lq3 ll",
        neutral("triplet", {"gq": "q", "gl": "l"}),
        True,
    ),
    "singlet vector": Case(
        "Z: {spin: vector, Y: 0, X: 0}",
        "gq: q+_i q_i Z, gu: u+ u Z, gd: d+ d Z, gl: l+_i l_i Z, ge: e+ e Z",
        "gq gu gd gl ge",
        "qq1 uu dd ll ee ud1 qu1 qd1 lq1 lu ld le qe eu ed",
        neutral("singlet", NEUTRAL),
        True,
    ),
    "vector of u and d": Case(
        "W: {spin: vector, Y: -1, X: 0}", "g: u+ d W+", "g", "ud1 ud8", right_handed_w, True
    ),
    "charged singlet of leptons": Case(
        "h: {spin: scalar, Y: 1, X: 0}",
        "z: l_i l_j h eps_ij",
        "z",
        "ll",
        lambda c: [conjugate(p) for p in lepton_pair(LL, "l", "z", [EPS])(c)],
    ),
    "triplet of leptons": Case(
        "T: {spin: scalar, isospin: 3, Y: 1, X: 0}",
        "z: l_i l_j T_A eps_ik sigma^A_kj",
        "z",
        "ll",
        lambda c: [conjugate(p) for p in lepton_pair(LL, "l", "z", [EPS @ s for s in PAULI])(c)],
    ),
    "doubly charged singlet": Case(
        "k: {spin: scalar, Y: -2, X: 0}", "z: e e k+", "z", "ee", lepton_pair(RR, "e", "z", [ONE])
    ),
    # the lepton first, and [quark][lepton] nevertheless; both fields conjugated
    "another way to write S1": Case(
        "T: {spin: scalar, colour: 3bar, Y: 1/3, X: 0}",
        "zL: l_i q_j T eps_ij, zR: u+ e+ T+",
        "zL zR",
        "lq1 lq3 eu lequ1 lequ3",
        lambda c: [
            plus(
                (1, bilinear(c["zL"].T, LL, f("l", 0, 0), f("q", x, 1))),
                (-1, bilinear(c["zL"].T, LL, f("l", 0, 1), f("q", x, 0))),
                # zR (ubar^c e)^+ T^+, whose conjugate has T
                (1, bilinear(c["zR"].conj(), RR, f("u", x), f("e"))),
            )
            for x in range(3)
        ],
    ),
}
MASS = 1.7


def random_couplings(names, flavours, seed):
    rng = np.random.default_rng(seed)
    out = {}
    for name in names:
        out[name] = np.zeros((3, 3), complex)
        shape = (flavours, flavours)
        out[name][:flavours, :flavours] = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return out


def exchanged(case: Case, couplings) -> Poly:
    """+ J^+ J/M^2 or - J^+_mu J^mu/M^2."""
    pairs = []
    for component in case.current(couplings):
        if case.vector:
            pairs += [
                (-g / MASS**2, conjugate(j), j) for g, j in zip(METRIC, component, strict=True)
            ]
        else:
            pairs.append((1 / MASS**2, conjugate(component), component))
    return product_sum(pairs)


def difference(a: Poly, b: Poly) -> float:
    return max(abs(v) for v in plus((1, a), (-1, b)).values())


def compare(case: Case, flavours: int, seed: int = 0) -> None:
    model = parse_model(case.text)
    couplings = random_couplings(case.couplings.split(), flavours, seed)
    (heavy,) = (field.name for field in model.heavy)
    coefficients = exchange_table(model)(couplings, {heavy: MASS})
    assert sorted(coefficients) == sorted(case.families.split())
    parts = [lagrangian(family, c, flavours) for family, c in coefficients.items()]
    direct = exchanged(case, couplings)
    size = max(map(abs, direct.values()))
    assert size > 0.1
    assert difference(direct, plus(*((1, part) for part in parts))) < 1e-13 * size


@pytest.mark.parametrize("name", CASES)
def test_the_table_gives_the_exchange_amplitude(name):
    compare(CASES[name], 2)


@pytest.mark.parametrize("name", ["S1", "R2", "U1", "V2", "diquark of S1t"])
def test_with_three_flavours(name):
    compare(CASES[name], 3, 1)


def test_every_four_fermion_family_is_covered():
    wanted = {name for name, family in FAMILIES.items() if family.rank == 4}
    assert {name for case in CASES.values() for name in case.families.split()} == wanted


def test_the_comparison_sees_a_wrong_sign_and_a_wrong_place():
    """What it is for: tensor operators, colour, and the flavour of the legs."""
    case = CASES["S1"]
    couplings = random_couplings(case.couplings.split(), 2, 0)
    found = exchange_table(parse_model(case.text))(couplings, {"S1": MASS})
    direct = exchanged(case, couplings)
    for family in found:
        wrong = {**found, family: -found[family]}
        parts = [(1, lagrangian(name, c, 2)) for name, c in wrong.items()]
        assert difference(direct, plus(*parts)) > 1e-2
    transposed = {**found, "eu": found["eu"].transpose(0, 1, 3, 2)}
    parts = [(1, lagrangian(name, c, 2)) for name, c in transposed.items()]
    assert difference(direct, plus(*parts)) > 1e-2
