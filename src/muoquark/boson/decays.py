r"""Two-body decays of the boson of U(1)_X.

With couplings :math:`g_L, g_R` of a pair of fermions

.. math:: \Gamma(X\to f_i\bar f_j) = \frac{N_c m}{24\pi}\,\lambda^{1/2}\Big[
          (|g_L|^2+|g_R|^2)\Big(1 - \tfrac{r_i+r_j}{2} - \tfrac{(r_i-r_j)^2}{2}\Big)
          + 6\sqrt{r_i r_j}\,{\rm Re}(g_L g_R^*)\Big], \qquad r = m_f^2/m^2,

which for one mass and a vector coupling is :math:`N_c g^2 m/(12\pi)(1+2r)\sqrt{1-4r}`, half of it,
massless, for each :math:`\nu_L`.  A complex scalar has :math:`G^2 m/(48\pi)\,(1-4r)^{3/2}`, so that
W W and Z h from the Higgs current have :math:`G_H^2 m/(48\pi)` each (equivalence theorem, as
:math:`m_W^2/m^2` is neglected).  Mass and couplings are those of the eigenstate:
:math:`m_X` and G over :math:`\sqrt{1-\epsilon^2}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np

from muoquark.model.boson import Boson, charge_of
from muoquark.model.point import Point
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS, TODAY

__all__ = ["BosonDecays", "couplings_of", "decays", "fermion_width"]

_QUARKS = {"u": "uct", "d": "dsb"}
_LEPTONS = ("e", "mu", "tau")


@dataclass(frozen=True)
class BosonDecays:
    """Widths of the boson.

    Attributes
    ----------
    mass
        Of the eigenstate, in GeV.
    widths
        By channel, in GeV, into fields of the SM and leptoquarks; the sum of both charges where a
        pair of flavours differs.
    neutrinos
        Width in GeV of three nu_R, each taken as massless: a card gives them no mass.
    """

    mass: float
    widths: Mapping[str, float]
    neutrinos: float

    @property
    def width(self) -> float:
        """The sum in GeV, without nu_R."""
        return sum(self.widths.values())

    @property
    def branching(self) -> dict[str, float]:
        """Shares of the width without nu_R."""
        total = self.width
        return {name: x / total if total else 0.0 for name, x in self.widths.items()}

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "mass": self.mass,
            "width": self.width,
            "width_over_mass": self.width / self.mass,
            "widths": dict(self.widths),
            "branching": self.branching,
            "width_nu_R_if_massless": self.neutrinos,
        }


def couplings_of(boson: Boson, g1: float) -> dict[str, np.ndarray]:
    """Return the couplings of mass eigenstates, (3, 3) by ``uL uR dL dR eL eR nuL``.

    V is the CKM matrix of the measured inputs.
    """
    G = {name: np.asarray(boson.current(name, g1)) for name in "qudle"}
    V = np.asarray(ckm_matrix(INPUTS.ckm))
    return {
        "uL": V @ G["q"] @ V.conj().T, "uR": G["u"], "dL": G["q"], "dR": G["d"],
        "eL": G["l"], "eR": G["e"], "nuL": G["l"],
    }  # fmt: skip


def fermion_width(
    mass: float, left: complex, right: complex, m1: float = 0.0, m2: float = 0.0, colours: int = 1
) -> float:
    """Return the width in GeV into one pair of fermions of masses m1 and m2."""
    if m1 + m2 >= mass:
        return 0.0
    r1, r2 = (m1 / mass) ** 2, (m2 / mass) ** 2
    phase_space = sqrt((1 - r1 - r2) ** 2 - 4 * r1 * r2)
    square = abs(left) ** 2 + abs(right) ** 2
    value = square * (1 - (r1 + r2) / 2 - (r1 - r2) ** 2 / 2)
    value += 6 * sqrt(r1 * r2) * (left * np.conj(right)).real
    return float(colours * mass / (24 * pi) * phase_space * value)


def decays(point: Point) -> BosonDecays:
    """Return the widths of the boson of a point.

    Raises
    ------
    ValueError
        If its boson is decoupled.
    """
    boson = point.boson
    if boson is None:
        raise ValueError("the boson is decoupled")
    root = sqrt(1 - boson.mixing**2)
    mass = boson.mass / root
    g1 = point.sm_at(boson.mass if point.mu_M is None else point.mu_M).g1
    G = {name: matrix / root for name, matrix in couplings_of(boson, g1).items()}
    found: dict[str, float] = {}

    def add(name: str, value: float) -> None:
        if value > 0:
            found[name] = found.get(name, 0.0) + value

    for kind, names in _QUARKS.items():
        masses = [0.0, 0.0, TODAY.m_t if kind == "u" else 0.0]
        _pairs(add, names, mass, (G[f"{kind}L"], G[f"{kind}R"]), masses, 3)
    _pairs(add, _LEPTONS, mass, (G["eL"], G["eR"]), [0.0] * 3, 1)
    none = np.zeros((3, 3))
    _pairs(add, tuple(f"nu_{x}" for x in _LEPTONS), mass, (G["nuL"], none), [0.0] * 3, 1)
    higgs = boson.current("H", g1) / root
    for name in ("W W", "Z h"):
        add(name, float(higgs**2 * mass / (48 * pi)))
    for field in point.model.heavy:
        if field.spin != "scalar":
            continue
        r = (point.masses[field.name] / mass) ** 2
        coupling = (boson.coupling * float(field.X[0]) + boson.mixing * g1 * float(field.Y)) / root
        if 4 * r < 1:
            components = {"1": 1, "8": 8, "6": 6, "6bar": 6}.get(field.colour, 3) * field.isospin
            width = components * coupling**2 * mass / (48 * pi) * (1 - 4 * r) ** 1.5
            add(f"{field.name} {field.name}", float(width))
    nu = sum(
        fermion_width(mass, 0.0, boson.coupling * x / root) for x in charge_of(point.model, "nu")
    )
    there = any(field.name == "nu" for field in point.model.fields)
    return BosonDecays(float(mass), found, float(nu) if there else 0.0)


def _pairs(
    add: Any,
    names: Any,
    mass: float,
    couplings: tuple[np.ndarray, np.ndarray],
    masses: list[float],
    colours: int,
) -> None:
    """Add the widths of all pairs of one kind; both orders of different flavours are one channel.

    Couplings below 1e-12 of the largest are what a rotation leaves of zero.
    """
    left, right = couplings
    least = 1e-12 * max(np.abs(left).max(), np.abs(right).max())
    for i, one in enumerate(names):
        for j, two in enumerate(names):
            if max(abs(left[i, j]), abs(right[i, j])) <= least:
                continue
            a, b = (one, two) if i <= j else (two, one)
            value = fermion_width(mass, left[i, j], right[i, j], masses[i], masses[j], colours)
            add(f"{a} {b}", value)
