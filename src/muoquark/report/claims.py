"""The judged claims as Markdown and as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from muoquark.common.provenance import snapshot_name
from muoquark.paper.claims.record import VERDICTS, Answer

__all__ = ["NOT_IN", "as_html", "as_markdown", "counts"]

#: What the calculation does not hold; shown with every report.
NOT_IN = (
    "The gauge boson of U(1)_X, Phi and nu_R are decoupled in matching and likelihood, as in the "
    "paper; that this limit is harmless is looked at in fit.decoupling, X as a mediator in "
    "fit.z-prime, both at tree level.",
    "Theory errors are those of the Standard Model, as in smelli.",
    "Single and resonant production of leptoquarks.",
    "Matching of R2: its role is judged by its couplings, its tree-level current and its dipole.",
    "The lifetime of a metastable vacuum, and the one-loop effective potential.",
    "The paper's own software of 2021: its Delta chi2 is compared with, not run.",
)

# A sign beside each verdict, so that none depends on colour.
_SIGNS = dict(zip(VERDICTS, ("✓", "≈", "✗", "–"), strict=True))
_CLASSES = dict(zip(VERDICTS, ("yes", "change", "no", "none"), strict=True))
_NO_DATA = "no data enter"
_OURS = "a row of ours"


def counts(answers: Sequence[Answer], data: str) -> dict[str, int]:
    """Return how many claims have each verdict with a snapshot."""
    found = [one.finding(data).verdict for one in answers]
    return {verdict: found.count(verdict) for verdict in VERDICTS}


def _summary(answers: Sequence[Answer], data: str) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in counts(answers, data).items())


def as_markdown(answers: Sequence[Answer], data: Sequence[str], inputs: Mapping[str, Any]) -> str:
    """Return the report as Markdown that reads well in a terminal."""
    lines = ["# The paper's claims, computed and judged", ""]
    lines += [f"- data {name}: {_summary(answers, name)}" for name in data]
    for name in data:
        others = [one for one in answers if one.finding(name).verdict != VERDICTS[0]]
        if others:
            lines += ["", f"Not simply reproduced with {name}:", ""]
        for one in others:
            f = one.finding(name)
            lines.append(f"- {_SIGNS[f.verdict]} {one.question.name}: {f.text}. {f.reason}")
    lines += ["", "| claim | paper | " + " | ".join(data) + " |"]
    lines += ["|---|---|" + "---|" * len(data)]
    for one in answers:
        cells = [f"{_SIGNS[f.verdict]} {f.text}" for f in (one.finding(name) for name in data)]
        row = [one.question.name, one.question.paper, *cells]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    lines += ["", ", ".join(f"{sign} {verdict}" for verdict, sign in _SIGNS.items()) + ".", ""]
    for one in answers:
        q = one.question
        lines += [f"## {q.name}", "", f"{q.statement} ({_place(one)}).", ""]
        lines += [f"- paper: {q.paper}", f"- criterion: {q.criterion}"]
        for f in one.findings:
            lines.append(f"- {f.data or _NO_DATA}: {f.text}. **{f.verdict}**: {f.reason}")
        lines += [f"- computed by `{q.call}`; `{_command(one, data)}`", ""]
    lines += ["## What is not in the calculation", "", *(f"- {text}" for text in NOT_IN), ""]
    versions = _listed(inputs["versions"])
    lines += ["## Provenance", "", f"- hash of the inputs: `{inputs['hash']}`", f"- {versions}"]
    for entry in inputs["data"].values():
        known = f"{snapshot_name(entry)}: SHA-256 `{entry['sha256']}`, chain {entry['chain']}"
        lines.append(f"- {known}, from {_listed(entry['stack'])}")
    return "\n".join([*lines, ""])


def _place(one: Answer) -> str:
    """Return where a claim stands in the paper; said of rows that do not stand there."""
    return f"{_OURS}: {one.question.place}" if one.question.ours else one.question.place


def _command(one: Answer, data: Sequence[str]) -> str:
    return one.question.command.replace("{data}", data[0])


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def as_html(
    answers: Sequence[Answer],
    data: Sequence[str],
    inputs: Mapping[str, Any],
    figures: Mapping[str, Sequence[tuple[str, str]]],
) -> str:
    """Return the report as one HTML page that needs no network."""
    from muoquark.report.html import rendered

    return rendered(
        "claims",
        answers=answers,
        data=data,
        inputs=inputs,
        figures=figures,
        verdicts=VERDICTS,
        verdicts_json=json.dumps(VERDICTS),
        numbers={name: counts(answers, name) for name in data},
        signs=_SIGNS,
        classes=_CLASSES,
        ours=_OURS,
        no_data=_NO_DATA,
        not_in=NOT_IN,
        place=_place,
        command=_command,
        listed=_listed,
        snapshot_name=snapshot_name,
    )
