r"""Products of four fermions written in Warsaw operators, by components.

A product is a tensor over spinor, colour and isospin indices of its four fermions, and so is every
Warsaw operator with these fermions; a linear system gives the coefficients, Fierz identities
included.  Conventions: ``docs/matching.md``; :math:`\overline{\psi^c} = \psi^T C`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Num

from muoquark.smeft.warsaw import FAMILIES
from muoquark.symmetry.generators import EPS, GELL_MANN, SIGMA

__all__ = [
    "CHARGE_CONJUGATION",
    "GAMMA",
    "METRIC",
    "Leg",
    "Projected",
    "contained",
    "projected",
]

# Dirac matrices in the chiral basis.
_ZERO, _ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array(
    [np.block([[_ZERO, _ONE], [_ONE, _ZERO]])]
    + [np.block([[_ZERO, s], [-s, _ZERO]]) for s in SIGMA]
)
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
CHARGE_CONJUGATION = 1j * GAMMA[2] @ GAMMA[0]
_SIGMA_MN = 0.5j * (
    np.einsum("mab,nbc->mnac", GAMMA, GAMMA) - np.einsum("nab,mbc->mnac", GAMMA, GAMMA)
)
# what stands between the two bilinears of an operator
_DIRAC = {
    "vector": np.einsum("mn,mab,ncd->abcd", METRIC, GAMMA, GAMMA),
    "scalar": np.einsum("ab,cd->abcd", np.eye(4), np.eye(4)),
    "tensor": np.einsum("mp,nq,mnab,pqcd->abcd", METRIC, METRIC, _SIGMA_MN, _SIGMA_MN),
}
_DOUBLETS, _QUARKS = "ql", "qud"
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Leg:
    """A fermion of an operator: its field, and whether it is barred."""

    field: str
    bar: bool


@dataclass(frozen=True)
class Projected:
    """What a product gives to one class of operators.

    Attributes
    ----------
    family
        Warsaw operators, ``lq1``.
    letters
        Which index of the operator, p, r, s or t, each leg of the product has.
    number
        In front.
    """

    family: str
    letters: str
    number: complex


def contained(legs: Sequence[Leg]) -> bool | None:
    """Whether the Warsaw basis lists operators with these legs, None if with their conjugates."""
    content = sorted((leg.field, leg.bar) for leg in legs)
    if any(sorted(_legs(f)) == content for f in _OPERATORS):
        return True
    conjugate = sorted((leg.field, not leg.bar) for leg in legs)
    return None if any(sorted(_legs(f)) == conjugate for f in _OPERATORS) else False


def projected(
    legs: Sequence[Leg], dirac: Num[np.ndarray, "4 4 4 4"], gauge: Num[np.ndarray, "..."]
) -> list[Projected] | None:
    """Write a product in Warsaw operators; None if that cannot be done.

    Parameters
    ----------
    legs
        Its four fermions, as they stand.
    dirac, gauge
        Over their spinors and over their components (colour and isospin).
    """
    target = _tensor(legs, dirac, gauge)
    content = sorted((leg.field, leg.bar) for leg in legs)
    columns, patterns = [], []
    for family in (f for f in _OPERATORS if sorted(_legs(f)) == content):
        for order in itertools.permutations(range(4)):
            # leg k of the product is leg order[k] of the operator
            wanted = _legs(family)
            if any(wanted[order[k]] != (leg.field, leg.bar) for k, leg in enumerate(legs)):
                continue
            columns.append(_parity(order) * _operator(family).transpose(_axes(order)))
            patterns.append((family, "".join("prst"[order[k]] for k in range(4))))
    matrix = np.array([column.ravel() for column in columns])
    # the normal equations are small; equal columns (Fierz) share a coefficient.  With einsum: a
    # threaded product of such matrices takes longer to start than to do
    gram = np.einsum("ak,bk->ab", matrix.conj(), matrix)
    overlap = np.einsum("ak,k->a", matrix.conj(), target.ravel())
    numbers, *_ = np.linalg.lstsq(gram, overlap, rcond=_TOLERANCE)
    if np.abs(np.einsum("a,ak->k", numbers, matrix) - target.ravel()).max() > _TOLERANCE:
        return None
    return [
        Projected(family, letters, complex(number))
        for (family, letters), number in zip(patterns, numbers, strict=True)
        if abs(number) > _TOLERANCE
    ]


# The four-fermion operators: Dirac structure, colour and isospin structure of the two bilinears.
_OPERATORS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(
        "ll lq1 qq1 ee uu dd eu ed ud1 le lu ld qe qu1 qd1".split(), ("vector", "delta", "delta")
    ),
    **dict.fromkeys(("lq3", "qq3"), ("vector", "delta", "sigma")),
    **dict.fromkeys(("ud8", "qu8", "qd8"), ("vector", "lambda", "delta")),
    "ledq": ("scalar", "delta", "across"),
    "quqd1": ("scalar", "delta", "eps"),
    "quqd8": ("scalar", "lambda", "eps"),
    "lequ1": ("scalar", "delta", "eps"),
    "lequ3": ("tensor", "delta", "eps"),
}


def _legs(family: str) -> list[tuple[str, bool]]:
    return [(letter.lower(), letter.isupper()) for letter in FAMILIES[family].fields]


@lru_cache(maxsize=64)
def _operator(family: str) -> Num[np.ndarray, "..."]:
    """Return a Warsaw operator over the spinor and gauge components of its four fermions."""
    dirac, colour, isospin = _OPERATORS[family]
    fields = [field for field, _ in _legs(family)]
    sizes = [3 if field in _QUARKS else 1 for field in fields]
    if colour == "lambda":
        colours = np.einsum("Axy,Azw->xyzw", GELL_MANN, GELL_MANN) / 4
    else:
        colours = np.multiply.outer(np.eye(sizes[0], sizes[1]), np.eye(sizes[2], sizes[3]))
    weak = [2 if field in _DOUBLETS else 1 for field in fields]
    if isospin == "sigma":
        spins = np.einsum("Aij,Akm->ijkm", SIGMA, SIGMA)
    elif isospin == "eps":  # between the two barred doublets
        spins = np.einsum("ik,jm->ijkm", EPS, np.ones((1, 1)))
    elif isospin == "across":  # (lbar^j e)(dbar q_j)
        spins = np.einsum("im,jk->ijkm", np.eye(2), np.ones((1, 1)))
    else:
        spins = np.multiply.outer(np.eye(weak[0], weak[1]), np.eye(weak[2], weak[3]))
    gauge = np.einsum("xyzw,ijkm->xiyjzkwm", colours, spins)
    gauge = gauge.reshape([c * w for c, w in zip(sizes, weak, strict=True)])
    legs = tuple(Leg(field, bar) for field, bar in _legs(family))
    return _tensor(legs, _DIRAC[dirac], gauge)


def _tensor(
    legs: Sequence[Leg], dirac: Num[np.ndarray, "4 4 4 4"], gauge: Num[np.ndarray, "..."]
) -> Num[np.ndarray, "..."]:
    """Return the tensor of an operator: four indices of Weyl spinors and four of components."""
    # The chiral basis: a left-handed field has the first two components, barred the last two.
    parts = [slice(0, 2) if (x.field in _DOUBLETS) != x.bar else slice(2, 4) for x in legs]
    return np.asarray(np.multiply.outer(dirac[tuple(parts)], gauge))


def _axes(order: Sequence[int]) -> tuple[int, ...]:
    return (*order, *(4 + k for k in order))


def _parity(order: Sequence[int]) -> float:
    return float(round(np.linalg.det(np.eye(4)[list(order)])))
