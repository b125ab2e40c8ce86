"""The part of a snapshot that one model can feel: what moves no prediction is left out.

A card reaches only some low-scale coefficients, and those only up to some size.  Everything is
measured in standard deviations: a term goes if, at the largest values it can take within the
ranges of the card's parameters, it moves no observable by more than :data:`CUT` of its total
error.  With n terms dropped the error of a prediction is below n times that, in practice below
1e-3 of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import DERIVED, derived
from muoquark.likelihood.select import columns_of

if TYPE_CHECKING:
    from muoquark.likelihood.part import Predictor

__all__ = ["CUT", "MARGIN", "SampledRange", "direction_sensitivity", "sampled_range", "specialise"]

CUT = 1e-6
# How far beyond the largest value met at the sampled points the card may go.
MARGIN = 1.5


@dataclass(frozen=True)
class SampledRange:
    """What the sampled points of a card reach.

    Attributes
    ----------
    low, ckm
        (points, directions) and (points, 4).
    size
        Largest |low| per direction with a margin.
    sigma
        Total error of every observable.
    reverse
        Whether what is made for it is differentiated in reverse mode, and never in forward mode.
    extras
        Which of the part's extras stand behind the directions in `low` and `size`: positions.
    """

    low: np.ndarray
    ckm: np.ndarray
    size: np.ndarray
    sigma: np.ndarray
    reverse: bool = False
    extras: tuple[int, ...] = ()


def sampled_range(
    low: np.ndarray, ckm: np.ndarray, sigma: np.ndarray, reverse: bool = False
) -> SampledRange:
    """Return the reach of sampled coefficients (points, D) and CKM parameters (points, 4)."""
    return SampledRange(low, ckm, MARGIN * np.abs(low).max(axis=0), sigma, reverse)


def direction_sensitivity(predictor: Predictor, reach: SampledRange, points: int = 3) -> np.ndarray:
    """Return, per low-scale direction, the most that a unit of it moves an observable, in sigma.

    Shape (D,).  From central differences over the reach of each direction, at the first few points.
    Extras behind the directions keep their values.
    """
    directions = len(reach.size) - len(reach.extras)
    active = np.nonzero(reach.size[:directions])[0]
    result = np.zeros(directions)
    for low, ckm in zip(reach.low[:points], reach.ckm[:points], strict=True):
        # In portions, since each step is a whole low-scale vector: `both` is (400, directions) at
        # most.
        for start in range(0, len(active), 200):
            chunk = active[start : start + 200]
            step = np.zeros((len(chunk), len(low)))
            # From -size/2 to +size/2: the difference divided by size is the slope.
            step[np.arange(len(chunk)), chunk] = 0.5 * reach.size[chunk]
            both = np.concatenate([low + step, low - step])
            values, _ = predictor.evaluate(both, np.broadcast_to(ckm, (len(both), 4)))
            change = np.abs(values[: len(chunk)] - values[len(chunk) :]) / reach.sigma
            slope = np.nanmax(change, axis=1) / reach.size[chunk]
            result[chunk] = np.maximum(result[chunk], slope)
    return result


def specialise(forms: Forms, reach: SampledRange) -> Forms:
    """Return forms without the monomials that no observable notices within the reach.

    The low-scale vector keeps its length and order.
    """
    # The steps of ``Forms._pieces``; here the features and the shift of the Fermi constant
    # themselves are needed, at all sampled points.
    products = ckm_products(reach.ckm, forms.ckm_centre, forms.ckm_phase)
    early = forms._features(products, forms.features, np)
    first = [b.evaluate(reach.low, early) for b in forms.banks if b.stage == 1]
    joined = np.concatenate(first, axis=-1)
    values = {name: joined[..., i] for i, name in enumerate(forms.first)}
    shift = 1 / np.sqrt(positive(values["fermi"], FLOOR)) - 1
    found = derived(values, products)
    context = {**products, **{k: v for k, v in found.items() if k not in DERIVED}}
    # (features,): the largest that each becomes.
    late = np.abs(forms._features(context, forms.features, np)).max(axis=0)
    size = np.concatenate([reach.size, [MARGIN * np.abs(shift).max()]])
    sensitivity = _piece_sensitivity(forms, reach)
    divides = np.zeros(len(sensitivity), dtype=bool)
    divides[np.concatenate([forms.denominators.ravel(), forms.roots.ravel()])] = True
    banks: list[Bank] = []
    position = 1 + len(DERIVED)
    # Pieces are numbered in this order: the banks of stage 1, then those of stage 2.
    for bank in sorted(forms.banks, key=lambda b: b.stage):
        width = bank.weights.shape[1]
        own = sensitivity[position : position + width]
        position += width
        y = np.concatenate([[1.0], size[np.asarray(bank.directions, int)]])
        # reached (T,): the largest that each monomial becomes; effect (T, P): by how many sigma it
        # then moves an observable through each polynomial.
        reached = late[bank.features] * y[bank.left] * y[bank.right]
        effect = np.abs(bank.weights) * reached[:, None] * own
        keep = effect > CUT
        # A denominator must not vanish, also where nothing depends on its size.
        share = np.abs(bank.weights) * reached[:, None]
        keep |= divides[position - width : position] & (share > 1e-9 * share.max(axis=0, initial=0))
        weights = np.where(keep, bank.weights, 0.0)
        if bank.stage == 1:
            # Mixing amplitudes enter through ratios and phases: only what is exactly zero goes.
            weights = np.where(reached[:, None] > 0, bank.weights, 0.0)
        banks.append(columns_of(replace(bank, weights=weights), list(range(width))))
    features = np.unique(np.concatenate([b.features for b in banks]))
    banks = [replace(b, features=np.searchsorted(features, b.features)) for b in banks]
    return replace(forms, banks=tuple(banks), features=tuple(forms.features[k] for k in features))


def _piece_sensitivity(forms: Forms, reach: SampledRange) -> np.ndarray:
    """Return, per piece, the most that a unit of it moves an observable, in sigma."""
    pieces = forms._pieces(reach.low, reach.ckm, np)
    q = np.concatenate(pieces, axis=-1)
    n, d, r = forms.numerators, forms.denominators, forms.roots
    floor, least = forms.floors
    used = np.unique(np.concatenate([d.ravel(), r.ravel()]))
    below = q.copy()  # what is divided by
    below[..., used] = positive(q[..., used], floor[used])
    # value (points, K): each product n n/(d d sqrt(r r)).  Its derivative by one of its pieces is
    # the product divided by that piece, half of it for one below a root.
    with np.errstate(all="ignore"):
        value = (
            forms.constants
            * (q[..., n[:, 0]] * q[..., n[:, 1]])
            / (below[..., d] * np.sqrt(below[..., r])).prod(axis=-1)
        )
        unit = 1 / reach.sigma[forms.owner]
        logarithmic = np.isin(forms.owner, forms.logarithms)
        inside = positive(value, least[forms.owner])
        # ln x moves by dx/x.
        unit = np.where(logarithmic, unit / inside, unit)
        result = np.zeros(q.shape[-1])
        for table, own, weight in ((n, q, 1.0), (d, below, 1.0), (r, below, 0.5)):
            for column in range(2):
                slope = weight * np.abs(_others(value, own, table, column)) * unit
                np.maximum.at(result, table[:, column], np.nanmax(slope, axis=0))
    # What has no finite sensitivity is kept as it is.
    return np.where(np.isfinite(result), result, np.inf)


def _others(value: Any, q: Any, table: Any, column: int) -> Any:
    """Return value / piece, also where the piece vanishes (then as if it were small)."""
    piece = q[..., table[:, column]]
    scale = np.maximum(np.abs(piece), 1e-300)
    return value / scale
