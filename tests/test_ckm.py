"""The CKM matrix: unitarity, its phases, the inverse, and the matrix that wilson uses."""

from __future__ import annotations

import ast
from math import pi
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import muoquark
from closeness import close
from muoquark.sm.ckm import CKMInput, ckm_matrix, ckm_parameters, gamma_from_delta
from muoquark.sm.inputs import INPUTS

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


@settings(derandomize=True, deadline=None, max_examples=50)
@given(inputs, st.sampled_from(["gamma", "delta"]))
def test_an_array_gives_what_inputs_give(ckm, phase):
    """Element by element, for either meaning of the phase."""
    several = np.array([ckm, ckm._replace(Vus=0.3)])
    V = ckm_matrix(several, phase)
    assert V.shape == (2, 3, 3)
    assert np.allclose(V[0], ckm_matrix(ckm, phase), rtol=1e-14, atol=0)
    assert np.allclose(V @ V.conj().swapaxes(1, 2), np.eye(3), atol=1e-14)
    assert np.allclose(np.abs(V[:, [0, 0, 1], [1, 2, 2]]), several[:, :3], rtol=1e-13, atol=0)


def test_jax_gives_the_same_matrix():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        for ckm in (INPUTS.ckm, np.array([INPUTS.ckm] * 2)):
            V = np.asarray(ckm_matrix(ckm, "delta", jax.numpy))
            assert np.allclose(V, ckm_matrix(ckm, "delta"), rtol=1e-14, atol=0)


def test_gamma_is_the_angle_of_the_unitarity_triangle():
    for gamma in (0.3, 1.088, 2.8):
        (ud, _, ub), (cd, _, cb), _ = ckm_matrix(CKMInput(0.2253, 0.00415, 0.0420, gamma))
        assert np.angle(-ud * ub.conj() / (cd * cb.conj())) == pytest.approx(
            gamma, rel=0, abs=1e-13
        )
        # and differs from the phase of the standard parametrisation by less than a per mille
        assert 0 < abs(np.angle(ub.conj()) - gamma) < 2e-3


def test_gamma_from_delta():
    ckm = np.array([[0.2253, 4.1e-3, 4.2e-2, 1.1], [0.22, 4.0e-3, 4.1e-2, 2.0]])
    found = ckm_matrix(gamma_from_delta(ckm), "gamma")
    assert np.allclose(found, ckm_matrix(ckm, "delta"), rtol=1e-12, atol=0)
    V = ckm_matrix(CKMInput(*ckm[0]), "delta")
    assert gamma_from_delta(ckm)[0, 3] == close(ckm_parameters(V).gamma)


def functions():
    """All functions of the package, with the file that they stand in."""
    for path in Path(muoquark.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def test_there_is_one_ckm_matrix():
    found = [path for path, f in functions() if f.name.strip("_") in ("ckm_matrix", "ckm_array")]
    assert [f"{p.parent.name}/{p.name}" for p in found] == ["sm/ckm.py"]


def test_the_array_module_comes_last_and_is_numpy_by_default():
    seen = set()
    for path, f in functions():
        arguments = [a.arg for a in f.args.args]
        if "ckm" in path.stem and "xp" in arguments:
            seen.add(path.stem)
            assert arguments[-1] == "xp", f.name
            assert ast.unparse(f.args.defaults[-1]) == "np", f.name
    assert seen == {"ckm", "ckm_expansion", "ckm_products", "ckm_scheme"}


@given(inputs, st.lists(st.floats(-pi, pi), min_size=6, max_size=6))
def test_parameters_do_not_depend_on_phases(ckm, phases):
    up, down = np.exp(1j * np.array(phases)).reshape(2, 3)
    V = np.diag(up) @ ckm_matrix(ckm) @ np.diag(down)
    assert np.allclose(ckm_parameters(V), ckm, atol=1e-12)


@pytest.mark.exact
def test_agrees_with_wilson():
    from ckmutil.ckm import ckm_tree

    assert np.allclose(ckm_matrix(INPUTS.ckm), ckm_tree(*INPUTS.ckm), atol=1e-14)
