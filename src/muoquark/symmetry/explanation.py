"""The explanation of one charge assignment: every verdict, for every charge of Phi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from muoquark.symmetry.accidental import accidental_symmetries
from muoquark.symmetry.anomalies import X_ANOMALIES, Anomaly, anomalies
from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.conditions import Verdict, judge, phi_candidates
from muoquark.symmetry.content import Charge
from muoquark.symmetry.ladder import PhiCharge, phi_charges
from muoquark.symmetry.remnant import (
    ProtonDecay,
    Remnant,
    proton_decay_operators,
    proton_is_stable,
    remnant,
)
from muoquark.symmetry.textures import Pattern, SeesawTexture, seesaw_texture

__all__ = ["Explanation", "PhiExplanation", "explanation"]


@dataclass(frozen=True)
class PhiExplanation:
    """What the charges decide with one charge of Phi.

    Attributes
    ----------
    phi
        Charge of Phi.
    verdicts
        On the conditions i) to vi).
    texture
        Entries of the neutrinos' mass matrices that are there.
    remnant
        The discrete symmetry that Phi leaves.
    proton_stable
        Whether no operator of any dimension lets the proton decay.
    proton_decay
        The dimension-six operators that some number of Phi makes neutral, lowest dimension first.
    symmetries
        Name of each global symmetry and whether it holds up to dimension four: ``charged``
        without the terms of nu_R, ``all`` with them.
    """

    phi: Charge
    verdicts: tuple[Verdict, ...]
    texture: SeesawTexture
    remnant: Remnant
    proton_stable: bool
    proton_decay: tuple[ProtonDecay, ...]
    symmetries: Mapping[str, Mapping[str, bool]]

    @property
    def majorana(self) -> list[list[str]]:
        """Entries of M_R: ``bare``, ``Phi`` or empty."""
        return [
            ["bare" if b else "Phi" if p else "" for b, p in zip(*rows, strict=True)]
            for rows in zip(self.texture.bare, self.texture.from_phi, strict=True)
        ]

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "phi": self.phi,
            "verdicts": [
                {
                    "condition": v.condition,
                    "verdict": v.holds,
                    "reason": v.reason,
                    "operators": list(v.operators),
                }
                for v in self.verdicts
            ],
            "dirac": _plain(self.texture.dirac),
            "majorana": self.majorana,
            "light": _plain(self.texture.light),
            "remnant": str(self.remnant),
            "proton_stable": self.proton_stable,
            "proton_decay": [
                {"operator": o.operator, "phi_insertions": o.insertions, "dimension": o.dimension}
                for o in self.proton_decay
            ],
            "symmetries": {kind: dict(held) for kind, held in self.symmetries.items()},
        }


@dataclass(frozen=True)
class Explanation:
    """Everything that the charges of one assignment decide; made by :func:`explanation`.

    Attributes
    ----------
    assignment
        The charges, generations in the order e, mu, tau.
    leptoquarks
        Name of each leptoquark to the charge that couples it to the muon.
    anomalies
        Those that involve U(1)_X.
    phi_charges
        What each charge of Phi that matters opens.
    choices
        The verdicts with each chosen charge of Phi.
    """

    assignment: Assignment
    leptoquarks: Mapping[str, Charge]
    anomalies: tuple[Anomaly, ...]
    phi_charges: tuple[PhiCharge, ...]
    choices: tuple[PhiExplanation, ...]

    @property
    def anomaly_free(self) -> bool:
        """Whether U(1)_X can be gauged with these fields alone."""
        return all(a.vanishes for a in self.anomalies)

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "charges": str(self.assignment),
            "leptoquarks": dict(self.leptoquarks),
            "anomalies": {a.name: {"value": a.value, "terms": str(a)} for a in self.anomalies},
            "anomaly_free": self.anomaly_free,
            "phi_charges": [
                {"phi": p.charge, "operators": list(p.operators)} for p in self.phi_charges
            ],
            "phi": [choice.record() for choice in self.choices],
        }


def explanation(
    assignment: Assignment, leptoquarks: Sequence[str], phi: Charge | None = None
) -> Explanation:
    """Return everything that the charges decide.

    Parameters
    ----------
    assignment
        The charges, generations in the order e, mu, tau.
    leptoquarks
        The leptoquarks; each takes the charge that couples it to the muon.
    phi
        One charge of Phi; by default all that fill an entry of M_R.
    """
    choices = phi_candidates(assignment) if phi is None else (phi,)
    return Explanation(
        assignment=assignment,
        leptoquarks={
            f.name: f.X[0]
            for f in assignment.fields(leptoquarks)
            if not f.fermion and f.colour != "1"
        },
        anomalies=tuple(anomalies(assignment.fermions(), X_ANOMALIES)),
        phi_charges=phi_charges(assignment, leptoquarks),
        choices=tuple(_with_phi(assignment, leptoquarks, choice) for choice in choices),
    )


def _with_phi(assignment: Assignment, leptoquarks: Sequence[str], phi: Charge) -> PhiExplanation:
    fields = assignment.fields(leptoquarks, phi)
    decays = proton_decay_operators(assignment, phi)
    possible = [o for o in decays if o.dimension is not None]
    return PhiExplanation(
        phi=phi,
        verdicts=tuple(judge(fields, assignment)),
        texture=seesaw_texture(assignment, phi),
        remnant=remnant(fields),
        proton_stable=proton_is_stable(assignment, phi),
        proton_decay=tuple(sorted(possible, key=lambda o: (o.dimension or 0, o.operator))),
        symmetries={
            kind: {g.name: g.conserved for g in accidental_symmetries(fields, neutrinos)}
            for kind, neutrinos in (("charged", False), ("all", True))
        },
    )


def _plain(pattern: Pattern) -> list[list[int]]:
    return [[int(entry) for entry in row] for row in pattern]
