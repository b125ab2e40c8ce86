"""Results as tables: what CSV, LaTeX and HEPData files are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from muoquark.common.provenance import snapshot_name
from muoquark.likelihood.units import unit

__all__ = ["Column", "Table", "band_rows", "slug", "tables_of"]

Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name, unit
        Its head.
    values
        Numbers or texts, None where there is none.
    low, high
        Ends of the interval of one standard deviation around each value, if there are any.
    ends
        Which of the interval's ends are those of the scanned range and no result: ``lower``,
        ``upper``, ``lower and upper``, or nothing.
    independent
        Whether it says what the row is about, rather than a result.
    """

    name: str
    values: tuple[Value, ...]
    unit: str = ""
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    ends: tuple[str, ...] = ()
    independent: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a result.

    Attributes
    ----------
    name, description
        For the file, and what it shows.
    columns
        All of one length.
    qualifiers
        What holds for all of it, by name.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    qualifiers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(c.values) for c in self.columns}
        assert len(lengths) == 1, f"columns of {self.name} differ in length"

    @property
    def rows(self) -> list[tuple[Value, ...]]:
        """The values row by row."""
        return list(zip(*(c.values for c in self.columns), strict=True))


def tables_of(document: Mapping[str, Any] | Sequence[Any]) -> list[Table]:
    """Return the tables of a result in JSON.

    Best fit, intervals, bands and contours have their own form.  Whatever else is there becomes a
    table by its shape: a list of records, named records, or named numbers, at any depth.
    """
    if not isinstance(document, Mapping):
        return _walk("predictions", list(document), {})
    inputs = document.get("inputs") or {}
    data = inputs.get("data") or {}
    qualifiers = {
        name: str(value)
        for name, value in (
            ("data snapshot", snapshot_name(data)),
            ("chain", data.get("chain")),
            ("order of matching", inputs.get("order")),
        )
        if value is not None
    }
    found: list[Table] = []
    # What figures are drawn from is in the contours and curves as numbers.
    rest = {k: v for k, v in document.items() if k not in ("inputs", "drawn")}
    profiles = rest.get("profiles")
    if isinstance(profiles, Mapping) and all(map(_is_curve, profiles.values())):
        found += [_curve(name, profile, qualifiers) for name, profile in profiles.items()]
        drawn = ("x", "delta_chi2", "points")
        rest["profiles"] = {
            name: {k: v for k, v in profile.items() if k not in drawn}
            for name, profile in profiles.items()
        }
    elif isinstance(rest.get("best_fit"), Mapping) and isinstance(profiles, Mapping):
        found.append(_parameters(rest, qualifiers))
        for name in ("best_fit", "profiles", "errors", "parameters", "sm"):
            rest.pop(name, None)
        found += [_curve(n, one, qualifiers) for n, one in rest.pop("curves", {}).items()]
    if isinstance(rest.get("bands"), Mapping) and rest["bands"]:
        names = [p["name"] for p in document.get("parameters", [])]
        found += _bands(rest.pop("bands"), names, qualifiers)
    if isinstance(rest.get("contours"), Mapping):
        names = [p["name"] for p in document.get("parameters", [])]
        found += _contours(rest.pop("contours"), names, qualifiers)
    for name, value in rest.items():
        if isinstance(value, Mapping | list):
            found += _walk(name, value, qualifiers)
    single = {k: v for k, v in rest.items() if _is_value(v) and v is not None}
    if single:
        found.append(_snapshot_name("numbers", single, qualifiers))
    return _unique(found)


def _unique(tables: Sequence[Table]) -> list[Table]:
    """Number the tables whose names would give the same file."""
    count: dict[str, int] = {}
    result = []
    for table in tables:
        count[slug(table.name)] = number = count.get(slug(table.name), 0) + 1
        result.append(table if number == 1 else replace(table, name=f"{table.name} {number}"))
    return result


def _is_curve(profile: Any) -> bool:
    return isinstance(profile, Mapping) and {"x", "delta_chi2"} <= set(profile)


def _curve(name: str, profile: Mapping[str, Any], qualifiers: Mapping[str, str]) -> Table:
    """Return a profile as a curve, with the values that the other parameters take along it."""
    others = {k: v for k, v in profile.get("points", {}).items() if k != name}
    columns = (
        Column(name, tuple(profile["x"]), independent=True),
        Column("Delta chi2", tuple(profile["delta_chi2"])),
        *(Column(k, tuple(v)) for k, v in others.items()),
    )
    description = f"Profile of {name}: Delta chi2 minimised over all other parameters."
    return Table(f"profile {name}", description, columns, qualifiers)


def _is_value(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str | bool)


def _plain(value: Any) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, Mapping) and set(value) == {"Re", "Im"}:
        return f"{value['Re']!r}{value['Im']:+}j"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in value.items()
        )
    if isinstance(value, list) and all(isinstance(v, list) and len(v) == 2 for v in value):
        return " and ".join(f"[{a:.6g}, {b:.6g}]" for a, b in value)
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)


def _spans(name: str, intervals: Sequence[Sequence[Sequence[float]]]) -> list[Column]:
    """Return columns with the lower and upper ends of intervals; a row may have several."""
    columns = []
    for number in range(max((len(i) for i in intervals), default=0)):
        label = f"{name} ({number + 1})" if number else name
        here = [i[number] if number < len(i) else (None, None) for i in intervals]
        columns.append(Column(f"{label} low", tuple(a for a, _ in here)))
        columns.append(Column(f"{label} high", tuple(b for _, b in here)))
    return columns


def _parameters(document: Mapping[str, Any], qualifiers: Mapping[str, str]) -> Table:
    names = list(document["best_fit"])
    profiles = document["profiles"]
    values = [float(document["best_fit"][n]) for n in names]
    ends: list[tuple[float | None, float | None]] = []
    for name, value in zip(names, values, strict=True):
        inside = [i for i in profiles[name]["interval_1sigma"] if i[0] <= value <= i[1]]
        ends.append((inside[0][0], inside[0][1]) if inside else (None, None))
    ranges = {
        p["name"]: (float(p["low"]), float(p["high"]))
        for p in document.get("parameters", [])
        if {"low", "high"} <= set(p)
    }
    low, high = tuple(e[0] for e in ends), tuple(e[1] for e in ends)
    at = tuple(
        _at_end(e, ranges[n]) if n in ranges else "" for n, e in zip(names, ends, strict=True)
    )
    columns = [
        Column("parameter", tuple(names), independent=True),
        Column("best fit", tuple(values), "", low, high, at if any(at) else ()),
    ]
    for k in (1, 2):
        columns += _spans(f"{k} sigma", [profiles[n][f"interval_{k}sigma"] for n in names])
    return Table(
        "parameters",
        "Best fit and intervals of the profile likelihood (1 sigma: Delta chi2 = 1, 2 sigma: 4).",
        tuple(columns),
        qualifiers,
    )


def _at_end(interval: tuple[float | None, float | None], limits: tuple[float, float]) -> str:
    """Say which ends of an interval are the ends of the range that was looked at."""
    close = 1e-6 * (limits[1] - limits[0])
    pairs = zip(("lower", "upper"), interval, limits, strict=True)
    return " and ".join(name for name, x, end in pairs if x is not None and abs(x - end) < close)


Spans = Sequence[Sequence[float]]


def band_rows(bands: Mapping[str, Any]) -> list[tuple[str, str, float | None, Spans | None]]:
    """Return group, parameter, best value and intervals of the bands of a fit.

    A group has a row for every parameter that it constrains.  One that constrains combinations
    alone, or nothing, has a single row, which says so, with None for value and intervals.
    """
    rows: list[tuple[str, str, float | None, Spans | None]] = []
    for name, band in bands.items():
        if band["parameter"] is not None:
            found = {str(band["parameter"]): band}
        else:
            found = band.get("profiles", {})
        rows += [(name, p, float(b["best"]), b["interval_1sigma"]) for p, b in found.items()]
        if not found:
            nothing = band.get("shape") == "everything"
            words = "nothing in the ranges" if nothing else "combinations only"
            rows.append((name, words, None, None))
    return rows


def _bands(
    bands: Mapping[str, Any], names: Sequence[str], qualifiers: Mapping[str, str]
) -> list[Table]:
    rows = band_rows(bands)
    columns = [
        Column("group of observables", tuple(r[0] for r in rows), independent=True),
        Column("parameter", tuple(r[1] for r in rows), independent=True),
        Column("preferred", tuple(r[2] for r in rows)),
        *_spans("1 sigma", [r[3] or () for r in rows]),
        Column("Delta chi2 to the SM", tuple(float(bands[r[0]]["delta_chi2"]) for r in rows)),
    ]
    description = (
        "What each group of observables alone prefers: profiles of its Delta chi2, counted from "
        "its own minimum and minimised over all other parameters; 1 sigma: Delta chi2 = 1."
    )
    found = [Table("bands", description, tuple(columns), qualifiers)]
    for name, band in bands.items():
        text = f"Where Delta chi2 of {name} alone is 1, point by point along the line."
        found += _lines(f"band {name}", text, band.get("contour", ()), names, qualifiers)
    return found


def _contours(
    contours: Mapping[str, Any], names: Sequence[str], qualifiers: Mapping[str, str]
) -> list[Table]:
    found = []
    for level, lines in contours.items():
        text = (
            f"Contour of {level} of two parameters (Delta chi2 of all data: 1 sigma 2.30, 2 sigma "
            "6.18), point by point along the line."
        )
        found += _lines(f"contour {level}", text, lines, names, qualifiers)
    return found


def _lines(
    name: str, description: str, lines: Sequence[Sequence[Sequence[float]]],
    names: Sequence[str], qualifiers: Mapping[str, str],
) -> list[Table]:  # fmt: skip
    """Return one table for every line of a contour, numbered if there are several."""
    labels = tuple(names[:2]) if len(names) >= 2 else ("x", "y")
    found = []
    for number, line in enumerate(lines, start=1):
        part = f" {number}" if len(lines) > 1 else ""
        x, y = zip(*line, strict=True)
        columns = (
            Column(labels[0], tuple(map(float, x)), independent=True),
            Column(labels[1], tuple(map(float, y))),
        )
        found.append(Table(f"{name}{part}", description, columns, qualifiers))
    return found


# What the tables of named numbers hold that every fit has.
KNOWN = {
    "blocks": ("block", "ln L - ln L_SM", "What each block of the likelihood gains over the SM."),
    "groups": ("group", "ln L - ln L_SM", "What groups of observables gain over the SM."),
    "variation": (
        "block or group",
        "largest minus smallest chi2",
        "By how much each varies over the ranges of the parameters, as far as they were scanned.",
    ),
}


def _snapshot_name(name: str, values: Mapping[str, Any], qualifiers: Mapping[str, str]) -> Table:
    first, second, description = KNOWN.get(name, ("name", "value", f"{name}."))
    columns = (
        Column(first, tuple(values), independent=True),
        Column(second, tuple(_plain(v) for v in values.values())),
    )
    return Table(name, description, columns, qualifiers)


def _records(name: str, rows: Sequence[Mapping[str, Any]], first: Sequence[str] | None,
             qualifiers: Mapping[str, str]) -> Table:  # fmt: skip
    heads = list(dict.fromkeys(key for row in rows for key in row))
    columns = []
    if first is not None:
        columns.append(Column("name", tuple(first), independent=True))
    for head in heads:
        values = tuple(_plain(row.get(head)) for row in rows)
        # What names a row comes first and is no result.
        text = all(isinstance(v, str) for v in values) and first is None
        label = head in ("observable", "args", "name", "label", "block", "kind", "family")
        columns.append(Column(head, values, independent=text and label))
    if {"observable", "measured"} <= set(heads):
        units = tuple(unit(str(row["observable"])) for row in rows)
        if any(units):
            columns.append(Column("unit", units, independent=True))
    columns.sort(key=lambda c: not c.independent)
    description = f"{name.replace('_', ' ')}."
    if "pull" in heads:
        description += " A pull is (prediction - measured)/uncertainty."
    return Table(name, description, tuple(columns), qualifiers)


def _walk(name: str, value: Any, qualifiers: Mapping[str, str]) -> list[Table]:
    if isinstance(value, list):
        if value and all(isinstance(v, Mapping) for v in value):
            return [_records(name, value, None, qualifiers)]
        if value and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
            index = Column("number", tuple(range(1, len(value) + 1)), independent=True)
            return [Table(name, f"{name}.", (index, Column(name, tuple(value))), qualifiers)]
        return []
    inner = {k: v for k, v in value.items() if isinstance(v, Mapping)}
    flat = {
        k: v for k, v in inner.items() if v and all(_is_value(x) or _short(x) for x in v.values())
    }
    found = []
    if len(flat) > 1 and len({frozenset(v) for v in flat.values()}) == 1:
        found.append(_records(name, list(flat.values()), list(flat), qualifiers))
        inner = {k: v for k, v in inner.items() if k not in flat}
    own = {k: v for k, v in value.items() if _is_value(v) and v is not None}
    # Definitions and verdicts in words alone are no table.
    if any(not isinstance(v, str) for v in own.values()):
        found.append(_snapshot_name(name, own, qualifiers))
    for key, item in value.items():
        if key in inner or isinstance(item, list):
            found += _walk(f"{name} {key}", item, qualifiers)
    return found


def _short(value: Any) -> bool:
    """Tell whether a value is a list of intervals or of a few plain values."""
    return (
        isinstance(value, list)
        and len(value) <= 4
        and bool(
            all(_is_value(v) for v in value)
            or all(isinstance(v, list) and len(v) == 2 and all(map(_is_value, v)) for v in value)
        )
    )


def slug(name: str) -> str:
    """Return a file name for a table."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", name).strip("_").lower() or "table"
