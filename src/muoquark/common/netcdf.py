"""Arrays in NetCDF 4: one writer, whole or in pieces, and one reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.common.files import note_input, replacing
from muoquark.common.output import to_json

__all__ = [
    "INPUTS",
    "Group",
    "Variable",
    "is_netcdf",
    "read_arrays",
    "read_attribute",
    "writing",
]

# The attribute that holds the record `inputs` as JSON.
INPUTS = "muoquark_inputs"
# How HDF5 files, among them NetCDF 4, and NetCDF 3 begin.
MAGIC = (b"\x89HDF\r\n\x1a\n", b"CDF")

# put(name of a variable in the root group, which part of it, values)
Put = Callable[[str, tuple[slice, ...], np.ndarray], None]


@dataclass(frozen=True)
class Variable:
    """A variable of a file; one with the name of a dimension holds its coordinates.

    Attributes
    ----------
    dims
        Names of the dimensions.
    values
        Numbers or text; None if they come in pieces.
    kind
        The type of the values; needed where they come in pieces.
    attributes
        Text by name.
    fill
        What stands for "no number", if stated.
    """

    dims: tuple[str, ...]
    values: np.ndarray | Sequence[str] | None = None
    kind: type = float
    attributes: Mapping[str, str] = field(default_factory=dict)
    fill: float | None = None


@dataclass(frozen=True)
class Group:
    """A group of a file: sizes of the dimensions, and variables in their order."""

    sizes: Mapping[str, int]
    variables: Mapping[str, Variable]

    def dataset(self, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Any]) -> Any:
        """Return an ``xarray.Dataset`` of what a file would hold.

        `arrays` has the values of the variables without, in any shape of their size; `attributes`
        become JSON.
        """
        import xarray as xr

        found = {}
        for name, one in self.variables.items():
            shape = tuple(self.sizes[d] for d in one.dims)
            values = arrays[name].reshape(shape) if one.values is None else one.values
            found[name] = (one.dims, values, dict(one.attributes))
        coordinates = {name: found.pop(name) for name in self.sizes if name in found}
        texts = {name: to_json(value) for name, value in attributes.items()}
        return xr.Dataset(found, coordinates, texts)


@contextmanager
def writing(
    path: str | Path, groups: Mapping[str, Group], attributes: Mapping[str, Any]
) -> Iterator[Put]:
    """Write a file that is there whole at the end, or not at all.

    Parameters
    ----------
    groups
        By name; the root group is called "".
    attributes
        Plain data, of the whole file; they become JSON.

    Yields
    ------
    Put
        Takes the pieces of variables of the root group that have no values yet.

    Raises
    ------
    OutputError
        If the file cannot be written; a file that was there is then unchanged, as it is after any
        other error inside.
    """
    import h5netcdf

    with replacing(path) as temporary, h5netcdf.File(temporary, "w") as file:
        for name, group in groups.items():
            _create(file.create_group(name) if name else file, group)
        for name, value in attributes.items():
            file.attrs[name] = to_json(value)

        def put(name: str, part: tuple[slice, ...], values: np.ndarray) -> None:
            file.variables[name][part] = values

        yield put


def _create(target: Any, group: Group) -> None:
    import h5py

    target.dimensions = dict(group.sizes)
    for name, one in group.variables.items():
        kind: Any
        attributes, values, kind = dict(one.attributes), one.values, one.kind
        if values is not None:
            values = np.asarray(values)
            kind = values.dtype
            if kind.kind == "U":
                values, kind = values.astype(object), h5py.string_dtype()
            elif kind.kind == "b":  # NetCDF has none; xarray reads and writes it so
                values, kind, attributes = values.astype("i1"), "i1", {"dtype": "bool"}
        made = target.create_variable(name, one.dims, kind, data=values, fillvalue=one.fill)
        for key, text in attributes.items():
            made.attrs[key] = text


def is_netcdf(path: str | Path) -> bool:
    """Tell whether a file is NetCDF, by its first bytes."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(8)
    except OSError:
        return False
    return head.startswith(MAGIC)


def read_attribute(path: str | Path) -> str:
    """Return the text of the attribute :data:`INPUTS`, of the file or of one of its groups.

    Raises
    ------
    InputError
        If there is none.
    """
    note_input(path)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if INPUTS in file.attrs:
                value = file.attrs[INPUTS]
            else:
                value = next(g.attrs[INPUTS] for g in file.values() if INPUTS in g.attrs)
    except (OSError, StopIteration):
        raise InputError(
            Fault(f"not a result: it has no attribute '{INPUTS}'", str(path))
        ) from None
    return value.decode() if isinstance(value, bytes) else str(value)


def read_arrays(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the record ``inputs`` of a file and its arrays, by group and name.

    Coordinates are left out; variables of the root group are called ``/name``.

    Raises
    ------
    InputError
        If it is no such file.
    """
    note_input(path)
    import h5py

    def found(name: str, group: Any) -> Iterator[tuple[str, np.ndarray]]:
        for own, item in group.items():
            if isinstance(item, h5py.Group):
                yield from found(f"{name}/{own}".strip("/"), item)
            elif not item.is_scale:
                values = np.asarray(item)
                truth = item.attrs.get("dtype") == "bool"
                yield f"{name}/{own}", values.astype(bool) if truth else values

    try:
        with h5py.File(path, "r") as file:
            arrays = dict(found("", file))
    except (OSError, ValueError) as error:
        message = f"not a file of draws or of a scan ({error})"
        raise InputError(Fault(message, str(path))) from None
    try:
        inputs = json.loads(read_attribute(path))
    except ValueError as error:
        raise InputError(Fault(f"the record '{INPUTS}' is no JSON ({error})", str(path))) from None
    return inputs, arrays
