"""One HTML page that holds all of a result: what a reader, or a referee, asks of a fit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from muoquark.collider.verdict import LhcAnalysis
from muoquark.common.provenance import snapshot_name
from muoquark.inference.fit import TENSE
from muoquark.inference.goodness.blocks import DEFINITION
from muoquark.likelihood.meanings import meaning_of
from muoquark.likelihood.recorded import specs_of
from muoquark.likelihood.snapshots import titles
from muoquark.likelihood.theory_choice import described
from muoquark.model.card import Card
from muoquark.report.boson_words import boson_lines
from muoquark.report.cite import bibtex_text
from muoquark.report.digits import interval_text, value_text
from muoquark.report.disagreement import FAR, UNLIKELY, disagreements
from muoquark.report.findings import LEFT_OUT, PageFindings, other_versions
from muoquark.report.html import rendered
from muoquark.report.labels import label_of
from muoquark.report.looks import LOOKS
from muoquark.report.page_pulls import HEADS, pull_rows, tags_of
from muoquark.report.rows import fitted_table
from muoquark.report.sources import link_of
from muoquark.report.tables import band_rows
from muoquark.report.theory_words import order_rows, other_lines
from muoquark.theory.analysis import NOT_COMPUTED, TheoryAnalysis

__all__ = ["PageFigure", "Repeating", "as_page"]

SECTIONS = (
    ("parameters", "Parameters"), ("figures", "Figures"), ("groups", "Groups"),
    ("goodness", "Goodness of fit"), ("observables", "Observables"), ("theory", "Planck scale"),
    ("lhc", "LHC"), ("card", "Card"), ("provenance", "Provenance"), ("references", "What to cite"),
)  # fmt: skip
# Choices of theory errors beside those of the SM, in words.
FOLLOWING = {"point": "of the point", "relative": "of the SM, rates in proportion"}
# Rows of influences of each kind, and the smallest branching ratio, that are shown.
INFLUENCES, BRANCHING = 5, 1e-3


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page.

    Attributes
    ----------
    uri, narrow
        Its address, a data URI; that of a narrow one for phones, if there is one.
    caption, alt
        What it shows, and the same for who cannot see it.
    """

    uri: str
    caption: str
    alt: str
    narrow: str = ""


@dataclass(frozen=True)
class Repeating:
    """How the result is made again.

    Attributes
    ----------
    call
        The command line that made it; empty if it cannot be told.
    files
        What that command reads beside the card, name and content.
    """

    call: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def as_page(
    found: PageFindings,
    figures: Sequence[PageFigure],
    no_figure: str = "",
    repeating: Repeating | None = None,
    title: str | None = None,
) -> str:
    """Return the page of a result.

    Parameters
    ----------
    found
        What there is to be shown.
    figures, no_figure
        And drawn; or why nothing is.
    repeating
        How it is made again.
    title
        By default the model and what was done.
    """
    repeating = repeating or Repeating()
    name = found.path.name
    table = fitted_table(found.verb, found.document, found.card, found.point)
    pulls = pull_rows(found)
    bands = found.document.get("bands") or {}
    return rendered(
        "result",
        title=title or _title(found),
        lead=_lead(found),
        tiles=_tiles(found),
        tension=disagreements(found, f"muoquark fit {name}"),
        sections=SECTIONS,
        wide=len(found.point) > 2,
        table=table,
        notes=[*found.judged.point.status, *found.notes],
        figures=figures,
        no_figure=no_figure,
        kind=_kind(found),
        groups=_groups(found, bands),
        bands=bands,
        bands_more=" and minimised over all other parameters" if len(found.point) > 1 else "",
        tense=f"{TENSE:g}",
        not_all=set(found.groups["groups"]) - set(bands),
        bands_command=f"muoquark fit {name} --bands NAME,...",
        far=f"{FAR:g}",
        blocks=_blocks(found),
        definition={k: v for k, v in DEFINITION.items() if k != "combination"},
        following=described(found.inputs["data"])[0] in FOLLOWING,
        influence=_influence(found),
        influence_command=f"muoquark goodness {name} --out goodness" if found.point else "",
        tags=tags_of(found.likelihood),
        printed=sum(not one["minor"] for one in pulls),
        pulls=pulls,
        pull_heads=HEADS,
        theory=None if isinstance(found.theory, str) else _theory(found.theory),
        no_theory=found.theory,
        theory_command=_offered(found.theory, f"muoquark theory {name} --out theory"),
        lhc=None if isinstance(found.lhc, str) else _lhc(found.lhc),
        no_lhc=found.lhc,
        lhc_command=_offered(found.lhc, f"muoquark lhc {name} --out lhc"),
        boson=found.boson
        if isinstance(found.boson, str) or found.boson is None
        else [*boson_lines(found.boson), *found.boson.notes],
        boson_command=f"muoquark xboson {name}",
        card=str(found.inputs["card"]),
        rerun=f"muoquark rerun {name}",
        call=repeating.call,
        files=list(repeating.files.items()),
        provenance=_provenance(found),
        differing=other_versions(found.inputs),
        references=[
            {"part": one.part, "paper": link_of(one), "why": one.why} for one in found.references
        ],
        bibtex=bibtex_text(found.references, found.remarks),
        remarks=found.remarks,
    )


def _offered(what: object, command: str) -> str:
    """Return a command that says more, where it would not be refused."""
    return command if not isinstance(what, str) or what.startswith(LEFT_OUT) else ""


def _kind(found: PageFindings) -> str:
    return "point" if found.kind == "given" else found.kind


def _title(found: PageFindings) -> str:
    what = {"fit": "fit", "profile": "profiles", "goodness": "goodness of fit",
            "sample": "posterior", "scan": "scan"}[found.verb]  # fmt: skip
    count = len(found.point)
    of = f" of {count} parameter{'s' if count != 1 else ''}" if count else ""
    card = found.card
    if isinstance(card, Card):
        fields = ", ".join(card.masses)
        name = card.model.name if not fields else f"{card.model.name} ({fields})"
        return f"{name}: {what}{of}"
    return f"Wilson coefficients: {what}{of}"


def _lead(found: PageFindings) -> str:
    inputs = found.inputs
    data = inputs["data"]
    said = [f"Data {titles(specs_of(data))}"]
    if data.get("until"):
        said.append(f"as known by the end of {data['until']}")
    if data.get("chosen"):
        said.append(f"with {', '.join(data['chosen'])}")
    if data.get("measurements"):
        said.append("with measurements of the user")
    if data.get("groups"):
        said.append("with groups of the user")
    mode, vcb = described(data)
    if mode in FOLLOWING:
        said.append(f"theory errors {FOLLOWING[mode]}")
    if vcb:
        said.append(f"V_cb: {vcb}")
    if data.get("fix_ckm"):
        said.append("CKM matrix of the SM")
    if isinstance(found.card, Card):
        said.append(f"matching: {inputs.get('order', 'highest')}")
    said.append(f"running: {data.get('chain', '-')}")
    return "; ".join(said) + "."


def _p(value: float) -> str:
    return "–" if value != value else f"{value:.2g}"


def _tiles(found: PageFindings) -> list[tuple[str, str]]:
    here, sm = found.judged.here["total"], found.judged.sm["total"]
    fitted = found.judged.point.fitted_parameters
    tiles = [
        (_z(found.delta_chi2), f"Delta chi2 to the SM, {_kind(found)}"),
        (f"{here.chi2 - here.chi2_limits:.1f} / {here.dof}",
         f"chi2 / degrees of freedom (SM {sm.chi2 - sm.chi2_limits:.1f} / {sm.dof})"),
        (_p(here.p_value), f"p-value of all data (SM {_p(sm.p_value)})"),
    ]  # fmt: skip
    if found.point:
        at_limit = len(found.judged.point.at_limit)
        more = f", {at_limit} at the end of the range" if at_limit else ""
        tiles.append((str(fitted + at_limit), f"free parameters{more}"))
    return tiles


def _z(value: float) -> str:
    return f"{value:z.1f}".replace("-", "−")


def _label(name: str) -> str:
    return LOOKS[name].label.replace("\n", " ") if name in LOOKS else name


def _groups(found: PageFindings, bands: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of groups: shares of Delta chi2, and what each alone prefers."""
    shares = found.groups["groups"]
    prefers: dict[str, list[str]] = {}
    for name, parameter, best, spans in band_rows(bands):
        if best is None or spans is None:
            prefers.setdefault(name, []).append(parameter)
            continue
        prefers.setdefault(name, []).append(f"{parameter} in {interval_text(spans)}")
    tension = found.document.get("tension") or {}
    largest = max((abs(one["with_correlations"]) for one in shares.values()), default=0.0)
    rows = []
    for name in dict.fromkeys([*shares, *bands]):
        one = shares.get(name)
        size = 0.0 if one is None or not largest else abs(one["with_correlations"]) / largest
        texts = {key: "–" if one is None else _z(one[key])
                 for key in ("alone", "with_correlations", "without")}  # fmt: skip
        above = tension.get(name)
        rows.append({
            "name": name, "label": _label(name), **texts, "width": f"{5 * size:.2f}",
            "minus": one is not None and one["with_correlations"] < 0,
            "prefers": "; ".join(prefers.get(name, ["not computed"])),
            "tension": "–" if above is None else _z(above),
            "tense": above is not None and above > TENSE,
        })  # fmt: skip
    definition = {k: v for k, v in found.groups["definition"].items()
                  if k in ("alone", "with_correlations", "without")}  # fmt: skip
    said = ""
    if found.groups.get("quiet"):
        names = " and ".join(found.groups["quiet"])
        said = (
            f"Without {names}, which holds no anomaly by itself, "
            f"{found.groups['without_quiet']:.1f} of {found.delta_chi2:.1f} are left."
        )
    return {"rows": rows, "definition": definition, "said": said}


def _blocks(found: PageFindings) -> list[dict[str, Any]]:
    judged, rows = found.judged, []
    heads = ("Delta chi2 to the SM", "chi2 / dof, SM", "p, SM", f"chi2 / dof, {_kind(found)}",
             f"p, {_kind(found)}", "limits")  # fmt: skip
    for name, here in judged.here.items():
        sm = judged.sm[name]
        change = found.delta_chi2 if name == "total" else found.blocks.get(name, float("nan"))
        texts = (
            _z(change), f"{sm.chi2 - sm.chi2_limits:.1f} / {sm.dof}", _p(sm.p_value),
            f"{here.chi2 - here.chi2_limits:.1f} / {here.dof}", _p(here.p_value),
            str(here.limits or "–"),
        )  # fmt: skip
        far = (False, False, sm.p_value < UNLIKELY, False, here.p_value < UNLIKELY, False)
        meaning = meaning_of(name)
        rows.append(
            {"name": name, "meaning": meaning, "cells": list(zip(heads, texts, far, strict=True))}
        )
    return rows


def _influence(found: PageFindings) -> dict[str, Any] | None:
    """Return the fits without some of the data, where the result has them."""
    record = found.document.get("influence")
    if not record:
        return None
    names = list(found.point)
    rows = [
        {
            "name": one["name"], "kind": kind,
            "shifts": [
                "to its limit" if n in one["at_limit"] else "fixed" if one["shift"][n] is None
                else f"{one['shift'][n]:+.2f}".replace("-", "−") for n in names
            ],
            "delta_chi2": _z(one["delta_chi2"]),
        }
        for kind in ("group", "measurement", "observable")
        for one in record.get(kind, ())[:INFLUENCES]
    ]  # fmt: skip
    return {"names": [label_of(n, found.card) for n in names], "plain": names, "rows": rows}


def _theory(found: TheoryAnalysis) -> dict[str, Any]:
    columns = [order_rows(one) for one in found.orders.values()]
    rows = [(name, [column[k][1] for column in columns]) for k, (name, _) in enumerate(columns[0])]
    return {
        "orders": [f"{n} loop{'s' if n > 1 else ''}" for n in found.orders],
        "rows": rows,
        "others": other_lines(found),
        "from": f"{found.scale:.4g} GeV",
        "to": f"{found.end:.3g} GeV",
        "not_computed": NOT_COMPUTED,
    }


def _lhc(found: LhcAnalysis) -> dict[str, Any]:
    decays = []
    for one in found.decays:
        shown = [f"{c} {100 * br:.1f} %" for c, br in one.branching.items() if br >= BRANCHING]
        decays.append({
            "name": one.component.name, "mass": f"{one.mass:.5g}",
            "width": value_text(one.width, None, None), "branching": ", ".join(shown) or "none",
        })  # fmt: skip
    return {"verdict": found.verdict, "decays": decays, "notes": found.notes}


def _provenance(found: PageFindings) -> list[tuple[str, str]]:
    """Return what identifies the result and all that entered."""
    inputs = found.inputs
    data = inputs["data"]
    rows = [
        ("result", f"{found.path.name}, SHA-256 {found.sha256}"),
        ("made by", f"muoquark {inputs['verb']}"),
        ("hash of the inputs", str(inputs.get("hash", "not there"))),
        ("versions", ", ".join(f"{k} {v}" for k, v in (inputs.get("versions") or {}).items())),
    ]
    for part in data.get("parts") or [data]:
        title = snapshot_name(part) or part.get("built_in") or part.get("file") or part.get("name")
        stack = ", ".join(f"{k} {v}" for k, v in (part.get("stack") or {}).items())
        text = f"{title}, SHA-256 {part.get('sha256', 'not there')}"
        rows.append(("data", text + (f", made from {stack}" if stack else "")))
    if data.get("evolution"):
        rows.append(("tables of running", f"chain {data['chain']}, SHA-256 {data['evolution']}"))
    own = {k: v for k, v in inputs.items()
           if k not in ("verb", "card", "data", "versions", "hash", "format")}  # fmt: skip
    rows.append(("arguments", json.dumps(own, ensure_ascii=False)))
    return rows
