"""Counts of all searches from coefficients at 1 TeV: for numpy as they stand, for JAX compiled.

What enters behind the coefficients (``extras``) are, of every leptoquark with a propagator, 1/M^2
and its tree-level coefficients, in GeV^-2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from muoquark.likelihood.highpt.amplitudes import components
from muoquark.likelihood.highpt.folding import CHANNELS, CONTACT, NODES_MIXED, Folded, YieldTerm
from muoquark.likelihood.highpt.propagators import basis, product_basis
from muoquark.likelihood.specialise import CUT, MARGIN, SampledRange
from muoquark.smeft.mediators import MASS

__all__ = ["TREE", "CompiledYields", "Yields", "extra_names"]

#: Families that the tree-level exchange of each leptoquark reaches.
TREE: Mapping[str, tuple[str, ...]] = {
    "S1": ("lq1", "lq3", "eu", "lequ1", "lequ3"),
    "S3": ("lq1", "lq3"),
    "S1t": ("ed",),
    "R2": ("lu", "qe", "lequ1", "lequ3"),
    "R2t": ("ld",),
    "U1": ("lq1", "lq3", "ed", "ledq"),
}
TEV2 = 1e6  # GeV^2


@lru_cache(maxsize=1)
def extra_names() -> tuple[str, ...]:
    """Return the names of the extras: ``S3/M^-2``, ``S3/lq1_2223:Re``, ..."""
    found = []
    for field, families in TREE.items():
        found.append(f"{field}/{MASS}")
        found += [f"{field}/{c}" for c in components() if c.partition("_")[0] in families]
    return tuple(found)


@dataclass(frozen=True)
class Columns:
    """Where a leptoquark's numbers are among the extras that are given.

    Attributes
    ----------
    mass
        Position of 1/M^2 in the vector.
    tree
        Positions of tree-level coefficients in the vector, (n,).
    component
        Their positions among the components, (n,).
    """

    mass: int
    tree: np.ndarray
    component: np.ndarray


def _columns(extras: Sequence[str]) -> dict[str, Columns]:
    """Return the columns of each leptoquark of which extras are given."""
    names = components()
    start, place = len(names), {name: k for k, name in enumerate(names)}
    found: dict[str, Columns] = {}
    for field in CHANNELS:
        own = [(k, e.partition("/")[2]) for k, e in enumerate(extras) if e.startswith(f"{field}/")]
        mass = [k for k, name in own if name == MASS]
        tree = [(k, place[name]) for k, name in own if name != MASS]
        if mass:
            at = np.array(tree, dtype=int).reshape(-1, 2)
            found[field] = Columns(start + mass[0], start + at[:, 0], at[:, 1])
    return found


def _key(term: YieldTerm) -> tuple[Any, ...]:
    """Return what :func:`_basis` depends on."""
    return (*term.masses, term.product, term.weights.shape[0])


def _basis(term: YieldTerm, y: Mapping[str, Any], xp: Any) -> Any:
    """Return b_n of a term, (..., n)."""
    count = term.weights.shape[0]
    if len(term.masses) == 1:
        return basis(y[term.masses[0]], count, xp)
    one, two = (y[field] for field in term.masses)
    if term.product:
        return product_basis(one, two, count, xp)
    both = basis(one, NODES_MIXED, xp)[..., :, None] * basis(two, NODES_MIXED, xp)[..., None, :]
    return both.reshape(*both.shape[:-2], count)


@dataclass(frozen=True, eq=False)
class Yields:
    """The plain version.

    Parameters
    ----------
    folded
        The searches.
    expected
        Events without new physics, by search.
    extras
        Names of the numbers behind the coefficients; see :func:`extra_names`.
    """

    folded: tuple[Folded, ...]
    expected: tuple[np.ndarray, ...]
    extras: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """Where the leptoquarks' numbers are."""
        return _columns(self.extras)

    def amplitudes(self, one: Folded, low: Any, active: Sequence[str]) -> dict[str, np.ndarray]:
        """Return C and the tree level of `active` leptoquarks, (..., amplitudes), in TeV^-2."""
        size = len(components())
        found = {CONTACT: TEV2 * (low[..., :size] @ one.matrix.T)}
        for field in active:
            at = self.columns[field]
            found[field] = TEV2 * (low[..., at.tree] @ one.matrix[:, at.component].T)
        return found

    def terms(self, one: Folded, active: Sequence[str]) -> list[YieldTerm]:
        """Return the terms of a search with these leptoquarks."""
        found = [*one.contact]
        for k, field in enumerate(active):
            found += one.propagating(field)
            for other in active[:k]:
                if _overlap(one, other, field):
                    found += one.together(other, field)
        return found

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return counts (..., bins of all searches); nothing is continued."""
        low = np.asarray(low)
        active = [f for f, at in self.columns.items() if np.any(low[..., at.mass] > 0)]
        y = {field: TEV2 * low[..., self.columns[field].mass] for field in active}
        out = []
        for one, expected in zip(self.folded, self.expected, strict=True):
            amplitudes = self.amplitudes(one, low, active)
            total = np.broadcast_to(expected, (*low.shape[:-1], len(expected))).copy()
            for term in self.terms(one, active):
                value = _feature(term, amplitudes)
                if not term.masses:
                    total += value @ term.weights[0]
                else:
                    b = _basis(term, y, np)
                    both = b[..., :, None] * value[..., None, :]
                    flat = term.weights.reshape(-1, term.weights.shape[-1])
                    total += both.reshape(*both.shape[:-2], -1) @ flat
            out.append(total)
        return np.concatenate(out, axis=-1), np.zeros(low.shape[:-1], dtype=bool)


def _feature(term: YieldTerm, amplitudes: Mapping[str, Any]) -> Any:
    """Return the features of a term, (..., entries)."""
    left = amplitudes[term.left][..., term.left_of]
    if term.right is None:
        return (np.conj(np.asarray(term.phase)) * left).real
    right = amplitudes[term.right][..., term.right_of]
    return left.real * right.real + left.imag * right.imag


def _mask(one: Folded, field: str) -> np.ndarray:
    """Return which amplitudes a leptoquark's tree level can reach."""
    own = [k for k, c in enumerate(components()) if c.partition("_")[0] in TREE[field]]
    return np.asarray(np.any(one.matrix[:, own] != 0, axis=1))


def _overlap(one: Folded, first: str, second: str) -> bool:
    a, b = _mask(one, first), _mask(one, second)
    crossed = [(s, t) for s, t in one.crossing if (a[s] and b[t]) or (b[s] and a[t])]
    return bool(np.any(a & b)) or bool(crossed)


@dataclass(frozen=True, eq=False)
class _Side:
    """Amplitudes of one source that matter, as real matrices."""

    columns: np.ndarray
    real: np.ndarray
    imag: np.ndarray


@dataclass(frozen=True, eq=False)
class _Kept:
    """What of a term matters: entries into the kept amplitudes, weights."""

    term: YieldTerm
    weights: np.ndarray
    left: np.ndarray
    right: np.ndarray
    phase: np.ndarray


@dataclass(frozen=True, eq=False)
class _Search:
    """One search of which something matters."""

    sides: Mapping[str, _Side]
    kept: tuple[_Kept, ...]


@dataclass(frozen=True, eq=False)
class CompiledYields:
    """The same for JAX, within the reach of a card: what moves no count by 1e-6 sigma is left out.

    Masses that are the same at all sampled points are taken as constants.
    """

    plain: Yields
    searches: tuple[_Search | None, ...]

    @classmethod
    def of(cls, plain: Yields, reach: SampledRange) -> CompiledYields:
        """Arrange the searches for the reach of a card."""
        low = np.asarray(reach.low)
        there = np.asarray(reach.size) > 0
        columns = plain.columns
        active = [f for f, at in columns.items() if np.any(low[:, at.mass] > 0)]
        y = {field: TEV2 * low[:, columns[field].mass] for field in active}
        fixed = {f for f, values in y.items() if np.ptp(values) <= 1e-12 * values.max()}
        start, searches = 0, []
        for one, expected in zip(plain.folded, plain.expected, strict=True):
            sigma = np.asarray(reach.sigma)[start : start + len(expected)]
            start += len(expected)
            amplitudes = plain.amplitudes(one, low, active)
            kept = []
            for term in plain.terms(one, active):
                found = _kept(term, amplitudes, y, fixed, sigma)
                if found is not None:
                    kept.append(found)
            searches.append(_arranged(plain, one, kept, there) if kept else None)
        return cls(plain, tuple(searches))

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return counts (..., bins of all searches); nothing is continued."""
        out = []
        shape = low.shape[:-1]
        y = {f: TEV2 * low[..., at.mass] for f, at in self.plain.columns.items()}
        # Functions of masses: the same ones for all searches.
        bases: dict[tuple[Any, ...], Any] = {}
        for kept in (k for one in self.searches if one is not None for k in one.kept):
            if kept.weights.shape[0] > 1 and _key(kept.term) not in bases:
                bases[_key(kept.term)] = _basis(kept.term, y, xp)
        for one, expected in zip(self.searches, self.plain.expected, strict=True):
            total = xp.broadcast_to(xp.asarray(expected), (*shape, len(expected)))
            if one is not None:
                total = total + self._signal(one, low, bases, xp)
            out.append(total)
        return xp.concatenate(out, axis=-1), xp.zeros(shape, dtype=bool)

    @staticmethod
    def _signal(one: _Search, low: Any, bases: Mapping[tuple[Any, ...], Any], xp: Any) -> Any:
        parts = {}
        for name, side in one.sides.items():
            own = low[..., side.columns]
            parts[name] = own @ xp.asarray(side.real.T), own @ xp.asarray(side.imag.T)
        features, weights = [], []
        for kept in one.kept:
            term = kept.term
            re, im = (x[..., kept.left] for x in parts[term.left])
            if term.right is None:
                value = re * xp.asarray(kept.phase.real) + im * xp.asarray(kept.phase.imag)
            else:
                other_re, other_im = (x[..., kept.right] for x in parts[term.right])
                value = re * other_re + im * other_im
            if kept.weights.shape[0] > 1:
                b = bases[_key(term)]
                value = (b[..., :, None] * value[..., None, :]).reshape(*value.shape[:-1], -1)
            features.append(value)
            weights.append(kept.weights.reshape(-1, kept.weights.shape[-1]))
        return xp.concatenate(features, axis=-1) @ xp.asarray(np.concatenate(weights))


def _kept(
    term: YieldTerm,
    amplitudes: Mapping[str, np.ndarray],
    y: Mapping[str, np.ndarray],
    fixed: set[str],
    sigma: np.ndarray,
) -> _Kept | None:
    """Return what of a term matters at sampled points, None for nothing."""
    degree = 1 if term.right is None else 2
    value = MARGIN**degree * np.abs(_feature_bound(term, amplitudes))
    weights = term.weights
    if term.masses:
        b = _basis(term, y, np)  # (points, n)
        felt = np.abs(np.einsum("pn,nej->pej", b, weights))
        if set(term.masses) <= fixed:
            weights = np.einsum("n,nej->ej", b[0], weights)[None]
        size = (felt / sigma).max(axis=-1) * value
    else:
        size = (np.abs(weights[0]) / sigma).max(axis=-1) * value
    keep = size.max(axis=0, initial=0.0) > CUT
    if not keep.any():
        return None
    left = term.left_of[keep]
    right = left if term.right_of is None else term.right_of[keep]
    phase = np.ones(len(left), complex) if term.phase is None else term.phase[keep]
    return _Kept(term, weights[:, keep], left, right, phase)


def _feature_bound(term: YieldTerm, amplitudes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the sizes of features at points, whatever the phases, (points, entries)."""
    left = np.abs(amplitudes[term.left][:, term.left_of])
    if term.right is None:
        return np.asarray(left)
    return np.asarray(left * np.abs(amplitudes[term.right][:, term.right_of]))


def _arranged(plain: Yields, one: Folded, kept: list[_Kept], there: np.ndarray) -> _Search:
    """Number the amplitudes that matter, and return their matrices on columns that are there."""
    used: dict[str, set[int]] = {}
    for k in kept:
        used.setdefault(k.term.left, set()).update(k.left.tolist())
        if k.term.right is not None:
            used.setdefault(k.term.right, set()).update(k.right.tolist())
    sides, place = {}, {}
    size = len(components())
    for name, entries in used.items():
        rows = np.array(sorted(entries))
        if name == CONTACT:
            columns, component = np.arange(size), np.arange(size)
        else:
            columns, component = plain.columns[name].tree, plain.columns[name].component
        some = there[columns]
        matrix = TEV2 * one.matrix[np.ix_(rows, component[some])]
        reached = np.any(matrix != 0, axis=0)
        sides[name] = _Side(
            columns[some][reached], matrix.real[:, reached], matrix.imag[:, reached]
        )
        place[name] = {int(e): n for n, e in enumerate(rows)}
    moved = tuple(
        _Kept(
            k.term,
            k.weights,
            np.array([place[k.term.left][int(e)] for e in k.left]),
            k.left
            if k.term.right is None
            else np.array([place[k.term.right][int(e)] for e in k.right]),
            k.phase,
        )
        for k in kept
    )
    return _Search(sides, moved)
