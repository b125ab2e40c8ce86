"""Coefficients as a constant matrix times products of couplings."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.arrays import double_precision
from muoquark.matching.factored import factored
from muoquark.matching.parametric import parametric
from muoquark.model.card_file import parse_card


def complex_block(name, shape=(3, 3), size=0.3):
    entry = "{{Re: {{free: [-{s}, {s}], name: {n}r}}, Im: {{free: [-{s}, {s}], name: {n}i}}}}"
    rows = (
        "[" + ", ".join(entry.format(s=size, n=f"{name}{i}{j}") for j in range(shape[1])) + "]"
        for i in range(shape[0])
    )
    return f"  {name}: [{', '.join(rows)}]\n"


CARDS = {
    "one loop": "model: generic\nmasses: {S1: 2000, S3: 3000}\nmu_M: 2500\ncouplings:\n"
    + complex_block("eta3L")
    + complex_block("eta1R"),
    "tree": "model: generic\nmasses: {U1: 2000, R2: 3000}\nmu_M: 2500\ncouplings:\n"
    + complex_block("x1L")
    + complex_block("eta2R"),
    "masses": "model: generic\nmasses: {S1: {free: [1500, 4000]}, S3: {free: [1500, 4000]}}\n"
    "mu_M: 2500\ncouplings:\n"
    "  eta3L: [0.1, {free: [-1, 1], name: a}, {Re: 0.3, Im: {free: [-1, 1], name: b}}]\n"
    "  eta1L: [0, 0, {free: [-1, 1], name: c}]\n",
}


def drawn(source, number, seed=0):
    low, high = np.array([(p.low, p.high) for p in source.parameters]).T
    return low + (high - low) * np.random.default_rng(seed).uniform(size=(number, len(low)))


@pytest.mark.parametrize("name", CARDS)
def test_coefficients_are_those_of_the_matching(name):
    import jax
    import jax.numpy as xp

    source = parametric(parse_card(CARDS[name]))
    split = factored(lambda theta: source.vector(theta, xp), drawn(source, 3))
    points = drawn(source, 3, seed=1)
    with double_precision():
        features = np.asarray(jax.jit(jax.vmap(split.features))(points))
    wanted = np.array([source.vector(theta) for theta in points])
    assert split.weights.shape == (len(source.components), features.shape[1])
    scale = np.abs(wanted).max(axis=0)
    # what cancels to nothing is rounding
    assert np.allclose(features @ split.weights.T, wanted, rtol=1e-9, atol=1e-14 * scale.max())
    # far fewer products than monomials of degree four, of 36 parameters 91,390
    assert features.shape[1] < 20_000


def test_plain_functions():
    """Products, quotients of constants, moves and sums; and what depends on nothing."""
    import jax.numpy as xp

    matrix = np.arange(6.0).reshape(2, 3) - 2.5

    def function(x):
        z = x[:3] + 1j * x[3:]
        outer = xp.einsum("i,j->ij", z, xp.conj(z))
        mixed = xp.einsum("ai,ij->aj", xp.asarray(matrix), outer) / 3.0 - outer[:2] * 2j
        real = xp.stack([mixed.real.sum(), (mixed.imag[::-1] * matrix).sum(), 4.0 + 0.0 * x[0]])
        return xp.concatenate([real, -x[1:3], xp.log(1 + x[:1] ** 2)])

    points = np.random.default_rng(2).normal(size=(5, 6))
    split = factored(function, points[:3])
    with double_precision():
        wanted = np.array([np.asarray(function(xp.asarray(p))) for p in points])
        found = np.array([split.weights @ np.asarray(split.features(p)) for p in points])
    assert np.allclose(found, wanted, rtol=1e-12, atol=1e-13)
