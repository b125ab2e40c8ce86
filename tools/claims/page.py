"""Write docs/claims.md from the result of ``muoquark reproduce``.

    muoquark reproduce --out results
    python tools/claims/page.py results/reproduce.json docs/claims.md

Every number and every verdict on the page is taken from the result; tests/test_claims_page.py
compares the rows with the catalogue.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SIGNS = {
    "reproduced": "✓",
    "reproduced with a stated change": "≈",
    "not reproduced": "✗",
    "not testable here": "–",
}
HEAD = """\
# The paper's claims

    muoquark reproduce --out results                     # every claim, data of 2021 and of today
    muoquark reproduce --only 'theory.*' --data 2021-07  # some of them

Every claim of the paper that can be checked is a row: what the paper says and where, what is found,
and a verdict that code chooses by a criterion that stands beside it. The command writes a page
of HTML with figures that needs no network, the same as Markdown, and JSON with all numbers;
interrupted, it goes on where it was. This page is made from that JSON by `tools/claims/page.py`.

- ✓ reproduced; ≈ reproduced with a stated change; ✗ not reproduced; – not testable here, with the
  reason. The verdict "not reproduced" with the data of today says that the claim no longer holds,
  not that the paper was wrong.
- Criteria, reasons and the command that gives a row's own number are in the HTML page, and below
  for every row that is not simply reproduced.
- A verdict can change: for every row there is a test in which a doctored input changes it
  (`tests/test_claims_falsification.py`).
- With the data of 2026 half of the Delta chi2 of b -> s mu mu is conditional: Delta F = 2 holds no
  anomaly, but fixes V_cb, on which the rates depend, which is information and no double counting.
  What counts is that V_cb is known, from wherever: numbers with and without Delta F = 2 and with
  other V_cb are in docs/theory-errors.md.
"""


def cell(text: str) -> str:
    """Return a text that keeps a table whole."""
    return text.replace("|", "\\|")


def findings(claim: dict[str, Any], data: list[str]) -> list[dict[str, Any]]:
    """Return the finding for each snapshot; the only one where no data enter."""
    by_data = {f["data"]: f for f in claim["findings"]}
    return [by_data.get(name) or claim["findings"][0] for name in data]


def page(document: dict[str, Any]) -> str:
    """Return the page for a result."""
    claims = document["claims"]
    data = list(document["inputs"]["data"])
    lines = [HEAD, "| verdict | " + " | ".join(data) + " |", "|---|" + "---|" * len(data)]
    for verdict, sign in SIGNS.items():
        count = [
            sum(findings(c, data)[k]["verdict"] == verdict for c in claims)
            for k in range(len(data))
        ]
        lines.append(f"| {sign} {verdict} | " + " | ".join(map(str, count)) + " |")
    lines += ["", "## All rows", "", "| claim | statement | paper | " + " | ".join(data) + " |"]
    lines.append("|---|---|---|" + "---|" * len(data))
    for claim in claims:
        found = [f"{SIGNS[f['verdict']]} {f['text']}" for f in findings(claim, data)]
        if all(f["data"] is None for f in claim["findings"]):
            found[1:] = ["the same: no data enter"] * (len(data) - 1)
        ours = " *(a row of ours)*" if claim.get("ours") else ""
        row = [f"`{claim['id']}`{ours}", claim["claim"], claim["paper"], *found]
        lines.append("| " + " | ".join(map(cell, row)) + " |")
    for k, name in enumerate(data):
        lines += ["", f"## Not simply reproduced, data {name}", ""]
        for claim in claims:
            found_here = findings(claim, data)[k]
            if found_here["verdict"] != "reproduced":
                lines.append(
                    f"- {SIGNS[found_here['verdict']]} `{claim['id']}` ({claim['place']}). "
                    f"Criterion: {claim['criterion']}. Found: {found_here['text']}. "
                    f"{found_here['reason']}."
                )
    lines += ["", f"Made with the inputs of hash `{document['inputs']['hash']}`.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    source, target = sys.argv[1:]
    Path(target).write_text(page(json.loads(Path(source).read_text(encoding="utf-8"))), "utf-8")
