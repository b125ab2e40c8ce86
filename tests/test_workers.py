"""One worker, two, eight, a Dask cluster, killed and resumed: the same bits."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from muoquark.common.errors import DomainError, InputError, OutputError
from muoquark.common.processes import Pool
from muoquark.inference.profile.work import ProfileSettings, profiles
from muoquark.inference.scan.scan import ScanSettings, scan_with
from muoquark.inference.store import Store, open_store
from muoquark.inference.workers import open_workers, run_streams
from toy_target import Toy

# Pieces of 1000 points; parameters and rows of a small grid.
SCAN = ScanSettings(5500, seed=2)
PROFILE = ProfileSettings(("a", "b"), ("a", "b"), points=9)


def do_scan(store=None, **where):
    """The arrays of a scan of the toy."""
    found = scan_with(Toy(), SCAN, {}, store=store, **where)
    return [found.points, found.parts, found.status]


def do_profile(store=None, **where):
    """The arrays of profiles of the toy."""
    found = profiles(Toy(), PROFILE, store=store, **where)
    arrays = [found.best.point, np.array(found.best.loglike), found.pair.chi2, found.pair.points]
    for one in found.ones:
        ends = [(i.level, i.low, i.high, i.open_low, i.open_high) for i in one.intervals]
        arrays += [one.x, one.chi2, one.others, one.best, np.array(ends)]
    return arrays


JOBS = {"scan": do_scan, "profile": do_profile}


def same(first, second):
    return all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def alone():
    """What this process gets by itself."""
    return {name: job() for name, job in JOBS.items()}


def counted(target, settings, stream, segment, state):
    """A unit that only counts, with the process that did it; slow if asked."""
    time.sleep(settings)
    value = state.get("value", np.array(0)) + stream + 1
    return {"value": value}, {"value": value, "process": np.array(os.getpid())}


def test_streams_go_on_from_their_state(tmp_path):
    with open_workers(Toy()) as workers:
        outputs = run_streams(workers, counted, 0, [2, 3], Store(tmp_path))
    values = [[int(unit["value"]) for unit in stream] for stream in outputs]
    assert values == [[1, 2], [2, 4, 6]]
    seen = []
    with open_workers(Toy()) as workers:
        again = run_streams(
            workers, counted, 0, [2, 4], Store(tmp_path), lambda done, total: seen.append(done)
        )
    assert seen == [5, 6]
    assert int(again[1][3]["value"]) == 8


@pytest.mark.parametrize("name", JOBS)
def test_stopped_and_resumed(name, alone, tmp_path):
    """A store with some of the units leads to the same, and its units are not done again."""
    JOBS[name](store=Store(tmp_path))
    units = sorted(tmp_path.rglob("unit-*"))
    assert len(units) >= 6
    for unit in units[1::2]:
        unit.unlink()
    kept = {unit: unit.stat().st_mtime_ns for unit in units[::2]}
    assert same(JOBS[name](store=Store(tmp_path)), alone[name])
    assert all(unit.stat().st_mtime_ns == when for unit, when in kept.items())


def test_damaged_units_are_done_again(alone, tmp_path):
    do_scan(store=Store(tmp_path))
    first, second = sorted(tmp_path.rglob("unit-*"))[:2]
    first.write_bytes(first.read_bytes()[:1000])
    second.write_bytes(b"")
    assert same(do_scan(store=Store(tmp_path)), alone["scan"])


def test_checkpoints_that_say_nothing(tmp_path):
    """A run without finished work is none; a record that cannot be read is a message."""
    inputs = {"hash": "a", "versions": {"numpy": "1"}}
    out = tmp_path / "scan.nc"
    open_store(out, inputs, False, False)
    store = open_store(out, {**inputs, "hash": "b"}, False, False)
    store.save(0, 0, {}, {"x": np.zeros(1)})
    for resume, message in ((False, "an unfinished run"), (True, "a run with other inputs")):
        with pytest.raises(OutputError, match=message):
            open_store(out, inputs, resume, False)
    record = tmp_path / "scan.nc.partial" / "inputs.json"
    current = record.read_text()
    record.write_text(current.replace('"units": 2', '"units": 1'))
    with pytest.raises(OutputError, match="begun by an older muoquark"):
        open_store(out, {**inputs, "hash": "b"}, True, False)
    record.write_text(current)
    assert open_store(out, {**inputs, "hash": "b"}, True, False).load(0, 0) is not None
    record.write_text("junk")
    with pytest.raises(OutputError, match=r"inputs.json is damaged"):
        open_store(out, {**inputs, "hash": "b"}, True, False)
    assert open_store(out, inputs, False, True).load(0, 0) is None
    with pytest.raises(OutputError, match="is a folder, a file is needed"):
        open_store(tmp_path, inputs, False, True)


def test_two_workers(alone, tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    assert same(do_scan(workers=2), alone["scan"])


def test_a_worker_that_is_ended_is_one_message():
    def submit(*unit):
        future = Future()
        future.set_exception(BrokenProcessPool("gone"))
        return future

    def refuse(*unit):
        raise BrokenProcessPool("gone")

    for function in (submit, refuse):
        with pytest.raises(DomainError, match="a worker process was ended from outside"):
            run_streams(Pool(function, 1), counted, 0, [1])


def test_no_scheduler_is_one_message():
    pytest.importorskip("distributed")
    with (
        pytest.raises(InputError, match=r"an address like tcp://host:8786, found 'nowhere'"),
        open_workers(Toy(), dask="nowhere"),
    ):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("workers", [1, 8])
def test_other_numbers_of_workers(name, workers, alone, tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    assert same(JOBS[name](workers=workers), alone[name])


@pytest.mark.slow
def test_dask(alone):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        for name, job in JOBS.items():
            assert same(job(dask=cluster.scheduler_address), alone[name])


SCRIPT = """
import sys
from pathlib import Path
from muoquark.inference.store import Store
from test_workers import JOBS
if __name__ == "__main__":
    JOBS[sys.argv[1]](store=Store(Path(sys.argv[2])), workers=2)
"""


def children(process):
    """Process numbers of the children that a process has, by /proc."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(x) for x in path.read_text().split()] if path.exists() else []


def alive(process):
    """Whether a process runs; an ended one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_killed_and_resumed(name, alone, tmp_path, monkeypatch):
    """SIGKILL to the process, after which its workers end too."""
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path / "cache"))
    script, folder = tmp_path / "run.py", tmp_path / "units"
    script.write_text(SCRIPT)
    folder.mkdir()
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, str(script), name, str(folder)], env={**os.environ, "PYTHONPATH": path}
    )
    while len(list(folder.rglob("unit-*"))) < 2 and process.poll() is None:
        time.sleep(0.01)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(list(folder.rglob("unit-*")))
    assert done >= 2
    assert same(JOBS[name](store=Store(folder)), alone[name])
    assert len(list(folder.rglob("unit-*"))) > done
    end = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert len(workers) >= 2
    assert not any(map(alive, workers))
    assert multiprocessing.active_children() == []


COMMANDS = {
    "sample": ["sample", "--chains", "2", "--warmup", "100", "--draws", "200"],
    "scan": ["scan", "--points", "12000", "--obs", "BR(Bs->mumu)"],
    "profile": ["profile", "--points", "9", "--pair", "eta3L_3", "eta1L_3*eta1R_3"],
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", COMMANDS)
def test_command_killed_and_resumed(verb, tmp_path):
    """The real likelihood: two workers, killed, resumed with one; beside an undisturbed run.

    A scan is stopped by Ctrl-C, which says how to go on; the others by SIGKILL.
    """
    kind = signal.SIGINT if verb == "scan" else signal.SIGKILL
    command = [sys.executable, "-m", "muoquark", *COMMANDS[verb], "--out"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def result(name):
        path = tmp_path / name
        return {"profile": path / "profile.json", "sample": path / "sample.nc"}.get(verb, path)

    def units():
        return list(Path(f"{result('killed')}.partial").rglob("unit-*"))

    # A process in the background of a shell ignores Ctrl-C, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*command, str(tmp_path / "killed"), "--workers", "2"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    while len(units()) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(kind)
    _, said = process.communicate()
    if kind == signal.SIGINT:
        assert process.returncode == 130, said
        assert "--resume goes on from there" in said
    else:
        assert process.returncode == -signal.SIGKILL
    assert not result("killed").exists()
    assert len(units()) >= 2

    def run(*arguments):
        return subprocess.run(
            [*command, *map(str, arguments)], env=environment, capture_output=True, text=True
        )

    again = run(tmp_path / "killed", "--workers", "1")
    assert again.returncode == 2
    assert "holds an unfinished run: --resume continues it" in again.stderr
    for arguments in (
        [tmp_path / "killed", "--workers", "1", "--resume"],
        [tmp_path / "whole", "--workers", "0"],
    ):
        outcome = run(*arguments)
        assert outcome.returncode == 0, outcome.stderr
    assert units() == []
    if verb == "profile":
        assert result("killed").read_bytes() == result("whole").read_bytes()
        return
    from muoquark.common.compare import compare_arrays
    from muoquark.common.netcdf import read_arrays

    inputs, arrays = read_arrays(result("killed"))
    other_inputs, others = read_arrays(result("whole"))
    assert inputs == other_inputs
    assert compare_arrays(arrays, others).identical
