"""Sets of flavour tensors of the Warsaw basis: sums, products, and the symmetries of operators.

A set of coefficients is a dictionary from families (:data:`muoquark.smeft.warsaw.FAMILIES`) to
arrays of numpy or JAX, one axis per flavour index in the order of the operator's name.  The
Lagrangian is the sum over *all* flavour indices (plus the Hermitian conjugate for the
non-Hermitian operators).  A name that is absent is zero.  Tensors need not have the symmetries of
their operators: `symmetrise` projects on them without changing the Lagrangian.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from muoquark.common.arrays import Array, Matrix3, Scalar, Tensor4, namespace
from muoquark.smeft.warsaw import FAMILIES

__all__ = [
    "Coefficients",
    "conjugate4",
    "crossed",
    "dagger",
    "outer",
    "scaled",
    "symmetrise",
    "total",
]

Coefficients = dict[str, Array]


def total(parts: Iterable[Mapping[str, Array]]) -> Coefficients:
    """Return the sum of several sets of coefficients."""
    out: Coefficients = {}
    for part in parts:
        for name, value in part.items():
            out[name] = out[name] + value if name in out else value
    return out


def scaled(part: Mapping[str, Array], factor: Scalar) -> Coefficients:
    """Return a set of coefficients times a number."""
    return {name: factor * value for name, value in part.items()}


def dagger(matrix: Matrix3) -> Matrix3:
    """Return the Hermitian conjugate of a matrix."""
    return matrix.conj().T


def outer(a: Matrix3, b: Matrix3) -> Tensor4:
    """Return the tensor ``a[p, r] b[s, t]``."""
    return namespace(a).einsum("pr,st->prst", a, b)


def crossed(a: Matrix3, b: Matrix3) -> Tensor4:
    """Return ``a[p, t] b[s, r]``: the product after a vector-current Fierz identity."""
    return namespace(a).einsum("pt,sr->prst", a, b)


def conjugate4(tensor: Tensor4) -> Tensor4:
    """Return the coefficient of the Hermitian conjugate operator: ``C*[r, p, t, s]``."""
    return tensor.conj().transpose(1, 0, 3, 2)


def symmetrise(coefficients: Mapping[str, Array]) -> Coefficients:
    """Project every tensor on the symmetry of its operator; the Lagrangian is unchanged.

    Hermitian families are averaged with their conjugates (a no-op for a correct result), then over
    each exchange of indices that leaves their operators as they are.  One average after the other
    is the average over all, since the exchanges form a group in which they commute.

    Raises
    ------
    KeyError
        For a name that is no family.
    """
    out: Coefficients = {}
    for name, c in coefficients.items():
        family = FAMILIES[name]
        if family.hermitian and family.rank:
            c = 0.5 * (c + (dagger(c) if family.rank == 2 else conjugate4(c)))
        for exchange in family.symmetries:
            c = 0.5 * (c + c.transpose(*exchange))
        out[name] = c
    return out
