"""What a snapshot holds, and what changed from one to another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from muoquark.likelihood.groups import GROUPS, members
from muoquark.likelihood.measured import shown
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["compare", "describe", "newest", "year_of"]

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


def year_of(name: str, inspire: str) -> int | None:
    """Return the year of a measurement: of its INSPIRE texkey, else the last one in its name."""
    found = TEXKEY_YEAR.findall(inspire) or NAME_YEAR.findall(name)
    return int(found[-1]) if found else None


def newest(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Return the newest measurement of each group of observables: ``year``, ``name``, ``inspire``.

    The year is that of :func:`year_of`; measurements without one are passed over, and a group of
    which none has a year is left out.
    """
    meta = snapshot.metadata["measurements"]
    found = {}
    for topic, pattern in _TOPICS.items():
        positions = set(members(snapshot.forms.observables, pattern))
        dated = []
        for constraint in snapshot.constraints:
            if positions & set(constraint.observables):
                inspire = meta.get(constraint.measurement, {}).get("inspire", "")
                year = year_of(constraint.measurement, inspire)
                if year is not None:
                    dated.append((year, constraint.measurement, inspire))
        if dated:
            year, title, inspire = max(dated)
            found[topic] = {"year": year, "name": title, "inspire": inspire}
    return found


def describe(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Return what is known of a snapshot as plain data.

    ``measurements`` has one record per measurement: name, experiment, INSPIRE texkey, url, year
    (None where neither the texkey nor the name tells it), blocks, number of observables;
    ``newest_inputs`` says how old the data of each group are.
    """
    meta = snapshot.metadata
    measurements = []
    for title in sorted({c.measurement for c in snapshot.constraints}):
        own = [c for c in snapshot.constraints if c.measurement == title]
        info = meta["measurements"].get(title, {})
        measurements.append(
            {
                "name": title,
                "experiment": info.get("experiment", ""),
                "inspire": info.get("inspire", ""),
                "url": info.get("url", ""),
                "year": year_of(title, info.get("inspire", "")),
                "blocks": sorted({c.block for c in own}),
                "observables": len({o for c in own for o in c.observables}),
            }
        )
    years = [m["year"] for m in measurements if m["year"] is not None]
    return {
        "name": name,
        "description": meta.get("description", ""),
        "versions": meta["versions"],
        "latest": max(years, default=None),
        "newest_inputs": newest(snapshot),
        "observables": len(snapshot.forms.observables),
        "blocks": {k: len(v) for k, v in snapshot.blocks.items()},
        "measurements": measurements,
    }


def compare(old: Snapshot, new: Snapshot) -> list[dict[str, Any]]:
    """Return one record per observable of either snapshot: what was measured then and now.

    Each has ``observable``, ``args``, ``change`` (``new``, ``dropped``, ``measurements`` if others
    entered, ``numbers`` if the same ones or the theory behind give other numbers, ``same``), and
    ``old`` and ``new``.  These two are None or hold ``measured`` and ``uncertainty`` (of all
    measurements combined, with the theory error where the likelihood has one), ``sm`` and
    ``measurements``, the names of what entered; ``shift`` is the change of the measured value,
    ``shift_sm`` that of the prediction, both in old uncertainties.
    """
    before, after = _contents(old), _contents(new)
    records = []
    for observable in [*after, *(o for o in before if o not in after)]:
        first, second = before.get(observable), after.get(observable)
        name, *values = [observable] if isinstance(observable, str) else observable
        meta = (new if second else old).metadata
        record: dict[str, Any] = {
            "observable": name,
            "args": dict(zip(meta["arguments"].get(name, ()), values, strict=True)),
            "change": "dropped" if second is None else "new",
            "old": first,
            "new": second,
            "shift": None,
            "shift_sm": None,
        }
        if first and second:
            unit = first["uncertainty"]
            record["shift"] = (second["measured"] - first["measured"]) / unit
            record["shift_sm"] = (second["sm"] - first["sm"]) / unit
            shifts = record["shift"], record["shift_sm"], second["uncertainty"] / unit - 1
            moved = any(abs(shift) > SAME for shift in shifts)
            others = first["measurements"] != second["measurements"]
            record["change"] = "measurements" if others else "numbers" if moved else "same"
        records.append(record)
    return records


def _contents(snapshot: Snapshot) -> dict[Any, dict[str, Any]]:
    entered: dict[int, set[str]] = {}
    for constraint in snapshot.constraints:
        for position in constraint.observables:
            entered.setdefault(position, set()).add(constraint.measurement)
    measured, error = shown(snapshot)
    return {
        observable: {
            "measured": float(measured[k]),
            "uncertainty": float(error[k]),
            "sm": float(snapshot.sm[k]),
            "measurements": sorted(entered.get(k, ())),
        }
        for k, observable in _positions(snapshot.blocks.values(), snapshot.forms.observables)
    }


def _positions(blocks: Iterable[Any], observables: Any) -> list[tuple[int, Any]]:
    """Return the observables that a block uses, in the order of the blocks."""
    used = dict.fromkeys(int(k) for positions in blocks for k in positions)
    return [(k, observables[k]) for k in used]
