"""The verdict of the LHC on a point, in sentences with channel and reference."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from muoquark.collider.limits import DATES
from muoquark.collider.tails import LUMINOSITY

if TYPE_CHECKING:
    from muoquark.collider.exclusion import PairRatio
    from muoquark.collider.verdict import LhcAnalysis

__all__ = ["verdict_of"]

_WHEN = {"2021": "with the limits of July 2021", "today": "with those of today"}
# So many pairs are few: fewer than a search could tell from nothing.
_FEW = 3.0
# From this share of a search's branching ratio on a limit on vectors is taken as it is.
_ALIKE = 0.9


def verdict_of(found: LhcAnalysis) -> tuple[str, ...]:
    """Return the sentences: each heavy field on its own, then Drell-Yan, then HL-LHC."""
    sentences = []
    for name in found.point.masses:
        own = [one for one in found.decays if one.component.field.name == name]
        head = f"{name} ({found.point.masses[name] / 1000:.4g} TeV)"
        if not any(one.branching for one in own):
            sentences.append(
                f"{head}: decays to nothing listed, pairs of it are not searched for here"
            )
        elif own[0].component.field.spin == "vector":
            sentences.append(f"{head}: {_vector(found, name)}")
        elif not own[0].component.rated:
            sentences.append(f"{head}: rates of pairs are not known for its colour")
        else:
            sentences.append(f"{head}: {_scalar(found, name)}")
    return (*sentences, *_tails(found), *_later(found))


def _ratio(one: PairRatio) -> str:
    """Return a ratio with its error, channel and reference."""
    size = (
        f"r = {one.r:.2g} ({one.low:.2g} to {one.high:.2g})"
        if not one.bound
        else f"r < {one.r:.2g}"
    )
    return f"{one.limit.name}, {size}, {one.limit.source}"


def _scalar(found: LhcAnalysis, name: str) -> str:
    parts = []
    for date in DATES:
        rows = [one for one in found.ratios if one.field == name and one.known(date)]
        excluded = [one for one in rows if one.excluded]
        if excluded:
            text = f"excluded by pair production ({_ratio(excluded[0])})"
            if excluded[0].low < 1:
                text += ", within the error of the rate it is not"
        elif not rows:
            text = "no limit on pairs is listed for its decays"
        elif rows[0].r > 1:
            text = (
                f"no statement: below 800 GeV its small branching ratios are not compared "
                f"({_ratio(rows[0])})"
            )
        else:
            text = f"not excluded by pair production (nearest: {_ratio(rows[0])})"
        parts.append(f"{_WHEN[date]} {text}")
    return "; ".join(parts)


def _vector(found: LhcAnalysis, name: str) -> str:
    rows = [one for one in found.vectors if one.component.partition("(")[0] == name]
    if not rows:
        return "no limit on pairs of vectors is listed for its decays"
    parts = []
    for kappa in (1, 0):
        chosen = [one for one in rows if one.limit.kappa == kappa]
        alike = [one for one in chosen if one.share >= _ALIKE]
        if not chosen:
            parts.append(f"kappa = {kappa}: none is listed")
            continue
        best = max(alike or chosen, key=lambda one: one.limit.mass)
        what = (
            f"{best.limit.name} for BR = {best.limit.br:g}, here {best.share * best.limit.br:.2g}; "
            f"{best.limit.source}"
        )
        if not alike:
            parts.append(f"kappa = {kappa}: none for such branching ratios ({what})")
        elif best.mass < best.limit.mass:
            parts.append(f"kappa = {kappa}: excluded, {best.limit.mass:g} GeV ({what})")
        else:
            parts.append(f"kappa = {kappa}: not excluded, {best.limit.mass:g} GeV ({what})")
    return f"published limits on pairs, no rate of its own; {'; '.join(parts)}"


def _tails(found: LhcAnalysis) -> list[str]:
    tails = found.tails
    if tails is None or not tails.factor:
        return []
    now = tails.factor["now"]
    alone = tails.by_search["now"]
    best = min(alone, key=lambda block: alone[block])
    if not isfinite(now):
        return ["Drell-Yan with Run 2 does not touch it"]
    if now > found.perturbative:
        return [
            f"Drell-Yan with Run 2 does not constrain it: couplings would be {now:.3g} times these "
            f"(95 % CL, tree level), which perturbativity ends at {found.perturbative:.3g} times"
        ]
    word = "excludes it" if now < 1 else "allows it"
    return [
        f"Drell-Yan with Run 2 {word}: all couplings may be {now:.3g} times these (95 % CL, tree "
        f"level, nine searches; {best} alone: {alone[best]:.3g})"
    ]


def _later(found: LhcAnalysis) -> list[str]:
    sentences = []
    pairs = {name: rates["14"] for name, rates in found.rates.items()}
    seen = [one for one in found.decays if one.branching and one.component.name in pairs]
    if seen:
        counts = []
        for one in seen:
            rate = pairs[one.component.name]
            sign = "less than " if rate.bound else ""
            counts.append(f"{sign}{rate.value * LUMINOSITY:.2g} of {one.component.name}")
        few = all(pairs[one.component.name].value * LUMINOSITY < _FEW for one in seen)
        end = ": too few to be seen" if few else ""
        sentences.append(
            f"HL-LHC ({LUMINOSITY:g}/fb at 14 TeV) produces {', '.join(counts)} in pairs{end}"
        )
    tails = found.tails
    if tails is not None and isfinite(tails.factor.get("rescaled", float("inf"))):
        low, high = tails.factor["rescaled"], tails.factor["relative"]
        if low > found.perturbative:
            return sentences
        if high < 1:
            word = "will see it"
        elif low < 1:
            word = "will see it if errors shrink as the root of the luminosity, else not"
        else:
            word = "will not see it"
        sentences.append(
            f"Drell-Yan at HL-LHC {word}: it reaches {low:.3g} (errors rescaled) to {high:.3g} "
            "(relative) times these couplings"
        )
    return sentences
