"""A snapshot at a day, or with other measurements than by default."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from muoquark.common import kept
from muoquark.common.errors import InputError
from muoquark.likelihood.archive import TheoryInput, check_month, date_of, known
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.measured import shown
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.select import select
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["edition", "everything", "known_data", "restricted"]


def edition(
    whole: Snapshot,
    until: str | None = None,
    chosen: Sequence[str] = (),
    also: Collection[str] = (),
    key: str | None = None,
) -> Snapshot:
    """Return a snapshot with those of its measurements that take part.

    Parameters
    ----------
    whole
        With everything that it holds.
    until
        A month, YYYY-MM: measurements, and SM predictions of which the archive knows an older
        value, are those that were published by its end.
    chosen
        Sets of measurements that take part in the place of others, see
        :class:`muoquark.likelihood.archive.Archive`.
    also
        Keys of observables that stay though nothing is left that was measured of them.
    key
        What the result is told by, if what was measured of each observable may be kept
        (:mod:`muoquark.common.kept`).

    Raises
    ------
    InputError
        For a month or a set that is none, two sets of the same events, or if nothing was known.
    """
    archive = whole.archive
    if archive is None:
        if chosen:
            raise InputError(
                f"the snapshot '{whole.metadata['name']}' holds no other measurements than its "
                f"own, '{chosen[0]}' is not there"
            )
        if until is None:
            return whole
        return replace(_narrowed(whole, known_data(whole.data, until, also)), whole=whole)
    members = archive.members(until, chosen)
    if not members:
        raise InputError(f"nothing of '{whole.metadata['name']}' was known in {until}")
    keys = {Observable(name).key for name in archive.predicted}
    found = _narrowed(whole, restricted(whole.data, members, keys, also), key)
    for one in archive.inputs(until):
        found = _with_input(found, one)
    return replace(found, whole=whole)


def everything(whole: Snapshot) -> Snapshot:
    """Return a snapshot with the measurements that take part by default and all predictions.

    Those that nothing is compared with stand in no block.
    """
    if whole.archive is None:
        return whole
    members = whole.archive.members()
    keys = {Observable(name).key for name in whole.archive.predicted}
    error = np.where(whole.error > 0, whole.error, np.nan)
    data = restricted(whole.data, members, keys)
    return replace(whole, data=data, error=error, archive=None)


def known_data(data: DataSet, until: str, also: Collection[str] = ()) -> DataSet:
    """Return the measurements that were known at the end of a month; blocks without any go.

    Observables with a key in `also` stay.

    Raises
    ------
    InputError
        If the month is none.
    """
    check_month(until)
    names = {c.measurement for c in data.constraints}
    dated = {name for name in names if known(date_of(name, data.info.get(name, {})), until)}
    return restricted(data, dated, also=also)


def restricted(
    data: DataSet,
    names: Collection[str],
    predicted: Collection[str] = (),
    also: Collection[str] = (),
) -> DataSet:
    """Return some of the measurements of a data set.

    Observables of which none is left leave their block, and empty blocks go.

    Parameters
    ----------
    predicted
        Keys of observables that stay in their block without measurement; none of a Gaussian one.
    also
        Keys of observables that stay in any block: they are going to be measured.
    """
    constraints = tuple(c for c in data.constraints if c.measurement in names)
    left = {o for c in constraints for o in c.observables}
    blocks: dict[str, tuple[int, ...]] = {}
    theory = {}
    for block, members in data.blocks.items():
        keep = [
            k
            for k, o in enumerate(members)
            if o in left
            or data.observables[o].key in also
            or (block not in data.theory and data.observables[o].key in predicted)
        ]
        if keep:
            blocks[block] = tuple(members[k] for k in keep)
            if block in data.theory:
                theory[block] = np.asarray(data.theory[block])[np.ix_(keep, keep)]
    info = {name: one for name, one in data.info.items() if name in names}
    return replace(data, constraints=constraints, blocks=blocks, theory=theory, info=info)


def _narrowed(whole: Snapshot, data: DataSet, key: str | None = None) -> Snapshot:
    """Return a snapshot without predictions that nothing is compared with."""
    forms = whole.forms
    wanted = {o for members in data.blocks.values() for o in members}
    wanted |= {int(k) for k in forms.ckm_inputs}
    positions = sorted(wanted)
    place = {old: new for new, old in enumerate(positions)}
    small = select(forms, positions)
    moved = DataSet(
        observables=small.observables,
        constraints=tuple(_moved(c, place) for c in data.constraints),
        blocks={b: tuple(place[int(o)] for o in v) for b, v in data.blocks.items()},
        theory=data.theory,
        info=data.info,
    )
    measured, error = whole.measured[positions].copy(), whole.error[positions].copy()
    found = _shown(moved, key) if _complete(moved) else {}
    inside = {o for members in moved.blocks.values() for o in members}
    for k in inside:
        # Nothing is known of what was not measured, but for what is going to be.
        measured[k], error[k] = found.get(k, (np.nan, error[k] or np.nan))
    size = dict(zip(forms.directions, whole.metadata["sizes"], strict=True))
    return Snapshot(
        metadata={**whole.metadata, "sizes": [size[d] for d in small.directions]},
        forms=small,
        data=moved,
        sm=whole.sm[positions],
        measured=measured,
        error=error,
        sha256=whole.sha256,
        archive=whole.archive,
    )


def _shown(data: DataSet, key: str | None) -> dict[int, tuple[float, float]]:
    """Return what `shown` does, which integrates every density that is not Gaussian."""
    if key is None:
        return shown(data)
    name = f"measured\n{key}\n{kept.code()}"
    stored = kept.find(name)
    if stored is not None:
        return {int(k): (value, error) for k, (value, error) in json.loads(stored).items()}
    found = shown(data)
    kept.keep(name, json.dumps(found).encode())
    return found


def _complete(data: DataSet) -> bool:
    """Tell whether all observables of the Gaussian blocks are measured."""
    measured = {o for c in data.constraints for o in c.observables}
    return all(o in measured for block in data.theory for o in data.blocks[block])


def _moved(constraint: Constraint, place: dict[int, int]) -> Constraint:
    return replace(constraint, observables=tuple(place[int(o)] for o in constraint.observables))


def _with_input(snapshot: Snapshot, one: TheoryInput) -> Snapshot:
    """Return a snapshot with the SM's prediction of an observable and its theory error."""
    names = [o.name for o in snapshot.observables]
    if one.observable not in names:
        return snapshot
    k = names.index(one.observable)
    shift = one.value - float(snapshot.sm[k])
    data = snapshot.data
    theory, error = dict(data.theory), snapshot.error.copy()
    for block, covariance in data.theory.items():
        if k in data.blocks[block]:
            row = data.blocks[block].index(k)
            changed = np.array(covariance)
            before = float(np.sqrt(changed[row, row]))
            # Correlations with other observables stay.
            changed[row] *= one.error / before
            changed[:, row] *= one.error / before
            theory[block] = changed
            error[k] = float(np.sqrt(max(error[k] ** 2 - before**2, 0.0) + one.error**2))
    if shift == 0.0 and all(np.array_equal(theory[b], data.theory[b]) for b in theory):
        return snapshot
    sm = snapshot.sm.copy()
    sm[k] = one.value
    return replace(
        snapshot,
        forms=_shifted(snapshot.forms, k, shift),
        data=replace(data, theory=theory),
        sm=sm,
        error=error,
    )


def _shifted(forms: Forms, k: int, shift: float) -> Forms:
    """Return forms in which an observable that is one polynomial has another constant.

    Raises
    ------
    ValueError
        If it is another kind of observable.
    """
    from muoquark.likelihood.mixing import DERIVED

    rows = np.nonzero(np.asarray(forms.owner) == k)[0]
    if len(rows) != 1:
        raise ValueError(f"{forms.observables[k]} is not one polynomial")
    (row,) = rows
    pieces = [int(p) for p in forms.numerators[row] if p]
    if len(pieces) != 1 or np.any(forms.denominators[row]) or np.any(forms.roots[row]):
        raise ValueError(f"{forms.observables[k]} is not one polynomial")
    banks, start = list(forms.banks), 1 + len(DERIVED)
    one = forms.features.index(("1",))
    for n in sorted(range(len(banks)), key=lambda n: banks[n].stage):
        bank = banks[n]
        column = pieces[0] - start
        start += bank.weights.shape[1]
        if 0 <= column < bank.weights.shape[1]:
            constant = (bank.features == one) & (bank.left == 0) & (bank.right == 0)
            weights = np.array(bank.weights)
            weights[np.nonzero(constant)[0][0], column] += shift / float(forms.constants[row])
            banks[n] = replace(bank, weights=weights)
    return replace(forms, banks=tuple(banks))
