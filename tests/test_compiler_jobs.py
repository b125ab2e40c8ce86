"""Sampling jobs of the compiler: cached, shared among processes or over Dask, the same numbers."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from closeness import close
from muoquark.common.errors import InputError
from muoquark.likelihood.compiler.__main__ import main as compile_command
from muoquark.likelihood.compiler.__main__ import open_stack
from muoquark.likelihood.compiler.jobs import JobError, Stack, job_file, run_jobs

JOB = {
    "observables": ["BR(Bs->mumu)", ["<Rmue>(B+->Kll)", 1.1, 6.0]],
    "components": [
        ["WET", "flavio", "sb", 4.8, f"{name}_bsmumu", part, 0.3]
        for name in ("C9", "C10")
        for part in ("Re", "Im")
    ],
    "ckm_size": 0.02,
    "seed": 7,
    "taps": [],
    "phases": [None],
    "remember": True,
}
JOBS = [{**JOB, "first": k, "count": 1} for k in range(4)]
STACK = Stack("python", {"flavio": "2.7.1", "smelli": "2.4.3", "wilson": "2.5.2"})


def contents(files):
    found = []
    for file in files:
        with np.load(file) as stored:
            found.append({name: stored[name].tobytes() for name in stored.files})
    return found


def test_a_job_is_found_again_by_all_that_determines_it(tmp_path):
    path = job_file(tmp_path, STACK, JOB)
    assert path == job_file(tmp_path, STACK, dict(reversed(JOB.items())))
    assert path != job_file(tmp_path, STACK, {**JOB, "seed": 8})
    newer = Stack("python", {**STACK.versions, "flavio": "2.8"})
    assert path != job_file(tmp_path, newer, JOB)


def test_finished_jobs_are_not_run_again(tmp_path, monkeypatch):
    """With a relative folder, as a user gives it; the interpreter does not even exist."""
    monkeypatch.chdir(tmp_path)
    stack = Stack("/nowhere/python", STACK.versions)
    folder = tmp_path / "cache"
    folder.mkdir()
    for job in JOBS:
        job_file(folder, stack, job).write_bytes(b"")
    files = run_jobs(stack, JOBS, folder.relative_to(tmp_path))
    assert [file.parent for file in files] == [folder] * 4
    assert run_jobs(stack, [], folder) == []


SAMPLER = """#!{python}
import json, os, sys
for line in sys.stdin:
    job = json.load(open(line.strip()))
    with open({log!r}, "a") as log:
        print(os.getpid(), job["seed"], *job["taps"], file=log)
    if job["seed"] == 3:
        print("failed: no such observable", flush=True)
        continue
    with open(job["out"], "w") as out:
        out.write(str(job["seed"]))
    print("done", flush=True)
"""


@pytest.fixture
def played(tmp_path):
    """A stack whose sampling processes write the seed of each job; and the log of their work."""
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(SAMPLER.format(python=sys.executable, log=str(log)))
    python.chmod(0o755)
    return Stack(str(python), STACK.versions), lambda: [
        line.split() for line in log.read_text().splitlines()
    ]


def alive(process):
    """Whether a process is still there; its parent, this process, has waited for those it ended."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_jobs_are_shared_and_told_of(tmp_path, played, workers):
    stack, log = played
    jobs = [{**JOB, "seed": k, "taps": ["x"] * (k > 6)} for k in (4, 5, 6, 7, 8)]
    seen = []
    files = run_jobs(stack, jobs[:2], tmp_path / "cache", workers)
    files = run_jobs(stack, jobs, tmp_path / "cache", workers, report=lambda *n: seen.append(n))
    assert [file.read_text() for file in files] == ["4", "5", "6", "7", "8"]
    assert seen == [(k, 5) for k in (2, 3, 4, 5)]
    assert sorted(seed for _, seed, *_ in log()) == ["4", "5", "6", "7", "8"]
    with_taps = {process for process, _, *taps in log() if taps}
    assert with_taps.isdisjoint(process for process, _, *taps in log() if not taps)
    assert not any(alive(process) for process, *_ in log())
    assert sorted((tmp_path / "cache").iterdir()) == sorted(files)


def test_a_failed_job_is_one_error_and_loses_nothing(tmp_path, played):
    stack, log = played
    jobs = [{**JOB, "seed": k} for k in (2, 3, 4)]
    with pytest.raises(JobError, match="failed: no such observable"):
        run_jobs(stack, jobs, tmp_path / "cache")
    assert [seed for _, seed, *_ in log()] == ["2", "3"]
    assert job_file(tmp_path / "cache", stack, jobs[0]).read_text() == "2"
    assert not any(alive(process) for process, *_ in log())


def test_no_scheduler_is_one_message(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=r"an address like tcp://host:8786, found 'nowhere'"):
        run_jobs(STACK, JOBS, tmp_path, dask="nowhere")


@pytest.mark.slow
@pytest.mark.exact
def test_dask_gives_what_a_process_gives(tmp_path, monkeypatch):
    """Four jobs of real flavio, by one process here and by a cluster in another folder."""
    distributed = pytest.importorskip("distributed")
    stack = open_stack(sys.executable)
    alone = run_jobs(stack, JOBS, tmp_path / "alone")
    seen = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        monkeypatch.chdir(tmp_path)
        shared = run_jobs(
            stack, JOBS, (tmp_path / "dask").relative_to(tmp_path), dask=cluster.scheduler_address,
            report=lambda done, total: seen.append((done, total)),
        )  # fmt: skip
        assert seen == [(k, 4) for k in range(5)]
        assert contents(shared) == contents(alone)
        with np.load(shared[0]) as first, np.load(shared[1]) as second:
            assert first["x"].shape == (1, 4)
            assert not first["x"].any()  # number 0 is the SM
            assert second["x"].all()
            assert first["values"][0, 0] == close(3.67e-9, rel=0.03)
        bad = [{**JOBS[0], "observables": ["no such observable"]}]
        with pytest.raises(JobError, match="failed"):
            run_jobs(stack, bad, tmp_path / "dask", dask=cluster.scheduler_address)
        assert run_jobs(stack, JOBS, tmp_path / "dask", dask="nobody") == [
            tmp_path / "dask" / file.name for file in shared
        ]


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_outputs_are_checked_before_the_compilation(tmp_path, option):
    """A missing folder is answered at once: the interpreter of the stack is not even started."""
    paths = {"--out": tmp_path / "a.npz", "--report": tmp_path / "a.md"}
    paths[option] = tmp_path / "missing" / "file"
    arguments = ["--name", "x", "--python", str(tmp_path / "none"), "--cache", str(tmp_path / "c")]
    for name, path in paths.items():
        arguments += [name, str(path)]
    outcome = CliRunner().invoke(compile_command, arguments)
    assert outcome.exit_code == 1
    assert f"there is no folder {tmp_path / 'missing'}" in outcome.output
