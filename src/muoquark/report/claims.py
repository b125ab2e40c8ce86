"""The judged claims as Markdown and as one self-contained HTML page."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from muoquark.common.provenance import snapshot_name
from muoquark.paper.claims.record import VERDICTS, Answer, Finding

__all__ = ["NOT_IN", "as_html", "as_markdown", "counts"]

#: What the calculation does not hold; shown with every report.
NOT_IN = (
    "The gauge boson of U(1)_X, Phi and nu_R are decoupled in matching and likelihood, as in the "
    "paper; that this limit is harmless is looked at in fit.decoupling at tree level.",
    "Theory errors are those of the Standard Model, as in smelli.",
    "Dimuon tails at high transverse momentum and single or resonant leptoquark production.",
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
    versions = ", ".join(f"{k} {v}" for k, v in inputs["versions"].items())
    lines += ["## Provenance", "", f"- hash of the inputs: `{inputs['hash']}`", f"- {versions}"]
    for entry in inputs["data"].values():
        stack = ", ".join(f"{k} {v}" for k, v in entry["stack"].items())
        known = f"{snapshot_name(entry)}: SHA-256 `{entry['sha256']}`, chain {entry['chain']}"
        lines.append(f"- {known}, from {stack}")
    return "\n".join([*lines, ""])


def _place(one: Answer) -> str:
    """Return where a claim stands in the paper; said of rows that do not stand there."""
    return f"{_OURS}: {one.question.place}" if one.question.ours else one.question.place


def _command(one: Answer, data: Sequence[str]) -> str:
    return one.question.command.replace("{data}", data[0])


def _text(value: object) -> str:
    return html.escape(str(value))


def _badge(verdict: str) -> str:
    return f'<span class="badge {_CLASSES[verdict]}">{_SIGNS[verdict]} {_text(verdict)}</span>'


def _cell(one: Answer, finding: Finding, label: str) -> str:
    order = VERDICTS.index(finding.verdict)
    note = f"<small>{_NO_DATA}</small>" if finding.data is None else ""
    return (
        f'<td data-label="{_text(label)}" data-order="{order}">{_badge(finding.verdict)}'
        f"<div>{_text(finding.text)}</div>{note}</td>"
    )


def _row(one: Answer, data: Sequence[str], position: int) -> str:
    q = one.question
    cells = "".join(_cell(one, one.finding(name), name) for name in data)
    words = " ".join([q.name, q.statement, q.place, _OURS if q.ours else ""])
    verdicts = "|".join(sorted({f.verdict for f in one.findings}))
    return (
        f'<tr data-words="{_text(words.lower())}" data-verdicts="{_text(verdicts)}">'
        f'<th scope="row" data-order="{position:04d}"><a href="#{_text(q.name)}">'
        f"{_text(q.statement)}</a><small>{_text(_place(one))}</small></th>"
        f'<td data-label="paper">{_text(q.paper)}</td>{cells}</tr>'
    )


def _entry(one: Answer, data: Sequence[str]) -> str:
    q = one.question
    parts = [f'<article id="{_text(q.name)}"><h3>{_text(q.statement)}</h3>']
    parts.append(f'<p class="where">{_text(_place(one))} · <code>{_text(q.name)}</code></p><dl>')
    parts.append(f"<dt>paper</dt><dd>{_text(q.paper)}</dd>")
    parts.append(f"<dt>criterion</dt><dd>{_text(q.criterion)}</dd>")
    for f in one.findings:
        parts.append(
            f"<dt>{_text(f.data or _NO_DATA)}</dt><dd>{_badge(f.verdict)} {_text(f.text)}"
            f"<br>{_text(f.reason)}</dd>"
        )
    parts.append(
        f"<dt>computed by</dt><dd><code>{_text(q.call)}</code><br>"
        f"<code>{_text(_command(one, data))}</code></dd></dl>"
    )
    if q.figure:
        parts.append(f'<p><a href="#figure-{_text(q.figure)}">figure</a></p>')
    return "".join([*parts, "</article>"])


def as_html(
    answers: Sequence[Answer],
    data: Sequence[str],
    inputs: Mapping[str, Any],
    figures: Mapping[str, Sequence[tuple[str, str]]],
) -> str:
    """Return the report as one HTML page that needs no network."""
    folder = resources.files("muoquark.report")
    style = (folder / "claims.css").read_text(encoding="utf-8")
    script = (folder / "claims.js").read_text(encoding="utf-8")
    titles = ["claim", "paper", *data]
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button">{_text(t)}</button></th>'
        for t in titles
    )
    number = {name: counts(answers, name) for name in data}
    summary = "".join(
        f"<tr><th scope=row>{_badge(verdict)}</th>"
        + "".join(f"<td>{number[name][verdict]}</td>" for name in data)
        + "</tr>"
        for verdict in VERDICTS
    )
    drawn = "".join(
        f'<section class="pair" id="figure-{_text(name)}">'
        + "".join(
            f'<figure><img alt="{_text(caption)}" src="{uri}"><figcaption>{_text(caption)}'
            "</figcaption></figure>"
            for uri, caption in pictures
        )
        + "</section>"
        for name, pictures in figures.items()
    )
    sources = "".join(
        f"<li>{_text(snapshot_name(e))}: SHA-256 <code>{_text(e['sha256'])}</code>, "
        f"chain {_text(e['chain'])}, "
        f"made from {_text(', '.join(f'{k} {v}' for k, v in e['stack'].items()))}</li>"
        for e in inputs["data"].values()
    )
    versions = ", ".join(f"{k} {v}" for k, v in inputs["versions"].items())
    columns = "".join(f"<th scope=col>{_text(name)}</th>" for name in data)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The paper's claims, judged</title><link rel="icon" href="data:,">
<style>{style}</style></head><body><main>
<h1>Muon-flavoured leptoquarks: the paper's claims, computed and judged</h1>
<p>Every row is computed, or says why it cannot be, and its verdict is chosen by code from the
numbers and the criterion that stands in its entry below. The first column of data is that of the
paper's day unless others were asked for.</p>
<table class="counts"><thead><tr><th scope="col">verdict</th>{columns}</tr></thead>
<tbody>{summary}</tbody></table>
<h2 id="claims">Claims</h2>
<p><label>Filter <input id="filter" type="search" placeholder="g-2, not reproduced"></label>
(parts between commas: words of a claim, or a verdict)
<span id="shown" role="status"></span></p>
<table id="table" data-verdicts="{_text(json.dumps(VERDICTS))}">
<caption>Click a heading to sort.</caption><thead><tr>{head}</tr></thead>
<tbody>{"".join(_row(one, data, k) for k, one in enumerate(answers))}</tbody></table>
<h2>Figures</h2>{drawn}
<h2>Every claim with its computation</h2>{"".join(_entry(one, data) for one in answers)}
<h2>What is not in the calculation</h2>
<ul>{"".join(f"<li>{_text(text)}</li>" for text in NOT_IN)}</ul>
<h2>Provenance</h2><ul><li>hash of the inputs <code>{_text(inputs["hash"])}</code></li>{sources}
<li>{_text(versions)}</li></ul>
</main><script>{script}</script></body></html>
"""
