"""What the theory side costs: one evaluation, one flow, one decision about the vacuum.

python benchmarks/theory.py
"""

from __future__ import annotations

import numpy as np
from timing import best

from muoquark.model.ansatz import spurion
from muoquark.model.point import Point
from muoquark.theory.betas import beta, theory_of
from muoquark.theory.flow import run
from muoquark.theory.general import beta_potential
from muoquark.theory.inputs import couplings_at_matching
from muoquark.theory.tensors import numerical_theory
from muoquark.theory.unitarity import Unitarity
from muoquark.theory.vacuum import exact_minimum, minimise

if __name__ == "__main__":
    point = Point(
        eta3L=0.4 * spurion("eta3L"),
        eta1L=0.14 * spurion("eta1L"),
        eta1R=0.14 * spurion("eta1R"),
        quartics={"l1": 0.05, "l3b": 0.03, "lP": 0.05, "lH1": 0.10, "lH3": 0.08},
        gX=0.05,
    )
    start = couplings_at_matching(point)
    model = theory_of("B-3Lmu")
    norm = model.complete({name: start[name] for name in model.space.quartics})
    waves = Unitarity(model)
    later = run(start, 3e3, 1e10, check_unitarity=False).points[-1]
    direction = np.random.default_rng(0).normal(size=30)
    theory = numerical_theory(model.components, start)
    beta(start)
    rows = {
        "beta functions, one loop": lambda: beta(start, 1),
        "beta functions, two loops": lambda: beta(start, 2),
        "dense engine, one field direction": lambda: beta_potential(theory, direction),
        "flow 3 TeV to 1.2e19 GeV, one loop": lambda: run(
            start, 3e3, loops=1, check_unitarity=False
        ),
        "flow 3 TeV to 1.2e19 GeV, two loops": lambda: run(start, 3e3, check_unitarity=False),
        "unitarity, all channels": lambda: waves(later),
        "vacuum, copositivity": lambda: exact_minimum(model, norm),
        "vacuum, 48 starts": lambda: minimise(model, later, 48),
        "vacuum, 96 starts": lambda: minimise(model, later, 96),
    }
    for name, action in rows.items():
        print(f"{name:38s} {1e3 * best(action):9.2f} ms")
