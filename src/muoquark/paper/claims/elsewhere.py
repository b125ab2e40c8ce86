"""Processes that answer the claims of one snapshot each, while this one answers all others.

What two snapshots say has nothing in common but the questions: each has likelihoods, fits and
flows of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from muoquark.common.errors import DomainError
from muoquark.common.processes import Pool, open_pool
from muoquark.paper.claims.record import Finding, Question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["NOBODY", "WORTH", "Elsewhere", "open_elsewhere"]

#: Claims with data below which a process is not worth its start.
WORTH = 5
LEFT = "the claims that were complete are kept if there is an --out; --workers 1 needs less memory"


@dataclass(frozen=True)
class Make:
    """Makes the workspace of a worker; as ``Workspace`` takes them: snapshots, points, seed."""

    data: tuple[str, ...]
    points: int
    seed: int

    def __call__(self) -> Workspace:
        from muoquark.paper.claims.workspace import Workspace

        return Workspace(self.data, self.points, self.seed)


@dataclass(frozen=True)
class Elsewhere:
    """Processes by the name of the snapshot that each is for; none by default."""

    pools: Mapping[str, Pool] = field(default_factory=dict)

    @property
    def data(self) -> tuple[str, ...]:
        """The snapshots that are not for this process."""
        return tuple(self.pools)

    def ask(self, asked: Sequence[Question]) -> Callable[[str], list[Finding]]:
        """Begin with the questions; return a function of a name that waits for the findings."""
        begun: dict[str, list[tuple[str, Future[Any]]]] = {
            item.name: [
                (data, pool.submit(finding, item.name, data)) for data, pool in self.pools.items()
            ]
            for item in asked
            if item.with_data
        }

        def found(name: str) -> list[Finding]:
            return [self._result(data, future) for data, future in begun[name]]

        return found

    def run(
        self, data: str, function: Callable[..., Any], workspace: Workspace
    ) -> Callable[[], Any]:
        """Call ``function(workspace, data)`` where that snapshot is at home.

        Returns a function that waits for what it returns; in this process nothing is done before.
        """
        if data not in self.pools:
            return lambda: function(workspace, data)
        future = self.pools[data].submit(function, data)
        return lambda: self._result(data, future)

    def _result(self, data: str, future: Future[Any]) -> Any:
        try:
            return future.result()
        except self.pools[data].broken:
            text = "a worker process was ended from outside (out of memory?)"
            raise DomainError(f"{text}; {LEFT}") from None


#: All in this process.
NOBODY = Elsewhere()


def finding(workspace: Workspace, name: str, data: str) -> Finding:
    """Answer one question for one snapshot, in a worker."""
    from muoquark.paper.claims.catalogue import questions

    item = next(one for one in questions() if one.name == name)
    return replace(item.function(workspace, data), data=data)


@contextmanager
def open_elsewhere(
    asked: Sequence[Question], workspace: Workspace, sources: Sequence[str], workers: int
) -> Iterator[Elsewhere]:
    """Start processes for all snapshots but the first, at most `workers` with this one.

    Parameters
    ----------
    asked
        The questions that are open; for a few nothing is started.
    sources
        What the workspace was made of.
    """
    others = workspace.data[1:][: max(workers - 1, 0)]
    if sum(item.with_data for item in asked) < WORTH:
        others = ()
    make = Make(tuple(sources), workspace.points, workspace.seed)
    with ExitStack() as stack:
        yield Elsewhere(
            {data: stack.enter_context(open_pool(make, 1, prepare=_prepare)) for data in others}
        )


def _prepare() -> None:
    """Set up a worker: compiled programs are kept."""
    from muoquark.common.cache import keep_compiled_programs

    keep_compiled_programs()
