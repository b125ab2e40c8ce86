"""Predictions beside measurements: one record for every observable."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.likelihood.likelihood import Likelihood, PointResult
from muoquark.likelihood.pdfs import unwhitened

__all__ = ["prediction_records", "uncertainties"]


def uncertainties(likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return measured values and uncertainties of all observables.

    In the Gaussian blocks they are those of the combined measurement, with the theory error of
    the SM added in quadrature; elsewhere smelli neglects theory errors, and the combined
    measurement is flavio's (``combine_measurements``), unless a user's measurement replaces it.
    """
    snapshot = likelihood.snapshot
    measured, error = snapshot.measured.copy(), snapshot.error.copy()
    for observables, white, offset, block in likelihood.pdfs.fast:
        if block < len(likelihood.blocks):  # the others are groups
            mean, covariance = unwhitened(white, offset)
            measured[observables] = mean
            error[observables] = np.sqrt(np.diag(covariance))
    return measured, error


def prediction_records(likelihood: Likelihood, result: PointResult) -> list[dict[str, Any]]:
    """Return the records of ``muoquark predict`` for one point.

    Each has ``observable``, ``args``, ``sm``, ``value``, ``measured``, ``uncertainty``,
    ``pull_sm``, ``pull`` (in standard deviations of the uncertainty, signed) and ``block``.
    """
    snapshot = likelihood.snapshot
    measured, error = uncertainties(likelihood)
    arguments = snapshot.metadata["arguments"]
    records = []
    for block, positions in snapshot.blocks.items():
        for k in positions:
            observable = snapshot.forms.observables[k]
            name = observable if isinstance(observable, str) else observable[0]
            values = () if isinstance(observable, str) else observable[1:]
            value, sm = float(result.predictions[k]), float(snapshot.sm[k])
            records.append(
                {
                    "observable": name,
                    "args": dict(zip(arguments.get(name, ()), values, strict=True)),
                    "sm": sm,
                    "value": value,
                    "measured": float(measured[k]),
                    "uncertainty": float(error[k]),
                    "pull_sm": (sm - float(measured[k])) / float(error[k]),
                    "pull": (value - float(measured[k])) / float(error[k]),
                    "block": block,
                }
            )
    return records
