"""The SM alone at two loops, from the measured inputs at the top mass.

It runs by the beta functions of this room for the model without any new field.  The one-loop
running from the inputs at M_Z, which the matching takes, is :mod:`muoquark.sm.running`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError, InputError
from muoquark.sm.inputs import TODAY, TopInputs, sm_at_top
from muoquark.theory.flow import Flow, run
from muoquark.theory.names import of_sm
from muoquark.theory.tables import standard_model

__all__ = ["run_sm", "sm_flow"]


def sm_flow(mu: float, inputs: TopInputs = TODAY, loops: int = 2, n_points: int = 2) -> Flow:
    """Return the flow of the SM couplings from the top mass to `mu` (GeV) on `n_points` scales."""
    return run(
        of_sm(sm_at_top(inputs)),
        inputs.m_t,
        mu,
        loops,
        n_points=n_points,
        check_unitarity=False,
        model=standard_model(),
    )


@lru_cache(maxsize=32)
def _run_sm(mu: float, inputs: TopInputs, loops: int) -> tuple[tuple[str, Any], ...]:
    result = sm_flow(mu, inputs, loops)
    if result.pole is not None:
        raise DomainError(f"the SM couplings diverge at {result.pole.scale:.3g} GeV")
    return tuple(result.points[-1].items())


def run_sm(mu: float, inputs: TopInputs = TODAY, loops: int = 2) -> dict[str, Any]:
    """Return the SM couplings at `mu` (GeV), run from the top mass at `loops` loops.

    Raises
    ------
    InputError
        For a scale that is not positive.
    DomainError
        If a coupling diverges on the way.
    """
    if not mu > 0:
        raise InputError(f"a scale must be positive, found {mu}")
    if abs(mu / inputs.m_t - 1) < 1e-12:
        return of_sm(sm_at_top(inputs))
    return {k: np.copy(v) if np.ndim(v) else v for k, v in _run_sm(mu, inputs, loops)}
