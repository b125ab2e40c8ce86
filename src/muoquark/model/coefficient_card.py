"""Cards of Wilson coefficients: a point, or a family of points, without a model.

    scale: 3000                       # GeV
    basis: Warsaw                     # or Warsaw up; with eft: WET and a low scale, flavio
    coefficients:
      lq1_2223: {free: [-2e-9, 2e-9]}           # GeV^-2 in the SMEFT
      lequ1_3332: {Re: {free: [-1e-8, 1e-8]}, Im: 0}

Without free parameters it says the same as a WCxf file, in whose names and normalisation it is
written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from muoquark.common.document import Document, Node
from muoquark.common.errors import InputError, suggest
from muoquark.model.card import Card, Free, Number, Parts, numbers_in, plain
from muoquark.model.free_parameters import ParameterReader
from muoquark.smeft.warsaw import VIOLATING, is_real, known_name
from muoquark.smeft.wcxf import BASES, WilsonCoefficients, listed_name_hint
from muoquark.smeft.wet import LOW_BASIS, LOW_EFTS, LowCoefficients, read_low_place

__all__ = ["AnyCard", "CoefficientCard", "is_coefficient_card", "parse_coefficient_card"]

COEFFICIENT_KEYS = ("eft", "basis", "scale", "coefficients")

#: Function of EFT, scale and name that returns what is wrong with a low-energy coefficient.
Judge = Callable[[str, float, str], str | None]


@dataclass(frozen=True)
class CoefficientCard:
    """Wilson coefficients, some of which may vary.

    Parameters
    ----------
    eft, basis, scale
        As of :class:`~muoquark.smeft.wcxf.WilsonCoefficients`, or of
        :class:`~muoquark.smeft.wet.LowCoefficients`; the scale in GeV.
    coefficients
        Name in WCxf to number or free parameter.
    notes
        What its reader has to say of it.

    Examples
    --------
    >>> import muoquark
    >>> free = {"lq1_2223": {"free": [-2e-9, 2e-9]}}
    >>> card = muoquark.read({"scale": 3000, "basis": "Warsaw", "coefficients": free})
    >>> card.point({"lq1_2223": 1e-9})["lq1_2223"]
    (1e-09+0j)
    """

    eft: str
    basis: str
    scale: float
    coefficients: Mapping[str, Number] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def free(self) -> tuple[Free, ...]:
        """The free parameters in the order of the card, each name once."""
        found: dict[str, Free] = {}
        for number in numbers_in(self.coefficients):
            if isinstance(number, Free):
                found.setdefault(number.name, number)
        return tuple(found.values())

    def values(self, parameters: Mapping[str, float] | None = None) -> dict[str, complex]:
        """Return the coefficients; free parameters that are not given are at their start.

        Raises
        ------
        InputError
            If `parameters` names one that is not free in this card.
        """
        given = dict(parameters or {})
        names = [p.name for p in self.free]
        for name in given:
            if name not in names:
                raise InputError(f"'{name}' is not free in this card: {suggest(name, names)}")

        def at(number: Any) -> complex:
            if isinstance(number, Parts):
                return at(number.re) + 1j * at(number.im)
            if isinstance(number, Free):
                return complex(given.get(number.name, number.start))
            return complex(number)

        return {name: at(number) for name, number in self.coefficients.items()}

    def point(
        self, parameters: Mapping[str, float] | None = None
    ) -> WilsonCoefficients | LowCoefficients:
        """Return the coefficients for values of the free parameters, as a WCxf file has them.

        Raises
        ------
        InputError
            As :meth:`values`.
        """
        return self.at(self.values(parameters))

    def at(self, values: Mapping[str, complex]) -> WilsonCoefficients | LowCoefficients:
        """Return coefficients of the card's EFT, basis and scale."""
        if self.eft == "SMEFT":
            return WilsonCoefficients(self.scale, values, self.basis)
        return LowCoefficients(self.eft, self.scale, values, self.basis)

    def to_yaml(self) -> str:
        """Return the card as text; reading it again gives an equal card."""
        import yaml

        document = {
            "eft": self.eft,
            "basis": self.basis,
            "scale": self.scale,
            "coefficients": {name: plain(number) for name, number in self.coefficients.items()},
        }
        return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=100)


#: What may have free parameters.
AnyCard = Card | CoefficientCard


def is_coefficient_card(document: Document) -> bool:
    """Whether a parsed file is a card of Wilson coefficients."""
    return "coefficients" in (document.root.entries or {})


def parse_coefficient_card(document: Document, judge: Judge | None = None) -> CoefficientCard:
    """Validate a parsed document.

    Parameters
    ----------
    judge
        Says what is wrong with the name of a low-energy coefficient; without it every name passes.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    root = document.root
    top = root.mapping(COEFFICIENT_KEYS, required=("basis", "scale", "coefficients"))
    eft: str | None = "SMEFT"
    if "eft" in top:
        eft = top["eft"].text(("SMEFT", *LOW_EFTS))
    basis: str | None
    if eft == "SMEFT":
        basis = top["basis"].text(BASES) if "basis" in top else None
        scale = top["scale"].real(1.0, 1.3e19) if "scale" in top else None
    else:
        _, scale = read_low_place({k: v for k, v in top.items() if k != "eft"})
        basis = LOW_BASIS
    reader = ParameterReader(document)
    coefficients: dict[str, Number] = {}
    nodes = top["coefficients"].mapping() if "coefficients" in top else {}
    if "coefficients" in top and not nodes and not document.faults:
        top["coefficients"].fault("no coefficient is given")
    for name, node in nodes.items():
        problem: str | None = None
        if eft == "SMEFT":
            problem = _problem(name)
        elif judge is not None and eft is not None and scale is not None:
            problem = judge(eft, scale, name)
        if problem is not None:
            node.fault(problem)
            continue
        number = _number(reader, node, eft == "SMEFT" and is_real(name))
        if number is not None:
            coefficients[name] = number
    document.finish()
    assert eft is not None
    assert basis is not None
    assert scale is not None
    return CoefficientCard(eft, basis, scale, coefficients)


def _number(reader: ParameterReader, node: Node, real: bool) -> Number | None:
    """Read a coefficient; of a Hermitian operator (`real`) it has no imaginary part."""
    if real and node.entries is not None and {"Re", "Im"} & set(node.entries):
        node.fault("the operator is Hermitian: its coefficient is one real number")
        return None
    return reader.varied(node, real=real)


def _problem(name: str) -> str | None:
    """Say what is wrong with the name of a coefficient of the SMEFT, if anything."""
    if not known_name(name):
        return f"unknown coefficient: {listed_name_hint(name)}"
    if name in VIOLATING:
        return "violates baryon or lepton number, which is not calculated here"
    return None
