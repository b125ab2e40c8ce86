"""Write tests/data/oneloop_running.npz: wilson's SMEFT beta functions at tests' random points.

At one loop they are linear in the dimension-six coefficients, so that those of a set of leptoquarks
are the sum over its members: one entry for each, and one for the Standard Model alone.  The default
tests then need no wilson; tests marked `exact` compare the file with wilson itself, for every set.
Run as: PYTHONPATH=src:tests python tools/derivation/wilson_betas.py
"""

from pathlib import Path

import numpy as np
from wilson.run.smeft.beta import beta
from wilson.util import smeftutil

from muoquark.matching.oneloop.exchange import tree
from muoquark.matching.oneloop.functions import Loops
from muoquark.smeft.tensors import symmetrise, total
from muoquark.smeft.warsaw import FAMILIES
from oneloop_points import SETS, random_set

SEED, M2 = 1, 0.05
DIMENSION_FOUR = ("g", "gp", "gs", "Lambda", "m2", "Gu", "Gd", "Ge")


def wilson_betas(p):
    """16 pi^2 dC/dlnmu of all coefficients and dimension-four parameters at tree level."""
    c = smeftutil.C_array2dict(np.zeros(5000))
    f = Loops(p.masses, p.mu, np)
    values = symmetrise(total(tree(p, f, field) for field in p.masses))
    c.update({name: np.array(value) for name, value in values.items()})
    c.update(g=p.g2, gp=p.g1, gs=p.g3, Lambda=p.lam, m2=p.m2, Gu=p.Yu, Gd=p.Yd, Ge=p.Ye)
    out = {name: np.asarray(value, complex) for name, value in beta(c).items()}
    four = {name: out.pop(name) for name in DIMENSION_FOUR}
    return {**symmetrise({k: v for k, v in out.items() if k in FAMILIES}), **four}


def document():
    """The arrays of the file: ``S1:lq1`` and so on, ``SM:Gu`` of the Standard Model."""
    every = random_set(SETS[-1], SEED, m2=M2)
    without = wilson_betas(every._replace(masses={}))
    data = {f"SM:{name}": value for name, value in without.items() if np.any(value)}
    for field in SETS[-1]:
        found = wilson_betas(random_set((field,), SEED, m2=M2))
        for name, value in found.items():
            if np.any(change := value - without[name]):
                data[f"{field}:{name}"] = change
    return data


if __name__ == "__main__":
    path = Path(__file__).parents[2] / "tests" / "data" / "oneloop_running.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **document())
