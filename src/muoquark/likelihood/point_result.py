"""What a likelihood says of one point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.shown import Shown

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood

__all__ = ["PointResult"]


@dataclass(frozen=True, repr=False)
class PointResult(Shown):
    """What the likelihood says of one point.

    Attributes
    ----------
    blocks, groups
        ln L - ln L_SM by name.
    predictions
        In the order of ``Likelihood.observables``, in powers of GeV.
    ckm
        ``Vus``, ``Vub``, ``Vcb`` and ``gamma`` (rad).
    status
        Sentences, empty for an ordinary point.
    theory
        Theory covariances at the point, by block, where they follow it; elsewhere they are those of
        the SM (``Likelihood.data.theory``).
    """

    blocks: dict[str, float]
    groups: dict[str, float]
    predictions: np.ndarray
    ckm: dict[str, float]
    status: tuple[str, ...]
    theory: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum over all blocks."""
        return float(sum(self.blocks.values()))

    def headline(self) -> str:
        """Return the sum over all blocks, and what there is to say."""
        said = "".join(f"; {sentence}" for sentence in self.status)
        return f"ln L - ln L_SM = {self.total:.3f}{said}"

    def to_dataframe(self) -> Any:
        """Return ln L - ln L_SM of blocks and groups as a ``pandas.DataFrame``."""
        import pandas as pd

        rows = [(n, "block", x) for n, x in self.blocks.items()]
        rows += [(n, "group", x) for n, x in self.groups.items()]
        table = pd.DataFrame(rows, columns=["part", "kind", "ln L - ln L_SM"])
        return table.set_index("part")

    def record(self, likelihood: Likelihood) -> dict[str, Any]:
        """Return the numbers as plain data, and which likelihood said them."""
        return {
            "total": self.total,
            "blocks": self.blocks,
            "groups": self.groups,
            "ckm": self.ckm,
            "status": list(self.status),
            "data": likelihood.name,
            "chain": likelihood.chain,
            "exact": False,
            "versions": likelihood.stack,
            "user_measurements": list(likelihood.user),
            "theory_errors": likelihood.theory_errors,
        }
