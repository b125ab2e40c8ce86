"""The CKM matrix: unitarity, the inverse, and the matrix that wilson uses."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.sm.ckm import CKMInput, ckm_matrix, ckm_parameters
from muoquark.sm.parameters import INPUTS

inputs = st.builds(
    CKMInput,
    Vus=st.floats(0.05, 0.4),
    Vub=st.floats(1e-3, 0.02),
    Vcb=st.floats(0.02, 0.2),
    gamma=st.floats(-pi + 0.01, pi - 0.01),
)


@given(inputs)
def test_unitary_and_invertible(ckm):
    V = ckm_matrix(ckm)
    assert np.allclose(V @ V.conj().T, np.eye(3), atol=1e-14)
    assert np.allclose(ckm_parameters(V), ckm, atol=1e-12)


@given(inputs, st.lists(st.floats(-pi, pi), min_size=6, max_size=6))
def test_parameters_do_not_depend_on_phases(ckm, phases):
    up, down = np.exp(1j * np.array(phases)).reshape(2, 3)
    V = np.diag(up) @ ckm_matrix(ckm) @ np.diag(down)
    assert np.allclose(ckm_parameters(V), ckm, atol=1e-12)


@pytest.mark.exact
def test_agrees_with_wilson():
    from ckmutil.ckm import ckm_tree

    assert np.allclose(ckm_matrix(INPUTS.ckm), ckm_tree(*INPUTS.ckm), atol=1e-14)
