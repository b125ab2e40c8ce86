"""Compile how predictions respond to flavio's parameters; see docs/theory-errors.md.

    python -m muoquark.likelihood.compiler.responses --snapshot 2026-06 --python PATH/bin/python
        --cache FOLDER --out 2026-06.0.npz

The snapshot is read, not changed.  Every direction of the parameters is a job, kept under the hash
of its question: an interrupted compilation goes on, and that of a snapshot with more observables
asks for these alone.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder
from muoquark.common.output import check_output
from muoquark.likelihood.compiler.__main__ import open_stack
from muoquark.likelihood.compiler.groups import TAPS
from muoquark.likelihood.compiler.jobs import JobError, ProbeProcess, Stack
from muoquark.likelihood.compiler.response_fit import fitted, pieces_of
from muoquark.likelihood.compiler.response_pack import packed
from muoquark.likelihood.compiler.response_tasks import make_tasks
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshots import find, load_snapshot
from muoquark.likelihood.theory_choice import numbered_by

__all__ = ["compile_responses", "main"]

# Raise this number whenever a change of probe/respond.py changes what a job's result means.
REVISION = 1
SEED = 5
CKM_SIZE = 0.1
# Of a standard deviation: how far a parameter is shifted.
STEP = 0.1
# A parameter known to this share of its value is left out: responses of observables are at most a
# few powers of it, and theory errors per cent.  Electroweak observables are measured to parts in
# ten thousand: the mass of the Z boson, known to 2e-5, moves that of the W by a third of its error.
KNOWN, KNOWN_IN = 1e-4, {"ewpt": 1e-6}
# Of the parameters, for the variance of a block that has no covariance: known to 3 %.
DRAWS = 2000


@dataclass(frozen=True)
class Answers:
    """Where answers are kept, and who gives them.

    Attributes
    ----------
    stack
        The versions of flavio, smelli and wilson.
    cache
        Folder.
    report
        Is told in words what is being done.
    """

    stack: Stack
    cache: Path
    report: Callable[[str], None]

    def file(self, job: Mapping[str, Any]) -> Path:
        """Return where the answer to a job is kept."""
        text = json.dumps([job, self.stack.versions, REVISION], sort_keys=True)
        return self.cache / f"response-{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"


def nuisances(asked: Answers, observables: Sequence[Any]) -> dict[str, Any]:
    """Return the answer of ``probe/nuisances.py``."""
    text = json.dumps(list(observables))
    name = hashlib.sha256(json.dumps([text, asked.stack.versions, REVISION]).encode()).hexdigest()
    path = asked.cache / f"nuisances-{name[:32]}.json"
    if not path.exists():
        asked.report("parameters ...")
        partial = path.with_suffix(".partial")
        asked.stack.script("nuisances.py", str(partial), stdin=text)
        partial.rename(path)
    return dict(json.loads(path.read_text()))


def variances(asked: Answers, observables: Sequence[Any], draws: int = DRAWS) -> np.ndarray:
    """Return the variance of predictions of the SM over random parameters, (n,).

    A block without a shipped covariance is compared with it: the linear response is not all.
    """
    question = json.dumps({"observables": list(observables), "draws": draws, "seed": SEED})
    name = hashlib.sha256(json.dumps([question, asked.stack.versions]).encode()).hexdigest()
    path = asked.cache / f"draws-{name[:32]}.json"
    if not path.exists():
        asked.report(f"{draws} draws of the parameters ...")
        partial = path.with_suffix(".partial")
        asked.stack.script("draws.py", str(partial), stdin=question)
        partial.rename(path)
    return np.array(json.loads(path.read_text())["sigma"]) ** 2


def negligible(direction: Mapping[str, Any], known: float = KNOWN) -> bool:
    """Tell whether a parameter is known so well that no prediction notices its error."""
    return all(
        sigma < known * abs(direction["centre"][name]) for name, sigma in direction["sigma"].items()
    )


def compile_responses(
    snapshot: Snapshot, block: str, asked: Answers, limit: float | None = None
) -> dict[str, Any]:
    """Return what is written: arrays, and ``metadata`` as JSON text.

    Parameters
    ----------
    block
        Of the observables.
    limit
        Seconds after which no further job is begun, for a compilation in portions.

    Raises
    ------
    JobError
        If flavio fails, or time is up; what was done is kept.
    """
    forms = snapshot.forms
    numbers = list(snapshot.data.blocks[block])
    texts = [forms.observables[k].flavio for k in numbers]
    found = nuisances(asked, texts)
    known = KNOWN_IN.get(block, KNOWN)
    tasks = make_tasks(forms, snapshot.metadata["sizes"], numbers)
    feels = dict(zip(numbers, found["feels"], strict=True))
    begin = time.time()
    responder: ProbeProcess | None = None

    def answer(job: dict[str, Any], name: str) -> dict[str, Any]:
        nonlocal responder
        path = asked.file(job)
        if not path.exists():
            if limit is not None and time.time() - begin > limit:
                raise JobError("time is up; the same command goes on")
            if responder is None:
                responder = ProbeProcess(asked.stack.python, "respond.py", subprocess.DEVNULL)
            responder.run(job, path)
            asked.report(name)
        with np.load(path) as stored:
            return {k: stored[k] for k in stored.files}

    base = {"seed": SEED, "ckm_size": CKM_SIZE, "taps": TAPS}
    try:
        centres = []
        for k, task in enumerate(tasks):
            every = range(len(task.observables))
            job = {**base, "shift": {}, "tasks": [task.job(every, None)]}
            centres.append(answer(job, f"centre {k + 1} of {len(tasks)}"))
        pieces = [
            pieces_of(forms, task, one, one) for task, one in zip(tasks, centres, strict=True)
        ]
        results: dict[int, Any] = {}
        listed = sorted(set().union(*map(set, feels.values())))
        for count, k in enumerate(listed):
            direction = found["directions"][k]
            if negligible(direction, known):
                continue
            chosen = [
                [i for i, n in enumerate(task.numbers) if n < 0 or k in feels[n]] for task in tasks
            ]
            chosen = [c if any(tasks[t].numbers[i] >= 0 for i in c) else []
                      for t, c in enumerate(chosen)]  # fmt: skip
            shift = {name: STEP * move for name, move in direction["shift"].items()}
            parts: list[Any] = []
            for t, (task, own) in enumerate(zip(tasks, chosen, strict=True)):
                if not own:
                    parts.append(None)
                    continue
                arrays = set(json.loads(str(centres[t]["arrays0"])))
                wanted = [i for i, j in enumerate(own) if j in arrays]
                job = {**base, "shift": shift, "tasks": [task.job(own, wanted)]}
                name = f"{count + 1} of {len(listed)}, {direction['constraint']}"
                small = replace(
                    task,
                    observables=tuple(task.observables[i] for i in own),
                    numbers=tuple(task.numbers[i] for i in own),
                )
                parts.append(pieces_of(forms, small, answer(job, name), centres[t]))
            results[k] = parts
    finally:
        if responder is not None:
            responder.close()
    asked.report("fitting ...")
    weights, factors = fitted(forms, tasks, centres, pieces, results, STEP)
    if block in snapshot.data.theory:
        variance = np.diag(snapshot.data.theory[block])
    else:
        variance = variances(asked, texts)
    return packed(snapshot, block, found, weights, factors, variance, asked.stack.versions)


@click.command()
@click.option("--snapshot", required=True, help="Name with revision, or path of a snapshot.")
@click.option("--block", default="quarks", show_default=True, help="Whose theory errors.")
@click.option("--python", required=True, help="Interpreter that holds flavio and smelli.")
@click.option(
    "--cache",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of intermediate results; an interrupted compilation resumes from it.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file (npz).")
@click.option("--limit", type=float, help="Seconds after which it stops, to be called again.")
def main(
    snapshot: str, block: str, python: str, cache: Path, out: Path, limit: float | None
) -> None:
    """Compile the theory errors of a data snapshot from an installed stack of flavio and smelli."""
    from muoquark.common.files import write_arrays

    start = time.time()

    def say(text: str) -> None:
        click.echo(f"{time.time() - start:7.1f} s  {text}", err=True)

    try:
        prepare_folder(cache)
        check_output(out, force=True)
        loaded = numbered_by(load_snapshot(snapshot), block)
        known = find(snapshot)
        asked = Answers(open_stack(python), cache.resolve(), say)
        arrays = compile_responses(loaded, block, asked, limit)
        metadata = {**json.loads(arrays["metadata"]), "snapshot": known.title if known else None,
                    "sha256": loaded.sha256}  # fmt: skip
        write_arrays(out, {**arrays, "metadata": json.dumps(metadata)}, compressed=True)
    except MuoquarkError as error:
        raise click.ClickException(str(error)) from error
    say(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
