"""The SMEFT between two scales above the weak one: to where a lighter leptoquark is matched.

The tables of :mod:`muoquark.running.evolution` lead from every scale mu to the Z mass,
C(M_Z) = R(mu) C(mu), in the flavour bases aligned at both ends.  Hence
C(low) = R(low)^-1 R(high) C(high), with the integrated running (chain ``full``) whatever chain
follows below.  R is a square matrix of condition number three.

Leptons are aligned again where the coefficients arrive: complex chirality-flipping coefficients
give the lepton masses a phase on the way (docs/evolution.md), by which the phase down to the Z mass
from above exceeds that from below.  Two steps to the weak scale are then one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int

from muoquark.common.arrays import Components
from muoquark.running.evolution import Evolution

__all__ = ["Running", "between", "run_together"]

# Coefficients below this of the largest one are rounding errors.
NOISE = 1e-15
# Each shrinks the error of a phase by the relative shift of the mass.
ITERATIONS = 8


@lru_cache(maxsize=1)
def _tables() -> Evolution:
    return Evolution.load("full")


@lru_cache(maxsize=8)
def _map(scale: float) -> Any:
    """Return the map from a scale to the Z mass, sparse."""
    return _tables().running(scale)


@lru_cache(maxsize=4)
def _solver(scale: float) -> Any:
    """Return the factorised map from a scale to the Z mass."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    return splu(csc_array(_map(scale)))


@lru_cache(maxsize=8)
def _mass_shift(scale: float) -> Complex[np.ndarray, "3 components"]:
    return _tables().mass_shift(scale)


class Leptons:
    """The alignment of the charged leptons at a scale `end` (GeV), on vectors of all components."""

    def __init__(self, end: float) -> None:
        self._below = _mass_shift(end)
        flips = _tables().flips
        self._re, self._im = flips[:, 0::2], flips[:, 1::2]

    def phases(
        self, shift: Complex[Any, " 3"], total: Components, xp: Any = np
    ) -> Float[Any, " 3"]:
        """Return the phases (3,) of the lepton masses on the way to `end`.

        Of delta m/m at the Z mass from above, and of the coefficients at `end` before alignment.
        """
        above, phases = xp.angle(1.0 + shift), xp.zeros(3)
        # The phase from below is that of coefficients that are aligned already.
        for _ in range(ITERATIONS):
            aligned = self.aligned(total, phases, xp)
            phases = above - xp.angle(1.0 + xp.asarray(self._below) @ aligned)
        return phases

    def aligned(self, total: Components, phases: Float[Any, " 3"], xp: Any = np) -> Components:
        """Return the coefficients for leptons whose masses are real at `end`."""
        for lepton in range(3):
            cos, sin = xp.cos(phases[lepton]), xp.sin(phases[lepton])
            re, im = total[self._re[lepton]], total[self._im[lepton]]
            turned_re, turned_im = re * cos + im * sin, im * cos - re * sin
            if xp is np:
                total = total.copy()
                total[self._re[lepton]], total[self._im[lepton]] = turned_re, turned_im
            else:
                total = total.at[self._re[lepton]].set(turned_re)
                total = total.at[self._im[lepton]].set(turned_im)
        return total


class Running:
    """Maps from several scales to one, as matrices on real Warsaw components.

    Parameters
    ----------
    start
        Scales in GeV.
    end
        The scale in GeV that all run to.
    components
        For each scale the real components of its vectors, named as in `Evolution.inputs`.

    Attributes
    ----------
    outputs
        The real components at `end`: all of the tables.
    matrices
        One (outputs, components) for each scale, before the alignment of the leptons.
    leptons
        That alignment.

    Raises
    ------
    DomainError
        For a scale outside of the tables, M_Z to 1000 TeV.
    """

    def __init__(
        self, start: Sequence[float], end: float, components: Sequence[Sequence[str]]
    ) -> None:
        tables = _tables()
        self.outputs = tables.inputs
        self.leptons = Leptons(end)
        position = {name: k for k, name in enumerate(tables.inputs)}
        self.matrices: list[Float[np.ndarray, "outputs components"]] = []
        self._shifts: list[Complex[np.ndarray, "3 components"]] = []
        for scale, names in zip(start, components, strict=True):
            columns = np.array([position[name] for name in names], dtype=int)
            if scale == end:
                matrix = np.zeros((len(self.outputs), len(columns)))
                matrix[columns, np.arange(len(columns))] = 1.0
            else:
                matrix = _solver(end).solve(_map(scale)[:, columns].toarray())
            self.matrices.append(matrix)
            self._shifts.append(_mass_shift(scale)[:, columns])

    def sum(self, vectors: Sequence[Float[Any, " _"]], xp: Any = np) -> Float[Any, " outputs"]:
        """Return the sum of all vectors, run to `end`, before the alignment of the leptons."""
        return sum(xp.asarray(m) @ v for m, v in zip(self.matrices, vectors, strict=True))

    def phases(
        self, vectors: Sequence[Float[Any, " _"]], total: Float[Any, " outputs"], xp: Any = np
    ) -> Float[Any, " 3"]:
        """Return the phases of the three lepton masses between the scales and `end`."""
        shift = sum(xp.asarray(m) @ v for m, v in zip(self._shifts, vectors, strict=True))
        return self.leptons.phases(shift, total, xp)

    def apply(self, vectors: Sequence[Float[Any, " _"]], xp: Any = np) -> Float[Any, " outputs"]:
        """Return the coefficients at `end`, of vectors in GeV^-2 at the scales."""
        total = self.sum(vectors, xp)
        return self.leptons.aligned(total, self.phases(vectors, total, xp), xp)


def between(
    high: float, low: float, rows: Int[np.ndarray, " rows"]
) -> tuple[Any, Complex[np.ndarray, "3 components"]]:
    """Return some rows of the map between two scales, and the phases on the way.

    Parameters
    ----------
    high, low
        Scales in GeV, of the vectors and of the result; in either order.
    rows
        Positions of the components that are wanted.

    Returns
    -------
    sparse array, shape (components, components)
        Zero but for the wanted rows and for what the alignment of the leptons mixes with them;
        before that alignment.
    array, shape (3, components)
        delta m/m of the charged leptons between the scales, of which the phase is that of the
        alignment, to second order in delta m/m.

    Raises
    ------
    DomainError
        For a scale outside of the tables.
    """
    from scipy.sparse import csr_array, eye_array

    tables = _tables()
    size = len(tables.inputs)
    if high == low:
        tables.check_scale(low)
        return eye_array(size, format="csr"), np.zeros((3, size), complex)
    flips = tables.flips
    pairs = np.stack([flips[:, 0::2], flips[:, 1::2]], axis=-1).reshape(-1, 2)
    needed = np.unique(np.concatenate([rows, pairs[np.isin(pairs, rows).any(axis=1)].ravel()]))
    # Row r of R(low)^-1 R(high) is z^T R(high) with R(low)^T z = e_r.
    wanted = np.zeros((size, len(needed)))
    wanted[needed, np.arange(len(needed))] = 1.0
    below = _mass_shift(low)
    solver = _solver(low)
    found = solver.solve(wanted, trans="T").T @ _map(high)
    back = solver.solve(np.concatenate([below.real, below.imag]).T.copy(), trans="T").T @ _map(high)
    shift = _mass_shift(high) - (back[:3] + 1j * back[3:])
    found[np.abs(found) < NOISE * np.abs(found).max(axis=1, keepdims=True)] = 0.0
    inner = csr_array(found)
    place = csr_array(
        (np.ones(len(needed)), (needed, np.arange(len(needed)))), shape=(size, len(needed))
    )
    return csr_array(place @ inner), shift


def run_together(
    sets: Sequence[tuple[float, Mapping[str, complex]]], end: float
) -> dict[str, complex]:
    """Return the sum of coefficients that are given at several scales, at the scale `end` (GeV).

    Names and values as in a WCxf file of the basis ``Warsaw``.

    Raises
    ------
    DomainError
        For a scale or a coefficient outside of the tables.
    """
    tables, leptons = _tables(), Leptons(end)
    total, at_mz = np.zeros(len(tables.inputs)), np.zeros(len(tables.inputs))
    shift = np.zeros(3, complex)
    for scale, values in sets:
        vector = tables.vector(values)
        shift += _mass_shift(scale) @ vector
        if scale == end:
            total += vector
        else:
            at_mz += _map(scale) @ vector
    if np.any(at_mz):
        total += _solver(end).solve(at_mz)
    total = leptons.aligned(total, leptons.phases(shift, total))
    total[np.abs(total) < NOISE * np.abs(total).max(initial=0.0)] = 0.0
    out: dict[str, complex] = {}
    for component, number in zip(tables.inputs, total, strict=True):
        if number != 0.0:
            name, _, part = component.partition(":")
            out[name] = out.get(name, 0j) + (float(number) if part == "Re" else 1j * float(number))
    return out
