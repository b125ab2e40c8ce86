"""The figure of a plane: bands of single groups of observables and the global fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from muoquark.inference.profile.bands import VARIES, Band
from muoquark.inference.profile.grids import LEVELS, Plane
from muoquark.report.looks import Look, looks_of
from muoquark.report.style import STYLE, new_figure

__all__ = ["plane_figure"]

# An interval narrower than so many steps of the grid is drawn from its own profile.
NARROW = 3
BAND_TITLE = r"single groups, $\Delta\chi^2<1$"
GLOBAL_TITLE = r"all data, two parameters"


def plane_figure(
    plane: Plane,
    best: Mapping[str, float] | None,
    labels: tuple[str, str],
    title: str = "",
    bands: Mapping[str, Band] | None = None,
    note: str = "",
    minimum: float | None = None,
    sm: bool = True,
) -> Any:
    """Draw Delta chi2 < 1 of each group as a band and the global contours at 1 and 2 sigma.

    A group's Delta chi2 is counted from its own minimum; groups that constrain nothing in the
    plane are not drawn.  The global contours are those of two parameters (68.27 % and 95.45 %);
    the legend states both conventions.  `minimum`: chi2 of the best fit, if it is not to be the
    grid's; `sm`: whether the Standard Model lies at (0, 0).
    """
    import matplotlib
    from matplotlib.lines import Line2D

    figure, axes = new_figure(7.4, 4.6)
    handles: list[Any] = []
    shown = {name: band for name, band in (bands or {}).items() if band.shape != "everything"}
    looks = looks_of(list(shown))
    with matplotlib.rc_context(STYLE):
        if shown:
            handles.append(Line2D([], [], ls="", label=BAND_TITLE))
        for name, band in shown.items():
            handles.append(_patch(looks[name], _draw(axes, plane, band, looks[name])))
        lowest = np.nanmin(plane.chi2["global"]) if minimum is None else minimum
        delta = plane.chi2["global"] - lowest
        axes.contour(
            plane.x, plane.y, delta, LEVELS[2], colors="black", linewidths=1.5,
            linestyles=["solid", "dashed"],
        )  # fmt: skip
        handles += [
            Line2D([], [], ls="", label=GLOBAL_TITLE),
            *(
                Line2D([], [], color="black", lw=1.5, ls=line,
                       label=rf"{k}$\sigma$, $\Delta\chi^2={level:.2f}$")
                for k, line, level in zip((1, 2), ("solid", "dashed"), LEVELS[2], strict=True)
            ),
        ]  # fmt: skip
        if best is not None:
            axes.plot(
                best[plane.x_name], best[plane.y_name], "*", ms=12, mfc="white", mec="black",
                clip_on=False, zorder=6,
            )  # fmt: skip
            handles.append(
                Line2D([], [], ls="", marker="*", ms=11, mfc="white", mec="black", label="best fit")
            )
        if sm:
            axes.plot(0, 0, "s", ms=5, color="black", clip_on=False, zorder=5)
            handles.append(Line2D([], [], ls="", marker="s", ms=5, color="black", label="SM"))
        axes.set_xlim(plane.x[0], plane.x[-1])
        axes.set_ylim(plane.y[0], plane.y[-1])
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if title:
            axes.set_title(title, fontsize=11)
        if note:
            axes.annotate(
                note, (0.98, 0.02), xycoords="axes fraction", ha="right", va="bottom", fontsize=9
            )
        # Beside the plane: inside, it would hide a part of some band at any place.
        legend = figure.legend(handles=handles, loc="outside right center", handlelength=2.2)
        _set_heads(legend, (BAND_TITLE, GLOBAL_TITLE))
    return figure


def _set_heads(legend: Any, heads: tuple[str, ...]) -> None:
    """Set the heads of a legend's parts, which have no symbol, in italics."""
    for text in legend.get_texts():
        if text.get_text() in heads:
            text.set_style("italic")


def _draw(axes: Any, plane: Plane, band: Band, look: Look) -> bool:
    """Draw where the group's Delta chi2 is below 1; return whether a point of the grid is there."""
    only = band.only
    if only is not None:
        vertical = only.name == plane.x_name
        grid = plane.x if vertical else plane.y
        spans = only.intervals(VARIES)
        if min((b - a for a, b in spans), default=0.0) < NARROW * (grid[1] - grid[0]):
            for a, b in spans:
                span = axes.axvspan if vertical else axes.axhspan
                span(a, b, facecolor=(look.colour, 0.35), edgecolor=look.colour, lw=0.9)
            return True
    delta = plane.chi2[band.name] - band.minimum
    if not np.any(delta < VARIES):
        return False
    edges = [-1.0, VARIES]
    axes.contourf(plane.x, plane.y, delta, edges, colors=[look.colour], alpha=0.35)
    hatched = axes.contourf(plane.x, plane.y, delta, edges, colors="none", hatches=[look.hatch])
    hatched.set_edgecolor(look.colour)
    hatched.set_linewidth(0)
    axes.contour(plane.x, plane.y, delta, [VARIES], colors=[look.colour], linewidths=0.9)
    return True


def _patch(look: Look, visible: bool) -> Any:
    """Return a group's entry in the legend."""
    import matplotlib
    from matplotlib.patches import Patch

    return Patch(
        facecolor=(*matplotlib.colors.to_rgb(look.colour), 0.35),
        edgecolor=look.colour,
        hatch=look.hatch,
        label=look.label if visible else f"{look.label}\n(finer than the grid)",
    )
