"""Numbers of a card that may vary: ``{free: [min, max], start: x, name: n, prior: p, label: l}``.

Free parameters of the same name are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from muoquark.common.document import Document, Node
from muoquark.common.tex import formula_problem
from muoquark.model.card import Free, Number, Parts
from muoquark.model.prior import FLAT, read_prior

__all__ = ["FREE_KEYS", "ParameterReader"]

FREE_KEYS = ("free", "start", "name", "prior", "label")


class ParameterReader:
    """Reads numbers and free parameters from the nodes of a document, noting every fault.

    Attributes
    ----------
    document
        What is read.
    free
        The free parameters so far, by name.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.free: dict[str, Free] = {}

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
        entries = node.mapping(FREE_KEYS, required=("free",))
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
        label = _label(entries["label"]) if "label" in entries else ""
        free = Free(name or node.path, ends[0], ends[1], start, prior, label)
        above = self.free.setdefault(free.name, free)
        if above != free:
            same = replace(above, label=free.label) == free
            what = "label" if same else "range, start or prior"
            node.fault(f"the free parameter '{free.name}' has another {what} above")
        return free


def _label(node: Node) -> str:
    """Return a label in TeX without dollars; empty, that of the place, where there is none."""
    text = (node.text() or "").strip().removeprefix("$").removesuffix("$")
    problem = formula_problem(text) if text else None
    if problem is not None:
        node.fault(problem)
    return text


def _short(path: str) -> str:
    """Name a free parameter after its place: couplings.eta3L.value -> eta3L."""
    parts = path.split(".")
    if parts[-1] == "value":
        parts.pop()
    return ".".join(parts[1:]) if len(parts) > 1 else path
