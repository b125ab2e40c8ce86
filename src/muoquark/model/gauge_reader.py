"""The ``gauge:`` part of a card: numbers of the boson, and rotations to the basis of charges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.document import Node
from muoquark.model.boson import (
    MIXING_MAX,
    VEV_KEY,
    boson_names,
    boson_of,
    boson_problems,
    breaking_of,
    breaking_problems,
    phi_charge,
)
from muoquark.model.card import Card, Free
from muoquark.model.fields import Model
from muoquark.model.free_parameters import ParameterReader
from muoquark.model.rotation import ALIGNED, ANGLES, PHASES, ROTATED, Rotation, not_unitary

if TYPE_CHECKING:
    from muoquark.model.boson import Boson

__all__ = ["ROTATIONS_KEY", "gauge_ranges", "judge_boson", "lightest_boson", "read_gauge"]

#: The key of a card for rotations, under ``gauge``.
ROTATIONS_KEY = "rotations"
#: Largest mass of the boson and value of Phi, GeV.
LARGEST = 1e16


def gauge_ranges(model: Model) -> dict[str, tuple[float, float]]:
    """Return the ranges of the numbers of U(1)_X by name."""
    names = boson_names(model)
    return {
        names.coupling: (0.0, 4.0),
        names.mixing: (-0.999, 0.999),
        names.mass: (0.0, LARGEST),
        VEV_KEY: (0.0, LARGEST),
    }


def read_gauge(
    reader: ParameterReader, node: Node, model: Model
) -> tuple[dict[str, Any], dict[str, Rotation]]:
    """Return the numbers and the rotations."""
    if not model.gauged:
        node.fault(f"{model.name} has no U(1)_X: leave this out")
    names, ranges = boson_names(model), gauge_ranges(model)
    entries = node.mapping((*ranges, ROTATIONS_KEY))
    numbers = {
        name: reader.varied(entry, True, *ranges[name])
        for name, entry in entries.items()
        if name != ROTATIONS_KEY
    }
    if names.mass in entries and VEV_KEY in entries:
        entries[VEV_KEY].fault(
            f"{names.mass} and {VEV_KEY} say the same, {names.mass} = sqrt2 |X_Phi| "
            f"{names.coupling} {VEV_KEY}: give one of them"
        )
    elif VEV_KEY in entries and not phi_charge(model):
        entries[VEV_KEY].fault(
            f"{model.name} has no charged Phi, whose value this would be: give {names.mass}"
        )
    rotations: dict[str, Rotation] = {}
    if ROTATIONS_KEY in entries:
        for name, entry in entries[ROTATIONS_KEY].mapping(ROTATED).items():
            found = _rotation(reader, name, entry)
            if found is not None:
                rotations[name] = found
    return numbers, rotations


def _rotation(reader: ParameterReader, name: str, node: Node) -> Rotation | None:
    """Read a word, angles, or a matrix."""
    if node.scalar is not None:
        if name != "q":
            node.fault("expected angles or a 3x3 matrix; a word stands for that of q only")
            return None
        word = node.text(ALIGNED)
        return None if word is None else Rotation(aligned=word)
    if node.entries is not None:
        angles = {
            key: reader.varied(entry, True, -2 * np.pi, 2 * np.pi)
            for key, entry in node.mapping((*ANGLES, *PHASES)).items()
        }
        for key in PHASES:
            if key in angles and f"t{key[1:]}" not in angles:
                node.fault(f"{key} is the phase of an angle t{key[1:]}, which is not given")
        return Rotation({key: angles[key] for key in (*ANGLES, *PHASES) if key in angles})
    rows = [row.sequence(3) for row in node.sequence(3) or []]
    if len(rows) != 3 or None in rows:
        return None
    numbers = [[item.complex() for item in row] for row in rows]  # type: ignore[union-attr]
    if any(x is None for row in numbers for x in row):
        return None
    if not_unitary(numbers):
        node.fault(
            "the matrix is not unitary: a rotation takes mass eigenstates to the basis of charges "
            "and keeps their kinetic terms"
        )
        return None
    return Rotation(matrix=tuple(tuple(row) for row in numbers))  # type: ignore[arg-type]


def judge_boson(card: Card, node: Node) -> None:
    """Note why the boson of a card cannot be integrated out, one fault for each reason.

    Of free parameters the ends of their ranges are looked at.
    """
    if not card.neutral:
        return
    names = boson_names(card.model)
    found: dict[str, str] = {}
    for values in _corners(card):
        for name, sentence in _problems(card, values):
            found.setdefault(name, sentence)
    entries = node.entries or {}
    places = {"mass": names.mass if names.mass in entries else VEV_KEY, "mixing": names.mixing}
    for key, sentence in found.items():
        entries.get(places.get(key, ""), node).fault(sentence)


def _problems(card: Card, values: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong at values of the free parameters, with its kind."""
    from muoquark.sm.parameters import override
    from muoquark.sm.running import SCALE_MAX, sm_parameters

    arrays = card.arrays(values)
    boson = boson_of(card.model, arrays["gauge"], arrays["rotations"])
    assert boson is not None
    scale = float(boson.mass) if card.mu_M is None else card.mu_M
    g1 = override(sm_parameters(min(max(scale, M_Z), SCALE_MAX)), card.sm).g1
    for sentence in boson_problems(boson, g1):
        yield _kind(sentence, boson), sentence
    if "Phi" not in card.neutral:
        return
    if boson.coupling == 0 or boson.mass == 0:
        return  # told already, or the end of a range where nothing breaks the symmetry
    for sentence in breaking_problems(breaking_of(card.model, boson, arrays["quartics"])):
        yield "phi", sentence


def _kind(sentence: str, boson: Boson) -> str:
    names = boson_names(boson.model)
    if sentence.startswith(names.mass):
        return "mass"
    if abs(boson.mixing) > MIXING_MAX and sentence.startswith("|"):
        return "mixing"
    return "width" if sentence.startswith("the width") else "charges"


def _corners(card: Card) -> Iterator[dict[str, float]]:
    """Yield the ends of the ranges of what the boson depends on, all others at their start."""
    names = {
        number.name
        for number in (*card.gauge.values(), card.quartics.get("lHP"), card.quartics.get("lP"))
        if isinstance(number, Free)
    }
    start = {one.name: one.start for one in card.free}
    ends = [(one.name, (one.low, one.high)) for one in card.free if one.name in names]
    for chosen in product(*(pair for _, pair in ends)):
        yield {**start, **dict(zip((name for name, _ in ends), chosen, strict=True))}


def lightest_boson(card: Card) -> float:
    """Return the smallest mass in GeV of the boson of a card, over the ranges of its numbers."""
    found = []
    for values in _corners(card):
        arrays = card.arrays(values)
        boson = boson_of(card.model, arrays["gauge"], {})
        assert boson is not None
        found.append(float(boson.mass))
    return min(found)
