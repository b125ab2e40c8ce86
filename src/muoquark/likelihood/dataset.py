"""What was measured: observables, the pdfs of their measurements, and blocks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from muoquark.common.errors import InputError
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.observable import Observable

if TYPE_CHECKING:
    from muoquark.likelihood.terms import Terms

__all__ = ["DataSet", "combine", "joined"]


def combine(constraints: Sequence[Constraint], observables: Sequence[int]) -> GaussianBlock:
    """Return the inverse-variance combination of constraints, each as a Gaussian.

    This is the limit of infinitely many draws of flavio's ``MeasurementCovariance``.  Errors are
    experimental only.

    Parameters
    ----------
    observables
        Positions (n,); each has to be measured by one of the constraints at least.
    """
    place = {o: k for k, o in enumerate(observables)}
    parts = [([place[o] for o in c.observables], *c.gaussian()) for c in constraints]
    return GaussianBlock.average(len(observables), parts)


@dataclass(frozen=True, eq=False)
class DataSet:
    """The measurements of some observables; immutable.

    Attributes
    ----------
    observables
        All observables of a part, in the order of its predictions; also those without measurement.
    constraints
        The pdfs.
    blocks
        Positions of the observables of each block.  A block is one likelihood of smelli, one
        search, or whatever is worth a number of its own; blocks add up to the whole.
    theory
        The *Gaussian* blocks: theory covariances, in the order of the block's observables, that
        are added to the combination of all measurements of the block.  In the other blocks every
        measurement keeps its pdf.
    info
        Of measurements, by name: experiment, texkey (``inspire``), address, date.
    """

    observables: tuple[Observable, ...]
    constraints: tuple[Constraint, ...]
    blocks: Mapping[str, tuple[int, ...]]
    theory: Mapping[str, np.ndarray] = field(default_factory=dict)
    info: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def rest(self) -> list[Constraint]:
        """The constraints outside of the Gaussian blocks."""
        return [c for c in self.constraints if c.block not in self.theory]

    def of_block(self, block: str) -> list[Constraint]:
        """Return the constraints of a block."""
        return [c for c in self.constraints if c.block == block]

    @cached_property
    def measured(self) -> Mapping[str, GaussianBlock]:
        """The combined measurement of each Gaussian block, experimental errors only."""
        return {b: combine(self.of_block(b), self.blocks[b]) for b in self.theory}

    @cached_property
    def gaussian(self) -> Mapping[str, GaussianBlock]:
        """The same with the theory covariance."""
        return {
            block: GaussianBlock(one.mean, one.covariance + np.asarray(self.theory[block]))
            for block, one in self.measured.items()
        }

    def terms(self, groups: Mapping[str, Sequence[int]] | None = None) -> Terms:
        """Return ln L of the blocks, and of `groups` behind them, as functions of predictions."""
        from muoquark.likelihood.terms import Terms

        return Terms.of(self, groups or {})

    def with_constraints(
        self,
        constraints: Sequence[Constraint],
        touched: set[int],
        info: Mapping[str, Mapping[str, str]],
    ) -> DataSet:
        """Return the data set with other constraints.

        An observable of which no measurement is left leaves its block.

        Parameters
        ----------
        touched
            Positions of the observables whose measurements are not those of before.
        info
            What is known of new measurements, by name.

        Raises
        ------
        InputError
            If nothing is left of a block.
        """
        left = {o for c in constraints for o in c.observables}
        blocks, theory = dict(self.blocks), dict(self.theory)
        for name, members in self.blocks.items():
            keep = [k for k, o in enumerate(members) if o in left or o not in touched]
            if not keep:
                raise InputError(f"no measurement is left in the block '{name}'")
            blocks[name] = tuple(members[k] for k in keep)
            if name in theory:
                theory[name] = np.asarray(theory[name])[np.ix_(keep, keep)]
        return replace(
            self,
            constraints=tuple(constraints),
            blocks=blocks,
            theory=theory,
            info={**self.info, **info},
        )


def joined(sets: Sequence[DataSet]) -> DataSet:
    """Return several data sets as one: observables of the later ones stand behind."""
    if len(sets) == 1:
        return sets[0]
    start = np.concatenate([[0], np.cumsum([len(one.observables) for one in sets])]).astype(int)
    shifts = list(zip(sets, map(int, start[:-1]), strict=True))
    return DataSet(
        observables=tuple(o for one in sets for o in one.observables),
        constraints=tuple(c.shifted(by) for one, by in shifts for c in one.constraints),
        blocks={k: tuple(o + by for o in v) for one, by in shifts for k, v in one.blocks.items()},
        theory={k: v for one in sets for k, v in one.theory.items()},
        info={k: v for one in sets for k, v in one.info.items()},
    )
