"""Write which rows of docs/claims.md change with another snapshot in the place of 2026-06.

    muoquark reproduce --data 2026-11 --out results
    python tools/claims/compare.py results/reproduce.json docs/claims.md reasons.yaml

`reasons.yaml` says, by pattern of claims, why a row changes; a row that changes without a reason is
an error.  The table goes to standard output.
"""

from __future__ import annotations

import fnmatch
import json
import sys
from pathlib import Path

import yaml
from page import SIGNS, cell


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of the rows of the page, by claim."""
    found = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            cells = [c.strip() for c in line.replace("\\|", "\0").strip("|").split("|")]
            found[cells[0].split("`")[1]] = [c.replace("\0", "\\|") for c in cells]
    return found


def main(result: str, page: str, reasons: str = "") -> None:
    """Print the table."""
    claims = json.loads(Path(result).read_text(encoding="utf-8"))["claims"]
    before = rows(Path(page).read_text(encoding="utf-8"))
    why = yaml.safe_load(Path(reasons).read_text(encoding="utf-8")) if reasons else {}
    lines, same = [], 0
    for claim in claims:
        found = claim["findings"][0]
        now = cell(f"{SIGNS[found['verdict']]} {found['text']}")
        then = before[claim["id"]][4]
        if found["data"] is None or then == now.replace("2026-11", "2026-06"):
            same += 1
            continue
        reason = next((t for p, t in why.items() if fnmatch.fnmatch(claim["id"], p)), None)
        if reason is None:
            print(f"no reason for {claim['id']}: {then} -> {now}", file=sys.stderr)
        lines.append(f"| `{claim['id']}` | {then} | {now} | {reason or ''} |")
    print("| claim | 2026-06 | 2026-11 | why |\n|---|---|---|---|")
    print("\n".join(lines))
    print(f"\nThe other {same} rows do not change.")


if __name__ == "__main__":
    main(*sys.argv[1:])
