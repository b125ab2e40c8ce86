"""The neutrino prediction as a record, a table and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.model.muon_zero import allowed_windows, majorana_phases, scan
from muoquark.model.oscillations import ORDERINGS, PARAMETERS, global_fit
from muoquark.model.seesaw import example_seesaw, light_neutrinos

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BOUNDS", "figure", "record"]

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


def figure(release: str, points: int = 160) -> Figure:
    """Return the figure: m_ee against the lightest mass, with and without the condition."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    grid = np.geomspace(3e-4, 1.0, points)
    plot = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = plot.add_subplot()
    style = {
        "NO": {"color": "#1f5fa8", "hatch": "////"},
        "IO": {"color": "#c2561a", "hatch": "\\\\\\\\"},
    }
    handles = []
    for ordering in ORDERINGS:
        fit = global_fit(ordering, release)
        result = scan(fit, grid, sigmas=(1.0, 3.0))
        color, hatch = style[ordering]["color"], style[ordering]["hatch"]
        low, high = (np.maximum(edge, 1e-6) for edge in result.free)
        axes.fill_between(grid, low, high, facecolor="none", edgecolor="0.75", hatch=hatch, lw=0.4)
        for sigma, alpha in ((3.0, 0.35), (1.0, 0.85)):
            edges = result.bands[sigma]
            if np.all(np.isnan(edges[0])):
                continue
            low, high = (np.maximum(edge, 1e-6) for edge in edges)
            axes.fill_between(grid, low, high, color=color, alpha=alpha, lw=0)
            handles.append(
                Patch(color=color, alpha=alpha, label=f"{ordering}, condition, {sigma:g}$\\sigma$")
            )
        handles.append(
            Patch(facecolor="none", edgecolor="0.6", hatch=hatch, label=f"{ordering}, any phases")
        )
    _bounds(axes, release)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(grid[0], grid[-1]),
        ylim=(1e-4, 1.0),
        xlabel="lightest neutrino mass [eV]",
        ylabel=r"$m_{ee}$ [eV]",
        title=r"U(1)$_{B-3L_\mu}$: $(m_\nu^{-1})_{\mu\mu} = 0$" + f", {release}",
    )
    axes.legend(handles=handles, loc="lower right", fontsize=8, framealpha=1)
    return plot


def _bounds(axes: Any, release: str) -> None:
    """Draw the bounds on m_ee and, as a lightest mass, on the sum of masses."""
    low, high = BOUNDS["m_ee, KamLAND-Zen"]["value"]
    axes.axhspan(low, high, color="0.5", alpha=0.25, lw=0)
    axes.text(
        3.3e-4,
        high * 0.9,
        "KamLAND-Zen (90 % CL, range of nuclear matrix elements)",
        fontsize=7,
        va="top",
    )
    total = BOUNDS["sum, Planck 2018"]["value"]
    for ordering, line in (("NO", "--"), ("IO", ":")):
        mass = _lightest_of_sum(total, ordering, release)
        axes.axvline(mass, color="k", ls=line, lw=1)
        axes.text(
            mass * (0.96 if ordering == "IO" else 1.04),
            1.2e-4,
            rf"$\sum m < {total}$ eV, {ordering}",
            rotation=90,
            fontsize=7,
            ha="right" if ordering == "IO" else "left",
            va="bottom",
        )


def _lightest_of_sum(total: float, ordering: str, release: str) -> float:
    from scipy.optimize import brentq

    from muoquark.model.pmns import light_masses

    best = global_fit(ordering, release).best()
    return float(
        brentq(lambda m: np.sum(light_masses(m, best["dm21"], best["dm3l"])) - total, 0, total)
    )
