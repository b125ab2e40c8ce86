"""What the page asks: ln L, groups, pulls and cards at values of a card's parameters."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.explore.widened import widened
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.fit import objective_of
from muoquark.inference.global_likelihood import asked
from muoquark.inference.objective import twice
from muoquark.inference.source import as_varied, coefficients_of, order_of
from muoquark.likelihood.likelihood import DATA, Data, PointResult
from muoquark.likelihood.predictions import predictions, uncertainties
from muoquark.model.card import Card, Free
from muoquark.model.coefficient_card import AnyCard, CoefficientCard
from muoquark.report.labels import label_of
from muoquark.report.observable_label import observable_label

__all__ = ["Exploration", "Handle", "Moved", "Readings"]

#: Observables whose pulls are shown.
MOVED = 12
# By such a share of its range a parameter is moved, to see which ones matter.
STEP = 0.1
# Points per axis of a plane while something moves, and when it rests: at least and at most.  So
# many are taken as a core does in these seconds, which most cards need less than.
POINTS, SECONDS = ((16, 40), (32, 100)), (0.4, 6.0)
# Points that are timed.
TIMED = 64


@dataclass(frozen=True)
class Handle:
    """A parameter that the page has a slider for.

    Attributes
    ----------
    name, low, high, start
        As of the free parameter; masses in GeV.
    label
        Text with TeX between dollars, and the unit.
    own
        Whether it is free in the card itself.
    mass
        Whether it has a unit: a mass, or the vacuum expectation value of Phi.
    """

    name: str
    low: float
    high: float
    start: float
    label: str
    own: bool
    mass: bool


@dataclass(frozen=True)
class Moved:
    """An observable whose pull a point moves.

    Attributes
    ----------
    name, label
        With its arguments; the label has TeX between dollars.
    block
        Of the likelihood.
    sm, value, measured, uncertainty
        In flavio's units.
    pull_sm, pull
        (prediction - measurement) / uncertainty in the SM and at the point.
    """

    name: str
    label: str
    block: str
    sm: float
    value: float
    measured: float
    uncertainty: float
    pull_sm: float
    pull: float


@dataclass(frozen=True)
class Readings:
    """What the data say of a point.

    Attributes
    ----------
    total
        ln L - ln L_SM.
    blocks, groups
        The same by block, which add up to the total, and of groups of observables by themselves,
        which overlap.
    moved
        The observables whose pulls differ most from those in the SM, largest difference first.
    status
        What there is to say of the point.
    full
        Whether by the whole pass, as ``muoquark loglike`` has it, or by the compiled one.
    """

    total: float
    blocks: Mapping[str, float]
    groups: Mapping[str, float]
    moved: tuple[Moved, ...]
    status: tuple[str, ...]
    full: bool

    @property
    def delta_chi2(self) -> float:
        """chi2_SM - chi2 = 2 (ln L - ln L_SM)."""
        return 2 * self.total


class Exploration:
    """A card and data, asked at any values of the parameters; compiled once.

    Parameters
    ----------
    card
        What :func:`muoquark.read` takes.
    data
        A likelihood, or the data of one.
    order
        Of the matching.
    wide
        Whether masses and couplings that the card fixes are parameters too
        (:func:`~muoquark.explore.widened.widened`); they are if nothing is free in the card.
    lock
        Of those that share the data.

    Attributes
    ----------
    card
        The card of all parameters.
    likelihood
        The data.
    function
        ln L - ln L_SM, compiled for this card and these data.
    notes
        What there is to say of the card.
    coarse, fine
        Points per axis of a plane while something moves, and when it rests.

    Raises
    ------
    InputError
        For faulty input, or if there is nothing to vary.

    Examples
    --------
    >>> from muoquark.explore.exploration import Exploration
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> explorer = Exploration(card, "2021-07")
    >>> explorer.at({"C9_bsmumu": -0.9}).total > 5
    True
    """

    def __init__(
        self,
        card: Any,
        data: Data = DATA,
        order: str = "highest",
        wide: bool = False,
        lock: threading.Lock | None = None,
    ) -> None:
        own = as_varied(card)
        self.given, self.order = own, order
        self.wide = wide or not own.free
        self.card: AnyCard = own
        said: tuple[str, ...] = ()
        if self.wide:
            self.card, said = widened(own)
        if not self.card.free:
            raise InputError("there is nothing to vary: the card sets no mass and no coupling")
        self.likelihood = asked(data)
        self.function: CardLikelihood = objective_of(self.likelihood, self.card, order)
        self.notes = (*getattr(own, "notes", ()), *said)
        self._own = {p.name for p in own.free}
        self.coarse, self.fine = (most for _, most in POINTS)
        # The whole pass keeps maps of its last scales, which two threads must not change at once.
        self._lock = threading.Lock() if lock is None else lock
        measured, error = uncertainties(self.likelihood)
        self._measured, self._error = measured, error
        self._block = {k: b for b, ks in self.likelihood.data.blocks.items() for k in ks}

    @property
    def handles(self) -> tuple[Handle, ...]:
        """The parameters, those that are free in the card first."""
        found = []
        for p in self.card.free:
            label, own = label_of(p.name, self.card), p.name in self._own
            mass = isinstance(self.card, Card) and label.endswith("[GeV]")
            found.append(Handle(p.name, p.low, p.high, p.start, label, own, mass))
        return tuple(sorted(found, key=lambda one: not one.own))

    @property
    def leading(self) -> tuple[str, ...]:
        """The two parameters, or the only one, that move ln L most around the start.

        Couplings rather than masses, where there are two of them; in the order of the handles.
        """
        handles = self.handles
        if len(handles) > 2:
            start = self.theta(self.start)
            names = [p.name for p in self.function.parameters]
            rows = []
            for one in handles:
                k = names.index(one.name)
                for share in (-STEP, STEP):
                    row = start.copy()
                    row[k] = np.clip(row[k] + share * (one.high - one.low), one.low, one.high)
                    rows.append(row)
            found = self.function.total(np.array([start, *rows]))
            change = np.abs(found[1:] - found[0]).reshape(-1, 2).max(axis=1)
            few = sum(not one.mass for one in handles) < 2
            order = sorted(
                range(len(handles)), key=lambda k: (handles[k].mass and not few, -change[k])
            )
            handles = tuple(handles[k] for k in sorted(order[:2]))
        return tuple(one.name for one in handles)

    @property
    def start(self) -> dict[str, float]:
        """The values that the card begins with."""
        return {p.name: p.start for p in self.card.free}

    def compile(self) -> None:
        """Do what the first question would have to wait for, and see what a point costs."""
        self.at(self.start)
        points = np.tile(self.theta(self.start), (TIMED, 1))
        took = []
        for _ in range(2):
            begun = time.perf_counter()
            self.function.parts(points)
            took.append(time.perf_counter() - begun)
        cost = min(took) / TIMED
        self.coarse, self.fine = (
            int(np.clip((seconds / cost) ** 0.5, least, most))
            for seconds, (least, most) in zip(SECONDS, POINTS, strict=True)
        )

    def clipped(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return values for all parameters, within their ranges; at their start if not given.

        Raises
        ------
        InputError
            For a name that no parameter has, or what is no finite number.
        """
        known: dict[str, Free] = {p.name: p for p in self.card.free}
        found = self.start
        for name, value in values.items():
            if name not in known:
                raise InputError(f"'{name}' is no parameter of this card")
            if not isinstance(value, int | float) or not np.isfinite(value):
                raise InputError(f"expected a finite number for {name}, found {value!r:.40}")
            found[name] = float(min(max(value, known[name].low), known[name].high))
        return found

    def theta(self, values: Mapping[str, float]) -> np.ndarray:
        """Return values as the likelihood takes them, (n,)."""
        return self.function.values_of(dict(values))

    def at(self, values: Mapping[str, float]) -> Readings:
        """Return the numbers of a point by the compiled likelihood: milliseconds.

        Where theory errors follow the point there are no pulls, which the whole pass alone knows.
        """
        found = self.function.everything(twice(self.theta(values)))
        parts, predicted, status = (np.asarray(one[0]) for one in found)
        names = dict(zip(self.function.names, map(float, parts), strict=True))
        bits = int(status)
        result = PointResult(
            blocks={n: names[n] for n in self.likelihood.blocks},
            groups={n: names[n] for n in self.likelihood.groups},
            predictions=predicted,
            ckm={},
            status=tuple(t for bit, t in self.function.meanings.items() if bits & bit),
        )
        return self._numbers(result, False)

    def full(self, values: Mapping[str, float]) -> Readings:
        """Return the numbers of a point by the whole pass, as ``muoquark loglike`` does."""
        point = self.fixed(values)
        with self._lock:
            found = self.likelihood(point, self.order)
        return self._numbers(found, True)

    def fixed(self, values: Mapping[str, float]) -> AnyCard:
        """Return the card of one point: without free parameters."""
        values = self.clipped(values)
        if isinstance(self.card, CoefficientCard):
            return replace(self.card, coefficients=self.card.values(values))
        return replace(Card.of(self.card.point(values)), notes=())

    def text(self, values: Mapping[str, float]) -> str:
        """Return the card of one point as YAML, which every verb reads."""
        return self.fixed(values).to_yaml()

    @property
    def matching_order(self) -> str:
        """What the order of the matching is for the fields of the card; empty for coefficients."""
        if isinstance(self.card, CoefficientCard):
            return ""
        return order_of(self.card, self.order)

    def coefficients(self, values: Mapping[str, float]) -> Any:
        """Return the Wilson coefficients of a point."""
        return coefficients_of(self.fixed(values), self.order)

    def _numbers(self, result: PointResult, full: bool) -> Readings:
        """Return what is shown of a result."""
        return Readings(
            total=float(sum(result.blocks.values())),
            blocks=result.blocks,
            groups=result.groups,
            moved=self._moved(result),
            status=result.status,
            full=full,
        )

    def pulls(self, predicted: np.ndarray) -> np.ndarray:
        """Return pulls (..., m) of predictions, where theory errors are those of the SM."""
        return np.asarray((predicted - self._measured) / self._error)

    def moved_most(self, pulls: np.ndarray, sm: np.ndarray, count: int = MOVED) -> np.ndarray:
        """Return which pulls (..., m) differ most from those in the SM, (..., count)."""
        change = np.nan_to_num(np.abs(pulls - sm), nan=-1.0, posinf=-1.0)
        # what is in no block does not enter
        outside = [k for k in range(change.shape[-1]) if k not in self._block]
        change[..., outside] = -1.0
        order = np.argsort(-change, axis=-1, kind="stable")
        return order[..., :count]

    def _moved(self, result: PointResult) -> tuple[Moved, ...]:
        if self.likelihood.roots and not result.theory:
            return ()
        if result.theory:
            every = {one.name: one for one in predictions(self.likelihood, result)}
            ranked = sorted(every.values(), key=lambda one: -abs(one.pull - one.pull_sm))
            return tuple(
                Moved(one.name, observable_label(one.observable, one.arguments), one.block, one.sm,
                      one.value, one.measured, one.uncertainty, one.pull_sm, one.pull)
                for one in ranked if np.isfinite(one.pull - one.pull_sm)
            )[:MOVED]  # fmt: skip
        here, sm = self.pulls(result.predictions), self.pulls(self.likelihood.sm)
        return tuple(
            self.described(int(k), float(result.predictions[k]), float(sm[k]), float(here[k]))
            for k in self.moved_most(here[None], sm)[0]
        )

    def described(self, k: int, value: float, pull_sm: float, pull: float) -> Moved:
        """Return the observable at a position."""
        one = self.likelihood.observables[k]
        return Moved(
            one.text,
            observable_label(one.name, dict(one.arguments)),
            self._block[k],
            float(self.likelihood.sm[k]),
            value,
            float(self._measured[k]),
            float(self._error[k]),
            pull_sm,
            pull,
        )
