"""What a fit minimises: the log-likelihood of named parameters, split in named parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.model.coefficient_card import AnyCard

__all__ = [
    "FEW",
    "Objective",
    "Parameter",
    "PartsObjective",
    "Restricted",
    "parameters_of",
    "twice",
]

# Up to this many parameters a fit takes gradients by differences: that costs less than the ten
# seconds that JAX takes to compile the reverse-mode derivative.
FEW = 6
# Step of a difference, in shares of a parameter's range: ln L carries rounding noise of 2e-8 (the
# quark correlation has a condition number of 7e4), which must stay out of the gradient.
STEP = 1e-4


@dataclass(frozen=True)
class Parameter:
    """A parameter of a fit: name, allowed range and where to start."""

    name: str
    low: float
    high: float
    start: float


def parameters_of(card: AnyCard) -> tuple[Parameter, ...]:
    """Return the free parameters of a card as a fit sees them."""
    return tuple(Parameter(p.name, p.low, p.high, p.start) for p in card.free)


class Objective(ABC):
    """ln L - ln L_SM as a function of a few parameters.

    A subclass says :meth:`parts`; what else it knows it overrides.

    Attributes
    ----------
    parameters
        The n free parameters.
    names
        Names of the parts of ln L.
    blocks
        The names that add up to the whole likelihood; the other parts are groups of
        observables, which overlap with the blocks.
    """

    parameters: tuple[Parameter, ...]
    names: tuple[str, ...]
    blocks: tuple[str, ...]

    @abstractmethod
    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM of every part at points (k, n), shape (k, len(names))."""

    def gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the whole ln L - ln L_SM and its gradient (n,) at a point (n,).

        By central differences, in one call of `parts`.
        """
        return self.differences(self.parts, point)

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return bits for each point (k, n), shape (k,); see :attr:`meanings`."""
        return np.zeros(len(points), dtype=int)

    @property
    def meanings(self) -> Mapping[int, str]:
        """What the bits of a status mean."""
        return {}

    @property
    def traceable(self) -> Callable[[Any], Any]:
        """The whole ln L - ln L_SM of one point as a function for JAX in 64-bit mode.

        Raises
        ------
        DomainError
            If there is none.
        """
        raise DomainError("this likelihood has no form that a sampler could take gradients of")

    def evaluate(self, points: Any) -> tuple[Any, Any, Any]:
        """Return parts, predictions and status of points (k, n), for JAX in 64-bit mode."""
        raise DomainError("this likelihood has no form that JAX could compile")

    def predictions(self, points: np.ndarray) -> np.ndarray:
        """Return the predictions of all observables at points (k, n), shape (k, m).

        Raises
        ------
        DomainError
            If there are none.
        """
        raise DomainError("this likelihood has no predictions of observables")

    def total_and_predictions(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what `total` and `predictions` do, (k,) and (k, m), where it can be at once."""
        return self.total(points), self.predictions(points)

    # --- what follows from it

    def __call__(self, point: Any) -> Any:
        """Return ln L - ln L_SM: a float at one point, an array (k,) at points (k, n).

        Parameters
        ----------
        point
            Values in the order of the parameters, (n,) or (k, n), or by name.
        """
        values = self.values_of(point)
        found = self.total(np.atleast_2d(values))
        return float(found[0]) if values.ndim == 1 else found

    def with_gradient(self, point: Any) -> tuple[Any, np.ndarray]:
        """Return ln L - ln L_SM and its gradient at one point (n,), or at points (k, n)."""
        values = self.values_of(point)
        if values.ndim == 1:
            return self.gradient(values)
        found = [self.gradient(one) for one in values]
        return np.array([x for x, _ in found]), np.array([g for _, g in found])

    def values_of(self, point: Any) -> np.ndarray:
        """Return a point, or points, as an array, from one or from values by name.

        Raises
        ------
        InputError
            For a wrong number of values, names that are none, or what is no number.
        """
        names = [p.name for p in self.parameters]
        if isinstance(point, Mapping):
            for name in point:
                if name not in names:
                    raise InputError(f"no parameter '{name}': {suggest(str(name), names)}")
            missing = [name for name in names if name not in point]
            if missing:
                raise InputError(f"a value is missing for {', '.join(missing)}")
            point = [point[name] for name in names]
        try:
            values = np.asarray(point, dtype=float)
        except (TypeError, ValueError):
            raise InputError(
                f"expected numbers for {', '.join(names)}, found {point!r:.60}"
            ) from None
        if values.ndim not in (1, 2) or values.shape[-1] != len(names):
            raise InputError(
                f"expected {len(names)} values for {', '.join(names)}, found an array of shape "
                f"{values.shape}"
            )
        return values

    def sentences(self, point: np.ndarray) -> tuple[str, ...]:
        """Return what is to be said about a point (n,): empty for an ordinary one."""
        bits = int(np.asarray(self.status(twice(point)))[0])
        return tuple(text for bit, text in self.meanings.items() if bits & bit)

    def differences(
        self, parts: Callable[[np.ndarray], Any], point: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Return value and gradient (n,) at a point (n,) from one call of `parts`, (2 n + 1, n)."""
        step = np.diag([STEP * (p.high - p.low) for p in self.parameters])
        n = len(self.parameters)
        found = np.asarray(parts(np.concatenate([point[None], point + step, point - step])))
        total = found[:, [self.names.index(name) for name in self.blocks]].sum(axis=1)
        slope = (total[1 : n + 1] - total[n + 1 :]) / (2 * np.diag(step))
        return float(total[0]), slope

    def total(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM, shape (k,)."""
        return self.part(points, self.blocks)

    def part(self, points: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Return the sum of the named parts, shape (k,).

        Raises :class:`InputError` for a name that is none.
        """
        for name in names:
            if name not in self.names:
                raise InputError(f"no part '{name}': {suggest(name, self.names)}")
        columns = [self.names.index(name) for name in names]
        return np.asarray(np.asarray(self.parts(np.atleast_2d(points)))[:, columns].sum(axis=1))

    def alone(self, name: str) -> Objective:
        """Return one part by itself, as the whole likelihood of the same parameters.

        Raises :class:`InputError` for a name that is none.
        """
        return PartsObjective(
            self.parameters, (name,), (name,), lambda points: self.part(points, [name])[:, None]
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the parts that are no blocks."""
        return tuple(name for name in self.names if name not in self.blocks)

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """The ranges of the parameters."""
        return [(p.low, p.high) for p in self.parameters]


def twice(point: np.ndarray) -> np.ndarray:
    """Return a batch of a single point (n,), shape (2, n).

    A batch has a program that was compiled already; that of a single point would have to be.
    """
    return np.stack([point, point])


class PartsObjective(Objective):
    """An objective of which only a function for the parts is known.

    Parameters
    ----------
    parameters, names, blocks
        As of :class:`Objective`.
    parts
        Function of points (k, n) that returns (k, len(names)).
    other
        Where the status of points is asked; none has one if not given.
    """

    def __init__(
        self,
        parameters: tuple[Parameter, ...],
        names: tuple[str, ...],
        blocks: tuple[str, ...],
        parts: Callable[[np.ndarray], np.ndarray],
        other: Objective | None = None,
    ) -> None:
        self.parameters, self.names, self.blocks = parameters, names, blocks
        self._parts, self._other = parts, other

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return the parts, (k, len(names))."""
        return np.asarray(self._parts(np.atleast_2d(points)))

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return the status of points, (k,)."""
        return super().status(points) if self._other is None else self._other.status(points)

    @property
    def meanings(self) -> Mapping[int, str]:
        """What the bits of a status mean."""
        return {} if self._other is None else self._other.meanings


class Restricted(Objective):
    """An objective with some of its parameters held.

    Parameters
    ----------
    objective
        Of all parameters.
    values
        Of those that are held, by name.
    """

    def __init__(self, objective: Objective, values: Mapping[str, float]) -> None:
        self.objective = objective
        self.names, self.blocks = objective.names, objective.blocks
        known = [p.name for p in objective.parameters]
        self._free = [k for k, name in enumerate(known) if name not in values]
        self._template = np.array([values.get(name, 0.0) for name in known])
        self.parameters = tuple(objective.parameters[k] for k in self._free)

    def whole(self, points: np.ndarray) -> np.ndarray:
        """Return points (k, n) with the held parameters in their places."""
        points = np.atleast_2d(points)
        full = np.tile(self._template, (len(points), 1))
        full[:, self._free] = points
        return full

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return the parts at points (k, n)."""
        return self.objective.parts(self.whole(points))

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return the status of points (k, n)."""
        return self.objective.status(self.whole(points))

    @property
    def meanings(self) -> Mapping[int, str]:
        """What the bits of a status mean."""
        return self.objective.meanings

    def predictions(self, points: np.ndarray) -> np.ndarray:
        """Return the predictions at points (k, n)."""
        return self.objective.predictions(self.whole(points))

    def total_and_predictions(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the total and the predictions at points (k, n)."""
        return self.objective.total_and_predictions(self.whole(points))
