"""Sampling from beginning to end: a recipe and settings in, draws out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from muoquark.inference.nested import NestedSettings, evidence, nested_unit
from muoquark.inference.nuts import NutsSettings, nuts_unit
from muoquark.inference.posterior import Posterior, from_chains
from muoquark.inference.store import Store
from muoquark.inference.workers import Maker, open_workers, run_streams

__all__ = ["sample"]


def sample(
    maker: Maker,
    settings: NutsSettings | NestedSettings,
    workers: int = 0,
    dask: str | None = None,
    store: Store | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Posterior:
    """Sample the posterior; the draws depend on neither `workers` nor `dask`.

    Parameters
    ----------
    maker
        Makes the likelihood and its priors, in each worker: a ``Recipe``.
    settings
        Of NUTS or of nested sampling, seed included.
    workers, dask
        See :func:`~muoquark.inference.workers.open_workers`.
    store
        Where finished units are kept and found again.
    """
    layout = maker.layout()
    with open_workers(maker, workers, dask) as pool:
        function: Any
        if isinstance(settings, NutsSettings):
            lengths, function = [settings.segments] * settings.chains, nuts_unit
        else:
            lengths, function = [1] * settings.runs, nested_unit
        outputs = run_streams(pool, function, settings, lengths, store, progress)
    if isinstance(settings, NutsSettings):
        return from_chains(layout, outputs, settings.warmup, settings.draws)
    found, draws = evidence([run[0] for run in outputs], layout, settings)
    theta, parts, status = (np.asarray(draws[k])[None] for k in ("theta", "parts", "status"))
    return Posterior(layout, theta, parts, status, {}, found)
