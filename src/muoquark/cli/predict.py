"""``muoquark predict``: every observable at a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import observables
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import (
    AT,
    FORCE,
    JSON,
    LEAVE_OUT,
    ORDER,
    ask,
    console,
    input_argument,
    remarked,
)
from muoquark.cli.loglike import check_exact, for_referee
from muoquark.cli.progress import note, working, wrote
from muoquark.common.output import check_output, save, to_json
from muoquark.likelihood.predictions import SORTS, Predictions

if TYPE_CHECKING:
    from muoquark.inference.source import Coefficients
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.likelihood.predictions import Prediction


@click.command()
@input_argument
@data_options
@AT
@LEAVE_OUT
@click.option("--exact", is_flag=True, help="Ask flavio itself (needs the extra 'exact', 30 s).")
@click.option(
    "--obs",
    metavar="PATTERN",
    shell_complete=observables,
    help="Observables whose flavio name fits, e.g. 'BR(Bs*'; or R_K, R_D, P5p, g-2, ...",
)
@click.option("--process", metavar="TEXT",
              help="Observables of a process, a part of it or a pattern: 'B->K*mumu'.")  # fmt: skip
@click.option("--block", metavar="NAME", help="Observables of a block of the likelihood.")
@click.option("--sort", type=click.Choice(list(SORTS)),
              help="Order: largest pull, pull in the SM or change of the pull first; name; "
              "block.")  # fmt: skip
@click.option("--min-pull", type=click.FloatRange(0.0), default=0.0, metavar="X",
              help="Only where the pull at the point is at least X.")  # fmt: skip
@ORDER
@click.option("--out", type=click.Path(), help="JSON file for the records and their inputs.")
@FORCE
@JSON
def command(
    source: str,
    chosen: DataChoice,
    at: str | None,
    leave_out: tuple[str, ...],
    exact: bool,
    obs: str | None,
    process: str | None,
    block: str | None,
    sort: str | None,
    min_pull: float,
    order: str,
    out: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Predictions at a point beside the SM and the measurements, with pulls.

    The point is a card, a WCxf file, or a point of a result, as for 'muoquark loglike'.

    A pull is (prediction - measured)/uncertainty.  Numbers are in powers of GeV as in flavio.

    --json prints a list of records.  The file --out holds them too, and what they rest on, so
    that 'muoquark rerun' and 'muoquark cite' can read it.
    """
    from muoquark.common.provenance import provenance
    from muoquark.inference.source import coefficients_of, order_of

    if out is not None:
        check_output(out, force)
    question = ask(source, order, chosen, at, leave_out)
    content, order = question.content, question.order
    chosen = question.chosen
    if exact:
        chosen = for_referee(chosen)
        check_exact(chosen)
    coefficients = coefficients_of(content, order)
    likelihood = chosen.likelihood()
    likelihood.vector(coefficients)  # what is refused is refused at once
    remarks = remarked(likelihood, coefficients)
    found, status = (_exact if exact else _compiled)(coefficients, likelihood)
    for sentence in status:
        note(sentence)
    listed = (found if obs is None else found.select(obs)).where(process, block, min_pull, sort)
    if not listed:
        note(f"no observable has a pull of {min_pull:g} here")
    records = [one.record() for one in listed]
    if out is not None:
        arguments = {
            "order": order_of(content, order), "exact": exact, "obs": obs, "process": process,
            "block": block, "sort": sort, "min_pull": min_pull,
        }  # fmt: skip
        libraries = ("flavio", "smelli", "wilson") if exact else ()
        card = content.to_yaml()
        inputs = provenance("predict", arguments, card, likelihood.identity(), libraries)
        document = {"predictions": records, "status": status, "notes": [*question.notes, *remarks],
                    "inputs": inputs}  # fmt: skip
        save(out, to_json(document) + "\n", force)
        wrote([out])
    if as_json:
        click.echo(to_json(records))
    elif out is None:
        _print(listed)


def _exact(coefficients: Coefficients, likelihood: Likelihood) -> tuple[Predictions, list[str]]:
    """Return flavio's own predictions, with the sources that the compiled ones know."""
    from muoquark.common.errors import InputError
    from muoquark.likelihood.referee import exact_predictions
    from muoquark.smeft.wcxf import WilsonCoefficients

    if not isinstance(coefficients, WilsonCoefficients):
        raise InputError("--exact asks flavio of coefficients of the SMEFT, these are of the WET")
    with working("asking flavio"):
        asked = exact_predictions(coefficients, likelihood.chain)
    known = {one.block for one in asked}
    if known >= set(likelihood.blocks):
        return Predictions(asked), []
    compiled, status = _compiled(coefficients, likelihood)
    others = [one for one in compiled if one.block not in known]
    blocks = ", ".join(dict.fromkeys(one.block for one in others))
    said = f"flavio cannot speak for {blocks}: these are compiled"
    return Predictions([*asked, *others]), [said, *status]


def _compiled(coefficients: Coefficients, likelihood: Likelihood) -> tuple[Predictions, list[str]]:
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
    titles = ("SM", "here", "theory error", "measured", "uncertainty", "pull SM", "pull")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    if not narrow:
        table.add_column("block", no_wrap=True)
        table.add_column("sources", overflow="fold")
    for one in chosen:
        own, args = unit(one.observable), arguments_text(one.arguments)
        numbers = (one.sm, one.value, one.theory, one.measured, one.uncertainty)
        table.add_row(
            # Unescaped, rich takes the bin for markup and prints nothing of it.
            escape(one.observable + (f" [{args}]" if args else "")) + (f" / {own}" if own else ""),
            *("-" if x is None else f"{x:.4g}" for x in numbers),
            *(f"{x:+.2f}" for x in (one.pull_sm, one.pull)),
            *(() if narrow else (one.block, _sources(one.sources))),
        )
    terminal.print(table)


def _sources(names: Sequence[str]) -> str:
    """Return the texkeys of an observable's measurements, two of them and how many more."""
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
