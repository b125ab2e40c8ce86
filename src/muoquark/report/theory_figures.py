"""Figures of the theory side: couplings to the Planck scale, naturalness, dipole scales.

They are drawn with matplotlib's object interface: nothing global is set, no display is needed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.model.point import Point
from muoquark.model.terms import known_names
from muoquark.report.style import BESIDE, empty_figure, style
from muoquark.theory.analysis import TheoryAnalysis, VacuumHistory
from muoquark.theory.betas import theory_for
from muoquark.theory.couplings import Couplings
from muoquark.theory.dipoles import DipoleScale
from muoquark.theory.flow import Flow
from muoquark.theory.naturalness import (
    LOWEST_M1,
    m1_limit_from_ymu,
    mass_limit_from_higgs,
    product_for_amu,
)
from muoquark.theory.naturalness_theory import TheoryNaturalness, mass_limit
from muoquark.theory.naturalness_verdict import Naturalness

__all__ = [
    "dipole_figure",
    "flow_figure",
    "mass_limits_figure",
    "naturalness_figure",
    "picture",
    "theory_figures",
]

_Arguments = ParamSpec("_Arguments")

# Okabe-Ito colours with dashes and markers: readable without colour
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A6D00")
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))

# What the curve of a matrix shows is its largest singular value.
_LABELS = {
    "g1": "$g'$", "g2": "$g$", "g3": "$g_s$", "gX": "$g_X$", "gYX": "$g_{YX}$",
    "Yu": "$y_t$", "Yd": "$y_b$", "Ye": r"$y_\tau$", "Ynu": r"$y_\nu$",
}  # fmt: skip


def _label(flow: Flow, name: str) -> str:
    space = flow.points[0].space
    if name in _LABELS:
        return _LABELS[name]
    label = space.components.model.label(name)
    return f"$|{label}|$" if name in space.complex else f"${label}$"


def _styled(draw: Callable[_Arguments, Any]) -> Callable[_Arguments, Any]:
    """Draw in the style of all figures."""

    @wraps(draw)
    def styled(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> Any:
        import matplotlib

        with matplotlib.rc_context(style()):
            return draw(*arguments, **options)

    return styled


def _figure(width: float, height: float, panels: int, stacked: bool = False) -> tuple[Any, Any]:
    """Return a figure with panels beside each other, or one under the other."""
    if stacked:
        figure = empty_figure(3.4, 3.0 * panels)
        return figure, np.atleast_1d(figure.subplots(panels, 1))
    figure = empty_figure(width, height)
    return figure, np.atleast_1d(figure.subplots(1, panels))


def picture(figure: Any, form: str = "png") -> bytes:
    """Return a figure as a file of the form `png` or `pdf`."""
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"CreationDate": None} if form == "pdf" else None
    with matplotlib.rc_context(style()):
        figure.savefig(buffer, format=form, dpi=160, metadata=metadata)
    return buffer.getvalue()


def theory_figures(
    found: TheoryAnalysis, tolerance: float, point: Point, width: float | None = None
) -> dict[str, Any]:
    """Return the figures of the theory side of a point, by name; none that would be empty.

    Below a `width` of `BESIDE` inches panels stand one under the other.
    """
    stacked = width is not None and width <= BESIDE
    drawn = {
        f"flow-{n}loop": flow_figure(order.flow, order.vacuum, stacked)
        for n, order in found.orders.items()
    }
    nature = found.naturalness
    if not isinstance(nature, TheoryNaturalness):
        drawn["naturalness"] = naturalness_figure(nature, tolerance, point, stacked)
    elif nature.masses:  # a Z' alone has no scalar whose mass is limited
        drawn["naturalness"] = mass_limits_figure(nature, found.start)
    drawn["dipoles"] = dipole_figure(found.dipoles)
    return drawn


def _lines(axis: Any, flow: Flow, names: Sequence[str]) -> None:
    for k, name in enumerate(names):
        axis.plot(
            flow.mu,
            flow.curve(name),
            color=COLOURS[k % len(COLOURS)],
            linestyle=DASHES[(k + k // len(COLOURS)) % len(DASHES)],
            linewidth=1.6,
            label=_label(flow, name),
        )


@_styled
def flow_figure(flow: Flow, vacuum: VacuumHistory | None = None, stacked: bool = False) -> Any:
    """Draw all couplings of a flow, and the minimum of V4 along it.

    Couplings that are too small to be seen beside the others of their panel are named only.
    """
    figure, axes = _figure(12.5, 5.4, 3, stacked)
    columns, names_in_line = (3, 4) if stacked else (5, 7)
    space = flow.points[0].space
    panels = (
        ("gauge and Yukawa couplings", [*space.gauge, *space.yukawas]),
        ("quartic couplings", list(space.quartics)),
    )
    for axis, (title, names) in zip(axes, panels, strict=False):
        sizes = {n: np.abs(flow.curve(n)).max() for n in names}
        share = 0.015 if title.startswith("quartic") else 2e-3
        shown = [n for n in names if sizes[n] > share * max(max(sizes.values()), 1e-9)]
        small = [_label(flow, n) for n in names if sizes[n] > 0 and n not in shown]
        _lines(axis, flow, shown)
        axis.set_title(title, fontsize=11)
        # below the panel, where it can hide nothing
        legend = axis.legend(
            fontsize=8.5,
            ncols=columns,
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.2 if stacked else -0.13),
        )
        if small:
            starts = range(0, len(small), names_in_line)
            lines = [", ".join(small[i : i + names_in_line]) for i in starts]
            legend.set_title("too small to draw: " + ",\n".join(lines), {"size": 7.5})
        top = max(np.abs(flow.curve(n)).max() for n in shown)
        if top > 4:
            axis.set_yscale("asinh", linear_width=0.5)
    axes[0].set_ylabel(r"$\overline{\mathrm{MS}}$ coupling")
    axes[1].axhline(0, color="0.6", linewidth=0.8)
    last = axes[2]
    last.set_title(r"smallest $V_4/|\phi|^4$ over all field directions", fontsize=11)
    last.axhline(0, color="0.6", linewidth=0.8)
    last.plot(flow.mu, flow.curve("lam") / 2, color="0.35", linestyle=":", label=r"$\lambda/2$")
    if vacuum is not None:
        last.plot(
            vacuum.scales, vacuum.minima, color=COLOURS[0], marker="o", markersize=3.5,
            linewidth=1.2, label=r"min $V_4$",
        )  # fmt: skip
        last.set_yscale("asinh", linear_width=3e-3)  # no kink where it turns logarithmic
    last.legend(fontsize=9, frameon=False)
    for axis in axes:
        axis.set_xscale("log")
        axis.set_xlim(flow.start, flow.end)
        axis.set_xlabel(r"$\mu$ [GeV]")
        if flow.pole is not None:
            axis.axvline(flow.pole.scale, color="k", linewidth=1, linestyle="--")
    if flow.pole is not None:
        axes[1].set_title(
            f"quartic couplings; pole of {_label(flow, flow.pole.coupling)} at "
            f"{flow.pole.scale:.1e} GeV (dashed)",
            fontsize=9,
        )
    figure.suptitle(f"{flow.loops}-loop running of {space.components.model.name}", fontsize=12)
    return figure


@_styled
def naturalness_figure(
    found: Naturalness | DomainError | None = None,
    tolerance: float = 1.0,
    point: Point | None = None,
    stacked: bool = False,
) -> Any:
    """Draw the upper limits on M1 and M3 as functions of the couplings.

    `found`: naturalness of an analysed point, drawn as a marker where it has one; `point`: that
    point, whose couplings the limits from the Higgs mass are drawn for.  Without a point these
    are the limits of portals and gauge loops alone.
    """
    figure, (left, right) = _figure(10.5, 4.4, 2, stacked)
    products = np.geomspace(1e-3, 0.2, 80)
    for k, value in enumerate((1.0, 0.5, 0.1)):
        limits = np.array([m1_limit_from_ymu(p, tolerance=value) or np.nan for p in products])
        limits[limits < 1.001 * LOWEST_M1] = np.nan  # excluded at every mass looked at
        factor = "" if value == 1 else rf"{value:g}\,"
        left.plot(
            products, limits / 1e3, color=COLOURS[k], linestyle=DASHES[k],
            label=rf"$|\delta y_\mu| = {factor}y_\mu$",
        )  # fmt: skip
    fits = ((0.0230, "fit of 2021, running of the paper's day"), (0.0149, "fit of 2021-07 here"))
    for position, text in fits:
        left.plot(
            position, (m1_limit_from_ymu(position) or np.nan) / 1e3,
            marker="s" if position > 0.02 else "D", color="k", linestyle="none",
            label=f"{text}: {position:.4f}",
        )  # fmt: skip
    left.axhline(5, color="0.5", linewidth=0.9)
    left.text(0.195, 5.2, "paper: 5 TeV", fontsize=8.5, color="0.3", ha="right")
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel(r"$\eta^{1L*}_t\eta^{1R}_t$ that fits $\Delta a_\mu$ at $M_1 = 3$ TeV")
    left.set_ylabel(r"upper limit on $M_1$ [TeV]")
    left.set_title(r"muon Yukawa, along constant $\Delta a_\mu$", fontsize=11)
    secondary = left.secondary_xaxis(
        "top",
        functions=(
            lambda x: x / product_for_amu(3000.0, 1.0) * 1e11,
            lambda x: x * product_for_amu(3000.0, 1.0) / 1e11,
        ),
    )
    secondary.set_xlabel(r"leading-order $\Delta a_\mu\times10^{11}$", fontsize=9)
    left.set_title("")
    portals = np.geomspace(1e-3, 1.0, 80)
    for k, (field, name) in enumerate((("S1", "lH1"), ("S3", "lH3"))):
        masses = [mass_limit_from_higgs(field, p, tolerance, point=point) for p in portals]
        limits = np.array([limit or np.nan for limit in masses])
        right.plot(
            portals, limits / 1e3, color=COLOURS[k], linestyle=DASHES[k],
            label=rf"$M_{field[1]}$ against ${known_names()[name]}$"
            + (", no Yukawa loops" if point is None else ""),
        )  # fmt: skip
    if isinstance(found, Naturalness):
        now = found.limits
        for k, (field, mass) in enumerate((("S1", now.M1_from_mh2), ("S3", now.M3_from_mh2))):
            portal = found.portals[field]
            if portal and mass:
                right.plot(abs(portal), mass / 1e3, "o", color=COLOURS[k],
                           label=f"this point, {field}")  # fmt: skip
        if found.product_at_3TeV and now.M1_from_ymu:
            left.plot(
                found.product_at_3TeV, now.M1_from_ymu / 1e3,
                "o", mfc="none", mec="k", markersize=9, label="this point",
            )  # fmt: skip
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("Higgs portal coupling")
    right.set_ylabel("upper limit on the leptoquark mass [TeV]")
    right.set_title(_mass_title(tolerance), fontsize=11)
    # Curves cross the whole panel: where it is small no legend fits into it.
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.2)} if stacked else {}
    for axis in (left, right):
        axis.legend(fontsize=8.5, frameon=False, **below)
        axis.grid(alpha=0.25, which="both", linewidth=0.4)
    return figure


@_styled
def mass_limits_figure(found: TheoryNaturalness, couplings: Couplings) -> Any:
    """Draw the upper limit on the mass of each heavy scalar against its portal to the Higgs."""
    figure, (axis,) = _figure(6.4, 4.4, 1)
    theory = theory_for(couplings)
    portals = np.geomspace(1e-3, 1.0, 60)
    for k, field in enumerate(found.masses):
        limits = [
            mass_limit(theory, couplings, field, found.tolerance, portal) for portal in portals
        ]
        label = theory.model.label(field)
        axis.plot(
            portals, np.array([x or np.nan for x in limits]) / 1e3,
            color=COLOURS[k % len(COLOURS)], linestyle=DASHES[k % len(DASHES)],
            label=f"$M({label})$",
        )  # fmt: skip
        size, limit = abs(found.portals[field]), found.limits[field].all_pieces
        if size and limit:
            axis.plot(size, limit / 1e3, "o", color=COLOURS[k % len(COLOURS)])
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("Higgs portal coupling (dots: this point)")
    axis.set_ylabel("upper limit on the mass [TeV]")
    axis.set_title(_mass_title(found.tolerance), fontsize=11)
    axis.legend(fontsize=8.5, frameon=False)
    axis.grid(alpha=0.25, which="both", linewidth=0.4)
    return figure


def _mass_title(tolerance: float) -> str:
    factor = "" if tolerance == 1 else rf"{tolerance:g}\,"
    return rf"Higgs mass, $|\delta m_h^2| < {factor}m_h^2$"


@_styled
def dipole_figure(rows: Sequence[DipoleScale]) -> Any:
    """Draw the dipole scales of :func:`muoquark.theory.dipoles.dipoles`."""
    figure, (axis,) = _figure(8.0, 4.4, 1)
    names = {
        "ee": "$ee$", "mumu": r"$\mu\mu$", "tautau": r"$\tau\tau$", "emu": r"$e\mu$",
        "etau": r"$e\tau$", "mutau": r"$\mu\tau$",
    }  # fmt: skip
    pairs = [p for p in names if any(r.pair == p for r in rows)]
    years = sorted({r.year for r in rows})
    seen: set[str] = set()

    def once(text: str) -> str | None:
        return None if text in seen or seen.add(text) else text  # type: ignore[func-returns-value]

    for row in rows:
        y = pairs.index(row.pair) + 0.18 * (years.index(row.year) - (len(years) - 1) / 2) * 2
        colour = COLOURS[years.index(row.year)]
        marker = "os"[years.index(row.year) % 2]
        x = row.scale
        if row.interval is not None:
            low, high = row.interval
            axis.errorbar(
                x, y, xerr=[[x - low], [(high or x) - x]], color=colour, marker=marker,
                capsize=3, linestyle="none", label=once(f"{row.year}: measured, 1$\\sigma$"),
            )  # fmt: skip
            if high is None:
                axis.annotate(
                    "", (8 * x, y), (x, y), arrowprops={"arrowstyle": "->", "color": colour}
                )
        else:
            both = x if row.both_chiralities is None else row.both_chiralities
            axis.plot([x, both], [y, y], color=colour, linewidth=4, solid_capstyle="butt")
            axis.annotate(
                "", (3 * both, y), (both, y), arrowprops={"arrowstyle": "->", "color": colour}
            )
            axis.plot(
                x, y, color=colour, marker=marker, linestyle="none", mfc="white",
                label=once(f"{row.year}: lower bound"),
            )  # fmt: skip
        if row.paper is not None:
            axis.plot(row.paper, y, "kx", markersize=8, label=once("paper"))
    axis.set_yticks(range(len(pairs)), [names[p] for p in pairs])
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.set_xlabel(r"$\Lambda_{ij}$ of eq. (1) [TeV]")
    axis.set_title("thick bars: one or both chiralities", fontsize=10)
    axis.grid(alpha=0.25, axis="x")
    axis.legend(fontsize=8.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
