"""The verdict on the claim of section 2.4, chosen from the numbers by stated criteria."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.paper.robustness.constraints import STRONG, Constraints

__all__ = ["CLAIM", "CRITERIA", "RobustnessVerdict", "verdict"]

CLAIM = (
    "no strong constraints from any other flavor observables even when varying order-1 "
    "coefficients (section 2.4)"
)
CRITERIA = {
    "explains": "a draw explains the anomalies if, with the leading couplings fitted to them alone "
    "(R_K(*), Bs->mumu, b->smumu, (g-2)_mu), their Delta chi2 to the SM is at most 4 smaller than "
    "with unit coefficients c = d = -1",
    "strong": "there, a family of other observables is a strong constraint if its own chi2 exceeds "
    f"the SM's by more than {STRONG:g} (two standard deviations)",
    "reproduced": "of the draws that explain the anomalies at least 95 % have no strong "
    "constraint, by more than two statistical errors",
    "reproduced with a stated change": "at least 68 % have none, by more than two errors",
    "not reproduced": "that is not so, or fewer than 5 % of all draws explain the anomalies",
    "kept": "in `subsets`: a draw keeps the fit to all data within n sigma if its Delta chi2 is "
    "at most n^2 smaller than that of unit coefficients",
}


@dataclass(frozen=True)
class RobustnessVerdict:
    """Is the claim reproduced, and why.

    Attributes
    ----------
    word
        The verdict, see :data:`CRITERIA`.
    explains
        Fraction of the draws that explain the anomalies.
    none_strong, error
        Fraction of these that have no strong constraint, and its statistical error.
    strong_families
        Families that are a strong constraint somewhere and the fraction where, largest first.
    """

    word: str
    explains: float
    none_strong: float
    error: float
    strong_families: Mapping[str, float]

    @property
    def why(self) -> str:
        """The reason, with its numbers."""
        first = list(self.strong_families.items())[:5]
        listed = ", ".join(f"{name} ({100 * share:.1f} %)" for name, share in first)
        return (
            f"{100 * self.explains:.0f} % of the coefficient space explains the anomalies as well "
            f"as unit coefficients within 2 sigma; {100 * self.none_strong:.1f} +- "
            f"{100 * self.error:.1f} % of it has no strong constraint from other observables; "
            f"strong constraints: {listed or 'none'}"
        )

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain data, with the claim and the reason."""
        return {
            "claim": CLAIM,
            "verdict": self.word,
            "why": self.why,
            "explains": self.explains,
            "no_strong_constraint": self.none_strong,
            "no_strong_constraint_error": self.error,
            "strong_families": dict(self.strong_families),
        }


def verdict(explains: float, found: Constraints, samples: int) -> RobustnessVerdict:
    """Judge the claim by :data:`CRITERIA`.

    Parameters
    ----------
    explains
        Fraction of the draws that explain the anomalies.
    found
        What the families of observables say of these.
    samples
        Number of all draws.
    """
    free = found.none_strong
    spread = float(np.sqrt(free * (1 - free) / max(samples * explains, 1)))
    # Two errors below: no verdict better than the draws can tell, whatever the seed.
    sure = free - 2 * spread
    if explains < 0.05 or sure < 0.68:
        word = "not reproduced"
    else:
        word = "reproduced" if sure >= 0.95 else "reproduced with a stated change"
    strong = {
        name: one.strong
        for name, one in found.families.items()
        if not one.target and one.strong > 0
    }
    ordered = sorted(strong.items(), key=lambda item: -item[1])
    return RobustnessVerdict(word, explains, free, spread, dict(ordered))
