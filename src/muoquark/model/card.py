"""Cards: a point, or a family of points with free parameters, as immutable values.

:mod:`muoquark.model.card_file` reads them from YAML; the format is described in ``docs/card.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.model.ansatz import LEFT_HANDED, muon_column, spurion
from muoquark.model.boson import VEV_KEY, boson_names, boson_of, phi_charge
from muoquark.model.fields import Model, built_in_model
from muoquark.model.point import DEFAULT_MASS, Point
from muoquark.model.prior import FLAT, Prior
from muoquark.model.rotation import Rotation, matrices

__all__ = [
    "Ansatz",
    "Card",
    "Entry",
    "EntryProduct",
    "Free",
    "Parts",
    "ProductFactor",
    "factors",
    "numbers_in",
    "plain",
    "with_entry",
]


@dataclass(frozen=True)
class Free:
    """A parameter that a fit varies.

    Attributes
    ----------
    name
        Entries with one name are one parameter.
    low, high
        Its range, in the unit of what it stands for (masses in GeV).
    start
        Where a fit starts, and its value where none is given.
    prior
        Its prior density within the range.
    label
        Its name in TeX, without dollars; empty for that of the entry it stands for.
    """

    name: str
    low: float
    high: float
    start: float
    prior: Prior = FLAT
    label: str = ""


@dataclass(frozen=True)
class Parts:
    """A complex number whose real and imaginary part are given, or vary, each by itself."""

    re: float | Free
    im: float | Free


@dataclass(frozen=True)
class Ansatz:
    """A coupling given by a flavour ansatz, see :mod:`muoquark.model.ansatz`.

    Attributes
    ----------
    kind
        Name of the ansatz.
    value
        The coupling of the third generation, which the ansatz multiplies.
    light
        Coefficients of the first two generations.
    """

    kind: str
    value: Number
    light: tuple[Number, Number] = (-1.0, -1.0)


@dataclass(frozen=True)
class ProductFactor:
    """One of two entries whose product is a free parameter, see :func:`factors`."""

    product: Free
    first: bool


Number = complex | float | Free | Parts | ProductFactor
Coupling = Ansatz | tuple[Number, ...] | tuple[tuple[Number, ...], ...]


@dataclass(frozen=True)
class Entry:
    """A place in a coupling.

    Attributes
    ----------
    coupling
        Its name, ``eta1L``.
    quark, lepton
        Generations, 0 to 2; a coupling that is a vector is the muon's column.
    """

    coupling: str
    quark: int
    lepton: int = 1

    def __str__(self) -> str:
        """Return the name of the entry in a card: eta1L_3 in the muon column, else eta1L_33."""
        lepton = "" if self.lepton == 1 else str(self.lepton + 1)
        return f"{self.coupling}_{self.quark + 1}{lepton}"


@dataclass(frozen=True)
class EntryProduct:
    """Two entries of couplings whose product is the parameter."""

    product: Free
    entries: tuple[Entry, Entry]


# (p^2 + CUT^2)^(1/4) in place of |p|^(1/2): differentiable at p = 0, where the couplings are then
# 1e-4 and 0 in place of 0 and 0, which no observable can tell.
CUT = 1e-8


def factors(product: Any) -> tuple[Any, Any]:
    """Return sqrt|p| and sign(p) sqrt|p| for a product p; smooth below |p| = 1e-8."""
    first = (product**2 + CUT**2) ** 0.25
    return first, product / first


@dataclass(frozen=True)
class Card:
    """A validated card; :meth:`point` gives the point for values of its free parameters.

    Attributes
    ----------
    model
        The model, which says what fields and couplings there are.
    masses, mu_M
        Of the heavy fields by name, and the matching scale, in GeV; None: each at its own mass.
    couplings, quartics
        By name; complex numbers, ranges, or an ansatz.
    gauge
        ``gX``, the kinetic mixing ``epsBX`` and the mass ``mX`` of the boson of U(1)_X, or ``vPhi``
        in the place of mX; couplings are 0 where they are not given, without a mass the boson is
        decoupled.
    rotations
        From mass eigenstates to the basis of charges, by field; one where there is none.
    sm
        Couplings of the SM at `mu_M` that replace the measured ones.
    products
        Pairs of entries of which the product is a free parameter.
    notes
        What its reader has to say of it.

    Examples
    --------
    >>> import muoquark
    >>> card = muoquark.read_card("plane")
    >>> [p.name for p in card.free]
    ['eta3L_3', 'eta1L_3*eta1R_3']
    >>> complex(card.point({"eta3L_3": 0.2}).couplings["eta3L"][2, 1])
    (0.2+0j)
    """

    model: Model = field(default_factory=lambda: built_in_model("B-3Lmu"))
    masses: Mapping[str, float | Free] = field(default_factory=dict)
    mu_M: float | None = None
    couplings: Mapping[str, Coupling] = field(default_factory=dict)
    quartics: Mapping[str, Number] = field(default_factory=dict)
    gauge: Mapping[str, float | Free] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    sm: Mapping[str, Any] = field(default_factory=dict)
    products: tuple[EntryProduct, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def free(self) -> tuple[Free, ...]:
        """The free parameters in the order of the card, each name once; products at the end."""
        found: dict[str, Free] = {}
        for number in numbers_in(
            [self.masses, self.couplings, self.quartics, self.gauge, self.rotations]
        ):
            if isinstance(number, Free):
                found.setdefault(number.name, number)
        for each in self.products:
            found.setdefault(each.product.name, each.product)
        return tuple(found.values())

    @cached_property
    def filled(self) -> Mapping[str, Coupling]:
        """The couplings, with the factors of products in their places."""
        found = dict(self.couplings)
        for each in self.products:
            for entry, first in zip(each.entries, (True, False), strict=True):
                old = found.get(entry.coupling, (0.0, 0.0, 0.0))
                found[entry.coupling] = with_entry(old, entry, ProductFactor(each.product, first))
        return found

    def point(self, values: Mapping[str, float] | None = None) -> Point:
        """Return the point of this card; free parameters not in `values` are at their start.

        Raises
        ------
        InputError
            If `values` names a parameter that is not free in this card.
        """
        values = dict(values or {})
        names = [parameter.name for parameter in self.free]
        for name in values:
            if name not in names:
                raise InputError(f"'{name}' is not free in this card: {suggest(name, names)}")
        arrays = self.arrays({p.name: values.get(p.name, p.start) for p in self.free})
        gauge = {name: float(number.real) for name, number in arrays["gauge"].items()}
        keys = boson_names(self.model)
        boson = boson_of(self.model, gauge, {})
        return Point(
            self.model,
            masses=arrays["masses"],
            couplings=arrays["couplings"],
            mu_M=self.mu_M,
            quartics={
                k: float(v.real) if self.model.quartics[k].real else complex(v)
                for k, v in arrays["quartics"].items()
            },
            gX=gauge.get(keys.coupling, 0.0),
            epsBX=gauge.get(keys.mixing, 0.0),
            sm=self.sm,
            mX=None if boson is None else boson.mass,
            rotations=arrays["rotations"],
        )

    @property
    def neutral(self) -> tuple[str, ...]:
        """Which of X and Phi are integrated out at tree level, for some values of parameters.

        X if it has a mass and couples; Phi if it mixes with H.
        """
        names = boson_names(self.model)
        if not {names.mass, VEV_KEY} & self.gauge.keys():
            return ()
        couples = _varies(self.gauge.get(names.coupling, 0.0))
        if not couples and not _varies(self.gauge.get(names.mixing, 0.0)):
            return ()
        mixes = _varies(self.quartics.get("lHP", 0.0)) and couples and phi_charge(self.model)
        return ("X", "Phi") if mixes else ("X",)

    def arrays(self, values: Mapping[str, Any], xp: Any = np) -> dict[str, dict[str, Any]]:
        """Return masses, couplings (3x3), quartics and gauge couplings for free parameters.

        And ``rotations``, matrices by field.  With ``xp=jax.numpy`` the values may be traced: what
        a fit differentiates.
        """

        def at(number: Number) -> Any:
            if isinstance(number, Parts):
                return at(number.re) + 1j * at(number.im)
            if isinstance(number, ProductFactor):
                first, second = factors(values[number.product.name])
                return (first if number.first else second) + 0j
            return values[number.name] + 0j if isinstance(number, Free) else complex(number)

        return {
            "masses": {
                heavy.name: at(self.masses.get(heavy.name, DEFAULT_MASS)).real
                for heavy in self.model.heavy
            },
            "couplings": {name: _matrix(name, c, at, xp) for name, c in self.filled.items()},
            "quartics": {name: at(number) for name, number in self.quartics.items()},
            "gauge": {name: at(number) for name, number in self.gauge.items()},
            "rotations": matrices(self.rotations, at, xp),
        }

    def support(self, name: str) -> np.ndarray:
        """Return which entries of a coupling are set or free, bool (3, 3) [quark][lepton].

        A free parameter counts wherever it starts: a fit varies it.
        """
        coupling = self.filled.get(name)
        if coupling is None:
            return np.zeros((3, 3), dtype=bool)
        if isinstance(coupling, Ansatz):
            light = [name in LEFT_HANDED and _varies(c) for c in coupling.light]
            column = np.array([*light, True]) & _varies(coupling.value)
            return np.asarray(muon_column(column))
        if isinstance(coupling[0], tuple):
            return np.array([[_varies(x) for x in row] for row in coupling])
        return np.asarray(muon_column(np.array([_varies(x) for x in coupling])))

    def is_free(self, name: str, lepton: int) -> bool:
        """Whether free parameters enter a coupling's column of the lepton number `lepton`."""
        coupling: Any = self.filled.get(name, ())
        if isinstance(coupling, tuple) and coupling and isinstance(coupling[0], tuple):
            coupling = [row[lepton] for row in coupling]
        elif lepton != 1:
            return False
        return any(isinstance(number, Free | ProductFactor) for number in numbers_in(coupling))

    def is_muoquark(self) -> bool:
        """Whether heavy fields couple to muons only, for all values of the free parameters."""
        return all(not self.support(name)[:, [0, 2]].any() for name in self.filled)

    def to_yaml(self) -> str:
        """Return the card as text; reading it again gives an equal card."""
        import yaml

        document: dict[str, Any] = {"model": self.model.plain()}
        if self.masses:
            document["masses"] = {k: plain(v) for k, v in self.masses.items()}
        if self.mu_M is not None:
            document["mu_M"] = self.mu_M
        if self.couplings:
            document["couplings"] = {k: plain(v) for k, v in self.couplings.items()}
        if self.products:
            document["product"] = [
                {"of": [str(entry) for entry in each.entries], **plain(each.product)}
                for each in self.products
            ]
        if self.quartics:
            document["quartics"] = {k: plain(v) for k, v in self.quartics.items()}
        if self.gauge:
            document["gauge"] = {k: plain(v) for k, v in self.gauge.items()}
            if self.rotations:
                document["gauge"]["rotations"] = {k: v.plain() for k, v in self.rotations.items()}
        if self.sm:
            document["sm"] = {k: plain(v) for k, v in self.sm.items()}
        return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=100)

    @classmethod
    def of(cls, point: Point) -> Card:
        """Return the card of a point; ``Card.of(p).point() == p``."""
        names = boson_names(point.model)
        own = ((names.coupling, point.gX), (names.mixing, point.epsBX), (names.mass, point.mX))
        return cls(
            model=point.model,
            masses=dict(point.masses),
            mu_M=point.mu_M,
            couplings={
                name: tuple(tuple(complex(x) for x in row) for row in matrix)
                for name, matrix in point.couplings.items()
                if np.any(matrix)
            },
            quartics=dict(point.quartics),
            gauge={name: value for name, value in own if value},
            rotations={
                name: Rotation(matrix=tuple(tuple(complex(x) for x in row) for row in matrix))
                for name, matrix in point.rotations.items()
            },
            sm={
                k: tuple(tuple(complex(x) for x in row) for row in v) if k.startswith("Y") else v
                for k, v in point.sm.items()
            },
        )


def _matrix(name: str, coupling: Coupling, at: Any, xp: Any) -> Any:
    if isinstance(coupling, Ansatz):
        # The ansatz is linear in each light coefficient.
        base, *sides = (spurion(name, light) for light in ((0, 0), (1, 0), (0, 1)))
        direction = base + sum(
            at(c) * (side - base) for c, side in zip(coupling.light, sides, strict=True)
        )
        return muon_column(at(coupling.value) * direction, xp)
    if isinstance(coupling[0], tuple):
        return xp.stack([xp.stack([xp.asarray(at(x)) for x in row]) for row in coupling])
    return muon_column(xp.stack([xp.asarray(at(x)) for x in coupling]), xp)


def with_entry(coupling: Coupling, entry: Entry, number: Number) -> Coupling:
    """Return a coupling with `number` in the place of one entry; of an ansatz, as its value."""
    if isinstance(coupling, Ansatz):
        return replace(coupling, value=number)
    if isinstance(coupling[0], tuple):
        rows: list[Any] = list(coupling)
        row = list(rows[entry.quark])
        row[entry.lepton] = number
        rows[entry.quark] = tuple(row)
        return tuple(rows)
    column: list[Any] = list(coupling)
    if entry.lepton == 1:
        column[entry.quark] = number
        return tuple(column)
    return with_entry(tuple((0.0, x, 0.0) for x in column), entry, number)


def _varies(number: Any) -> bool:
    """Whether a number is free or not zero."""
    if isinstance(number, Parts):
        return _varies(number.re) or _varies(number.im)
    return isinstance(number, Free | ProductFactor) or number != 0


def numbers_in(tree: Any) -> list[Any]:
    """Return all numbers, free parameters among them, of a nest of containers, in order."""
    if isinstance(tree, Ansatz):
        return numbers_in([tree.value, *tree.light])
    if isinstance(tree, Parts):
        return [tree.re, tree.im]
    if isinstance(tree, Rotation):
        return tree.numbers
    if isinstance(tree, Mapping):
        return numbers_in(list(tree.values()))
    if isinstance(tree, list | tuple):
        return [number for item in tree for number in numbers_in(item)]
    return [tree]


def plain(value: Any) -> Any:
    """Return a number, a free parameter or a nest of them as what YAML writes.

    Complex numbers become quoted Python literals.
    """
    if isinstance(value, Free):
        known = {} if value.prior == FLAT else {"prior": value.prior.plain()}
        if value.label:
            known["label"] = value.label
        return {
            "free": [value.low, value.high],
            "start": value.start,
            "name": value.name,
            **known,
        }
    if isinstance(value, Parts):
        return {"Re": plain(value.re), "Im": plain(value.im)}
    if isinstance(value, Ansatz):
        ansatz = {"ansatz": value.kind, "value": plain(value.value)}
        if value.light != (-1.0, -1.0):
            ansatz["light"] = [plain(x) for x in value.light]
        return ansatz
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    number = complex(value)
    return number.real if number.imag == 0 else str(number).strip("()")
