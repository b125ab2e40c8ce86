"""The observables that the order-one coefficients move most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.predictions import uncertainties
from muoquark.paper.robustness.constraints import STRONG
from muoquark.paper.robustness.varied import VariedLikelihood

__all__ = ["Mover", "movers"]


@dataclass(frozen=True)
class Mover:
    """An observable, and how far its prediction moves from that of unit coefficients.

    Attributes
    ----------
    label, block, family
        What it is, and where it belongs.
    shift
        2.5 %, 50 % and 97.5 % quantiles of the shift, in subsets of the uncertainty.
    moves_1sigma
        Fraction of the draws that shift it by more than its uncertainty.
    pull_sm, pull_unit
        Prediction minus measurement over the uncertainty, in the SM and with unit coefficients.
    worse_than_sm
        Fraction of the draws where its squared pull exceeds the SM's by more than a strong
        constraint.
    """

    label: str
    block: str
    family: str
    shift: tuple[float, float, float]
    moves_1sigma: float
    pull_sm: float
    pull_unit: float
    worse_than_sm: float

    def record(self) -> dict[str, Any]:
        """Return the observable as plain data."""
        low, middle, high = self.shift
        return {
            "label": self.label,
            "block": self.block,
            "family": self.family,
            "shift_2.5": low,
            "shift_50": middle,
            "shift_97.5": high,
            "moves_1sigma": self.moves_1sigma,
            "pull_sm": self.pull_sm,
            "pull_unit": self.pull_unit,
            "worse_than_sm": self.worse_than_sm,
        }


def movers(
    varied: VariedLikelihood, predictions: np.ndarray, unit: np.ndarray, number: int = 40
) -> tuple[Mover, ...]:
    """Return the observables whose predictions move most, in subsets of their uncertainties.

    Parameters
    ----------
    predictions
        Of the draws, shape (n, m).
    unit
        With unit coefficients, shape (m,).
    """
    likelihood = varied.likelihood
    sm = likelihood.sm_predictions
    measured, error = uncertainties(likelihood)
    shift = (predictions - unit) / error
    names = [o.text for o in likelihood.observables]
    block = {k: b for b, positions in likelihood.data.blocks.items() for k in positions}
    size = np.percentile(np.abs(shift), 95, axis=0)
    found = []
    for k in [int(k) for k in np.argsort(-size) if int(k) in block][:number]:
        low, middle, high = np.percentile(shift[:, k], (2.5, 50, 97.5))
        worse = (predictions[:, k] - measured[k]) ** 2 - (sm[k] - measured[k]) ** 2
        found.append(
            Mover(
                label=names[k],
                block=block[k],
                family=varied.families.of[k],
                shift=(float(low), float(middle), float(high)),
                moves_1sigma=float(np.mean(np.abs(shift[:, k]) > 1)),
                pull_sm=float((sm[k] - measured[k]) / error[k]),
                pull_unit=float((unit[k] - measured[k]) / error[k]),
                worse_than_sm=float(np.mean(worse > STRONG * error[k] ** 2)),
            )
        )
    return tuple(found)
