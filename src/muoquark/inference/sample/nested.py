"""Nested sampling for evidences, as independent runs that are joined at the end.

J. Skilling, Bayesian Anal. 1 (2006) 833; dynesty: J. S. Speagle, 1904.02180.  The likelihood is
relative to the SM's, so that Z is the Bayes factor of the model with its priors to the SM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.inference.store import Arrays
from muoquark.inference.target import XLA, Layout, Target

__all__ = ["Evidence", "NestedSettings", "evidence", "nested_unit"]


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
    import jax
    from dynesty import NestedSampler

    one = target.objective.traceable
    assert one is not None
    function = target.program("one", lambda: jax.jit(one, compiler_options=XLA))

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
    theta = np.asarray(found.samples)
    parts, status = target.evaluate(theta)
    return {}, {
        "theta": theta,
        "logl": np.asarray(found.logl),
        "calls": np.array(int(np.sum(found.ncall))),
        "live": np.array(settings.live),
        "parts": parts,
        "status": status,
    }


def evidence(
    outputs: Sequence[Arrays], layout: Layout, settings: NestedSettings
) -> tuple[Evidence, dict[str, np.ndarray]]:
    """Join runs; return the evidence and as many equally weighted draws as the weights allow.

    In the joint list of dead points, ordered in likelihood, the prior volume shrinks at each by
    n/(n + 1), the mean of the factor, with n the live points of all runs that still go on there.
    """
    logl = np.concatenate([o["logl"] for o in outputs])
    number = np.concatenate([_live_points(len(o["logl"]), settings.live) for o in outputs])
    owner = np.repeat(np.arange(len(outputs)), [len(o["logl"]) for o in outputs])
    order = np.argsort(logl, kind="stable")
    lz, weights, information = _integrate(logl[order], _joined(order, owner, number))
    alone = tuple(
        _integrate(o["logl"], _live_points(len(o["logl"]), settings.live))[0] for o in outputs
    )
    error = float(np.sqrt(information / (settings.live * len(outputs))))
    joined = {
        k: np.concatenate([o[k] for o in outputs])[order] for k in ("theta", "parts", "status")
    }
    # No run has this number: the draws use random numbers of their own.
    rng = np.random.default_rng([settings.seed, 999_983])
    # As many draws as the weights are worth (Kish's effective sample size).
    count = max(int(1 / np.sum(weights**2)), 1)
    # Systematic resampling, then shuffled.
    places = (np.arange(count) + rng.random()) / count
    chosen = rng.permutation(
        np.minimum(np.searchsorted(np.cumsum(weights), places), len(order) - 1)
    )
    calls = int(sum(int(o["calls"]) for o in outputs))
    return Evidence(lz, error, alone, calls), {k: v[chosen] for k, v in joined.items()}


def _live_points(length: int, live: int) -> np.ndarray:
    """Return the live points when each dead point was removed: constant, then counting down."""
    return np.minimum(live, np.arange(length, 0, -1))


def _joined(order: np.ndarray, owner: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the live points of all runs together at each dead point of the joint order."""
    runs = int(owner.max()) + 1
    total = np.zeros(len(order))
    for run in range(runs):
        mine = owner[order] == run
        own = number[owner == run]
        # Points of this run removed so far tell how many it has left.
        before = np.concatenate([[0], np.cumsum(mine)[:-1]])
        total += np.where(before < len(own), own[np.minimum(before, len(own) - 1)], 0)
    return total


def _integrate(logl: np.ndarray, live: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Return ln Z, the weights of the points and the information of a nested run."""
    from scipy.special import logsumexp

    # At each dead point the prior volume shrinks to n/(n + 1) on average; the weight is the
    # likelihood times the volume that is cut off.
    log_volume = -np.cumsum(np.log1p(1 / live))
    before = np.concatenate([[0.0], log_volume[:-1]])
    log_weight: Any = logl + before + np.log(-np.expm1(log_volume - before))
    lz = float(logsumexp(log_weight))
    weights = np.exp(log_weight - lz)
    # H = sum of p ln(p/prior); the error of ln Z is sqrt(H/live points).
    information = float(np.sum(weights * (logl - lz)))
    return lz, weights / weights.sum(), max(information, 0.0)
