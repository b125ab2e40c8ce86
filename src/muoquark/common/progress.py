"""A bar for work that may take minutes, on standard error and only where that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Tell", "bar"]

#: Says which share of the work is done, and what is being done.
Tell = Callable[[float, str], None]


@contextmanager
def bar(text: str) -> Iterator[Tell]:
    """Show a bar with the elapsed time; yields the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(text, total=1.0)

        def tell(share: float, what: str) -> None:
            progress.update(task, completed=share, description=f"{text}: {what}")

        yield tell
