"""At which scale each heavy field is integrated out, and which logarithms that leaves.

Without ``mu_M`` every field's own terms are matched at its own mass, where they hold no
logarithm, and run from there (:mod:`muoquark.running.highscale`).  One-loop terms with two fields
hold the logarithm of the ratio of their masses wherever they are matched; they are at its geometric
mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.arrays import Scalar, namespace
from muoquark.common.constants import KAPPA, M_Z
from muoquark.matching.oneloop.content import TOGETHER, together
from muoquark.matching.orders import orders_of
from muoquark.model.fields import Model
from muoquark.model.point import Point

__all__ = [
    "RANGE",
    "Couples",
    "MatchingPart",
    "Scales",
    "couples",
    "couples_of_point",
    "logarithm",
    "scales",
]

# Of the tables of the running in GeV; tests/test_scales.py compares it with them.
RANGE = (M_Z, 1.0e6)


class Couples(NamedTuple):
    """Which heavy fields couple to fermions or the Higgs.

    Attributes
    ----------
    fields
        Their names.
    pairs
        Those of which one-loop terms arise with both, in the model's order.
    """

    fields: frozenset[str]
    pairs: tuple[tuple[str, str], ...] = ()


class MatchingPart(NamedTuple):
    """Terms of the matching and their scale in GeV: ``all``, of one field, or ``S1+S3``."""

    content: str
    scale: float


@dataclass(frozen=True)
class Scales:
    """The parts of a matching and what is to be said of them.

    Attributes
    ----------
    parts
        They add up to the whole matching.
    end
        The lowest scale in GeV: where the coefficients are given.
    notes
        Sentences on fields that are not matched at their mass.
    """

    parts: tuple[MatchingPart, ...]
    end: float
    notes: tuple[str, ...] = ()

    @property
    def one(self) -> bool:
        """Whether everything is matched at the scale `end`."""
        return all(part.scale == self.end for part in self.parts)


def couples(model: Model, nonzero: Collection[str], neutral: Iterable[str] = ()) -> Couples:
    """Return who couples, from the names of the couplings that are different from zero.

    `neutral` are those of X and Phi that are integrated out.

    At one loop two leptoquarks take part together, in boxes, field normalisation and each other's
    vertices, if they couple to a common fermion, or through a portal with both (lH13).
    """
    heavy = {field.name for field in model.heavy}
    found: set[str] = set()
    partners: dict[str, set[str]] = {}
    mixed: set[frozenset[str]] = set()
    for name in nonzero:
        # the potential is made only for a quartic that is there: it takes group theory
        term = model.heavy_couplings.get(name) or model.quartics[name]
        fields = {field.name for field in term.fields}
        # self-couplings and those to Phi shift masses alone
        if term.part != "potential" or "H" in fields:
            found |= fields & heavy
        if term.part == "potential":
            mixed |= {frozenset(fields & heavy)} if "H" in fields else set()
        else:
            for name in fields & heavy:
                partners.setdefault(name, set()).update(fields - heavy)
    loop = orders_of(model).loop
    pairs = tuple(
        (a, b)
        for a, b in combinations(loop, 2)
        if partners.get(a, set()) & partners.get(b, set()) or frozenset((a, b)) in mixed
    )
    return Couples(frozenset((*found, *neutral)), pairs)


def couples_of_point(point: Point) -> Couples:
    """Return which heavy fields of a point couple."""
    values = {**point.couplings, **point.quartics}
    neutral = [name for name in point.integrated_masses if name not in point.masses]
    return couples(point.model, [name for name, value in values.items() if np.any(value)], neutral)


def scales(masses: Mapping[str, float], mu_M: float | None, active: Couples) -> Scales:
    """Return the parts of the matching for masses, by field, and matching scale in GeV.

    With `mu_M`, or for equal masses, there is one.  Otherwise a mass outside of the tables of the
    running is matched at their end, or, if that field couples to nothing and is heavier, not
    at all: its gauge loops are below 1e-14/GeV^2.
    """
    if mu_M is not None or len(set(masses.values())) <= 1:
        scale = next(iter(masses.values())) if mu_M is None else mu_M
        return Scales((MatchingPart("all", scale),), scale)
    low, high = RANGE
    lightest = min(masses, key=lambda name: masses[name])
    notes, parts = [], []
    for name, mass in masses.items():
        if mass > high and name not in active.fields and name != lightest:
            notes.append(
                f"{name} ({mass:.4g} GeV) couples to neither fermions nor the Higgs and lies "
                f"beyond the range of the running, {high / 1000:g} TeV: it is left out"
            )
        else:
            parts.append(MatchingPart(name, mass))
    if len(parts) > 1:
        for part in parts:
            if not low <= part.scale <= high:
                end = low if part.scale < low else high
                notes.append(
                    f"{part.content} ({part.scale:.4g} GeV) is matched at {end / 1000:g} TeV, the "
                    "end of the range of the running"
                )
        there = {part.content for part in parts}
        for a, b in active.pairs:
            if {a, b} <= there:
                parts.append(MatchingPart(together(a, b), sqrt(masses[a] * masses[b])))
        parts = [MatchingPart(name, min(max(scale, low), high)) for name, scale in parts]
    return Scales(tuple(parts), min(part.scale for part in parts), tuple(notes))


@lru_cache(maxsize=16)
def _weights(model: Model) -> dict[str, dict[str, float]]:
    """Return w of each coupling by field, for :func:`logarithm`.

    The normalisation of the lepton, or of the second fermion, in units of kappa |eta|^2/2: the sum
    over quark and heavy components of the squared contraction, 3/2 for S1 and 9/2 for S3.
    """
    out: dict[str, dict[str, float]] = {}
    for name, term in model.heavy_couplings.items():
        lepton = term.flavour_axes[1]
        size = float(np.sum(np.abs(term.contraction.array) ** 2))
        weight = size / term.contraction.array.shape[lepton] / 2
        for field in term.fields:
            if field in model.heavy:
                out.setdefault(field.name, {})[name] = weight
    return out


def _fermions(model: Model, coupling: str) -> set[str]:
    return {field.name for field in model.heavy_couplings[coupling].fields if field.fermion}


def _all_fermions(model: Model, field: str) -> set[str]:
    """Return the fermions that a field couples to."""
    return {
        fermion
        for name, term in model.heavy_couplings.items()
        if field in {one.name for one in term.fields}
        for fermion in _fermions(model, name)
    }


def logarithm(
    model: Model,
    masses: Mapping[str, Scalar],
    couplings: Mapping[str, Any],
    g3: Scalar,
    parts: Iterable[MatchingPart],
    active: Couples,
) -> Scalar:
    """Return the largest term with a logarithm of a mass that the matching leaves, a number.

    Relative to what it corrects: kappa |ln(mu^2/M^2)| (4 g_s^2 + w |eta|^2), from the running of
    the scalar operator and the field normalisation of the lepton (w = 3/2 for S1, 9/2 for
    S3; docs/matching.md), and for terms with two kappa |ln(M1/M3)| w |eta|^2 of the couplings to
    common fermions.  Fields without couplings do not count.  Masses (GeV) and couplings (3x3) may
    be traced by JAX.
    """
    weights = _weights(model)
    xp = namespace(*(couplings[name] for name in couplings)) if couplings else np

    def size(field: str, partners: set[str] | None = None) -> Scalar:
        largest: Scalar = 0.0
        for name, weight in weights.get(field, {}).items():
            common = partners is None or partners & _fermions(model, name)
            if name in couplings and common:
                largest = xp.maximum(largest, weight * xp.sum(xp.abs(couplings[name]) ** 2))
        return largest

    qcd = 4.0 * g3**2
    found = xp.asarray(0.0)
    for content, scale in parts:
        if TOGETHER in content:
            a, b = content.split(TOGETHER)
            common = [_all_fermions(model, x) for x in (b, a)]
            weight = xp.maximum(size(a, common[0]), size(b, common[1]))
            ratio = xp.abs(xp.log(masses[a] / masses[b]))
            found = xp.maximum(found, ratio * weight)
        for name, mass in masses.items():
            if name in active.fields and content in ("all", name):
                left = 2.0 * xp.abs(xp.log(scale / mass)) * (qcd + size(name))
                found = xp.maximum(found, left)
    return KAPPA * found
