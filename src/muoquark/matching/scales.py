"""At which scale each heavy field is integrated out, and which logarithms that leaves.

Without ``mu_M`` every field's own terms are matched at its own mass, where they hold no
logarithm, and run from there (:mod:`muoquark.running.highscale`).  One-loop terms with S1 and S3
hold ln(M1/M3) wherever they are matched; they are at the geometric mean of the masses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from muoquark.common.arrays import Scalar, namespace
from muoquark.common.constants import KAPPA, M_Z
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
    both
        Whether one-loop terms with S1 and S3 arise.
    """

    fields: frozenset[str]
    both: bool = False


class MatchingPart(NamedTuple):
    """Terms of the matching, ``all``, those of one field or ``both``, and their scale in GeV."""

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


def couples(model: Model, nonzero: Collection[str]) -> Couples:
    """Return who couples, from the names of the couplings that are different from zero.

    At one loop S1 and S3 take part together in boxes and field normalisation of their couplings to
    left-handed fermions, and through the portal lH13.
    """
    heavy = {field.name for field in model.heavy}
    found: set[str] = set()
    for name in nonzero:
        # the potential is made only for a quartic that is there: it takes group theory
        term = model.heavy_couplings.get(name) or model.quartics[name]
        fields = {field.name for field in term.fields}
        # self-couplings and those to Phi shift masses alone
        if term.part != "potential" or "H" in fields:
            found |= fields & heavy
    together = {"S1", "S3"} <= found and (
        "lH13" in nonzero or ("eta1L" in nonzero and "eta3L" in nonzero)
    )
    return Couples(frozenset(found), together)


def couples_of_point(point: Point) -> Couples:
    """Return which heavy fields of a point couple."""
    values = {**point.couplings, **point.quartics}
    return couples(point.model, [name for name, value in values.items() if np.any(value)])


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
        if active.both and {"S1", "S3"} <= {part.content for part in parts}:
            parts.append(MatchingPart("both", sqrt(masses["S1"] * masses["S3"])))
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
    S3; docs/matching.md), and for terms with both kappa |ln(M1/M3)| w |eta|^2.  Fields without
    couplings do not count.  Masses (GeV) and couplings (3x3) may be traced by JAX.
    """
    weights = _weights(model)
    xp = namespace(*(couplings[name] for name in couplings)) if couplings else np

    def size(field: str, only: str = "") -> Scalar:
        largest: Scalar = 0.0
        for name, weight in weights.get(field, {}).items():
            if name in couplings and (not only or name == only):
                largest = xp.maximum(largest, weight * xp.sum(xp.abs(couplings[name]) ** 2))
        return largest

    qcd = 4.0 * g3**2
    found = xp.asarray(0.0)
    for content, scale in parts:
        if content == "both":
            weight = xp.maximum(size("S1", "eta1L"), size("S3", "eta3L"))
            ratio = xp.abs(xp.log(masses["S1"] / masses["S3"]))
            found = xp.maximum(found, ratio * weight)
        for name, mass in masses.items():
            if name in active.fields and content in ("all", name):
                left = 2.0 * xp.abs(xp.log(scale / mass)) * (qcd + size(name))
                found = xp.maximum(found, left)
    return KAPPA * found
