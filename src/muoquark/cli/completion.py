"""What a shell completes: cards, snapshots, observables; see docs/cli.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["cards", "observables", "snapshots"]


def cards(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """Return the built-in cards that begin so, and then files."""
    from muoquark.model.card_file import builtin_cards

    return [*_begin(builtin_cards(), begun), CompletionItem(begun, type="file")]


def snapshots(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """Return the snapshots that begin so, and then files."""
    from muoquark.likelihood.snapshots import shipped

    return [*_begin(shipped(), begun), CompletionItem(begun, type="file")]


def observables(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """Return the short names and flavio's names of observables that begin so."""
    from muoquark.likelihood.names import SHORT

    path = resources.files("muoquark.likelihood") / "data" / "labels.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    return _begin([*SHORT, *known], begun)


def _begin(names: Iterable[str], begun: str) -> list[Any]:
    return [CompletionItem(name) for name in names if name.startswith(begun)]
