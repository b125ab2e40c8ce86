"""Choose the responses that matter, and arrange them for a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from muoquark.likelihood.dataset import combine
from muoquark.likelihood.responses.file import Nuisance, Responses, stored
from muoquark.likelihood.responses.jacobian import Jacobian
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["packed", "significant", "trial_points"]

Array = np.ndarray[Any, Any]

# The directions that are left out of an observable make up this share of its variance at most, at
# every trial point: of the theory's, and of theory and measurements together.
OF_THEORY, OF_TOTAL = 0.01, 1e-3
# Where the linear response gives less than this share of the variance in the SM, the rest is put on
# the diagonal: responses of second order.
LINEAR = 0.9
# Random trial points have coefficients of this share of the size that moves something by order one.
TRIAL = 0.3


def trial_points(snapshot: Snapshot, count: int = 3) -> Array:
    """Return low-scale vectors at which it is decided what matters, (points, D); first the SM."""
    forms = snapshot.forms
    rng = np.random.default_rng(3)
    points = [np.zeros(len(forms.directions))]
    for values in (
        {"C9_bsmumu": -1.0},
        {"C9_bsmumu": -0.4, "C10_bsmumu": 0.4},
        {"C9_bsmumu": -1.0, "C9p_bsmumu": 1.0, "C10p_bsmumu": -1.0, "C7p_bs": 0.1},
    ):
        low = np.zeros(len(forms.directions))
        for k, d in enumerate(forms.directions):
            if d[2] == "sb" and d[5] == "Re" and d[4] in values:
                low[k] = values[d[4]]
        points.append(low)
    size = np.asarray(snapshot.metadata["sizes"])
    # Scalars and mixing would hide all else: they have points of their own.
    quiet = np.array([d[4][:2] in ("CS", "CP") or d[2] in ("sbsb", "dbdb", "sdsd", "cucu")
                      for d in forms.directions])  # fmt: skip
    for k in range(count):
        low = TRIAL * size * rng.normal(size=len(size))
        points.append(np.where(quiet == (k == 2), low, 0.0))
    return np.array(points)


def significant(jacobians: Array, theory: Array, total: Array) -> Array:
    """Return which directions matter for which observable, (n, K) of J (points, n, K).

    `theory` and `total` are variances in the SM, (n,).
    """
    keep = np.zeros(jacobians.shape[1:], dtype=bool)
    for one in jacobians:
        share = one**2
        own = share.sum(axis=1)
        # at a point far away its own theory error counts, not that of the SM
        limit = np.minimum(OF_THEORY * own, OF_TOTAL * (total - theory + own))
        order = np.argsort(share, axis=1)
        rest = np.cumsum(np.take_along_axis(share, order, axis=1), axis=1)
        matters = rest > limit[:, None]
        np.put_along_axis(matters, order, matters.copy(), axis=1)
        keep |= matters & (share > 0)
    return keep


def packed(
    snapshot: Snapshot,
    block: str,
    found: Mapping[str, Any],
    weights: Mapping[int, Mapping[int, Array]],
    factors: Mapping[int, Mapping[int, float]],
    variance: Array,
    versions: Mapping[str, str],
    default: str = "sm",
) -> dict[str, Any]:
    """Return the arrays of the file; see :mod:`muoquark.likelihood.responses.file`.

    `variance` is that of the theory in the SM (n,), with all that is not linear: of a shipped
    covariance, or of random parameters.
    """
    forms, data = snapshot.forms, snapshot.data
    numbers = np.array(data.blocks[block], dtype=int)
    place = {int(n): k for k, n in enumerate(numbers)}
    every = sorted({k for own in weights.values() for k in own} | {k for own in factors.values()
                                                                  for k in own})  # fmt: skip
    column = {k: n for n, k in enumerate(every)}
    pairs = [(p, column[k], w) for p, own in sorted(weights.items()) for k, w in own.items()]
    sigma = np.asarray(found["ckm"]["sigma"])
    covariance = np.outer(sigma, sigma) * np.asarray(found["ckm"]["correlation"])
    whole = Responses(
        block,
        tuple(str(forms.observables[n]) for n in numbers),
        tuple(_nuisance(found["directions"][k]) for k in every),
        np.array([p for p, _, _ in pairs], dtype=int),
        np.array([k for _, k, _ in pairs], dtype=int),
        tuple(w for _, _, w in pairs),
        np.array([[place[n], column[k], v] for n, own in factors.items() for k, v in own.items()]
                 ).reshape(-1, 3),
        np.ones((len(numbers), len(every)), dtype=bool),
        np.zeros(len(numbers)),
        np.linalg.cholesky(covariance),
        {},
    )  # fmt: skip
    jacobian = Jacobian.of(forms, whole, numbers)
    points = trial_points(snapshot)
    ckm = np.broadcast_to(np.asarray(forms.ckm_centre), (len(points), 4))
    rows = np.array([jacobian(x, k) for x, k in zip(points, ckm, strict=True)])
    nuisance = rows[..., :-4]
    measured = np.diag(combine(data.of_block(block), data.blocks[block]).covariance)
    total = variance + measured
    keep = significant(nuisance, variance, total)
    used = np.nonzero(keep.any(axis=0))[0]
    small = _kept(whole, jacobian, keep, used)
    left = np.sum(np.where(keep, 0.0, rows[0, :, :-4]) ** 2, axis=1)
    linear = np.sum(rows[0] ** 2, axis=1) - left
    short = linear < LINEAR * variance
    diagonal = np.where(short, variance - linear, 0.0)
    metadata = {
        "versions": dict(versions),
        "default": default,
        "of_theory": OF_THEORY,
        "of_total": OF_TOTAL,
        "directions_asked": len(found["directions"]),
        "directions_felt": len(every),
        "left_of_total": float(np.max(left / total)),
        "second_order": {
            str(forms.observables[numbers[k]]): float(linear[k] / variance[k])
            for k in np.nonzero(short)[0]
        },
    }
    small = replace(small, diagonal=diagonal, metadata=metadata)
    return stored(small, forms, snapshot.metadata["sizes"])


def _nuisance(direction: Mapping[str, Any]) -> Nuisance:
    return Nuisance(
        direction["constraint"],
        {name: move / direction["sigma"][name] for name, move in direction["shift"].items()},
    )


def _kept(whole: Responses, jacobian: Jacobian, keep: Array, used: Array) -> Responses:
    """Return the responses of observables to directions that matter to them."""
    wanted = set()
    forms = jacobian.forms
    tables = (forms.numerators, forms.denominators, forms.roots)
    # Positions in the forms of the block; `jacobian.pieces` are those of its pairs, reordered.
    of_observable: dict[int, set[int]] = {}
    for table in tables:
        for owner, pieces in zip(forms.owner, table, strict=True):
            of_observable.setdefault(int(owner), set()).update(map(int, pieces))
    first = 1 + 5
    mixing = set(range(first, first + len(forms.first)))
    for o, pieces in of_observable.items():
        own = pieces | (mixing if any(1 <= p < first for p in pieces) else set())
        wanted |= {(p, int(k)) for p in own for k in np.nonzero(keep[o])[0]}
    order = jacobian.order
    chosen = sorted(
        int(order[n])
        for n, pair in enumerate(zip(jacobian.pieces, jacobian.directions, strict=True))
        if (int(pair[0]), int(pair[1])) in wanted
    )
    column = {int(k): n for n, k in enumerate(used)}
    rows = [
        (o, column[int(k)], v) for o, k, v in whole.factors if int(k) in column
        and keep[int(o), int(k)]
    ]  # fmt: skip
    return replace(
        whole,
        nuisances=tuple(whole.nuisances[k] for k in used),
        pieces=whole.pieces[chosen],
        directions=np.array([column[int(whole.directions[n])] for n in chosen], dtype=int),
        weights=tuple(whole.weights[n] for n in chosen),
        factors=np.array(rows).reshape(-1, 3),
        felt=keep[:, used],
    )
