"""The figure of the neutrino prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.neutrino.muon_zero import LARGEST_MASS, scan
from muoquark.neutrino.oscillations import ORDERINGS, global_fit
from muoquark.neutrino.pmns import light_masses
from muoquark.neutrino.prediction import BOUNDS, phase_curve
from muoquark.report.style import empty_figure, style

__all__ = ["figure"]

_SMALLEST = 3e-4


def figure(release: str, points: int = 160) -> Any:
    """Return the figure: m_ee and the Majorana phases against the lightest mass."""
    import matplotlib

    with matplotlib.rc_context(style()):
        plot = empty_figure(10.4, 4.6)
        left, right = plot.subplots(1, 2, width_ratios=(1.35, 1))
        _mass_panel(left, release, points)
        _phase_panel(right, release)
        plot.suptitle(
            r"U(1)$_{B-3L_\mu}$: $(m_\nu^{-1})_{\mu\mu} = 0$" + f", oscillations of {release}"
        )
    return plot


def _mass_panel(axes: Any, release: str, points: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    grid = np.geomspace(_SMALLEST, LARGEST_MASS, points)
    looks = {"NO": ("#1f5fa8", "-"), "IO": ("#c2561a", "--")}
    handles: list[Any] = []
    low, high = np.atleast_1d(BOUNDS["m_ee, KamLAND-Zen"].value)
    axes.axhspan(low, high, color="0.88", lw=0)
    axes.text(3.3e-4, high * 0.93, "KamLAND-Zen, 90% CL", fontsize=7, va="top")
    for ordering in ORDERINGS:
        result = scan(global_fit(ordering, release), grid, sigmas=(1.0, 3.0))
        color, line = looks[ordering]
        for edge in result.free:
            axes.plot(grid, np.maximum(edge, 1e-6), color=color, ls=line, lw=0.9)
        handles.append(
            Line2D([], [], color=color, ls=line, label=rf"{ordering}, any phases, 3$\sigma$")
        )
        for sigma, alpha in ((3.0, 0.3), (1.0, 0.9)):
            edges = result.bands[sigma]
            if np.all(np.isnan(edges[0])):
                continue
            lower, upper = (np.maximum(edge, 1e-6) for edge in edges)
            hatch = "" if ordering == "NO" else "////"
            axes.fill_between(
                grid, lower, upper, facecolor=color, alpha=alpha, hatch=hatch, lw=0, edgecolor="w"
            )
            handles.append(
                Patch(
                    facecolor=color,
                    alpha=alpha,
                    hatch=hatch,
                    edgecolor="w",
                    label=rf"{ordering}, condition, {sigma:g}$\sigma$",
                )
            )
    _sum_bounds(axes, release)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(grid[0], grid[-1]),
        ylim=(1e-4, 1.0),
        xlabel="lightest neutrino mass [eV]",
        ylabel=r"$m_{ee}$ [eV]",
    )
    axes.legend(handles=handles, loc="lower right", fontsize=7, framealpha=1)


def _phase_panel(axes: Any, release: str) -> None:
    curve = phase_curve(release, smallest=_SMALLEST)
    masses = curve.lightest
    # Break the lines between the two windows of the lightest mass and at 0 = 360 degrees.
    gaps = np.diff(np.log(masses)) > 0.1
    for both, line, label in (
        (curve.alpha21, "-", r"$\alpha_{21}$"),
        (curve.alpha31, "--", r"$\alpha_{31}$"),
    ):
        for branch, color in enumerate(("#1f5fa8", "#7a3b9a")):
            values = both[branch]
            jumps = np.flatnonzero(gaps | (np.abs(np.diff(values)) > 180)) + 1
            x, y = np.insert(masses, jumps, np.nan), np.insert(values, jumps, np.nan)
            axes.plot(x, y, ls=line, color=color, lw=1.6, label=f"{label}, solution {branch + 1}")
    axes.set(
        xscale="log",
        xlim=(_SMALLEST, LARGEST_MASS),
        ylim=(0, 360),
        yticks=(0, 90, 180, 270, 360),
        xlabel="lightest neutrino mass [eV]",
        ylabel="Majorana phase [degrees]",
        title="normal ordering, best fit",
    )
    axes.legend(loc="center", bbox_to_anchor=(0.45, 0.5), fontsize=7, framealpha=1)


def _sum_bounds(axes: Any, release: str) -> None:
    """Draw the bound on the sum of masses as one on the lightest mass."""
    total = BOUNDS["sum, Planck 2018"].value
    assert isinstance(total, float)
    for ordering, line, side in (("NO", "-", 1.04), ("IO", "--", 0.96)):
        mass = _lightest_of_sum(total, ordering, release)
        axes.axvline(mass, color="k", ls=line, lw=0.8)
        axes.text(
            mass * side,
            1.2e-4,
            rf"$\sum m < {total}$ eV, {ordering}",
            rotation=90,
            fontsize=7,
            ha="left" if side > 1 else "right",
            va="bottom",
        )


def _lightest_of_sum(total: float, ordering: str, release: str) -> float:
    """Return the lightest mass for which the masses add up to `total`, at the best fit."""
    from scipy.optimize import brentq

    best = global_fit(ordering, release).best()
    return float(
        brentq(lambda m: np.sum(light_masses(m, best["dm21"], best["dm3l"])) - total, 0, total)
    )
