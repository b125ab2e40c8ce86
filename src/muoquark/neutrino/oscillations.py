"""Measured neutrino oscillation parameters and their one-dimensional profiles.

The global fits publish best fits, 1 sigma and 3 sigma intervals for each parameter.  The signed
pull z of a value interpolates these five points, monotonically and without overshoot, and
chi^2 = sum z^2 neglects correlations.  The octant ambiguity of theta_23 is inside the 3 sigma
interval; the local minimum in the other octant is smoothed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np

from muoquark.common.errors import InputError, suggest

__all__ = [
    "ORDERINGS",
    "PARAMETERS",
    "RELEASES",
    "GlobalFit",
    "Measured",
    "global_fit",
]

PARAMETERS = ("s12sq", "s13sq", "s23sq", "delta", "dm21", "dm3l")
ORDERINGS = ("NO", "IO")

#: Releases of the global fit that are known, the current one first.
RELEASES = ("NuFIT-6.1", "NuFIT-6.0")


@dataclass(frozen=True)
class Measured:
    """A measured parameter, in the unit that a fit publishes it in.

    Attributes
    ----------
    best
        Best fit.
    plus, minus
        One standard deviation upwards and downwards, both positive.
    low3, high3
        Interval of three standard deviations.
    """

    best: float
    plus: float
    minus: float
    low3: float
    high3: float

    def pull(self, value: np.ndarray | float) -> np.ndarray:
        """Return the signed pull of a value (any shape) in standard deviations."""
        return _interpolate(value, _knots(self), _PULLS)

    def value(self, pull: np.ndarray | float) -> np.ndarray:
        """Return the value with a given pull; the inverse of :meth:`pull`."""
        return _interpolate(pull, _PULLS, _knots(self))


_PULLS = np.array((-3.0, -1.0, 0.0, 1.0, 3.0))


@lru_cache(maxsize=64)
def _knots(m: Measured) -> np.ndarray:
    """Return the values whose pulls are :data:`_PULLS`."""
    return np.array((m.low3, m.best - m.minus, m.best, m.best + m.plus, m.high3))


def _interpolate(x: np.ndarray | float, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Piecewise linear interpolation that goes on with the last slope outside."""
    below = (values[1] - values[0]) / (knots[1] - knots[0])
    above = (values[-1] - values[-2]) / (knots[-1] - knots[-2])
    inside = np.interp(x, knots, values)
    outside = below * np.minimum(x - knots[0], 0) + above * np.maximum(x - knots[-1], 0)
    return np.asarray(inside + outside)


@dataclass(frozen=True)
class GlobalFit:
    """The parameters of one release and one mass ordering.

    Attributes
    ----------
    name, ordering, source
        The release, ``"NO"`` or ``"IO"``, and the reference.
    delta_chi2
        Chi^2 of this ordering above the better one.
    parameters
        The measured parameters by name (:data:`PARAMETERS`): sin^2 of the angles, delta in
        degrees, splittings in eV^2.
    carried
        Intervals that come from the release before.
    """

    name: str
    ordering: str
    source: str
    delta_chi2: float
    parameters: Mapping[str, Measured]
    carried: tuple[str, ...] = ()

    def best(self) -> dict[str, float]:
        """Return the best fit."""
        return {name: self.parameters[name].best for name in PARAMETERS}

    def values(self, pulls: np.ndarray) -> dict[str, np.ndarray]:
        """Return the parameters (...) for pulls (..., 6) in the order of :data:`PARAMETERS`."""
        # Measured.value of all six at once: an optimisation asks thousands of times.
        best, inner, outer = self._slopes
        near = np.clip(pulls, -1, 1)
        beyond = pulls - near
        found = best + np.where(near < 0, *inner) * near + np.where(beyond < 0, *outer) * beyond
        return {name: found[..., i] for i, name in enumerate(PARAMETERS)}

    @cached_property
    def _slopes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Best values (6,), and the slopes (below, above) of pulls to 1 and beyond, (2, 6) each."""
        knots = np.array([_knots(self.parameters[name]) for name in PARAMETERS]).T
        steps = np.diff(knots, axis=0) / np.diff(_PULLS)[:, None]
        return knots[2], steps[[1, 2]], steps[[0, 3]]


@lru_cache(maxsize=16)
def global_fit(ordering: str = "NO", release: str = RELEASES[0]) -> GlobalFit:
    """Return the measured parameters.

    Raises
    ------
    InputError
        For an unknown ordering or release.
    """
    import yaml

    if release not in RELEASES:
        raise InputError(f"unknown global fit '{release}': {suggest(release, RELEASES)}")
    if ordering not in ORDERINGS:
        raise InputError(f"unknown mass ordering '{ordering}': {suggest(ordering, ORDERINGS)}")
    path = resources.files("muoquark.neutrino") / "data" / "oscillations.yaml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    table = tables[release]
    entry = table[ordering]
    return GlobalFit(
        release,
        ordering,
        table["source"],
        entry["delta_chi2"],
        {name: Measured(**entry[name]) for name in PARAMETERS},
        tuple(entry.get("carried", ())),
    )
