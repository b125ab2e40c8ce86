"""The table of misses: python tools/compare/table.py FOLDER TITLE > docs/comparison-....md."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from muoquark.likelihood.referee import block_name

HEAD = """\
ln L - ln L_SM of smelli and of the compiled likelihood, chain `smelli`, one covariance on both
sides; random points of the general model (`tools/compare/points.py`).  `miss` is the largest
difference of a block in units of what is allowed, `allowed` is 0.02 where ln L > ln L_SM - 50, else
0.02 and 0.5 % of that block.

| point | smelli | compiled | miss | block | allowed | status |
|---|---|---|---|---|---|---|"""


def main() -> None:
    """Print the table."""
    folder, title = Path(sys.argv[1]), sys.argv[2]
    ours = json.loads((folder / "points.json").read_text())
    theirs = [json.loads(line) for line in (folder / "smelli.jsonl").read_text().splitlines()]
    print(f"# {title}\n")
    print(HEAD)
    good = judged = 0
    for k, (a, b) in enumerate(zip(ours, theirs, strict=False)):
        status = "; ".join(a["status"]) or "ordinary"
        total = sum(a["blocks"].values())
        if "error" in b:
            print(f"| {k} | {b['error']} | {total:.2f} | | | | {status} |")
            continue
        exact = {block_name(n): v for n, v in b.items() if n != "global"}
        whole = sum(exact.values())
        worst, name, allowed = 0.0, "", 0.02
        for block, value in exact.items():
            limit = 0.02 if whole > -50 else 0.02 + 0.005 * abs(value)
            miss = abs(a["blocks"][block] - value)
            if not math.isfinite(value):
                continue
            if miss / limit > worst / allowed:
                worst, name, allowed = miss, block, limit
        if status == "ordinary":
            judged += 1
            good += worst <= allowed
        miss = f"{worst:.4f} | {name} | {allowed:.3f}"
        print(f"| {k} | {whole:.3f} | {total:.3f} | {miss} | {status} |")
    print(f"\n{good} of {judged} ordinary points are within what is allowed.")


if __name__ == "__main__":
    main()
