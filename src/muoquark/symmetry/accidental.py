"""Global symmetries that the renormalisable Lagrangian has without being asked to.

Baryon number and the three lepton flavour numbers are tested on every operator of dimension at
most four that the gauge group allows.  Charged-lepton Yukawa entries between generations of
equal charges are removed by a rotation of those generations before the test, as for the
Standard Model itself; that is possible as long as nothing else distinguishes them, so the
couplings of the leptoquarks are tested as they are.  After Phi gets its vacuum expectation value
it carries no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from muoquark.symmetry.content import Field
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products, flavoured

__all__ = ["GlobalSymmetry", "accidental_symmetries"]

_NUMBERS = ("B", "L_e", "L_mu", "L_tau")


@dataclass(frozen=True)
class GlobalSymmetry:
    """Whether a number is conserved, and the operators that break it if not."""

    name: str
    broken_by: tuple[str, ...]

    @property
    def conserved(self) -> bool:
        """Whether no operator breaks it."""
        return not self.broken_by


def accidental_symmetries(
    fields: Iterable[Field], neutrinos: bool = True
) -> tuple[GlobalSymmetry, ...]:
    """Test B, L_e, L_mu and L_tau on all allowed operators of dimension at most four.

    Parameters
    ----------
    fields
        The content, with Phi if U(1)_X is to be broken.
    neutrinos
        Whether the terms with nu_R are included; without them the result is that of the charged
        particles, which neutrino masses break only slightly.

    Returns
    -------
    The four numbers.  A leptoquark's own numbers are those of its first lepton coupling.
    """
    content = tuple(fields)
    allowed = _allowed(content, neutrinos)
    return tuple(
        GlobalSymmetry(
            name,
            tuple(
                dict.fromkeys(
                    _without_families(item)
                    for item in allowed
                    if _total(item, name, _scalar_numbers(content, allowed, name))
                )
            ),
        )
        for name in _NUMBERS
    )


def _allowed(content: Sequence[Field], neutrinos: bool) -> list[FieldProduct]:
    found = []
    for factors in enumerate_products(content, 4, minimum=2):
        names = {name.removesuffix("^dag") for name in factors}
        if not neutrinos and "nu" in names:
            continue
        for item in flavoured(factors, content):
            # An off-diagonal entry of l^dag H e between equal charges only says which basis is
            # meant.
            rotated_away = (
                {"l", "e"} <= names
                and "H" in names
                and len({x.flavour for x in item.factors if x.name in ("l", "e")}) > 1
                and _equal_generations(item, content)
            )
            if not item.charge and item.invariants() and not rotated_away:
                found.append(item)
    return found


def _equal_generations(item: FieldProduct, content: Sequence[Field]) -> bool:
    """Whether the two generations of a Yukawa entry have the same charges in l and in e."""
    first, second = (x.flavour for x in item.factors if x.name in ("l", "e"))
    by_name = {field.name: field for field in content}
    return all(by_name[name].charge(first) == by_name[name].charge(second) for name in ("l", "e"))


def _number(factor: Factor, name: str) -> Fraction:
    if name == "B":
        value = Fraction(1, 3) if factor.name in ("q", "u", "d") else Fraction(0)
    else:
        lepton = factor.name in ("l", "e", "nu")
        value = Fraction(int(lepton and name == f"L_{factor.flavour}"))
    return -value if factor.dagger else value


def _scalar_numbers(
    content: Sequence[Field], allowed: Sequence[FieldProduct], name: str
) -> dict[str, Fraction]:
    """Numbers of the leptoquarks, from the first coupling of each to a quark and a lepton."""
    numbers: dict[str, Fraction] = {}
    for item in allowed:
        # The leptoquark takes the number that makes its first coupling neutral; any other coupling
        # of it then conserves the number or breaks it.
        scalars = [
            x
            for x, f in zip(item.factors, item.fields, strict=True)
            if f.colour != "1" and not f.fermion
        ]
        leptons = [x for x in item.factors if x.name in ("l", "e", "nu")]
        if len(scalars) == 1 and len(leptons) == 1:
            rest = sum((_number(x, name) for x in item.factors), Fraction(0))
            numbers.setdefault(scalars[0].name, rest if scalars[0].dagger else -rest)
    return numbers


def _total(item: FieldProduct, name: str, scalars: dict[str, Fraction]) -> Fraction:
    total = sum((_number(x, name) for x in item.factors), Fraction(0))
    for x in item.factors:
        number = scalars.get(x.name, Fraction(0))
        total += -number if x.dagger else number
    return total


def _without_families(item: FieldProduct) -> str:
    return " ".join(
        str(x if x.name in ("l", "e", "nu") else Factor(x.name, "", x.dagger)) for x in item.factors
    )
