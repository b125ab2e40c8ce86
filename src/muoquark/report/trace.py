"""The chains of a posterior: what each one visited, and whether they agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.inference.sample.posterior import Posterior
from muoquark.model.coefficient_card import AnyCard
from muoquark.report.style import empty_figure, label_of, style

__all__ = ["ranks", "trace_figure"]

BINS = 20
# Each chain has its own grey and its own dashes.
SHADES = ("0.0", "0.55", "0.3", "0.7")
DASHES = ("solid", "dashed", "dashdot", "dotted")


def ranks(draws: np.ndarray) -> np.ndarray:
    """Return the ranks of draws (chains, draws) among all of them, scaled to (0, 1)."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(draws).reshape(draws.shape) - 0.5) / draws.size)


def trace_figure(posterior: Posterior, title: str = "", card: AnyCard | None = None) -> Any:
    """Draw the draws of each parameter in their order, and beside it the chains' rank histograms.

    Chains that explore the same distribution have flat rank histograms (A. Vehtari et al.,
    Bayesian Anal. 16 (2021) 667, 1903.08008); the grey band is where 95 % of a histogram's entries
    would be for as many independent draws as the effective sample size says.  `card`: what says
    how the parameters are called.
    """
    import matplotlib

    names = posterior.layout.parameters
    table = posterior.summary()
    chains, draws = posterior.theta.shape[:2]
    with matplotlib.rc_context(style(**{"font.size": 9, "axes.labelsize": 11})):
        figure = empty_figure(8.0, 1.55 * len(names) + 0.9)
        axes = figure.subplots(len(names), 2, squeeze=False, width_ratios=(2.2, 1), sharex="col")
        for (left, right), name, x in zip(
            axes, names, np.moveaxis(posterior.theta, -1, 0), strict=True
        ):
            _trace(left, x)
            left.set_ylabel(label_of(name, card))
            _rank(right, x, table[name]["ess_bulk"])
            right.set_title(
                rf"$\hat R$ = {table[name]['r_hat']:.3f}, ESS = {table[name]['ess_bulk']:.0f}",
                fontsize=9, pad=3,
            )  # fmt: skip
        axes[-1][0].set_xlabel(f"draw ({chains} chains of {draws})")
        axes[-1][1].set_xlabel("rank among all draws")
        figure.align_ylabels(axes[:, 0])
        if title:
            figure.suptitle(title, fontsize=11)
    return figure


def _trace(axes: Any, x: np.ndarray) -> None:
    for k, chain in enumerate(x):
        axes.plot(chain, color=SHADES[k % 4], lw=0.35, alpha=0.8)
    axes.set_xlim(0, x.shape[1] - 1)


def _rank(axes: Any, x: np.ndarray, effective: float) -> None:
    from scipy.stats import binom

    edges = np.linspace(0, 1, BINS + 1)
    each = max(effective / len(x), 1.0)
    low, high = binom.interval(0.95, round(each), 1 / BINS)
    axes.axhspan(low / each * BINS, high / each * BINS, color="0.88", lw=0)
    for k, chain in enumerate(ranks(x)):
        counts, _ = np.histogram(chain, edges)
        axes.stairs(
            counts / x.shape[1] * BINS, edges, color=SHADES[k % 4], ls=DASHES[k % 4], lw=1.0,
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, None)
    axes.yaxis.set_label_position("right")
    axes.set_ylabel("rel. frequency")
