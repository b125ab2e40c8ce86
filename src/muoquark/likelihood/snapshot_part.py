"""A data snapshot of flavio as a part of the likelihood; it owns the CKM scheme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.edition import edition, everything
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.measured import shown
from muoquark.likelihood.part import Part, Predictor
from muoquark.likelihood.positivity import is_rate
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshots import Shipped
from muoquark.likelihood.specialise import SampledRange, specialise
from muoquark.running.evolution import LowSector, Output

__all__ = ["SnapshotPart", "outputs_of"]


def outputs_of(forms: Forms) -> tuple[Output, ...]:
    """Return the low-scale coefficients that forms ask for."""
    return tuple(Output(LowSector(*d[:4]), f"{d[4]}:{d[5]}") for d in forms.directions)


@dataclass(frozen=True, eq=False)
class SnapshotPart(Part):
    """The predictions of flavio, compiled, and its measurements.

    Attributes
    ----------
    name
        That of the shipped snapshot, or the path of a file.
    snapshot
        What was read.
    shipped
        Which of the shipped ones it is, None for a file.
    """

    name: str
    snapshot: Snapshot
    shipped: Shipped | None

    @property
    def data(self) -> DataSet:  # type: ignore[override]
        """The measurements."""
        return self.snapshot.data

    @cached_property
    def targets(self) -> tuple[Output, ...]:  # type: ignore[override]
        """The directions of the forms."""
        return outputs_of(self.snapshot.forms)

    @property
    def sm(self) -> np.ndarray:
        """The SM's predictions as compiled, (observables,)."""
        return self.snapshot.sm

    @property
    def predictor(self) -> Predictor:
        """The forms, in their plain version."""
        return self.snapshot.forms

    def compiled(self, reach: SampledRange) -> FastForms:
        """Return the forms without what cannot matter within `reach`, for a compiler."""
        return FastForms.of(specialise(self.snapshot.forms, reach), reach.reverse)

    @cached_property
    def rates(self) -> np.ndarray:
        """Which of the observables are rates, (observables,)."""
        return np.array([is_rate(o) for o in self.snapshot.observables])

    @property
    def error(self) -> np.ndarray:
        """Uncertainties as compiled, (observables,)."""
        return self.snapshot.error

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured values and uncertainties (observables,), see `muoquark.likelihood.measured`.

        The observables that fix the CKM matrix are in no block and keep what the snapshot has.
        """
        value, error = self.snapshot.measured.copy(), self.snapshot.error.copy()
        for k, pair in shown(self.data).items():
            value[k], error[k] = pair
        return value, error

    def with_data(self, data: DataSet, touched: set[int]) -> Self:
        """Return the part with other measurements; errors of what was not touched are kept."""
        measured, error = self.snapshot.measured.copy(), self.snapshot.error.copy()
        left = {o for c in data.constraints for o in c.observables}
        for k, pair in shown(data, touched & left).items():
            measured[k], error[k] = pair
        return replace(
            self, snapshot=replace(self.snapshot, data=data, measured=measured, error=error)
        )

    def at(self, until: str | None, chosen: Sequence[str] = (), also: Collection[str] = ()) -> Self:
        """Return the part with what was known at the end of a month; see :meth:`Part.at`."""
        if until is None and not chosen and not also:
            return self
        whole = self.snapshot.whole or self.snapshot
        return replace(self, snapshot=edition(whole, until, chosen, also))

    def with_everything(self) -> Self:
        """Return the part with all predictions that the file holds, whatever was measured."""
        return replace(self, snapshot=everything(self.snapshot.whole or self.snapshot))

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of measurements of the archive, if there is one."""
        archive = self.snapshot.archive
        return () if archive is None else tuple(archive.sets)

    def identity(self) -> dict[str, Any]:
        """Return the snapshot, its revision (None for a file), its hash, and its stack."""
        return {
            "snapshot": self.name,
            "revision": self.shipped.revision if self.shipped else None,
            "sha256": self.snapshot.sha256,
            "stack": dict(self.snapshot.metadata["versions"]),
        }
