"""What a likelihood can be asked about: cards of models, cards of coefficients, WCxf files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import Document, read_document, read_text
from muoquark.common.errors import InputError
from muoquark.matching.match import match
from muoquark.matching.orders import HIGHEST, orders_of
from muoquark.model.card import Card
from muoquark.model.card_file import builtin_cards, parse_card, read_card
from muoquark.model.coefficient_card import (
    CoefficientCard,
    is_coefficient_card,
    parse_coefficient_card,
)
from muoquark.model.point import Point
from muoquark.running.low_input import low_problem
from muoquark.smeft.wcxf import WilsonCoefficients, looks_like_wcxf, parse_wcxf
from muoquark.smeft.wet import LowCoefficients, is_low, parse_low

__all__ = [
    "Coefficients",
    "Source",
    "as_varied",
    "coefficients_of",
    "order_of",
    "parse",
    "read",
    "varied_text",
]

Coefficients = WilsonCoefficients | LowCoefficients
#: What :func:`read` returns.
Source = Card | CoefficientCard | WilsonCoefficients | LowCoefficients


def read(
    source: Source | Point | str | Path | Mapping[str, Any], leave_out: tuple[str, ...] = ()
) -> Source:
    """Read a card of a model, a card of coefficients or a WCxf file, told apart by content.

    Parameters
    ----------
    source
        The path of a file, ``-`` for standard input, the name of a built-in card, or the content
        as plain Python values.  What is read already, and a point, pass.
    leave_out
        Coefficients of a WCxf file, or families of them, that are left out with a note: those
        that the tables do not have, such as ``llphiphi``.

    Returns
    -------
    Card, CoefficientCard, WilsonCoefficients or LowCoefficients

    Raises
    ------
    InputError
        With every fault of a file, each with its line and what is allowed.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.read("paper").point().masses["S1"]
    3000.0
    >>> muoquark.read({"eft": "WET", "basis": "flavio", "scale": 4.8,
    ...                "values": {"C9_bsmumu": -1.0}})["C9_bsmumu"]
    (-1+0j)
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, Point):
        return Card.of(source)
    if isinstance(source, Mapping):
        import yaml

        try:
            text = yaml.safe_dump(_plain(source), sort_keys=False)
        except yaml.YAMLError:
            raise InputError(
                "a card in Python is made of dicts, lists, texts and numbers"
            ) from None
        return parse(text, "<card>", leave_out)
    if not isinstance(source, str | Path):
        raise InputError(
            f"expected a card, coefficients, a point, a path or a dict, found {source!r:.60}"
        )
    if str(source) != "-" and not Path(source).exists():
        return read_card(source)  # a built-in one, or it says which there are
    if str(source) in builtin_cards() and not Path(source).is_file():
        return read_card(source)
    return parse(*read_text(source), leave_out)


def _plain(value: Any) -> Any:
    """Return a value with plain dicts, lists and numbers in the place of what is like them.

    Ordered mappings, which ``yaml.safe_load`` returns once some packages were imported, and numbers
    and arrays of numpy.
    """
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return value


def parse(text: str, name: str = "<card>", leave_out: tuple[str, ...] = ()) -> Source:
    """Validate the text of what :func:`read` reads."""
    document = read_document(text, name)
    if is_coefficient_card(document):
        return parse_coefficient_card(document, low_problem)
    if looks_like_wcxf(document):
        if is_low(document):
            return _judged(parse_low(document), document)
        return parse_wcxf(document, conserving=True, leave_out=leave_out)
    return parse_card(text, name)


def _judged(found: LowCoefficients, document: Document) -> LowCoefficients:
    """Return low-energy coefficients if observables ask for them."""
    nodes = (document.root.entries or {})["values"].entries or {}
    for name in found.values:
        problem = low_problem(found.eft, found.scale, name)
        if problem is not None:
            nodes[name].fault(problem)
    document.finish()
    return found


def coefficients_of(source: Source | Point, order: str = HIGHEST) -> Coefficients:
    """Return the coefficients of what was read; free parameters are at their start.

    Parameters
    ----------
    order
        Of the matching, for cards of models.
    """
    if isinstance(source, WilsonCoefficients | LowCoefficients):
        return source
    if isinstance(source, CoefficientCard):
        return source.point()
    return match(source.point() if isinstance(source, Card) else source, order)


def order_of(source: Source, order: str) -> str:
    """Return the order that a record states: what `order` is for the fields of a card."""
    if not isinstance(source, Card):
        return order
    return orders_of(source.model, order, source.neutral).name


def as_varied(source: Any) -> Card | CoefficientCard:
    """Return what may have free parameters: a card; coefficients as a card without any.

    `source` is what :func:`read` takes.
    """
    return _card(read(source))


def varied_text(text: str) -> Card | CoefficientCard:
    """Return the card that a text is, as a record holds it."""
    return _card(parse(text))


def _card(found: Source) -> Card | CoefficientCard:
    if isinstance(found, WilsonCoefficients | LowCoefficients):
        return CoefficientCard(found.eft, found.basis, found.scale, dict(found.values))
    return found
