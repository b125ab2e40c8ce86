r"""Roots of theory covariances: C_th = J J^T + a constant, with J at a point.

`point`
    J is the response to flavio's parameters at the point.
`relative`
    The shipped matrix of the SM with rates scaled: J_ik = s_i F_ik, F F^T being the shipped matrix
    and s_i = O_i/O_i(SM) for rates, one for everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from muoquark.likelihood.responses.file import Nuisance
from muoquark.likelihood.responses.jacobian import Jacobian
from muoquark.likelihood.specialise import SampledRange

__all__ = ["PointRoot", "RelativeRoot", "Root", "root_of"]

# Directions of a shipped matrix below this share of the variance of theory and experiment together
# stay as they are in the SM.
SMALL = 1e-4


class Root(Protocol):
    """What a theory covariance of a block is made of."""

    @property
    def constant(self) -> np.ndarray:
        """What is the same at all points, (n, n)."""

    def __call__(self, low: Any, ckm: Any, predictions: Any, xp: Any = np) -> Any:
        """Return J (..., n, K).

        Parameters
        ----------
        low, ckm
            Low-scale vector of the snapshot (..., D), CKM parameters (..., 4).
        predictions
            Of the block, (..., n).
        """

    def specialised(self, reach: SampledRange) -> Root:
        """Return the same for points within a reach of the snapshot's low-scale vector."""

    def restricted(self, rows: np.ndarray) -> Root:
        """Return the same for some of the observables."""


@dataclass(frozen=True, eq=False)
class PointRoot:
    """The response at the point.

    Attributes
    ----------
    jacobian
        Of the block's observables.
    constant
        (n, n): variances that no linear response gives.
    nuisances
        The directions without those of the CKM parameters, which are the last four.
    """

    jacobian: Jacobian
    constant: np.ndarray
    nuisances: tuple[Nuisance, ...] = ()

    def __call__(self, low: Any, ckm: Any, predictions: Any, xp: Any = np) -> Any:
        """Return J (..., n, K)."""
        return self.jacobian(low, ckm, xp)

    def specialised(self, reach: SampledRange) -> PointRoot:
        """Return the same for points within a reach of the snapshot's low-scale vector."""
        own = self.jacobian.low
        small = replace(
            reach, low=reach.low[:, own], size=reach.size[own], extras=(), sigma=reach.sigma
        )
        return replace(self, jacobian=self.jacobian.specialised(small))

    def restricted(self, rows: np.ndarray) -> PointRoot:
        """Return the same for some of the observables."""
        constant = self.constant[np.ix_(rows, rows)]
        return replace(self, jacobian=self.jacobian.restricted(rows), constant=constant)


@dataclass(frozen=True, eq=False)
class RelativeRoot:
    """The shipped matrix with rates that scale.

    Attributes
    ----------
    factor
        F (n, K).
    rates, sm
        Which of the observables are rates, and the predictions of the SM, (n,) each.
    constant
        (n, n): what of the shipped matrix is not F F^T.
    """

    factor: np.ndarray
    rates: np.ndarray
    sm: np.ndarray
    constant: np.ndarray

    def __call__(self, low: Any, ckm: Any, predictions: Any, xp: Any = np) -> Any:
        """Return J (..., n, K)."""
        scale = xp.where(self.rates, predictions / xp.where(self.rates, self.sm, 1.0), 1.0)
        return scale[..., None] * xp.asarray(self.factor)

    def specialised(self, reach: SampledRange) -> RelativeRoot:
        """Return the root itself."""
        return self

    def restricted(self, rows: np.ndarray) -> RelativeRoot:
        """Return the same for some of the observables."""
        return RelativeRoot(
            self.factor[rows], self.rates[rows], self.sm[rows], self.constant[np.ix_(rows, rows)]
        )


def root_of(
    theory: np.ndarray, measured: np.ndarray, rates: np.ndarray, sm: np.ndarray
) -> RelativeRoot:
    """Return the root of a shipped theory covariance (n, n).

    `measured` is the covariance of the combined measurements (n, n); in units of both together the
    smallest directions are left in `RelativeRoot.constant`.
    """
    unit = np.sqrt(np.diag(theory) + np.diag(measured))
    values, vectors = np.linalg.eigh(theory / np.outer(unit, unit))
    large = values > SMALL
    factor = unit[:, None] * vectors[:, large] * np.sqrt(values[large])
    rates = rates & (sm != 0)
    return RelativeRoot(factor, rates, sm, theory - factor @ factor.T)
