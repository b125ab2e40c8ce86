"""The terms of a Lagrangian: contractions with the names of their couplings.

The terms that known fields bring with them stand in ``models/known.yaml``, as text.  The kinetic
terms of the matter fields are not listed: each is invariant by the definition of its covariant
derivative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources

from muoquark.common.document import read_document
from muoquark.symmetry.content import (
    FIELD_STRENGTHS,
    FLAVOURS,
    Field,
    known_field,
)
from muoquark.symmetry.content import REPRESENTATIONS as KNOWN
from muoquark.symmetry.contractions import Contraction, parse_term

__all__ = ["GAUGE_TERMS", "Term", "known_names", "known_terms", "terms_for"]


@dataclass(frozen=True)
class Term:
    """One term of -L.

    Attributes
    ----------
    coupling
        Name of its coupling.
    contraction
        Its fields and how their indices are contracted.
    automatic
        Whether it was found by group theory and not written by anybody.
    where_allowed
        Whether it is no part of a model whose charges forbid it, of which nothing is told then.
    """

    coupling: str
    contraction: Contraction
    automatic: bool = False
    where_allowed: bool = False

    def __str__(self) -> str:
        """Return the product of fields."""
        return " ".join(self.factors)

    @property
    def text(self) -> str:
        """The term as it is written in a model file."""
        return self.contraction.text

    @property
    def factors(self) -> tuple[str, ...]:
        """Its fields, e.g. ``("q", "l", "S3")``; a conjugate with ``^dag``."""
        return self.contraction.factors

    @property
    def fields(self) -> tuple[Field, ...]:
        """Its fields with their charges."""
        return self.contraction.fields

    @cached_property
    def real(self) -> bool:
        """Whether the coupling is real."""
        return self.contraction.real

    @property
    def dimension(self) -> int:
        """Mass dimension of the product of fields."""
        return int(sum(field.dimension for field in self.fields))

    @property
    def flavour_axes(self) -> tuple[int, ...]:
        """Positions of the factors that the indices of the coupling's matrix belong to.

        Quark before lepton where the term has one of each (a fermion with and one without colour),
        else as written; none for scalars.
        """
        where = self.contraction.fermions
        kinds = [self.fields[k].colour == "1" for k in where]
        return tuple(reversed(where)) if kinds == [True, False] else where

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the coupling: generations of its fermions."""
        return tuple(len(self.fields[k].X) for k in self.flavour_axes)

    @property
    def part(self) -> str:
        """``gauge``, ``potential``, ``leptoquark``, ``neutrino`` or ``Yukawa``.

        Two fermions and a coloured scalar, di-quarks included, are ``leptoquark``; of the others
        those with ``nu`` are ``neutrino`` and all the rest, bare masses included, ``Yukawa``.
        """
        names = {field.name for field in self.fields}
        if names & {field.name for field in FIELD_STRENGTHS}:
            return "gauge"
        if not self.contraction.fermions:
            return "potential"
        if any(not field.fermion and field.colour != "1" for field in self.fields):
            return "leptoquark"
        return "neutrino" if "nu" in names else "Yukawa"


#: Products of the field strengths, with the names of their couplings.
GAUGE_TERMS: tuple[Term, ...] = tuple(
    Term(coupling, parse_term(text, FIELD_STRENGTHS))
    for coupling, text in (("gX", "X X"), ("epsBX", "B X"))
)


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[Term, ...], Mapping[str, str]]:
    text = resources.files("muoquark.model").joinpath("models/known.yaml").read_text("utf-8")
    document = read_document(text, "known.yaml")
    top = document.root.mapping(("terms", "where_allowed", "names"))
    fields = [known_field(name, (0, 0, 0) if name in FLAVOURS else (0,)) for name in KNOWN]
    terms = tuple(
        Term(coupling, parse_term(node.text() or "", fields), where_allowed=part != "terms")
        for part in ("terms", "where_allowed")
        for coupling, node in top[part].mapping().items()
    )
    names = {name: node.text() or "" for name, node in top["names"].mapping().items()}
    document.finish()
    return terms, names


def known_terms() -> tuple[Term, ...]:
    """Return the terms of the known fields, their charges left out."""
    return _known()[0]


def known_names() -> Mapping[str, str]:
    """Return the names in TeX of known fields and couplings."""
    return _known()[1]


def terms_for(fields: Iterable[Field]) -> tuple[Term, ...]:
    """Return the known terms whose fields are all among `fields`, with the charges of these."""
    by_name = {field.name: field for field in fields}
    found = (
        # the letters fit as they are: only the charges may differ
        replace(
            term,
            contraction=replace(
                term.contraction, fields=tuple(by_name[field.name] for field in term.fields)
            ),
        )
        for term in known_terms()
        if all(field.name in by_name for field in term.fields)
    )
    return tuple(term for term in found if term.contraction.allowed or not term.where_allowed)
