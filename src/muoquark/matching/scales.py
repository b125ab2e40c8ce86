"""At which scale each leptoquark is integrated out, and which logarithms that leaves.

Without ``mu_M`` every leptoquark's own terms are matched at its own mass, where they hold no
logarithm, and run from there (:mod:`muoquark.running.highscale`).  Terms with both hold
ln(M1/M3) wherever they are matched; they are at the geometric mean of the masses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from muoquark.common.arrays import Matrix3, Scalar, namespace
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.model.point import Point

__all__ = [
    "RANGE",
    "Couples",
    "Part",
    "Scales",
    "couples",
    "couples_of_point",
    "logarithm",
    "scales",
]

# Of the tables of the running in GeV; tests/test_scales.py compares it with them.
RANGE = (500.0, 1.0e5)


class Couples(NamedTuple):
    """Whether S1 and S3 couple to fermions or the Higgs, and whether terms with both arise."""

    S1: bool
    S3: bool
    both: bool


class Part(NamedTuple):
    """Terms of the matching (``all``, ``S1``, ``S3`` or ``both``) and their scale in GeV."""

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
        Sentences on leptoquarks that are not matched at their mass.
    """

    parts: tuple[Part, ...]
    end: float
    notes: tuple[str, ...] = ()

    @property
    def one(self) -> bool:
        """Whether everything is matched at the scale `end`."""
        return all(part.scale == self.end for part in self.parts)


def couples(nonzero: Callable[[str], bool]) -> Couples:
    """Return who couples, from a function that tells whether a coupling is different from zero.

    At one loop both take part in boxes and field normalisation of their couplings to left-handed
    fermions, and through the portal lH13.
    """
    mixing = nonzero("lH13")
    return Couples(
        S1=mixing or any(nonzero(name) for name in ("eta1L", "eta1R", "etat1R", "lH1")),
        S3=mixing or any(nonzero(name) for name in ("eta3L", "lH3", "leH3")),
        both=mixing or (nonzero("eta1L") and nonzero("eta3L")),
    )


def couples_of_point(point: Point) -> Couples:
    """Return which leptoquarks of a point couple."""
    return couples(
        lambda name: bool(
            np.any(getattr(point, name) if hasattr(point, name) else point.quartic(name))
        )
    )


def scales(M1: float, M3: float, mu_M: float | None, active: Couples) -> Scales:
    """Return the parts of the matching for masses and matching scale in GeV.

    With `mu_M`, or for equal masses, there is one.  Otherwise a mass outside of the tables of the
    running is matched at their end, or, if that leptoquark couples to nothing and is heavier, not
    at all: its gauge loops are below 1e-14/GeV^2.
    """
    if mu_M is not None or M1 == M3:
        scale = M1 if mu_M is None else mu_M
        return Scales((Part("all", scale),), scale)
    low, high = RANGE
    fields = {"S1": (M1, active.S1), "S3": (M3, active.S3)}
    lightest = min(fields, key=lambda name: fields[name][0])
    notes, parts = [], []
    for name, (mass, coupled) in fields.items():
        if mass > high and not coupled and name != lightest:
            notes.append(
                f"{name} ({mass:.4g} GeV) couples to neither fermions nor the Higgs and lies "
                f"beyond the range of the running, {high / 1000:g} TeV: it is left out"
            )
        else:
            parts.append(Part(name, mass))
    if len(parts) == 2:
        if active.both:
            parts.append(Part("both", sqrt(M1 * M3)))
        for part in parts[:2]:
            if not low <= part.scale <= high:
                end = low if part.scale < low else high
                notes.append(
                    f"{part.content} ({part.scale:.4g} GeV) is matched at {end / 1000:g} TeV, the "
                    "end of the range of the running"
                )
        parts = [Part(name, min(max(scale, low), high)) for name, scale in parts]
    return Scales(tuple(parts), min(part.scale for part in parts), tuple(notes))


def logarithm(p: Inputs, parts: tuple[Part, ...], active: Couples) -> Scalar:
    """Return the largest term with a logarithm of a mass that the matching leaves, a number.

    Relative to what it corrects: kappa |ln(mu^2/M^2)| (4 g_s^2 + w |eta|^2), from the running of
    the scalar operator and the field normalisation of the lepton doublet (w = 3/2 for S1, 9/2 for
    S3; docs/matching.md), and for terms with both kappa |ln(M1/M3)| w |eta|^2.  Leptoquarks without
    couplings do not count.  `p` may be traced by JAX.
    """
    xp = namespace(p.eta1L)

    def size(weight: float, *etas: Matrix3) -> Scalar:
        largest: Scalar = 0.0
        for eta in etas:
            largest = xp.maximum(largest, xp.sum(xp.abs(eta) ** 2))
        return weight * largest

    qcd = 4.0 * p.g3**2
    own = {
        "S1": (p.M1, size(1.5, p.eta1L, p.eta1R), active.S1),
        "S3": (p.M3, size(4.5, p.eta3L), active.S3),
    }
    found = xp.asarray(0.0)
    for content, scale in parts:
        if content == "both":
            weight = xp.maximum(size(1.5, p.eta1L), size(4.5, p.eta3L))
            found = xp.maximum(found, xp.abs(xp.log(p.M1 / p.M3)) * weight)
        for name, (mass, weight, coupled) in own.items():
            if coupled and content in ("all", name):
                found = xp.maximum(found, 2.0 * xp.abs(xp.log(scale / mass)) * (qcd + weight))
    return KAPPA * found
