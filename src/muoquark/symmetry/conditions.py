"""Conditions i) to vi) of section 2.2 of the paper, as verdicts with the operators responsible.

They make a scalar leptoquark a muoquark: it couples to muons only, the proton is safe, lepton
flavour survives, and the neutrino masses come out.  Which operators exist at all is found by
enumeration of what SU(3) x SU(2) x U(1)_Y allows (:mod:`muoquark.symmetry.operators`), so that
the same code serves S1, S3, R2, R2t and S1t, alone or together; the charges then decide.
Source: section 2.2 of the paper and 2107.07518 (Greljo:2021npi).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.content import Field, with_charges
from muoquark.symmetry.operators import Product, enumerate_products, flavoured
from muoquark.symmetry.textures import seesaw_texture

__all__ = ["CONDITIONS", "Verdict", "baryon_number", "judge", "phi_candidates"]

#: The six conditions in words.
CONDITIONS: dict[str, str] = {
    "i": "the leptoquarks couple to the muon generation and not to e or tau",
    "ii": "no renormalisable operator violates baryon number (QQS^dag)",
    "iii": "no operator of dimension five violates baryon number (QQS^dag Phi^(*))",
    "iv": "individual lepton flavour is conserved by the renormalisable charged sector",
    "v": "the three quark families have one charge",
    "vi": "with Phi the seesaw gives three masses and a full PMNS matrix",
}

_FLAVOUR_NAMES = ("e", "mu", "tau")
_THIRDS = {"q": 1, "u": 1, "d": 1, "S1": -1, "S3": -1, "S1t": -1, "R2": 1, "R2t": 1}


@dataclass(frozen=True)
class Verdict:
    """One condition: whether it holds, why, and which operators decide.

    Attributes
    ----------
    condition
        ``"i"`` to ``"vi"``.
    holds
        The verdict.
    reason
        One sentence.
    operators
        The operators responsible: those that satisfy the condition, or those that violate it.
    """

    condition: str
    holds: bool
    reason: str
    operators: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Templates:
    """Operators with a leptoquark that the Standard Model allows, generations left open."""

    lepton: tuple[tuple[str, ...], ...]
    baryon4: tuple[tuple[str, ...], ...]
    baryon5: tuple[tuple[str, ...], ...]
    lepton_phi: tuple[tuple[str, ...], ...]


def baryon_number(factors: Iterable[str]) -> Fraction:
    """Return the baryon number of a product, with that of a leptoquark from its lepton coupling.

    >>> baryon_number(["q", "q", "S3^dag"])
    Fraction(1, 1)
    """
    thirds = 0
    for text in factors:
        name = text.removesuffix("^dag").partition("_")[0]
        thirds += _THIRDS.get(name, 0) * (-1 if text.endswith("^dag") else 1)
    return Fraction(thirds, 3)


@cache
def _templates(leptoquarks: tuple[str, ...]) -> _Templates:
    names = ("q", "u", "d", "l", "e", "nu", "H", *leptoquarks, "Phi")
    content = with_charges(dict.fromkeys(names, 0))
    lepton: list[tuple[str, ...]] = []
    baryon4: list[tuple[str, ...]] = []
    baryon5: list[tuple[str, ...]] = []
    lepton_phi: list[tuple[str, ...]] = []
    for factors in enumerate_products(content, 5, minimum=2):
        plain = [name.removesuffix("^dag") for name in factors]
        coloured = [name for name in plain if name in leptoquarks]
        if not coloured:
            continue
        dimension = Product.of(next(flavoured(factors, content)).factors, content).dimension
        if baryon_number(factors):
            (baryon4 if dimension <= 4 else baryon5).append(factors)
        elif len(coloured) == 1 and any(name in ("l", "e", "nu") for name in plain):
            if dimension == 4:
                lepton.append(factors)
            elif "Phi" in plain:
                lepton_phi.append(factors)
    return _Templates(tuple(lepton), tuple(baryon4), tuple(baryon5), tuple(lepton_phi))


def _allowed(templates: Iterable[tuple[str, ...]], fields: Sequence[Field]) -> list[Product]:
    """Components of `templates` with X charge zero that do not vanish by statistics."""
    names = {field.name for field in fields}
    found = []
    for factors in templates:
        if all(name.removesuffix("^dag") in names for name in factors):
            found += [
                item for item in flavoured(factors, fields) if not item.charge and item.invariants()
            ]
    return found


def _text(products: Iterable[Product], limit: int = 6) -> tuple[str, ...]:
    """Operators as text; quark families are dropped where all of them behave alike."""
    return tuple(dict.fromkeys(map(str, products)))[:limit]


def _summary(products: Iterable[Product]) -> str:
    """Name each kind of operator once, without its quark families."""
    kinds = []
    for item in products:
        parts = [
            (f"{x.name}_{x.flavour}" if x.name in ("l", "e", "nu") else x.name)
            + ("^dag" if x.dagger else "")
            for x in item.factors
        ]
        kinds.append(" ".join(parts))
    return ", ".join(dict.fromkeys(kinds))


def judge(fields: Sequence[Field], assignment: Assignment, muon: int = 1) -> tuple[Verdict, ...]:
    """Return the six verdicts for a field content.

    Parameters
    ----------
    fields
        All fields: fermions, H, leptoquarks and (for iii and vi) Phi, as from
        :meth:`~muoquark.symmetry.assignment.Assignment.fields`.
    assignment
        The charges of the fermions in `fields`.
    muon
        Position of the generation that the leptoquarks are to couple to.
    """
    names = {field.name for field in fields}
    leptoquarks = tuple(f.name for f in fields if not f.fermion and f.colour != "1")
    phi = next((f.X[0] for f in fields if f.name == "Phi"), None)
    templates = _templates(leptoquarks)
    first = _first(templates, fields, leptoquarks, muon)
    return (
        first,
        _no_baryon("ii", templates.baryon4, fields, leptoquarks),
        _no_baryon("iii", templates.baryon5, fields, leptoquarks)
        if "Phi" in names
        else Verdict("iii", False, "there is no Phi, so that U(1)_X stays unbroken"),
        _fourth(templates, fields, assignment, first, muon),
        _fifth(assignment),
        _sixth(assignment, phi),
    )


def _first(
    templates: _Templates, fields: Sequence[Field], leptoquarks: Sequence[str], muon: int
) -> Verdict:
    name = _FLAVOUR_NAMES[muon]
    if not leptoquarks:
        return Verdict("i", False, "there is no leptoquark")
    allowed = _allowed(templates.lepton, fields)
    # nu_R is heavy and carries no charged-lepton flavour: d nu_R S does not count here.
    charged = [item for item in allowed if not any(x.name == "nu" for x in item.factors)]
    wrong = [item for item in charged if not _has_flavour(item, name)]
    if wrong:
        return Verdict("i", False, f"also allowed: {_summary(wrong)}", _text(wrong))
    for leptoquark in leptoquarks:
        if not any(x.name == leptoquark for item in charged for x in item.factors):
            return Verdict("i", False, f"{leptoquark} couples to no charged lepton")
    return Verdict("i", True, f"only {_summary(allowed)}", _text(allowed))


def _has_flavour(item: Product, flavour: str) -> bool:
    return any(x.flavour == flavour for x in item.factors if x.name in ("l", "e", "nu"))


def _no_baryon(
    condition: str,
    templates: tuple[tuple[str, ...], ...],
    fields: Sequence[Field],
    leptoquarks: Sequence[str],
) -> Verdict:
    if not leptoquarks:
        return Verdict(condition, True, "there is no leptoquark")
    allowed = _allowed(templates, fields)
    if allowed:
        return Verdict(condition, False, f"allowed: {_summary(allowed)}", _text(allowed))
    if not templates:
        return Verdict(condition, True, "none exists: SU(3) x SU(2) x U(1)_Y forbids them")
    charges = []
    for factors in templates:
        values = {item.charge for item in flavoured(factors, fields) if item.invariants()}
        charges.append(f"{' '.join(factors)} has X = {', '.join(map(str, sorted(values)))}")
    return Verdict(
        condition,
        True,
        "forbidden by U(1)_X: " + "; ".join(charges),
        tuple(" ".join(factors) for factors in templates),
    )


def _fourth(
    templates: _Templates,
    fields: Sequence[Field],
    assignment: Assignment,
    first: Verdict,
    muon: int,
) -> Verdict:
    if not first.holds:
        return Verdict("iv", False, "condition i) fails", first.operators)
    name = _FLAVOUR_NAMES[muon]
    mixing = [
        f"l_{a}^dag H e_{b}"
        for a, x in zip(_FLAVOUR_NAMES, assignment.L, strict=True)
        for b, y in zip(_FLAVOUR_NAMES, assignment.E, strict=True)
        if x == y and (a == name) != (b == name)
    ]
    if mixing:
        return Verdict(
            "iv", False, f"charged leptons mix with the muon: {', '.join(mixing)}", tuple(mixing)
        )
    if assignment.L[muon] != assignment.E[muon]:
        return Verdict("iv", False, "the muon has no renormalisable mass: X_L and X_E differ")
    broken = _allowed(templates.lepton_phi, fields)
    reason = "broken only by the neutrino masses"
    if broken:
        reason += f" and, at dimension five, by {_summary(broken)}"
    return Verdict("iv", True, reason, _text(broken))


def _fifth(assignment: Assignment) -> Verdict:
    if assignment.universal:
        return Verdict("v", True, f"X_q = X_u = X_d = {assignment.k[0]} for all families")
    charges = ", ".join(map(str, assignment.k))
    return Verdict("v", False, f"the quark families have the charges {charges}")


def _sixth(assignment: Assignment, phi: Fraction | None) -> Verdict:
    texture = seesaw_texture(assignment, phi)
    entries = tuple(
        f"{'nu_' + a} {'nu_' + b}{suffix}"
        for pattern, suffix in ((texture.bare, ""), (texture.from_phi, " Phi^(*)"))
        for i, a in enumerate(_FLAVOUR_NAMES)
        for j, b in enumerate(_FLAVOUR_NAMES)
        if i <= j and pattern[i][j]
    )
    if texture.masses < 3:
        return Verdict("vi", False, f"the seesaw gives {texture.masses} light masses", entries)
    if not texture.complete:
        return Verdict("vi", False, "the PMNS matrix has a block of zeros", entries)
    zeros = [
        f"({a}, {b})"
        for i, a in enumerate(_FLAVOUR_NAMES)
        for j, b in enumerate(_FLAVOUR_NAMES)
        if i <= j and not texture.inverse_light[i][j]
    ]
    reason = "three masses and all mixings"
    if zeros:
        reason += f"; m_nu^-1 vanishes at {', '.join(zeros)}"
    return Verdict("vi", True, reason, entries)


def phi_candidates(assignment: Assignment) -> tuple[Fraction, ...]:
    """Return the charges of Phi, positive, that open an entry of the Majorana matrix."""
    sums = {abs(Fraction(a + b)) for a in assignment.N for b in assignment.N}
    return tuple(sorted(sums - {Fraction(0)}))
