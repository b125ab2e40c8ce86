"""Nested sampling for evidences, as independent runs that are joined at the end.

J. Skilling, Bayesian Anal. 1 (2006) 833; dynesty: J. S. Speagle, 1904.02180.  The likelihood is
relative to the SM's, so that Z is the Bayes factor of the model with its priors to the SM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.programs import compiled
from muoquark.inference.store import Arrays
from muoquark.inference.target import Target

__all__ = ["Evidence", "NestedSettings", "evidence", "nested_unit"]

# What dynesty's record of a run is rebuilt from: points, likelihoods, volumes and weights.
RUN = (
    "samples samples_u samples_id samples_it ncall logl logvol logwt logz logzerr nlive niter"
).split()


@dataclass(frozen=True)
class NestedSettings:
    """How to sample.

    Attributes
    ----------
    runs
        Independent runs, which are joined.
    live
        Live points of each.
    seed
        Of the runs and of the draws.
    dlogz
        A run ends when the live points can add no more than this to ln Z.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.NestedSettings(live=100).runs
    4
    """

    runs: int = 4
    live: int = 250
    seed: int = 1
    dlogz: float = 0.01


@dataclass(frozen=True)
class Evidence:
    """ln of the Bayes factor to the SM.

    Attributes
    ----------
    value, error
        Of all runs together.
    runs
        ln Z of every run alone.
    calls
        Likelihood evaluations.
    """

    value: float
    error: float
    runs: tuple[float, ...]
    calls: int

    @property
    def scatter(self) -> float:
        """Standard deviation of the mean over the runs, an error that assumes nothing."""
        return float(np.std(self.runs, ddof=1) / np.sqrt(len(self.runs)))


def nested_unit(
    target: Target, settings: NestedSettings, run: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Do one whole run; see ``muoquark.inference.workers``."""
    from dynesty import NestedSampler

    one = target.objective.traceable
    function = target.program("one", lambda: compiled(one, lasting=True, one_thread=True))

    def loglike(theta: np.ndarray) -> float:
        value = float(function(theta))
        return value if np.isfinite(value) else -1e300

    with double_precision():
        sampler = NestedSampler(
            loglike,
            target.priors.from_cube,
            target.size,
            nlive=settings.live,
            rstate=np.random.default_rng([settings.seed, run]),
        )
        sampler.run_nested(dlogz=settings.dlogz, print_progress=False)
    found = sampler.results
    parts, status = target.evaluate(np.asarray(found["samples"]))
    record = {name: np.asarray(found[name]) for name in RUN}
    return {}, {**record, "parts": parts, "status": status}


def evidence(
    outputs: Sequence[Arrays], settings: NestedSettings
) -> tuple[Evidence, dict[str, np.ndarray]]:
    """Join runs; return the evidence and as many equally weighted draws as the weights allow.

    Where dead points are merged in the order of their likelihood, the live points of all runs
    that still go on there count together; error, weights and draws are dynesty's (section 2 and
    appendix A of 1904.02180).
    """
    from dynesty.utils import Results, get_neff_from_logwt, merge_runs, resample_equal

    lengths = [len(o["logl"]) for o in outputs]
    # A point keeps its number in all runs together as the blob that dynesty carries along.
    numbers = np.split(np.arange(sum(lengths)), np.cumsum(lengths)[:-1])
    runs = [
        Results({name: o[name][()] for name in RUN} | {"blob": number})
        for o, number in zip(outputs, numbers, strict=True)
    ]
    merged = merge_runs(runs, print_progress=False)
    # No run has this number: the draws use random numbers of their own.
    rng = np.random.default_rng([settings.seed, 999_983])
    drawn = np.sort(resample_equal(np.arange(sum(lengths)), merged.importance_weights(), rng))
    # These are as many as there are points, some of them often: as many are kept, evenly among
    # them, as the weights are worth (Kish's effective sample size).
    count = max(int(get_neff_from_logwt(merged["logwt"])), 1)
    kept = rng.permutation(drawn[np.arange(count) * len(drawn) // count])
    chosen = merged["blob"][kept]
    draws = {
        name: np.concatenate([o[name] for o in outputs])[chosen]
        for name in ("samples", "parts", "status")
    }
    found = Evidence(
        float(merged["logz"][-1]),
        float(merged["logzerr"][-1]),
        tuple(float(run["logz"][-1]) for run in runs),
        int(np.sum(merged["ncall"])),
    )
    return found, draws
