"""The figures of a result inside of its page."""

from __future__ import annotations

from muoquark.common.errors import InputError
from muoquark.report.findings import PageFindings
from muoquark.report.html import data_uri
from muoquark.report.page import PageFigure
from muoquark.report.redraw import WIDTHS, Wishes, redraw
from muoquark.report.style import drawn_as

__all__ = ["page_figures"]

# A drawing with more bytes is smaller, and faster to show, as points.
LARGE, DOTS, NARROW_DOTS = 1_500_000, 160, 220
_CAPTIONS = {
    "plane": "Bands: Delta chi2 of a group of observables by itself below 1. Contours: all data, 1 "
    "and 2 sigma of two parameters.",
    "fit": "Delta chi2 along each parameter, all others at their best; shaded: the 1 sigma "
    "interval, dashed: Delta chi2 = 1 and 4.",
    "profile": "Delta chi2 along each parameter, all others minimised; shaded: the 1 sigma "
    "interval, dashed: Delta chi2 = 1 and 4.",
    "pair": "The 1 and 2 sigma regions of two parameters, all others at their best.",
    "pulls": "Pulls of the observables that disagree or move most: bars at the point, diamonds in "
    "the SM.",
    "corner": "The posterior: each parameter by itself, and each pair with the regions of 68.27 % "
    "and 95.45 %.",
    "trace": "The chains of the sample, draw by draw.",
    "scan": "Delta chi2 along the parameter of the scan, and that of each block.",
}


def page_figures(found: PageFindings) -> tuple[list[PageFigure], str]:
    """Return the figures of a result; without any, the reason.

    Raises
    ------
    InputError
        If the result is one of an older version, from which its figure cannot be drawn.
    """
    chains = found.verb == "sample" and "sampler" in found.document
    try:
        drawn = redraw(str(found.path), Wishes(trace=chains))
    except InputError as error:
        if found.verb != "scan":
            raise
        return [], f"No figure: {error.faults[0].message}."
    where = ", ".join(f"{name} = {value:.4g}" for name, value in found.point.items())
    figures = []
    for name, figure in drawn.items():
        kind = "plane" if name == "fit" and "drawn" in found.document else name
        caption = _CAPTIONS[kind if kind in _CAPTIONS else "scan"]
        content, form = drawn_as(figure, "svg"), "svg"
        if len(content) > LARGE:
            content, form = drawn_as(figure, "png", dpi=DOTS), "png"
        alt = f"Figure. {caption}" + (f" {found.kind}: {where}." if where else "")
        narrow = ""
        if kind == "plane":  # of which the legend then stands below
            small = redraw(str(found.path), Wishes(width=WIDTHS["column"]))[name]
            narrow = data_uri(drawn_as(small, "png", dpi=NARROW_DOTS), "png")
        figures.append(PageFigure(data_uri(content, form), caption, alt, narrow))
    return figures, ""
