"""One pass from coefficients to ln L, predictions and status, in numpy or JAX.

The order is that of smelli: the CKM parameters are extracted from four observables, which depend
on the Wilson coefficients, by iterating from the SM; then every part predicts its observables,
then the pdfs.  The pass does not know where its inputs come from: they are the coefficients at
mu_M, or the monomials that a card's coefficients are made of, and the maps are made for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.gather import once, points_last, upright
from muoquark.likelihood.ckm_scheme import ckm_step
from muoquark.likelihood.judge import Judge
from muoquark.likelihood.part import Predictor
from muoquark.likelihood.positivity import negative, presented
from muoquark.running import ckm_expansion
from muoquark.running.linear_map import LinearMap
from muoquark.running.term_map import TermMap
from muoquark.sm.ckm import gamma_from_delta
from muoquark.smeft.wcxf import LARGE_LOGARITHM

__all__ = [
    "LOGARITHM",
    "STATUS",
    "Channel",
    "CkmScheme",
    "Evaluation",
    "Extras",
    "FixedCkm",
    "Forward",
    "Judge",
]

# The bit that is known of a point of the model only, not of coefficients at a scale.
LOGARITHM = 256
# Bits of a point's status; 0 is an ordinary point.
STATUS = {
    1: "a prediction lies outside the support of its pdf, which is continued by a parabola",
    2: "the CKM parameters could not be extracted, the nearest possible ones were taken",
    4: "the CKM parameters lie outside the range in which the running was tabulated",
    8: "ln L - ln L_SM is below -10^4: the point is excluded, the number is not accurate",
    16: "a lepton's mass is shifted by more than 2 %: its dipole is not accurate to 0.5 %",
    32: "beyond the linear regime: the coefficients shift couplings of the SM, and more than 0.5 %"
    " of ln L (and 0.05) may be missing",
    64: "a rate is negative, or one that is divided by, or has its root or logarithm taken, is "
    "below a thousandth of its value in the SM: it is continued from there",
    128: "a lepton's mass is shifted by -90 % or more: the sign of its dipole follows that of the "
    "shifted mass, and near -100 % it is undefined",
    LOGARITHM: LARGE_LOGARITHM,
}
EXCLUDED = -1e4
MASS_SHIFT = 0.02
MASS_LEFT = 0.1
# The share of ln L - ln L_SM that may be missing, and the number.
SECOND_ORDER, SMALL = 0.005, 0.05
# smelli iterates its CKM scheme ten times.  Each iteration shrinks the change by about a hundred:
# after six it is below 1e-10 (tests/test_likelihood.py).  The gradient is a series in that
# hundredth, up to this power: it is known to 1e-8 of what the CKM matrix contributes.
ITERATIONS, ORDERS = 6, 3


class Evaluation(NamedTuple):
    """What a pass says of points.

    Attributes
    ----------
    parts
        ln L - ln L_SM of the blocks, then of the groups, (..., blocks + groups).
    predictions
        As they are shown, (..., observables of all parts).
    ckm
        V_us, V_ub, V_cb and the phase, (..., 4).
    status
        Bits of :data:`STATUS`, (...).
    """

    parts: Any
    predictions: Any
    ckm: Any
    status: Any


@dataclass(frozen=True)
class Channel:
    """One part on its way: the map to what it asks for, and what predicts from that.

    Attributes
    ----------
    map
        From the coefficients.
    predictor
        Takes what the map gives, and the extras behind it.
    extras
        Which numbers of a model stand behind what the map gives.
    """

    map: LinearMap | TermMap
    predictor: Predictor
    extras: Extras | None = None


@dataclass(frozen=True)
class Extras:
    """Numbers of a model beside its coefficients, such as masses of leptoquarks.

    Attributes
    ----------
    columns
        Their positions among the inputs of a pass.
    weights
        If the inputs are monomials, the extras are ``weights @ monomials``.
    """

    columns: np.ndarray | None = None
    weights: np.ndarray | None = None

    def of(self, inputs: Any, xp: Any = np) -> Any:
        """Return the extras (..., n) of inputs."""
        if self.weights is not None:
            return inputs @ xp.asarray(self.weights.T)
        return inputs[..., self.columns]


@dataclass(frozen=True)
class CkmScheme:
    """How the CKM parameters follow from four observables.

    Attributes
    ----------
    forms
        Those of the four observables alone (``Forms`` or ``FastForms``).
    centre
        The SM's parameters, (4,).
    delta
        Whether the fourth is delta, not gamma, which the maps take.
    iterations
        In numpy; in JAX there are :data:`ITERATIONS`.
    reverse
        Whether programs are differentiated in reverse mode, and never in forward mode.
    """

    forms: Any
    centre: np.ndarray
    delta: bool
    iterations: int
    reverse: bool = False

    def gamma(self, ckm: Any, xp: Any = np) -> Any:
        """Return CKM parameters with gamma in the fourth place, as the maps take them."""
        return gamma_from_delta(ckm, xp) if self.delta else ckm

    def extracted(
        self, low_of: Callable[[Any, Any], Any], given: Any, shape: Any, xp: Any = np
    ) -> tuple[Any, Any]:
        """Extract the CKM parameters, beginning with those of the SM.

        Parameters
        ----------
        low_of
            Function of what is given and of CKM parameters (..., 4), with gamma in the fourth
            place, that returns the low-scale coefficients of `forms`.
        given
            What does not change from one iteration to the next; arrays.
        shape
            Leading axes: of the points.

        Returns
        -------
        array, shape (*shape, 4), and bool array, shape `shape`
            The parameters, and whether the extraction failed.
        """

        def step(given: Any, ckm: Any) -> tuple[Any, Any]:
            return ckm_step(self.forms, low_of(given, self.gamma(ckm, xp)), ckm, xp)

        ckm = xp.zeros((*shape, 4)) + xp.asarray(self.centre)
        failed = xp.zeros(shape, dtype=bool)
        if xp is np:
            for _ in range(self.iterations):
                ckm, bad = step(given, ckm)
                failed = failed | bad
            return ckm, failed
        found: tuple[Any, Any] = _fixed_point(step, (ckm, failed), self.reverse)(given)
        return found


@dataclass(frozen=True)
class FixedCkm:
    """CKM parameters that no new physics changes, in both forms of the fourth, (4,) each."""

    ckm: np.ndarray
    gamma: np.ndarray


def _fixed_point(
    step: Callable[[Any, Any], Any], start: tuple[Any, Any], reverse: bool
) -> Callable[[Any], Any]:
    """Return the fixed point of `step` as a function of what is given, for JAX.

    Its derivative is that of the fixed point: x = step(given, x) has dx = (1 - J)^-1 (d step at
    fixed x), J being the derivative of step with respect to x.  A series in J, which is about a
    hundredth, is enough.

    Parameters
    ----------
    step
        Function of what is given and of x -> (x, bool of what failed).
    start
        The first x, and False.
    reverse
        Whether it is differentiated in reverse mode, or in forward mode.
    """
    import jax
    import jax.numpy as xp

    def iterated(given: Any) -> Any:
        def once(carry: Any, _: Any) -> tuple[Any, None]:
            x, failed = carry
            x, bad = step(given, x)
            return (x, failed | bad), None

        # A scan and not a Python loop: one iteration is compiled, not six.
        return jax.lax.scan(once, start, length=ITERATIONS)[0]

    if reverse:
        backward_solve = jax.custom_vjp(iterated)

        def there(given: Any) -> Any:
            found = iterated(given)
            return found, (given, found[0])

        def back(kept: Any, slopes: Any) -> tuple[Any]:
            (given, x), slope = kept, slopes[0]
            _, of_x = jax.vjp(lambda x: step(given, x)[0], x)
            _, of_given = jax.vjp(lambda given: step(given, x)[0], given)

            def more(total: Any, _: Any) -> tuple[Any, None]:
                return slope + of_x(total)[0], None

            total, _ = jax.lax.scan(more, slope, length=ORDERS)
            (change,) = of_given(total)
            return (change,)

        backward_solve.defvjp(there, back)
        return backward_solve

    forward_solve = jax.custom_jvp(iterated)

    @forward_solve.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        (given,), (change,) = primals, tangents
        x, failed = forward_solve(given)

        def along(direction: Any) -> Any:
            direction = direction + xp.zeros_like(x)
            return jax.jvp(lambda x: step(given, x)[0], (x,), (direction,))[1]

        # J (..., 4, 4): columns along each of the four parameters.
        jacobian = jax.vmap(along, out_axes=-1)(xp.eye(x.shape[-1]))
        _, first = jax.jvp(lambda given: step(given, x)[0], (given,), (change,))
        total = first
        for _ in range(ORDERS):
            total = first + (jacobian @ total[..., None])[..., 0]
        return (x, failed), (total, np.zeros(failed.shape, jax.dtypes.float0))

    return forward_solve


@dataclass(frozen=True)
class Forward:
    """The pass; made by ``Likelihood.forward`` and by ``CardLikelihood``.

    Attributes
    ----------
    channels
        One for each part.
    scheme, ckm_map
        How the CKM parameters follow, and the map to what their extraction asks for.  None if no
        part says: then they are those of the tables of running.
    judge
        The pdfs.
    width
        The number of coefficients among the inputs, extras stand behind them; None if all inputs
        belong to the maps.
    """

    channels: tuple[Channel, ...]
    scheme: CkmScheme | FixedCkm | None
    ckm_map: LinearMap | TermMap | None
    judge: Judge
    width: int | None = None

    def ckm(self, inputs: Any, xp: Any = np) -> tuple[Any, Any, Any]:
        """Return CKM parameters, the same with gamma in the fourth place, and what failed."""
        shape = inputs.shape[:-1]
        linear = self.ckm_map
        if isinstance(self.scheme, FixedCkm):
            zero = xp.zeros((*shape, 4))
            fixed = zero + xp.asarray(self.scheme.ckm), zero + xp.asarray(self.scheme.gamma)
            return *fixed, xp.zeros(shape, dtype=bool)
        if self.scheme is None or linear is None:
            ckm = xp.zeros((*shape, 4)) + xp.asarray(ckm_expansion.REFERENCE)
            return ckm, ckm, xp.zeros(shape, dtype=bool)
        given, low_of = _with_ckm(linear, inputs[..., : self.width], xp)
        ckm, failed = self.scheme.extracted(low_of, given, shape, xp)
        return ckm, self.scheme.gamma(ckm, xp), failed

    def low(self, one: Channel, inputs: Any, xp: Any = np) -> Any:
        """Return what a part's predictor takes, at inputs (..., n)."""
        return self._low(one, inputs, self.ckm(inputs, xp)[1], xp)

    def _low(self, one: Channel, inputs: Any, gamma: Any, xp: Any) -> Any:
        given, low_of = _with_ckm(one.map, inputs[..., : self.width], xp)
        low = low_of(given, gamma)
        if one.extras is None:
            return low
        return xp.concatenate([low, one.extras.of(inputs, xp)], axis=-1)

    def predicted(self, inputs: Any, xp: Any = np) -> Any:
        """Return the predictions as ln L takes them, (..., observables), at inputs (..., n)."""
        return self._predicted(inputs, xp)[0]

    def observed(self, inputs: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return what the whole ln L is a function of: predictions, and responses of the theory."""
        predictions, ckm, _, _, _, lows = self._predicted(inputs, xp)
        return predictions, self.judge.responses(lows, ckm, predictions, True, xp)

    def _predicted(self, inputs: Any, xp: Any) -> tuple[Any, Any, Any, Any, Any, list[Any]]:
        """Return predictions, CKM parameters in both forms, what failed and was continued.

        Last the low-scale vector of every channel.
        """
        ckm, gamma, failed = once(self.ckm(inputs, xp), xp)
        found, lows = [], []
        for one in self.channels:
            low = self._low(one, inputs, gamma, xp)
            lows.append(low)
            found.append(one.predictor.evaluate(low, ckm, xp))
        predictions, continued = found[0]
        if len(found) > 1:
            predictions = xp.concatenate([p for p, _ in found], axis=-1)
            for _, more in found[1:]:
                continued = continued | more
        return predictions, ckm, gamma, failed, continued, lows

    def total(self, inputs: Any, xp: Any = np) -> Any:
        """Return the whole ln L - ln L_SM, (...), at inputs (..., n)."""
        return self.judge.total(*self.observed(inputs, xp), xp)

    def theory(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the theory covariances that follow the point, by block, at inputs (n,)."""
        if not self.judge.followed:
            return {}
        predictions, ckm, _, _, _, lows = self._predicted(np.asarray(inputs), np)
        return self.judge.theory(lows[self.judge.channel], ckm, predictions)

    def response(self, block: str, inputs: np.ndarray) -> np.ndarray:
        """Return J (m, K) of a block, of which the theory errors follow the point, at inputs."""
        predictions, ckm, _, _, _, lows = self._predicted(np.asarray(inputs), np)
        return self.judge.response(block, lows[self.judge.channel], ckm, predictions)

    def evaluate(self, inputs: Any, xp: Any = np) -> Evaluation:
        """Return everything at inputs (..., n); the status lacks what only the model knows."""
        inputs = xp.asarray(inputs)
        judge = self.judge
        predictions, ckm, gamma, failed, continued, lows = self._predicted(inputs, xp)
        responses = judge.responses(lows, ckm, predictions, False, xp)
        parts = once(judge.parts(predictions, responses, xp), xp)
        noise = np.nan_to_num(judge.error, nan=0.0)
        continued = continued | negative(predictions, judge.rates, noise, xp)
        status = self._status(predictions, parts, inputs, gamma, failed, continued, xp)
        return Evaluation(parts, presented(predictions, judge.rates, noise, xp), ckm, status)

    def _status(
        self,
        predictions: Any,
        parts: Any,
        inputs: Any,
        gamma: Any,
        failed: Any,
        continued: Any,
        xp: Any,
    ) -> Any:
        """Return the status of points (bits of :data:`STATUS`), shape (...)."""
        judge, inputs = self.judge, inputs[..., : self.width]
        blocks = parts[..., : judge.count]
        shifts = [one.map.shifts for one in self.channels]
        missing = _most([s.second_order(inputs, xp) for s in shifts], xp)
        # What the point does to ln L: terms of either sign may cancel, squares of shifts do not.
        # What was not measured does nothing to it.
        error = np.where(np.isfinite(judge.error), judge.error, np.inf)
        away = points_last(predictions, xp)
        moved = (away - upright(judge.sm, away)) / upright(error, away)
        half = xp.full(len(away), 0.5)  # a matrix product: XLA's sums are slow
        size = xp.sum(xp.abs(blocks), axis=-1) + xp.tensordot(half, once(moved**2, xp), 1)
        shift = _most([s.mass_shift(inputs, xp) for s in shifts], xp)
        left = -_most([-s.mass_left(inputs, xp) for s in shifts], xp)
        return (
            1 * judge.groups.outside(predictions, xp)
            + 2 * failed
            + 4 * ~ckm_expansion.inside(gamma, xp)
            + 8 * (xp.sum(blocks, axis=-1) < EXCLUDED)
            + 16 * (shift > MASS_SHIFT)
            + 32 * ((missing > SECOND_ORDER) & (missing * size > SMALL))
            + 64 * continued
            + 128 * (left < MASS_LEFT)
        )


def _with_ckm(
    linear: LinearMap | TermMap, inputs: Any, xp: Any
) -> tuple[Any, Callable[[Any, Any], Any]]:
    """Return what of a map does not depend on the CKM parameters, and how these finish it."""
    if isinstance(linear, LinearMap):
        return linear.prepared(inputs), linear.finished
    return linear.prepared(inputs, xp), lambda given, gamma: linear.finished(given, gamma, xp)


def _most(values: Sequence[Any], xp: Any) -> Any:
    """Return the largest of arrays, element by element."""
    result = values[0]
    for one in values[1:]:
        result = xp.maximum(result, one)
    return result
