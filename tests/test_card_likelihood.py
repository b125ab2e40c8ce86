"""The compiled likelihood of a card: which programs are made, and what one pass gives at once."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.inference import chunks as chunks_of
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.chunks import Chunks
from muoquark.inference.goodness.nuisances import pulled
from muoquark.inference.objective import Restricted
from muoquark.inference.source import read
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.card_file import parse_card

SIZE = 4


@pytest.fixture
def traced():
    """Return the shapes that a function was traced for, and its chunks."""
    shapes = []

    def function(points):
        shapes.append(points.shape)
        return points.sum(axis=-1), points**2

    return shapes, Chunks(function, SIZE)


def test_few_single_points_are_worth_no_program(traced, monkeypatch):
    shapes, chunks = traced
    monkeypatch.setattr(chunks_of, "SINGLES", 2)
    points = np.arange(14.0).reshape(7, 2)
    total, squares = chunks(points)
    assert (total == points.sum(axis=1)).all() and (squares == points**2).all()
    assert set(shapes) == {(SIZE, 2)}
    for k in range(2):
        assert chunks(points[k])[0].tolist() == [close(points[k].sum())]
    assert set(shapes) == {(SIZE, 2)}
    assert chunks(points[3], [1])[0].tolist() == [list(points[3] ** 2)]
    assert set(shapes) == {(SIZE, 2), (1, 2)}


def test_single_points_alone_need_no_program_of_a_batch(traced):
    shapes, chunks = traced
    assert chunks(np.array([1.0, 2.0]))[0].tolist() == [close(3.0)]
    assert set(shapes) == {(1, 2)}


def test_total_and_predictions_of_one_pass():
    objective = CardLikelihood.of(Likelihood("2021-07"), read("plane"))
    low, high = np.array(objective.bounds).T
    points = low + (high - low) * np.random.default_rng(2).uniform(size=(5, 2))
    total, predictions = objective.total_and_predictions(points)
    assert (total == objective.total(points)).all()
    assert (predictions == objective.predictions(points)).all()
    held = Restricted(objective, {objective.parameters[0].name: points[0, 0]})
    total, predictions = held.total_and_predictions(points[:1, 1:])
    assert total == pytest.approx(objective.total(points[:1]), abs=1e-12)
    assert predictions.shape == (1, objective.predictions(points[:2]).shape[1])


def test_no_gradient_where_no_theory_errors_follow_the_point():
    """Nothing is asked of the objective, whose gradient would be seconds of compiling."""
    likelihood = Likelihood("2021-07", theory_errors="sm")
    assert (
        pulled(likelihood, None, np.zeros(0), likelihood.sm_predictions, object(), object()) == ()
    )


def test_the_pass_is_made_when_a_trace_asks_for_it_first():
    """The matching is then evaluated with numbers: its own program is read with them."""
    import jax

    entry = "{{Re: {{free: [-0.1, 0.1], name: r{k}}}, Im: {{free: [-0.1, 0.1], name: i{k}}}}}"
    rows = ["[" + ", ".join(entry.format(k=3 * n + m) for m in range(3)) + "]" for n in range(3)]
    card = parse_card(
        "model: generic\nmasses: {S1: 3000.0, S3: 3000.0}\nmu_M: 3000.0\n"
        f"couplings:\n  eta3L: [{', '.join(rows)}]\n"
    )
    likelihood = Likelihood("2026-06")
    function = CardLikelihood.of(likelihood, card)
    assert function.polynomial is None
    with jax.enable_x64(True):
        jax.eval_shape(function.evaluate, jax.ShapeDtypeStruct((2, 18), float))
    theta = 1e-3 * np.random.default_rng(1).normal(size=18)
    forward, inputs = function.full(likelihood, theta)
    with jax.enable_x64(True):
        kept = function.forward.total(np.asarray(function._inputs(theta[None], np)), np)
    assert float(kept[0]) == pytest.approx(float(forward.total(inputs)), abs=2e-3)
