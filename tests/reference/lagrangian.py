r"""The B-3L_mu muoquark model as polynomials in its fields, and as tensors.

Every term of the scalar potential and every Yukawa coupling is written here once, in the index
notation of the Lagrangian; the numerical tensors, the generated beta functions and the vacuum
analysis are all read off from it.

Scalars are complex: H (isospin i), Phi, S1 (colour), S3 (colour, isospin adjoint A, normalised with
:math:`\sigma^A`).  S1 and S3 are colour antitriplets.  Fermions are left-handed Weyl fields; a
right-handed field enters through its conjugate, so that the couplings of u_R, d_R, e_R, nu_R
appear complex conjugated (0812.1594).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from muoquark.common.arrays import Scalar
from muoquark.theory.general import GeneralTheory

__all__ = [
    "COMPLEX_QUARTICS",
    "FERMIONS",
    "QUARTICS",
    "SCALARS",
    "YUKAWA_SHAPES",
    "Component",
    "fermion_components",
    "fields_from_vector",
    "generators",
    "numerical_theory",
    "potential_terms",
    "yukawa_terms",
]

SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
EPS2 = np.array([[0, 1], [-1, 0]])
EPS3 = np.linalg.det(np.eye(3)[np.array([*np.ndindex(3, 3, 3)])]).reshape(3, 3, 3)


def _gell_mann() -> Complex[np.ndarray, "8 3 3"]:
    out = np.zeros((8, 3, 3), complex)
    for n, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        out[2 * n, i, j] = out[2 * n, j, i] = 1
        out[2 * n + 1, i, j], out[2 * n + 1, j, i] = -1j, 1j
    out[6] = np.diag([1, -1, 0])
    out[7] = np.diag([1, 1, -2]) / np.sqrt(3)
    return out


GELL_MANN = _gell_mann()

# name: (number of flavours, colour, isospin, Y, X); colour -3 is the antitriplet
FERMIONS: dict[str, tuple[int, int, int, float, float]] = {
    "q": (3, 3, 2, 1 / 6, 1 / 3),
    "uc": (3, -3, 1, -2 / 3, -1 / 3),
    "dc": (3, -3, 1, 1 / 3, -1 / 3),
    "l": (2, 1, 2, -1 / 2, 0.0),
    "lm": (1, 1, 2, -1 / 2, -3.0),
    "ec": (2, 1, 1, 1.0, 0.0),
    "mc": (1, 1, 1, 1.0, 3.0),
    "nc": (2, 1, 1, 0.0, 0.0),
    "nmc": (1, 1, 1, 0.0, 3.0),
}
SCALARS: dict[str, tuple[int, int, float, float]] = {
    "H": (1, 2, 1 / 2, 0.0),
    "P": (1, 1, 0.0, 3.0),
    "S1": (-3, 1, 1 / 3, 8 / 3),
    "S3": (-3, 3, 1 / 3, 8 / 3),
}

# coupling: (rows, columns), the flavours of the fields that it joins
YUKAWA_SHAPES: dict[str, tuple[int, int]] = {
    "Yu": (3, 3),
    "Yd": (3, 3),
    "Ye": (2, 2),
    "ymu": (1, 1),
    "Yn": (2, 2),
    "ynm": (1, 1),
    "e3L": (3, 1),
    "e1L": (3, 1),
    "e1R": (3, 1),
    "e1t": (3, 1),
    "yPhi": (2, 1),
}
QUARTICS = "lH lP l1 l3a l3b l3c lHP lH1 lH3 leH3 lP1 lP3 l13a l13b lH13 l13c le13".split()
COMPLEX_QUARTICS = ("lH13", "l13c", "le13")


@dataclass(frozen=True)
class Component:
    """One gauge component of a field: which field, colour (or 0) and isospin index (or 0)."""

    field: str
    colour: int
    isospin: int


def _components(table: Mapping[str, tuple[Any, ...]], colour: int, isospin: int) -> list[Component]:
    return [
        Component(name, c, i)
        for name, entry in table.items()
        for c in range(abs(entry[colour]))
        for i in range(entry[isospin])
    ]


@lru_cache(maxsize=1)
def fermion_components() -> tuple[Component, ...]:
    """Gauge components of the Weyl fermions, flavour not counted."""
    return tuple(_components(FERMIONS, 1, 2))


@lru_cache(maxsize=1)
def scalar_components() -> tuple[Component, ...]:
    """Gauge components of the complex scalars; component n + 15 is the conjugate of n."""
    return tuple(_components(SCALARS, 0, 1))


def scalar_index(field: str, colour: int = 0, isospin: int = 0, conj: bool = False) -> int:
    """Position of a complex scalar component (or of its conjugate)."""
    components = scalar_components()
    return components.index(Component(field, colour, isospin)) + conj * len(components)


def yukawa_terms() -> list[tuple[str, bool, Scalar, int, Component, Component]]:
    """List -L's Yukawa terms: coupling, conjugated?, number, scalar, left and right fermion.

    A term stands for  number * coupling_{rs} psi_r chi_s phi + h.c.
    """
    out: list[tuple[str, bool, Scalar, int, Component, Component]] = []
    colours = range(3)
    for i, j in itertools.product(range(2), range(2)):
        for c in colours:
            if EPS2[i, j]:
                # (qbar Htilde u)^* with Htilde = eps H^*
                out.append(("Yu", True, EPS2[i, j], scalar_index("H", 0, j),
                            Component("q", c, i), Component("uc", c, 0)))  # fmt: skip
                # q^T eps l S1
                out.append(("e1L", False, EPS2[i, j], scalar_index("S1", c),
                            Component("q", c, i), Component("lm", 0, j)))  # fmt: skip
            if i == j:
                out.append(("Yd", True, 1.0, scalar_index("H", 0, i, True),
                            Component("q", c, i), Component("dc", c, 0)))  # fmt: skip
            for a in range(3):
                value = (EPS2 @ SIGMA[a])[i, j]
                if value:
                    out.append(("e3L", False, value, scalar_index("S3", c, a),
                                Component("q", c, i), Component("lm", 0, j)))  # fmt: skip
        for lepton, charged, neutral, ye, yn in (
            ("l", "ec", "nc", "Ye", "Yn"),
            ("lm", "mc", "nmc", "ymu", "ynm"),
        ):
            if EPS2[i, j]:
                out.append((yn, True, EPS2[i, j], scalar_index("H", 0, j),
                            Component(lepton, 0, i), Component(neutral, 0, 0)))  # fmt: skip
            if i == j:
                out.append((ye, True, 1.0, scalar_index("H", 0, i, True),
                            Component(lepton, 0, i), Component(charged, 0, 0)))  # fmt: skip
    for c in colours:
        out.append(("e1R", True, 1.0, scalar_index("S1", c, 0, True),
                    Component("uc", c, 0), Component("mc", 0, 0)))  # fmt: skip
        out.append(("e1t", True, 1.0, scalar_index("S1", c, 0, True),
                    Component("dc", c, 0), Component("nmc", 0, 0)))  # fmt: skip
    # nu_R^T nu_R Phi holds right-handed fields: its conjugate is holomorphic
    out.append(("yPhi", True, 1.0, scalar_index("P", 0, 0, True),
                Component("nc", 0, 0), Component("nmc", 0, 0)))  # fmt: skip
    return out


Polynomial = dict[tuple[int, ...], complex]


def _add(poly: Polynomial, factor: complex, *fields: int) -> None:
    key = tuple(sorted(fields))
    poly[key] = poly.get(key, 0) + factor


@lru_cache(maxsize=1)
def potential_terms() -> dict[str, Polynomial]:
    """Return each quartic's polynomial: sorted scalar indices of a monomial to its coefficient.

    For the complex couplings the entry is the part that multiplies the coupling itself; its
    conjugate is kept under the name with ``*``.  Masses (V = + m^2 |phi|^2) are there as well.
    """
    terms: dict[str, Polynomial] = {name: {} for name in [*QUARTICS, "mH2", "mP2", "m12", "m32"]}
    colours, iso = range(3), range(3)

    def s1(c: int, conj: bool = False) -> int:
        return scalar_index("S1", c, 0, conj)

    def s3(c: int, a: int, conj: bool = False) -> int:
        return scalar_index("S3", c, a, conj)

    def h(i: int, conj: bool = False) -> int:
        return scalar_index("H", 0, i, conj)

    norms = {
        "H": [(h(i, True), h(i)) for i in range(2)],
        "P": [(scalar_index("P", conj=True), scalar_index("P"))],
        "1": [(s1(c, True), s1(c)) for c in colours],
        "3": [(s3(c, a, True), s3(c, a)) for c in colours for a in iso],
    }
    for name, pair_of in {
        "lH": "HH", "lP": "PP", "l1": "11", "l3a": "33", "lHP": "HP", "lH1": "H1", "lH3": "H3",
        "lP1": "P1", "lP3": "P3", "l13a": "13",
    }.items():  # fmt: skip
        for u, v in itertools.product(norms[pair_of[0]], norms[pair_of[1]]):
            _add(terms[name], 1, *u, *v)
    for name, x in {"mH2": "H", "mP2": "P", "m12": "1", "m32": "3"}.items():
        for pair in norms[x]:
            _add(terms[name], 1, *pair)
    for c, d in itertools.product(colours, colours):
        for a, b in itertools.product(iso, iso):
            _add(terms["l3b"], 1, s3(c, a, True), s3(c, b), s3(d, b, True), s3(d, a))
            _add(terms["l3c"], 1, s3(c, a, True), s3(c, b), s3(d, a, True), s3(d, b))
        for a in iso:
            _add(terms["l13b"], 1, s1(c, True), s3(c, a), s3(d, a, True), s1(d))
            _add(terms["l13c"], 1, s3(c, a, True), s1(c), s3(d, a, True), s1(d))
        for a, b, e in itertools.permutations(iso):
            _add(terms["le13"], 1j * EPS3[a, b, e],
                 s3(c, a, True), s1(c), s3(d, b, True), s3(d, e))  # fmt: skip
    for i, j, c in itertools.product(range(2), range(2), colours):
        for a in iso:
            if SIGMA[a, i, j]:
                _add(terms["lH13"], SIGMA[a, i, j], h(i, True), h(j), s3(c, a, True), s1(c))
        for a, b, e in itertools.permutations(iso):
            if SIGMA[a, i, j]:
                _add(terms["leH3"], 1j * EPS3[a, b, e] * SIGMA[a, i, j],
                     h(i, True), h(j), s3(c, b, True), s3(c, e))  # fmt: skip
    n = len(scalar_components())
    for name in COMPLEX_QUARTICS:
        terms[f"{name}*"] = {
            tuple(sorted((k + n) % (2 * n) for k in key)): np.conj(value)
            for key, value in terms[name].items()
        }
    return {
        name: {key: value for key, value in poly.items() if abs(value) > 1e-14}
        for name, poly in terms.items()
    }


def generators(table: str) -> list[tuple[str, Complex[np.ndarray, "n n"]]]:
    """Return the gauge generators on the ``fermions`` or complex ``scalars``: (name, matrix).

    Names: ``g3``, ``g2`` for the non-abelian ones, then ``Y`` and ``X``; couplings not included.
    """
    fermions = table == "fermions"
    comps = fermion_components() if fermions else scalar_components()
    n = len(comps)

    def representation(component: Component) -> tuple[int, int, float, float]:
        return FERMIONS[component.field][1:] if fermions else SCALARS[component.field]

    out: list[tuple[str, np.ndarray]] = []

    def build(entry: Callable[[Component, Component], complex]) -> Complex[np.ndarray, "n n"]:
        matrix = np.zeros((n, n), complex)
        for (i, x), (j, y) in itertools.product(enumerate(comps), enumerate(comps)):
            if x.field == y.field:
                matrix[i, j] = entry(x, y)
        return matrix

    for g in GELL_MANN:

        def colour(x: Component, y: Component, g: np.ndarray = g) -> complex:
            c = representation(x)[0]
            if abs(c) != 3 or x.isospin != y.isospin:
                return 0
            return complex(g[x.colour, y.colour] / 2 if c == 3 else -g[y.colour, x.colour] / 2)

        out.append(("g3", build(colour)))
    for a in range(3):

        def isospin(x: Component, y: Component, a: int = a) -> complex:
            dim = representation(x)[1]
            if dim == 1 or x.colour != y.colour:
                return 0
            if dim == 2:
                return complex(SIGMA[a, x.isospin, y.isospin] / 2)
            return complex(-1j * EPS3[a, x.isospin, y.isospin])

        out.append(("g2", build(isospin)))
    for name, k in (("Y", 2), ("X", 3)):
        charges = np.diag([representation(x)[k] for x in comps]).astype(complex)
        out.append((name, charges))
    return out


def _real_basis() -> Complex[np.ndarray, "30 30"]:
    """Matrix U with (phi, phi^*) = U (Re, Im) for real fields of canonical norm."""
    n = len(scalar_components())
    one = np.eye(n)
    return np.asarray(np.block([[one, 1j * one], [one, -1j * one]]) / np.sqrt(2))


def fields_from_vector(vector: Float[np.ndarray, " 30"]) -> dict[str, Complex[Any, ...]]:
    """Return the complex fields H (2), P, S1 (3), S3 (colour, A) of a vector of 30 real fields."""
    n = len(scalar_components())
    z = (_real_basis() @ vector)[:n]
    return {"H": z[:2], "P": z[2], "S1": z[3:6], "S3": z[6:15].reshape(3, 3)}


def numerical_theory(couplings: Mapping[str, Any]) -> GeneralTheory:
    """Return the tensors of the model at `couplings` (arrays and complex numbers, as in `beta`)."""
    n_scalars = len(scalar_components())
    comps = fermion_components()
    start = np.cumsum([0] + [FERMIONS[c.field][0] for c in comps])
    size = int(start[-1])

    y = np.zeros((2 * n_scalars, size, size), complex)
    for name, conj, factor, scalar, left, right in yukawa_terms():
        matrix = np.asarray(couplings.get(name, np.zeros(YUKAWA_SHAPES[name])), complex)
        matrix = factor * (matrix.conj() if conj else matrix)
        i, j = comps.index(left), comps.index(right)
        rows, cols = slice(start[i], start[i + 1]), slice(start[j], start[j + 1])
        y[scalar, rows, cols] += matrix
        y[scalar, cols, rows] += matrix.T
    quartic = np.zeros((2 * n_scalars,) * 4, complex)
    mass = np.zeros((2 * n_scalars,) * 2, complex)
    for name, poly in potential_terms().items():
        value = complex(couplings.get(name.rstrip("*"), 0.0))
        value = value.conjugate() if name.endswith("*") else value
        target = quartic if len(next(iter(poly))) == 4 else mass
        for key, coefficient in poly.items():
            multiplicity = np.prod([np.prod(range(1, key.count(k) + 1)) for k in set(key)])
            for permutation in set(itertools.permutations(key)):
                target[permutation] += value * coefficient * multiplicity
    u = _real_basis()
    y = np.einsum("zij,za->aij", y, u)
    for axis in range(4):
        quartic = np.moveaxis(np.tensordot(u, quartic, (0, axis)), 0, axis)
    mass = u.T @ mass @ u

    g1, gyx, gx = (float(couplings.get(k, 0.0)) for k in ("g1", "gYX", "gX"))
    charge = {"Y": [g1, gyx], "X": [0.0, gx]}
    fermionic: list[np.ndarray] = []
    scalar_list: list[np.ndarray] = []
    flavour = np.repeat(np.arange(len(comps)), [FERMIONS[c.field][0] for c in comps])
    same = np.concatenate([np.arange(FERMIONS[c.field][0]) for c in comps])
    lift = (same[:, None] == same[None, :]).astype(float)
    abelian_f: dict[str, np.ndarray] = {}
    abelian_s: dict[str, np.ndarray] = {}
    for (name, tf), (_, ts) in zip(generators("fermions"), generators("scalars"), strict=True):
        big_f = tf[np.ix_(flavour, flavour)] * lift
        both = np.block([[ts, 0 * ts], [0 * ts, -ts.conj()]])
        big_s = u.conj().T @ both @ u
        if name in ("Y", "X"):
            abelian_f[name], abelian_s[name] = big_f, big_s
        else:
            g = float(couplings.get(name, 0.0))
            fermionic.append(g * big_f)
            scalar_list.append(g * big_s)
    for column in range(2):  # the gauge fields B and X
        y_part, x_part = charge["Y"][column], charge["X"][column]
        fermionic.append(y_part * abelian_f["Y"] + x_part * abelian_f["X"])
        scalar_list.append(y_part * abelian_s["Y"] + x_part * abelian_s["X"])
    g3, g2 = (float(couplings.get(k, 0.0)) for k in ("g3", "g2"))
    c2g = np.diag([3 * g3**2] * 8 + [2 * g2**2] * 3 + [0.0, 0.0])
    return GeneralTheory(
        y, quartic.real, np.array(fermionic), np.array(scalar_list), c2g, mass.real
    )
