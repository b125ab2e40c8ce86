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


def load_snapshot(name: str | Path) -> Snapshot:
    """Return a snapshot by name or path; a file that was replaced is read anew.

    Raises
    ------
    InputError
        If there is none of that name, or the file is damaged.
    """
    known = shipped()
    if str(name) in known:
        return _read(known[str(name)])
    if Path(name).is_dir():
        raise InputError(Fault("is a folder, a snapshot is an npz file", str(name)))
    if Path(name).suffix == ".npz" or Path(name).exists():
        note_input(name)
        return _read(Path(name))
    raise InputError(Fault(f"unknown snapshot '{name}': {suggest(str(name), list(known))}"))


def _read(path: Path) -> Snapshot:
    try:
        state = path.stat()
    except OSError:
        return read_snapshot(path)  # says what is wrong
    # The time of the last change of the entry too: a copy may keep size and time of its source.
    times = (state.st_mtime_ns, state.st_ctime_ns)
    return _read_state(path.resolve(), state.st_ino, state.st_size, times)


@lru_cache(maxsize=4)
def _read_state(path: Path, inode: int, size: int, times: tuple[int, int]) -> Snapshot:
    return read_snapshot(path)
