"""The terms of the Lagrangian as data: eq. (3) of the paper and its scalar potential.

A term is a product of fields with the name of its coupling; ``^dag`` conjugates a field.  The
kinetic terms of the matter fields are not listed: each is invariant by the definition of its
covariant derivative.  The contraction itself is not data: a product has as many couplings as it
has invariants, and the test that the two numbers agree is part of ``muoquark check``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["TERMS", "Term", "terms_for"]


@dataclass(frozen=True)
class Term:
    """One kind of term in the Lagrangian.

    Attributes
    ----------
    couplings
        Names of its couplings: one for each independent contraction.
    factors
        Its fields, e.g. ``("q", "l", "S3")``.
    leptons
        For each lepton generation that the paper gives the term, the flavours of its lepton
        factors in order; empty if it has no lepton.
    real
        Whether the product is its own conjugate, so that the couplings are real.
    part
        Where it belongs: ``gauge`` (products of the field strengths B and X), ``Yukawa``,
        ``leptoquark``, ``neutrino`` or ``potential``.
    """

    couplings: tuple[str, ...]
    factors: tuple[str, ...]
    leptons: tuple[tuple[str, ...], ...] = ()
    real: bool = False
    part: str = "potential"

    def __str__(self) -> str:
        """Return the product of fields."""
        return " ".join(self.factors)

    @property
    def dimension(self) -> int:
        """Mass dimension of the product of fields."""
        fermions = sum(name.removesuffix("^dag") in _FERMIONS for name in self.factors)
        strengths = sum(name in _FIELD_STRENGTHS for name in self.factors)
        return len(self.factors) + fermions // 2 + strengths


_FERMIONS = ("q", "u", "d", "l", "e", "nu")
_FIELD_STRENGTHS = ("B", "X")

# Generations of two lepton indices that a term of B-3L_mu has: entries with equal charges.
_EQUAL = (("e", "e"), ("e", "tau"), ("mu", "mu"), ("tau", "e"), ("tau", "tau"))
_BARE = (("e", "e"), ("e", "tau"), ("tau", "tau"))
_PHI = (("e", "mu"), ("mu", "tau"))
_MU = (("mu",),)


def _pairs(*names: str) -> tuple[str, ...]:
    """Return each field next to its conjugate."""
    return tuple(part for name in names for part in (name, f"{name}^dag"))


#: The terms of the B-3L_mu model: eq. (3) and the general renormalisable potential.
TERMS: tuple[Term, ...] = (
    Term(("gX",), ("X", "X"), real=True, part="gauge"),
    Term(("epsBX",), ("B", "X"), real=True, part="gauge"),
    Term(("Yu",), ("q^dag", "H^dag", "u"), part="Yukawa"),
    Term(("Yd",), ("q^dag", "H", "d"), part="Yukawa"),
    Term(("Ye",), ("l^dag", "H", "e"), _EQUAL, part="Yukawa"),
    Term(("eta3L",), ("q", "l", "S3"), _MU, part="leptoquark"),
    Term(("eta1L",), ("q", "l", "S1"), _MU, part="leptoquark"),
    Term(("eta1R",), ("u", "e", "S1"), _MU, part="leptoquark"),
    Term(("etat1R",), ("d", "nu", "S1"), _MU, part="leptoquark"),
    Term(("Ynu",), ("l^dag", "H^dag", "nu"), _EQUAL, part="neutrino"),
    Term(("MR",), ("nu", "nu"), _BARE, part="neutrino"),
    Term(("yPhi",), ("nu", "nu", "Phi"), _PHI, part="neutrino"),
    Term(("m2H",), _pairs("H"), real=True),
    Term(("m2P",), _pairs("Phi"), real=True),
    Term(("m21",), _pairs("S1"), real=True),
    Term(("m23",), _pairs("S3"), real=True),
    Term(("lH",), _pairs("H", "H"), real=True),
    Term(("lP",), _pairs("Phi", "Phi"), real=True),
    Term(("l1",), _pairs("S1", "S1"), real=True),
    Term(("l3a", "l3b", "l3c"), _pairs("S3", "S3"), real=True),
    Term(("lHP",), _pairs("H", "Phi"), real=True),
    Term(("lH1",), _pairs("H", "S1"), real=True),
    Term(("lH3", "leH3"), _pairs("H", "S3"), real=True),
    Term(("lP1",), _pairs("Phi", "S1"), real=True),
    Term(("lP3",), _pairs("Phi", "S3"), real=True),
    Term(("l13a", "l13b"), _pairs("S1", "S3"), real=True),
    Term(("lH13",), ("H^dag", "H", "S3^dag", "S1")),
    Term(("l13c",), ("S3^dag", "S3^dag", "S1", "S1")),
    Term(("le13",), ("S3^dag", "S3^dag", "S3", "S1")),
)


def terms_for(fields: Iterable[str]) -> tuple[Term, ...]:
    """Return the terms whose fields are all among `fields`."""
    names = set(fields)
    return tuple(
        term for term in TERMS if all(name.removesuffix("^dag") in names for name in term.factors)
    )
