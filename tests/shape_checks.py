"""The check of shapes at every call (``conftest.py``), at the price of the first call of a kind.

jaxtyping binds the arguments and looks at each of them twice, which takes longer than to multiply
the 3x3 matrices that most functions are about, and compiles the checks of a function within a
function whenever the outer one is called.  What a check finds depends on nothing but the
annotations, the types, element types and shapes.  A call is therefore checked unless one with the
same of all these, in each argument and in what was returned, has passed before.
``tests/test_shapes.py`` has what must be found all the same.
"""

from __future__ import annotations

import functools
import inspect
import threading
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import CodeType, FunctionType, ModuleType
from typing import Any

import jaxtyping
import numpy as np

__all__ = ["install"]

CHECKED = jaxtyping.jaxtyped
ATOMS = {int, bool, str, float, complex, type(None), ModuleType}
# Collections are compared item by item; longer ones are checked at each call.
LONGEST = 64


class Unknown(Exception):
    """Something whose type alone does not say what a check finds."""


def kind(x: Any) -> Any:
    """Return all of an object that a check may depend on."""
    t = type(x)
    if t is np.ndarray:
        return x.dtype, x.shape
    if t in ATOMS:
        return t
    if isinstance(x, (tuple, list, frozenset, set)):
        if len(x) > LONGEST:
            raise Unknown
        types = tuple(map(type, x))
        return t, types if ATOMS.issuperset(types) else tuple(map(kind, x))
    if isinstance(x, Mapping):
        # beartype looks at the first entry alone.
        first = next(iter(x), Unknown)
        return t if first is Unknown else (t, kind(first), kind(x[first]))
    if hasattr(x, "dtype"):
        return t, x.dtype, x.shape
    if hasattr(t, "__iter__") or hasattr(t, "__getitem__") or isinstance(x, type):
        raise Unknown
    return t


def nothing(x: Any) -> None:
    """Return what a check of ``Any`` depends on."""


def never(x: Any) -> None:
    """Let a call be checked."""
    raise Unknown


def looks_at(annotation: Any) -> Callable[[Any], Any]:
    """Return the function that gives all of an object that the check of one type depends on."""
    if annotation is Any or annotation is inspect.Parameter.empty:
        return nothing
    if typing.get_origin(annotation) is None and inspect.isclass(annotation):
        return kind if issubclass(annotation, jaxtyping.AbstractArray) else type
    if typing.get_origin(annotation) in (Callable, Iterable, Iterator):
        return type
    # What is or is not the text of a Literal is seen at each call.
    return never if "Literal" in str(annotation) else kind


class Remembered:
    """The check of one function, or of all that one piece of code makes, and what has passed it."""

    def __init__(self, function: Any, check: Callable[[Any], Any]) -> None:
        waiting = threading.local()

        def called(*arguments: Any, **named: Any) -> Any:
            return waiting.functions.pop()(*arguments, **named)

        # jaxtyping reads the annotations with the names of the module that the function is from.
        bare = FunctionType(
            called.__code__, function.__globals__, function.__name__, None, called.__closure__
        )
        functools.update_wrapper(bare, function)
        self.waiting, self.check = waiting, check(bare)
        self.passed: dict[Any, set[Any]] = {}
        try:
            hints = typing.get_type_hints(function, include_extras=True)
        except NameError:  # names for type checkers alone: jaxtyping takes them for Any
            hints = dict.fromkeys(function.__annotations__, object())
        parameters = inspect.signature(function).parameters.values()
        looks = [
            looks_at(hints.get(p.name, Any))
            for p in parameters
            if p.kind <= p.POSITIONAL_OR_KEYWORD
        ]
        self.number = len(looks)
        # Positions at which there is something to look at.
        self.places = [(k, look) for k, look in enumerate(looks) if look is not nothing]
        self.rest = next(
            (looks_at(hints.get(p.name, Any)) for p in parameters if p.kind is p.VAR_POSITIONAL),
            kind,
        )
        self.names = {name: looks_at(hint) for name, hint in hints.items()}
        self.names |= {p.name: nothing for p in parameters if p.name not in hints}
        self.out = looks_at(hints.get("return", Any))

    def kinds(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Return all of the arguments that a check depends on."""
        n = len(arguments)
        given = [n, *[look(arguments[k]) for k, look in self.places if k < n]]
        if n > self.number:
            given.extend(map(self.rest, arguments[self.number :]))
        if named:
            names = self.names
            given += [(name, names.get(name, kind)(x)) for name, x in named.items()]
        return tuple(given)

    def checked(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Return the value of a function, with a check of what goes in and out."""
        functions = self.waiting.__dict__.setdefault("functions", [])
        depth = len(functions)
        functions.append(function)
        try:
            return self.check(*arguments, **named)
        finally:
            del functions[depth:]

    def __call__(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        try:
            given = self.kinds(arguments, named)
            known = self.passed.get(given)
        except (Unknown, TypeError):
            return self.checked(function, arguments, named)
        if known is None:
            out = self.checked(function, arguments, named)
        else:
            out = function(*arguments, **named)
            with suppress(Unknown, TypeError):
                if self.out(out) in known:
                    return out
            self.checked(lambda *a, **b: out, arguments, named)
        with suppress(Unknown, TypeError):
            self.passed.setdefault(given, set()).add(self.out(out))
        return out


INNER: dict[CodeType, Remembered] = {}


def remembering(function: Any, check: Callable[[Any], Any]) -> Any:
    """Return a function that is checked whenever something about its call is new."""
    inner = function.__closure__ is not None or "<locals>" in function.__qualname__
    if inner and not function.__defaults__ and not function.__kwdefaults__:
        remembered = INNER.get(function.__code__)
        if remembered is None:
            remembered = INNER[function.__code__] = Remembered(function, check)
    else:
        remembered = Remembered(function, check)

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        return remembered(function, arguments, named)

    return call


def jaxtyped(function: Any, check: Callable[[Any], Any]) -> Any:
    """Return what replaces a function, or a class, of which the ``__init__`` is checked."""
    # A length may be computed from the contents of an argument ("{2*components.n_scalars}").
    if inspect.isclass(function) or any("{" in str(a) for a in function.__annotations__.values()):
        return check(function)
    return remembering(function, check)


def install() -> None:
    """Let the modules that jaxtyping's hook imports from now on check what is new to them."""

    def decorator(**options: Any) -> Any:
        check = CHECKED(**options)
        return lambda function: jaxtyped(function, check)

    jaxtyping.jaxtyped = decorator
