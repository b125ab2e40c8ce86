"""Which data pull the fit: every observable, measurement and group taken out once.

Taking a unit out of the likelihood lowers chi2 at a point by its *contribution*

    c(theta) = chi2(all) - chi2(without the unit) >= 0,

in closed form (:class:`Subset`).  Contributions do not add up to chi2 where data are correlated:
of two observables that say the same neither contributes much, since the other one still says it.

The best fit without a unit minimises chi2 - c.  For hundreds of subsets this is one Newton step
from the best fit, theta' = theta + (H - H_c)^-1 grad c, with all gradients and Hessians from one
set of predictions around it; for the subsets with the largest effect it is done again as a real
minimisation (:func:`refit`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.inference.bestfit import BestFit
from muoquark.inference.goodness.residuals import Gaussian, Residuals
from muoquark.inference.objective import Objective
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet, combine
from muoquark.likelihood.gaussian import GaussianBlock, inverse
from muoquark.likelihood.likelihood import Likelihood

__all__ = ["Expansion", "Influence", "Subset", "expansion", "merged", "newton", "refit",
           "subsets"]  # fmt: skip

# Distance of the points from which derivatives are taken, in standard deviations: far above the
# rounding noise of ln L (2e-8), near enough for a parabola.
STEP = 0.3
# If less than this share of the curvature is left without a unit, along the direction that it
# constrains most, there is no parabola to step to the bottom of.
FLAT = 0.1


@dataclass(frozen=True)
class Subset:
    """What is taken out of the data.

    Attributes
    ----------
    kind
        ``observable``, ``measurement`` or ``group``.
    name, block
        Of what is taken out, and the block where it is.
    contribution
        Function of predictions (..., m) that returns c = chi2(all) - chi2(without it), (...).
    """

    kind: str
    name: str
    block: str
    contribution: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Influence:
    """The fit without a subset.

    Attributes
    ----------
    unit
        What is left out.
    sm, best
        Its contributions at the SM and at the best fit of all data.
    values
        The new best fit, by parameter.
    shift
        By how many standard deviations of all data each parameter moves.
    distance
        The same along the fit's own metric, sqrt(dtheta^T C^-1 dtheta).
    delta_chi2
        Of the new best fit to the SM, both without the subset.
    method
        ``newton`` or ``refit``.
    at_limit
        Parameters that end at the edge of their range, as one does that nothing else constrains.
    """

    unit: Subset
    sm: float
    best: float
    values: dict[str, float]
    shift: dict[str, float]
    distance: float
    delta_chi2: float
    method: str
    at_limit: tuple[str, ...] = ()

    @property
    def gain(self) -> float:
        """What the unit adds to ln L(best) - ln L(SM)."""
        return (self.sm - self.best) / 2

    def record(self) -> dict[str, Any]:
        """Return the fit as plain data."""
        return {
            "name": self.unit.name, "block": self.unit.block, "values": self.values,
            "shift": self.shift, "distance": self.distance, "delta_chi2": self.delta_chi2,
            "gain": self.gain, "method": self.method, "at_limit": list(self.at_limit),
        }  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Contributions


def _removed(term: Gaussian, here: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the contribution of some observables (positions in the term) to a Gaussian term.

    With u = P d it is u_S^T (P_SS)^-1 u_S: what marginalising the others' Gaussian leaves out.
    """
    precision = term.gaussian.precision
    block = inverse(precision[np.ix_(here, here)])
    rows = precision[:, here]

    def function(predictions: np.ndarray) -> np.ndarray:
        u = term.residuals(predictions) @ rows
        return np.asarray(np.einsum("...i,ij,...j->...", u, block, u))

    return function


def observables_subset(
    residuals: Residuals, kind: str, name: str, block: str, positions: Sequence[int]
) -> Subset:
    """Return the unit of some observables: all their measurements are taken out."""
    wanted = set(positions)
    parts = []
    for term in residuals.gaussian:
        here = np.array([k for k, o in enumerate(term.observables) if o in wanted], dtype=int)
        if len(here):
            parts.append(_removed(term, here))
    others = np.array([k for k, o in enumerate(residuals.other) if wanted & {*o.observables}], int)

    def contribution(predictions: np.ndarray) -> np.ndarray:
        total = np.zeros(predictions.shape[:-1])
        for part in parts:
            total = total + part(predictions)
        if len(others):
            total = total + residuals.other_chi2(predictions)[..., others].sum(axis=-1)
        return total

    return Subset(kind, name, block, contribution)


def _measurements_in_block(residuals: Residuals, block: str) -> list[Subset]:
    """Return the units of the measurements that are combined with others in a Gaussian block.

    chi2 is here that of the individual measurements (the combined one and the spread about it),
    so that a contribution is not negative; the spread does not depend on the point.
    """
    data = residuals.data
    own = data.of_block(block)
    observables = list(data.blocks[block])
    full = next(t for t in residuals.gaussian if t.measurement == block and t.block == block)
    whole = _spread(own, observables, combine(own, observables).mean)

    def unit(name: str) -> Subset:
        rest = [c for c in own if c.measurement != name]
        left = [o for o in observables if any(o in c.observables for c in rest)]
        keep = [observables.index(o) for o in left]
        spread, reduced = whole, None
        if left:
            one = combine(rest, left)
            theory = np.asarray(data.theory[block])[np.ix_(keep, keep)]
            total = GaussianBlock(one.mean, one.covariance + theory)
            reduced = Gaussian(block, block, np.array(left), total)
            spread -= _spread(rest, left, one.mean)

        def contribution(predictions: np.ndarray) -> np.ndarray:
            value = full.chi2(predictions) + spread
            return value if reduced is None else value - reduced.chi2(predictions)

        return Subset("measurement", name, block, contribution)

    return [unit(name) for name in dict.fromkeys(c.measurement for c in own)]


def _spread(
    constraints: Sequence[Constraint], observables: Sequence[int], mean: np.ndarray
) -> float:
    """Return the chi2 of Gaussian constraints about the values `mean` of the observables."""
    place = {o: k for k, o in enumerate(observables)}
    total = 0.0
    for c in constraints:
        centre, covariance = c.gaussian()
        d = centre - mean[[place[o] for o in c.observables]]
        total += float(d @ inverse(covariance) @ d)
    return total


def _measurement_outside(residuals: Residuals, block: str, name: str) -> Subset:
    """Return the unit of a measurement that keeps its own pdf; its terms add up exactly."""
    terms = [t for t in residuals.gaussian if (t.block, t.measurement) == (block, name)]
    others = [k for k, o in enumerate(residuals.other) if (o.block, o.measurement) == (block, name)]

    def contribution(predictions: np.ndarray) -> np.ndarray:
        total = np.zeros(predictions.shape[:-1])
        for term in terms:
            total = total + term.chi2(predictions)
        if others:
            total = total + residuals.other_chi2(predictions)[..., others].sum(axis=-1)
        return total

    return Subset("measurement", name, block, contribution)


def subsets(
    likelihood: Likelihood,
    kinds: Sequence[str] = ("observable", "measurement", "group"),
    data: DataSet | None = None,
) -> list[Subset]:
    """Return every observable, measurement and group of a likelihood as subsets.

    A measurement with values in several blocks is one unit per block.  `data` are those of the
    likelihood, or the same with the theory errors of a point.
    """
    data = likelihood.data if data is None else data
    residuals = Residuals(data)
    result: list[Subset] = []
    if "observable" in kinds:
        for block, positions in data.blocks.items():
            for k in positions:
                name = data.observables[k].text
                result.append(observables_subset(residuals, "observable", name, block, [k]))
    if "measurement" in kinds:
        inside = {
            (one.block, one.name): one
            for block in data.theory
            for one in _measurements_in_block(residuals, block)
        }
        for block, name in dict.fromkeys((c.block, c.measurement) for c in data.constraints):
            one = inside.get((block, name)) or _measurement_outside(residuals, block, name)
            result.append(one)
    if "group" in kinds:
        for name, members in likelihood.groups.items():
            result.append(observables_subset(residuals, "group", name, "several", members))
    return result


def merged(first: Sequence[Subset], second: Sequence[Subset], sm: np.ndarray) -> list[Subset]:
    """Return subsets that are those of `first` for the SM's predictions (m,), else of `second`.

    So the theory errors of the SM and of a point are each taken where they belong.
    """

    def both(a: Subset, b: Subset) -> Subset:
        def contribution(predictions: np.ndarray) -> np.ndarray:
            standard = np.all(predictions == sm, axis=-1)
            return np.where(standard, a.contribution(predictions), b.contribution(predictions))

        return replace(b, contribution=contribution)

    return [both(a, b) for a, b in zip(first, second, strict=True)]


# ---------------------------------------------------------------------------------------------
# The fit without a unit


@dataclass(frozen=True)
class Expansion:
    """Points around a best fit, predictions there and the derivatives of chi2.

    Attributes
    ----------
    centre
        The best fit, (n,).
    free
        Positions of the parameters that are not at their limits.
    step
        Of the differences, per free parameter.
    hessian
        Second derivatives of chi2 in the free parameters; their covariance is 2 hessian^-1.
    predictions
        (points, m): the best fit, steps up, steps down, and four corners of each pair.
    sm
        Predictions of the SM, (m,).
    """

    centre: np.ndarray
    free: np.ndarray
    step: np.ndarray
    hessian: np.ndarray
    predictions: np.ndarray
    sm: np.ndarray

    def derivatives(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return gradient and Hessian of a function from its values (points,)."""
        n = len(self.free)
        plus, minus = values[1 : n + 1], values[n + 1 : 2 * n + 1]
        gradient = (plus - minus) / (2 * self.step)
        hessian = np.diag((plus + minus - 2 * values[0]) / self.step**2)
        corners = values[2 * n + 1 :].reshape(-1, 4)
        for (i, j), (pp, pm, mp, mm) in zip(combinations(range(n), 2), corners, strict=True):
            mixed = (pp - pm - mp + mm) / (4 * self.step[i] * self.step[j])
            hessian[i, j] = hessian[j, i] = mixed
        return gradient, hessian


def expansion(objective: Objective, best: BestFit, sm: np.ndarray) -> Expansion:
    """Evaluate the predictions around a best fit.

    Raises
    ------
    DomainError
        If the objective knows no predictions, or if no parameter is inside of its range.
    """
    names = [p.name for p in objective.parameters]
    low, high = np.array(objective.bounds).T
    free = np.array([k for k, n in enumerate(names) if n not in best.at_limit], dtype=int)
    if not len(free):
        raise DomainError("every parameter is at its limit: nothing to move")
    error = np.array([best.errors[names[k]] for k in free])
    room = np.minimum(best.point - low, high - best.point)[free]
    step = np.minimum(STEP * error, 0.9 * room)
    centre, n = best.point, len(free)
    unit = np.zeros((n, len(names)))
    unit[np.arange(n), free] = step
    corners = [
        a * unit[i] + b * unit[j]
        for i, j in combinations(range(n), 2)
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    points = centre + np.array([np.zeros(len(names)), *unit, *-unit, *corners])
    total, predictions = objective.total_and_predictions(points)
    found = Expansion(centre, free, step, np.eye(n), predictions, sm)
    return replace(found, hessian=found.derivatives(-2 * total)[1])


def newton(
    objective: Objective, around: Expansion, unit: Subset, delta_chi2: float
) -> Influence | None:
    """Return the fit without a unit by one Newton step; None if there is no parabola left.

    `delta_chi2` is that of the best fit of all data to the SM.
    """
    values = unit.contribution(around.predictions)
    sm = float(unit.contribution(around.sm))
    gradient, hessian = around.derivatives(values)
    left = around.hessian - hessian
    root = np.linalg.inv(np.linalg.cholesky(around.hessian))
    if np.linalg.eigvalsh(root @ left @ root.T)[0] < FLAT:
        return None
    move = np.linalg.solve(left, gradient)
    low, high = np.array(objective.bounds).T
    target = around.centre.copy()
    target[around.free] += move
    if np.any(target < low) or np.any(target > high):
        return None
    # The minimum of chi2 - c lies gradient . move / 2 below its value at the old best fit.
    lower = delta_chi2 - (sm - float(values[0])) + float(gradient @ move) / 2
    return _influence(objective, around, unit, sm, float(values[0]), target, lower, "newton")


def refit(objective: Objective, around: Expansion, unit: Subset, delta_chi2: float) -> Influence:
    """Return the fit without a unit by minimising chi2 - c within the ranges.

    Starts are the best fit of all data, the centre of the ranges and the Newton step's result.
    """
    from scipy.optimize import minimize

    low, high = np.array(objective.bounds).T
    width, n = high - low, len(low)
    offset = float(unit.contribution(around.sm))
    step = 1e-4 * np.eye(n)

    def chi2(points: np.ndarray) -> np.ndarray:
        total, predictions = objective.total_and_predictions(points)
        return np.asarray(-2 * total - unit.contribution(predictions) + offset)

    def function(u: np.ndarray) -> tuple[float, np.ndarray]:
        values = chi2(low + width * np.concatenate([u[None], u + step, u - step]))
        return float(values[0]), (values[1 : n + 1] - values[n + 1 :]) / 2e-4

    first = newton(objective, around, unit, delta_chi2)
    starts = [around.centre, (low + high) / 2]
    if first is not None:
        starts.append(np.array(list(first.values.values())))
    best = None
    for start in starts:
        result = minimize(
            function, (start - low) / width, jac=True, method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * n, options={"ftol": 1e-12, "gtol": 1e-6},
        )  # fmt: skip
        if best is None or result.fun < best.fun:
            best = result
    assert best is not None
    point = low + width * best.x
    contribution = float(unit.contribution(around.predictions[0]))
    return _influence(
        objective, around, unit, offset, contribution, point, -float(best.fun), "refit"
    )


def _influence(
    objective: Objective,
    around: Expansion,
    unit: Subset,
    sm: float,
    best: float,
    point: np.ndarray,
    delta_chi2: float,
    method: str,
) -> Influence:
    names = [p.name for p in objective.parameters]
    error = np.full(len(names), np.nan)
    error[around.free] = np.sqrt(np.diag(2 * np.linalg.inv(around.hessian)))
    move = point - around.centre
    inside = move[around.free]
    return Influence(
        unit, sm, best,
        dict(zip(names, map(float, point), strict=True)),
        dict(zip(names, map(float, move / error), strict=True)),
        float(np.sqrt(inside @ around.hessian @ inside / 2)),
        delta_chi2, method,
        tuple(
            n for n, x, (a, b) in zip(names, point, objective.bounds, strict=True)
            if min(x - a, b - x) < 1e-6 * (b - a)
        ),
    )  # fmt: skip
