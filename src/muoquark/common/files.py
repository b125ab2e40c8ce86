"""Writing files so that a result is either there whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from muoquark.common.errors import OutputError

__all__ = [
    "note_input",
    "prepare_folder",
    "protecting_inputs",
    "refuse_inputs",
    "replacing",
    "write_arrays",
    "write_atomic",
]

# The files that a verb has read; None outside of the command line, where nothing is protected.
_READ: ContextVar[set[Path] | None] = ContextVar("files that were read", default=None)


@contextlib.contextmanager
def protecting_inputs() -> Iterator[None]:
    """Refuse, inside, to write over a file that was read: a slip that --force would not forgive."""
    if _READ.get() is not None:  # a verb that calls another one
        yield
        return
    token = _READ.set(set())
    try:
        yield
    finally:
        _READ.reset(token)


def note_input(path: str | Path) -> None:
    """Note that a file of the user's was read."""
    known = _READ.get()
    if known is not None:
        known.add(Path(path).resolve())


def refuse_inputs(*paths: str | Path) -> None:
    """Raise OutputError if one of the files to be written was read."""
    known = _READ.get() or ()
    for path in paths:
        if Path(path).resolve() in known:
            raise OutputError(f"{path} was read by this command and is not written over")


def write_atomic(path: str | Path, content: str | bytes) -> None:
    """Write `content` to `path` in one step: readers see the old file or the new one.

    Raises
    ------
    OutputError
        If the folder is missing or not writable; an existing file is then unchanged.
    """
    data = content.encode() if isinstance(content, str) else content
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_arrays(path: str | Path, arrays: Mapping[str, Any], compressed: bool = False) -> None:
    """Write numpy arrays as an npz archive in one step.

    Raises
    ------
    OutputError
        If the folder is missing or not writable; an existing file is then unchanged.
    """
    import numpy as np

    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    write_atomic(path, buffer.getvalue())


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a file beside `path` to write to, which takes the place of `path` at the end.

    Raises
    ------
    OutputError
        If the folder is missing or not writable; an existing file is then unchanged, as it is
        after any other error inside.
    """
    path = Path(path)
    refuse_inputs(path)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def prepare_folder(path: str | Path) -> Path:
    """Create the folder `path` if needed and check that it can be written to.

    Raises
    ------
    OutputError
        If it cannot be created, is not a folder, or is read-only.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file, a folder is needed")
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into {path}: {error.strerror or error}") from error
    return path
