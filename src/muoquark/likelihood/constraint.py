"""One pdf of one measurement, and where it stands in the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from muoquark.likelihood.pdfs import Pdf

__all__ = ["Constraint", "marginal"]


@dataclass(frozen=True, eq=False)
class Constraint:
    """One pdf of one measurement.

    Attributes
    ----------
    block, measurement
        The names of both.
    observables
        Positions of the observables, as many as the pdf has dimensions.
    pdf
        The pdf.
    kept
        (mean, variance) of a pdf of one number that a snapshot has stored, of the pdf before it
        was tabulated; if not given they are those of `pdf`.
    """

    block: str
    measurement: str
    observables: tuple[int, ...]
    pdf: Pdf
    kept: tuple[float, float] | None = None

    def gaussian(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (n,) and covariance (n, n), by which a Gaussian block replaces the pdf."""
        if self.kept is not None:
            return np.array([self.kept[0]]), np.array([[self.kept[1]]])
        return self.pdf.moments()

    def shifted(self, by: int) -> Constraint:
        """Return the constraint with observables that stand `by` places further."""
        return replace(self, observables=tuple(o + by for o in self.observables))


def marginal(
    constraints: Sequence[Constraint], positions: Sequence[int], block: str
) -> list[Constraint]:
    """Return the constraints on the observables at `positions` alone, as those of `block`."""
    wanted = set(positions)
    result = []
    for c in constraints:
        keep = [k for k, o in enumerate(c.observables) if o in wanted]
        if keep:
            whole: Any = len(keep) == len(c.observables)
            pdf = c.pdf if whole else c.pdf.marginal(keep)
            observables = tuple(c.observables[k] for k in keep)
            result.append(replace(c, block=block, observables=observables, pdf=pdf))
    return result
