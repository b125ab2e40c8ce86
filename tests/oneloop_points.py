"""Points for the tests of the one-loop matching."""

from __future__ import annotations

import numpy as np

from muoquark.matching.oneloop.inputs import Inputs


def random_inputs(seed: int, **others) -> Inputs:
    """Random complex 3x3 couplings and Yukawas, all gauge couplings and portals on, M1 != M3."""
    rng = np.random.default_rng(seed)

    def matrix() -> np.ndarray:
        return rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))

    values = {name: matrix() for name in ("eta1L", "eta1R", "eta3L", "Yu", "Yd", "Ye")}
    numbers = {
        **{"M1": 1.3, "M3": 0.8, "mu": 1.1, "g1": 0.4, "g2": 0.7, "g3": 1.1, "lam": 0.3},
        **{"lH1": 0.3, "lH3": 0.2, "leH3": 0.4, "lH13": 0.2 + 0.5j},
    }
    return Inputs(**{**values, **numbers, **others})
