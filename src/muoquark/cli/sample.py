"""``muoquark sample``: the posterior of a card's free parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from muoquark.cli.inputs import CHAIN, FORCE, JSON, MEASUREMENTS, ORDER, SNAPSHOT
from muoquark.common.output import to_json


@click.command()
@click.argument("card", metavar="[CARD]", required=False)
@SNAPSHOT
@click.option("--method", type=click.Choice(("nuts", "nested")), default="nuts", show_default=True,
              help="NUTS for draws, nested sampling for the evidence.")  # fmt: skip
@click.option("--chains", type=click.IntRange(2), default=4, show_default=True,
              help="Chains of NUTS, or independent nested runs.")  # fmt: skip
@click.option("--warmup", type=click.IntRange(100), default=500, show_default=True,
              help="Iterations of each chain before its draws.")  # fmt: skip
@click.option("--draws", type=click.IntRange(4), default=1000, show_default=True,
              help="Draws of each chain.")  # fmt: skip
@click.option("--live", type=click.IntRange(20), default=250, show_default=True,
              help="Live points of each nested run.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True,
              help="Processes that share the work; 0: this one.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler that shares the work.")
@click.option("--out", type=click.Path(), help="NetCDF file for the draws.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run with the same --out.")
@MEASUREMENTS
@CHAIN
@ORDER
@FORCE
@JSON
def command(
    card: str | None,
    data: str,
    out: str | None,
    measurements: str | None,
    chain: str,
    order: str,
    workers: int,
    dask: str | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Sample the posterior of the free parameters of CARD; without a card, of the paper's plane.

    Finished work is kept in OUT.partial until OUT is there; --resume takes it up.
    """
    from rich.console import Console

    from muoquark.common.errors import InputError, OutputError
    from muoquark.common.provenance import provenance
    from muoquark.inference.nested import NestedSettings
    from muoquark.inference.nuts import NutsSettings
    from muoquark.inference.posterior import record, write
    from muoquark.inference.sample import sample
    from muoquark.inference.store import open_store
    from muoquark.inference.target import Recipe
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.model.card import read_card

    if resume and out is None:
        raise InputError("--resume continues the run of an --out, which is missing")
    if out is not None and Path(out).exists() and not force:
        raise OutputError(f"{out} exists already and is left as it is; --force replaces it")
    text = None if card is None else read_card(card).to_yaml()
    identity = Likelihood(data, chain, measurements).identity()
    settings: NutsSettings | NestedSettings
    if options["method"] == "nuts":
        names: tuple[str, ...] = ("chains", "warmup", "draws", "seed")
        settings = NutsSettings(**{n: options[n] for n in names})
    else:
        names = ("chains", "live", "seed")
        settings = NestedSettings(options["chains"], options["live"], options["seed"])
    inputs = provenance(
        "sample",
        {"order": order, "method": options["method"], **{n: options[n] for n in names}},
        text, identity, ("numpyro", "dynesty"),
    )  # fmt: skip
    recipe = Recipe.of(identity, text, order)
    if not recipe.layout().parameters:
        raise InputError(
            "the card has no free parameter: {free: [min, max]} in the place of a number"
        )
    store = None if out is None else open_store(out, inputs, resume, force)
    with Console(stderr=True).status("compiling the likelihood") as status:

        def progress(done: int, total: int) -> None:
            if done:
                status.update(f"{done} of {total} pieces done")

        try:
            result = sample(recipe, settings, workers, dask, store, progress)
        except KeyboardInterrupt:
            if out is not None:
                click.echo(f"finished work is in {out}.partial; --resume continues it", err=True)
            raise
    document = record(result, inputs)
    if out is not None:
        write(out, result, inputs)
        assert store is not None
        store.remove()
    click.echo(to_json(document)) if as_json else _print(document)


def _print(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rows = document["summary"]
    table = Table()
    table.add_column("parameter")
    keys = list(next(iter(rows.values())))
    for key in keys:
        table.add_column(key.replace("_", " "))
    for name, row in rows.items():
        table.add_row(name, *(f"{row[key]:.4g}" for key in keys))
    console.print(table)
    for name, prior in document["priors"].items():
        console.print(f"prior of {name}: {prior}", markup=False)
    if "evidence" in document:
        e = document["evidence"]
        console.print(
            f"ln Z = {e['ln_Z']:.2f} +- {e['error']:.2f} (runs alone scatter by "
            f"{e['scatter_of_runs']:.2f}): {e['meaning']}"
        )
    for sentence in document["warnings"]:
        console.print(f"warning: {sentence}", markup=False)
