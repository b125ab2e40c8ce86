"""Pseudo-experiments of known points give the right intervals; those of a wrong model do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, kstest

from muoquark.inference.fit import objective_of
from muoquark.inference.goodness.calibration import SHARES, PseudoData, calibrate, uniformity
from muoquark.inference.sample.nuts import NutsSettings
from muoquark.inference.sample.sample import sample
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.parametric import parametric
from muoquark.matching.polynomial import find_polynomial
from muoquark.model.card import factors
from muoquark.model.card_file import read_card
from three_couplings import THREE
from toy_target import Bananas

AXIS = np.linspace(0.2, 0.6, 41)
# eta1L_3 * eta1R_3 of the line in eta3L_3.
PRODUCT = 0.015


@pytest.fixture(scope="module")
def line():
    """Data, predictions and ln L of the whole likelihood on a line in the paper's plane."""
    likelihood = Likelihood("2021-07")
    source = parametric(THREE)
    forward = likelihood.forward(source.mu_M, source.components)

    def points(x):
        return np.stack([x, *(np.full_like(x, factor) for factor in factors(PRODUCT))], axis=1)

    def evaluated(vectors):
        found = forward.evaluate(vectors)
        return found.predictions, found.parts[:, : len(likelihood.blocks)].sum(axis=1)

    # Many points by the polynomial that the matching is, the grid by the matching itself.
    polynomial = find_polynomial(source)

    def vectors(x):
        return polynomial.monomials(points(x)) @ polynomial.weights.T

    direct = np.array([source.vector(p) for p in points(AXIS)])
    assert np.allclose(vectors(AXIS), direct, rtol=1e-9, atol=1e-12 * np.abs(direct).max())
    return likelihood.data, lambda x: evaluated(vectors(x)), *evaluated(direct)


@pytest.fixture(scope="module")
def truths(line):
    x = np.random.default_rng(1).uniform(AXIS[0], AXIS[-1], 700)
    return x[:, None], line[1](x)[0]


def inside(share, number):
    """The range of a share of `number` cases that 99.9 % of true calibrations stay in."""
    low, high = binom.interval(0.999, number, share)
    return low / number, high / number


def test_the_real_data_give_the_compiled_likelihood(line):
    data, _, grid, total = line
    pseudo = PseudoData(data, grid)
    found = pseudo.on_grid(pseudo.measured)[0]
    assert np.ptp(found - total) < 1e-5
    assert pseudo.at(pseudo.measured, grid[3:4])[0] - found[3] == pytest.approx(0, abs=1e-8)
    # Of 96 pdfs that are not Gaussian, those that move: mostly R_K(*) and B -> K nu nu.
    assert 25 < len(pseudo._odd) < 60


def test_ranks_are_uniform_and_intervals_cover(line, truths):
    data, _, grid, _ = line
    result = calibrate(PseudoData(data, grid), [AXIS], *truths, seed=2)
    assert uniformity(result.ranks[:, 0]) > 0.001
    assert uniformity(result.regions) > 0.001
    assert kstest(result.ranks[:, 0], "uniform").pvalue > 0.001
    found = result.coverage()
    for name in ("credible 0", "regions"):
        for share, value in zip(SHARES, found[name], strict=True):
            low, high = inside(share, len(truths[0]))
            assert low <= value <= high, name
    # Delta chi2 < 1 and 4 are intervals of 68 and 95 % only as far as ln L is a parabola.
    assert found["profile 0"] == pytest.approx(SHARES, abs=0.05)
    assert found["contours"] == pytest.approx(found["profile 0"], abs=0.005)


def without_theory(theory):
    return {name: np.zeros_like(c) for name, c in theory.items()}


def uncorrelated(theory):
    return {name: np.diag(np.diag(c)) for name, c in theory.items()}


def half(theory):
    return {name: c / 2 for name, c in theory.items()}


@pytest.mark.parametrize("mistake", [without_theory, uncorrelated])
def test_a_wrong_covariance_is_noticed(line, truths, mistake):
    data, _, grid, _ = line
    wrong = replace(data, theory=mistake(data.theory))
    result = calibrate(PseudoData(data, grid, wrong), [AXIS], *truths, seed=2)
    assert uniformity(result.ranks[:, 0]) < 1e-4
    assert result.coverage()["credible 0"][0] < inside(SHARES[0], len(truths[0]))[0]


@pytest.mark.parametrize("kind", ["table", "asymmetric", "half_normal", "gamma"])
def test_every_kind_of_pdf_is_drawn_as_the_likelihood_says(line, kind):
    """One observable is the parameter itself, and only one pdf of that kind depends on it."""
    whole, _, grid, _ = line
    chosen = next(c for c in whole.rest if c.pdf.kind == kind)
    still = next(c for c in whole.constraints if c.pdf.kind == "normal" and c.block == "ewpt")
    assert chosen.observables[0] not in still.observables
    alone = replace(whole, constraints=(chosen, still), theory={})
    pdf = chosen.pdf
    if kind == "table":
        axis = np.linspace(pdf.start, pdf.start + pdf.step * len(pdf.values), 801)
    else:
        # A gamma distribution is cut at zero.
        centre = 0.0 if kind == "gamma" else pdf.centre[0]
        axis = centre + pdf.width * np.linspace(-4, 8, 801)

    def predict(x):
        predictions = np.repeat(grid[:1], len(x), axis=0)
        predictions[:, chosen.observables[0]] = x
        return predictions

    x = np.random.default_rng(3).uniform(axis[0], axis[-1], 500)
    data = PseudoData(alone, predict(axis))
    assert len(data._odd) == 1
    result = calibrate(data, [axis], x[:, None], predict(x), seed=4)
    assert uniformity(result.ranks[:, 0]) > 0.001
    # Were the draws mirrored, or half as wide, the ranks would not be uniform.
    ((total, values),) = data._tables
    data._tables = [(total, values[len(values) // 2] + 0.5 * (values - values[len(values) // 2]))]
    bad = calibrate(data, [axis], x[:, None], predict(x), seed=4)
    assert uniformity(bad.ranks[:, 0]) < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("data", ["2021-07", "2026-06"])
def test_the_plane_is_calibrated(data):
    likelihood = Likelihood(data)
    objective = objective_of(likelihood, read_card("plane"))
    axes = [np.linspace(p.low, p.high, 81) for p in objective.parameters]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    pseudo = PseudoData(likelihood.data, objective.predictions(mesh))
    assert np.ptp(pseudo.on_grid(pseudo.measured)[0] - objective.total(mesh)) < 1e-4
    low, high = np.array(objective.bounds).T
    truths = low + (high - low) * np.random.default_rng(1).uniform(size=(2000, 2))
    result = calibrate(pseudo, axes, truths, objective.predictions(truths), seed=7)
    print(data, "prior", result.coverage())
    for ranks in (*result.ranks.T, result.regions):
        assert uniformity(ranks) > 0.001
    for name in ("credible 0", "credible 1", "regions"):
        for share, value in zip(SHARES, result.coverage()[name], strict=True):
            low_share, high_share = inside(share, len(truths))
            assert low_share <= value <= high_share
    # Half of the theory covariance: errors that are too small by about a tenth.
    wrong = replace(likelihood.data, theory=half(likelihood.data.theory))
    bad = PseudoData(likelihood.data, objective.predictions(mesh), wrong)
    few = calibrate(bad, axes, truths, objective.predictions(truths), seed=7)
    assert all(uniformity(ranks) < 1e-4 for ranks in (*few.ranks.T, few.regions))
    print(data, "half of the theory covariance", few.coverage())
    best = {"2021-07": (0.403, 0.0149), "2026-06": (0.328, 0.0021)}[data]
    same = np.repeat([best], 2000, axis=0)
    found = calibrate(pseudo, axes, same, objective.predictions(same), seed=8).coverage()
    print(data, "at", best, found)
    for name in ("profile 0", "profile 1", "contours"):
        assert found[name] == pytest.approx(SHARES, abs=0.025)


def ranks_of(truth, target, seed):
    """Ranks of the truth among thinned draws of the sampler."""
    draws = sample(target, NutsSettings(chains=2, warmup=200, draws=400, seed=seed))
    thinned = draws.theta[:, ::8].reshape(-1, *truth.shape)
    return ((thinned < truth).sum(axis=0) + 0.5) / (len(thinned) + 1)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_the_sampler_is_calibrated_on_curved_posteriors(factor):
    """Of sixty curved posteriors ranks are uniform, and are not with half the errors."""
    ranks = []
    for seed in range(5):
        truth, target = Bananas.drawn(12, seed, factor)
        ranks.append(ranks_of(truth, target, seed))
    found = np.concatenate(ranks)
    p = uniformity(found.ravel(), 10)
    assert p > 0.001 if factor == 1.0 else p < 0.001
