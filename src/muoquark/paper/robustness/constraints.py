"""Which families of observables object to a set of draws, and how strongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.paper.families import Families

__all__ = ["STRONG", "Constraints", "FamilyExcess", "constraints"]

# A family of observables is a strong constraint at a point if it alone (its marginal likelihood)
# is worse than in the SM by more than this Delta chi2: two standard deviations.
STRONG = 4.0


@dataclass(frozen=True)
class FamilyExcess:
    """By how much the chi2 of a family of observables exceeds the SM's, over some draws.

    Attributes
    ----------
    target
        Whether it is one of those that the fit wants to explain.
    strong
        Fraction of the draws where it is a strong constraint.
    median, p95, largest
        Of the excess: median, 95 % quantile, largest value.
    """

    target: bool
    strong: float
    median: float
    p95: float
    largest: float

    def record(self) -> dict[str, Any]:
        """Return the family as plain data."""
        return {
            "target": self.target,
            "strong": self.strong,
            "median": self.median,
            "95 %": self.p95,
            "largest": self.largest,
        }


@dataclass(frozen=True)
class Constraints:
    """What the families of observables say of some draws.

    Attributes
    ----------
    none_strong
        Fraction of the draws where no family other than the targets is a strong constraint.
    families
        By name, the one with the largest 95 % quantile first; empty without draws.
    """

    none_strong: float
    families: Mapping[str, FamilyExcess]

    def record(self) -> dict[str, Any]:
        """Return the constraints as plain data."""
        return {
            "no_strong_constraint": self.none_strong,
            "families": {name: one.record() for name, one in self.families.items()},
        }


def constraints(excess: np.ndarray, families: Families) -> Constraints:
    """Return what the families say; `excess`: chi2 minus the SM's, shape (n, families)."""
    if not len(excess):
        return Constraints(0.0, {})
    others = [k for k, name in enumerate(families.names) if name not in families.targets]
    strong = excess > STRONG
    return Constraints(
        none_strong=float(np.mean(~strong[:, others].any(axis=1))),
        families={
            families.names[k]: FamilyExcess(
                target=k not in others,
                strong=float(strong[:, k].mean()),
                median=float(np.median(excess[:, k])),
                p95=float(np.percentile(excess[:, k], 95)),
                largest=float(excess[:, k].max()),
            )
            for k in np.argsort(-np.percentile(excess, 95, axis=0))
        },
    )
