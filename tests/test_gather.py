"""Picking entries and sparse sums, and their gradients in reverse mode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.common.arrays import double_precision
from muoquark.common.gather import Gather, PaddedSum, SparseSum, once, points_first, points_last


def sparse(rng, shape=(40, 12)):
    matrix = rng.normal(size=shape) * (rng.uniform(size=shape) < 0.2)
    matrix[:, 4] = 0
    return matrix


def test_padded_sum_is_a_matrix_product():
    rng = np.random.default_rng(3)
    matrix = sparse(rng)
    rows, columns = np.nonzero(matrix)
    x = rng.normal(size=(40, 5))
    found = PaddedSum.of(rows, columns, matrix[rows, columns], 12).apply(x, np)
    assert np.allclose(found, matrix.T @ x, atol=0)


def test_long_lists_are_added_too():
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(300, 9)) * (rng.uniform(size=(300, 9)) < np.linspace(0, 1, 9))
    rows, columns = np.nonzero(matrix)
    x = rng.normal(size=(300, 2, 3))
    found = PaddedSum.of(rows, columns, matrix[rows, columns], 9).apply(x, np)
    assert np.allclose(found, np.tensordot(matrix.T, x, 1), atol=1e-12)


def test_points_first_and_last():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert points_last(x).shape == (4, 2, 3)
    assert np.array_equal(points_first(points_last(x)), x)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_entries_are_picked(index):
    x = np.arange(14.0).reshape(7, 2) + 1
    assert np.array_equal(Gather(np.array(index), 7)(x, np), x[index])


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
    x, weight = rng.normal(size=(40, 3)), rng.normal(size=7)

    def total(x):
        return (weight @ pick(add(x, xp), xp) ** 2).sum()

    with double_precision():
        value, slope = jax.jit(jax.value_and_grad(total))(x)
        many = jax.vmap(jax.grad(lambda one: total(one[:, None])))(x.T).T
    picked = (matrix.T @ x)[index]
    by_entry = np.zeros((12, 3))
    np.add.at(by_entry, index, 2 * picked * weight[:, None])
    assert float(value) == pytest.approx((weight @ picked**2).sum(), rel=1e-12, abs=0)
    assert np.allclose(slope, matrix @ by_entry, rtol=1e-12, atol=1e-14)
    assert np.allclose(many, slope, rtol=1e-12, atol=1e-14)


def test_what_is_stored_is_computed_once():
    """A loop over many rows takes a sum from memory; values and gradients are the same."""
    import jax
    import jax.numpy as xp

    def function(x):
        return (once(xp.sin(x), xp)[np.array([0, 0, 1])] ** 2).sum()

    x = np.arange(6.0).reshape(2, 3)
    with double_precision():
        program = jax.jit(function).lower(x).compile().as_text()
        value, slope = jax.jit(jax.value_and_grad(function))(x)
        many = jax.jit(jax.vmap(function))(np.stack([x, x]))
    assert "inlineable" in program and "optimization-barrier" not in program
    expected = np.sin(x) ** 2
    assert float(value) == pytest.approx(2 * expected[0].sum() + expected[1].sum(), abs=1e-12)
    assert np.allclose(slope[0], 2 * np.sin(2 * x[0]), atol=1e-12)
    assert np.allclose(many, value, atol=1e-12)
    assert once(x) is x
