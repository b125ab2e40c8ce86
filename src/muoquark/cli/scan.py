"""``muoquark scan``: the likelihood at many points of a card's free parameters."""

from __future__ import annotations

from typing import Any

import click

from muoquark.cli.inputs import (
    CHAIN,
    DATA,
    FORCE,
    FREE,
    JSON,
    MEASUREMENTS,
    ORDER,
    SEEDS,
    load_card,
    note_resume,
    told,
)
from muoquark.cli.progress import interrupted, working
from muoquark.common.output import to_json


@click.command()
@click.argument("card", metavar="[CARD]", required=False)
@DATA
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
@MEASUREMENTS
@CHAIN
@ORDER
@FORCE
@JSON
def command(
    card: str | None,
    grid: str | None,
    out: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Evaluate blocks, groups, status and chosen predictions at many points of CARD.

    Without a card, of the paper's plane.  Finished pieces are kept in OUT.partial until OUT is
    there; --resume takes them up.
    """
    from muoquark.inference.scan.request import scan_to_file

    content = load_card(card, "scan", FREE)
    notes = told(content, options["order"])
    note_resume(f"{out}.partial", options["resume"])
    with working("compiling the likelihood") as status:

        def progress(done: int, total: int) -> None:
            if done:
                status.update(f"{done} of {total} pieces done")

        try:
            found, inputs = scan_to_file(
                out, content, grid=read_grid(grid), progress=progress, **options
            )
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
        "notes": notes,
        "inputs": inputs,
    }
    if as_json:
        click.echo(to_json(document))
        return
    click.echo(f"{found.points} points in {out}")
    where = ", ".join(f"{n} = {x:.4g}" for n, x in found.best.items())
    click.echo(f"largest ln L - ln L_SM: {found.loglike:.3f} at {where}")
    for text, count in document["status"].items():
        if count:
            click.echo(f"note: at {count} points {text}")


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
