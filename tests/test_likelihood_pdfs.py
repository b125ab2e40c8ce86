"""Measurements: combinations, tables and what happens outside a pdf's support."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closeness import close
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.pdfs import Constraint, Likelihoods, combine, tabulate, unwhitened
from muoquark.likelihood.snapshots import load_snapshot


def normal(observables, mean, covariance, block="a", name="m"):
    return Constraint(
        block,
        name,
        "normal",
        tuple(observables),
        {"mean": np.array(mean), "covariance": np.array(covariance)},
    )


def test_combination_is_the_weighted_mean():
    mean, covariance = combine([normal([3], [1.0], [[0.04]]), normal([3], [2.0], [[0.01]])], [3])
    assert mean[0] == close((1 / 0.04 + 2 / 0.01) / 125)
    assert covariance[0, 0] == close(1 / 125)


def test_combination_profiles_correlations():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(3, 3))
    b = rng.normal(size=(2, 2))
    first, second = a @ a.T + np.eye(3), b @ b.T + np.eye(2)
    x, y = rng.normal(size=3), rng.normal(size=2)
    mean, covariance = combine([normal([5, 6, 7], x, first), normal([7, 5], y, second)], [5, 6, 7])
    pick = np.array([[0, 0, 1], [1, 0, 0.0]])
    weight = np.linalg.inv(first) + pick.T @ np.linalg.inv(second) @ pick
    assert np.allclose(np.linalg.inv(covariance), weight, atol=0)
    assert np.allclose(
        weight @ mean, np.linalg.inv(first) @ x + pick.T @ np.linalg.inv(second) @ y, atol=0
    )


def test_moments_stand_for_a_pdf_in_a_fast_block():
    c = Constraint("a", "m", "table", (0,), {}, (2.0, 0.25))
    mean, covariance = combine([c], [0])
    assert mean[0] == 2.0 and covariance[0, 0] == close(0.25)


def table_of(function, x):
    return tabulate(x, np.exp(function(x)))


def likelihood_of(*constraints, n=1):
    return Likelihoods.from_constraints(constraints, {"a": range(n)}, {})


def test_table_reproduces_its_pdf():
    x = np.linspace(-6, 9, 4000)
    pdf = np.exp(-(np.abs(x) ** 1.7)) + 0.3 * np.exp(-0.5 * (x - 3) ** 2)
    table = Constraint("a", "m", "table", (0,), tabulate(x, pdf))
    points = np.linspace(-3, 7, 777)[:, None]
    found = likelihood_of(table).log_likelihood(points)[:, 0]
    truth = np.log(np.interp(points[:, 0], x, pdf / pdf.max()))
    assert np.max(np.abs(found - truth)) < 2e-4


def test_table_has_a_continuous_slope_and_stays_finite():
    x = np.linspace(0, 1, 60)  # coarse: the pdf of the package is a polygon
    table = Constraint("a", "m", "table", (0,), tabulate(x, 1.2 - x))
    likelihood = likelihood_of(table)
    points = np.linspace(-4, 5, 90001)[:, None]
    values = likelihood.log_likelihood(points)[:, 0]
    assert np.all(np.isfinite(values))
    slope = np.diff(values) / np.diff(points[:, 0])
    assert np.max(np.abs(np.diff(slope))) < 0.02
    outside = likelihood.outside(points)
    assert outside[0] and outside[-1] and not outside[45000]


def test_a_gaussian_table_goes_on_as_a_gaussian():
    """Beyond its ends a table has the slope of the end and the curvature of its width."""
    width = 0.3
    x = np.linspace(-6 * width, 6 * width, 20001)
    table = Constraint("a", "m", "table", (0,), tabulate(x, np.exp(-0.5 * (x / width) ** 2)))
    likelihood = likelihood_of(table)
    for far in (-9 * width, 8 * width):
        found = likelihood.log_likelihood(np.array([[far], [0.0]]))[:, 0]
        assert likelihood.outside(np.array([[far]]))[0]
        assert found[0] - found[1] == close(-0.5 * (far / width) ** 2, rel=1e-3)


def test_a_table_that_ends_at_its_maximum():
    """The next point, where the pdf has fallen to zero, is no part of the connected region."""
    x = np.append(np.linspace(0, 1, 401), 1 + 1e-9)
    for sign in (1, -1):
        order = slice(None, None, sign)
        pdf = np.append(1 + x[:-1], 0.0)
        table = Constraint("a", "m", "table", (0,), tabulate(sign * x[order], pdf[order]))
        points = np.array([0.0, 0.3, 0.99])[:, None]
        found = likelihood_of(table).log_likelihood(sign * points)[:, 0]
        assert found == pytest.approx(np.log((1 + points[:, 0]) / 2), abs=1e-6)


@pytest.mark.parametrize("a", [1.0, 3.0])
def test_a_gamma_distribution_goes_on_as_a_parabola(a):
    """Below its support: value and slope of its edge, and the curvature of one scale."""
    scale, start = 2.0, 0.7
    arrays = {"a": np.array(a), "loc": np.array(-start * scale), "scale": np.array(scale)}
    likelihood = likelihood_of(Constraint("a", "m", "gamma", (0,), arrays))
    t = np.array([0.0, 0.5, 3.0, 20.0])
    found = likelihood.log_likelihood(-scale * t[:, None])[:, 0]
    slope = (a - 1) / start - 1  # d ln(u^(a-1) e^-u)/du at u = start
    assert found - found[0] == pytest.approx(-slope * t - t**2 / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "arrays", "inside", "truth"),
    [
        ("asymmetric", {"centre": 1.0, "left": 0.5, "right": 2.0}, [0.0, 3.0], [-2.0, -0.5]),
        ("half_normal", {"centre": 0.0, "width": 2.0}, [2.0, 4.0], [-0.5, -2.0]),
        ("gamma", {"a": 1.0, "loc": 0.0, "scale": 2.0}, [2.0, 6.0], [-1.0, -3.0]),
        ("gamma", {"a": 3.0, "loc": -1.0, "scale": 2.0}, [1.0, 3.0], [-1.0, 2 * np.log(2) - 2.0]),
    ],
)
def test_one_dimensional_pdfs(kind, arrays, inside, truth):
    c = Constraint("a", "m", kind, (0,), {k: np.array(v) for k, v in arrays.items()})
    likelihood = likelihood_of(c)
    found = likelihood.log_likelihood(np.array(inside)[:, None])[:, 0]
    assert np.allclose(found, truth, atol=0)
    if kind != "asymmetric":
        assert likelihood.outside(np.array([[-0.1]]))[0]
        near = likelihood.log_likelihood(np.array([[-1e-6], [0.0], [1e-6]]))[:, 0]
        assert np.all(np.isfinite(likelihood.log_likelihood(np.array([[-1e3]]))))
        assert near[0] - near[1] == pytest.approx(near[1] - near[2], abs=1e-11)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_whitening_does_not_depend_on_the_order_of_measurements(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(3, 3))
    parts = [
        normal([0, 1, 2], rng.normal(size=3), a @ a.T + 0.1 * np.eye(3)),
        normal([1], [0.3], [[0.2]]),
        Constraint(
            "a", "x", "half_normal", (2,), {"centre": np.array(0.0), "width": np.array(1.0)}
        ),
    ]
    points = rng.normal(size=(4, 3))
    one = likelihood_of(*parts, n=3).log_likelihood(points)
    two = likelihood_of(*parts[::-1], n=3).log_likelihood(points)
    assert np.allclose(one, two, rtol=1e-10, atol=0)


def test_fast_block_adds_the_theory_covariance():
    theory = np.array([[0.5, 0.2], [0.2, 0.5]])
    c = normal([0, 1], [1.0, 2.0], np.eye(2) * 0.5)
    likelihood = Likelihoods.from_constraints([c], {"a": [0, 1]}, {"a": theory})
    x = np.array([[0.3, -0.4]])
    d = x[0] - np.array([1.0, 2.0])
    truth = -0.5 * d @ np.linalg.inv(theory + 0.5 * np.eye(2)) @ d
    assert likelihood.log_likelihood(x)[0, 0] == close(truth)


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_whitening_and_back(name):
    """Mean and covariance of the Gaussian blocks, whose units differ by 10^44."""
    snapshot = load_snapshot(name)
    blocks = list(snapshot.blocks)
    for observables, whitening, offset, block in snapshot.likelihoods().fast:
        own = [c for c in snapshot.constraints if c.block == blocks[block]]
        mean, covariance = combine(own, observables)
        covariance = covariance + snapshot.theory[blocks[block]]
        error = np.sqrt(np.diag(covariance))
        found, back = unwhitened(whitening, offset)
        assert np.abs((back - covariance) / np.outer(error, error)).max() < 1e-10
        # a_e is known to 1e-10 of itself
        assert np.abs((found - mean) / error).max() < 1e-5


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_groups_are_marginals(name):
    """ln L of a group of a Gaussian block from rows and columns of the covariance itself."""
    likelihood = Likelihood(name, "smelli")
    snapshot = likelihood.snapshot
    rng = np.random.default_rng(8)
    group = likelihood.groups["b->smumu"]
    here = [k for k, o in enumerate(snapshot.blocks["quarks"]) if o in group]
    own = [c for c in snapshot.constraints if c.block == "quarks"]
    mean, covariance = combine(own, snapshot.blocks["quarks"])
    covariance = (covariance + snapshot.theory["quarks"])[np.ix_(here, here)]
    error = np.sqrt(np.diag(covariance))
    where = [snapshot.blocks["quarks"][k] for k in here]
    assert set(where) == set(group)
    predictions = np.tile(snapshot.sm, (5, 1))
    predictions[:, where] += rng.normal(size=(5, len(where))) * error
    found = likelihood.pdfs.log_likelihood(predictions)[
        :, len(likelihood.blocks) + list(likelihood.groups).index("b->smumu")
    ]
    d = (predictions[:, where] - mean[here]) / error
    inverse = np.linalg.inv(covariance / np.outer(error, error))
    assert found == close(-0.5 * np.einsum("ni,ij,nj->n", d, inverse, d), rel=1e-7)
