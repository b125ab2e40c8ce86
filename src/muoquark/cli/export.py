"""``muoquark export``: results and predictions in the formats of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import FORCE, JSON
from muoquark.cli.progress import note, wrote

if TYPE_CHECKING:
    from muoquark.model.card import Card
    from muoquark.model.coefficient_card import CoefficientCard
    from muoquark.report.tables import Table

FORMATS = ("popxf", "hepdata", "csv", "latex")


@click.command()
@click.argument("source", metavar="[RESULT_OR_CARD]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    required=True,
    help="POPxf of predictions; HEPData, CSV or LaTeX of a result.",
)
@click.option(
    "--out",
    type=click.Path(),
    help="File (popxf) or folder; default for popxf, csv and latex: standard output.",
)
@click.option("--table", metavar="PATTERN", help="Only tables whose name fits.")
@click.option("--obs", metavar="PATTERNS", help="popxf: flavio names or patterns, ';' between.")
@click.option(
    "--coefficients",
    metavar="PATTERNS",
    help="popxf: WCxf names or patterns, ';' between; default: the card's.",
)
@click.option(
    "--mu",
    type=float,
    help="popxf: scale of the coefficients in GeV; default: the card's, or 3000.",
)
@data_options
@FORCE
@JSON
def command(
    source: str | None,
    form: str,
    out: str | None,
    table: str | None,
    obs: str | None,
    coefficients: str | None,
    mu: float | None,
    chosen: DataChoice,
    force: bool,
    as_json: bool,
) -> None:
    """Write a result as tables, or predictions as polynomials of Wilson coefficients.

    hepdata, csv, latex: RESULT is a JSON file that a verb wrote, or samples in NetCDF.
    popxf: predictions as functions of Warsaw coefficients at one scale, for --obs and
    --coefficients, or for the coefficients that a CARD generates.  --json prints what was written.
    """
    import json

    from muoquark.common.errors import InputError
    from muoquark.common.output import to_json

    if form == "popxf":
        document, notes = _popxf(source, obs, coefficients, mu, chosen)
        for sentence in notes:
            note(sentence)
        text = json.dumps(document, allow_nan=False) + "\n"
        written = _write({"": text}, out, force, file=True)
    else:
        if source is None:
            raise InputError(f"--format {form} needs RESULT, a file that a verb wrote")
        for name, value in (("--obs", obs), ("--coefficients", coefficients), ("--mu", mu)):
            if value is not None:
                raise InputError(f"{name} is for --format popxf; --table chooses tables")
        listed, files = _tables(source, table, form)
        if out is None and form == "hepdata":
            raise InputError("--format hepdata needs --out, the folder of the submission")
        written = _write(files, out, force)
        document = {"tables": [t.name for t in listed]}
    if written:
        wrote(written)
    if as_json and out is not None:
        summary = {"format": form, "files": written}
        click.echo(to_json({**summary, **(document if form != "popxf" else {})}))


def _write(files: dict[str, str], out: str | None, force: bool, file: bool = False) -> list[str]:
    """Write all files or none; without `out` print them."""
    from muoquark.common.output import output_folder, save

    if out is None:
        click.echo("\n".join(text for text in files.values()), nl=False)
        return []
    if file:
        save(out, files[""], force)
        return [out]
    folder = output_folder(out, files, force)
    for name, text in files.items():
        save(folder / name, text, True)
    return [str(folder / name) for name in files]


def _tables(source: str, pattern: str | None, form: str) -> tuple[list[Table], dict[str, str]]:
    import fnmatch

    from muoquark.common.errors import Fault, InputError, suggest
    from muoquark.common.netcdf import is_netcdf
    from muoquark.report.export_tables import csv_text, hepdata_files, latex_text
    from muoquark.report.result import read_result
    from muoquark.report.samples import sample_tables
    from muoquark.report.tables import slug, tables_of

    if is_netcdf(source):
        inputs, found = sample_tables(source)
    else:
        document = read_result(source)
        inputs = document.get("inputs", {}) if isinstance(document, dict) else {}
        try:
            found = tables_of(document)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, AssertionError):
            raise InputError(
                Fault("its entries do not have the form in which verbs write them", source)
            ) from None
    chosen = [t for t in found if pattern is None or fnmatch.fnmatch(t.name, pattern)]
    if not chosen:
        names = [t.name for t in found]
        raise InputError(
            f"no table fits '{pattern}': {suggest(str(pattern), names)}"
            if names
            else f"{source}: nothing in it is a table"
        )
    if form == "hepdata":
        versions = ", ".join(f"{k} {v}" for k, v in (inputs.get("versions") or {}).items())
        comment = (
            f"Made by muoquark, verb {inputs.get('verb', 'unknown')}; versions: "
            f"{versions or 'not recorded'}; "
            f"hash of the inputs: {inputs.get('hash', 'not recorded')}."
        )
        name = Path(source).name
        resources = {} if is_netcdf(source) else {name: "the result with everything it was made of"}
        files = hepdata_files(chosen, comment, resources)
        if resources:
            files[name] = Path(source).read_text(encoding="utf-8")
        return chosen, files
    if form == "csv":
        return chosen, {f"{slug(t.name)}.csv": csv_text(t) for t in chosen}
    card = _card(inputs)
    return chosen, {f"{slug(t.name)}.tex": latex_text(t, card) for t in chosen}


def _card(inputs: dict[str, Any]) -> Card | CoefficientCard | None:
    """Return the card of a result, None if it has none that can be read."""
    from muoquark.common.errors import InputError
    from muoquark.inference.source import parse
    from muoquark.model.card import Card
    from muoquark.model.coefficient_card import CoefficientCard

    text = inputs.get("card")
    try:
        found = parse(text) if isinstance(text, str) else None
        return found if isinstance(found, Card | CoefficientCard) else None
    except InputError:  # of a version that took other cards: names stand for themselves
        return None


def _popxf(
    source: str | None,
    obs: str | None,
    coefficients: str | None,
    mu: float | None,
    chosen: DataChoice,
) -> tuple[dict[str, Any], list[str]]:
    from muoquark.cli.inputs import ask
    from muoquark.common.errors import InputError
    from muoquark.common.provenance import provenance
    from muoquark.inference.source import coefficients_of
    from muoquark.matching.orders import HIGHEST
    from muoquark.report.export_popxf import choose_components, choose_observables, popxf
    from muoquark.smeft.wcxf import WilsonCoefficients

    likelihood = chosen.likelihood()
    if coefficients is None:
        if source is None:
            raise InputError("--format popxf needs --coefficients, or a card that generates them")
        content = ask(source, HIGHEST).content
        point = coefficients_of(content, HIGHEST)
        if not isinstance(point, WilsonCoefficients):
            raise InputError("POPxf is written for coefficients of the SMEFT, these are of the WET")
        point = point.to_basis("Warsaw")
        mu = point.scale if mu is None else mu
        listed = {c.rpartition(":")[0] for c in likelihood.evolution.inputs}
        coefficients = ";".join(sorted(n for n, v in point.values.items() if v and n in listed))
    elif source is not None:
        raise InputError("give a card or --coefficients, not both")
    mu = 3000.0 if mu is None else mu
    positions = choose_observables(likelihood, obs)
    components, left_out = choose_components(likelihood, mu, coefficients)
    arguments = {"form": "popxf", "obs": obs, "coefficients": coefficients, "mu": mu}
    inputs = provenance("export", arguments, None, likelihood.identity())
    document = popxf(likelihood, mu, positions, components, inputs, left_out)
    reasons = dict.fromkeys(left_out.values())
    return document, [
        f"left out: {', '.join(n for n, w in left_out.items() if w == why)}: {why}"
        for why in reasons
    ]
