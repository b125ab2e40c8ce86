"""Where parts of the data disagree with a point, or with each other, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, isfinite, sqrt
from typing import TYPE_CHECKING

from muoquark.inference.fit import TENSE

if TYPE_CHECKING:
    from muoquark.inference.goodness.blocks import BlockGoodness
    from muoquark.inference.goodness.pulls import Pull
    from muoquark.report.findings import PageFindings

__all__ = ["FAR", "UNLIKELY", "Disagreements", "disagreements"]

#: p-value of a block, or of all data, from which on it is said that it is described badly.
UNLIKELY = 0.01
#: Pull, in standard deviations, from which on an observable is named.
FAR = 3.0
# So many observables are named at most.
NAMED = 4


@dataclass(frozen=True)
class Disagreements:
    """What disagrees.

    Attributes
    ----------
    found
        Sentences, the weightiest first; none if nothing does.
    looked
        What was looked at, and what counts as disagreement.
    unknown, command
        What could not be told, and which command would tell; may be empty.
    """

    found: tuple[str, ...]
    looked: str
    unknown: str = ""
    command: str = ""


def disagreements(of: PageFindings, command: str = "muoquark fit CARD") -> Disagreements:
    """Return where the data disagree at the point of a result.

    Parameters
    ----------
    command
        The fit of the same card with the same data, for what only another fit could tell.
    """
    document, judged = of.document, of.judged
    tension: Mapping[str, float] = document.get("tension") or {}
    pulls = [one for one in judged.pulls if isfinite(one.here.pull)]  # those that are measured
    found = _groups(tension) + _blocks(judged.here, judged.sm) + _pulls(pulls)
    if of.groups and of.groups.get("quiet"):
        found.append(_quiet(of))
    looked = [
        f"p-values of blocks and of all data (below {UNLIKELY:g} is said)",
        f"pulls of {len(pulls)} observables (from {FAR:g} on)",
    ]
    unknown = asked = ""
    if tension:
        names = f"{', '.join(tension)}" if len(tension) < 6 else f"{len(tension)} groups"
        looked.insert(0, f"chi2 of {names} at the best fit above their own minimum (from "
                         f"{TENSE:g} on)")  # fmt: skip
    elif of.point:
        unknown = (
            "By how much each group of observables is worse here than where it would be by itself "
            "was not computed for this result; what computes it:"
        )
        asked = f"{command} --bands '{','.join(of.likelihood.groups)}'"
    return Disagreements(tuple(found), "; ".join(looked), unknown, asked)


def _groups(tension: Mapping[str, float]) -> list[str]:
    tense = sorted(((x, name) for name, x in tension.items() if x > TENSE), reverse=True)
    return [
        f"{name}: chi2 at the best fit of all data is {x:.1f} above the minimum that this group "
        "has by itself"
        for x, name in tense
    ]


def _blocks(here: Mapping[str, BlockGoodness], sm: Mapping[str, BlockGoodness]) -> list[str]:
    bad = [(one.p_value, name) for name, one in here.items() if one.p_value < UNLIKELY]
    found = []
    for p, name in sorted(bad, key=lambda pair: (pair[1] != "total", pair[0])):
        one, before = here[name], sm[name]
        what = "all data" if name == "total" else f"block {name}"
        found.append(
            f"{what}: chi2 = {one.chi2 - one.chi2_limits:.1f} for {one.dof} degrees of freedom, "
            f"p = {p:.2g} (in the SM {before.p_value:.2g})"
        )
    return found


def _pulls(pulls: Sequence[Pull]) -> list[str]:
    far = sorted((one for one in pulls if abs(one.here.pull) >= FAR),
                 key=lambda one: -abs(one.here.pull))  # fmt: skip
    if not far:
        return []
    by_chance = len(pulls) * erfc(FAR / sqrt(2))
    named = ", ".join(f"{one.label} ({one.here.pull:+.1f})" for one in far[:NAMED])
    more = f" and {len(far) - NAMED} more" if len(far) > NAMED else ""
    verb = "observable is" if len(far) == 1 else "observables are"
    return [
        f"{len(far)} of {len(pulls)} {verb} {FAR:g} standard deviations away or more, "
        f"{by_chance:.1f} expected by chance: {named}{more}"
    ]


def _quiet(of: PageFindings) -> str:
    names = " and ".join(of.groups["quiet"])
    return (
        f"Delta chi2 = {of.delta_chi2:.1f} is {of.groups['without_quiet']:.1f} without {names}, "
        "which holds no anomaly by itself and adds the rest through correlations"
    )
