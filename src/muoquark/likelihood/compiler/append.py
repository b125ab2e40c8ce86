"""Forms of further observables behind those that there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import DERIVED

__all__ = ["append_forms"]


def append_forms(base: Forms, further: Forms) -> Forms:
    """Return forms of the observables of both; those of `base` stay as they are, to the bit.

    Parameters
    ----------
    further
        Without polynomials of the first stage: mixing phases and the Fermi constant are those of
        `base`.
    """
    leading = 1 + len(DERIVED)
    start = leading + sum(b.weights.shape[1] for b in base.banks)
    directions = list(base.directions)
    directions += [d for d in further.directions if d not in set(base.directions)]
    index = {d: k for k, d in enumerate(directions)}
    features = list(base.features)
    features += [f for f in further.features if f not in set(base.features)]
    place = {f: k for k, f in enumerate(features)}

    def moved(bank: Bank, forms: Forms) -> Bank:
        # One past the end of the vector is the shift of the Fermi constant.
        own = [
            len(directions) if k == len(forms.directions) else index[forms.directions[k]]
            for k in bank.directions
        ]
        return replace(
            bank,
            directions=np.array(own, dtype=int),
            features=np.array([place[forms.features[k]] for k in bank.features], dtype=int),
        )

    banks = [moved(bank, base) for bank in base.banks]
    banks += [moved(bank, further) for bank in further.banks if bank.weights.shape[1]]
    if any(bank.stage == 1 and bank.weights.shape[1] for bank in further.banks):
        raise ValueError("further forms have polynomials of the first stage")

    def joined(name: str) -> np.ndarray:
        table = np.asarray(getattr(further, name))
        shifted = np.where(table >= leading, table - leading + start, table)
        return np.concatenate([np.asarray(getattr(base, name)), shifted])

    count = len(base.observables)
    return replace(
        base,
        observables=(*base.observables, *further.observables),
        directions=tuple(directions),
        features=tuple(features),
        banks=tuple(banks),
        numerators=joined("numerators"),
        denominators=joined("denominators"),
        roots=joined("roots"),
        constants=np.concatenate([base.constants, further.constants]),
        owner=np.concatenate([np.asarray(base.owner), np.asarray(further.owner) + count]),
        logarithms=np.concatenate(
            [np.asarray(base.logarithms), np.asarray(further.logarithms) + count]
        ).astype(int),
    )
