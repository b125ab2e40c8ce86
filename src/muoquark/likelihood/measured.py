"""What is shown of an observable's measurements: one value and one uncertainty.

One definition for all observables, whether their measurements are those of a snapshot or a user's:

- In a Gaussian block the combination of all its measurements is a Gaussian; value and uncertainty
  are its mean and standard deviation, correlations included.
- Elsewhere the pdfs of all measurements of the observable are multiplied (of a joint one the
  marginal pdf).  The value is where the product is largest, and the uncertainty the larger of the
  distances, to the left and to the right, within which 68.27 % of what lies on that side is found.

Both are the weighted average for Gaussian errors; the second gives a limit alone the value zero
and the distance to its 68.27 % quantile.  It is what flavio's ``combine_measurements`` shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.likelihood.groups import marginal
from muoquark.likelihood.pdfs import Constraint, Likelihoods, combine
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["combined", "shown"]

# Probability within one standard deviation of a Gaussian.
ONE_SIGMA = 0.6826894921370859
POINTS, PASSES = 2001, 4
# A Gaussian tail is followed over so many standard deviations; beyond ln p = -DEPTH below its
# maximum a pdf is not looked at.
REACH, DEPTH = 8.0, 30.0


def shown(
    snapshot: Snapshot, observables: Iterable[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return measured values and uncertainties, (observables,) each, of a snapshot.

    In a Gaussian block the uncertainty holds the theory error of the SM, added in quadrature as in
    the likelihood; elsewhere theory errors are neglected.  The observables that fix the CKM matrix
    are in no block and keep what the snapshot has stored; so do all others if the positions of some
    are given.
    """
    measured, error = snapshot.measured.copy(), snapshot.error.copy()
    found = combined(snapshot.constraints, snapshot.blocks, snapshot.theory, observables)
    for o, pair in found.items():
        measured[o], error[o] = pair
    for name, covariance in snapshot.theory.items():
        widths = np.sqrt(np.diag(np.asarray(covariance)))
        for o, width in zip(snapshot.blocks[name], widths, strict=True):
            if o in found:
                error[o] = np.hypot(error[o], width)
    return measured, error


def combined(
    constraints: Sequence[Constraint],
    blocks: Mapping[str, Sequence[int]],
    gaussian: Iterable[str],
    observables: Iterable[int] | None = None,
) -> dict[int, tuple[float, float]]:
    """Return measured value and uncertainty of observables, by their positions.

    Parameters
    ----------
    constraints, blocks
        Measurements and positions of the observables of each block.
    gaussian
        The blocks with a theory covariance.  It does not enter: the uncertainty is experimental.
    observables
        Positions; all observables that have measurements if not given.
    """
    gaussian = set(gaussian)
    wanted = None if observables is None else set(observables)
    found: dict[int, tuple[float, float]] = {}
    for name in gaussian:
        members = [int(o) for o in blocks[name]]
        if wanted is not None and wanted.isdisjoint(members):
            continue
        mean, covariance = combine([c for c in constraints if c.block == name], members)
        for o, value, error in zip(members, mean, np.sqrt(np.diag(covariance)), strict=True):
            if wanted is None or o in wanted:
                found[o] = float(value), float(error)
    of: dict[int, list[Constraint]] = {}
    for c in constraints:
        if c.block not in gaussian:
            for o in c.observables:
                if o not in found and (wanted is None or o in wanted):
                    of.setdefault(o, []).append(c)
    for o, own in of.items():
        found[o] = _product(marginal(own, [o], "own"))
    return found


def _product(own: Sequence[Constraint]) -> tuple[float, float]:
    """Return mode and uncertainty of the product of pdfs of one observable."""
    if all(c.kind == "normal" for c in own):
        mean, covariance = combine(own, list(own[0].observables))
        return float(mean[0]), float(np.sqrt(covariance[0, 0]))
    alone = [Constraint(c.block, c.measurement, c.kind, (0,), c.arrays, c.moments) for c in own]
    pdfs = Likelihoods.from_constraints(alone, {"own": [0]}, {})

    def logarithm(x: np.ndarray) -> np.ndarray:
        values = np.asarray(pdfs.log_likelihood(x[:, None]))[:, 0]
        return np.asarray(values - values.max())

    ends = np.array([_support(c) for c in alone])
    low, high = float(ends[:, 0].max()), float(ends[:, 1].min())
    if low >= high:
        # Measurements that exclude each other: the pdfs as the likelihood continues them.
        low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    for _ in range(PASSES):  # the region that matters may be a small part of the first one
        x = np.linspace(low, high, POINTS)
        values = logarithm(x)
        inside = np.flatnonzero(values > -DEPTH)
        if len(inside) > POINTS / 4:
            break
        low = float(x[max(inside[0] - 1, 0)])
        high = float(x[min(inside[-1] + 1, POINTS - 1)])
    density, top = np.exp(values), int(np.argmax(values))
    near = np.linspace(x[max(top - 1, 0)], x[min(top + 1, POINTS - 1)], POINTS)
    mode = float(near[np.argmax(logarithm(near))])
    sides = []
    for side in (x > mode, x < mode):
        if side.any():
            t = np.append(0.0, np.abs(x[side] - mode))
            order = np.argsort(t)
            sides.append(_distance(t[order], np.append(1.0, density[side])[order]))
    return mode, max(sides)


def _distance(t: np.ndarray, density: np.ndarray) -> float:
    """Return the distance from zero within which :data:`ONE_SIGMA` of a density lies."""
    parts = np.diff(t) * (density[1:] + density[:-1]) / 2
    below = np.append(0.0, np.cumsum(parts))
    return float(np.interp(ONE_SIGMA * below[-1], below, t))


def _support(constraint: Constraint) -> tuple[float, float]:
    """Return the interval that holds all that matters of a pdf of one number."""
    a: Mapping[str, Any] = {k: np.asarray(v) for k, v in constraint.arrays.items()}
    if constraint.kind == "normal":
        mean, covariance = constraint.gaussian()
        reach = REACH * float(np.sqrt(covariance[0, 0]))
        return float(mean[0]) - reach, float(mean[0]) + reach
    if constraint.kind == "asymmetric":
        centre = float(a["centre"])
        return centre - REACH * float(a["left"]), centre + REACH * float(a["right"])
    if constraint.kind == "half_normal":
        centre, reach = float(a["centre"]), REACH * float(a["width"])
        return min(centre, centre + reach), max(centre, centre + reach)
    if constraint.kind == "gamma":
        from scipy.special import gammaincc, gammainccinv

        shape, loc, scale = (float(a[k]) for k in ("a", "loc", "scale"))
        end = float(gammainccinv(shape, np.exp(-DEPTH) * gammaincc(shape, -loc / scale)))
        return 0.0, loc + scale * end
    start, step = float(a["start"]), float(a["step"])
    return start, start + step * (len(a["values"]) - 1)
