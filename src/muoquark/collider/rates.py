"""Production of pairs of scalar colour triplets at the LHC.

The tables at 13 and 13.6 TeV (``data/pairs.csv`` says whose) are those of one complex scalar
triplet by QCD alone, NNLO(approx) + NNLL; exchange of leptons between quarks is left out, which
needs couplings of order one to the first generation to matter.  14 TeV follows from 13.6 TeV at
the same M/sqrt(s), sigma(M) = sigma_13.6(13.6 M/14) (13.6/14)^2, up to the running of alpha_s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from muoquark.common.errors import DomainError

__all__ = ["ENERGIES", "UNCERTAIN", "Rate", "pair_rate", "table_range"]

#: Energies of the collisions in TeV.
ENERGIES = ("13", "13.6", "14")
#: Above this mass in GeV partons are hardly known: a factor two.
UNCERTAIN = 2500.0


@dataclass(frozen=True)
class Rate:
    """A cross section in fb.

    Attributes
    ----------
    value, low, high
        Its centre and its range.
    bound
        Whether the mass lies above the table: then it is that of the table's end, and an upper
        bound, `low` being zero.
    """

    value: float
    low: float
    high: float
    bound: bool = False


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    text = resources.files("muoquark.collider").joinpath("data/pairs.csv").read_text("utf-8")
    rows = [line for line in text.splitlines() if line[:1].isdigit()]
    return np.array([[float(x) for x in row.split(",")] for row in rows])


def table_range(energy: str = "13") -> tuple[float, float]:
    """Return the masses in GeV between which rates are known."""
    scale = 14 / 13.6 if energy == "14" else 1.0
    masses = _table()[:, 0]
    return float(masses[0]) * scale, float(masses[-1]) * scale


def pair_rate(mass: float, energy: str = "13") -> Rate:
    """Return the cross section of pairs of one component.

    Parameters
    ----------
    mass
        In GeV.
    energy
        One of :data:`ENERGIES`.

    Raises
    ------
    DomainError
        For a mass below the table.

    Examples
    --------
    >>> rate = pair_rate(1000.0)
    >>> round(rate.value, 2), round(rate.high - rate.value, 2)
    (6.83, 0.77)
    """
    low, high = table_range(energy)
    if mass < low * (1 - 1e-12):
        raise DomainError(f"rates of pairs are known from {low:.4g} GeV on, not at {mass:g} GeV")
    scale, column = (13.6 / 14, 3) if energy == "14" else (1.0, 1 if energy == "13" else 3)
    table = _table()
    at = min(mass * scale, float(table[-1, 0]))
    value = float(np.exp(np.interp(at, table[:, 0], np.log(table[:, column])))) * scale**2
    if mass > high * (1 + 1e-12):
        return Rate(value, 0.0, 2 * value, True)
    if at > UNCERTAIN:
        return Rate(value, value / 2, 2 * value)
    share = float(np.interp(at, table[:, 0], table[:, column + 1] / table[:, column]))
    return Rate(value, value * (1 - share), value * (1 + share))
