"""A charge assignment: the U(1)_X charges of the standard fermions with labelled generations.

Quarks of one family share a charge, X_q = X_u = X_d, and X_H = 0 (any other X_H is removed by
mixing X with hypercharge).  Integers are used throughout; B-3L_mu is k = 1, L = (0, -9, 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import lcm

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.symmetry.content import LEPTOQUARKS, Charge, Field, as_charge, known_field
from muoquark.symmetry.operators import Factor, FieldProduct

__all__ = [
    "Assignment",
    "assignment_of",
    "coupling_of_leptoquark",
    "leptoquark_charge",
    "parse_assignment",
]

Triple = tuple[Charge, Charge, Charge]


@lru_cache(maxsize=32)
def coupling_of_leptoquark(name: str) -> tuple[Factor, Factor]:
    """Return the quark and the lepton in a coupling of dimension four of a leptoquark.

    Of several it is one with the lepton doublet, and of these with q.  Those of one leptoquark to
    one lepton field agree in whether quark and lepton are conjugated, and with X_H = 0 in charge.

    Raises
    ------
    InputError
        If the field, a scalar or a vector known by name, has no such coupling.

    Examples
    --------
    >>> [str(factor) for factor in coupling_of_leptoquark("R2")]
    ['u^dag', 'l']
    """
    for lepton, quark in product(("l", "e"), ("q", "u", "d")):
        content = [known_field(each, (0,)) for each in (quark, lepton, name)]
        for conjugated in product((False, True), repeat=2):
            pair = (Factor(quark, "", conjugated[0]), Factor(lepton, "", conjugated[1]))
            if not FieldProduct.of((*pair, Factor(name)), content).obstructions():
                return pair
    raise InputError(f"{name} has no coupling to a quark and a charged lepton")


def leptoquark_charge(name: str, quark: Charge, lepton: Charge) -> Charge:
    """Return the X charge with which the leptoquark `name` couples to a quark and a lepton.

    >>> leptoquark_charge("S3", Fraction(1, 3), Fraction(-3))
    Fraction(8, 3)
    """
    pair = zip(coupling_of_leptoquark(name), (quark, lepton), strict=True)
    return sum(charge if factor.dagger else -charge for factor, charge in pair)


@dataclass(frozen=True)
class Assignment:
    """Charges of quark families and of the leptons, generations in the order e, mu, tau.

    Attributes
    ----------
    k
        Charges of the three quark families.
    L, E, N
        Charges of the lepton doublets, of e_R and of nu_R.

    Examples
    --------
    >>> import muoquark
    >>> from fractions import Fraction
    >>> third = Fraction(1, 3)
    >>> muons = muoquark.Assignment((third,) * 3, (0, -3, 0), (0, -3, 0), (0, -3, 0))
    >>> muons.L
    (0, -3, 0)
    """

    k: Triple
    L: Triple
    E: Triple
    N: Triple

    @property
    def universal(self) -> bool:
        """Whether the three quark families have one charge."""
        return len(set(self.k)) == 1

    @property
    def vector_like(self) -> bool:
        """Whether every lepton generation has X_L = X_E."""
        return self.L == self.E

    def numbers(self) -> tuple[Charge, ...]:
        """Return the twelve charges."""
        return self.k + self.L + self.E + self.N

    def integers(self) -> tuple[Assignment, int]:
        """Return the assignment with the common denominator removed, and that denominator."""
        factor = lcm(*(Fraction(x).denominator for x in self.numbers()))
        scaled = (
            tuple(Fraction(x * factor) for x in group) for group in (self.k, self.L, self.E, self.N)
        )
        return Assignment(*scaled), factor  # type: ignore[arg-type]

    def fermions(self) -> tuple[Field, ...]:
        """Return the fermions of the Standard Model and three nu_R with these charges."""
        of = {"q": self.k, "u": self.k, "d": self.k, "l": self.L, "e": self.E, "nu": self.N}
        return tuple(known_field(name, X) for name, X in of.items())

    def fields(
        self,
        leptoquarks: Iterable[str] = (),
        phi: Charge | None = None,
        lepton: int = 1,
        family: int = 2,
    ) -> tuple[Field, ...]:
        """Return the whole content: fermions, H, leptoquarks and Phi.

        Parameters
        ----------
        leptoquarks
            Names of the leptoquarks, scalars or vectors; each takes the charge with which it
            couples to the lepton generation `lepton` (1 is the muon) and the quark family `family`,
            to the lepton doublet if it couples to that at all.
        phi
            Charge of Phi; without it there is no Phi.
        """
        scalars: dict[str, Charge] = {"H": 0}
        for name in leptoquarks:
            source = self.E if coupling_of_leptoquark(name)[1].name == "e" else self.L
            scalars[name] = leptoquark_charge(name, self.k[family], source[lepton])
        if phi is not None:
            scalars["Phi"] = phi
        return self.fermions() + tuple(known_field(name, (X,)) for name, X in scalars.items())

    def text(self, phi: Charge | None = None) -> str:
        """Return what names the assignment in a card, see :func:`parse_assignment`.

        >>> parse_assignment("k=1 L=0,-9,0 E=0,-9,0")[0].text(9)
        'k=1 L=0,-9,0 Phi=9'
        """
        groups = {"k": self.k[:1] if self.universal else self.k, "L": self.L}
        groups |= {name: own for name, own in (("E", self.E), ("N", self.N)) if own != self.L}
        if phi is not None:
            groups["Phi"] = (phi,)
        return " ".join(f"{name}={','.join(map(str, own))}" for name, own in groups.items())

    def __str__(self) -> str:
        """Return the charges in one line."""
        k = str(self.k[0]) if self.universal else f"({_row(self.k)})"
        return f"k = {k}, L = ({_row(self.L)}), E = ({_row(self.E)}), N = ({_row(self.N)})"


def _row(charges: Iterable[Charge]) -> str:
    return ", ".join(map(str, charges))


def assignment_of(fields: Iterable[Field]) -> Assignment:
    """Return the assignment of a content of Standard Model fermions and three nu_R.

    Raises
    ------
    InputError
        If a fermion is missing or added, if X_q, X_u and X_d differ or X_H is not zero: the
        conditions of the paper are stated for X_H = 0.
    """
    by_name: Mapping[str, Field] = {field.name: field for field in fields}
    missing = [name for name in ("q", "u", "d", "l", "e", "nu") if name not in by_name]
    if missing:
        raise InputError(f"fields are missing: {', '.join(missing)}")
    more = [f.name for f in by_name.values() if f.fermion and f.name not in _STANDARD]
    if more:
        raise InputError(f"conditions i) to vi) are for SM + 3 nu_R, not for {', '.join(more)}")
    if not by_name["q"].X == by_name["u"].X == by_name["d"].X:
        raise InputError("X_q, X_u and X_d differ: the quark Yukawa couplings need one charge")
    if "H" in by_name and by_name["H"].X[0]:
        raise InputError("X_H is not 0: shift X by a multiple of hypercharge first")
    groups = (by_name[name].X for name in ("q", "l", "e", "nu"))
    return Assignment(*groups)  # type: ignore[arg-type]


_STANDARD = ("q", "u", "d", "l", "e", "nu", *LEPTOQUARKS)


def parse_assignment(text: str) -> tuple[Assignment, Charge | None]:
    """Read ``"k=1/3 L=0,-3,0 Phi=3"``; E and N are equal to L unless they are given.

    Returns
    -------
    The assignment and the charge of Phi, None if it is not given.

    Raises
    ------
    InputError
        With every fault of the text.

    Examples
    --------
    >>> assignment, phi = parse_assignment("k=1 L=0,-9,0 Phi=9")
    >>> print(assignment, phi)
    k = 1, L = (0, -9, 0), E = (0, -9, 0), N = (0, -9, 0) 9
    """
    faults: list[Fault] = []
    groups: dict[str, tuple[Charge, ...]] = {}
    for part in text.replace(";", " ").split():
        name, equals, numbers = part.partition("=")
        if name not in ("k", "L", "E", "N", "Phi") or not equals:
            faults.append(Fault(f"'{part}': {suggest(name, ('k=', 'L=', 'E=', 'N=', 'Phi='))}"))
            continue
        if name in groups:
            faults.append(Fault(f"'{name}' is given twice"))
        charges: list[Charge] = []
        for number in numbers.split(","):
            try:
                charge = as_charge(number)
                charges.append(int(charge) if charge.denominator == 1 else charge)
            except InputError as error:
                faults.append(Fault(f"{name}: {error}"))
        wanted = (1,) if name == "Phi" else (1, 3) if name == "k" else (3,)
        count = len(numbers.split(","))
        if count not in wanted:
            expected = " or ".join(map(str, wanted))
            faults.append(Fault(f"{name}: found {count} charges, expected {expected}"))
        groups[name] = tuple(charges)
    for name in ("k", "L"):
        if name not in groups:
            faults.append(Fault(f"{name}= is missing"))
    if faults:
        raise InputError(faults)
    k = groups["k"] * 3 if len(groups["k"]) == 1 else groups["k"]
    L = groups["L"]
    parsed = Assignment(k, L, groups.get("E", L), groups.get("N", L))  # type: ignore[arg-type]
    return parsed, groups["Phi"][0] if "Phi" in groups else None
