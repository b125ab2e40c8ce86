"""Arithmetic expressions of named quantities: built from operators, written and read as text.

The text is Python's: ``1.1*num/den``, ``sqrt(a**2 + b**2)``.  It is what POPxf 1.0 (2511.17348)
puts into ``observable_expressions``: "a Python-compatible mathematical expression" of variables
with "standard mathematical functions like sqrt or cos that are implemented in packages like
numpy".  Reading it runs none of it: what is not arithmetic is refused.
"""

from __future__ import annotations

import ast
import keyword
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "FUNCTIONS",
    "Expression",
    "FunctionCall",
    "Negative",
    "Number",
    "Operation",
    "Symbol",
    "parse_expression",
    "sqrt",
]

# Name in a text: (name in numpy and jax.numpy, number of arguments).  The inverse functions have
# two names, Python's and numpy's.
FUNCTIONS = {
    **{
        name: (name, 1)
        for name in (
            "sqrt cbrt exp expm1 log log1p log2 log10 sin cos tan sinh cosh tanh arcsin arccos "
            "arctan arcsinh arccosh arctanh abs sign"
        ).split()
    },
    **{f"a{name}": (f"arc{name}", 1) for name in "sin cos tan sinh cosh tanh".split()},
    "arctan2": ("arctan2", 2),
    "atan2": ("arctan2", 2),
    "power": ("power", 2),
    "pow": ("power", 2),
    "minimum": ("minimum", 2),
    "maximum": ("maximum", 2),
}
# Symbol: (name in numpy and jax.numpy, how tightly it binds, class of Python's syntax tree).
OPERATIONS = {
    "+": ("add", 1, ast.Add),
    "-": ("subtract", 1, ast.Sub),
    "*": ("multiply", 2, ast.Mult),
    "/": ("divide", 2, ast.Div),
    "**": ("power", 4, ast.Pow),
}
SIGN, ATOM = 3, 5
# Deeper texts are refused, before Python's own limit of recursion is met in the middle of a fit.
DEEPEST = 200


@dataclass(frozen=True)
class Expression:
    """Base of all expressions; Python's operators on them build larger ones.

    Examples
    --------
    >>> a, b = Symbol("a"), Symbol("b")
    >>> str(2 * (a - b) ** 2 / sqrt(a))
    '2*(a - b)**2/sqrt(a)'
    >>> float(parse_expression("2*(a - b)**2/sqrt(a)").evaluate({"a": 4.0, "b": 1.0}))
    9.0
    """

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that this one is made of, one step down."""
        return ()

    @property
    def strength(self) -> int:
        """How tightly the text holds together: what it needs parentheses for."""
        return ATOM

    @property
    def variables(self) -> frozenset[str]:
        """The names of all variables."""
        return frozenset[str]().union(*(part.variables for part in self.parts))

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return the value, of the joint shape of the variables' values.

        Parameters
        ----------
        values
            Real numbers or arrays by the name of the variable; more than are used may be given.
        xp
            ``numpy`` or ``jax.numpy``.

        Raises
        ------
        KeyError
            If the value of a variable is missing.
        """
        raise NotImplementedError

    def within(self, strength: int) -> str:
        """Return the text as part of another that binds its parts with `strength`."""
        return str(self) if self.strength >= strength else f"({self})"

    def __add__(self, other: Expression | float) -> Expression:
        return Operation("+", self, _expression(other))

    def __radd__(self, other: float) -> Expression:
        return Operation("+", _expression(other), self)

    def __sub__(self, other: Expression | float) -> Expression:
        return Operation("-", self, _expression(other))

    def __rsub__(self, other: float) -> Expression:
        return Operation("-", _expression(other), self)

    def __mul__(self, other: Expression | float) -> Expression:
        return Operation("*", self, _expression(other))

    def __rmul__(self, other: float) -> Expression:
        return Operation("*", _expression(other), self)

    def __truediv__(self, other: Expression | float) -> Expression:
        return Operation("/", self, _expression(other))

    def __rtruediv__(self, other: float) -> Expression:
        return Operation("/", _expression(other), self)

    def __pow__(self, other: Expression | float) -> Expression:
        return Operation("**", self, _expression(other))

    def __neg__(self) -> Expression:
        return Negative(self)


@dataclass(frozen=True)
class Number(Expression):
    """A finite real number."""

    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.value} is no finite number")

    @property
    def strength(self) -> int:
        """A sign in front binds as the operation of changing the sign does."""
        return SIGN if math.copysign(1, self.value) < 0 else ATOM

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return the number."""
        return self.value

    def __str__(self) -> str:
        # A whole number without its .0, as one writes it; -0.0 and 1e+300 as they are.
        whole = self.value.is_integer() and abs(self.value) < 1e15 and str(self.value) != "-0.0"
        return str(int(self.value)) if whole else repr(self.value)


@dataclass(frozen=True)
class Symbol(Expression):
    """A quantity whose value is given when the expression is evaluated."""

    name: str

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            raise ValueError(f"'{self.name}' cannot be the name of a variable")

    @property
    def variables(self) -> frozenset[str]:
        """The name."""
        return frozenset((self.name,))

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return the value that is given."""
        return values[self.name]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Negative(Expression):
    """An expression with its sign changed."""

    inner: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The expression whose sign is changed."""
        return (self.inner,)

    @property
    def strength(self) -> int:
        """Between the product and the power."""
        return SIGN

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return minus the inner value."""
        return xp.negative(self.inner.evaluate(values, xp))

    def __str__(self) -> str:
        # Without the parentheses of -(2), the text would be that of the number -2.
        literal = isinstance(self.inner, Number)
        return f"-({self.inner})" if literal else f"-{self.inner.within(SIGN)}"


@dataclass(frozen=True)
class Operation(Expression):
    """A sum, difference, product, quotient or power of two expressions.

    Attributes
    ----------
    symbol
        One of ``+ - * / **``.
    left, right
        What stands to both sides of it.
    """

    symbol: str
    left: Expression
    right: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        """Both sides."""
        return (self.left, self.right)

    @property
    def strength(self) -> int:
        """That of the symbol."""
        return OPERATIONS[self.symbol][1]

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return what the operation makes of both values."""
        left, right = self.left.evaluate(values, xp), self.right.evaluate(values, xp)
        # The library's function, not Python's operator, which refuses to divide numbers by zero.
        return getattr(xp, OPERATIONS[self.symbol][0])(left, right)

    def __str__(self) -> str:
        # Python groups a - b - c from the left, a ** b ** c from the right.  Sums and products on
        # the other side keep their parentheses: rounding depends on them.
        if self.symbol == "**":
            return f"{self.left.within(ATOM)}**{self.right.within(SIGN)}"
        space = " " if self.strength == OPERATIONS["+"][1] else ""
        left, right = self.left.within(self.strength), self.right.within(self.strength + 1)
        return f"{left}{space}{self.symbol}{space}{right}"


@dataclass(frozen=True)
class FunctionCall(Expression):
    """A function of one or two expressions.

    Attributes
    ----------
    function
        A name in `FUNCTIONS`.
    arguments
        As many as it takes.
    """

    function: str
    arguments: tuple[Expression, ...]

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise ValueError(f"'{self.function}' is none of the functions {', '.join(FUNCTIONS)}")
        number = FUNCTIONS[self.function][1]
        if len(self.arguments) != number:
            raise ValueError(
                f"{self.function} takes {number} argument{'s'[: number - 1]}, "
                f"found {len(self.arguments)}"
            )

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The arguments."""
        return self.arguments

    def evaluate(self, values: Mapping[str, Any], xp: Any = np) -> Any:
        """Return the function of the arguments' values."""
        inner = [argument.evaluate(values, xp) for argument in self.arguments]
        return getattr(xp, FUNCTIONS[self.function][0])(*inner)

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


def sqrt(inner: Expression) -> Expression:
    """Return the square root of an expression."""
    return FunctionCall("sqrt", (inner,))


def parse_expression(text: str) -> Expression:
    """Return the expression that a text states.

    Parameters
    ----------
    text
        Numbers, names of variables, ``+ - * / **``, parentheses and the functions in `FUNCTIONS`,
        as Python writes them.  A name in front of parentheses is a function, any other a variable.

    Raises
    ------
    ValueError
        With one sentence on what is not understood.
    """
    try:
        # What Python would only warn of, such as 1or 2, is refused further down.
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", None) or "it is nested too deeply"
        raise ValueError(f"'{_short(text)}' is no arithmetic expression: {why}") from None
    return _from_tree(tree.body, text.strip(), 0)


def _from_tree(node: ast.expr, text: str, depth: int) -> Expression:
    """Return the expression of a node of Python's syntax tree of the text."""

    def inner(child: ast.expr) -> Expression:
        return _from_tree(child, text, depth + 1)

    if depth > DEEPEST:
        raise ValueError(f"'{_short(text)}' is nested more than {DEEPEST} times")
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            try:
                return Number(float(number))
            except (OverflowError, ValueError):
                raise ValueError(f"'{_short(text)}' has a number that is not finite") from None
        case ast.Name(id=name):
            return Symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            positive = inner(operand)
            # The literal of a negative number, unless parentheses show that it is an operation.
            if isinstance(positive, Number) and operand.col_offset == node.col_offset + 1:
                return Number(-positive.value)
            return Negative(positive)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return inner(operand)
        case ast.BinOp(left=left, op=op, right=right):
            for symbol, (_, _, kind) in OPERATIONS.items():
                if isinstance(op, kind):
                    return Operation(symbol, inner(left), inner(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return FunctionCall(name, tuple(map(inner, arguments)))
    part = ast.get_source_segment(text, node) or ""
    raise ValueError(f"'{_short(part)}' is no arithmetic of numbers, variables and functions")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _expression(other: Expression | float) -> Expression:
    return other if isinstance(other, Expression) else Number(float(other))
