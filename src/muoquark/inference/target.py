"""What samplers explore: a likelihood with priors, and the recipe that a worker makes it from.

Everything that enters a result is computed in batches of one fixed size and by one thread inside
of XLA: the last bits of a matrix product depend on both, and results must not depend on how the
work was shared out.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.programs import compiled
from muoquark.inference.fit import objective_of
from muoquark.inference.objective import Objective, parameters_of
from muoquark.inference.priors import Priors
from muoquark.inference.source import varied_text
from muoquark.likelihood.likelihood import STATUS, Likelihood
from muoquark.likelihood.recorded import likelihood_of

__all__ = ["BATCH", "Layout", "Recipe", "Target"]

# Points of one batch, and draws of one segment of a chain.
BATCH = 100


@dataclass(frozen=True)
class Layout:
    """What the draws of a target are.

    Attributes
    ----------
    priors
        With the parameters that they are of.
    names, blocks
        The parts of ln L, and those of them that add up to the whole.
    meanings
        What the bits of a status mean.
    """

    priors: Priors
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    meanings: Mapping[int, str] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(p.name for p in self.priors.parameters)

    def total(self, parts: np.ndarray) -> np.ndarray:
        """Return the sum over the blocks of parts (..., names)."""
        return np.asarray(parts[..., [self.names.index(n) for n in self.blocks]].sum(axis=-1))


@dataclass(frozen=True)
class Target:
    """A likelihood and the priors of its parameters.

    Attributes
    ----------
    objective
        ln L - ln L_SM, traceable by JAX.
    priors
        Of its parameters, in the same order.
    programs
        What has been compiled for it, by name.
    lock
        Held by the thread that works with it, so that several do not compile the same.
    """

    objective: Objective
    priors: Priors
    programs: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @property
    def layout(self) -> Layout:
        """Names and priors."""
        o = self.objective
        return Layout(self.priors, o.names, o.blocks, o.meanings)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return len(self.objective.parameters)

    def program(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` compiles, made once for each key."""
        if key not in self.programs:
            self.programs[key] = make()
        return self.programs[key]

    def log_posterior(self, z: Any) -> Any:
        """Return ln(L/L_SM) plus the log prior density at one z (n,), for JAX; see `Priors`."""
        import jax.numpy as xp

        return self.objective.traceable(self.priors.from_normal(z, xp)) - 0.5 * (z**2).sum()

    def loglike(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM, shape (points,), without the groups; nan becomes -1e300."""
        import jax

        one = self.objective.traceable
        function = self.program(
            "loglike",
            lambda: compiled(jax.vmap(lambda x: (one(x),)), lasting=True, one_thread=True),
        )
        (values,) = in_batches(function, points)
        return np.where(np.isfinite(values), values, -1e300)

    def evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return parts (points, names of the objective) and status bits (points,)."""

        evaluate = self.objective.evaluate

        def parts_and_status(x: Any) -> tuple[Any, Any]:
            parts, _, status = evaluate(x)
            return parts, status

        function = self.program(
            "evaluate", lambda: compiled(parts_and_status, lasting=True, one_thread=True)
        )
        parts, status = in_batches(function, points)
        return parts, status


def in_batches(function: Callable[[Any], Any], points: np.ndarray) -> list[np.ndarray]:
    """Return the outputs of a function of (BATCH, n) for points (any number, n)."""

    pieces = []
    with double_precision():
        for start in range(0, len(points), BATCH):
            block = points[start : start + BATCH]
            count = len(block)
            if count < BATCH:
                block = np.concatenate([block, np.repeat(block[-1:], BATCH - count, axis=0)])
            pieces.append([np.asarray(x)[:count] for x in function(block)])
    return [np.concatenate(column) for column in zip(*pieces, strict=True)]


@dataclass(frozen=True)
class Recipe:
    """A target as text, to be sent to other processes: `target` makes it there.

    Attributes
    ----------
    data
        The identity of the likelihood, ``Likelihood.identity()``, as JSON.
    card
        Its text.
    order
        Of the matching.
    """

    data: str
    card: str
    order: str = "highest"

    @classmethod
    def of(cls, identity: Mapping[str, Any], card: str, order: str = "highest") -> Recipe:
        """Return the recipe of a likelihood's identity and a card."""
        return cls(json.dumps(identity, sort_keys=True), card, order)

    def layout(self) -> Layout:
        """Read the data and say what a result will hold; nothing is compiled."""
        likelihood = _likelihood(self)
        card = varied_text(self.card)
        priors = Priors(parameters_of(card), tuple(p.prior for p in card.free))
        names = (*likelihood.blocks, *likelihood.groups)
        return Layout(priors, names, likelihood.blocks, STATUS)

    def target(self) -> Target:
        """Read the data and set up the likelihood; compilation follows at the first use.

        Raises
        ------
        InputError
            If the card has no free parameter.
        """
        objective = objective_of(_likelihood(self), varied_text(self.card), self.order)
        return Target(objective, self.layout().priors)


@lru_cache(maxsize=2)
def _likelihood(recipe: Recipe) -> Likelihood:
    return likelihood_of(json.loads(recipe.data))
