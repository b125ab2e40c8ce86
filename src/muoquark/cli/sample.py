"""``muoquark sample``: the posterior of a card's free parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import FORCE, JSON, ORDER, SEEDS, ask_varied, console, note_resume
from muoquark.cli.progress import interrupted, working, wrote
from muoquark.common.output import to_json

if TYPE_CHECKING:
    from muoquark.inference.sample.posterior import Posterior
    from muoquark.model.coefficient_card import AnyCard


@click.command()
@click.argument("card", metavar="[CARD_OR_RESULT]", required=False, shell_complete=cards)
@data_options
@click.option("--method", type=click.Choice(("nuts", "nested")), default="nuts", show_default=True,
              help="NUTS for draws, nested sampling for the evidence.")  # fmt: skip
@click.option("--runs", "--chains", "chains", type=click.IntRange(2), default=4, show_default=True,
              help="Chains of NUTS, or independent nested runs (--chains until version 0.3).",
              )  # fmt: skip
@click.option("--warmup", type=click.IntRange(100), default=500, show_default=True,
              help="Iterations of each chain before its draws.")  # fmt: skip
@click.option("--draws", type=click.IntRange(4), default=1000, show_default=True,
              help="Draws of each chain.")  # fmt: skip
@click.option("--live", type=click.IntRange(20), default=250, show_default=True,
              help="Live points of each nested run.")  # fmt: skip
@click.option("--accept", type=click.FloatRange(0.5, 0.999), default=0.9, show_default=True,
              help="Mean acceptance that the step size of NUTS is tuned to; raise it against "
              "divergences.")  # fmt: skip
@click.option("--depth", type=click.IntRange(2, 14), default=10, show_default=True,
              help="Trajectories of NUTS have up to 2^depth - 1 steps.")  # fmt: skip
@click.option("--dlogz", type=click.FloatRange(1e-4, 1.0), default=0.01, show_default=True,
              help="A nested run ends when ln Z can grow by no more than this.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True)
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True,
              help="Processes that share the work; 0: this one.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler that shares the work.")
@click.option("--out", type=click.Path(), metavar="FOLDER|FILE.nc",
              help="Folder for draws, numbers and figures, or a file for the draws.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Continue an interrupted run with the same --out.")
@ORDER
@FORCE
@JSON
def command(
    card: str | None,
    chosen: DataChoice,
    out: str | None,
    order: str,
    workers: int,
    dask: str | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Sample the posterior of the free parameters of CARD; without a card, of the paper's plane.

    Into a folder --out go sample.nc (draws, for ArviZ), sample.json (what is printed with --json)
    and the figures corner and trace as PDF and PNG; --out draws.nc makes draws.nc, draws.json,
    draws-corner.pdf, ... instead.  Finished work is kept in a folder *.nc.partial until all is
    there; --resume takes it up.
    """
    from muoquark.common.errors import InputError
    from muoquark.common.output import save
    from muoquark.inference.sample.nested import NestedSettings
    from muoquark.inference.sample.nuts import NutsSettings
    from muoquark.inference.sample.sample import Settings, request, sample
    from muoquark.inference.store import open_store
    from muoquark.likelihood.snapshots import titles

    if resume and out is None:
        raise InputError("--resume continues the run of an --out, which is missing")
    settings: Settings
    if options["method"] == "nuts":
        names = ("chains", "warmup", "draws", "seed", "accept", "depth")
        settings = NutsSettings(**{n: options[n] for n in names})
    else:
        settings = NestedSettings(
            options["chains"], options["live"], options["seed"], options["dlogz"]
        )
    question = ask_varied(card, order, chosen)
    parsed, chosen, order = question.card, question.chosen, question.order
    recipe, inputs = request(parsed, settings, chosen.likelihood(), order)
    files = None if out is None else _files(out, options["method"], force)
    if files is not None:
        note_resume(f"{files['nc']}.partial", resume)
    store = None if files is None else open_store(files["nc"], inputs, resume, force)
    with working("compiling the likelihood") as status:
        try:
            result = sample(
                recipe, settings=settings, workers=workers, dask=dask, store=store,
                progress=status.pieces, inputs=inputs,
            )  # fmt: skip
        except KeyboardInterrupt:
            if store is not None:
                interrupted(store.folder)
            raise
        found = result.record()
        document = {**found, "notes": [*question.notes, *found["notes"]]}
        if files is not None:
            assert store is not None
            result.write(files["nc"])
            save(files["json"], to_json(document) + "\n", force=True)
            store.remove()
            status.update("drawing")
            drawn = _draw(result, files, f"data {titles(chosen.data)}", parsed)
            wrote([files["nc"], files["json"], *drawn])
    click.echo(to_json(document)) if as_json else _print(found)


def _files(out: str, method: str, force: bool) -> dict[str, Path]:
    """Return the files to be written; the figures without their suffixes.

    Raises OutputError if one of them is there, and not `force`.
    """
    from muoquark.common.files import prepare_folder
    from muoquark.common.output import check_output

    path = Path(out)
    if path.suffix == ".nc":
        stem = str(path.with_suffix(""))
        files = {"nc": path, "json": Path(f"{stem}.json"), "corner": Path(f"{stem}-corner")}
        if method == "nuts":
            files["trace"] = Path(f"{stem}-trace")
    else:
        folder = prepare_folder(path)
        files = {"nc": folder / "sample.nc", "json": folder / "sample.json"}
        files |= {n: folder / n for n in ("corner", *(("trace",) if method == "nuts" else ()))}
    written = [files["nc"], files["json"]]
    written += [Path(f"{files[n]}.{s}") for n in files.keys() - {"nc", "json"}
                for s in ("pdf", "png")]  # fmt: skip
    for one in sorted(written):
        check_output(one, force)
    return files


def _draw(result: Posterior, files: dict[str, Path], title: str, card: AnyCard) -> list[str]:
    from muoquark.report.corner import corner_figure
    from muoquark.report.style import save_figure
    from muoquark.report.trace import trace_figure

    names = save_figure(corner_figure(result, title, card), str(files["corner"]))
    if "trace" in files:
        names += save_figure(trace_figure(result, title, card), str(files["trace"]))
    return names


def _print(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    terminal = console()
    # A narrow terminal wraps the lines of a wide table; rich would cut its numbers off.
    wide = Console(width=max(terminal.width, 200))
    rows = document["summary"]
    table = Table()
    for title in ("parameter", "mean", "sd", "median", "68.27 %", "95.45 %"):
        table.add_column(title, no_wrap=True)
    for name, row in rows.items():
        spans = [f"[{row[f'low_{k}sigma']:.4g}, {row[f'high_{k}sigma']:.4g}]" for k in (1, 2)]
        numbers = [f"{row[k]:.4g}" for k in ("mean", "sd", "median")]
        table.add_row(escape(name), *numbers, *map(escape, spans))
    wide.print(table)
    for name, prior in document["priors"].items():
        terminal.print(f"prior of {name}: {prior}", markup=False)
    if "sampler" in document:
        s = document["sampler"]
        terminal.print(
            f"{document['draws'][0]} chains of {document['draws'][1]} draws, {s['steps']} "
            f"gradients: R-hat up to {max(r['r_hat'] for r in rows.values()):.3f}, effective "
            f"sample size from {min(min(r['ess_bulk'], r['ess_tail']) for r in rows.values()):.0f}"
            f", E-BFMI from {min(s['e_bfmi']):.2f}, {s['divergences']} divergences",
            markup=False,
        )
    if "evidence" in document:
        e = document["evidence"]
        terminal.print(
            f"ln Z = {e['ln_Z']:.2f} +- {e['error']:.2f} (runs alone scatter by "
            f"{e['scatter_of_runs']:.2f}): {e['meaning']}"
        )
    for sentence in document["notes"]:
        terminal.print(f"note: {sentence}", markup=False)
    for sentence in document["warnings"]:
        terminal.print(f"warning: {sentence}", markup=False)
