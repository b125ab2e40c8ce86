"""Write tests/data/oneloop_running.npz: wilson's SMEFT beta functions at tests' random points.

The default tests then need no wilson; tests marked `exact` compare the file with wilson itself.
Run as: PYTHONPATH=src:tests python tools/derivation/wilson_betas.py
"""

from pathlib import Path

import numpy as np
from wilson.run.smeft.beta import beta
from wilson.util import smeftutil

from muoquark.smeft.tensors import symmetrise
from muoquark.smeft.warsaw import FAMILIES
from oneloop_points import random_inputs
from reference.tree import tree

SEEDS = (1, 2)
DIMENSION_FOUR = ("g", "gp", "gs", "Lambda", "m2", "Gu", "Gd", "Ge")


def wilson_betas(p):
    """16 pi^2 dC/dlnmu of all coefficients and dimension-four parameters at tree level."""
    c = smeftutil.C_array2dict(np.zeros(5000))
    c.update({name: np.array(value) for name, value in symmetrise(tree(p)).items()})
    c.update(g=p.g2, gp=p.g1, gs=p.g3, Lambda=p.lam, m2=p.m2, Gu=p.Yu, Gd=p.Yd, Ge=p.Ye)
    out = {name: np.asarray(value, complex) for name, value in beta(c).items()}
    four = {name: out.pop(name) for name in DIMENSION_FOUR}
    return {**symmetrise({k: v for k, v in out.items() if k in FAMILIES}), **four}


if __name__ == "__main__":
    data = {}
    for seed in SEEDS:
        for name, value in wilson_betas(random_inputs(seed, m2=0.05)).items():
            if np.any(value):
                data[f"{seed}:{name}"] = value
    path = Path(__file__).parents[2] / "tests" / "data" / "oneloop_running.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **data)
