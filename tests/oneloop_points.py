"""Points for the tests of the one-loop matching."""

from __future__ import annotations

import numpy as np

from muoquark.matching.oneloop.inputs import Inputs
from reference.oneloop.inputs import Inputs as TwoLeptoquarks

COUPLINGS = {
    "S1": ("eta1L", "eta1R"),
    "S1t": ("eta1tR",),
    "S3": ("eta3L",),
    "R2": ("eta2L", "eta2R"),
    "R2t": ("eta2tL",),
}
#: Alone, in pairs, and all of them.
SETS = (
    *((name,) for name in COUPLINGS),
    ("S1", "S3"),
    ("R2", "S3"),
    ("R2", "S1"),
    ("S1t", "R2t"),
    ("S1t", "R2"),
    ("S3", "R2t"),
    tuple(COUPLINGS),
)
_MASSES = {"S1": 1.3, "S3": 0.8, "S1t": 0.9, "R2": 1.2, "R2t": 1.05}
_PORTALS = {
    **{"lH1": 0.3, "lH3": 0.2, "leH3": 0.4, "lH13": 0.2 + 0.5j},
    **{"lH1t": -0.25, "lH2": 0.35, "lsH2": -0.45, "lH2t": 0.15, "lsH2t": 0.55},
}
_OF = {
    **{"lH1": "S1", "lH3": "S3", "leH3": "S3", "lH1t": "S1t"},
    **{"lH2": "R2", "lsH2": "R2", "lH2t": "R2t", "lsH2t": "R2t"},
}


def random_inputs(seed: int, **others) -> TwoLeptoquarks:
    """Random complex 3x3 couplings and Yukawas, all gauge couplings and portals on, M1 != M3."""
    rng = np.random.default_rng(seed)

    def matrix() -> np.ndarray:
        return rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))

    values = {name: matrix() for name in ("eta1L", "eta1R", "eta3L", "Yu", "Yd", "Ye")}
    numbers = {
        **{"M1": 1.3, "M3": 0.8, "mu": 1.1, "g1": 0.4, "g2": 0.7, "g3": 1.1, "lam": 0.3},
        **{"lH1": 0.3, "lH3": 0.2, "leH3": 0.4, "lH13": 0.2 + 0.5j},
    }
    return TwoLeptoquarks(**{**values, **numbers, **others})


def as_inputs(p: TwoLeptoquarks) -> Inputs:
    """Return the inputs of the package for a point of S1 and S3."""
    return Inputs(
        {name: getattr(p, name) for name in ("eta1L", "eta1R", "eta3L")},
        {"S1": p.M1, "S3": p.M3},
        {name: getattr(p, name) for name in ("lH1", "lH3", "leH3", "lH13")},
        **{name: getattr(p, name) for name in ("Yu", "Yd", "Ye", "mu", "g1", "g2", "g3", "lam")},
        m2=p.m2,
    )


def random_set(fields, seed: int, **others) -> Inputs:
    """The same for any set of leptoquarks, all masses different.

    A coupling has the same values in every set.
    """
    rng = np.random.default_rng(1000 + seed)

    def matrix() -> np.ndarray:
        return rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))

    sm = {name: matrix() for name in ("Yu", "Yd", "Ye")}
    values = {name: matrix() for names in COUPLINGS.values() for name in names}
    portals = {name: value for name, value in _PORTALS.items() if _OF.get(name) in fields}
    if {"S1", "S3"} <= set(fields):
        portals["lH13"] = _PORTALS["lH13"]
    found = Inputs(
        couplings={name: values[name] for field in fields for name in COUPLINGS[field]},
        masses={field: _MASSES[field] for field in fields},
        portals=portals,
        **sm,
        **{"mu": 1.1, "g1": 0.4, "g2": 0.7, "g3": 1.1, "lam": 0.3},
    )
    return found._replace(**others)
