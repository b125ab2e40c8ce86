"""The anomalies of a chiral field content, exactly.

A left-handed fermion counts with +1 and a right-handed one with -1.  Non-Abelian factors enter
with twice the Dynkin index, so that every coefficient is an integer for integer charges:

    SU(3)^2 X   sum of  +-  2 T(colour) dim(isospin) X          and likewise the others.

The six that involve X are conditions on the charges; those without it are conditions on the
content itself and vanish for the Standard Model (with any number of right-handed neutrinos).
Sources: 1812.04602 (Allanach:2018vjg) and 2107.07518 (Greljo:2021npi), section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from muoquark.symmetry.content import Field
from muoquark.symmetry.groups import (
    COLOURS,
    su2_index,
    su3_cubic_anomaly,
    su3_dimension,
    su3_index,
)

__all__ = ["SM_ANOMALIES", "X_ANOMALIES", "Anomaly", "anomalies"]

# name -> (dimension of the other groups, charges) of one generation of a field
_COEFFICIENTS: dict[str, Callable[[Field, Fraction], Fraction]] = {
    "SU(3)^2 X": lambda f, x: 2 * su3_index(COLOURS[f.colour]) * f.isospin * x,
    "SU(2)^2 X": lambda f, x: 2 * su2_index(f.isospin) * su3_dimension(COLOURS[f.colour]) * x,
    "Y^2 X": lambda f, x: _dimension(f) * f.Y**2 * x,
    "Y X^2": lambda f, x: _dimension(f) * f.Y * x**2,
    "X^3": lambda f, x: _dimension(f) * x**3,
    "gravity^2 X": lambda f, x: _dimension(f) * x,
    "SU(3)^3": lambda f, x: su3_cubic_anomaly(COLOURS[f.colour]) * f.isospin,
    "SU(3)^2 Y": lambda f, x: 2 * su3_index(COLOURS[f.colour]) * f.isospin * f.Y,
    "SU(2)^2 Y": lambda f, x: 2 * su2_index(f.isospin) * su3_dimension(COLOURS[f.colour]) * f.Y,
    "Y^3": lambda f, x: _dimension(f) * f.Y**3,
    "gravity^2 Y": lambda f, x: _dimension(f) * f.Y,
    "SU(2) Witten": lambda f, x: 2 * su2_index(f.isospin) * su3_dimension(COLOURS[f.colour]),
}

#: The six anomalies that involve U(1)_X.
X_ANOMALIES: tuple[str, ...] = tuple(_COEFFICIENTS)[:6]

#: The anomalies of the field content without U(1)_X; the global one counts modulo 2.
SM_ANOMALIES: tuple[str, ...] = tuple(_COEFFICIENTS)[6:]


@dataclass(frozen=True)
class Anomaly:
    """One anomaly coefficient.

    Attributes
    ----------
    name
        One of :data:`X_ANOMALIES` or :data:`SM_ANOMALIES`.
    value
        The sum over left-handed fermions minus that over right-handed ones.
    contributions
        Name of each field and what its generations add to `value`.
    """

    name: str
    value: Fraction
    contributions: tuple[tuple[str, Fraction], ...]

    @property
    def vanishes(self) -> bool:
        """Whether the coefficient is zero (for Witten's global anomaly: even)."""
        return self.value % 2 == 0 if self.name == "SU(2) Witten" else self.value == 0

    def __str__(self) -> str:
        """Return the value with what each field adds."""
        terms = ", ".join(f"{name}: {value}" for name, value in self.contributions if value)
        return f"{self.name} = {self.value}" + (f" ({terms})" if terms else "")


def _dimension(field: Field) -> int:
    return su3_dimension(COLOURS[field.colour]) * field.isospin


def anomalies(
    fields: Iterable[Field], names: Iterable[str] = X_ANOMALIES + SM_ANOMALIES
) -> tuple[Anomaly, ...]:
    """Return the anomalies of a field content (scalars do not contribute).

    Parameters
    ----------
    fields
        The field content.
    names
        Which anomalies; all of :data:`X_ANOMALIES` and :data:`SM_ANOMALIES` by default.

    Examples
    --------
    >>> from muoquark.symmetry.content import with_charges
    >>> lepton = [0, -3, 0]
    >>> charges = {"q": "1/3", "u": "1/3", "d": "1/3", "l": lepton, "e": lepton, "nu": lepton}
    >>> all(anomaly.vanishes for anomaly in anomalies(with_charges(charges)))
    True
    """
    fermions = [field for field in fields if field.fermion]
    result = []
    for name in names:
        coefficient = _COEFFICIENTS[name]
        parts = tuple(
            (f.name, f.chirality * sum((coefficient(f, Fraction(x)) for x in f.X), Fraction(0)))
            for f in fermions
        )
        result.append(Anomaly(name, sum((value for _, value in parts), Fraction(0)), parts))
    return tuple(result)
