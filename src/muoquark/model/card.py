"""Cards: a point, or a family of points with free parameters, as a YAML file.

The format is described in ``docs/card.md``.  Wherever a card takes a number that can be
varied (masses, couplings, quartics) it also takes
``{free: [min, max], start: x, name: n, prior: p}``; free parameters of the same name are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import Fault, InputError, suggest
from muoquark.model.ansatz import ANSAETZE, LEFT_HANDED, muon_column, spurion
from muoquark.model.point import COMPLEX_QUARTICS, COUPLINGS, QUARTICS, Point
from muoquark.model.prior import FLAT, Prior, read_prior
from muoquark.sm.parameters import MZ, SCALE_MAX, SM_NAMES

__all__ = ["Ansatz", "Card", "Free", "Parts", "builtin_cards", "parse_card", "read_card"]

MODELS = ("B-3Lmu", "generic")
MASS_MIN, MASS_MAX = 300.0, 1e16
DEFAULT_MASS = 3000.0


@dataclass(frozen=True)
class Free:
    """A parameter that a fit varies: its name, range, where a fit starts, and its prior."""

    name: str
    low: float
    high: float
    start: float
    prior: Prior = FLAT


@dataclass(frozen=True)
class Parts:
    """A complex number whose real and imaginary part are given, or vary, each by itself."""

    re: float | Free
    im: float | Free


@dataclass(frozen=True)
class Ansatz:
    """A coupling given by a flavour ansatz, see :mod:`muoquark.model.ansatz`."""

    kind: str
    value: complex | Free | Parts
    light: tuple[complex | Free | Parts, complex | Free | Parts] = (-1.0, -1.0)


Number = complex | float | Free | Parts
Coupling = Ansatz | tuple[Number, ...] | tuple[tuple[Number, ...], ...]


@dataclass(frozen=True)
class Card:
    """A validated card; :meth:`point` gives the point for values of its free parameters."""

    model: str = "B-3Lmu"
    masses: Mapping[str, float | Free] = field(default_factory=dict)
    mu_M: float | None = None
    couplings: Mapping[str, Coupling] = field(default_factory=dict)
    quartics: Mapping[str, Number] = field(default_factory=dict)
    gauge: Mapping[str, float] = field(default_factory=dict)
    sm: Mapping[str, Any] = field(default_factory=dict)

    @property
    def free(self) -> tuple[Free, ...]:
        """The free parameters in the order of the card, each name once."""
        found: dict[str, Free] = {}
        for number in _numbers([self.masses, self.couplings, self.quartics]):
            if isinstance(number, Free):
                found.setdefault(number.name, number)
        return tuple(found.values())

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
        return Point(
            **arrays["masses"],
            mu_M=self.mu_M,
            **arrays["couplings"],
            quartics={
                k: complex(v) if k in COMPLEX_QUARTICS else float(v.real)
                for k, v in arrays["quartics"].items()
            },
            gX=self.gauge.get("gX", 0.0),
            epsBX=self.gauge.get("epsBX", 0.0),
            sm=self.sm,
            model=self.model,
        )

    def arrays(self, values: Mapping[str, Any], xp: Any = np) -> dict[str, dict[str, Any]]:
        """Return masses, couplings (3x3) and quartics for values of all free parameters.

        With ``xp=jax.numpy`` the values may be traced: what a fit differentiates.
        """

        def at(number: Number) -> Any:
            if isinstance(number, Parts):
                return at(number.re) + 1j * at(number.im)
            return values[number.name] + 0j if isinstance(number, Free) else complex(number)

        return {
            "masses": {
                key: at(self.masses.get(name, DEFAULT_MASS)).real
                for key, name in (("M1", "S1"), ("M3", "S3"))
            },
            "couplings": {name: _matrix(name, c, at, xp) for name, c in self.couplings.items()},
            "quartics": {name: at(number) for name, number in self.quartics.items()},
        }

    def support(self, name: str) -> np.ndarray:
        """Return which entries of a coupling are set or free, bool (3, 3) [quark][lepton].

        A free parameter counts wherever it starts: a fit varies it.
        """
        coupling = self.couplings.get(name)
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
        coupling: Any = self.couplings.get(name, ())
        if isinstance(coupling, tuple) and coupling and isinstance(coupling[0], tuple):
            coupling = [row[lepton] for row in coupling]
        elif lepton != 1:
            return False
        return any(isinstance(number, Free) for number in _numbers(coupling))

    def is_muoquark(self) -> bool:
        """Whether leptoquarks couple to muons only, for all values of the free parameters."""
        return all(not self.support(name)[:, [0, 2]].any() for name in COUPLINGS)

    def to_yaml(self) -> str:
        """Return the card as text; reading it again gives an equal card."""
        import yaml

        document: dict[str, Any] = {"model": self.model}
        if self.masses:
            document["masses"] = {k: _plain(v) for k, v in self.masses.items()}
        if self.mu_M is not None:
            document["mu_M"] = self.mu_M
        if self.couplings:
            document["couplings"] = {k: _plain(v) for k, v in self.couplings.items()}
        if self.quartics:
            document["quartics"] = {k: _plain(v) for k, v in self.quartics.items()}
        if self.gauge:
            document["gauge"] = dict(self.gauge)
        if self.sm:
            document["sm"] = {k: _plain(v) for k, v in self.sm.items()}
        return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=100)

    @classmethod
    def of(cls, point: Point) -> Card:
        """Return the card of a point; ``Card.of(p).point() == p``."""
        return cls(
            model=point.model,
            masses={"S1": point.M1, "S3": point.M3},
            mu_M=point.mu_M,
            couplings={
                name: tuple(tuple(complex(x) for x in row) for row in getattr(point, name))
                for name in COUPLINGS
                if np.any(getattr(point, name))
            },
            quartics=dict(point.quartics),
            gauge={k: v for k, v in (("gX", point.gX), ("epsBX", point.epsBX)) if v != 0.0},
            sm={
                k: tuple(tuple(complex(x) for x in row) for row in v) if k.startswith("Y") else v
                for k, v in point.sm.items()
            },
        )


def _sm_range(name: str) -> tuple[float, float]:
    """Return the range of an SM parameter: gauge couplings are positive and perturbative."""
    return (1e-3, float(np.sqrt(4 * np.pi))) if name in ("g1", "g2", "g3") else (-np.inf, np.inf)


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


def _varies(number: Any) -> bool:
    """Whether a number is free or not zero."""
    if isinstance(number, Parts):
        return _varies(number.re) or _varies(number.im)
    return isinstance(number, Free) or number != 0


def _numbers(tree: Any) -> list[Any]:
    if isinstance(tree, Ansatz):
        return _numbers([tree.value, *tree.light])
    if isinstance(tree, Parts):
        return [tree.re, tree.im]
    if isinstance(tree, Mapping):
        return _numbers(list(tree.values()))
    if isinstance(tree, list | tuple):
        return [number for item in tree for number in _numbers(item)]
    return [tree]


def _plain(value: Any) -> Any:
    """Return `value` as what YAML writes: complex numbers as quoted Python literals."""
    if isinstance(value, Free):
        known = {} if value.prior == FLAT else {"prior": value.prior.plain()}
        return {
            "free": [value.low, value.high],
            "start": value.start,
            "name": value.name,
            **known,
        }
    if isinstance(value, Parts):
        return {"Re": _plain(value.re), "Im": _plain(value.im)}
    if isinstance(value, Ansatz):
        plain = {"ansatz": value.kind, "value": _plain(value.value)}
        if value.light != (-1.0, -1.0):
            plain["light"] = [_plain(x) for x in value.light]
        return plain
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    number = complex(value)
    return number.real if number.imag == 0 else str(number).strip("()")


# ---------------------------------------------------------------------------------------------
# Reading


def builtin_cards() -> dict[str, str]:
    """Return the built-in cards, name to text."""
    folder = resources.files("muoquark.model") / "cards"
    return {
        item.name.removesuffix(".yaml"): item.read_text(encoding="utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def read_card(path: str | Path) -> Card:
    """Read and validate a card from a file, standard input (``-``) or a built-in name.

    Raises
    ------
    InputError
        With every fault of the file, each with its line and what is allowed.
    """
    names = builtin_cards()
    if str(path) in names and not Path(path).exists():
        return parse_card(names[str(path)], f"<built-in {path}>")
    if str(path) != "-" and not Path(path).exists():
        raise InputError(
            Fault(f"no such file, nor a built-in card ({', '.join(names)})", str(path))
        )
    text, source = read_text(path)
    return parse_card(text, source)


def parse_card(text: str, source: str = "<card>") -> Card:
    """Validate the text of a card, see :func:`read_card`."""
    document = read_document(text, source)
    card = _Reader(document).card()
    document.finish()
    return card


class _Reader:
    """Turns the nodes of a card into a :class:`Card`, noting every fault on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.free: dict[str, Free] = {}

    def card(self) -> Card:
        root = self.document.root
        found = root.entries
        if found is not None and {"eft", "basis", "values"} & found.keys():
            root.fault("this is a WCxf file of Wilson coefficients, where a card is needed")
            return Card()
        if found is not None and all(node.entries == {} for node in found.values()):
            root.fault("the card is empty: it sets no mass and no coupling (docs/card.md)")
            return Card()
        top = self.document.root.mapping(
            ("model", "masses", "mu_M", "couplings", "quartics", "gauge", "sm")
        )
        content: dict[str, Any] = {}
        if "model" in top:
            content["model"] = top["model"].text(MODELS) or MODELS[0]
        if "masses" in top:
            content["masses"] = {
                name: self.varied(node, low=MASS_MIN, high=MASS_MAX)
                for name, node in top["masses"].mapping(("S1", "S3")).items()
            }
        if "mu_M" in top:
            content["mu_M"] = top["mu_M"].real(MZ, SCALE_MAX)
        if "couplings" in top:
            content["couplings"] = {
                name: self.coupling(name, node)
                for name, node in top["couplings"].mapping(COUPLINGS).items()
            }
        if "quartics" in top:
            entries = top["quartics"]
            if entries.entries and "lH" in entries.entries:
                entries.entries.pop("lH").fault(
                    "the Higgs self-coupling is the SM's: set 'lam' = 2 lH under 'sm'"
                )
            content["quartics"] = {
                name: self.varied(node, real=name not in COMPLEX_QUARTICS)
                for name, node in entries.mapping(QUARTICS).items()
            }
        if "gauge" in top:
            content["gauge"] = {
                name: node.real(0, 4) if name == "gX" else node.real(-0.999, 0.999)
                for name, node in top["gauge"].mapping(("gX", "epsBX")).items()
            }
        if "sm" in top:
            content["sm"] = {
                name: self.matrix(node) if name.startswith("Y") else node.real(*_sm_range(name))
                for name, node in top["sm"].mapping(SM_NAMES).items()
            }
        return Card(**content)

    def varied(
        self, node: Node, real: bool = True, low: float = -np.inf, high: float = np.inf
    ) -> Number | None:
        """Read a number or a free parameter."""
        if node.entries is None:
            return node.real(low, high) if real else node.complex()
        if not real and {"Re", "Im"} & set(node.entries):
            parts = node.mapping(("Re", "Im"), required=("Re", "Im"))
            numbers = [self.varied(parts[key]) for key in ("Re", "Im") if key in parts]
            if len(numbers) != 2 or None in numbers:
                return None
            return Parts(numbers[0], numbers[1])  # type: ignore[arg-type]
        entries = node.mapping(("free", "start", "name", "prior"), required=("free",))
        if "free" not in entries:
            return None
        bounds = entries["free"].sequence(2)
        ends = [item.real(low, high) for item in bounds or []]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            return None
        if not ends[0] < ends[1]:
            entries["free"].fault(f"the range [{ends[0]:g}, {ends[1]:g}] is empty")
            return None
        prior = read_prior(entries["prior"], ends[0], ends[1]) if "prior" in entries else FLAT
        start = prior.median(ends[0], ends[1])
        if "start" in entries:
            start = entries["start"].real(ends[0], ends[1]) or 0.0
        name = entries["name"].text() if "name" in entries else _short(node.path)
        if name is not None and not name.strip():
            entries["name"].fault("the name of a free parameter is empty")
        free = Free(name or node.path, ends[0], ends[1], start, prior)
        if self.free.setdefault(free.name, free) != free:
            node.fault(f"the free parameter '{free.name}' has another range, start or prior above")
        return free

    def coupling(self, name: str, node: Node) -> Coupling | None:
        """Read an ansatz, a muon column or a 3x3 matrix."""
        if node.entries is not None:
            return self.ansatz(name, node)
        rows = node.sequence(3)
        if rows is None:
            return None
        if any(row.items is not None for row in rows):
            return self.matrix(node, free=True)
        numbers = [self.varied(row, real=False) for row in rows]
        return tuple(x for x in numbers if x is not None)

    def ansatz(self, name: str, node: Node) -> Ansatz | None:
        entries = node.mapping(("ansatz", "value", "light"), required=("ansatz", "value"))
        kind = entries["ansatz"].text(ANSAETZE) if "ansatz" in entries else None
        value = self.varied(entries["value"], real=False) if "value" in entries else None
        light: list[Number | None] = [-1.0, -1.0]
        if "light" in entries:
            if name not in LEFT_HANDED:
                entries["light"].fault(f"the ansatz of {name} is (0, 0, value): no light entries")
            elif entries["light"].items is not None:
                pair = entries["light"].sequence(2)
                light = [self.varied(item, real=False) for item in pair or []]
            else:
                light = [self.varied(entries["light"], real=False)] * 2
        if kind is None or value is None or len(light) != 2 or None in light:
            return None
        return Ansatz(kind, value, (light[0], light[1]))  # type: ignore[arg-type]

    def matrix(self, node: Node, free: bool = False) -> tuple[tuple[Number, ...], ...] | None:
        rows = node.sequence(3) or []
        result: list[tuple[Number, ...]] = []
        for row in rows:
            items = row.sequence(3) or []
            numbers = [self.varied(x, real=False) if free else x.complex() for x in items]
            result.append(tuple(x for x in numbers if x is not None))
        return tuple(result) if len(result) == 3 else None


def _short(path: str) -> str:
    """Name a free parameter after its place: couplings.eta3L.value -> eta3L."""
    parts = path.split(".")
    if parts[-1] == "value":
        parts.pop()
    return ".".join(parts[1:]) if len(parts) > 1 else path
