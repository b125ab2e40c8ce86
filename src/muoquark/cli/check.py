"""``muoquark check``: gauge invariance, anomalies, forbidden operators, conditions i) to vi)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muoquark.model.fields import Model
    from muoquark.model.verdicts import CheckVerdict

__all__ = ["check"]

_TITLES = {
    "invariant": "Terms of the Lagrangian: invariant under all groups?",
    "anomaly": "Anomalies: zero?",
    "forbidden": "Operators with one leptoquark that the Standard Model's group allows: forbidden?",
    "condition": "Conditions i) to vi): fulfilled?",
    "card": "Couplings of the card: allowed?",
}


@click.command()
@click.argument("model_or_card", metavar="MODEL_OR_CARD")
@click.option("--json", "as_json", is_flag=True, help="Print a list of verdicts as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a verdict is not the expected one.")
def check(model_or_card: str, as_json: bool, strict: bool) -> None:
    """Check a model: every term gauge invariant, no anomalies, what the symmetry forbids.

    MODEL_OR_CARD is a built-in model (B-3Lmu), a card, or a YAML file with a field content
    (docs/symmetry.md).
    """
    from muoquark.model.verdicts import check as check_model

    model, more = _load(model_or_card)
    verdicts = (*check_model(model), *more)
    if as_json:
        click.echo(json.dumps([verdict.record() for verdict in verdicts], indent=2))
    else:
        _print(model.name, verdicts)
    if strict and any(verdict.verdict != verdict.expected for verdict in verdicts):
        raise click.exceptions.Exit(1)


def _load(argument: str) -> tuple[Model, tuple[CheckVerdict, ...]]:
    """Return the model of a name, card or content file, and verdicts on the card's couplings."""
    from pathlib import Path

    from muoquark.common.document import read_document, read_text
    from muoquark.common.errors import Fault, InputError
    from muoquark.model.card import builtin_cards, parse_card
    from muoquark.model.fields import MODELS, Model, built_in_model
    from muoquark.model.verdicts import check_couplings
    from muoquark.symmetry.content_file import parse_content

    if argument in MODELS:
        return built_in_model(argument), ()
    cards = builtin_cards()
    if argument in cards and not Path(argument).exists():
        text, source = cards[argument], f"<built-in {argument}>"
    elif argument == "-" or Path(argument).exists():
        text, source = read_text(argument)
    else:
        names = ", ".join([*MODELS, *cards])
        raise InputError(Fault(f"no such file, model or card ({names})", argument))
    root = read_document(text, source).root
    if root.entries is not None and "fields" in root.entries:
        content = parse_content(text, source)
        return Model(content.name, content.fields), ()
    point = parse_card(text, source).point()
    model = built_in_model(point.model)
    return model, check_couplings(model, point)


def _print(name: str, verdicts: tuple[CheckVerdict, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{name}[/bold]")
    for kind, title in _TITLES.items():
        chosen = [verdict for verdict in verdicts if verdict.check == kind]
        if not chosen:
            continue
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column(kind)
        table.add_column("verdict")
        table.add_column("reason")
        for verdict in chosen:
            word = "yes" if verdict.verdict else "no"
            flag = "" if verdict.verdict == verdict.expected else "  <- not as required"
            table.add_row(verdict.subject, word + flag, verdict.reason)
        console.print(table)
    wrong = sum(verdict.verdict != verdict.expected for verdict in verdicts)
    console.print(
        f"{len(verdicts)} verdicts, "
        + ("all as a muoquark model requires" if not wrong else f"{wrong} not as required")
    )
