r"""Pulls of the parameters of the theory at a point: which form factor, bag parameter or element of
the CKM matrix the data move, by how much, and how they hang together with fitted parameters.

With predictions O + J xi, xi in standard deviations, measurements m with errors E = L L^T and
chi2(xi) = |L^-1 (O + J xi - m)|^2 + |xi|^2, the parameters that fit best are xi = -A^-1 W^T z with
W = L^-1 J, A = 1 + W^T W, z = L^-1 (O - m), and their covariance is A^-1.  There chi2 is that of
the marginalised likelihood, and |xi|^2 is the theory's share of it.  In a fit, theta and xi are
correlated: O moves with theta by X = L^-1 dO/d theta, and the joint covariance has

.. math:: \mathrm{cov}(\theta, \xi) = -\mathrm{cov}(\theta)\, X^T W A^{-1}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from muoquark.inference.bestfit import BestFit
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.objective import Objective
from muoquark.likelihood.ckm_products import CKM_NAMES
from muoquark.likelihood.forward import Forward
from muoquark.likelihood.judge import Followed
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.responses.file import Nuisance
from muoquark.likelihood.responses.following import Following
from muoquark.likelihood.responses.roots import PointRoot

__all__ = ["NUISANCES", "NuisancePull", "Nuisances", "nuisances", "pulled"]

# Step of a difference, in standard deviations: far above the rounding noise of ln L, near enough
# for a parabola (ln L bends within a tenth of one).  In shares of the range at least, at most.
STEP, LEAST, MOST = 0.01, 1e-4, 0.01

NUISANCES = {
    "shift": "by how many of its standard deviations the data of the block move a parameter of the "
    "theory, all others free",
    "constraint": "its standard deviation after that, in units of the one before",
    "correlation": "with the parameters of the fit, at the best fit",
    "theory_share": "sum of squares of the shifts of independent directions: the share of the "
    "parameters of the theory in the block's chi2",
}


@dataclass(frozen=True)
class NuisancePull:
    """A parameter of the theory; names as in :data:`NUISANCES`.

    Attributes
    ----------
    parameter
        flavio's name.
    shift, shift_sm
        At the point and in the SM.
    constraint
        At the point.
    correlation
        By the name of the fitted parameter.
    """

    parameter: str
    shift: float
    shift_sm: float
    constraint: float
    correlation: Mapping[str, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the parameter as plain data."""
        return {
            "parameter": self.parameter,
            "shift": self.shift,
            "shift_sm": self.shift_sm,
            "constraint": self.constraint,
            **({"correlation": dict(self.correlation)} if self.correlation else {}),
        }


@dataclass(frozen=True)
class Nuisances:
    """The parameters of the theory of a block, the largest shift first.

    Attributes
    ----------
    block
        The block.
    chi2, chi2_sm
        Of the block, at the point and in the SM.
    theory_share, theory_share_sm
        What of it the parameters contribute.
    pulls
        Of the parameters.
    """

    block: str
    chi2: float
    chi2_sm: float
    theory_share: float
    theory_share_sm: float
    pulls: tuple[NuisancePull, ...]

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the definitions."""
        return {
            "definition": NUISANCES,
            "block": self.block,
            "chi2": self.chi2,
            "chi2_sm": self.chi2_sm,
            "theory_share": self.theory_share,
            "theory_share_sm": self.theory_share_sm,
            "pulls": [one.record() for one in self.pulls],
        }


def names_of(listed: Sequence[Nuisance], ckm_root: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return parameters, and by how many standard deviations each direction moves each, (p, K)."""
    names = list(dict.fromkeys(name for one in listed for name in one.parameters))
    place = {name: k for k, name in enumerate(names)}
    count = len(listed)
    table = np.zeros((len(names) + 4, count + 4))
    for k, one in enumerate(listed):
        for name, move in one.parameters.items():
            table[place[name], k] = move
    sigma = np.sqrt(np.sum(ckm_root**2, axis=1))
    table[len(names) :, count:] = ckm_root / sigma[:, None]
    return [*names, *CKM_NAMES], table


def nuisances(
    one: Followed,
    listed: Sequence[Nuisance],
    ckm_root: np.ndarray,
    sm: tuple[np.ndarray, np.ndarray],
    here: tuple[np.ndarray, np.ndarray],
    slopes: np.ndarray | None = None,
    covariance: np.ndarray | None = None,
    parameters: Sequence[str] = (),
) -> Nuisances:
    """Return the pulls of the parameters.

    Parameters
    ----------
    one
        The block.
    listed, ckm_root
        What its directions are.
    sm, here
        Predictions of the block (m,) and J (m, K), in the SM and at the point.
    slopes, covariance
        Of a fit: derivatives of the block's predictions by its parameters (m, n), and their
        covariance (n, n).
    parameters
        Their names.
    """
    assert isinstance(one.gaussian, Following)
    names, table = names_of(listed, ckm_root)
    found = [_shifted(one.gaussian, *at) for at in (sm, here)]
    (chi2_sm, xi_sm, _, _), (chi2, xi, inverse, w) = found
    # What of a parameter no direction holds keeps its error.
    kept = 1 - np.sum(table**2, axis=1)
    variance = np.einsum("pk,kl,pl->p", table, inverse, table) + np.clip(kept, 0, None)
    correlations: list[dict[str, float]] = [{} for _ in names]
    if slopes is not None and covariance is not None and len(parameters):
        x = one.gaussian.fixed.whitening.T @ slopes
        joint = -covariance @ x.T @ w @ inverse
        # Unless the fitted parameters are held, the others are known less well.
        wider = inverse + inverse @ w.T @ x @ covariance @ x.T @ w @ inverse
        variance = np.einsum("pk,kl,pl->p", table, wider, table) + np.clip(kept, 0, None)
        unit = np.sqrt(np.outer(np.diag(covariance), variance))
        values = joint @ table.T / np.where(unit > 0, unit, 1.0)
        correlations = [
            dict(zip(parameters, map(float, values[:, k]), strict=True)) for k in range(len(names))
        ]
    pulls = [
        NuisancePull(name, float(a), float(b), float(c), d)
        for name, a, b, c, d in zip(
            names, table @ xi, table @ xi_sm, np.sqrt(variance), correlations, strict=True
        )
    ]
    pulls.sort(key=lambda pull: -max(abs(pull.shift), abs(pull.shift_sm)))
    return Nuisances(one.block, chi2, chi2_sm, float(xi @ xi), float(xi_sm @ xi_sm), tuple(pulls))


def _shifted(
    gaussian: Following, x: np.ndarray, j: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return chi2, the parameters that fit best, their covariance, and W."""
    z, w = gaussian.fixed.whitened(x), gaussian.turned(j)
    inverse = np.linalg.inv(np.eye(w.shape[1]) + w.T @ w)
    b = w.T @ z
    xi = -inverse @ b
    return float(z @ z + b @ xi), xi, inverse, w


def pulled(
    likelihood: Likelihood,
    forward: Forward,
    inputs: np.ndarray,
    predictions: np.ndarray,
    objective: Objective | None = None,
    best: BestFit | None = None,
) -> tuple[Nuisances, ...]:
    """Return the pulls of the parameters of every block of which the theory errors are made so.

    Parameters
    ----------
    forward, inputs
        The pass for numpy and what it takes at the point.
    predictions
        At the point, (observables,).
    objective, best
        Of a fit: the parameters are then correlated with the fitted ones.
    """
    found: list[Nuisances] = []
    judge = likelihood.judge
    roots = {b: root for b, root in likelihood.roots.items() if isinstance(root, PointRoot)}
    fitted = _fitted(likelihood, objective, best) if roots else None
    for block, root in roots.items():
        one = next(f for f in judge.followed if f.block == block)
        own = one.observables
        slopes, covariance = None, None
        names: tuple[str, ...] = ()
        if fitted is not None:
            every, covariance, names = fitted
            slopes = every[own]
        found.append(
            nuisances(
                one,
                root.nuisances,
                root.jacobian.ckm_root,
                (likelihood.sm_predictions[own], likelihood.sm_response(block)),
                (predictions[own], forward.response(block, inputs)),
                slopes,
                covariance,
                names,
            )
        )
    return tuple(found)


def _fitted(
    likelihood: Likelihood, objective: Objective | None, best: BestFit | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]] | None:
    """Return slopes of all predictions (observables, n), the covariance (n, n), and names.

    Of the fitted parameters that are not at their limits; None without a fit.
    """
    if best is None or not isinstance(objective, CardLikelihood):
        return None
    free = [k for k, p in enumerate(objective.parameters) if p.name not in best.at_limit]
    if not free:
        return None
    width = np.array([p.high - p.low for p in objective.parameters])
    error = np.array(list(best.errors.values()))
    size = np.clip(STEP * error, LEAST * width, MOST * width)[free]
    steps = np.zeros((len(free), len(width)))
    steps[np.arange(len(free)), free] = size
    point = best.point
    around = np.concatenate([point + steps, point - steps])
    values = objective.predictions(around)
    slopes = (values[: len(free)] - values[len(free) :]) / (2 * size)[:, None]
    # One by one: the best fit has the program for that, a batch of gradients would need its own.
    gradients = np.array([objective.gradient(one)[1] for one in around])
    second = (gradients[: len(free)] - gradients[len(free) :])[:, free]
    hessian = -second / (2 * size)[:, None]
    covariance = np.linalg.pinv((hessian + hessian.T) / 2)
    if np.any(np.diag(covariance) <= 0):
        return None  # no parabola
    return slopes.T, covariance, tuple(objective.parameters[k].name for k in free)
