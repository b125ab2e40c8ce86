"""The fit without every observable, measurement and group: which of them it hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.bestfit import BestFit
from muoquark.inference.goodness.influence import Influence, Subset, expansion, newton, refit
from muoquark.inference.objective import Objective

__all__ = ["INFLUENCE", "KINDS", "Checked", "Influences", "influences"]

KINDS = ("observable", "measurement", "group")
INFLUENCE = (
    "the fit without a unit (an observable, a measurement, a group): shift of the parameters in "
    "standard deviations of the fit to all data, Delta chi2 of the new best fit to the SM; one "
    "Newton step, the subsets with the largest effect and all that it moves by more than 0.6 sigma "
    "minimised anew"
)
#: Newton's steps above this many standard deviations are not believed: every one is a refit.
TRUSTED = 0.6


@dataclass(frozen=True)
class Checked:
    """The fit without a subset, found in two ways.

    Attributes
    ----------
    unit
        What is left out.
    newton, refit
        By one Newton step, and by minimising.
    """

    unit: Subset
    newton: Influence
    refit: Influence

    def record(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            "kind": self.unit.kind,
            "name": self.unit.name,
            "newton": self.newton.distance,
            "refit": self.refit.distance,
            "delta_chi2_newton": self.newton.delta_chi2,
            "delta_chi2_refit": self.refit.delta_chi2,
        }


@dataclass(frozen=True)
class Influences:
    """The fits without a unit, largest effect first.

    Attributes
    ----------
    of
        By kind of unit (:data:`KINDS`); all groups, of the others those of largest effect.
    checked
        Where Newton's step and a minimisation are both there.
    """

    of: dict[str, tuple[Influence, ...]]
    checked: tuple[Checked, ...]

    def record(self) -> dict[str, Any]:
        """Return the tables as plain data."""
        return {
            "definition": INFLUENCE,
            **{kind: [one.record() for one in rows] for kind, rows in self.of.items()},
            "newton_check": [one.record() for one in self.checked],
        }


def influences(
    objective: Objective,
    best: BestFit,
    everything: Sequence[Subset],
    sm: np.ndarray,
    top: int,
    refits: int,
) -> Influences:
    """Return the fit without every unit; the `refits` of largest effect of each kind minimised.

    So is every unit that Newton's step moves by more than :data:`TRUSTED`.

    Parameters
    ----------
    sm
        Predictions of the SM, shape (m,).
    top
        Length of the tables of observables and measurements, at least `refits`.
    """
    around = expansion(objective, best, sm)
    chi2 = best.delta_chi2
    of: dict[str, tuple[Influence, ...]] = {}
    checked = []
    for kind in KINDS:
        found: list[tuple[Subset, Influence | None]] = [
            (unit, newton(objective, around, unit, chi2))
            for unit in everything
            if unit.kind == kind
        ]
        found.sort(key=lambda pair: -np.inf if pair[1] is None else -pair[1].distance)
        rows = []
        for k, (unit, step) in enumerate(found):
            final = step
            if step is None or k < refits or step.distance > TRUSTED:
                final = refit(objective, around, unit, chi2)
                if step is not None:
                    checked.append(Checked(unit, step, final))
            assert final is not None
            rows.append(final)
        rows.sort(key=lambda row: -row.distance)
        of[kind] = tuple(rows if kind == "group" else rows[: max(top, refits)])
    return Influences(of, tuple(checked))
