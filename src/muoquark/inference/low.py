"""The low-scale coefficients of a point: what observables see of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.inference.source import coefficients_of, read
from muoquark.running import ckm_expansion
from muoquark.running.evolution import Evolution, Output
from muoquark.running.low_input import low_map, low_scales, low_vector, sectors_at
from muoquark.smeft.wet import LowCoefficients

__all__ = ["low_coefficients"]

# What is smaller than this share of the largest of its sector is rounding.
NOISE = 1e-14


def low_coefficients(
    source: Any,
    scale: float = 4.8,
    eft: str | None = None,
    sectors: Sequence[str] = (),
    chain: str = "full",
    order: str = "highest",
) -> LowCoefficients:
    """Return new physics in the coefficients of the weak effective theory.

    Parameters
    ----------
    source
        What :func:`muoquark.read` takes; free parameters are at their start.
    scale
        In GeV, one at which observables ask for coefficients.
    eft
        ``WET``, ``WET-4`` or ``WET-3``; by default what there is at that scale, the one with most
        quarks.
    sectors
        WCxf's names of sectors (``sb``, ``cbtaunu``); by default all that there are at the scale.
    chain, order
        Of the running and of the matching.

    Raises
    ------
    InputError
        For a sector that there is not.
    DomainError
        For a scale at which nothing is asked for, or coefficients outside of the tables.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.low_coefficients("paper", sectors=["sb"])["C9_bsmumu"].real < 0
    True
    """
    evolution = Evolution.load(chain)
    if eft is None:
        found = [e for e, scales in low_scales(evolution).items() if np.any(np.isclose(
            scales, scale, rtol=1e-6, atol=0))]  # fmt: skip
        eft = found[0] if found else "WET"
    targets = sectors_at(evolution, eft, scale)
    known = [t.sector for t in targets]
    for name in sectors:
        if name not in known:
            raise InputError(f"no sector '{name}' at {scale:g} GeV: {suggest(name, known)}")
    chosen = [t for t in targets if not sectors or t.sector in sectors]
    outputs = [Output(t, c) for t in chosen for c in evolution.components(t)]
    given = coefficients_of(read(source), order)
    if isinstance(given, LowCoefficients):
        vector = low_vector(evolution, given.eft, given.scale, given.values)
        linear = low_map(evolution, given.eft, given.scale, outputs)
    else:
        evolution.check_scale(given.scale)
        vector = evolution.vector(given.to_basis("Warsaw").values)
        linear = evolution.at(given.scale, outputs)
    values = linear.apply(vector, np.asarray(ckm_expansion.REFERENCE))
    largest: dict[str, float] = {}
    for output, x in zip(outputs, values, strict=True):
        sector = output.target.sector
        largest[sector] = max(largest.get(sector, 0.0), abs(x))
    result: dict[str, complex] = {}
    for output, x in zip(outputs, values, strict=True):
        name, _, part = output.component.rpartition(":")
        if abs(x) > NOISE * largest[output.target.sector]:
            result[name] = result.get(name, 0j) + (x if part == "Re" else 1j * x)
    other = sorted(
        {t.eft for t in evolution.layout if t.eft != "SMEFT" and t.scale == scale} - {eft}
    )
    notes = tuple(f"there is {name} at this scale too: --eft {name}" for name in other)
    return LowCoefficients(eft, scale, result, notes=notes)
