"""The compiled likelihood of one card in JAX: fast, differentiable, for one point or many.

What does not depend on the point is done once: the matching becomes a polynomial of the free
couplings, the evolution at the fixed matching scale becomes a matrix on that polynomial's
monomials, and whatever cannot move any prediction within the ranges of the parameters is left out.
JAX's 64-bit mode is switched on around each call only, so that nothing in the process changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.gather import once, points_first, points_last
from muoquark.common.programs import compiled
from muoquark.inference.chunks import PIECE, PIECE_WITH_GRADIENT, Chunks
from muoquark.inference.objective import FEW, Objective, Parameter, parameters_of
from muoquark.likelihood.forward import LOGARITHM, STATUS, Forward
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.specialise import MARGIN
from muoquark.matching.factored import Factored, factored
from muoquark.matching.given import given
from muoquark.matching.parametric import Parametric, parametric
from muoquark.matching.polynomial import Polynomial, find_polynomial
from muoquark.model.card import Card, Free
from muoquark.model.coefficient_card import AnyCard, CoefficientCard
from muoquark.model.coordinates import linear_coordinates
from muoquark.model.gauge_reader import lightest_boson
from muoquark.model.point import DEFAULT_MASS
from muoquark.smeft.wcxf import LARGE

__all__ = ["CardLikelihood"]

# Points at which the reach of a card is measured.
SAMPLES = 32
# Gradients in up to so many parameters go forward, one direction after the other, through the
# predictions and backward through the pdfs only: what backward steps store would leave the cache.
FORWARD = 8


def lightest(card: Card, components: Sequence[str]) -> dict[str, float]:
    """Return the smallest mass (GeV) of each heavy field whose exchange is in the components."""
    fields = {name.partition("/")[0] for name in components if "/" in name}
    given = {heavy.name: card.masses.get(heavy.name, DEFAULT_MASS) for heavy in card.model.heavy}
    found = {
        field: mass.low if isinstance(mass, Free) else float(mass)
        for field, mass in given.items()
        if field in fields
    }
    if "X" in card.neutral:
        found["X"] = lightest_boson(card)
    return found


def _products(slopes: Any, weights: Any, xp: Any) -> Any:
    """Return sum over all entries of slopes (n, k, ...) times weights (k, ...), shape (k, n)."""
    rows = points_last(slopes.reshape(*slopes.shape[:2], -1), xp)  # (entries, n, k)
    weight = points_last(weights.reshape(weights.shape[0], -1), xp)
    # a matrix product: XLA's sums are slow
    return xp.tensordot(xp.ones(len(rows)), once(rows * weight[:, None], xp), 1).T


class CardLikelihood(Objective):
    """ln L - ln L_SM of the blocks and groups as a function of a card's parameters.

    Parameters
    ----------
    likelihood
        Parts and chain.
    source
        The coefficients as a function of parameters.
    transform
        Function (theta, xp) -> parameters of `source`, for other coordinates; theta (..., n).
    parameters
        Those that theta holds; by default those of `source`.
    text
        What source and transform were made of.  Programs are kept from one process to the next, if
        it is given, and if the data can be told by their identity.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        source: Parametric,
        transform: Callable[[Any, Any], Any] | None = None,
        parameters: tuple[Parameter, ...] | None = None,
        text: str | None = None,
    ) -> None:
        self._likelihood = likelihood
        self.source = source
        self.transform = transform or (lambda theta, xp: theta)
        self.parameters = parameters or tuple(
            Parameter(p.name, p.low, p.high, p.start) for p in source.parameters
        )
        self.blocks = likelihood.blocks
        self.names = (*likelihood.blocks, *likelihood.groups)
        self.factored: Factored | None = None
        everything = gradients = None
        if text is not None and likelihood.told_by_identity:
            key = self._key(text)
            everything, gradients = f"everything\n{key}", f"gradients\n{key}"
        with double_precision():
            # Parts, predictions and status by one program: compiling takes longer than copying.
            self._everything = Chunks(self.evaluate, PIECE, everything)
            self._gradient = compiled(self._with_gradients)
            self._gradients = Chunks(self._with_gradients, PIECE_WITH_GRADIENT, gradients)

    def _key(self, text: str) -> str:
        """Return what the programs depend on: the card, what it makes of parameters, the data."""
        source = self.source
        # A card may point to files: what comes out at a few points tells them apart.
        low, high = np.array(self.bounds).T
        share = np.random.default_rng(5).uniform(size=(4, len(low)))
        values = [np.asarray(self.transform(one, np)) for one in low + (high - low) * share]
        made = [np.asarray(source.vector(one)) for one in values]
        left = None if source.logarithm is None else [source.logarithm(v, np) for v in values]
        about = {
            "card": text,
            "parameters": [vars(p) for p in self.parameters],
            "of the source": [vars(p) for p in source.parameters],
            "components": list(source.components),
            "scale": source.mu_M,
            "eft": source.eft,
            "values": [v.tolist() for v in values],
            "made": [m.tolist() for m in made],
            "logarithm": None if left is None else [float(x) for x in left],
            "data": self._likelihood.identity(),
        }
        return json.dumps(about, sort_keys=True, default=str)

    @cached_property
    def polynomial(self) -> Polynomial | None:
        """Monomials of the parameters for few of them; None: products of couplings for many."""
        return find_polynomial(self.source)

    @cached_property
    def forward(self) -> Forward:
        """The pass from monomials, or features, of what matters here."""
        import jax

        # Also if it is asked for first while JAX traces a function of it: these are numbers.
        with jax.ensure_compile_time_eval():
            return self._compiled(self._likelihood)

    @classmethod
    def of(cls, likelihood: Likelihood, card: AnyCard, order: str = "highest") -> CardLikelihood:
        """Return the likelihood of a card's free parameters; `order` is of the matching."""
        if isinstance(card, CoefficientCard):
            likelihood.vector(card.point())  # what is refused is refused at once
            return cls(likelihood, given(card), None, parameters_of(card), card.to_yaml())
        linear, transform = linear_coordinates(card)
        source = parametric(linear, order, mediators=bool(likelihood.extras))
        if likelihood.extras:
            likelihood.check_mediators(lightest(card, source.components))
        text = f"{order}\n{card.to_yaml()}"
        return cls(likelihood, source, transform, parameters_of(card), text)

    @property
    def _backward(self) -> bool:
        """Whether gradients go backward through everything."""
        return len(self.parameters) > FORWARD

    def _compiled(self, likelihood: Likelihood) -> Forward:
        import jax
        import jax.numpy as xp

        rng = np.random.default_rng(0)
        low, high = np.array([(p.low, p.high) for p in self.source.parameters]).T
        theta = low + (high - low) * rng.uniform(size=(SAMPLES, len(low)))
        # The far corner first: sensitivities are taken at the first few points.
        theta[0], theta[1] = high, (low + high) / 2
        c = np.array([self.source.vector(t) for t in theta])
        made = None
        if self.polynomial is not None:
            weights = self.polynomial.weights
            made = (weights, np.ones(weights.shape[1]))
        else:
            self.factored = factored(lambda one: self.source.vector(one, xp), theta[2:5])
            with double_precision():
                values = np.asarray(compiled(jax.vmap(self.factored.features))(theta))
            made = (self.factored.weights, MARGIN * np.abs(values).max(axis=0))
        return likelihood.compiled(
            self.source.mu_M, self.source.components, c, made, self._backward, self.source.eft
        )

    def _inputs(self, theta: Any, xp: Any) -> Any:
        """Return what the pass takes: monomials, or features."""
        if self.polynomial is None and self.factored is None:
            _ = self.forward  # finds the features
        values = self.transform(theta, xp)
        if self.polynomial is not None:
            return self.polynomial.monomials(values, xp)
        import jax

        assert self.factored is not None
        return points_first(jax.vmap(self.factored.features, out_axes=-1)(values), xp)

    def evaluate(self, points: Any) -> tuple[Any, Any, Any]:
        """Return parts, predictions and status of points (k, n), for JAX in 64-bit mode."""
        import jax.numpy as xp

        found = self.forward.evaluate(self._inputs(points, xp), xp)
        status = found.status + LOGARITHM * self._large(points, xp)
        return found.parts, found.predictions, status

    def _large(self, theta: Any, xp: Any) -> Any:
        """Return whether the matching leaves a large logarithm at points (k, n)."""
        remaining = self.source.logarithm
        if remaining is None:
            return xp.zeros(theta.shape[:-1], dtype=int)
        import jax

        values = self.transform(theta, xp)
        return jax.vmap(lambda one: remaining(one, xp))(values) > LARGE

    def predicted(self, points: Any) -> Any:
        """Return the predictions of points (k, n) as ln L takes them, for JAX in 64-bit mode."""
        import jax.numpy as xp

        return self.forward.predicted(self._inputs(points, xp), xp)

    def _totals(self, points: Any) -> Any:
        """Return the whole ln L - ln L_SM of points (k, n), (k,)."""
        import jax.numpy as xp

        return self.forward.total(self._inputs(points, xp), xp)

    def _with_gradients(self, points: Any) -> tuple[Any, Any]:
        """Return `_totals` of points (k, n), and the gradients (k, n).

        For few parameters (`FORWARD`) as the chain rule has it.
        """
        import jax
        import jax.numpy as xp

        def backward(function: Callable[[Any], Any], where: Any) -> tuple[Any, Any]:
            # Each point has a value of its own: the gradient of their sum holds all.
            value, back = jax.vjp(function, where)
            return value, back(xp.ones_like(value))[0]

        if self._backward:
            return backward(self._totals, points)

        def observed(where: Any) -> Any:
            return self.forward.observed(self._inputs(where, xp), xp)

        def total(found: Any) -> Any:
            predictions, responses = found
            return self.forward.judge.total(predictions, responses, xp)

        def along(direction: Any) -> Any:
            tangent = xp.broadcast_to(direction, points.shape)
            return jax.jvp(observed, (points,), (tangent,))

        # slopes (n, k, observables), and of the responses of the theory where they follow the
        # point; the chain rule then needs the gradient of the pdfs alone.
        found, slopes = jax.vmap(along, out_axes=(None, 0))(xp.eye(points.shape[1]))
        value, weights = backward(total, found)
        parts = jax.tree.map(lambda slope, weight: _products(slope, weight, xp), slopes, weights)
        return value, sum(jax.tree.leaves(parts))

    def full(self, likelihood: Likelihood, point: np.ndarray) -> tuple[Forward, np.ndarray]:
        """Return the pass for numpy, of which nothing is left out, and what it takes at a point."""
        source = self.source
        values = np.asarray(self.transform(np.asarray(point, dtype=float), np))
        forward = likelihood.forward(source.mu_M, source.components, eft=source.eft)
        return forward, np.asarray(source.vector(values))

    @property
    def traceable(self) -> Callable[[Any], Any]:
        """The whole ln L - ln L_SM of one point (n,) for use inside of a JAX program.

        To be called within :func:`muoquark.common.arrays.double_precision`.  It can be
        differentiated once, in reverse mode (``jax.grad``), which then takes the faster way of
        `value_and_gradient`.
        """
        import jax

        @jax.custom_batching.custom_vmap
        def alone(theta: Any) -> Any:
            return self._totals(theta[None])[0]

        @alone.def_vmap
        def together(size: int, batched: Any, theta: Any) -> tuple[Any, bool]:
            return self._totals(theta), True

        @jax.custom_vjp
        def total(theta: Any) -> Any:
            return alone(theta)

        def forward(theta: Any) -> tuple[Any, Any]:
            value, gradient = self._with_gradients(theta[None])
            return value[0], gradient[0]

        def backward(gradient: Any, slope: Any) -> tuple[Any]:
            return (slope * gradient,)

        total.defvjp(forward, backward)
        return total

    @property
    def meanings(self) -> Mapping[int, str]:
        """What the bits of a status mean."""
        return STATUS

    def everything(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return parts, predictions and status of points (k, n) at once, for numpy."""
        parts, predicted, status = self._everything(points)
        return parts, predicted, status

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM of all blocks and groups, shape (points, len(names))."""
        return self._everything(points, [0])[0]

    def predictions(self, points: np.ndarray) -> np.ndarray:
        """Return the predictions, shape (points, observables)."""
        return self._everything(points, [1])[0]

    def total_and_predictions(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the whole ln L - ln L_SM (points,) and the predictions, by one pass."""
        parts, predicted = self._everything(points, [0, 1])
        own = [self.names.index(name) for name in self.blocks]
        return parts[:, own].sum(axis=1), predicted

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return the status bits (points,), see :data:`muoquark.likelihood.likelihood.STATUS`."""
        return self._everything(points, [2])[0]

    def gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the whole ln L - ln L_SM and its gradient (n,): by differences for few."""
        if len(self.parameters) > FEW:
            return self.value_and_gradient(point)
        return super().gradient(point)

    def with_gradient(self, point: Any) -> tuple[Any, np.ndarray]:
        """Return ln L - ln L_SM and its exact gradient at one point (n,), or at points (k, n)."""
        values = self.values_of(point)
        if values.ndim == 1:
            return self.value_and_gradient(values)
        return self.values_and_gradients(values)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the whole ln L - ln L_SM and its exact gradient at one point (n,)."""
        with double_precision():
            value, gradient = self._gradient(np.asarray(theta, dtype=float)[None])
        return float(value[0]), np.asarray(gradient[0])

    def values_and_gradients(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the whole ln L - ln L_SM (points,) and its gradients (points, n)."""
        value, gradient = self._gradients(points)
        return value, gradient
