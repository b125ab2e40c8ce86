# ruff: noqa: D102 - the methods are numpy's, under numpy's names
"""Forward derivatives of wilson's formulae with respect to all Wilson coefficients at once.

wilson writes its beta functions and its matching as tens of thousands of ``einsum`` terms, linear
in the coefficients up to the dependence of v, g' and m_Z on them.  Calling it once per
coefficient would take hours.  A :class:`Dual` travels through the same code instead: it carries
the value at a point and the derivatives along the unit vectors of every operator class, one block
a class, so that a term only costs as much as the classes that it contains.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["Dual", "private_copy", "scalar_function"]


def _align(block: np.ndarray, ndim: int) -> np.ndarray:
    """Insert axes after the first one, so that an array of values of lower rank broadcasts."""
    missing = ndim - (block.ndim - 1)
    return block.reshape(block.shape[:1] + (1,) * missing + block.shape[1:]) if missing else block


def _number(x: Any) -> np.ndarray:
    # wilson's masses are Python integers whose tenth power overflows the integers of numpy
    return np.asarray(float(x) if isinstance(x, int) else x)


class Dual:
    """A value and its derivatives, ``blocks[key][n, ...]`` along direction n of block `key`.

    A value that vanishes identically is marked (``zero``), which lets products drop terms.
    """

    def __init__(self, value: Any, blocks: dict[str, np.ndarray], zero: bool = False) -> None:
        self.value = np.asarray(value)
        self.blocks = blocks
        self.zero = zero

    # what wilson asks of an array
    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def T(self) -> Dual:
        return self._map(np.transpose, lambda b: b.transpose(0, *range(b.ndim - 1, 0, -1)))

    @property
    def real(self) -> Dual:
        return self._map(np.real, np.real)

    def conj(self) -> Dual:
        return self._map(np.conj, np.conj)

    conjugate = conj

    def copy(self) -> Dual:
        return self

    def __getitem__(self, index: Any) -> Dual:
        index = index if isinstance(index, tuple) else (index,)
        return self._map(lambda v: v[index], lambda b: b[(slice(None), *index)])

    def _map(
        self, on_value: Callable[[Any], Any], on_block: Callable[[np.ndarray], np.ndarray]
    ) -> Dual:
        blocks = {key: on_block(block) for key, block in self.blocks.items()}
        return Dual(on_value(self.value), blocks, self.zero)

    # arithmetic
    def __neg__(self) -> Dual:
        return self._map(np.negative, np.negative)

    def __add__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            other = _number(other)
            other = Dual(other, {}, zero=not np.any(other))
        value = self.value + other.value
        blocks = {}
        for key in self.blocks.keys() | other.blocks.keys():
            a, b = self.blocks.get(key), other.blocks.get(key)
            if a is None or b is None:
                block = a if b is None else b
                assert block is not None
                block = _align(block, value.ndim)
                full = block.shape[:1] + value.shape
                blocks[key] = block if block.shape == full else np.broadcast_to(block, full)
            else:
                blocks[key] = _align(a, value.ndim) + _align(b, value.ndim)
        return Dual(value, blocks, self.zero and other.zero)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dual:
        difference: Dual = self + (-other)
        return difference

    def __rsub__(self, other: Any) -> Dual:
        difference: Dual = (-self) + other
        return difference

    def __mul__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            other = _number(other)
            ndim = max(self.ndim, other.ndim)
            return self._map(lambda v: v * other, lambda b: _align(b, ndim) * other)
        return _sum_rule(
            self.value * other.value,
            (self, other),
            lambda k, block: _align(block, max(self.ndim, other.ndim)) * (other, self)[k].value,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        return self * (other**-1 if isinstance(other, Dual) else 1 / _number(other))

    def __rtruediv__(self, other: Any) -> Dual:
        quotient: Dual = (self**-1) * other
        return quotient

    def __pow__(self, power: float) -> Dual:
        value = self.value**power
        slope = power * self.value ** (power - 1)
        return Dual(value, {k: _align(b, self.ndim) * slope for k, b in self.blocks.items()})

    def __abs__(self) -> Dual:
        if self.ndim or self.value.imag or not self.value.real:
            raise TypeError("abs() of a Dual is only defined for real scalars other than zero")
        product: Dual = self * np.sign(self.value.real)
        return product

    def __matmul__(self, other: Any) -> Dual:
        return _einsum("ij,jk->ik", self, other)

    def __rmatmul__(self, other: Any) -> Dual:
        return _einsum("ij,jk->ik", other, self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc not in _UFUNCS:
            return NotImplemented
        return _UFUNCS[ufunc](*(x if isinstance(x, Dual) else Dual(x, {}) for x in inputs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs or func not in _NUMPY:
            return NotImplemented
        return _NUMPY[func](*args)


def _sum_rule(
    value: Any, factors: tuple[Any, ...], term: Callable[[int, np.ndarray], np.ndarray]
) -> Dual:
    """Product rule: term(k, block) is the product with factor k replaced by its derivative."""
    value = np.asarray(value)
    blocks: dict[str, np.ndarray] = {}
    zeros = sum(isinstance(f, Dual) and f.zero for f in factors)
    for k, factor in enumerate(factors):
        if not isinstance(factor, Dual) or zeros - factor.zero > 0:
            continue  # another factor vanishes: so does this term
        for key, block in factor.blocks.items():
            new = term(k, block)
            blocks[key] = blocks[key] + new if key in blocks else new
    return Dual(value, blocks, zero=zeros > 0)


def _einsum(subscripts: str, *operands: Any) -> Dual:
    subscripts = subscripts.replace(" ", "")
    if "->" in subscripts:
        left, out = subscripts.split("->")
    else:  # numpy's implicit mode: letters that occur once, in alphabetical order
        left = subscripts
        letters = left.replace(",", "")
        out = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    inputs = left.split(",")
    values = [o.value if isinstance(o, Dual) else np.asarray(o) for o in operands]

    def term(k: int, block: np.ndarray) -> np.ndarray:
        subs = [("Z" if i == k else "") + s for i, s in enumerate(inputs)]
        parts = [block if i == k else v for i, v in enumerate(values)]
        return np.asarray(np.einsum(",".join(subs) + "->Z" + out, *parts, optimize=len(parts) > 2))

    return _sum_rule(np.einsum(left + "->" + out, *values), operands, term)


def _trace(a: Dual) -> Dual:
    return _einsum("ii->", a)


_NUMPY: dict[Any, Callable[..., Any]] = {
    np.einsum: _einsum,
    np.trace: _trace,
    np.real: lambda a: a.real,
    np.shape: lambda a: a.shape,
}


_UFUNCS: dict[Any, Callable[..., Any]] = {
    np.conj: lambda a: a.conj(),
    np.negative: lambda a: -a,
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.true_divide: lambda a, b: a / b,
    np.matmul: lambda a, b: a @ b,
}


def scalar_function(name: str) -> Callable[[Any], Any]:
    """Return math.sqrt or math.log, made to accept a real scalar Dual as well."""
    plain: Callable[[float], float] = {"sqrt": math.sqrt, "log": math.log}[name]

    def function(x: Any) -> Any:
        if not isinstance(x, Dual):
            return plain(x)
        if x.ndim or x.value.imag:
            raise TypeError(f"{name}() of a Dual is only defined for real scalars")
        value = float(x.value.real)
        slope = 0.5 / math.sqrt(value) if name == "sqrt" else 1 / value
        return Dual(plain(value), {k: b * slope for k, b in x.blocks.items()})

    return function


def private_copy(module: ModuleType, **replacements: Any) -> ModuleType:
    """Load a module a second time and replace names in the copy; the original is untouched."""
    assert module.__file__ is not None
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_private", module.__file__)
    assert spec is not None and spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    for name, value in replacements.items():
        if not hasattr(copy, name):
            raise AttributeError(f"{module.__name__} has no {name} to replace")
        setattr(copy, name, value)
    return copy
