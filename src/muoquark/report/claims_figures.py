"""Figures of the claims' report as PNG data: the plane, single leptoquarks, pulls, the RG flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.paper.claims.elsewhere import NOBODY, Elsewhere
from muoquark.paper.claims.record import Answer
from muoquark.paper.plane import BANDS, PRODUCT
from muoquark.report.html import data_uri
from muoquark.report.style import drawn_as, label_of, new_figure, style

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["figures"]

_DPI = 130


def figures(
    answers: Sequence[Answer], workspace: Workspace, elsewhere: Elsewhere = NOBODY
) -> dict[str, list[tuple[str, str]]]:
    """Return, for each figure that a claim refers to, data URIs with their captions."""
    wanted = {a.question.figure for a in answers if a.question.figure}
    every = {"plane": _plane, "single": _single, "pulls": _pulls, "flow": _flow}
    waiting = {
        name: [elsewhere.run(data, make, workspace) for data in workspace.data]
        for name, make in every.items()
        if name in wanted
    }
    return {name: [result() for result in results] for name, results in waiting.items()}


def _uri(figure: Any) -> str:
    return data_uri(drawn_as(figure, "png", dpi=_DPI), "png")


def _plane(workspace: Workspace, data: str) -> tuple[str, str]:
    from muoquark.report.plane import plane_figure

    fit = workspace.fit(data)
    assert fit.plane is not None
    labels = (label_of("eta3L_3"), label_of(PRODUCT))
    figure = plane_figure(fit.plane, fit.best.values, labels, f"data {data}", fit.bands)
    return _uri(figure), (
        f"The paper's Fig. 1 with the data {data}: bands with Delta chi2 < 1 of single groups, "
        f"global contours; best fit Delta chi2 = {fit.best.delta_chi2:z.1f}. Light entries of the "
        "ansatz with the coefficient -1."
    )


def _single(workspace: Workspace, data: str) -> tuple[str, str]:
    import matplotlib

    from muoquark.report.looks import look_of

    objective, (eta3, product) = workspace.plane(data), workspace.best(data)
    figure, axes = new_figure(6.4, 4.2)
    low, high = objective.bounds[0]
    x = np.linspace(low, high, 161)
    lines = ("solid", "dashed", "dotted", "dashdot")
    with matplotlib.rc_context(style()):
        points = np.column_stack([x, np.zeros_like(x)])
        axes.plot(x, 2 * objective.total(points), color="black", lw=1.8, label="all data, S3 alone")
        both = np.column_stack([x, np.full_like(x, product)])
        axes.plot(x, 2 * objective.total(both), color="0.5", lw=1.8, ls=(0, (6, 2)),
                  label="all data, S1 beside it")  # fmt: skip
        for dashes, name in zip(lines, BANDS, strict=True):
            look = look_of(name)
            label = look.label.replace("\n", " ") + ", S3 alone"
            curve = 2 * objective.part(points, [name])
            axes.plot(x, curve, color=look.colour, ls=dashes, lw=1.6, label=label)
        axes.axhline(0, color="0.6", lw=0.8)
        axes.set_xlim(low, high)
        axes.set_ylim(-15, 70)
        axes.set_xlabel(label_of("eta3L_3"))
        axes.set_ylabel(r"$\chi^2_\mathrm{SM}-\chi^2$")
        axes.set_title(f"one leptoquark alone, data {data}", fontsize=11)
        figure.legend(loc="outside right center", fontsize=8)
    return _uri(figure), (
        f"What S3 alone gains in chi2 along its coupling, and with S1 at its best product "
        f"{product:.4f} beside it (data {data}; best fit at {eta3:.3f})."
    )


def _pulls(workspace: Workspace, data: str) -> tuple[str, str]:
    import matplotlib

    (prediction,) = workspace.predictions(data, workspace.best(data))
    rows = []
    for name, (sm, measured, error) in workspace.measured(data).items():
        before, after = (sm - measured) / error, (prediction[name] - measured) / error
        rows.append((after**2 - before**2, name, before, after))
    rows.sort()
    chosen = rows[:12] + rows[-6:]
    figure, axes = new_figure(7.2, 5.2)
    with matplotlib.rc_context(style()):
        y = np.arange(len(chosen))[::-1]
        axes.plot([r[2] for r in chosen], y, "o", mfc="white", mec="black", ms=6, label="SM")
        axes.plot([r[3] for r in chosen], y, "s", color="#0072b2", ms=5, label="best fit")
        for position, (_, _, before, after) in zip(y, chosen, strict=True):
            axes.plot([before, after], [position, position], color="0.6", lw=1, zorder=0)
        axes.axvspan(-1, 1, color="0.92", zorder=-1, lw=0)
        axes.axhline(5.5, color="0.6", lw=0.8, ls="dashed")
        axes.set_yticks(y, [r[1] for r in chosen], fontsize=8)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel("pull: (prediction - measurement) / uncertainty")
        axes.set_title(f"largest gains (above) and losses (below), data {data}", fontsize=11)
        figure.legend(loc="outside lower center", ncols=2)
    return _uri(figure), (
        f"Pulls that the best fit changes most, data {data}: the twelve largest gains in chi2 and "
        "the six largest losses; correlations are neglected here."
    )


def _flow(workspace: Workspace, data: str) -> tuple[str, str]:
    from muoquark.report.theory_figures import flow_figure, picture

    top = workspace.theory(data).top
    png = picture(flow_figure(top.flow, top.vacuum))
    return data_uri(png, "png"), (
        f"The best fit with the data {data} run to the Planck scale at {top.flow.loops} loops, new "
        "quartics zero at 3 TeV."
    )
