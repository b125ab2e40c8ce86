"""Meson mixing as formulae: what `muoquark.likelihood.mixing` computes, in real arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from muoquark.common.expression import Expression, sqrt

__all__ = ["derived", "half_angle", "meson_of"]


def meson_of(name: str) -> str:
    """Return whose mixing gives one of `muoquark.likelihood.mixing.DERIVED`."""
    mesons = {"DeltaM_s": "Bs", "DeltaM_d": "B0", "S_psiK": "B0", "S_psiphi": "Bs"}
    return mesons.get(name, "D0")


def half_angle(m: Sequence[Expression]) -> tuple[Expression, Expression]:
    """Return cos and sin of the phase of -q/p = sqrt(4 M12*^2 + Gamma12*^2) up to a modulus."""
    a, b, g, h = m
    u = 4 * (a**2 - b**2) + g**2 - h**2
    v = -8 * a * b - 2 * g * h
    r = sqrt(u**2 + v**2)
    cosine = sqrt((1 + u / r) / 2)
    # sin(t/2) = sin(t)/(2 cos(t/2)): the root of (1 - cos t)/2 would lose the sign.
    return cosine, v / (2 * r * cosine)


def derived(name: str, m: Sequence[Expression], products: Mapping[str, Any]) -> Expression:
    """Return the formula of one of `muoquark.likelihood.mixing.DERIVED`.

    Parameters
    ----------
    m
        Re M12, Im M12, Re Gamma12 and Im Gamma12.
    products
        Combinations of CKM elements by name.
    """
    a, b, g, h = m
    if name == "x12Im_D":
        return 2 * (b * g - a * h) / sqrt(g**2 + h**2)
    if name.startswith("DeltaM"):
        # Re sqrt(z) with z = |M12|^2 - |Gamma12|^2/4 - i Re(M12 Gamma12^*)
        real = a**2 + b**2 - (g**2 + h**2) / 4
        return sqrt(2 * (sqrt(real**2 + (a * g + b * h) ** 2) + real))
    cosine, sine = half_angle(m)
    # |q/p|^2, and the sign that makes Delta M positive
    size2 = sqrt(((2 * a - h) ** 2 + (2 * b + g) ** 2) / ((2 * a + h) ** 2 + (2 * b - g) ** 2))
    turn = cosine * (2 * a + h) - sine * (2 * b - g)
    transition, parity = ("bd", -1) if name == "S_psiK" else ("bs", 1)
    charm = complex(products[f"{transition}.c.re"], products[f"{transition}.c.im"])
    phase = charm / charm.conjugate()
    imaginary = cosine * phase.imag + sine * phase.real
    return 2 * parity * sqrt(size2) * (turn / sqrt(turn**2)) * imaginary / (1 + size2)
