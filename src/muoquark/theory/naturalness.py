r"""Finite naturalness: what integrating out the leptoquarks does to y_mu and to the Higgs mass.

Definition (after Farina, Pappadopulo and Strumia, 1303.7244, Farina:2013mla): at the matching
scale mu_M = M of the heavy field, where the threshold is free of large logarithms, the shifts must
not exceed the parameters by more than a factor Delta (here 1):

.. math:: |\delta y_\mu| < \Delta\,y_\mu, \qquad |\delta m_h^2| < \Delta\,m_h^2 .

Pieces of different couplings are added in modulus, since a cancellation among them is an accident
and not naturalness: ``total`` is that sum, ``shift`` the sum with signs.

* :math:`\delta y_\mu` is eq. (4) of the paper, made flavour covariant, and the field normalisation.
* :math:`\delta m_h^2 = -2\,\delta m_H^2` (V = m_H^2 |H|^2) has the one-loop portal piece
  :math:`-\kappa[3\lambda_{H1}M_1^2 + 9\lambda_{H3}M_3^2]` in m_H^2 and, even without a portal, two
  pieces of two loops.  The gauge piece (1303.7244, the scalar in the section on dark matter) is

  .. math::
      \delta m_h^2 = -\frac{d\,M^2}{(4\pi)^4}\Big(\tfrac{n^2-1}{4}g_2^4 + Y^2 g'^4\Big)
      \Big(\tfrac32\ln^2\tfrac{M^2}{\Lambda^2} + 2\ln\tfrac{M^2}{\Lambda^2} + \tfrac72\Big),

  d complex components in isospin n.  With Lambda = M only the 7/2 is left; with a cut-off
  Lambda > M at which the portal vanishes, the logarithms are those of the beta functions here (a
  test derives both from them); the 7/2 is taken from the literature.  The Yukawa piece, where the
  Higgs couples to the fermions in the loop, is (``tools/derivation/naturalness.py``)

  .. math::
      \delta m_H^2 = \kappa^2\sum_\phi d\,M_\phi^2
      \big[N_\phi F(L) + 2\,\mathrm{Re}X_\phi\,G(L)\big],\quad
      F = -(2+\tfrac{\pi^2}{3}) - 2L - L^2,\quad G = -(5+\tfrac{\pi^2}{3}) - 4L - L^2

  with :math:`L = \ln(\Lambda^2/M^2)`: traces of couplings with both Higgs bosons on one line
  (:math:`N`; y_t^2 |eta_t|^2 for the paper's cards) and with one on the quark and one on the
  lepton line (:math:`X`, of S1 with both chiralities; smaller by y_mu/y_t).  It is all that two
  loops have without a portal, for couplings to any family.  Kinetic mixing is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log, pi
from typing import Any

import numpy as np

from muoquark.common.arrays import Matrix3
from muoquark.common.constants import KAPPA, M_MU_5, M_TOP_RUNNING
from muoquark.common.errors import DomainError, InputError
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.model.point import Point
from muoquark.sm.inputs import TODAY
from muoquark.theory.sm import sm_flow

__all__ = [
    "CONTENT",
    "LOWEST_M1",
    "PORTAL",
    "HiggsShift",
    "YukawaShift",
    "amu_loop",
    "at_scale",
    "delta_mh2",
    "delta_ymu",
    "five_tev",
    "gauge_threshold",
    "m1_limit_from_ymu",
    "mass_limit_from_higgs",
    "product_for_amu",
    "yukawa_threshold",
]

# complex components, isospin multiplicity, hypercharge
CONTENT = {"S1": (3, 1, 1 / 3), "S3": (9, 3, 1 / 3)}
MASSES = (300.0, 3e5)  # GeV, where limits are looked for
LOWEST_M1 = 600.0  # GeV: below, the leading logarithm of a_mu is of no use
PORTAL = {"S1": "lH1", "S3": "lH3"}


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
    return replace(
        point, mu_M=mu, sm={name: _sm(name, mu) for name in ("g1", "g2", "Yu", "Yd", "Ye")}
    )


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


def gauge_threshold(field: str, mass: float, cutoff: float | None = None) -> float:
    """Return the two-loop gauge piece of delta m_h^2 in GeV^2; see the module's formula."""
    if field not in CONTENT:
        raise InputError(f"unknown field '{field}': allowed S1, S3")
    d, n, y = CONTENT[field]
    group = (n * n - 1) / 4 * _sm("g2", mass) ** 4 + y * y * _sm("g1", mass) ** 4
    ell = 0.0 if cutoff is None else 2 * log(mass / cutoff)
    return float(-d * mass**2 * KAPPA**2 * group * (1.5 * ell**2 + 2 * ell + 3.5))


def portal_threshold(field: str, mass: float, portal: float) -> float:
    """Return the one-loop portal piece of delta m_h^2 in GeV^2 at mu_M = M."""
    return 2 * KAPPA * CONTENT[field][0] * portal * mass**2


def _traces(
    point: Point, field: str, yukawas: tuple[Matrix3, Matrix3, Matrix3]
) -> tuple[float, float]:
    r"""Return :math:`N` and :math:`\mathrm{Re}X` of the module's formula for (Yu, Yd, Ye)."""
    yu, yd, ye = yukawas

    def size(*factors: Any) -> float:
        """Tr A A^+ of the product A."""
        return float(np.linalg.norm(np.linalg.multi_dot(factors)) ** 2)

    # N: the Higgs couples twice to the quark (eta from the left) or twice to the lepton (from the
    # right); for eta1R and etat1R with the index of the singlet.
    left = point.eta3L if field == "S3" else point.eta1L
    same = size(yu.T, left) + size(yd.T, left) + size(left, ye)
    if field == "S3":
        return same, 0.0
    right, neutral = point.eta1R, point.etat1R
    same += size(yu.conj(), right) + size(yd.conj(), neutral) + size(right, ye.conj().T)
    across = np.trace(yu.conj() @ right @ ye.conj().T @ left.conj().T)
    return same, float(across.real)


def yukawa_threshold(field: str, mass: float, point: Point, cutoff: float | None = None) -> float:
    """Return the two-loop Yukawa piece of delta m_h^2 in GeV^2; see the module's formula.

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
    if field not in CONTENT:
        raise InputError(f"unknown field '{field}': allowed S1, S3")
    _check_mass(mass)
    yukawas = (_sm("Yu", mass), _sm("Yd", mass), _sm("Ye", mass))
    same, across = _traces(point, field, yukawas)
    one_line, two_lines = _loops(0.0 if cutoff is None else 2 * log(cutoff / mass))
    size = same * one_line + 2 * across * two_lines
    return -2 * KAPPA**2 * CONTENT[field][0] * mass**2 * size


def _loops(ell: float) -> tuple[float, float]:
    """F and G of the module's formula at L = `ell`."""
    return -(2 + pi**2 / 3) - 2 * ell - ell**2, -(5 + pi**2 / 3) - 4 * ell - ell**2


@dataclass(frozen=True)
class HiggsShift:
    """The pieces of delta m_h^2 in units of m_h^2, each at mu_M = mass of its leptoquark.

    Attributes
    ----------
    portal, gauge, yukawa
        By field, S1 and S3.
    """

    portal: Mapping[str, float]
    gauge: Mapping[str, float]
    yukawa: Mapping[str, float]

    @property
    def pieces(self) -> dict[str, float]:
        """All six, such as ``portal_S1``."""
        return {
            f"{name}_{field}": values[field]
            for field in CONTENT
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
    for field, mass in (("S1", point.M1), ("S3", point.M3)):
        _check_mass(mass)
        coupling = point.quartic(PORTAL[field]).real
        portal[field] = portal_threshold(field, mass, coupling) / TODAY.m_h**2
        gauge[field] = gauge_threshold(field, mass, cutoff) / TODAY.m_h**2
        yukawa[field] = yukawa_threshold(field, mass, point, cutoff) / TODAY.m_h**2
    return HiggsShift(portal, gauge, yukawa)


def _check_mass(mass: float, lowest: float = MASSES[0]) -> None:
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
    _check_mass(mass, LOWEST_M1)
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
    from scipy.optimize import brentq

    _check_mass(at, LOWEST_M1)

    # Shifts go about like a power of the mass: in logarithms the root is that of nearly a line.
    def excess(log_mass: float) -> float:
        mass = float(np.exp(log_mass))
        x = product * (mass / at) ** 2 * amu_loop(at) / amu_loop(mass)
        shift = 3 * KAPPA * abs(x) * _sm("yt", mass) / _sm("ymu", mass)
        return log(max(shift, 1e-300) / tolerance)

    low, high = log(LOWEST_M1), log(MASSES[1])
    if excess(low) > 0:
        return float(np.exp(low))
    if excess(high) < 0:
        return None
    return float(np.exp(brentq(excess, low, high, xtol=1e-6)))


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
    from scipy.optimize import brentq

    if constant_amu:
        if field != "S1" or point is None:
            raise InputError("constant a_mu is a line of S1 and starts from a point")
        _check_mass(point.M1, LOWEST_M1)

    def growth(mass: float) -> float:
        if not constant_amu or point is None:
            return 1.0
        return (mass / point.M1) ** 2 * amu_loop(point.M1) / amu_loop(mass)

    def excess(log_mass: float) -> float:
        mass = float(np.exp(log_mass))
        shift = abs(portal_threshold(field, mass, portal))
        shift += abs(gauge_threshold(field, mass, cutoff))
        if point is not None:
            # exp(log) may leave the range by a rounding error
            inside = min(max(mass, MASSES[0]), MASSES[1])
            shift += growth(mass) * abs(yukawa_threshold(field, inside, point, cutoff))
        return log(shift / (tolerance * TODAY.m_h**2))

    lowest = LOWEST_M1 if constant_amu else MASSES[0]
    low, high = log(lowest), log(MASSES[1])
    if excess(low) > 0:
        return lowest
    if excess(high) < 0:
        return None
    return float(np.exp(brentq(excess, low, high, xtol=1e-6)))


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
