"""Which data prefer a point to the SM, and which do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.goodness.influence import Subset

__all__ = ["Gain", "Gains", "gains"]


@dataclass(frozen=True)
class Gain:
    """What a unit (an observable or a measurement) contributes to chi2, and what it gains.

    Attributes
    ----------
    name, block
        Of what is taken out.
    contribution_sm, contribution
        chi2 of all data minus that without the unit, in the SM and at the point.
    """

    name: str
    block: str
    contribution_sm: float
    contribution: float

    @property
    def gain(self) -> float:
        """ln L(point) - ln L(SM) of all data minus the same without the unit."""
        return (self.contribution_sm - self.contribution) / 2

    def record(self) -> dict[str, Any]:
        """Return the unit as plain data."""
        return {
            "name": self.name,
            "block": self.block,
            "gain": self.gain,
            "contribution_sm": self.contribution_sm,
            "contribution": self.contribution,
        }


@dataclass(frozen=True)
class Gains:
    """The largest gains and losses of ln L.

    Attributes
    ----------
    gains, losses
        Largest first.
    sum
        Over all subsets; it differs from ln L(point) - ln L(SM) where data are correlated.
    """

    gains: tuple[Gain, ...]
    losses: tuple[Gain, ...]
    sum: float

    def record(self) -> dict[str, Any]:
        """Return the table as plain data."""
        return {
            "gains": [one.record() for one in self.gains],
            "losses": [one.record() for one in self.losses],
            "sum": self.sum,
        }


def gains(
    everything: Sequence[Subset], kind: str, sm: np.ndarray, here: np.ndarray, top: int
) -> Gains:
    """Return the `top` gains and losses among subsets of a kind; predictions of shape (m,)."""
    rows = []
    for unit in everything:
        if unit.kind == kind:
            before, after = map(float, unit.contribution(np.stack([sm, here])))
            rows.append(Gain(unit.name, unit.block, before, after))
    rows.sort(key=lambda row: -row.gain)
    return Gains(
        gains=tuple(row for row in rows[:top] if row.gain > 0),
        losses=tuple(row for row in rows[: -top - 1 : -1] if row.gain < 0),
        sum=sum(row.gain for row in rows),
    )
