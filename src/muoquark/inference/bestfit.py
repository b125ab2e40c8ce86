"""The best fit: several starts, one minimum, and a second minimiser that has to agree.

scipy's L-BFGS-B walks down from several starting points with the exact gradient; iminuit's
Migrad (F. James and M. Roos, Comput. Phys. Commun. 10 (1975) 343) then starts from the best of
them, and its Hesse gives the covariance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.common.shown import Shown
from muoquark.inference.objective import Objective

__all__ = ["BestFit", "Minimiser", "best_fit", "spread", "starting_points"]


@dataclass(frozen=True, repr=False)
class BestFit(Shown):
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

    def headline(self) -> str:
        """Return how much better than the SM it is."""
        return f"best fit, Delta chi2 = {self.delta_chi2:.2f} to the SM"

    def to_dataframe(self) -> Any:
        """Return values and errors as a ``pandas.DataFrame``."""
        import pandas as pd

        rows = [
            (x, self.errors[name], "at the edge of its range" if name in self.at_limit else "")
            for name, x in self.values.items()
        ]
        index = pd.Index(list(self.values), name="parameter")
        return pd.DataFrame(rows, index=index, columns=["value", "error", "note"])

    @property
    def point(self) -> np.ndarray:
        """The values as an array (n,)."""
        return np.array(list(self.values.values()))


@dataclass
class Minimiser:
    """Minimises chi2 = -2 (ln L - ln L_SM) with some parameters held; counts its work."""

    objective: Objective
    count: int = 0

    def chi2(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return chi2 and its gradient at a point (n,)."""
        value, gradient = self.objective.gradient(point)
        return -2 * value, -2 * np.asarray(gradient)

    def __call__(
        self, held: dict[int, float], starts: Iterable[np.ndarray]
    ) -> tuple[float, np.ndarray]:
        """Return the lowest chi2 and its point (n,) with parameter k fixed at held[k].

        The starts are points (n,); every one is minimised from.  chi2 is infinite if nothing
        finite was found.
        """
        from scipy.optimize import minimize

        low, high = np.array(self.objective.bounds, dtype=float).T
        # Free parameters as shares u of their ranges: one tolerance for any unit.
        free = np.array([k for k in range(len(low)) if k not in held], dtype=int)
        width = (high - low)[free]
        fixed = np.array(low)
        fixed[list(held)] = list(held.values())

        def whole(u: np.ndarray) -> np.ndarray:
            point = np.array(fixed)
            point[free] += width * u
            return point

        def function(u: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = self.chi2(whole(u))
            return value, gradient[free] * width

        if not len(free):
            return self.chi2(fixed)[0], fixed
        best, found = np.inf, fixed
        for start in starts:
            u = np.clip((start[free] - low[free]) / width, 0.0, 1.0)
            result = minimize(
                function, u, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(free),
                options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
            )  # fmt: skip
            self.count += 1
            # Also passes over what is not a number.
            if result.fun < best:
                best, found = float(result.fun), whole(result.x)
        return best, found


def spread(objective: Objective, number: int, seed: int) -> np.ndarray:
    """Return points (number, n) that fill the ranges of the parameters: a Latin hypercube.

    The points are those of ``scipy.stats.qmc.LatinHypercube``; to import scipy.stats for these
    lines takes a second of every fit.
    """
    low, high = np.array(objective.bounds).T
    rng = np.random.default_rng(seed).spawn(1)[0]
    within = rng.uniform(size=(number, len(low)))
    slices = np.tile(np.arange(1, number + 1), (len(low), 1))
    for one in slices:
        rng.shuffle(one)
    return np.asarray(low + (high - low) * (slices.T - within) / number)


def starting_points(objective: Objective, number: int, seed: int) -> np.ndarray:
    """Return the objective's own start and the best of a Latin hypercube, (number, n).

    The hypercube has 64 points per start over the ranges of the parameters; two points at least
    are returned.
    """
    start = np.array([p.start for p in objective.parameters])
    points = np.vstack([start, spread(objective, 64 * number, seed)])
    order = np.argsort(-objective.total(points))
    return np.vstack([start, points[order[: max(number - 1, 1)]]])


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

    low, high = np.array(objective.bounds).T
    width = high - low
    minimise = Minimiser(objective)
    lowest, point = minimise({}, [*starting_points(objective, starts, seed), *also])
    if not np.isfinite(lowest):
        raise DomainError("no maximum of the likelihood was found in the ranges of the parameters")
    names = [p.name for p in objective.parameters]
    # In shares of the ranges, as there.  Minuit maps a range to an angle, of which the derivative
    # vanishes at the ends: a start on one of them would stay there.
    share = (point - low) / width
    minuit = Minuit(
        lambda u: minimise.chi2(low + width * np.asarray(u))[0],
        np.clip(share, 1e-9, 1 - 1e-9),
        grad=lambda u: minimise.chi2(low + width * np.asarray(u))[1] * width,
        name=names,
    )
    minuit.limits = [(0.0, 1.0)] * len(low)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.strategy = 1
    minuit.migrad()
    minuit.hesse()
    agreement = abs(minuit.fval - lowest) / 2
    u = np.array(minuit.values) if minuit.fval < lowest else share
    value = min(minuit.fval, lowest)
    at_limit = tuple(n for n, x in zip(names, u, strict=True) if x < 1e-6 or x > 1 - 1e-6)
    errors = {
        n: float("nan") if n in at_limit else float(e * w)
        for n, e, w in zip(names, minuit.errors, width, strict=True)
    }
    values = {n: float(x) for n, x in zip(names, low + width * u, strict=True)}
    return BestFit(values, -value / 2, errors, agreement, at_limit)
