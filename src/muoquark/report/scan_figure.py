"""The figure of a scan along one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.model.coefficient_card import AnyCard
from muoquark.report.looks import looks_of
from muoquark.report.style import label_of, new_figure, setting_text, style

__all__ = ["scan_figure"]

# Blocks whose chi2 changes by less along the scan are left out, and no more than so many drawn.
VARIES, MOST = 1.0, 6


def scan_figure(path: str | Path, card: AnyCard, blocks: Sequence[str], title: str = "") -> Any:
    """Draw -2 (ln L - ln L_SM) along the one free parameter of a scan's file.

    All data in black, beside the blocks that change most, each counted from the SM: the curves of
    all blocks add up to the black one.

    Parameters
    ----------
    path
        NetCDF file of the scan.
    card
        That it was made with, one parameter free.
    blocks
        The names of the blocks among the parts.

    Returns
    -------
    matplotlib.figure.Figure, or None if the scan has several parameters.
    """
    import matplotlib
    import xarray

    if len(card.free) != 1:
        return None
    (free,) = card.free
    data = xarray.load_dataset(path, engine="h5netcdf")
    x = np.asarray(data[free.name]).ravel()
    order = np.argsort(x)
    x = x[order]
    total = -2 * np.asarray(data["loglike"]).ravel()[order]
    names = [str(name) for name in data["part"].values]
    parts = -2 * np.asarray(data["parts"]).reshape(-1, len(names))[order]
    change = np.where([name in blocks for name in names], np.ptp(parts, axis=0), 0.0)
    chosen = [int(k) for k in np.argsort(-change, kind="stable")[:MOST] if change[k] > VARIES]
    looks = looks_of([names[k] for k in chosen])
    with matplotlib.rc_context(style()):
        figure, axes = new_figure(6.4, 4.2)
        for k in chosen:
            look = looks[names[k]]
            axes.plot(x, parts[:, k], color=look.colour, ls=look.line, lw=1.4, label=look.label)
        axes.plot(x, total, color="black", lw=1.6, label="all data")
        axes.axhline(0.0, color="0.6", lw=0.7, ls="dashed")
        low = min(0.0, float(np.nanmin(total)), *(float(parts[:, k].min()) for k in chosen))
        # Up to where the curve of all data is of interest.
        high = min(float(np.nanmax(total)), low + 40.0)
        axes.set_ylim(low - 1.5, max(high, 4.0))
        axes.set_xlim(x[0], x[-1])
        axes.set_xlabel(label_of(free.name, card))
        axes.set_ylabel(r"$-2\,\ln(L/L_{\rm SM})$")
        axes.set_title(", ".join(t for t in (title, setting_text(card)) if t), fontsize=10)
        figure.legend(loc="outside right center", handlelength=3.0)
    return figure
