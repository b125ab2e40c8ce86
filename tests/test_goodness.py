"""Goodness of fit: closed forms against recomputation, p-values against pseudo-experiments."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.errors import InputError
from muoquark.inference.bestfit import BestFit
from muoquark.inference.goodness.blocks import block_goodness, p_value, pseudo_experiments
from muoquark.inference.goodness.influence import (
    Subset,
    expansion,
    newton,
    observables_subset,
    subsets,
)
from muoquark.inference.goodness.residuals import Residuals
from muoquark.inference.objective import Parameter
from muoquark.likelihood.gaussian import GaussianBlock, inverse
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.card_file import read_card
from muoquark.smeft.wcxf import WilsonCoefficients
from toy_objective import ToyObjective

SNAPSHOTS = ("2026-06", "2021-07")


@cache
def setup(name):
    likelihood = Likelihood(name)
    sm = likelihood(WilsonCoefficients(scale=3000.0, values={}))
    here = likelihood(match(read_card("paper").point()))
    return likelihood, Residuals(likelihood.data), sm, here


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_differences_of_chi2_are_those_of_the_likelihood(name):
    _, residuals, sm, here = setup(name)
    before, after = residuals.blocks(sm.predictions), residuals.blocks(here.predictions)
    for block, value in here.blocks.items():
        assert before[block] - after[block] == pytest.approx(2 * value, abs=1e-5), block


@given(st.integers(0, 10_000), st.integers(2, 7))
def test_leaving_one_out_is_the_marginal_gaussian(seed, n):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    covariance = root @ root.T + 0.1 * np.eye(n)
    d = rng.normal(size=n)
    block = GaussianBlock(np.zeros(n), covariance)
    pulls = block.conditional_pulls(d)
    whole = d @ np.linalg.inv(covariance) @ d
    for i, z in enumerate(pulls):
        keep = np.arange(n) != i
        without = d[keep] @ np.linalg.inv(covariance[np.ix_(keep, keep)]) @ d[keep]
        assert z**2 == pytest.approx(whole - without, rel=1e-6, abs=1e-8)
    assert block.shares(d).sum() == close(whole)
    order = rng.permutation(n)
    permuted = block.marginal(order).conditional_pulls(d[order])
    assert np.allclose(permuted, pulls[order], atol=0)


def test_contributions_against_recomputation():
    """Several observables, and a measurement, taken out of the block of quarks."""
    _, residuals, sm, _ = setup("2026-06")
    term = residuals.gaussian[0]
    rng = np.random.default_rng(3)
    positions = rng.choice(term.observables, 7, replace=False)
    unit = observables_subset(residuals, "group", "x", "quarks", positions)
    keep = ~np.isin(term.observables, positions)
    covariance = inverse(term.gaussian.precision)[np.ix_(keep, keep)]
    d = term.residuals(sm.predictions)
    without = d[keep] @ inverse(covariance) @ d[keep]
    assert unit.contribution(sm.predictions) == close(
        float(term.chi2(sm.predictions)) - without, rel=1e-6
    )


def test_contributions_are_positive_and_those_outside_add_up():
    likelihood, residuals, _, here = setup("2026-06")
    outside = 0.0
    for unit in subsets(likelihood):
        value = float(unit.contribution(here.predictions))
        assert value > -1e-6, unit.name
        if unit.kind == "measurement" and unit.block not in likelihood.data.theory:
            outside += value
    blocks = residuals.blocks(here.predictions)
    expected = sum(float(v) for k, v in blocks.items() if k not in likelihood.data.theory)
    assert outside == close(expected)


def test_shares_add_up():
    _, residuals, _, here = setup("2021-07")
    removed, share = residuals.observable_table(here.predictions)
    assert share.sum() == close(float(residuals.total(here.predictions)))
    assert removed.min() >= -1e-9


def test_degrees_of_freedom():
    """Every measured number once; limits apart; fitted parameters only in the total."""
    _, residuals, sm, _ = setup("2026-06")
    plain, fitted = (block_goodness(residuals, sm.predictions, n) for n in (0, 2))
    assert plain["quarks"].dof == 306 == fitted["quarks"].dof
    assert plain["total"].dof == 599 == fitted["total"].dof + 2
    assert plain["total"].numbers == 641
    assert plain["total"].limits == 42 == plain["total"].numbers - plain["total"].dof
    assert plain["zlfv"].dof == 0
    assert np.isnan(plain["zlfv"].p_value)
    with pytest.raises(InputError, match="unknown convention 'pdg'"):
        block_goodness(residuals, sm.predictions, convention="pdg")


def test_p_values_of_pseudo_experiments_are_uniform():
    from scipy.stats import kstest

    likelihood, residuals, sm, _ = setup("2026-06")
    drawn = pseudo_experiments(likelihood, 1000, seed=5)
    judged = block_goodness(residuals, sm.predictions)
    for block in ("quarks", "leptons", "ewpt", "lfu_fccc"):
        p = np.array([p_value(x, judged[block].dof) for x in drawn[block]])
        assert kstest(p, "uniform").pvalue > 0.005, block
        # The test can fail: one degree of freedom in seven too many is seen.
    wrong = [p_value(x, judged["leptons"].dof + 1) for x in drawn["leptons"]]
    assert kstest(wrong, "uniform").pvalue < 1e-4


@pytest.mark.slow
@pytest.mark.exact
def test_against_smelli_in_the_sm(flavio):
    """Chi2, number of observations and p-value of GlobalLikelihoodPoint."""
    from muoquark.likelihood import referee

    smelli = referee.global_likelihood()
    with referee._quiet(), np.errstate(all="ignore"):
        w = referee.wilson_instance(WilsonCoefficients(scale=3000.0, values={}), "smelli")
        point = smelli.parameter_point(w)
        chi2, p = point.chi2_dict(), point.pvalue_dict()
        numbers = smelli.number_observations_dict()
    # smelli counts a tabulated pdf from flavio's central value, we from its maximum.
    offset = dict.fromkeys(chi2, 0.0)
    for name, one in smelli.likelihoods.items():
        for key in one.measurement_likelihood.get_measurements:
            for pdf, observables in flavio.Measurement[key]._constraints:
                if set(observables) & set(one.observables) and hasattr(pdf, "y_norm"):
                    top = np.log(np.max(pdf.y_norm)) - float(pdf.logpdf(pdf.central_value))
                    offset[name] += 2 * top
    offset["global"] = sum(offset.values())
    assert 0 < offset["global"] < 0.5
    _, residuals, sm, _ = setup("2026-06")
    ours = block_goodness(residuals, sm.predictions, convention="smelli")
    for name in chi2:
        block = "total" if name == "global" else referee.block_name(name)
        assert ours[block].numbers == numbers[name] == ours[block].dof, block
        # What is left is the accuracy of the compiled predictions and tables.
        limit = 0.06 if block in ("quarks", "total") else 0.03
        assert ours[block].chi2 == pytest.approx(chi2[name] + offset[name], abs=limit), block
        assert p_value(chi2[name], numbers[name]) == pytest.approx(p[name], abs=1e-9), block


@pytest.mark.slow
def test_the_verb(muoquark, tmp_path):
    outcome = muoquark("goodness", "--data", "2021-07", "--out", tmp_path, "--json")
    assert outcome.code == 0, outcome.err
    record = json.loads(outcome.out)
    point = record["goodness"]["point"]["total"]
    sm = record["goodness"]["sm"]["total"]
    assert sm["chi2"] - point["chi2"] == pytest.approx(record["point"]["delta_chi2"], abs=1e-4)
    assert point["dof"] == sm["dof"] - 2
    # a_mu and R_K carry the fit of 2021.
    assert record["gains"]["measurement"]["gains"][0]["name"] == "FNAL g-2 combination"
    shares_sum = sum(row["share_gain"] for row in record["pulls"])
    assert shares_sum == pytest.approx(record["point"]["loglike"], abs=1e-4)
    for row in record["influence"]["newton_check"]:
        if row["refit"] < 0.6:
            assert row["newton"] == pytest.approx(row["refit"], abs=0.12), row["name"]
    assert (tmp_path / "pulls.png").read_bytes().startswith(b"\x89PNG")


def test_newton_step_of_a_linear_gaussian_is_exact():
    """One measurement taken out of a straight-line fit: the fit of the others, by least squares."""
    rng = np.random.default_rng(8)
    design, data = rng.normal(size=(6, 2)), rng.normal(size=6)

    def predictions(points):
        return np.atleast_2d(points) @ design.T

    def parts(points):
        chi2 = ((predictions(points) - data) ** 2).sum(axis=1)
        return 0.5 * (data @ data - chi2)[:, None]

    def solve(rows):
        point = np.linalg.lstsq(design[rows], data[rows], rcond=None)[0]
        left = data[rows] - design[rows] @ point
        return point, data[rows] @ data[rows] - left @ left

    names = ("a", "b")
    parameters = tuple(Parameter(n, -20.0, 20.0, 0.0) for n in names)
    objective = ToyObjective(parameters, ("all",), ("all",), parts, predictions=predictions)
    point, delta = solve(np.arange(6))
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    best = BestFit(
        dict(zip(names, point, strict=True)), delta / 2,
        dict(zip(names, errors, strict=True)), 0.0, (),
    )  # fmt: skip
    around = expansion(objective, best, np.zeros(6))
    for k in range(6):
        unit = Subset("measurement", str(k), "all", lambda x, k=k: (x[..., k] - data[k]) ** 2)
        step = newton(objective, around, unit, delta)
        without, less = solve(np.delete(np.arange(6), k))
        assert list(step.values.values()) == close(list(without), rel=1e-5)
        assert step.delta_chi2 == close(less, rel=1e-6)
        assert step.gain == close((data[k] ** 2 - (design[k] @ point - data[k]) ** 2) / 2)
