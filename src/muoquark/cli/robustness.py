"""``muoquark robustness``: what varying the order-one coefficients of the ansatz does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import FORCE, JSON, ORDER, SEEDS, console
from muoquark.cli.progress import working, wrote
from muoquark.common.output import to_json

if TYPE_CHECKING:
    from muoquark.paper.robustness.robustness import Robustness

FILES = ("robustness.json", "robustness.pdf", "robustness.png")


@click.command()
@data_options
@click.option("--out", type=click.Path(), help="Folder for the numbers and the figure.")
@ORDER
@click.option("--samples", type=click.IntRange(10, 1_000_000), default=2000, show_default=True,
              help="Draws of the coefficients.")  # fmt: skip
@click.option("--space", type=click.Choice(("independent", "U2")), default="independent",
              show_default=True, help="U2: one coefficient for both light entries.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Of the draws.")
@FORCE
@JSON
def command(
    chosen: DataChoice,
    out: str | None,
    order: str,
    samples: int,
    space: str,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Draw the complex order-one coefficients of section 2.4 and see which observables object.

    Moduli from 1/3 to 3, all phases.  Writes robustness.json and a figure to --out.
    """
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance

    folder = None if out is None else output_folder(out, FILES, force)
    from muoquark.likelihood.snapshots import titles
    from muoquark.paper.robustness.robustness import robustness

    with working("reading the data") as status:
        # whatever the snapshot's default is: families are compared by errors of the SM
        likelihood = replace(chosen, theory_errors=chosen.theory_errors or "sm").likelihood()
        found = robustness(
            likelihood, samples, seed, space=space, order=order, progress=status.update
        )
        inputs = provenance(
            "robustness",
            {"order": order, "samples": samples, "space": space, "seed": seed},
            None,
            likelihood.identity(),
        )
        document = {**found.record(), "inputs": inputs}
        if folder is not None:
            from muoquark.report.robustness import robustness_figure
            from muoquark.report.style import save_figure

            save(folder / "robustness.json", to_json(document) + "\n", force)
            figure = robustness_figure(found, f"data {titles(chosen.data)}")
            save_figure(figure, str(folder / "robustness"))
    if folder is not None:
        wrote(folder / name for name in FILES)
    if as_json:
        click.echo(to_json(document))
    else:
        _print(found, chosen.title)


def _print(found: Robustness, data: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muoquark.paper.robustness.verdict import CLAIM, CRITERIA

    terminal = console()
    terminal.print(f"data {data}: {CLAIM}: [bold]{found.verdict.word}[/bold]")
    terminal.print(found.verdict.why)
    for name, text in CRITERIA.items():
        terminal.print(f"  {name}: {text}")
    table = Table(title="families where the anomalies are explained: own chi2 minus the SM's")
    for title in ("family", "strong in", "median", "95 %", "largest"):
        table.add_column(title, justify="left" if title == "family" else "right")
    for name, one in list(found.anomalies.constraints.families.items())[:12]:
        table.add_row(
            name + (" (target)" if one.target else ""), f"{100 * one.strong:.1f} %",
            f"{one.median:.2f}", f"{one.p95:.2f}", f"{one.largest:.2f}",
        )  # fmt: skip
    terminal.print(table)
    table = Table(title="observables that move most, in units of their uncertainties")
    for title in ("observable", "95 % of the draws", "more than 1 sigma", "pull SM", "pull c = -1"):
        table.add_column(title, justify="left" if title == "observable" else "right")
    for row in found.observables[:15]:
        low, _, high = row.shift
        table.add_row(
            escape(row.label), f"{low:+.2f} to {high:+.2f}", f"{100 * row.moves_1sigma:.0f} %",
            f"{row.pull_sm:+.2f}", f"{row.pull_unit:+.2f}",
        )  # fmt: skip
    terminal.print(table)
    assert found.all_data is not None
    for name, subset in found.all_data.subsets.items():
        q = subset.quantiles
        terminal.print(
            f"all data, {name}: Delta chi2 {q['50']:.1f} (95 % of the draws {q['2.5']:.1f} to "
            f"{q['97.5']:.1f}); {100 * subset.kept_1sigma:.0f} % within 1 sigma, "
            f"{100 * subset.kept_2sigma:.0f} % within 2 sigma of unit coefficients"
        )
