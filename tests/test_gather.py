"""Picking entries and sparse sums, and their gradients in reverse mode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.common.arrays import double_precision
from muoquark.common.gather import Gather, PaddedSum, SparseSum


def sparse(rng, shape=(40, 12)):
    matrix = rng.normal(size=shape) * (rng.uniform(size=shape) < 0.2)
    matrix[:, 4] = 0
    return matrix


def test_padded_sum_is_a_matrix_product():
    rng = np.random.default_rng(3)
    matrix = sparse(rng)
    rows, columns = np.nonzero(matrix)
    x = rng.normal(size=(5, 40))
    found = PaddedSum.of(rows, columns, matrix[rows, columns], 12).apply(x, np)
    assert np.allclose(found, x @ matrix, atol=0)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_entries_are_picked(index):
    x = np.arange(14.0).reshape(2, 7) + 1
    assert np.array_equal(Gather(np.array(index), 7)(x, np), x[:, index])


@pytest.mark.parametrize("reverse", [False, True])
def test_gradients(reverse):
    """Of a function of both, against the matrices: entries that occur twice, and never."""
    import jax
    import jax.numpy as xp

    rng = np.random.default_rng(4)
    matrix, index = sparse(rng), np.array([3, 3, 0, 11, 5, 3, 4])
    rows, columns = np.nonzero(matrix)
    pick = Gather(index, 12, reverse)
    add = SparseSum(rows, columns, matrix[rows, columns], (40, 12), reverse)
    x, weight = rng.normal(size=(3, 40)), rng.normal(size=7)

    def total(x):
        return (pick(add(x, xp), xp) ** 2 @ weight).sum()

    with double_precision():
        value, slope = jax.jit(jax.value_and_grad(total))(x)
        many = jax.vmap(jax.grad(lambda one: total(one[None])))(x)
    picked = (x @ matrix)[:, index]
    by_entry = np.zeros((3, 12))
    np.add.at(by_entry.T, index, (2 * picked * weight).T)
    assert float(value) == pytest.approx((picked**2 @ weight).sum(), rel=1e-12, abs=0)
    assert np.allclose(slope, by_entry @ matrix.T, rtol=1e-12, atol=1e-14)
    assert np.allclose(many, slope, rtol=1e-12, atol=1e-14)
