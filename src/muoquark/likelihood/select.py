"""A part of a snapshot's predictions: only some observables, and only what they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import DERIVED

__all__ = ["columns_of", "select", "selected"]


def select(forms: Forms, positions: Sequence[int]) -> Forms:
    """Return the forms of the observables at `positions`, in this order.

    Polynomials, monomials and low-scale directions that they do not need are left out.  The
    four inputs of the CKM scheme keep their meaning only if they are among the observables.
    """
    return selected(forms, positions)[0]


def selected(forms: Forms, positions: Sequence[int]) -> tuple[Forms, dict[int, int]]:
    """Return the same as `select`, and the new position of each piece that is left."""
    order = {int(p): k for k, p in enumerate(positions)}
    kept = np.array([int(o) in order for o in forms.owner])
    rows = np.nonzero(kept)[0]
    rows = rows[np.argsort([order[int(forms.owner[r])] for r in rows], kind="stable")]
    tables = [t[rows] for t in (forms.numerators, forms.denominators, forms.roots)]
    used = np.unique(np.concatenate([t.ravel() for t in tables]))
    leading = 1 + len(DERIVED)
    mapping = {k: k for k in range(leading)}
    start = new = leading
    banks: list[Bank] = []
    for bank in sorted(forms.banks, key=lambda b: b.stage):
        width = bank.weights.shape[1]
        # The first stage feeds the mixing phases and the Fermi constant: it stays whole.
        columns = [k for k in range(width) if bank.stage == 1 or start + k in used]
        for k in columns:
            mapping[start + k] = new
            new += 1
        start += width
        if columns:
            banks.append(columns_of(bank, columns))
    fermi = len(forms.directions)
    needed = np.unique(np.concatenate([b.directions for b in banks]))
    low = [int(d) for d in needed if d != fermi]
    place = {d: k for k, d in enumerate(low)} | {fermi: len(low)}
    banks = [
        replace(b, directions=np.array([place[int(d)] for d in b.directions], int)) for b in banks
    ]
    features = np.unique(np.concatenate([b.features for b in banks]))
    banks = [replace(b, features=np.searchsorted(features, b.features)) for b in banks]
    renumber = np.vectorize(mapping.__getitem__, otypes=[int])
    inputs = [order.get(int(k), -1) for k in forms.ckm_inputs]
    small = replace(
        forms,
        observables=tuple(forms.observables[int(p)] for p in positions),
        directions=tuple(forms.directions[d] for d in low),
        features=tuple(forms.features[k] for k in features),
        banks=tuple(banks),
        numerators=renumber(tables[0]),
        denominators=renumber(tables[1]),
        roots=renumber(tables[2]),
        constants=forms.constants[rows],
        owner=np.array([order[int(forms.owner[r])] for r in rows]),
        ckm_inputs=np.array(inputs),
        logarithms=np.array([order[int(k)] for k in forms.logarithms if int(k) in order], int),
    )
    return small, mapping


def columns_of(bank: Bank, columns: list[int]) -> Bank:
    """Return some of a bank's polynomials, without monomials that have no weight in them."""
    weights = np.asarray(bank.weights)[:, columns]
    terms = np.any(weights != 0, axis=1)
    if terms.size and not terms.any():
        terms[0] = True
    left, right = bank.left[terms], bank.right[terms]
    used = np.unique(np.concatenate([left, right, [0]]))
    place = {int(k): n for n, k in enumerate(used)}
    return Bank(
        bank.name,
        bank.stage,
        np.asarray(bank.directions)[used[used > 0] - 1],
        bank.features[terms],
        np.array([place[int(k)] for k in left], int),
        np.array([place[int(k)] for k in right], int),
        weights[terms],
    )
