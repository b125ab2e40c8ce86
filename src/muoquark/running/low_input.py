"""Coefficients of the weak effective theory as the input: what there is, and where it leads.

New physics may be given at a low scale instead of at mu_M: C9 and C10 at 4.8 GeV.  What observables
ask for at that scale is then what is given.  What they ask for at another scale follows by the
running within the sector, which the tables hold as maps from the Z mass to each of the scales:
down to the other scale, times the inverse of down to the scale of the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from muoquark.common.errors import DomainError, suggest
from muoquark.running.evolution import Evolution, LowSector, Output
from muoquark.running.linear_map import Arrival, LinearMap
from muoquark.running.shifts import Shifts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["low_components", "low_map", "low_problem", "low_scales", "low_vector"]

# Scales are equal within rounding in a file.
SAME = 1e-6
# Of the running within a sector: what is below is rounding.
NOISE = 1e-12


def low_scales(evolution: Evolution) -> dict[str, tuple[float, ...]]:
    """Return the scales in GeV at which observables ask for coefficients, by EFT."""
    found: dict[str, set[float]] = {}
    for target in evolution.layout:
        if target.eft != "SMEFT":
            found.setdefault(target.eft, set()).add(target.scale)
    return {eft: tuple(sorted(scales)) for eft, scales in found.items()}


def sectors_at(evolution: Evolution, eft: str, scale: float) -> tuple[LowSector, ...]:
    """Return the sectors of an EFT at a scale in GeV.

    Raises
    ------
    DomainError
        If there are none.
    """
    own = tuple(
        t for t in evolution.layout if t.eft == eft and abs(t.scale - scale) <= SAME * t.scale
    )
    if not own:
        known = low_scales(evolution)
        listed = "; ".join(
            f"{name} at {', '.join(f'{x:g}' for x in scales)} GeV" for name, scales in known.items()
        )
        raise DomainError(f"nothing is asked for in {eft} at {scale:g} GeV; there are {listed}")
    return own


def low_components(evolution: Evolution, eft: str, scale: float) -> tuple[Output, ...]:
    """Return the real components that may be given in an EFT at a scale (GeV)."""
    return tuple(
        Output(t, c) for t in sectors_at(evolution, eft, scale) for c in evolution.components(t)
    )


def low_problem(eft: str, scale: float, name: str) -> str | None:
    """Say what is wrong with the name of a coefficient at a scale (GeV), if anything."""
    evolution = Evolution.load()
    try:
        names = _names(evolution, eft, scale)
    except DomainError as error:
        return str(error)
    if name in names:
        return None
    elsewhere = sorted(
        {
            (t.eft, t.scale)
            for t in evolution.layout
            if t.eft != "SMEFT" and f"{name}:Re" in evolution.components(t)
        }
    )
    if elsewhere:
        where = " or ".join(f"{e} at {x:g} GeV" for e, x in elsewhere)
        return f"is asked for in {where}, not in {eft} at {scale:g} GeV"
    return f"is no coefficient that observables ask for at {scale:g} GeV: {suggest(name, names)}"


def _names(evolution: Evolution, eft: str, scale: float) -> list[str]:
    found = low_components(evolution, eft, scale)
    return list(dict.fromkeys(o.component.rpartition(":")[0] for o in found))


def low_vector(
    evolution: Evolution, eft: str, scale: float, values: Mapping[str, complex]
) -> np.ndarray:
    """Return coefficients in the order of :func:`low_components`.

    Raises
    ------
    DomainError
        For an EFT, a scale or a name of which nothing is asked, or an imaginary part of what has
        none.
    """
    components = low_components(evolution, eft, scale)
    place = {o.component: k for k, o in enumerate(components)}
    out = np.zeros(len(components))
    for name, value in values.items():
        number = complex(value)
        for part, x in (("Re", number.real), ("Im", number.imag)):
            position = place.get(f"{name}:{part}")
            if position is not None:
                out[position] = x
            elif x != 0.0 or part == "Re":
                problem = low_problem(eft, scale, name) or "has no imaginary part"
                raise DomainError(f"{name} {problem}")
    return out


def low_map(
    evolution: Evolution,
    eft: str,
    scale: float,
    outputs: Iterable[Output],
    inputs: Sequence[str] | None = None,
) -> LinearMap:
    """Return the map from coefficients at a low scale to those that observables ask for.

    The SMEFT's coefficients, and those of sectors that are not given, stay those of the SM.

    Parameters
    ----------
    outputs
        The components that are wanted.
    inputs
        The components that the vectors will hold, as ``C9_bsmumu:Re``; default: all of
        :func:`low_components`.

    Raises
    ------
    DomainError
        If there is no such EFT, scale or input.
    """
    from scipy.sparse import csr_array

    wanted = tuple(outputs)
    components = low_components(evolution, eft, scale)
    place = {o.component: k for k, o in enumerate(components)}
    chosen = tuple(place) if inputs is None else tuple(inputs)
    missing = [name for name in chosen if name not in place]
    if missing:
        raise DomainError(f"nothing is asked for at {scale:g} GeV of {', '.join(missing)}")
    given = {t.sector: t for t in sectors_at(evolution, eft, scale)}
    matrix = np.zeros((len(wanted), len(components)))
    start = {t: place[evolution.components(t)[0]] for t in given.values()}
    for k, output in enumerate(wanted):
        target = output.target
        source = given.get(target.sector) if target.eft != "SMEFT" else None
        if source is None:
            continue
        row = evolution.components(target).index(output.component)
        own = _within(evolution, source, target)[row]
        matrix[k, start[source] : start[source] + len(own)] = own
    columns = [place[name] for name in chosen]
    every = np.arange(len(wanted))
    nothing = np.zeros(0, dtype=int)
    arrival = Arrival(
        csr_array(matrix[:, columns]),
        ((nothing, nothing),) * 3,
        np.zeros((3, len(chosen)), complex),
    )
    return LinearMap(
        outputs=wanted,
        inputs=chosen,
        arrivals=(arrival,),
        taken=((every, every),),
        below=None,
        norms=(),
        shifts=Shifts(np.zeros((0, len(chosen)), complex), np.zeros((0, len(chosen)))),
    )


@lru_cache(maxsize=64)
def _within(evolution: Evolution, source: LowSector, target: LowSector) -> np.ndarray:
    """Return the running within a sector, (components of the target, of the source).

    A sector may hold a few operators that the basis does not list, tensors of two charged leptons:
    they are zero.  QED makes a little of them from scalar operators on the way from the Z mass,
    which is left out (accuracy: tests/test_low_input.py).
    """
    if source == target:
        return np.eye(len(evolution.components(source)))
    top, bottom = evolution.low_rows(source), evolution.low_rows(target)
    columns = np.nonzero(top.any(axis=0) | bottom.any(axis=0))[0]
    top, bottom = top[:, columns], bottom[:, columns]
    # What is not listed makes up the null space of the way down.
    rows, size = top.shape
    hidden = np.linalg.svd(top)[2][rows:]
    listed = np.sort(np.argsort((hidden**2).sum(axis=0), kind="stable")[: min(rows, size)])
    found = np.linalg.lstsq(top[:, listed].T, bottom[:, listed].T, rcond=None)[0].T
    return np.where(np.abs(found) > NOISE * np.abs(found).max(), found, 0.0)
