"""Everything that ``muoquark check`` says about a model, as one list of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from muoquark.common.errors import InputError
from muoquark.model.fields import Model
from muoquark.model.invariance import (
    JudgedOperator,
    absent_products,
    check_terms,
    judged_operators,
)
from muoquark.symmetry.anomalies import SM_ANOMALIES, X_ANOMALIES, anomalies
from muoquark.symmetry.assignment import assignment_of
from muoquark.symmetry.conditions import CONDITIONS, judge
from muoquark.symmetry.content import LEPTOQUARKS, Charge, Field
from muoquark.symmetry.operators import flavoured

if TYPE_CHECKING:
    from muoquark.model.card import Card

__all__ = ["CheckVerdict", "check", "check_couplings"]

# Kinds of operator that a muoquark model promises to forbid, generation by generation.
_PROMISES = ("di-quark", "di-quark with Phi", "lepton coupling", "lepton coupling with Phi")


@dataclass(frozen=True)
class CheckVerdict:
    """One line of ``muoquark check``.

    Attributes
    ----------
    check
        ``invariant``, ``complete``, ``anomaly``, ``forbidden``, ``condition`` or ``card``.
    subject
        The term, anomaly, operator or condition.
    verdict
        Whether the statement holds: invariant, zero, forbidden, fulfilled.
    expected
        What a muoquark model needs.
    reason
        Why, with the group, the charge or the fields responsible.
    decided
        Whether the fields suffice to say anything; if not, `verdict` is False.
    """

    check: str
    subject: str
    verdict: bool
    expected: bool
    reason: str
    decided: bool = True

    def record(self) -> dict[str, object]:
        """Return the verdict as a dictionary for JSON: what is not decided, the reason says."""
        return {key: value for key, value in asdict(self).items() if key != "decided"}


def check(model: Model) -> tuple[CheckVerdict, ...]:
    """Return all verdicts on a model or on a field content.

    Invariance of every term; products of dimension four and less that are allowed and not in the
    Lagrangian; the six anomalies of U(1)_X and those of the Standard Model's groups; operators with
    one leptoquark and those only U(1)_X forbids; conditions i) to vi).

    Examples
    --------
    >>> import muoquark
    >>> verdicts = muoquark.check(muoquark.built_in_model("B-3Lmu"))
    >>> len(verdicts) > 10
    True
    """
    return (
        *_invariance(model),
        *_completeness(model),
        *_anomalies(model.fields),
        *_forbidden(model),
        *_conditions(model),
    )


def _invariance(model: Model) -> list[CheckVerdict]:
    found = []
    for verdict in check_terms(model):
        couplings = ", ".join(
            # of a term that nobody wrote the name says nothing: its contraction does
            f"{term.coupling} ({term.text})" if term.automatic else term.coupling
            for term in verdict.terms
        )
        if verdict.invariant:
            number = verdict.contractions
            reason = f"{number} invariant contraction{'s' if number > 1 else ''}: {couplings}"
            if verdict.leptons:
                reason += f"; for {', '.join(verdict.leptons)}"
        elif verdict.failures:
            item, groups, charge = verdict.failures[0]
            reason = f"{item} is not invariant under {', '.join(groups)}"
            if charge:
                reason += f" (X = {charge})"
            if len(verdict.failures) > 1:
                reason += f" (and {len(verdict.failures) - 1} more components)"
        else:
            numbers = f"{verdict.contractions} invariant contractions, couplings for"
            reason = f"{numbers} {len(verdict.terms)} of them: {couplings}"
        found.append(CheckVerdict("invariant", str(verdict), verdict.invariant, True, reason))
    return found


def _completeness(model: Model) -> list[CheckVerdict]:
    gaps = {gap.factors: f"{gap}: taken to be zero" for gap in model.potential.incomplete}
    absent = "allowed by all groups and not in the Lagrangian: taken to be zero"
    reasons = dict.fromkeys(absent_products(model), absent) | gaps
    return [
        CheckVerdict("complete", " ".join(factors), False, True, reason)
        for factors, reason in reasons.items()
    ]


def _anomalies(fields: Sequence[Field]) -> list[CheckVerdict]:
    return [
        CheckVerdict("anomaly", anomaly.name, anomaly.vanishes, True, str(anomaly))
        for anomaly in anomalies(fields, X_ANOMALIES + SM_ANOMALIES)
    ]


def _forbidden(model: Model) -> list[CheckVerdict]:
    found = []
    for operator in judged_operators(model.fields):
        if operator.kind not in _PROMISES:
            continue
        for subject, charges in operator.by_leptons().items():
            allowed = 0 in charges
            text = ", ".join(map(str, sorted(charges)))
            reason = "allowed: X = 0" if allowed else f"forbidden by U(1)_X: X = {text}"
            reason += f" ({operator.kind}, dimension {operator.dimension})"
            found.append(
                CheckVerdict(
                    "forbidden",
                    subject,
                    not allowed,
                    _promised(operator, subject, model, allowed),
                    reason,
                )
            )
    return found


def _promised(operator: JudgedOperator, subject: str, model: Model, allowed: bool) -> bool:
    """Whether a muoquark model promises that the operator is forbidden."""
    if operator.kind.startswith("di-quark"):
        return True
    if operator.dimension == 4:
        return f"_{model.muon}" not in subject
    # Condition iv) is approximate: beyond dimension four no promise is made for flavour, so that
    # what is found is what is expected.
    return not allowed


def _conditions(model: Model) -> list[CheckVerdict]:
    try:
        _check_leptoquarks(model)
        assignment = assignment_of(model.fields)
    except InputError as error:
        return [
            CheckVerdict(
                "condition",
                f"{name}) {text}",
                False,
                True,
                f"not decidable: {error}",
                decided=False,
            )
            for name, text in CONDITIONS.items()
        ]
    muon = model.field("l").flavours.index(model.muon)
    return [
        CheckVerdict(
            "condition",
            f"{verdict.condition}) {CONDITIONS[verdict.condition]}",
            verdict.holds,
            True,
            verdict.reason,
        )
        for verdict in judge(model.fields, assignment, muon)
    ]


def _check_leptoquarks(model: Model) -> None:
    """Conditions i) to vi) speak of the known scalar leptoquarks."""
    others = [field.name for field in model.leptoquarks if field.name not in LEPTOQUARKS]
    if others:
        known = ", ".join(LEPTOQUARKS)
        raise InputError(
            f"conditions i) to vi) are for {known}, not for the coloured {', '.join(others)}"
        )


def check_couplings(model: Model, card: Card) -> tuple[CheckVerdict, ...]:
    """Return verdicts on the couplings of a card to leptons, one for each lepton generation.

    A coupling that is set, or that a fit of the card varies, must be allowed by the model's
    U(1)_X, wherever a free parameter starts.  The leptons' Yukawa matrix is judged entry by entry
    where the card sets one that the symmetry forbids.
    """
    found = []
    for name, term in model.heavy_couplings.items():
        charges: dict[str, Charge] = {}
        for item in flavoured(term.factors, model.fields):
            lepton = next((x for x in item.factors if x.name in ("l", "e", "nu")), None)
            if lepton is not None:
                charges[lepton.flavour] = item.charge
        support = card.support(name)
        for column, (flavour, charge) in enumerate(charges.items()):
            present = bool(support[:, column].any())
            allowed = charge == 0
            if present:
                word = "free" if card.is_free(name, column) else "set"
                reason = f"{word}, and X = {charge}" if not allowed else f"{word}, and allowed"
            else:
                reason = "allowed, and zero" if allowed else f"zero: X = {charge}"
            found.append(
                CheckVerdict("card", f"{name}, {flavour}", allowed or not present, True, reason)
            )
    return (*found, *_yukawas(model, card))


def _yukawas(model: Model, card: Card) -> list[CheckVerdict]:
    """Return a verdict on every entry of the card's own Ye that the symmetry forbids."""
    if "Ye" not in card.sm:
        return []
    found = []
    flavours = model.field("l").flavours
    term = next(term for term in model.written if term.coupling == "Ye")
    for item in flavoured(term.factors, model.fields):
        left, right = (x.flavour for x in item.factors if x.name in ("l", "e"))
        value = complex(card.sm["Ye"][flavours.index(left)][flavours.index(right)])
        if item.charge != 0 and value != 0:
            subject = f"Ye, {left} {right}"
            found.append(CheckVerdict("card", subject, False, True, f"set, and X = {item.charge}"))
    return found
