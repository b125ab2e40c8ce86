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

# Of observables that flavio does not have.
OWN = {
    "d_mu": r"$d_\mu$",
    "BR(Bs->phiemu,mue)": r"$\text{BR}(\bar B_s\to \phi e^\pm \mu^\mp)$",
    "BR(KS->emu,mue)": r"$\text{BR}(K_S\to e^\pm \mu^\mp)$",
}


def main() -> None:
    """Write the table."""
    import flavio

    loaded = [load_snapshot(one.title) for one in revisions()]
    names = {o.name for one in loaded for o in (one.whole or one).observables}
    labels = {n: OWN[n] if n in OWN else flavio.Observable[n].tex for n in sorted(names)}
    path = Path(str(resources.files("muoquark.likelihood"))) / "data" / "labels.json"
    text = json.dumps({k: v for k, v in labels.items() if v}, indent=0, ensure_ascii=False)
    write_atomic(path, text + "\n")


if __name__ == "__main__":
    main()
