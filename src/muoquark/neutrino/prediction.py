"""What (m_nu^-1)_mumu = 0 predicts: allowed masses, and a seesaw point that has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.neutrino.muon_zero import LARGEST_MASS, Allowed, allowed_windows, majorana_phases
from muoquark.neutrino.oscillations import ORDERINGS, PARAMETERS, GlobalFit, global_fit
from muoquark.neutrino.seesaw import LightNeutrinos, Seesaw, example_seesaw, light_neutrinos

__all__ = [
    "BOUNDS",
    "CONDITION",
    "EXAMPLE_MASS",
    "Bound",
    "NeutrinoExample",
    "NeutrinoPrediction",
    "OrderingPrediction",
    "PhaseCurve",
    "phase_curve",
    "prediction",
]

CONDITION = "(m_nu^-1)_mumu = 0"
#: Lightest mass of the example, eV: in the window of normal ordering that cosmology leaves.
EXAMPLE_MASS = 0.0025
_SIGMAS = (1.0, 2.0, 3.0)


@dataclass(frozen=True)
class Bound:
    """A bound from elsewhere.

    Attributes
    ----------
    value
        In eV; two numbers where the matrix elements of nuclei leave a range.
    cl
        Confidence level.
    source
        arXiv number and INSPIRE key.
    """

    value: float | tuple[float, float]
    cl: float
    source: str

    def record(self) -> dict[str, Any]:
        """Return the bound as plain data."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"value": value, "cl": self.cl, "source": self.source}


#: Bounds from elsewhere.
BOUNDS = {
    "sum, Planck 2018": Bound(0.12, 0.95, "1807.06209 (Aghanim:2018eyx)"),
    "sum, DESI DR2 + CMB": Bound(0.064, 0.95, "2503.14738 (DESI:2025zgx)"),
    "m_ee, KamLAND-Zen": Bound(
        (0.028, 0.122),
        0.90,
        "2406.11438 (KamLAND-Zen:2024eml); range of nuclear matrix elements",
    ),
    "m_beta, KATRIN": Bound(0.45, 0.90, "2406.13516 (KATRIN:2024cdt)"),
}


@dataclass(frozen=True, eq=False)
class NeutrinoExample:
    """A seesaw point with the best-fit oscillation parameters.

    Attributes
    ----------
    phases
        The Majorana phases (alpha21, alpha31) of both solutions, in degrees.
    seesaw
        The point, made with the first solution.
    light
        What it predicts.
    """

    phases: tuple[np.ndarray, ...]
    seesaw: Seesaw
    light: LightNeutrinos

    def record(self) -> dict[str, Any]:
        """Return the point as plain data; masses of the heavy neutrinos in GeV."""
        return {
            "phases": list(self.phases),
            "y_nu": self.seesaw.y_nu,
            "M_R": self.seesaw.M_R,
            "y_phi": self.seesaw.y_phi,
            "v_phi": self.seesaw.v_phi,
            "heavy_masses": self.light.heavy,
            "observables": self.light.summary(),
        }


@dataclass(frozen=True, eq=False)
class OrderingPrediction:
    """The prediction for one mass ordering.

    Attributes
    ----------
    fit
        The oscillation data.
    allowed
        Number of standard deviations to the windows of the lightest mass, ascending.
    example
        A point at the best fit; None if there is none with :data:`EXAMPLE_MASS`.
    """

    fit: GlobalFit
    allowed: Mapping[float, tuple[Allowed, ...]]
    example: NeutrinoExample | None

    def record(self) -> dict[str, Any]:
        """Return the prediction as plain data; masses in eV."""
        return {
            "delta_chi2": self.fit.delta_chi2,
            "carried": self.fit.carried,
            "best_fit": {name: self.fit.parameters[name].best for name in PARAMETERS},
            "allowed": {
                f"{sigma:g} sigma": [
                    {"lightest": window.lightest, "sum": window.total, "m_ee": window.m_ee}
                    for window in windows
                ]
                for sigma, windows in self.allowed.items()
            },
            "example": None if self.example is None else self.example.record(),
        }


@dataclass(frozen=True, eq=False)
class NeutrinoPrediction:
    """The prediction against one global fit; made by :func:`prediction`.

    Attributes
    ----------
    release
        Name of the global fit.
    source
        Its reference.
    orderings
        ``NO`` and ``IO``, those that were asked for.
    """

    release: str
    source: str
    orderings: Mapping[str, OrderingPrediction]

    def record(self) -> dict[str, Any]:
        """Return the prediction as plain data: masses in eV, phases in degrees.

        ``allowed`` lists the windows of the lightest mass; an upper end of None means that there
        is none below 1 eV.
        """
        return {
            "condition": CONDITION,
            "fit": self.release,
            "source": self.source,
            "orderings": {name: one.record() for name, one in self.orderings.items()},
            "bounds": {name: bound.record() for name, bound in BOUNDS.items()},
        }


def prediction(release: str, orderings: tuple[str, ...] = ORDERINGS) -> NeutrinoPrediction:
    """Return the allowed intervals for (m_nu^-1)_mumu = 0 and an example seesaw point.

    Raises
    ------
    InputError
        If there is no global fit of the name `release`.
    """
    source = global_fit("NO", release).source
    found = {}
    for ordering in orderings:
        fit = global_fit(ordering, release)
        found[ordering] = OrderingPrediction(
            fit=fit,
            allowed={sigma: allowed_windows(fit, sigma) for sigma in _SIGMAS},
            example=_example(fit),
        )
    return NeutrinoPrediction(release, source, found)


def _example(fit: GlobalFit) -> NeutrinoExample | None:
    """An example point at the best fit, or None if the triangle does not close there."""
    try:
        phases = majorana_phases(fit.best(), EXAMPLE_MASS)
    except DomainError:
        return None
    point = example_seesaw(fit, EXAMPLE_MASS)
    return NeutrinoExample(
        tuple(np.rad2deg(pair) for pair in phases), point, light_neutrinos(point)
    )


@dataclass(frozen=True, eq=False)
class PhaseCurve:
    """The Majorana phases at the best fit against the lightest mass.

    Attributes
    ----------
    lightest
        Lightest mass in eV where there is a solution, shape (n,).
    alpha21, alpha31
        In degrees from 0 to 360, shape (2, n): one row for each of the two mirror triangles.
    """

    lightest: np.ndarray
    alpha21: np.ndarray
    alpha31: np.ndarray


def phase_curve(
    release: str, ordering: str = "NO", smallest: float = 3e-4, points: int = 400
) -> PhaseCurve:
    """Return the Majorana phases from a lightest mass of `smallest` (eV) to 1 eV."""
    best = global_fit(ordering, release).best()
    masses, phases = [], []
    for mass in np.geomspace(smallest, LARGEST_MASS, points):
        try:
            phases.append(majorana_phases(best, float(mass)))
            masses.append(mass)
        except DomainError:
            continue
    both = np.rad2deg(np.array(phases).reshape(-1, 2, 2))
    return PhaseCurve(np.array(masses), both[:, :, 0].T, both[:, :, 1].T)
