"""The parts of a likelihood by what they are called: ``2026-06``, ``mine.py:luminosity=300``.

A name is that of a shipped snapshot, of a built-in part, or the path of a snapshot (.npz), of a
POPxf file (.json) or of a Python file (.py) with a function ``part`` that returns one.  Options
stand behind a colon, ``name:key=value,key=value``; those of a Python file are the arguments of its
function.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import runpy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.files import note_input
from muoquark.likelihood.highpt.options import NAME as HIGHPT
from muoquark.likelihood.highpt.options import options_of
from muoquark.likelihood.part import FunctionPart, Part
from muoquark.likelihood.snapshot_part import SnapshotPart
from muoquark.likelihood.snapshots import find, load_snapshot

__all__ = ["open_part", "opened", "split"]

_OPTIONS = re.compile(r"^(?P<name>.+?):(?P<options>\w+=.*)$")


def opened(data: str | Path | Part | Sequence[str | Path | Part]) -> tuple[Part, ...]:
    """Return the parts that `data` names, or is.

    Raises
    ------
    InputError
        If one cannot be opened, if two are the same, have a block of the same name, or if two are
        snapshots of flavio.
    """
    one = isinstance(data, str | Path | Part)
    if not one and not isinstance(data, Sequence):
        raise InputError(f"data are named by texts, or are parts; found {data!r:.60}")
    listed: Sequence[Any] = [data] if one else list(data)  # type: ignore[arg-type]
    if not listed:
        raise InputError("no data are named: a likelihood needs one part at least")
    parts = tuple(p if isinstance(p, Part) else open_part(p) for p in listed)
    owner: dict[str, str] = {}
    snapshots = [part.name for part in parts if isinstance(part, SnapshotPart)]
    if len(snapshots) > 1:
        raise InputError(
            f"{' and '.join(snapshots)} are both data snapshots of flavio, which hold the same "
            "measurements and each fix the CKM matrix: name one of them"
        )
    for part in parts:
        for block in part.data.blocks:
            if block in owner:
                raise InputError(
                    f"the block '{block}' is in two parts of the data, {owner[block]} and "
                    f"{part.name}: the same measurements would count twice"
                )
            owner[block] = part.name
    return parts


def split(text: str) -> tuple[str, dict[str, str]]:
    """Return name and options of ``name:key=value,key=value``.

    >>> split("highpt:pdf=NNPDF40,truncation=linear")
    ('highpt', {'pdf': 'NNPDF40', 'truncation': 'linear'})
    >>> split("2026-06")
    ('2026-06', {})
    """
    match = _OPTIONS.match(text)
    if match is None or Path(text).exists():
        return text, {}
    options: dict[str, str] = {}
    for one in match["options"].split(","):
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise InputError(f"'{one}' in '{text}' is no option: they are written key=value")
        if key.strip() in options:
            raise InputError(f"the option '{key.strip()}' stands twice in '{text}'")
        options[key.strip()] = value.strip()
    return match["name"], options


def open_part(spec: str | Path) -> Part:
    """Return the part that is called so.

    Raises
    ------
    InputError
        For an unknown name, an unknown option, or a damaged file.
    """
    name, options = split(str(spec))
    path = Path(name)
    if name == HIGHPT and not path.exists():
        from muoquark.likelihood.highpt.part import highpt

        return highpt(options_of(options))
    if find(name) is None:
        if path.suffix == ".py":
            return _from_python(path, options)
        if path.suffix == ".json":
            from muoquark.likelihood.popxf_part import read_popxf

            _take_none(name, options)
            return read_popxf(path)
    snapshot = load_snapshot(name)
    _take_none(name, options)
    known = find(name)
    return SnapshotPart(known.name if known else name, snapshot, known)


def _take_none(name: str, options: Mapping[str, str]) -> None:
    if options:
        raise InputError(f"'{name}' takes no option, found '{next(iter(options))}'")


def _from_python(path: Path, options: Mapping[str, str]) -> Part:
    """Return what the function ``part`` of a Python file returns."""
    if not path.is_file():
        raise InputError(Fault("there is no such file", str(path)))
    note_input(path)
    source = path.read_bytes()
    try:
        make = runpy.run_path(str(path)).get("part")
    except Exception as error:
        raise InputError(
            Fault(f"running it failed: {type(error).__name__}: {error}", str(path))
        ) from error
    if not callable(make):
        raise InputError(Fault("no function 'part' in it, which would return a Part", str(path)))
    given = {key: _converted(make, key, value, path) for key, value in options.items()}
    try:
        part = make(**given)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            Fault(f"its function 'part' failed: {type(error).__name__}: {error}", str(path))
        ) from error
    if not isinstance(part, Part):
        raise InputError(
            Fault(f"its function 'part' returned a {type(part).__name__}, no Part", str(path))
        )
    found: Part = part
    if isinstance(found, FunctionPart):
        every = {k: p.default for k, p in inspect.signature(make).parameters.items()} | given
        told = {"file": str(path), "sha256": hashlib.sha256(source).hexdigest()}
        found = replace(found, options={**found.options, **every}, source=told)
    return found


def _converted(make: Callable[..., Any], key: str, value: str, path: Path) -> Any:
    """Return an option as the type that the function's annotation, or its default, has."""
    known = inspect.signature(make).parameters
    if key not in known:
        hint = suggest(key, list(known)) if known else "it takes none"
        raise InputError(Fault(f"unknown option '{key}': {hint}", str(path)))
    kind = get_type_hints(make).get(key, type(known[key].default))
    allowed = get_args(kind) if get_origin(kind) is not None else ()
    if allowed and value not in map(str, allowed):
        raise InputError(
            Fault(f"{key} = '{value}', allowed: {', '.join(map(str, allowed))}", str(path))
        )
    if kind is bool:
        if value not in ("true", "false"):
            raise InputError(Fault(f"{key} = '{value}', allowed: true, false", str(path)))
        return value == "true"
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            raise InputError(Fault(f"{key} = '{value}' is no {kind.__name__}", str(path))) from None
    return value
