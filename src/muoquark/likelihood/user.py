"""Adding a user's measurements to a snapshot, or replacing the snapshot's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.likelihood.measurement_file import observable_key, read_measurements
from muoquark.likelihood.pdfs import Constraint, tabulate
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.values import Pdf

__all__ = ["keys", "moments", "with_measurements"]

# Nodes of a table of the user's; flavio interpolates linearly between those that are given.
FINE = 2001


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

    A measurement takes the place of those that it supersedes and of one of the same name.  An
    observable of which no measurement is left leaves the likelihood.  ``measured`` and ``error``
    of what changed are the inverse-variance combination of what is left.

    Raises
    ------
    InputError
        For every fault of the file.
    """
    listed = keys(snapshot)
    position: Mapping[str, int] = {key: k for k, key in enumerate(listed)}
    block_of = {o: name for name, members in snapshot.blocks.items() for o in members}
    observables = snapshot.forms.observables
    names = [o if isinstance(o, str) else o[0] for o in observables]
    outside = set(names) - {names[k] for k in block_of}
    arguments: dict[str, Any] = dict(snapshot.metadata["arguments"])
    new = read_measurements(
        path,
        {names[k]: tuple(arguments.get(names[k], ())) for k in block_of},
        [listed[k] for k in block_of],
        sorted({c.measurement for c in snapshot.constraints}),
        {n: "fixes the CKM matrix here and is not in the likelihood" for n in outside},
        {listed[k]: block for k, block in block_of.items() if block in snapshot.theory},
    )
    gone = {name for m in new for name in (*m.supersedes, m.name)}
    constraints = [c for c in snapshot.constraints if c.measurement not in gone]
    touched = {o for c in snapshot.constraints if c.measurement in gone for o in c.observables}
    for measurement in new:
        for c in measurement.constraints:
            where = tuple(position[key] for key in c.observables)
            touched |= set(where)
            arrays = dict(c.pdf.arrays)
            extra = None if c.pdf.kind == "normal" else moments(c.pdf)
            if c.pdf.kind == "table":
                arrays = tabulate(*_refined(arrays["x"], arrays["pdf"]))
            # Values that lie in different blocks are kept in the block of the first.
            constraints.append(
                Constraint(block_of[where[0]], measurement.name, c.pdf.kind, where, arrays, extra)
            )
    changed = _rearranged(snapshot, constraints, touched)
    finite = np.isfinite(changed.likelihoods().log_likelihood(changed.sm))
    if not finite.all():
        bad = ", ".join(name for name, good in zip(changed.blocks, finite, strict=True) if not good)
        raise InputError(Fault(f"with these measurements ln L of the SM is not finite in {bad}",
                               str(path)))  # fmt: skip
    return changed, tuple(m.name for m in new)


def _refined(x: np.ndarray, pdf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a table with nodes close enough to follow its tails; linear between its own."""
    if len(x) > FINE:
        return x, pdf
    nodes = np.union1d(x, np.linspace(x[0], x[-1], FINE))
    return nodes, np.interp(nodes, x, pdf)


def _rearranged(
    snapshot: Snapshot, constraints: Sequence[Constraint], touched: Iterable[int]
) -> Snapshot:
    """Return the snapshot with other constraints.

    touched: positions of the observables whose measurements are not those of before.  Those of
    which none is left leave their blocks.
    """
    left = {o for c in constraints for o in c.observables}
    blocks, theory = dict(snapshot.blocks), dict(snapshot.theory)
    for name, members in snapshot.blocks.items():
        keep = [k for k, o in enumerate(members) if o in left or o not in touched]
        if not keep:
            raise InputError(f"no measurement is left in the block '{name}'")
        blocks[name] = type(members)(members[k] for k in keep)
        if name in theory:
            theory[name] = np.asarray(theory[name])[np.ix_(keep, keep)]
    measured, error = snapshot.measured.copy(), snapshot.error.copy()
    for o in sorted(set(touched) & left):
        pairs = [_moments_of(c, o) for c in constraints if o in c.observables]
        weight = np.array([1 / variance for _, variance in pairs])
        measured[o] = float(weight @ [mean for mean, _ in pairs] / weight.sum())
        error[o] = float(1 / np.sqrt(weight.sum()))
    return replace(
        snapshot, constraints=tuple(constraints), blocks=blocks, theory=theory,
        measured=measured, error=error,
    )  # fmt: skip


def _moments_of(c: Constraint, observable: int) -> tuple[float, float]:
    """Return mean and variance of one observable in a constraint."""
    if c.kind == "normal":
        k = list(c.observables).index(observable)
        mean, covariance = c.gaussian()
        return float(mean[k]), float(covariance[k, k])
    if c.moments is not None:
        return c.moments
    if c.kind == "table":
        values = np.asarray(c.arrays["values"])
        x = float(c.arrays["start"]) + float(c.arrays["step"]) * np.arange(len(values))
        return moments(Pdf("table", {"x": x, "pdf": np.exp(values)}))
    return moments(Pdf(c.kind, c.arrays))
