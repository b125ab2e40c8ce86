"""Vacuum integrals with two heavy masses, smooth through M1 = M3.

With x = M1^2, y = M3^2, m = (x + y)/2, t = (x - y)/(x + y) everything is a combination of
A(t) = artanh(t)/t and A3(t) = (A(t) - 1)/t^2, both even and regular at t = 0.
"""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import Scalar, namespace

from .inputs import Inputs

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


class Integrals(NamedTuple):
    """The loop functions of the matching; D_k = q^2 - M_k^2, units i/(16 pi^2), MS-bar.

    Attributes
    ----------
    x1, x3
        1/M1^2, 1/M3^2.
    L1, L3
        ln(mu^2/M1^2), ln(mu^2/M3^2).
    F13
        Minus the integral of 1/(q^2 D_1 D_3) = ln(M1^2/M3^2)/(M1^2 - M3^2).
    I113, I133
        The integrals of 1/(D_1^2 D_3) and 1/(D_1 D_3^2).
    B13
        Finite part of the integral of 1/(D_1 D_3).
    dB13
        Derivative of the same bubble with respect to p^2 at p^2 = 0.
    """

    x1: Scalar
    x3: Scalar
    L1: Scalar
    L3: Scalar
    F13: Scalar
    I113: Scalar
    I133: Scalar
    B13: Scalar
    dB13: Scalar


def integrals(p: Inputs) -> Integrals:
    """Evaluate the loop functions at the masses and the scale of ``p``."""
    xp = namespace(p.eta1L)
    x, y = xp.asarray(p.M1) ** 2, xp.asarray(p.M3) ** 2
    m = 0.5 * (x + y)
    t = (x - y) / (x + y)
    a, a3 = _a_functions(x, y, t)
    return Integrals(
        x1=1.0 / x,
        x3=1.0 / y,
        L1=xp.log(p.mu**2 / x),
        L3=xp.log(p.mu**2 / y),
        F13=a / m,
        I113=(t * a3 - a) / (2.0 * m),
        I133=(-t * a3 - a) / (2.0 * m),
        B13=1.0 + xp.log(p.mu**2 / m) - a - 0.5 * xp.log(x / m * (y / m)),
        dB13=(a - a3) / (4.0 * m),
    )
