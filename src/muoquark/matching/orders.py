"""To which order each heavy field of a model is matched, and what that leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from muoquark.common.errors import InputError, suggest
from muoquark.model.fields import Model

__all__ = ["HIGHEST", "LOOP_FIELDS", "ORDERS", "Orders", "orders_of"]

#: Orders that can be asked for by name.
ORDERS = ("tree", "loop")
#: Each field to the highest order that it has.
HIGHEST = "highest"
#: The fields whose one-loop matching is complete, also of both together.
LOOP_FIELDS = ("S1", "S3")


@dataclass(frozen=True)
class Orders:
    """The order of each heavy field.

    Attributes
    ----------
    by_field
        ``tree`` or ``loop``.
    """

    by_field: Mapping[str, str]

    @property
    def loop(self) -> tuple[str, ...]:
        """The fields that are matched at one loop."""
        return tuple(name for name, order in self.by_field.items() if order == "loop")

    @property
    def name(self) -> str:
        """``tree`` or ``loop`` if all fields have it, else ``highest``."""
        found = set(self.by_field.values())
        return found.pop() if len(found) == 1 else HIGHEST

    def __str__(self) -> str:
        """Return what was taken, ``one loop for S1 and S3, tree level for R2``."""
        words = {"loop": "one loop", "tree": "tree level"}
        parts = []
        for order in ("loop", "tree"):
            names = [name for name, found in self.by_field.items() if found == order]
            if names:
                parts.append(f"{words[order]} for {_joined(names)}")
        return ", ".join(parts) or "nothing heavy"

    @property
    def missing(self) -> tuple[str, ...]:
        """The one-loop terms that are not calculated, in words."""
        trees = [name for name, order in self.by_field.items() if order == "tree"]
        if not trees or not self.loop:
            return ()
        return (
            f"one-loop terms of {_joined(trees)} and those with {_joined(self.loop)} together are "
            "not calculated",
        )


def orders_of(model: Model, order: str = HIGHEST) -> Orders:
    """Return to which order each heavy field of a model is matched.

    Parameters
    ----------
    order
        ``highest``, or for all of them ``tree`` or ``loop``.

    Raises
    ------
    InputError
        For an unknown order, and for ``loop`` if a field lacks it.
    """
    if order not in (*ORDERS, HIGHEST):
        raise InputError(f"unknown order '{order}': {suggest(order, ORDERS)}")
    heavy = [field.name for field in model.heavy]
    usual = [name for name in heavy if name in LOOP_FIELDS and _as_known(model, name)]
    lacking = [name for name in heavy if name not in usual]
    if order == "loop" and lacking:
        raise InputError(
            f"one-loop matching exists for {_joined(LOOP_FIELDS)}, not for {_joined(lacking)}: "
            "leave the order out, which takes each field to the highest that it has"
        )
    return Orders({name: "loop" if name in usual and order != "tree" else "tree" for name in heavy})


def _as_known(model: Model, name: str) -> bool:
    """Whether a field has no couplings beside those that its one-loop formulae are for."""
    known = {"eta1L", "eta1R", "etat1R", "eta3L"}
    own = {term.coupling for term in model.own_terms}
    return not any(
        coupling in own or coupling not in known
        for coupling, term in model.heavy_couplings.items()
        if name in {field.name for field in term.fields}
    )


def _joined(names: Iterable[str]) -> str:
    *front, last = names
    return f"{', '.join(front)} and {last}" if front else last
