"""The snapshots that come with the package, by name and revision.

A name such as ``2021-07`` says which data and which release of flavio; a revision says which
compilation of them.  What was published under a name and a revision never changes its content: a
better compilation is the next revision.  A name alone means its newest one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.files import note_input
from muoquark.common.provenance import hash_of_file, snapshot_name
from muoquark.likelihood.edition import edition
from muoquark.likelihood.positivity import as_squares, is_rate, presented, violates_flavour
from muoquark.likelihood.snapshot import Snapshot, read_snapshot

__all__ = [
    "Shipped",
    "find",
    "labels",
    "load_snapshot",
    "recorded",
    "revisions",
    "shipped",
    "title",
    "titles",
]


@dataclass(frozen=True)
class Shipped:
    """One revision of a shipped snapshot.

    Attributes
    ----------
    name, revision
        ``2021-07`` and 1.
    path
        Its file.
    """

    name: str
    revision: int
    path: Path

    @property
    def title(self) -> str:
        """Name and revision, such as ``2021-07.1``."""
        return f"{self.name}.{self.revision}"


def revisions() -> tuple[Shipped, ...]:
    """Return all shipped snapshots, newest name first, of each name the newest revision first."""
    folder = Path(str(resources.files("muoquark.likelihood"))) / "data"
    found = []
    for path in folder.glob("*.npz"):
        name, _, revision = path.stem.rpartition(".")
        if name and revision.isdecimal():
            found.append(Shipped(name, int(revision), path))
    return tuple(sorted(found, key=lambda one: (one.name, one.revision), reverse=True))


def shipped() -> dict[str, Path]:
    """Return the names of the shipped snapshots, newest first, and their newest files."""
    found: dict[str, Path] = {}
    for one in revisions():
        found.setdefault(one.name, one.path)
    return found


def find(name: str | Path) -> Shipped | None:
    """Return the shipped snapshot that `name` (with or without revision) means, or None."""
    return next((one for one in revisions() if str(name) in (one.name, one.title)), None)


def title(name: str | Path) -> str:
    """Return how a snapshot is called in a figure: name and revision, or the name of its file."""
    found = find(name)
    return found.title if found else Path(name).stem


def titles(data: Iterable[str]) -> str:
    """Return how several parts of the data are called in a figure."""
    return " + ".join(title(name) for name in data)


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return short names, unique among these snapshots, and what each stands for.

    The name without revision, unless another one of `names` has it too.
    """
    chosen = list(dict.fromkeys(names))
    bare = [found.name if (found := find(name)) else name for name in chosen]
    return {
        short if bare.count(short) == 1 else name: name
        for name, short in zip(chosen, bare, strict=True)
    }


def recorded(identity: Mapping[str, Any]) -> str:
    """Return what to load for the snapshot of a record (``Likelihood.identity()``).

    Records of muoquark 0.1 have no revision: theirs is the one with the same SHA-256, and if there
    is none, the name alone is returned.
    """
    name = str(snapshot_name(identity))
    same = [
        one
        for one in revisions()
        if one.name == name and hash_of_file(one.path) == identity.get("sha256")
    ]
    return same[0].title if same else name


def load_snapshot(name: str | Path) -> Snapshot:
    """Return a snapshot by name, by name and revision (``2021-07.0``), or by path.

    Of the measurements that it holds those take part that do by default.

    A file that was replaced is read anew.

    Rates that violate lepton flavour are made purely quadratic, and vanish in the SM.

    Raises
    ------
    InputError
        If there is none of that name, or the file is damaged.
    """
    known = find(name)
    if known is not None:
        return _read(known.path)
    if Path(name).is_dir():
        raise InputError(Fault("is a folder, a snapshot is an npz file", str(name)))
    if Path(name).suffix == ".npz" or Path(name).exists():
        note_input(name)
        return _read(Path(name))
    names = [*shipped(), *(one.title for one in revisions())]
    raise InputError(Fault(f"unknown snapshot '{name}': {suggest(str(name), names)}"))


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
    whole = _squared(read_snapshot(path))
    return edition(whole, key=whole.sha256)


def _squared(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without remainders of fits where an amplitude squared is known to vanish.

    The files keep what was published; this is done whenever one is loaded.
    """
    forms = as_squares(snapshot.forms)
    forbidden = np.array([violates_flavour(o) for o in forms.observables])
    rates = np.array([is_rate(o) for o in forms.observables])
    sm = presented(np.where(forbidden, 0.0, snapshot.sm), rates, snapshot.error)
    return replace(snapshot, forms=forms, sm=sm)
