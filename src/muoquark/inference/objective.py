"""What a fit minimises: the log-likelihood of named parameters, split in named parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.model.card import Card

__all__ = ["FEW", "Objective", "Parameter", "differences", "parameters_of"]

# Up to this many parameters a fit takes gradients by differences.
FEW = 6


@dataclass(frozen=True)
class Parameter:
    """A parameter of a fit: name, allowed range and where to start."""

    name: str
    low: float
    high: float
    start: float


def parameters_of(card: Card) -> tuple[Parameter, ...]:
    """Return the free parameters of a card as a fit sees them."""
    return tuple(Parameter(p.name, p.low, p.high, p.start) for p in card.free)


@dataclass(frozen=True)
class Objective:
    """ln L - ln L_SM as a function of a few parameters.

    Parameters
    ----------
    parameters
        The n free parameters.
    parts
        Function of an array (points, n) that returns an array (points, len(names)) with
        ln L - ln L_SM of every part.
    names
        Names of the parts.
    blocks
        The names that add up to the whole likelihood; the other parts are groups of
        observables, which overlap with the blocks.
    gradient
        Function of a point (n,) that returns the whole ln L - ln L_SM and its gradient (n,).
    status, meanings
        Function of points that returns a number of bits for each, and what the bits mean.
    traceable
        The whole ln L - ln L_SM of one point as a function that JAX can trace in 64-bit mode;
        for samplers.
    predictions
        Function of points that returns the predictions of all observables, (points, m).
    evaluate
        Parts, predictions and status of points (points, n), traceable in the same way.
    """

    parameters: tuple[Parameter, ...]
    parts: Callable[[np.ndarray], np.ndarray]
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    gradient: Callable[[np.ndarray], tuple[float, np.ndarray]]
    status: Callable[[np.ndarray], np.ndarray] | None = None
    meanings: Mapping[int, str] = field(default_factory=dict)
    traceable: Callable[[Any], Any] | None = None
    predictions: Callable[[np.ndarray], np.ndarray] | None = None
    evaluate: Callable[[Any], tuple[Any, Any, Any]] | None = None

    def sentences(self, point: np.ndarray) -> tuple[str, ...]:
        """Return what is to be said about a point (n,): empty for an ordinary one."""
        if self.status is None:
            return ()
        bits = int(np.asarray(self.status(point[None]))[0])
        return tuple(text for bit, text in self.meanings.items() if bits & bit)

    def total(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM, shape (points,)."""
        return self.part(points, self.blocks)

    def part(self, points: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Return the sum of the named parts, shape (points,).

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

        def parts(points: np.ndarray) -> np.ndarray:
            return self.part(points, [name])[:, None]

        return Objective(
            self.parameters, parts, (name,), (name,), differences(parts, 1, self.parameters)
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the parts that are no blocks."""
        return tuple(name for name in self.names if name not in self.blocks)

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """The ranges of the parameters."""
        return [(p.low, p.high) for p in self.parameters]


def differences(
    parts: Callable[[np.ndarray], np.ndarray], blocks: int, parameters: tuple[Parameter, ...]
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Return a function of x (n,): value and gradient (n,) by central differences, in one call.

    `parts` takes points (2 n + 1, n) and gives (2 n + 1, parts), of which the first `blocks` add up
    to ln L - ln L_SM.

    For a few parameters this costs less than the ten seconds that JAX takes to compile the
    reverse-mode derivative.  ln L carries rounding noise of 2e-8 (the quark correlation has a
    condition number of 7e4); a step of 1e-4 of the range keeps it out of the gradient.
    """
    step = np.diag([1e-4 * (p.high - p.low) for p in parameters])
    n = len(parameters)

    def function(x: np.ndarray) -> tuple[float, np.ndarray]:
        points = np.concatenate([x[None], x + step, x - step])
        total = np.asarray(parts(points))[:, :blocks].sum(axis=1)
        gradient = (total[1 : n + 1] - total[n + 1 :]) / (2 * np.diag(step))
        return float(total[0]), gradient

    return function
