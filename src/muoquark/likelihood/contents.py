"""What a snapshot holds, and what changed from one to another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.groups import GROUPS, members
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.part import Part
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshot_part import SnapshotPart

__all__ = [
    "Change",
    "Contents",
    "Input",
    "MeasurementInfo",
    "Newest",
    "SetInfo",
    "compare",
    "describe",
    "newest",
    "year_of",
]

# What a reader asks of data "of today": the groups, and the classes that move fastest beside them.
_TOPICS: dict[str, re.Pattern[str]] = {
    **{k: v for k, v in GROUPS.items() if k not in ("b->smumu", "b->cellnu")},
    "R(D(*))": re.compile(r"^Rtaul\(B->D\*?lnu\)$"),
    "B->K(*)nunu": re.compile(r"^BR\(B[+0]->K\*?[+0]?nunu\)$"),
    "mu->egamma": re.compile(r"^BR\(mu->egamma\)$"),
    "m_W": re.compile(r"^m_W$"),
}

TEXKEY_YEAR = re.compile(r":((?:19|20)\d\d)")
NAME_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
# Numbers that differ by less than this share of the uncertainty are the same number.
SAME = 1e-3


def year_of(name: str, inspire: str, date: str = "") -> int | None:
    """Return the year of a measurement.

    Of its date if that is known, of its INSPIRE texkey, else the last one in its name.
    """
    if date:
        return int(date[:4])
    found = TEXKEY_YEAR.findall(inspire) or NAME_YEAR.findall(name)
    return int(found[-1]) if found else None


@dataclass(frozen=True)
class Newest:
    """The newest measurement of a group of observables.

    Attributes
    ----------
    year, name
        Of the measurement.
    inspire
        Its texkey.
    """

    year: int
    name: str
    inspire: str


@dataclass(frozen=True)
class MeasurementInfo:
    """What is known of a measurement.

    Attributes
    ----------
    name, experiment, inspire, url
        As flavio's files have them, `inspire` being the texkey; empty if unknown.
    year
        None where neither the texkey nor the name tells it.
    blocks, observables
        Where it enters, and into how many observables.
    date
        YYYY, YYYY-MM or YYYY-MM-DD; empty in a snapshot that has none.
    supersedes
        Names of what it takes the place of.
    """

    name: str
    experiment: str
    inspire: str
    url: str
    year: int | None
    blocks: tuple[str, ...]
    observables: int
    date: str = ""
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetInfo:
    """A set of measurements that a snapshot holds, see :mod:`muoquark.likelihood.archive`.

    Attributes
    ----------
    name, role, excludes, about
        As the archive has them.
    measurements
        How many.
    """

    name: str
    role: str
    excludes: tuple[str, ...]
    about: str
    measurements: int


@dataclass(frozen=True)
class Contents:
    """What is known of a part of the data; made by :func:`describe`.

    Attributes
    ----------
    name, description
        Its name, and what it says of itself.
    versions
        Of the stack that a snapshot was compiled with.
    newest_inputs
        How old the data of each group are.
    observables, blocks
        How many observables, all and by block.
    measurements
        All of them, by name.
    sets, superseded
        What the snapshot holds beside them: sets that can be asked for, and how many measurements
        do not take part.
    """

    name: str
    description: str
    versions: Mapping[str, str]
    newest_inputs: Mapping[str, Newest]
    observables: int
    blocks: Mapping[str, int]
    measurements: tuple[MeasurementInfo, ...]
    sets: tuple[SetInfo, ...] = ()
    superseded: int = 0

    @property
    def latest(self) -> int | None:
        """The year of the newest measurement."""
        years = [m.year for m in self.measurements if m.year is not None]
        return max(years, default=None)

    def record(self) -> dict[str, Any]:
        """Return the contents as plain data."""
        return {
            "name": self.name,
            "description": self.description,
            "versions": self.versions,
            "latest": self.latest,
            "newest_inputs": {topic: asdict(one) for topic, one in self.newest_inputs.items()},
            "observables": self.observables,
            "blocks": dict(self.blocks),
            "measurements": [
                {**asdict(m), "blocks": list(m.blocks), "supersedes": list(m.supersedes)}
                for m in self.measurements
            ],
            "sets": [{**asdict(s), "excludes": list(s.excludes)} for s in self.sets],
            "superseded": self.superseded,
        }


def newest(data: DataSet) -> dict[str, Newest]:
    """Return the newest measurement of each group of observables.

    The year is that of :func:`year_of`; measurements without one are passed over, and a group of
    which none has a year is left out.
    """
    found: dict[str, Newest] = {}
    for topic, pattern in _TOPICS.items():
        positions = set(members(data.observables, pattern))
        dated = []
        for constraint in data.constraints:
            if positions & set(constraint.observables):
                info = data.info.get(constraint.measurement, {})
                inspire, date = info.get("inspire", ""), info.get("date", "")
                year = year_of(constraint.measurement, inspire, date)
                if year is not None:
                    dated.append((year, date, constraint.measurement, inspire))
        if dated:
            year, _, name, inspire = max(dated)
            found[topic] = Newest(year, name, inspire)
    return found


def describe(part: Part) -> Contents:
    """Return what is known of a part of the data."""
    data = part.data
    meta = part.snapshot.metadata if isinstance(part, SnapshotPart) else {}
    archive = part.snapshot.archive if isinstance(part, SnapshotPart) else None
    measurements = []
    for title in sorted({c.measurement for c in data.constraints}):
        own = [c for c in data.constraints if c.measurement == title]
        info = data.info.get(title, {})
        measurements.append(
            MeasurementInfo(
                name=title,
                experiment=info.get("experiment", ""),
                inspire=info.get("inspire", ""),
                url=info.get("url", ""),
                year=year_of(title, info.get("inspire", ""), info.get("date", "")),
                blocks=tuple(sorted({c.block for c in own})),
                observables=len({o for c in own for o in c.observables}),
                date=info.get("date", ""),
                supersedes=() if archive is None else archive.entries[title].supersedes,
            )
        )
    sets: list[SetInfo] = []
    if archive is not None:
        origins = [e.set for e in archive.entries.values()]
        sets = [
            SetInfo(name, one.role, one.excludes, one.about, origins.count(name))
            for name, one in archive.sets.items()
        ]
    return Contents(
        name=part.name,
        description=meta.get("description", ""),
        versions=meta.get("versions", {}),
        newest_inputs=newest(data),
        observables=len(data.observables),
        blocks={k: len(v) for k, v in data.blocks.items()},
        measurements=tuple(measurements),
        sets=tuple(sets),
        superseded=0 if archive is None else len(archive.entries) - len(measurements),
    )


@dataclass(frozen=True)
class Input:
    """An observable in one snapshot.

    Attributes
    ----------
    measured, uncertainty
        Of all measurements combined, with the theory error where the likelihood has one.
    sm
        The prediction.
    measurements
        The names of what entered.
    """

    measured: float
    uncertainty: float
    sm: float
    measurements: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return the numbers as plain data."""
        return {**asdict(self), "measurements": list(self.measurements)}


@dataclass(frozen=True)
class Change:
    """What was measured of an observable in two snapshots.

    Attributes
    ----------
    observable, arguments
        flavio's name, and values by the names of its arguments.
    old, new
        None where a snapshot does not have it.
    """

    observable: str
    arguments: Mapping[str, float]
    old: Input | None
    new: Input | None

    @property
    def shift(self) -> float | None:
        """The change of the measured value, in old uncertainties."""
        if self.old is None or self.new is None:
            return None
        return (self.new.measured - self.old.measured) / self.old.uncertainty

    @property
    def shift_sm(self) -> float | None:
        """The change of the prediction, in old uncertainties."""
        if self.old is None or self.new is None:
            return None
        return (self.new.sm - self.old.sm) / self.old.uncertainty

    @property
    def kind(self) -> str:
        """What changed.

        ``new``, ``dropped``; ``measurements`` if others entered; ``numbers`` if the same ones, or
        the theory behind them, give other numbers; else ``same``.
        """
        if self.old is None or self.new is None:
            return "new" if self.old is None else "dropped"
        if self.old.measurements != self.new.measurements:
            return "measurements"
        shifts = self.shift, self.shift_sm, self.new.uncertainty / self.old.uncertainty - 1
        return "numbers" if any(abs(x) > SAME for x in shifts if x is not None) else "same"

    def record(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return {
            "observable": self.observable,
            "args": dict(self.arguments),
            "change": self.kind,
            "old": None if self.old is None else self.old.record(),
            "new": None if self.new is None else self.new.record(),
            "shift": self.shift,
            "shift_sm": self.shift_sm,
        }


def compare(old: Snapshot, new: Snapshot) -> tuple[Change, ...]:
    """Return every observable of either snapshot: what was measured then and now."""
    before, after = _contents(old), _contents(new)
    found = []
    for observable in [*after, *(o for o in before if o not in after)]:
        first, second = before.get(observable), after.get(observable)
        found.append(Change(observable.name, dict(observable.arguments), first, second))
    return tuple(found)


def _contents(snapshot: Snapshot) -> dict[Observable, Input]:
    entered: dict[int, set[str]] = {}
    for constraint in snapshot.data.constraints:
        for position in constraint.observables:
            entered.setdefault(position, set()).add(constraint.measurement)
    measured, error = SnapshotPart("", snapshot, None).shown
    return {
        observable: Input(
            measured=float(measured[k]),
            uncertainty=float(error[k]),
            sm=float(snapshot.sm[k]),
            measurements=tuple(sorted(entered.get(k, ()))),
        )
        for k, observable in _positions(snapshot.data.blocks.values(), snapshot.observables)
    }


def _positions(blocks: Iterable[Any], observables: Any) -> list[tuple[int, Any]]:
    """Return the observables that a block uses, in the order of the blocks."""
    used = dict.fromkeys(int(k) for positions in blocks for k in positions)
    return [(k, observables[k]) for k in used]
