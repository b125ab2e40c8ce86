"""Data sets: combined measurements of Gaussian blocks, several sets as one, what is left."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.likelihood.constraint import Constraint, marginal
from muoquark.likelihood.dataset import DataSet, combine, joined
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import HalfNormal, MomentsOnly, MultivariateNormal, Normal, Tabulated
from muoquark.likelihood.snapshots import load_snapshot


def normal(observables, mean, covariance, block="a", name="m"):
    pdf = MultivariateNormal(np.array(mean), np.array(covariance))
    return Constraint(block, name, tuple(observables), pdf)


def named(count, prefix="o"):
    return tuple(Observable(f"{prefix}{k}") for k in range(count))


def test_combination_is_the_weighted_mean():
    found = combine([normal([3], [1.0], [[0.04]]), normal([3], [2.0], [[0.01]])], [3])
    assert found.mean[0] == close((1 / 0.04 + 2 / 0.01) / 125)
    assert found.covariance[0, 0] == close(1 / 125)


def test_combination_profiles_correlations():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(3, 3))
    b = rng.normal(size=(2, 2))
    first, second = a @ a.T + np.eye(3), b @ b.T + np.eye(2)
    x, y = rng.normal(size=3), rng.normal(size=2)
    found = combine([normal([5, 6, 7], x, first), normal([7, 5], y, second)], [5, 6, 7])
    pick = np.array([[0, 0, 1], [1, 0, 0.0]])
    weight = np.linalg.inv(first) + pick.T @ np.linalg.inv(second) @ pick
    assert np.allclose(np.linalg.inv(found.covariance), weight, atol=0)
    assert np.allclose(
        weight @ found.mean, np.linalg.inv(first) @ x + pick.T @ np.linalg.inv(second) @ y, atol=0
    )


def test_moments_stand_for_a_pdf_in_a_gaussian_block():
    """Those that a snapshot has stored, else those of the pdf."""
    x = np.linspace(-6, 6, 4001)
    table = Tabulated.of(1 + x, np.exp(-0.5 * x**2))
    found = combine([Constraint("a", "m", (0,), table, (2.0, 0.25))], [0])
    assert found.mean[0] == 2.0 and found.covariance[0, 0] == close(0.25)
    found = combine([Constraint("a", "m", (0,), table)], [0])
    assert found.mean[0] == close(1, rel=1e-5) and found.covariance[0, 0] == close(1, rel=1e-4)
    found = combine([Constraint("a", "m", (0,), HalfNormal(0.0, 2.0))], [0])
    assert found.mean[0] == close(2 * np.sqrt(2 / np.pi))
    assert found.covariance[0, 0] == close(4 * (1 - 2 / np.pi))


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_gaussian_blocks_are_measurements_and_theory(name):
    data = load_snapshot(name).data
    assert set(data.gaussian) == set(data.measured) == set(data.theory)
    for block, one in data.gaussian.items():
        own = data.of_block(block)
        assert own and all(c.block == block for c in own)
        alone = combine(own, data.blocks[block])
        assert np.array_equal(one.mean, alone.mean)
        assert np.array_equal(one.covariance, alone.covariance + data.theory[block])
        assert np.array_equal(data.measured[block].covariance, alone.covariance)
    rest = {c.block for c in data.rest}
    assert rest | set(data.theory) == set(data.blocks) and not rest & set(data.theory)


def two():
    """A set with a Gaussian block and another one, and a set of one block."""
    first = DataSet(
        named(4),
        (
            normal([2, 0], [1.0, 2.0], np.diag([0.25, 1.0]), "fast", "m"),
            Constraint("slow", "n", (1,), Normal(0.5, 0.1)),
        ),
        {"fast": (2, 0), "slow": (1,)},
        {"fast": np.array([[0.5, 0.1], [0.1, 0.7]])},
        {"m": {"inspire": "A:2020"}},
    )
    second = DataSet(
        named(2, "p"),
        (Constraint("limits", "l", (1,), HalfNormal(0.0, 0.3)),),
        {"limits": (1,)},
        {},
        {"l": {"inspire": "B:2021"}},
    )
    return first, second


def test_joined_sets_stand_one_behind_the_other():
    first, second = two()
    for sets, at in (((first, second), (0, 4)), ((second, first), (2, 0))):
        whole = joined(sets)
        assert whole.observables == tuple(o for one in sets for o in one.observables)
        names = [{whole.observables[o].name for o in c.observables} for c in whole.constraints]
        assert sorted(map(sorted, names)) == [["o0", "o2"], ["o1"], ["p1"]]
        by = dict(zip(("first", "second"), at, strict=True))
        assert whole.blocks["fast"] == (2 + by["first"], by["first"])
        assert whole.blocks["slow"] == (1 + by["first"],)
        assert whole.blocks["limits"] == (1 + by["second"],)
        (joint,) = whole.of_block("fast")
        assert joint.observables == (2 + by["first"], by["first"])
        assert set(whole.info) == {"m", "l"}
        # ln L of the joined predictions is that of the sets.
        x = {id(first): np.array([0.1, 0.2, 0.3, 9.0]), id(second): np.array([7.0, 0.2])}
        found = whole.terms().log_likelihood(np.concatenate([x[id(one)] for one in sets]))
        expected = np.concatenate([one.terms().log_likelihood(x[id(one)]) for one in sets])
        assert found == close(expected, rel=1e-12)
        assert list(whole.blocks) == [name for one in sets for name in one.blocks]
    # Positions count from the whole, also with a third one.
    third = joined((first, second, second))
    assert third.constraints[-1].observables == (7,)
    assert joined([first]) is first


def test_shifted_keeps_the_rest():
    c = Constraint("a", "m", (3, 1), MultivariateNormal(np.zeros(2), np.eye(2)), (1.0, 2.0))
    moved = c.shifted(10)
    assert moved.observables == (13, 11)
    assert (moved.block, moved.measurement, moved.pdf, moved.kept) == ("a", "m", c.pdf, c.kept)


def test_marginal_constraints():
    covariance = np.array([[1.0, 0.2, 0.3], [0.2, 2.0, 0.4], [0.3, 0.4, 3.0]])
    own = [
        normal([5, 6, 7], [1.0, 2.0, 3.0], covariance),
        Constraint("a", "n", (6,), HalfNormal(0.0, 1.0), (0.1, 0.2)),
        Constraint("a", "l", (9,), Normal(0.0, 1.0)),
    ]
    pair, limit = marginal(own, [7, 6], "new")
    assert pair.block == limit.block == "new"
    assert pair.observables == (6, 7)
    assert np.array_equal(pair.pdf.covariance, covariance[1:, 1:])
    assert limit.observables == (6,) and limit.pdf is own[1].pdf and limit.kept == (0.1, 0.2)
    (single,) = marginal(own, [5], "new")
    assert isinstance(single.pdf, Normal) and (single.pdf.mean, single.pdf.variance) == (1.0, 1.0)


def test_what_is_no_longer_measured_leaves_its_block():
    first, _ = two()
    only = normal([0], [2.0], [[1.0]], "fast", "new")
    slow = first.of_block("slow")[0]
    left = first.with_constraints([only, slow], {0, 2}, {"new": {"inspire": "C:2022"}})
    assert left.blocks == {"fast": (0,), "slow": (1,)}
    assert np.array_equal(left.theory["fast"], [[0.7]])
    assert left.gaussian["fast"].covariance == close(np.array([[1.7]]))
    assert set(left.info) == {"m", "new"}
    assert first.blocks["fast"] == (2, 0)  # as it was
    with pytest.raises(InputError, match="no measurement is left in the block 'slow'"):
        first.with_constraints([only], {0, 1, 2}, {})


def test_moments_alone_are_a_gaussian():
    """A joint table of which mean and covariance are kept, in a Gaussian block."""
    pdf = MomentsOnly(np.array([1.0, 2.0]), np.array([[1.0, 0.3], [0.3, 2.0]]), np.array([0.9, 2]))
    found = combine([Constraint("a", "m", (1, 0), pdf)], [0, 1])
    assert found.mean == close([2, 1])
    assert found.covariance == close(np.array([[2.0, 0.3], [0.3, 1.0]]))
