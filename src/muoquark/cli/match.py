"""``muoquark match``: from a card to a WCxf file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from muoquark.cli.inputs import FORCE, ORDER
from muoquark.common.errors import InputError
from muoquark.common.output import save


@click.command()
@click.argument("card", metavar="CARD")
@ORDER
@click.option("--mu", type=float, help="Matching scale in GeV instead of the card's mu_M.")
@click.option(
    "--basis",
    type=click.Choice(("Warsaw", "Warsaw up")),
    default="Warsaw",
    show_default=True,
    help="Flavour basis of the output.",
)
@click.option(
    "-o", "--output", type=click.Path(), help="File to write (.json or .yaml) in place of stdout."
)
@click.option("--yaml", "as_yaml", is_flag=True, help="Print YAML in place of JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (the default).")
@FORCE
def command(
    card: str,
    order: str,
    mu: float | None,
    basis: str,
    output: str | None,
    as_yaml: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Wilson coefficients of the point in CARD, in WCxf format.

    CARD is a file, '-' for standard input, or the name of a built-in card ('paper').  Beside
    the coefficients stand the shifts of the dimension-four parameters (SMEFT minus UV theory).
    The couplings of the card are MS-bar couplings at the matching scale, also with --mu.
    """
    from muoquark.eft.match import match
    from muoquark.model.card import read_card

    if as_yaml and as_json:
        raise click.UsageError("--json and --yaml exclude each other")
    if output and Path(output).suffix not in (".json", ".yaml", ".yml"):
        raise InputError(f"-o {output}: the name must end in .json, .yaml or .yml")
    point = read_card(card).point()
    if mu is not None:
        point = replace(point, mu_M=mu)
    if point.model == "B-3Lmu" and not point.is_muoquark():
        click.echo(
            "muoquark: note: the card couples leptoquarks to e or tau, which the gauge symmetry "
            "B-3Lmu forbids (model: generic says that this is meant)",
            err=True,
        )
    coefficients = match(point, order).to_basis(basis)
    if output is None:
        click.echo(coefficients.to_yaml() if as_yaml else coefficients.to_json(), nl=False)
        return
    to_yaml = as_yaml or (Path(output).suffix != ".json" and not as_json)
    save(output, coefficients.to_yaml() if to_yaml else coefficients.to_json(), force)
    click.echo(
        f"{len(coefficients.values)} coefficients: {coefficients.metadata['content']}", err=True
    )
