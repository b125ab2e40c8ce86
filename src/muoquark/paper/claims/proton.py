r"""Proton decay through QLS and QQS^dag together (section 2.1), with lattice matrix elements.

L = -y q^c eps l S1 - z_ij q_i^c eps q_j S1^dag (and with sigma^I for S3) gives, S exchanged,

    S1:  (2 z_11 / M^2) (u d)(y_u u mu - y_d d nu)
    S3:  (2 z_12 / M^2) (u s)(y_u u mu + y_d d nu) - (4 z_12 / M^2) (d s)(y_u u nu)

(z symmetric for S1, antisymmetric for S3; colour antisymmetrised), and with W_0 the matrix element

    Gamma = m_p/(32 pi) (1 - m_P^2/m_p^2)^2 |A C W_0|^2     (1705.01338; lepton mass neglected).

A is the one-loop QCD running of the operator to 2 GeV.  Mixing among the light families in z is
neglected: this is an estimate of orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, pi, sqrt
from typing import TYPE_CHECKING, Any

from muoquark.common.constants import (
    ALPHA_S,
    B_THRESHOLD,
    HBAR,
    M_K0,
    M_KPLUS,
    M_PI0,
    M_PROTON,
    M_Z_4,
    PLANCK_MASS,
    T_THRESHOLD,
    VEV_H,
    YEAR,
)
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.workspace import MASS

if TYPE_CHECKING:
    from muoquark.paper.claims.limits import Published
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "lifetime", "planck", "running"]

MESONS = {"pi0": M_PI0, "K+": M_KPLUS, "K0": M_K0}  # GeV


def _alpha_s(mu: float) -> float:
    """One-loop alpha_s with thresholds at the masses of b and t."""
    value, scale, nf = ALPHA_S, M_Z_4, 5
    for edge, other in ((T_THRESHOLD, 6),) if mu > M_Z_4 else ((B_THRESHOLD, 4),):
        if (mu > edge > M_Z_4) or (mu < edge < M_Z_4):
            value = value / (1 + (33 - 2 * nf) / (6 * pi) * value * log(edge / scale))
            scale, nf = edge, other
    return value / (1 + (33 - 2 * nf) / (6 * pi) * value * log(mu / scale))


def running(high: float) -> float:
    """QCD enhancement of a three-quark operator between `high` and 2 GeV, one loop.

    The anomalous dimension is -4 alpha_s/(4 pi), so that each step is (ratio)^(2/beta_0).
    """
    steps = ((2.0, B_THRESHOLD, 4), (B_THRESHOLD, T_THRESHOLD, 5), (T_THRESHOLD, high, 6))
    factor = 1.0
    for low, up, nf in steps:
        factor *= (_alpha_s(low) / _alpha_s(up)) ** (2 / (11 - 2 * nf / 3))
    return factor


def lifetime(meson: str, amplitude: float, high: float = MASS) -> float:
    """Return the partial lifetime in years for |C W_0| = `amplitude` (dimensionless)."""
    phase = (1 - (MESONS[meson] / M_PROTON) ** 2) ** 2
    width = M_PROTON / (32 * pi) * phase * (running(high) * amplitude) ** 2
    return HBAR / width / YEAR if width else float("inf")


@dataclass(frozen=True)
class DecayChannel:
    """A decay of the proton.

    Attributes
    ----------
    name
        Such as ``p->K+ nu``.
    years
        Its partial lifetime, with the matrix elements that hurt less.
    limit
        The measured lower limit on it, in years.
    """

    name: str
    years: float
    limit: Published

    @property
    def ratio(self) -> float:
        """Lifetime over limit."""
        return self.years / self.limit.value

    @property
    def excluded(self) -> bool:
        """Whether the lifetime is below the limit."""
        return self.years < self.limit.value

    def __str__(self) -> str:
        """Return lifetime and limit with its source."""
        return (
            f"{self.name} {self.years:.1e} years, limit {self.limit.value:.1e} "
            f"({self.limit.source})"
        )

    def record(self) -> dict[str, Any]:
        """Return lifetime and limit as plain data."""
        return {"years": self.years, "limit": self.limit.value, "source": self.limit.source}


def _channels(
    ws: Workspace, field: str, y_u: float, y_d: float, z: float
) -> tuple[DecayChannel, ...]:
    """Return the channels that the couplings y to leptons and z to quarks open."""
    limits = ws.limits()
    both = [_lifetimes(w, field, y_u, y_d, z) for w in limits.matrix_elements]
    return tuple(
        DecayChannel(name, max(one[name] for one in both), limits.proton[name]) for name in both[0]
    )


def _lifetimes(
    w: Mapping[str, float], field: str, y_u: float, y_d: float, z: float
) -> dict[str, float]:
    """Lifetime in years of each channel; w: matrix elements by name."""
    if field == "S1":
        amplitudes = {"p->pi0 mu+": ("pi0", 2 * z * y_u * w["pi0 (ud)L uL"])}
    else:
        neutrino = 2 * z * (y_d * w["K+ (us)L dL"] - 2 * y_u * w["K+ (ds)L uL"])
        amplitudes = {
            "p->K0 mu+": ("K0", 2 * z * y_u * w["K0 (us)L uL"]),
            "p->K+ nu": ("K+", neutrino),
        }
    return {name: lifetime(meson, abs(a) / MASS**2) for name, (meson, a) in amplitudes.items()}


def _worst(channels: Sequence[DecayChannel]) -> DecayChannel:
    return min(channels, key=lambda channel: channel.ratio)


def planck(field: str, words: str) -> Question:
    """Return the claim on one leptoquark's coupling z of order v/M_Pl."""

    def function(ws: Workspace, data: str) -> Finding:
        z = VEV_H / PLANCK_MASS
        natural = _channels(ws, field, 1.0, 1.0, z)
        point = ws.point(*ws.best(data))
        eta = point.eta1L if field == "S1" else point.eta3L
        y_u = ws.up_coupling(eta[:, 1])
        y_d = float(abs(eta[0, 1]))
        fitted = _channels(ws, field, y_u, y_d, z)
        first, second = _worst(natural), _worst(fitted)
        dead, also = first.excluded, second.excluded
        # The lifetime goes like 1/(y z)^2.
        ratio = first.ratio
        return Finding(
            f"y = 1: {first}; best fit of {data} (y_u = {y_u:.1e}, y_d = {y_d:.1e}): {second}",
            decide(dead and also, dead or also),
            f"matrix elements of 1705.01338 or 2111.01608, whichever gives the longer life; "
            f"z = v/M_Pl = {z:.1e}, M = 3 TeV; allowed would be |y z| < {z * sqrt(ratio):.1e}",
            value=ratio,
            numbers={
                "y=1": {channel.name: channel.record() for channel in natural},
                "fit": {channel.name: channel.record() for channel in fitted},
                "z": z,
                "A": running(MASS),
            },
        )

    function.__name__ = "planck"
    function.__module__ = __name__
    return Question(
        f"proton.{field.lower()}-planck",
        "section 2.1, second paragraph",
        f"{words} a coupling z of order v/M_Pl is not small enough for the proton",
        "insufficient",
        "the lifetime is below Super-Kamiokande's limit for y = 1 and for y of the best fit; with "
        "a change: for one of them",
        function,
        f"muoquark reproduce --data {{data}} --only proton.{field.lower()}-planck",
        value=None,
        unit="lifetime / limit",
        with_data=True,
    )


@question(
    "proton.gut-scale",
    "section 1, fourth paragraph",
    "Proton decay pushes the scale of grand unification up",
    "10^15 GeV",
    "the mass of a gauge boson with coupling g^2 = 4 pi/40 at the limit on p -> pi0 e+ is within a "
    "factor 10 of it",
    "muoquark reproduce --only proton.gut-scale",
    value=1e15,
    unit="GeV",
)
def gut_scale(ws: Workspace) -> Finding:
    """Solve lifetime(M) = limit for C = g^2/M^2 with one chirality."""
    w = ws.limits().matrix_elements[0]["pi0 (ud)L uL"]
    limit = ws.limits().proton["p->pi0 e+"].value
    g2 = 4 * pi / 40
    mass = (limit / lifetime("pi0", g2 * abs(w), 1e15)) ** 0.25
    return Finding(
        f"M > {mass:.1e} GeV",
        decide(1e14 < mass < 1e16),
        f"limit {limit:.1e} years; QCD running alone, a factor {running(1e15):.2f}",
        value=mass,
        numbers={"limit_years": limit, "g2": g2},
    )


@question(
    "proton.stronger-than-lfv",
    "section 2.1, third paragraph",
    "Lepton-flavour violation is less constraining than the violation of baryon number",
    "less",
    "the scale 1/sqrt|C| of a qqql operator from proton decay is above the e mu scale of eq. (1)",
    "muoquark reproduce --data {data} --only proton.stronger-than-lfv",
    unit="ratio of scales",
    with_data=True,
)
def stronger_than_lfv(ws: Workspace, data: str) -> Finding:
    """Scale of u d u mu from p -> pi0 mu+, beside that of the dipole from mu -> e gamma."""
    w = ws.limits().matrix_elements[0]["pi0 (ud)L uL"]
    entry = ws.limits().proton["p->pi0 mu+"]
    baryon = (entry.value / lifetime("pi0", abs(w), 1e15)) ** 0.25 / 1e3
    (dipole,) = ws.dipoles(ws.year(data), "emu")
    flavour = dipole.scale
    return Finding(
        f"{baryon:.1e} TeV from p -> pi0 mu+, {flavour:.1e} TeV from mu -> e gamma",
        decide(baryon > flavour),
        f"limits {entry.value:.1e} years ({entry.source}) and {dipole.measured:.2g} "
        f"({dipole.input.source}); the second scale has e v/(4 pi)^2 taken out, as in eq. (1)",
        value=baryon / flavour,
        numbers={"baryon_TeV": baryon, "flavour_TeV": flavour},
    )


CLAIMS: tuple[Question, ...] = (
    gut_scale,
    stronger_than_lfv,
    planck("S1", "For S1"),
    planck("S3", "For S3"),
)
