"""The shapes in the types are checked at every call in the test run (``conftest.py``)."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any, Literal  # noqa: F401

import jaxtyping
import numpy as np
import pytest
from beartype import beartype
from jaxtyping import Num, TypeCheckError

import muoquark
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


def test_what_passed_once_hides_no_other_call():
    """Neither another shape, element type, number of axes nor another value of a name passes."""
    matrix = np.eye(3)
    for _ in range(3):
        assert outer(matrix, matrix).shape == (3, 3, 3, 3)
        with pytest.raises(TypeCheckError):
            outer(matrix, np.eye(2))
        with pytest.raises(TypeCheckError):
            outer(matrix, [[1.0]])
        with pytest.raises(TypeCheckError):
            outer(matrix, b=np.eye(3, dtype=bool))


def checked_by_hand(text):
    """Return the function ``f`` of a text, checked as those of the package are."""
    names = {}
    exec("from __future__ import annotations\n" + text, {**globals(), "Any": Any}, names)
    # jaxtyping's own name is ours: conftest.py has put it there
    return jaxtyping.jaxtyped(typechecker=beartype)(names["f"])


def test_what_is_returned_is_checked_for_the_same_arguments():
    """The second value is wrong, and no call is made twice for the sake of a check."""
    calls = []
    answers = iter([np.ones(3), np.ones(3), np.ones(3, bool), np.ones((3, 1)), np.ones(2)])

    def take():
        calls.append(1)
        return next(answers)

    f = checked_by_hand('def f(take: Any, n: int) -> Num[Any, " n"]: return take()')
    for _ in range(2):
        assert len(f(take, 3)) == 3
    for count in (3, 4):
        with pytest.raises(TypeCheckError):
            f(take, 3)
        assert len(calls) == count
    assert len(f(take, 3)) == 2  # a name that no argument has may have any length


def test_functions_of_one_code_share_their_check_alone():
    def make(value):
        def inner(x: Num[Any, " 3"]) -> Num[Any, " 3"]:  # noqa: F722
            return x + value

        return jaxtyping.jaxtyped(typechecker=beartype)(inner)

    first, second = make(1.0), make(2.0)
    for _ in range(2):
        assert first(np.zeros(3))[0] == 1.0 and second(np.zeros(3))[0] == 2.0
        with pytest.raises(TypeCheckError):
            second(np.zeros(2))
    assert first(x=np.zeros(3))[0] == 1.0


def test_collections_are_seen_into():
    f = checked_by_hand('def f(x: tuple[Num[Any, "3"], ...] | dict[str, int]) -> Any: return x')
    for _ in range(2):
        assert f((np.ones(3),)) and f({"a": 1})
        for wrong in ((np.ones(2),), (np.ones((3, 1)),), {"a": "b"}, {1: 1}, [np.ones(3)]):
            with pytest.raises(TypeCheckError):
                f(wrong)


def test_texts_that_are_allowed_are_told_from_others():
    f = checked_by_hand('def f(x: Literal["a"]) -> Any: return x')
    for _ in range(2):
        assert f("a") == "a"
        with pytest.raises(TypeCheckError):
            f("b")


def test_a_length_that_is_computed_is_checked_each_time():
    f = checked_by_hand('def f(n: int, x: Num[Any, " {n+1}"]) -> int: return n')
    assert f(2, np.ones(3)) == 2
    with pytest.raises(TypeCheckError):
        f(3, np.ones(3))


def test_the_rooms_that_are_checked_are_there():
    for name in CHECKED:
        assert importlib.import_module(name)


def no_shapes(source):
    """Yield the line of every type of an array whose shape is no text: nothing can evaluate it."""
    kinds = {"Bool", "Complex", "Float", "Inexact", "Int", "Num", "Real", "Shaped"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in kinds:
            shape = getattr(node.slice, "elts", [None])[-1]
            if not (isinstance(shape, ast.Constant) and isinstance(shape.value, str)):
                yield node.lineno


def test_every_shape_is_a_text():
    """A linter that takes the quotes of a shape of dots away leaves a type that is an error."""
    texts = [p.read_text(encoding="utf-8") for p in Path(muoquark.__file__).parent.rglob("*.py")]
    assert [line for text in texts for line in no_shapes(text)] == []
    assert sum('np.ndarray, "' in text for text in texts) > 20
    assert list(no_shapes('def f(x: Num[np.ndarray, ...]) -> Num[np.ndarray, "..."]: ...')) == [1]
    assert list(no_shapes("x: Float[np.ndarray]\ny: tuple[int, ...]")) == [1]
