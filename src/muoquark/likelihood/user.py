"""Adding a user's measurements to the data, or replacing those that are there.

A measurement goes to the part that predicts its observable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.measurement_file import UserMeasurement, read_measurements
from muoquark.likelihood.observable import names_of
from muoquark.likelihood.part import Part

__all__ = ["with_measurements"]


def with_measurements(
    parts: Sequence[Part], path: str | Path
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the parts with the measurements of a file, and their names.

    A measurement takes the place of those that it supersedes and of one of the same name.  An
    observable of which no measurement is left leaves the likelihood.

    Raises
    ------
    InputError
        For every fault of the file, also for observables that no part predicts, or several.
    """
    new = _read(parts, path)
    changed = tuple(_changed(part, new, path) for part in parts)
    return changed, tuple(m.name for m in new)


def _read(parts: Sequence[Part], path: str | Path) -> list[UserMeasurement]:
    """Read the file against what all parts predict."""
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
    touched |= set(block_of) - {o for c in data.constraints for o in c.observables}
    changed = part.with_data(data.with_constraints(constraints, touched, info), touched)
    finite = np.isfinite(changed.data.terms().log_likelihood(changed.sm))
    if not finite.all():
        names = zip(changed.data.blocks, finite, strict=True)
        bad = ", ".join(name for name, good in names if not good)
        raise InputError(Fault(f"with these measurements ln L of the SM is not finite in {bad}",
                               str(path)))  # fmt: skip
    return changed
