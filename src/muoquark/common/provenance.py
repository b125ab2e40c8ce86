"""What a result file says about its own making, so that it can be checked and made again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from muoquark.common.output import to_json

__all__ = [
    "FORMAT",
    "changes",
    "hash_of",
    "hash_of_file",
    "provenance",
    "snapshot_name",
    "versions",
]

# Of results; raised when an older muoquark could no longer read them.
FORMAT = 1

# Libraries whose version can change the digits of a result.
LIBRARIES = ("numpy", "scipy", "jax", "jaxlib", "iminuit")


def hash_of_file(path: str | Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def hash_of(value: Any) -> str:
    """Return the SHA-256 of plain data, the same for the same content in any order of keys."""
    plain = json.loads(to_json(value))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def provenance(
    verb: str,
    arguments: Mapping[str, Any],
    card: str | None = None,
    data: Mapping[str, Any] | None = None,
    libraries: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what is needed to run a computation again and to tell whether it is the same one.

    Parameters
    ----------
    verb
        The verb of the command line that does it.
    arguments
        The options of the computation, seeds included; not where output goes, nor how many
        workers shared the work: these do not change the result.
    card
        The text of the card, whole; None where none enters.
    data
        What entered from data: ``Likelihood.identity()``.
    libraries
        Further libraries whose version is to be kept.

    Returns
    -------
    dict
        The arguments under their names, and ``verb``, ``card``, ``data``, ``versions``, ``format``
        and ``hash``, the SHA-256 of verb, arguments, card and data (without versions).
    """
    content: dict[str, Any] = {"verb": verb, **arguments, "card": card, "data": dict(data or {})}
    found = versions((*LIBRARIES, *libraries))
    return {**content, "versions": found, "format": FORMAT, "hash": hash_of(content)}


def snapshot_name(data: Mapping[str, Any]) -> str | None:
    """Return name and revision of the snapshot in a record `data`, such as ``2021-07.1``.

    The name alone in records of muoquark 0.1 and for files; None if there is no snapshot.
    """
    name, revision = data.get("snapshot"), data.get("revision")
    return name if name is None or revision is None else f"{name}.{revision}"


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Return the versions of muoquark, Python and the libraries, "absent" for what is not here."""
    from muoquark import __version__

    found = {"muoquark": __version__, "python": platform.python_version()}
    for name in libraries:
        if name not in found:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                found[name] = "absent"
    return found


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return what differs between two sets of versions, as ``name old -> new``."""
    return [
        f"{name} {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
