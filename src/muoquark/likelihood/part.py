"""A part of the likelihood: predictions of some observables, and what was measured of them.

A data snapshot of flavio is one part, the Drell-Yan tails are another, and so is whatever a user
adds: a file of polynomials, or a few lines of Python (docs/howto/add-part.md).  A part says which
low-scale coefficients it asks for, predicts its observables from them, and holds the pdfs of their
measurements; everything else (running, fits, goodness, citations) follows from that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.edition import known_data
from muoquark.likelihood.measured import shown
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import Pdf
from muoquark.running.evolution import Evolution, LowSector, Output

if TYPE_CHECKING:
    from muoquark.likelihood.specialise import SampledRange

__all__ = ["FunctionPart", "Part", "Predictor", "Reference", "measured", "smeft"]

Reference = tuple[str, str]


def smeft(name: str, scale: float | None = None) -> Output:
    """Return a real component of the Warsaw basis as something that a part can ask for.

    Parameters
    ----------
    name
        WCxf's name with ``:Re`` or ``:Im``, such as ``lq1_2211:Re``; in GeV^-2, down-aligned.
    scale
        In GeV; without it the scale at which the coefficients are given (mu_M).

    Examples
    --------
    >>> import muoquark
    >>> muoquark.smeft_component("lq1_2211:Re", 1000.0).component
    'lq1_2211:Re'
    """
    return Output(LowSector("SMEFT", "Warsaw", "all", 0.0 if scale is None else float(scale)), name)


class Predictor(Protocol):
    """What predicts observables from low-scale coefficients."""

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return predictions (..., observables), and what was continued, bool (...)."""


class Part(ABC):
    """Predictions of some observables, and what was measured of them; immutable.

    Attributes
    ----------
    name
        How a user asks for it; its identity and its references say more.
    data
        Observables, in the order of the predictions, and their measurements.
    targets
        The low-scale coefficients that it asks for: real components, each an ``Output``.
    sm
        The SM's predictions, (observables,).
    rates
        Which of the observables are rates, that is never negative, (observables,).

    Examples
    --------
    >>> import muoquark
    >>> (part,) = muoquark.Likelihood("2021-07").parts
    >>> isinstance(part, muoquark.Part), part.name
    (True, '2021-07')
    """

    name: str
    data: DataSet
    targets: tuple[Output, ...]

    @property
    @abstractmethod
    def sm(self) -> np.ndarray:
        """The SM's predictions, (observables,)."""

    @property
    @abstractmethod
    def predictor(self) -> Predictor:
        """What predicts the observables from the targets."""

    @property
    def extras(self) -> tuple[str, ...]:
        """What of a model the part can use beside coefficients, ``S3/M^-2``; none by default.

        See :mod:`muoquark.smeft.mediators`.
        """
        return ()

    def predictor_with(self, extras: Sequence[str]) -> Predictor:
        """Return the predictor for targets followed by some of the extras."""
        return self.predictor

    def check_mediators(self, masses: Mapping[str, float]) -> None:
        """Check that the part can speak about heavy fields of these masses in GeV, by field.

        Raises
        ------
        DomainError
            If it cannot.
        """
        return

    def remarks(self, fields: Sequence[str]) -> list[str]:
        """Return what is to be said about the part's numbers for a model with these fields."""
        return []

    def variants(self) -> Mapping[str, Sequence[Part]]:
        """Return the part under other choices, by the kind of choice; none by default.

        Their predictions depend on the same targets and extras.
        """
        return {}

    @abstractmethod
    def with_data(self, data: DataSet, touched: set[int]) -> Self:
        """Return the part with other measurements of the observables at `touched`."""

    def at(self, until: str | None, chosen: Sequence[str] = (), also: Collection[str] = ()) -> Self:
        """Return the part with what was known at the end of a month, YYYY-MM.

        Parameters
        ----------
        chosen
            Sets of measurements of an archive, which :class:`SnapshotPart` may have.
        also
            Keys of observables that stay without a measurement.

        Raises
        ------
        InputError
            If nothing was known.
        """
        if until is None:
            return self
        data = known_data(self.data, until, also)
        if not data.constraints:
            raise InputError(f"nothing of '{self.name}' was known in {until}")
        return self.with_data(data, set())

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return what tells this part from another: name, options, hashes, versions."""

    def references(self) -> Sequence[Reference]:
        """Return (INSPIRE texkey, what it contributed) of the predictions."""
        return ()

    @property
    def rates(self) -> np.ndarray:
        """Which of the observables are rates; none unless a part says so."""
        return np.zeros(len(self.data.observables), dtype=bool)

    def compiled(self, reach: SampledRange) -> Predictor:
        """Return the predictor for points within `reach`, arranged for a compiler."""
        return self.predictor

    def check(self, evolution: Evolution) -> None:
        """Check that there is something to compare with, and that the running leads there.

        Raises
        ------
        InputError
            If nothing is measured of the predictions, or for targets outside of the tables.
        """
        try:
            evolution.check_outputs(self.targets)
        except DomainError as error:
            raise InputError(
                f"'{self.name}' asks for what the running does not give: {error}"
            ) from None
        if not self.data.constraints:
            raise InputError(
                f"nothing is measured of what '{self.name}' predicts: --measurements FILE adds "
                "measurements"
            )

    @property
    def error(self) -> np.ndarray:
        """Uncertainties with which effects are compared, (observables,)."""
        return self.shown[1]

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured values and uncertainties, (observables,) each; nan where nothing was measured.

        See :mod:`muoquark.likelihood.measured`.
        """
        size = len(self.data.observables)
        value, error = np.full(size, np.nan), np.full(size, np.nan)
        for k, pair in shown(self.data).items():
            value[k], error[k] = pair
        return value, error


@dataclass(frozen=True, eq=False)
class FunctionPart(Part):
    """A part whose predictions are a function in Python.

    Parameters
    ----------
    name
        How it is called in tables and records.
    data
        See :func:`measured`.
    targets
        See :func:`smeft`.
    function
        function(low, xp) -> predictions (..., observables) for low (..., targets), with
        ``xp`` being numpy or jax.numpy; finite for any input.
    options
        What it was made with, for its identity.
    cited
        (INSPIRE texkey, what it contributed) of the predictions.

    Examples
    --------
    >>> import muoquark
    >>> mass = muoquark.Observable("m_W shift")
    >>> data = muoquark.measured("mass", {"mine": {mass: muoquark.pdfs.Normal(0.0, 1.0)}})
    >>> part = muoquark.FunctionPart(
    ...     "mine", data, (muoquark.smeft_component("phiD:Re", 1000.0),), lambda low, xp: 1e8 * low
    ... )
    >>> likelihood = muoquark.Likelihood(part)
    >>> point = {"eft": "SMEFT", "basis": "Warsaw", "scale": 1000, "values": {"phiD": 2e-8}}
    >>> round(likelihood(point).total, 6)
    -2.0
    """

    name: str
    data: DataSet
    targets: tuple[Output, ...]
    function: Callable[[Any, Any], Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    cited: Sequence[Reference] = ()
    source: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def sm(self) -> np.ndarray:
        """The predictions at zero coefficients."""
        return np.asarray(self.function(np.zeros(len(self.targets)), np), dtype=float)

    @property
    def predictor(self) -> Predictor:
        """The part itself."""
        return self

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return the predictions; nothing is continued."""
        return self.function(low, xp), xp.zeros(low.shape[:-1], dtype=bool)

    def with_data(self, data: DataSet, touched: set[int]) -> Self:
        """Return the part with other measurements."""
        return replace(self, data=data)

    def identity(self) -> dict[str, Any]:
        """Return name, options and what is known of the file that it comes from."""
        return {"name": self.name, "options": dict(self.options), **self.source}

    def references(self) -> Sequence[Reference]:
        """Return what the part says."""
        return self.cited


def measured(
    block: str,
    measurements: Mapping[str, Mapping[Observable, Pdf]],
    info: Mapping[str, Mapping[str, str]] | None = None,
    observables: Sequence[Observable] = (),
) -> DataSet:
    """Return the data set of one block of independent measurements.

    Parameters
    ----------
    block
        The name of the block, of no other part.
    measurements
        The pdf of each observable, by the name of the measurement.
    info
        experiment, ``inspire`` (texkey), ``url`` and date, by the name of the measurement.
    observables
        In the order of the predictions; by default in the order of the measurements.

    Examples
    --------
    >>> import muoquark
    >>> mass = muoquark.Observable("m_W shift")
    >>> data = muoquark.measured("mass", {"mine": {mass: muoquark.pdfs.Normal(0.0, 1.0)}})
    >>> data.blocks
    {'mass': (0,)}
    """
    named = list(observables or dict.fromkeys(o for m in measurements.values() for o in m))
    place = {o: k for k, o in enumerate(named)}
    constraints = tuple(
        Constraint(block, name, (place[o],), pdf)
        for name, pdfs in measurements.items()
        for o, pdf in pdfs.items()
    )
    used = tuple(sorted({o for c in constraints for o in c.observables}))
    return DataSet(tuple(named), constraints, {block: used}, {}, info or {})
