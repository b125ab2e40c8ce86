"""Fields with their charges from a YAML mapping, with every fault at once.

    q: 1/3                            # known fields: their X charge, for all generations,
    l: [0, -3, 0]                     # or one for each; also {X: 1/3}, and {} without charge
    psi: {spin: left, colour: 3, isospin: 2, Y: 1/6, X: [1, -1]}    # any other field

The mapping is the whole content: what it does not list does not exist.
"""

from __future__ import annotations

from fractions import Fraction

from muoquark.common.document import Node
from muoquark.common.errors import InputError, suggest
from muoquark.symmetry.content import (
    FLAVOURS,
    REPRESENTATIONS,
    SPINS,
    Field,
    as_charge,
    known_field,
)
from muoquark.symmetry.groups import COLOURS

__all__ = ["fields_of_node"]

#: Of a field that is not known by name.
NEW_FIELD_KEYS = ("spin", "colour", "isospin", "Y", "X")
LARGEST_ISOSPIN = 9


def fields_of_node(node: Node) -> tuple[Field, ...]:
    """Return the fields of a mapping from names to charges or representations.

    What is wrong is noted in the node's document, each with its line and what is allowed.
    """
    fields = []
    for key, entry in node.mapping().items():
        known = key in REPRESENTATIONS
        field = _known(key, entry) if known or entry.entries is None else _new_field(key, entry)
        if field is not None:
            fields.append(field)
    if node.entries == {}:
        node.fault("there are no fields")
    return tuple(fields)


def _charge(node: Node) -> Fraction | None:
    if node.scalar is None:
        node.fault(f"expected a charge, found {node.kind}")
        return None
    try:
        return as_charge(node.scalar)
    except InputError as error:
        node.fault(str(error))
        return None


def _charges(node: Node) -> list[Fraction] | None:
    if node.items == []:
        node.fault("there is no charge")
        return None
    charges = [_charge(item) for item in ([node] if node.items is None else node.items)]
    known = [charge for charge in charges if charge is not None]
    return known if len(known) == len(charges) else None


def _known(name: str, node: Node) -> Field | None:
    if name not in REPRESENTATIONS:
        node.fault(
            f"unknown field: {suggest(name, list(REPRESENTATIONS))}; any other field needs "
            f"{{{', '.join(NEW_FIELD_KEYS)}}}"
        )
        return None
    if node.entries is not None:
        if extra := [key for key in node.entries if key != "X"]:
            node.fault(
                "the representation of this field is known: give its X charge only, not "
                + ", ".join(extra)
            )
            return None
        if "X" not in node.entries:
            return known_field(name, (0,) * (3 if name in FLAVOURS else 1))
        node = node.entries["X"]
    charges = _charges(node)
    if charges is None:
        return None
    generations = 3 if name in FLAVOURS else 1
    if node.items is None:
        charges *= generations
    if len(charges) != generations:
        wanted = "one charge, or one for each generation" if generations == 3 else "one charge"
        node.fault(f"expected {wanted}, found {node.kind}")
        return None
    return known_field(name, charges)


def _new_field(name: str, node: Node) -> Field | None:
    if not name.isalnum():
        node.fault("the name of a field is made of letters and digits")
        return None
    entries = node.mapping(NEW_FIELD_KEYS, required=("spin", "Y", "X"))
    spin = entries["spin"].text(tuple(SPINS)) if "spin" in entries else None
    colour = entries["colour"].text(tuple(COLOURS)) if "colour" in entries else "1"
    isospin = _isospin(entries["isospin"]) if "isospin" in entries else 1
    hypercharge = _charge(entries["Y"]) if "Y" in entries else None
    charges = _charges(entries["X"]) if "X" in entries else None
    if None in (spin, colour, isospin, hypercharge) or charges is None:
        return None
    assert spin and colour and isospin and hypercharge is not None
    return Field(name, spin, colour, isospin, hypercharge, tuple(charges))


def _isospin(node: Node) -> int | None:
    text = node.scalar or ""
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_ISOSPIN:
        node.fault(f"expected the dimension of an SU(2) representation, found {node.kind}")
        return None
    return int(text)
