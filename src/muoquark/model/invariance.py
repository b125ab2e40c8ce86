"""Is every term gauge invariant, and what does the symmetry forbid?

Invariance is decided by group theory (:mod:`muoquark.symmetry.operators`), not by a list of
known cases: each term is expanded in generations and every component is tested under SU(3),
SU(2), U(1)_Y, U(1)_X and Lorentz, with the statistics of identical fields.  What is forbidden
is found by enumerating all operators of dimension at most five that the Standard Model's gauge
group allows and looking at their X charges.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from muoquark.model.fields import Model
from muoquark.model.terms import Term, terms_for
from muoquark.symmetry.content import FIELD_STRENGTHS, FLAVOURS, Charge, Field
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products, flavoured

__all__ = [
    "JudgedOperator",
    "TermVerdict",
    "check_term",
    "check_terms",
    "judged_operators",
    "operator_kind",
    "without_families",
]

_LEPTONS = ("l", "e", "nu")


@dataclass(frozen=True)
class TermVerdict:
    """Whether one term of the Lagrangian is invariant, component by component.

    Attributes
    ----------
    term
        The term.
    failures
        Components that are not invariant, with the groups that say so and the X charge.
    missing
        Components that the symmetry allows though the Lagrangian does not list them.
    contractions
        Number of independent invariant contractions; one coupling belongs to each.
    """

    term: Term
    failures: tuple[tuple[str, tuple[str, ...], Charge], ...]
    missing: tuple[str, ...]
    contractions: int

    @property
    def invariant(self) -> bool:
        """Whether every listed component is invariant and every coupling has a contraction."""
        return not self.failures and self.contractions == len(self.term.couplings)


@dataclass(frozen=True)
class JudgedOperator:
    """A product of fields that the Standard Model's gauge group allows, and its X charges.

    Attributes
    ----------
    factors
        The fields, generations left open.
    dimension
        Its mass dimension.
    kind
        ``lepton coupling``, ``di-quark``, ``di-quark with Phi``, ``lepton coupling with Phi``,
        ``neutrino``, ``Yukawa``, ``Yukawa with Phi``, ``potential`` or ``other``.
    components
        Every choice of generations with its X charge: the symmetry allows those with zero.
    """

    factors: tuple[str, ...]
    dimension: int
    kind: str
    components: tuple[tuple[FieldProduct, Charge], ...]

    def __str__(self) -> str:
        """Return the fields, generations left open."""
        return " ".join(self.factors)

    @property
    def forbidden(self) -> bool:
        """Whether U(1)_X forbids every component."""
        return all(charge for _, charge in self.components)

    def by_leptons(self) -> dict[str, set[Charge]]:
        """Return the operator for each choice of lepton generations, with its X charges."""
        found: dict[str, set[Charge]] = {}
        for item, charge in self.components:
            found.setdefault(without_families(item), set()).add(charge)
        return found


def check_term(term: Term, fields: Iterable[Field]) -> TermVerdict:
    """Test one term of the Lagrangian for invariance under all groups.

    Parameters
    ----------
    term
        The term; its `leptons` say which generations it is meant to exist for.
    fields
        The field content with its charges.
    """
    failures, missing, contractions = [], [], 0
    for item in flavoured(term.factors, fields):
        flavours = tuple(x.flavour for x in item.factors if x.name in _LEPTONS)
        obstructions = item.obstructions()
        if not term.leptons or flavours in term.leptons:
            # Components with equal generations may vanish by statistics; distinct ones may not.
            if obstructions:
                failures.append((str(item), obstructions, item.charge))
            contractions = max(contractions, item.invariants())
        elif not obstructions:
            missing.append(str(item))
    return TermVerdict(term, tuple(failures), tuple(missing), contractions)


def check_terms(model: Model) -> tuple[TermVerdict, ...]:
    """Test every term of the Lagrangian whose fields the model has."""
    gauged = any(charge for field in model.fields for charge in field.X)
    fields = (*model.fields, *(FIELD_STRENGTHS if gauged else ()))
    return tuple(check_term(term, fields) for term in terms_for(field.name for field in fields))


def judged_operators(fields: Iterable[Field], dimension: int = 5) -> tuple[JudgedOperator, ...]:
    """List all operators up to `dimension` that SU(3) x SU(2) x U(1)_Y allows, with X charges.

    Those with a non-zero charge are what U(1)_X forbids beyond the Standard Model's own group.
    """
    content = tuple(fields)
    result = []
    for factors in enumerate_products(content, dimension, minimum=2):
        products = [item for item in flavoured(factors, content) if item.invariants()]
        result.append(
            JudgedOperator(
                factors,
                int(products[0].dimension),
                operator_kind(products[0]),
                tuple((item, item.charge) for item in products),
            )
        )
    return tuple(result)


def without_families(item: FieldProduct) -> str:
    """Write a product with its lepton generations but without its quark families.

    >>> from muoquark.model.fields import b_minus_3l_mu
    >>> without_families(next(flavoured(["q", "l", "S3"], b_minus_3l_mu().fields)))
    'q l_e S3'
    """
    return " ".join(
        str(factor if factor.name in _LEPTONS else Factor(factor.name, "", factor.dagger))
        for factor in item.factors
    )


def operator_kind(item: FieldProduct) -> str:
    """Name the kind of an operator from the fields in it (see :class:`JudgedOperator`)."""
    leptons = sum(x.name in _LEPTONS for x in item.factors)
    quarks = [x for x in item.factors if x.name in FLAVOURS and x.name not in _LEPTONS]
    coloured = sum(not f.fermion and f.colour != "1" for f in item.fields)
    with_phi = " with Phi" if Factor("Phi") in _plain(item) else ""
    fermions = leptons + len(quarks)
    if not fermions:
        return "potential"
    if coloured == 1 and len(quarks) == 2 and leptons == 0:
        return "di-quark" + with_phi
    if coloured == 1 and len(quarks) == 1 and leptons == 1:
        return "lepton coupling" + with_phi
    if coloured == 0 and leptons == 2:
        charged = any(x.name == "e" for x in item.factors)
        return "Yukawa with Phi" if with_phi and charged else "Yukawa" if charged else "neutrino"
    if coloured == 0 and len(quarks) == 2:
        return "Yukawa" + with_phi
    return "other"


def _plain(item: FieldProduct) -> set[Factor]:
    return {Factor(x.name) for x in item.factors}
