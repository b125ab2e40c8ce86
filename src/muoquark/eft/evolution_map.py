"""A map that is linear in the coefficients for given CKM parameters, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from muoquark.eft import evolution_ckm

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Function", "LinearMap"]


class Function(NamedTuple):
    """A factor of a term: CKM monomial x part of a CKM normalisation x part of a lepton phase.

    `part` is "one", "re" or "im"; `phase` is "one", "cos" (cos phi - 1) or "sin", of the phase of
    lepton `lepton` at the weak scale number `scale`.
    """

    term: int
    norm: int
    part: str
    phase: str = "one"
    scale: int = -1
    lepton: int = -1


Norm = tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True, eq=False)
class LinearMap:
    """low_o = sum over terms of f(CKM, lepton phase) R_row . c; made by ``Evolution.at``.

    Attributes
    ----------
    outputs : tuple
        What the components of the result are.
    inputs : tuple of str
        Real components of the Warsaw basis that the input vectors hold.
    """

    outputs: tuple[Any, ...]
    inputs: tuple[str, ...]
    _functions: tuple[Function, ...] = field(repr=False)
    _rows: csr_array = field(repr=False)
    _term_out: np.ndarray = field(repr=False)
    _term_row: np.ndarray = field(repr=False)
    _term_function: np.ndarray = field(repr=False)
    _term_sign: np.ndarray = field(repr=False)
    _norms: tuple[Norm, ...] = field(repr=False)
    _mass_shifts: Mapping[int, np.ndarray] = field(repr=False)
    _negligible: np.ndarray = field(repr=False)

    @classmethod
    def from_pieces(
        cls,
        outputs: Sequence[Any],
        inputs: Sequence[str],
        pieces: Mapping[Function, csr_array],
        negligible: np.ndarray,
        norms: tuple[Norm, ...],
        mass_shifts: Mapping[int, np.ndarray],
    ) -> LinearMap:
        """Collect the rows of all pieces; equal rows, up to their sign, are kept once.

        Rows whose entries are all below `negligible` for coefficients of 1e-6 GeV^-2 are dropped.
        """
        from scipy.sparse import csr_array, vstack

        index: dict[bytes, int] = {}
        rows, terms = [], []
        functions = tuple(sorted(pieces))
        for f, function in enumerate(functions):
            matrix = csr_array(pieces[function])
            matrix.sum_duplicates()
            for out in np.nonzero(np.diff(matrix.indptr))[0]:
                span = slice(matrix.indptr[out], matrix.indptr[out + 1])
                data, columns = matrix.data[span], matrix.indices[span]
                if np.abs(data).max() * 1e-6 < negligible[out]:
                    continue
                sign = 1.0 if data[np.argmax(np.abs(data))] > 0 else -1.0
                key = (data * sign).tobytes() + columns.tobytes()
                if key not in index:
                    index[key] = len(rows)
                    rows.append(
                        csr_array((data * sign, columns, [0, len(data)]), (1, len(inputs)))
                    )
                terms.append((out, index[key], f, sign))
        terms.sort(key=lambda t: t[0])
        table = np.array(terms, dtype=float).reshape(-1, 4)
        return cls(
            outputs=tuple(outputs),
            inputs=tuple(inputs),
            _functions=functions,
            _rows=csr_array(vstack(rows)) if rows else csr_array((0, len(inputs))),
            _term_out=table[:, 0].astype(int),
            _term_row=table[:, 1].astype(int),
            _term_function=table[:, 2].astype(int),
            _term_sign=table[:, 3],
            _norms=norms,
            _mass_shifts=mass_shifts,
            _negligible=negligible,
        )

    @cached_property
    def rows(self) -> np.ndarray:
        """The functionals R of the coefficients as a dense matrix (rows, inputs)."""
        return self._rows.toarray()

    def _phases(self, c: Any, xp: Any) -> dict[tuple[int, int], tuple[Any, Any]]:
        """cos(phi) - 1 and sin(phi) of the phase phi = arg(1 + delta m/m) of each lepton."""
        out = {}
        for scale, lepton in {(f.scale, f.lepton) for f in self._functions if f.phase != "one"}:
            shift = xp.asarray(self._mass_shifts[scale][lepton])
            x, y = 1 + c @ shift.real, c @ shift.imag
            size = xp.sqrt(x**2 + y**2)
            # cos - 1 without cancellation for small phases
            out[scale, lepton] = (-(y**2) / (size * (size + x)), y / size)
        return out

    def factors(self, ckm: Any, c: Any, xp: Any = np) -> Any:
        """Return the factor of every function, shape (..., functions)."""
        monomials = evolution_ckm.monomials(evolution_ckm.shifts(ckm, xp), xp)
        V = evolution_ckm.ckm_matrix(ckm, xp)
        V0 = evolution_ckm.ckm_matrix(np.asarray(evolution_ckm.REFERENCE))
        ratios = {}
        for n in {f.norm for f in self._functions if f.part != "one"}:
            ratio = 1.0
            for i, j, conjugated in self._norms[n]:
                one = V0[i, j] / V[..., i, j]
                ratio = ratio * (xp.conj(one) if conjugated else one)
            ratios[n] = ratio
        phases = self._phases(c, xp)
        columns = []
        for f in self._functions:
            value = monomials[..., f.term]
            if f.part != "one":
                value = value * (ratios[f.norm].real if f.part == "re" else ratios[f.norm].imag)
            if f.phase != "one":
                value = value * phases[f.scale, f.lepton][0 if f.phase == "cos" else 1]
            columns.append(value)
        shape = np.broadcast_shapes(*(v.shape for v in columns)) if columns else ()
        return xp.stack([xp.broadcast_to(v, shape) for v in columns], axis=-1)

    def apply(self, c: Any, ckm: Any, xp: Any = np) -> Any:
        """Return the low-energy coefficients.

        Parameters
        ----------
        c : array, shape (..., inputs)
            Warsaw coefficients at mu_M in GeV^-2.
        ckm : array, shape (..., 4)
            V_us, V_ub, V_cb, gamma, see :mod:`muoquark.eft.evolution_ckm`; leading axes broadcast
            against those of `c`.
        xp : module
            ``numpy`` (default) or ``jax.numpy``.

        Returns
        -------
        array, shape (..., outputs)
            In the units and the normalisation of each low-energy basis.
        """
        c, ckm = xp.asarray(c), xp.asarray(ckm)
        if not self._functions:
            return xp.zeros((*c.shape[:-1], len(self.outputs)))
        if xp is np:
            y = (self._rows @ c.reshape(-1, c.shape[-1]).T).T.reshape(*c.shape[:-1], -1)
        else:
            y = c @ xp.asarray(self.rows).T
        g = self.factors(ckm, c, xp)
        terms = y[..., self._term_row] * (g[..., self._term_function] * self._term_sign)
        shape = (*terms.shape[:-1], len(self.outputs))
        if xp is np:
            out = np.zeros(shape)
            if len(self._term_out):
                present, start = np.unique(self._term_out, return_index=True)
                out[..., present] = np.add.reduceat(terms, start, axis=-1)
            return out
        return xp.zeros(shape).at[..., self._term_out].add(terms)

    def matrix(self, ckm: Any = evolution_ckm.REFERENCE) -> np.ndarray:
        """Return the derivative at zero coefficients, a matrix (outputs, inputs)."""
        g = self.factors(np.asarray(ckm), np.zeros(len(self.inputs)))
        out = np.zeros((len(self.outputs), len(self.inputs)))
        weight = g[self._term_function] * self._term_sign
        np.add.at(out, self._term_out, weight[:, None] * self.rows[self._term_row])
        return out

    def project(self, directions: Any, labels: Sequence[Any] | None = None) -> LinearMap:
        """Return the map to linear combinations of the outputs, ``directions @ low``.

        Parameters
        ----------
        directions : array or sparse array, shape (new outputs, outputs)
        labels : sequence, optional
            Names of the new outputs; default: their numbers.
        """
        from scipy.sparse import csr_array

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
        )
