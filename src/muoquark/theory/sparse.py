r"""Sparse tensors of symbols, contracted in the order in which they are written.

The tensors of a theory are mostly zeros, and their symbols include matrices that do not commute, so
that neither a dense array nor ``numpy.einsum``, which reorders factors, will do.

Scalars are counted as complex components :math:`z_1\ldots z_n, z_1^*\ldots z_n^*`, in which a
potential has fewest terms.  The sum over real scalars then pairs a component with its conjugate,
:math:`\sum_a \phi_a\chi_a = \sum_i (z_i w_i^* + z_i^* w_i)`, and complex conjugation exchanges the
two.  Both happen here, so that formulae are written once for real and for complex scalars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.theory.symbolic import add_product, tidied

__all__ = ["Sparse", "contract"]

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Sparse:
    """A tensor by its non-zero entries.

    Attributes
    ----------
    kinds
        One letter for each index: ``s`` a scalar, anything else is summed as it is.
    entries
        Symbols or numbers by index.
    scalars
        Number n of complex scalars; component k and (k + n) mod 2n are conjugate.
    """

    kinds: str
    entries: Mapping[Index, Any]
    scalars: int

    def like(self, entries: Mapping[Index, Any]) -> Sparse:
        """Return a tensor of the same kind with other entries."""
        return Sparse(self.kinds, entries, self.scalars)

    def bar(self, k: int) -> int:
        """Return the scalar that is conjugate to `k`."""
        return (k + self.scalars) % (2 * self.scalars)

    def conj(self) -> Sparse:
        """Return the complex conjugate."""
        scalar = [kind == "s" for kind in self.kinds]
        return self.like(
            {
                tuple(self.bar(k) if s else k for k, s in zip(key, scalar, strict=True)): (
                    value.conjugate()
                )
                for key, value in self.entries.items()
            }
        )

    def each(self, function: Callable[[Any], Any]) -> Sparse:
        """Return the tensor with a function applied to each entry."""
        return self.like({key: function(value) for key, value in self.entries.items()})

    @property
    def real(self) -> Sparse:
        """The tensor itself: ``.real`` only drops rounding from what is real."""
        return self

    @property
    def T(self) -> Sparse:
        """The transpose of a matrix, its entries as they are."""
        return Sparse(
            self.kinds[::-1], {key[::-1]: v for key, v in self.entries.items()}, self.scalars
        )

    def __add__(self, other: Any) -> Sparse:
        if not isinstance(other, Sparse):
            return self if other == 0 else NotImplemented
        out = dict(self.entries)
        for key, value in other.entries.items():
            out[key] = out[key] + value if key in out else value
        return self.like({key: value for key, value in out.items() if value})

    __radd__ = __add__

    def __mul__(self, other: Any) -> Sparse:
        return self.each(lambda value: value * other)

    def __rmul__(self, other: Any) -> Sparse:
        return self.each(lambda value: other * value)

    def __truediv__(self, other: float) -> Sparse:
        return self * (1 / other)

    def __neg__(self) -> Sparse:
        return self * -1

    def __sub__(self, other: Any) -> Sparse:
        return self.__add__(-other)

    def __matmul__(self, other: Sparse) -> Sparse:
        found: Sparse = contract("ij,jk->ik", self, other)
        return found

    def __getitem__(self, key: Index) -> Any:
        return self.entries.get(key, 0)

    def __bool__(self) -> bool:
        return bool(self.entries)


def contract(spec: str, *tensors: Any) -> Any:
    """Sum products of tensors as ``numpy.einsum`` does.

    They are multiplied from left to right, sparse ones so that products of matrices keep their
    order.  Without a free index the result is a number or a symbol.
    """
    inputs, output = spec.split("->")
    labels = inputs.split(",")
    if not isinstance(tensors[0], Sparse):
        return _dense(labels, output, tensors)
    current, names = tensors[0], labels[0]
    if len(set(names)) < len(names):
        current, names = _diagonal(current, names)
    for k in range(1, len(tensors)):
        needed = set(output).union(*labels[k + 1 :])
        current, names = _product(current, names, tensors[k], labels[k], needed)
    current = _arranged(current, names, output)
    return current if output else current.entries.get((), 0)


def _dense(labels: Sequence[str], output: str, arrays: Sequence[Any]) -> Any:
    """Contract arrays of numbers, two at a time: each a product of matrices where it can be."""
    current, names = arrays[0], labels[0]
    for k in range(1, len(arrays)):
        needed = set(output).union(*labels[k + 1 :])
        kept = "".join(x for x in dict.fromkeys(names + labels[k]) if x in needed)
        if k == len(arrays) - 1:
            kept = output
        spec = f"{names},{labels[k]}->{kept}"
        current, names = np.einsum(spec, current, arrays[k], optimize=True), kept
    return np.einsum(f"{names}->{output}", current)


def _diagonal(tensor: Sparse, names: str) -> tuple[Sparse, str]:
    """Keep the entries where indices of the same name agree; a scalar agrees with its conjugate."""
    unique = "".join(dict.fromkeys(names))
    first = [names.index(name) for name in unique]
    out: dict[Index, Any] = {}
    for key, value in tensor.entries.items():
        fits = all(
            key[k] == (tensor.bar(key[names.index(name)]) if tensor.kinds[k] == "s" else
                       key[names.index(name)])
            for k, name in enumerate(names)
            if k != names.index(name)
        )  # fmt: skip
        if fits:
            out[tuple(key[k] for k in first)] = value
    kinds = "".join(tensor.kinds[k] for k in first)
    return Sparse(kinds, out, tensor.scalars), unique


def _product(
    left: Sparse, left_names: str, right: Sparse, right_names: str, needed: set[str]
) -> tuple[Sparse, str]:
    """Multiply two tensors, summing over the indices that nobody needs any more."""
    shared = [name for name in dict.fromkeys(left_names) if name in right_names]
    left_shared = [left_names.index(name) for name in shared]
    right_shared = [right_names.index(name) for name in shared]
    # an index that both have and the result keeps is no sum: it is not conjugated
    flip = [
        left.kinds[k] == "s" and name not in needed
        for k, name in zip(left_shared, shared, strict=True)
    ]
    left_kept = [k for k, name in enumerate(left_names) if name in needed]
    right_kept = [
        k for k, name in enumerate(right_names) if name in needed and name not in left_names
    ]
    buckets: dict[Index, list[tuple[Index, Any]]] = defaultdict(list)
    for key, value in right.entries.items():
        buckets[tuple(key[k] for k in right_shared)].append(
            (tuple(key[k] for k in right_kept), value)
        )
    sums: dict[Index, dict[Any, complex]] = {}
    n = left.scalars
    turn = [2 * n if turned else 0 for turned in flip]
    for key, value in left.entries.items():
        # bar(k) without a call: this is the innermost loop
        joint = tuple(
            [(key[k] + n) % m if m else key[k] for k, m in zip(left_shared, turn, strict=True)]
        )
        matches = buckets.get(joint)
        if matches is None:
            continue
        front = tuple([key[k] for k in left_kept])
        for rest, other in matches:
            index = front + rest
            total = sums.get(index)
            if total is None:
                total = sums[index] = {}
            add_product(total, value, other)
    out = {index: tidied(total) for index, total in sums.items()}
    names = "".join(left_names[k] for k in left_kept) + "".join(right_names[k] for k in right_kept)
    kinds = "".join(left.kinds[k] for k in left_kept) + "".join(right.kinds[k] for k in right_kept)
    return Sparse(kinds, {key: v for key, v in out.items() if v}, left.scalars), names


def _arranged(tensor: Sparse, names: str, output: str) -> Sparse:
    """Sum over what is not in the output, and put indices in its order."""
    order = [names.index(name) for name in output]
    if list(range(len(names))) == order:
        return tensor
    out: dict[Index, Any] = {}
    for key, value in tensor.entries.items():
        index = tuple(key[k] for k in order)
        out[index] = out[index] + value if index in out else value
    kinds = "".join(tensor.kinds[k] for k in order)
    return Sparse(kinds, out, tensor.scalars)
