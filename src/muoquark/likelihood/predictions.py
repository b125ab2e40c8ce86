"""Predictions beside measurements: one value for every observable."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.common.shown import Shown
from muoquark.likelihood.likelihood import Likelihood, PointResult
from muoquark.likelihood.names import fitting, unknown
from muoquark.likelihood.observable import Observable

__all__ = ["SORTS", "Prediction", "Predictions", "predictions", "theory_errors", "uncertainties"]


@dataclass(frozen=True)
class Prediction:
    """An observable: in the SM, at a point, and as measured, in flavio's units.

    Attributes
    ----------
    observable, arguments
        flavio's name, and its arguments by name.
    sm, value
        Central predictions.
    measured, uncertainty
        As :mod:`muoquark.likelihood.measured` says; theory errors included where the likelihood
        has them.
    block
        The block of the likelihood.
    sources
        INSPIRE texkeys of the measurements, or their names where there is none.
    theory
        The theory error at the point, None where the likelihood neglects it.
    uncertainty_sm
        As `uncertainty`, with the theory error of the SM; None if it is the same.
    """

    observable: str
    arguments: Mapping[str, float]
    sm: float
    value: float
    measured: float
    uncertainty: float
    block: str
    sources: tuple[str, ...] = ()
    theory: float | None = None
    uncertainty_sm: float | None = None

    @property
    def process(self) -> str:
        """What decays or mixes, ``B0->K*mumu``; the name where it names no process."""
        found = re.search(r"\((.*->.*)\)", self.observable)
        return found[1] if found else self.observable

    @property
    def name(self) -> str:
        """The name with its arguments."""
        return Observable(self.observable, tuple(self.arguments.items())).text

    @property
    def pull_sm(self) -> float:
        """(SM - measured)/uncertainty, with the theory error of the SM."""
        own = self.uncertainty if self.uncertainty_sm is None else self.uncertainty_sm
        return (self.sm - self.measured) / own

    @property
    def pull(self) -> float:
        """(prediction - measured)/uncertainty."""
        return (self.value - self.measured) / self.uncertainty

    def record(self) -> dict[str, Any]:
        """Return the observable as plain data, as ``muoquark predict --json`` prints it."""
        return {
            "observable": self.observable,
            "args": dict(self.arguments),
            "sm": self.sm,
            "value": self.value,
            "measured": self.measured,
            "uncertainty": self.uncertainty,
            "theory": self.theory,
            "pull_sm": self.pull_sm,
            "pull": self.pull,
            "block": self.block,
            "sources": list(self.sources),
        }


#: Orders of a table of predictions.
SORTS: dict[str, Callable[[Prediction], Any]] = {
    "pull": lambda one: -abs(one.pull),
    "pull_sm": lambda one: -abs(one.pull_sm),
    "change": lambda one: -abs(one.pull - one.pull_sm),
    "name": lambda one: one.name,
    "block": lambda one: one.block,
}


def _fitting(pattern: str, processes: Iterable[str]) -> set[str]:
    """Return the processes that contain what a user writes; if none, those that a pattern fits.

    Charges may be left out.  In this order since a K* is no pattern.
    """
    texts = {process: (process, _uncharged(process)) for process in processes}
    found = {p for p, both in texts.items() if any(pattern in text for text in both)}
    return found or {
        p for p, both in texts.items() if any(fnmatch.fnmatchcase(text, pattern) for text in both)
    }


def _uncharged(process: str) -> str:
    return re.sub(r"(?<=[A-Z])[+0-](?=->)", "", process)


class Predictions(Sequence[Prediction], Shown):
    """The observables at a point, found by position or by name.

    Parameters
    ----------
    found
        Them, in the order of the blocks.
    status
        What is to be said of the point, in sentences.

    Examples
    --------
    >>> import muoquark
    >>> found = muoquark.predict("paper", data="2021-07")
    >>> found["BR(Bs->mumu)"].value < found["BR(Bs->mumu)"].sm
    True
    >>> found["<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]"].block
    'quarks'
    >>> [one.observable for one in found.select("R_D")]
    ['Rtaul(B->Dlnu)']
    """

    def __init__(self, found: Iterable[Prediction], status: Sequence[str] = ()) -> None:
        self.found = tuple(found)
        self.status = tuple(status)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.found)

    @overload
    def __getitem__(self, key: int | str) -> Prediction: ...
    @overload
    def __getitem__(self, key: slice) -> Predictions: ...

    def __getitem__(self, key: int | slice | str) -> Prediction | Predictions:
        """Return the prediction at a position, or of a name with its arguments.

        Raises
        ------
        InputError
            For a name that is none, or that of several observables.
        """
        if isinstance(key, slice):
            return Predictions(self.found[key], self.status)
        if not isinstance(key, str):
            return self.found[key]
        own = [one for one in self.found if key in (one.name, one.observable)]
        if len(own) == 1:
            return own[0]
        if not own:
            raise unknown(key, [one.observable for one in self.found])
        listed = ", ".join(f"'{one.name}'" for one in own[:4])
        raise InputError(f"'{key}' is {len(own)} observables, for example {listed}")

    def select(self, pattern: str) -> Predictions:
        """Return those whose name fits a shell pattern or short name, or has it as a part."""
        names = [one.observable for one in self.found]
        chosen = fitting(pattern, names, parts=True)
        if not chosen:
            raise unknown(pattern, names)
        return Predictions((o for o in self.found if o.observable in chosen), self.status)

    def where(
        self,
        process: str | None = None,
        block: str | None = None,
        min_pull: float = 0.0,
        sort: str | None = None,
    ) -> Predictions:
        """Return some of them, in another order.

        Parameters
        ----------
        process
            Of a process, ``B0->K*mumu``, a part of one or a shell pattern; without the charge of a
            meson, ``B->K*mumu``, of any charge.
        block
            Of a block of the likelihood.
        min_pull
            With a pull at the point of at least this size.
        sort
            One of :data:`SORTS`: largest pull first, largest pull in the SM first, largest change
            of the pull first, or by name.

        Raises
        ------
        InputError
            If a process or block is none, or for another order.
        """
        chosen: list[Prediction] = list(self.found)
        if process is not None:
            fit = _fitting(process, {one.process for one in chosen})
            chosen = [one for one in chosen if one.process in fit]
            if not chosen:
                known = dict.fromkeys(one.process for one in self.found)
                raise InputError(f"no observable of '{process}': {suggest(process, list(known))}")
        if block is not None:
            known = dict.fromkeys(one.block for one in self.found)
            if block not in known:
                raise InputError(f"no block '{block}': {suggest(block, list(known))}")
            chosen = [one for one in chosen if one.block == block]
        chosen = [one for one in chosen if not abs(one.pull) < min_pull]
        if sort is not None:
            if sort not in SORTS:
                raise InputError(f"cannot sort by '{sort}': {suggest(sort, list(SORTS))}")
            chosen = sorted(chosen, key=SORTS[sort])
        return Predictions(chosen, self.status)

    def headline(self) -> str:
        """Return how many there are, and what there is to say of the point."""
        return "; ".join((f"{len(self)} observables, in powers of GeV", *self.status))

    def to_dataframe(self) -> Any:
        """Return a ``pandas.DataFrame`` with one row for each observable."""
        import pandas as pd

        columns = ("sm", "value", "measured", "uncertainty", "theory", "pull_sm", "pull", "block")
        rows = [[getattr(one, c) for c in columns] + [", ".join(one.sources)] for one in self]
        index = pd.Index([one.name for one in self.found], name="observable")
        return pd.DataFrame(rows, index=index, columns=[*columns, "sources"])


def uncertainties(likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return measured values and uncertainties of all observables, (observables,) each.

    Those of :func:`muoquark.likelihood.measured.shown`, whatever the measurements are.
    """
    measured, error = likelihood.shown
    return measured.copy(), error.copy()


def theory_errors(
    likelihood: Likelihood, theory: Mapping[str, np.ndarray], error: np.ndarray
) -> tuple[dict[int, float], dict[int, float], dict[int, float]]:
    """Return theory errors and uncertainties at a point, and uncertainties in the SM, by position.

    Where theory errors do not follow the point there are theory errors alone.

    Parameters
    ----------
    theory
        Covariances by block, at the point.
    error
        Uncertainties with the theory errors of the snapshot, (observables,).
    """
    found: dict[int, float] = {}
    total: dict[int, float] = {}
    total_sm: dict[int, float] = {}
    for block, shipped in likelihood.data.theory.items():
        positions = likelihood.data.blocks[block]
        here = theory.get(block)
        widths = np.sqrt(np.diag(np.asarray(shipped if here is None else here)))
        found |= dict(zip(positions, map(float, widths), strict=True))
        if here is None:
            continue
        experiment = likelihood.data.measured[block].errors
        own = np.sqrt(np.diag(likelihood.sm_theory[block]))
        total |= dict(zip(positions, map(float, np.hypot(experiment, widths)), strict=True))
        total_sm |= dict(zip(positions, map(float, np.hypot(experiment, own)), strict=True))
    return found, total, total_sm


def predictions(likelihood: Likelihood, result: PointResult) -> Predictions:
    """Return every observable at one point, in the order of the blocks."""
    data = likelihood.data
    measured, error = uncertainties(likelihood)
    theory, total, total_sm = theory_errors(likelihood, result.theory, error)
    sources: dict[int, dict[str, None]] = {}
    for constraint in data.constraints:
        key = data.info.get(constraint.measurement, {}).get("inspire") or constraint.measurement
        for k in constraint.observables:
            sources.setdefault(k, {})[key] = None
    found = (
        Prediction(
            observable=data.observables[k].name,
            arguments=dict(data.observables[k].arguments),
            sm=float(likelihood.sm[k]),
            value=float(result.predictions[k]),
            measured=float(measured[k]),
            uncertainty=total.get(k, float(error[k])),
            block=block,
            sources=tuple(sources.get(k, ())),
            theory=theory.get(k),
            uncertainty_sm=total_sm.get(k),
        )
        for block, positions in data.blocks.items()
        for k in positions
    )
    return Predictions(found, result.status)
