"""The compiled likelihood of one card in JAX: fast, differentiable, for one point or many.

What does not depend on the point is done once: the matching becomes a polynomial of the free
couplings, the evolution at the fixed matching scale becomes a matrix on that polynomial's
monomials, and whatever cannot move any prediction within the ranges of the parameters is left out.
JAX's 64-bit mode is switched on around each call only, so that nothing in the process changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.likelihood.ckm_scheme import ckm_step
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.likelihood import LOGARITHM, Evaluator, Likelihood, status_bits
from muoquark.likelihood.positivity import negative, presented
from muoquark.likelihood.specialise import (
    CUT,
    MARGIN,
    direction_sensitivity,
    sampled_range,
    specialise,
)
from muoquark.matching.parametric import Parametric, parametric
from muoquark.matching.polynomial import Polynomial, find_polynomial
from muoquark.model.card import Card
from muoquark.model.coordinates import linear_coordinates
from muoquark.running.linear_map import LinearMap
from muoquark.sm.ckm import gamma_from_delta
from muoquark.smeft.wcxf import LARGE

__all__ = ["CardLikelihood", "Chunks", "compose", "in_pieces", "prune"]

# A batch is worked off in pieces of so many points: what one piece stores on its way stays in the
# cache of a core.  One program does up to BATCH points, by as many pieces as are needed.
PIECE, PIECE_WITH_GRADIENT, BATCH = 32, 16, 1024
# smelli iterates its CKM scheme ten times.  Each iteration shrinks the change by about a hundred:
# after six it is below 1e-10 (tests/test_likelihood.py).  So does each one with the gradient, which
# need not be as exact: the last three carry it, to 1e-6 of what the CKM contributes.
ITERATIONS, WITH_GRADIENT = 6, 3
# Points at which the reach of a card is measured.
SAMPLES = 32
# Gradients in up to so many parameters go forward, one direction after the other, through the
# predictions and backward through the pdfs only: what backward steps store would leave the cache.
FORWARD = 8


def compose(linear: LinearMap, weights: np.ndarray) -> LinearMap:
    """Return the map that takes monomials m with c = weights @ m in the place of c.

    `weights` is (components, monomials).
    """
    from scipy.sparse import csr_array

    # Shifts of masses and couplings are linear in the coefficients as well.
    return replace(
        linear,
        inputs=tuple(f"monomial {k}" for k in range(weights.shape[1])),
        _rows=csr_array(linear._rows @ weights),
        _mass_shifts={k: v @ weights for k, v in linear._mass_shifts.items()},
        _coupling_shifts=linear._coupling_shifts @ weights,
    )


def prune(linear: LinearMap, reach: np.ndarray, sensitivity: np.ndarray) -> LinearMap:
    """Leave out terms that cannot matter for inputs with |input| <= reach.

    `reach` is (inputs,); `sensitivity` (outputs,) is by how many standard deviations a unit of an
    output moves an observable; a term goes if it moves none by :data:`CUT`.  Rows that no term
    uses go too.
    """
    from scipy.sparse import csr_array

    rows = linear._rows.toarray()
    # The most that each row can be.
    size = np.abs(rows) @ reach
    keep = size[linear._term_row] * sensitivity[linear._term_out] > CUT
    used, row = np.unique(linear._term_row[keep], return_inverse=True)
    functions, function = np.unique(linear._term_function[keep], return_inverse=True)
    return replace(
        linear,
        _functions=tuple(linear._functions[k] for k in functions),
        _rows=csr_array(rows[used]),
        _term_out=linear._term_out[keep],
        _term_row=row,
        _term_function=function,
        _term_sign=linear._term_sign[keep],
    )


@dataclass(frozen=True)
class GatherMap:
    """A `LinearMap` without scatter: for each output the list of its terms, padded.

    Outputs with similarly many terms share a table, so that little is padded; XLA turns each
    table into one loop of gathers and sums, where a scatter would be serial.

    Attributes
    ----------
    linear
        The map.
    tables
        (rows, functions, signs), (n, k) each: up to k terms of each of n outputs; a term is the row
        of the map times a function times a sign, which is zero where a list is filled up.
    place
        Where each output is found in the joined tables; the place behind them is zero.
    """

    linear: LinearMap
    tables: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]
    place: np.ndarray

    @classmethod
    def of(cls, linear: LinearMap) -> GatherMap:
        """Arrange the terms of a map."""
        count = np.bincount(linear._term_out, minlength=len(linear.outputs))
        start = np.concatenate([[0], np.cumsum(count)])
        order = np.argsort(linear._term_out, kind="stable")
        tables, place, position = [], np.full(len(count), -1), 0
        low = 0
        # Outputs with 1, 2, 3-4, 5-8, ... terms share a table: less than half of it is padding.
        while low < count.max(initial=0):
            high = max(2 * low, 1)
            outputs = np.nonzero((count > low) & (count <= high))[0]
            if len(outputs):
                width = int(count[outputs].max())
                row = np.zeros((len(outputs), width), int)
                function, sign = row.copy(), np.zeros((len(outputs), width))
                for k, out in enumerate(outputs):
                    terms = order[start[out] : start[out + 1]]
                    row[k, : len(terms)] = linear._term_row[terms]
                    function[k, : len(terms)] = linear._term_function[terms]
                    sign[k, : len(terms)] = linear._term_sign[terms]
                tables.append((row, function, sign))
                place[outputs] = position + np.arange(len(outputs))
                position += len(outputs)
            low = high
        # The last place holds a zero, for outputs without a term.
        return cls(linear, tuple(tables), np.where(place < 0, position, place))

    def apply(self, c: Any, ckm: Any, xp: Any = np) -> Any:
        """Return the outputs, as ``LinearMap.apply``."""
        y = c @ xp.asarray(self.linear.rows).T
        g = self.linear.factors(ckm, c, xp)
        # y (..., rows) and g (..., functions): the linear forms in c, and what multiplies them.
        columns = [
            (y[..., row] * g[..., function] * sign).sum(axis=-1)
            for row, function, sign in self.tables
        ]
        return xp.concatenate([*columns, xp.zeros_like(c[..., :1])], axis=-1)[..., self.place]


class Chunks:
    """Evaluates a function of points (k, n), for one point and for many.

    Each result depends on its own point only, to the last bit whatever the size of the batch
    (of two points or more; a single one has a program of its own, that differs by rounding).

    Parameters
    ----------
    function
        Function of points (k, n) that JAX can trace and that returns a tuple of arrays (k, ...).
    size
        Points that are computed at once.
    """

    def __init__(self, function: Callable[[Any], Any], size: int) -> None:
        import jax

        self.size = size
        self._one = jax.jit(function)
        self._many = jax.jit(in_pieces(function, size))

    def __call__(self, points: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of the function as arrays with one row per point."""

        points = np.atleast_2d(np.asarray(points, dtype=float))
        with double_precision():
            if len(points) == 1:
                return [np.asarray(x) for x in self._one(points)]
            found: list[tuple[np.ndarray, ...]] = []
            for start in range(0, len(points), BATCH):
                batch = points[start : start + BATCH]
                count = len(batch)
                # A program is made for one shape: the batch is filled up, the pieces beyond are not
                # done.
                padded = np.concatenate([batch, np.repeat(batch[-1:], BATCH - count, axis=0)])
                pieces = -(-count // self.size)
                found.append(tuple(np.asarray(x)[:count] for x in self._many(padded, pieces)))
        return [np.concatenate(column) for column in zip(*found, strict=True)]


def in_pieces(function: Callable[[Any], Any], size: int) -> Callable[[Any, Any], Any]:
    """Return a function (points, count) that applies `function` to the first `count` pieces.

    The rows of the others are zero.
    """
    import jax
    import jax.numpy as xp

    def run(points: Any, count: Any) -> Any:
        def one(k: Any, whole: Any) -> Any:
            piece = function(jax.lax.dynamic_slice_in_dim(points, k * size, size))
            return jax.tree.map(
                lambda rows, new: jax.lax.dynamic_update_slice_in_dim(rows, new, k * size, 0),
                whole,
                piece,
            )

        shapes = jax.eval_shape(function, points[:size])
        empty = jax.tree.map(lambda x: xp.zeros((len(points), *x.shape[1:]), x.dtype), shapes)
        return jax.lax.fori_loop(0, count, one, empty)

    return run


class CardLikelihood:
    """ln L - ln L_SM of the blocks and groups as a function of a card's parameters.

    Parameters
    ----------
    likelihood
        Snapshot and chain.
    source
        The coefficients as a function of the card's free parameters.
    transform
        Function (theta, xp) -> parameters of the card, for other coordinates; theta (..., n).
    """

    def __init__(
        self,
        likelihood: Likelihood,
        source: Parametric,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        import jax

        self.likelihood, self.source = likelihood, source
        self.transform = transform or (lambda theta, xp: theta)
        self.polynomial: Polynomial | None = find_polynomial(source)
        self.evaluator: Evaluator = likelihood.evaluator(source.mu_M, source.components)
        forms, ckm_forms, *maps = self._specialised()
        self.forms, self.ckm_forms = FastForms.of(forms), FastForms.of(ckm_forms)
        self.map, self.ckm_map = (GatherMap.of(m) for m in maps)
        self._blocks = likelihood.snapshot.likelihoods()
        self.names = (*likelihood.blocks, *likelihood.groups)
        self._sm = np.zeros(len(self.names))
        self._sm = self._raw_sm()
        with double_precision():
            self._parts = Chunks(lambda theta: self._evaluate(theta)[::2], PIECE)
            self._predictions = Chunks(lambda theta: self._evaluate(theta)[1:2], PIECE)
            self._gradient = jax.jit(self._value_and_gradient)
            self._gradients = Chunks(jax.vmap(self._value_and_gradient), PIECE_WITH_GRADIENT)

    @classmethod
    def of(cls, likelihood: Likelihood, card: Card, order: str = "highest") -> CardLikelihood:
        """Return the likelihood of a card's free parameters; `order` is of the matching."""
        linear, transform = linear_coordinates(card)
        return cls(likelihood, parametric(linear, order), transform)

    def _specialised(self) -> tuple[Forms, Forms, LinearMap, LinearMap]:
        """Return forms and maps (of all observables, and of the CKM inputs) that matter here."""
        rng = np.random.default_rng(0)
        low, high = np.array([(p.low, p.high) for p in self.source.parameters]).T
        theta = low + (high - low) * rng.uniform(size=(SAMPLES, len(low)))
        # The far corner first: sensitivities are taken at the first few points.
        theta[0], theta[1] = high, (low + high) / 2
        c = np.array([self.source.vector(t) for t in theta])
        _, _, ckm, _ = self.evaluator.evaluate(c)
        gamma = self.evaluator._gamma(ckm, np)
        reach_c = MARGIN * np.abs(c).max(axis=0)
        sigma = np.asarray(self.likelihood.snapshot.error)
        found: list[Any] = []
        for forms, linear in (
            (self.evaluator.all, self.evaluator.map),
            (self.evaluator.ckm_forms, self.evaluator.ckm_map),
        ):
            positions = [self.evaluator.all.observables.index(o) for o in forms.observables]
            # The CKM inputs are needed to a small fraction of their errors.
            own = sigma[positions] * (1.0 if len(positions) > 4 else 0.05)
            reach = sampled_range(linear.apply(c, gamma), ckm, own)
            sensitivity = direction_sensitivity(forms, reach)
            if self.polynomial is not None:
                linear = compose(linear, self.polynomial.weights)
                # Monomials of parameters that are scaled to [-1, 1].
                bounds = np.ones(self.polynomial.weights.shape[1])
            else:
                bounds = reach_c
            found += [specialise(forms, reach), prune(linear, bounds, sensitivity)]
        return found[0], found[2], found[1], found[3]

    def _inputs(self, theta: Any, xp: Any) -> Any:
        """Return what the maps act on: monomials, or the coefficients themselves."""
        values = self.transform(theta, xp)
        if self.polynomial is not None:
            return self.polynomial.monomials(values, xp)
        import jax

        return jax.vmap(lambda one: self.source.vector(one, xp))(values)

    def _forward(self, m: Any, groups: bool, xp: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Return raw parts, predictions, CKM parameters, if their extraction failed, `continued`.

        Without `groups` the parts are those of the blocks alone.
        """
        forms, early = self.forms, self.ckm_forms
        delta = forms.forms.ckm_phase == "delta"

        def gamma(ckm: Any) -> Any:
            return gamma_from_delta(ckm, xp) if delta else ckm

        def step(carry: Any, _: Any = None) -> tuple[Any, None]:
            ckm, failed = carry
            ckm, bad = ckm_step(early, self.ckm_map.apply(m, gamma(ckm), xp), ckm, xp)
            return (ckm, failed | bad), None

        import jax

        start = xp.zeros((*m.shape[:-1], 4)) + xp.asarray(forms.forms.ckm_centre)
        # Scans and not Python loops: one iteration is compiled, not six.
        first, _ = jax.lax.scan(
            step, (start, xp.zeros(m.shape[:-1], dtype=bool)), length=ITERATIONS - WITH_GRADIENT
        )
        (ckm, failed), _ = jax.lax.scan(step, jax.lax.stop_gradient(first), length=WITH_GRADIENT)
        predictions, continued = forms.evaluate(self.map.apply(m, gamma(ckm), xp), ckm, xp)
        pdfs = self.likelihood.pdfs if groups else self._blocks
        raw = pdfs.log_likelihood(predictions, xp)
        return raw, predictions, gamma(ckm), failed, continued

    def _raw_sm(self) -> np.ndarray:
        """ln L of the SM by the same arithmetic, so that the SM is zero."""
        return np.asarray(self.evaluator.raw_sm)

    def _evaluate(self, theta: Any) -> tuple[Any, Any, Any]:
        import jax.numpy as xp

        inputs = self._inputs(theta, xp)
        raw, predictions, ckm, failed, continued = self._forward(inputs, True, xp)
        parts = raw - self._sm
        blocks = parts[..., : len(self.likelihood.blocks)]
        errors = (self.likelihood.rates, self.likelihood.snapshot.error)
        continued = continued | negative(predictions, *errors, xp)
        data, pdfs, linear = self.likelihood.snapshot, self.likelihood.pdfs, self.map.linear
        status = status_bits(
            data, pdfs, linear, predictions, inputs, ckm, failed, continued, blocks, xp
        )
        status = status + LOGARITHM * self._large(theta, xp)
        return parts, presented(predictions, *errors, xp), status

    def _large(self, theta: Any, xp: Any) -> Any:
        """Return whether the matching leaves a large logarithm at points (k, n)."""
        remaining = self.source.logarithm
        if remaining is None:
            return xp.zeros(theta.shape[:-1], dtype=int)
        import jax

        values = self.transform(theta, xp)
        return jax.vmap(lambda one: remaining(one, xp))(values) > LARGE

    def _total(self, theta: Any) -> Any:
        import jax.numpy as xp

        raw = self._forward(self._inputs(theta[None], xp), False, xp)[0]
        return (raw[0] - self._sm[: len(self.likelihood.blocks)]).sum()

    def _value_and_gradient(self, theta: Any) -> tuple[Any, Any]:
        """As ``jax.value_and_grad(self._total)``, faster for few parameters (`FORWARD`)."""
        import jax
        import jax.numpy as xp

        if len(theta) > FORWARD:
            return jax.value_and_grad(self._total)(theta)

        def predictions(point: Any) -> Any:
            return self._forward(self._inputs(point[None], xp), False, xp)[1][0]

        def total(predicted: Any) -> Any:
            raw = self._blocks.log_likelihood(predicted, xp)
            return (raw - self._sm[: len(self.likelihood.blocks)]).sum()

        def along(direction: Any) -> Any:
            return jax.jvp(predictions, (theta,), (direction,))

        # slopes (n, observables); the chain rule then needs the gradient of the pdfs alone.
        predicted, slopes = jax.vmap(along, out_axes=(None, 0))(xp.eye(len(theta)))
        value, weights = jax.value_and_grad(total)(predicted)
        return value, slopes @ weights

    @property
    def traceable(self) -> Callable[[Any], Any]:
        """The whole ln L - ln L_SM of one point (n,) for use inside of a JAX program.

        To be called within :func:`muoquark.common.arrays.double_precision`.  It can be
        differentiated once, in reverse mode (``jax.grad``), which then takes the faster way of
        `value_and_gradient`.
        """
        import jax

        @jax.custom_vjp
        def total(theta: Any) -> Any:
            return self._total(theta)

        def backward(gradient: Any, slope: Any) -> tuple[Any]:
            return (slope * gradient,)

        total.defvjp(self._value_and_gradient, backward)
        return total

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return ln L - ln L_SM of all blocks and groups, shape (points, len(names))."""
        return self._parts(points)[0]

    def predictions(self, points: np.ndarray) -> np.ndarray:
        """Return the predictions, shape (points, observables)."""
        return self._predictions(points)[0]

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return the status bits (points,), see :data:`muoquark.likelihood.likelihood.STATUS`."""
        return self._parts(points)[1]

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the whole ln L - ln L_SM and its gradient at one point (n,)."""

        with double_precision():
            value, gradient = self._gradient(np.asarray(theta, dtype=float))
        return float(value), np.asarray(gradient)

    def values_and_gradients(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the whole ln L - ln L_SM (points,) and its gradients (points, n)."""
        value, gradient = self._gradients(points)
        return value, gradient
