"""The corner plot of a posterior: every parameter, and every pair of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from muoquark.inference.posterior import Posterior, summary
from muoquark.report.density import density_of
from muoquark.report.style import STYLE, label_of

__all__ = ["corner_figure"]

# Probabilities of 1 and 2 standard deviations of a normal distribution of one variable; regions
# of two parameters are drawn at the same probabilities, as the contours of `muoquark fit` are.
SHARES = (0.6826894921370859, 0.9544997361036416)
DARK, LIGHT = "#56b4e9", "#cfe8f7"
# Width of a panel in inches, and of the whole figure at most.
PANEL, LARGEST = 2.05, 14.0


def corner_figure(posterior: Posterior, labels: Mapping[str, str], title: str = "") -> Any:
    """Draw marginal densities of one parameter (diagonal) and of two (below).

    Diagonal: the density with the equal-tailed intervals of 68.27 % (dark) and 95.45 % (light)
    that the summary lists, the median (line) and, dashed, the prior.  Below: the highest-density
    regions of the same probabilities.  The star is the draw with the largest likelihood.  Ranges of
    priors end where the hatching begins.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    names = posterior.layout.parameters
    n = len(names)
    draws = posterior.theta.reshape(-1, n)
    best = draws[np.argmax(posterior.loglike.reshape(-1))]
    views = [_view(posterior, k) for k in range(n)]
    table = summary(posterior)
    worth = [table[name].get("ess_bulk", len(draws)) for name in names]
    size = min(PANEL * n + 0.7, LARGEST) if n > 1 else 3.6
    with matplotlib.rc_context({**STYLE, "font.size": 9, "axes.labelsize": 11}):
        pads = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
        figure = Figure(figsize=(size, size), layout=pads)
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(n, n)
        for row in range(n):
            for column in range(row + 1):
                axes = figure.add_subplot(grid[row, column])
                if row == column:
                    _one(axes, posterior, row, best[row], views[row], worth[row])
                else:
                    _two(axes, posterior, column, row, best, min(worth[row], worth[column]))
                    axes.set_ylim(views[row])
                axes.set_xlim(views[column])
                _edges(axes, posterior, column, row if row != column else None)
                axes.locator_params(nbins=4, axis="x")
                if row == n - 1:
                    axes.set_xlabel(label_of(names[column], labels))
                    axes.tick_params(axis="x", labelrotation=45 if n > 2 else 0)
                else:
                    axes.tick_params(labelbottom=False)
                if row != column:
                    axes.locator_params(nbins=4, axis="y")
                if column == 0 and row > 0:
                    axes.set_ylabel(label_of(names[row], labels))
                elif row != column:
                    axes.tick_params(labelleft=False)
        figure.align_labels()
        if title:
            figure.suptitle(title, fontsize=11)
        _legend(figure, n)
    return figure


def _view(posterior: Posterior, k: int) -> tuple[float, float]:
    """Return the part of a parameter's range that is drawn: where draws are, and a margin."""
    p = posterior.layout.priors.parameters[k]
    x = posterior.theta[..., k]
    low, high = np.quantile(x, [0.0005, 0.9995])
    margin = 0.12 * (high - low) or 0.05 * (p.high - p.low)
    # A range that the draws nearly reach is shown to a little beyond its end.
    reach = 0.04 * (high - low + 2 * margin)
    return max(low - margin, p.low - reach), min(high + margin, p.high + reach)


def _one(
    axes: Any, posterior: Posterior, k: int, best: float, view: tuple[float, float], worth: float
) -> None:
    p = posterior.layout.priors.parameters[k]
    x = posterior.theta[..., k].reshape(-1)
    density = density_of(x[:, None], np.array([p.low]), np.array([p.high]), worth)
    grid, values = density.axes[0], density.values
    tails = [((1 - s) / 2, (1 + s) / 2) for s in SHARES]
    for (a, b), colour in zip(reversed(tails), (LIGHT, DARK), strict=True):
        low, high = np.quantile(x, [a, b])
        inside = np.linspace(low, high, 200)
        axes.fill_between(inside, density.at(inside[:, None]), color=colour, lw=0)
    axes.plot(grid, values, color="black", lw=1.1)
    median = np.median(x)
    axes.plot([median, median], [0, float(density.at(np.array([[median]]))[0])], "k-", lw=0.9)
    prior_x = np.linspace(max(view[0], p.low), min(view[1], p.high), 200)
    single = posterior.layout.priors.log_density_of(k, prior_x)
    axes.plot(prior_x, np.exp(single), color="0.35", lw=1.0, ls=(0, (4, 2)))
    axes.plot(best, 0.0, "*", ms=9, mfc="white", mec="black", clip_on=False, zorder=6)
    axes.set_ylim(0, 1.28 * float(values.max()))
    axes.set_yticks([])
    axes.minorticks_on()
    axes.tick_params(axis="y", which="both", left=False, right=False)
    axes.set_title(_interval_text(x), fontsize=9, pad=4)


def _two(axes: Any, posterior: Posterior, i: int, j: int, best: np.ndarray, worth: float) -> None:
    both = [posterior.layout.priors.parameters[k] for k in (i, j)]
    draws = posterior.theta[..., [i, j]].reshape(-1, 2)
    density = density_of(
        draws, np.array([p.low for p in both]), np.array([p.high for p in both]), worth
    )
    one, two = density.levels(draws, SHARES)
    top = float(density.values.max())
    levels = sorted({two, one, 1.01 * top})
    x, y = density.axes
    values = density.values.T
    if len(levels) == 3:
        axes.contourf(x, y, values, levels, colors=(LIGHT, DARK))
        axes.contour(x, y, values, levels[:2], colors="black", linewidths=1.0,
                     linestyles=("dashed", "solid"))  # fmt: skip
    axes.plot(best[i], best[j], "*", ms=9, mfc="white", mec="black", zorder=6)


def _edges(axes: Any, posterior: Posterior, column: int, row: int | None) -> None:
    """Hatch what lies outside of the priors' ranges."""
    style = {"facecolor": "white", "edgecolor": "0.55", "hatch": "//////", "lw": 0.0, "zorder": 4}
    p = posterior.layout.priors.parameters[column]
    low, high = axes.get_xlim()
    for a, b in ((low, p.low), (p.high, high)):
        if b > a:
            axes.axvspan(a, b, **style)
    if row is not None:
        p = posterior.layout.priors.parameters[row]
        low, high = axes.get_ylim()
        for a, b in ((low, p.low), (p.high, high)):
            if b > a:
                axes.axhspan(a, b, **style)


def _interval_text(x: np.ndarray) -> str:
    """Return median and distances to the ends of the 68 % interval, with sensible digits."""
    low, middle, high = np.quantile(x, [(1 - SHARES[0]) / 2, 0.5, (1 + SHARES[0]) / 2])
    up, down = high - middle, middle - low
    if min(up, down) <= 0:
        return f"${middle:.3g}$"
    power = _power(max(abs(low), abs(high)))
    shift = power if power < -3 or power > 4 else 0
    digits = max(0, 1 - _power(min(up, down) / 10.0**shift))
    # Rounded and 0.0 added: no minus in front of a zero.
    values = [round(v / 10.0**shift, digits) + 0.0 for v in (middle, up, down)]
    numbers = [f"{v:.{digits}f}" for v in values]
    text = f"{{{numbers[0]}}}^{{+{numbers[1]}}}_{{-{numbers[2]}}}"
    return rf"$({text})\,10^{{{shift}}}$" if shift else f"${text}$"


def _power(x: float) -> int:
    """Return the power of ten of a positive number that is rounded to two digits."""
    return int(f"{x:.1e}".partition("e")[2])


def _legend(figure: Any, n: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(facecolor=DARK, edgecolor="black", label="68.27 %"),
        Patch(facecolor=LIGHT, edgecolor="black", ls="dashed", label="95.45 %"),
        Line2D([], [], color="black", lw=0.9, label="median"),
        Line2D([], [], color="0.35", lw=1.0, ls=(0, (4, 2)), label="prior"),
        Line2D([], [], ls="", marker="*", ms=9, mfc="white", mec="black", label="best draw"),
    ]
    if n == 1:
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8)
    else:
        # The half above the diagonal is empty.
        figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.985, 0.93), fontsize=9)
