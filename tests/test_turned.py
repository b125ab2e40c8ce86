"""J in a few combinations of the directions, without its zeros: the same as the dense product."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muoquark.inference.global_likelihood import GlobalLikelihood
from muoquark.likelihood.responses.turned import Turned, clusters


@given(st.integers(0, 12), st.integers(1, 9), st.integers(0, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_every_entry_is_in_one_block(rows, columns, width, seed):
    pattern = np.random.default_rng(seed).uniform(size=(rows, columns)) < 0.4
    found = clusters(pattern, width)
    count = np.zeros(pattern.shape, dtype=int)
    for one in found:
        count[np.ix_(one.rows, one.columns)] += 1
    assert np.sort(np.concatenate([c.rows for c in found])).tolist() == list(range(rows))
    assert count.max(initial=0) <= 1
    assert not (pattern & (count == 0)).any()


@pytest.mark.parametrize("block", ["quarks", "rd_rds", "ewpt"])
def test_the_dense_product(block):
    likelihood = GlobalLikelihood("2026-11", theory_errors="point")
    jacobian = likelihood.roots[block].jacobian
    rng = np.random.default_rng(3)
    turns = [rng.normal(size=(jacobian.count + 4, r)) for r in (3, 1, 2)]
    turned = Turned.of(jacobian, turns)
    size = 0.1 * np.asarray(likelihood.snapshot.metadata["sizes"])
    low = size * rng.normal(size=(2, len(size)))
    ckm = np.asarray(jacobian.forms.ckm_centre) * (1 + 0.01 * rng.normal(size=(2, 4)))
    dense = jacobian(low, ckm)
    # observables differ by many orders of magnitude
    unit = np.abs(dense).max(axis=(0, 2), keepdims=True) + 1e-300
    for product, turn in zip(turned(low, ckm), turns, strict=True):
        expected = (dense @ turn)[:, turned.rows]
        scale = unit[:, turned.rows]
        np.testing.assert_allclose(product / scale, expected / scale, rtol=0, atol=1e-11)
    (first,) = turned.first(1)(low, ckm)
    scale = unit[:, turned.rows]
    np.testing.assert_allclose(first / scale, turned(low, ckm)[0] / scale, rtol=0, atol=1e-12)
    # most entries are zeros
    if block == "quarks":
        assert sum(c.size for c in turned.clusters) < 0.25 * dense[0].size
