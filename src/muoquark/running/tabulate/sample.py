"""``python -m muoquark.running.tabulate.sample FILE``: reference values from wilson for tests."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import click
import numpy as np

from muoquark.common.files import write_atomic
from muoquark.running import ckm_expansion
from muoquark.running.tabulate.components import coefficient, smeft_inputs
from muoquark.running.tabulate.lowscale import TabulatedSector
from muoquark.running.tabulate.reference import wilson_point
from muoquark.running.tabulate.tables import CHAINS, targets

# None of them a node of the tables; the last four outside of the range of version 0.1.
SCALES = (700.0, 3000.0, 40000.0, 110.0, 250.0, 3.0e5, 9.0e5)


_TOKENS = re.compile("nutau|numu|nue|tau|mu|[udscbe]")


def keeps_lepton_flavours(target: TabulatedSector, name: str) -> bool:
    """Tell whether a coefficient conserves each lepton flavour.

    Without neutrino masses wilson fixes the phases of the lepton fields by the arguments of
    numerically vanishing elements of the PMNS matrix, so that those of lepton-flavour violating
    coefficients come out at random; observables do not depend on them.
    """
    _, _, suffix = name.partition("_")
    if target.eft == "SMEFT":
        key = name.partition("_")[0]
        if key in ("ll", "ee", "le"):
            return sorted(suffix[::2]) == sorted(suffix[1::2])
        leptons = suffix[2:] if key == "qe" else suffix[:2]
        charged = key[0] in "le" or key.startswith("phil") or key in ("phie", "qe")
        return not charged or leptons[:1] == leptons[1:2]
    count = Counter(t.removeprefix("nu") for t in _TOKENS.findall(suffix))
    return all(count[flavour] % 2 == 0 for flavour in ("e", "mu", "tau"))


def point(chain: str, mu_M: float, seed: int) -> dict[str, Any]:
    """Return a random point of the linear regime and a few outputs of each low-energy set."""
    rng = np.random.default_rng(seed)
    values: dict[str, complex] = {}
    for i in rng.choice(len(smeft_inputs()), 60, replace=False):
        name, part = coefficient(smeft_inputs()[i])
        values[name] = values.get(name, 0) + rng.normal() * 1e-14 * (1 if part == "Re" else 1j)
    box = np.array(ckm_expansion.BOX)
    ckm = np.array(ckm_expansion.REFERENCE) * (1 + 0.5 * rng.uniform(-1, 1, 4) * box)
    names = ("Vus", "Vub", "Vcb", "gamma")
    w = wilson_point(values, mu_M, chain, dict(zip(names, map(float, ckm), strict=True)))
    outputs = []
    for target in targets():
        sectors: Any = "all" if target.sector == "all" else (target.sector,)
        found = w.match_run(target.scale, target.eft, target.basis, sectors=sectors).dict
        peak = max(abs(complex(v)) for v in found.values()) if found else 0.0
        present = dict.fromkeys(coefficient(c)[0] for c in target.components)
        large = [n for n in present if abs(found.get(n, 0)) > 1e-3 * peak and peak > 0]
        for i in sorted(rng.permutation(len(large))[:2]):
            value = complex(found[large[i]])
            where = [target.eft, target.basis, target.sector, target.scale, large[i]]
            keeps = keeps_lepton_flavours(target, large[i])
            outputs.append([*where, value.real, value.imag, peak, keeps])
    return {
        "chain": chain,
        "mu_M": mu_M,
        "ckm": [float(x) for x in ckm],
        "values": {k: [complex(v).real, complex(v).imag] for k, v in values.items()},
        "outputs": outputs,
    }


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def main(path: Path) -> None:
    """Write the sample to PATH."""
    points = [point(c, mu, i) for c in CHAINS for i, mu in enumerate(SCALES)]
    write_atomic(path, json.dumps(points, indent=1) + "\n")


if __name__ == "__main__":
    main()
