"""``muoquark history``: the best fit of a card as measurements came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import FORCE, JSON, ORDER, SEEDS, ask_varied, console
from muoquark.cli.progress import note, working, wrote
from muoquark.common.output import number, to_json

if TYPE_CHECKING:
    from muoquark.inference.history import History
    from muoquark.model.coefficient_card import AnyCard

FILES = ("history.json", "history.pdf", "history.png")


@click.command()
@click.argument("card", metavar="[CARD_OR_RESULT]", required=False, shell_complete=cards)
@data_options
@click.option("--since", default="2019-01", show_default=True, metavar="YYYY-MM",
              help="The first month.")  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for the numbers and the figure.")
@ORDER
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Of the starting points.")
@FORCE
@JSON
def command(
    card: str | None,
    chosen: DataChoice,
    since: str,
    out: str | None,
    order: str,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Fit CARD (default: the paper's plane) to what was known in each month in which data changed.

    Predictions and theory errors are today's throughout, but for SM values that the snapshot dates
    (a_mu).  --until is the last month.  Writes history.json, history.pdf and history.png into
    --out.
    """
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance

    folder = None if out is None else output_folder(out, FILES, force)
    from muoquark.inference.history import history, months_of_change
    from muoquark.inference.source import order_of

    question = ask_varied(card, order, chosen)
    content, chosen, order = question.card, question.chosen, question.order
    with working("reading the data") as status:
        newest = chosen.likelihood()
        months = months_of_change(newest, since)
        found = history(
            lambda month: chosen.at(month).likelihood(), months, content, order, seed, status.update
        )
        inputs = provenance(
            "history",
            {"order": order_of(content, order), "seed": seed, "since": since},
            content.to_yaml(),
            newest.identity(),
        )
        said = chosen.at(months[-1]).likelihood().remarks(())[-1]
        notes = [*question.notes, said]
        document = {**found.record(), "inputs": inputs, "notes": notes}
        if folder is not None:
            from muoquark.likelihood.snapshots import titles
            from muoquark.report.history_figure import history_figure
            from muoquark.report.style import save_figure

            status.update("drawing")
            save(folder / "history.json", to_json(document) + "\n", force)
            drawn = history_figure(found, content, months[-1], f"data {titles(chosen.data)}")
            save_figure(drawn, str(folder / "history"))
    note("predictions and theory errors are today's in every month, but for dated SM values (a_mu)")
    if folder is not None:
        wrote(folder / name for name in FILES)
    if as_json:
        click.echo(to_json(document))
    else:
        _print(found, content, chosen.title)


def _print(found: History, card: AnyCard, data: str) -> None:
    from rich.table import Table

    table = Table(title=f"data {data}: best fit month by month", title_justify="left")
    names = list(found.steps[0].best.values)
    for title in ("month", "Delta chi2", *names, "new"):
        table.add_column(title)
    ranges = {p.name: p.high - p.low for p in card.free}
    for step in found.steps:
        cells = [number(x, ranges[name]) for name, x in step.best.values.items()]
        new = "; ".join(step.entered[:3]) + (
            f" and {len(step.entered) - 3} more" if len(step.entered) > 3 else ""
        )
        table.add_row(step.month, f"{step.best.delta_chi2:z.1f}", *cells, new)
    console().print(table)
