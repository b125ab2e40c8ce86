"""The figure of a plane: bands of single groups of observables and the global fit."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from muoquark.inference.fit import TENSE
from muoquark.inference.profile.bands import Band
from muoquark.inference.profile.drawn import DrawnBand, DrawnPlane
from muoquark.inference.profile.grids import LEVELS, Plane
from muoquark.report.looks import Look, looks_of
from muoquark.report.style import BESIDE, new_figure, style

__all__ = ["plane_figure"]

BAND_TITLE = r"single groups, $\Delta\chi^2<1$"
GLOBAL_TITLE = r"all data, two parameters"
TENSION_TITLE = "above their own minimum,\n$\\Delta\\chi^2$ at the best fit"


def plane_figure(
    plane: Plane | DrawnPlane,
    best: Mapping[str, float] | None,
    labels: tuple[str, str],
    title: str = "",
    bands: Mapping[str, Band] | None = None,
    note: str = "",
    minimum: float | None = None,
    sm: bool = True,
    width: float | None = None,
    tension: Mapping[str, float] | None = None,
) -> Any:
    """Draw Delta chi2 < 1 of each group as a band and the global contours at 1 and 2 sigma.

    A group's Delta chi2 is counted from its own minimum; groups that constrain nothing in the
    plane are not drawn.  The global contours are those of two parameters (68.27 % and 95.45 %);
    the legend states both conventions.  `bands`, `minimum` and `sm` are for a plane, what was
    drawn before has them; `minimum`: chi2 of the best fit, if it is not to be the grid's; `sm`:
    whether the Standard Model lies at (0, 0); `width`: in inches, the legend stands below a narrow
    figure; `tension`: of groups, by how much their chi2 at the best fit is above their own
    minimum, which the legend says of those that disagree.
    """
    import matplotlib
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    beside = width is None or width > BESIDE
    figure, axes = new_figure(7.4, 4.6) if beside else new_figure(3.4, 4.4)
    handles: list[Any] = []
    drawn = plane if isinstance(plane, DrawnPlane) else DrawnPlane.of(plane, bands, minimum, sm)
    shown = drawn.bands
    looks = looks_of(list(shown))
    with matplotlib.rc_context(style()):
        if shown:
            handles.append(Line2D([], [], ls="", label=BAND_TITLE))
        for name, band in shown.items():
            _draw(axes, drawn, band, looks[name])
            handles.append(_patch(looks[name], band.visible))
        for lines, dashes in zip(drawn.contours.values(), ("solid", "dashed"), strict=True):
            axes.add_collection(
                LineCollection(lines, colors="black", linewidths=1.5, linestyles=dashes),
                autolim=False,
            )
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
                best[drawn.names[0]], best[drawn.names[1]], "*", ms=12, mfc="white", mec="black",
                clip_on=False, zorder=6,
            )  # fmt: skip
            handles.append(
                Line2D([], [], ls="", marker="*", ms=11, mfc="white", mec="black", label="best fit")
            )
        if drawn.sm:
            axes.plot(0, 0, "s", ms=5, color="black", clip_on=False, zorder=5)
            handles.append(Line2D([], [], ls="", marker="s", ms=5, color="black", label="SM"))
        tense = {n: value for n, value in (tension or {}).items() if value > TENSE}
        if tense:
            handles.append(Line2D([], [], ls="", label=TENSION_TITLE))
            for name, value in tense.items():
                label = f"{looks_of([name])[name].label}: {value:.1f}"
                handles.append(Line2D([], [], ls="", label=label))
        axes.set_xlim(drawn.view[0])
        axes.set_ylim(drawn.view[1])
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if title:
            axes.set_title(title, fontsize=None if not beside else 11)
        if note:
            axes.annotate(
                note, (0.98, 0.02), xycoords="axes fraction", ha="right", va="bottom",
                fontsize=matplotlib.rcParams["legend.fontsize"],
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
            )  # fmt: skip
        # Beside the plane: inside, it would hide a part of some band at any place.
        legend = figure.legend(
            handles=handles, loc=f"outside {'right' if beside else 'lower'} center",
            handlelength=2.2, ncols=1 if beside else 2,
        )  # fmt: skip
        _set_heads(legend, (BAND_TITLE, GLOBAL_TITLE, TENSION_TITLE))
    return figure


def _set_heads(legend: Any, heads: tuple[str, ...]) -> None:
    """Set the heads of a legend's parts, which have no symbol, in italics."""
    for text in legend.get_texts():
        if text.get_text() in heads:
            text.set_style("italic")


def _draw(axes: Any, plane: DrawnPlane, band: DrawnBand, look: Look) -> None:
    """Draw where the group's Delta chi2 is below 1."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for a, b in band.spans:
        span = axes.axvspan if band.parameter == plane.names[0] else axes.axhspan
        span(a, b, facecolor=(look.colour, 0.35), edgecolor=look.colour, lw=0.9)
    for rings in band.polygons:
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        # One patch each for surface, hatching and edge: transparency is of the first alone, and
        # the ends of the grid are no edge.
        axes.add_patch(PathPatch(path, facecolor=(look.colour, 0.35), lw=0))
        axes.add_patch(PathPatch(path, fill=False, hatch=look.hatch, edgecolor=look.colour, lw=0))
        for ring in rings:
            for line in _inside(ring, plane.view):
                axes.plot(*zip(*line, strict=True), color=look.colour, lw=0.9)


def _inside(
    ring: list[list[float]], view: tuple[tuple[float, float], tuple[float, float]]
) -> list[list[list[float]]]:
    """Return the parts of a ring that do not run along the ends of the plane."""

    def edges(point: list[float]) -> set[tuple[int, float]]:
        return {(k, end) for k in (0, 1) for end in view[k] if point[k] == end}

    lines: list[list[list[float]]] = [[]]
    for start, end in pairwise(ring):
        if edges(start) & edges(end):
            lines.append([])
            continue
        if not lines[-1]:
            lines[-1].append(start)
        lines[-1].append(end)
    return [line for line in lines if line]


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
