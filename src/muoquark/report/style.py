"""One look for all figures: no LaTeX, serif text like a paper's, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from muoquark.report.labels import label_of, masses_text, setting_text

__all__ = [
    "BESIDE",
    "STYLE",
    "drawn_as",
    "empty_figure",
    "label_of",
    "masses_text",
    "new_figure",
    "save_figure",
    "setting_text",
    "style",
    "styled_as",
]

STYLE: Any = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 11,
    "axes.labelsize": 13,
    "axes.linewidth": 0.8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "legend.fontsize": 9.5,
    "legend.framealpha": 1.0,
    "legend.edgecolor": "0.6",
    "legend.fancybox": False,
    "hatch.linewidth": 0.6,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    # Text stays text in the PDF, and the file does not depend on the time of day.
    "pdf.fonttype": 42,
}

# What is said for some figures beside it, by a user's style file.
_OWN: ContextVar[Mapping[str, Any] | None] = ContextVar("own", default=None)


def style(**others: Any) -> Any:
    """Return the settings of matplotlib for a figure: ours, what it needs, what the user wants."""
    return {**STYLE, **others, **(_OWN.get() or {})}


#: Width in inches from which a legend fits beside a plane, and panels beside each other.
BESIDE = 5.0


@contextmanager
def styled_as(settings: Mapping[str, Any]) -> Iterator[None]:
    """Draw with settings of matplotlib that count more than ours."""
    token = _OWN.set(settings)
    try:
        yield
    finally:
        _OWN.reset(token)


def empty_figure(width: float, height: float, layout: Any = "constrained") -> Any:
    """Return a figure (sizes in inches) without a display, which a notebook shows by itself."""
    import io

    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    class DisplayedFigure(Figure):
        """A figure that needs no pyplot to be displayed."""

        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            with matplotlib.rc_context(style()):
                self.savefig(buffer, format="png")
            return buffer.getvalue()

    figure = DisplayedFigure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def new_figure(width: float = 5.2, height: float = 4.6) -> tuple[Any, Any]:
    """Return a figure and its axes (sizes in inches) in the style, without a display."""
    import matplotlib

    with matplotlib.rc_context(style()):
        figure = empty_figure(width, height)
        return figure, figure.add_subplot()


# What a file would say of the time at which it was written, by its form.
_TIMELESS: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}


def drawn_as(figure: Any, form: str, **settings: Any) -> bytes:
    """Return a figure as the content of a file; the same figure gives the same bytes.

    settings: of matplotlib's ``savefig``.
    """
    import io

    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context(style(**{"svg.hashsalt": "muoquark"})):
        figure.savefig(buffer, format=form, metadata=_TIMELESS.get(form), **settings)
    return buffer.getvalue()


def save_figure(figure: Any, stem: str, forms: Sequence[str] = ("pdf", "png")) -> list[str]:
    """Write a figure in some forms, each file atomically; return the names of the files.

    Raises :class:`~muoquark.common.errors.OutputError` if a file cannot be written.
    """
    from muoquark.common.files import write_atomic

    names = []
    for form in forms:
        write_atomic(f"{stem}.{form}", drawn_as(figure, form))
        names.append(f"{stem}.{form}")
    return names
