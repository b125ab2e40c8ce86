"""Coefficients as functions of a card's parameters: the same as matching point by point."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import DomainError, InputError
from muoquark.matching.match import match
from muoquark.matching.parametric import Parametric, parametric
from muoquark.matching.polynomial import find_polynomial, monomials
from muoquark.model.card import Free
from muoquark.model.card_file import parse_card, read_card
from muoquark.smeft.warsaw import real_components
from three_couplings import THREE

GENERAL = """
model: generic
masses: {S1: 2500, S3: 4000}
mu_M: 3000
couplings:
  eta3L: [[0, 0, 0], [0, {free: [-1, 1], name: a}, "0.1j"], [0.2, {free: [0, 1], name: b}, 0]]
  eta1L: {ansatz: U2, value: {free: [0, 0.5], name: c}, light: [{free: [-2, 2], name: d}, "1j"]}
  eta1R: [0, 0, {free: [0, 0.5], name: c}]
quartics: {lH1: {free: [0, 0.3], name: p}, lH3: -0.15, leH3: {free: [0.1, 0.4], name: r},
           lH13: "0.1+0.2j"}
"""


def component(coefficients, name):
    value = coefficients[name[:-3]]
    return value.real if name.endswith("Re") else value.imag


@pytest.mark.parametrize("order", ["tree", "loop"])
def test_vector_is_the_matching(order):
    card = parse_card(GENERAL)
    source = parametric(card, order)
    rng = np.random.default_rng(1)
    for _ in range(3):
        theta = np.array([rng.uniform(p.low, p.high) for p in source.parameters])
        values = dict(zip([p.name for p in source.parameters], map(float, theta), strict=True))
        expected = match(card.point(values), order)
        found = dict(zip(source.components, source.vector(theta), strict=True))
        size = max(abs(v) for v in expected.values.values())
        for name in expected.values:
            for part in ("Re", "Im"):
                key = f"{name}:{part}"
                value = component(expected, key) if key in real_components() else 0.0
                assert found.get(key, 0.0) == pytest.approx(value, rel=1e-9, abs=1e-14 * size), key


HIERARCHY = """
masses: {S1: 1000, S3: 9000}
couplings:
  eta3L: {ansatz: U2, value: {free: [0, 2], name: a}}
  eta1L: [0, 0, {free: [0, 0.5], name: b}]
  eta1R: [0, 0, {free: [0, 0.5], name: c}]
"""
# S1 is the heavy one: the complex flip turns the muon on its way to the mass of S3.
TURNED = """
masses: {S1: 9000, S3: 1000}
couplings:
  eta3L: [0, 0, {free: [0, 1], name: a}]
  eta1L: [0, 0, {free: [0, 1], name: b}]
  eta1R: [0, 0, {Re: {free: [0, 1], name: c}, Im: 0.5}]
quartics: {lH13: 0.2}
"""


@pytest.mark.parametrize("text", [HIERARCHY, TURNED])
def test_vector_at_the_lowest_mass(text):
    """Every leptoquark at its own mass, run to the lowest: as the matching of one point."""
    card = parse_card(text)
    source = parametric(card)
    assert source.mu_M == 1000
    theta = np.array([0.7, 0.3, 0.4])
    expected = match(card.point(dict(zip("abc", map(float, theta), strict=True))))
    assert expected.scale == 1000
    found = dict(zip(source.components, source.vector(theta), strict=True))
    size = max(abs(v) for v in expected.values.values())
    for name in expected.values:
        for part in ("Re", "Im"):
            key = f"{name}:{part}"
            value = component(expected, key) if key in real_components() else 0.0
            # phases of leptons below 1e-7 are left out to keep a polynomial
            floor = max(1e-13 * size, 1e-7 * abs(expected.values[name]))
            assert found.get(key, 0.0) == pytest.approx(value, rel=1e-9, abs=floor), key
    assert source.logarithm is not None
    assert float(source.logarithm(theta)) == pytest.approx(expected.logarithm, rel=1e-12, abs=0)
    if text == HIERARCHY:
        polynomial = find_polynomial(source)
        assert polynomial is not None
        assert polynomial.factors.shape == (35, 4)


def test_logarithms_only_where_there_are_some():
    assert parametric(read_card("plane")).logarithm is None
    text = (
        "mu_M: {}\nmasses: {{S1: 1000, S3: 1000}}\ncouplings: {{eta3L: [0, 0, {{free: [0, 2]}}]}}\n"
    )
    far, near = (parametric(parse_card(text.format(mu)), "tree") for mu in (5000, 1000))
    assert near.logarithm is None
    assert far.logarithm is not None
    assert far.logarithm(np.array([2.0])) > 0.1 > far.logarithm(np.array([0.1]))


def test_gradient_is_that_of_finite_differences():
    import jax
    import jax.numpy as jnp

    source = parametric(THREE)
    theta = np.array([0.4, 0.15, 0.1])
    with jax.enable_x64(True):
        jacobian = np.asarray(jax.jit(jax.jacobian(lambda t: source.vector(t, jnp)))(theta))
    for k in range(3):
        h = np.eye(3)[k] * 1e-4
        slope = (source.vector(theta + h) - source.vector(theta - h)) / 2e-4
        size = np.abs(jacobian[:, k]).max()
        assert np.allclose(jacobian[:, k], slope, rtol=1e-5, atol=1e-9 * size)


def test_polynomial_is_the_matching():
    source = parametric(THREE)
    polynomial = find_polynomial(source)
    assert polynomial is not None
    assert polynomial.factors.shape == (35, 4)  # degree four in three couplings
    rng = np.random.default_rng(5)
    low, high = np.array([(p.low, p.high) for p in source.parameters]).T
    theta = low + (high - low) * rng.uniform(size=(20, 3))
    truth = np.array([source.vector(t) for t in theta])
    found = polynomial.monomials(theta) @ polynomial.weights.T
    assert np.abs(found - truth).max(axis=0) == pytest.approx(0, abs=1e-11 * np.abs(truth).max())


def test_tree_level_is_of_degree_two():
    polynomial = find_polynomial(parametric(THREE, "tree"))
    assert polynomial is not None
    assert polynomial.factors.shape == (10, 2)


def test_a_free_mass_is_expanded_in_its_logarithm():
    card = parse_card(
        "mu_M: 3000\nmasses: {S3: {free: [1000, 9000]}}\n"
        "couplings: {eta3L: {ansatz: U2, value: {free: [0, 1]}}}\n"
    )
    source = parametric(card, "tree")
    found = find_polynomial(source)
    assert found is not None
    assert source.masses == (0,)
    # the tree goes like eta^2/M^2: one power of the coupling
    assert found.factors.tolist() == [[0, 0, 1, 1]]
    for theta in np.array([[1000.0, 0.3], [9000.0, 1.0], [2345.0, 0.7]]):
        wanted = source.vector(theta)
        assert np.allclose(found.weights @ found.monomials(theta), wanted, rtol=1e-6, atol=0)


def test_what_is_not_smooth_in_a_mass_is_told():
    def vector(theta, xp=np):
        return xp.stack([1.0 / (theta[0] - 2999.0), theta[1] ** 2])

    parameters = (Free("m", 1000.0, 9000.0, 3000.0), Free("x", -1.0, 1.0, 0.5))
    names = ("lq1_2223:Re", "lq3_2223:Re")
    assert find_polynomial(Parametric(parameters, 3000.0, names, vector, masses=(0,))) is None


def test_monomials():
    u = np.array([[2.0, 3.0]])
    factors = np.array([[0, 0], [0, 1], [1, 2], [2, 2]])
    assert monomials(u, factors).tolist() == [[1.0, 2.0, 6.0, 9.0]]


def test_refusals():
    card = parse_card("masses: {S3: {free: [1000, 9000]}}\n")
    with pytest.raises(InputError, match="needs a fixed matching scale"):
        parametric(card)
    card = parse_card("couplings: {etat1R: [0, 0, 0.1], eta3L: [0, 0, {free: [0, 1]}]}\n")
    with pytest.raises(DomainError, match="nu is no field of the SMEFT"):
        parametric(card)
