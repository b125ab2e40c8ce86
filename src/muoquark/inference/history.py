"""The best fit of a card as data came in: with what was measured by the end of each month.

Predictions and theory errors are those of the snapshot throughout, but for SM values that its
archive dates (a_mu); what changes is what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.errors import InputError
from muoquark.common.programs import compiled
from muoquark.common.shown import Shown
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.fit import objective_of
from muoquark.inference.objective import Objective, twice
from muoquark.likelihood.archive import TheoryInput, check_month, date_of, known
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.snapshot_part import SnapshotPart
from muoquark.model.coefficient_card import AnyCard

__all__ = ["History", "Step", "history", "months_of_change", "taking_part"]


@dataclass(frozen=True)
class Step:
    """What was known from one month on.

    Attributes
    ----------
    month
        YYYY-MM.
    entered, left
        Names of measurements that came, and that they superseded.
    best
        The best fit.
    blocks
        ln L - ln L_SM of the blocks there.
    cause
        What came in the block whose ln L changed most; empty for the first step.
    """

    month: str
    entered: tuple[str, ...]
    left: tuple[str, ...]
    best: BestFit
    blocks: Mapping[str, float]
    cause: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the step as plain data."""
        return {
            "month": self.month,
            "best_fit": dict(self.best.values),
            "errors": dict(self.best.errors),
            "at_limit": list(self.best.at_limit),
            "delta_chi2": self.best.delta_chi2,
            "blocks": dict(self.blocks),
            "entered": list(self.entered),
            "left": list(self.left),
            "cause": list(self.cause),
        }


@dataclass(frozen=True, repr=False)
class History(Shown):
    """Best fits in the order of time; made by :func:`history`."""

    steps: tuple[Step, ...]

    def headline(self) -> str:
        """Return what became of the preference over the SM."""
        first, last = self.steps[0], self.steps[-1]
        return (
            f"Delta chi2 to the SM: {first.best.delta_chi2:z.1f} in {first.month}, "
            f"{last.best.delta_chi2:z.1f} since {last.month}"
        )

    def to_dataframe(self) -> Any:
        """Return one row for each month with news as a ``pandas.DataFrame``."""
        import pandas as pd

        rows = [{**step.best.values, "delta_chi2": step.best.delta_chi2} for step in self.steps]
        return pd.DataFrame(rows, index=pd.Index([s.month for s in self.steps], name="month"))

    def record(self) -> dict[str, Any]:
        """Return the history as plain data."""
        return {"steps": [step.record() for step in self.steps]}


def taking_part(likelihood: Likelihood) -> frozenset[str]:
    """Return the names of all measurements of a likelihood."""
    return frozenset(c.measurement for part in likelihood.parts for c in part.data.constraints)


class _Predictions:
    """All predictions along a card's parameters, compiled once for all months."""

    def __init__(self, likelihood: Likelihood, card: AnyCard, order: str) -> None:

        parts = [
            part.with_everything() if isinstance(part, SnapshotPart) else part
            for part in likelihood.parts
        ]
        self.likelihood = Likelihood(parts, likelihood.chain, fix_ckm=likelihood.fix_ckm)
        self.objective = objective_of(self.likelihood, card, order)
        self.place = {o.key: k for k, o in enumerate(self.likelihood.observables)}
        with double_precision():
            self._compiled = compiled(self.objective.predicted)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the predictions (k, observables) at points (k, n)."""
        count = len(points)
        # One program for each power of two.
        size = 1 << max(count - 1, 0).bit_length()
        padded = np.concatenate([points, np.repeat(points[-1:], size - count, axis=0)])
        with double_precision():
            return np.asarray(self._compiled(padded))[:count]


class _Then(Objective):
    """ln L - ln L_SM of what was known in a month."""

    def __init__(self, shared: _Predictions, likelihood: Likelihood) -> None:
        self.shared, self.judge = shared, likelihood.judge
        self.parameters = shared.objective.parameters
        self.blocks = likelihood.blocks
        self.names = (*likelihood.blocks, *likelihood.groups)
        self.columns = np.array([shared.place[o.key] for o in likelihood.observables])
        # A prediction of the SM that was another one then (a_mu).
        self.shift = likelihood.sm - shared.likelihood.sm[self.columns]

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM of blocks and groups at points (k, n)."""
        predictions = self.shared(np.atleast_2d(points))[:, self.columns] + self.shift
        return np.asarray(self.judge.parts(predictions))


def _inputs(likelihood: Likelihood) -> tuple[TheoryInput, ...]:
    """Return the SM predictions that an archive dates, as they were known."""
    return tuple(
        one
        for part in likelihood.parts
        if isinstance(part, SnapshotPart) and part.snapshot.archive is not None
        for one in part.snapshot.archive.inputs(likelihood.until)
    )


def _blocks_of(likelihood: Likelihood, observable: str) -> set[str]:
    """Return the blocks that an observable is in."""
    data = likelihood.data
    return {
        b for b, v in data.blocks.items() if any(data.observables[k].name == observable for k in v)
    }


def _blocks_with(likelihood: Likelihood, measurement: str) -> set[str]:
    """Return the blocks that a measurement enters."""
    return {c.block for c in likelihood.data.constraints if c.measurement == measurement}


def months_of_change(likelihood: Likelihood, since: str) -> list[str]:
    """Return `since` and the later months up to the day of a likelihood in which data changed.

    Raises
    ------
    InputError
        If `since` is no month.
    """
    check_month(since)
    dates: set[str] = set()
    for part in likelihood.parts:
        archive = part.snapshot.archive if isinstance(part, SnapshotPart) else None
        if archive is None:
            info = part.data.info
            dates |= {date_of(n, info.get(n, {})) for n in taking_part(likelihood) if n in info}
            continue
        dates |= {entry.date for entry in archive.entries.values()}
        dates |= {one.date for one in archive.theory}
    months = {(date if len(date) > 4 else f"{date}-12")[:7] for date in dates if date}
    return [
        since,
        *sorted(m for m in months if m > since and known(m, likelihood.until)),
    ]


def history(
    likelihood_at: Callable[[str], Likelihood],
    months: list[str],
    card: AnyCard,
    order: str = "highest",
    seed: int = 1,
    progress: Callable[[str], None] = lambda text: None,
) -> History:
    """Fit a card to what was known in each month in which that changed.

    Parameters
    ----------
    likelihood_at
        The likelihood of a month.
    months
        YYYY-MM, ascending; see :func:`months_of_change`.
    card
        With free parameters.
    order
        Of the matching.
    seed
        Of the starting points.
    progress
        Is told what is being done.

    Raises
    ------
    InputError
        If nothing was known, or theory errors follow the point.
    """
    newest = likelihood_at(months[-1])
    if newest.roots:
        raise InputError(
            f"a history is made with theory errors of the SM (--theory-errors sm), not with those "
            f"of '{newest.theory_errors}': what is predicted once for all months has no others"
        )
    progress("compiling the predictions")
    shared = _Predictions(newest, card, order)
    steps: list[Step] = []
    before: frozenset[str] = frozenset()
    state: Any = None
    for number, month in enumerate(months):
        likelihood = likelihood_at(month)
        now = taking_part(likelihood)
        inputs = _inputs(likelihood)
        if steps and (now, inputs) == state:
            continue
        progress(f"{month}, {number + 1} of {len(months)}")
        objective = _Then(shared, likelihood)
        best = best_fit(objective, seed=seed)
        parts = np.asarray(objective.parts(twice(best.point)))[0]
        found = dict(zip(objective.names, map(float, parts), strict=True))
        blocks = {name: found[name] for name in objective.blocks}
        came = sorted(now - before) if steps else []
        cause: list[str] = []
        if steps:
            old = steps[-1].blocks
            block = max(blocks, key=lambda name: abs(blocks[name] - old.get(name, 0.0)))
            cause = [f"SM: {one.observable}" for one in inputs if one not in state[1]
                     and block in _blocks_of(likelihood, one.observable)]  # fmt: skip
            cause += [name for name in came if block in _blocks_with(likelihood, name)]
        gone = tuple(sorted(before - now))
        steps.append(Step(month, tuple(came), gone, best, blocks, tuple(cause)))
        before, state = now, (now, inputs)
    return History(tuple(steps))
