"""How much of Delta chi2 hangs on a group of observables through correlations.

A group can gain nothing by itself and yet carry a large part of Delta chi2: if it fixes a parameter
that another group's predictions depend on (Delta F = 2 and V_cb, on which the rates of b -> s mu mu
depend).  What is said of a group here:

alone
    Delta chi2 of its observables by themselves.
with_correlations
    Delta chi2 of all data less that of all data but its observables: what goes if it goes.
without
    Delta chi2 of all data but its observables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from muoquark.likelihood.forward import Forward
from muoquark.likelihood.likelihood import Likelihood

__all__ = ["DEFINITION", "QUIET", "Conditional", "GroupShare", "conditional"]

# A group that changes chi2 by less than this holds no anomaly, and one that changes it by less
# through correlations needs no mention.
QUIET = 1.0

DEFINITION = {
    "alone": "Delta chi2 of the group's observables by themselves",
    "with_correlations": "Delta chi2 of all data less that of all data without the group: what the "
    "group adds, what comes through correlations with others included",
    "without": "Delta chi2 of all data without the group",
    "quiet": f"groups that change chi2 by less than {QUIET:g} alone, but by more than that through "
    "correlations: they hold no anomaly, and lend weight to that of others",
    "without_quiet": "Delta chi2 of all data without these groups",
}


@dataclass(frozen=True)
class GroupShare:
    """One group; names as in :data:`DEFINITION`."""

    alone: float
    with_correlations: float
    without: float


@dataclass(frozen=True)
class Conditional:
    """Delta chi2 of a point to the SM, group by group; names as in :data:`DEFINITION`.

    Attributes
    ----------
    groups
        By name.
    quiet, without_quiet
        Groups that hold no anomaly, and what is left without them.
    """

    groups: Mapping[str, GroupShare]
    quiet: tuple[str, ...]
    without_quiet: float

    def record(self) -> dict[str, Any]:
        """Return the numbers as plain data."""
        return {
            "definition": DEFINITION,
            "groups": {name: dict(vars(one)) for name, one in self.groups.items()},
            "quiet": list(self.quiet),
            "without_quiet": self.without_quiet,
        }

    def sentence(self) -> str:
        """Return what is to be said, empty if nothing."""
        if not self.quiet:
            return ""
        names = " and ".join(self.quiet)
        return (
            f"Delta chi2 is {self.without_quiet:.1f} without {names}, which holds no anomaly by "
            "itself and adds the rest through correlations of theory errors"
        )


def conditional(likelihood: Likelihood, forward: Forward, inputs: np.ndarray) -> Conditional:
    """Return the shares of all groups at a point.

    Parameters
    ----------
    forward, inputs
        The pass for numpy (``Likelihood.forward``) and what it takes, (n,).
    """
    count = len(likelihood.observables)
    groups = {name: set(positions) for name, positions in likelihood.groups.items() if positions}

    def evaluated(wanted: Mapping[str, list[int]]) -> dict[str, float]:
        judge = likelihood.judge_of(wanted)
        parts = replace(forward, judge=judge).evaluate(inputs).parts
        return dict(zip((*likelihood.blocks, *wanted), map(float, parts), strict=True))

    rest = {name: [k for k in range(count) if k not in own] for name, own in groups.items()}
    alone = {name: sorted(own) for name, own in groups.items()}
    found = evaluated({f"without {name}": rest[name] for name in groups} | alone)
    total = 2 * sum(found[name] for name in likelihood.blocks)
    shares = {
        name: GroupShare(
            2 * found[name], total - 2 * found[f"without {name}"], 2 * found[f"without {name}"]
        )
        for name in groups
    }
    quiet = tuple(
        name
        for name, one in shares.items()
        if abs(one.alone) < QUIET and abs(one.with_correlations - one.alone) > QUIET
    )
    left = total
    if quiet:
        gone = set().union(*(groups[name] for name in quiet))
        last = evaluated({"left": [k for k in range(count) if k not in gone]})
        left = 2 * last["left"]
    return Conditional(shares, quiet, left)
