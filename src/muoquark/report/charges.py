"""The explanation of one charge assignment: every verdict, for every charge of Phi."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from muoquark.symmetry.accidental import accidental_symmetries
from muoquark.symmetry.anomalies import X_ANOMALIES, anomalies
from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.conditions import judge, phi_candidates
from muoquark.symmetry.content import Charge
from muoquark.symmetry.ladder import phi_charges
from muoquark.symmetry.remnant import proton_decay_operators, proton_is_stable, remnant
from muoquark.symmetry.textures import Pattern, seesaw_texture

__all__ = ["explanation", "explanation_lines"]


def explanation(
    assignment: Assignment, leptoquarks: Sequence[str], phi: Charge | None = None
) -> dict[str, Any]:
    """Return everything that the charges decide.

    Parameters
    ----------
    assignment
        The charges, generations in the order e, mu, tau.
    leptoquarks
        The leptoquarks; each takes the charge that couples it to the muon.
    phi
        One charge of Phi; by default all that fill an entry of M_R.

    Returns
    -------
    A record with the anomalies, what each charge of Phi opens, and for each chosen charge of
    Phi the six verdicts, the textures, the remnant symmetry and the proton.
    """
    found = anomalies(assignment.fermions(), X_ANOMALIES)
    choices = phi_candidates(assignment) if phi is None else (phi,)
    return {
        "charges": str(assignment),
        "leptoquarks": {
            f.name: f.X[0]
            for f in assignment.fields(leptoquarks)
            if not f.fermion and f.colour != "1"
        },
        "anomalies": {a.name: {"value": a.value, "terms": str(a)} for a in found},
        "anomaly_free": all(a.vanishes for a in found),
        "phi_charges": [
            {"phi": p.charge, "operators": list(p.operators)}
            for p in phi_charges(assignment, leptoquarks)
        ],
        "phi": [_for_phi(assignment, leptoquarks, choice) for choice in choices],
    }


def _for_phi(assignment: Assignment, leptoquarks: Sequence[str], phi: Charge) -> dict[str, Any]:
    fields = assignment.fields(leptoquarks, phi)
    texture = seesaw_texture(assignment, phi)
    decays = proton_decay_operators(assignment, phi)
    possible = [o for o in decays if o.dimension is not None]
    return {
        "phi": phi,
        "verdicts": [
            {
                "condition": v.condition,
                "verdict": v.holds,
                "reason": v.reason,
                "operators": list(v.operators),
            }
            for v in judge(fields, assignment)
        ],
        "dirac": _plain(texture.dirac),
        "majorana": [
            ["bare" if b else "Phi" if p else "" for b, p in zip(*rows, strict=True)]
            for rows in zip(texture.bare, texture.from_phi, strict=True)
        ],
        "light": _plain(texture.light),
        "remnant": str(remnant(fields)),
        "proton_stable": proton_is_stable(assignment, phi),
        "proton_decay": [
            {"operator": o.operator, "phi_insertions": o.insertions, "dimension": o.dimension}
            for o in sorted(possible, key=lambda o: (o.dimension or 0, o.operator))
        ],
        "symmetries": {
            "charged": _numbers(fields, neutrinos=False),
            "all": _numbers(fields, neutrinos=True),
        },
    }


def _numbers(fields: Any, neutrinos: bool) -> dict[str, bool]:
    return {g.name: g.conserved for g in accidental_symmetries(fields, neutrinos)}


def _plain(pattern: Pattern) -> list[list[int]]:
    return [[int(entry) for entry in row] for row in pattern]


def explanation_lines(record: dict[str, Any]) -> Iterator[str]:
    """Yield the explanation as lines of text."""
    yield record["charges"]
    scalars = ", ".join(f"X({name}) = {x}" for name, x in record["leptoquarks"].items())
    yield f"leptoquarks that couple to the muon: {scalars}"
    yield ""
    yield "Anomalies"
    for entry in record["anomalies"].values():
        yield f"  {entry['terms']}"
    if not record["anomaly_free"]:
        yield "  NOT free of anomalies: this U(1)_X cannot be gauged with these fields alone"
    yield ""
    yield "What Phi opens, for each charge that matters (any other charge: nothing)"
    for entry in record["phi_charges"]:
        yield f"  X_Phi = {entry['phi']}: {', '.join(entry['operators'])}"
    for part in record["phi"]:
        yield ""
        yield f"X_Phi = {part['phi']}"
        for verdict in part["verdicts"]:
            word = "yes" if verdict["verdict"] else "NO"
            yield f"  {verdict['condition'] + ')':4} {word:3}  {verdict['reason']}"
        yield f"  Dirac matrix     {_matrix(part['dirac'])}"
        yield f"  Majorana matrix  {_matrix(part['majorana'])}"
        yield f"  light masses     {_matrix(part['light'])}"
        yield f"  remnant symmetry: {part['remnant']}"
        stable = "stable to all orders" if part["proton_stable"] else "not protected to all orders"
        yield f"  proton: {stable}"
        for decay in part["proton_decay"][:4]:
            phis = f" with {decay['phi_insertions']} Phi" if decay["phi_insertions"] else ""
            yield f"    {decay['operator']}{phis}: dimension {decay['dimension']}"
        for kind, text in (("charged", "without nu_R"), ("all", "with nu_R")):
            kept = [name for name, holds in part["symmetries"][kind].items() if holds]
            yield f"  conserved up to dimension four, {text}: {', '.join(kept) or 'nothing'}"


def _matrix(rows: list[list[Any]]) -> str:
    def entry(value: Any) -> str:
        return {1: "x", 0: ".", "": "."}.get(value, value)

    return "[" + "; ".join(" ".join(map(entry, row)) for row in rows) + "]"
