"""The shapes in the types are checked at every call in the test run (``conftest.py``)."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from conftest import CHECKED
from muoquark.common.arrays import double_precision
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.matching.polynomial import Polynomial
from muoquark.running import ckm_expansion
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.running import sm_parameters
from muoquark.smeft.tensors import conjugate4, dagger, outer
from muoquark.theory.components import Components
from muoquark.theory.general import GeneralTheory, beta_yukawa
from muoquark.theory.tables import standard_model
from muoquark.theory.tensors import fields_from_vector


def inputs(**couplings):
    return Inputs.of(couplings, {"S1": 3000.0, "S3": 3000.0}, {}, sm_parameters(3000.0), 3000.0)


def test_right_shapes_pass():
    assert inputs(eta3L=np.ones((3, 3), complex)).couplings["eta3L"].shape == (3, 3)
    assert outer(np.eye(3), np.eye(3)).shape == (3, 3, 3, 3)


def test_jax_arrays_and_traced_ones_pass():
    import jax
    import jax.numpy as jnp

    with double_precision():
        traced = jax.jit(lambda a: outer(dagger(a), a))(jnp.eye(3) * 1j)
    assert traced.shape == (3, 3, 3, 3)
    with double_precision(), pytest.raises(TypeCheckError):
        jax.jit(lambda a: outer(dagger(a), a))(jnp.ones((3, 2)))


WRONG = {
    "a coupling of two leptons": lambda: inputs(eta3L=np.ones((3, 2), complex)),
    "a real coupling": lambda: inputs(eta3L=np.ones((3, 3))),
    "a tensor from a rectangle": lambda: outer(np.ones((3, 2)), np.eye(3)),
    "a matrix for a tensor": lambda: conjugate4(np.eye(3)),
    "three CKM parameters": lambda: ckm_matrix(np.ones(3)),
    "CKM parameters along the first axis": lambda: ckm_expansion.shifts(np.ones((4, 7))),
    "three real fields": lambda: fields_from_vector(Components(standard_model()), np.ones(3)),
    "scales that do not belong together": lambda: Polynomial(
        np.zeros((3, 2), int), np.ones((5, 3)), np.zeros(2), np.ones(1)
    ),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_wrong_shapes_are_found(call):
    with pytest.raises(TypeCheckError):
        call()


def test_axes_of_one_name_have_one_length():
    """A theory of two scalars and three fermions has no quartic of three scalars."""
    tensors = {
        "yukawa": np.zeros((2, 3, 3), complex),
        "quartic": np.zeros((2, 2, 2, 2)),
        "fermion_generators": np.zeros((1, 3, 3), complex),
        "scalar_generators": np.zeros((1, 2, 2), complex),
        "adjoint_casimir": np.zeros((1, 1)),
    }
    theory = GeneralTheory(**tensors)
    assert beta_yukawa(theory, np.ones(2)).shape == (3, 3)
    with pytest.raises(TypeCheckError):
        GeneralTheory(**{**tensors, "quartic": np.zeros((3, 3, 3, 3))})


def test_the_rooms_that_are_checked_are_there():
    for name in CHECKED:
        assert importlib.import_module(name)
