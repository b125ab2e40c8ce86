"""What verbs print: JSON without surprises, and where a result may be written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from muoquark.common.errors import OutputError
from muoquark.common.files import prepare_folder, refuse_inputs, write_atomic

__all__ = ["check_output", "number", "output_folder", "save", "signed", "to_json"]


def _clean(value: Any) -> Any:
    """Return `value` as plain JSON data: complex as {Re, Im}, nan and infinities as null."""
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return _clean(value.tolist())
    if isinstance(value, complex):
        return {"Re": _clean(value.real), "Im": _clean(value.imag)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def to_json(value: Any) -> str:
    """Return `value` as indented JSON that every parser accepts."""
    return json.dumps(_clean(value), indent=2, allow_nan=False)


def number(value: float, size: float) -> str:
    """Write a number with four digits; what is below a millionth of `size` is zero.

    >>> number(4.979e-09, 0.25), number(-0.0, 1.0), number(0.0021327, 0.25)
    ('0', '0', '0.002133')
    """
    return "0" if abs(value) < 1e-6 * abs(size) else f"{value:.4g}"


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, but zero without one.

    >>> signed(-0.4, 3), signed(-4e-6, 3)
    ('-0.400', '0.000')
    """
    text = f"{value:+.{digits}f}"
    return text if float(text) else text[1:]


def save(path: str | Path, text: str, force: bool = False) -> None:
    """Write a result; an existing file is only replaced with `force`.

    Raises
    ------
    OutputError
        If the file is there already or cannot be written.
    """
    check_output(path, force)
    write_atomic(path, text)


def check_output(path: str | Path, force: bool = False) -> None:
    """Raise OutputError if a file cannot be written: there already, a folder, no folder for it."""
    path = Path(path)
    refuse_inputs(path)
    if path.is_dir():
        raise OutputError(f"{path} is a folder, a file is needed")
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no folder {path.parent}")
    if path.exists() and not force:
        raise OutputError(f"{path} exists already and is left as it is; --force replaces it")


def output_folder(path: str | Path, names: Iterable[str], force: bool = False) -> Path:
    """Make the folder of a result and return it, once all of its files can be written there.

    Raises
    ------
    OutputError
        If the folder cannot be made, or see :func:`check_output`.
    """
    folder = prepare_folder(path)
    for name in names:
        check_output(folder / name, force)
    return folder
