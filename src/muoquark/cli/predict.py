"""``muoquark predict``: every observable at a point."""

from __future__ import annotations

import fnmatch
from typing import Any

import click

from muoquark.cli.inputs import CHAIN, JSON, ORDER, input_argument, load_coefficients
from muoquark.common.errors import InputError, suggest
from muoquark.common.output import to_json


@click.command()
@input_argument
@click.option("--exact", is_flag=True, help="Ask flavio itself (needs the extra 'exact', 30 s).")
@click.option("--obs", metavar="PATTERN", help="Observables whose flavio name fits, e.g. 'BR(Bs*'.")
@CHAIN
@ORDER
@JSON
def command(
    source: str, exact: bool, obs: str | None, chain: str, order: str, as_json: bool
) -> None:
    """Predictions at CARD_OR_WCXF beside the SM and the measurements, with pulls."""
    from rich.console import Console
    from rich.table import Table

    if not exact:
        raise click.UsageError("the compiled likelihood is not in yet: use --exact")
    from muoquark.likelihood.referee import exact_predictions

    coefficients = load_coefficients(source, order)
    with Console(stderr=True).status("asking flavio"):
        records = exact_predictions(coefficients, chain)
    records = select(records, obs)
    if as_json:
        click.echo(to_json(records))
        return
    table = Table()
    for title in (
        "observable",
        "SM",
        "here",
        "measured",
        "uncertainty",
        "pull SM",
        "pull",
        "block",
    ):
        table.add_column(title, justify="left" if title in ("observable", "block") else "right")
    for record in records:
        args = ", ".join(f"{k}={v:g}" for k, v in record["args"].items())
        numbers = (record[k] for k in ("sm", "value", "measured", "uncertainty"))
        pulls = (record[k] for k in ("pull_sm", "pull"))
        table.add_row(
            record["observable"] + (f" [{args}]" if args else ""),
            *(f"{x:.4g}" for x in numbers),
            *(f"{x:+.2f}" for x in pulls),
            record["block"],
        )
    Console().print(table)


def select(records: list[dict[str, Any]], pattern: str | None) -> list[dict[str, Any]]:
    """Return the records whose observable fits a shell pattern, or has it as a part."""
    if not pattern:
        return records
    names = sorted({record["observable"] for record in records})
    # flavio's names hold brackets, which fnmatch would read as character classes.
    escaped = pattern.replace("[", "[[]")
    chosen = {n for n in names if fnmatch.fnmatchcase(n, escaped) or pattern in n}
    if not chosen:
        raise InputError(f"no observable fits '{pattern}': {suggest(pattern, names)}")
    return [record for record in records if record["observable"] in chosen]
