"""What the one-loop matching needs to know of a point: plain arrays, numpy or jax.numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.arrays import ComplexMatrix3, Scalar
from muoquark.sm.parameters import SMParameters


class Inputs(NamedTuple):
    """Couplings, masses and SM parameters at the matching scale; made by :meth:`of`.

    A named tuple, hence a JAX pytree.  All dimensionful numbers in GeV (or in any other one unit:
    the matching is homogeneous).  Conventions: ``docs/matching.md``.

    Attributes
    ----------
    eta1L, eta1R, eta3L
        Complex 3x3, ``[quark, lepton]``, down-aligned basis.
    Yu, Yd, Ye
        Complex 3x3 Yukawa matrices of ``L > -qbar Yu u Htilde - ...``.
    M1, M3
        MS-bar leptoquark masses at ``mu``.
    mu
        Matching scale.
    g1, g2, g3
        Gauge couplings g', g, g_s.
    lam
        Higgs quartic of ``V = -m2 |H|^2 + (lam/2) |H|^4``.
    m2
        Higgs mass parameter of the same potential; enters shifts of dimension four only.
    lH1, lH3, leH3, lH13
        Portal couplings: three real ones and the complex lH13.
    """

    eta1L: ComplexMatrix3
    eta1R: ComplexMatrix3
    eta3L: ComplexMatrix3
    Yu: ComplexMatrix3
    Yd: ComplexMatrix3
    Ye: ComplexMatrix3
    M1: Scalar
    M3: Scalar
    mu: Scalar
    g1: Scalar
    g2: Scalar
    g3: Scalar
    lam: Scalar
    m2: Scalar = 0.0
    lH1: Scalar = 0.0
    lH3: Scalar = 0.0
    leH3: Scalar = 0.0
    lH13: Scalar = 0.0

    @classmethod
    def of(
        cls,
        couplings: Mapping[str, ComplexMatrix3],
        masses: Mapping[str, Scalar],
        quartics: Mapping[str, Scalar],
        sm: SMParameters,
        mu: Scalar,
        xp: Any = np,
    ) -> Inputs:
        """Return the inputs for a leptoquark model and the SM at the scale `mu`.

        Parameters
        ----------
        couplings
            Complex 3x3 matrices by name; those that are absent are zero, others than the three of
            this class are not used.
        masses
            Of S1 and S3 in GeV; one that is absent is of no use.
        quartics
            Complex numbers by name, likewise.
        sm
            The SM couplings at `mu`.
        xp
            `numpy` or `jax.numpy`.
        """
        zero = xp.zeros((3, 3), complex)
        portals = {name: quartics[name].real for name in ("lH1", "lH3", "leH3") if name in quartics}
        return cls(
            **{name: couplings.get(name, zero) for name in ("eta1L", "eta1R", "eta3L")},
            **{name: xp.asarray(getattr(sm, name)) for name in ("Yu", "Yd", "Ye")},
            **{name: getattr(sm, name) for name in ("g1", "g2", "g3", "lam", "m2")},
            M1=masses.get("S1", 1.0),
            M3=masses.get("S3", 1.0),
            mu=mu,
            **portals,
            lH13=quartics.get("lH13", 0.0),
        )
