r"""How kinetic mixing runs, and of what size loops make it.

.. math:: \frac{d\epsilon}{d\ln\mu} = \frac{2 g' g_X}{16\pi^2}\, b_{YX} + \dots,\qquad
          b_{YX} = \tfrac23\sum_{\rm Weyl} Y X + \tfrac13 \sum_{\rm scalars} Y X

over all components.  In the basis in which the kinetic terms are diagonal the couplings are
:math:`g', \tilde g = \epsilon g'/\sqrt{1-\epsilon^2}, g_X/\sqrt{1-\epsilon^2}`, of
:math:`Y(g' B + \tilde g X) + X g_X X`, and at one loop (Holdom 1986; del Aguila, Coughlan, Quiros
1988)

.. math:: (4\pi)^2 \dot g' = b_{YY} g'^3,\quad
          (4\pi)^2 \dot g_X = g_X B,\quad
          (4\pi)^2 \dot{\tilde g} = \tilde g B + 2 g'^2 (b_{YY}\tilde g + b_{YX} g_X),\quad
          B = b_{XX} g_X^2 + 2 b_{YX} g_X\tilde g + b_{YY}\tilde g^2 .
"""

from __future__ import annotations

from collections.abc import Collection
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from muoquark.common.constants import KAPPA, M_Z, PLANCK_MASS
from muoquark.model.fields import Model
from muoquark.symmetry.content import Field

__all__ = ["Mixing", "b_coefficients", "below", "flow", "natural"]

_COLOURS = {"1": 1, "3": 3, "3bar": 3, "6": 6, "6bar": 6, "8": 8}
#: What is left below the mass of X: the Standard Model.
LIGHT = ("q", "u", "d", "l", "e", "H")


class Mixing(NamedTuple):
    """Couplings at a scale: g', g-tilde and g_X of diagonal kinetic terms.

    Attributes
    ----------
    g1, mixed, gX
        See the module.
    """

    g1: float
    mixed: float
    gX: float

    @property
    def eps(self) -> float:
        """The kinetic mixing of the Lagrangian."""
        ratio = self.mixed / self.g1
        return ratio / sqrt(1 + ratio**2)


def b_coefficients(
    model: Model, fields: Collection[str] | None = None
) -> tuple[float, float, float]:
    """Return b_YY, b_YX and b_XX of some fields, by default of all but massive vectors."""
    found = np.zeros(3)
    for one in model.fields:
        if one.spin == "vector" or (fields is not None and one.name not in fields):
            continue
        found += (2 / 3 if one.fermion else 1 / 3) * _squares(one)
    return float(found[0]), float(found[1]), float(found[2])


def _squares(one: Field) -> np.ndarray:
    """Return the sums of Y^2, Y X and X^2 over the components of a field."""
    components = _COLOURS[one.colour] * one.isospin
    Y, X = float(one.Y), np.array([float(x) for x in one.X])
    return components * np.array([len(X) * Y**2, Y * X.sum(), (X**2).sum()])


def flow(start: Mixing, ends: float, scale: float, b: tuple[float, float, float]) -> Mixing | None:
    """Run at one loop from `scale` to `ends` in GeV; None if a coupling has a pole on the way."""
    from scipy.integrate import solve_ivp

    YY, YX, XX = b

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        g1, mixed, gX = y
        own = XX * gX**2 + 2 * YX * gX * mixed + YY * mixed**2
        return KAPPA * np.array(
            [YY * g1**3, mixed * own + 2 * g1**2 * (YY * mixed + YX * gX), gX * own]
        )

    def large(_: float, y: np.ndarray) -> float:
        return float(np.abs(y).max() - 50.0)

    large.terminal = True  # type: ignore[attr-defined]
    found = solve_ivp(
        rate, (log(scale), log(ends)), list(start), rtol=1e-9, atol=1e-12, events=large
    )
    if found.status != 0:
        return None
    return Mixing(*(float(x) for x in found.y[:, -1]))


def natural(model: Model, gX: float, g1: float, scale: float) -> float:
    """Return |eps| at `scale` if there is none at the Planck scale, to leading logarithm.

    2 g' g_X |b_YX| ln(M_Planck/scale)/(16 pi^2) with all fields of the model: what loops make of
    no mixing.
    """
    YX = b_coefficients(model)[1]
    return abs(2 * g1 * gX * YX * KAPPA * log(PLANCK_MASS / scale))


def below(model: Model, gX: float, g1: float, mass: float, end: float = M_Z) -> float:
    """Return by how much eps changes from m_X down to `end`, to leading logarithm.

    The penguins of the SMEFT do this; it is in the running of the coefficients.
    """
    YX = b_coefficients(model, LIGHT)[1]
    return -2 * g1 * gX * YX * KAPPA * log(mass / end)
