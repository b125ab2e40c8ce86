"""What survives when Phi breaks U(1)_X: a discrete symmetry, and the proton.

A vacuum expectation value of charge X_Phi leaves the transformations exp(2 pi i X / X_Phi).
With all charges in units of their greatest common divisor this is Z_n with n = X_Phi: an exact
symmetry at every order, since it is part of a gauge symmetry.

The proton decays into an odd number of leptons and any number of mesons.  Its decay is possible
at some order if and only if its charge can be made up from them modulo X_Phi.  Sums of an odd
number of leptons and antileptons with charges x_1, x_2, ... are the numbers
x_1 + g m with g the greatest common divisor of 2 x_1 and all x_i - x_1; mesons add differences
of family charges and Phi adds X_Phi.  So the proton is stable to all orders if and only if

    3 k  is not congruent to  x_1  modulo  gcd(X_Phi, 2 x_1, x_i - x_1, k_i - k_1).

All lepton charges count, those of nu_R too: the statement then holds whatever its mass is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import gcd, lcm

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.conditions import baryon_number
from muoquark.symmetry.content import Charge, Field, with_charges
from muoquark.symmetry.operators import enumerate_products, flavoured

__all__ = ["ProtonDecay", "Remnant", "proton_decay_operators", "proton_is_stable", "remnant"]


@dataclass(frozen=True)
class Remnant:
    """The discrete symmetry Z_n left by Phi.

    Attributes
    ----------
    order
        n; 1 means that nothing is left.
    charges
        Name of each field with the charges of its generations modulo n.
    """

    order: int
    charges: tuple[tuple[str, tuple[int, ...]], ...]

    def __str__(self) -> str:
        """Return the group with the charges of the fields."""
        if self.order == 1:
            return "none"
        parts = []
        for name, charges in self.charges:
            values = charges[:1] if len(set(charges)) == 1 else charges
            parts.append(f"{name}: {', '.join(map(str, values))}")
        return f"Z{self.order} ({'; '.join(parts)})"


@dataclass(frozen=True)
class ProtonDecay:
    """A dimension-six operator with baryon number one.

    Attributes
    ----------
    operator
        The operator, with its lepton generation (quark families left out).
    charge
        Its X charge; zero means that it is allowed as it is.
    insertions
        Number of Phi or Phi^dag that make it neutral, None if no number does.
    """

    operator: str
    charge: Charge
    insertions: int | None

    @property
    def dimension(self) -> int | None:
        """Dimension of the operator with its insertions of Phi."""
        return None if self.insertions is None else 6 + self.insertions


def remnant(fields: Iterable[Field]) -> Remnant:
    """Return the discrete symmetry that the vacuum expectation value of Phi leaves.

    Parameters
    ----------
    fields
        The field content with Phi; neutral fields may be left out.

    Examples
    --------
    >>> from muoquark.symmetry.assignment import Assignment
    >>> x = Assignment((1, 1, 1), *3 * ((0, -9, 0),))
    >>> print(remnant(x.fields(["S1", "S3"], phi=9)))
    Z9 (q: 1; u: 1; d: 1; l: 0; e: 0; nu: 0; H: 0; S1: 8; S3: 8)
    """
    content = tuple(fields)
    phi = next(f.X[0] for f in content if f.name == "Phi")
    numbers = [Fraction(x) for f in content for x in f.X]
    factor = lcm(*(x.denominator for x in numbers))
    # The greatest common divisor of all charges, that of Phi among them, after a common
    # denominator.
    unit = gcd(*(int(x * factor) for x in numbers)) or 1
    order = abs(int(phi * factor)) // unit

    def modulo(x: Charge) -> int:
        value = int(x * factor) // unit
        # Without a charge of Phi nothing is broken and charges stay integers.
        return value % order if order else value

    return Remnant(
        order,
        tuple((f.name, tuple(map(modulo, f.X))) for f in content if f.name != "Phi"),
    )


def proton_is_stable(assignment: Assignment, phi: Charge | None = None) -> bool:
    """Whether no operator of any dimension lets the proton decay.

    Parameters
    ----------
    assignment
        The charges of quarks and leptons.
    phi
        Charge of Phi; without it U(1)_X is unbroken.

    Examples
    --------
    >>> x = Assignment((1, 1, 1), *3 * ((0, -9, 0),))
    >>> proton_is_stable(x, 9), proton_is_stable(x, 1)
    (True, False)
    """
    whole, factor = assignment.integers()
    k = [int(x) for x in whole.k]
    leptons = [int(x) for x in (*whole.L, *whole.E, *whole.N)]
    # Phi may have a smaller unit than the rest: count in that unit.
    phi_number = Fraction(phi or 0) * factor
    scale = phi_number.denominator
    modulus = gcd(
        int(phi_number * scale),
        2 * leptons[0] * scale,
        *((x - leptons[0]) * scale for x in leptons),
        *((x - k[0]) * scale for x in k),
    )
    # Three quarks against one lepton; without a modulus the difference itself has to vanish.
    difference = (3 * k[0] - leptons[0]) * scale
    return difference % modulus != 0 if modulus else difference != 0


@cache
def _templates() -> tuple[tuple[str, ...], ...]:
    """The dimension-six operators with four fermions and baryon number one."""
    content = with_charges(dict.fromkeys(("q", "u", "d", "l", "e", "nu"), 0))
    return tuple(
        factors
        for factors in enumerate_products(content, 6, minimum=6)
        if abs(baryon_number(factors)) == 1
    )


def proton_decay_operators(
    assignment: Assignment, phi: Charge | None = None
) -> tuple[ProtonDecay, ...]:
    """Return the dimension-six operators of proton decay with what each needs to be allowed.

    One entry for each operator, lepton generation and X charge.
    """
    fields = assignment.fermions()
    found: dict[tuple[str, Charge], ProtonDecay] = {}
    for factors in _templates():
        for item in flavoured(factors, fields):
            if not item.invariants():
                continue
            charge = item.charge
            text = " ".join(
                str(x) if x.name in ("l", "e", "nu") else x.name + ("^dag" if x.dagger else "")
                for x in item.factors
            )
            if not charge:
                insertions: int | None = 0
            # Each Phi or Phi^dag changes the charge by X_Phi.
            elif phi and Fraction(charge) % Fraction(phi) == 0:
                insertions = abs(int(Fraction(charge) / Fraction(phi)))
            else:
                insertions = None
            found.setdefault((text, charge), ProtonDecay(text, charge, insertions))
    return tuple(found.values())
