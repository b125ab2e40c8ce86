"""The paper's figure: bands of single groups of observables and the global fit in a plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.profile import LEVELS, Plane
from muoquark.report.style import STYLE, new_figure

__all__ = ["BANDS", "Band", "plane_figure"]


@dataclass(frozen=True)
class Band:
    """How a group of observables is drawn: label, colour and hatching (for printing in grey)."""

    label: str
    colour: str
    hatch: str


# Colours that keep their order of lightness in grey (Okabe and Ito), each with its hatching.
BANDS: dict[str, Band] = {
    "R_K(*)": Band(r"$R_{K^{(*)}}$", "#56b4e9", "////"),
    "Bs->mumu": Band(r"BR$(B_s\to\mu^+\mu^-)$", "#f0e442", "...."),
    "b->smumu": Band("$b\\to s\\mu^+\\mu^-$ branching\nratios and angular", "#009e73", "\\\\\\\\"),
    "(g-2)_mu": Band(r"$(g-2)_\mu$", "#e69f00", "----"),
}


def plane_figure(
    plane: Plane,
    best: Mapping[str, float] | None,
    labels: tuple[str, str],
    title: str = "",
    bands: Sequence[str] = tuple(BANDS),
    note: str = "",
    minimum: float | None = None,
    sm: bool = True,
) -> Any:
    """Draw Delta chi2 < 1 of each group as a band and the global contours at 1 and 2 sigma.

    A group's Delta chi2 is counted from its own minimum in the plane; the global contours are
    those of two parameters (68.27 % and 95.45 %).  `minimum`: chi2 of the best fit, if it is not
    to be the grid's; `sm`: whether the Standard Model lies at (0, 0).
    """
    import matplotlib
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure, axes = new_figure(7.4, 4.6)
    handles: list[Any] = []
    with matplotlib.rc_context(STYLE):
        for name in bands:
            if name not in plane.chi2:
                continue
            band = BANDS[name]
            delta = plane.chi2[name] - np.nanmin(plane.chi2[name])
            edges = [-1.0, LEVELS[1][0]]
            axes.contourf(plane.x, plane.y, delta, edges, colors=[band.colour], alpha=0.35)
            hatched = axes.contourf(
                plane.x, plane.y, delta, edges, colors="none", hatches=[band.hatch]
            )
            hatched.set_edgecolor(band.colour)
            hatched.set_linewidth(0)
            axes.contour(
                plane.x, plane.y, delta, [LEVELS[1][0]], colors=[band.colour], linewidths=0.9
            )
            handles.append(
                Patch(
                    facecolor=(*matplotlib.colors.to_rgb(band.colour), 0.35),
                    edgecolor=band.colour,
                    hatch=band.hatch,
                    label=band.label,
                )
            )
        lowest = np.nanmin(plane.chi2["global"]) if minimum is None else minimum
        delta = plane.chi2["global"] - lowest
        axes.contour(
            plane.x, plane.y, delta, LEVELS[2], colors="black", linewidths=1.5,
            linestyles=["solid", "dashed"],
        )  # fmt: skip
        handles += [
            Line2D([], [], color="black", lw=1.5, label=r"global, 1$\sigma$"),
            Line2D([], [], color="black", lw=1.5, ls="dashed", label=r"global, 2$\sigma$"),
        ]
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
        figure.legend(handles=handles, loc="outside right center", handlelength=2.2)
    return figure
