"""The likelihood as a function of the leading couplings and the order-one coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.goodness.residuals import Residuals
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.parametric import parametric
from muoquark.model.card import factors
from muoquark.model.card_file import read_card
from muoquark.paper.families import Families
from muoquark.sm.inputs import third_row

__all__ = ["VariedLikelihood", "entries"]


def entries(theta: Any, xp: Any = np) -> Any:
    """Return the card's entries (..., 11) for theta = (eta3L_3, product, Re c1, Im c1, ...)."""
    V = third_row()[:2]
    x, p = theta[..., 0], theta[..., 1]
    y, right = factors(p)
    columns = []
    for scale, start in ((x, 2), (y, 6)):
        for k in range(2):
            a, b = theta[..., start + 2 * k], theta[..., start + 2 * k + 1]
            columns += [
                scale * (a * V[k].real - b * V[k].imag),
                scale * (a * V[k].imag + b * V[k].real),
            ]
        columns.append(scale)
    return xp.stack([*columns, right], axis=-1)


class VariedLikelihood:
    """What the data say at leading couplings (n, 2) with order-one coefficients (n, 4).

    Parameters
    ----------
    order
        Of the matching.

    Attributes
    ----------
    likelihood
        All data.
    families
        Its families of observables.
    """

    def __init__(self, likelihood: Likelihood, order: str = "highest") -> None:
        self.likelihood = likelihood
        self.families = Families(Residuals(likelihood.data))
        source = parametric(read_card("robustness"), order)
        self._compiled = CardLikelihood(likelihood, source, entries)

    def chi2(self, leading: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return -2 (ln L - ln L_SM) of all data, shape (n,)."""
        blocks = len(self.likelihood.blocks)
        parts = self._compiled.parts(_theta(leading, coefficients))
        return np.asarray(-2 * parts[:, :blocks].sum(axis=1))

    def target_chi2(self, leading: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return chi2 of the anomalies alone, shape (n,)."""
        points = _theta(leading, coefficients)
        pieces = [
            self.families.target_chi2(self._compiled.predictions(points[start : start + 2048]))
            for start in range(0, len(points), 2048)
        ]
        return np.concatenate(pieces)

    def predictions(self, leading: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return the predictions of all observables, shape (n, m)."""
        return self._compiled.predictions(_theta(leading, coefficients))

    def excess(self, predictions: np.ndarray) -> np.ndarray:
        """Return by how much the chi2 of each family exceeds the SM's, shape (n, families)."""
        sm = self.families.chi2(self.likelihood.sm_predictions)
        return np.asarray(self.families.chi2(predictions) - sm)

    def status(self, leading: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return the status bits, shape (n,)."""
        return self._compiled.status(_theta(leading, coefficients))


def _theta(leading: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return (eta3L_3, product, Re c1, Im c1, ...), shape (n, 10)."""
    parts = np.stack([c.real, c.imag], axis=-1).reshape(len(c), 8)
    return np.concatenate([leading, parts], axis=1)
