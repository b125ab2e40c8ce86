"""``muoquark data``: the snapshots, their versions, measurements and references."""

from __future__ import annotations

from typing import Any

import click

from muoquark.cli.inputs import JSON
from muoquark.common.output import to_json


@click.command()
@click.option("--snapshot", help="List the measurements of this snapshot.")
@JSON
def command(snapshot: str | None, as_json: bool) -> None:
    """List the data snapshots; with --snapshot, the measurements of one of them."""
    from rich.console import Console
    from rich.table import Table

    from muoquark.likelihood.snapshots import load_snapshot, shipped

    names = [snapshot] if snapshot else list(shipped())
    records = [describe(name, load_snapshot(name)) for name in names]
    if as_json:
        click.echo(to_json(records))
        return
    console = Console()
    if snapshot is None:
        table = Table()
        for title in ("snapshot", "content", "versions", "observables", "measurements"):
            table.add_column(title)
        for record in records:
            versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
            counts = str(record["observables"]), str(len(record["measurements"]))
            table.add_row(record["name"], record["description"], versions, *counts)
        console.print(table)
        return
    table = Table(title=f"{snapshot}: {records[0]['description']}", title_justify="left")
    for title in ("measurement", "experiment", "INSPIRE", "blocks", "observables"):
        table.add_column(title)
    for item in records[0]["measurements"]:
        blocks = ", ".join(item["blocks"])
        table.add_row(
            item["name"], item["experiment"], item["inspire"], blocks, str(item["observables"])
        )
    console.print(table)


def describe(name: str, snapshot: Any) -> dict[str, Any]:
    """Return what is known of a snapshot as plain data."""
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
                "blocks": sorted({c.block for c in own}),
                "observables": len({o for c in own for o in c.observables}),
            }
        )
    return {
        "name": name,
        "description": meta.get("description", ""),
        "versions": meta["versions"],
        "observables": len(snapshot.forms.observables),
        "blocks": {k: len(v) for k, v in snapshot.blocks.items()},
        "measurements": measurements,
    }
