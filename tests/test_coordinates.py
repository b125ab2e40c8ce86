"""A card in linear coordinates is the same card."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.inference.fit import objective_of
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.parametric import parametric
from muoquark.matching.polynomial import find_polynomial
from muoquark.model.card_file import parse_card
from muoquark.model.coordinates import LinearCard, linear_coordinates
from three_couplings import THREE

# value and light multiply each other; x moves two couplings; a quartic of two parts.
CARD = """
masses: {S1: 2500, S3: 3000}
mu_M: 3000
couplings:
  eta3L: {ansatz: U2, value: {free: [0.05, 0.8], name: x}, light: [-1, {Re: {free: [-2, 0]}, Im: {free: [-1, 1]}}]}
  eta1L: {ansatz: U2, value: {free: [0.01, 0.3]}}
  eta1R: [0, 0.01, {free: [0.05, 0.8], name: x}]
quartics: {lH1: 0.1, lH13: {Re: {free: [-1, 1]}, Im: 0.2}}
"""  # noqa: E501


@pytest.fixture(scope="module")
def card():
    return parse_card(CARD, "card.yaml")


def points_of(card, number):
    low, high = np.array([(p.low, p.high) for p in card.free]).T
    return low + (high - low) * np.random.default_rng(1).uniform(size=(number, len(low)))


def test_couplings_are_the_same(card):
    linear, transform = linear_coordinates(card)
    assert isinstance(linear, LinearCard)
    # eta3L: x, x c2; eta1L: one; eta1R: one; lH13: one.
    assert [p.name for p in linear.free] == [
        "eta3L:0", "eta3L:1", "eta3L:2", "eta1L:0", "eta1R:0", "lH13:0"
    ]  # fmt: skip
    for theta in points_of(card, 20):
        coordinates = transform(theta, np)
        for p, x in zip(linear.free, coordinates, strict=True):
            assert p.low - 1e-12 <= x <= p.high + 1e-12
        mine = linear.arrays(dict(zip([p.name for p in linear.free], coordinates, strict=True)))
        true = card.arrays({p.name: x for p, x in zip(card.free, theta, strict=True)})
        assert mine["masses"] == true["masses"]
        for group in ("couplings", "quartics"):
            assert mine[group].keys() == true[group].keys()
            for name, value in true[group].items():
                assert np.allclose(mine[group][name], value, rtol=0, atol=1e-14)


def test_jax_gives_the_same_coordinates(card):
    import jax
    import jax.numpy as xp

    _, transform = linear_coordinates(card)
    theta = points_of(card, 5)
    with jax.enable_x64(True):
        found = np.asarray(transform(xp.asarray(theta), xp))
        assert np.allclose(found[2], transform(xp.asarray(theta[2]), xp), atol=1e-15)
    assert np.allclose(found, transform(theta, np), rtol=0, atol=1e-14)


def test_the_matching_is_a_short_polynomial_of_them(card):
    linear, transform = linear_coordinates(card)
    source = parametric(linear)
    polynomial = find_polynomial(source)
    assert polynomial.factors.shape[1] == 4
    direct = parametric(card)
    place = [source.components.index(c) for c in direct.components]
    for theta in points_of(card, 3):
        value = polynomial.weights @ polynomial.monomials(transform(theta, np))
        expected = direct.vector(theta)
        assert np.allclose(value[place], expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize(
    "text",
    [
        None,
        "couplings: {eta3L: {ansatz: U2, value: {free: [0, 1]}}}",
        "masses: {S3: {free: [1e3, 5e3]}}\nmu_M: 3e3\ncouplings: {eta3L: [0, 0, 0.4]}",
        "quartics: {l1: {free: [-1, 1]}}",
    ],
)
def test_linear_cards_and_masses_are_left_alone(text):
    card = THREE if text is None else parse_card(text, "card.yaml")
    assert linear_coordinates(card) == (card, None)


@pytest.mark.slow
def test_the_likelihood_is_the_same(card):
    """The whole likelihood of the fit against the matching and numpy at every point."""
    likelihood = Likelihood("2021-07")
    objective = objective_of(likelihood, card)
    direct = parametric(card)
    forward = likelihood.forward(direct.mu_M, direct.components)
    theta = points_of(card, 12)
    parts = forward.evaluate(np.array([direct.vector(t) for t in theta])).parts
    exact = parts[:, : len(likelihood.blocks)].sum(axis=1)
    found = objective.total(theta)
    print(np.abs(found - exact).max(), np.abs(exact).max())
    assert np.allclose(found, exact, rtol=1e-4, atol=1e-3)


def test_products_are_taken_apart():
    """Two entries in the place of each product, in ranges that hold all values."""
    card = parse_card(
        "couplings:\n"
        "  eta3L: {ansatz: U2, value: {free: [0.1, 0.8]}, light: {free: [-1, 1], name: c}}\n"
        "  eta1R: [0, 0, 0.1]\n"
        "product: [{name: p, of: [eta1L_3, eta1R_3], free: [-0.02, 0.05]},\n"
        "          {name: s, of: [eta1L_2, eta1L_1], free: [0, 0.01]}]\n"
    )
    linear, transform = linear_coordinates(card)
    rng = np.random.default_rng(2)
    low, high = np.array([(p.low, p.high) for p in card.free]).T
    for theta in [low, high, *(low + (high - low) * rng.uniform(size=(10, 4)))]:
        coordinates = transform(theta, np)
        for p, x in zip(linear.free, coordinates, strict=True):
            assert p.low - 1e-12 <= x <= p.high + 1e-12
        mine = linear.arrays(dict(zip([p.name for p in linear.free], coordinates, strict=True)))
        true = card.arrays({p.name: x for p, x in zip(card.free, theta, strict=True)})
        for name, value in true["couplings"].items():
            assert np.allclose(mine["couplings"][name], value, rtol=0, atol=1e-14)
    source = parametric(linear, "tree")
    direct = parametric(card, "tree")
    expected = dict(zip(direct.components, direct.vector(theta), strict=True))
    found = dict(zip(source.components, source.vector(transform(theta, np)), strict=True))
    assert set(expected) <= set(found)
    for name, value in found.items():
        assert value == pytest.approx(expected.get(name, 0.0), rel=1e-12, abs=1e-22)
