"""Mixing matrix, masses and Takagi factorisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.neutrino.pmns import (
    effective_mass,
    light_masses,
    mixing_parameters,
    pmns_matrix,
    takagi,
)

inside = st.floats(0.02, 0.98)
angle = st.floats(0.01, 6.27)


@given(inside, inside, inside, angle, angle, angle, st.tuples(angle, angle, angle))
def test_parameters_come_back_whatever_the_row_phases(s12, s13, s23, d, a21, a31, rows):
    U = pmns_matrix(s12, s13, s23, d, a21, a31)
    assert np.allclose(U @ U.conj().T, np.eye(3), atol=1e-12)
    found = mixing_parameters(np.diag(np.exp(1j * np.array(rows))) @ U)
    assert found["s12sq"] == pytest.approx(s12, abs=1e-9)
    assert found["s13sq"] == pytest.approx(s13, abs=1e-9)
    assert found["s23sq"] == pytest.approx(s23, abs=1e-9)
    for name, value in (("delta", d), ("alpha21", a21), ("alpha31", a31)):
        assert np.exp(1j * found[name]) == pytest.approx(np.exp(1j * value), abs=1e-6)


def test_the_pdg_form():
    U = pmns_matrix(0.3, 0.022, 0.5, np.pi / 2)
    assert U[0, 2] == close(-1j * np.sqrt(0.022))
    assert U[1, 2] == close(np.sqrt(0.5 * 0.978))
    many = pmns_matrix(np.full((4, 5), 0.3), 0.02, 0.5, np.zeros((4, 1)))
    assert many.shape == (4, 5, 3, 3)


@pytest.mark.parametrize("dm3l", [2.5e-3, -2.5e-3])
def test_masses_have_the_splittings(dm3l):
    m1, m2, m3 = light_masses(0.01, 7.5e-5, dm3l)
    assert min(m1, m2, m3) == close(0.01)
    assert m2**2 - m1**2 == close(7.5e-5)
    assert m3**2 - (m1 if dm3l > 0 else m2) ** 2 == close(dm3l)


@given(st.integers(0, 10**6), st.booleans())
def test_takagi(seed, degenerate):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    matrix = matrix + matrix.T
    if degenerate:
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
        matrix = q @ np.diag([1, 1, 2]) @ q.T
    masses, U = takagi(matrix)
    assert np.all(masses >= 0)
    assert np.all(np.diff(masses) >= -1e-12)
    assert np.allclose(U @ U.conj().T, np.eye(3), atol=1e-8)
    assert np.allclose(U @ np.diag(masses) @ U.T, matrix, atol=1e-8)


def test_effective_mass_is_the_ee_entry():
    U = pmns_matrix(0.31, 0.022, 0.47, 3.7, 1.1, 4.2)
    masses = light_masses(0.02, 7.5e-5, 2.5e-3)
    matrix = U @ np.diag(masses) @ U.T
    assert effective_mass(U, masses) == close(abs(matrix[0, 0]))
