"""Run the sampling jobs of a compilation: in parallel, resumable, cached by content.

A job is a dictionary (see ``probe/sample.py``) and its result an npz file whose name is the
SHA-256 of everything that determines the numbers: the job, the versions of the stack and the
revision of the sampler.  An interrupted compilation therefore continues where it stopped, and a
changed one recomputes only what changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muoquark.common.errors import MuoquarkError
from muoquark.common.processes import Call, open_pool, run_calls

__all__ = ["JobError", "ProbeProcess", "Stack", "job_file", "run_jobs"]

PROBE = Path(__file__).parent / "probe"

# Raise this number whenever a change of probe/ changes what a job's result means.
SAMPLER_REVISION = 1

Job = Mapping[str, Any]
# What is left if a worker is ended from outside.
LEFT = "finished jobs are in the cache, where the same command finds them"


class JobError(MuoquarkError):
    """flavio failed in a sampling job."""


class Stack:
    """One installation of flavio and smelli, reached through its Python interpreter.

    Parameters
    ----------
    python
        Path of the interpreter.
    versions
        The versions of flavio, smelli and wilson that it is expected to hold; they enter the
        name of every cached result.
    """

    def __init__(self, python: str, versions: Mapping[str, str]) -> None:
        """Remember the interpreter and the versions."""
        self.python = python
        self.versions = dict(versions)

    def script(self, name: str, *arguments: str, stdin: str | None = None, workers: int = 1) -> str:
        """Run one script of ``probe/``, with so many processes, and return its standard output."""
        result = subprocess.run(
            [self.python, str(PROBE / name), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env={**_environment(), "MUOQUARK_PROBE_WORKERS": str(workers)},
        )
        if result.returncode:
            raise JobError(f"{name} failed: {result.stderr.strip().splitlines()[-1]}")
        return result.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def job_file(cache: Path, stack: Stack, job: Job) -> Path:
    """Return the path of a job's result in the cache."""
    described = {"job": job, "versions": stack.versions, "sampler": SAMPLER_REVISION}
    if stack.versions["flavio"].startswith("2.3") and "rules" not in job:
        described["quadrature"] = "order of the SM"
    text = json.dumps(described, sort_keys=True)
    return cache / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"


class ProbeProcess:
    """A script of ``probe/`` that answers one job after the other: it takes long to start.

    Parameters
    ----------
    python
        Path of the interpreter.
    script
        It reads the path of a job from each line of its input, and answers with a line.
    stderr
        Where its standard error goes, as :class:`subprocess.Popen` takes it.
    """

    def __init__(self, python: str, script: str, stderr: int | None = None) -> None:
        """Start the process."""
        self.process = subprocess.Popen(
            [python, str(PROBE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=_environment(),
        )

    def run(self, job: Job, result: Path) -> None:
        """Ask for a job and put its answer, an npz file, into its place.

        Raises
        ------
        JobError
            If the script says so, or ends.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        partial = result.with_suffix(".partial.npz")
        description = result.with_suffix(".job.json")
        description.write_text(json.dumps({**job, "out": str(partial)}))
        self.process.stdin.write(f"{description}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer.startswith("done"):
            raise JobError(answer or "the process of flavio died")
        os.replace(partial, result)
        description.unlink()

    def close(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class _Sampler:
    """One process of ``probe/sample.py``; restarted when the taps of the job change."""

    def __init__(self, python: str) -> None:
        self.python = python
        self.process: ProbeProcess | None = None
        self.taps: tuple[Any, ...] | None = None

    def run(self, job: Job, result: Path) -> None:
        taps = (tuple(job.get("taps", ())), job.get("remember", True), "rules" in job)
        if self.process is None or taps != self.taps:
            self.close()
            self.taps = taps
            self.process = ProbeProcess(self.python, "sample.py")
        try:
            self.process.run(job, result)
        except JobError:
            self.close()
            raise

    def close(self) -> None:
        if self.process is not None:
            self.process.close()
            self.process = None


class _Samplers:
    """The sampling processes that one process has started: as many as calls at a time.

    One takes half a minute to start and therefore stays for the next jobs.
    """

    def __init__(self, python: str) -> None:
        self.python = python
        self.lock = threading.Lock()
        self.idle: list[_Sampler] = []
        self.closed = False

    def run(self, job: Job, result: Path) -> None:
        with self.lock:
            sampler = self.idle.pop() if self.idle else _Sampler(self.python)
        try:
            sampler.run(job, result)
        except BaseException:
            sampler.close()
            raise
        with self.lock:
            if not self.closed:
                self.idle.append(sampler)
                return
        sampler.close()

    def close(self) -> None:
        """End what is idle now, and the others when their jobs are done."""
        with self.lock:
            self.closed = True
            idle, self.idle = self.idle, []
        for sampler in idle:
            sampler.close()


@dataclass(frozen=True)
class _Make:
    """Makes the sampling processes in each worker, see ``common.processes.Make``."""

    python: str

    def __call__(self) -> _Samplers:
        return _Samplers(self.python)


def _run(samplers: _Samplers, job: Job, file: Path) -> None:
    samplers.run(job, file)


def run_jobs(
    stack: Stack,
    jobs: Sequence[Job],
    cache: Path,
    workers: int = 1,
    dask: str | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Run the jobs that the cache does not hold yet and return the result files, in order.

    Parameters
    ----------
    workers
        Number of sampling processes on this machine.
    dask
        Address of a Dask scheduler; its workers must see `cache` and the stack's interpreter.
    report
        Called with (finished, total) after every job.

    Raises
    ------
    JobError
        If flavio fails in a job.  What was finished stays in the cache.
    InputError, MissingExtraError
        If no Dask scheduler answers, or Dask is not installed.
    """
    # Absolute: a Dask worker, and flavio's process, may stand in another folder.
    cache = cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    files = [job_file(cache, stack, job) for job in jobs]
    missing = [(job, file) for job, file in zip(jobs, files, strict=True) if not file.exists()]
    done = len(jobs) - len(missing)
    if report:
        report(done, len(jobs))
    if not missing:
        return files

    def finished(call: Call, _: None) -> None:
        nonlocal done
        done += 1
        if report:
            report(done, len(jobs))

    calls = (Call(file.name, _run, (job, file)) for job, file in missing)
    with open_pool(_Make(stack.python), workers, dask, outside=True) as pool:
        run_calls(pool, calls, finished, LEFT)
    return files
