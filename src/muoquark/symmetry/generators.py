"""Generators of SU(3) and SU(2) as matrices, in the bases in which the Lagrangian is written.

Colour triplets have the Gell-Mann matrices, isospin doublets the Pauli matrices and triplets the
Cartesian basis, (T^A)_BC = -i eps_ABC, so that sigma^A contracts with a triplet's index.  Larger
representations have no tensor that contracts them, but ``delta`` with their conjugate.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from jaxtyping import Complex

from muoquark.symmetry.content import Field
from muoquark.symmetry.groups import COLOURS, su3_dimension

__all__ = [
    "EPS",
    "EPS3",
    "GELL_MANN",
    "SIGMA",
    "colour_generators",
    "components",
    "field_generators",
    "isospin_generators",
]

#: Pauli matrices, [A][i][j].
SIGMA: Complex[np.ndarray, "3 2 2"] = np.array(
    [[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]
)
#: The antisymmetric tensor of two indices, eps_12 = +1.
EPS = np.array([[0.0, 1.0], [-1.0, 0.0]])
#: The antisymmetric tensor of three indices.
EPS3 = np.round(np.linalg.det(np.eye(3)[np.array([*np.ndindex(3, 3, 3)])])).reshape(3, 3, 3)


def _gell_mann() -> Complex[np.ndarray, "8 3 3"]:
    out = np.zeros((8, 3, 3), complex)
    for n, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        out[2 * n, i, j] = out[2 * n, j, i] = 1
        out[2 * n + 1, i, j], out[2 * n + 1, j, i] = -1j, 1j
    out[6] = np.diag([1, -1, 0])
    out[7] = np.diag([1, 1, -2]) / np.sqrt(3)
    return out


#: Gell-Mann matrices, [A][x][y].
GELL_MANN: Complex[np.ndarray, "8 3 3"] = _gell_mann()


@lru_cache(maxsize=16)
def colour_generators(colour: str) -> Complex[np.ndarray, "8 n n"]:
    """Return the eight generators of a colour representation.

    6 and 10 are the symmetric products of two and three triplets; the generators of a conjugate
    representation are -T^*, so that ``delta`` contracts it with the representation itself.
    """
    fundamental = GELL_MANN / 2
    if colour.endswith("bar"):
        return np.asarray(-colour_generators(colour.removesuffix("bar")).conj())
    if colour == "8":
        # [T^A, T^B] = i f^ABC T^C and (T^A)_BC = -i f^ABC
        commutator = np.einsum("Axy,Byz->ABxz", fundamental, fundamental)
        commutator = commutator - commutator.transpose(1, 0, 2, 3)
        return np.asarray(-2 * np.einsum("ABxz,Czx->ABC", commutator, fundamental))
    p, _ = COLOURS[colour]
    if p == 0:
        return np.zeros((8, 1, 1), complex)
    return _symmetric_power(fundamental, p)


def _symmetric_power(generators: Complex[np.ndarray, "8 n n"], power: int) -> np.ndarray:
    """Return the generators on the symmetric part of a product of equal representations."""
    size = generators.shape[1]
    sets = list(itertools.combinations_with_replacement(range(size), power))
    # columns are the normalised symmetric tensors
    basis = np.zeros((size,) * power + (len(sets),))
    for column, indices in enumerate(sets):
        orders = set(itertools.permutations(indices))
        for order in orders:
            basis[(*order, column)] = len(orders) ** -0.5
    flat = basis.reshape(-1, len(sets))
    out = []
    for matrix in generators:
        # all factors turn alike: power times the first one
        turned = power * np.tensordot(matrix, basis, 1).reshape(-1, len(sets))
        out.append(flat.T @ turned)
    return np.array(out)


@lru_cache(maxsize=16)
def isospin_generators(isospin: int) -> Complex[np.ndarray, "3 n n"]:
    """Return the three generators of the isospin representation of this dimension.

    From dimension four on T3 is diagonal, its largest value first.
    """
    if isospin == 2:
        return SIGMA / 2
    if isospin == 3:
        return np.asarray(-1j * EPS3)
    spin = (isospin - 1) / 2
    m = spin - np.arange(isospin)
    raising = np.diag(np.sqrt(spin * (spin + 1) - m[1:] * (m[1:] + 1)), 1).astype(complex)
    lowering = raising.T
    return np.array([(raising + lowering) / 2, (raising - lowering) / 2j, np.diag(m)])


def components(field: Field) -> tuple[tuple[int, int], ...]:
    """Return the pairs (colour, isospin) of a field's components, in their order."""
    return tuple(np.ndindex(su3_dimension(COLOURS[field.colour]), field.isospin))


def field_generators(field: Field, dagger: bool = False) -> dict[str, Complex[np.ndarray, "n n"]]:
    """Return the generators of SU(3) and SU(2) on a field's components, or on its conjugate's.

    Keys are ``SU(3) T1`` to ``T8`` and ``SU(2) T1`` to ``T3``.
    """
    colours, isospins = colour_generators(field.colour), isospin_generators(field.isospin)
    out = {
        f"SU(3) T{n + 1}": np.kron(matrix, np.eye(field.isospin))
        for n, matrix in enumerate(colours)
    }
    out |= {
        f"SU(2) T{n + 1}": np.kron(np.eye(colours.shape[1]), matrix)
        for n, matrix in enumerate(isospins)
    }
    return {name: -matrix.conj() for name, matrix in out.items()} if dagger else out
