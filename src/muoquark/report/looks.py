"""How groups of observables and blocks look in figures: label, colour, hatching, line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from muoquark.report.labels import own_label

__all__ = ["Look", "look_of", "looks_of"]


@dataclass(frozen=True)
class Look:
    """How a group is drawn.

    Attributes
    ----------
    label
        As in LaTeX.
    colour, hatch
        The hatching tells groups apart in grey.
    line
        A line style of matplotlib.
    """

    label: str
    colour: str
    hatch: str
    line: Any = "dashed"


# Colours that keep their order of lightness in grey (Okabe and Ito), each with its hatching.
LOOKS: dict[str, Look] = {
    "R_K(*)": Look(r"$R_{K^{(*)}}$", "#56b4e9", "////", "dashed"),
    "Bs->mumu": Look(r"BR$(B_s\to\mu^{+}\mu^{-})$", "#f0e442", "....", "dotted"),
    "b->smumu": Look(
        "$b\\to s\\mu^{+}\\mu^{-}$ branching\nratios and angular", "#009e73", "\\\\\\\\", "dashdot"
    ),
    "(g-2)_mu": Look(r"$(g-2)_\mu$", "#e69f00", "----", (0, (6, 2))),
    "R(D(*))": Look(r"$R_{D^{(*)}}$", "#d55e00", "||||", (0, (6, 1.5, 1, 1.5, 1, 1.5))),
    "Delta F = 2": Look(r"$\Delta F=2$", "#cc79a7", "xxxx", (0, (1, 1))),
    "b->smumu BR": Look(
        "$b\\to s\\mu^{+}\\mu^{-}$\nbranching ratios", "#0072b2", "++++", (0, (3, 1, 1, 1))
    ),
    "b->smumu angular": Look(
        "$b\\to s\\mu^{+}\\mu^{-}$\nangular observables", "#7a5195", "oo", (0, (4, 4))
    ),
    "b->cellnu": Look(r"$b\to c\ell\nu$", "#8c564b", "**", (0, (2, 3))),
}
# For blocks, in the order in which they are asked for.
SPARE = (
    ("#555555", "//", "dashed"),
    ("#0072b2", "\\\\", "dotted"),
    ("#882255", "xx", "dashdot"),
    ("#44aa99", "--", (0, (6, 2))),
    ("#999933", "||", (0, (1, 1))),
    ("#aa4499", "++", (0, (3, 1, 1, 1))),
)


def look_of(name: str, number: int = 0) -> Look:
    """Return the look of a group, or of the `number`-th of other names."""
    if name in LOOKS:
        return LOOKS[name]
    colour, hatch, line = SPARE[number % len(SPARE)]
    return Look(f"block {name}", colour, hatch, line)


def looks_of(names: Sequence[str]) -> dict[str, Look]:
    """Return the looks of several names, of which no two blocks look the same."""
    others = [name for name in names if name not in LOOKS]
    found = {n: look_of(n, others.index(n) if n in others else 0) for n in names}
    return {n: replace(look, label=own_label(n) or look.label) for n, look in found.items()}
