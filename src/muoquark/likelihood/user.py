"""Adding a user's measurements to a snapshot, or replacing the snapshot's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.likelihood.measured import shown
from muoquark.likelihood.measurement_file import observable_key, read_measurements
from muoquark.likelihood.moments import moments
from muoquark.likelihood.pdfs import Constraint, tabulate
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["keys", "with_measurements"]

# Nodes of a table of the user's; flavio interpolates linearly between those that are given.
FINE = 2001


def keys(snapshot: Snapshot) -> list[str]:
    """Return the key of every observable of a snapshot."""
    return [
        o if isinstance(o, str) else observable_key(o[0], o[1:]) for o in snapshot.forms.observables
    ]


def with_measurements(snapshot: Snapshot, path: str | Path) -> tuple[Snapshot, tuple[str, ...]]:
    """Return the snapshot with the measurements of a file, and their names.

    A measurement takes the place of those that it supersedes and of one of the same name.  An
    observable of which no measurement is left leaves the likelihood.  ``measured`` and ``error``
    of what changed are those of :func:`muoquark.likelihood.measured.shown`.

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
            kind, arrays = c.pdf.kind, dict(c.pdf.arrays)
            extra = None
            if kind == "grid":  # in a Gaussian block, which takes no more of it
                kind = "normal"
            elif kind != "normal":
                extra = moments(kind, arrays)
            if kind == "table":
                arrays = tabulate(*_refined(arrays["x"], arrays["pdf"]))
            # Values that lie in different blocks are kept in the block of the first.
            constraints.append(
                Constraint(block_of[where[0]], measurement.name, kind, where, arrays, extra)
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
    changed = replace(snapshot, constraints=tuple(constraints), blocks=blocks, theory=theory)
    measured, error = shown(changed, set(touched) & left)
    return replace(changed, measured=measured, error=error)
