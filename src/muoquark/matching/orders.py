"""To which order each heavy field of a model is matched, and what that leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.matching.oneloop.inputs import coupling_names
from muoquark.matching.oneloop.portals import portal_terms
from muoquark.matching.oneloop.vertices import SCALARS
from muoquark.model.fields import Model

__all__ = ["HIGHEST", "LOOP_FIELDS", "ORDERS", "Orders", "check_loop", "orders_of"]

#: Orders that can be asked for by name.
ORDERS = ("tree", "loop")
#: Each field to the highest order that it has.
HIGHEST = "highest"
# Of S1 and R2t.
_NEUTRINO = ("etat1R", "eta2tR")
#: The fields whose one-loop matching is complete, in any set.
LOOP_FIELDS = SCALARS


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


def orders_of(model: Model, order: str = HIGHEST, neutral: Iterable[str] = ()) -> Orders:
    """Return to which order each heavy field of a model is matched.

    Parameters
    ----------
    order
        ``highest``, or for all of them ``tree`` or ``loop``.
    neutral
        Which of X and Phi are integrated out beside the heavy fields.

    Raises
    ------
    InputError
        For an unknown order, and for ``loop`` if a field lacks it.
    """
    if order not in (*ORDERS, HIGHEST):
        raise InputError(f"unknown order '{order}': {suggest(order, ORDERS)}")
    heavy = [*(field.name for field in model.heavy), *neutral]
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
    # those to right-handed neutrinos are refused where they are not zero
    known = {*coupling_names(), *_NEUTRINO}
    own = {term.coupling for term in model.own_terms}
    return not any(
        coupling in own or coupling not in known
        for coupling, term in model.heavy_couplings.items()
        if name in {field.name for field in term.fields}
    )


def check_loop(model: Model, quartics: Iterable[str], fields: Iterable[str]) -> None:
    """Raise DomainError for what would take part at one loop and is not calculated.

    Quartics with two H and leptoquarks that are none of the portals of the matching; all others
    shift masses alone, or do not reach dimension six.

    Parameters
    ----------
    quartics
        Names of those that are not zero.
    fields
        Those that are matched at one loop.
    """
    portals = {term.name for term in portal_terms()}
    own = {term.coupling for term in model.own_terms}
    there = set(fields)
    for name in quartics:
        names = [field.name for field in model.quartics[name].fields]
        heavy = {other for other in names if other != "H"}
        if names.count("H") == 2 and heavy & there and (name not in portals or name in own):
            raise DomainError(
                f"{name}: a quartic of two H with {_joined(sorted(heavy))} that is not in the "
                f"one-loop matching, which has {_joined(sorted(portals))}; set it to zero"
            )


def _joined(names: Iterable[str]) -> str:
    *front, last = names
    return f"{', '.join(front)} and {last}" if front else last
