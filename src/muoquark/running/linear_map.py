"""A map that is linear in the coefficients for given CKM parameters, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int, Num

from muoquark.running import ckm_expansion
from muoquark.sm.ckm import ckm_matrix

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["Function", "LinearMap"]


# |1 + delta m/m| below this is no mass.
NO_MASS = 1e-12


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
    scale, lepton
        Which phase: of that lepton at the weak scale of that number, or -1.
    """

    term: int
    norm: int
    part: str
    phase: str = "one"
    scale: int = -1
    lepton: int = -1


Norm = tuple[tuple[int, int, bool], ...]


class Gathered(NamedTuple):
    """The terms of a map by output, padded; XLA makes one loop of gathers and sums of each table.

    Attributes
    ----------
    tables
        (rows, functions, signs), (n, k) each: up to k terms of each of n outputs; a term is the row
        of the map times a function times a sign, which is zero where a list is filled up.
    place
        Where each output is found in the joined tables; the place behind them is zero.
    """

    tables: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class LinearMap:
    """low_o = sum over terms of f(CKM, lepton phase) R_row . c; made by ``Evolution.at``.

    Attributes
    ----------
    outputs
        What the components of the result are.
    inputs
        Real components of the Warsaw basis that the input vectors hold.
    """

    outputs: tuple[Any, ...]
    inputs: tuple[str, ...]
    _functions: tuple[Function, ...] = field(repr=False)
    _rows: csr_array = field(repr=False)
    _term_out: Int[np.ndarray, " terms"] = field(repr=False)
    _term_row: Int[np.ndarray, " terms"] = field(repr=False)
    _term_function: Int[np.ndarray, " terms"] = field(repr=False)
    _term_sign: Float[np.ndarray, " terms"] = field(repr=False)
    _norms: tuple[Norm, ...] = field(repr=False)
    _mass_shifts: Mapping[int, Complex[np.ndarray, "3 inputs"]] = field(repr=False)
    _negligible: Float[np.ndarray, " outputs"] = field(repr=False)
    _coupling_shifts: Float[np.ndarray, "couplings inputs"] = field(repr=False)

    @classmethod
    def from_pieces(
        cls,
        outputs: Sequence[Any],
        inputs: Sequence[str],
        pieces: Mapping[Function, csr_array],
        negligible: Float[np.ndarray, " outputs"],
        norms: tuple[Norm, ...],
        mass_shifts: Mapping[int, Complex[np.ndarray, "3 inputs"]],
        coupling_shifts: Float[np.ndarray, "couplings inputs"],
    ) -> LinearMap:
        """Collect the rows of all pieces; equal rows, up to their sign, are kept once.

        Rows whose entries are all below `negligible` for coefficients of 1e-6 GeV^-2 are dropped.
        """
        from scipy.sparse import csr_array

        # Many terms share a row: R c is computed once for each different one.
        index: dict[bytes, int] = {}
        row_data: list[np.ndarray] = []
        row_columns: list[np.ndarray] = []
        terms: list[tuple[int, int, int, float]] = []
        functions = tuple(sorted(pieces))
        for f, function in enumerate(functions):
            matrix = csr_array(pieces[function])
            matrix.sum_duplicates()
            pointer = matrix.indptr
            for out in np.nonzero(np.diff(pointer))[0]:
                span = slice(pointer[out], pointer[out + 1])
                data, columns = matrix.data[span], matrix.indices[span]
                largest = data[np.argmax(np.abs(data))]
                if abs(largest) * 1e-6 < negligible[out]:
                    continue
                # the largest entry is made positive, so that rows of opposite sign are one
                sign = 1.0 if largest > 0 else -1.0
                key = (data * sign).tobytes() + columns.tobytes()
                if key not in index:
                    index[key] = len(row_data)
                    row_data.append(data * sign)
                    row_columns.append(columns)
                terms.append((int(out), index[key], f, sign))
        pointer = np.concatenate([[0], np.cumsum([len(d) for d in row_data])]).astype(int)
        rows = csr_array(
            (np.concatenate([[], *row_data]), np.concatenate([[], *row_columns]), pointer),
            shape=(len(row_data), len(inputs)),
        )
        # by output: `apply` adds neighbouring terms
        terms.sort(key=lambda t: t[0])
        table = np.array(terms, dtype=float).reshape(-1, 4)
        # functions that no term has left are not evaluated
        used, table[:, 2] = np.unique(table[:, 2], return_inverse=True)
        return cls(
            outputs=tuple(outputs),
            inputs=tuple(inputs),
            _functions=tuple(functions[int(f)] for f in used),
            _rows=rows,
            _term_out=table[:, 0].astype(int),
            _term_row=table[:, 1].astype(int),
            _term_function=table[:, 2].astype(int),
            _term_sign=table[:, 3],
            _norms=norms,
            _mass_shifts=mass_shifts,
            _negligible=negligible,
            _coupling_shifts=coupling_shifts,
        )

    @cached_property
    def rows(self) -> Float[np.ndarray, "rows inputs"]:
        """The functionals R of the coefficients as a dense matrix (rows, inputs)."""
        return np.asarray(self._rows.toarray())

    @cached_property
    def _tables(self) -> tuple[list[int], list[tuple[int, int]], Int[np.ndarray, "3 functions"]]:
        """Normalisations and phases in use, and the three factors of every function."""
        norms = sorted({f.norm for f in self._functions if f.part != "one"})
        phases = sorted({(f.scale, f.lepton) for f in self._functions if f.phase != "one"})
        index = []
        # columns: first the one, then a pair (re, im) or (cos, sin) for each in use
        for f in self._functions:
            part = 0 if f.part == "one" else 1 + 2 * norms.index(f.norm) + (f.part == "im")
            phase = 0
            if f.phase != "one":
                phase = 1 + 2 * phases.index((f.scale, f.lepton)) + (f.phase == "sin")
            index.append((f.term, part, phase))
        return norms, phases, np.array(index, dtype=int).reshape(-1, 3).T

    def _phase_factors(self, c: Num[Any, "*batch inputs"], xp: Any) -> Float[Any, "*batch phases"]:
        """1, then cos(phi) - 1 and sin(phi) of phi = arg(1 + delta m/m) of each lepton."""
        columns = [xp.ones_like(c[..., 0])]
        for scale, lepton in self._tables[1]:
            shift = self._mass_shifts[scale][lepton]
            x, y = 1 + c @ xp.asarray(shift.real), c @ xp.asarray(shift.imag)
            # A mass of zero has no phase: none is taken, and its gradient stays finite.
            gone = x**2 + y**2 < NO_MASS**2
            x, y = xp.where(gone, 1.0, x), xp.where(gone, 0.0, y)
            size = xp.sqrt(x**2 + y**2)
            # Near 1 the digits of x/size - 1 cancel, near -1 those of size + x.
            forward = x > 0
            cosine = xp.where(
                forward, -(y**2) / (size * (size + xp.where(forward, x, size))), x / size - 1
            )
            columns += [cosine, y / size]
        return xp.stack(columns, axis=-1)

    def _norm_factors(self, ckm: Float[Any, "*batch 4"], xp: Any) -> Float[Any, "*batch parts"]:
        """1, then the real and imaginary part of each n(V)/n(reference)."""
        # Coefficients in units of a product of CKM elements: n(V) is one over that product, whose
        # factors are conjugated where the third entry says so.
        V = ckm_matrix(ckm, xp=xp)
        V0 = ckm_matrix(np.asarray(ckm_expansion.REFERENCE))
        columns = [xp.ones_like(V[..., 0, 0].real)]
        for norm in self._tables[0]:
            ratio = 1.0
            for i, j, conjugated in self._norms[norm]:
                one = V0[i, j] / V[..., i, j]
                ratio = ratio * (xp.conj(one) if conjugated else one)
            columns += [ratio.real, ratio.imag]
        return xp.stack(columns, axis=-1)

    def factors(
        self, ckm: Float[Any, "*#batch 4"], c: Num[Any, "*#batch inputs"], xp: Any = np
    ) -> Float[Any, "... functions"]:
        """Return the factor of every function, shape (..., functions)."""
        monomials = ckm_expansion.monomials(ckm_expansion.shifts(ckm, xp), xp)
        term, part, phase = self._tables[2]
        return (
            monomials[..., term]
            * self._norm_factors(ckm, xp)[..., part]
            * self._phase_factors(c, xp)[..., phase]
        )

    def apply(
        self, c: Num[Any, "*#batch inputs"], ckm: Float[Any, "*#batch 4"], xp: Any = np
    ) -> Float[Any, "... outputs"]:
        """Return the low-energy coefficients.

        Parameters
        ----------
        c
            Warsaw coefficients at mu_M in GeV^-2.
        ckm
            V_us, V_ub, V_cb, gamma, see :mod:`muoquark.running.ckm_expansion`; leading axes
            broadcast against those of `c`.
        xp
            ``numpy`` (default) or ``jax.numpy``.

        Returns
        -------
        array, shape (..., outputs)
            In the units and the normalisation of each low-energy basis.
        """
        c, ckm = xp.asarray(c), xp.asarray(ckm)
        if not self._functions:
            return xp.zeros((*np.broadcast_shapes(c.shape[:-1], ckm.shape[:-1]), len(self.outputs)))
        # numpy multiplies sparse matrices, JAX dense ones; the sparse product knows two axes alone
        if xp is np:
            y = (self._rows @ c.reshape(-1, c.shape[-1]).T).T.reshape(*c.shape[:-1], -1)
        else:
            y = c @ xp.asarray(self.rows).T
        g = self.factors(ckm, c, xp)
        if xp is np:
            terms = y[..., self._term_row] * (g[..., self._term_function] * self._term_sign)
            out = np.zeros((*terms.shape[:-1], len(self.outputs)))
            if len(self._term_out):
                present, start = np.unique(self._term_out, return_index=True)
                out[..., present] = np.add.reduceat(terms, start, axis=-1)
            return out
        # y (..., rows) and g (..., functions): the linear forms in c, and what multiplies them.
        gathered = self.gathered
        columns = [
            (y[..., row] * g[..., function] * sign).sum(axis=-1)
            for row, function, sign in gathered.tables
        ]
        zero = xp.zeros((*np.broadcast_shapes(c.shape[:-1], ckm.shape[:-1]), 1))
        return xp.concatenate([*columns, zero], axis=-1)[..., gathered.place]

    @cached_property
    def gathered(self) -> Gathered:
        """The terms of each output in a list: sums without a scatter, which is serial in XLA."""
        count = np.bincount(self._term_out, minlength=len(self.outputs))
        start = np.concatenate([[0], np.cumsum(count)])
        order = np.argsort(self._term_out, kind="stable")
        tables, place, position = [], np.full(len(count), -1), 0
        low = 0
        # Outputs with 1, 2, 3-4, 5-8, ... terms share a table: less than half of it is padding.
        while low < count.max(initial=0):
            high = max(2 * low, 1)
            outputs = np.nonzero((count > low) & (count <= high))[0]
            if len(outputs):
                width = int(count[outputs].max())
                row = np.zeros((len(outputs), width), int)
                function, sign = row.copy(), np.zeros((len(outputs), width))
                for k, out in enumerate(outputs):
                    terms = order[start[out] : start[out + 1]]
                    row[k, : len(terms)] = self._term_row[terms]
                    function[k, : len(terms)] = self._term_function[terms]
                    sign[k, : len(terms)] = self._term_sign[terms]
                tables.append((row, function, sign))
                place[outputs] = position + np.arange(len(outputs))
                position += len(outputs)
            low = high
        # The last place holds a zero, for outputs without a term.
        return Gathered(tuple(tables), np.where(place < 0, position, place))

    def composed(self, weights: Float[np.ndarray, "inputs monomials"]) -> LinearMap:
        """Return the map that takes monomials m with c = weights @ m in the place of c."""
        from scipy.sparse import csr_array

        # Shifts of masses and couplings are linear in the coefficients as well.
        return replace(
            self,
            inputs=tuple(f"monomial {k}" for k in range(weights.shape[1])),
            _rows=csr_array(self._rows @ weights),
            _mass_shifts={k: v @ weights for k, v in self._mass_shifts.items()},
            _coupling_shifts=self._coupling_shifts @ weights,
        )

    def pruned(
        self,
        reach: Float[np.ndarray, " inputs"],
        sensitivity: Float[np.ndarray, " outputs"],
        cut: float,
    ) -> LinearMap:
        """Leave out terms that cannot matter for inputs with |input| <= reach.

        `sensitivity` is by how many standard deviations a unit of an output moves an observable; a
        term goes if it moves none by `cut`.  Rows that no term uses go too.
        """
        from scipy.sparse import csr_array

        rows = self._rows.toarray()
        # The most that each row can be.
        size = np.abs(rows) @ reach
        keep = size[self._term_row] * sensitivity[self._term_out] > cut
        used, row = np.unique(self._term_row[keep], return_inverse=True)
        functions, function = np.unique(self._term_function[keep], return_inverse=True)
        return replace(
            self,
            _functions=tuple(self._functions[k] for k in functions),
            _rows=csr_array(rows[used]),
            _term_out=self._term_out[keep],
            _term_row=row,
            _term_function=function,
            _term_sign=self._term_sign[keep],
        )

    @cached_property
    def _all_shifts(self) -> Complex[np.ndarray, "leptons inputs"]:
        """delta m/m of every lepton at every scale."""
        none = np.zeros((0, len(self.inputs)), dtype=complex)
        return np.concatenate([none, *(np.atleast_2d(v) for v in self._mass_shifts.values())])

    def mass_shift(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return the largest |delta m/m| that the coefficients give a lepton, shape (...).

        The maps are linear beside the phase of 1 + delta m/m: their relative error for the dipole
        of that lepton is about a fifth of this number (docs/evolution.md).
        """
        # the leptons at all scales at once
        shifts = self._all_shifts
        x, y = c @ xp.asarray(shifts.real.T), c @ xp.asarray(shifts.imag.T)
        return xp.sqrt(xp.max(x**2 + y**2, axis=-1, initial=0.0))

    def mass_left(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return the smallest Re(1 + delta m/m) of a lepton, shape (...).

        Below zero the sign of the mass has turned, and with it that of the chirality-flipping
        coefficients; where 1 + delta m/m vanishes their phase is undefined.
        """
        shifts = self._all_shifts
        return 1 + xp.min(c @ xp.asarray(shifts.real.T), axis=-1, initial=0.0)

    def second_order(self, c: Num[Any, "*batch inputs"], xp: Any = np) -> Float[Any, "*batch"]:
        """Return about which share of the effect of c is of second order, shape (...).

        The coefficients shift the couplings of the SM that the maps are made with
        (:mod:`muoquark.running.second_order`).  Only for maps that pass the Z mass.
        """
        return xp.sum(xp.abs(c @ xp.asarray(self._coupling_shifts.T)), axis=-1)

    def matrix(self, ckm: Any = ckm_expansion.REFERENCE) -> Float[np.ndarray, "outputs inputs"]:
        """Return the derivative at zero coefficients, a matrix (outputs, inputs)."""
        # cos - 1 and sin vanish at zero: the phases are of second order
        g = self.factors(np.asarray(ckm), np.zeros(len(self.inputs)))
        out = np.zeros((len(self.outputs), len(self.inputs)))
        weight = g[self._term_function] * self._term_sign
        np.add.at(out, self._term_out, weight[:, None] * self.rows[self._term_row])
        return out

    def project(self, directions: Any, labels: Sequence[Any] | None = None) -> LinearMap:
        """Return the map to linear combinations of the outputs, ``directions @ low``.

        Parameters
        ----------
        directions
            Dense or sparse, shape (new outputs, outputs).
        labels
            Names of the new outputs; default: their numbers.
        """
        from scipy.sparse import csr_array

        # function by function, since rows are shared among outputs
        P = csr_array(directions)
        pieces = {}
        for f, function in enumerate(self._functions):
            pick = self._term_function == f
            place = csr_array(
                (self._term_sign[pick], (self._term_out[pick], self._term_row[pick])),
                shape=(len(self.outputs), self._rows.shape[0]),
            )
            pieces[function] = csr_array(P @ (place @ self._rows))
        return LinearMap.from_pieces(
            outputs=tuple(range(P.shape[0]) if labels is None else labels),
            inputs=self.inputs,
            pieces={f: m for f, m in pieces.items() if m.nnz},
            negligible=abs(P) @ self._negligible,
            norms=self._norms,
            mass_shifts=self._mass_shifts,
            coupling_shifts=self._coupling_shifts,
        )
