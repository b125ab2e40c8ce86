"""The figure of the order-one coefficients: which observables move, and what the fit loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from muoquark.likelihood.observable import Observable
from muoquark.report.observable_label import observable_label
from muoquark.report.style import empty_figure, style

if TYPE_CHECKING:
    from muoquark.paper.robustness.robustness import Robustness

__all__ = ["robustness_figure"]


def robustness_figure(found: Robustness, title: str = "", rows: int = 18) -> Any:
    """Draw how far observables move, and the fraction of draws against Delta chi2.

    `found` has the fits to all data.
    """
    import matplotlib
    import numpy as np

    assert found.all_data is not None
    draws = found.all_data.draws
    movers = found.observables[:rows]
    with matplotlib.rc_context(style()):
        figure = empty_figure(10.4, 4.9)
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
        y = -np.arange(len(movers))
        for k, row in zip(y, movers, strict=True):
            low, _, high = row.shift
            left.plot([low, high], [k, k], color="0.55", lw=5, solid_capstyle="butt")
        left.plot([row.shift[1] for row in movers], y, "k|", ms=9, mew=1.6)
        for x in (-1, 1):
            left.axvline(x, color="0.3", lw=0.7, ls="dashed")
        left.axvline(0, color="0.3", lw=0.7)
        left.set_yticks(y, [_label(row.label) for row in movers], fontsize=8)
        left.tick_params(axis="y", which="both", length=0)
        left.set_xlabel(r"shift from $c=-1$ / uncertainty (95 % of the draws, median)")
        values = draws.delta_chi2
        sign = draws.coefficients[:, 1].real < 0
        for where, dashes, label in (
            (sign, "solid", r"Re $c_2<0$"),
            (~sign, "dotted", r"Re $c_2>0$ (caption's side)"),
        ):
            ordered = np.sort(values[where])
            above = 1 - np.arange(len(ordered)) / max(len(ordered), 1)
            right.plot(ordered, above, color="black", ls=dashes,
                       lw=1.5, label=label)  # fmt: skip
        reference = found.all_data.reference["preferred"].delta_chi2
        right.axvline(reference, color="0.3", lw=0.9)
        right.axvspan(reference - 4, reference, color="0.75", lw=0, alpha=0.8, zorder=0)
        right.annotate(r"$c=-1$ and 2$\sigma$ below", (reference - 4, 0.97), xytext=(-6, 0),
                       textcoords="offset points", ha="right", va="top", fontsize=9.5)  # fmt: skip
        right.set_xlabel(r"$\Delta\chi^2$ to the SM, leading couplings fitted")
        right.set_ylabel("fraction of draws above")
        right.set_ylim(0, 1.02)
        right.legend(loc="best")
        if title:
            number = len(draws.coefficients)
            figure.suptitle(f"{title}: {number} draws of the order-one coefficients", fontsize=11)
    return figure


def _label(text: str) -> str:
    """Return the label of an observable that is known as text."""
    found = Observable.parse(text)
    return observable_label(found.name, dict(found.arguments))
