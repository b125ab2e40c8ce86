"""The figure of pulls: which observables disagree, in the SM and at the point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muoquark.inference.goodness.pulls import Pull
from muoquark.report.observable_label import observable_label
from muoquark.report.style import BESIDE, empty_figure, style

__all__ = ["pulls_figure"]

# Observables shown, and in one column; a block is shown with its own largest ones.
ROWS, ROWS_IN_COLUMN = 36, 28
NAMES = {
    "quarks": "quarks",
    "leptons": "leptons",
    "ewpt": "Z and W pole",
    "eeww": r"$ee\to WW$",
    "lept": "tau decays",
    "rd_rds": r"$R_D, R_{D^*}$",
    "lfu_fccc": "LFU, charged",
    "lfu_fcnc": "LFU, neutral",
    "bcpv": r"$B$, CP violation",
    "bqnunu": r"$b\to q\nu\nu$",
    "lfv": "LFV",
    "zlfv": r"$Z$, LFV",
    "higgs": "Higgs",
}


def _chosen(pulls: Sequence[Pull], rows: int) -> list[Pull]:
    """Return the observables with the largest pulls or changes, by block, largest first."""

    def size(one: Pull) -> float:
        change = abs(one.here.pull - one.sm.pull)
        return max(abs(one.here.pull), abs(one.sm.pull)) + 2 * change

    largest = sorted(pulls, key=size, reverse=True)[:rows]
    blocks = list(dict.fromkeys(one.block for one in pulls))
    return sorted(largest, key=lambda one: (blocks.index(one.block), -size(one)))


def pulls_figure(
    pulls: Sequence[Pull],
    title: str = "",
    where: str = "best fit",
    rows: int | None = None,
    width: float | None = None,
) -> Any:
    """Draw the pulls of the observables that disagree or move most, grouped by block.

    Parameters
    ----------
    pulls
        Of all observables.
    where
        What the point is called.
    rows
        How many observables are shown; the figure says how many there are.
    width
        What it will have, in inches: below `BESIDE` letters are small and rows are fewer.

    Returns
    -------
    matplotlib.figure.Figure
        Bars for the point, open diamonds for the SM: told apart without colour.
    """
    import matplotlib

    small = width is not None and width <= BESIDE
    chosen = _chosen(pulls, rows or (ROWS_IN_COLUMN if small else ROWS))
    letters, step, marker = (5.5, 0.155, 2.8) if small else (8.0, 0.215, 4.5)
    with matplotlib.rc_context(style(**{"ytick.minor.visible": False})):
        height = step * (len(chosen) + 1) + 1.5
        figure = empty_figure(3.4 if small else 7.6, height)
        axes = figure.add_subplot()
        y = [-float(k) for k in range(len(chosen))]
        here = [one.here.pull for one in chosen]
        before = [one.sm.pull for one in chosen]
        limit = 1.12 * max(map(abs, [*here, *before, 3.0]))
        for k in (-2, -1, 1, 2):
            axes.axvline(k, color="0.8", lw=0.7, ls="solid" if abs(k) == 1 else "dashed", zorder=0)
        axes.axvline(0, color="0.3", lw=0.8, zorder=0)
        axes.barh(y, here, height=0.62, color="#56b4e9", edgecolor="black", lw=0.5, label=where)
        axes.plot(
            before, y, ls="none", marker="D", ms=marker, mfc="white", mec="black",
            mew=0.2 * marker, label="SM",
        )  # fmt: skip
        axes.set_yticks(y, [observable_label(one.observable, one.arguments) for one in chosen],
                        fontsize=letters)  # fmt: skip
        axes.set_ylim(y[-1] - 0.7, 0.7)
        axes.set_xlim(-limit, limit)
        axes.tick_params(axis="y", length=0)
        _separate(axes, chosen, letters + (0.0 if small else 0.5))
        text = r"(prediction $-$ measurement) / uncertainty"
        axes.set_xlabel(text if small else f"pull: {text}", fontsize=7 if small else None)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.42 / height), ncols=2,
                    frameon=False)  # fmt: skip
        note = f"the {len(chosen)} of {len(pulls)} observables that disagree or move most"
        between = ":\n" if small else ": "
        figure.suptitle(f"{title}{between}{note}" if title else note, fontsize=8 if small else 10)
    return figure


def _separate(axes: Any, chosen: list[Pull], letters: float) -> None:
    """Draw a line between blocks and write their names at the right edge."""
    start = 0
    for k in range(1, len(chosen) + 1):
        if k == len(chosen) or chosen[k].block != chosen[start].block:
            name = chosen[start].block
            axes.text(
                1.01, -(start + k - 1) / 2, NAMES.get(name, name), rotation=0, va="center",
                ha="left", fontsize=letters, transform=axes.get_yaxis_transform(),
            )  # fmt: skip
            if k < len(chosen):
                axes.axhline(-k + 0.5, color="0.5", lw=0.6)
            start = k
