"""How coefficients shift the masses of the leptons and the couplings of the SM on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Num

__all__ = ["Shifts", "phase_of_mass"]

# |1 + delta m/m| below this is no mass.
NO_MASS = 1e-12


@dataclass(frozen=True, eq=False)
class Shifts:
    """Linear functions of the coefficients that tell where the maps end.

    Attributes
    ----------
    masses
        delta m/m of every lepton at every weak scale on the way, (leptons, inputs).
    couplings
        Of the SM at the Z mass (:mod:`muoquark.running.second_order`), (couplings, inputs).
    """

    masses: Complex[np.ndarray, "leptons inputs"]
    couplings: Float[np.ndarray, "couplings inputs"]

    def composed(self, weights: Float[np.ndarray, "inputs monomials"]) -> Shifts:
        """Return the same as functions of monomials m, with the coefficients ``weights @ m``."""
        return Shifts(self.masses @ weights, self.couplings @ weights)

    def mass_shift(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return the largest |delta m/m| that the coefficients give a lepton, shape (...).

        The maps are linear beside the phase of 1 + delta m/m: their relative error for the dipole
        of that lepton is about a fifth of this number (docs/evolution.md).
        """
        x, y = c @ xp.asarray(self.masses.real.T), c @ xp.asarray(self.masses.imag.T)
        return xp.sqrt(xp.max(x**2 + y**2, axis=-1, initial=0.0))

    def mass_left(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return the smallest Re(1 + delta m/m) of a lepton, shape (...).

        Below zero the sign of the mass has turned, and with it that of the chirality-flipping
        coefficients; where 1 + delta m/m vanishes their phase is undefined.
        """
        return 1 + xp.min(c @ xp.asarray(self.masses.real.T), axis=-1, initial=0.0)

    def second_order(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return about which share of the effect of c is of second order, shape (...).

        The coefficients shift the couplings of the SM that the maps are made with
        (:mod:`muoquark.running.second_order`).  Only for maps that pass the Z mass.
        """
        return xp.sum(xp.abs(c @ xp.asarray(self.couplings.T)), axis=-1)


def phase_of_mass(
    shift: Complex[np.ndarray, " inputs"], c: Num[Any, "*batch inputs"], xp: Any = np
) -> tuple[Float[Any, "*batch"], Float[Any, "*batch"]]:
    """Return cos(phi) - 1 and sin(phi) of phi = arg(1 + shift . c).

    Chirality-flipping coefficients x + i y of that lepton are multiplied by exp(-i phi): they
    become (x cos + y sin) + i (y cos - x sin).
    """
    x, y = 1 + c @ xp.asarray(shift.real), c @ xp.asarray(shift.imag)
    # A mass of zero has no phase: none is taken, and its gradient stays finite.
    gone = x**2 + y**2 < NO_MASS**2
    x, y = xp.where(gone, 1.0, x), xp.where(gone, 0.0, y)
    size = xp.sqrt(x**2 + y**2)
    # Near 1 the digits of x/size - 1 cancel, near -1 those of size + x.
    forward = x > 0
    cosine = xp.where(forward, -(y**2) / (size * (size + xp.where(forward, x, size))), x / size - 1)
    return cosine, y / size
