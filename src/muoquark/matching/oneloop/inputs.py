"""What the one-loop matching needs to know of a point: plain arrays, numpy or jax.numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.arrays import ComplexMatrix3, Scalar, namespace
from muoquark.sm.parameters import SMParameters

from .portals import portal_terms
from .vertices import SCALARS, vertices

__all__ = ["Inputs", "coupling_names"]


class Inputs(NamedTuple):
    """Couplings, masses and SM parameters at the matching scale; made by :meth:`of`.

    A named tuple of numbers and dictionaries, hence a JAX pytree.  All dimensionful numbers in GeV
    (or in any other one unit: the matching is homogeneous).  Conventions: ``docs/matching.md``.

    Attributes
    ----------
    couplings
        Complex 3x3 by name, ``[quark, lepton]``, down-aligned basis; an absent one is zero.
    masses
        MS-bar masses at ``mu``.  A leptoquark without a mass is not there; one with a mass and
        without couplings is: its gauge loops need none.
    portals
        Quartics with two H by name, real ones and the complex lH13; an absent one is zero.
    Yu, Yd, Ye
        Complex 3x3 Yukawa matrices of ``L > -qbar Yu u Htilde - ...``.
    mu
        Matching scale.
    g1, g2, g3
        Gauge couplings g', g, g_s.
    lam
        Higgs quartic of ``V = -m2 |H|^2 + (lam/2) |H|^4``.
    m2
        Higgs mass parameter of the same potential; enters shifts of dimension four only.
    """

    couplings: Mapping[str, ComplexMatrix3]
    masses: Mapping[str, Scalar]
    portals: Mapping[str, Scalar]
    Yu: ComplexMatrix3
    Yd: ComplexMatrix3
    Ye: ComplexMatrix3
    mu: Scalar
    g1: Scalar
    g2: Scalar
    g3: Scalar
    lam: Scalar
    m2: Scalar = 0.0

    @property
    def xp(self) -> Any:
        """The library of these arrays, numpy or jax.numpy."""
        groups = (self.couplings, self.masses, self.portals)
        found = [value for group in groups for value in group.values()]
        return namespace(*found, self.Yu, self.mu)

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
            Complex 3x3 matrices by name; what is none of the leptoquarks' here is not used.
        masses
            In GeV by field, likewise.
        quartics
            Complex numbers by name, likewise.
        sm
            The SM couplings at `mu`.
        xp
            `numpy` or `jax.numpy`.
        """
        real = {term.name: term.real for term in portal_terms()}
        return cls(
            couplings={name: couplings[name] for name in coupling_names() if name in couplings},
            masses={name: masses[name] for name in SCALARS if name in masses},
            portals={
                name: quartics[name].real if real[name] else quartics[name]
                for name in real
                if name in quartics
            },
            **{name: xp.asarray(getattr(sm, name)) for name in ("Yu", "Yd", "Ye")},
            **{name: getattr(sm, name) for name in ("g1", "g2", "g3", "lam", "m2")},
            mu=mu,
        )


def coupling_names() -> tuple[str, ...]:
    """Return the couplings to fermions that the matching knows."""
    return tuple(dict.fromkeys(vertex.coupling for vertex in vertices()))
