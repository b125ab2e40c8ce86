"""Cards as YAML files: reading, with every fault and its line.

The format is described in ``docs/card.md``.  Wherever a card takes a number that can be
varied (masses, couplings, quartics) it also takes
``{free: [min, max], start: x, name: n, prior: p}``; free parameters of the same name are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import Fault, InputError
from muoquark.model.ansatz import ANSAETZE, LEFT_HANDED
from muoquark.model.card import Ansatz, Card, Coupling, Entry, EntryProduct, Free, Number, Parts
from muoquark.model.point import COMPLEX_QUARTICS, COUPLINGS, QUARTICS
from muoquark.model.prior import FLAT, read_prior
from muoquark.sm.parameters import SM_NAMES
from muoquark.sm.running import SCALE_MAX

__all__ = ["as_card", "builtin_card", "builtin_cards", "parse_card", "read_card"]

MODELS = ("B-3Lmu", "generic")
MASS_MIN, MASS_MAX = 300.0, 1e16


def builtin_cards() -> dict[str, str]:
    """Return the built-in cards, name to text."""
    folder = resources.files("muoquark.model") / "cards"
    return {
        item.name.removesuffix(".yaml"): item.read_text(encoding="utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def builtin_card(name: str) -> Card:
    """Return a built-in card, also where a file of its name lies about."""
    return parse_card(builtin_cards()[name], f"<built-in {name}>")


def as_card(source: Card | str | Path) -> Card:
    """Return a card for itself, for its file or for a built-in name."""
    return source if isinstance(source, Card) else read_card(source)


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
            ("model", "masses", "mu_M", "couplings", "product", "quartics", "gauge", "sm")
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
            content["mu_M"] = top["mu_M"].real(M_Z, SCALE_MAX)
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
        if "product" in top:
            node = top["product"]
            nodes = [node] if node.items is None else node.items
            products = [self.product(item, content.get("couplings", {})) for item in nodes]
            content["products"] = tuple(x for x in products if x is not None)
            self.overlaps(node, content["products"])
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
        return self.parameter(node, entries, _short(node.path), low, high)

    def parameter(
        self,
        node: Node,
        entries: Mapping[str, Node],
        name: str,
        low: float = -np.inf,
        high: float = np.inf,
        start: float | None = None,
    ) -> Free | None:
        """Read a free parameter; `name` and `start` are its own where the card gives none."""
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
        if start is None or "start" in entries:
            start = prior.median(ends[0], ends[1])
        if "start" in entries:
            start = entries["start"].real(ends[0], ends[1]) or 0.0
        elif not ends[0] <= start <= ends[1]:
            node.fault(f"the entries begin at the product {start:g}, outside of its range")
        if "name" in entries:
            name = entries["name"].text() or ""
            if not name.strip():
                entries["name"].fault("the name of a free parameter is empty")
        free = Free(name or node.path, ends[0], ends[1], start, prior)
        if self.free.setdefault(free.name, free) != free:
            node.fault(f"the free parameter '{free.name}' has another range, start or prior above")
        return free

    def product(self, node: Node, couplings: Mapping[str, Coupling]) -> EntryProduct | None:
        """Read a parameter that is the product of two entries."""
        keys = ("name", "of", "free", "start", "prior")
        entries = node.mapping(keys, required=("of", "free"))
        pair = entries["of"].sequence(2) if "of" in entries else None
        first, second = [self.entry(item, couplings) for item in pair or []] or [None, None]
        if first is None or second is None:
            return None
        # Numbers in the places of the two entries say where the product begins.
        begin = (_at(couplings, first) or 0.0) * (_at(couplings, second) or 0.0)
        free = self.parameter(node, entries, f"{first}*{second}", start=begin or None)
        return None if free is None else EntryProduct(free, (first, second))

    def entry(self, node: Node, couplings: Mapping[str, Coupling]) -> Entry | None:
        """Read the name of an entry: eta1L_3 in the muon column, eta1L_31 anywhere."""
        text = node.text()
        if text is None:
            return None
        found = re.fullmatch(r"(\w+?)_([123])([123])?", text)
        if found is None or found[1] not in COUPLINGS:
            node.fault(
                f"found '{text}', allowed: an entry of {', '.join(COUPLINGS)}, as eta1L_3 in the "
                "muon column or eta1L_31, [quark][lepton] from 1"
            )
            return None
        lepton = 1 if found[3] is None else int(found[3]) - 1
        entry = Entry(found[1], int(found[2]) - 1, lepton)
        coupling = couplings.get(entry.coupling)
        if isinstance(coupling, Ansatz) and (entry.quark, entry.lepton) != (2, 1):
            node.fault(
                f"{entry.coupling} is an ansatz, of which a product can set the value only: "
                f"{entry.coupling}_3"
            )
            return None
        number = _at(couplings, entry)
        if number is None:
            node.fault(f"{text} is free already, or complex: a product takes real numbers")
            return None
        return entry

    def overlaps(self, node: Node, products: Sequence[EntryProduct]) -> None:
        """Note entries that two products set, or one product twice."""
        seen: set[Entry] = set()
        for entry in (entry for each in products for entry in each.entries):
            if entry in seen:
                node.fault(f"{entry} stands in two places of 'product'")
            seen.add(entry)

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


def _at(couplings: Mapping[str, Coupling], entry: Entry) -> float | None:
    """Return the real number in the place of an entry; None if there is none."""
    coupling: Any = couplings.get(entry.coupling)
    if coupling is None:
        return 0.0
    if isinstance(coupling, Ansatz):
        number: Any = coupling.value
    elif any(isinstance(row, tuple) for row in coupling):
        number = coupling[entry.quark][entry.lepton]
    else:
        number = coupling[entry.quark] if entry.lepton == 1 else 0.0
    plain = isinstance(number, int | float | complex) and complex(number).imag == 0
    return complex(number).real if plain else None


def _short(path: str) -> str:
    """Name a free parameter after its place: couplings.eta3L.value -> eta3L."""
    parts = path.split(".")
    if parts[-1] == "value":
        parts.pop()
    return ".".join(parts[1:]) if len(parts) > 1 else path


def _sm_range(name: str) -> tuple[float, float]:
    """Return the range of an SM parameter: gauge couplings are positive and perturbative."""
    return (1e-3, float(np.sqrt(4 * np.pi))) if name in ("g1", "g2", "g3") else (-np.inf, np.inf)
