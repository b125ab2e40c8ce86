"""Predictions beside measurements: one record for every observable."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.likelihood.likelihood import Likelihood, PointResult

__all__ = ["prediction_records", "uncertainties"]


def uncertainties(likelihood: Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return measured values and uncertainties of all observables.

    Those of :func:`muoquark.likelihood.measured.shown`, whatever the measurements are.
    """
    measured, error = likelihood.shown
    return measured.copy(), error.copy()


def prediction_records(likelihood: Likelihood, result: PointResult) -> list[dict[str, Any]]:
    """Return the records of ``muoquark predict`` for one point.

    Each has ``observable``, ``args``, ``sm``, ``value``, ``measured``, ``uncertainty``,
    ``pull_sm``, ``pull`` and ``block``.  A pull is (prediction - measured)/uncertainty.
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
