"""``muoquark predict``: every observable at a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from muoquark.cli.inputs import (
    CHAIN,
    DATA,
    FORCE,
    JSON,
    MEASUREMENTS,
    ORDER,
    console,
    input_argument,
    load,
    matched,
    recorded_order,
    remarked,
    told,
)
from muoquark.cli.loglike import check_exact
from muoquark.cli.progress import working
from muoquark.common.output import check_output, save, to_json

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.likelihood.predictions import Prediction
    from muoquark.smeft.wcxf import WilsonCoefficients


@click.command()
@input_argument
@DATA
@click.option("--exact", is_flag=True, help="Ask flavio itself (needs the extra 'exact', 30 s).")
@click.option(
    "--obs",
    metavar="PATTERN",
    help="Observables whose flavio name fits, e.g. 'BR(Bs*'; or RD, RK, g-2, ...",
)
@MEASUREMENTS
@CHAIN
@ORDER
@click.option("--out", type=click.Path(), help="JSON file for the records and their inputs.")
@FORCE
@JSON
def command(
    source: str,
    data: tuple[str, ...],
    exact: bool,
    obs: str | None,
    measurements: str | None,
    chain: str,
    order: str,
    out: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Predictions at CARD_OR_WCXF beside the SM and the measurements, with pulls.

    A pull is (prediction - measured)/uncertainty.  Numbers are in powers of GeV as in flavio.

    --json prints a list of records.  The file --out holds them too, and what they rest on, so
    that 'muoquark rerun' and 'muoquark cite' can read it.
    """
    from muoquark.common.provenance import provenance
    from muoquark.likelihood.likelihood import Likelihood

    if out is not None:
        check_output(out, force)
    if exact:
        check_exact(data, measurements)
    content = load(source)
    notes = told(content, order)
    coefficients = matched(content, order)
    likelihood = Likelihood(data, chain, measurements)
    likelihood.vector(coefficients)  # what is refused is refused at once
    ask = _exact if exact else _compiled
    notes += remarked(likelihood, coefficients)
    found, status = ask(coefficients, likelihood)
    for sentence in status:
        click.echo(f"muoquark: note: {sentence}", err=True)
    chosen = select(found, obs)
    records = [one.record() for one in chosen]
    if out is not None:
        arguments = {"order": recorded_order(content, order), "exact": exact, "obs": obs}
        libraries = ("flavio", "smelli", "wilson") if exact else ()
        card = content.to_yaml()
        inputs = provenance("predict", arguments, card, likelihood.identity(), libraries)
        document = {"predictions": records, "status": status, "notes": notes, "inputs": inputs}
        save(out, to_json(document) + "\n", force)
    if as_json:
        click.echo(to_json(records))
    elif out is None:
        _print(chosen)


def _exact(
    coefficients: WilsonCoefficients, likelihood: Likelihood
) -> tuple[Sequence[Prediction], list[str]]:
    """Return flavio's own predictions."""
    from muoquark.likelihood.referee import exact_predictions

    with working("asking flavio"):
        asked = exact_predictions(coefficients, likelihood.chain)
    known = {one.block for one in asked}
    if known >= set(likelihood.blocks):
        return asked, []
    compiled, status = _compiled(coefficients, likelihood)
    others = [one for one in compiled if one.block not in known]
    blocks = ", ".join(dict.fromkeys(one.block for one in others))
    return [*asked, *others], [f"flavio cannot speak for {blocks}: these are compiled", *status]


def _compiled(
    coefficients: WilsonCoefficients, likelihood: Likelihood
) -> tuple[Sequence[Prediction], list[str]]:
    """Return the predictions of the compiled likelihood, and its remarks on their validity."""
    from muoquark.likelihood.predictions import predictions

    result = likelihood(coefficients)
    return predictions(likelihood, result), list(result.status)


def _print(chosen: Sequence[Prediction]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from muoquark.likelihood.units import arguments_text, unit

    terminal = console()
    # Numbers are never cut; where it is narrow, names go over several lines and blocks go away.
    narrow = terminal.width < 100
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("observable / unit", overflow="fold")
    for title in ("SM", "here", "measured", "uncertainty", "pull SM", "pull"):
        table.add_column(title, justify="right", no_wrap=True)
    if not narrow:
        table.add_column("block", no_wrap=True)
    for one in chosen:
        own, args = unit(one.observable), arguments_text(one.arguments)
        numbers = (one.sm, one.value, one.measured, one.uncertainty)
        table.add_row(
            # Unescaped, rich takes the bin for markup and prints nothing of it.
            escape(one.observable + (f" [{args}]" if args else "")) + (f" / {own}" if own else ""),
            *(f"{x:.4g}" for x in numbers),
            *(f"{x:+.2f}" for x in (one.pull_sm, one.pull)),
            *(() if narrow else (one.block,)),
        )
    terminal.print(table)


def select(found: Sequence[Prediction], pattern: str | None) -> Sequence[Prediction]:
    """Return those whose observable fits a pattern or a short name, or has it as a part."""
    from muoquark.likelihood.names import fitting, unknown

    if pattern is None:
        return found
    names = [one.observable for one in found]
    chosen = fitting(pattern, names, parts=True)
    if not chosen:
        raise unknown(pattern, names)
    return [one for one in found if one.observable in chosen]
