"""Checkpoints: every finished unit of work as a file, so that a run can be taken up again.

A unit is one segment of one stream (a chain, a nested run, a piece of a grid).  Its file holds
plain arrays: the state from which the next segment goes on, and what the segment gave.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import OutputError
from muoquark.common.files import prepare_folder, refuse_inputs, write_arrays, write_atomic
from muoquark.common.output import to_json
from muoquark.common.provenance import changes

__all__ = ["Store", "open_store"]

Arrays = dict[str, np.ndarray]
# What units hold, counted up when that changes: those of before cannot be joined with new ones.
UNITS = 2


@dataclass(frozen=True)
class Store:
    """A folder of finished units."""

    folder: Path

    def part(self, name: str) -> Store:
        """Return a folder inside for the units of one part of a run."""
        return Store(prepare_folder(self.folder / name))

    def _path(self, stream: int, segment: int) -> Path:
        return self.folder / f"unit-{stream:04d}-{segment:06d}.npz"

    def load(self, stream: int, segment: int) -> tuple[Arrays, Arrays] | None:
        """Return state and output of a finished unit; None if it is not finished, or damaged."""
        path = self._path(stream, segment)
        if not path.exists():
            return None
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
                content = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None  # damaged: the unit is done again
        parts: tuple[Arrays, Arrays] = ({}, {})
        for name, array in content.items():
            kind, _, key = name.partition("/")
            parts[kind == "output"][key] = array
        return parts

    def save(self, stream: int, segment: int, state: Arrays, output: Arrays) -> None:
        """Write a finished unit in one step."""
        arrays = {f"state/{k}": v for k, v in state.items()}
        arrays |= {f"output/{k}": v for k, v in output.items()}
        write_arrays(self._path(stream, segment), arrays)

    def remove(self) -> None:
        """Delete the folder; the result has been written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def open_store(out: str | Path, inputs: Mapping[str, Any], resume: bool, force: bool) -> Store:
    """Return the checkpoints beside the result `out`, in the folder ``OUT.partial``.

    Raises
    ------
    OutputError
        If there are checkpoints and neither `resume` nor `force` (begin anew) is set; or if those
        to be resumed are of other inputs or library versions.
    """
    folder = Path(f"{out}.partial")
    mine = {"hash": inputs["hash"], "versions": dict(inputs["versions"]), "units": UNITS}
    record = folder / "inputs.json"
    refuse_inputs(out)
    if Path(out).is_dir():
        raise OutputError(f"{out} is a folder, a file is needed")
    # Without a finished unit there is nothing to lose, whatever the record says.
    begun = any(folder.rglob("unit-*"))
    if record.exists() and (not begun or (force and not resume)):
        shutil.rmtree(folder)
    if record.exists():
        if not resume:
            raise OutputError(
                f"{folder} holds an unfinished run: --resume continues it, --force begins anew"
            )
        try:
            stored = json.loads(record.read_text())
            known = (stored["hash"], stored["versions"])
        except (ValueError, KeyError, TypeError):
            raise OutputError(
                f"{record} is damaged, so that nobody can tell what {folder} belongs to: --force "
                "begins anew"
            ) from None
        if stored.get("units", 1) != UNITS:
            raise OutputError(
                f"{folder} was begun by an older muoquark, whose unfinished work cannot be taken "
                "up: --force begins anew"
            )
        # Units of other inputs or versions would be joined into a result that is neither.
        if known[0] != mine["hash"]:
            raise OutputError(
                f"{folder} holds a run with other inputs (card, data, seed or settings) and "
                "cannot be continued with these: repeat its inputs, or --force begins anew"
            )
        if known[1] != mine["versions"]:
            changed = ", ".join(changes(known[1], mine["versions"]))
            raise OutputError(
                f"{folder} was begun with other library versions ({changed}), whose numbers may "
                "differ: --force begins anew"
            )
        return Store(folder)
    prepare_folder(folder)
    write_atomic(record, to_json({**mine, "inputs": dict(inputs)}) + "\n")
    return Store(folder)
