"""The snapshots that come with the package, by name."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.files import note_input
from muoquark.likelihood.snapshot import Snapshot, read_snapshot

__all__ = ["load_snapshot", "shipped"]


def shipped() -> dict[str, Path]:
    """Return the names of the shipped snapshots and their files, newest first."""
    folder = Path(str(resources.files("muoquark.likelihood"))) / "data"
    files = sorted(folder.glob("*.npz"), reverse=True)
    return {path.stem: path for path in files}


@lru_cache(maxsize=4)
def load_snapshot(name: str | Path) -> Snapshot:
    """Return a snapshot by name or path.

    Raises
    ------
    InputError
        If there is none of that name, or the file is damaged.
    """
    known = shipped()
    if str(name) in known:
        return read_snapshot(known[str(name)])
    if Path(name).is_dir():
        raise InputError(Fault("is a folder, a snapshot is an npz file", str(name)))
    if Path(name).suffix == ".npz" or Path(name).exists():
        note_input(name)
        return read_snapshot(name)
    raise InputError(Fault(f"unknown snapshot '{name}': {suggest(str(name), list(known))}"))
