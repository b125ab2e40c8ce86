"""Is every term gauge invariant, and what does the symmetry forbid?

Invariance is decided by group theory (:mod:`muoquark.symmetry.operators`), not by a list of
known cases: each term is expanded in generations and every component is tested under SU(3),
SU(2), U(1)_Y, U(1)_X and Lorentz, with the statistics of identical fields.  What is forbidden
is found by enumerating all operators of dimension at most five that the Standard Model's gauge
group allows and looking at their X charges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muoquark.model.fields import Model
from muoquark.model.potential import product_key
from muoquark.model.terms import Term
from muoquark.symmetry.content import FIELD_STRENGTHS, FLAVOURS, Charge, Field
from muoquark.symmetry.contractions import independent
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products, flavoured

__all__ = [
    "JudgedOperator",
    "TermVerdict",
    "absent_products",
    "check_terms",
    "judge_terms",
    "judged_operators",
    "operator_kind",
    "without_families",
]

_LEPTONS = ("l", "e", "nu")


@dataclass(frozen=True)
class TermVerdict:
    """Whether the terms with one product of fields are invariant, component by component.

    Attributes
    ----------
    terms
        The terms: one for each coupling.
    failures
        If no component is invariant: those that were looked at, with the groups that say so and
        the X charge.
    leptons
        Lepton generations of the invariant components, each as text, ``mu`` or ``e tau``; empty
        without a lepton, or if all are there.
    contractions
        Number of independent invariant contractions; one coupling belongs to each.
    """

    terms: tuple[Term, ...]
    failures: tuple[tuple[str, tuple[str, ...], Charge], ...]
    leptons: tuple[str, ...]
    contractions: int

    def __str__(self) -> str:
        """Return the product of fields."""
        return str(self.terms[0])

    @property
    def couplings(self) -> tuple[str, ...]:
        """Names of the couplings."""
        return tuple(term.coupling for term in self.terms)

    @property
    def invariant(self) -> bool:
        """Whether a component is invariant and every contraction has one coupling."""
        if self.failures or self.contractions != len(self.terms):
            return False
        contractions = [term.contraction for term in self.terms]
        return independent(contractions) == self.contractions and not any(
            contraction.broken_by() for contraction in contractions
        )


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


def judge_terms(terms: Sequence[Term], fields: Iterable[Field], muon: str = "mu") -> TermVerdict:
    """Test terms with one product of fields for invariance under all groups.

    Parameters
    ----------
    terms
        The terms.
    fields
        The field content with its charges.
    muon
        Generation of which failures are told first, where a leptoquark couples to none.
    """
    failures, present, absent, contractions = [], set(), set(), 0
    for item in flavoured(terms[0].factors, fields):
        flavours = " ".join(x.flavour for x in item.factors if x.name in _LEPTONS)
        obstructions = item.obstructions()
        if obstructions:
            failures.append((str(item), obstructions, item.charge, flavours))
            absent.add(flavours)
        else:
            present.add(flavours)
            # Components with equal generations may vanish by statistics; distinct ones may not.
            contractions = max(contractions, item.invariants())
    if present:
        failures = []
    elif terms[0].part == "leptoquark":
        of_muon = [failure for failure in failures if failure[3] == muon]
        failures = of_muon or failures
    leptons = tuple(sorted(present)) if absent - present else ()
    return TermVerdict(
        tuple(terms), tuple(failure[:3] for failure in failures), leptons, contractions
    )


def check_terms(model: Model) -> tuple[TermVerdict, ...]:
    """Test every term of the Lagrangian, those of known fields that charges forbid included."""
    fields = (*model.fields, *(FIELD_STRENGTHS if model.gauged else ()))
    automatic = [term for term in model.potential.terms if term.automatic]
    groups: dict[tuple[str, ...], list[Term]] = {}
    for term in (*model.gauge_terms, *model.written, *automatic):
        groups.setdefault(product_key(term.factors), []).append(term)
    return tuple(judge_terms(group, fields, model.muon) for group in groups.values())


def absent_products(model: Model) -> tuple[tuple[str, ...], ...]:
    """Return the products of dimension four and less that are allowed and not in the Lagrangian.

    Of a massive vector only its couplings to fermions are looked at: the rest of its Lagrangian is
    that of the theory it comes from.
    """
    listed = {product_key(term.factors) for term in model.written_terms}
    vectors = {field.name for field in model.fields if field.spin == "vector"}
    fermions = {field.name for field in model.fields if field.fermion}
    found = []
    for operator in judged_operators(model.fields, 4):
        names = {Factor.parse(name).name for name in operator.factors}
        told = not names & vectors or names & fermions
        if told and not operator.forbidden and product_key(operator.factors) not in listed:
            found.append(operator.factors)
    return tuple(found)


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
