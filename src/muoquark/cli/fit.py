"""``muoquark fit``: the best fit, its intervals and the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import cards
from muoquark.cli.conditional import print_conditional
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import (
    FORCE,
    JSON,
    ORDER,
    SEEDS,
    ask_varied,
    console,
    remarked,
)
from muoquark.cli.progress import note, working, wrote
from muoquark.common.output import number, signed, to_json

if TYPE_CHECKING:
    from muoquark.inference.fit import Fit
    from muoquark.inference.objective import Parameter
    from muoquark.inference.profile.bands import Band


# Steps of the grid in a 1 sigma interval below which contours have corners.
STEPS = 5


@click.command()
@click.argument("card", metavar="[CARD_OR_RESULT]", required=False, shell_complete=cards)
@data_options
@click.option("--out", type=click.Path(), help="Folder for the figure and the numbers.")
@ORDER
@click.option("--points", type=click.IntRange(20, 1000), default=200, show_default=True,
              help="Points per axis of the plane.")  # fmt: skip
@click.option("--bands", metavar="NAME,...", help="Groups and blocks to show by themselves; "
              "default for one or two parameters: all groups that vary.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Of the starting points.")
@FORCE
@JSON
def command(
    card: str | None,
    chosen: DataChoice,
    out: str | None,
    order: str,
    points: int,
    bands: str | None,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Fit the free parameters of CARD to all data; without a card, make the paper's figure.

    The figure of two parameters is their plane, that of one or of more their profiles.
    Writes fit.json and the figure (fit.pdf, fit.png) into the folder --out.
    """
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance

    folder = None if out is None else output_folder(out, ("fit.json", "fit.pdf", "fit.png"), force)
    from muoquark.inference.error_modes import theory_errors_sentence
    from muoquark.inference.fit import fit, objective_of
    from muoquark.inference.profile.bands import check_names
    from muoquark.inference.source import order_of
    from muoquark.likelihood.snapshots import titles

    question = ask_varied(card, order, chosen)
    parsed, chosen, order = question.card, question.chosen, question.order
    with working("reading the data") as status:
        likelihood = chosen.likelihood()
        known = (*likelihood.groups, *likelihood.blocks)
        wanted = (
            None if bands is None else check_names([n.strip() for n in bands.split(",")], known)
        )
        status.update("compiling the likelihood")
        objective = objective_of(likelihood, parsed, order)
        result = fit(
            objective, seed=seed, points=points, progress=status.update, bands=wanted,
            likelihood=likelihood,
        )  # fmt: skip
        inputs = provenance(
            "fit",
            {
                "order": order_of(parsed, order),
                "points": points,
                "seed": seed,
                "bands": None if wanted is None else list(wanted),
            },
            parsed.to_yaml(),
            likelihood.identity(),
        )
        notes = [*question.notes, *remarked(likelihood, parsed)]
        document = {**result.record(), "inputs": inputs, "notes": notes}
        if folder is not None:
            from muoquark.report.figure import figure
            from muoquark.report.style import save_figure

            status.update("drawing")
            save(folder / "fit.json", to_json(document) + "\n", force)
            drawn = figure(result, parsed, f"data {titles(chosen.data)}")
            save_figure(drawn, str(folder / "fit"))
    if folder is not None:
        wrote(folder / name for name in ("fit.json", "fit.pdf", "fit.png"))
    if result.plane is not None:
        coarse = [p.name for p in objective.parameters if _steps(result, p, points) < STEPS]
        if coarse:
            note(
                f"contours are rough: 1 sigma of {' and '.join(coarse)} is few steps of the grid; "
                f"--points, here {points}, makes it finer"
            )
    if as_json:
        click.echo(to_json(document))
    else:
        _print(result, chosen.title)
        sentence = theory_errors_sentence(dict(result.by_theory_errors), likelihood.theory_errors)
        if sentence:
            console().print(f"note: {sentence}")


def _steps(result: Fit, parameter: Parameter, points: int) -> float:
    """Return how many steps of the grid the 1 sigma interval around the best fit is wide."""
    best = result.best.values[parameter.name]
    spans = result.profiles[parameter.name].intervals(1.0)
    width = next((b - a for a, b in spans if a <= best <= b), 0.0)
    return float(width / (parameter.high - parameter.low) * (points - 1))


def _print(result: Fit, data: str) -> None:
    from rich.table import Table

    from muoquark.inference.profile.bands import VARIES

    terminal = console()
    best, objective = result.best, result.objective
    terminal.print(
        f"data {data}: best fit preferred to the SM by Delta chi2 = {best.delta_chi2:z.1f}"
    )
    ranges = {p.name: (p.low, p.high) for p in objective.parameters}
    table = Table()
    for title in ("parameter", "best fit", "1 sigma", "2 sigma"):
        table.add_column(title)
    for name, value in best.values.items():
        low, high = ranges[name]
        spans = [_spans(result.profiles[name].intervals(x), ranges[name]) for x in (1.0, 4.0)]
        table.add_row(name, number(value, high - low), *spans)
    terminal.print(table)
    for name in best.at_limit:
        terminal.print(f"note: the best fit is at the edge of the range of {name}")
    if result.bands:
        table = Table()
        for title in ("group", "alone prefers", "Delta chi2 < 1", "Delta chi2 to the SM"):
            table.add_column(title)
        for band in result.bands.values():
            for alone, span in _alone(band, ranges):
                table.add_row(band.name, alone, span, f"{band.delta_chi2:z.1f}")
        terminal.print(table)
        other = ", minimised over all other parameters" if len(ranges) > 1 else ""
        terminal.print(f"each group alone, counted from its own minimum{other}")
    others = [
        name
        for name in (*objective.groups, *objective.blocks)
        if result.variation[name] > VARIES and name not in result.bands
    ]
    if others:
        terminal.print(f"vary by more than 1, for --bands: {', '.join(others)}")
    table = Table()
    for title in ("block", "ln L - ln L_SM"):
        table.add_column(title)
    for name in objective.blocks:
        table.add_row(name, signed(result.parts[name], 2))
    terminal.print(table)
    if result.conditional is not None:
        print_conditional(result.conditional)
    for sentence in result.status:
        terminal.print(f"note: at the best fit {sentence}")


def _alone(band: Band, ranges: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    """Return what a group alone prefers and allows, along every parameter that it constrains."""
    only = band.only
    found = [only] if only is not None else list(band.profiles.values())
    if band.shape == "everything" or not found:
        words = "nothing in the ranges" if band.shape == "everything" else "combinations only"
        return [(words, "")]
    rows = []
    for one in found:
        low, high = ranges[one.name]
        value = f"{one.name} = {number(one.best, high - low)}"
        rows.append((value, _spans(one.intervals(1.0), ranges[one.name])))
    return rows


def _spans(intervals: Sequence[Sequence[float]], ends: tuple[float, float]) -> str:
    """Return intervals as text; a round bracket is the edge of the parameter's range."""
    low, high = ends
    near = 1e-9 * (high - low)
    return " and ".join(
        f"{'(' if a <= low + near else '['}{number(a, high - low)}, {number(b, high - low)}"
        f"{')' if b >= high - near else ']'}"
        for a, b in intervals
    )
