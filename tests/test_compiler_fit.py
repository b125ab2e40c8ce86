"""The fitter finds polynomials exactly and says when it cannot."""

import numpy as np
import pytest

from closeness import close
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.fit import Fitter, evaluate, fit_parts, monomials
from muoquark.likelihood.compiler.form_recipe import FormTerm
from muoquark.likelihood.compiler.recipes import features, recipe

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])


def components(*names, sector="sb", size=2.0):
    return [
        ["WET", "flavio", sector, 4.8, name, part, size] for name in names for part in ("Re", "Im")
    ]


def points(listed, count=200, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, len(listed))) * [c[6] for c in listed]
    ckm = CENTRE * (1 + 0.1 * rng.uniform(-1, 1, size=(count, 4)))
    return x, ckm_products(ckm, CENTRE)


def test_a_loop_amplitude_is_found_exactly():
    listed = components("C9_bsmumu", "C10_bsmumu")
    x, products = points(listed)
    t = products["bs.t.re"] + 1j * products["bs.t.im"]
    u = products["bs.u.re"] + 1j * products["bs.u.im"]
    amplitude = t * (4.1 + x[:, 0] + 1j * x[:, 1]) + u * (0.3 + 0.2j) + 1e-3
    y = abs(amplitude) ** 2 + abs(t * (x[:, 2] + 1j * x[:, 3] - 4.2)) ** 2
    fitter = Fitter(listed, x, products, 20)
    polynomial, error = fitter.fit(y, range(4), features("loop:bs"))
    assert error < 1e-9
    index = {tuple(c[:6]): k for k, c in enumerate(listed)}
    assert np.allclose(evaluate(polynomial, index, x, products), y, rtol=1e-8, atol=0)


def test_a_wrong_form_is_seen_on_held_out_points():
    listed = components("C9_bsmumu")
    x, products = points(listed)
    fitter = Fitter(listed, x, products, 20)
    _, error = fitter.fit(np.sqrt(1 + x[:, 0] ** 2), range(2), features("1"))
    assert error > 1e-2


def test_too_few_points_are_an_error():
    listed = components("C9_bsmumu", "C10_bsmumu")
    x, products = points(listed, count=30)
    with pytest.raises(ValueError, match="points for"):
        Fitter(listed, x, products, 5).fit(x[:, 0], range(4), features("loop:bs"))


def test_neutrino_flavours_do_not_mix():
    listed = [tuple(c) for c in components("CVL_bcmunue", "CVL_bcmunumu", sector="cbmunu")]
    pairs = monomials(listed, 2)
    assert (0, 1) in pairs and (0, 2) not in pairs and (2, 3) in pairs


def test_mixing_phase_is_separated():
    listed = components("C7_bs")
    x, products = points(listed, count=300)
    t = products["bs.t.re"] + 1j * products["bs.t.im"]
    a, b = t * (x[:, 0] + 1j * x[:, 1] - 0.3), np.conj(t) * (0.4 + x[:, 0])
    phases = np.array([0, np.pi, np.pi / 2])
    rate = (abs(a) ** 2 + abs(b) ** 2)[:, None] + 0.1 * (
        np.exp(1j * phases) * (b * np.conj(a))[:, None]
    ).real
    fitter = Fitter(listed, x, products, 20)
    polynomial, error = fit_parts(fitter, [(rate, [0, 1], "phased:bs")], ("cos_s", "sin_s"))
    assert error < 1e-8
    phi = 0.8
    context = {**products, "cos_s": np.full(300, np.cos(phi)), "sin_s": np.full(300, np.sin(phi))}
    index = {tuple(c[:6]): k for k, c in enumerate(listed)}
    truth = abs(a) ** 2 + abs(b) ** 2 + 0.1 * (np.exp(1j * phi) * b * np.conj(a)).real
    assert np.allclose(evaluate(polynomial, index, x, context), truth, rtol=1e-8, atol=0)


def test_optimised_observable_recipe():
    t = np.abs(np.random.default_rng(1).normal(size=(10, 3))) * [1, 1, -1]
    o = t[:, 0] / np.sqrt(-t[:, 1] * t[:, 2]) / 2
    made = recipe("<P5p>(B0->K*mumu)", o[:, None], t[:, None], ["integral"] * 3, {})
    values = [sum(part[0] for part in piece.parts) for piece in made.pieces]
    assert np.allclose(made.products[0].evaluate(values), 2 * o, atol=0)


def test_effective_lifetime_recipe():
    rng = np.random.default_rng(2)
    p, s = (rng.normal(size=20) + 1j * rng.normal(size=20) for _ in range(2))
    n, d, y = (p**2).real - (s**2).real, abs(p) ** 2 + abs(s) ** 2, 0.064
    o = 2.3e12 * (d * (1 + y**2) + 2 * y * n) / ((1 - y**2) * (d + y * n))
    t = np.stack([p.real, p.imag, s.real, s.imag], axis=-1)
    made = recipe("tau_mumu", o[:, None], t[:, None], [""] * 4, {})
    values = [sum(part[0] for part in piece.parts) for piece in made.pieces]
    assert np.allclose(made.products[0].evaluate(values), o, atol=0)


def test_product_formula():
    values = [np.array([v]) for v in (2.0, 3.0, 5.0, 7.0, 4.0)]
    found = FormTerm((0, 1), (2,), (3, 4)).evaluate(values)
    assert found[0] == close(6 / 5 / np.sqrt(28))
