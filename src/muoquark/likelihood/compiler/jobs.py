"""Run the sampling jobs of a compilation: in parallel, resumable, cached by content.

A job is a dictionary (see ``probe/sample.py``) and its result an npz file whose name is the
SHA-256 of everything that determines the numbers: the job, the versions of the stack and the
revision of the sampler.  An interrupted compilation therefore continues where it stopped, and a
changed one recomputes only what changed.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from muoquark.common.errors import MissingExtraError, MuoquarkError

__all__ = ["JobError", "Stack", "job_file", "run_jobs"]

PROBE = Path(__file__).parent / "probe"

# Raise this number whenever a change of probe/ changes what a job's result means.
SAMPLER_REVISION = 1

Job = Mapping[str, Any]


class JobError(MuoquarkError):
    """flavio failed in a sampling job."""


class Stack:
    """One installation of flavio and smelli, reached through its Python interpreter.

    Parameters
    ----------
    python:
        Path of the interpreter.
    versions:
        The versions of flavio, smelli and wilson that it is expected to hold; they enter the
        name of every cached result.
    """

    def __init__(self, python: str, versions: Mapping[str, str]) -> None:
        """Remember the interpreter and the versions."""
        self.python = python
        self.versions = dict(versions)

    def script(self, name: str, *arguments: str, stdin: str | None = None) -> str:
        """Run one script of ``probe/`` and return its standard output."""
        result = subprocess.run(
            [self.python, str(PROBE / name), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=_environment(),
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


class _Worker:
    """One process of ``probe/sample.py``; restarted when the taps of the job change."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.process: subprocess.Popen[str] | None = None
        self.taps: tuple[Any, ...] | None = None

    def run(self, job: Job, result: Path) -> None:
        taps = (tuple(job.get("taps", ())), job.get("remember", True), "rules" in job)
        if self.process is None or taps != self.taps:
            self.close()
            self.taps = taps
            self.process = subprocess.Popen(
                [self.stack.python, str(PROBE / "sample.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_environment(),
            )
        assert self.process.stdin is not None and self.process.stdout is not None
        partial = result.with_suffix(".partial.npz")
        description = result.with_suffix(".job.json")
        description.write_text(json.dumps({**job, "out": str(partial)}))
        self.process.stdin.write(f"{description}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer.startswith("done"):
            self.close()
            raise JobError(answer or "the sampling process died")
        os.replace(partial, result)
        description.unlink()

    def close(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    stream.close()
            self.process = None


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
    workers:
        Number of sampling processes on this machine.
    dask:
        Address of a Dask scheduler; its workers must see `cache` and the stack's interpreter.
    report:
        Called with (finished, total) after every job.

    Raises
    ------
    JobError
        If flavio fails in a job, or no scheduler answers.  What was finished stays in the cache.
    MissingExtraError
        If Dask is asked for and not installed.
    """
    # Absolute: a Dask worker, and flavio's process, may stand in another folder.
    cache = cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    files = [job_file(cache, stack, job) for job in jobs]
    missing = [(job, file) for job, file in zip(jobs, files, strict=True) if not file.exists()]
    done = len(jobs) - len(missing)
    if report:
        report(done, len(jobs))
    if dask is not None:
        if missing:
            _run_on_dask(stack, missing, dask, lambda n: report and report(done + n, len(jobs)))
        return files
    pool: queue.Queue[_Worker] = queue.Queue()
    started = [_Worker(stack) for _ in range(workers)]
    for worker in started:
        pool.put(worker)

    def run(job: Job, file: Path) -> None:
        worker = pool.get()
        try:
            worker.run(job, file)
        finally:
            pool.put(worker)

    try:
        with concurrent.futures.ThreadPoolExecutor(workers) as threads:
            pending = [threads.submit(run, job, file) for job, file in missing]
            for future in concurrent.futures.as_completed(pending):
                try:
                    future.result()
                except BaseException:
                    for other in pending:
                        other.cancel()
                    raise
                done += 1
                if report:
                    report(done, len(jobs))
    finally:
        for worker in started:
            worker.close()
    return files


def _run_on_dask(
    stack: Stack,
    missing: Sequence[tuple[Job, Path]],
    address: str,
    report: Callable[[int], object],
) -> None:
    try:
        from distributed import Client, as_completed  # only those who ask for it need it
    except ImportError:
        raise MissingExtraError("a Dask cluster", "dask") from None
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise JobError(f"no Dask scheduler answers at {address} ({error})") from None
    with client:
        futures = [client.submit(_run_one, stack, job, file, pure=False) for job, file in missing]
        try:
            for finished, future in enumerate(as_completed(futures, loop=client.loop), 1):
                future.result()
                report(finished)
        finally:
            client.cancel(futures)
            client.run(_close_own)


# Of a Dask worker: the sampling process of each of its threads, which takes half a minute to start
# and therefore stays for the next jobs.
_OWN: dict[tuple[int, str], _Worker] = {}


def _run_one(stack: Stack, job: Job, file: Path) -> None:
    key = (threading.get_ident(), stack.python)
    worker = _OWN.setdefault(key, _Worker(stack))
    try:
        worker.run(job, file)
    except BaseException:
        _OWN.pop(key).close()
        raise


def _close_own() -> None:
    while _OWN:
        _OWN.popitem()[1].close()
