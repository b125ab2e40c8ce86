"""Samples in NetCDF as tables: mean, standard deviation, quantiles, correlations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.common.netcdf import read_arrays
from muoquark.common.provenance import snapshot_name
from muoquark.report.tables import Column, Table

if TYPE_CHECKING:
    from muoquark.inference.sample.posterior import Posterior

__all__ = ["posterior_of", "sample_tables"]

QUANTILES = {"2.5 %": 0.025, "16 %": 0.16, "50 %": 0.5, "84 %": 0.84, "97.5 %": 0.975}


def posterior_of(path: str | Path) -> Posterior:
    """Return the draws of a file of samples.

    Raises
    ------
    InputError
        If the data that it names are not at hand.
    """
    from muoquark.inference.sample.posterior import STATISTICS, Posterior
    from muoquark.inference.target import Recipe

    inputs, arrays = read_arrays(path)
    layout = Recipe.of(inputs["data"], inputs["card"], inputs.get("order", "highest")).layout()
    theta = np.stack([arrays[f"posterior/{n}"] for n in layout.parameters], axis=-1)
    found = {n: arrays[f"sample_stats/{n}"] for n in STATISTICS if f"sample_stats/{n}" in arrays}
    parts, status = arrays["derived/parts"], arrays["derived/status"]
    return Posterior(layout, theta, parts, status, found, inputs=inputs)


def sample_tables(path: str | Path) -> tuple[dict[str, Any], list[Table]]:
    """Return the record ``inputs`` of a file of samples and its tables.

    Raises
    ------
    InputError
        If the file has no group ``posterior`` with draws (chain, draw).
    """
    inputs, arrays = read_arrays(path)
    draws = {
        name.removeprefix("posterior/"): values.reshape(-1)
        for name, values in arrays.items()
        if name.startswith("posterior/") and values.ndim == 2
    }
    if not draws:
        raise InputError(Fault("it has no draws in the group 'posterior'", str(path)))
    names = tuple(draws)
    values = np.array([draws[n] for n in names])
    quantiles = np.quantile(values, list(QUANTILES.values()), axis=1)
    columns = [
        Column("parameter", names, independent=True),
        Column(
            "mean",
            tuple(map(float, values.mean(axis=1))),
            "",
            tuple(map(float, values.mean(axis=1) - values.std(axis=1, ddof=1))),
            tuple(map(float, values.mean(axis=1) + values.std(axis=1, ddof=1))),
        ),
        *(
            Column(label, tuple(map(float, row)))
            for label, row in zip(QUANTILES, quantiles, strict=True)
        ),
    ]
    data = inputs.get("data") or {}
    qualifiers = {"data snapshot": snapshot_name(data) or "", "draws": str(values.shape[1])}
    description = "Posterior: mean with standard deviation, and quantiles."
    found = [Table("posterior", description, tuple(columns), qualifiers)]
    if len(names) > 1:
        matrix = np.corrcoef(values)
        pairs = [(i, j) for i in range(len(names)) for j in range(len(names))]
        found.append(
            Table(
                "correlations",
                "Correlations of the parameters in the posterior.",
                (
                    Column("parameter", tuple(names[i] for i, _ in pairs), independent=True),
                    Column("other", tuple(names[j] for _, j in pairs), independent=True),
                    Column("correlation", tuple(float(matrix[i, j]) for i, j in pairs)),
                ),
                qualifiers,
            )
        )
    return inputs, found
