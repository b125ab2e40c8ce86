"""The map of one card, multiplied out for JAX: what the card cannot reach is left out.

An output is a sum of terms f(CKM, lepton phase) R . m: linear forms in the inputs m, which are
coefficients at mu_M or the monomials that they are made of, times a function of the CKM parameters
and of the phase of a lepton mass.  Rows R that several terms share stand once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num

from muoquark.common.gather import Gather, SparseSum, once, points_first, points_last
from muoquark.running import ckm_expansion
from muoquark.running.blocks import DenseBlocks
from muoquark.running.linear_map import Arrival, LinearMap, Norm, norm_ratios
from muoquark.running.shifts import Shifts, phase_of_mass

__all__ = ["Function", "TermMap"]


class Function(NamedTuple):
    """A factor of a term: CKM monomial x part of a CKM normalisation x part of a lepton phase.

    Attributes
    ----------
    term
        Number of the monomial in :data:`muoquark.running.ckm_expansion.MONOMIALS`.
    norm
        Number of the normalisation, or -1.
    part
        Of the normalisation: "one", "re" or "im".
    phase
        "one", "cos" (cos phi - 1) or "sin".
    lepton
        Which phase: its row in ``Shifts.masses``, or -1.
    """

    term: int
    norm: int
    part: str
    phase: str = "one"
    lepton: int = -1


@dataclass(frozen=True, eq=False)
class TermMap:
    """low_o = sum over terms of f(CKM, lepton phase) R_row . m; make it with :meth:`of`.

    Attributes
    ----------
    rows
        The linear forms R.
    functions, norms
        What the terms are multiplied with, and the normalisations that occur there.
    row, function
        Pick the linear form and the function of every term.
    terms
        Adds the terms of each output, with their signs.
    shifts
        As functions of the inputs.
    """

    rows: DenseBlocks
    functions: tuple[Function, ...]
    norms: tuple[Norm, ...]
    row: Gather
    function: Gather
    terms: SparseSum
    shifts: Shifts

    @classmethod
    def of(
        cls,
        linear: LinearMap,
        reach: Float[np.ndarray, " inputs"],
        sensitivity: Float[np.ndarray, " outputs"],
        cut: float,
        made: tuple[np.ndarray, np.ndarray] | None = None,
        reverse: bool = False,
    ) -> TermMap:
        """Multiply the steps of a map out.

        Parameters
        ----------
        linear
            The map.
        reach
            The largest that each coefficient becomes.
        made
            Weights (coefficients, monomials) and the largest that each monomial becomes: the new
            map takes monomials m, with coefficients ``weights @ m``.  Otherwise it takes the
            coefficients.
        sensitivity
            By how many standard deviations a unit of an output moves an observable.
        cut
            What moves no observable by so much is left out: terms, and of each row the smallest
            entries as long as their sum stays below.
        reverse
            See :class:`muoquark.common.gather.Gather`.
        """
        # Few monomials enter at the beginning, many at the end, when most rows have gone.
        early = made is not None and made[0].shape[1] <= made[0].shape[0]
        collected = _Terms(made[1] if made is not None and early else reach, sensitivity, cut)
        for one, outputs, some in _products(linear, made[0] if made and early else None):
            collected.add(one, outputs, some)
        rows, own = collected.rows(None if early else made)
        shifts = linear.shifts if made is None else linear.shifts.composed(made[0])
        functions = tuple(sorted(set(collected.functions)))
        number = {f: k for k, f in enumerate(functions)}
        function = np.array([number[f] for f in collected.functions], dtype=int)
        out = np.array(collected.outputs, dtype=int)
        shape = (len(out), len(linear.outputs))
        return cls(
            rows=DenseBlocks.of(rows, reverse),
            functions=functions,
            norms=linear.norms,
            row=Gather(own, len(rows), reverse),
            function=Gather(function, len(functions), reverse),
            terms=SparseSum(
                np.arange(len(out)), out, np.array(collected.signs, dtype=float), shape, reverse
            ),
            shifts=shifts,
        )

    @cached_property
    def _tables(self) -> tuple[list[int], list[int], Int[np.ndarray, "3 functions"]]:
        """Normalisations and leptons in use, and the three factors of every function."""
        norms = sorted({f.norm for f in self.functions if f.part != "one"})
        leptons = sorted({f.lepton for f in self.functions if f.phase != "one"})
        index = []
        # Parts: the one, the real parts of all in use, the imaginary ones.  Phases: the one, then a
        # pair (cos, sin) for each in use.
        for f in self.functions:
            part = 0
            if f.part != "one":
                part = 1 + norms.index(f.norm) + len(norms) * (f.part == "im")
            phase = 0
            if f.phase != "one":
                phase = 1 + 2 * leptons.index(f.lepton) + (f.phase == "sin")
            index.append((f.term, part, phase))
        return norms, leptons, np.array(index, dtype=int).reshape(-1, 3).T

    def prepared(self, m: Num[Any, "*batch inputs"], xp: Any = np) -> tuple[Any, Any]:
        """Return what does not depend on the CKM parameters: linear forms and lepton phases.

        As rows, see :mod:`muoquark.common.gather`.
        """
        phases = [xp.ones_like(m[..., 0])]
        for lepton in self._tables[1]:
            phases += phase_of_mass(self.shifts.masses[lepton], m, xp)
        return self.rows.of_rows(points_last(m, xp), xp), xp.stack(phases)

    def finished(
        self, prepared: tuple[Any, Any], ckm: Float[Any, "*#batch 4"], xp: Any = np
    ) -> Float[Any, "... outputs"]:
        """Return the outputs for CKM parameters V_us, V_ub, V_cb and gamma."""
        y, phases = prepared
        batch = np.broadcast_shapes(y.shape[1:], ckm.shape[:-1])
        if not self.functions:
            return xp.zeros((*batch, self.terms.shape[1]))
        ckm = xp.broadcast_to(ckm, (*batch, 4))
        monomials = points_last(ckm_expansion.monomials(ckm_expansion.shifts(ckm, xp), xp), xp)
        monomials, phases = once((monomials, phases), xp)
        norms, _, (term, part, phase) = self._tables
        ratios = points_last(norm_ratios([self.norms[k] for k in norms], ckm, xp), xp)
        parts = xp.concatenate([xp.ones_like(monomials[:1]), ratios.real, ratios.imag], axis=0)
        parts = once(parts, xp)
        g = monomials[term] * parts[part] * phases[phase]  # (functions, ...)
        return points_first(self.terms(self.row(y, xp) * self.function(g, xp), xp), xp)

    def apply(
        self, m: Num[Any, "*batch inputs"], ckm: Float[Any, "*batch 4"], xp: Any = np
    ) -> Float[Any, "*batch outputs"]:
        """Return the outputs, as ``LinearMap.apply``, of numpy or of JAX."""
        return self.finished(self.prepared(m, xp), ckm, xp)


class _Terms:
    """Collects the terms that matter; equal rows, up to their sign, are kept once."""

    def __init__(self, reach: np.ndarray, sensitivity: np.ndarray, cut: float) -> None:
        self._reach, self._sensitivity, self._cut = reach, sensitivity, cut
        self._index: dict[bytes, int] = {}
        self._kept: list[np.ndarray] = []
        self._felt: list[float] = []
        self._own: list[int] = []
        self.functions: list[Function] = []
        self.outputs: list[int] = []
        self.signs: list[float] = []

    def add(self, function: Function, outputs: np.ndarray, rows: np.ndarray) -> None:
        """Add dense rows (n, inputs), one for each of n outputs."""
        # The most that each can be, in standard deviations.
        felt = (np.abs(rows) @ self._reach) * self._sensitivity[outputs]
        for k in np.nonzero(felt > self._cut)[0]:
            # The largest entry is made positive, so that rows of opposite sign are one.
            row = rows[k]
            sign = 1.0 if row[np.argmax(np.abs(row))] > 0 else -1.0
            row = row * sign + 0.0  # no negative zeros
            key = row.tobytes()
            if key not in self._index:
                self._index[key] = len(self._kept)
                self._kept.append(row)
                self._felt.append(0.0)
            own = self._index[key]
            self._felt[own] = max(self._felt[own], float(self._sensitivity[outputs[k]]))
            self._own.append(own)
            self.functions.append(function)
            self.outputs.append(int(outputs[k]))
            self.signs.append(sign)

    def rows(self, made: tuple[np.ndarray, np.ndarray] | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows without entries that do not matter, and the row of each term.

        With `made` (see :meth:`TermMap.of`) as rows of monomials.
        """
        rows, reach = np.array(self._kept).reshape(-1, len(self._reach)), self._reach
        if made is not None:
            rows, reach = rows @ made[0], made[1]
        size = np.abs(rows) * reach * np.array(self._felt)[:, None]
        order = np.argsort(size, axis=1)
        below = np.cumsum(np.take_along_axis(size, order, axis=1), axis=1) <= self._cut
        drop = np.zeros(rows.shape, dtype=bool)
        np.put_along_axis(drop, order, below, axis=1)
        return np.where(drop, 0.0, rows), np.array(self._own, dtype=int)


def _products(
    linear: LinearMap, weights: np.ndarray | None
) -> Iterator[tuple[Function, np.ndarray, np.ndarray]]:
    """Yield function, outputs (n,) and rows (n, inputs) of all products of the steps of a map."""
    below = linear.below
    for k, (arrival, (out, row)) in enumerate(zip(linear.arrivals, linear.taken, strict=True)):
        here = below if below is not None and below.arrival == k else None
        for phase, lepton, at, arrived in _turned(arrival, weights):
            row_of = -1 if lepton < 0 else 3 * k + lepton
            place = np.full(arrival.run.shape[0], -1)
            place[at] = np.arange(len(at))
            felt = place[row] >= 0
            yield Function(0, -1, "one", phase, row_of), out[felt], arrived[place[row[felt]]]
            if here is None:
                continue
            match = here.match[:, at]
            wet = np.repeat(
                np.arange(len(here.start)), np.diff(np.append(here.start, len(here.term)))
            )
            for term in np.unique(here.term):
                pieces = np.nonzero(here.term == term)[0]
                low = here.low[:, wet[pieces]] @ (match[pieces] @ arrived)
                for norm in np.unique(here.norm):
                    own = here.norm == norm
                    outputs, direct = here.outputs[own], low[here.direct[own]]
                    if not linear.norms[norm]:
                        yield Function(int(term), -1, "one", phase, row_of), outputs, direct
                        continue
                    other = low[here.partner[own]] * here.sign[own][:, None]
                    yield Function(int(term), int(norm), "re", phase, row_of), outputs, direct
                    yield Function(int(term), int(norm), "im", phase, row_of), outputs, other


def _turned(
    arrival: Arrival, weights: np.ndarray | None
) -> Iterator[tuple[str, int, np.ndarray, Float[np.ndarray, "some inputs"]]]:
    """Yield what arrives: without phases, then what is multiplied by each cos - 1 and sin.

    As phase, lepton, and the rows that are not zero: their positions and themselves.
    """
    run = arrival.run
    whole = np.asarray(run.toarray() if weights is None else run @ weights)
    yield "one", -1, np.arange(len(whole)), whole
    for lepton, (re, im) in enumerate(arrival.flips):
        if len(re) and np.any(arrival.mass_shift[lepton]):
            at = np.concatenate([re, im])
            yield "cos", lepton, at, whole[at]
            yield "sin", lepton, at, np.concatenate([whole[im], -whole[re]])
