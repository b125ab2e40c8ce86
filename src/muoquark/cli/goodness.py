"""``muoquark goodness``: how well a point describes the data, and which data decide."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import click

from muoquark.cli.conditional import print_conditional
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import (
    AT,
    FORCE,
    JSON,
    LEAVE_OUT,
    ORDER,
    SEEDS,
    ask,
    ask_varied,
    console,
    remarked,
)
from muoquark.cli.progress import working, wrote
from muoquark.common.output import number, to_json

if TYPE_CHECKING:
    from muoquark.inference.goodness.blocks import BlockGoodness
    from muoquark.inference.goodness.goodness import Goodness
    from muoquark.inference.goodness.influence import Influence
    from muoquark.inference.goodness.nuisances import Nuisances

# Parameters of the theory that are printed; the file has all.
PULLED = 12
FILES = ("goodness.json", "pulls.pdf", "pulls.png")


@click.command()
@click.argument("source", metavar="[CARD_OR_WCXF_OR_RESULT]", required=False)
@data_options
@AT
@LEAVE_OUT
@click.option("--out", type=click.Path(), help="Folder for the numbers and the figure of pulls.")
@ORDER
@click.option("--top", type=click.IntRange(1, 100), default=10, show_default=True,
              help="Length of the tables of gains and losses.")  # fmt: skip
@click.option("--toys", type=click.IntRange(0), default=0, show_default=True,
              help="Pseudo-experiments that check the p-values.")  # fmt: skip
@click.option("--convention", type=click.Choice(("muoquark", "smelli")), default="muoquark",
              show_default=True, help="What counts as a degree of freedom.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True,
              help="Of the fit's starts and the pseudo-experiments.")  # fmt: skip
@FORCE
@JSON
def command(
    source: str | None,
    chosen: DataChoice,
    at: str | None,
    leave_out: tuple[str, ...],
    out: str | None,
    order: str,
    top: int,
    toys: int,
    convention: str,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Chi2, p-values, pulls and what drives the fit, at the SM and at a point.

    A card with free parameters is fitted first, without a card the paper's plane, and so is the
    card of a result unless --at says otherwise; a fixed card, a WCxf file or another point of a
    result is judged as it is.  Writes goodness.json and pulls.pdf, pulls.png to --out.
    """
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance

    folder = None if out is None else output_folder(out, FILES, force)
    question = (
        ask_varied(None, order, chosen)
        if source is None
        else ask(source, order, chosen, at, leave_out)
    )
    content, chosen, order = question.content, question.chosen, question.order
    if question.best and question.family is not None and question.family.free:
        content = question.family  # the parameters of a best fit count
    from muoquark.inference.goodness.goodness import goodness
    from muoquark.inference.source import order_of
    from muoquark.likelihood.snapshots import titles

    with working("reading the data") as status:
        likelihood = chosen.likelihood()
        result = goodness(
            content, likelihood, order, seed=seed, top=top, toys=toys, convention=convention,
            progress=status.update,
        )  # fmt: skip
        inputs = provenance(
            "goodness",
            {"order": order_of(content, order), "top": top, "toys": toys,
             "convention": convention, "seed": seed},
            content.to_yaml(),
            likelihood.identity(),
        )  # fmt: skip
        notes = [*question.notes, *remarked(likelihood, content)]
        document = {**result.record(), "notes": notes, "inputs": inputs}
        if folder is not None:
            from muoquark.report.pulls import pulls_figure
            from muoquark.report.style import save_figure

            status.update("drawing")
            save(folder / "goodness.json", to_json(document) + "\n", force)
            figure = pulls_figure(result.pulls, f"data {titles(chosen.data)}", result.point.kind)
            save_figure(figure, str(folder / "pulls"))
    if folder is not None:
        wrote(folder / name for name in FILES)
    if as_json:
        click.echo(to_json(document))
    else:
        _print(result, chosen.title)


def _print(result: Goodness, data: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muoquark.inference.goodness.blocks import DEFINITION

    terminal = console()
    point = result.point
    terminal.print(f"data {data}: {point.kind}, Delta chi2 = {point.delta_chi2:z.1f} to the SM")
    for name, value in point.parameters.items():
        error = point.errors[name]
        # There is no error at the edge of a range.
        known = f"{number(value, error)} ± {error:.2g}" if isfinite(error) else f"{value:.4g}"
        terminal.print(f"  {name} = {known}")
    table = Table(title="chi2 / degrees of freedom, p-value")
    for title in ("block", "SM", "p", point.kind, "p", "limits"):
        table.add_column(title, justify="left" if title == "block" else "right")
    for name, sm in result.sm.items():
        here = result.here[name]
        table.add_row(
            name, _chi2(sm), _p(sm), _chi2(here), _p(here), str(sm.limits or ""),
            end_section=name == list(result.sm)[-2],
        )  # fmt: skip
    terminal.print(table)
    for key in ("chi2", "dof", "limits", "p_value", "fitted_parameters"):
        terminal.print(f"{key}: {DEFINITION[key]}")
    for kind, found in result.gains.items():
        table = Table(title=f"largest gains and losses of ln L, by {kind}")
        for title in (kind, "block", "ln L", "chi2 SM", f"chi2 {point.kind}"):
            table.add_column(title, justify="left" if title in (kind, "block") else "right")
        for rows in (found.gains, found.losses):
            for row in rows:
                table.add_row(
                    escape(row.name), row.block, f"{row.gain:+.2f}",
                    f"{row.contribution_sm:.2f}", f"{row.contribution:.2f}",
                )  # fmt: skip
            table.add_section()
        terminal.print(table)
        terminal.print(
            f"chi2 = chi2(all) - chi2(without it); all gains add up to {found.sum:+.2f}, "
            f"ln L changes by {point.loglike:+.2f}: the difference is correlation"
        )
    if result.influences is not None:
        table = Table(title="the fit without ...")
        names = list(point.parameters)
        for title in ("left out", "", *(f"shift of {n}" for n in names), "Delta chi2", "by"):
            table.add_column(title, justify="left" if title in ("left out", "") else "right")
        for kind in ("group", "measurement", "observable"):
            for one in result.influences.of[kind]:
                table.add_row(
                    escape(one.unit.name), kind, *(_shift(one, n) for n in names),
                    f"{one.delta_chi2:z.1f}", one.method,
                )  # fmt: skip
            table.add_section()
        terminal.print(table)
    if result.conditional is not None:
        print_conditional(result.conditional)
    for nuisances in result.nuisances:
        _print_nuisances(nuisances)
    for sentence in point.status:
        terminal.print(f"note: at the point {sentence}")


def _print_nuisances(found: Nuisances) -> None:
    """Print the parameters of the theory that the data move most."""
    from rich.markup import escape
    from rich.table import Table

    names = list(found.pulls[0].correlation) if found.pulls else []
    table = Table(title=f"parameters of the theory in '{found.block}', in standard deviations")
    titles = ("parameter", "shift SM", "shift", "error left", *(f"corr. {n}" for n in names))
    for title in titles:
        table.add_column(title, justify="left" if title == "parameter" else "right")
    for one in found.pulls[:PULLED]:
        table.add_row(
            escape(one.parameter), f"{one.shift_sm:+.2f}", f"{one.shift:+.2f}",
            f"{one.constraint:.2f}", *(f"{one.correlation[n]:+.2f}" for n in names),
        )  # fmt: skip
    terminal = console()
    terminal.print(table)
    terminal.print(
        f"they contribute {found.theory_share_sm:.1f} of chi2 = {found.chi2_sm:.1f} in the SM, "
        f"{found.theory_share:.1f} of {found.chi2:.1f} at the point"
    )


def _chi2(one: BlockGoodness) -> str:
    return f"{one.chi2 - one.chi2_limits:.1f}/{one.dof}"


def _shift(one: Influence, name: str) -> str:
    if name in one.at_limit:
        return "to its limit"
    value = one.shift[name]
    return "fixed" if value != value else f"{value:+.2f} σ"


def _p(one: BlockGoodness) -> str:
    return "-" if one.dof == 0 else f"{one.p_value:.2g}"
