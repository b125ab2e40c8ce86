"""``muoquark data``: the snapshots, their versions, measurements and references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.inputs import JSON, console
from muoquark.common.output import to_json

if TYPE_CHECKING:
    from muoquark.likelihood.contents import Change, Contents, Input

# A measured value that moves by less than this share of its uncertainty is not listed.
MOVED = 0.05


@click.command()
@click.option("--snapshot", "--data", metavar="NAME",
              help="List the measurements of this snapshot, or part.")  # fmt: skip
@click.option("--compare", help="List what changed from this snapshot to the one of --snapshot.")
@JSON
def command(snapshot: str | None, compare: str | None, as_json: bool) -> None:
    """List the data snapshots; with --data, the measurements of one of them or of another part.

    With --compare, the observables into which other measurements enter than in another snapshot,
    or whose measured value moved: what superseded what, the values, the change in uncertainties.
    """
    from muoquark.likelihood.contents import compare as changes
    from muoquark.likelihood.snapshots import load_snapshot, revisions

    if compare is not None:
        if snapshot is None:
            raise click.UsageError("--compare needs --snapshot, the newer of the two")
        found = changes(load_snapshot(compare), load_snapshot(snapshot))
        if as_json:
            records = [one.record() for one in found]
            click.echo(to_json({"old": compare, "new": snapshot, "observables": records}))
        else:
            _print_changes(found, compare, snapshot)
        return
    names = [snapshot] if snapshot else [one.title for one in revisions()]
    listed = [_listed(name) for name in names]
    if as_json:
        click.echo(to_json([one.record() for one in listed]))
    elif snapshot is None:
        _print_snapshots(listed)
    else:
        _print_measurements(listed[0])


@dataclass(frozen=True)
class _Listed:
    """A snapshot in the list.

    Attributes
    ----------
    contents
        What it holds.
    revision, newest
        Which of a shipped one it is, None for a file; whether the name alone means this one.
    sha256
        Of the file.
    """

    contents: Contents
    revision: int | None
    newest: bool
    sha256: str

    def record(self) -> dict[str, Any]:
        """Return the line as plain data."""
        record = self.contents.record()
        return {
            "name": record.pop("name"),
            "revision": self.revision,
            "newest": self.newest,
            "sha256": self.sha256,
            **record,
        }


def _listed(name: str) -> _Listed:
    from muoquark.likelihood.contents import describe
    from muoquark.likelihood.parts import open_part
    from muoquark.likelihood.snapshots import find

    part, known = open_part(name), find(name)
    return _Listed(
        describe(part),
        known.revision if known else None,
        known is not None and find(known.name) == known,
        str(part.identity().get("sha256", "")),
    )


def _print_snapshots(listed: list[_Listed]) -> None:
    from rich.table import Table

    table = Table()
    columns = ("snapshot", "revision", "content", "versions", "latest", "observables")
    for title in (*columns, "measurements"):
        table.add_column(title)
    for one in listed:
        own = one.contents
        revision = f"{one.revision}{' (newest)' if one.newest else ''}"
        versions = ", ".join(f"{k} {v}" for k, v in own.versions.items())
        counts = (own.latest, own.observables, len(own.measurements))
        table.add_row(own.name, revision, own.description, versions, *map(str, counts))
    console().print(table)
    ages = Table(title="newest measurement of each group", title_justify="left")
    ages.add_column("group")
    current = [one.contents for one in listed if one.newest]
    for own in current:
        ages.add_column(own.name)
    for topic in dict.fromkeys(t for own in current for t in own.newest_inputs):
        cells = [own.newest_inputs.get(topic) for own in current]
        ages.add_row(topic, *("" if c is None else f"{c.year}  {c.name}" for c in cells))
    console().print(ages)


def _print_measurements(one: _Listed) -> None:
    from rich.table import Table

    own = one.contents
    revision = "" if one.revision is None else f".{one.revision}"
    table = Table(
        title=f"{own.name}{revision}" + (f": {own.description}" if own.description else ""),
        title_justify="left",
    )
    dated = any(item.date for item in own.measurements)
    when = "date" if dated else "year"
    for title in ("measurement", "experiment", when, "INSPIRE", "blocks", "observables"):
        table.add_column(title)
    if dated:
        table.add_column("in the place of")
    for item in own.measurements:
        blocks, date = ", ".join(item.blocks), item.date or str(item.year or "")
        count = str(item.observables)
        row = [item.name, item.experiment, date, item.inspire, blocks, count]
        table.add_row(*row, *(["; ".join(item.supersedes)] if dated else []))
    console().print(table)
    _print_sets(own)


def _print_sets(own: Contents) -> None:
    """Print what else can be asked for."""
    from rich.table import Table

    others = [one for one in own.sets if one.role == "option" or one.excludes]
    if not others:
        return
    table = Table(title="others, with --measurements NAME", title_justify="left")
    for title in ("name", "in the place of", "what it is"):
        table.add_column(title)
    defaults = {one.name for one in own.sets if one.role == "default"}
    for one in others:
        table.add_row(one.name, ", ".join(e for e in one.excludes if e in defaults), one.about)
    console().print(table)
    for one in own.sets:
        if one.role == "default" and one.about:
            console().print(f"{one.name}: {one.about}")
    console().print(
        f"{own.superseded} measurements do not take part: --until YYYY-MM asks for those of a day"
    )


def _print_changes(changes: Sequence[Change], old: str, new: str) -> None:
    from rich.table import Table

    from muoquark.likelihood.observable import Observable

    terminal = console()
    table = Table(title=f"changed from {old} to {new}", title_justify="left")
    for title in ("observable", old, new, "shift", "SM shift", "no longer", "now"):
        table.add_column(title)
    for one in changes:
        if one.kind in ("same", "numbers") and abs(one.shift or 0.0) < MOVED:
            continue
        then, now = (() if side is None else side.measurements for side in (one.old, one.new))
        table.add_row(
            Observable.of(one.observable, **one.arguments).text,
            _value(one.old),
            _value(one.new),
            _sigmas(one.shift),
            _sigmas(one.shift_sm),
            "; ".join(m for m in then if m not in now),
            "; ".join(m for m in now if m not in then),
        )
    terminal.print(table)
    kinds = ("new", "dropped", "measurements", "numbers", "same")
    counts = {kind: sum(one.kind == kind for one in changes) for kind in kinds}
    terminal.print(
        f"{len(changes)} observables: {counts['new']} new, {counts['dropped']} no longer there, "
        f"{counts['measurements']} with other measurements, {counts['numbers']} with other numbers "
        f"from the same ones, {counts['same']} unchanged; shifts in uncertainties of {old}"
    )


def _value(side: Input | None) -> str:
    """Write value and uncertainty, this one with two digits, with a common power of ten."""
    if side is None:
        return ""
    value, error = side.measured, side.uncertainty
    power = math.floor(math.log10(max(abs(value), error)))
    power = 0 if -3 <= power <= 3 else power
    digits = max(0, 1 + power - math.floor(math.log10(error)))
    text = f"{value / 10**power:.{digits}f} ± {error / 10**power:.{digits}f}"
    return f"({text}) 1e{power}" if power else text


def _sigmas(shift: float | None) -> str:
    return "" if shift is None else f"{shift:+.2f}"
