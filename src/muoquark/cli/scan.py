"""``muoquark scan``: the likelihood at many points of a card's free parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import FORCE, JSON, ORDER, SEEDS, ask_varied, note_resume
from muoquark.cli.progress import interrupted, working, wrote
from muoquark.common.output import to_json

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.model.coefficient_card import AnyCard


@click.command()
@click.argument("card", metavar="[CARD_OR_RESULT]", required=False, shell_complete=cards)
@data_options
@click.option("--points", type=click.IntRange(1), help="Number of Sobol points.")
@click.option("--grid", metavar="N1,N2,...", help="Or points along every free parameter.")
@click.option("--obs", "observables", multiple=True, metavar="PATTERN",
              help="Keep the predictions of these observables; may be repeated.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True,
              help="Of the scrambled Sobol sequence.")  # fmt: skip
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True,
              help="Processes that share the work; 0: this one.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler that shares the work.")
@click.option("--out", type=click.Path(), required=True, help="NetCDF file for the result.")
@click.option("--resume", is_flag=True, help="Continue an interrupted scan with the same --out.")
@ORDER
@FORCE
@JSON
def command(
    card: str | None,
    chosen: DataChoice,
    order: str,
    grid: str | None,
    out: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Evaluate blocks, groups, status and chosen predictions at many points of CARD.

    Without a card, of the paper's plane.  Finished pieces are kept in OUT.partial until OUT is
    there; --resume takes them up.
    """
    from muoquark.common.output import check_output
    from muoquark.inference.scan.request import scan_to_file
    from muoquark.likelihood.snapshots import titles

    for suffix in (".pdf", ".png"):
        check_output(Path(out).with_suffix(suffix), options["force"])
    question = ask_varied(card, order, chosen)
    likelihood = question.chosen.likelihood()
    note_resume(f"{out}.partial", options["resume"])
    with working("compiling the likelihood") as status:
        try:
            found, inputs = scan_to_file(
                out, question.card, data=likelihood, order=question.order,
                grid=read_grid(grid), progress=status.pieces, **options,
            )  # fmt: skip
        except KeyboardInterrupt:
            interrupted(f"{out}.partial")
            raise
    document: dict[str, Any] = {
        "points": found.points,
        "best": found.best,
        "loglike": found.loglike,
        "ordinary": found.ordinary,
        "status": found.status,
        "file": out,
        "notes": question.notes,
        "inputs": inputs,
    }
    wrote([out, *_draw(out, question.card, likelihood, f"data {titles(question.chosen.data)}")])
    if as_json:
        click.echo(to_json(document))
        return
    click.echo(f"{found.points} points in {out}")
    where = ", ".join(f"{n} = {x:.4g}" for n, x in found.best.items())
    click.echo(f"largest ln L - ln L_SM: {found.loglike:.3f} at {where}")
    for text, count in document["status"].items():
        if count:
            click.echo(f"note: at {count} points {text}")


def _draw(out: str, card: AnyCard, likelihood: Likelihood, title: str) -> list[str]:
    """Draw the figure of one parameter beside the file; nothing for more of them."""
    from muoquark.report.scan_figure import scan_figure
    from muoquark.report.style import save_figure

    figure = scan_figure(out, card, likelihood.blocks, title)
    return [] if figure is None else save_figure(figure, str(Path(out).with_suffix("")))


def read_grid(text: str | None) -> tuple[int, ...] | None:
    """Return the numbers of ``N1,N2,...``.

    Raises
    ------
    InputError
        If they are no whole numbers.
    """
    from muoquark.common.errors import InputError

    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--grid is a list of whole numbers such as 50,40, found '{text}'"
        ) from None
