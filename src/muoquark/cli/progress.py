"""What a verb says beside its result: what it is doing and for how long, and what it wrote."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

__all__ = [
    "NORMAL",
    "QUIET",
    "VERBOSE",
    "Working",
    "detail",
    "finished_units",
    "interrupted",
    "loudness",
    "note",
    "working",
    "wrote",
]

QUIET, NORMAL, VERBOSE = -1, 0, 1
# Where click keeps how much is said.
LOUDNESS = "muoquark.loudness"


def loudness() -> int:
    """Return how much is said beside the result: QUIET (-q), NORMAL or VERBOSE (-v)."""
    context = click.get_current_context(silent=True)
    return NORMAL if context is None else int(context.meta.get(LOUDNESS, NORMAL))


def note(text: str) -> None:
    """Say on standard error what is to be known of the result; not with -q."""
    if loudness() > QUIET:
        click.echo(f"muoquark: note: {text}", err=True)


def detail(text: str) -> None:
    """Say on standard error what only -v wants to know."""
    if loudness() >= VERBOSE:
        click.echo(f"muoquark: {text}", err=True)


class Working:
    """The line of a verb at work; `update` changes its text."""

    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def update(self, text: str) -> None:
        """Say what is being done now."""
        self._progress.update(self._task, description=text)
        detail(text)

    def pieces(self, done: int, total: int) -> None:
        """Say how many pieces of work are done; the bar shows the time that remains."""
        if done:
            self._progress.update(
                self._task,
                description=f"{done} of {total} pieces done",
                completed=done,
                total=total,
            )


@contextmanager
def working(text: str) -> Iterator[Working]:
    """Show on standard error, if that is a terminal, what is being done and since when."""
    from rich.console import Console
    from rich.progress import (
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Remaining(TimeRemainingColumn):
        """The time that remains, where it can be known."""

        def render(self, task: Any) -> Any:
            return Text("") if task.total is None else Text("remaining ") + super().render(task)

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        Remaining(),
    )
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal or loudness() == QUIET,
    ) as progress:
        begun = time.monotonic()
        yield Working(progress, progress.add_task(text, total=None))
    detail(f"{time.monotonic() - begun:.1f} s")


def finished_units(partial: str | Path) -> bool:
    """Tell whether the folder of an unfinished run holds work that --resume would take up."""
    return any(Path(partial).rglob("unit-*"))


def interrupted(partial: str | Path) -> None:
    """Say after an interrupt what there is to resume, as --resume will find it."""
    if finished_units(partial):
        text = f"finished work is in {partial}: the same command with --resume goes on from there"
    else:
        text = "nothing was finished yet: the same command begins anew"
    click.echo(f"muoquark: {text}", err=True)


def wrote(paths: Iterable[str | Path]) -> None:
    """Say on standard error which files were written; not with -q."""
    if loudness() == QUIET:
        return
    click.echo(f"muoquark: wrote {', '.join(map(str, paths))}", err=True)
