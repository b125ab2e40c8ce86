"""Vacuum integrals with one or two heavy masses, smooth where the masses are equal.

With x = Ma^2, y = Mb^2, m = (x + y)/2, t = (x - y)/(x + y) everything is a combination of
A(t) = artanh(t)/t and A3(t) = (A(t) - 1)/t^2, both even and regular at t = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from muoquark.common.arrays import Scalar, namespace

__all__ = ["Loops", "Pair"]

_SWITCH = 0.1  # |t| below which the series is used; its 12 terms are then exact to 1e-25


def _a_functions(x: Scalar, y: Scalar, t: Scalar) -> tuple[Scalar, Scalar]:
    """A(t) and A3(t); artanh(t) = ln(x/y)/2 also where t rounds to 1."""
    xp = namespace(t)
    # Both branches are evaluated wherever t is, and so are their gradients in JAX: each gets an
    # argument that is harmless where the other one is taken.
    small = xp.abs(t) < _SWITCH
    u = xp.where(small, t, 0.0) ** 2
    a3_series = sum(u**k / (2 * k + 3) for k in range(12))
    safe = xp.where(small, 1.0, t)
    a_closed = 0.5 * xp.log(x / y) / safe
    a = xp.where(small, 1.0 + u * a3_series, a_closed)
    a3 = xp.where(small, a3_series, (a_closed - 1.0) / safe**2)
    return a, a3


class Pair(NamedTuple):
    """The integrals of two masses a and b; D_k = q^2 - M_k^2, units i/(16 pi^2), MS-bar.

    Attributes
    ----------
    F
        Minus the integral of 1/(q^2 D_a D_b) = ln(Ma^2/Mb^2)/(Ma^2 - Mb^2).
    Iaab, Iabb
        The integrals of 1/(D_a^2 D_b) and 1/(D_a D_b^2).
    B
        Finite part of the integral of 1/(D_a D_b).
    dB
        Derivative of the same bubble with respect to p^2 at p^2 = 0.
    """

    F: Scalar
    Iaab: Scalar
    Iabb: Scalar
    B: Scalar
    dB: Scalar


class Loops:
    """The loop functions at given masses.

    Attributes
    ----------
    x
        1/M^2 by field.
    L
        ln(mu^2/M^2) by field.
    """

    def __init__(self, masses: Mapping[str, Scalar], mu: Scalar, xp: Any) -> None:
        library = self._xp = xp
        self._mu = mu
        self._square = {name: library.asarray(mass) ** 2 for name, mass in masses.items()}
        self.x = {name: 1.0 / square for name, square in self._square.items()}
        self.L = {name: library.log(mu**2 / square) for name, square in self._square.items()}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def pair(self, a: str, b: str) -> Pair:
        """Return the integrals with the masses of the fields `a` and `b`, equal or not."""
        if a == b:
            x = self.x[a]
            return Pair(F=x, Iaab=-0.5 * x, Iabb=-0.5 * x, B=self.L[a], dB=x / 6.0)
        if (a, b) not in self._pairs:
            found = self._of(self._square[a], self._square[b])
            self._pairs[a, b] = found
            self._pairs[b, a] = found._replace(Iaab=found.Iabb, Iabb=found.Iaab)
        return self._pairs[a, b]

    def _of(self, x: Scalar, y: Scalar) -> Pair:
        xp = self._xp
        m = 0.5 * (x + y)
        t = (x - y) / (x + y)
        a, a3 = _a_functions(x, y, t)
        return Pair(
            F=a / m,
            Iaab=(t * a3 - a) / (2.0 * m),
            Iabb=(-t * a3 - a) / (2.0 * m),
            B=1.0 + xp.log(self._mu**2 / m) - a - 0.5 * xp.log(x / m * (y / m)),
            dB=(a - a3) / (4.0 * m),
        )
