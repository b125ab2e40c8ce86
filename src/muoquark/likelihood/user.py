"""Adding a user's measurements to a snapshot, or replacing the snapshot's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.likelihood.measurement_file import observable_key, read_measurements
from muoquark.likelihood.pdfs import Constraint, tabulate
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.values import Pdf

__all__ = ["keys", "moments", "with_measurements"]


def keys(snapshot: Snapshot) -> list[str]:
    """Return the key of every observable of a snapshot."""
    return [
        o if isinstance(o, str) else observable_key(o[0], o[1:]) for o in snapshot.forms.observables
    ]


def moments(pdf: Pdf) -> tuple[float, float]:
    """Return mean and variance of a pdf of one number; a Gaussian block takes no more of it."""
    if pdf.kind == "asymmetric":
        left, right = float(pdf["left"]), float(pdf["right"])
        mean = float(pdf["centre"]) + np.sqrt(2 / np.pi) * (right - left)
        return mean, (1 - 2 / np.pi) * (right - left) ** 2 + left * right
    if pdf.kind == "half_normal":
        width = float(pdf["width"])
        mean = float(pdf["centre"]) + np.sqrt(2 / np.pi) * width
        return mean, (1 - 2 / np.pi) * width**2
    if pdf.kind == "gamma":
        from scipy.stats import gamma

        x = np.linspace(0, float(gamma.isf(1e-12, pdf["a"], pdf["loc"], pdf["scale"])), 20001)
        y = gamma.pdf(x, pdf["a"], pdf["loc"], pdf["scale"])
    else:
        x, y = pdf["x"], pdf["pdf"]
    norm = np.trapezoid(y, x)
    mean = float(np.trapezoid(x * y, x) / norm)
    return mean, float(np.trapezoid((x - mean) ** 2 * y, x) / norm)


def with_measurements(snapshot: Snapshot, path: str | Path) -> tuple[Snapshot, tuple[str, ...]]:
    """Return the snapshot with the measurements of a file, and their names.

    A measurement takes the place of those that it supersedes and of one of the same name.

    Raises
    ------
    InputError
        For every fault of the file.
    """
    listed = keys(snapshot)
    position: Mapping[str, int] = {key: k for k, key in enumerate(listed)}
    block_of = {o: name for name, members in snapshot.blocks.items() for o in members}
    known = sorted({c.measurement for c in snapshot.constraints})
    arguments: dict[str, Any] = dict(snapshot.metadata["arguments"])
    names = {o if isinstance(o, str) else o[0] for o in snapshot.forms.observables}
    new = read_measurements(path, {n: tuple(arguments.get(n, ())) for n in names}, listed, known)
    gone = {name for m in new for name in (*m.supersedes, m.name)}
    constraints = [c for c in snapshot.constraints if c.measurement not in gone]
    measured, error = snapshot.measured.copy(), snapshot.error.copy()
    for measurement in new:
        for c in measurement.constraints:
            where = tuple(position[key] for key in c.observables)
            arrays = dict(c.pdf.arrays)
            extra = None if c.pdf.kind == "normal" else moments(c.pdf)
            # What tables show outside of the Gaussian blocks: the user's own value and error.
            if extra is None:
                measured[list(where)] = arrays["mean"]
                error[list(where)] = np.sqrt(np.diag(arrays["covariance"]))
            else:
                measured[where[0]], error[where[0]] = extra[0], np.sqrt(extra[1])
            if c.pdf.kind == "table":
                arrays = tabulate(arrays["x"], arrays["pdf"])
            # Values that lie in different blocks are kept in the block of the first.
            constraints.append(
                Constraint(block_of[where[0]], measurement.name, c.pdf.kind, where, arrays, extra)
            )
    changed = replace(snapshot, constraints=tuple(constraints), measured=measured, error=error)
    return changed, tuple(m.name for m in new)
