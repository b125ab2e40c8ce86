"""Every kind of number that a card lets vary can be sampled; what cannot is said at once."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.priors import Priors
from muoquark.inference.sample.nuts import NutsSettings
from muoquark.inference.sample.posterior import Posterior
from muoquark.inference.sample.sample import request, sample
from muoquark.inference.target import Layout, Recipe
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.card_file import parse_card
from muoquark.model.prior import Prior
from toy_target import PARAMETERS

# Real and imaginary parts, order-one coefficients, entries, ansaetze; portals that the matching
# knows (lH1, leH3, lH13) and a quartic that no dimension-six coefficient contains (l1).
EVERYTHING = """
masses: {S1: 3000, S3: 3000}
mu_M: 3000
couplings:
  eta3L:
    ansatz: U2
    value: {free: [0.05, 0.8], name: eta3L_3, prior: log}
    light: [-1, {Re: {free: [-2, 0], name: c2_re, prior: {normal: [-1, 0.5]}},
                 Im: {free: [-1, 1], name: c2_im}}]
  eta1L: {ansatz: U2, value: {free: [0.01, 0.3], name: eta1L_3}}
  eta1R: [0, 0, {free: [-0.3, 0.3]}]
quartics:
  lH1: {free: [-1, 1]}
  leH3: {free: [-1, 1], prior: {normal: [0, 0.3]}}
  lH13: {Re: {free: [-0.5, 0.5]}, Im: {free: [-0.5, 0.5]}}
  l1: {free: [-1, 1]}
"""
MASSES = """
masses:
  S1: {free: [1500, 6000], prior: log}
  S3: {free: [1500, 6000], prior: {normal: [3000, 500]}}
mu_M: 3000
couplings:
  eta3L: {ansatz: U2, value: 0.4}
  eta1L: {ansatz: U2, value: 0.12}
  eta1R: {ansatz: U2, value: 0.12}
"""
SHORT = NutsSettings(chains=2, warmup=100, draws=100, depth=5)


@pytest.fixture(scope="module")
def likelihood():
    return Likelihood("2021-07")


def check_gradient(target):
    """The gradient that NUTS follows, in the quantiles of the priors, against differences."""
    import jax

    rng = np.random.default_rng(5)
    with jax.enable_x64(True):
        function = jax.jit(jax.value_and_grad(target.log_posterior))
        for _ in range(2):
            z = 0.5 * rng.standard_normal(target.size)
            value, gradient = function(z)
            step = 1e-4 * np.eye(target.size)
            points = np.concatenate([z[None], z + step, z - step])
            total = target.loglike(target.priors.from_normal(points)) - 0.5 * (points**2).sum(1)
            assert value == pytest.approx(total[0], abs=1e-6)
            differences = (total[1 : 1 + len(z)] - total[1 + len(z) :]) / 2e-4
            # ln L carries rounding noise of 2e-8.
            assert np.allclose(gradient, differences, rtol=2e-5, atol=2e-3)


def check_draws(result, names):
    assert result.layout.parameters == names
    assert np.all(np.isfinite(result.loglike))
    for k, p in enumerate(result.layout.priors.parameters):
        x = result.theta[..., k]
        assert p.low <= x.min() < x.max() <= p.high


@pytest.mark.slow
def test_couplings_coefficients_and_portals(likelihood):
    card = parse_card(EVERYTHING, "card.yaml")
    names = ("eta3L_3", "c2_re", "c2_im", "eta1L_3", "eta1R[2]", "lH1", "leH3", "lH13.Re",
             "lH13.Im", "l1")  # fmt: skip
    recipe, inputs = request(card, SHORT, likelihood)
    check_gradient(recipe.target())
    result = sample(recipe, SHORT, inputs=inputs)
    check_draws(result, names)
    # What the likelihood does not contain is found to be distributed like its prior.
    found = " ".join(result.notes())
    assert "the posterior of l1 is its prior" in found
    assert "of eta3L_3 is" not in found


@pytest.mark.slow
def test_masses(likelihood):
    card = parse_card(MASSES, "card.yaml")
    tree, inputs = request(card, SHORT, likelihood, "tree")
    result = sample(tree, SHORT, inputs=inputs)
    check_draws(result, ("S1", "S3"))
    check_gradient(Recipe.of(likelihood.identity(), card.to_yaml(), "loop").target())


CARD = "masses: {{S1: 3000, S3: 3000}}\nmu_M: 3000\ncouplings: {{eta3L: [0, 0, {}]}}\n"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("{free: [0, 1], prior: log}", "card.yaml:3: .*a logarithmic prior needs a positive range"),
        ("{free: [1, 0]}", r"card.yaml:3: .*the range \[1, 0\] is empty"),
        ("{free: [0, 1], prior: {normal: [0, -1]}}", "card.yaml:3: .*the width of a normal prior"),
        ("{free: [5, 6], prior: {normal: [0, 0.1]}}", "card.yaml:3: .* holds less than 1e-06"),
        ("{free: [0, 1], prior: uniform}", "card.yaml:3: .*flat, log"),
        ("{free: [0, .inf]}", "card.yaml:3: .*inf"),
        ("{free: [0, 1], name: draw}", "'draw' needs another name"),
        ("{free: [0, 1], name: a/b}", "'a/b' needs another name"),
        ("0.4", "the card has no free parameter"),
    ],
)
def test_what_cannot_be_sampled_is_said_in_one_sentence(likelihood, number, message):
    with pytest.raises(InputError, match=message) as caught:
        request(parse_card(CARD.format(number), "card.yaml"), SHORT, likelihood)
    assert len(caught.value.faults) == 1


def test_free_masses_need_a_matching_scale(muoquark, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("masses: {S3: {free: [1000, 5000]}}\ncouplings: {eta3L: [0, 0.02, 0.4]}\n")
    outcome = muoquark("sample", path)
    assert outcome.code == 2
    assert outcome.err == (
        "muoquark: error: a fit of masses needs a fixed matching scale: set mu_M in the card\n"
    )


@pytest.mark.parametrize("prior", [Prior(), Prior("log"), Prior("normal", 0.3, 0.4)])
def test_a_posterior_that_is_the_prior_is_called_so(prior):
    priors = Priors(PARAMETERS[1:], (prior,))
    u = np.random.default_rng(6).uniform(size=(1, 900, 1))
    assert np.allclose(priors.share_below(0, priors.from_cube(u)[..., 0]), u[..., 0], atol=1e-9)

    def found(values):
        zero = np.zeros((1, 900, 1))
        layout = Layout(priors, ("all",), ("all",))
        posterior = Posterior(layout, priors.from_cube(values), zero, zero[..., 0], {})
        return posterior.notes()

    assert found(u)[0].startswith("the posterior of b is its prior as far as 900 independent draws")
    assert found(u**1.3) == []
