"""A sparse matrix as dense blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.running.blocks import DenseBlocks


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 30), st.floats(0, 1))
def test_blocks_are_the_matrix(seed, rows, columns, share):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns)) * (rng.uniform(size=(rows, columns)) < share)
    found = DenseBlocks.of(matrix)
    assert np.array_equal(found.dense() != 0, matrix != 0)
    assert np.allclose(found.dense(), matrix, rtol=1e-15, atol=0)
    x = rng.normal(size=(3, columns))
    assert np.allclose(found.apply(x, np), x @ matrix.T, rtol=1e-12, atol=1e-13)


def test_what_has_nothing_in_common_is_taken_apart():
    """Four blocks on the diagonal, mixed: a sixteenth of the whole each, and no more blocks."""
    rng = np.random.default_rng(1)
    matrix = np.kron(np.eye(4), rng.normal(size=(100, 100)))
    mixed = matrix[rng.permutation(400)][:, rng.permutation(400)]
    found = DenseBlocks.of(mixed)
    assert len(found.blocks) == 4
    assert sum(b.size for b in found.blocks) == 4 * 100 * 100
    assert np.allclose(found.dense(), mixed, rtol=1e-15, atol=0)


def test_a_full_matrix_is_one_block():
    assert len(DenseBlocks.of(np.random.default_rng(2).normal(size=(50, 60))).blocks) == 1


@pytest.mark.parametrize("shape", [(0, 5), (3, 5)])
def test_nothing(shape):
    found = DenseBlocks.of(np.zeros(shape))
    assert found.blocks == ()
    assert found.apply(np.ones((2, 5)), np).shape == (2, shape[0])
    assert not found.apply(np.ones((2, 5)), np).any()
