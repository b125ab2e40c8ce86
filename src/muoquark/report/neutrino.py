"""The neutrino prediction as a record, a table and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.neutrino.muon_zero import LARGEST_MASS, allowed_windows, majorana_phases, scan
from muoquark.neutrino.oscillations import ORDERINGS, PARAMETERS, global_fit
from muoquark.neutrino.pmns import light_masses
from muoquark.neutrino.seesaw import example_seesaw, light_neutrinos
from muoquark.report.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BOUNDS", "figure", "phase_curve", "record"]

#: Bounds from elsewhere, in eV, with their sources.
BOUNDS: dict[str, dict[str, Any]] = {
    "sum, Planck 2018": {"value": 0.12, "cl": 0.95, "source": "1807.06209 (Aghanim:2018eyx)"},
    "sum, DESI DR2 + CMB": {"value": 0.064, "cl": 0.95, "source": "2503.14738 (DESI:2025zgx)"},
    "m_ee, KamLAND-Zen": {
        "value": [0.028, 0.122],
        "cl": 0.90,
        "source": "2406.11438 (KamLAND-Zen:2024eml); range of nuclear matrix elements",
    },
    "m_beta, KATRIN": {"value": 0.45, "cl": 0.90, "source": "2406.13516 (KATRIN:2024cdt)"},
}

_SMALLEST = 3e-4
_SIGMAS = (1.0, 2.0, 3.0)
# In the window of normal ordering that cosmology leaves.
_EXAMPLE_MASS = 0.0025


def record(release: str, orderings: tuple[str, ...] = ORDERINGS) -> dict[str, Any]:
    """Return the allowed intervals for (m_nu^-1)_mumu = 0 and an example seesaw point.

    Returns
    -------
    ``{"condition": ..., "fit": ..., "orderings": {"NO": {...}, ...}, "bounds": ...}``;
        masses in eV, phases in degrees.  ``allowed`` lists the windows of the lightest mass; an
        upper end of null means that there is none below 1 eV.
    """
    found: dict[str, Any] = {
        "condition": "(m_nu^-1)_mumu = 0",
        "fit": release,
        "source": global_fit("NO", release).source,
        "orderings": {},
        "bounds": BOUNDS,
    }
    for ordering in orderings:
        fit = global_fit(ordering, release)
        intervals = {}
        for sigma in _SIGMAS:
            intervals[f"{sigma:g} sigma"] = [
                {"lightest": window.lightest, "sum": window.total, "m_ee": window.m_ee}
                for window in allowed_windows(fit, sigma)
            ]
        found["orderings"][ordering] = {
            "delta_chi2": fit.delta_chi2,
            "carried": fit.carried,
            "best_fit": {name: fit.parameters[name].best for name in PARAMETERS},
            "allowed": intervals,
            "example": _example(ordering, release),
        }
    return found


def _example(ordering: str, release: str) -> dict[str, Any] | None:
    """An example point at the best fit, or None if the triangle does not close there."""
    fit = global_fit(ordering, release)
    try:
        phases = majorana_phases(fit.best(), _EXAMPLE_MASS)
    except DomainError:
        return None
    point = example_seesaw(fit, _EXAMPLE_MASS)
    light = light_neutrinos(point)
    return {
        "phases": [np.rad2deg(pair) for pair in phases],
        "y_nu": point.y_nu,
        "M_R": point.M_R,
        "y_phi": point.y_phi,
        "v_phi": point.v_phi,
        "heavy_masses": light.heavy,
        "observables": light.summary(),
    }


def phase_curve(release: str, ordering: str = "NO", points: int = 400) -> dict[str, np.ndarray]:
    """Return the Majorana phases at the best fit against the lightest mass.

    Returns
    -------
    ``lightest`` in eV, shape (n,), and ``alpha21``, ``alpha31`` in degrees from 0 to 360, shape
    (2, n): one row for each of the two mirror triangles.  Masses without a solution are left out.
    """
    best = global_fit(ordering, release).best()
    masses, phases = [], []
    for mass in np.geomspace(_SMALLEST, LARGEST_MASS, points):
        try:
            phases.append(majorana_phases(best, float(mass)))
            masses.append(mass)
        except DomainError:
            continue
    both = np.rad2deg(np.array(phases).reshape(-1, 2, 2))
    return {
        "lightest": np.array(masses),
        "alpha21": both[:, :, 0].T,
        "alpha31": both[:, :, 1].T,
    }


def figure(release: str, points: int = 160) -> Figure:
    """Return the figure: m_ee and the Majorana phases against the lightest mass."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        plot = Figure(figsize=(10.4, 4.6), layout="constrained")
        FigureCanvasAgg(plot)
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
    style = {"NO": ("#1f5fa8", "-"), "IO": ("#c2561a", "--")}
    handles: list[Any] = []
    low, high = BOUNDS["m_ee, KamLAND-Zen"]["value"]
    axes.axhspan(low, high, color="0.88", lw=0)
    axes.text(3.3e-4, high * 0.93, "KamLAND-Zen, 90% CL", fontsize=7, va="top")
    for ordering in ORDERINGS:
        result = scan(global_fit(ordering, release), grid, sigmas=(1.0, 3.0))
        color, line = style[ordering]
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
    curve = phase_curve(release)
    masses = curve["lightest"].copy()
    # Break the lines between the two windows of the lightest mass and at 0 = 360 degrees.
    gaps = np.diff(np.log(masses)) > 0.1
    for name, line, label in (
        ("alpha21", "-", r"$\alpha_{21}$"),
        ("alpha31", "--", r"$\alpha_{31}$"),
    ):
        for branch, color in enumerate(("#1f5fa8", "#7a3b9a")):
            values = curve[name][branch].copy()
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
    total = BOUNDS["sum, Planck 2018"]["value"]
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
