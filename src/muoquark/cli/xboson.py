"""``muoquark xboson``: the boson of U(1)_X of a card: decays, bounds, mixing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options, given_by_user
from muoquark.cli.inputs import AT, FORCE, JSON, ask_model, console, model_card
from muoquark.cli.progress import note, working, wrote

if TYPE_CHECKING:
    from rich.console import Console

    from muoquark.boson.analysis import XBoson

#: What is asked where the command line names no data: flavour, electroweak data, and tails.
DATA = ("2026-06", "highpt")
#: Branching ratios below are not printed; the record has all.
SHOWN = 1e-3


@click.command()
@click.argument("card", metavar="CARD_OR_RESULT", shell_complete=cards)
@AT
@data_options
@click.option("--no-bounds", is_flag=True, help="Leave the bounds out: no data are read.")
@click.option("--out", type=click.Path(), help="Folder for the record.")
@JSON
@FORCE
def command(
    card: str,
    at: str | None,
    chosen: DataChoice,
    no_bounds: bool,
    out: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Couplings, width, bounds on m_X/g_X, mixing and Landau pole of the X boson of CARD.

    The card has a part gauge: {gX: ..., mX: ...}.  Without --data the bounds are those of 2026-06
    and of the Drell-Yan tails (highpt).  With --out the record is FOLDER/xboson.json.
    """
    from muoquark.boson.analysis import xboson
    from muoquark.common.files import write_atomic
    from muoquark.common.output import output_folder, to_json
    from muoquark.common.provenance import provenance

    content = model_card(
        ask_model(card, "xboson", "charges and masses of a boson are not there", at=at)
    )
    point = content.point()
    if out:
        output_folder(out, ["xboson.json"], force)
    if not given_by_user("data"):
        chosen = replace(chosen, data=DATA)
    with working("the boson of U(1)_X") as status:
        likelihood = None
        if not no_bounds and point.boson is not None:
            status.update("data")
            likelihood = chosen.likelihood()
        status.update("bounds")
        found = xboson(point, likelihood)
    identity = None if likelihood is None else likelihood.identity()
    inputs = provenance("xboson", {"no_bounds": no_bounds}, content.to_yaml())
    record = {**found.record(), "inputs": {**inputs, "data": identity}}
    for sentence in found.notes:
        note(sentence)
    if out:
        write_atomic(Path(out) / "xboson.json", to_json(record) + "\n")
        wrote([Path(out) / "xboson.json"])
    if as_json:
        click.echo(to_json(record))
        return
    _print(console(), found)


def _print(terminal: Console, found: XBoson) -> None:
    from rich.table import Table

    from muoquark.report.boson_words import boson_lines

    point = found.point
    for line in boson_lines(found):
        terminal.print(line, highlight=False)
    table = Table(title="branching ratios (both charges; without nu_R)", title_justify="left")
    table.add_column("channel")
    table.add_column("BR", justify="right")
    shares = sorted(found.decays.branching.items(), key=lambda one: -one[1])
    for name, share in shares:
        if share >= SHOWN:
            table.add_row(name, f"{share:.4f}")
    terminal.print(table)
    if not found.bounds:
        return
    here = point.mX / point.gX if point.mX and point.gX else None
    title = "m_X/g_X in TeV at 95 %, eps/gX and angles fixed"
    table = Table(title=title + (f"; here {here / 1e3:.4g}" if here else ""), title_justify="left")
    for column in ("data", "at least", "at most", "best", "gain in chi2", "chi2 - SM here"):
        table.add_column(column, justify="left" if column == "data" else "right")
    for one in found.bounds:
        ends = [f"{x / 1e3:.4g}" if x else "-" for x in (one.lower, one.upper)]
        best = f"{one.best / 1e3:.4g}" if one.best and one.gain > 1 else "-"
        table.add_row(one.name, *ends, best, f"{one.gain:.2f}", f"{one.here:+.2f}")
    terminal.print(table)
