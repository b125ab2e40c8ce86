"""Coefficients of the weak effective theory at one low scale, as WCxf files hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from muoquark.common.document import Document, Node
from muoquark.common.errors import InputError, suggest
from muoquark.smeft.mediators import Mediator

__all__ = ["LOW_BASIS", "LOW_EFTS", "LowCoefficients", "is_low", "parse_low", "read_low_place"]

#: With five, four and three quark flavours.
LOW_EFTS = ("WET", "WET-4", "WET-3")
LOW_BASIS = "flavio"


@dataclass(frozen=True)
class LowCoefficients:
    """New physics in coefficients of the weak effective theory, below the Z mass.

    Parameters
    ----------
    eft
        ``WET``, ``WET-4`` or ``WET-3``.
    scale
        In GeV.
    values
        Name to coefficient, in the units of the basis; what is absent is as in the SM.
    basis
        ``flavio``, the only one.

    Raises
    ------
    InputError
        For another EFT or basis, a scale that is no positive number or a value that is not finite.

    Examples
    --------
    >>> from muoquark import LowCoefficients
    >>> LowCoefficients("WET", 4.8, {"C9_bsmumu": -1.0})["C9_bsmumu"]
    (-1+0j)

    Notes
    -----
    Names, normalisation and files are those of WCxf (1712.05298, Aebischer:2017ugx).  Which names
    there are at a scale is known to :mod:`muoquark.running.low_input`.
    """

    eft: str
    scale: float
    values: Mapping[str, complex]
    basis: str = LOW_BASIS
    notes: tuple[str, ...] = field(default=(), compare=False)
    logarithm: float = field(default=0.0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.eft not in LOW_EFTS or self.basis != LOW_BASIS:
            raise InputError(
                f"found EFT '{self.eft}' in basis '{self.basis}', allowed below the Z mass: "
                f"{' or '.join(LOW_EFTS)} in {LOW_BASIS}"
            )
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise InputError(f"the scale {self.scale} is not a positive number")
        values = {name: complex(value) for name, value in self.values.items()}
        for name, value in values.items():
            if not np.isfinite(value):
                raise InputError(f"{name}: expected a finite number, found {value}")
        object.__setattr__(self, "scale", float(self.scale))
        object.__setattr__(self, "values", MappingProxyType(values))

    @property
    def mediators(self) -> tuple[Mediator, ...]:
        """Heavy fields behind the coefficients: none are known."""
        return ()

    def __getitem__(self, name: str) -> complex:
        """Return a coefficient, 0 if it is not listed."""
        return self.values.get(name, 0j)

    def to_dict(self) -> dict[str, Any]:
        """Return the WCxf document as plain data."""
        return {
            "eft": self.eft,
            "basis": self.basis,
            "scale": self.scale,
            "values": {
                name: {"Re": x.real, "Im": x.imag} if x.imag else x.real
                for name, x in self.values.items()
            },
        }

    def to_json(self) -> str:
        """Return the WCxf document as JSON; numbers keep all their digits."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"

    def to_yaml(self) -> str:
        """Return the WCxf document as YAML; numbers keep all their digits."""
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False)


def is_low(document: Document) -> bool:
    """Whether a parsed file says that it is of the weak effective theory."""
    eft = (document.root.entries or {}).get("eft")
    return eft is not None and eft.scalar is not None and eft.scalar.startswith("WET")


def parse_low(document: Document) -> LowCoefficients:
    """Validate a parsed WCxf document of the weak effective theory.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    top = document.root.mapping(required=("eft", "basis", "scale", "values"))
    eft, scale = read_low_place(top)
    values: dict[str, complex] = {}
    for name, node in (top["values"].mapping() if "values" in top else {}).items():
        value = node.value()
        if value is not None:
            values[name] = value
    document.finish()
    assert eft is not None
    assert scale is not None
    return LowCoefficients(eft, scale, values)


def read_low_place(top: Mapping[str, Node]) -> tuple[str | None, float | None]:
    """Read EFT and scale, and check the basis."""
    eft = top["eft"].text(LOW_EFTS) if "eft" in top else None
    if "basis" in top and top["basis"].scalar not in (None, LOW_BASIS):
        top["basis"].fault(
            f"found '{top['basis'].scalar}': {suggest(str(top['basis'].scalar), (LOW_BASIS,))} "
            "for the weak effective theory"
        )
    scale = top["scale"].real(0.1, 200.0) if "scale" in top else None
    return eft, scale
