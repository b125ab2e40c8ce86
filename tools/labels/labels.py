"""Write ``likelihood/data/labels.json``: the TeX label of every observable of the snapshots.

    python tools/labels/labels.py

Needs the extra ``exact``: the labels are those of the installed flavio (1810.08132).
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from muoquark.common.files import write_atomic
from muoquark.likelihood.snapshots import load_snapshot, revisions


def main() -> None:
    """Write the table."""
    import flavio

    names = {o.name for one in revisions() for o in load_snapshot(one.title).observables}
    labels = {name: flavio.Observable[name].tex for name in sorted(names)}
    path = Path(str(resources.files("muoquark.likelihood"))) / "data" / "labels.json"
    text = json.dumps({k: v for k, v in labels.items() if v}, indent=0, ensure_ascii=False)
    write_atomic(path, text + "\n")


if __name__ == "__main__":
    main()
