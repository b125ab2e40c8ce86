"""What is slow to make, kept in the cache folder from one process to the next.

Bytes under a key: a text that says everything that they depend on.  Of the package that is all its
code and data (:func:`code`), so that nothing is ever found that another version would have made
differently.  What is damaged, cannot be read or cannot be written is made anew, and nobody is told:
the numbers are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from muoquark.common.cache import compiled_programs
from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder, write_atomic

__all__ = ["arrays", "code", "find", "keep"]

# Of all entries in bytes; those that were not used for longest go first.  A traced program of a
# card takes 2 to 20 MB.
LARGEST = 200_000_000
FOLDER = "traced"
DIGEST = 32


@lru_cache(maxsize=1)
def code() -> str:
    """Return a hash of the package: its code, and names, sizes and times of its data files."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = Path(folder) / name
            found.update(str(path.relative_to(root)).encode())
            if path.suffix == ".py":
                found.update(path.read_bytes())
            else:
                about = path.stat()
                found.update(f"{about.st_size} {about.st_mtime_ns}".encode())
    return found.hexdigest()


def find(key: str) -> bytes | None:
    """Return what was kept under a key, or None."""
    path = _path(key)
    if path is None:
        return None
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    content = stored[DIGEST:]
    if hashlib.sha256(content).digest() != stored[:DIGEST]:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return content


def keep(key: str, content: bytes) -> None:
    """Keep bytes under a key, if that is possible; what was not used for longest goes."""
    path = _path(key)
    if path is None or len(content) + DIGEST > LARGEST:
        return
    try:
        prepare_folder(path.parent)
        _make_room(path.parent, len(content) + DIGEST)
        write_atomic(path, hashlib.sha256(content).digest() + content)
    except (OSError, MuoquarkError):
        return


def _path(key: str) -> Path | None:
    # Only where compiled programs are kept as well: a verb said so, a library does not.
    asked = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    folder = None if asked is None else compiled_programs()
    if folder is None or asked != str(folder):
        return None
    return folder.parent / FOLDER / f"{hashlib.sha256(key.encode()).hexdigest()}.bin"


def _make_room(folder: Path, size: int) -> None:
    """Remove the oldest entries until so many bytes more are allowed."""
    entries = []
    for path in folder.iterdir():
        # Another process may remove it at the same time.
        with contextlib.suppress(OSError):
            about = path.stat()
            entries.append((about.st_mtime_ns, about.st_size, path))
    total = sum(used for _, used, _ in entries)
    for _, used, path in sorted(entries):
        if total + size <= LARGEST:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        total -= used


def arrays(key: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return arrays by name: those kept under a key, or what `make` returns, which is kept then.

    They are laid out for reading: nothing is unpacked, each is a part of what was read.
    """
    import numpy as np

    stored = find(key)
    if stored is not None:
        length = int.from_bytes(stored[:8], "little")
        table = json.loads(stored[8 : 8 + length])
        # As arrays of numpy are otherwise, they can be written to.
        buffer = bytearray(stored)
        return {
            name: np.ndarray(shape, dtype, buffer, start)
            for name, (dtype, shape, start) in table.items()
        }
    found = dict(make())
    if _path(key) is not None:
        keep(key, _packed({name: np.asarray(one, order="C") for name, one in found.items()}))
    return found


def _packed(found: Mapping[str, Any]) -> bytes:
    """Return arrays one behind the other, each at a multiple of 16 bytes, and before them where."""
    sizes = [-(-one.nbytes // 16) * 16 for one in found.values()]
    starts = [0, *accumulate(sizes)][:-1]

    def table(begin: int) -> bytes:
        entries = {
            name: (one.dtype.str, list(one.shape), begin + start)
            for (name, one), start in zip(found.items(), starts, strict=True)
        }
        return json.dumps(entries).encode()

    # Room for as many digits as the places will have.
    length = -(-(8 + len(table(10**12))) // 16) * 16
    head = table(length).ljust(length - 8)
    body = b"".join(
        one.tobytes().ljust(size, b"\0") for one, size in zip(found.values(), sizes, strict=True)
    )
    return len(head).to_bytes(8, "little") + head + body
