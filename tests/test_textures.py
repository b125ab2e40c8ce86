"""Neutrino textures: generic ranks against random matrices."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.catalogue import labelled, solutions
from muoquark.symmetry.conditions import phi_candidates
from muoquark.symmetry.textures import connected, generic_rank, seesaw_texture

TEN = [a for s in solutions(10) for a in labelled(s)]


def random_with(pattern, rng, symmetric):
    matrix = rng.uniform(0.5, 2, (3, 3)) * np.exp(2j * np.pi * rng.uniform(size=(3, 3)))
    if symmetric:
        matrix = np.triu(matrix) + np.triu(matrix, 1).T
    return np.where(pattern, matrix, 0)


@given(st.sampled_from(TEN), st.integers(0, 5), st.integers(0, 100))
def test_patterns_agree_with_random_matrices(assignment, which, seed):
    candidates = phi_candidates(assignment) or (1,)
    texture = seesaw_texture(assignment, candidates[which % len(candidates)])
    rng = np.random.default_rng(seed)
    dirac = random_with(texture.dirac, rng, symmetric=False)
    majorana = random_with(texture.majorana, rng, symmetric=True)
    assert np.linalg.matrix_rank(dirac) == generic_rank(texture.dirac)
    rank = np.linalg.matrix_rank(majorana)
    assert rank == generic_rank(texture.majorana)
    if rank == 3:
        light = dirac @ np.linalg.inv(majorana) @ dirac.T
        assert np.array_equal(np.abs(light) > 1e-9, np.array(texture.light))
        assert np.linalg.matrix_rank(light) == texture.masses
        if texture.masses == 3:
            inverse = np.linalg.inv(light)
            assert np.array_equal(np.abs(inverse) > 1e-9, np.array(texture.inverse_light))
    else:
        assert texture.masses == 0


def test_b_minus_3l_mu():
    charges = Assignment((1, 1, 1), *3 * ((0, -9, 0),))
    texture = seesaw_texture(charges, 9)
    assert texture.bare == ((True, False, True), (False, False, False), (True, False, True))
    assert texture.from_phi == ((False, True, False), (True, False, True), (False, True, False))
    assert texture.complete
    assert texture.inverse_light == ((True, True, True), (True, False, True), (True, True, True))
    assert not seesaw_texture(charges).complete
    assert seesaw_texture(charges).masses == 0


def test_connected():
    assert connected(((True, True, False), (True, False, True), (False, True, False)))
    assert not connected(((True, False, True), (False, True, False), (True, False, True)))
