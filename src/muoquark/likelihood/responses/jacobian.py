"""The derivative of predictions by the parameters of the theory, at any point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.common.gather import PaddedSum, points_first, points_last
from muoquark.likelihood.ckm_products import COLUMNS, ckm_products
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.fastforms import FastForms, _Stage
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import CHARM, DERIVED, derived
from muoquark.likelihood.responses.file import Responses, piece_rows
from muoquark.likelihood.select import columns_of, selected
from muoquark.likelihood.specialise import SampledRange, _piece_sensitivity, specialise

__all__ = ["CUT", "Jacobian", "Products"]

# A response that moves no observable by this share of its error is left out for a card.
CUT = 1e-5
# Half a step of a difference, in standard deviations of a parameter.
STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Jacobian:
    """J_ik: change of observable i of a block for one standard deviation of direction k.

    Attributes
    ----------
    forms
        Of the observables alone.
    low
        Positions of their directions in the low-scale vector of the snapshot.
    banks
        The derivatives of the pieces: banks whose weights have one column for each pair.
    pieces, directions
        (pairs,): what the columns of all banks are about, in their order.
    factors, felt
        (observables, count), see `Responses`.
    count
        The number of directions without those of the CKM matrix.
    ckm_root
        As in `Responses`.
    order
        (pairs,): where each stands in the `Responses` that it was made of.
    """

    forms: Forms
    low: np.ndarray
    banks: tuple[Bank, ...]
    pieces: np.ndarray
    directions: np.ndarray
    factors: np.ndarray
    felt: np.ndarray
    count: int
    ckm_root: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, whole: Forms, responses: Responses, positions: np.ndarray) -> Jacobian:
        """Return that of the observables at `positions` of a snapshot's forms."""
        forms, place = selected(whole, [int(p) for p in positions])
        at = {d: k for k, d in enumerate(whole.directions)}
        low = np.array([at[d] for d in forms.directions], dtype=int)
        kept = [n for n, p in enumerate(responses.pieces) if int(p) in place]
        rows = piece_rows(whole)
        # The monomials of a piece keep their order when others are left out of the bank.
        here = piece_rows(forms)
        by_bank: dict[int, list[int]] = {}
        for n in kept:
            by_bank.setdefault(here[place[int(responses.pieces[n])]][0], []).append(n)
        banks, order = [], []
        for k, members in sorted(by_bank.items(), key=lambda item: forms.banks[item[0]].stage):
            bank = forms.banks[k]
            weights = np.zeros((len(bank.features), len(members)))
            for column, n in enumerate(members):
                own = here[place[int(responses.pieces[n])]][2]
                assert len(own) == len(rows[int(responses.pieces[n])][2])
                weights[own, column] = responses.weights[n]
            banks.append(replace(bank, weights=weights))
            order += members
        texts = {text: k for k, text in enumerate(responses.observables)}
        factors = np.zeros((len(positions), len(responses.nuisances)))
        number = {texts[str(o)]: k for k, o in enumerate(forms.observables) if str(o) in texts}
        for o, k, value in responses.factors:
            if int(o) in number:
                factors[number[int(o)], int(k)] = value
        felt = np.zeros(factors.shape, dtype=bool)
        for o, k in number.items():
            felt[k] = responses.felt[o]
        return cls(
            forms,
            low,
            tuple(banks),
            np.array([place[int(responses.pieces[n])] for n in order], dtype=int),
            np.asarray(responses.directions)[order],
            factors,
            felt,
            len(responses.nuisances),
            responses.ckm_root,
            np.array(order, dtype=int),
        )

    def specialised(self, reach: SampledRange) -> Jacobian:
        """Return the same without what no observable notices within the reach.

        `reach` is of the low-scale vector of these forms.
        """
        small = specialise(self.forms, reach)
        sensitivity = _piece_sensitivity(self.forms, reach)
        late = np.abs(self._late(reach.low, reach.ckm, np)[1]).max(axis=0)
        size = np.concatenate([reach.size, [0.0]])
        banks, kept, start = [], [], 0
        for bank in self.banks:
            count = bank.weights.shape[1]
            own = sensitivity[self.pieces[start : start + count]]
            own = np.where(np.isfinite(own), own, 0.0) if bank.stage == 2 else np.inf
            y = np.concatenate([[1.0], size[np.asarray(bank.directions, int)]])
            reached = late[bank.features] * y[bank.left] * y[bank.right]
            with np.errstate(invalid="ignore"):
                effect = np.nan_to_num(np.abs(bank.weights) * reached[:, None] * own, posinf=1.0)
            weights = np.where(effect > CUT, bank.weights, 0.0)
            terms, columns = weights.any(axis=1), np.nonzero(weights.any(axis=0))[0]
            if len(columns):
                banks.append(
                    replace(
                        bank,
                        features=bank.features[terms],
                        left=bank.left[terms],
                        right=bank.right[terms],
                        weights=weights[np.ix_(terms, columns)],
                    )
                )
                kept += list(start + columns)
            start += count
        return replace(
            self,
            forms=replace(
                small, features=self.forms.features, banks=_refeatured(small, self.forms)
            ),
            banks=tuple(banks),
            pieces=self.pieces[kept],
            directions=self.directions[kept],
            order=self.order[kept],
        )

    # --- evaluation

    def _late(self, low: Any, ckm: Any, xp: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Return values of the first stage, features, the shift, CKM products and phases."""
        forms = self.forms
        products = ckm_products(ckm, forms.ckm_centre, forms.ckm_phase, xp)
        early = forms._features(products, forms.features, xp)
        joined = xp.concatenate(
            [b.evaluate(low, early, xp) for b in forms.banks if b.stage == 1], axis=-1
        )
        values = {name: joined[..., i] for i, name in enumerate(forms.first)}
        shift = 1 / xp.sqrt(positive(values["fermi"], FLOOR, xp)) - 1
        found = derived(values, products, xp)
        context = {**products, **{k: v for k, v in found.items() if k not in DERIVED}}
        return joined, forms._features(context, forms.features, xp), shift, products, early

    def of_nuisances(self, low: Any, ckm: Any, xp: Any = np) -> Any:
        """Return J (..., observables, count) at low-scale vectors (..., D) of the snapshot."""
        forms = self.forms
        if not len(self.pieces):
            return xp.zeros((*low.shape[:-1], len(forms.observables), self.count))
        slots, dq, totals, mixed = self.ingredients(low, ckm, xp)
        result = self._entries.apply(slots, dq, xp)
        result = result.reshape(*low.shape[:-1], len(forms.observables), self.count)
        if mixed is not None:
            spread = np.zeros((len(self.mixing), self.count))
            spread[np.arange(len(self.mixing)), self.mixing] = 1.0
            result = result + (mixed @ xp.asarray(spread)) * xp.asarray(self.felt.astype(float))
        return result + totals[..., None] * xp.asarray(self.factors)

    def ingredients(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any, Any, Any]:
        """Return what J is made of, at low-scale vectors (..., D) of the snapshot.

        By how much products move with their pieces (..., slots), pieces with directions (...,
        pairs), what the factors multiply (..., observables), and what comes through amplitudes of
        mixing (..., observables, directions of :attr:`mixing`), or None.
        """
        low = low[..., self.low]
        pieces = self._plain_pieces if xp is np else self._fast_pieces
        q, joined, products, dq = pieces(low, ckm, xp)
        slopes, totals = self._slopes(q, xp)
        slots = xp.concatenate([s for s in slopes], axis=-1)
        if not len(self.mixing):
            return slots, dq, totals, None
        extra = self._derived(joined, dq, products, xp)
        # (..., 5, directions of mixing) times the slope of each observable by each of the five
        return slots, dq, totals, self._of_derived(slots, extra, xp)

    def _slopes(self, q: Any, xp: Any) -> tuple[list[Any], Any]:
        """Return by how much each product moves with each of its six pieces, and the observables.

        Six arrays (..., K); the second has the shape (..., observables).
        """
        forms = self.forms
        n, d, r = forms.numerators, forms.denominators, forms.roots
        floor, _ = forms.floors
        bottom, root = (positive(q[..., t], floor[t], xp) for t in (d, r))
        rest = xp.asarray(forms.constants) / (
            bottom[..., 0] * bottom[..., 1] * xp.sqrt(root[..., 0] * root[..., 1])
        )
        top = [q[..., n[:, 0]], q[..., n[:, 1]]]
        value = rest * top[0] * top[1]
        scatter = np.zeros((len(forms.owner), len(forms.observables)))
        scatter[np.arange(len(forms.owner)), forms.owner] = 1.0
        totals = value @ xp.asarray(scatter)
        slopes = [rest * top[1], rest * top[0]]
        slopes += [-value / bottom[..., k] for k in (0, 1)]
        slopes += [-0.5 * value / root[..., k] for k in (0, 1)]
        if len(forms.logarithms):
            _, least = forms.floors
            mask = np.isin(forms.owner, forms.logarithms)
            own = xp.where(mask, totals[..., forms.owner], 1.0)
            inside = positive(own, np.where(mask, least[forms.owner], 0.5), xp)
            unit = 1 / inside
            slopes = [s * unit for s in slopes]
            totals = xp.where(
                np.isin(np.arange(len(forms.observables)), forms.logarithms), 1.0, totals
            )
        return slopes, totals

    @cached_property
    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which slope multiplies which pair, and its entry (observable * count + direction)."""
        forms = self.forms
        rows = len(forms.owner)
        by_piece: dict[int, list[int]] = {}
        for n, piece in enumerate(self.pieces):
            by_piece.setdefault(int(piece), []).append(n)
        slope, pair, where = [], [], []
        tables = (forms.numerators, forms.denominators, forms.roots)
        for t, table in enumerate(tables):
            for slot in (0, 1):
                for row in range(rows):
                    for n in by_piece.get(int(table[row, slot]), ()):
                        if not self.felt[int(forms.owner[row]), int(self.directions[n])]:
                            continue
                        slope.append((2 * t + slot) * rows + row)
                        pair.append(n)
                        where.append(int(forms.owner[row]) * self.count + int(self.directions[n]))
        return np.array(slope, int), np.array(pair, int), np.array(where, int)

    @cached_property
    def _entries(self) -> Products:
        return Products.of(*self.entries, len(self.forms.observables) * self.count)

    @cached_property
    def mixing(self) -> np.ndarray:
        """The directions that move an amplitude of mixing."""
        first = LEADING_FIRST, LEADING_FIRST + len(self.forms.first)
        own = (self.pieces >= first[0]) & (self.pieces < first[1])
        return np.unique(self.directions[own])

    def _derived(self, joined: Any, dq: Any, products: Mapping[str, Any], xp: Any) -> Any:
        """Return by how much each direction of `mixing` moves the derived quantities, (..., d, 5).

        By central differences, since they are no polynomials.
        """
        names = self.forms.first
        table = np.zeros((len(self.pieces), len(self.mixing) * len(names)))
        for n, (piece, k) in enumerate(zip(self.pieces, self.directions, strict=True)):
            place = int(piece) - LEADING_FIRST
            if 0 <= place < len(names):
                row = int(np.searchsorted(self.mixing, k))
                table[n, row * len(names) + place] = 1.0
        own_pairs = np.nonzero(table.any(axis=1))[0]
        moves = (dq[..., own_pairs] @ xp.asarray(table[own_pairs])).reshape(
            *dq.shape[:-1], len(self.mixing), len(names)
        )
        own = {name: value[..., None] for name, value in products.items()}

        def at(sign: float) -> Any:
            values = joined[..., None, :] + sign * STEP * moves
            found = derived({name: values[..., i] for i, name in enumerate(names)}, own, xp)
            return xp.stack([found[name] for name in DERIVED], axis=-1)

        return (at(1.0) - at(-1.0)) / (2 * STEP)

    def _of_derived(self, slots: Any, extra: Any, xp: Any) -> Any:
        """Return what comes through the derived quantities, (..., observables, `mixing`)."""
        forms, rows = self.forms, len(self.forms.owner)
        pick = np.zeros((6 * rows, len(DERIVED) * len(forms.observables)))
        for t, table in enumerate((forms.numerators, forms.denominators, forms.roots)):
            for slot in (0, 1):
                for row in range(rows):
                    piece = int(table[row, slot])
                    if 1 <= piece <= len(DERIVED):
                        column = (piece - 1) * len(forms.observables) + int(forms.owner[row])
                        pick[(2 * t + slot) * rows + row, column] = 1.0
        used = np.nonzero(pick.any(axis=1))[0]
        slope = slots[..., used] @ xp.asarray(pick[used])
        slope = slope.reshape(*slots.shape[:-1], len(DERIVED), len(forms.observables))
        return xp.einsum("...dq,...qo->...od", extra, slope)

    def of_ckm(self, low: Any, ckm: Any, xp: Any = np) -> Any:
        """Return J (..., observables, 4) for the directions of the CKM parameters."""
        low = low[..., self.low]
        predict = self.forms.predict if xp is np else self.fast.predict
        step = STEP * self.ckm_root
        # All steps in one call, as points: (8, ..., D).
        both = xp.stack([ckm + s * step[:, k] for s in (1, -1) for k in range(4)])
        found = predict(xp.broadcast_to(low, (8, *low.shape)), both, xp)
        return xp.moveaxis(found[:4] - found[4:], 0, -1) / (2 * STEP)

    @cached_property
    def fast(self) -> FastForms:
        """The forms arranged for a compiler."""
        return FastForms.of(self.forms)

    @cached_property
    def _stages(self) -> tuple[_Stage, _Stage]:
        """The banks of the responses arranged for a compiler."""
        forms = self.forms
        banks = {k: [b for b in self.banks if b.stage == k] for k in (1, 2)}
        first = _Stage.of(banks[1], len(forms.directions), len(forms.features), False)
        second = _Stage.of(banks[2], len(forms.directions), len(forms.features), False)
        return first, second

    def _fast_pieces(self, low: Any, ckm: Any, xp: Any) -> tuple[Any, Any, Any, Any]:
        """Return what `_plain_pieces` returns, by the steps of `FastForms.evaluate`."""
        fast = self.fast
        one = fast.pieces(low, ckm, xp)
        first, second = self._stages
        changes = [
            stage.evaluate(one.low, one.shift, features, xp)
            for stage, features in ((first, one.early), (second, one.late))
            if len(stage.place.index)
        ]
        none = xp.zeros((0, *low.shape[:-1]))
        charm = {name: one.products[COLUMNS[name]] for name in CHARM}
        changed = points_first(xp.concatenate([none, *changes], axis=0), xp)
        return points_first(one.q, xp), points_first(one.joined, xp), charm, changed

    def _plain_pieces(self, low: Any, ckm: Any, xp: Any) -> tuple[Any, Any, Any, Any]:
        """Return the pieces, those of the first stage, CKM products, and changes of the pairs."""
        q = xp.concatenate(self.forms._pieces(low, ckm, xp), axis=-1)
        joined, late, shift, products, early = self._late(low, ckm, xp)
        extended = xp.concatenate([low, shift[..., None]], axis=-1)
        changes = [
            b.evaluate(low if b.stage == 1 else extended, early if b.stage == 1 else late, xp)
            for b in self.banks
        ]
        none = xp.zeros((*low.shape[:-1], 0))
        return q, joined, products, xp.concatenate([none, *changes], axis=-1)

    def restricted(self, rows: np.ndarray) -> Jacobian:
        """Return that of some of the observables, with all directions."""
        forms, place = selected(self.forms, [int(r) for r in rows])
        at = {d: k for k, d in enumerate(self.forms.directions)}
        own = np.array([at[d] for d in forms.directions], dtype=int)
        to = {d: k for k, d in enumerate(forms.directions)}
        numbers = {names: k for k, names in enumerate(forms.features)}
        features = list(forms.features)
        banks, kept, start = [], [], 0
        for bank in self.banks:
            count = bank.weights.shape[1]
            columns = [n for n in range(count) if int(self.pieces[start + n]) in place]
            if columns:
                small = columns_of(bank, columns)
                for f in np.unique(small.features):
                    names = self.forms.features[f]
                    if names not in numbers:
                        numbers[names] = len(features)
                        features.append(names)
                shift = len(self.forms.directions)
                for d in small.directions:
                    if int(d) != shift and self.forms.directions[int(d)] not in to:
                        raise ValueError("a response depends on what its piece does not")
                banks.append(
                    replace(
                        small,
                        features=np.array(
                            [numbers[self.forms.features[f]] for f in small.features], dtype=int
                        ),
                        directions=np.array(
                            [
                                len(to) if int(d) == shift else to[self.forms.directions[int(d)]]
                                for d in small.directions
                            ],
                            dtype=int,
                        ),
                    )
                )
                kept += [start + n for n in columns]
            start += count
        return replace(
            self,
            forms=replace(forms, features=tuple(features)),
            low=self.low[own],
            banks=tuple(banks),
            pieces=np.array([place[int(p)] for p in self.pieces[kept]], dtype=int),
            directions=self.directions[kept],
            order=self.order[kept],
            factors=self.factors[rows],
            felt=self.felt[rows],
        )

    def __call__(self, low: Any, ckm: Any, xp: Any = np) -> Any:
        """Return J (..., observables, count + 4), the CKM parameters last."""
        return xp.concatenate([self.of_nuisances(low, ckm, xp), self.of_ckm(low, ckm, xp)], axis=-1)


LEADING_FIRST = 1 + len(DERIVED)


@dataclass(frozen=True, eq=False)
class Products:
    """A sum of products of two gathered arrays, sorted by where they go.

    Attributes
    ----------
    first, second
        Positions in the two arrays, (n,) each.
    sums
        Adds the products up.
    """

    first: np.ndarray
    second: np.ndarray
    sums: PaddedSum

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray, where: np.ndarray, size: int) -> Products:
        """Return the sum that adds up, at `where` of `size` places, the products of each entry."""
        ones = np.ones(len(first))
        return cls(first, second, PaddedSum.of(np.arange(len(first)), where, ones, size))

    def apply(self, x: Any, y: Any, xp: Any = np) -> Any:
        """Return the sums, (..., size), of arrays x and y."""
        x, y = points_last(x, xp)[self.first], points_last(y, xp)[self.second]
        return points_first(self.sums.apply(x * y, xp), xp)


def _refeatured(small: Forms, large: Forms) -> tuple[Bank, ...]:
    """Return banks of `small` that point to the features of `large`."""
    place = {names: k for k, names in enumerate(large.features)}
    table = np.array([place[names] for names in small.features], dtype=int)
    return tuple(replace(b, features=table[b.features]) for b in small.banks)
