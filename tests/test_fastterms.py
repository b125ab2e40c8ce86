"""Pdfs arranged for a compiler: the numbers of the plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.arrays import double_precision
from muoquark.likelihood.fastterms import FastTerms
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.terms import Terms


@pytest.fixture(scope="module")
def likelihood():
    return Likelihood("2026-06", "smelli")


@pytest.fixture(scope="module")
def points(likelihood):
    """Predictions within some errors of the SM; what was not measured stays."""
    error = np.nan_to_num(likelihood.error)
    away = np.random.default_rng(8).normal(size=(5, len(error)))
    return likelihood.sm_predictions + 2 * away * error


def test_numbers_are_those_of_the_plain_ones(likelihood, points):
    terms = likelihood.data.terms(likelihood.groups)
    fast = FastTerms.of(terms, points.shape[1])
    wanted = terms.log_likelihood(points)
    assert np.abs(wanted).max() > 100
    assert np.allclose(fast.log_likelihood(points), wanted, rtol=1e-9, atol=1e-5)
    assert np.allclose(fast.log_likelihood(points[0]), wanted[0], rtol=1e-9, atol=1e-5)
    assert np.array_equal(fast.outside(points), terms.outside(points))
    assert fast.blocks == terms.blocks


def test_groups_within_a_block_are_whitened_with_it(likelihood, points):
    terms = likelihood.data.terms(likelihood.groups)
    fast = FastTerms.of(terms, points.shape[1])
    plain = sum(len(observables) for observables, _, _ in terms.gaussian)
    own = sum(len(one.offset) for one in fast.gaussian)
    assert own < 0.7 * plain
    assert sum(len(one.owners) for one in fast.gaussian) == len(terms.gaussian)


def test_blocks_alone_have_the_same_bits(likelihood, points):
    """So that the whole ln L is the sum of what is shown of its parts."""
    blocks = likelihood.data.terms()
    fast = FastTerms.of(likelihood.data.terms(likelihood.groups), points.shape[1])
    alone = fast.restricted(blocks, points.shape[1])
    assert isinstance(alone.terms, Terms) and alone.blocks == likelihood.blocks
    count = len(blocks.blocks)
    whole = fast.log_likelihood(points)[:, :count]
    assert np.allclose(alone.log_likelihood(points), whole, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("reverse", [False, True])
def test_gradient(likelihood, points, reverse):
    import jax
    import jax.numpy as xp

    terms = likelihood.data.terms()
    fast = FastTerms.of(terms, points.shape[1], reverse)
    with double_precision():
        slope = np.asarray(jax.grad(lambda x: fast.log_likelihood(x, xp).sum())(points))
        wanted = np.asarray(jax.grad(lambda x: terms.log_likelihood(x, xp).sum())(points))
    unit = np.nan_to_num(likelihood.error)
    assert np.abs(wanted * unit).max() > 1
    assert np.allclose(slope * unit, wanted * unit, rtol=1e-9, atol=1e-6)


def test_the_sm_stays_zero(likelihood):
    judge = likelihood.judge
    raw = likelihood._sm_raw_predictions
    fast = judge.arranged(raw)
    assert np.array_equal(fast.parts(raw), np.zeros(len(fast.raw_sm)))
    assert fast.total(raw) == pytest.approx(0.0, abs=1e-9)
