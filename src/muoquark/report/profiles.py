"""Profile likelihoods of several parameters side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.inference.profile.bands import Band
from muoquark.inference.profile.grids import Profile
from muoquark.model.coefficient_card import AnyCard
from muoquark.report.looks import looks_of
from muoquark.report.style import empty_figure, label_of, style

__all__ = ["pair_figure", "profile_figure"]


def profile_figure(
    profiles: Sequence[Profile],
    title: str = "",
    intervals: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    bands: Mapping[str, Band] | None = None,
    card: AnyCard | None = None,
) -> Any:
    """Draw Delta chi2 along each parameter, the others at their best, with the 1 sigma interval.

    `intervals`, by name, replace those that are read off the curve.  `bands` are drawn as curves
    along the parameters that they constrain, each counted from its own minimum.  `card`: what
    says how the parameters are called.
    """
    import math

    import matplotlib
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    columns = min(3, len(profiles))
    rows = math.ceil(len(profiles) / columns)
    shown = {name: band for name, band in (bands or {}).items() if band.profiles}
    looks = looks_of(list(shown))
    width, height = (5.2, 4.2) if len(profiles) == 1 else (3.2 * columns, 2.8 * rows)
    with matplotlib.rc_context(style()):
        figure = empty_figure(width + (2.2 if shown else 0), height)
        shade = "0.75" if shown else "#56b4e9"  # one of the bands may be blue
        for k, profile in enumerate(profiles):
            axes = figure.add_subplot(rows, columns, k + 1)
            few = len(profile.x) <= 15  # then the curve between the points is a guess
            for name, band in shown.items():
                if profile.name in band.profiles:
                    own = band.profiles[profile.name]
                    axes.plot(*_smooth(own.x, own.chi2), color=looks[name].colour,
                              ls=looks[name].line, lw=1.5)  # fmt: skip
            axes.plot(*_smooth(profile.x, profile.chi2), color="black", lw=1.4)
            if few:
                axes.plot(profile.x, profile.chi2, "o", color="black", ms=3)
            for low, high in (intervals or {}).get(profile.name, profile.intervals(1.0)):
                axes.axvspan(low, high, color=shade, alpha=0.35, lw=0)
            axes.axvline(profile.best, color="0.4", lw=0.8, ls="dotted")
            for level in (1.0, 4.0):
                axes.axhline(level, color="0.6", lw=0.7, ls="dashed")
            axes.set_xlim(profile.x[0], profile.x[-1])
            axes.set_ylim(0, 9)
            axes.set_xlabel(label_of(profile.name, card))
            if k % columns == 0:
                axes.set_ylabel(r"$\Delta\chi^2$")
        if title:
            figure.suptitle(title, fontsize=11)
        if shown:
            handles = [
                Line2D([], [], color="black", lw=1.4, label="all data"),
                Patch(facecolor=shade, alpha=0.35, label=r"all data, $\Delta\chi^2<1$"),
            ]
            handles += [
                Line2D([], [], color=look.colour, ls=look.line, lw=1.5, label=look.label)
                for look in looks.values()
            ]
            figure.legend(
                handles=handles, loc="outside right center", handlelength=3.0,
                title="$\\Delta\\chi^2$, each counted from\nits own minimum",
                title_fontsize=9.5, alignment="left",
            )  # fmt: skip
    return figure


def _smooth(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a curve through all points that is monotone between them: no dips are made up."""
    from scipy.interpolate import PchipInterpolator

    fine = np.unique(np.concatenate([x, np.linspace(x[0], x[-1], 600)]))
    return fine, PchipInterpolator(x, y)(fine)


def pair_figure(
    pair: Any, best: Mapping[str, float], title: str = "", card: AnyCard | None = None
) -> Any:
    """Draw the 1 and 2 sigma regions of two parameters, all others at their best.

    `pair` is a :class:`~muoquark.inference.profile.pair.ProfilePair`; `card` says how the
    parameters are called.
    """
    import matplotlib

    from muoquark.inference.profile.grids import LEVELS
    from muoquark.report.style import new_figure

    figure, axes = new_figure()
    with matplotlib.rc_context(style()):
        levels = [-1.0, *LEVELS[2]]  # between the points a spline may be below zero
        plane = pair.refined()
        chi2 = plane.chi2["global"]
        axes.contourf(plane.x, plane.y, chi2, levels, colors=("#56b4e9", "#cfe8f7"))
        axes.contour(plane.x, plane.y, chi2, LEVELS[2], colors="black", linewidths=1.1,
                     linestyles=("solid", "dashed"))  # fmt: skip
        axes.plot(best[pair.x_name], best[pair.y_name], "k*", ms=9, label="best fit", clip_on=False)
        axes.set_xlim(plane.x[0], plane.x[-1])
        axes.set_ylim(plane.y[0], plane.y[-1])
        axes.plot([], [], "k-", lw=1.1, label=r"1$\sigma$")
        axes.plot([], [], "k--", lw=1.1, label=r"2$\sigma$")
        axes.set_xlabel(label_of(pair.x_name, card))
        axes.set_ylabel(label_of(pair.y_name, card))
        axes.set_title(title, fontsize=11)
        axes.legend()
    return figure
