"""Choose from the evolution tables what some outputs and inputs need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from muoquark.running.linear_map import Arrival, Below, LinearMap
from muoquark.running.second_order import coupling_shifts
from muoquark.running.shifts import Shifts

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from muoquark.running.evolution import Evolution, Output
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["Chosen", "Matching", "assemble", "below_of", "stacked"]


class Matching(NamedTuple):
    """The matching at the Z mass: the rows of all monomials, by coefficient of the WET.

    Attributes
    ----------
    rows
        (pieces, Warsaw components).
    wet, term
        Which coefficient and monomial of the CKM parameters each piece belongs to, (pieces,).
    """

    rows: csr_array
    wet: Int[np.ndarray, " pieces"]
    term: Int[np.ndarray, " pieces"]


def stacked(by_term: dict[int, csr_array]) -> Matching:
    """Return one matrix of the matrices of all monomials, without their empty rows."""
    from scipy.sparse import csr_array, vstack

    rows, wet, term = [], [], []
    for number, matrix in by_term.items():
        matrix = csr_array(matrix)
        filled = np.nonzero(np.diff(matrix.indptr))[0]
        rows.append(matrix[filled])
        wet.append(filled)
        term.append(np.full(len(filled), number))
    order = np.argsort(np.concatenate(wet), kind="stable")
    joined = csr_array(vstack(rows, format="csr"))[order]
    return Matching(joined, np.concatenate(wet)[order], np.concatenate(term)[order])


class Chosen(NamedTuple):
    """What some outputs need of the tables below the Z mass, whatever mu_M is.

    Attributes
    ----------
    below
        With columns of `match` that are all Warsaw components.
    needed
        Positions of the Warsaw components at the Z mass that differ from zero, sorted.
    """

    below: Below
    needed: np.ndarray


def below_of(evolution: Evolution, wanted: Sequence[Output]) -> Chosen | None:
    """Return what leads to the low-energy outputs among the wanted ones; None if there are none."""
    first_low = len(evolution.meta["smeft_scales"]) * len(evolution.inputs)
    position = np.array([evolution._position.get(o, -1) for o in wanted], dtype=int)
    outputs = np.nonzero(position >= first_low)[0]
    if not len(outputs):
        return None
    own = position[outputs] - first_low
    norm = evolution._arrays["norm"][own].astype(int)
    trivial = np.array([not n for n in evolution.meta["norms"]])
    partner, sign = own.copy(), np.zeros(len(own))
    for k in np.nonzero(~trivial[norm])[0]:
        name, _, part = wanted[outputs[k]].component.partition(":")
        other = wanted[outputs[k]]._replace(component=f"{name}:{'Im' if part == 'Re' else 'Re'}")
        partner[k] = evolution._position[other] - first_low
        sign[k] = -1.0 if part == "Re" else 1.0
    rows, place = np.unique(np.concatenate([own, partner]), return_inverse=True)
    matching = evolution._matching
    low = evolution._low[rows]
    # Only coefficients of the WET that lead somewhere, and that something is matched to.
    reached = np.zeros(low.shape[1], dtype=bool)
    reached[low.indices] = True
    pieces = np.nonzero(reached[matching.wet])[0]
    wet, start = np.unique(matching.wet[pieces], return_index=True)
    match = matching.rows[pieces]
    below = Below(
        arrival=-1,
        match=match,
        term=matching.term[pieces],
        start=start,
        low=low[:, wet],
        outputs=outputs,
        norm=norm,
        direct=place[: len(own)],
        partner=place[len(own) :],
        sign=sign,
    )
    return Chosen(below, np.unique(match.indices))


def assemble(
    evolution: Evolution,
    mu_M: float,
    wanted: tuple[Output, ...],
    columns: Int[np.ndarray, " inputs"] | None,
    inputs: tuple[str, ...],
) -> LinearMap:
    """Return the map to the wanted outputs; `columns`: positions of the inputs, None for all."""
    from muoquark.running.highscale import between  # which is made of these tables

    n_in = len(evolution.inputs)
    scales = evolution.meta["smeft_scales"]
    position = np.array([evolution._position.get(o, -1) for o in wanted], dtype=int)
    chosen = evolution._below(wanted)
    arrivals: list[Arrival] = []
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    below = None
    couplings: Float[np.ndarray, "couplings inputs"] = np.zeros((0, len(inputs)))

    def add(run: csr_array, rows: np.ndarray, shift: np.ndarray, out: np.ndarray, at: Any) -> None:
        arrivals.append(Arrival(run, _flips_among(evolution, rows), shift))
        taken.append((out, np.searchsorted(rows, at)))

    for i in range(len(scales)):
        out = np.nonzero((position >= i * n_in) & (position < (i + 1) * n_in))[0]
        at = position[out] - i * n_in
        is_mz = i == evolution._mz
        needed = chosen.needed if is_mz and chosen is not None else np.zeros(0, int)
        if not len(out) and not len(needed):
            continue
        if is_mz:
            couplings, extra = _coupling_rows(evolution)
            needed = np.union1d(needed, extra)
        rows = _with_partners(evolution, np.union1d(at, needed))
        run = evolution._interpolate(f"run{i}", mu_M, rows, columns)
        if is_mz:
            couplings = couplings[:, rows] @ run
            if chosen is not None:
                below = _on_rows(chosen, rows, len(arrivals))
        shift = evolution._mass(i, mu_M, columns)
        add(run, rows, shift, out, at)
    elsewhere = np.nonzero(position < 0)[0]
    index = {name: k for k, name in enumerate(evolution.inputs)}
    for scale in sorted({wanted[k].target.scale for k in elsewhere}):
        out = np.array([k for k in elsewhere if wanted[k].target.scale == scale], dtype=int)
        at = np.array([index[wanted[k].component] for k in out], dtype=int)
        rows = _with_partners(evolution, at)
        run, shift = between(mu_M, scale or mu_M, rows)
        run = run[rows]
        if columns is not None:
            run, shift = run[:, columns], shift[:, columns]
        add(run, rows, shift, out, at)
    masses = np.concatenate(
        [np.zeros((0, len(inputs)), complex), *(a.mass_shift for a in arrivals)]
    )
    norms = tuple(
        tuple((int(i), int(j), bool(c)) for i, j, c in n) for n in evolution.meta["norms"]
    )
    return LinearMap(
        outputs=wanted,
        inputs=inputs,
        arrivals=tuple(arrivals),
        taken=tuple(taken),
        below=below,
        norms=norms,
        shifts=Shifts(masses, np.asarray(couplings)),
    )


def _coupling_rows(evolution: Evolution) -> tuple[np.ndarray, np.ndarray]:
    """Return the shifts of couplings from coefficients at the Z mass, and which these are."""
    found = coupling_shifts(evolution.inputs)
    return found, np.nonzero(found.any(axis=0))[0]


def _with_partners(evolution: Evolution, rows: np.ndarray) -> np.ndarray:
    """Return sorted rows, and the other part of each that the phase of a lepton turns."""
    flips = evolution.flips
    pairs = np.stack([flips[:, 0::2], flips[:, 1::2]], axis=-1).reshape(-1, 2)
    touched = np.isin(pairs, rows).any(axis=1)
    return np.union1d(rows, pairs[touched].ravel())


def _flips_among(
    evolution: Evolution, rows: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return for each lepton the positions of what it turns among sorted rows: Re, Im."""
    found = []
    for flip in evolution.flips:
        re, im = flip[0::2], flip[1::2]
        kept = np.isin(re, rows)
        found.append((np.searchsorted(rows, re[kept]), np.searchsorted(rows, im[kept])))
    return tuple(found)


def _on_rows(chosen: Chosen, rows: np.ndarray, arrival: int) -> Below:
    """Return what follows an arrival that holds these Warsaw components alone."""
    from scipy.sparse import csr_array

    match = chosen.below.match
    columns = np.searchsorted(rows, match.indices)
    shape = (match.shape[0], len(rows))
    renamed = csr_array((match.data, columns, match.indptr), shape=shape)
    return replace(chosen.below, arrival=arrival, match=renamed)
