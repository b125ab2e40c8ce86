r"""Finite naturalness: what integrating out the leptoquarks does to y_mu and to the Higgs mass.

Definition (after Farina, Pappadopulo and Strumia, 1303.7244, Farina:2013mla): at the matching
scale mu_M = M of the heavy field, where the threshold is free of large logarithms, the shifts must
not exceed the parameters by more than a factor Delta (here 1):

.. math:: |\delta y_\mu| < \Delta\,y_\mu, \qquad |\delta m_h^2| < \Delta\,m_h^2 .

Pieces of different couplings are added in modulus, since a cancellation among them is an accident
and not naturalness: ``total`` is that sum, ``shift`` the sum with signs.

* :math:`\delta y_\mu` is eq. (4) of the paper, made flavour covariant, and the field normalisation.
* :math:`\delta m_h^2 = -2\,\delta m_H^2` (V = m_H^2 |H|^2) has the one-loop portal piece and, even
  without a portal, two of two loops, from gauge bosons and from the fermions that the Higgs couples
  to; formulae and sources are in :mod:`muoquark.theory.naturalness_pieces`, for any scalar, and
  :mod:`muoquark.theory.naturalness_theory` judges a whole theory by them.  On the paper's cards the
  Yukawa piece is y_t^2 |eta_t|^2 of each chirality, and one with a Higgs on either line, of S1, is
  smaller by y_mu/y_t.  It is all that two loops have without a portal, for couplings to any family.
  A point has no neutrino Yukawas, and kinetic mixing is not in it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log, pi
from typing import Any

import numpy as np

from muoquark.common.constants import KAPPA, M_MU_5, M_TOP_RUNNING
from muoquark.common.errors import DomainError, InputError
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.model.point import Point
from muoquark.sm.inputs import TODAY
from muoquark.theory.betas import Theory, theory_of
from muoquark.theory.couplings import Couplings
from muoquark.theory.naturalness_pieces import (
    gauge_piece,
    heavy_scalar,
    portal_piece,
    portal_sum,
    yukawa_piece,
)
from muoquark.theory.sm import sm_flow

__all__ = [
    "LOWEST_M1",
    "MASSES",
    "HiggsShift",
    "YukawaShift",
    "amu_loop",
    "at_scale",
    "check_mass",
    "delta_mh2",
    "delta_ymu",
    "five_tev",
    "gauge_threshold",
    "higgs_size",
    "m1_limit_from_ymu",
    "mass_limit_from_higgs",
    "portal_of",
    "portal_threshold",
    "portals_of_point",
    "product_for_amu",
    "upper_mass",
    "with_sm",
    "yukawa_threshold",
]

MASSES = (300.0, 3e5)  # GeV, where limits are looked for
LOWEST_M1 = 600.0  # GeV: below, the leading logarithm of a_mu is of no use
_SM = ("g1", "g2", "Yu", "Yd", "Ye")


@lru_cache(maxsize=1)
def _splines() -> dict[str, Any]:
    from scipy.interpolate import CubicSpline

    flow = sm_flow(MASSES[1] * 1.01, n_points=40)
    rows = flow.points
    values = {
        "g1": [r["g1"] for r in rows],
        "g2": [r["g2"] for r in rows],
        # the largest singular value, whatever the flavour basis
        "yt": [np.linalg.norm(r["Yu"], 2) for r in rows],
        "ymu": [abs(r["Ye"][1, 1]) for r in rows],
        "Yu": [r["Yu"] for r in rows],
        "Yd": [r["Yd"] for r in rows],
        "Ye": [r["Ye"] for r in rows],
    }
    return {name: CubicSpline(np.log(flow.mu), column) for name, column in values.items()}


def _sm(name: str, mu: float) -> Any:
    """SM coupling at mu, interpolated (1e-5) in the range of the limits."""
    value = _splines()[name](log(mu))
    return value if value.ndim else float(value)


def at_scale(point: Point, mu: float) -> Point:
    """Return the point matched at `mu` (GeV), with the SM couplings of this room there.

    They come down from the matching at M_t by two loops: y_t and y_mu at 3 TeV are 0.811 and
    5.99e-4.  The matching to Wilson coefficients takes those that the tables of running were made
    with (0.826 and 6.20e-4: one loop, and the pole mass of the muon at M_Z), as it must; whatever
    is said on naturalness takes these here.
    """
    return point.replace(mu_M=mu, sm={name: _sm(name, mu) for name in _SM})


def with_sm(theory: Theory, couplings: Mapping[str, Any], mu: float) -> dict[str, Any]:
    """Return couplings with the SM ones of :func:`at_scale` at `mu` (GeV).

    Entries of matrices that the charges of the theory forbid are left out.
    """
    out = dict(couplings)
    for name in (name for name in _SM if name in theory.space.names):
        value = _sm(name, mu)
        out[name] = np.where(theory.space.allowed[name], value, 0) if np.ndim(value) else value
    return out


def _of_point(point: Point | None = None) -> tuple[Theory, Couplings]:
    """Return the theory of S1 and S3 with all flavours, and a point's couplings without the SM."""
    theory = theory_of("generic")
    given: dict[str, Any] = {}
    if point is not None:
        given = dict(point.couplings)
        for name in (name for name in point.quartics if name in theory.space.quartics):
            value = point.quartic(name)
            given[name] = value if name in theory.space.complex else value.real
    return theory, theory.complete(given)


def portal_of(theory: Theory, couplings: Mapping[str, Any], field: str) -> float:
    """Return what V has in front of |H|^2 |S|^2, on average over the components of a field."""
    return portal_sum(theory, couplings, field) / heavy_scalar(theory, couplings, field).size


@dataclass(frozen=True)
class YukawaShift:
    """The shift of the muon Yukawa, SMEFT minus UV, in units of y_mu at mu_M = M1; complex.

    Attributes
    ----------
    chiral
        The top-enhanced piece, eq. (4).
    normalisation
        Muon field normalisation, which is multiplicative in y_mu.
    shift
        Their sum.
    """

    chiral: complex
    normalisation: complex
    shift: complex

    @property
    def total(self) -> float:
        """The sum of the moduli, where one piece cannot compensate the other."""
        return abs(self.chiral) + abs(self.normalisation)

    def record(self) -> dict[str, Any]:
        """Return the pieces as plain data."""
        return {
            "chiral": self.chiral,
            "normalisation": self.normalisation,
            "shift": self.shift,
            "total": self.total,
        }


def delta_ymu(point: Point) -> YukawaShift:
    """Return the shift of the muon Yukawa."""
    there = at_scale(point, point.M1)
    y_mu = complex(there.sm_parameters.Ye[1, 1])
    inputs = inputs_of_point(there)
    # The whole shift is that of the matching.  Its piece without y_mu is eq. (4); what is left is Z
    # and terms of m2/M^2.
    shift = complex(np.asarray(one_loop(inputs).shifts["Ye"])[1, 1]) / y_mu
    flip = point.eta1L.conj().T @ np.asarray(inputs.Yu).conj() @ point.eta1R
    chiral = complex(-3 * KAPPA * flip[1, 1]) / y_mu
    return YukawaShift(chiral, shift - chiral, shift)


def portals_of_point(point: Point) -> dict[str, float]:
    """Return :func:`portal_of` S1 and S3 at a point."""
    theory, couplings = _of_point(point)
    return {field: portal_of(theory, couplings, field) for field in ("S1", "S3")}


def gauge_threshold(field: str, mass: float, cutoff: float | None = None) -> float:
    """Return the two-loop gauge piece of delta m_h^2 of S1 or S3 in GeV^2."""
    theory, couplings = _of_point()
    return gauge_piece(theory, with_sm(theory, couplings, mass), field, mass, cutoff)


def portal_threshold(field: str, mass: float, portal: float) -> float:
    """Return the one-loop portal piece of delta m_h^2 of S1 or S3 in GeV^2, of lH1 or lH3."""
    return 2 * KAPPA * heavy_scalar(*_of_point(), field).size * portal * mass**2


def yukawa_threshold(field: str, mass: float, point: Point, cutoff: float | None = None) -> float:
    """Return the two-loop Yukawa piece of delta m_h^2 in GeV^2.

    Parameters
    ----------
    field
        S1 or S3.
    mass
        Its mass in GeV, which may differ from that of the point; SM Yukawas are taken there.
    point
        Where the leptoquark couplings are from; they are those at the scale `mass`.
    cutoff
        Scale in GeV at which the portal vanishes; None is the mass.
    """
    theory, couplings = _of_point(point)
    heavy_scalar(theory, couplings, field)
    check_mass(mass)
    return yukawa_piece(theory, with_sm(theory, couplings, mass), field, mass, cutoff)


@dataclass(frozen=True)
class HiggsShift:
    """The pieces of delta m_h^2 in units of m_h^2, each at mu_M = mass of its leptoquark.

    Attributes
    ----------
    portal, gauge, yukawa
        By field.
    """

    portal: Mapping[str, float]
    gauge: Mapping[str, float]
    yukawa: Mapping[str, float]

    @property
    def pieces(self) -> dict[str, float]:
        """All of them, such as ``portal_S1``."""
        return {
            f"{name}_{field}": values[field]
            for field in self.portal
            for name, values in (
                ("portal", self.portal), ("gauge", self.gauge), ("yukawa", self.yukawa),
            )
        }  # fmt: skip

    @property
    def shift(self) -> float:
        """The sum with signs."""
        return sum(self.pieces.values())

    @property
    def total(self) -> float:
        """The sum of the moduli."""
        return sum(map(abs, self.pieces.values()))

    def record(self) -> dict[str, float]:
        """Return the pieces as plain data."""
        return {**self.pieces, "shift": self.shift, "total": self.total}


def delta_mh2(point: Point, cutoff: float | None = None) -> HiggsShift:
    """Return the pieces of delta m_h^2; `cutoff` as in :func:`yukawa_threshold`."""
    portal, gauge, yukawa = {}, {}, {}
    theory, couplings = _of_point(point)
    for field, mass in (("S1", point.M1), ("S3", point.M3)):
        check_mass(mass)
        there = with_sm(theory, couplings, mass)
        portal[field] = portal_piece(theory, there, field, mass) / TODAY.m_h**2
        gauge[field] = gauge_piece(theory, there, field, mass, cutoff) / TODAY.m_h**2
        yukawa[field] = yukawa_piece(theory, there, field, mass, cutoff) / TODAY.m_h**2
    return HiggsShift(portal, gauge, yukawa)


def check_mass(mass: float, lowest: float = MASSES[0]) -> None:
    """Raise DomainError for a mass (GeV) at which there are no SM couplings here."""
    if not lowest <= mass <= MASSES[1]:
        raise DomainError(
            f"naturalness is tabulated from {lowest:g} to {MASSES[1]:g} GeV, not at {mass:g} GeV"
        )


def amu_loop(mass: float) -> float:
    """Return ln(M1^2/m_t^2) - 7/4, the loop function of a_mu, with the running top mass."""
    return 2 * log(mass / M_TOP_RUNNING) - 1.75


def product_for_amu(mass: float, delta_a: float) -> float:
    r"""Return the leading-order :math:`X = \eta^{1L*}_t\eta^{1R}_t` that gives `delta_a` at M1.

    :math:`\Delta a_\mu = \frac{m_\mu m_t}{4\pi^2M_1^2}(\ln\frac{M_1^2}{m_t^2}-\frac74)X`; running
    between M1 and the muon mass lowers :math:`\Delta a_\mu` by 10 to 20 % and is not in here.
    """
    check_mass(mass, LOWEST_M1)
    return delta_a * 4 * pi**2 * mass**2 / (M_MU_5 * M_TOP_RUNNING * amu_loop(mass))


def m1_limit_from_ymu(product: float, at: float = 3000.0, tolerance: float = 1.0) -> float | None:
    r"""Upper limit on M1 in GeV from :math:`|\delta y_\mu| < \Delta\,y_\mu` along constant a_mu.

    Parameters
    ----------
    product
        eta1L eta1R (third family, real) that fits a_mu at M1 = `at`.  Along constant a_mu it grows
        like M1^2/(ln(M1^2/m_t^2) - 7/4).
    tolerance
        Delta.

    Returns
    -------
    The mass; None if the shift stays below up to 300 TeV, 600 GeV if it is above everywhere.
    """
    check_mass(at, LOWEST_M1)

    def shift(mass: float) -> float:
        x = product * (mass / at) ** 2 * amu_loop(at) / amu_loop(mass)
        return float(3 * KAPPA * abs(x) * _sm("yt", mass) / _sm("ymu", mass))

    return upper_mass(shift, tolerance, LOWEST_M1)


def upper_mass(
    shift: Callable[[float], float], tolerance: float, lowest: float = MASSES[0]
) -> float | None:
    """Return the mass in GeV at which a shift, growing with the mass, reaches `tolerance`.

    None if it stays below up to 300 TeV, `lowest` if it is above everywhere.
    """
    from scipy.optimize import brentq

    # Shifts go about like a power of the mass: in logarithms the root is that of nearly a line.
    def excess(log_mass: float) -> float:
        # exp(log) may leave the range by a rounding error
        mass = min(max(float(np.exp(log_mass)), MASSES[0]), MASSES[1])
        return log(max(shift(mass), 1e-300) / tolerance)

    low, high = log(lowest), log(MASSES[1])
    if excess(low) > 0:
        return lowest
    if excess(high) < 0:
        return None
    return float(np.exp(brentq(excess, low, high, xtol=1e-6)))


def higgs_size(
    theory: Theory,
    couplings: Mapping[str, Any],
    field: str,
    mass: float,
    portal: float,
    yukawa: float,
    cutoff: float | None = None,
) -> float:
    """Return the sum of the moduli of the pieces of delta m_h^2 of a field, in units of m_h^2.

    Parameters
    ----------
    theory, couplings, field, mass, cutoff
        See :func:`~muoquark.theory.naturalness_pieces.gauge_piece`; the SM couplings are replaced.
    portal
        See :func:`portal_of`.
    yukawa
        What the Yukawa piece is multiplied by.
    """
    there = with_sm(theory, couplings, mass)
    size = abs(2 * KAPPA * heavy_scalar(theory, couplings, field).size * portal * mass**2)
    size += abs(gauge_piece(theory, there, field, mass, cutoff))
    if yukawa:
        size += yukawa * abs(yukawa_piece(theory, there, field, mass, cutoff))
    return size / TODAY.m_h**2


def mass_limit_from_higgs(
    field: str,
    portal: float = 0.0,
    tolerance: float = 1.0,
    cutoff: float | None = None,
    point: Point | None = None,
    constant_amu: bool = False,
) -> float | None:
    """Upper limit on a leptoquark mass in GeV from |delta m_h^2| < Delta m_h^2.

    The moduli of the portal, the gauge and the Yukawa piece are added: a cancellation among them
    is not naturalness.

    Parameters
    ----------
    field
        S1 or S3.
    portal
        lH1 or lH3.
    tolerance
        Delta.
    cutoff
        See :func:`yukawa_threshold`.
    point
        Where the couplings of the Yukawa piece are from; they are held fixed.  Without a point
        the limit is that of portal and gauge loops alone.
    constant_amu
        For S1: let eta1L eta1R grow from the mass of the point as constant a_mu asks for, both
        factors alike (:func:`m1_limit_from_ymu`); masses are then looked for from 600 GeV on.

    Returns
    -------
    The mass; None if the shift stays below up to 300 TeV, the lowest mass if it is above
    everywhere.

    Raises
    ------
    InputError
        For an unknown field, and for `constant_amu` without a point or with S3.
    DomainError
        For `constant_amu` with M1 outside of 600 GeV to 300 TeV.
    """
    if constant_amu:
        if field != "S1" or point is None:
            raise InputError("constant a_mu is a line of S1 and starts from a point")
        check_mass(point.M1, LOWEST_M1)
    theory, couplings = _of_point(point)

    def shift(mass: float) -> float:
        weight = 0.0 if point is None else 1.0
        if constant_amu and point is not None:
            weight = (mass / point.M1) ** 2 * amu_loop(point.M1) / amu_loop(mass)
        return higgs_size(theory, couplings, field, mass, portal, weight, cutoff)

    return upper_mass(shift, tolerance, LOWEST_M1 if constant_amu else MASSES[0])


def five_tev() -> dict[str, float]:
    """Return the limits on M1 in TeV behind the paper's "M1 ~ 5 TeV" (section 2.5).

    Keys: the eta1L eta1R that fits the Delta a_mu of 2021 at 3 TeV, with the running of the
    paper's day (0.0230; its QED anomalous dimension of the lepton dipole was wrong), and the
    fit of the snapshot 2021-07 here (0.0149).
    """
    return {
        f"{product:.4f}": (m1_limit_from_ymu(product) or float("inf")) / 1e3
        for product in (0.0230, 0.0149)
    }
