"""Calls in this process, threads, processes and on a Dask cluster: done once, in order, told of."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from muoquark.common.errors import DomainError, InputError
from muoquark.common.processes import KEPT, Call, Home, Pool, open_pool, run_calls


@dataclass
class Kept:
    """What a worker keeps: how many calls used it, and whether it was closed."""

    name: str = ""
    calls: int = 0
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def close(self):
        self.closed = True


@dataclass(frozen=True)
class Make:
    """Makes it; `made` takes a note of each, in this process."""

    name: str = ""
    made: list = field(default_factory=list, compare=False, hash=False)

    def __call__(self):
        time.sleep(0.02)  # long enough for another thread to ask as well
        self.made.append(Kept(self.name))
        return self.made[-1]


def counted(kept, number):
    """Return number and process, and how many calls this worker has had."""
    with kept.lock:
        kept.calls += 1
        return number, os.getpid(), kept.calls


def results(pool, number=6):
    found = {}
    run_calls(pool, [Call(k, counted, (k,)) for k in range(number)],
              lambda call, result: found.update({call.name: result}))  # fmt: skip
    assert {name: result[0] for name, result in found.items()} == {k: k for k in range(number)}
    return list(found.values())


def test_calls_follow_on_each_other():
    """Breadth first: a chain does not keep the others waiting."""
    seen = []

    def finished(call, result):
        seen.append((call.name, result[0]))
        return Call(call.name, counted, (result[0] + 1,)) if result[0] < call.name else None

    make = Make()
    with open_pool(make) as pool:
        run_calls(pool, [Call(k, counted, (0,)) for k in (2, 0, 1)], finished)
    assert seen == [(2, 0), (0, 0), (1, 0), (2, 1), (1, 1), (2, 2)]
    assert [(kept.calls, kept.closed) for kept in make.made] == [(6, True)]


def test_threads_share_what_is_kept():
    make = Make()
    with open_pool(make, 3, outside=True) as pool:
        found = results(pool)
        assert not make.made[0].closed
    assert {process for _, process, _ in found} == {os.getpid()}
    assert sorted(count for *_, count in found) == [1, 2, 3, 4, 5, 6]
    assert [kept.closed for kept in make.made] == [True]


def test_processes_keep_what_they_made():
    with open_pool(Make(), 2) as pool:
        found = results(pool)
    for process in {process for _, process, _ in found}:
        counts = sorted(count for _, one, count in found if one == process)
        assert counts == list(range(1, len(counts) + 1))
    assert os.getpid() not in {process for _, process, _ in found}


def ends(kept):
    """A call whose worker is ended from outside."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_an_ended_worker_is_one_message():
    with (
        pytest.raises(DomainError, match=r"ended from outside .*; the rest is kept$"),
        open_pool(Make(), 1) as pool,
    ):
        run_calls(pool, [Call(0, ends)], lambda call, result: None, "the rest is kept")


def test_results_beside_an_error_are_not_lost():
    def submit(function, number):
        future = Future()
        if number == 3:
            future.set_exception(InputError("number 3"))
        else:
            future.set_result(number)
        return future

    seen = []
    with pytest.raises(InputError, match="number 3"):
        run_calls(Pool(submit, 8), [Call(k, counted, (k,)) for k in range(8)],
                  lambda call, result: seen.append(result))  # fmt: skip
    assert sorted(seen) == [0, 1, 2, 4, 5, 6, 7]


def test_calls_are_taken_when_there_is_room():
    taken = []

    def calls():
        for k in range(4):
            taken.append(k)
            yield Call(k, counted, (k,))

    with open_pool(Make()) as pool:
        run_calls(pool, calls(), lambda call, result: taken.append(f"done {call.name}"))
    assert taken == [0, "done 0", 1, "done 1", 2, "done 2", 3, "done 3"]


def test_after_an_error_nothing_new_begins():
    """Calls under way end before what they use is closed; those that wait are dropped."""
    begun, closed = [], []
    failed = threading.Event()

    def call(kept, number):
        begun.append(number)
        if number == 0:
            failed.set()
            raise InputError("number 0")
        failed.wait()
        time.sleep(0.2)
        closed.append(kept.closed)

    make = Make()
    with pytest.raises(InputError, match="number 0"), open_pool(make, 2, outside=True) as pool:
        pool.submit(call, 1)
        run_calls(pool, [Call(k, call, (k,)) for k in (0, 2, 3, 4)], lambda *_: None)
    assert closed == [False] * (len(begun) - 1)
    assert 4 not in begun
    assert make.made[0].closed


def test_home_keeps_the_last_ones():
    home, makes = Home(), [Make(str(k)) for k in range(KEPT + 1)]
    threads = [threading.Thread(target=home.get, args=(makes[0],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(makes[0].made) == 1
    for make in makes[1:-1]:
        home.get(make)
    assert home.get(Make("0")) is makes[0].made[0]  # by what it makes, and now the last one
    home.get(makes[-1])
    assert [make.made[0].closed for make in makes] == [False, True, False]
    home.leave(makes[-1])
    assert makes[-1].made[0].closed
    assert home.get(makes[-1]) is makes[-1].made[1]
    home.leave(Make("unknown"))


def test_dask_workers_keep_what_they_made():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
    ) as cluster:
        for outside in (False, True):
            with open_pool(Make(str(outside)), dask=cluster.scheduler_address,
                           outside=outside) as pool:  # fmt: skip
                assert pool.slots == 4
                found = results(pool)
            assert sorted(count for *_, count in found) == [1, 2, 3, 4, 5, 6]
        # What belongs outside was ended; the other one is found again by the next run.
        for outside, first in ((False, 7), (True, 1)):
            with open_pool(Make(str(outside)), dask=cluster.scheduler_address) as pool:
                ((_, _, count),) = results(pool, 1)
            assert count == first
