"""What may be left out of the tables: contributions far below any experimental sensitivity.

A contribution to a low-energy coefficient is dropped if, for Warsaw coefficients of 1/TeV^2 at
mu_M, it is smaller than `tolerance(target)`/TeV^2 in the normalisation in which the largest direct
contribution is one.  The tolerances are at least a hundred times below what is measured: in the
kaon sector, where epsilon_K bounds scalar coefficients at 1e-11/TeV^2, down to 1e-15.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

__all__ = ["need_matching", "need_running", "peaks", "tolerance"]

_TOLERANCE = {
    "sdsd": 1e-15,
    "sd": 1e-12,
    "sdemu": 1e-10,
    "sdmue": 1e-10,
    "sdnunu": 1e-10,
    "cucu": 1e-12,
    "dbdb": 1e-10,
    "sbsb": 1e-10,
    "db": 1e-10,
    "sb": 1e-10,
    "mue": 1e-13,
    "mutau": 1e-10,
    "taue": 1e-10,
    "dF=0": 1e-11,
    "all": 1e-7,
}
_DEFAULT = 1e-9


def tolerance(sector: str) -> float:
    """Return the negligible contribution to a coefficient of a sector, in 1/TeV^2."""
    return _TOLERANCE.get(sector, _DEFAULT)


def peaks(low: csr_array, match: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return the largest direct contribution to each target coefficient (a row of `low`).

    Coefficients that dimension six does not generate (scalar operators that only QED makes, say)
    get a millionth of the median of their set (`block` numbers the sets).
    """
    peak = np.zeros(low.shape[0])
    for start in range(0, low.shape[0], 500):
        rows = slice(start, start + 500)
        peak[rows] = np.abs(low[rows] @ match).max(axis=1)
    for b in np.unique(block):
        inside = peak[block == b]
        peak[block == b] = np.maximum(inside, 1e-6 * np.median(inside[inside > 0]))
    return peak


def need_matching(low: csr_array, negligible: np.ndarray) -> np.ndarray:
    """Return, for each WET coefficient at the Z mass, the inverse of its negligible size.

    `low` maps those to the targets, whose negligible contributions are given.
    """
    return np.asarray(abs(low).multiply(1 / negligible[:, None]).max(axis=0).toarray().ravel())


def need_running(low: csr_array, match: np.ndarray, negligible: np.ndarray) -> np.ndarray:
    """Return the same for each Warsaw coefficient at the Z mass; `match` leads to the WET."""
    out = np.zeros(match.shape[1])
    for start in range(0, low.shape[0], 500):
        rows = slice(start, start + 500)
        weight = np.abs(low[rows] @ match) / negligible[rows, None]
        out = np.maximum(out, weight.max(axis=0))
    return out
