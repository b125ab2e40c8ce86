"""``muoquark data``: the snapshots, their versions, measurements and references."""

from __future__ import annotations

import math
from typing import Any

import click

from muoquark.cli.inputs import JSON, console
from muoquark.common.output import to_json

# A measured value that moves by less than this share of its uncertainty is not listed.
MOVED = 0.05


@click.command()
@click.option("--snapshot", help="List the measurements of this snapshot.")
@click.option("--compare", help="List what changed from this snapshot to the one of --snapshot.")
@JSON
def command(snapshot: str | None, compare: str | None, as_json: bool) -> None:
    """List the data snapshots; with --snapshot, the measurements of one of them.

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
            click.echo(to_json({"old": compare, "new": snapshot, "observables": found}))
        else:
            _print_changes(found, compare, snapshot)
        return
    names = [snapshot] if snapshot else [one.title for one in revisions()]
    records = [_record(name) for name in names]
    if as_json:
        click.echo(to_json(records))
    elif snapshot is None:
        _print_snapshots(records)
    else:
        _print_measurements(records[0])


def _record(name: str) -> dict[str, Any]:
    """Return what is known of a snapshot, with revision and SHA-256 of a shipped one.

    ``newest`` says whether its name alone means this revision.
    """
    from muoquark.common.provenance import hash_of_file
    from muoquark.likelihood.contents import describe
    from muoquark.likelihood.snapshots import find, load_snapshot

    known = find(name)
    record = describe(known.name if known else name, load_snapshot(name))
    return {
        "name": record.pop("name"),
        "revision": known.revision if known else None,
        "newest": known is not None and find(known.name) == known,
        "sha256": hash_of_file(known.path if known else name),
        **record,
    }


def _print_snapshots(records: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table()
    columns = ("snapshot", "revision", "content", "versions", "latest", "observables")
    for title in (*columns, "measurements"):
        table.add_column(title)
    for record in records:
        revision = f"{record['revision']}{' (newest)' if record['newest'] else ''}"
        versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
        counts = (record["latest"], record["observables"], len(record["measurements"]))
        head = (record["name"], revision, record["description"], versions)
        table.add_row(*head, *map(str, counts))
    console().print(table)
    ages = Table(title="newest measurement of each group", title_justify="left")
    ages.add_column("group")
    current = [record for record in records if record["newest"]]
    for record in current:
        ages.add_column(record["name"])
    for topic in dict.fromkeys(t for record in current for t in record["newest_inputs"]):
        cells = [record["newest_inputs"].get(topic) for record in current]
        ages.add_row(topic, *("" if c is None else f"{c['year']}  {c['name']}" for c in cells))
    console().print(ages)


def _print_measurements(record: dict[str, Any]) -> None:
    from rich.table import Table

    revision = "" if record["revision"] is None else f".{record['revision']}"
    title = f"{record['name']}{revision}: {record['description']}"
    table = Table(title=title, title_justify="left")
    for title in ("measurement", "experiment", "year", "INSPIRE", "blocks", "observables"):
        table.add_column(title)
    for item in record["measurements"]:
        blocks, year = ", ".join(item["blocks"]), str(item["year"] or "")
        count = str(item["observables"])
        table.add_row(item["name"], item["experiment"], year, item["inspire"], blocks, count)
    console().print(table)


def _print_changes(records: list[dict[str, Any]], old: str, new: str) -> None:
    from rich.table import Table

    terminal = console()
    table = Table(title=f"changed from {old} to {new}", title_justify="left")
    for title in ("observable", old, new, "shift", "SM shift", "no longer", "now"):
        table.add_column(title)
    for record in records:
        if record["change"] in ("same", "numbers") and abs(record["shift"]) < MOVED:
            continue
        then, now = ((record[k] or {"measurements": []}) for k in ("old", "new"))
        arguments = ", ".join(f"{k}={v:g}" for k, v in record["args"].items())
        table.add_row(
            record["observable"] + (f" ({arguments})" if arguments else ""),
            _value(record["old"]),
            _value(record["new"]),
            _sigmas(record["shift"]),
            _sigmas(record["shift_sm"]),
            "; ".join(m for m in then["measurements"] if m not in now["measurements"]),
            "; ".join(m for m in now["measurements"] if m not in then["measurements"]),
        )
    terminal.print(table)
    kinds = ("new", "dropped", "measurements", "numbers", "same")
    counts = {kind: sum(r["change"] == kind for r in records) for kind in kinds}
    terminal.print(
        f"{len(records)} observables: {counts['new']} new, {counts['dropped']} no longer there, "
        f"{counts['measurements']} with other measurements, {counts['numbers']} with other numbers "
        f"from the same ones, {counts['same']} unchanged; shifts in uncertainties of {old}"
    )


def _value(side: dict[str, Any] | None) -> str:
    """Write value and uncertainty, this one with two digits, with a common power of ten."""
    if side is None:
        return ""
    value, error = side["measured"], side["uncertainty"]
    power = math.floor(math.log10(max(abs(value), error)))
    power = 0 if -3 <= power <= 3 else power
    digits = max(0, 1 + power - math.floor(math.log10(error)))
    text = f"{value / 10**power:.{digits}f} ± {error / 10**power:.{digits}f}"
    return f"({text}) 1e{power}" if power else text


def _sigmas(shift: float | None) -> str:
    return "" if shift is None else f"{shift:+.2f}"
