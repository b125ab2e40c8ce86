"""Generators of SU(3) and SU(2) as matrices."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from muoquark.symmetry.content import Field
from muoquark.symmetry.generators import (
    EPS,
    EPS3,
    GELL_MANN,
    SIGMA,
    colour_generators,
    components,
    field_generators,
    isospin_generators,
)
from muoquark.symmetry.groups import COLOURS, su2_index, su3_dimension, su3_index


def structure_constants():
    """f^ABC as textbooks list them: f123 = 1, f458 = f678 = sqrt3/2, the other six +-1/2.

    The Gell-Mann matrices here are in the order (12), (13), (23) with 7 and 8 the diagonal ones.
    """
    standard = {
        (1, 2, 3): 1, (1, 4, 7): 0.5, (1, 6, 5): 0.5, (2, 4, 6): 0.5, (2, 5, 7): 0.5,
        (3, 4, 5): 0.5, (3, 7, 6): 0.5, (4, 5, 8): 3**0.5 / 2, (6, 7, 8): 3**0.5 / 2,
    }  # fmt: skip
    here = {1: 0, 2: 1, 4: 2, 5: 3, 6: 4, 7: 5, 3: 6, 8: 7}
    f = np.zeros((8, 8, 8))
    for letters, value in standard.items():
        for order in itertools.permutations(range(3)):
            sign = np.linalg.det(np.eye(3)[list(order)])
            f[tuple(here[letters[k]] for k in order)] = sign * value
    return f


def commutators(t):
    product = np.einsum("Aij,Bjk->ABik", t, t)
    return product - product.transpose(1, 0, 2, 3)


@pytest.mark.parametrize("colour", COLOURS)
def test_colour_generators_are_a_representation(colour):
    t = colour_generators(colour)
    assert t.shape == (8, su3_dimension(COLOURS[colour]), su3_dimension(COLOURS[colour]))
    assert t == pytest.approx(t.conj().transpose(0, 2, 1), rel=0, abs=1e-14)
    wanted = 1j * np.einsum("ABC,Cik->ABik", structure_constants(), t)
    assert commutators(t) == pytest.approx(wanted, rel=0, abs=1e-13)
    index = np.einsum("Aij,Bji->AB", t, t)
    assert index == pytest.approx(float(su3_index(COLOURS[colour])) * np.eye(8), rel=0, abs=1e-13)


@pytest.mark.parametrize("isospin", range(1, 8))
def test_isospin_generators_are_a_representation(isospin):
    t = isospin_generators(isospin)
    assert t.shape == (3, isospin, isospin)
    assert t == pytest.approx(t.conj().transpose(0, 2, 1), rel=0, abs=1e-14)
    wanted = 1j * np.einsum("ABC,Cik->ABik", EPS3, t)
    assert commutators(t) == pytest.approx(wanted, rel=0, abs=1e-13)
    index = np.einsum("Aij,Bji->AB", t, t)
    assert index == pytest.approx(float(su2_index(isospin)) * np.eye(3), rel=0, abs=1e-13)
    third = np.sort(np.linalg.eigvalsh(t[2]))
    assert third == pytest.approx(np.arange(isospin) - (isospin - 1) / 2, rel=0, abs=1e-13)


@pytest.mark.parametrize("colour", [name for name in COLOURS if name.endswith("bar")])
def test_the_conjugate_representation_is_that_of_the_conjugate_field(colour):
    plain = colour_generators(colour.removesuffix("bar"))
    assert colour_generators(colour) == pytest.approx(-plain.conj(), rel=0, abs=0)
    assert colour_generators(colour) == pytest.approx(-plain.transpose(0, 2, 1), rel=0, abs=1e-14)


def test_the_adjoint_is_real():
    """T = -T^*: an octet and its conjugate have the same indices, and so have triplets."""
    for t in (colour_generators("8"), isospin_generators(3)):
        assert t.real == pytest.approx(np.zeros(t.shape), rel=0, abs=1e-15)


def test_the_diagonal_generators_are_in_the_order_of_the_components():
    third = np.diag(isospin_generators(4)[2])
    assert third == pytest.approx([1.5, 0.5, -0.5, -1.5], rel=1e-15, abs=0)
    assert np.diag(SIGMA[2]) == pytest.approx([1, -1], rel=0, abs=0)
    assert np.diag(GELL_MANN[6]) == pytest.approx([1, -1, 0], rel=0, abs=0)
    hypercharge = np.diag(GELL_MANN[7]) * 3**0.5
    assert hypercharge == pytest.approx([1, 1, -2], rel=1e-15, abs=0)


def test_tensors_are_those_of_the_conventions():
    assert EPS.tolist() == [[0, 1], [-1, 0]]
    assert pytest.approx(1j * SIGMA[1], rel=0, abs=0) == EPS
    assert (EPS3[0, 1, 2], EPS3[1, 0, 2], EPS3[0, 0, 2]) == (1, -1, 0)
    assert np.abs(EPS3).sum() == 6
    assert np.einsum("Aij,Bji->AB", GELL_MANN, GELL_MANN) == pytest.approx(
        2 * np.eye(8), rel=0, abs=1e-14
    )


@pytest.mark.parametrize(
    ("colour", "isospin"), [("3", 2), ("3bar", 3), ("1", 2), ("8", 4), ("6", 1)]
)
def test_generators_of_a_field_act_on_colour_and_isospin_apart(colour, isospin):
    field = Field("psi", "scalar", colour, isospin, Fraction(0), (0,))
    n = su3_dimension(COLOURS[colour])
    assert components(field) == tuple((c, t) for c in range(n) for t in range(isospin))
    action = field_generators(field)
    assert list(action) == [f"SU(3) T{k}" for k in range(1, 9)] + [f"SU(2) T{k}" for k in (1, 2, 3)]
    for k in range(8):
        there = action[f"SU(3) T{k + 1}"].reshape(n, isospin, n, isospin)
        wanted = np.einsum("ab,ij->aibj", colour_generators(colour)[k], np.eye(isospin))
        assert there == pytest.approx(wanted, rel=0, abs=0)
    for k in range(3):
        there = action[f"SU(2) T{k + 1}"].reshape(n, isospin, n, isospin)
        wanted = np.einsum("ab,ij->aibj", np.eye(n), isospin_generators(isospin)[k])
        assert there == pytest.approx(wanted, rel=0, abs=0)
    conjugate = field_generators(field, dagger=True)
    for name, matrix in action.items():
        assert conjugate[name] == pytest.approx(-matrix.conj(), rel=0, abs=0)
        # phi^dag phi is invariant
        assert conjugate[name].T + matrix == pytest.approx(0 * matrix, rel=0, abs=1e-14)
