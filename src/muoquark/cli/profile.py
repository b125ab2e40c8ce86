"""``muoquark profile``: profile likelihoods of a card's parameters, one by one and in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import (
    FORCE,
    JSON,
    ORDER,
    SEEDS,
    ask_varied,
    console,
    note_resume,
)
from muoquark.cli.progress import interrupted, note, working, wrote
from muoquark.common.output import number, to_json

if TYPE_CHECKING:
    from muoquark.model.coefficient_card import AnyCard


@click.command()
@click.argument("card", metavar="[CARD_OR_RESULT]", required=False, shell_complete=cards)
@data_options
@click.option("--out", type=click.Path(), help="Folder for the numbers and the figures.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME",
              help="Parameter to profile; may be repeated. Default: all, or none "
              "beside --pair.")  # fmt: skip
@click.option("--pair", nargs=2, metavar="A B", help="Two parameters to profile together.")
@ORDER
@click.option("--points", type=click.IntRange(5, 201), default=31, show_default=True,
              help="Points per axis.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Of the starting points.")
@click.option("--workers", type=click.IntRange(0), default=0, show_default=True,
              help="Processes that share the work; 0: this one.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler that shares the work.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run with the same --out.")
@FORCE
@JSON
def command(
    card: str | None,
    chosen: DataChoice,
    out: str | None,
    parameters: tuple[str, ...],
    pair: tuple[str, str] | None,
    order: str,
    points: int,
    seed: int,
    workers: int,
    dask: str | None,
    resume: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Profile the free parameters of CARD (default: the paper's plane), all others minimised.

    Masses, couplings, order-one coefficients and portals alike.  Writes profile.json,
    profile.pdf and profile.png, and with --pair pair.pdf and pair.png, into --out.  Finished work
    is kept there in profile.json.partial until then; --resume takes it up.
    """
    from muoquark.common.errors import InputError
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance

    if resume and out is None:
        raise InputError("--resume continues the run of an --out, which is missing")
    folder = None
    if out is not None:
        names = ["profile.json", "profile.pdf", "profile.png"]
        names += ["pair.pdf", "pair.png"] if pair else []
        folder = output_folder(out, names, force)
    from muoquark.inference.profile.work import ProfileSettings, profiles
    from muoquark.inference.source import order_of
    from muoquark.inference.store import open_store
    from muoquark.inference.target import Recipe
    from muoquark.likelihood.snapshots import titles

    question = ask_varied(card, order, chosen)
    content, chosen, order = question.card, question.chosen, question.order
    text = content.to_yaml()
    with working("reading the data") as status:
        identity = chosen.likelihood().identity()
        recipe = Recipe.of(identity, text, order)
        known = recipe.layout().parameters
        settings = ProfileSettings(parameters or (() if pair else known), pair or (), points, seed)
        settings.check(known)
        inputs = provenance(
            "profile",
            {"order": order_of(content, order), "points": points, "seed": seed,
             "parameters": list(parameters), "pair": list(pair or ())},
            text, identity,
        )  # fmt: skip
        if folder is not None:
            note_resume(folder / "profile.json.partial", resume)
        if pair and points < 11:
            note("contours from fewer than 11 points per axis can be wrong")
        store = (
            None if folder is None else open_store(folder / "profile.json", inputs, resume, force)
        )
        status.update("compiling the likelihood")
        try:
            result = profiles(recipe, settings, workers, dask, store, status.update)
        except KeyboardInterrupt:
            if store is not None:
                interrupted(store.folder)
            raise
        best, found, both = result.best, result.ones, result.pair
        document: dict[str, Any] = {
            "best_fit": dict(best.values),
            "delta_chi2": best.delta_chi2,
            "status": list(result.status),
            "profiles": {
                p.name: {
                    "x": p.x, "delta_chi2": p.chi2,
                    "points": {n: p.others[:, k] for k, n in enumerate(known)},
                    "best": dict(zip(known, map(float, p.best), strict=True)),
                    "minimum": p.minimum,
                    "intervals": [vars(i) for i in p.intervals],
                    "minimisations": p.minimisations,
                }
                for p in found
            },
            "notes": question.notes,
            "inputs": inputs,
        }  # fmt: skip
        if both is not None:
            from muoquark.inference.profile.grids import contours

            document["pair"] = {
                "x_name": both.x_name, "y_name": both.y_name, "x": both.x, "y": both.y,
                "delta_chi2": both.chi2, "minimum": both.minimum,
                "contours": contours(both.refined(), 0.0), "minimisations": both.minimisations,
            }  # fmt: skip
        if folder is not None:
            status.update("drawing")
            save(folder / "profile.json", to_json(document) + "\n", force)
            drawn = _draw(
                folder, found, both, best.values, known, f"data {titles(chosen.data)}", content
            )
            assert store is not None
            store.remove()
            wrote([folder / "profile.json", *drawn])
    if as_json:
        click.echo(to_json(document))
    else:
        _print(document, chosen.title)


def _draw(
    folder: Path,
    found: Sequence[Any],
    both: Any,
    best: dict[str, float],
    known: Sequence[str],
    title: str,
    card: AnyCard,
) -> list[str]:
    from muoquark.report.profiles import pair_figure, profile_figure
    from muoquark.report.style import save_figure

    names: list[str] = []
    if found:
        curves = [p.as_profile(known.index(p.name)) for p in found]
        spans = {p.name: [(i.low, i.high) for i in p.intervals if i.level == 1.0] for p in found}
        names += save_figure(
            profile_figure(curves, title, spans, card=card), str(folder / "profile")
        )
    if both is not None:
        names += save_figure(pair_figure(both, best, title, card), str(folder / "pair"))
    return names


def _print(document: dict[str, Any], data: str) -> None:
    from rich.table import Table

    terminal = console()
    terminal.print(f"data {data}: best fit, Delta chi2 = {document['delta_chi2']:z.1f} to the SM")
    table = Table()
    for title in ("parameter", "best", "1 sigma", "2 sigma", "minimisations"):
        table.add_column(title)
    for name, one in document["profiles"].items():
        spans = []
        for level in (1.0, 4.0):
            spans.append(" and ".join(
                f"{'(' if i['open_low'] else '['}{i['low']:.4g}, {i['high']:.4g}"
                f"{')' if i['open_high'] else ']'}"
                for i in one["intervals"] if i["level"] == level
            ))  # fmt: skip
        best = number(one["best"][name], max(one["x"]) - min(one["x"]))
        table.add_row(name, best, *spans, str(one["minimisations"]))
    if document["profiles"]:
        terminal.print(table)
        terminal.print("a round bracket is the edge of the parameter's range, not of the interval")
    if "pair" in document:
        pair = document["pair"]
        terminal.print(
            f"{pair['x_name']}, {pair['y_name']}: {pair['minimisations']} minimisations; the "
            "contours stand in the JSON of --out or --json"
        )
    for sentence in document["status"]:
        terminal.print(f"note: at the best fit {sentence}")
