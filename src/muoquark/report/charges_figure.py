"""Pictures of a catalogue of U(1)_X: what meets the conditions, charges, and fits of a Z'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.report.style import empty_figure, style
from muoquark.symmetry.conditions import CONDITIONS
from muoquark.symmetry.ladder import Judgement

if TYPE_CHECKING:
    from muoquark.boson.catalogue import ZPrimes

__all__ = ["SHOWN", "catalogue_figure", "zprimes_figure"]

#: Assignments whose charges are drawn: those that meet most conditions, smallest charges first.
SHOWN = 18
# Rows that there is room for, at least.
LEAST = 9
GENERATIONS = ("e", r"\mu", r"\tau")
# Of a leptoquark's name in TeX.
LEPTOQUARKS = {"R2t": r"\tilde R_2", "S1t": r"\tilde S_1"}


def catalogue_figure(
    judged: Sequence[Judgement], ladder: Mapping[str, Mapping[str, int]], maximum: int
) -> Any:
    """Draw how many assignments meet the conditions together, and the charges of the best ones.

    Parameters
    ----------
    judged
        What was selected.
    ladder
        By leptoquarks, how many of all solutions meet each condition and those before it.
    maximum
        The largest integer charge that was looked for.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib

    shown = sorted(judged, key=_order)[:SHOWN]
    with matplotlib.rc_context(style()):
        figure = empty_figure(7.0, 1.5 + 0.24 * max(len(shown), LEAST))
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.7))
        _ladder(left, ladder)
        left.set_title(f"anomaly-free, charges up to {maximum}", fontsize=9)
        if shown:
            _charges(right, shown)
        else:
            right.set_axis_off()
        many = len(judged) > len(shown)
        which = f"{len(shown)} of the {len(judged)} selected, which meet most" if many else (
            f"{len(shown)} selected")  # fmt: skip
        alike = all(one.assignment.L == one.assignment.E for one in shown)
        right.set_title(which + (r"; $\ell$: doublets and $e_R$" if alike else ""), fontsize=9)
    return figure


def _order(one: Judgement) -> tuple[int, Fraction, str]:
    integers, _ = one.assignment.integers()
    return -len(one.met), max(abs(Fraction(x)) for x in integers.numbers()), one.text


def _ladder(axes: Any, ladder: Mapping[str, Mapping[str, int]]) -> None:
    """Bars side by side for each set of leptoquarks; the numbers stand on them."""
    places = np.arange(len(CONDITIONS))
    width = 0.8 / len(ladder)
    greys = np.linspace(0.35, 0.85, len(ladder)) if len(ladder) > 1 else [0.55]
    hatches = ("", "///", "...", "\\\\\\", "xxx", "+++", "ooo")
    for k, (group, counts) in enumerate(ladder.items()):
        at = places + (k - (len(ladder) - 1) / 2) * width
        values = list(counts.values())
        label = " + ".join(f"${_tex(name)}$" for name in group.split(","))
        axes.bar(at, values, width, color=str(greys[k]), edgecolor="black", lw=0.5, label=label,
                 hatch=hatches[k % len(hatches)])  # fmt: skip
        if len(ladder) == 1:
            for x, value in zip(at, values, strict=True):
                axes.annotate(str(value), (x, value), (0, 2), textcoords="offset points",
                              ha="center", fontsize=8)  # fmt: skip
    largest = max(max(counts.values()) for counts in ladder.values())
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0, 2.5 * max(largest, 1))
    names = [("" if k == 0 else "+ ") + name for k, name in enumerate(CONDITIONS)]
    axes.set_xticks(places, names, fontsize=9)
    axes.tick_params(axis="x", which="both", length=0)
    axes.set_xlabel("conditions met together", fontsize=9)
    axes.set_ylabel("solutions", fontsize=9)
    if len(ladder) == 1:
        axes.legend(fontsize=8, loc="upper right")
    else:
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)


def _tex(name: str) -> str:
    return LEPTOQUARKS.get(name, f"{name[0]}_{name[1:]}")


def _text(value: Any) -> str:
    return str(Fraction(value))


def _charges(axes: Any, shown: Sequence[Judgement]) -> None:
    """Draw a table of charges, the size of each as a shade: red positive, blue negative."""
    from matplotlib.colors import TwoSlopeNorm

    universal = all(one.assignment.universal for one in shown)
    quarks = ["q"] if universal else ["q_1", "q_2", "q_3"]
    chiral = any(one.assignment.L != one.assignment.E for one in shown)
    neutrinos = any(one.assignment.L != one.assignment.N for one in shown)
    heads = [*quarks, *(rf"\ell_{{{g}}}" for g in GENERATIONS)]
    heads += [rf"{g}_R" for g in GENERATIONS] if chiral else []
    heads += [rf"\nu_{{{g}}}" for g in GENERATIONS] if neutrinos else []
    names = shown[0].leptoquarks
    heads += [r"\Phi", *(_tex(name) for name in names)]
    rows: list[list[Any]] = []
    for one in shown:
        a = one.assignment
        own = {f.name: f.X[0] for f in one.fields() if f.name in names}
        row: list[Any] = [a.k[0]] if universal else list(a.k)
        row += [*a.L, *(a.E if chiral else ()), *(a.N if neutrinos else ())]
        rows.append([*row, one.phi, *(own[name] for name in names)])
    values = np.array([[np.nan if x is None else float(x) for x in row] for row in rows])
    size = max(float(np.nanmax(np.abs(values))), 1e-9)
    norm = TwoSlopeNorm(0.0, -1.6 * size, 1.6 * size)  # pale, so that the numbers can be read
    axes.imshow(values, cmap="RdBu_r", norm=norm, aspect="auto")
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            text = "any" if x is None else _text(x)
            axes.text(j, i, text.replace("-", "\N{MINUS SIGN}"), ha="center", va="center",
                      fontsize=6.5)  # fmt: skip
    axes.set_xticks(range(len(heads)), [f"${h}$" for h in heads], fontsize=8)
    met = [", ".join(n for n in CONDITIONS if n in one.met) for one in shown]
    met = ["all" if one.complete else text for one, text in zip(shown, met, strict=True)]
    axes.set_yticks(range(len(rows)), met, fontsize=7)
    axes.tick_params(which="both", length=0, top=False, right=False)
    axes.tick_params(axis="x", labeltop=True, labelbottom=False)
    for edge in np.arange(len(rows) - 1) + 0.5:
        axes.axhline(edge, color="white", lw=0.8)
    if len(rows) < LEAST:
        axes.set_ylim(LEAST - 0.5, -0.5)
        axes.spines[:].set_visible(False)
    else:
        axes.set_ylabel("conditions met", fontsize=9)


def zprimes_figure(found: ZPrimes, shown: int = SHOWN, title: str = "") -> Any:
    """Draw by how much each Z' is preferred to the SM, and of that b -> s mu mu alone.

    Parameters
    ----------
    shown
        The first so many; S3 stands among them, or below with its place in the ranking.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib

    place = [k for k, one in enumerate(found.ranked) if k < shown or one.assignment is None]
    with matplotlib.rc_context(style()):
        figure = empty_figure(5.6, 1.2 + 0.24 * len(place))
        axes = figure.add_subplot()
        at = np.arange(len(place))
        for y, k in zip(at, place, strict=True):
            one = found.ranked[k]
            mine = one.assignment is not None
            axes.barh(y, one.delta_chi2, 0.7, color="0.8" if mine else "#e69f00",
                      edgecolor="black", lw=0.5, hatch="" if mine else "////")  # fmt: skip
            alone = one.parts.get("b->smumu")
            if alone is not None:
                axes.plot([alone], [y], marker="D", ms=3.5, color="black", ls="none",
                          label=r"$b\to s\mu\mu$ alone" if y == 0 else None)  # fmt: skip
        names = [f"{found.ranked[k].name}   {k + 1}" for k in place]
        axes.set_yticks(at, names, fontsize=7)
        axes.tick_params(axis="y", which="both", length=0)
        axes.invert_yaxis()
        axes.set_xlabel(r"$\Delta\chi^2$ to the SM, two parameters each")
        axes.set_title(title, fontsize=9)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, loc="lower right")
    return figure
