"""Which of the measurements of a snapshot take part: the newest, those of a day, or others.

A snapshot from ``2026-11`` on holds what it supersedes too, and alternatives of which one can be
chosen.  Measurements come in *sets*, one for each file that they were compiled from:

- ``default`` takes part;
- ``history`` takes part until something newer supersedes it (the individual results behind an
  average, what was known in 2019);
- ``option`` takes part if it is asked for: another treatment of the same events, a projection.

A set that is asked for takes the place of those that it excludes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from muoquark.common.errors import InputError, suggest

__all__ = [
    "Archive",
    "ArchiveEntry",
    "MeasurementSet",
    "TheoryInput",
    "check_month",
    "date_of",
    "known",
]

_ARXIV = re.compile(r"\b(\d\d)(\d\d)\.\d{4,5}\b")
_YEAR = re.compile(r":((?:19|20)\d\d)|\b((?:19|20)\d\d)\b")


def check_month(text: str) -> str:
    """Return a month, ``2024-01``.

    Raises
    ------
    InputError
        If it is none.
    """
    if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text):
        raise InputError(f"'{text}' is no month: YYYY-MM, such as 2024-01")
    return text


def known(date: str, until: str | None) -> bool:
    """Tell whether something of a date was known at the end of a month.

    A date is YYYY, YYYY-MM or YYYY-MM-DD; of a year alone its end is meant, and what has no date
    was always known.

    >>> known("2024-01-15", "2024-01"), known("2024", "2024-06"), known("2023", "2024-06")
    (True, False, True)
    """
    if until is None or not date:
        return True
    return (date if len(date) > 4 else f"{date}-12")[:7] <= until


def date_of(name: str, info: Mapping[str, str]) -> str:
    """Return when a measurement was published, as well as is known; empty if it is not.

    Its own date, else the month of an arXiv number, else the year of the INSPIRE texkey or the last
    one in its name.
    """
    if info.get("date"):
        return info["date"]
    for text in (info.get("arxiv", ""), info.get("description", ""), info.get("url", "")):
        found = _ARXIV.search(text)
        if found:
            return f"20{found[1]}-{found[2]}"
    for text in (info.get("inspire", ""), name):
        years = [str(a or b) for a, b in _YEAR.findall(text)]
        if years:
            return years[-1]
    return ""


@dataclass(frozen=True)
class ArchiveEntry:
    """A measurement of an archive.

    Attributes
    ----------
    date
        YYYY, YYYY-MM or YYYY-MM-DD.
    supersedes
        Names of what it takes the place of.
    set
        The set that it belongs to; empty for those of the snapshot that was extended.
    """

    date: str
    supersedes: tuple[str, ...] = ()
    set: str = ""


@dataclass(frozen=True)
class MeasurementSet:
    """A set of measurements.

    Attributes
    ----------
    role
        ``default``, ``history`` or ``option``.
    excludes
        Sets that hold the same events, or another evaluation of them.
    about
        One line for a user.
    """

    role: str
    excludes: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class TheoryInput:
    """The SM's prediction of an observable as it was published at a time.

    Attributes
    ----------
    observable, date
        flavio's name; when it was published.
    value, error
        In flavio's units.
    inspire
        The texkey of its source.
    """

    observable: str
    date: str
    value: float
    error: float
    inspire: str


@dataclass(frozen=True)
class Archive:
    """What is known of the measurements of a snapshot beside their numbers.

    Attributes
    ----------
    entries
        By the name of the measurement.
    sets
        By name; the names are what a user chooses.
    theory
        SM predictions that moved.
    predicted
        Observables that nobody has measured and that are predicted all the same.
    """

    entries: Mapping[str, ArchiveEntry]
    sets: Mapping[str, MeasurementSet]
    theory: tuple[TheoryInput, ...] = ()
    predicted: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """The sets that can be asked for."""
        return [name for name, one in self.sets.items() if one.role == "option" or one.excludes]

    def check(self, chosen: Sequence[str], until: str | None = None) -> None:
        """Check a choice of sets.

        Raises
        ------
        InputError
            For an unknown set, for two of the same events, or for one of a later time.
        """
        for name in chosen:
            if name not in self.sets:
                raise InputError(
                    f"there are no measurements '{name}': {suggest(name, self.options)}"
                )
        for name in chosen:
            for other in self.sets[name].excludes:
                if other in chosen:
                    first, second = sorted((name, other), key=list(chosen).index)
                    raise InputError(
                        f"'{first}' and '{second}' rest on the same events: choose one of them"
                    )
            dates = [e.date for e in self.entries.values() if e.set == name]
            if not all(known(date, until) for date in dates):
                raise InputError(f"'{name}' is of {max(dates)}, after {until}")

    def members(self, until: str | None = None, chosen: Sequence[str] = ()) -> frozenset[str]:
        """Return the names of the measurements that take part.

        Parameters
        ----------
        until
            A month: what was published later is not known.
        chosen
            Sets that take part in the place of those that they exclude.

        Raises
        ------
        InputError
            See :meth:`check`, and for a month that is none.
        """
        if until is not None:
            check_month(until)
        self.check(chosen, until)
        excluded = {other for name in chosen for other in self.sets[name].excludes}
        wanted = {
            name
            for name, one in self.sets.items()
            if name in chosen or (one.role != "option" and name not in excluded)
        }
        found = {
            name: entry
            for name, entry in self.entries.items()
            if (not entry.set or entry.set in wanted) and known(entry.date, until)
        }
        gone = {
            old
            for entry in found.values()
            for old in entry.supersedes
            # What was asked for is not superseded.
            if old not in self.entries or self.entries[old].set not in chosen
        }
        return frozenset(name for name in found if name not in gone)

    def inputs(self, until: str | None = None) -> list[TheoryInput]:
        """Return the newest of the SM predictions that were known; the oldest, if none was."""
        found: dict[str, TheoryInput] = {}
        for one in sorted(self.theory, key=lambda one: one.date):
            if one.observable not in found or known(one.date, until):
                found[one.observable] = one
        return list(found.values())

    def absent(self, names: Iterable[str]) -> dict[str, str]:
        """Return, of the archived measurements that do not take part, what stands for them."""
        taking = set(names)
        found = {}
        for name, entry in self.entries.items():
            if name not in taking:
                newer = [n for n in taking if name in self.entries[n].supersedes]
                excluding = [
                    s for s, one in self.sets.items() if entry.set and entry.set in one.excludes
                ]
                found[name] = (newer or excluding or [""])[0]
        return found

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "entries": {
                name: {"date": e.date, "supersedes": list(e.supersedes), "set": e.set}
                for name, e in self.entries.items()
            },
            "sets": {
                name: {"role": s.role, "excludes": list(s.excludes), "about": s.about}
                for name, s in self.sets.items()
            },
            "theory": [asdict(one) for one in self.theory],
            "predicted": list(self.predicted),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Archive:
        """Return the archive of a record."""
        return cls(
            {
                name: ArchiveEntry(e["date"], tuple(e["supersedes"]), e["set"])
                for name, e in record["entries"].items()
            },
            {
                name: MeasurementSet(s["role"], tuple(s["excludes"]), s["about"])
                for name, s in record["sets"].items()
            },
            tuple(TheoryInput(**one) for one in record["theory"]),
            tuple(record["predicted"]),
        )
