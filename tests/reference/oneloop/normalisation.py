"""Field normalisation of the light fermions, and the shifts of the Yukawa couplings.

Leptoquark loops give psibar (1 + Z) iD psi with Hermitian matrices Z; psi -> (1 - Z/2) psi makes
the kinetic terms canonical and multiplies every leg of the tree-level operators.
"""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import ComplexMatrix3, namespace
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, dagger, scaled, total

from .exchange import exchange
from .functions import Integrals
from .inputs import Inputs
from .twofermion import lepton_flip, up_flip


class FieldFactors(NamedTuple):
    """The matrices Z of l, e, q and u (that of d vanishes)."""

    l: ComplexMatrix3
    e: ComplexMatrix3
    q: ComplexMatrix3
    u: ComplexMatrix3


def field_factors(p: Inputs, f: Integrals) -> FieldFactors:
    """The matrices Z in units of 1 (kappa included)."""
    # M^2 (1/4 + L/2) P/ of the Green's basis; 3 is colour for leptons, and the components of S3
    w1, w3 = KAPPA * 0.25 * (1.0 + 2.0 * f.L1), KAPPA * 0.25 * (1.0 + 2.0 * f.L3)
    return FieldFactors(
        l=3.0 * w1 * dagger(p.eta1L) @ p.eta1L + 9.0 * w3 * dagger(p.eta3L) @ p.eta3L,
        e=3.0 * w1 * dagger(p.eta1R) @ p.eta1R,
        q=w1 * p.eta1L.conj() @ p.eta1L.T + 3.0 * w3 * p.eta3L.conj() @ p.eta3L.T,
        u=w1 * p.eta1R.conj() @ p.eta1R.T,
    )


# which field each flavour index of a tree-level operator belongs to
_LEGS = {"lq1": "llqq", "lq3": "llqq", "eu": "eeuu", "lequ1": "lequ", "lequ3": "lequ"}


def normalisation(p: Inputs, f: Integrals) -> Coefficients:
    """The tree-level operators with one factor -Z/2 on each leg in turn."""
    z = field_factors(p, f)
    return scaled(total(_on_legs(p, z, tree) for tree in exchange(p, f)), -0.5)


def mixed(p: Inputs, f: Integrals) -> Coefficients:
    """The part of `normalisation` with both leptoquarks: loops of one, exchange of the other."""
    # Z is a sum of terms of S1 and of S3: each is taken with the tree of the other one
    only1 = field_factors(p._replace(eta3L=0.0 * p.eta3L), f)
    only3 = field_factors(p._replace(eta1L=0.0 * p.eta1L, eta1R=0.0 * p.eta1R), f)
    s1, s3 = exchange(p, f)
    return scaled(total([_on_legs(p, only3, s1), _on_legs(p, only1, s3)]), -0.5)


def _on_legs(p: Inputs, z: FieldFactors, tree: Coefficients) -> Coefficients:
    """The sum over the four legs of operators with the factor Z on that leg."""
    einsum = namespace(p.eta1L).einsum
    out: Coefficients = {}
    for name, c in tree.items():
        a, b, d, e = (getattr(z, field) for field in _LEGS[name])
        # a barred leg is multiplied from the left (Z is Hermitian), the others from the right
        out[name] = (
            einsum("pa,arst->prst", a, c)
            + einsum("past,ar->prst", c, b)
            + einsum("sa,prat->prst", d, c)
            + einsum("prsa,at->prst", c, e)
        )
    return out


def yukawas(p: Inputs, f: Integrals) -> dict[str, ComplexMatrix3]:
    """Shifts of the Yukawa matrices: normalisation, chirality flip, and m2/M^2 terms."""
    z = field_factors(p, f)
    lepton, up = lepton_flip(p, f), up_flip(p, f)
    # L = -lbar Ye H e: a term + Z lbar H e lowers Ye by Z.  D^2 H leaves m2 H behind, which is why
    # the box is not of dimension six alone.
    return {
        "Ye": -0.5 * (z.l @ p.Ye + p.Ye @ z.e) - KAPPA * (lepton.mass + p.m2 * lepton.box),
        "Yu": -0.5 * (z.q @ p.Yu + p.Yu @ z.u) - KAPPA * (up.mass + p.m2 * up.box),
        "Yd": -0.5 * (z.q @ p.Yd),
    }
