"""Tree-level exchange, and the same exchange dressed by a gauge boson or by the Higgs doublet.

Only loops that contain the leptoquark survive (the others have no scale).  At zero external
momentum they are its self-energy, the loops of leptoquark, fermion and gauge boson, and the boxes
between the two vertices of the exchange.  Feynman gauge; T_a.T_b are products of generators.

The tree operator (qbar^c l)(lbar q^c) equals its Warsaw form only in four dimensions.  With the
infrared poles of the hard region this leaves finite terms.  They are fixed by the rule that an
evanescent operator has vanishing matrix elements: the pole of every loop multiplies the Dirac
structure with the *Warsaw* operator inserted, reduced with the Greek projections (NDR), and the
loops inside one vertex, which have no scale, contribute the difference of the two structures.
`tools/derivation/evanescent.py` derives the numbers; ``docs/matching.md`` tells the story.

``scheme="naive"`` reduces the Dirac structures in four dimensions instead, as codes do that leave
evanescent operators out.
"""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import Scalar, namespace
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, conjugate4, scaled, total

from .currents import Y
from .functions import Integrals
from .inputs import Inputs

SCHEMES = ("greek", "naive")


class _Constants(NamedTuple):
    """Finite parts next to 1 + L (boxes) or alone (vertices), see the module's docstring."""

    vector_box: float  # gauge box on a vector operator, in units of T.T
    vector_vertex: float
    scalar_same: float  # lequ1, gauge boson between l and e, or between q and u
    scalar_cross: float  # lequ1, between l and u, or q and e
    tensor_cross: float  # lequ3, likewise
    scalar_vertex: float  # lequ1, between l and q, or e and u
    tensor_vertex: float  # lequ3, likewise
    higgs_line: float  # vector operator, Higgs along one fermion line
    higgs_ledq: float  # vector operator -> ledq
    higgs_flip: float  # lequ1 -> ledq
    higgs_vector: float  # lequ1 -> qe, lu
    vertex_tensor: float  # vector operator -> lequ3
    vertex_eu: float  # lequ1 -> eu
    vertex_lq: float  # lequ1 -> lq1 - lq3


_CONSTANTS = {
    "greek": _Constants(
        vector_box=-3 / 2,
        vector_vertex=3.0,
        scalar_same=-2.0,
        scalar_cross=7 / 2,
        tensor_cross=-5 / 2,
        scalar_vertex=-3 / 2,
        tensor_vertex=5 / 2,
        higgs_line=1 / 4,
        higgs_ledq=-3 / 2,
        higgs_flip=0.0,
        higgs_vector=-5 / 8,
        vertex_tensor=-1 / 8,
        vertex_eu=3 / 4,
        vertex_lq=3 / 16,
    ),
    "naive": _Constants(
        vector_box=1 / 2,
        vector_vertex=0.0,
        scalar_same=2.0,
        scalar_cross=-1.0,
        tensor_cross=1.0,
        scalar_vertex=0.0,
        tensor_vertex=0.0,
        higgs_line=-1 / 4,
        higgs_ledq=1 / 2,
        higgs_flip=1 / 2,
        higgs_vector=1 / 4,
        vertex_tensor=0.0,
        vertex_eu=0.0,
        vertex_lq=0.0,
    ),
}


def exchange(p: Inputs, f: Integrals) -> tuple[Coefficients, Coefficients]:
    """Tree-level coefficients of S1 and of S3."""
    einsum = namespace(p.eta1L).einsum
    e1, e3, er = p.eta1L, p.eta3L, p.eta1R
    # eta[quark, lepton]: in (lbar_p l_r)(qbar_s q_t) the conjugate coupling has the barred fields
    left1 = einsum("sp,tr->prst", e1.conj(), e1) * f.x1
    left3 = einsum("sp,tr->prst", e3.conj(), e3) * f.x3
    flip = einsum("sp,tr->prst", e1.conj(), er) * f.x1
    # In the channel of q and l, sigma.sigma is -3 for the singlet and 1 for the triplet: S1 gives
    # lq1 - 3 lq3 = x1 and lq1 + lq3 = 0, S3 the other way round.
    s1 = {
        "lq1": 0.25 * left1,
        "lq3": -0.25 * left1,
        "eu": 0.5 * einsum("sp,tr->prst", er.conj(), er) * f.x1,
        "lequ1": 0.5 * flip,
        "lequ3": -0.125 * flip,
    }
    return s1, {"lq1": 0.75 * left3, "lq3": 0.25 * left3}


def gauge(p: Inputs, f: Integrals, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by a gauge boson."""
    c = _CONSTANTS[scheme]
    s1, s3 = exchange(p, f)
    b, w, g = p.g1**2, p.g2**2, p.g3**2

    def vector(casimir: Scalar, vertices: Scalar) -> Scalar:
        # self-energy -(1 + L), leptoquark-fermion loops 2 (1 + L), boxes -(1 + L + const)
        return -c.vector_box * casimir + c.vector_vertex * vertices

    # b/9: the hypercharge 1/3 of both leptoquarks squared; 4/3 and 2 are the Casimirs of a colour
    # and of an isospin triplet
    # generators in the channel of the leptoquark: T_q.T_l = -3/4 (singlet), 1/4 (triplet)
    left1 = vector(b / 9.0 + 4.0 / 3.0 * g, 2.0 * (Y["q"] * Y["l"] * b - 0.75 * w))
    left3 = vector(b / 9.0 + 2.0 * w + 4.0 / 3.0 * g, 2.0 * (Y["q"] * Y["l"] * b + 0.25 * w))
    right = vector(b / 9.0 + 4.0 / 3.0 * g, 2.0 * Y["u"] * Y["e"] * b)

    casimir = b / 9.0 + 4.0 / 3.0 * g
    same = (Y["l"] * Y["e"] + Y["q"] * Y["u"]) * b + 4.0 / 3.0 * g
    cross = (Y["l"] * Y["u"] + Y["q"] * Y["e"]) * b
    vertex = (Y["l"] * Y["q"] + Y["e"] * Y["u"]) * b - 0.75 * w
    # no product of conserved currents: scalar and tensor operator run, and their logarithms stay
    one = 1.0 + f.L1
    scalar = (
        casimir * one
        - same * (4.0 * one + c.scalar_same)
        - cross * (-2.0 * one + c.scalar_cross)
        + vertex * c.scalar_vertex
    )
    tensor = casimir * one - cross * (2.0 * one + c.tensor_cross) + vertex * c.tensor_vertex
    factors1 = {"lq1": left1, "lq3": left1, "eu": right, "lequ1": scalar, "lequ3": tensor}
    return total(
        [
            {name: KAPPA * factors1[name] * value for name, value in s1.items()},
            scaled(s3, KAPPA * left3),
        ]
    )


def higgs(p: Inputs, f: Integrals, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by the Higgs doublet."""
    c = _CONSTANTS[scheme]
    xp = namespace(p.eta1L)
    einsum = xp.einsum
    s1, s3 = exchange(p, f)
    yu, yd, ye = p.Yu, p.Yd, p.Ye
    yuc, ydc, yec = yu.conj(), yd.conj(), ye.conj()
    parts: list[Coefficients] = []

    for tree, L in ((s1, f.L1), (s3, f.L3)):
        # A Higgs between the two ends of one fermion line replaces l by e (or q by u, d) with one
        # Yukawa matrix at each end; between the two lines it makes scalar currents.
        line = -0.5 * (1.0 + L) + c.higgs_line
        scalar = (1.0 + L) + c.higgs_ledq
        lq1, lq3 = tree["lq1"], tree["lq3"]
        parts.append(
            {
                "qe": 2.0 * line * einsum("as,abpr,bt->prst", yec, lq1, ye),
                "lu": 2.0 * line * einsum("prab,as,bt->prst", lq1, yuc, yu),
                "ld": 2.0 * line * einsum("prab,as,bt->prst", lq1, ydc, yd),
                "ledq": scalar * einsum("pabt,ar,bs->prst", lq1 + 3.0 * lq3, ye, ydc),
            }
        )
        parts.append(
            {"lequ3": c.vertex_tensor * einsum("pasb,ar,bt->prst", lq1 - 3.0 * lq3, ye, yu)}
        )
    line = -0.5 * (1.0 + f.L1) + c.higgs_line
    eu, flip = s1["eu"], s1["lequ1"]
    vector = 0.5 * (1.0 + f.L1) + c.higgs_vector
    to_qe = vector * einsum("ac,atpb,rb->prct", yec, flip, yuc)
    to_lu = vector * einsum("pabt,ra,bs->prst", flip, yec, yuc)
    to_eu = c.vertex_eu * einsum("ap,arbt,bs->prst", yec, flip, yuc)
    to_lq = c.vertex_lq * einsum("pasb,ra,tb->prst", flip, yec, yuc)
    parts.extend(
        [
            {
                "lu": line * einsum("pa,abst,rb->prst", ye, eu, yec),
                "qe": line * einsum("pa,stab,rb->prst", yu, eu, yuc),
                "lequ3": c.vertex_tensor * einsum("pa,arbt,sb->prst", ye, eu, yu),
                "ledq": (1.0 + f.L1 + c.higgs_flip) * einsum("prab,as,tb->prst", flip, ydc, yuc),
            },
            {"qe": to_qe + conjugate4(to_qe), "lu": to_lu + conjugate4(to_lu)},
            {"eu": to_eu + conjugate4(to_eu)},
            {"lq1": to_lq + conjugate4(to_lq), "lq3": -to_lq - conjugate4(to_lq)},
        ]
    )
    return scaled(total(parts), KAPPA)
