r"""What single sets of data say of m_X/g_X at fixed charges, :math:`\epsilon/g_X` and angles.

All coefficients of tree level go like :math:`(g_X/m_X)^2` then.  They are scaled at one matching
scale, that of the point, so that logarithms of other masses are not followed: a change of m_X by a
factor of ten moves a bound by some per cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.boson import boson_tensors
from muoquark.model.point import Point
from muoquark.smeft.tensors import symmetrise
from muoquark.smeft.warsaw import from_tensors

__all__ = ["CONFIDENCE", "RatioBound", "bounds", "coefficients_of"]

#: Delta chi2 of 95 % for one parameter.
CONFIDENCE = 3.841458820694124
#: Ends of what is looked at, m_X/g_X in GeV.
RANGE = (100.0, 1e7)
STEPS = 481
#: Sets of data: blocks and groups of the likelihood, or patterns of observables.
SETS = {
    "trident": ("R_trident",),
    "electroweak": ("ewpt",),
    "Delta F = 2": ("Delta F = 2",),
    "b->smumu": ("b->smumu",),
    "B -> K nu nu": ("bqnunu",),
    "contact tails": tuple(
        "dimuon dielectron ditau monomuon monoelectron monotau muontau electrontau electronmuon"
        .split()
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RatioBound:
    """What one set of data says of m_X/g_X.

    Attributes
    ----------
    name
        Of the set.
    lower
        Smallest m_X/g_X in GeV that is allowed at 95 %, None if all is down to 100 GeV.
    upper
        Largest one, None if infinity is allowed.
    best
        Where chi2 is smallest, None for infinity.
    gain
        chi2 of the SM minus the smallest.
    here
        chi2 of the point minus that of the SM.
    """

    name: str
    lower: float | None
    upper: float | None
    best: float | None
    gain: float
    here: float

    def record(self) -> dict[str, Any]:
        """Return it as plain data, in TeV."""

        def tev(x: float | None) -> float | None:
            return None if x is None else x / 1e3

        return {
            "set": self.name, "lower_TeV": tev(self.lower), "upper_TeV": tev(self.upper),
            "best_TeV": tev(self.best), "gain_in_chi2": self.gain, "delta_chi2_here": self.here,
        }  # fmt: skip


def coefficients_of(point: Point) -> tuple[float, tuple[str, ...], np.ndarray]:
    """Return scale, names and values of the real components of the exchange of X, in GeV^-2."""
    boson = point.boson
    assert boson is not None
    scale = float(boson.mass if point.mu_M is None else point.mu_M)
    values = from_tensors(symmetrise(boson_tensors(boson, point.sm_at(scale).g1)))
    parts: dict[str, float] = {}
    for name, value in values.items():
        for part, number in (("Re", complex(value).real), ("Im", complex(value).imag)):
            if number:
                parts[f"{name}:{part}"] = number
    return scale, tuple(parts), np.array(list(parts.values()))


def bounds(point: Point, likelihood: Likelihood) -> tuple[RatioBound, ...]:
    """Return the bounds of all sets that the likelihood has, and of everything.

    Raises
    ------
    DomainError
        If g_X is zero, so that there is no m_X/g_X.
    """
    boson = point.boson
    if boson is None or not boson.coupling:
        raise DomainError("gX is zero: there is no m_X/g_X to bound, X couples by mixing alone")
    scale, names, values = coefficients_of(point)
    forward = likelihood.forward(scale, names)
    here = float(boson.mass / boson.coupling)
    chosen = {name: _of(likelihood, patterns) for name, patterns in SETS.items()}
    whole = [likelihood.blocks.index(name) for name in likelihood.blocks]
    texts = [o.text for o in likelihood.observables]
    own = {
        name: [k for k, text in enumerate(texts) for p in patterns if fnmatch(text, f"*{p}*")]
        for name, patterns in SETS.items() if not chosen[name]
    }  # fmt: skip
    own = {name: where for name, where in own.items() if where}
    terms = likelihood.data.terms(own) if own else None

    def chi2(ratio: np.ndarray) -> dict[str, np.ndarray]:
        found = forward.evaluate((here / ratio[:, None]) ** 2 * values)
        parts = np.asarray(found.parts)
        out = {name: -2 * parts[:, at].sum(axis=1) for name, at in chosen.items() if at}
        if terms is not None:
            sm = np.asarray(likelihood.sm_predictions)[None]
            many = np.concatenate([np.asarray(found.predictions), sm])
            rows = np.asarray(terms.log_likelihood(many))[:, -len(own) :]
            out |= {name: -2 * (rows[:-1, k] - rows[-1, k]) for k, name in enumerate(own)}
        return {**out, "all": -2 * parts[:, whole].sum(axis=1)}

    grid = np.geomspace(*RANGE, STEPS)
    curves, at_point = chi2(grid), chi2(np.array([here]))
    return tuple(
        _bound(name, grid, curves[name], float(at_point[name][0]))
        for name in (*SETS, "all") if name in curves
    )  # fmt: skip


def _of(likelihood: Likelihood, names: tuple[str, ...]) -> list[int]:
    """Return the positions of blocks or groups among the parts."""
    every = [*likelihood.blocks, *likelihood.groups]
    return [every.index(name) for name in names if name in every]


def _bound(name: str, grid: np.ndarray, chi2: np.ndarray, here: float) -> RatioBound:
    least, k = float(chi2.min()), int(chi2.argmin())
    at_infinity = least >= 0 or k == len(grid) - 1
    smallest = min(least, 0.0)
    allowed = chi2 - smallest <= CONFIDENCE
    lower = upper = None
    inside = np.nonzero(allowed)[0]
    if len(inside):
        first, last = int(inside[0]), int(inside[-1])
        if first > 0:
            lower = _crossing(grid, chi2 - smallest, first - 1)
        if last < len(grid) - 1:
            upper = _crossing(grid, chi2 - smallest, last)
    return RatioBound(
        name, lower, upper, None if at_infinity else float(grid[k]), max(0.0, -least), here
    )


def _crossing(grid: np.ndarray, excess: np.ndarray, k: int) -> float:
    """Return where the excess passes the level between two neighbours."""
    x, y = np.log(grid[k : k + 2]), excess[k : k + 2] - CONFIDENCE
    return float(np.exp(x[0] - y[0] * (x[1] - x[0]) / (y[1] - y[0])))
