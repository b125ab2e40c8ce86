"""One pass from coefficients to ln L: numbers of before, and numpy beside JAX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from muoquark.common.arrays import double_precision
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.source import read
from muoquark.likelihood.forward import Forward
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.recorded import likelihood_of

# ln L - ln L_SM of the blocks at the points of `points_of`, at 3 TeV, written by the commit before
# the likelihood was taken apart (218ce4b).
BEFORE = Path(__file__).parent / "data" / "loglike-before-parts.npz"
# Rounding: a_e is known to 1e-10 of its value, so that ln L of the block `leptons` moves by 1e-6 if
# the last bit of a mean does, as it does from one library of linear algebra to another.  On the
# machine that wrote the file all numbers are the same to the last bit.
ROUNDING = 1e-5
SEMILEPTONIC = tuple("lq1 lq3 lequ phil eu lu ephi eB eW ll_ le_".split())


def points_of(inputs, number=200, seed=20261130):
    """Random coefficients: a few large ones, and all with leptons small, in turn."""
    rng = np.random.default_rng(seed)
    found = np.zeros((number, len(inputs)))
    leptons = [k for k, name in enumerate(inputs) if name.startswith(SEMILEPTONIC)]
    for i in range(number):
        if i % 2 == 0:
            k = rng.choice(len(inputs), size=5, replace=False)
            found[i, k] = rng.normal(size=5) * 10 ** rng.uniform(-10, -8, size=5)
        else:
            found[i, leptons] = rng.normal(size=len(leptons)) * 10 ** rng.uniform(-12, -9.3)
    return found


@pytest.mark.parametrize("chain", ["full", "smelli"])
@pytest.mark.parametrize("snapshot", ["2021-07", "2026-06"])
def test_numbers_are_those_of_before(snapshot, chain):
    with np.load(BEFORE) as stored:
        before = stored[f"{snapshot}/{chain}"]
    likelihood = Likelihood(snapshot, chain)
    points = points_of(likelihood.evolution.inputs)
    found = likelihood.forward(3000.0).evaluate(points).parts[:, : len(likelihood.blocks)]
    assert found.shape == before.shape == (200, 13)
    assert np.all(np.abs(found - before) <= ROUNDING + 1e-9 * np.abs(before))
    # most of them are ordinary points, of which nothing is larger than the rounding
    ordinary = np.abs(before).sum(axis=1) < 1e4
    assert ordinary.sum() > 40
    assert np.median(np.abs(found - before)[ordinary]) < 1e-12


def test_numpy_and_jax_are_one_pass():
    """The same object evaluates both; JAX iterates the CKM scheme six times instead of ten."""
    import jax
    import jax.numpy as xp

    likelihood = Likelihood("2026-06", "smelli")
    inputs = ("lq1_2223:Re", "lq3_2223:Re", "lq1_2223:Im")
    rng = np.random.default_rng(3)
    points = 1e-9 * rng.normal(size=(5, 3))
    plain: Forward = likelihood.forward(3000.0, inputs)
    small = likelihood.compiled(3000.0, inputs, points)
    ours = plain.evaluate(points)
    with double_precision():
        both = jax.jit(lambda p: (small.evaluate(p, xp), small.total(p, xp)))
        theirs, total = both(xp.asarray(points))
        total = np.asarray(total)
    assert np.allclose(theirs.parts, ours.parts, rtol=0, atol=1e-3)
    assert np.array_equal(np.asarray(theirs.status), ours.status)
    assert np.allclose(theirs.ckm, ours.ckm, rtol=1e-7, atol=0)
    count = len(likelihood.blocks)
    assert np.allclose(total, np.asarray(theirs.parts)[:, :count].sum(axis=1), rtol=0, atol=1e-9)
    # the specialised pass is smaller, and the plain one a reference for it
    assert small.channels[0].map.rows.shape[0] < 200 < plain.channels[0].map.below.match.shape[0]


def test_without_a_snapshot_the_ckm_matrix_is_that_of_the_tables():
    from muoquark.running.ckm_expansion import REFERENCE
    from toy_part import counting

    likelihood = Likelihood(counting())
    found = likelihood.forward(3000.0).evaluate(np.zeros((2, len(likelihood.evolution.inputs))))
    assert np.array_equal(found.ckm, np.tile(REFERENCE, (2, 1)))
    assert np.array_equal(found.status, [0, 0]) and np.array_equal(found.parts, np.zeros((2, 1)))


def test_a_fixed_ckm_matrix():
    """It stays what it is in the SM, where the extraction moves it; numpy and JAX agree."""
    card = read(
        {
            "scale": 1000.0,
            "basis": "Warsaw",
            "coefficients": {
                "lq3_2212": {"Re": {"free": [-2e-8, 2e-8], "name": "a"}, "Im": 0},
                "lq3_2223": {"Re": {"free": [-1e-9, 1e-9], "name": "b"}, "Im": 0},
            },
        }
    )
    fitted, fixed = Likelihood("2021-07"), Likelihood("2021-07", fix_ckm=True)
    theta = np.array([[1.5e-8, 2e-10], [-1e-8, 5e-10]])
    names = ("Vus", "Vub", "Vcb", "gamma")
    for one in theta:
        point = card.point({"a": one[0], "b": one[1]})
        here, there = fitted(point), fixed(point)
        sm = fixed(card.point({"a": 0.0, "b": 0.0}))
        moved = [abs(here.ckm[n] / sm.ckm[n] - 1) for n in names]
        assert max(moved) > 1e-4
        assert there.ckm == sm.ckm
        assert sm.ckm == pytest.approx(fitted(card.point({"a": 0.0, "b": 0.0})).ckm, abs=1e-12)
        assert abs(there.total - here.total) > 1e-4
        assert sm.total == pytest.approx(0.0, abs=1e-9)
    objective = CardLikelihood.of(fixed, card)
    expected = [fixed(card.point({"a": a, "b": b})).total for a, b in theta]
    assert np.allclose(objective.total(theta), expected, rtol=1e-6, atol=1e-4)
    assert fixed.identity()["fix_ckm"] is True
    assert likelihood_of(fixed.identity()).fix_ckm
