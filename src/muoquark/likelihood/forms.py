"""Predictions of every observable as explicit functions of low-scale Wilson coefficients.

The compiler found that flavio's predictions are products, quotients and roots of polynomials: at
most quadratic in the Wilson coefficients at the scales where flavio wants them, and polynomial in
a few combinations of CKM elements.  `Forms` holds these polynomials as a handful of matrices and
evaluates all observables for many points at once, in NumPy or in JAX.

Order of evaluation: CKM combinations; the polynomials of the first stage (M12, Gamma12, the
effective Fermi constant); what follows from them (mass differences, mixing phases, the shift of
the Fermi constant); the polynomials of the second stage; products and quotients; sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.likelihood.ckm_products import CKM_NAMES, ckm_products
from muoquark.likelihood.ckm_scheme import ckm_ratios, parameters_from_ratios
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.mixing import DERIVED, derived
from muoquark.likelihood.observable import Observable

__all__ = ["CKM_NAMES", "Bank", "Direction", "Forms"]

Array = Any
Direction = tuple[str, str, str, float, str, str]


@dataclass(frozen=True)
class Bank:
    """Polynomials that share their monomials.

    Attributes
    ----------
    name
        For people: the sectors it is made of.
    stage
        1 for what mixing phases and the Fermi constant are computed from, else 2.
    directions
        Positions ``(n,)`` of its components in the low-scale vector; the position one past its
        end is the shift of the Fermi constant.
    features, left, right
        ``(T,)``: each monomial is features[f] * y[left] * y[right], where y is 1 followed by
        the bank's components.
    weights
        ``(T, P)``.
    """

    name: str
    stage: int
    directions: Array
    features: Array
    left: Array
    right: Array
    weights: Array

    def evaluate(self, low: Array, features: Array, xp: Any = np) -> Array:
        """Return the ``(..., P)`` values of the polynomials."""
        own = low[..., self.directions]
        # With y_0 = 1 one table of pairs (left, right) holds constant, linear and quadratic terms.
        y = xp.concatenate([xp.ones_like(features[..., :1]), own], axis=-1)
        terms = features[..., self.features] * y[..., self.left] * y[..., self.right]
        # terms (..., T): all P polynomials of the bank are one matrix product.
        return terms @ xp.asarray(self.weights)


@dataclass(frozen=True)
class Forms:
    """All observables of a snapshot.

    Attributes
    ----------
    observables
        In the order of the predictions.
    directions
        The components ``(eft, basis, sector, scale, name, "Re" or "Im")`` of the low-scale
        vector, WCxf's non-redundant names, in GeV^-2 or in the normalisation of their basis.
    features
        Names of the CKM combinations and mixing phases multiplied with each other, per feature.
    banks, first
        The polynomials; names of those of the first stage.
    numerators, denominators, roots
        ``(K, 2)`` each: positions of pieces; a product is n n / (d d sqrt(r r)).  Position 0 is
        the constant one, then the derived quantities of `muoquark.likelihood.mixing`, then the
        banks' polynomials.
    constants, owner
        ``(K,)``: factor of each product and the position of its observable.
    ckm_centre, ckm_phase
        The SM's CKM parameters and the meaning of the fourth, see `ckm_products`.
    ckm_inputs, ckm_measured
        Positions of the four observables that fix the CKM parameters, and their measured values.
    logarithms
        Positions of the observables that are the logarithm of their sum of products.
    """

    observables: tuple[Observable, ...]
    directions: tuple[Direction, ...]
    features: tuple[tuple[str, ...], ...]
    banks: tuple[Bank, ...]
    first: tuple[str, ...]
    numerators: Array
    denominators: Array
    roots: Array
    constants: Array
    owner: Array
    ckm_centre: Array
    ckm_phase: str
    ckm_inputs: Array
    ckm_measured: Array
    logarithms: Array

    def predict(self, low: Array, ckm: Array | None = None, xp: Any = np) -> Array:
        """Return the predictions of all observables.

        Parameters
        ----------
        low
            Low-scale Wilson coefficients, real, shape ``(..., D)``, ordered as `directions`.
        ckm
            Vus, Vub, Vcb, gamma, shape ``(..., 4)``; default: the SM's.
        xp
            `numpy` or `jax.numpy`.

        Returns
        -------
        array
            Shape ``(..., len(observables))``, in flavio's units (GeV to some power).

        Raises
        ------
        DomainError
            If the last axis of `low` or `ckm` has the wrong length.
        """
        return self.evaluate(low, ckm, xp)[0]

    def evaluate(self, low: Array, ckm: Array | None = None, xp: Any = np) -> tuple[Array, Array]:
        """Return the predictions, and whether one of their parts had to be continued, (...).

        See `predict`, and `floors` for what is continued.
        """
        pieces = self._pieces(low, self._ckm(low, ckm, xp), xp)
        return self._assemble(pieces, xp)

    @cached_property
    def floors(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Below what the pieces, and the products of each row, are continued.

        :data:`muoquark.likelihood.positivity.FLOOR` of their values in the SM; of use where they
        are divided by, or have their root or logarithm taken.

        Returns
        -------
        Arrays (pieces,) and (observables,).

        Raises
        ------
        DomainError
            If the SM divides by a piece that is not positive.
        """
        # The SM: no Wilson coefficients, and its own CKM parameters.
        zero, n = np.zeros(len(self.directions)), self.numerators
        q = np.concatenate(self._pieces(zero, np.asarray(self.ckm_centre), np), axis=-1)
        used = np.unique(np.concatenate([self.denominators.ravel(), self.roots.ravel()]))
        # Written with "not above zero" so that it finds what is not a number, too.
        bad = used[~(q[used] > 0)]
        if len(bad):
            raise DomainError(f"the SM divides by {q[bad[0]]:g}, piece {bad[0]} of the predictions")
        products = self.constants * q[n[:, 0]] * q[n[:, 1]]
        d, r = self.denominators, self.roots
        products = products / (q[d[:, 0]] * q[d[:, 1]] * np.sqrt(q[r[:, 0]] * q[r[:, 1]]))
        totals = np.bincount(self.owner, products, minlength=len(self.observables))
        return FLOOR * np.abs(q), FLOOR * np.abs(totals)

    def ckm_update(self, low: Array, ckm: Array, xp: Any = np) -> Array:
        """Return the CKM parameters extracted from the four inputs, given a first guess.

        One step of the scheme of arXiv:1812.07638; the physical parameters are the fixed point.

        Parameters
        ----------
        low
            The Wilson coefficients that belong to the guess, (..., D).
        ckm
            Vus, |Vub|, Vcb and the phase, (..., 4); the result likewise.
        """
        # Each input is one of the CKM factors times a rest; measurement/prediction corrects the
        # factor.  The rest depends on the CKM matrix as well, through new physics: hence the
        # iteration.
        predicted = self.predict(low, ckm, xp)[..., self.ckm_inputs]
        factors = ckm_ratios(ckm, xp)
        return parameters_from_ratios(xp.asarray(self.ckm_measured) * factors / predicted, xp)

    def low_vector(self, values: Mapping[Any, complex]) -> np.ndarray[Any, Any]:
        """Return the vector of `{(eft, basis, sector, scale, name): value}`; absent ones are 0.

        Raises
        ------
        DomainError
            If a coefficient is not among `directions` and not zero.
        """
        position = {d: i for i, d in enumerate(self.directions)}
        low = np.zeros(len(self.directions))
        for key, value in values.items():
            for part, number in (("Re", complex(value).real), ("Im", complex(value).imag)):
                where = position.get((*key, part))
                if where is not None:
                    low[where] = number
                elif number:
                    raise DomainError(f"no compiled observable depends on {part} {key}")
        return low

    def _ckm(self, low: Array, ckm: Array | None, xp: Any) -> Array:
        if low.shape[-1] != len(self.directions):
            raise DomainError(
                f"{low.shape[-1]} low-scale coefficients given, {len(self.directions)} expected"
            )
        if ckm is None:
            return xp.zeros((*low.shape[:-1], 4)) + xp.asarray(self.ckm_centre)
        if ckm.shape[-1] != 4:
            raise DomainError(f"{ckm.shape[-1]} CKM parameters given, 4 expected: {CKM_NAMES}")
        return ckm

    def _features(self, products: Mapping[str, Array], names: Sequence[Any], xp: Any) -> Array:
        zero = xp.zeros_like(products["1"])
        columns = []
        for factors in names:
            column = products["1"]
            for name in factors:
                column = column * products.get(name, zero)
            columns.append(column)
        return xp.stack(columns, axis=-1)

    def _pieces(self, low: Array, ckm: Array, xp: Any) -> list[Array]:
        # Stage 1 needs CKM combinations alone: mixing phases, which follow from it, are zero here
        # and in no polynomial of that stage.
        products = ckm_products(ckm, self.ckm_centre, self.ckm_phase, xp)
        early = self._features(products, self.features, xp)
        first = [b.evaluate(low, early, xp) for b in self.banks if b.stage == 1]
        joined = xp.concatenate(first, axis=-1)
        values = {name: joined[..., i] for i, name in enumerate(self.first)}
        found = derived(values, products, xp)
        # `fermi` is (GF/GF_eff)^2 of muon decay; flavio divides by GF_eff = GF (1 + shift).  The
        # shift is the component behind the last one of the low-scale vector.
        shift = 1 / xp.sqrt(positive(values["fermi"], FLOOR, xp)) - 1
        extended = xp.concatenate([low, shift[..., None]], axis=-1)
        context = {**products, **{k: v for k, v in found.items() if k not in DERIVED}}
        late = self._features(context, self.features, xp)
        second = [b.evaluate(extended, late, xp) for b in self.banks if b.stage == 2]
        # Position 0 is the constant one: tables of two positions are filled up with it.
        leading = xp.stack([products["1"], *(found[name] for name in DERIVED)], axis=-1)
        return [leading, joined, *second]

    def _assemble(self, pieces: list[Array], xp: Any) -> tuple[Array, Array]:
        q = xp.concatenate(pieces, axis=-1)
        n, d, r = self.numerators, self.denominators, self.roots
        floor, least = self.floors
        # (..., K, 2) each, for K products.
        bottom, root = (positive(q[..., t], floor[t], xp) for t in (d, r))
        products = (
            xp.asarray(self.constants)
            * (q[..., n[:, 0]] * q[..., n[:, 1]])
            / (bottom[..., 0] * bottom[..., 1] * xp.sqrt(root[..., 0] * root[..., 1]))
        )
        divisors = np.unique(np.concatenate([d.ravel(), r.ravel()]))
        continued = xp.any(q[..., divisors] < floor[divisors], axis=-1) | self._fermi_lost(q)
        # Nearly every observable is one product: the first of each, then the few second ones.
        first = np.searchsorted(self.owner, np.arange(len(self.observables)), side="left")
        total = products[..., first]
        others = np.setdiff1d(np.arange(len(self.owner)), first)
        if len(others):
            # A sum by a matrix of zeros and ones, since arrays of JAX have no assignment to their
            # parts.
            scatter = np.zeros((len(others), len(self.observables)))
            scatter[np.arange(len(others)), self.owner[others]] = 1.0
            total = total + products[..., others] @ xp.asarray(scatter)
        if len(self.logarithms):
            mask = np.zeros(len(self.observables), dtype=bool)
            mask[self.logarithms] = True
            continued = continued | xp.any(mask & (total < least), axis=-1)
            # The logarithm is taken of one elsewhere: where() differentiates both of its branches,
            # and a logarithm that is not a number would make the whole gradient so.
            inside = positive(xp.where(mask, total, 1.0), np.where(mask, least, 0.5), xp)
            total = xp.where(mask, xp.log(inside), total)
        return total, continued

    def _fermi_lost(self, q: Array) -> Array:
        """Tell whether the effective Fermi constant squared had to be continued."""
        return q[..., 1 + len(DERIVED) + self.first.index("fermi")] < FLOOR
