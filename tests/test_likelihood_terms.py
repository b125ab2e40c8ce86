"""ln L of the blocks as functions of the predictions, and of groups of their observables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closeness import close
from muoquark.common.arrays import double_precision
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet, combine
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import (
    Asymmetric,
    Gamma,
    GeneralGamma,
    HalfNormal,
    MultivariateNormal,
    Normal,
    Numerical,
    Poisson,
    Tabulated,
)
from muoquark.likelihood.pdfs.pdf import Pdf
from muoquark.likelihood.snapshots import load_snapshot
from muoquark.likelihood.terms import Terms


def normal(observables, mean, covariance, block="a", name="m"):
    pdf = MultivariateNormal(np.array(mean), np.array(covariance))
    return Constraint(block, name, tuple(observables), pdf)


def data_of(*constraints, n=1, theory=None):
    observables = tuple(Observable(f"o{k}") for k in range(n))
    return DataSet(observables, constraints, {"a": tuple(range(n))}, theory or {})


def terms_of(*constraints, n=1):
    return data_of(*constraints, n=n).terms()


ALL = (
    Normal(1.0, 0.3),
    Asymmetric(1.0, 0.5, 2.0),
    Asymmetric(0.0, 0.2, 0.3),
    HalfNormal(0.0, 2.0),
    HalfNormal(1.0, -0.5),
    Gamma(1.0, 0.0, 2.0),
    Gamma(3.0, -1.0, 2.0),
    GeneralGamma(4.0, -1.5, 0.5, 0.8),
    Numerical([0.0, 1.0, 1.5, 4.0], [0.1, 0.8, 1.0, 0.05]),
    Tabulated.of(np.linspace(-3, 3, 301), np.exp(-np.abs(np.linspace(-3, 3, 301)))),
    Poisson(5.0, 3.0, 1.5),
    Poisson(2.0, 4.0),
)


def test_every_pdf_by_itself_and_all_together():
    """Terms work on all pdfs of a class at once; a pdf alone says the same."""
    own = [Constraint("a", str(k), (k,), pdf) for k, pdf in enumerate(ALL)]
    x = np.random.default_rng(1).normal(size=(7, len(ALL))) * 3
    expected = np.stack([pdf.log_pdf(x[:, k]) for k, pdf in enumerate(ALL)], axis=-1)
    beyond = np.stack([pdf.outside(x[:, k]) for k, pdf in enumerate(ALL)], axis=-1)
    assert beyond.any(axis=0).sum() > 5
    alone = Terms.alone_each(own)
    assert alone.log_likelihood(x) == close(expected, rel=1e-12)
    whole = terms_of(*own, n=len(ALL))
    assert whole.log_likelihood(x)[:, 0] == close(expected.sum(axis=-1), rel=1e-12)
    assert np.array_equal(whole.outside(x), beyond.any(axis=-1))
    inside = np.array([[float(pdf.centre[0]) for pdf in ALL]])
    assert not whole.outside(inside).any()
    # One after the other: each with a hard edge below is outside by itself.
    for k, pdf in enumerate(ALL):
        one = inside.copy()
        one[0, k] = -1e4
        soft = isinstance(pdf, Normal | Asymmetric) or (
            isinstance(pdf, HalfNormal) and pdf.error < 0
        )
        assert whole.outside(one)[0] == (not soft)


def test_numpy_and_jax_agree():
    import jax
    import jax.numpy as jnp

    own = [Constraint("a", str(k), (k,), pdf) for k, pdf in enumerate(ALL)]
    terms = terms_of(*own, n=len(ALL))
    x = np.random.default_rng(2).normal(size=(7, len(ALL))) * 3
    with double_precision():
        found = jax.jit(lambda p: terms.log_likelihood(p, jnp))(jnp.asarray(x))
        outside = jax.jit(lambda p: terms.outside(p, jnp))(jnp.asarray(x))
        slope = jax.jit(jax.grad(lambda p: terms.log_likelihood(p, jnp).sum()))(jnp.asarray(x))
    assert np.asarray(found) == close(terms.log_likelihood(x), rel=1e-12)
    assert np.array_equal(np.asarray(outside), terms.outside(x))
    step = 1e-6
    for k in range(len(ALL)):
        d = np.zeros(len(ALL))
        d[k] = step
        up, down = (terms.log_likelihood(x + sign * d)[:, 0] for sign in (1, -1))
        expected = (up - down) / (2 * step)
        assert np.asarray(slope)[:, k] == pytest.approx(expected, rel=1e-5, abs=1e-6)


class Own(Pdf):
    """What a pdf of a user's own leaves to others in these tests."""

    fields: ClassVar[tuple[str, ...]] = ("mean", "error")

    @property
    def centre(self):
        return np.array([self.mean])

    @property
    def width(self):
        return self.error

    def moments(self):
        raise NotImplementedError

    def support(self, reach=8.0):
        raise NotImplementedError

    def cumulative(self, x):
        raise NotImplementedError

    def draw(self, rng, number):
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Laplace(Own):
    """A pdf of one number."""

    mean: float
    error: float
    kind: ClassVar[str] = "laplace"

    @staticmethod
    def terms(x, a, xp=np):
        return -xp.abs(x - a["mean"]) / a["error"], x > 100


@dataclass(frozen=True, eq=False)
class Ring(Own):
    """A pdf of two numbers that is largest at a distance from zero."""

    mean: float
    error: float
    kind: ClassVar[str] = "ring"
    size: ClassVar[int] = 2

    def log_pdf(self, x, xp=np):
        distance = xp.sqrt(xp.sum(x**2, axis=-1))
        return -0.5 * ((distance - self.mean) / self.error) ** 2

    def outside(self, x, xp=np):
        return x[..., 0] > 100


@dataclass(frozen=True, eq=False)
class Quartic(Own):
    """A pdf of one number that says ln pdf of itself, and not of many of its kind."""

    mean: float
    error: float
    kind: ClassVar[str] = "quartic"

    def log_pdf(self, x, xp=np):
        return -(((x - self.mean) / self.error) ** 4)

    def outside(self, x, xp=np):
        return x < -100


def test_pdfs_of_a_users_own():
    """Of one number by their class, of several and others one by one."""
    import jax
    import jax.numpy as jnp

    own = (
        Constraint("a", "1", (0,), Laplace(0.5, 0.2)),
        Constraint("a", "2", (1,), Laplace(1.5, 0.3)),
        Constraint("a", "3", (2, 0), Ring(2.0, 0.5)),
        Constraint("a", "4", (2,), Quartic(0.3, 0.7)),
    )
    terms = terms_of(*own, n=3)
    x = np.random.default_rng(3).normal(size=(5, 3))
    expected = -np.abs(x[:, 0] - 0.5) / 0.2 - np.abs(x[:, 1] - 1.5) / 0.3
    expected -= 0.5 * ((np.hypot(x[:, 2], x[:, 0]) - 2) / 0.5) ** 2 + ((x[:, 2] - 0.3) / 0.7) ** 4
    assert terms.log_likelihood(x)[:, 0] == close(expected, rel=1e-12)
    assert terms.log_likelihood(x[0]) == close(expected[:1], rel=1e-12)
    far = np.array([[0, 101, 0], [0, 0, 101], [0, 0, -101], [0, 0, 0.0]])
    assert terms.outside(far).tolist() == [True, True, True, False]
    with double_precision():
        found = jax.jit(lambda p: terms.log_likelihood(p, jnp))(jnp.asarray(x))
    assert np.asarray(found)[:, 0] == close(expected, rel=1e-12)


def test_an_observable_that_is_measured_twice():
    """Joint Gaussians that overlap share one matrix; chi2 is the sum of both, by numpy."""
    rng = np.random.default_rng(4)
    unit = np.array([1e-20, 1.0, 1e-9])
    root = rng.normal(size=(3, 3))
    first, mean = root @ root.T + np.eye(3), rng.normal(size=3)
    second, other = np.array([[1.0, 0.6], [0.6, 2.0]]), rng.normal(size=2)
    pick = [2, 0]
    terms = terms_of(
        normal([0, 1, 2], unit * mean, first * np.outer(unit, unit)),
        normal(pick, unit[pick] * other, second * np.outer(unit[pick], unit[pick])),
        n=3,
    )
    x = rng.normal(size=(4, 3))
    expected = np.zeros(4)
    for d, covariance in ((x - mean, first), (x[:, pick] - other, second)):
        expected -= 0.5 * np.einsum("ni,ij,nj->n", d, np.linalg.inv(covariance), d)
    assert terms.log_likelihood(unit * x)[:, 0] == close(expected, rel=1e-10)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_ln_l_does_not_depend_on_the_order_of_measurements(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(3, 3))
    parts = [
        normal([0, 1, 2], rng.normal(size=3), a @ a.T + 0.1 * np.eye(3)),
        normal([1], [0.3], [[0.2]]),
        Constraint("a", "x", (2,), HalfNormal(0.0, 1.0)),
    ]
    points = rng.normal(size=(4, 3))
    one = terms_of(*parts, n=3).log_likelihood(points)
    two = terms_of(*parts[::-1], n=3).log_likelihood(points)
    assert np.allclose(one, two, rtol=1e-10, atol=0)


def test_gaussian_block_adds_the_theory_covariance():
    theory = np.array([[0.5, 0.2], [0.2, 0.5]])
    c = normal([0, 1], [1.0, 2.0], np.eye(2) * 0.5)
    terms = data_of(c, n=2, theory={"a": theory}).terms()
    x = np.array([[0.3, -0.4]])
    d = x[0] - np.array([1.0, 2.0])
    truth = -0.5 * d @ np.linalg.inv(theory + 0.5 * np.eye(2)) @ d
    assert terms.log_likelihood(x)[0, 0] == close(truth)
    assert not terms.outside(x).any()


def test_a_group_takes_the_measurements_of_its_observables():
    """Outside of the Gaussian blocks: its own pdfs, and of a joint Gaussian the marginal."""
    joint = normal([0, 1], [1.0, 2.0], [[1.0, 0.5], [0.5, 2.0]])
    limit = Constraint("a", "l", (2,), HalfNormal(0.0, 0.5))
    data = data_of(joint, limit, Constraint("a", "n", (3,), Normal(3.0, 0.1)), n=4)
    x = np.array([[0.2, 0.4, 0.3, 3.1]])
    terms = data.terms({"group": [1, 2], "none": []})
    assert terms.blocks == ("a", "group", "none")
    found = terms.log_likelihood(x)[0]
    assert found[0] == close(data.terms().log_likelihood(x)[0, 0], rel=1e-12)
    assert found[1] == close(-0.5 * (1.6**2 / 2 + 0.6**2), rel=1e-12)
    assert found[2] == 0


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_groups_are_marginals(name):
    """ln L of a group of a Gaussian block from rows and columns of the covariance itself."""
    likelihood = Likelihood(name, "smelli")
    data = likelihood.data
    rng = np.random.default_rng(8)
    group = likelihood.groups["b->smumu"]
    here = [k for k, o in enumerate(data.blocks["quarks"]) if o in group]
    whole = combine(data.of_block("quarks"), data.blocks["quarks"])
    covariance = (whole.covariance + data.theory["quarks"])[np.ix_(here, here)]
    error = np.sqrt(np.diag(covariance))
    where = [data.blocks["quarks"][k] for k in here]
    assert set(where) == set(group)
    predictions = np.tile(likelihood.sm, (5, 1))
    predictions[:, where] += rng.normal(size=(5, len(where))) * error
    found = likelihood.terms.log_likelihood(predictions)[
        :, len(likelihood.blocks) + list(likelihood.groups).index("b->smumu")
    ]
    d = (predictions[:, where] - whole.mean[here]) / error
    inverse = np.linalg.inv(covariance / np.outer(error, error))
    assert found == close(-0.5 * np.einsum("ni,ij,nj->n", d, inverse, d), rel=1e-7)


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_blocks_of_the_data_are_sums_of_their_pdfs(name):
    """Every constraint outside of the Gaussian blocks once, by its own ln pdf."""
    snapshot = load_snapshot(name)
    data = snapshot.data
    x = np.abs(snapshot.sm) * np.random.default_rng(9).uniform(0.9, 1.1, len(snapshot.sm))
    expected = dict.fromkeys(set(data.blocks) - set(data.theory), 0.0)
    for c in data.rest:
        where = list(c.observables)
        expected[c.block] += float(c.pdf.log_pdf(x[where] if c.pdf.size > 1 else x[where[0]]))
    found = dict(zip(data.blocks, data.terms().log_likelihood(x), strict=True))
    for block, value in expected.items():
        assert found[block] == pytest.approx(value, rel=1e-9, abs=1e-9), block
