"""Random points of the general model, what we say of them, and the covariances that we use.

python tools/compare/points.py SNAPSHOT FOLDER
writes FOLDER/points.json and FOLDER/covariances.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.point import Point

NUMBER = 52
NAMES = ("eta3L", "eta1L", "eta1R")


def random_points(seed: int = 2026) -> list[Point]:
    """Return points with |eta| up to 1, quark hierarchies of the U(2) kind, M1 != M3.

    Half are muon-only with moderate couplings (near the SM's likelihood or above), a quarter
    muon-only with couplings up to 1, a quarter coupled to electrons only or to taus only (couplings
    to two leptons of any size worth a comparison are excluded by mu -> e gamma and its relatives).
    """
    rng = np.random.default_rng(seed)
    points = []
    for k in range(NUMBER):
        size = rng.uniform(0.1, 0.45) if k % 4 < 2 else rng.uniform(0.3, 1.0)
        flavour = (0, 2)[k // 4 % 2] if k % 4 == 3 else 1
        lepton = np.eye(3)[flavour]
        quark = np.array([0.008, 0.04, 1.0])
        couplings = {}
        for name in NAMES:
            random = rng.uniform(-1, 1, (3, 3)) + 1j * rng.uniform(-1, 1, (3, 3))
            if k % 4 < 2:
                random[2, flavour] = rng.uniform(0.3, 1.0)
            light = quark if name != "eta1R" else np.array([1e-4, 5e-3, 0.3])
            couplings[name] = size * random * np.outer(light, lepton)
        masses = rng.uniform(2000, 6000, 2)
        scale = float(np.sqrt(masses.prod()))
        point = Point(M1=masses[0], M3=masses[1], mu_M=scale, model="generic")
        points.append(replace(point, **couplings))
    return points


def main() -> None:
    """Write points and covariances."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    likelihood = Likelihood(name, "smelli")
    data = likelihood.data
    covariances = {}
    for block, measured in data.measured.items():
        covariances[block] = {
            "observables": [data.observables[k].flavio for k in data.blocks[block]],
            "central": measured.mean.tolist(),
            "covariance": measured.covariance.tolist(),
        }
    (folder / "covariances.json").write_text(json.dumps(covariances))
    records = []
    for point in random_points():
        coefficients = match(point)
        result = likelihood(coefficients)
        records.append(
            {
                "scale": coefficients.scale,
                "values": {k: [v.real, v.imag] for k, v in coefficients.values.items()},
                "blocks": result.blocks,
                "status": list(result.status),
            }
        )
        print(len(records), f"{result.total:.2f}", *result.status, flush=True)
    (folder / "points.json").write_text(json.dumps(records))


if __name__ == "__main__":
    main()
