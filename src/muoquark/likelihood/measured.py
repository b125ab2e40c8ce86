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

from collections.abc import Iterable, Sequence

import numpy as np

from muoquark.likelihood.constraint import Constraint, marginal
from muoquark.likelihood.dataset import DataSet, combine
from muoquark.likelihood.pdfs import MultivariateNormal, Normal
from muoquark.likelihood.pdfs.pdf import DEPTH
from muoquark.likelihood.terms import Terms

__all__ = ["combined", "shown"]

# Probability within one standard deviation of a Gaussian.
ONE_SIGMA = 0.6826894921370859
POINTS, PASSES = 2001, 4


def shown(
    data: DataSet, observables: Iterable[int] | None = None
) -> dict[int, tuple[float, float]]:
    """Return measured value and uncertainty of observables, by their positions.

    In a Gaussian block the uncertainty holds the theory error of the SM, added in quadrature as in
    the likelihood; elsewhere theory errors are neglected.  Observables without a measurement are
    left out.

    Parameters
    ----------
    observables
        Positions; all observables that have measurements if not given.
    """
    found = combined(data, observables)
    for name, covariance in data.theory.items():
        widths = np.sqrt(np.diag(np.asarray(covariance)))
        for o, width in zip(data.blocks[name], widths, strict=True):
            if o in found:
                value, error = found[o]
                found[o] = value, float(np.hypot(error, width))
    return found


def combined(
    data: DataSet, observables: Iterable[int] | None = None
) -> dict[int, tuple[float, float]]:
    """Return the same with experimental uncertainties alone."""
    wanted = None if observables is None else set(observables)
    found: dict[int, tuple[float, float]] = {}
    for name in data.theory:
        members = [int(o) for o in data.blocks[name]]
        if wanted is not None and wanted.isdisjoint(members):
            continue
        one = data.measured[name]
        for o, value, error in zip(members, one.mean, one.errors, strict=True):
            if wanted is None or o in wanted:
                found[o] = float(value), float(error)
    of: dict[int, list[Constraint]] = {}
    for c in data.rest:
        for o in c.observables:
            if o not in found and (wanted is None or o in wanted):
                of.setdefault(o, []).append(c)
    for o, own in of.items():
        found[o] = _product(marginal(own, [o], "own"))
    return found


def _product(own: Sequence[Constraint]) -> tuple[float, float]:
    """Return mode and uncertainty of the product of pdfs of one observable."""
    if all(isinstance(c.pdf, Normal | MultivariateNormal) for c in own):
        average = combine(own, own[0].observables)
        return float(average.mean[0]), float(average.errors[0])
    alone = [Constraint("own", c.measurement, (0,), c.pdf) for c in own]
    pdfs = Terms.alone_each(alone)

    def logarithm(x: np.ndarray) -> np.ndarray:
        values = np.asarray(pdfs.log_likelihood(x[:, None])).sum(axis=-1)
        return np.asarray(values - values.max())

    ends = np.array([c.pdf.support() for c in alone])
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
