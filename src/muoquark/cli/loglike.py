"""``muoquark loglike``: the global log-likelihood of a point, block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.data_options import DataChoice, data_options, given_by_user
from muoquark.cli.inputs import (
    AT,
    JSON,
    LEAVE_OUT,
    ORDER,
    ask,
    console,
    input_argument,
    remarked,
)
from muoquark.cli.progress import working
from muoquark.common.errors import InputError
from muoquark.common.output import signed, to_json
from muoquark.inference.source import Coefficients
from muoquark.smeft.wcxf import WilsonCoefficients

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood, PointResult
    from muoquark.likelihood.referee import BlockLogLikelihood


def refereed(data: Sequence[str]) -> list[str]:
    """Return the parts of the data for which the referee can speak: its own snapshot.

    Raises
    ------
    InputError
        If there is none.
    """
    from muoquark.likelihood.referee import REFEREED
    from muoquark.likelihood.snapshots import find

    known = [name for name in data if (one := find(name)) is not None and one.name == REFEREED]
    if not known:
        raise InputError(
            f"--exact asks the installed smelli and flavio, which can speak for '{REFEREED}' "
            f"alone: it is not among the data, {' and '.join(data)}"
        )
    return known


def for_referee(chosen: DataChoice) -> DataChoice:
    """Return the data of the referee where nothing says which; it has no newer ones."""
    from muoquark.likelihood.referee import REFEREED

    if given_by_user("data") or chosen.recorded is not None:
        return chosen
    return replace(chosen, data=(REFEREED,))


@click.command()
@input_argument
@data_options
@AT
@LEAVE_OUT
@click.option("--exact", is_flag=True, help="Ask smelli itself too (needs the extra 'exact').")
@ORDER
@JSON
def command(
    source: str,
    chosen: DataChoice,
    at: str | None,
    leave_out: tuple[str, ...],
    exact: bool,
    order: str,
    as_json: bool,
) -> None:
    """Log-likelihood of a point relative to the SM, per block of the global likelihood.

    The point is a card, a WCxf file, or a point of a result of fit, profile, goodness, sample or
    scan; of a result also the data are taken, unless --data or the like says otherwise.
    """
    from muoquark.common.provenance import provenance
    from muoquark.inference.source import coefficients_of, order_of
    from muoquark.likelihood.variants import bands

    question = ask(source, order, chosen, at, leave_out)
    content, chosen, order = question.content, question.chosen, question.order
    coefficients = coefficients_of(content, order)
    if exact:
        chosen = for_referee(chosen)
        check_exact(chosen)
    likelihood = chosen.likelihood()
    likelihood.vector(coefficients)  # what is refused is refused at once
    compiled = likelihood(coefficients)
    remarks = remarked(likelihood, coefficients)
    shown = bands(likelihood, coefficients)
    referee = _asked(coefficients, chosen.chain) if exact else None
    record = compiled.record(likelihood)
    if referee is not None:
        before = {k: record[k] for k in ("total", "blocks", "status")}
        asked = referee.record(likelihood.name)
        # For the blocks of other parts it cannot speak: these are the compiled ones.
        others = {k: v for k, v in record["blocks"].items() if k not in asked["blocks"]}
        record = {
            **asked,
            "blocks": {**asked["blocks"], **others},
            "total": asked["total"] + sum(others.values()),
            "compiled": before,
            "refereed": list(asked["blocks"]),
        }
    record["notes"] = [*question.notes, *remarks]
    if shown:
        record["bands"] = shown
    record["inputs"] = provenance(
        "loglike",
        {"order": order_of(content, order), "exact": exact},
        content.to_yaml(),
        likelihood.identity(),
    )
    if as_json:
        click.echo(to_json(record))
    else:
        _print(likelihood, compiled, referee, chosen.title)
        _print_bands(shown)


def check_exact(chosen: DataChoice) -> None:
    """Check that the referee has the data that are asked for."""
    from muoquark.likelihood.referee import REFEREED

    refereed(chosen.data)
    asked = {
        "--measurements": chosen.measurements,
        "--until": chosen.until,
        "--fix-ckm": chosen.fix_ckm,
        f"--theory-errors {chosen.theory_errors}": chosen.theory_errors not in (None, "sm"),
        "--vcb": chosen.vcb not in (None, "as-is"),
    }
    for name, value in asked.items():
        if value:
            raise InputError(
                "--exact asks the installed smelli and flavio, whose data are those of "
                f"'{REFEREED}' and no others: it goes without {name}"
            )


def _asked(coefficients: Coefficients, chain: str) -> BlockLogLikelihood:
    """Return what smelli itself says."""
    from muoquark.likelihood.referee import exact_loglike

    if not isinstance(coefficients, WilsonCoefficients):
        raise InputError("--exact asks smelli of coefficients of the SMEFT, these are of the WET")
    with working("asking smelli"):
        return exact_loglike(coefficients, chain)


def _print_bands(shown: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what other choices of a part would give."""
    for part, kinds in shown.items():
        for kind, band in kinds.items():
            low, high = band["total"]
            click.echo(f"{part} with other {kind}: {signed(low, 3)} to {signed(high, 3)}")


def _print(
    likelihood: Likelihood, compiled: PointResult, referee: BlockLogLikelihood | None, data: str
) -> None:
    from rich.table import Table

    title = f"ln L - ln L_SM (data {data}, {likelihood.chain} chain)"
    table = Table(title=title, title_justify="left")
    table.add_column("block")
    for column in ["smelli", "compiled", "difference"] if referee else ["ln L - ln L_SM"]:
        table.add_column(column, justify="right")

    def row(name: str, ours: float, exact: float | None) -> None:
        cells = [signed(ours, 3)]
        if referee is not None:
            # A block for which the referee cannot speak has no number of its.
            cells = ["-" if exact is None else signed(exact, 3), *cells]
            cells.append("-" if exact is None else signed(ours - exact, 4))
        table.add_row(name, *cells)

    exact = {} if referee is None else referee.blocks
    for name, value in compiled.blocks.items():
        row(name, value, exact.get(name))
    table.add_section()
    others = [value for name, value in compiled.blocks.items() if name not in exact]
    row("total", compiled.total, None if referee is None else referee.total + sum(others))
    if referee is None and compiled.groups:
        table.add_section()
        for name, value in compiled.groups.items():
            table.add_row(name, signed(value, 3))
    terminal = console()
    terminal.print(table)
    for sentence in compiled.status:
        terminal.print(f"note: {sentence}")
    versions = referee.versions if referee else likelihood.stack
    terminal.print(", ".join(f"{name} {version}" for name, version in versions.items()))
