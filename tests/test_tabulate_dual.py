"""Forward derivatives: against finite differences of the same expressions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from muoquark.running.tabulate import dual
from muoquark.running.tabulate.dual import Dual, private_copy, scalar_function

RNG = np.random.default_rng(0)
A0, B0 = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))
S0 = 2.0
DA = RNG.normal(size=(5, 3, 3)) + 1j * RNG.normal(size=(5, 3, 3))
DS = RNG.normal(size=4)
SQRT, LOG = scalar_function("sqrt"), scalar_function("log")

EXPRESSIONS = {
    "products": lambda a, s: 2 * s * a @ B0 + np.conj(np.trace(a @ a.conj().T)) * B0 / s,
    "einsum": lambda a, s: np.einsum("ij,jk,lk", a, B0, a.conj()) * s**3 - 1j * a,
    "scalars": lambda a, s: SQRT(s) / (1 - s) * LOG(s) ** 2 + abs(s) * 3,
    "indexing": lambda a, s: a[0, 1] * a.T[2, 1] - s * a.real[2, 2] * 10**22 * 1e-22,
    "numpy first": lambda a, s: B0 * a + B0 @ a - B0 / s + np.float64(2) * s,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_derivatives(name):
    expression = EXPRESSIONS[name]
    result = expression(Dual(A0, {"a": DA}), Dual(S0, {"s": DS}))
    np.testing.assert_allclose(result.value, expression(A0, S0), rtol=1e-13)
    h = 1e-6
    for n, step in enumerate(DA):
        numeric = (expression(A0 + h * step, S0) - expression(A0 - h * step, S0)) / (2 * h)
        found = result.blocks["a"][n] if "a" in result.blocks else 0 * result.value
        np.testing.assert_allclose(found, numeric, rtol=1e-7, atol=1e-7)
    for n, step in enumerate(DS):
        numeric = (expression(A0, S0 + h * step) - expression(A0, S0 - h * step)) / (2 * h)
        found = result.blocks["s"][n]
        scale = max(1, float(np.abs(numeric).max()))
        np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-7 * scale)


def test_a_zero_value_keeps_what_is_linear_and_drops_what_is_quadratic():
    zero = Dual(np.zeros((3, 3), complex), {"a": DA}, zero=True)
    s = Dual(S0, {"s": DS})
    result = zero * s + np.einsum("ij,jk->ik", zero, zero)
    assert set(result.blocks) == {"a"}
    np.testing.assert_allclose(result.blocks["a"], S0 * DA)


def test_what_is_not_defined_raises():
    with pytest.raises(TypeError):
        abs(Dual(1j, {}))
    with pytest.raises(TypeError):
        SQRT(Dual(np.ones(2), {}))
    with pytest.raises(TypeError):
        np.linalg.inv(Dual(A0, {}))
    with pytest.raises(TypeError):
        np.exp(Dual(1.0, {}))


def test_private_copy_leaves_the_module_alone():
    copy = private_copy(dual, math=None)
    assert copy.math is None
    assert dual.math is math
    with pytest.raises(AttributeError, match="no nothing"):
        private_copy(dual, nothing=1)
