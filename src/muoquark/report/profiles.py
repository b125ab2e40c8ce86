"""Profile likelihoods of several parameters side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from muoquark.inference.profile import Profile
from muoquark.report.style import STYLE

__all__ = ["profile_figure"]


def profile_figure(profiles: Sequence[Profile], labels: Mapping[str, str], title: str = "") -> Any:
    """Draw Delta chi2 along each parameter, the others at their best, with the 1 sigma interval."""
    import math

    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(3, len(profiles))
    rows = math.ceil(len(profiles) / columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.2 * columns, 2.8 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        for k, profile in enumerate(profiles):
            axes = figure.add_subplot(rows, columns, k + 1)
            axes.plot(profile.x, profile.chi2, color="black", lw=1.4)
            for low, high in profile.intervals(1.0):
                axes.axvspan(low, high, color="#56b4e9", alpha=0.35, lw=0)
            axes.axvline(profile.best, color="0.4", lw=0.8, ls="dotted")
            for level in (1.0, 4.0):
                axes.axhline(level, color="0.6", lw=0.7, ls="dashed")
            axes.set_xlim(profile.x[0], profile.x[-1])
            axes.set_ylim(0, 9)
            axes.set_xlabel(labels.get(profile.name, profile.name))
            if k % columns == 0:
                axes.set_ylabel(r"$\Delta\chi^2$")
        if title:
            figure.suptitle(title, fontsize=11)
    return figure
