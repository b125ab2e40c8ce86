"""What verbs take: a card or a WCxf file, and the options that several of them share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from muoquark.cli.progress import finished_units
from muoquark.common.document import read_document, read_text
from muoquark.common.errors import Fault, InputError
from muoquark.matching.match import left_out, match
from muoquark.matching.orders import HIGHEST, ORDERS, orders_of
from muoquark.model.card import Card
from muoquark.model.card_file import builtin_card, builtin_cards, parse_card, read_card
from muoquark.smeft.wcxf import WilsonCoefficients, looks_like_wcxf, parse_wcxf

__all__ = [
    "CHAIN",
    "DATA",
    "FORCE",
    "FREE",
    "JSON",
    "MEASUREMENTS",
    "ORDER",
    "SEEDS",
    "console",
    "input_argument",
    "load",
    "load_card",
    "matched",
    "note_resume",
    "recorded_order",
    "remarked",
    "told",
]

# Of tables in a pipe or a file, in characters.
WIDE = 160
# numpy wants no negative seed, JAX none beyond 32 bits.
SEEDS = click.IntRange(0, 2**32 - 1)
# Why verbs that vary something take no WCxf file.
FREE = "Wilson coefficients have no free parameters"
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FORCE = click.option("--force", is_flag=True, help="Replace an output file that is there already.")
ORDER = click.option(
    "--order",
    type=click.Choice((*ORDERS, HIGHEST)),
    default=HIGHEST,
    show_default=True,
    help="Order of the matching of all fields of a card; highest: for each what it has.",
)
CHAIN = click.option(
    "--chain",
    type=click.Choice(("full", "smelli")),
    default="full",
    show_default=True,
    help="Integrated running and one-loop matching at the weak scale, or smelli's own "
    "leading logarithms and tree level.",
)


DATA = click.option(
    "--data",
    multiple=True,
    default=("2026-06",),
    show_default=True,
    metavar="NAME",
    help="A part of the data; again for another one.  A snapshot that 'muoquark data' lists "
    "(2021-07, or 2021-07.0 for one revision), a file of one, 'highpt' (Drell-Yan tails), a POPxf "
    "file (.json), or a Python file that makes a part (.py); options in the name, "
    "highpt:pdf=NNPDF40 or mine.py:luminosity=300.",
)
MEASUREMENTS = click.option(
    "--measurements",
    type=click.Path(),
    metavar="FILE",
    help="Measurements to add or to replace, in flavio's YAML grammar.",
)


def console() -> Any:
    """Return the console for tables: wide where no terminal cuts numbers off, as in a pipe."""
    import os
    import sys

    from rich.console import Console

    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console() if narrow else Console(width=WIDE)


def note_resume(partial: str | Path, resume: bool) -> None:
    """Say so if there is nothing to resume: a mistyped --out would begin a long run anew."""
    if resume and not finished_units(partial):
        click.echo(f"muoquark: note: nothing to resume in {partial}, beginning anew", err=True)


def input_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument CARD_OR_WCXF to a verb."""
    return click.argument("source", metavar="CARD_OR_WCXF")(command)


def load(source: str) -> Card | WilsonCoefficients:
    """Read a card (a file, ``-`` or a built-in name) or a WCxf file, told apart by content.

    Coefficients with which nothing can be calculated are faults of the WCxf file.
    """
    if source in builtin_cards() and not Path(source).exists():
        return read_card(source)
    if source != "-" and not Path(source).exists():
        return read_card(source)  # says which names there are
    text, name = read_text(source)
    document = read_document(text, name)
    if looks_like_wcxf(document):
        return parse_wcxf(document, conserving=True)
    return parse_card(text, name)


def load_card(source: str | None, verb: str, why: str) -> Card:
    """Read a card for a verb that takes nothing else, by default the paper's plane.

    `why` ends the refusal of a WCxf file.
    """
    if source is None:
        return builtin_card("plane")
    known = source in builtin_cards() and not Path(source).exists()
    if known or (source != "-" and not Path(source).exists()):
        return read_card(source)
    text, name = read_text(source)
    if looks_like_wcxf(read_document(text, name)):
        raise InputError(Fault(f"this is a WCxf file, 'muoquark {verb}' needs a card: {why}", name))
    return parse_card(text, name)


def told(content: Card | WilsonCoefficients, order: str = HIGHEST) -> list[str]:
    """Return the notes on what was read, after printing each on standard error.

    Couplings that the card's symmetry forbids, entries that do not enter Wilson coefficients,
    leptoquarks that are not matched at their mass, and what was dropped from a WCxf file.
    """
    notes = (
        list(content.notes)
        if isinstance(content, WilsonCoefficients)
        else card_notes(content, order)
    )
    for sentence in notes:
        click.echo(f"muoquark: note: {sentence}", err=True)
    return notes


def card_notes(card: Card, order: str = HIGHEST) -> list[str]:
    """Return what is to be said of a card wherever its coefficients are calculated."""
    from muoquark.matching.parametric import scales_of_card

    orders = orders_of(card.model, order)
    notes = list(orders.missing)
    if order == HIGHEST and orders.name != "loop":
        notes.insert(0, f"order of the matching: {orders}")
    return [*card.notes, *notes, *left_out(card, order), *scales_of_card(card).notes]


def remarked(likelihood: Any, coefficients: WilsonCoefficients) -> list[str]:
    """Return what the parts of a likelihood say about a point, after printing it."""
    remarks = list(likelihood.remarks([m.field for m in coefficients.mediators if m.tree]))
    for sentence in remarks:
        click.echo(f"muoquark: note: {sentence}", err=True)
    return remarks


def recorded_order(content: Card | WilsonCoefficients, order: str) -> str:
    """Return the order that a record states: what `order` is for the fields of a card."""
    return orders_of(content.model, order).name if isinstance(content, Card) else order


def matched(content: Card | WilsonCoefficients, order: str) -> WilsonCoefficients:
    """Return the coefficients of what :func:`load` read."""
    return match(content.point(), order) if isinstance(content, Card) else content
