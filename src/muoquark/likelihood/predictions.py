"""Predictions beside measurements: one value for every observable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.likelihood import Likelihood, PointResult

__all__ = ["Prediction", "predictions", "uncertainties"]


@dataclass(frozen=True)
class Prediction:
    """An observable: in the SM, at a point, and as measured, in flavio's units.

    Attributes
    ----------
    observable, arguments
        flavio's name, and its arguments by name.
    sm, value
        Central predictions.
    measured, uncertainty
        As :mod:`muoquark.likelihood.measured` says; theory errors included where the likelihood
        has them.
    block
        The block of the likelihood.
    """

    observable: str
    arguments: Mapping[str, float]
    sm: float
    value: float
    measured: float
    uncertainty: float
    block: str

    @property
    def pull_sm(self) -> float:
        """(SM - measured)/uncertainty."""
        return (self.sm - self.measured) / self.uncertainty

    @property
    def pull(self) -> float:
        """(prediction - measured)/uncertainty."""
        return (self.value - self.measured) / self.uncertainty

    def record(self) -> dict[str, Any]:
        """Return the observable as plain data, as ``muoquark predict --json`` prints it."""
        return {
            "observable": self.observable,
            "args": dict(self.arguments),
            "sm": self.sm,
            "value": self.value,
            "measured": self.measured,
            "uncertainty": self.uncertainty,
            "pull_sm": self.pull_sm,
            "pull": self.pull,
            "block": self.block,
        }


def uncertainties(likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return measured values and uncertainties of all observables, (observables,) each.

    Those of :func:`muoquark.likelihood.measured.shown`, whatever the measurements are.
    """
    measured, error = likelihood.shown
    return measured.copy(), error.copy()


def predictions(likelihood: Likelihood, result: PointResult) -> tuple[Prediction, ...]:
    """Return every observable at one point, in the order of the blocks."""
    data = likelihood.data
    measured, error = uncertainties(likelihood)
    return tuple(
        Prediction(
            observable=data.observables[k].name,
            arguments=dict(data.observables[k].arguments),
            sm=float(likelihood.sm[k]),
            value=float(result.predictions[k]),
            measured=float(measured[k]),
            uncertainty=float(error[k]),
            block=block,
        )
        for block, positions in data.blocks.items()
        for k in positions
    )
