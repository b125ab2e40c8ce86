"""Wilson coefficients as a linear function of a few products of couplings.

The matching multiplies couplings with each other at few places; all that follows (loop factors,
Yukawa matrices, equations of motion, the Warsaw basis, running) is linear.  Here the program of
the matching, as JAX records it, is read once and split there: the products are the *features*, and
the rest becomes one constant matrix,

    coefficients(theta) = weights @ features(theta),

exactly.  A likelihood multiplies that matrix into its maps, and has nothing to compute at a point
but the products.  The polynomials of :mod:`muoquark.matching.polynomial` do the same for few
parameters; their number grows like the fourth power of that of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from muoquark.common.arrays import double_precision

__all__ = ["Factored", "factored"]

# Under these names JAX records that a recorded program calls another one.
CALLS = ("pjit", "jit", "closed_call", "core_call")
# Features whose values agree to so many digits at all points are the same.
DIGITS = 10

# A number of the program that is not the same at every point is named by an integer.
Value = int | np.ndarray
# A quantity as a linear function of features: for each node whose features it depends on an array
# (features of the node, *shape).
Linear = dict[int, np.ndarray]
# The node of the number one.
ONE = -1


@dataclass(frozen=True)
class Factored:
    """Coefficients = weights @ features; made by :func:`factored`.

    Attributes
    ----------
    weights
        (components, features).
    features
        Function of parameters (n,) -> (features,), for JAX.
    """

    weights: Float[np.ndarray, "components features"]
    features: Callable[[Any], Any]


def factored(
    function: Callable[[Any], Any], points: Float[np.ndarray, "points parameters"]
) -> Factored:
    """Split a function of parameters (n,) that JAX can trace and that returns (components,).

    Parameters
    ----------
    function
        Called with one array of JAX.
    points
        A few points in general position (random ones), at which it is found out which features
        are equal, or zero.

    Raises
    ------
    NotImplementedError
        If the program has a step with several results (a loop, or a derivative by hand).
    """
    import jax

    with double_precision():
        program = _Program(jax.make_jaxpr(function)(points[0]))
        weights = program.weights()
        values = np.array([np.asarray(program.features(point)) for point in points])
    kept, weights = _merged(values, weights)
    return Factored(weights, lambda theta: program.features(theta, kept))


def _merged(
    values: Float[np.ndarray, "points features"], weights: Float[np.ndarray, "components features"]
) -> tuple[Int[np.ndarray, " kept"], Float[np.ndarray, "components kept"]]:
    """Return one of each set of features that are equal up to their sign, and its weights."""
    size = np.abs(values).max(axis=0)
    used = np.nonzero((size > 0) & weights.any(axis=0))[0]
    exponent = np.floor(np.log10(size[used]))
    sign = np.where(values[0, used] < 0, -1.0, 1.0)
    digits = np.round(values[:, used] * sign / 10**exponent, DIGITS - 1)
    _, first, group = np.unique(
        np.vstack([digits, exponent]), axis=1, return_index=True, return_inverse=True
    )
    total = np.zeros((len(weights), len(first)))
    np.add.at(total.T, group.ravel(), (weights[:, used] * sign).T)
    order = np.argsort(first)
    return used[first[order]], (total * sign[first])[:, order]


@dataclass(frozen=True)
class _Equation:
    """One step: what it does, of what, and the name of its result."""

    primitive: Any
    params: dict[str, Any]
    inputs: tuple[Value, ...]
    output: int
    shape: tuple[int, ...]
    dtype: Any


class _Program:
    """The recorded steps of a function, without those that do not depend on the point."""

    def __init__(self, closed: Any) -> None:
        self.equations: list[_Equation] = []
        self.inputs = list(range(len(closed.jaxpr.invars)))
        self._count = len(self.inputs)
        self._size = int(closed.in_avals[0].size)
        (self.output,) = self._read(closed.jaxpr, closed.consts, self.inputs)
        # Where products are: the features of a node are its real and imaginary parts.
        self._nodes = {0: (self._size, False)}
        for equation in self.equations:
            if not _is_linear(equation):
                size = int(np.prod(equation.shape))
                self._nodes[equation.output] = (size, bool(np.dtype(equation.dtype).kind == "c"))

    def _read(self, jaxpr: Any, consts: Any, arguments: list[Any]) -> list[Value]:
        """Note the steps of a recorded program; return its results."""
        env: dict[Any, Value] = dict(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
        env.update(zip(jaxpr.invars, arguments, strict=True))

        def value(atom: Any) -> Value:
            return np.asarray(atom.val) if hasattr(atom, "val") else env[atom]

        for eqn in jaxpr.eqns:
            inputs = [value(atom) for atom in eqn.invars]
            if eqn.primitive.name in CALLS:
                inner = eqn.params["jaxpr"]
                found = self._read(inner.jaxpr, inner.consts, inputs)
            elif not any(isinstance(x, int) for x in inputs):
                found = _constants(eqn, [np.asarray(x) for x in inputs])
            else:
                found = []
                for variable in eqn.outvars:
                    aval = variable.aval
                    found.append(self._count)
                    self.equations.append(
                        _Equation(
                            eqn.primitive,
                            eqn.params,
                            tuple(inputs),
                            self._count,
                            aval.shape,
                            aval.dtype,
                        )
                    )
                    self._count += 1
                if len(found) > 1:
                    raise NotImplementedError(f"{eqn.primitive.name} has several results")
            env.update(zip(eqn.outvars, found, strict=True))
        return [value(atom) for atom in jaxpr.outvars]

    def _places(self) -> Iterator[tuple[int, int, bool, int]]:
        """Yield node, size, whether it is complex, and where its features begin; 0 is the one."""
        position = 1
        for node, (size, is_complex) in self._nodes.items():
            yield node, size, is_complex, position
            position += size * (1 + is_complex)

    def weights(self) -> Float[np.ndarray, "components features"]:
        """Return what the result is made of, feature by feature."""
        env: dict[int, Linear] = {}

        def linear(value: Value) -> Linear:
            return env[value] if isinstance(value, int) else {ONE: value[None]}

        env[0] = {0: np.eye(self._size)}
        for equation in self.equations:
            if equation.output in self._nodes:
                size, is_complex = self._nodes[equation.output]
                rows = np.vstack([np.eye(size), 1j * np.eye(size)]) if is_complex else np.eye(size)
                env[equation.output] = {equation.output: rows.reshape(-1, *equation.shape)}
            else:
                env[equation.output] = _propagated(equation, [linear(x) for x in equation.inputs])
        blocks = linear(self.output)
        places = [(ONE, 1, False, 0), *self._places()]
        _, size, is_complex, last = places[-1]
        total = np.zeros((last + size * (1 + is_complex), next(iter(blocks.values())).shape[-1]))
        for node, size, is_complex, position in places:
            if node in blocks:
                total[position : position + size * (1 + is_complex)] = blocks[node].real
        return total.T

    def features(self, theta: Any, kept: Int[np.ndarray, " kept"] | None = None) -> Any:
        """Return the features, or some of them, of parameters (n,), for JAX."""
        import jax.numpy as xp

        wanted, positions = [], []
        offset = 1
        start = {node: (position, size * (1 + c)) for node, size, c, position in self._places()}
        for node, (first, size) in start.items():
            own = np.arange(size) + first
            if kept is None or np.isin(own, kept).any():
                wanted.append(node)
                positions.append((own, np.arange(size) + offset))
                offset += size
        values = self._evaluated(theta, wanted)
        pieces = [xp.ones(1)]
        for node in wanted:
            flat = xp.ravel(values[node])
            pieces += [flat.real, flat.imag] if self._nodes[node][1] else [flat]
        joined = xp.concatenate(pieces)
        if kept is None:
            return joined
        place = {0: 0}
        for own, there in positions:
            place.update(zip(own.tolist(), there.tolist(), strict=True))
        return joined[np.array([place[k] for k in kept.tolist()])]

    def _evaluated(self, theta: Any, wanted: list[int]) -> dict[int, Any]:
        """Return the values of some nodes, by the steps that lead there."""
        needed = set(wanted)
        for equation in reversed(self.equations):
            if equation.output in needed:
                needed.update(x for x in equation.inputs if isinstance(x, int))
        values: dict[int, Any] = {0: theta}
        for equation in self.equations:
            if equation.output in needed:
                inputs = [values[x] if isinstance(x, int) else x for x in equation.inputs]
                values[equation.output] = _bound(equation.primitive, equation.params, inputs)[0]
        return values


def _bound(primitive: Any, params: dict[str, Any], inputs: list[Any]) -> list[Any]:
    """Return the results of one step, by JAX."""
    found = primitive.bind(*inputs, **params)
    return list(found) if primitive.multiple_results else [found]


def _constants(eqn: Any, inputs: list[np.ndarray]) -> list[Value]:
    """Return the results of a step that does not depend on the point."""
    direct = _DIRECT.get(eqn.primitive.name)
    if direct is not None:
        return [np.asarray(direct(eqn.params, *inputs))]
    return [np.asarray(x) for x in _bound(eqn.primitive, eqn.params, inputs)]


# What numpy does as well: JAX would compile every one of them.
_DIRECT: dict[str, Callable[..., np.ndarray]] = {
    "add": lambda p, x, y: np.add(x, y),
    "sub": lambda p, x, y: np.subtract(x, y),
    "mul": lambda p, x, y: np.multiply(x, y),
    "div": lambda p, x, y: np.true_divide(x, y),
    "neg": lambda p, x: -x,
    "conj": lambda p, x: np.conj(x),
    "real": lambda p, x: np.real(x),
    "imag": lambda p, x: np.imag(x),
    "log": lambda p, x: np.log(x),
    "sqrt": lambda p, x: np.sqrt(x),
    "integer_pow": lambda p, x: x ** p["y"],
    "transpose": lambda p, x: np.transpose(x, p["permutation"]),
    "reshape": lambda p, x: np.reshape(x, p["new_sizes"]),
    "squeeze": lambda p, x: np.squeeze(x, tuple(p["dimensions"])),
    "convert_element_type": lambda p, x: np.asarray(x, dtype=p["new_dtype"]),
    "dot_general": lambda p, x, y: np.einsum(_subscripts(p, np.ndim(x), np.ndim(y)), x, y),
}

_ELEMENTWISE = ("neg", "conj", "real", "imag", "convert_element_type")
# These put entries of their operands to other places, all of one or of several; the last ones those
# of the first operand, as the others say.
_MOVES = ("transpose", "reshape", "squeeze", "broadcast_in_dim", "slice", "rev", "copy", "copy_p")
_JOINS = ("concatenate", "stack")
_PICKS = ("gather", "dynamic_slice")


def _is_linear(equation: _Equation) -> bool:
    """Return whether a step is linear in what depends on the point."""
    name = equation.primitive.name
    depends = [isinstance(x, int) for x in equation.inputs]
    if name in (*_ELEMENTWISE, *_MOVES, *_JOINS, "add", "add_any", "sub", "reduce_sum"):
        return True
    if name in ("mul", "dot_general"):
        return sum(depends) == 1
    if name in ("div", *_PICKS):
        return depends[0] and not any(depends[1:])
    return name == "select_n" and not depends[0]


def _propagated(equation: _Equation, inputs: list[Linear]) -> Linear:
    """Return what a linear step makes of linear functions of features."""
    name, params = equation.primitive.name, equation.params
    shape = equation.shape
    if name in ("add", "add_any", "sub"):
        second = {k: -v for k, v in inputs[1].items()} if name == "sub" else inputs[1]
        total = {k: _spread(v, shape) for k, v in inputs[0].items()}
        for k, v in second.items():
            total[k] = total[k] + _spread(v, shape) if k in total else _spread(v, shape)
        return total
    if name in ("mul", "div", "dot_general"):
        own = 0 if isinstance(equation.inputs[0], int) else 1
        constant = np.asarray(equation.inputs[1 - own])
        if name == "dot_general":
            return {k: _contracted(params, v, constant, own) for k, v in inputs[own].items()}
        with_constant = np.multiply if name == "mul" else np.true_divide
        return {k: with_constant(_spread(v, shape), constant) for k, v in inputs[own].items()}
    if name in _ELEMENTWISE:
        # A change of type keeps the weights complex until a real part is taken.
        if name == "convert_element_type":
            return inputs[0]
        direct = _DIRECT[name]
        return {k: direct(params, v) for k, v in inputs[0].items()}
    if name == "reduce_sum":
        axes = tuple(a + 1 for a in params["axes"])
        return {k: v.sum(axis=axes) for k, v in inputs[0].items()}
    return _moved(equation, inputs)


def _moved(equation: _Equation, inputs: list[Linear]) -> Linear:
    """Do a step that puts entries to other places: it is asked where, with numbers for entries."""
    name = equation.primitive.name
    moved = [
        k
        for k, _ in enumerate(inputs)
        if name in (*_MOVES, *_JOINS) or (name in _PICKS and k == 0) or (name == "select_n" and k)
    ]
    arguments: list[Any] = [x if isinstance(x, np.ndarray) else None for x in equation.inputs]
    offsets, size = {}, 0
    for k in moved:
        shape = next(iter(inputs[k].values())).shape[1:]
        count = int(np.prod(shape))
        arguments[k] = np.arange(size, size + count).reshape(shape)
        offsets[k] = (size, count)
        size += count
    direct = _DIRECT.get(name)
    if direct is not None:
        where = direct(equation.params, *arguments)
    else:
        where = np.asarray(_bound(equation.primitive, equation.params, arguments)[0])
    total: Linear = {}
    for k in moved:
        first, count = offsets[k]
        here = (where >= first) & (where < first + count)
        source = np.where(here, where - first, 0)
        for node, v in inputs[k].items():
            taken = np.where(here, v.reshape(len(v), -1)[:, source], 0)
            total[node] = total[node] + taken if node in total else taken
    return total


def _spread(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return rows of numbers, or of smaller arrays, as rows of arrays of a shape."""
    own = rows.shape[1:]
    if own == shape:
        return rows
    filled = (1,) * (len(shape) - len(own))
    return np.broadcast_to(rows.reshape(len(rows), *filled, *own), (len(rows), *shape))


def _contracted(
    params: dict[str, Any], rows: np.ndarray, constant: np.ndarray, own: int
) -> np.ndarray:
    """Return the product of rows of arrays with a constant; `own`: which of the two they are."""
    operands = [constant, constant]
    operands[own] = rows
    ndim = [x.ndim - (k == own) for k, x in enumerate(operands)]
    first, second, out = _subscripts(params, *ndim).replace("->", ",").split(",")
    first, second = ("Z" + first, second) if own == 0 else (first, "Z" + second)
    found: np.ndarray = np.einsum(f"{first},{second}->Z{out}", *operands, optimize=True)
    return found


def _subscripts(params: dict[str, Any], first: int, second: int) -> str:
    """Return JAX's general product of arrays of so many axes in the letters of einsum."""
    (left, right), (left_batch, right_batch) = params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    a = [next(letters) for _ in range(first)]
    b = [next(letters) for _ in range(second)]
    for i, j in zip((*left, *left_batch), (*right, *right_batch), strict=True):
        b[j] = a[i]
    batch = [a[i] for i in left_batch]
    free = [x for i, x in enumerate(a) if i not in (*left, *left_batch)]
    free += [x for j, x in enumerate(b) if j not in (*right, *right_batch)]
    return f"{''.join(a)},{''.join(b)}->{''.join(batch + free)}"
