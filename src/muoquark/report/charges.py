"""The explanation of one charge assignment as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from muoquark.symmetry.explanation import Explanation, PhiExplanation
from muoquark.symmetry.textures import Pattern

if TYPE_CHECKING:
    from muoquark.boson.catalogue import ZPrimes

__all__ = ["explanation_lines", "zprime_csv"]


def zprime_csv(found: ZPrimes) -> str:
    """Return all candidates as a table of comma-separated values, best first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    parts = list(found.ranked[0].parts)
    ratios = list(found.ranked[0].ratios)
    first = ["charges", "delta_chi2", "mX_over_gX_GeV", "gX", "t23", "tails"]
    writer.writerow([*first, *(f"{name}/SM" for name in ratios), *parts])
    for one in found.ranked:
        numbers = [one.delta_chi2, one.ratio, one.values.get("gX"), one.values.get("t23")]
        rest = [*(one.ratios[name] for name in ratios), *(one.parts[name] for name in parts)]
        writer.writerow([one.name, *numbers, one.tails, *rest])
    return stream.getvalue()


def explanation_lines(found: Explanation) -> Iterator[str]:
    """Yield the explanation as lines of text."""
    yield str(found.assignment)
    scalars = ", ".join(f"X({name}) = {x}" for name, x in found.leptoquarks.items())
    yield f"leptoquarks that couple to the muon: {scalars}"
    yield ""
    yield "Anomalies"
    for anomaly in found.anomalies:
        yield f"  {anomaly}"
    if not found.anomaly_free:
        yield "  NOT free of anomalies: this U(1)_X cannot be gauged with these fields alone"
    yield ""
    yield "What Phi opens, for each charge that matters (any other charge: nothing)"
    for opened in found.phi_charges:
        yield f"  X_Phi = {opened.charge}: {', '.join(opened.operators)}"
    for choice in found.choices:
        yield ""
        yield from _lines(choice)


def _lines(choice: PhiExplanation) -> Iterator[str]:
    yield f"X_Phi = {choice.phi}"
    for verdict in choice.verdicts:
        word = "yes" if verdict.holds else "NO"
        yield f"  {verdict.condition + ')':4} {word:3}  {verdict.reason}"
    yield f"  Dirac matrix     {_matrix(_marks(choice.texture.dirac))}"
    yield f"  Majorana matrix  {_matrix(choice.majorana)}"
    yield f"  light masses     {_matrix(_marks(choice.texture.light))}"
    yield f"  remnant symmetry: {choice.remnant}"
    yield "  proton: " + (
        "stable to all orders" if choice.proton_stable else "not protected to all orders"
    )
    for decay in choice.proton_decay[:4]:
        phis = f" with {decay.insertions} Phi" if decay.insertions else ""
        yield f"    {decay.operator}{phis}: dimension {decay.dimension}"
    for kind, text in (("charged", "without nu_R"), ("all", "with nu_R")):
        kept = [name for name, holds in choice.symmetries[kind].items() if holds]
        yield f"  conserved up to dimension four, {text}: {', '.join(kept) or 'nothing'}"


def _marks(pattern: Pattern) -> list[list[str]]:
    return [["x" if entry else "" for entry in row] for row in pattern]


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    return "[" + "; ".join(" ".join(entry or "." for entry in row) for row in rows) + "]"
