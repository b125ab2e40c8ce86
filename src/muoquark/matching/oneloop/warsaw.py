"""The Warsaw basis as dictionaries of flavour tensors.

A set of coefficients is a dictionary name -> array.  Two-fermion coefficients are 3x3 and
four-fermion ones 3x3x3x3, indices in the order of the operator's name, and the Lagrangian is the
sum over *all* flavour indices (plus the Hermitian conjugate for the non-Hermitian operators).
A name that is absent is zero.  Tensors need not have the symmetries of their operators:
`symmetrise` projects on them without changing the Lagrangian.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .inputs import Array, namespace

Coefficients = dict[str, Array]

#: Hermitian two-fermion operators.
HERMITIAN2 = ("phil1", "phil3", "phie", "phiq1", "phiq3", "phiu", "phid")
#: Four-fermion operators of two different Hermitian currents.
HERMITIAN4 = (
    *("lq1", "lq3", "eu", "ed", "ud1", "ud8", "le", "lu", "ld", "qe"),
    *("qu1", "qu8", "qd1", "qd8"),
)
#: Four-fermion operators of two equal currents.
IDENTICAL = ("ll", "qq1", "qq3", "ee", "uu", "dd")


def total(parts: Iterable[Mapping[str, Array]]) -> Coefficients:
    """The sum of several sets of coefficients."""
    out: Coefficients = {}
    for part in parts:
        for name, value in part.items():
            out[name] = out[name] + value if name in out else value
    return out


def scaled(part: Mapping[str, Array], factor: Array) -> Coefficients:
    """A set of coefficients times a number."""
    return {name: factor * value for name, value in part.items()}


def dagger(matrix: Array) -> Array:
    """The Hermitian conjugate of a matrix."""
    return matrix.conj().T


def outer(a: Array, b: Array) -> Array:
    """The tensor ``a[p, r] b[s, t]``."""
    return namespace(a).einsum("pr,st->prst", a, b)


def crossed(a: Array, b: Array) -> Array:
    """The tensor ``a[p, t] b[s, r]``: the product after a vector-current Fierz identity."""
    return namespace(a).einsum("pt,sr->prst", a, b)


def conjugate4(tensor: Array) -> Array:
    """The coefficient of the Hermitian conjugate operator: ``C*[r, p, t, s]``."""
    return tensor.conj().transpose(1, 0, 3, 2)


def symmetrise(coefficients: Mapping[str, Array]) -> Coefficients:
    """Project every tensor on the symmetry of its operator; the Lagrangian is unchanged.

    Identical currents are averaged over their exchange; ``ee``, ``uu`` and ``dd`` keep a colour or
    SU(2) structure each, so that only ``ee`` is also averaged over the exchange of its second and
    fourth index.  Hermitian operators are averaged with their conjugates (a no-op for a correct
    result).
    """
    out: Coefficients = {}
    for name, c in coefficients.items():
        if name in HERMITIAN2:
            c = 0.5 * (c + dagger(c))
        elif name in HERMITIAN4:
            c = 0.5 * (c + conjugate4(c))
        elif name in IDENTICAL:
            c = 0.5 * (c + conjugate4(c))
            c = 0.5 * (c + c.transpose(2, 3, 0, 1))
            if name == "ee":
                c = 0.5 * (c + c.transpose(0, 3, 2, 1))
        out[name] = c
    return out
