"""Samplers, scans and profiles as streams of units; the result is the same whoever does them.

A unit takes the state that the unit before it in its stream left and returns the next state and
its output.  What a unit computes depends on nothing else, and outputs are put in order, so that
neither the number of workers nor an interruption changes a bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from muoquark.common.cache import keep_compiled_programs
from muoquark.common.processes import Call, Pool, open_pool, run_calls
from muoquark.inference.store import Arrays, Store

if TYPE_CHECKING:
    from muoquark.inference.target import Layout, Target

__all__ = ["Maker", "open_workers", "run_streams"]


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
# What is left if a worker is ended from outside.
LEFT = "finished work is kept if there is an --out, and --resume continues it"


@lru_cache(maxsize=2)
def _built(maker: Maker) -> Target:
    """Return the target; the next run in this process finds what this one has compiled."""
    return maker.target()


@dataclass(frozen=True)
class _Make:
    """Makes the target in each worker, see ``common.processes.Make``."""

    maker: Maker

    def __call__(self) -> Target:
        return _built(self.maker)


def _unit(target: Target, function: UnitFunction, *arguments: Any) -> tuple[Arrays, Arrays]:
    """Run a unit in whatever process this is."""
    with target.lock:
        return function(target, *arguments)


@contextmanager
def open_workers(maker: Maker, number: int = 0, dask: str | None = None) -> Iterator[Pool]:
    """Open workers for the targets that `maker` makes, see ``common.processes.open_pool``.

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
    with open_pool(_Make(maker), number, dask, prepare=_prepare) as pool:
        yield pool


def _prepare() -> None:
    """Set up a worker process: one thread of XLA, compiled programs kept."""
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "")
        + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
    keep_compiled_programs()


def run_streams(
    pool: Pool,
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
        # Up to the first unit that is missing: what follows it began from a state that is not
        # there.
        while store is not None and len(outputs[stream]) < length:
            found = store.load(stream, len(outputs[stream]))
            if found is None:
                break
            states[stream] = found[0]
            outputs[stream].append(found[1] if keep else {})
    total = sum(lengths)
    done = sum(map(len, outputs))
    progress(done, total)

    def unit(stream: int) -> Call:
        segment = len(outputs[stream])
        return Call(stream, _unit, (function, settings, stream, segment, states[stream]))

    def finished(call: Call, result: tuple[Arrays, Arrays]) -> Call | None:
        nonlocal done
        stream, (state, output) = call.name, result
        if store is not None:
            # Saved before it counts as done: what was told to the user survives a kill.
            store.save(stream, len(outputs[stream]), state, output)
        states[stream] = state
        outputs[stream].append(output if keep else {})
        done += 1
        progress(done, total)
        return unit(stream) if len(outputs[stream]) < lengths[stream] else None

    # Of every stream the next unit alone can run; it is followed by the one behind it (`finished`).
    left = (k for k, length in enumerate(lengths) if len(outputs[k]) < length)
    run_calls(pool, map(unit, left), finished, LEFT)
    return outputs
