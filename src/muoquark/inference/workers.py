"""Who does the work: this process, several processes, or a Dask cluster; the result is the same.

Work comes in streams of units: a unit takes the state that the unit before it in its stream left
and returns the next state and its output.  What a unit computes depends on nothing else, and
outputs are put in order, so that neither the number of workers nor an interruption changes a bit.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from muoquark.common.errors import DomainError, InputError, MissingExtraError
from muoquark.inference.store import Arrays, Store

if TYPE_CHECKING:
    from muoquark.inference.target import Layout, Target

__all__ = ["Maker", "Workers", "cache_folder", "open_workers", "run_streams"]


class Maker(Protocol):
    """What can be sent to a worker and makes a target there: `Recipe`; hashable."""

    def __hash__(self) -> int:
        """Makers of the same target have the same hash."""

    def target(self) -> Target:
        """Return the target."""

    def layout(self) -> Layout:
        """Return what its draws are, at little cost."""


# function(target, settings, stream, segment, state) -> (next state, output)
UnitFunction = Callable[[Any, Any, int, int, Arrays], tuple[Arrays, Arrays]]

_LOCK = threading.Lock()


@lru_cache(maxsize=2)
def _built(maker: Maker) -> Target:
    return maker.target()


def _call(maker: Maker, function: UnitFunction, *arguments: Any) -> tuple[Arrays, Arrays]:
    """Run a unit in whatever process this is; the likelihood is made there once."""
    with _LOCK:
        target = _built(maker)
        return function(target, *arguments)


@dataclass(frozen=True)
class Workers:
    """Where units run: `submit` starts one, `slots` are worth having under way at once."""

    submit: Callable[..., Future[tuple[Arrays, Arrays]]]
    slots: int


@contextmanager
def open_workers(maker: Maker, number: int = 0, dask: str | None = None) -> Iterator[Workers]:
    """Open workers for the targets that `maker` makes.

    Parameters
    ----------
    number
        Processes; 0 works in this process.
    dask
        Address of a Dask scheduler, e.g. ``tcp://host:8786``; its workers need this package
        in the same version.

    Raises
    ------
    MissingExtraError
        If Dask is asked for and not installed.
    InputError
        If no scheduler answers at the address.
    """
    if dask is not None:
        with _dask(maker, dask) as workers:
            yield workers
    elif number == 0:
        yield Workers(lambda *unit: _done(maker, *unit), 1)
    else:
        with _processes(maker, number) as workers:
            yield workers


def _done(maker: Maker, *unit: Any) -> Future[tuple[Arrays, Arrays]]:
    future: Future[tuple[Arrays, Arrays]] = Future()
    future.set_result(_call(maker, *unit))
    return future


@contextmanager
def _processes(maker: Maker, number: int) -> Iterator[Workers]:
    import multiprocessing

    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        number, multiprocessing.get_context("spawn"), _prepare, (str(cache_folder() or ""),)
    )
    try:
        yield Workers(lambda *unit: executor.submit(_call, maker, *unit), number)
    except BaseException:
        # Do not wait for units whose results nobody will take.
        executor.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    executor.shutdown()


def _prepare(cache: str) -> None:
    """Set up a worker process: one thread, no reaction to Ctrl-C, compiled programs kept."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "")
        + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
    if cache:
        import jax

        jax.config.update("jax_compilation_cache_dir", cache)


def _end_with_parent() -> None:
    """End this worker when the process that started it is killed: nobody would end it then."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def cache_folder() -> Path | None:
    """Return where workers keep compiled programs; the variable MUOQUARK_CACHE, if set, says so.

    By default ``~/.cache/muoquark`` (or that of XDG_CACHE_HOME), with a folder for each kind of
    processor, for which the programs are made.  None if MUOQUARK_CACHE is empty.
    """
    chosen = os.environ.get("MUOQUARK_CACHE")
    if chosen == "":
        return None
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "muoquark"
    kind = platform.machine() + platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(errors="replace").splitlines()
        kind += "".join(sorted({x for x in lines if x.startswith(("model name", "flags"))}))
    return Path(chosen or root) / f"xla-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"


@contextmanager
def _dask(maker: Maker, address: str) -> Iterator[Workers]:
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("a Dask cluster", "dask") from None
    if not re.fullmatch(r"\w+://\S+:\d+|[^\s/]+:\d+", address):
        raise InputError(f"a Dask scheduler has an address like tcp://host:8786, found '{address}'")
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address} ({error})") from None
    try:
        executor = client.get_executor(pure=False)
        number = len(client.scheduler_info(n_workers=-1)["workers"])
        if number == 0:
            raise InputError(f"the Dask scheduler at {address} has no workers")
        yield Workers(lambda *unit: executor.submit(_call, maker, *unit), 2 * number)
    finally:
        client.close()


def run_streams(
    workers: Workers,
    function: UnitFunction,
    settings: Any,
    lengths: Sequence[int],
    store: Store | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    keep: bool = True,
) -> list[list[Arrays]]:
    """Run all units and return their outputs, by stream and segment.

    Parameters
    ----------
    function
        What a unit does, see ``UnitFunction``; a function of a module, so that it can be sent.
    settings
        Passed to it.
    lengths
        The number of segments of every stream.
    store
        Where finished units are kept, and found.
    progress
        Is told how many units are done, and how many there are.
    keep
        If not, outputs are left in `store` alone, and empty dictionaries are returned.
    """
    assert keep or store is not None
    outputs: list[list[Arrays]] = [[] for _ in lengths]
    states: list[Arrays] = [{} for _ in lengths]
    for stream, length in enumerate(lengths):
        while store is not None and len(outputs[stream]) < length:
            found = store.load(stream, len(outputs[stream]))
            if found is None:
                break
            states[stream] = found[0]
            outputs[stream].append(found[1] if keep else {})
    ready = deque(k for k, length in enumerate(lengths) if len(outputs[k]) < length)
    running: dict[Future[tuple[Arrays, Arrays]], int] = {}
    total = sum(lengths)
    done = sum(map(len, outputs))
    progress(done, total)
    while ready or running:
        while ready and len(running) < workers.slots:
            stream = ready.popleft()
            unit = (function, settings, stream, len(outputs[stream]), states[stream])
            with _told_of_ended_workers():
                running[workers.submit(*unit)] = stream
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            stream = running.pop(future)
            with _told_of_ended_workers():
                state, output = future.result()
            if store is not None:
                store.save(stream, len(outputs[stream]), state, output)
            states[stream] = state
            outputs[stream].append(output if keep else {})
            if len(outputs[stream]) < lengths[stream]:
                ready.append(stream)
        done += len(finished)
        progress(done, total)
    return outputs


@contextmanager
def _told_of_ended_workers() -> Iterator[None]:
    """Turn the end of a worker process into an error that says what to do."""
    try:
        yield
    except BrokenProcessPool:
        raise DomainError(
            "a worker process was ended from outside (out of memory?); finished work is "
            "kept if there is an --out, and --resume continues it"
        ) from None
