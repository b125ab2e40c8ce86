"""The file of a scan: written piece by piece, so that a scan may be larger than the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.netcdf import INPUTS, Group, Variable, writing
from muoquark.inference.store import Arrays
from muoquark.inference.target import Layout

__all__ = ["ScanSummary", "attributes", "contents", "slabs", "write_pieces"]

Slab = tuple[slice, ...]


@dataclass(frozen=True)
class ScanSummary:
    """A scan in short.

    Attributes
    ----------
    points
        How many.
    best, loglike
        The point with the largest likelihood, by parameter, and ln L - ln L_SM there.
    ordinary
        How many points have no status.
    status
        How many points have each, by its meaning.
    """

    points: int
    best: Mapping[str, float]
    loglike: float
    ordinary: int
    status: Mapping[str, int]


def slabs(shape: Sequence[int], start: int, stop: int) -> Iterator[tuple[Slab, slice]]:
    """Cut the points from `start` to `stop` of a grid, last axis fastest, into rectangular slabs.

    Yields the slab as slices of the axes, and as a slice of the points.

    >>> list(slabs((2, 3), 1, 5))[0]
    ((slice(0, 1, None), slice(1, 3, None)), slice(0, 2, None))
    """
    row = prod(shape[1:])
    first = start
    while first < stop:
        index, inside = divmod(first, row)
        if inside == 0 and stop - first >= row:
            rows = (stop - first) // row
            here, count = first - start, rows * row
            whole = tuple(slice(0, n) for n in shape[1:])
            yield (slice(index, index + rows), *whole), slice(here, here + count)
            first += count
            continue
        end = min(stop - index * row, row)
        for slab, part in slabs(shape[1:], inside, end):
            shift = first - start
            yield (slice(index, index + 1), *slab), slice(part.start + shift, part.stop + shift)
        first = index * row + end


def write_pieces(
    path: str | Path,
    layout: Layout,
    axes: Sequence[np.ndarray],
    points: int,
    observables: Sequence[str],
    inputs: Mapping[str, Any],
    pieces: Iterable[Arrays],
) -> ScanSummary:
    """Write the pieces of a scan, in their order, as NetCDF.

    Parameters
    ----------
    layout
        Parameters, priors and names of the parts.
    axes
        The values along every parameter of a grid; empty for points that lie otherwise.
    points
        How many there are in all.
    observables
        Names of the predictions that were kept.
    inputs
        The record of ``muoquark.common.provenance``.
    pieces
        Arrays ``points`` (n, parameters), ``parts`` (n, names), ``status`` (n,) and
        ``predictions`` (n, observables).

    Raises
    ------
    OutputError
        If the file cannot be written; a file that was there is then unchanged.
    """
    shape = tuple(len(axis) for axis in axes) or (points,)
    best, largest = np.zeros(len(layout.parameters)), -np.inf
    ordinary, counts, start = 0, dict.fromkeys(layout.meanings, 0), 0
    content = contents(layout, axes, points, observables)
    with writing(path, {"": content}, attributes(layout, inputs)) as put:
        for piece in pieces:
            total = layout.total(piece["parts"])
            columns = {"loglike": total, "parts": piece["parts"], "status": piece["status"]}
            if observables:
                columns["predictions"] = piece["predictions"]
            if not axes:
                columns |= {n: piece["points"][:, k] for k, n in enumerate(layout.parameters)}
            for slab, part in slabs(shape, start, start + len(total)):
                size = tuple(s.stop - s.start for s in slab)
                for name, values in columns.items():
                    block = values[part].reshape(*size, *values.shape[1:])
                    rest = (slice(None),) * (values.ndim - 1)
                    put(name, (*slab, *rest), block)
            start += len(total)
            finite = np.where(np.isfinite(total), total, -np.inf)
            k = int(np.argmax(finite))
            if finite[k] > largest:
                best, largest = piece["points"][k], float(finite[k])
            ordinary += int((piece["status"] == 0).sum())
            for bit in counts:
                counts[bit] += int(((piece["status"] & bit) != 0).sum())
        assert start == points
    return ScanSummary(
        points,
        dict(zip(layout.parameters, map(float, best), strict=True)),
        largest,
        ordinary,
        {layout.meanings[bit]: count for bit, count in counts.items()},
    )


def contents(
    layout: Layout, axes: Sequence[np.ndarray], points: int, observables: Sequence[str]
) -> Group:
    """Return dimensions, coordinates and variables of a scan; for the arguments see above."""
    names = layout.parameters
    sizes = {n: len(axis) for n, axis in zip(names, axes, strict=True)} if axes else {}
    dims = tuple(sizes) or ("point",)
    variables = {n: Variable((n,), axis) for n, axis in zip(sizes, axes, strict=True)}
    sizes = sizes or {"point": points}
    for name, labels in (("part", layout.names), ("observable", observables)):
        if labels:
            sizes[name] = len(labels)
            variables[name] = Variable((name,), list(labels))
    variables |= {n: Variable(dims) for n in names if n not in sizes}
    total = {"long_name": "ln L - ln L_SM, sum of the blocks"}
    each = {"long_name": "ln L - ln L_SM of every block and group"}
    variables["loglike"] = Variable(dims, attributes=total)
    variables["parts"] = Variable((*dims, "part"), attributes=each)
    variables["status"] = Variable(dims, kind=np.int64)
    if observables:
        variables["predictions"] = Variable((*dims, "observable"))
    return Group(sizes, variables)


def attributes(layout: Layout, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file of a scan says as a whole."""
    return {
        INPUTS: inputs,
        "muoquark_status": layout.meanings,
        "muoquark_priors": layout.priors.describe(),
    }
