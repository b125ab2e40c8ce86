"""Section 2.4: the benchmark beside the limits from pairs, of the paper's day and of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muoquark.paper.claims.record import Finding, decide, question
from muoquark.paper.claims.workspace import MASS

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["direct_searches"]


@question(
    "theory.direct-searches",
    "section 2.4, third paragraph",
    "The benchmark of 3 TeV is well beyond direct searches",
    "3 TeV",
    "at least 1.5 times the mass below which pairs exclude S3 or S1 with the benchmark's couplings",
    "muoquark reproduce --data {data} --only theory.direct-searches",
    unit="benchmark / limit",
    with_data=True,
)
def direct_searches(ws: Workspace, data: str) -> Finding:
    """Compare the benchmark's decays with the limits that were published until the data's day."""
    from muoquark.collider.decays import decays
    from muoquark.collider.exclusion import mass_limit, pair_ratios
    from muoquark.model.card_file import builtin_card

    date = "2021" if ws.year(data) == 2021 else "today"
    point = builtin_card("paper").point()
    limits: dict[str, float] = {}
    texts, numbers = [], {}
    for field in point.masses:
        rows = [x for x in pair_ratios(decays(point)) if x.known(date) and x.field == field]

        def at(mass: float, field: str = field) -> list[object]:
            there = point.replace(masses={**point.masses, field: mass})
            return [one for one in decays(there) if one.component.field.name == field]

        found = mass_limit(at, date)  # type: ignore[arg-type]
        limits[field] = 0.0 if found is None else found
        numbers[f"M > {field}"], numbers[f"r {field}"] = limits[field], rows[0].r
        texts.append(
            f"{field} > {limits[field]:.0f} GeV; at {MASS:g} GeV r = {rows[0].r:.1g} "
            f"({rows[0].limit.name}, {rows[0].limit.source})"
        )
    top = max(limits, key=lambda name: limits[name])
    ratio = MASS / limits[top]
    return Finding(
        f"strongest limit {limits[top]:.0f} GeV ({top}): the benchmark is {ratio:.2f} times it",
        decide(ratio >= 1.5),
        "; ".join(texts),
        value=ratio,
        numbers=numbers,
    )
