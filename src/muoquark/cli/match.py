"""``muoquark match``: from a card to a WCxf file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from muoquark.cli.completion import cards
from muoquark.cli.inputs import AT, FORCE, ORDER, ask_model, model_card
from muoquark.cli.progress import note, wrote
from muoquark.common.errors import InputError
from muoquark.common.output import save, to_json
from muoquark.model.point import Point
from muoquark.smeft.wcxf import LARGE, LARGE_LOGARITHM


@click.command()
@click.argument("card", metavar="CARD_OR_RESULT", shell_complete=cards)
@AT
@ORDER
@click.option(
    "--mu",
    type=float,
    help="Scale of the file in GeV, in the place of the card's mu_M; without mu_M the coefficients "
    "run there [default: mu_M, or the lowest mass].",
)
@click.option(
    "--basis",
    type=click.Choice(("Warsaw", "Warsaw up")),
    default="Warsaw",
    show_default=True,
    help="Flavour basis of the output.",
)
@click.option(
    "--scheme",
    type=click.Choice(("greek", "naive")),
    default="greek",
    show_default=True,
    help="Evanescent operators at one loop: Greek projections (NDR), or left out.",
)
@click.option(
    "--explain",
    metavar="COEFFICIENT",
    help="Print how much each physical piece contributes to one coefficient, e.g. lq1_2223.",
)
@click.option(
    "--out", "-o", "--output", "output", type=click.Path(),
    help="File to write (.json or .yaml) in place of stdout.",
)  # fmt: skip
@click.option("--yaml", "as_yaml", is_flag=True, help="Print YAML in place of JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (the default).")
@FORCE
def command(
    card: str,
    at: str | None,
    order: str,
    mu: float | None,
    basis: str,
    scheme: str,
    explain: str | None,
    output: str | None,
    as_yaml: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Wilson coefficients of the point in CARD, in WCxf format.

    CARD is a file, '-' for standard input, or the name of a built-in card ('paper').  Beside
    the coefficients stand the shifts of the dimension-four parameters (SMEFT minus UV theory).
    A card with mu_M is matched there, or at --mu in its place; its couplings are MS-bar couplings
    at that scale.  Without mu_M each heavy field is matched at its own mass, which is the scale of
    its couplings, and what is matched elsewhere runs to the scale of the file.
    """
    from muoquark.matching.match import match

    if explain and (output or as_yaml or order == "tree" or basis != "Warsaw"):
        raise click.UsageError(
            "--explain prints the pieces of one coefficient at one loop in the basis Warsaw; "
            "of the other options it goes with --mu, --scheme and --json"
        )
    if as_yaml and as_json:
        raise click.UsageError("--json and --yaml exclude each other")
    if output and Path(output).suffix not in (".json", ".yaml", ".yml"):
        raise InputError(f"-o {output}: the name must end in .json, .yaml or .yml")
    question = ask_model(card, "match", "its coefficients are there already", order, at)
    order, notes = question.order, question.notes
    point = model_card(question).point()
    if mu is not None and point.mu_M is not None:
        point, mu = replace(point, mu_M=mu), None
    if explain:
        _print_pieces(point, explain, scheme, mu, as_json, notes)
        return
    coefficients = match(point, order, scheme, mu).to_basis(basis)
    if coefficients.logarithm > LARGE:
        notes.append(LARGE_LOGARITHM)
        note(LARGE_LOGARITHM)
    if notes:
        coefficients = replace(coefficients, metadata={**coefficients.metadata, "notes": notes})
    if output is None:
        click.echo(coefficients.to_yaml() if as_yaml else coefficients.to_json(), nl=False)
        return
    to_yaml = as_yaml or (Path(output).suffix != ".json" and not as_json)
    save(output, coefficients.to_yaml() if to_yaml else coefficients.to_json(), force)
    note(f"{len(coefficients.values)} coefficients: {coefficients.metadata['content']}")
    wrote([output])


def _print_pieces(
    point: Point, name: str, scheme: str, scale: float | None, as_json: bool, notes: list[str]
) -> None:
    """Print the contributions to one coefficient, as JSON or as a table."""
    from muoquark.matching.match import explain, scales_of

    parts = explain(point, name, scheme, scale)
    end = scales_of(point).end if scale is None else scale
    if as_json:
        document = {
            "coefficient": name, "unit": "GeV^-2", "scale": end, "pieces": parts, "notes": notes,
        }  # fmt: skip
        click.echo(to_json(document))
        return
    click.echo(f"{name} at {end:g} GeV, in GeV^-2")
    width = max(len(piece) for piece in parts)
    for piece, value in parts.items():
        if value or piece in ("tree", "total"):
            imaginary = f" {value.imag:+.6e} i" if value.imag else ""
            click.echo(f"  {piece:{width}s}  {value.real:+.6e}{imaginary}")
