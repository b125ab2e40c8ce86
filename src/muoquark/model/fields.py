"""The models with a gauged U(1)_X that are built in: their fields, charges and promises.

Source of the fields and charges: Table 1 of the paper (the talk based on 2103.13991,
Greljo:2021xmg).  The terms of the Lagrangian are in :mod:`muoquark.model.terms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from muoquark.common.errors import InputError, suggest
from muoquark.symmetry.content import Charge, Field, with_charges

__all__ = ["MODELS", "Model", "b_minus_3l_mu", "built_in_model", "generic"]


@dataclass(frozen=True)
class Model:
    """A gauged U(1)_X with its fields.

    Attributes
    ----------
    name
        Name of the model, as in the card's ``model:``.
    fields
        Its fields: fermions with three generations each, then scalars.
    muon
        Name of the lepton generation that the leptoquarks couple to.
    """

    name: str
    fields: tuple[Field, ...]
    muon: str = "mu"

    def field(self, name: str) -> Field:
        """Return the field called `name`.

        Raises
        ------
        InputError
            If the model has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        names = [field.name for field in self.fields]
        raise InputError(f"model {self.name} has no field '{name}': {suggest(name, names)}")

    @property
    def leptoquarks(self) -> tuple[Field, ...]:
        """The coloured scalars."""
        return tuple(f for f in self.fields if not f.fermion and f.colour != "1")

    @property
    def phi_charge(self) -> Charge:
        """The X charge of Phi, whose vacuum expectation value breaks U(1)_X."""
        return self.field("Phi").X[0]


def b_minus_3l_mu() -> Model:
    """Return the U(1)_{B-3L_mu} muoquark model of Table 1.

    >>> [str(x) for x in b_minus_3l_mu().field("l").X]
    ['0', '-3', '0']
    """
    baryon, lepton = Fraction(1, 3), [0, -3, 0]
    charges = {
        **dict.fromkeys(("q", "u", "d"), baryon),
        **dict.fromkeys(("l", "e", "nu"), lepton),
        "H": 0,
        "S3": Fraction(8, 3),
        "S1": Fraction(8, 3),
        "Phi": 3,
    }
    return Model("B-3Lmu", with_charges(charges))


def generic() -> Model:
    """Return S1 and S3 without a protecting symmetry: no charges, no Phi, all flavours."""
    names = ("q", "u", "d", "l", "e", "nu", "H", "S3", "S1")
    return Model("generic", with_charges(dict.fromkeys(names, 0)))


#: The built-in models by name.
MODELS: dict[str, Callable[[], Model]] = {"B-3Lmu": b_minus_3l_mu, "generic": generic}


def built_in_model(name: str) -> Model:
    """Return the built-in model called `name`.

    Raises
    ------
    InputError
        If there is none, with the closest name.
    """
    if name not in MODELS:
        raise InputError(f"unknown model '{name}': {suggest(name, list(MODELS))}")
    return MODELS[name]()
