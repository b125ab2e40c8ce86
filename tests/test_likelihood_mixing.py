"""Meson mixing beyond polynomials."""

import numpy as np
import pytest

from closeness import close
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.mixing import DERIVED, derived, mass_difference, q_over_p

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])


def test_mass_difference_is_twice_m12_without_width():
    m12 = 5e-12 * np.exp(0.7j)
    assert mass_difference(m12, 0j) == close(2 * abs(m12))
    assert abs(q_over_p(m12, 0j)) == close(1)


def test_eigenvalues_of_the_mixing_matrix():
    m12, g12 = 5e-12 * np.exp(0.7j), 3e-14 * np.exp(-2.1j)
    h12, h21 = m12 - 0.5j * g12, np.conj(m12) - 0.5j * np.conj(g12)
    split = np.diff(np.linalg.eigvals(np.array([[0, h12], [h21, 0]])).real)
    assert abs(mass_difference(m12, g12)) == close(abs(split[0]))


def pieces(phase_s):
    m12 = {"Bs": 6e-12 * np.exp(1j * phase_s), "B0": 1.6e-13 * np.exp(-0.8j), "D0": 3e-15 + 0j}
    g12 = {"Bs": -3e-14 + 0j, "B0": -9e-16 + 0j, "D0": 2e-15 * np.exp(0.3j)}
    out = {}
    for meson in m12:
        for name, value in (("M12", m12[meson]), ("G12", g12[meson])):
            out[f"{meson}.{name}.re"] = np.array([value.real])
            out[f"{meson}.{name}.im"] = np.array([value.imag])
    return out


def test_asymmetry_follows_the_phase_of_m12():
    products = ckm_products(CENTRE[None], CENTRE)
    phases = np.linspace(-1, 1, 5)
    found = [derived(pieces(p), products) for p in phases]
    assert set(DERIVED) < set(found[0])
    charm = np.angle(products["bs.c.re"] + 1j * products["bs.c.im"])[0]
    for p, values in zip(phases, found, strict=True):
        # Gamma12 shifts the phase of q/p by |Gamma12/M12|/2
        assert values["S_psiphi"][0] == pytest.approx(-np.sin(p - 2 * charm), abs=3e-3)
        assert values["cos_s"] ** 2 + values["sin_s"] ** 2 == close(1)


def test_charm_asymmetry():
    values = derived(pieces(0.1), ckm_products(CENTRE[None], CENTRE))
    assert values["x12Im_D"][0] == close(2 * 3e-15 * np.sin(-0.3))
