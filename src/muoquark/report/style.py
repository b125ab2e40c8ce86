"""One look for all figures: no LaTeX, serif text like a paper's, readable without colour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["STYLE", "label_of", "masses_text", "new_figure", "save_figure"]

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


def label_of(name: str) -> str:
    """Return how an axis calls a parameter: what its name says in the usual way."""
    if "*" in name:
        factors = [label_of(factor.strip()) for factor in name.split("*")]
        if all(factor.startswith("$") for factor in factors):
            return "$" + r"\,".join(factor.strip("$") for factor in factors) + "$"
    mass = re.fullmatch(r"[MS]([13])", name)
    if mass:
        return f"$M_{mass[1]}$ [GeV]"
    entry = re.fullmatch(r"eta(3L|1L|1R)\[([012])\]\[([012])\](\.Re|\.Im)?", name)
    if entry:
        quark = ("u", "c", "t") if entry[1] == "1R" else ("d", "s", "b")
        pair = quark[int(entry[2])] + ("e", r"\mu", r"\tau")[int(entry[3])]
        part = f"{entry[4][1:]} " if entry[4] else ""
        return f"{part}$\\eta^{{{entry[1]}}}_{{{pair}}}$"
    eta = re.fullmatch(r"eta(3L|1L|1R)(?:_([123]{1,2})|\[([012])\])?(\.Re|\.Im)?", name)
    if eta:
        index = eta[2] or (str(int(eta[3]) + 1) if eta[3] else "")
        part = f"{eta[4][1:]} " if eta[4] else ""
        return f"{part}$\\eta^{{{eta[1]}}}" + (f"_{{{index}}}$" if index else "$")
    return name.replace("$", r"\$")


def masses_text(masses: Mapping[str, Any], couples: Any) -> str:
    """Return the fixed masses of the leptoquarks that couple, as a note in a figure.

    masses: GeV or something free, by leptoquark; couples: an object that says for ``S1`` and
    ``S3`` whether they do.
    """
    fixed = {
        f"M_{name[1]}": f"{masses[name] / 1000:.4g}"
        for name in ("S1", "S3")
        if getattr(couples, name) and isinstance(masses.get(name), int | float)
    }
    if len(set(fixed.values())) == 1:
        ((value,), symbols) = set(fixed.values()), " = ".join(fixed)
        return f"${symbols} = {value}$ TeV"
    return ", ".join(f"${symbol} = {value}$ TeV" for symbol, value in fixed.items())


def new_figure(width: float = 5.2, height: float = 4.6) -> tuple[Any, Any]:
    """Return a figure and its axes (sizes in inches) in the style, without a display."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.add_subplot()


def save_figure(figure: Any, stem: str) -> list[str]:
    """Write a figure as PDF and PNG, each atomically; return the names of the files.

    Raises :class:`~muoquark.common.errors.OutputError` if a file cannot be written.
    """
    import io

    import matplotlib

    from muoquark.common.files import write_atomic

    names = []
    for suffix in ("pdf", "png"):
        buffer = io.BytesIO()
        metadata = {"CreationDate": None} if suffix == "pdf" else None
        with matplotlib.rc_context(STYLE):
            figure.savefig(buffer, format=suffix, metadata=metadata)
        write_atomic(f"{stem}.{suffix}", buffer.getvalue())
        names.append(f"{stem}.{suffix}")
    return names
