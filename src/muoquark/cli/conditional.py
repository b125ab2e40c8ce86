"""What of Delta chi2 hangs on groups through correlations, as fit and goodness print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muoquark.cli.inputs import console

if TYPE_CHECKING:
    from muoquark.inference.conditional import Conditional

__all__ = ["print_conditional"]

# A group that changes chi2 by less, alone and through correlations, is not shown.
SHOWN = 0.1


def print_conditional(found: Conditional) -> None:
    """Print what of Delta chi2 hangs on groups through correlations."""
    from rich.table import Table

    table = Table(title="Delta chi2 to the SM by group")
    for title in ("group", "alone", "with correlations", "all without it"):
        table.add_column(title, justify="left" if title == "group" else "right")
    for name, one in found.groups.items():
        values = (one.alone, one.with_correlations, one.without)
        if max(abs(one.alone), abs(one.with_correlations)) >= SHOWN:
            table.add_row(name, *(f"{x:z.1f}" for x in values))
    terminal = console()
    if table.row_count:
        terminal.print(table)
    if found.sentence():
        terminal.print(f"note: {found.sentence()}")
