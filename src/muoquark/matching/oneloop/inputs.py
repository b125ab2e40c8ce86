"""What the one-loop matching needs to know of a point: plain arrays, numpy or jax.numpy."""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any


class Inputs(NamedTuple):
    """Couplings, masses and SM parameters at the matching scale.

    A named tuple, hence a JAX pytree.  All dimensionful numbers in GeV (or in any other one unit:
    the matching is homogeneous).  Conventions: ``docs/matching.md``.

    Attributes:
        eta1L, eta1R, eta3L: complex 3x3, ``[quark, lepton]``, down-aligned basis.
        Yu, Yd, Ye: complex 3x3 Yukawa matrices of ``L > -qbar Yu u Htilde - ...``.
        M1, M3: MS-bar leptoquark masses at ``mu``.
        mu: matching scale.
        g1, g2, g3: gauge couplings g', g, g_s.
        lam: Higgs quartic of ``V = -m2 |H|^2 + (lam/2) |H|^4``.
        m2: Higgs mass parameter of the same potential; enters shifts of dimension four only.
        lH1, lH3, leH3: real portal couplings; lH13: the complex one.
    """

    eta1L: Array
    eta1R: Array
    eta3L: Array
    Yu: Array
    Yd: Array
    Ye: Array
    M1: Array
    M3: Array
    mu: Array
    g1: Array
    g2: Array
    g3: Array
    lam: Array
    m2: Array = 0.0
    lH1: Array = 0.0
    lH3: Array = 0.0
    leH3: Array = 0.0
    lH13: Array = 0.0


def namespace(x: Array) -> Any:
    """The array module of ``x``: ``jax.numpy`` for JAX arrays and tracers, else ``numpy``."""
    if type(x).__module__.split(".")[0] in ("jax", "jaxlib"):
        import jax.numpy

        return jax.numpy
    import numpy

    return numpy
