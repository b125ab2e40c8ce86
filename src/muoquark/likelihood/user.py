"""Adding a user's measurements to the data, or replacing those that are there.

A measurement goes to the part that predicts its observable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.likelihood.archive import date_of, known
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.measurement_file import UserMeasurement, read_measurements
from muoquark.likelihood.observable import names_of
from muoquark.likelihood.part import Part
from muoquark.likelihood.snapshot_part import SnapshotPart

__all__ = ["told_apart", "with_measurements"]


def told_apart(
    measurements: str | Path | Sequence[str | Path] | None, parts: Sequence[Part]
) -> tuple[tuple[str, ...], str | Path | None]:
    """Return the sets of a snapshot that are asked for, and the file of the user's, if any.

    A file takes precedence over a set of its name.

    Raises
    ------
    InputError
        For two files, or for what is neither.
    """
    one = isinstance(measurements, str | Path)
    listed: Sequence[Any] = [] if measurements is None else [measurements] if one else measurements  # type: ignore[assignment]
    sets = [name for part in parts if isinstance(part, SnapshotPart) for name in part.sets]
    chosen: list[str] = []
    files: list[str | Path] = []
    for item in listed:
        if str(item) in sets and not Path(item).exists():
            chosen.append(str(item))
        else:
            files.append(item)
    for item in files:
        named = Path(item)
        plain = named.name == str(item) and not named.suffix and str(item) != "-"
        if plain and not named.exists():
            archives = [p.snapshot.archive for p in parts if isinstance(p, SnapshotPart)]
            options = [name for a in archives if a is not None for name in a.options]
            if not options:
                raise InputError(
                    f"'{item}' is no file, and the data hold no measurements beside their own"
                )
            raise InputError(
                f"'{item}' is no file and no set of measurements: {suggest(str(item), options)}"
            )
    if len(files) > 1:
        raise InputError(f"two files of measurements, {files[0]} and {files[1]}: make one of them")
    return tuple(dict.fromkeys(chosen)), files[0] if files else None


def with_measurements(
    parts: Sequence[Part],
    path: str | Path,
    until: str | None = None,
    chosen: Sequence[str] = (),
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the parts with the measurements of a file, and their names.

    A measurement takes the place of those that it supersedes and of one of the same name.  An
    observable of which no measurement is left leaves the likelihood.  Of a snapshot with an archive
    observables can be measured that nothing is compared with by default.

    Parameters
    ----------
    until, chosen
        With which `parts` were made.

    Raises
    ------
    InputError
        For every fault of the file, also for observables that no part predicts, or several; for a
        measurement of a later time, or of the same events as another one that takes part.
    """
    parts, new = _read(parts, path, until, chosen)
    for m in new:
        date = date_of(m.name, m.info)
        if not known(date, until):
            raise InputError(Fault(f"'{m.name}' is of {date}, after {until}", str(path)))
    _check_archives(parts, new, path)
    changed = tuple(_changed(part, new, path) for part in parts)
    return changed, tuple(m.name for m in new)


def _check_archives(
    parts: Sequence[Part], new: Sequence[UserMeasurement], path: str | Path
) -> None:
    """Check that no measurement comes back whose successor takes part."""
    removed = {name for m in new for name in (*m.supersedes, m.name)}
    for part in parts:
        archive = part.snapshot.archive if isinstance(part, SnapshotPart) else None
        if archive is None:
            continue
        absent = archive.absent({c.measurement for c in part.data.constraints})
        for m in new:
            other = absent.get(m.name, "")
            if other and other not in removed:
                own = archive.entries[m.name].set
                how = f": --measurements {own} takes it instead" if own in archive.options else ""
                raise InputError(
                    Fault(
                        f"'{m.name}' rests on the same events as '{other}' of {part.name}{how}",
                        str(path),
                    )
                )


def _read(
    parts: Sequence[Part], path: str | Path, until: str | None, chosen: Sequence[str]
) -> tuple[Sequence[Part], list[UserMeasurement]]:
    """Read the file against what all parts predict; return the parts with all that it measures."""
    archived = [
        part
        for part in parts
        if isinstance(part, SnapshotPart) and part.snapshot.archive is not None
    ]
    if archived:
        full = [
            part.at(until, chosen, {o.key for o in part.snapshot.whole.observables})  # type: ignore[union-attr]
            if part in archived
            else part
            for part in parts
        ]
        new = _against(full, path)
        keys = {key for m in new for c in m.constraints for key in c.observables}
        wanted = [part.at(until, chosen, keys) if part in archived else part for part in parts]
        return wanted, new
    return parts, _against(parts, path)


def _against(parts: Sequence[Part], path: str | Path) -> list[UserMeasurement]:
    arguments: dict[str, tuple[str, ...]] = {}
    owners: dict[str, list[str]] = {}
    gaussian: dict[str, str] = {}
    outside: set[str] = set()
    for part in parts:
        data = part.data
        block_of = {o: name for name, members in data.blocks.items() for o in members}
        inside = [data.observables[k] for k in block_of]
        arguments |= names_of(inside)
        outside |= {o.name for o in data.observables} - {o.name for o in inside}
        for k, block in block_of.items():
            key = data.observables[k].key
            owners.setdefault(key, []).append(part.name)
            if block in data.theory:
                gaussian[key] = block
    refused = {
        name: "fixes the CKM matrix here and is not in the likelihood"
        for name in outside - set(arguments)
    }
    refused |= {
        key: f"is predicted by several parts of the data, {' and '.join(names)}: name one of them"
        for key, names in owners.items()
        if len(names) > 1
    }
    measurements = {c.measurement for part in parts for c in part.data.constraints}
    part_of = {key: names[0] for key, names in owners.items()}
    return read_measurements(
        path, arguments, list(owners), sorted(measurements), refused, gaussian, part_of
    )


def _changed(part: Part, new: Sequence[UserMeasurement], path: str | Path) -> Part:
    """Return a part with those of the measurements that are of its observables."""
    data = part.data
    position = {o.key: k for k, o in enumerate(data.observables)}
    block_of = {o: name for name, members in data.blocks.items() for o in members}
    gone = {name for m in new for name in (*m.supersedes, m.name)}
    constraints = [c for c in data.constraints if c.measurement not in gone]
    touched = {o for c in data.constraints if c.measurement in gone for o in c.observables}
    info = {}
    for measurement in new:
        for c in measurement.constraints:
            if c.observables[0] not in position:
                continue  # of another part
            where = tuple(position[key] for key in c.observables)
            touched |= set(where)
            info[measurement.name] = measurement.info
            # Values that lie in different blocks are kept in the block of the first.
            constraints.append(Constraint(block_of[where[0]], measurement.name, where, c.pdf))
    if not touched:
        return part
    # What a file of predictions has beyond the measurements takes no part in the likelihood.
    # Of a snapshot there is what nobody measured yet.
    if not isinstance(part, SnapshotPart):
        touched |= set(block_of) - {o for c in data.constraints for o in c.observables}
    changed = part.with_data(data.with_constraints(constraints, touched, info), touched)
    finite = np.isfinite(changed.data.terms().log_likelihood(changed.sm))
    if not finite.all():
        names = zip(changed.data.blocks, finite, strict=True)
        bad = ", ".join(name for name, good in names if not good)
        raise InputError(Fault(f"with these measurements ln L of the SM is not finite in {bad}",
                               str(path)))  # fmt: skip
    return changed
