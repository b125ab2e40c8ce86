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
from functools import lru_cache

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.content import Charge, Field, with_charges
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products, flavoured
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
_POSITIONS = {**{n: i for i, n in enumerate(_FLAVOUR_NAMES)}, "1": 0, "2": 1, "3": 2}
_LEPTONS = ("l", "e", "nu")
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
    """Operators with a leptoquark that the Standard Model allows, generations left open.

    Attributes
    ----------
    lepton
        Of dimension four with one leptoquark and a lepton: the couplings themselves.
    baryon4, baryon5
        That violate baryon number, up to dimension four and of dimension five.
    lepton_phi
        Couplings to a lepton with Phi, of dimension five.
    """

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


@lru_cache(maxsize=64)
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
        dimension = FieldProduct.of(next(flavoured(factors, content)).factors, content).dimension
        if baryon_number(factors):
            (baryon4 if dimension <= 4 else baryon5).append(factors)
        elif len(coloured) == 1 and any(name in ("l", "e", "nu") for name in plain):
            if dimension == 4:
                lepton.append(factors)
            elif "Phi" in plain:
                lepton_phi.append(factors)
    return _Templates(tuple(lepton), tuple(baryon4), tuple(baryon5), tuple(lepton_phi))


def _components(
    templates: Iterable[tuple[str, ...]], fields: Sequence[Field]
) -> list[tuple[str, tuple[Factor, ...], Charge]]:
    """Expand operators in generations: their text, factors and X charge.

    Quark families with equal charges are one component, written without a family: every
    template exists for distinct families, so that statistics cannot remove it.
    """
    by_name = {field.name: field for field in fields}
    templates = [
        names for names in templates if all(name.removesuffix("^dag") in by_name for name in names)
    ]
    quarks = [by_name[name] for name in ("q", "u", "d")]
    universal = all(len(set(field.X)) == 1 for field in quarks)
    expand = _expanded if universal else _expanded_families
    found = []
    for names in templates:
        for text, factors in expand(names):
            total: Charge = 0
            for x in factors:
                charge = by_name[x.name].X[_POSITIONS.get(x.flavour, 0)]
                total += -charge if x.dagger else charge
            found.append((text, factors, total))
    return found


@lru_cache(maxsize=65536)
def _expanded_families(
    names: tuple[str, ...],
) -> tuple[tuple[str, tuple[Factor, ...]], ...]:
    """Expand quark families and lepton generations, without what vanishes by statistics."""
    plain = {name.removesuffix("^dag") for name in names}
    content = with_charges(dict.fromkeys(plain, 0))
    return tuple(
        (str(item), item.factors) for item in flavoured(names, content) if item.invariants()
    )


@lru_cache(maxsize=65536)
def _expanded(names: tuple[str, ...]) -> tuple[tuple[str, tuple[Factor, ...]], ...]:
    """Expand the lepton generations of an operator, with its text."""
    plain = tuple(Factor.parse(name) for name in names)
    leptons = [position for position, x in enumerate(plain) if x.name in _LEPTONS]
    if not leptons:
        return ((" ".join(names), plain),)
    # An operator with a leptoquark and of dimension five or less has one lepton at most.
    (position,) = leptons
    found = []
    for flavour in _FLAVOUR_NAMES:
        lepton = Factor(plain[position].name, flavour, plain[position].dagger)
        factors = (*plain[:position], lepton, *plain[position + 1 :])
        found.append((" ".join(map(str, factors)), factors))
    return tuple(found)


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
    leptoquarks = tuple(f.name for f in fields if not f.fermion and f.colour != "1")
    phi = next((f.X[0] for f in fields if f.name == "Phi"), None)
    templates = _templates(leptoquarks)
    first = _first(templates, fields, leptoquarks, muon)
    return (
        first,
        _no_baryon("ii", templates.baryon4, fields, leptoquarks),
        _no_baryon("iii", templates.baryon5, fields, leptoquarks),
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
    allowed = [c for c in _components(templates.lepton, fields) if not c[2]]
    # nu_R is heavy and carries no charged-lepton flavour: d nu_R S does not count here.
    charged = [c for c in allowed if not any(x.name == "nu" for x in c[1])]
    wrong = tuple(text for text, factors, _ in charged if not _has_flavour(factors, name))
    if wrong:
        return Verdict("i", False, f"also allowed: {', '.join(wrong)}", wrong)
    for leptoquark in leptoquarks:
        if not any(x.name == leptoquark for _, factors, _ in charged for x in factors):
            return Verdict("i", False, f"{leptoquark} couples to no charged lepton")
    texts = tuple(text for text, _, _ in allowed)
    return Verdict("i", True, f"only {', '.join(texts)}", texts)


def _has_flavour(factors: Iterable[Factor], flavour: str) -> bool:
    return any(x.flavour == flavour for x in factors if x.name in _LEPTONS)


def _no_baryon(
    condition: str,
    templates: tuple[tuple[str, ...], ...],
    fields: Sequence[Field],
    leptoquarks: Sequence[str],
) -> Verdict:
    if not leptoquarks:
        return Verdict(condition, True, "there is no leptoquark")
    components = _components(templates, fields)
    if not components:
        return Verdict(condition, True, "none exists: SU(3) x SU(2) x U(1)_Y forbids them")
    allowed = tuple(text for text, _, charge in components if not charge)
    if allowed:
        return Verdict(condition, False, f"allowed: {', '.join(allowed)}", allowed)
    charges = [f"{text} has X = {charge}" for text, _, charge in components]
    return Verdict(
        condition,
        True,
        "forbidden by U(1)_X: " + "; ".join(charges),
        tuple(text for text, _, _ in components),
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
    phi = next((f.X[0] for f in fields if f.name == "Phi"), None)
    yukawas = [
        (f"l_{a}^dag H e_{b}", (a == name) != (b == name), y - x)
        for a, x in zip(_FLAVOUR_NAMES, assignment.L, strict=True)
        for b, y in zip(_FLAVOUR_NAMES, assignment.E, strict=True)
    ]
    mixing = tuple(text for text, mixes, charge in yukawas if mixes and not charge)
    if mixing:
        return Verdict(
            "iv", False, f"charged leptons mix with the muon: {', '.join(mixing)}", mixing
        )
    if assignment.L[muon] != assignment.E[muon]:
        return Verdict("iv", False, "the muon has no renormalisable mass: X_L and X_E differ")
    broken = [text for text, _, charge in _components(templates.lepton_phi, fields) if not charge]
    if phi:
        broken += [
            f"{text} {'Phi' if charge == -phi else 'Phi^dag'}"
            for text, mixes, charge in yukawas
            if mixes and charge in (phi, -phi)
        ]
    reason = "broken only by the neutrino masses"
    if broken:
        reason += f" and, at dimension five, by {', '.join(broken)}"
    return Verdict("iv", True, reason, tuple(broken))


def _fifth(assignment: Assignment) -> Verdict:
    if assignment.universal:
        return Verdict("v", True, f"X_q = X_u = X_d = {assignment.k[0]} for all families")
    charges = ", ".join(map(str, assignment.k))
    return Verdict("v", False, f"the quark families have the charges {charges}")


def _sixth(assignment: Assignment, phi: Charge | None) -> Verdict:
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


def phi_candidates(assignment: Assignment) -> tuple[Charge, ...]:
    """Return the charges of Phi, positive, that open an entry of the Majorana matrix."""
    sums: set[Charge] = {abs(a + b) for a in assignment.N for b in assignment.N}  # type: ignore[misc]
    return tuple(sorted(sums - {0}))
