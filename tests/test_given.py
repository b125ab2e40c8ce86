"""Coefficients that are given, as functions of the free parameters of a card."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.inference.source import parse
from muoquark.matching.given import given
from muoquark.matching.polynomial import find_polynomial

CARDS = {
    "Warsaw": "{lq1_2223: {free: [-2.0e-9, 1.0e-9], name: a}, lq3_2223: 3.0e-10, "
    "lequ1_2233: {Re: {free: [0, 1.0e-9], name: a2}, Im: {free: [-1.0e-9, 0], name: b}}}",
    "Warsaw up": "{lq1_2223: {free: [-2.0e-9, 1.0e-9], name: a}, qe_2322: {Re: 1.0e-10, "
    "Im: {free: [0, 1.0e-9], name: b}}, lq3_2223: {free: [-2.0e-9, 1.0e-9], name: a}}",
}


@pytest.mark.parametrize("basis", CARDS)
def test_components_are_those_of_the_point(basis):
    card = parse(f"{{scale: 3000, basis: {basis}, coefficients: {CARDS[basis]}}}")
    source = given(card)
    rng = np.random.default_rng(2)
    for _ in range(3):
        theta = np.array([p.low + (p.high - p.low) * rng.uniform() for p in card.free])
        values = dict(zip([p.name for p in card.free], map(float, theta), strict=True))
        expected = {}
        for name, x in card.point(values).to_basis("Warsaw").values.items():
            expected |= {f"{name}:Re": x.real, f"{name}:Im": x.imag}
        found = dict(zip(source.components, source.vector(theta), strict=True))
        largest = max(map(abs, expected.values()))
        assert largest > 0
        for name in {*expected, *found}:
            difference = found.get(name, 0.0) - expected.get(name, 0.0)
            assert abs(difference) < 1e-15 * largest, name


def test_many_parameters_are_a_polynomial_of_degree_one():
    names = [f"lq1_{a}{a}{i}{j}" for a in "123" for i in "123" for j in "123" if i <= j]
    inside = ", ".join(f"{n}: {{free: [-1.0e-9, 2.0e-9]}}" for n in names)
    card = parse(f"{{scale: 3000, basis: Warsaw, coefficients: {{{inside}}}}}")
    source = given(card)
    polynomial = find_polynomial(source)
    assert polynomial is not None
    assert polynomial.weights.shape == (len(names), len(names) + 1)
    theta = np.linspace(-1e-9, 2e-9, len(names))
    found = polynomial.weights @ polynomial.monomials(theta)
    assert np.allclose(found, source.vector(theta), rtol=0, atol=1e-20)
