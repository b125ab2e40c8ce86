"""A Gaussian of several numbers: whitening, precision, marginal, conditional and draws, once.

Numbers differ by many orders of magnitude (branching ratios of 1e-10 beside masses), and so
covariances by 10^44: correlations are factorised and inverted, never covariances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

__all__ = ["GaussianBlock", "inverse"]

# A triangular matrix product is done in so many slices.
SLICES = 4


def _inverse(covariance: np.ndarray) -> np.ndarray:
    unit = np.sqrt(np.diag(covariance))
    return np.asarray(np.linalg.inv(covariance / np.outer(unit, unit)) / np.outer(unit, unit))


def inverse(covariance: np.ndarray) -> np.ndarray:
    """Return the symmetric inverse of a covariance, or of an inverse of one, (n, n)."""
    result = _inverse(covariance)
    return np.asarray((result + result.T) / 2)


@dataclass(frozen=True, eq=False)
class GaussianBlock:
    """A Gaussian of n numbers.

    Parameters
    ----------
    mean, covariance
        (n,) and (n, n), the second positive definite.

    Examples
    --------
    >>> block = GaussianBlock(np.array([1.0, 2.0]), np.diag([0.01, 4.0]))
    >>> round(float(block.log_likelihood(np.array([1.1, 0.0]))), 12)
    -1.0
    >>> block.marginal([1]).mean.tolist()
    [2.0]
    """

    mean: np.ndarray
    covariance: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", np.atleast_1d(np.asarray(self.mean, dtype=float)))
        object.__setattr__(self, "covariance", np.atleast_2d(np.asarray(self.covariance, float)))

    @classmethod
    def average(
        cls, size: int, parts: Sequence[tuple[Sequence[int], np.ndarray, np.ndarray]]
    ) -> GaussianBlock:
        """Return the inverse-variance average of Gaussian measurements of some of `size` numbers.

        Each part is (positions, mean, covariance); every number has to be in one at least.
        """
        weight, weighted = np.zeros((size, size)), np.zeros(size)
        for positions, mean, covariance in parts:
            one = _inverse(covariance)
            weight[np.ix_(positions, positions)] += one
            weighted[np.asarray(positions)] += one @ mean
        # In units of the result, 1/sqrt(weight), as the last bits of a published snapshot want it.
        unit = 1 / np.sqrt(np.diag(weight))
        covariance = np.linalg.inv(weight * np.outer(unit, unit)) * np.outer(unit, unit)
        return cls(covariance @ weighted, covariance)

    @cached_property
    def errors(self) -> np.ndarray:
        """Standard deviations, (n,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @cached_property
    def _lower(self) -> np.ndarray:
        """The Cholesky factor of the matrix of correlations, (n, n)."""
        return np.linalg.cholesky(self.covariance / np.outer(self.errors, self.errors))

    @cached_property
    def whitening(self) -> np.ndarray:
        """W (n, n), upper triangular, with chi2 = |x @ W - mean @ W|^2."""
        # W = (L^-1/unit)^T, where L L^T is the matrix of correlations.
        return np.asarray((np.linalg.inv(self._lower) / self.errors).T)

    @cached_property
    def offset(self) -> np.ndarray:
        """mean @ W, (n,)."""
        return np.asarray(self.mean @ self.whitening)

    @cached_property
    def precision(self) -> np.ndarray:
        """The inverse covariance P, (n, n)."""
        return inverse(self.covariance)

    def whitened(self, x: Any, xp: Any = np) -> Any:
        """Return independent residuals of unit variance, (..., n), of numbers x (..., n)."""
        return _triangular(x, self.whitening, xp) - xp.asarray(self.offset)

    def log_likelihood(self, x: Any, xp: Any = np) -> Any:
        """Return ln of the density relative to its maximum, (...), at x (..., n)."""
        return -0.5 * xp.sum(self.whitened(x, xp) ** 2, axis=-1)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Return x - mean, (..., n)."""
        return np.asarray(x - self.mean)

    def chi2(self, x: np.ndarray) -> np.ndarray:
        """Return d^T P d with d = x - mean, (...), at x (..., n)."""
        d = self.residuals(x)
        return np.asarray(np.einsum("...i,...i->...", d @ self.precision, d))

    def marginal(self, keep: Sequence[int]) -> GaussianBlock:
        """Return the Gaussian of some of the numbers, whatever the others are."""
        rows = np.asarray(keep, dtype=int)
        return GaussianBlock(self.mean[rows], self.covariance[np.ix_(rows, rows)])

    def conditional_pulls(self, x: np.ndarray) -> np.ndarray:
        r"""Return the pull of each number given all others, (..., n).

        .. math:: z_i = (P d)_i / \sqrt{P_{ii}}

        is the distance of number i from what the others and the correlations let expect of it, in
        units of what is left of its uncertainty then, and z_i^2 = chi2(all) - chi2(all but i).
        """
        d = self.residuals(x)
        return np.asarray(d @ self.precision / np.sqrt(np.diag(self.precision)))

    def shares(self, x: np.ndarray) -> np.ndarray:
        """Return d_i (P d)_i, (..., n): adds up to chi2, but can be negative."""
        d = self.residuals(x)
        return np.asarray(d * (d @ self.precision))

    def conditional(self, known: Sequence[int], values: np.ndarray) -> GaussianBlock:
        """Return the Gaussian of the other numbers once those at `known` have `values`."""
        there = np.asarray(known, dtype=int)
        rest = np.setdiff1d(np.arange(len(self.mean)), there)
        # In units of the errors, for the sake of the inverse.
        scaled = self.covariance / np.outer(self.errors, self.errors)
        gain = np.linalg.solve(scaled[np.ix_(there, there)], scaled[np.ix_(there, rest)]).T
        pulls = (np.asarray(values) - self.mean[there]) / self.errors[there]
        left = scaled[np.ix_(rest, rest)] - gain @ scaled[np.ix_(there, rest)]
        unit = self.errors[rest]
        return GaussianBlock(self.mean[rest] + unit * (gain @ pulls), left * np.outer(unit, unit))

    def draws(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return draws (number, n)."""
        from scipy.stats import Covariance, multivariate_normal

        root = Covariance.from_cholesky(self._lower * self.errors[:, None])
        found = multivariate_normal(self.mean, root).rvs(number, random_state=rng)
        return np.asarray(found).reshape(number, len(self.mean))


def _triangular(x: Any, upper: np.ndarray, xp: Any) -> Any:
    """Return x @ upper in slices that leave out most of the zeros below the diagonal."""
    n = len(upper)
    edges = np.linspace(0, n, 1 + max(1, min(SLICES, n // 16))).astype(int)
    pieces = [x[..., :end] @ xp.asarray(upper[:end, start:end]) for start, end in pairwise(edges)]
    return xp.concatenate(pieces, axis=-1)
