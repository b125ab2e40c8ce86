"""Fill the tables of docs/data.md from the snapshot, and from the result of ``muoquark history``.

muoquark history plane --out history
python tools/data/page.py docs/data.md [history/history.json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from muoquark.likelihood.snapshots import load_snapshot

SNAPSHOT = "2026-11"


def replaced() -> list[str]:
    """Return the table of what takes part in the place of what."""
    snapshot = load_snapshot(SNAPSHOT)
    archive = snapshot.archive
    assert archive is not None
    taking = {c.measurement for c in snapshot.data.constraints}
    lines = ["| set | measurement | date | in the place of |", "|---|---|---|---|"]
    rows = [(archive.entries[n].set, n) for n in taking if archive.entries[n].set]
    for name, measurement in sorted(rows):
        entry = archive.entries[measurement]
        old = "; ".join(entry.supersedes) or "nothing: new data"
        lines.append(f"| `{name}` | {measurement} | {entry.date} | {old} |")
    return lines


def history(document: dict[str, Any]) -> list[str]:
    """Return the table of best fits against time."""
    steps = document["steps"]
    names = list(steps[0]["best_fit"])
    lines = ["| from | Delta chi2 to the SM | " + " | ".join(names) + " | what came |"]
    lines.append("|---|---|" + "---|" * len(names) + "---|")
    for step in steps:
        values = [f"{step['best_fit'][n]:.3g}" for n in names]
        came = "; ".join(step["entered"][:4])
        if len(step["entered"]) > 4:
            came += f" and {len(step['entered']) - 4} more"
        lines.append(
            f"| {step['month']} | {step['delta_chi2']:.1f} | " + " | ".join(values) + f" | {came} |"
        )
    return lines


def main(page: str, result: str = "") -> None:
    """Write the page."""
    path = Path(page)
    text = path.read_text(encoding="utf-8")
    tables = {"replaced": replaced()}
    if result:
        tables["history"] = history(json.loads(Path(result).read_text(encoding="utf-8")))
    for name, lines in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        text = before + "\n".join([begin, "", *lines, "", end]) + after
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
