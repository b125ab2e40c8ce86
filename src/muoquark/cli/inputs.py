"""What verbs take: a card or a WCxf file, and the options that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, given_by_user
from muoquark.cli.progress import detail, finished_units, note
from muoquark.common.errors import Fault, InputError
from muoquark.inference.source import Coefficients, Source, as_varied
from muoquark.matching.match import left_out
from muoquark.matching.orders import HIGHEST, ORDERS, orders_of
from muoquark.model.card import Card
from muoquark.model.card_file import builtin_card
from muoquark.model.coefficient_card import CoefficientCard
from muoquark.report.placed import placed
from muoquark.smeft.wcxf import WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

__all__ = [
    "AT",
    "FORCE",
    "JSON",
    "LEAVE_OUT",
    "ORDER",
    "SEEDS",
    "Asked",
    "ask",
    "ask_model",
    "ask_varied",
    "card_notes",
    "console",
    "input_argument",
    "model_card",
    "note_resume",
    "notes_of",
    "remarked",
]

# Of tables in a pipe or a file, in characters.
WIDE = 160
# numpy wants no negative seed, JAX none beyond 32 bits.
SEEDS = click.IntRange(0, 2**32 - 1)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FORCE = click.option("--force", is_flag=True, help="Replace an output file that is there already.")
ORDER = click.option(
    "--order",
    type=click.Choice((*ORDERS, HIGHEST)),
    default=HIGHEST,
    show_default=True,
    help="Order of the matching of all fields of a card; highest: for each what it has.",
)
AT = click.option(
    "--at",
    metavar="WHERE",
    help="Which point of a result or card: best, draw:17 (samples), point:3 (scans), start, SM, or "
    "name=value,...; default: the best one of a result.",
)
LEAVE_OUT = click.option(
    "--leave-out",
    multiple=True,
    metavar="NAME",
    help="Leave a coefficient, or a family, of a WCxf file out that violates baryon or lepton "
    "number, with a note; again for another one.",
)


def console() -> Any:
    """Return the console for tables: wide where no terminal cuts numbers off, as in a pipe."""
    import os
    import sys

    from rich.console import Console

    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console() if narrow else Console(width=WIDE)


def input_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument CARD_OR_WCXF_OR_RESULT to a verb."""
    return click.argument("source", metavar="CARD_OR_WCXF_OR_RESULT", shell_complete=cards)(command)


def note_resume(partial: str | Path, resume: bool) -> None:
    """Say so if there is nothing to resume: a mistyped --out would begin a long run anew."""
    if resume and not finished_units(partial):
        note(f"nothing to resume in {partial}, beginning anew")


@dataclass(frozen=True)
class Asked:
    """What a verb is asked about.

    Attributes
    ----------
    content
        A card or coefficients.
    chosen
        The data: those of the options, or of a result that was given.
    order
        Of the matching, likewise.
    notes
        What there is to say of it; printed already.
    family
        The card with free parameters that a result was made with, if there is one.
    best
        Whether the point is the best fit of that card.
    values
        Of the free parameters of that card, at the point.
    """

    content: Source
    chosen: DataChoice
    order: str
    notes: list[str]
    family: Card | CoefficientCard | None = None
    best: bool = False
    values: Mapping[str, float] | None = None

    @property
    def card(self) -> Card | CoefficientCard:
        """The card of :func:`ask_varied`."""
        assert isinstance(self.content, Card | CoefficientCard)
        return self.content


def ask(
    source: str,
    order: str = HIGHEST,
    chosen: DataChoice | None = None,
    at: str | None = None,
    leave_out: tuple[str, ...] = (),
    matched: bool = True,
) -> Asked:
    """Read a card, a WCxf file or a point of a result, and print what there is to say of it.

    Of a result, data and order are those that it was made with, unless the command line says
    something else.  `matched`: whether coefficients will be calculated, so that what these lack is
    to be said.
    """
    found = placed(source, at, leave_out)
    order, choice = _settled(found.inputs, order, chosen)
    where = [f"at {found.words}"] if found.words else []
    notes = _said(found.content if matched else None, order, where)
    best = found.inputs is not None and at in (None, "best")
    return Asked(found.content, choice, order, notes, found.family, best, found.values)


def _settled(
    record: Mapping[str, Any] | None, order: str, chosen: DataChoice | None
) -> tuple[str, DataChoice]:
    """Return order and data: of a result (its `record`) where the command line names none."""
    if record is None:
        return order, chosen or DataChoice(())
    if record.get("order") in (*ORDERS, HIGHEST) and not given_by_user("order"):
        order = record["order"]
    if chosen is None:
        return order, DataChoice(())
    if isinstance(record.get("data"), dict):
        chosen = chosen.after(record["data"])
        detail(f"data {chosen.title}, order {order}")
    return order, chosen


def _said(content: Source | None, order: str, notes: Sequence[str] = ()) -> list[str]:
    """Print and return what there is to say of what was read, if anything, after some notes."""
    found = [*notes, *([] if content is None else notes_of(content, order))]
    for sentence in found:
        note(sentence)
    return found


def ask_varied(source: str | None, order: str, chosen: DataChoice, default: str = "plane") -> Asked:
    """Read a card whose parameters are varied; of a result, the card that it was made with.

    Without a source it is the paper's plane.
    """
    if source is None:
        content: Card | CoefficientCard = builtin_card(default)
        return Asked(content, chosen, order, _said(content, order), content)
    found = placed(source)
    content = as_varied(found.family or found.content)
    if isinstance(found.content, WilsonCoefficients | LowCoefficients) and not content.free:
        raise InputError(
            Fault("a WCxf file has no free parameters; a card of coefficients may have some: "
                  "coefficients: {lq1_2223: {free: [min, max]}} in the place of values", source)
        )  # fmt: skip
    if not content.free:
        raise InputError(
            Fault("the card has no free parameter, one or more are needed: {free: [min, max]} in "
                  "the place of a number", source)
        )  # fmt: skip
    order, chosen = _settled(found.inputs, order, chosen)
    return Asked(content, chosen, order, _said(content, order), content)


def ask_model(
    source: str, verb: str, why: str, order: str | None = None, at: str | None = None
) -> Asked:
    """Read a card of a model, or a point of a result of one, for a verb that needs the model.

    `why` ends the refusal of coefficients; without an `order` none are calculated.
    """
    found = ask(source, order or HIGHEST, None, at, matched=order is not None)
    if not isinstance(found.content, Card):
        what = "a WCxf file"
        if isinstance(found.family, Card):
            what = "the SM"
        elif isinstance(found.content, CoefficientCard) or found.family is not None:
            what = "a card of Wilson coefficients"
        raise InputError(Fault(f"this is {what}, 'muoquark {verb}' needs a card: {why}", source))
    return found


def model_card(question: Asked) -> Card:
    """Return the card of a question of :func:`ask_model`."""
    assert isinstance(question.content, Card)
    return question.content


def notes_of(content: Source, order: str = HIGHEST) -> list[str]:
    """Return the notes on what was read.

    Couplings that the card's symmetry forbids, entries that do not enter Wilson coefficients,
    leptoquarks that are not matched at their mass, and what was dropped from a WCxf file.
    """
    if isinstance(content, Card):
        return card_notes(content, order)
    if content.eft != "SMEFT":
        return [
            *content.notes,
            f"coefficients of the {content.eft} at {content.scale:g} GeV: what observables ask for "
            "in other sectors, at the weak scale and above stays that of the SM",
        ]
    return list(content.notes)


def card_notes(card: Card, order: str = HIGHEST) -> list[str]:
    """Return what is to be said of a card wherever its coefficients are calculated."""
    from muoquark.matching.parametric import scales_of_card

    orders = orders_of(card.model, order, card.neutral)
    notes = list(orders.missing)
    if order == HIGHEST and orders.name != "loop":
        notes.insert(0, f"order of the matching: {orders}")
    return [*card.notes, *notes, *left_out(card, order), *scales_of_card(card).notes]


def remarked(likelihood: Any, content: Source | Coefficients) -> list[str]:
    """Return what the parts of a likelihood say about a point or a card, after printing it."""
    if isinstance(content, Card):
        from muoquark.matching.parametric import couples_of_card

        fields = sorted(couples_of_card(content).fields)
    else:
        fields = [m.field for m in getattr(content, "mediators", ()) if m.tree]
    remarks = list(likelihood.remarks(fields))
    for sentence in remarks:
        note(sentence)
    return remarks
