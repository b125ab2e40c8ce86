"""The corner plot of a posterior: every parameter, and every pair of parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from muoquark.inference.priors import Priors
from muoquark.inference.sample.posterior import Posterior
from muoquark.model.coefficient_card import AnyCard
from muoquark.report.density import density_of
from muoquark.report.style import empty_figure, label_of, style

__all__ = ["corner_figure"]

# Probabilities of 1 and 2 standard deviations of a normal distribution of one variable; regions
# of two parameters are drawn at the same probabilities, as the contours of `muoquark fit` are.
SHARES = (0.6826894921370859, 0.9544997361036416)
DARK, LIGHT = "#56b4e9", "#cfe8f7"
# Width of a panel in inches, and of the whole figure at most.
PANEL, LARGEST = 2.05, 14.0


def corner_figure(posterior: Posterior, title: str = "", card: AnyCard | None = None) -> Any:
    """Draw marginal densities of one parameter (diagonal) and of two (below).

    Diagonal: the density with the equal-tailed intervals of 68.27 % (dark) and 95.45 % (light)
    that the summary lists, the median (line) and, dashed, the prior.  Below: the highest-density
    regions of the same probabilities.  The star is the draw with the largest likelihood.  Ranges of
    priors end where the hatching begins.  A parameter with a logarithmic prior is drawn as its
    logarithm.  `card`: what says how the parameters are called.
    """
    import matplotlib
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    n = len(posterior.layout.parameters)
    sides = _sides(posterior, card)
    size = min(PANEL * n + 0.7, LARGEST) if n > 1 else 3.6
    with matplotlib.rc_context(style(**{"font.size": 9, "axes.labelsize": 11})):
        pads = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
        figure = empty_figure(size, size, pads)
        grid = figure.add_gridspec(n, n)
        for row in range(n):
            for column in range(row + 1):
                axes = figure.add_subplot(grid[row, column])
                if row == column:
                    _one(axes, sides[row])
                else:
                    _two(axes, sides[column], sides[row])
                    axes.set_ylim(sides[row].view)
                axes.set_xlim(sides[column].view)
                _edges(axes, sides[column], sides[row] if row != column else None)
                axes.locator_params(nbins=4, axis="x")
                if row == n - 1:
                    axes.set_xlabel(sides[column].label)
                    axes.tick_params(axis="x", labelrotation=45 if n > 2 else 0)
                else:
                    axes.tick_params(labelbottom=False)
                if row != column:
                    axes.locator_params(nbins=4, axis="y")
                if column == 0 and row > 0:
                    axes.set_ylabel(sides[row].label)
                elif row != column:
                    axes.tick_params(labelleft=False)
        figure.align_labels()
        if title:
            figure.suptitle(title, fontsize=11)
        _legend(figure, n)
    return figure


@dataclass(frozen=True)
class Side:
    """A parameter as an axis; if its prior is flat in its logarithm, all is of log10 of it.

    Attributes
    ----------
    label
        As in LaTeX.
    draws
        (draws,).
    low, high
        Its range.
    prior
        Density of the prior at points (k,).
    best
        The draw with the largest likelihood.
    worth
        Effective number of independent draws, for the width of the smoothing.
    """

    label: str
    draws: np.ndarray
    low: float
    high: float
    prior: Callable[[np.ndarray], np.ndarray]
    best: float
    worth: float

    @property
    def view(self) -> tuple[float, float]:
        """The part of the range that is drawn: where draws are, and a margin."""
        low, high = np.quantile(self.draws, [0.0005, 0.9995])
        margin = 0.12 * (high - low) or 0.05 * (self.high - self.low)
        # A range that the draws nearly reach is shown to a little beyond its end.
        reach = 0.04 * (high - low + 2 * margin)
        return max(low - margin, self.low - reach), min(high + margin, self.high + reach)


def _sides(posterior: Posterior, card: AnyCard | None) -> list[Side]:
    priors = posterior.layout.priors
    draws = posterior.theta.reshape(-1, len(priors.parameters))
    best = draws[np.argmax(posterior.loglike.reshape(-1))]
    table = posterior.summary()
    found = []
    for k, (p, prior) in enumerate(zip(priors.parameters, priors.priors, strict=True)):
        label, x = label_of(p.name, card), draws[:, k]
        low, high, top = p.low, p.high, float(best[k])
        logarithmic = prior.kind == "log"
        if logarithmic:
            label = rf"$\log_{{10}}$ {label}"
            x = np.log10(x)
            low, high, top = (float(np.log10(v)) for v in (low, high, top))
        density = partial(_prior_density, priors, k, logarithmic)
        worth = table[p.name].get("ess_bulk", len(x))
        found.append(Side(label, x, low, high, density, top, worth))
    return found


def _prior_density(priors: Priors, k: int, logarithmic: bool, x: np.ndarray) -> np.ndarray:
    p = priors.parameters[k]
    if logarithmic:
        return np.full(len(x), 1 / np.log10(p.high / p.low))
    return np.asarray(np.exp(priors.log_density_of(k, x)))


def _one(axes: Any, side: Side) -> None:
    x = side.draws
    density = density_of(x[:, None], np.array([side.low]), np.array([side.high]), side.worth)
    tails = [((1 - s) / 2, (1 + s) / 2) for s in SHARES]
    for (a, b), colour in zip(reversed(tails), (LIGHT, DARK), strict=True):
        left, right = np.quantile(x, [a, b])
        inside = np.linspace(left, right, 200)
        axes.fill_between(inside, density.at(inside[:, None]), color=colour, lw=0)
    axes.plot(density.axes[0], density.values, color="black", lw=1.1)
    median = np.median(x)
    axes.plot([median, median], [0, float(density.at(np.array([[median]]))[0])], "k-", lw=0.9)
    inside = np.linspace(max(side.view[0], side.low), min(side.view[1], side.high), 200)
    axes.plot(inside, side.prior(inside), color="0.35", lw=1.0, ls=(0, (4, 2)))
    axes.plot(side.best, 0.0, "*", ms=9, mfc="white", mec="black", clip_on=False, zorder=6)
    axes.set_ylim(0, 1.28 * float(density.values.max()))
    axes.set_yticks([])
    axes.minorticks_on()
    axes.tick_params(axis="y", which="both", left=False, right=False)
    axes.set_title(_interval_text(x), fontsize=9, pad=4)


def _two(axes: Any, across: Side, up: Side) -> None:
    draws = np.stack([across.draws, up.draws], axis=1)
    low, high = np.array([across.low, up.low]), np.array([across.high, up.high])
    density = density_of(draws, low, high, min(across.worth, up.worth))
    one, two = density.levels(draws, SHARES)
    levels = sorted({two, one, 1.01 * float(density.values.max())})
    x, y = density.axes
    values = density.values.T
    if len(levels) == 3:
        axes.contourf(x, y, values, levels, colors=(LIGHT, DARK))
        axes.contour(x, y, values, levels[:2], colors="black", linewidths=1.0,
                     linestyles=("dashed", "solid"))  # fmt: skip
    axes.plot(across.best, up.best, "*", ms=9, mfc="white", mec="black", zorder=6)


def _edges(axes: Any, across: Side, up: Side | None) -> None:
    """Hatch what lies outside of the priors' ranges."""
    hatched = {"facecolor": "white", "edgecolor": "0.55", "hatch": "//////", "lw": 0.0, "zorder": 4}
    for side, span in ((across, axes.axvspan), (up, axes.axhspan)):
        if side is not None:
            for a, b in ((side.view[0], side.low), (side.high, side.view[1])):
                if b > a:
                    span(a, b, **hatched)


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
