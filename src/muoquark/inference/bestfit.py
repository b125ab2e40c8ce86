"""The best fit: several starts, one minimum, and a second minimiser that has to agree.

scipy's L-BFGS-B walks down from several starting points with the exact gradient; iminuit's
Migrad (F. James and M. Roos, Comput. Phys. Commun. 10 (1975) 343) then starts from the best of
them, and its Hesse gives the covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.inference.objective import Objective

__all__ = ["BestFit", "best_fit", "starting_points"]


@dataclass(frozen=True)
class BestFit:
    """The maximum of the likelihood.

    Attributes
    ----------
    values
        Parameter name to value.
    loglike
        ln L - ln L_SM there.
    errors
        Symmetric errors from the curvature, by name; nan where a parameter sits at its limit.
    agreement
        By how much the two minimisers differ in ln L.
    at_limit
        Names of parameters at the edge of their range.
    """

    values: dict[str, float]
    loglike: float
    errors: dict[str, float]
    agreement: float
    at_limit: tuple[str, ...]

    @property
    def delta_chi2(self) -> float:
        """chi2_SM - chi2_best = 2 (ln L - ln L_SM)."""
        return 2 * self.loglike

    @property
    def point(self) -> np.ndarray:
        """The values as an array (n,)."""
        return np.array(list(self.values.values()))


def starting_points(objective: Objective, number: int, seed: int) -> np.ndarray:
    """Return the objective's own start and the best of a Latin hypercube, (number, n).

    The hypercube has 64 points per start over the ranges of the parameters; two points at least
    are returned.
    """
    from scipy.stats.qmc import LatinHypercube

    low, high = np.array(objective.bounds).T
    sampler = LatinHypercube(d=len(low), rng=np.random.default_rng(seed))
    points = low + (high - low) * sampler.random(64 * number)
    points = np.vstack([[p.start for p in objective.parameters], points])
    order = np.argsort(-objective.total(points))
    chosen = points[order[: max(number - 1, 1)]]
    return np.vstack([points[:1], chosen])


def best_fit(
    objective: Objective, starts: int = 8, seed: int = 1, also: Sequence[np.ndarray] = ()
) -> BestFit:
    """Maximise the likelihood within the ranges of the parameters.

    The minimisations begin at `starts` points drawn with `seed`, and at the points `also`.

    Raises
    ------
    DomainError
        If no start leads to a finite maximum.
    """
    from iminuit import Minuit
    from scipy.optimize import minimize

    bounds = objective.bounds
    low, high = np.array(bounds).T
    width = high - low

    # In shares of the ranges: one tolerance for parameters of any unit.
    def scaled(u: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective.gradient(low + width * u)
        return -2 * value, -2 * gradient * width

    best = None
    for start in (*starting_points(objective, starts, seed), *also):
        result = minimize(
            scaled,
            (start - low) / width,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * len(low),
            options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
        )
        if np.isfinite(result.fun) and (best is None or result.fun < best.fun):
            best = result
    if best is None:
        raise DomainError("no maximum of the likelihood was found in the ranges of the parameters")
    names = [p.name for p in objective.parameters]
    # Minuit maps a range to an angle, of which the derivative vanishes at the ends: a start on one
    # of them would stay there.
    minuit = Minuit(
        lambda x: scaled(np.asarray(x))[0],
        np.clip(best.x, 1e-9, 1 - 1e-9),
        grad=lambda x: scaled(np.asarray(x))[1],
        name=names,
    )
    minuit.limits = [(0.0, 1.0)] * len(low)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.strategy = 1
    minuit.migrad()
    minuit.hesse()
    agreement = abs(minuit.fval - best.fun) / 2
    u = np.array(minuit.values) if minuit.fval < best.fun else best.x
    value = min(minuit.fval, best.fun)
    at_limit = tuple(n for n, x in zip(names, u, strict=True) if x < 1e-6 or x > 1 - 1e-6)
    errors = {
        n: float("nan") if n in at_limit else float(e * w)
        for n, e, w in zip(names, minuit.errors, width, strict=True)
    }
    values = {n: float(x) for n, x in zip(names, low + width * u, strict=True)}
    return BestFit(values, -value / 2, errors, agreement, at_limit)
