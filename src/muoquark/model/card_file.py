"""Cards as YAML files: reading, with every fault and its line.

The format is described in ``docs/card.md``.  Wherever a card takes a number that can be
varied (masses, couplings, quartics) it also takes
``{free: [min, max], start: x, name: n, prior: p}``; free parameters of the same name are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import Fault, InputError, suggest
from muoquark.model.ansatz import ANSAETZE, LEFT_HANDED
from muoquark.model.boson import VEV_KEY, boson_names
from muoquark.model.card import Ansatz, Card, Coupling, Entry, EntryProduct, Number
from muoquark.model.fields import BUILT_IN, Model, built_in_model, generic_model
from muoquark.model.free_parameters import ParameterReader
from muoquark.model.gauge_reader import judge_boson, read_gauge
from muoquark.model.model_file import model_of_node, parse_model
from muoquark.model.point import DEFAULT_MASS, forbidden_entry
from muoquark.sm.parameters import SM_NAMES
from muoquark.sm.running import SCALE_MAX

__all__ = [
    "as_card",
    "builtin_card",
    "builtin_cards",
    "parse_card",
    "read_card",
    "sm_range",
    "starters",
]

MASS_MIN, MASS_MAX = 300.0, 1e16
#: Of a card, of a free parameter, of a product and of an ansatz.
CARD_KEYS = ("model", "masses", "mu_M", "couplings", "product", "quartics", "gauge", "sm")
PRODUCT_KEYS = ("name", "of", "free", "start", "prior", "label")
ANSATZ_KEYS = ("ansatz", "value", "light")


def builtin_cards() -> dict[str, str]:
    """Return the built-in cards, name to text."""
    return _texts("cards")


def starters() -> dict[str, str]:
    """Return the commented cards to begin with, name to text."""
    return _texts("starters")


def _texts(name: str) -> dict[str, str]:
    folder = resources.files("muoquark.model") / name
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

    Examples
    --------
    >>> import muoquark
    >>> muoquark.read_card("paper").masses
    {'S1': 3000.0, 'S3': 3000.0}
    """
    names = builtin_cards()
    # A folder of that name, where results of the card may lie, is no card.
    if str(path) in names and not Path(path).is_file():
        return parse_card(names[str(path)], f"<built-in {path}>")
    if str(path) != "-" and not Path(path).exists():
        raise InputError(
            Fault(f"no such file, nor a built-in card ({', '.join(names)})", str(path))
        )
    text, source = read_text(path)
    return parse_card(text, source)


def parse_card(text: str, source: str = "<card>", forbidden: bool = False) -> Card:
    """Validate the text of a card, see :func:`read_card`.

    With `forbidden` it may have couplings that the charges of its model forbid: what
    ``muoquark check`` gives its verdict on.
    """
    document = read_document(text, source)
    card = _Reader(document, forbidden).card()
    document.finish()
    return card


_WITHOUT_CHARGES = (
    "the card couples leptoquarks to e or tau, which the gauge symmetry B-3Lmu forbids: it is "
    "taken without a symmetry (model: generic says that this is meant)"
)


class _Reader(ParameterReader):
    """Turns the nodes of a card into a :class:`Card`, noting every fault on the way."""

    def __init__(self, document: Document, forbidden: bool) -> None:
        super().__init__(document)
        self.forbidden = forbidden
        self.model = built_in_model("B-3Lmu")

    def card(self) -> Card:
        root = self.document.root
        found = root.entries
        if found is not None and {"eft", "basis", "values"} & found.keys():
            root.fault("this is a WCxf file of Wilson coefficients, where a card is needed")
            return Card()
        if found is not None and "fields" in found:
            root.fault("this is a model, where a card is needed: a card names it, model: FILE")
            return Card()
        if found is not None and all(node.entries == {} for node in found.values()):
            root.fault("the card is empty: it sets no mass and no coupling (docs/card.md)")
            return Card()
        top = self.document.root.mapping(CARD_KEYS)
        content: dict[str, Any] = {}
        if "model" in top:
            found_model = self.read_model(top["model"], top)
            if found_model is not None:
                self.model = found_model
            elif top["model"].scalar in (None, "generic") or Path(top["model"].scalar).exists():
                return Card()  # of a model with faults no other key can be judged
        content["model"] = model = self.model
        boson = {boson_names(model).mass, VEV_KEY} & set(
            (top["gauge"].entries or {}) if "gauge" in top else ()
        )
        if not model.heavy and not boson:
            top["model"].fault(f"{model.name} has no heavy field, whose masses a card would set")
        if "masses" in top:
            heavy = [field.name for field in model.heavy]
            content["masses"] = {
                name: self.varied(node, low=MASS_MIN, high=MASS_MAX)
                for name, node in top["masses"].mapping(heavy).items()
            }
        if "mu_M" in top:
            content["mu_M"] = top["mu_M"].real(M_Z, SCALE_MAX)
        if "couplings" in top:
            content["couplings"] = {
                name: self.coupling(name, node)
                for name, node in top["couplings"].mapping(tuple(model.heavy_couplings)).items()
            }
        if "quartics" in top:
            entries = top["quartics"]
            if entries.entries and "lH" in entries.entries:
                entries.entries.pop("lH").fault(
                    "the Higgs self-coupling is the SM's: set 'lam' = 2 lH under 'sm'"
                )
            content["quartics"] = {
                name: self.varied(node, real=model.quartics[name].real)
                for name, node in entries.mapping(tuple(model.quartics)).items()
            }
        if "gauge" in top:
            content["gauge"], content["rotations"] = read_gauge(self, top["gauge"], model)
        if "sm" in top:
            content["sm"] = {
                name: self.matrix(node) if name.startswith("Y") else node.real(*sm_range(name))
                for name, node in top["sm"].mapping(SM_NAMES).items()
            }
        if "product" in top:
            node = top["product"]
            nodes = [node] if node.items is None else node.items
            products = [self.product(item, content.get("couplings", {})) for item in nodes]
            content["products"] = tuple(x for x in products if x is not None)
            self.overlaps(node, content["products"])
        card = Card(**content)
        if self.document.faults:
            return card
        if "gauge" in top:
            judge_boson(card, top["gauge"])
        if self.forbidden:
            return card
        if "model" not in top:
            return self.without_charges(card)
        self.judge(card, top)
        return card

    def without_charges(self, card: Card) -> Card:
        """Return a card that names no model; if B-3L_mu forbids its couplings, without charges."""
        if not any(forbidden_entry(self.model, n, card.support(n)) for n in card.filled):
            return card
        model = generic_model([field.name for field in self.model.heavy])
        for name in card.quartics:
            if name not in model.quartics:
                self.document.fault(
                    f"quartics.{name}: there is no Phi without U(1)_X, whose charges forbid "
                    "couplings of this card to e or tau"
                )
        masses = {f.name: card.masses.get(f.name, DEFAULT_MASS) for f in model.heavy}
        return replace(
            card, model=model, masses=masses, gauge={}, rotations={}, notes=(_WITHOUT_CHARGES,)
        )

    def read_model(self, node: Node, top: Mapping[str, Node]) -> Model | None:
        """Read ``model:``: a built-in name, a file, or a model in place."""
        if node.entries is not None:
            return model_of_node(node, self.document, f"model of {self.document.source}")
        name = node.scalar
        if name is None:
            node.fault(f"expected a name, a file or a model in place, found {node.kind}")
            return None
        if name == "generic":
            return self.generic(top)
        if name in BUILT_IN:
            return built_in_model(name)
        path = Path(name)
        if not path.is_absolute() and Path(self.document.source).exists():
            path = Path(self.document.source).parent / name
        if path.suffix not in (".yaml", ".yml") and not path.exists():
            node.fault(f"found '{name}': {suggest(name, BUILT_IN)}, or the file of a model")
            return None
        try:
            text, source = read_text(path)
        except InputError as error:
            node.fault("; ".join(str(fault) for fault in error.faults))
            return None
        try:
            other = _no_model(read_document(text, source))
            if other is not None:
                node.fault(f"{name} is {other}, where a model is needed (docs/models.md)")
                return None
            return parse_model(text, source)
        except InputError as error:
            self.document.faults += error.faults
            return None

    def generic(self, top: Mapping[str, Node]) -> Model | None:
        """The model without charges that has the fields of this card."""
        keys = {key: list(top[key].entries or {}) for key in ("masses", "couplings") if key in top}
        try:
            return generic_model(keys.get("masses", ()), keys.get("couplings", ()))
        except InputError as error:
            top["masses"].fault(str(error))
            return None

    def judge(self, card: Card, top: Mapping[str, Node]) -> None:
        """Note couplings that the charges of the model forbid."""
        for name in card.filled:
            found = forbidden_entry(self.model, name, card.support(name))
            if any(not one.trivial for one in card.rotations.values()):
                found = _forbidden_when_rotated(card, name)
            if found is None:
                continue
            node = top["couplings"] if "couplings" in top else top["product"]
            place = (node.entries or {}).get(name, node)
            quark, lepton, charge = found
            place.fault(
                f"[{quark}][{lepton}] is forbidden by U(1)_X of {self.model.name}: the charges of "
                f"{self.model.term_of(name)} add up to {charge} (model: generic has no charges)"
            )

    def product(self, node: Node, couplings: Mapping[str, Coupling]) -> EntryProduct | None:
        """Read a parameter that is the product of two entries."""
        entries = node.mapping(PRODUCT_KEYS, required=("of", "free"))
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
        if found is None or found[1] not in self.model.heavy_couplings:
            names = list(self.model.heavy_couplings)
            example = "eta1L" if "eta1L" in names or not names else names[0]
            node.fault(
                f"found '{text}', allowed: an entry of {', '.join(names)}, as {example}_3 in the "
                f"muon column or {example}_31, [quark][lepton] from 1"
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
        entries = node.mapping(ANSATZ_KEYS, required=("ansatz", "value"))
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


def _no_model(document: Document) -> str | None:
    """Return what a file is that ``model:`` names, if it is a card or holds coefficients."""
    keys = set(document.root.entries or ())
    if {"eft", "basis", "values"} & keys:
        return "a WCxf file of Wilson coefficients"
    alone = {"model", "masses", "couplings", "mu_M", "quartics", "product", "sm"} & keys
    return "a card" if alone and "fields" not in keys else None


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


def _forbidden_when_rotated(card: Card, name: str) -> tuple[str, str, Any] | None:
    """Return an entry of a coupling that is forbidden in the basis of charges, at some values."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        values = {p.name: p.low + (p.high - p.low) * rng.uniform() for p in card.free}
        arrays = card.arrays(values)
        matrix, rotations = arrays["couplings"][name], arrays["rotations"]
        found = forbidden_entry(card.model, name, matrix, rotations)
        if found is not None:
            return found
    return None


def sm_range(name: str) -> tuple[float, float]:
    """Return the range of an SM parameter: gauge couplings are positive and perturbative."""
    return (1e-3, float(np.sqrt(4 * np.pi))) if name in ("g1", "g2", "g3") else (-np.inf, np.inf)
