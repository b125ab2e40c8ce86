"""Who does the work: this process, its threads, several processes, or a Dask cluster.

A call is a function of a module with its arguments.  Its first argument is what its worker keeps
between calls: a likelihood, or the processes of another Python.  What a call returns depends on
its arguments alone, so that the result is the same whoever does it; the executors are those of
``concurrent.futures`` and of Dask.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from muoquark.common.errors import DomainError, InputError, MissingExtraError

__all__ = ["Call", "Home", "Make", "Pool", "cores", "open_pool", "run_calls"]

# Makes what a worker keeps.  It can be sent to one and is hashable; equal ones make the same.
Make = Callable[[], Any]
# So many things are kept in one process; a Dask worker may serve several runs.
KEPT = 2


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Home:
    """What the calls in one process share, each made once, the last ones kept."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._lock = threading.Lock()
        self._kept: dict[Make, Any] = {}

    def get(self, make: Make) -> Any:
        """Return what `make` makes; threads that ask for it together get the same."""
        with self._lock:
            # Put in anew at the end, so that the first one is what was not asked for the longest.
            found = self._kept.pop(make) if make in self._kept else make()
            self._kept[make] = found
            oldest = next(iter(self._kept))
            dropped = self._kept.pop(oldest) if len(self._kept) > KEPT else None
        _close(dropped)
        return found

    def leave(self, make: Make) -> None:
        """End what has a method ``close``; all else stays for the next run."""
        with self._lock:
            found = self._kept.get(make)
            if hasattr(found, "close"):
                del self._kept[make]
        _close(found)


def _close(thing: Any) -> None:
    if hasattr(thing, "close"):
        thing.close()


@dataclass(frozen=True)
class Call:
    """A call and what it is for: ``function(kept, *arguments)``.

    Attributes
    ----------
    name
        What the caller recognises the result by.
    function
        A function of a module, so that it can be sent to another process.
    arguments
        What follows on the thing that the worker keeps.
    """

    name: Any
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Pool:
    """Where calls run.

    Attributes
    ----------
    submit
        Starts one: ``submit(function, *arguments)`` gives a future.
    slots
        So many are worth having under way at once.
    broken
        The errors that mean that a worker was ended from outside.
    """

    submit: Callable[..., Future[Any]]
    slots: int
    broken: tuple[type[BaseException], ...] = (BrokenExecutor,)


def run_calls(
    pool: Pool,
    calls: Iterable[Call],
    finished: Callable[[Call, Any], Call | None],
    hint: str = "",
) -> None:
    """Run calls, begun in their order, and tell `finished` of each result as it comes.

    Parameters
    ----------
    calls
        Taken when there is room for them, so that there may be many.
    finished
        Gets a call and what it returned, in this process; may return a call that follows on it,
        which waits for its turn behind all others.
    hint
        What is left, and how to go on, if a worker is ended from outside.

    Raises
    ------
    DomainError
        If a worker is ended from outside; whatever else a call raises is passed on.
    """
    first, later = iter(calls), deque[Call]()
    running: dict[Future[Any], Call] = {}
    try:
        while True:
            while len(running) < pool.slots:
                # Calls that follow on others wait until all first ones have begun.
                call = next(first, None) or (later.popleft() if later else None)
                if call is None:
                    break
                running[pool.submit(call.function, *call.arguments)] = call
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=_failed):  # what others have done is not lost
                call = running.pop(future)
                follows = finished(call, future.result())
                if follows is not None:
                    later.append(follows)
    except pool.broken:
        text = "a worker process was ended from outside (out of memory?)"
        raise DomainError(f"{text}; {hint}" if hint else text) from None


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


@contextmanager
def open_pool(
    make: Make,
    number: int = 0,
    dask: str | None = None,
    *,
    outside: bool = False,
    prepare: Callable[[], None] | None = None,
) -> Iterator[Pool]:
    """Open workers, each of which keeps what `make` makes, and close them at the end.

    After an error, or Ctrl-C, calls that have not begun are dropped.

    Parameters
    ----------
    make
        See :data:`Make`; what it makes may have a method ``close``.
    number
        Workers on this machine; 0 works in this process.
    dask
        Address of a Dask scheduler, e.g. ``tcp://host:8786``; its workers need this package
        in the same version.
    outside
        Whether the work goes on outside, in what `make` starts and its ``close`` ends: then the
        workers on this machine are threads.
    prepare
        Sets up a worker process; a function of a module.

    Raises
    ------
    MissingExtraError
        If Dask is asked for and not installed.
    InputError
        If `dask` is no address, or no scheduler answers there, or it has no workers.
    """
    if dask is not None:
        opened = _dask(make, dask, outside)
    elif number == 0:
        opened = _here(make)
    elif outside:
        opened = _threads(make, number)
    else:
        opened = _processes(make, number, prepare)
    with opened as pool:
        yield pool


@contextmanager
def _here(make: Make) -> Iterator[Pool]:
    home = Home()

    def submit(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(home.get(make), *arguments))
        return future

    try:
        yield Pool(submit, 1)
    finally:
        home.leave(make)


@contextmanager
def _threads(make: Make, number: int) -> Iterator[Pool]:
    home = Home()

    def run(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(home.get(make), *arguments)

    executor = ThreadPoolExecutor(number)
    try:
        yield Pool(lambda *call: executor.submit(run, *call), number)
    finally:
        # Calls under way end before what they use is closed: their results are not lost.
        executor.shutdown(cancel_futures=True)
        home.leave(make)


# Of a worker process alone, set when it starts: executors have no other place for it.
_HOME: ContextVar[Home] = ContextVar("what this worker process keeps")


@contextmanager
def _processes(make: Make, number: int, prepare: Callable[[], None] | None) -> Iterator[Pool]:
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _start, (prepare,))
    try:
        yield Pool(lambda *call: executor.submit(_in_process, make, *call), number)
    except BaseException:
        # Do not wait for calls whose results nobody will take.
        executor.shutdown(wait=False, cancel_futures=True)
        # Only those that this pool has started.
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    executor.shutdown()


def _start(prepare: Callable[[], None] | None) -> None:
    """Begin a worker process: no reaction to Ctrl-C, an end with the process that started it."""
    # Ctrl-C reaches the whole group of processes; the one that started this worker reacts to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _HOME.set(Home())
    if prepare is not None:
        prepare()


def _end_with_parent() -> None:
    """End this worker when the process that started it is killed: nobody would end it then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_process(make: Make, function: Callable[..., Any], *arguments: Any) -> Any:
    return function(_HOME.get().get(make), *arguments)


@contextmanager
def _dask(make: Make, address: str, outside: bool) -> Iterator[Pool]:
    try:
        from distributed import Client, KilledWorker  # only those who ask for it need it
    except ImportError:
        raise MissingExtraError("a Dask cluster", "dask") from None
    if not re.fullmatch(r"\w+://\S+:\d+|[^\s/]+:\d+", address):
        raise InputError(f"a Dask scheduler has an address like tcp://host:8786, found '{address}'")
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address} ({error})") from None
    try:
        # Pure calls are known by their arguments: of equal ones only the first would be done.
        executor = client.get_executor(pure=False)
        number = sum(client.nthreads().values())
        if number == 0:
            raise InputError(f"the Dask scheduler at {address} has no workers")
        try:
            # Two calls for each thread: one is there when the other is done.
            yield Pool(
                lambda *call: executor.submit(_on_dask, make, *call),
                2 * number,
                (BrokenExecutor, KilledWorker),
            )
        finally:
            executor.shutdown(wait=False)
            if outside:
                with contextlib.suppress(OSError):  # a cluster that is gone keeps nothing
                    client.run(_leave, make)
    finally:
        client.close()


def _dask_home(worker: Any) -> Home:
    """Return the home of a Dask worker, a field of the worker itself."""
    home = vars(worker).setdefault("muoquark_home", Home())
    assert isinstance(home, Home)
    return home


def _on_dask(make: Make, function: Callable[..., Any], *arguments: Any) -> Any:
    from distributed import get_worker

    return function(_dask_home(get_worker()).get(make), *arguments)


def _leave(make: Make, dask_worker: Any) -> None:
    _dask_home(dask_worker).leave(make)
