"""The picture of ``muoquark lhc``: coupling against mass."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.collider.plane import FitBand, MassPlane, entries_of
from muoquark.likelihood.highpt.folding import CHANNELS
from muoquark.model.point import Point
from muoquark.report.labels import label_of
from muoquark.report.style import BESIDE, empty_figure, style

__all__ = ["lhc_figure"]

# Okabe and Ito; hatching and lines tell regions apart in grey
PAIRS, TAILS, LATER, FIT = "#999999", "#d55e00", "#0072b2", "#009e73"
#: Searches alone are drawn if their limit is at most so many times that of all together.
NEAR = 1.6
NAMES = {
    "dimuon": r"$\mu\mu$", "dielectron": r"$ee$", "ditau": r"$\tau\tau$",
    "monomuon": r"$\mu\nu$", "monoelectron": r"$e\nu$", "monotau": r"$\tau\nu$",
    "muontau": r"$\mu\tau$", "electrontau": r"$e\tau$", "electronmuon": r"$e\mu$",
}  # fmt: skip
_LINES: tuple[Any, ...] = ((0, (1, 1)), (0, (3, 1, 1, 1)), (0, (5, 1, 1, 1, 1, 1)))
# Below this share of the perturbative limit a linear axis shows nothing.
_SMALL = 0.08


def lhc_figure(plane: MassPlane, point: Point, title: str = "", width: float | None = None) -> Any:
    """Draw a plane.

    Parameters
    ----------
    plane
        What is drawn.
    point
        Whose model gives the names.
    title
        Above the figure.
    width
        What it will have, in inches: below `BESIDE` the legend stands under it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib
    from matplotlib.lines import Line2D

    with matplotlib.rc_context(style()):
        beside = width is None or width > BESIDE
        figure = empty_figure(7.6, 4.8) if beside else empty_figure(3.4, 4.8)
        axes = figure.add_subplot()
        masses = np.geomspace(plane.masses[0], plane.masses[-1], 400)
        low, high, logarithmic = _range(plane)
        if logarithmic:
            axes.set_yscale("log")
        axes.set_xlim(masses[0] / 1000, masses[-1] / 1000)
        axes.set_ylim(low, high)
        handles: list[Any] = []
        if plane.band is not None:
            handles += _fit(axes, plane, plane.band, masses, low, high, logarithmic)
        handles += _tails(axes, plane, masses, high)
        handles += _pairs(axes, plane)
        axes.axhspan(plane.perturbative, high, facecolor="0.85", edgecolor="0.4", hatch="xx", lw=0)
        axes.axhline(plane.perturbative, color="0.35", lw=0.9)
        handles.append(_patch("0.85", "xx", r"not perturbative, $|y|>\sqrt{4\pi}$", "0.4"))
        if masses[0] <= plane.mass <= masses[-1]:
            axes.plot(plane.mass / 1000, plane.value, "*", ms=12, mfc="white", mec="black",
                      clip_on=False, zorder=8)  # fmt: skip
            handles.append(
                Line2D(
                    [], [], ls="", marker="*", ms=11, mfc="white", mec="black", label="this point"
                )
            )
        symbol = label_of(str(plane.entry), point.model)
        axes.set_xlabel(f"$M_{{{point.model.label(plane.field)}}}$ [TeV]")
        axes.set_ylabel(f"$|{symbol.strip('$')}|$")
        others = sorted({field for field, _, _ in entries_of(point).values()} - {plane.field})
        if others:
            text = ", ".join(
                f"$M_{{{point.model.label(name)}}} = {point.masses[name] / 1000:.4g}$ TeV"
                for name in others
            )
            axes.annotate(f"with {text}", (0.98, 0.02), xycoords="axes fraction", ha="right",
                          va="bottom", fontsize=9, zorder=9)  # fmt: skip
        if title:
            axes.set_title(title, fontsize=11)
        legend = figure.legend(
            handles=handles, loc=f"outside {'right' if beside else 'lower'} center",
            handlelength=2.4, ncols=1 if beside else 2,
        )  # fmt: skip
        heads = ("95 % CL", _FIT_HEAD)
        for text in legend.get_texts():
            if text.get_text().startswith(heads):
                text.set_style("italic")
    return figure


_FIT_HEAD = "fit without Drell–Yan"


def _range(plane: MassPlane) -> tuple[float, float, bool]:
    """Return the range of the coupling, and whether its axis is logarithmic."""
    high = 1.12 * plane.perturbative
    interesting = [plane.value] if plane.masses[0] <= plane.mass <= plane.masses[-1] else []
    if plane.band is not None:
        band = plane.band
        delta = band.chi2 - band.chi2.min(axis=1, keepdims=True)
        inside = band.shares[np.any(delta < 4, axis=0)]
        interesting.append(float(inside.max()) * plane.masses[-1] / plane.mass * plane.value)
    interesting += [float(x) for x in plane.tails.get("now", []) if np.isfinite(x)][-1:]
    smallest = min([x for x in interesting if x > 0], default=high)
    if smallest > _SMALL * plane.perturbative:
        return 0.0, high, False
    return max(smallest / 20, 1e-4), high * 1.2, True


def _patch(colour: str, hatch: str, label: str, edge: str | None = None) -> Any:
    import matplotlib
    from matplotlib.patches import Patch

    face = (*matplotlib.colors.to_rgb(colour), 0.35)
    return Patch(facecolor=face, edgecolor=edge or colour, hatch=hatch, lw=0.8, label=label)


def _curve(plane: MassPlane, values: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return a limit between the masses where it was calculated; y/M is smooth. nan for none."""
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isfinite(values), values / plane.masses, np.nan)
    return np.asarray(np.interp(masses, plane.masses, ratio) * masses)


def _tails(axes: Any, plane: MassPlane, masses: np.ndarray, high: float) -> list[Any]:
    from matplotlib.lines import Line2D

    if not plane.tails:
        return []
    x = masses / 1000
    now = _curve(plane, plane.tails["now"], masses)
    handles: list[Any] = []
    drawn = np.nan_to_num(now, nan=np.inf) < plane.perturbative
    if drawn.any():
        where = "" if plane.field in CHANNELS else " in the EFT"
        handles.append(Line2D([], [], ls="", label=f"95 % CL, Drell–Yan{where}"))
        axes.fill_between(x, now, high, color=TAILS, alpha=0.18, lw=0)
        axes.plot(x, now, color=TAILS, lw=1.8)
        handles.append(_patch(TAILS, "", "Run 2, nine searches"))
        alone = sorted(
            (float(np.nanmedian(_curve(plane, values, masses) / now)), block)
            for block, values in plane.searches.items() if np.isfinite(values).any()
        )  # fmt: skip
        near = [block for ratio, block in alone if ratio < NEAR]
        for line, block in zip(_LINES, near if len(near) > 1 else [], strict=False):
            axes.plot(x, _curve(plane, plane.searches[block], masses), color=TAILS, lw=1.1, ls=line)
            handles.append(
                Line2D(
                    [], [], color=TAILS, lw=1.1, ls=line, label=f"  {NAMES.get(block, block)} alone"
                )
            )
    ends = [_curve(plane, plane.tails[case], masses) for case in ("rescaled", "relative")]
    if any((np.nan_to_num(end, nan=np.inf) < plane.perturbative).any() for end in ends):
        axes.fill_between(x, *ends, facecolor="none", edgecolor=LATER, hatch="////", lw=0)
        for end, line in zip(ends, ("solid", "dashed"), strict=True):
            axes.plot(x, end, color=LATER, lw=1.3, ls=line)
        handles += [
            Line2D([], [], color=LATER, lw=1.3, label="HL-LHC, errors rescaled"),
            Line2D([], [], color=LATER, lw=1.3, ls="dashed", label="HL-LHC, errors relative"),
        ]
    if not handles:
        handles.append(Line2D([], [], ls="", label="no perturbative limit of Drell–Yan"))
    return handles


def _pairs(axes: Any, plane: MassPlane) -> list[Any]:
    from matplotlib.lines import Line2D

    handles: list[Any] = []
    today, then = plane.pairs.get("today"), plane.pairs.get("2021")
    left = plane.masses[0] / 1000
    if today is not None and today / 1000 > left:
        axes.axvspan(left, today / 1000, facecolor=PAIRS, alpha=0.35, lw=0, zorder=3)
        axes.axvline(today / 1000, color="0.25", lw=1.2, zorder=3)
        handles.append(_patch(PAIRS, "", f"pairs, today: {today / 1000:.2f} TeV", "0.25"))
    if then is not None and then / 1000 > left:
        axes.axvline(then / 1000, color="0.25", lw=1.2, ls="dotted", zorder=3)
        handles.append(
            Line2D(
                [],
                [],
                color="0.25",
                lw=1.2,
                ls="dotted",
                label=f"pairs, 2021: {then / 1000:.2f} TeV",
            )
        )
    for (kappa, mass), line in zip(
        sorted(plane.vectors.items()), ("dotted", "solid"), strict=False
    ):
        axes.axvline(mass / 1000, color="0.25", lw=1.2, ls=line, zorder=3)
        label = rf"pairs, $\kappa={kappa}$: {mass / 1000:.2f} TeV"
        handles.append(Line2D([], [], color="0.25", lw=1.2, ls=line, label=label))
    return handles


def _fit(
    axes: Any,
    plane: MassPlane,
    band: FitBand,
    masses: np.ndarray,
    low: float,
    high: float,
    logarithmic: bool,
) -> list[Any]:
    """Draw Delta chi2 < 1 and < 4, from the minimum at each mass."""
    from matplotlib.lines import Line2D

    top = min(high, plane.perturbative)
    y = np.geomspace(low, top, 500) if logarithmic else np.linspace(low, top, 500)
    share = np.outer(1 / masses, y) * plane.mass / plane.value
    delta = band.chi2 - band.chi2.min(axis=1, keepdims=True)
    delta = np.minimum(delta, 100.0)
    pairs = zip(share, _between(band, masses, delta), strict=True)
    rows = np.array([np.interp(one, band.shares, row, right=100.0) for one, row in pairs])
    for level, alpha in ((4.0, 0.28), (1.0, 0.45)):
        axes.contourf(masses / 1000, y, rows.T, [-1.0, level], colors=[FIT], alpha=alpha, zorder=2)
    axes.contour(masses / 1000, y, rows.T, [1.0, 4.0], colors=[FIT], linewidths=(1.1, 0.8),
                 linestyles=("solid", "dashed"), zorder=4)  # fmt: skip
    return [
        Line2D([], [], ls="", label=f"{_FIT_HEAD} ({band.data})"),
        _patch(FIT, "", r"$\Delta\chi^2<1$ at each mass"),
        Line2D([], [], color=FIT, lw=0.8, ls="dashed", label=r"$\Delta\chi^2<4$"),
    ]


def _between(band: FitBand, masses: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Return Delta chi2 on the band's shares for other masses, (masses, shares)."""
    logs = np.log(band.masses)
    columns = [np.interp(np.log(masses), logs, delta[:, k]) for k in range(delta.shape[1])]
    return np.array(columns).T
