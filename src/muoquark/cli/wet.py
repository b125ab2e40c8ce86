"""``muoquark wet``: the low-scale coefficients of anything."""

from __future__ import annotations

from pathlib import Path

import click

from muoquark.cli.inputs import AT, FORCE, LEAVE_OUT, ORDER, ask, input_argument
from muoquark.cli.progress import note, wrote
from muoquark.common.errors import InputError
from muoquark.common.output import save


@click.command()
@input_argument
@AT
@LEAVE_OUT
@click.option("--scale", type=float, default=4.8, show_default=True,
              help="In GeV: one at which observables ask for coefficients.")  # fmt: skip
@click.option("--eft", type=click.Choice(("WET", "WET-4", "WET-3")),
              help="With five, four or three quarks [default: what there is at the scale].",
              )  # fmt: skip
@click.option("--sector", "sectors", multiple=True, metavar="NAME",
              help="Only this sector, such as sb or cbtaunu; may be repeated.")  # fmt: skip
@click.option("--chain", type=click.Choice(("full", "smelli")), default="full", show_default=True,
              help="Of the running.")  # fmt: skip
@ORDER
@click.option("--out", "-o", type=click.Path(), help="File (.json or .yaml), not standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (the default).")
@FORCE
def command(
    source: str,
    at: str | None,
    leave_out: tuple[str, ...],
    scale: float,
    eft: str | None,
    sectors: tuple[str, ...],
    chain: str,
    order: str,
    out: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """New physics in the coefficients of the weak effective theory, in WCxf format.

    In flavio's basis and normalisation, at one of the scales at which observables ask for
    coefficients: C9_bsmumu and its relatives at 4.8 GeV.  The CKM matrix is that of the tables of
    running.
    """
    from muoquark.inference.low import low_coefficients
    from muoquark.inference.source import coefficients_of

    if out is not None and Path(out).suffix not in (".json", ".yaml", ".yml"):
        raise InputError(f"--out {out}: the name must end in .json, .yaml or .yml")
    question = ask(source, order, None, at, leave_out)
    coefficients = coefficients_of(question.content, question.order)
    found = low_coefficients(coefficients, scale, eft, sectors, chain)
    for sentence in found.notes:
        note(sentence)
    if out is None:
        click.echo(found.to_json(), nl=False)
        return
    save(out, found.to_json() if Path(out).suffix == ".json" else found.to_yaml(), force)
    wrote([out])
