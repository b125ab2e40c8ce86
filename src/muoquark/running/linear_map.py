"""From coefficients at mu_M to those that observables ask for, step by step, for numpy.

The steps are kept apart, each a sparse matrix that is read from the tables: running to the weak
scale; rephasing of the leptons; matching, one matrix for each monomial of the CKM parameters; the
running below and the normalisation.  So a map is made in milliseconds, whatever it leads to.  For
many points of one card :class:`muoquark.running.term_map.TermMap` multiplies the steps out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int, Num

from muoquark.common.gather import once, points_first, points_last, upright
from muoquark.running import ckm_expansion
from muoquark.running.shifts import Shifts, phase_of_mass
from muoquark.sm.ckm import ckm_elements

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["Arrival", "Below", "LinearMap", "Norm", "norm_ratios"]

#: Coefficients in units of a product of CKM elements: the factors of the product, row, column and
#: whether it is conjugated.
Norm = tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True, eq=False)
class Arrival:
    """Where coefficients of the Warsaw basis arrive, at or above the weak scale.

    Attributes
    ----------
    run
        From the inputs to some components there, (rows, inputs).
    flips
        Positions among the rows of the real and of the imaginary parts of what flips the chirality
        of each lepton: three pairs of arrays of equal length.
    mass_shift
        delta m/m of the three leptons, (3, inputs).
    """

    run: csr_array
    flips: tuple[tuple[np.ndarray, np.ndarray], ...]
    mass_shift: Complex[np.ndarray, "3 inputs"]

    def coefficients(
        self, c: Float[np.ndarray, "points inputs"]
    ) -> Float[np.ndarray, "rows points"]:
        """Return the coefficients for leptons of real masses, (rows, points)."""
        w = self.run @ c.T
        for (re, im), shift in zip(self.flips, self.mass_shift, strict=True):
            if len(re):
                cosine, sine = phase_of_mass(shift, c)
                x, y = w[re], w[im]
                w[re] = x + (x * cosine + y * sine)
                w[im] = y + (y * cosine - x * sine)
        return np.asarray(w)


@dataclass(frozen=True, eq=False)
class Below:
    """From the Warsaw basis at the Z mass to coefficients below it.

    Attributes
    ----------
    arrival
        Number of the arrival that it begins at.
    match
        Rows of the matching for each monomial of the CKM parameters; those of one coefficient of
        the WET stand together, (pieces, rows of the arrival).
    term
        The monomial of each piece, (pieces,).
    start
        Where the pieces of each coefficient begin, (wet,).
    low
        Running below the Z mass and translation, (low, wet).
    outputs
        The positions of its outputs in the map, (n,).
    norm, direct, partner, sign
        Of each output: the number of its normalisation, its row of `low`, the row of the other part
        (Re or Im) and the sign with which that enters, (n,).
    """

    arrival: int
    match: csr_array
    term: Int[np.ndarray, " pieces"]
    start: Int[np.ndarray, " wet"]
    low: csr_array
    outputs: Int[np.ndarray, " n"]
    norm: Int[np.ndarray, " n"]
    direct: Int[np.ndarray, " n"]
    partner: Int[np.ndarray, " n"]
    sign: Float[np.ndarray, " n"]


# The CKM matrix of the tables.
_V0 = ckm_elements(np.asarray(ckm_expansion.REFERENCE))


class Prepared(NamedTuple):
    """What of a map does not depend on the CKM parameters.

    Attributes
    ----------
    fixed
        The outputs that are no low-energy ones, zero elsewhere, (..., outputs).
    pieces
        The products of the matching, (..., pieces).
    """

    fixed: np.ndarray
    pieces: np.ndarray


def norm_ratios(
    norms: Sequence[Norm], ckm: Float[Any, "*batch 4"], xp: Any = np
) -> Complex[Any, "*batch norms"]:
    """Return n(V)/n(reference): n is one over the product of CKM elements of a normalisation."""
    # V0/V, elements, their conjugates, and 1 where a product has fewer factors than another.
    a, b = (points_last(x, xp) for x in ckm_elements(ckm, xp=xp))
    c, d = (upright(x, a) for x in _V0)
    size = a**2 + b**2
    re, im = (a * c + b * d) / size, (a * d - b * c) / size
    re, im = once((re, im), xp)
    one = xp.ones_like(re[:1])
    x, y = xp.concatenate([re, re, one], axis=0), xp.concatenate([im, -im, 0 * one], axis=0)
    x, y = once((x, y), xp)
    width = max([1, *map(len, norms)])
    factors = np.full((width, len(norms)), 18)
    for k, norm in enumerate(norms):
        for row, (i, j, conjugated) in enumerate(norm):
            factors[row, k] = 3 * i + j + 9 * conjugated
    real, imaginary = x[factors[0]], y[factors[0]]
    for row in factors[1:]:
        u, v = x[row], y[row]
        real, imaginary = real * u - imaginary * v, real * v + imaginary * u
    return points_first(real + 1j * imaginary, xp)


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A map that is linear in the coefficients but for lepton phases; made by ``Evolution.at``.

    Attributes
    ----------
    outputs
        What the components of the result are.
    inputs
        Real components of the Warsaw basis that the input vectors hold.
    arrivals
        Where the running ends.
    taken
        For each arrival positions among the outputs and rows that are taken there as they are.
    below
        What follows below the Z mass, or None.
    norms
        The normalisations that `below` numbers.
    shifts
        See :class:`Shifts`.
    """

    outputs: tuple[Any, ...]
    inputs: tuple[str, ...]
    arrivals: tuple[Arrival, ...] = field(repr=False)
    taken: tuple[tuple[np.ndarray, np.ndarray], ...] = field(repr=False)
    below: Below | None = field(repr=False)
    norms: tuple[Norm, ...] = field(repr=False)
    shifts: Shifts = field(repr=False)

    def prepared(self, c: Num[Any, "*batch inputs"]) -> Prepared:
        """Return what of the outputs does not depend on the CKM parameters."""
        c = np.asarray(c)
        points = c.reshape(-1, c.shape[-1])
        fixed = np.zeros((len(points), len(self.outputs)))
        pieces = np.zeros((len(points), 0))
        for k, (arrival, (out, row)) in enumerate(zip(self.arrivals, self.taken, strict=True)):
            w = arrival.coefficients(points)
            fixed[:, out] = w[row].T
            if self.below is not None and self.below.arrival == k:
                pieces = np.asarray((self.below.match @ w).T)
        return Prepared(fixed.reshape(*c.shape[:-1], -1), pieces.reshape(*c.shape[:-1], -1))

    def finished(
        self, prepared: Prepared, ckm: Float[Any, "*#batch 4"]
    ) -> Float[np.ndarray, "... outputs"]:
        """Return the outputs for CKM parameters V_us, V_ub, V_cb and gamma."""
        ckm = np.asarray(ckm)
        batch = np.broadcast_shapes(prepared.fixed.shape[:-1], ckm.shape[:-1])
        out = np.broadcast_to(prepared.fixed, (*batch, len(self.outputs))).copy()
        below = self.below
        if below is None or not len(below.term):
            return out
        weight = ckm_expansion.monomials(ckm_expansion.shifts(ckm))[..., below.term]
        pieces = np.broadcast_to(prepared.pieces * weight, (*batch, len(below.term)))
        wet = np.add.reduceat(pieces, below.start, axis=-1).reshape(-1, len(below.start))
        low = (below.low @ wet.T).T.reshape(*batch, -1)
        # Re(n z) = Re n Re z - Im n Im z and Im(n z) = Re n Im z + Im n Re z
        values = low[..., below.direct]
        ratio = norm_ratios(self.norms, ckm)[..., below.norm]
        other = below.sign * low[..., below.partner]
        out[..., below.outputs] = ratio.real * values + ratio.imag * other
        return out

    def apply(
        self, c: Num[Any, "*#batch inputs"], ckm: Float[Any, "*#batch 4"]
    ) -> Float[np.ndarray, "... outputs"]:
        """Return the low-energy coefficients.

        Parameters
        ----------
        c
            Warsaw coefficients at mu_M in GeV^-2.
        ckm
            V_us, V_ub, V_cb, gamma, see :mod:`muoquark.running.ckm_expansion`; leading axes
            broadcast against those of `c`.

        Returns
        -------
        array, shape (..., outputs)
            In the units and the normalisation of each low-energy basis.
        """
        return self.finished(self.prepared(c), ckm)

    def derivative(self, ckm: Any = ckm_expansion.REFERENCE) -> csr_array:
        """Return the derivative at zero coefficients, a sparse matrix (outputs, inputs)."""
        from scipy.sparse import csr_array

        shape = (len(self.outputs), len(self.inputs))
        total = csr_array(shape)
        # The phases of the leptons are of second order.
        for arrival, (out, row) in zip(self.arrivals, self.taken, strict=True):
            total = total + _placed(out, np.ones(len(out)), row, shape[0], arrival.run)
        below = self.below
        if below is None or not len(below.term):
            return csr_array(total)
        ckm = np.asarray(ckm)
        weight = ckm_expansion.monomials(ckm_expansion.shifts(ckm))[below.term]
        count = np.diff(np.append(below.start, len(below.term)))
        wet = np.repeat(np.arange(len(count)), count)
        added = csr_array(
            (weight, (wet, np.arange(len(wet)))), shape=(len(count), below.match.shape[0])
        )
        low = below.low @ (added @ (below.match @ self.arrivals[below.arrival].run))
        ratio = norm_ratios(self.norms, ckm)[below.norm]
        total = total + _placed(below.outputs, ratio.real, below.direct, shape[0], low)
        imaginary = np.where(ratio.imag != 0, below.sign * ratio.imag, 0.0)
        return csr_array(total + _placed(below.outputs, imaginary, below.partner, shape[0], low))

    def matrix(self, ckm: Any = ckm_expansion.REFERENCE) -> Float[np.ndarray, "outputs inputs"]:
        """Return the derivative at zero coefficients, a matrix (outputs, inputs)."""
        return np.asarray(self.derivative(ckm).toarray())


def _placed(
    out: np.ndarray, factor: np.ndarray, row: np.ndarray, size: int, matrix: csr_array
) -> csr_array:
    """Return a matrix of `size` rows: row out[k] is factor[k] times row row[k] of `matrix`."""
    from scipy.sparse import csr_array

    return csr_array((factor, (out, row)), shape=(size, matrix.shape[0])) @ matrix
