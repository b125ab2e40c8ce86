"""-2 ln(L/L_max) of every measurement as a function of the predictions, and of what remains
when one observable is taken out.

The likelihood is a product of *terms*.  Each Gaussian block (``quarks``, ``leptons``) is one
term: the combined measurement of all its observables, with the theory covariance in the SM added.
Elsewhere each constraint of each measurement is one.  A term's chi2 is -2 ln L minus the same at
the predictions that the term likes best, so that it is zero at best and, for a Gaussian,
d^T P d with residuals d = prediction - measurement and P the inverse covariance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.likelihood.pdfs import Constraint, Likelihoods, combine
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["Gaussian", "Other", "Residuals", "conditional", "inverse", "shares"]

# A chi2 below this is the rounding of a zero.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian term of the likelihood.

    Attributes
    ----------
    block, measurement
        The measurement of a Gaussian block has the name of the block.
    observables
        Positions (n,) in the snapshot.
    mean, precision
        (n,) and the inverse covariance P, (n, n).
    """

    block: str
    measurement: str
    observables: np.ndarray
    mean: np.ndarray
    precision: np.ndarray

    def residuals(self, predictions: np.ndarray) -> np.ndarray:
        """Return predictions - mean, shape (..., n)."""
        return np.asarray(predictions[..., self.observables] - self.mean)

    def chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return d^T P d, shape (...)."""
        d = self.residuals(predictions)
        return np.asarray(np.einsum("...i,...i->...", d @ self.precision, d))


@dataclass(frozen=True)
class Other:
    """A term of one observable that is not Gaussian.

    Attributes
    ----------
    block, measurement
        Where it belongs.
    observable
        Its position in the snapshot.
    one_sided
        Whether its pdf is largest at the edge of its support, as a limit's is.
    """

    block: str
    measurement: str
    observable: int
    one_sided: bool


def inverse(covariance: np.ndarray) -> np.ndarray:
    """Return the inverse of a covariance (n, n) with entries of very different size."""
    unit = np.sqrt(np.diag(covariance))
    result = np.linalg.inv(covariance / np.outer(unit, unit))
    return np.asarray((result + result.T) / 2 / np.outer(unit, unit))


def conditional(residuals: np.ndarray, precision: np.ndarray) -> np.ndarray:
    r"""Return the pull of each observable given all others, shape (..., n).

    .. math:: z_i = (P d)_i / \sqrt{P_{ii}}

    is the distance of observable i from what the others and the correlations let expect of it,
    in units of what is left of its uncertainty then, and z_i^2 = chi2(all) - chi2(all but i),
    with the Gaussian of the others being the marginal one (block inverse of P).
    """
    return np.asarray(residuals @ precision / np.sqrt(np.diag(precision)))


def shares(residuals: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return d_i (P d)_i, shape (..., n): adds up to chi2, but can be negative."""
    return np.asarray(residuals * (residuals @ precision))


class Residuals:
    """The terms of a snapshot.

    Attributes
    ----------
    gaussian
        All Gaussian terms, those of the Gaussian blocks first.
    other
        The terms with asymmetric, one-sided or tabulated pdfs.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        gaussian = []
        for block, theory in snapshot.theory.items():
            own = [c for c in snapshot.constraints if c.block == block]
            observables = list(snapshot.blocks[block])
            # One term for the block: theory errors correlate its observables.
            mean, covariance = combine(own, observables)
            total = covariance + np.asarray(theory)
            gaussian.append(Gaussian(block, block, np.array(observables), mean, inverse(total)))
        self._rest = [c for c in snapshot.constraints if c.block not in snapshot.theory]
        for c in self._rest:
            if c.kind == "normal":
                mean, covariance = c.gaussian()
                where = np.array(c.observables)
                gaussian.append(Gaussian(c.block, c.measurement, where, mean, inverse(covariance)))
        self._odd = [c for c in self._rest if c.kind != "normal"]
        self.gaussian: tuple[Gaussian, ...] = tuple(gaussian)
        self.other: tuple[Other, ...] = tuple(
            Other(c.block, c.measurement, c.observables[0], one_sided(c)) for c in self._odd
        )

    @cached_property
    def _others(self) -> tuple[Likelihoods, np.ndarray]:
        """Return ln L of the other terms, each as a block of its own, and their maxima."""
        # Blocks add up their constraints; with one for each constraint none is added.
        renamed = [
            Constraint(str(k), c.measurement, c.kind, c.observables, c.arrays, c.moments)
            for k, c in enumerate(self._odd)
        ]
        blocks: Mapping[str, Sequence[int]] = {c.block: c.observables for c in renamed}
        likelihoods = Likelihoods.from_constraints(renamed, blocks, {})
        return likelihoods, np.array([_maximum(c) for c in self._odd])

    def other_chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return -2 ln(L/L_max) of the terms in `other`, shape (..., len(other))."""
        if not self.other:
            return np.zeros((*predictions.shape[:-1], 0))
        likelihoods, maxima = self._others
        values = -2 * (likelihoods.log_likelihood(predictions) - maxima)
        return np.where(np.abs(values) < ROUNDING, 0.0, values)

    def gaussian_chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return the chi2 of the terms in `gaussian`, shape (..., len(gaussian))."""
        return np.stack([term.chi2(predictions) for term in self.gaussian], axis=-1)

    def blocks(self, predictions: np.ndarray) -> dict[str, np.ndarray]:
        """Return chi2 (...) of every block for predictions (..., m), one-sided terms included."""
        result = {name: np.zeros(predictions.shape[:-1]) for name in self.snapshot.blocks}
        names = [term.block for term in self.gaussian] + [term.block for term in self.other]
        values = [self.gaussian_chi2(predictions), self.other_chi2(predictions)]
        for name, column in zip(names, np.moveaxis(np.concatenate(values, -1), -1, 0), strict=True):
            result[name] = result[name] + column
        return result

    def total(self, predictions: np.ndarray) -> np.ndarray:
        """Return the chi2 of all blocks, shape (...)."""
        return np.asarray(sum(self.blocks(predictions).values()))

    def observable_table(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, per observable, chi2(all) - chi2(without it) and its additive share.

        Both have the shape (..., observables of the snapshot) and the first is not negative.
        Without an observable means without all its measurements; of a measurement that has
        several observables the marginal Gaussian of the others stays.
        """
        shape = (*predictions.shape[:-1], len(self.snapshot.forms.observables))
        removed, share = np.zeros(shape), np.zeros(shape)
        for term in self.gaussian:
            d = term.residuals(predictions)
            # chi2(all) - chi2(without i) in closed form; outside of the Gaussian blocks
            # measurements are independent, and an observable's terms add up.
            removed[..., term.observables] += conditional(d, term.precision) ** 2
            share[..., term.observables] += shares(d, term.precision)
        values = self.other_chi2(predictions)
        for k, other in enumerate(self.other):
            removed[..., other.observable] += values[..., k]
            share[..., other.observable] += values[..., k]
        return removed, share


def one_sided(constraint: Constraint) -> bool:
    """Tell whether a constraint's pdf is largest at the edge of its support: a limit."""
    a = constraint.arrays
    if constraint.kind == "half_normal":
        return True
    if constraint.kind == "gamma":
        return float(a["loc"]) + (float(a["a"]) - 1) * float(a["scale"]) <= 0
    if constraint.kind == "table":
        return int(np.argmax(a["values"])) in (0, len(a["values"]) - 1)
    return False


def _maximum(constraint: Constraint) -> float:
    """Return the largest ln L of a constraint, in the normalisation of `Likelihoods`."""
    a: Mapping[str, Any] = constraint.arrays
    if constraint.kind == "table":
        return float(np.max(a["values"]))
    if constraint.kind == "gamma":
        shape, loc, scale = (float(a[k]) for k in ("a", "loc", "scale"))
        # The gamma distribution is cut off at zero, where its largest value then may be.
        mode = max(loc + (shape - 1) * scale, 0.0)
        u = (mode - loc) / scale
        return ((shape - 1) * np.log(u) if shape > 1 else 0.0) - u
    return 0.0
