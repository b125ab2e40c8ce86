"""``muoquark check``: gauge invariance, anomalies, forbidden operators, conditions i) to vi)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from muoquark.cli.inputs import console
from muoquark.cli.progress import wrote

if TYPE_CHECKING:
    from muoquark.model.fields import Model
    from muoquark.model.verdicts import CheckVerdict

__all__ = ["check"]

_TITLES = {
    "invariant": "Terms of the Lagrangian: invariant under all groups?",
    "complete": "Allowed by all groups: in the Lagrangian?",
    "anomaly": "Anomalies: zero?",
    "forbidden": "Operators with one leptoquark that the Standard Model's group allows: forbidden?",
    "condition": "Conditions i) to vi): fulfilled?",
    "card": "Couplings of the card: allowed?",
}


@click.command()
@click.argument("model_or_card", metavar="MODEL_OR_CARD", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a list of verdicts as JSON.")
@click.option("--csv", "csv_path", type=click.Path(), help="Write the verdicts to a CSV file.")
@click.option("--force", is_flag=True, help="Replace an existing CSV file.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a verdict is not the expected one.")
@click.option(
    "--schema",
    is_flag=True,
    help="Print the JSON Schema of cards, for editors; with MODEL_OR_CARD that of its model.",
)
def check(
    model_or_card: str | None,
    as_json: bool,
    csv_path: str | None,
    force: bool,
    strict: bool,
    schema: bool,
) -> None:
    """Check a model: every term gauge invariant, no anomalies, what the symmetry forbids.

    MODEL_OR_CARD is a built-in model (B-3Lmu), a card, or a YAML file with fields, charges and
    terms (docs/models.md).
    """
    from muoquark.common.errors import InputError
    from muoquark.common.output import save, to_json
    from muoquark.model.verdicts import check as check_model

    if schema:
        from muoquark.model.schema import card_schema

        click.echo(to_json(card_schema(_load(model_or_card)[0] if model_or_card else None)))
        return
    if model_or_card is None:
        raise InputError("which model or card? 'muoquark check B-3Lmu' checks a built-in one")
    model, more = _load(model_or_card)
    verdicts = (*check_model(model), *more)
    if csv_path:
        save(csv_path, _csv(verdicts), force)
        wrote([csv_path])
    if as_json:
        click.echo(to_json([verdict.record() for verdict in verdicts]))
    else:
        _print(model, verdicts)
    if strict and any(verdict.verdict != verdict.expected for verdict in verdicts):
        raise click.exceptions.Exit(1)


def _load(argument: str) -> tuple[Model, tuple[CheckVerdict, ...]]:
    """Return the model of a name, card or content file, and verdicts on the card's couplings."""
    from pathlib import Path

    from muoquark.common.document import read_document, read_text
    from muoquark.common.errors import Fault, InputError
    from muoquark.model.card_file import builtin_cards, parse_card
    from muoquark.model.fields import BUILT_IN, built_in_model
    from muoquark.model.model_file import parse_model
    from muoquark.model.verdicts import check_couplings
    from muoquark.smeft.wcxf import looks_like_wcxf

    if argument in BUILT_IN:
        return built_in_model(argument), ()
    cards = builtin_cards()
    if argument in cards and not Path(argument).is_file():
        text, source = cards[argument], f"<built-in {argument}>"
    elif argument == "-" or Path(argument).exists():
        text, source = read_text(argument)
    else:
        names = ", ".join([*BUILT_IN, *cards])
        raise InputError(Fault(f"no such file, model or card ({names})", argument))
    document = read_document(text, source)
    root = document.root
    if _looks_like_model(set(root.entries or ())):
        return parse_model(text, source), ()
    if looks_like_wcxf(document):
        raise InputError(
            Fault("this is a WCxf file, 'muoquark check' needs a model, a field content or a card: "
                  "Wilson coefficients have no gauge symmetry to check", source)
        )  # fmt: skip
    card = parse_card(text, source, forbidden=True)
    return card.model, check_couplings(card.model, card)


def _looks_like_model(keys: set[str]) -> bool:
    """Whether a file is a model, one that lacks its fields included, and no card."""
    alone = {"terms", "names", "name"} & keys and not {"model", "masses", "couplings"} & keys
    return "fields" in keys or bool(alone)


def _csv(verdicts: tuple[CheckVerdict, ...]) -> str:
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["check", "subject", "verdict", "expected", "reason"])
    writer.writerows(verdict.record().values() for verdict in verdicts)
    return stream.getvalue()


def _print(model: Model, verdicts: tuple[CheckVerdict, ...]) -> None:
    from rich.table import Table

    terminal = console()
    fields = Table(title=f"{model.name}: fields", title_justify="left", title_style="bold")
    for column in ("field", "spin", "SU(3)", "SU(2)", "U(1)_Y", "U(1)_X"):
        fields.add_column(column)
    for field in model.fields:
        charges = field.X[:1] if len(set(field.X)) == 1 else field.X
        row = (field.spin, field.colour, str(field.isospin), str(field.Y))
        fields.add_row(field.name, *row, ", ".join(map(str, charges)))
    terminal.print(fields)
    for kind, title in _TITLES.items():
        chosen = [verdict for verdict in verdicts if verdict.check == kind]
        if not chosen:
            continue
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column(kind)
        table.add_column("verdict")
        table.add_column("reason")
        for verdict in chosen:
            word = "yes" if verdict.verdict else "no" if verdict.decided else "undecided"
            flag = "" if verdict.verdict == verdict.expected else "  <- not as required"
            table.add_row(verdict.subject, word + flag, verdict.reason)
        terminal.print(table)
    wrong = sum(verdict.verdict != verdict.expected for verdict in verdicts)
    terminal.print(
        f"{len(verdicts)} verdicts, "
        + (f"{wrong} not" if wrong else "all")
        + " as a muoquark model requires"
    )
