"""The conditions applied to the catalogue: which solutions make which leptoquark a muoquark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from muoquark.common.errors import InputError, suggest
from muoquark.symmetry.assignment import Assignment, coupling_of_leptoquark
from muoquark.symmetry.catalogue import Solution, labelled, solutions
from muoquark.symmetry.conditions import CONDITIONS, Verdict, judge, phi_candidates
from muoquark.symmetry.content import LEPTOQUARKS, Charge, Field
from muoquark.symmetry.operators import FieldProduct, enumerate_products, flavoured
from muoquark.symmetry.remnant import Remnant, proton_is_stable, remnant

__all__ = ["Judgement", "PhiCharge", "best", "charges", "judgements", "ladder", "phi_charges"]


@dataclass(frozen=True)
class Judgement:
    """Verdicts on one labelled solution with one charge of Phi.

    Attributes
    ----------
    solution, assignment
        The solution and the names of its generations.
    leptoquarks
        The leptoquarks, with the charge that couples them to the muon.
    phi
        Charge of Phi; None stands for one that opens no operator at all.
    verdicts
        The verdicts on i) to vi).
    """

    solution: Solution
    assignment: Assignment
    leptoquarks: tuple[str, ...]
    phi: Charge | None
    verdicts: tuple[Verdict, ...]

    @property
    def met(self) -> frozenset[str]:
        """The conditions that hold."""
        return frozenset(v.condition for v in self.verdicts if v.holds)

    def fields(self) -> tuple[Field, ...]:
        """Return the content that was judged, a Phi that opens no operator included."""
        charge = _generic(self.assignment) if self.phi is None else self.phi
        return self.assignment.fields(self.leptoquarks, charge)

    @property
    def complete(self) -> bool:
        """Whether all six conditions hold."""
        return len(self.met) == len(CONDITIONS)

    @property
    def muon(self) -> Charge:
        """Charge of the muon: of its doublet, unless no leptoquark couples to that."""
        own = self.assignment.E if _singlet(self.leptoquarks) else self.assignment.L
        return own[1]

    @property
    def text(self) -> str:
        """The assignment as ``charges:`` of a model names it, without the Phi that is any."""
        return self.assignment.text(self.phi)

    @property
    def remnant(self) -> Remnant | None:
        """The discrete symmetry that Phi leaves; None without a charge of Phi, or for zero."""
        return remnant(self.fields()) if self.phi else None

    @property
    def proton_stable(self) -> bool | None:
        """Whether the proton is stable to all orders; None as for the remnant."""
        return proton_is_stable(self.assignment, self.phi) if self.phi else None

    def record(self) -> dict[str, Any]:
        """Return the solution and its verdicts as plain data."""
        a, left = self.assignment, self.remnant
        return {
            "charges": self.text,
            "k": a.k[0] if a.universal else list(a.k),
            "L": list(a.L),
            "E": list(a.E),
            "N": list(a.N),
            "vector_like": self.solution.vector_like,
            "muon": self.muon,
            "phi": self.phi,
            "leptoquark_charges": {
                f.name: f.X[0] for f in self.fields() if f.name in self.leptoquarks
            },
            "conditions": {v.condition: v.holds for v in self.verdicts},
            "reasons": {v.condition: v.reason for v in self.verdicts},
            "operators": {v.condition: list(v.operators) for v in self.verdicts},
            "remnant": None if left is None else left.order,
            "proton_stable": self.proton_stable,
        }


@dataclass(frozen=True)
class PhiCharge:
    """A charge of Phi for which operators with Phi appear, and which ones."""

    charge: Charge
    operators: tuple[str, ...]


def _singlet(leptoquarks: Sequence[str]) -> bool:
    """Whether all leptoquarks couple to the singlet of a charged lepton only."""
    return all(coupling_of_leptoquark(name)[1].name == "e" for name in leptoquarks)


def _generic(assignment: Assignment) -> int:
    """Return a charge of Phi too large for any operator of dimension five."""
    return 20 * max(abs(int(x)) for x in assignment.numbers()) + 1


def judgements(solution: Solution, leptoquarks: Sequence[str]) -> tuple[Judgement, ...]:
    """Return the verdicts for every labelling of `solution` and every charge of Phi.

    The charges of Phi are those that open an entry of M_R, and one that opens no operator.
    """
    names = tuple(leptoquarks)
    singlet = _singlet(names)
    found = []
    for assignment in labelled(solution, singlet):
        for phi in (*phi_candidates(assignment), None):
            charge = _generic(assignment) if phi is None else phi
            fields = assignment.fields(names, charge)
            verdicts = judge(fields, assignment)
            found.append(Judgement(solution, assignment, names, phi, verdicts))
            if not verdicts[0].holds:
                break  # another Phi does not change condition i)
    return tuple(found)


def best(judged: Sequence[Judgement], require: Iterable[str] = ()) -> Judgement | None:
    """Return the judgement that meets most conditions; one with vi) if there are several.

    What then remains unmet says what is wrong with the symmetry: for L_mu - L_tau it is iii),
    for the very charge of Phi that the neutrino masses need.

    Parameters
    ----------
    judged
        The :func:`judgements` of one solution.
    require
        Conditions that must hold; None is returned if they cannot.
    """
    needed = set(require)
    return max((j for j in judged if needed <= j.met), key=_rank, default=None)


def charges(
    maximum: int = 10,
    leptoquarks: Sequence[str] = ("S3",),
    require: Iterable[str] = (),
    third_family: bool = False,
) -> tuple[Judgement, ...]:
    """Return the catalogue with its verdicts: one judgement for each solution.

    Parameters
    ----------
    maximum
        Largest absolute integer charge.
    leptoquarks
        Names among :data:`~muoquark.symmetry.content.LEPTOQUARKS`.
    require
        Conditions (``"i"`` to ``"vi"``) that must hold together; solutions that cannot meet them
        are left out.
    third_family
        Whether the third quark family has another charge than the first two.

    Raises
    ------
    InputError
        For an unknown leptoquark or condition, or a bad range.

    Examples
    --------
    >>> [str(j.assignment.L) for j in charges(10, ["S3"], CONDITIONS)]
    ['(-9, 9, -9)', '(0, -9, 0)']
    """
    names = tuple(leptoquarks)
    needed = set(require)
    for kind, given, allowed in (
        ("leptoquark", names, LEPTOQUARKS),
        ("condition", needed, tuple(CONDITIONS)),
    ):
        for name in given:
            if name not in allowed:
                raise InputError(f"unknown {kind} '{name}': {suggest(name, allowed)}")
    chosen = (best(judgements(s, names), needed) for s in solutions(maximum, third_family))
    return tuple(j for j in chosen if j is not None)


def _rank(judgement: Judgement) -> tuple[int, bool, bool]:
    return len(judgement.met), "vi" in judgement.met, judgement.phi is not None


def ladder(judged: Iterable[Sequence[Judgement]]) -> dict[str, int]:
    """Count the solutions that meet i), then i) and ii), ... and finally all six conditions.

    The conditions must hold together, for one labelling and one charge of Phi.

    Parameters
    ----------
    judged
        The :func:`judgements` of each solution.
    """
    steps = {name: 0 for name in CONDITIONS}
    for one in judged:
        every = {judgement.met for judgement in one}
        needed: set[str] = set()
        for name in CONDITIONS:
            needed.add(name)
            if not any(needed <= met for met in every):
                break
            steps[name] += 1
    return steps


def phi_charges(assignment: Assignment, leptoquarks: Sequence[str]) -> tuple[PhiCharge, ...]:
    """Return every charge of Phi that matters, with the operators that it opens.

    An operator of dimension at most five with n powers of Phi is neutral for one charge of Phi.
    For any charge that is not listed, Phi appears only as |Phi|^2.  The charges may be fractions.
    """
    content = assignment.fields(leptoquarks, phi=1)
    neutral = assignment.fields(leptoquarks, phi=0)
    opened: dict[Fraction, dict[str, None]] = {}
    for factors in enumerate_products(content, 5, minimum=2):
        powers = factors.count("Phi") - factors.count("Phi^dag")
        if not powers:
            continue
        for item in flavoured(factors, neutral):
            if not item.charge or not item.invariants():
                continue
            charge = Fraction(-item.charge, powers)
            text = _label(item, charge < 0)
            opened.setdefault(abs(charge), {})[text] = None
    return tuple(PhiCharge(charge, tuple(opened[charge])) for charge in sorted(opened))


def _label(item: FieldProduct, conjugate: bool) -> str:
    """Write an operator without quark families; `conjugate` turns the sign of Phi's charge."""
    parts = []
    for x in item.factors:
        dagger = x.dagger ^ (conjugate and x.name == "Phi")
        flavour = f"_{x.flavour}" if x.name in ("l", "e", "nu") else ""
        parts.append(f"{x.name}{flavour}" + ("^dag" if dagger else ""))
    return " ".join(parts)
