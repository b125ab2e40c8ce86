"""The files that an extended snapshot takes its measurements from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from muoquark.likelihood.archive import Archive, MeasurementSet, TheoryInput
from muoquark.likelihood.measurement_file import UserMeasurement, read_measurements
from muoquark.likelihood.observable import Observable, names_of
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["FOLDER", "MeasurementFolder", "read_source"]

#: Folders of measurements, one for each extended snapshot.
FOLDER = Path(__file__).parent / "measurements"
# Beside the measurements: which take part, and dates of those of the snapshot that is extended.
SETS, DATES = "sets.yaml", "dates.yaml"


@dataclass(frozen=True)
class MeasurementFolder:
    """What a folder of measurements holds.

    Attributes
    ----------
    measurements, origins
        In the order of the files, and the name of the file that each stands in.
    observables
        What they measure, and what is predicted without a measurement.
    archive
        Roles of the files, SM predictions that moved; without entries.
    dates
        Of the measurements of the snapshot that is extended: ``date`` and ``supersedes``.
    blocks
        The block of each observable of which the snapshot has none of the name.
    known
        The block of each name that the snapshot has.
    """

    measurements: Sequence[UserMeasurement]
    origins: Sequence[str]
    observables: Sequence[Observable]
    archive: Archive
    dates: Mapping[str, Mapping[str, Any]]
    blocks: Mapping[str, str]
    known: Mapping[str, str]

    def block_of(self, observable: Observable) -> str:
        """Return the block that an observable belongs to."""
        return self.known.get(observable.name) or self.blocks[observable.name]

    def info(self, base: Snapshot) -> dict[str, dict[str, str]]:
        """Return what is known of all measurements, with their dates."""
        found = {name: dict(one) for name, one in base.data.info.items()}
        for name, dated in self.dates.items():
            found[name]["date"] = str(dated["date"])
        found |= {one.name: dict(one.info) for one in self.measurements}
        return found


def read_source(folder: Path, base: Snapshot) -> MeasurementFolder:
    """Read all files of a folder.

    Raises
    ------
    InputError
        For a faulty file.
    """
    files = sorted(p for p in folder.glob("*.yaml") if p.name not in (SETS, DATES))
    about = yaml.safe_load((folder / SETS).read_text(encoding="utf-8"))
    dates = yaml.safe_load((folder / DATES).read_text(encoding="utf-8"))
    known = {
        base.observables[k].name: name
        for name, members in base.data.blocks.items()
        for k in members
    }
    blocks = dict(about["blocks"])
    inside = [base.observables[k] for v in base.data.blocks.values() for k in v]
    observables = dict.fromkeys(inside)
    for path in files:
        observables |= dict.fromkeys(_observables(path))
    observables |= dict.fromkeys(Observable(name, ()) for name in about["predicted"])
    gaussian = {
        o.key: block
        for o in observables
        if (block := known.get(o.name) or blocks[o.name]) in base.data.theory
    }
    names = [c.measurement for c in base.data.constraints]
    names += [name for path in files for name in _document(path)]
    measurements: list[UserMeasurement] = []
    origins: list[str] = []
    for path in files:
        keys = [o.key for o in observables]
        own = read_measurements(path, names_of(list(observables)), keys, names, gaussian=gaussian)
        measurements += own
        origins += [path.stem] * len(own)
    sets = {
        path.stem: MeasurementSet(
            one.get("role", "default"), tuple(one.get("excludes", ())), one.get("about", "")
        )
        for path in files
        for one in [about["sets"].get(path.stem, {})]
    }
    theory = tuple(
        TheoryInput(
            o["observable"], str(o["date"]), float(o["value"]), float(o["error"]), o["inspire"]
        )
        for o in about["theory"]
    )
    return MeasurementFolder(
        measurements,
        origins,
        tuple(observables),
        Archive({}, sets, theory, tuple(about["predicted"])),
        dates,
        blocks,
        known,
    )


def _document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _observables(path: Path) -> list[Observable]:
    """Return the observables of a file."""
    found = []
    for entry in _document(path).values():
        values = entry["values"]
        if "observables" in entry:
            found += [Observable(name, ()) for name in entry["observables"]]
        elif isinstance(values, dict):
            found += [Observable(name, ()) for name in values]
        else:
            for one in values:
                given = {k: float(x) for k, x in one.items() if k not in ("name", "value")}
                found.append(Observable(one["name"], tuple(given.items())))
    return found
