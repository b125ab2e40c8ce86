"""The table of observables of a page: pulls, what is predicted and measured, and where."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from muoquark.common.output import number
from muoquark.likelihood.units import unit
from muoquark.report.digits import decimals_of, rounded, times_ten, value_text
from muoquark.report.disagreement import FAR
from muoquark.report.html import formula

if TYPE_CHECKING:
    from muoquark.inference.goodness.pulls import Pull
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.report.findings import PageFindings

__all__ = ["HEADS", "pull_rows", "tags_of"]

#: Heads of the columns, and whether a column has numbers.
HEADS = (
    ("observable", False), ("block", False), ("SM", True), ("here", True), ("measured", True),
    ("pull SM", True), ("pull", True), ("gain", True), ("sources", False),
)  # fmt: skip
# An observable that is closer than that, in the SM and at the point, is not printed on paper.
NEAR = 1.0


def tags_of(likelihood: Likelihood) -> list[tuple[str, list[str]]]:
    """Return what observables can be chosen by: groups and blocks."""
    return [("groups", list(likelihood.groups)), ("blocks", list(likelihood.blocks))]


def pull_rows(found: PageFindings) -> list[dict[str, Any]]:
    """Return the rows of all observables, those that disagree most first."""
    likelihood = found.likelihood
    groups: dict[str, list[str]] = {}
    for name, positions in likelihood.groups.items():
        for k in positions:
            groups.setdefault(likelihood.observables[k].text, []).append(name)
    # what has no pull stands last
    ordered = sorted(
        found.judged.pulls,
        key=lambda one: -abs(one.here.pull) if isfinite(one.here.pull) else inf,
    )
    return [_row(one, groups.get(one.label, []), found) for one in ordered]


def _row(one: Pull, groups: list[str], found: PageFindings) -> dict[str, Any]:
    sources = found.sources.get(one.label, ())
    of, own = _label(one), unit(one.observable)
    words = [one.label, one.block, *groups, *(f"{s.key} {s.title}" for s in sources)]
    return {
        "name": one.label + (f" / {own}" if own else ""),
        "label": of,
        "block": one.block,
        "words": " ".join(words).lower(),
        "tags": "|".join([one.block, *groups]),
        "size": f"{abs(one.here.pull):.4f}",
        "minor": not (abs(one.here.pull) >= NEAR or abs(one.sm.pull) >= NEAR),
        "cells": _cells(one),
        "sources": sources,
    }


def _label(one: Pull) -> Any:
    """Return the TeX label, with the values of the arguments as they are."""
    from muoquark.likelihood.observable import Observable

    label = formula(Observable(one.observable).tex)
    values = ", ".join(f"{x:g}" for x in one.arguments.values())
    return label + (f" [{values}]" if values else "")


def _cells(one: Pull) -> list[tuple[str, str, str, bool]]:
    """Return head, text, order and whether it is far, of every column with numbers."""
    sm, here, measured = one.sm.value, one.here.value, one.measured
    error = one.uncertainty
    texts = [number(x, 1e-300) if isfinite(x) else "–" for x in (sm, here, measured)]
    if isfinite(measured) and 0 < error < inf:
        power, decimals = decimals_of(measured, error)
        texts = [times_ten(rounded(x, power, decimals), power) for x in (sm, here)]
        texts.append(value_text(measured, error, error))
    if not isfinite(measured):
        texts[2] = "not measured"
    values = (sm, here, measured, one.sm.pull, one.here.pull, one.gain)
    texts += [f"{x:+z.2f}" if isfinite(x) else "–" for x in (one.sm.pull, one.here.pull, one.gain)]
    far = [False, False, False, abs(one.sm.pull) >= FAR, abs(one.here.pull) >= FAR, False]
    heads = [head for head, is_number in HEADS if is_number]
    return [
        (head, text.replace("-", "−"), f"{x!r}" if isfinite(x) else "-inf", mark)
        for head, text, x, mark in zip(heads, texts, values, far, strict=True)
    ]
