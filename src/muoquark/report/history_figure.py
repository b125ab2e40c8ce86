"""The figure of best fits against time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from muoquark.inference.history import History, Step
from muoquark.model.coefficient_card import AnyCard
from muoquark.report.style import STYLE, empty_figure, label_of, setting_text

__all__ = ["history_figure", "year_of_month"]

# So many of the largest changes of Delta chi2 are named, if they are larger than this.
NAMED, CHANGE = 4, 2.0


def year_of_month(month: str) -> float:
    """Return the end of a month as a decimal year.

    >>> year_of_month("2024-06")
    2024.5
    """
    return int(month[:4]) + int(month[5:7]) / 12


def history_figure(found: History, card: AnyCard, end: str, title: str = "") -> Any:
    """Draw Delta chi2 to the SM, and the best value of each parameter with its error, in steps.

    Parameters
    ----------
    end
        The month up to which the last step is drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib

    names = list(found.steps[0].best.values)
    times = np.array([year_of_month(s.month) for s in found.steps])
    edges = np.append(times, max(year_of_month(end), times[-1] + 1 / 12))
    with matplotlib.rc_context(STYLE):
        figure = empty_figure(7.0, 2.6 + 1.7 * len(names))
        top, *others = np.ravel(figure.subplots(1 + len(names), sharex=True))
        values = np.array([s.best.delta_chi2 for s in found.steps])
        top.stairs(values, edges, baseline=None, color="black", lw=1.6)
        top.set_ylabel(r"$\Delta\chi^2$ to the SM")
        top.set_ylim(min(0.0, 1.1 * float(values.min())), 1.35 * max(float(values.max()), 4.0))
        for k in _largest(found.steps):
            text = _words(found.steps[k].cause)
            height = max(values[k], values[k - 1])
            top.annotate(text, (times[k], height), (2, 6), textcoords="offset points", fontsize=7.5)
        for name, axes in zip(names, others, strict=True):
            best = np.array([s.best.values[name] for s in found.steps])
            error = np.nan_to_num([s.best.errors[name] for s in found.steps])
            axes.stairs(best + error, edges, baseline=best - error, fill=True, color="0.82", lw=0.0)
            axes.stairs(best, edges, baseline=None, color="tab:blue", lw=1.6)
            axes.axhline(0.0, color="0.6", lw=0.7, ls="dashed")
            axes.set_ylabel(label_of(name, card))
        for axes in (top, *others):
            axes.set_xlim(edges[0], edges[-1])
        (top, *others)[-1].set_xlabel("measurements known by the end of the month")
        top.set_title(", ".join(t for t in (title, setting_text(card)) if t), fontsize=10)
    return figure


def _largest(steps: Sequence[Step]) -> list[int]:
    """Return the steps that changed Delta chi2 most."""
    change = [abs(b.best.delta_chi2 - a.best.delta_chi2) for a, b in pairwise(steps)]
    order = sorted(range(len(change)), key=lambda k: -change[k])[:NAMED]
    return sorted(k + 1 for k in order if change[k] > CHANGE)


def _words(cause: Sequence[str]) -> str:
    """Return what came in the block that changed most, short."""
    if not cause:
        return ""
    first = cause[0] if len(cause[0]) < 26 else cause[0][:24] + "..."
    return first if len(cause) == 1 else f"{first} +{len(cause) - 1}"
