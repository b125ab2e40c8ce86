r"""Is a theory natural?  Shifts of the lepton Yukawas and of m_h^2 by each of its heavy scalars.

The definition is that of :mod:`muoquark.theory.naturalness`, for any set of scalars: each field is
integrated out at mu_M = its mass, and the moduli of all pieces are added.  The SM couplings there
are those that this room runs to the mass, in the basis in which the matrices of down quarks and
charged leptons are diagonal; all other couplings are held fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from muoquark.common.errors import DomainError, InputError
from muoquark.sm.inputs import TODAY
from muoquark.theory.betas import Theory
from muoquark.theory.couplings import Couplings
from muoquark.theory.decoupling import heavy_fields, yukawa_shifts
from muoquark.theory.naturalness import (
    HiggsShift,
    YukawaShift,
    check_mass,
    higgs_size,
    portal_of,
    upper_mass,
    with_sm,
)
from muoquark.theory.naturalness_pieces import (
    gauge_piece,
    heavy_scalar,
    portal_piece,
    yukawa_piece,
)

__all__ = ["HiggsLimits", "TheoryNaturalness", "mass_limit", "naturalness_of"]


@dataclass(frozen=True)
class HiggsLimits:
    """Upper limits on a mass in GeV from the Higgs mass; None where there is none up to 300 TeV.

    Attributes
    ----------
    all_pieces
        At the couplings that were given.
    without_portal
        Gauge and Yukawa loops.
    gauge_only
        Gauge loops, which no choice of couplings removes.
    """

    all_pieces: float | None
    without_portal: float | None
    gauge_only: float | None

    def record(self) -> dict[str, float | None]:
        """Return the limits as plain data."""
        return {
            "all_pieces": self.all_pieces,
            "without_portal": self.without_portal,
            "gauge_only": self.gauge_only,
        }


@dataclass(frozen=True)
class TheoryNaturalness:
    """Finite naturalness of a theory; made by :func:`naturalness_of`.

    Attributes
    ----------
    tolerance
        Delta.
    yukawas
        By charged lepton, then by field: the shift of its Yukawa coupling, the diagonal entry of
        Ye, in units of it.
    higgs
        The pieces of delta m_h^2 by field, in units of m_h^2.
    limits
        On the masses, by field.
    portals
        By field: what V has in front of |H|^2 |S|^2, on average over its components.
    masses
        By field, GeV.
    not_computed
        By field, why it has no shifts; it is in none of the others.
    """

    tolerance: float
    yukawas: Mapping[str, Mapping[str, YukawaShift]]
    higgs: HiggsShift
    limits: Mapping[str, HiggsLimits]
    portals: Mapping[str, float]
    masses: Mapping[str, float]
    not_computed: Mapping[str, str]

    @property
    def yukawa_totals(self) -> dict[str, float]:
        """By charged lepton, the moduli of all pieces of all fields added."""
        return {
            lepton: sum(shift.total for shift in shifts.values())
            for lepton, shifts in self.yukawas.items()
        }

    @property
    def yukawas_natural(self) -> dict[str, bool | None]:
        """By charged lepton; None where that depends on a field that is not computed."""
        return {lepton: self._verdict(total) for lepton, total in self.yukawa_totals.items()}

    @property
    def mh2_natural(self) -> bool | None:
        """Whether the Higgs mass is; None if that depends on a field that is not computed."""
        return self._verdict(self.higgs.total)

    def _verdict(self, total: float) -> bool | None:
        if total >= self.tolerance:
            return False
        return None if self.not_computed else True

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the definition."""
        natural, totals = self.yukawas_natural, self.yukawa_totals
        return {
            "definition": (
                "mu_M = M of each field: |delta y_l| < Delta y_l, |delta m_h^2| < Delta m_h^2, "
                "moduli of the pieces of all fields added"
            ),
            "Delta": self.tolerance,
            "masses_GeV": dict(self.masses),
            "delta_yukawa": {
                lepton: {
                    "fields": {field: shift.record() for field, shift in shifts.items()},
                    "total": totals[lepton],
                    "natural": natural[lepton],
                }
                for lepton, shifts in self.yukawas.items()
            },
            "delta_mh2": self.higgs.record(),
            "mh2_natural": self.mh2_natural,
            "limits_GeV": {field: limits.record() for field, limits in self.limits.items()},
            "portals": dict(self.portals),
            "not_computed": dict(self.not_computed),
        }


def naturalness_of(
    theory: Theory, couplings: Mapping[str, Any], tolerance: float = 1.0
) -> TheoryNaturalness:
    """Return shifts, verdicts and mass limits of a theory.

    Parameters
    ----------
    theory
        The theory.
    couplings
        With the masses ``m2_<field>`` = M^2 in GeV^2; SM couplings among them are not used.
    tolerance
        Delta.

    Raises
    ------
    InputError
        For wrong couplings, or a tolerance that is not positive.
    """
    if not tolerance > 0:
        raise InputError(f"Delta must be positive, found {tolerance:g}")
    values = theory.complete(couplings)
    portal, gauge, yukawa = {}, {}, {}
    shifts: dict[str, dict[str, YukawaShift]] = {}
    limits, portals, masses, reasons = {}, {}, {}, {}
    for field in heavy_fields(theory):
        try:
            mass = _mass(theory, values, field)
            heavy_scalar(theory, values, field)
            there = with_sm(theory, values, mass)
            found = _lepton_shifts(theory, there, field, mass)
        except DomainError as error:
            reasons[field] = str(error)
            continue
        masses[field] = mass
        for lepton, shift in found.items():
            shifts.setdefault(lepton, {})[field] = shift
        unit = TODAY.m_h**2
        portal[field] = portal_piece(theory, there, field, mass) / unit
        gauge[field] = gauge_piece(theory, there, field, mass) / unit
        yukawa[field] = yukawa_piece(theory, there, field, mass) / unit
        portals[field] = portal_of(theory, values, field)
        limits[field] = HiggsLimits(
            *(
                mass_limit(theory, values, field, tolerance, size, weight)
                for size, weight in ((portals[field], 1.0), (0.0, 1.0), (0.0, 0.0))
            )
        )
    return TheoryNaturalness(
        tolerance,
        shifts,
        HiggsShift(portal, gauge, yukawa),
        limits,
        portals,
        masses,
        reasons,
    )


def _mass(theory: Theory, couplings: Couplings, field: str) -> float:
    name = next(
        term.coupling
        for term in theory.components.potential_terms
        if term.real and [one.name for one in term.fields] == [field, field]
    )
    squared = couplings[name]
    if not squared > 0:
        raise DomainError(f"{name} = {squared:g} GeV^2 is no mass of a field to integrate out")
    check_mass(sqrt(squared))
    return sqrt(squared)


def mass_limit(
    theory: Theory,
    couplings: Couplings,
    field: str,
    tolerance: float,
    portal: float,
    yukawa: float = 1.0,
) -> float | None:
    """Upper limit on a field's mass in GeV from |delta m_h^2| < Delta m_h^2.

    Parameters
    ----------
    portal
        In front of |H|^2 |S|^2, in the place of that of `couplings`.
    yukawa
        Factor on the Yukawa piece; 0 leaves it out.

    Returns
    -------
    The mass; None if the shift stays below up to the highest mass looked at.
    """
    return upper_mass(
        lambda mass: higgs_size(theory, couplings, field, mass, portal, yukawa), tolerance
    )


def _lepton_shifts(
    theory: Theory, couplings: Mapping[str, Any], field: str, mass: float
) -> dict[str, YukawaShift]:
    """Return the shifts of the diagonal of Ye by one field, in units of these entries."""
    if "Ye" not in theory.space.yukawas:
        return {}
    found = yukawa_shifts(theory, couplings, mass, (field,))["Ye"]
    term = theory.model.term("Ye")
    out = {}
    for k, lepton in enumerate(term.fields[term.flavour_axes[0]].flavours):
        size = complex(couplings["Ye"][k, k])
        vertex, normalisation = (complex(part[k, k]) / size for part in found)
        out[lepton] = YukawaShift(vertex, normalisation, vertex + normalisation)
    return out
