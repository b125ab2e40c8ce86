"""What a verb says beside its result: what it is doing and for how long, and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

__all__ = ["Working", "finished_units", "interrupted", "working", "wrote"]


class Working:
    """The line of a verb at work; `update` changes its text."""

    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def update(self, text: str) -> None:
        """Say what is being done now."""
        self._progress.update(self._task, description=text)


@contextmanager
def working(text: str) -> Iterator[Working]:
    """Show on standard error, if that is a terminal, what is being done and since when."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield Working(progress, progress.add_task(text, total=None))


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
    """Say on standard error which files were written."""
    click.echo(f"muoquark: wrote {', '.join(map(str, paths))}", err=True)
