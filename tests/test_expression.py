"""Expressions are the text they are written as, and no text does more than arithmetic."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.expression import (
    FUNCTIONS,
    OPERATIONS,
    Expression,
    FunctionCall,
    Negative,
    Number,
    Operation,
    Symbol,
    parse_expression,
    sqrt,
)

VALUES = {"a": 0.7, "b": np.array([-1.3, 0.0, 2.5]), "c_1": -4.0}

finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.one_of(
    st.builds(Number, finite | st.integers(-9, 9).map(float)),
    st.sampled_from([Symbol(name) for name in VALUES]),
)


def larger(children):
    one = [f for f, (_, n) in FUNCTIONS.items() if n == 1]
    two = [f for f, (_, n) in FUNCTIONS.items() if n == 2]
    return st.one_of(
        st.builds(Operation, st.sampled_from(list(OPERATIONS)), children, children),
        st.builds(Negative, children),
        st.builds(lambda f, x: FunctionCall(f, (x,)), st.sampled_from(one), children),
        st.builds(
            lambda f, x, y: FunctionCall(f, (x, y)), st.sampled_from(two), children, children
        ),
    )


expressions = st.recursive(leaves, larger, max_leaves=12)


@given(expressions)
def test_the_text_is_read_as_the_same_expression(expression):
    again = parse_expression(str(expression))
    assert again == expression
    assert again.variables == expression.variables <= set(VALUES)
    with np.errstate(all="ignore"):
        first, second = expression.evaluate(VALUES), again.evaluate(VALUES)
    # Also -0.0 and 0.0 are kept apart, which == does not do.
    assert np.asarray(first).tobytes() == np.asarray(second).tobytes()


class Doubles(ast.NodeTransformer):
    """Numbers of numpy for Python's own, which raise errors and know integers and roots of -1."""

    def visit_Constant(self, node):
        return ast.Call(ast.Name("float64", ast.Load()), [node], [])


@given(expressions)
def test_python_reads_the_text_alike(expression):
    """The format asks for what Python would compute, with numpy's functions."""
    names = {f: getattr(np, name) for f, (name, _) in FUNCTIONS.items()} | {"float64": np.float64}
    values = {name: np.asarray(value, dtype=float) for name, value in VALUES.items()}
    tree = ast.fix_missing_locations(Doubles().visit(ast.parse(str(expression), mode="eval")))
    with np.errstate(all="ignore"):
        expected = eval(compile(tree, "text", "eval"), names | values)
        found = expression.evaluate(values)
    assert np.allclose(found, expected, rtol=1e-12, atol=0, equal_nan=True)


def test_known_values():
    values = {"num": 6.0, "den": np.array([2.0, 3.0]), "x": -0.5}
    for text, expected in {
        "num / den": [3.0, 2.0],
        "num - den - 1": [3.0, 2.0],
        "-x**2": -0.25,
        "2**-1": 0.5,
        "2**3**2": 512.0,
        "  sqrt(x**2) + abs(x) ": 1.0,
        "1.5e1*(x + 1)/log(exp(3))": 2.5,
        "atan2(1, 1)*4": math.pi,
        "arccos(cos(1)) + acos(cos(2))": 3.0,
        "+num": 6.0,
        "minimum(num, den)": [2.0, 3.0],
    }.items():
        assert parse_expression(text).evaluate(values) == close(expected), text


def test_operators_build_the_expression():
    a, b = Symbol("a"), Symbol("b")
    built = (1 / sqrt(a) - 1) * -b + 2 * (a / b) ** 2 - (3 - b)
    assert str(built) == "(1/sqrt(a) - 1)*-b + 2*(a/b)**2 - (3 - b)"
    assert built.variables == {"a", "b"}
    assert built.evaluate({"a": 4.0, "b": 2.0}) == close(1.0 + 8.0 - 1.0)


def test_in_jax_with_derivatives():
    import jax

    from muoquark.common.arrays import double_precision

    expression = parse_expression("sqrt(a**2 + b**2)/(1 - b)")
    with double_precision():

        def function(a, b):
            return expression.evaluate({"a": a, "b": b}, jax.numpy)

        value, (da, db) = jax.jit(jax.value_and_grad(function, (0, 1)))(3.0, -4.0)
        assert [float(value), float(da), float(db)] == close([1.0, 0.12, 0.04])
        assert value.dtype == np.float64


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no arithmetic expression"),
        ("a +", "no arithmetic expression"),
        ("a b", "no arithmetic expression"),
        ("a = 1", "no arithmetic expression"),
        ("a\x00", "no arithmetic expression"),
        ("(" * 5000 + "a" + ")" * 5000, "no arithmetic expression"),
        ("-" * 900 + "a", "nested more than 200 times"),
        ("1e999", "not finite"),
        ("9" * 400, "not finite"),
        ("1j", "no arithmetic of numbers"),
        ("True", "no arithmetic of numbers"),
        ("'a'", "no arithmetic of numbers"),
        ("a if b else c", "no arithmetic of numbers"),
        ("a < b", "no arithmetic of numbers"),
        ("a // b", "no arithmetic of numbers"),
        ("a @ b", "no arithmetic of numbers"),
        ("~a", "no arithmetic of numbers"),
        ("[a]", "no arithmetic of numbers"),
        ("a.real", "no arithmetic of numbers"),
        ("np.sqrt(a)", "no arithmetic of numbers"),
        ("(lambda: a)()", "no arithmetic of numbers"),
        ("sqrt(x=a)", "no arithmetic of numbers"),
        ("sqrt(*a)", "no arithmetic of numbers"),
        ("a + __import__('os').getcwd()", r"'__import__\('os'\).getcwd\(\)' is no arithmetic"),
        ("open(a)", "'open' is none of the functions sqrt"),
        ("sqrt(a, b)", "sqrt takes 1 argument, found 2"),
        ("pow(a)", "pow takes 2 arguments, found 1"),
    ],
)
def test_anything_else_is_refused(text, why):
    with pytest.raises(ValueError, match=why) as caught:
        parse_expression(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_faults_of_what_is_built():
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="no finite number"):
            Number(bad)
    for bad in ("", "2a", "lambda", "a b"):
        with pytest.raises(ValueError, match="cannot be the name"):
            Symbol(bad)
    with pytest.raises(KeyError, match="b"):
        parse_expression("a + b").evaluate({"a": 1.0})
    with pytest.raises(NotImplementedError):
        Expression().evaluate({})
