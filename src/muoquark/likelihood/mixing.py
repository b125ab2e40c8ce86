"""Meson mixing: what is not a polynomial in M12 and Gamma12.

Conventions of flavio: M12 and Gamma12 are antimeson -> meson amplitudes in GeV; the sign of q/p
makes Delta M positive in the B systems.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["CHARM", "DERIVED", "derived", "mass_difference", "q_over_p"]

# The quantities that `derived` returns, by their flavio names where they have one.
DERIVED = ("DeltaM_s", "DeltaM_d", "S_psiK", "S_psiphi", "x12Im_D")
# Of the CKM combinations what `derived` needs.
CHARM = ("bd.c.re", "bd.c.im", "bs.c.re", "bs.c.im")


def q_over_p(m12: Any, g12: Any, xp: Any = np) -> Any:
    """Return q/p; equation (1.60) of hep-ph/0201071 with the sign convention above."""
    return -xp.sqrt((2 * xp.conj(m12) - 1j * xp.conj(g12)) / (2 * m12 - 1j * g12))


def mass_difference(m12: Any, g12: Any, xp: Any = np) -> Any:
    """Return Delta M in GeV."""
    return -2 * (q_over_p(m12, g12, xp) * (m12 - 0.5j * g12)).real


def _asymmetry(m12: Any, g12: Any, charm: Any, parity: int, xp: Any) -> Any:
    """Return the mixing-induced asymmetry of a decay with the phase of `charm` = Vcb Vcq^*."""
    ratio = q_over_p(m12, g12, xp)
    ratio = xp.where(mass_difference(m12, g12, xp) < 0, -ratio, ratio)
    xi = parity * ratio * charm / xp.conj(charm)
    return -2 * xi.imag / (1 + abs(xi) ** 2)


def derived(pieces: dict[str, Any], products: dict[str, Any], xp: Any = np) -> dict[str, Any]:
    """Return the quantities of `DERIVED` and the cosines and sines of the B mixing phases.

    Parameters
    ----------
    pieces
        ``{"Bs.M12.re": ..., ...}`` for Bs, B0, D0; M12, G12; re, im.
    products
        The CKM combinations of `muoquark.likelihood.ckm_products.ckm_products`.

    Returns
    -------
    dict
        `DERIVED`, and ``cos_s``, ``sin_s``, ``cos_d``, ``sin_d`` of the phase of -q/p.
        ``x12Im_D`` lacks the D lifetime: its unit is GeV.
    """
    m, g = {}, {}
    for meson in ("Bs", "B0", "D0"):
        m[meson] = pieces[f"{meson}.M12.re"] + 1j * pieces[f"{meson}.M12.im"]
        g[meson] = pieces[f"{meson}.G12.re"] + 1j * pieces[f"{meson}.G12.im"]
    out = {
        "DeltaM_s": abs(mass_difference(m["Bs"], g["Bs"], xp)),
        "DeltaM_d": abs(mass_difference(m["B0"], g["B0"], xp)),
    }
    for name, meson, transition, parity in (
        ("S_psiK", "B0", "bd", -1),
        ("S_psiphi", "Bs", "bs", 1),
    ):
        charm = products[f"{transition}.c.re"] + 1j * products[f"{transition}.c.im"]
        out[name] = _asymmetry(m[meson], g[meson], charm, parity, xp)
    # 2 |M12| sin arg(M12/Gamma12)
    out["x12Im_D"] = 2 * (m["D0"] * xp.conj(g["D0"])).imag / abs(g["D0"])
    for letter, meson in (("s", "Bs"), ("d", "B0")):
        direction = -q_over_p(m[meson], g[meson], xp)
        out[f"cos_{letter}"] = direction.real / abs(direction)
        out[f"sin_{letter}"] = direction.imag / abs(direction)
    return out
