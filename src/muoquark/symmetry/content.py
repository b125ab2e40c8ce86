"""Fields as data: representations, hypercharges and U(1)_X charges, generation by generation.

The standard fields and the scalar leptoquarks are known by name (:data:`REPRESENTATIONS`), so
that a charge assignment only has to say their X charges.  Right-handed fermions are kept
right-handed: `u` is u_R ~ (3, 1, 2/3), and its conjugate is the left-handed antiquark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from muoquark.common.errors import InputError, suggest
from muoquark.symmetry.groups import COLOURS, Representation

__all__ = [
    "FIELD_STRENGTHS",
    "FLAVOURS",
    "LEPTOQUARKS",
    "REPRESENTATIONS",
    "SPINS",
    "Charge",
    "Field",
    "as_charge",
    "known_field",
    "with_charges",
]

#: An exact charge.
Charge = Fraction | int

#: Spins by name, as (left, right) of :class:`~muoquark.symmetry.groups.Representation`.
SPINS: dict[str, tuple[int, int]] = {
    "scalar": (0, 0),
    "left": (1, 0),
    "right": (0, 1),
    "vector": (1, 1),
}

# Field strengths occur in terms but not among the fields of a content; (2, 0) is the self-dual
# part, of which the invariants are counted.
_FIELD_STRENGTH = "field strength"

# Mass dimension by spin: a field of a spin that has none here cannot be made.
_DIMENSIONS: dict[str, Fraction] = {
    "scalar": Fraction(1),
    "left": Fraction(3, 2),
    "right": Fraction(3, 2),
    "vector": Fraction(1),
    _FIELD_STRENGTH: Fraction(2),
}

#: Names of the generations of the standard fermions.
FLAVOURS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("q", "u", "d"), ("1", "2", "3")),
    **dict.fromkeys(("l", "e", "nu"), ("e", "mu", "tau")),
}

#: name -> (spin, colour, isospin, hypercharge) of the fields known by name.  Leptoquarks as in
#: 1603.04993 (Dorsner:2016wpm), the rest as in Table 1 of the paper.
REPRESENTATIONS: dict[str, tuple[str, str, int, Fraction]] = {
    "q": ("left", "3", 2, Fraction(1, 6)),
    "u": ("right", "3", 1, Fraction(2, 3)),
    "d": ("right", "3", 1, Fraction(-1, 3)),
    "l": ("left", "1", 2, Fraction(-1, 2)),
    "e": ("right", "1", 1, Fraction(-1)),
    "nu": ("right", "1", 1, Fraction(0)),
    "H": ("scalar", "1", 2, Fraction(1, 2)),
    "S1": ("scalar", "3bar", 1, Fraction(1, 3)),
    "S3": ("scalar", "3bar", 3, Fraction(1, 3)),
    "R2": ("scalar", "3", 2, Fraction(7, 6)),
    "R2t": ("scalar", "3", 2, Fraction(1, 6)),
    "S1t": ("scalar", "3bar", 1, Fraction(4, 3)),
    "Phi": ("scalar", "1", 1, Fraction(0)),
    "U1": ("vector", "3", 1, Fraction(2, 3)),
    "U1t": ("vector", "3", 1, Fraction(5, 3)),
    "U3": ("vector", "3", 3, Fraction(2, 3)),
    "V2": ("vector", "3bar", 2, Fraction(5, 6)),
    "V2t": ("vector", "3bar", 2, Fraction(-1, 6)),
}

#: The scalar leptoquarks; `R2t` and `S1t` are written with a tilde in the literature.
LEPTOQUARKS: tuple[str, ...] = ("S1", "S3", "R2", "R2t", "S1t")


@dataclass(frozen=True)
class Field:
    """A field with all of its generations.

    Attributes
    ----------
    name
        Its name, `q`, `l`, `S3`, ...
    spin
        ``"left"`` or ``"right"`` for a Weyl fermion, ``"scalar"`` for a complex scalar,
        ``"vector"`` for a massive complex vector and ``"field strength"`` for that of an Abelian
        gauge field.
    colour
        SU(3) representation by name (:data:`~muoquark.symmetry.groups.COLOURS`).
    isospin
        Dimension of the SU(2) representation.
    Y
        Hypercharge, with Q = T3 + Y.
    X
        U(1)_X charges, one for each generation.

    Raises
    ------
    InputError
        For a spin or a colour that is not known, an isospin below one, or no charge at all.
    """

    name: str
    spin: str
    colour: str
    isospin: int
    Y: Fraction
    X: tuple[Charge, ...]

    def __post_init__(self) -> None:
        for what, value, known in (
            ("spin", self.spin, list(_DIMENSIONS)),
            ("colour", self.colour, list(COLOURS)),
        ):
            if value not in known:
                raise InputError(
                    f"field '{self.name}' has the {what} '{value}': {suggest(str(value), known)}"
                )
        if self.isospin < 1:
            raise InputError(
                f"field '{self.name}' has the isospin {self.isospin}, which is the dimension of "
                "an SU(2) representation: 1 or more"
            )
        if not self.X:
            raise InputError(f"field '{self.name}' has no charge: one for each generation")

    @property
    def fermion(self) -> bool:
        """Whether the field is a Weyl fermion."""
        return self.chirality != 0

    @property
    def scalar(self) -> bool:
        """Whether the field is a scalar."""
        return self.spin == "scalar"

    @property
    def chirality(self) -> int:
        """+1 for a left-handed fermion, -1 for a right-handed one, 0 otherwise."""
        return {"left": 1, "right": -1}.get(self.spin, 0)

    @property
    def representation(self) -> Representation:
        """The representation under SU(3) x SU(2) x Lorentz."""
        spins = (2, 0) if self.spin == _FIELD_STRENGTH else SPINS[self.spin]
        return Representation(COLOURS[self.colour], self.isospin, *spins)

    @property
    def dimension(self) -> Fraction:
        """The mass dimension of the field."""
        return _DIMENSIONS[self.spin]

    @property
    def flavours(self) -> tuple[str, ...]:
        """Names of the generations; a single empty name for a field that has only one."""
        if len(self.X) == 1:
            return ("",)
        names = FLAVOURS.get(self.name, ())
        return names if len(names) == len(self.X) else tuple(map(str, range(1, len(self.X) + 1)))

    def charge(self, flavour: str = "") -> Charge:
        """Return the X charge of the generation called `flavour`."""
        return self.X[self.flavours.index(flavour)]


#: Field strengths of hypercharge and of U(1)_X.
FIELD_STRENGTHS: tuple[Field, ...] = tuple(
    Field(name, _FIELD_STRENGTH, "1", 1, Fraction(0), (Fraction(0),)) for name in ("B", "X")
)


def as_charge(value: object) -> Fraction:
    """Return an exact charge from an integer, a fraction or a text such as ``"-1/3"``.

    Raises
    ------
    InputError
        For anything else; a decimal such as 0.333 is refused since it is not what was meant.
    """
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str):
        numerator, slash, denominator = value.strip().partition("/")
        try:
            return Fraction(int(numerator), int(denominator) if slash else 1)
        except (ValueError, ZeroDivisionError):
            pass
    raise InputError(
        f"charge {value!r} is not exact: write an integer or a fraction of integers such as 1/3"
    )


def known_field(name: str, X: Iterable[Charge]) -> Field:
    """Return the field that is known as `name`, with the given X charges.

    Raises
    ------
    InputError
        If no field has this name.
    """
    if name not in REPRESENTATIONS:
        raise InputError(f"unknown field '{name}': {suggest(name, list(REPRESENTATIONS))}")
    return Field(name, *REPRESENTATIONS[name], tuple(X))


def with_charges(X: Mapping[str, object]) -> tuple[Field, ...]:
    """Return known fields with the X charges of a mapping.

    Parameters
    ----------
    X
        Name -> one charge, or a sequence with one charge for each generation.  A single charge
        of a quark or lepton holds for its three generations.

    Raises
    ------
    InputError
        For an unknown name, an inexact charge, or a number of charges other than 1 or 3 for a
        standard fermion.

    Examples
    --------
    >>> [str(x) for x in with_charges({"l": [0, "-3", 0]})[0].X]
    ['0', '-3', '0']
    """
    fields = []
    for name, value in X.items():
        listed = isinstance(value, list | tuple)
        charges = tuple(
            as_charge(x) for x in (value if isinstance(value, list | tuple) else [value])
        )
        if name in FLAVOURS and not listed:
            charges *= 3
        if len(charges) != (3 if name in FLAVOURS else 1):
            raise InputError(
                f"field '{name}' has {len(charges)} charges: "
                + ("one, or one for each generation" if name in FLAVOURS else "it has one")
            )
        fields.append(known_field(name, charges))
    return tuple(fields)
