"""Further observables against plain flavio, at random points in all directions at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.compiler.assemble import FittedObservable
from muoquark.likelihood.compiler.build import (
    ABSOLUTE,
    CHECK_SIZE,
    RELATIVE,
    CompileError,
    Settings,
    _progress,
)
from muoquark.likelihood.compiler.jobs import run_jobs
from muoquark.likelihood.forms import Direction
from muoquark.likelihood.positivity import as_squares
from muoquark.likelihood.snapshot import Snapshot

# The SM and five random points; plain flavio shares nothing between observables and takes long.
POINTS = 6

__all__ = ["Further", "Truth", "compared", "sample_truth"]


@dataclass(frozen=True)
class Further:
    """Observables that were sampled and fitted beside those of a snapshot.

    Attributes
    ----------
    observables
        flavio's names, or [name, arguments...].
    fitted
        By JSON text.
    sizes
        By component, the size at which it was sampled.
    """

    observables: Sequence[Any]
    fitted: Mapping[str, FittedObservable]
    sizes: Mapping[Any, float]


@dataclass(frozen=True)
class Truth:
    """What flavio says at random points; the first is the SM.

    Attributes
    ----------
    observables
        flavio's names, or [name, arguments...].
    directions
        What varies.
    x, ckm
        Components (points, directions) and CKM parameters (points, 4).
    values
        (points, observables).
    """

    observables: Sequence[Any]
    directions: Sequence[Direction]
    x: np.ndarray
    ckm: np.ndarray
    values: np.ndarray


def sample_truth(settings: Settings, further: Further) -> Truth:
    """Ask flavio as it is, nothing pinned and nothing remembered."""
    directions = sorted((d for d in further.sizes if d[0] != "derived"), key=str)
    observables = [list(o) if isinstance(o, tuple) else o for o in further.observables]
    job = {
        "observables": observables,
        "components": [[*d, CHECK_SIZE * further.sizes[d]] for d in directions],
        "ckm_size": 0.05,
        "seed": 2,
        "taps": [],
        "phases": [None],
        "remember": False,
        "plain": True,
        "count": 1,
    }
    files = run_jobs(
        settings.stack,
        [{**job, "first": k} for k in range(POINTS)],
        settings.cache,
        settings.workers,
        settings.dask,
        _progress(settings, "check"),
    )
    loaded = [np.load(f) for f in files]
    x, ckm, values = (np.concatenate([d[n] for d in loaded]) for n in ("x", "ckm", "values"))
    return Truth(observables, directions, x, ckm, values)


def compared(settings: Settings, whole: Snapshot, truth: Truth) -> str:
    """Compare the forms with flavio and return the report, in Markdown.

    Raises
    ------
    CompileError
        If an observable is off.
    """
    forms = as_squares(whole.forms)  # as it is read
    place = {d: k for k, d in enumerate(forms.directions)}
    low = np.zeros((len(truth.x), len(place)))
    for k, direction in enumerate(truth.directions):
        if direction in place:  # what was pruned moves nothing
            low[:, place[direction]] = truth.x[:, k]
    keys = [o.key for o in whole.observables]
    own = [o if isinstance(o, str) else json.dumps(o) for o in truth.observables]
    rows = [keys.index(key) if key in keys else -1 for key in own]
    mine = forms.predict(low, truth.ckm)
    lines = [
        f"# Accuracy of what is new in snapshot {settings.title}",
        "",
        "Against "
        + ", ".join(f"{k} {v}" for k, v in settings.stack.versions.items())
        + f" at the SM and {len(truth.x) - 1} random points in all {len(truth.directions)} "
        "directions at once; errors in units of the total error of the observable, of what nobody "
        "measured in units of its largest value. All others are those of the snapshot that it "
        "extends.",
        "",
        "| observable | at the SM | held-out, median | largest | distance from the SM there |",
        "|---|---|---|---|---|",
    ]
    missed, table = [], []
    for k, n in enumerate(rows):
        if n < 0:
            continue  # an ingredient of a sum
        scale = whole.error[n] or float(np.abs(truth.values[:, k]).max())
        error = np.abs(mine[:, n] - truth.values[:, k]) / scale
        distance = np.abs(truth.values[:, k] - truth.values[0, k]) / scale
        worst = int(np.argmax(error))
        name = str(whole.observables[n])
        if not np.all(error <= ABSOLUTE + RELATIVE * distance):
            missed.append(f"{name}: {error[worst]:.2g} sigma at {distance[worst]:.2g} from the SM")
        row = f"| {name} | {error[0]:.1e} | {np.median(error):.1e} | {error[worst]:.1e} | "
        table.append((-error[worst], row + f"{distance[worst]:.2g} |"))
    if missed:
        raise CompileError(f"compiled observables that miss flavio: {'; '.join(missed)}")
    return "\n".join([*lines, *(row for _, row in sorted(table))]) + "\n"
