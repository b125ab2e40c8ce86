"""Is a point natural?  Shifts, verdicts and mass limits; the definition is in naturalness.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from muoquark.model.point import Point
from muoquark.theory.naturalness import (
    LOWEST_M1,
    HiggsShift,
    YukawaShift,
    amu_loop,
    delta_mh2,
    delta_ymu,
    m1_limit_from_ymu,
    mass_limit_from_higgs,
    portals_of_point,
)

__all__ = ["MassLimits", "Naturalness", "finite_naturalness"]


@dataclass(frozen=True)
class MassLimits:
    """Upper limits on the leptoquark masses in GeV; None where there is none up to 300 TeV.

    Attributes
    ----------
    M1_from_ymu, M1_along_amu
        From y_mu, and from the Higgs mass without a portal, along constant a_mu; None too without
        a contribution to a_mu, and for M1 below 600 GeV.
    M1_from_mh2, M3_from_mh2
        From the Higgs mass, at the couplings of the point.
    without_portals, gauge_only
        The same without portals, and from gauge loops alone, by field.
    """

    M1_from_ymu: float | None
    M1_from_mh2: float | None
    M3_from_mh2: float | None
    without_portals: Mapping[str, float | None]
    M1_along_amu: float | None
    gauge_only: Mapping[str, float | None]

    def record(self) -> dict[str, Any]:
        """Return the limits as plain data."""
        return {
            "M1_from_ymu_at_constant_amu": self.M1_from_ymu,
            "M1_from_mh2": self.M1_from_mh2,
            "M3_from_mh2": self.M3_from_mh2,
            "without_portals": dict(self.without_portals),
            "M1_from_mh2_at_constant_amu_without_portal": self.M1_along_amu,
            "gauge_only": dict(self.gauge_only),
        }


@dataclass(frozen=True)
class Naturalness:
    """Finite naturalness of a point; made by :func:`finite_naturalness`.

    Attributes
    ----------
    tolerance
        Delta.
    yukawa, higgs
        What integrating out the leptoquarks does to y_mu and to m_h^2.
    limits
        On the masses.
    product
        |eta1L^+ Yu^* eta1R|/y_t of the muon, the combination of eq. (4) and of a_mu.
    product_at_3TeV
        The one that gives the same a_mu at M1 = 3 TeV; None if it is zero or M1 below 600 GeV.
    portals
        lH1 and lH3, by field.
    """

    tolerance: float
    yukawa: YukawaShift
    higgs: HiggsShift
    limits: MassLimits
    product: float
    product_at_3TeV: float | None
    portals: Mapping[str, float]

    @property
    def ymu_natural(self) -> bool:
        """Whether y_mu is natural."""
        return bool(self.yukawa.total < self.tolerance)

    @property
    def mh2_natural(self) -> bool:
        """Whether the Higgs mass is natural."""
        return bool(self.higgs.total < self.tolerance)

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the definition."""
        return {
            "definition": (
                "mu_M = M: |delta y_mu| < Delta y_mu, |delta m_h^2| < Delta m_h^2, "
                "moduli of the pieces added"
            ),
            "Delta": self.tolerance,
            "delta_ymu": self.yukawa.record(),
            "ymu_natural": self.ymu_natural,
            "delta_mh2": self.higgs.record(),
            "mh2_natural": self.mh2_natural,
            "limits_GeV": self.limits.record(),
            "a_mu_product": self.product,
            "a_mu_product_at_3TeV": self.product_at_3TeV,
            "portals": dict(self.portals),
        }


def finite_naturalness(point: Point, tolerance: float = 1.0) -> Naturalness:
    """Return shifts, verdicts and mass limits of a point.

    Raises
    ------
    DomainError
        If a mass is outside of 300 GeV to 300 TeV.
    """
    yukawa = delta_ymu(point)
    higgs = delta_mh2(point)
    yu = point.sm_parameters.Yu
    product = float(abs(point.eta1L[:, 1].conj() @ yu.conj() @ point.eta1R[:, 1]))
    product /= float(np.linalg.norm(yu, 2))
    useful = product > 0 and point.M1 >= LOWEST_M1
    portals = portals_of_point(point)
    limit = partial(mass_limit_from_higgs, tolerance=tolerance, point=point)
    at_3TeV = None
    if useful:
        at_3TeV = product * (3000.0 / point.M1) ** 2 * amu_loop(point.M1) / amu_loop(3000.0)
    return Naturalness(
        tolerance=tolerance,
        yukawa=yukawa,
        higgs=higgs,
        limits=MassLimits(
            M1_from_ymu=m1_limit_from_ymu(product, point.M1, tolerance) if useful else None,
            M1_from_mh2=limit("S1", portals["S1"]),
            M3_from_mh2=limit("S3", portals["S3"]),
            without_portals={field: limit(field, 0.0) for field in portals},
            M1_along_amu=limit("S1", 0.0, constant_amu=True) if useful else None,
            gauge_only={field: mass_limit_from_higgs(field, 0.0, tolerance) for field in portals},
        ),
        product=product,
        product_at_3TeV=at_3TeV,
        portals=portals,
    )
