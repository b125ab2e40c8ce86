"""Measurements as functions of the predictions: the log-likelihood of every block.

A block is one of smelli's likelihoods.  ``quarks`` and ``leptons`` are *fast*: one multivariate
normal whose covariance is the theory covariance in the SM plus the combined experimental one.  In
the other blocks every measurement keeps its own pdf and theory errors are neglected.

Outside the support of a one-sided or tabulated pdf smelli returns -infinity.  Here the
logarithm of the pdf is continued by a parabola with the same value and slope, and the point is
reported as outside (`Likelihoods.outside`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

__all__ = ["Constraint", "Likelihoods", "combine", "tabulate"]

Array = Any

# ln pdf - max at which a table ends and its parabola begins; flavio builds tables with FFT
# convolutions, whose noise is about 1e-16 of the maximum.
DEPTH = 30.0
NODES = 1024
# A prediction of zero may come out slightly negative (rounding, pruned terms): by this share of the
# width it is not called outside.  It changes ln L by 5e-7.
ROUNDING = 1e-3
# A gamma distribution that starts at zero is continued below this part of its scale.
EDGE = 1e-6
# A triangular matrix product is done in so many slices.
SLICES = 4


@dataclass(frozen=True)
class Constraint:
    """One pdf of one measurement.

    Attributes
    ----------
    block, measurement
        The names of both.
    kind
        ``normal`` (mean, covariance), ``asymmetric`` (centre, left, right), ``half_normal``
        (centre, width), ``gamma`` (a, loc, scale; of positive x) or ``table`` (start, step,
        values, slopes, width of ln pdf).
    observables
        Positions of the observables, as many as the pdf has dimensions.
    arrays
        The numbers that belong to its kind, by name.
    moments
        (mean, variance) of the pdf, by which a fast block replaces it; None for normal ones.
    """

    block: str
    measurement: str
    kind: str
    observables: tuple[int, ...]
    arrays: Mapping[str, np.ndarray[Any, Any]]
    moments: tuple[float, float] | None = None

    def gaussian(self) -> tuple[Array, Array]:
        """Return mean (n,) and covariance (n, n), for a fast block."""
        if self.kind == "normal":
            return np.atleast_1d(self.arrays["mean"]), np.atleast_2d(self.arrays["covariance"])
        assert self.moments is not None
        return np.array([self.moments[0]]), np.array([[self.moments[1]]])


def combine(constraints: Sequence[Constraint], observables: Sequence[int]) -> tuple[Array, Array]:
    """Return mean and covariance of the inverse-variance combination of Gaussian constraints.

    This is the limit of infinitely many draws of flavio's ``MeasurementCovariance``.

    Parameters
    ----------
    observables
        Positions (n,); each has to be measured by one of the constraints at least.

    Returns
    -------
    mean, covariance
        (n,) and (n, n), in the order of `observables`; experimental errors only.
    """
    place = {o: k for k, o in enumerate(observables)}
    weight = np.zeros((len(observables), len(observables)))
    weighted = np.zeros(len(observables))
    for constraint in constraints:
        mean, covariance = constraint.gaussian()
        where = [place[o] for o in constraint.observables]
        unit = np.sqrt(np.diag(covariance))
        # Correlations are inverted, not covariances: units differ by many orders of magnitude.
        inverse = np.linalg.inv(covariance / np.outer(unit, unit)) / np.outer(unit, unit)
        weight[np.ix_(where, where)] += inverse
        weighted[where] += inverse @ mean
    unit = 1 / np.sqrt(np.diag(weight))
    covariance = np.linalg.inv(weight * np.outer(unit, unit)) * np.outer(unit, unit)
    return covariance @ weighted, covariance


def unwhitened(whitening: Array, offset: Array) -> tuple[Array, Array]:
    """Return mean (n,) and covariance of the Gaussian with chi2 = |x @ whitening - offset|^2.

    Forward substitution does not feel the units.  They differ by 10^44 here, and an inverse of
    whitening @ whitening.T was wrong by per cents, differently with every number of threads.
    """
    from scipy.linalg import solve_triangular

    root = solve_triangular(whitening.T, np.eye(len(whitening)), lower=True)
    return solve_triangular(whitening.T, offset, lower=True), root @ root.T


def tabulate(x: Array, pdf: Array, nodes: int = NODES) -> dict[str, Array]:
    """Return a table of ln pdf on an even grid, for interpolation with continuous slope.

    Parameters
    ----------
    x, pdf
        flavio's table; flavio interpolates the pdf itself linearly.

    Returns
    -------
    dict
        ``start``, ``step``, ``values``, ``slopes`` and ``width``, the standard deviation, which
        sets the curvature of the continuation beyond the ends.
    """
    x, pdf = np.asarray(x, dtype=float), np.asarray(pdf, dtype=float)
    weight = (pdf[1:] + pdf[:-1]) / 2 * np.diff(x)
    middle = (x[1:] + x[:-1]) / 2
    mean = np.sum(weight * middle) / weight.sum()
    width = float(np.sqrt(np.sum(weight * (middle - mean) ** 2) / weight.sum()))
    good = pdf > pdf.max() * np.exp(-DEPTH)
    # the connected region around the maximum: noise beyond it is not data
    top = int(np.argmax(pdf))
    low = top - int(np.argmin(good[top::-1])) + 1 if not good[: top + 1].all() else 0
    high = top + int(np.argmin(good[top:])) - 1 if not good[top:].all() else len(x) - 1
    grid = np.linspace(x[low], x[high], nodes)
    values = np.log(np.interp(grid, x, pdf)) - np.log(pdf.max())
    step = grid[1] - grid[0]
    slopes = np.gradient(values, step, edge_order=2)
    return {
        "start": np.array(grid[0]),
        "step": np.array(step),
        "values": values,
        "slopes": slopes,
        "width": np.array(width),
    }


def _hermite(
    x: Array, start: Array, step: Array, values: Array, slopes: Array, width: Array, xp: Any
) -> tuple[Array, Array]:
    """Interpolate tables ``(K, N)`` at ``x`` (..., K); also tell where x is outside."""
    values, slopes = xp.asarray(values), xp.asarray(slopes)
    count = values.shape[-1]
    position = (x - start) / step
    # x is (..., K), position and cell too; the last node belongs to the last cell, where t = 1.
    inside = xp.clip(position, 0.0, count - 1.0)
    cell = xp.clip(xp.floor(inside), 0, count - 2).astype(int)
    t = inside - cell
    row = np.arange(values.shape[0])
    v0, v1 = values[row, cell], values[row, cell + 1]
    s0, s1 = slopes[row, cell] * step, slopes[row, cell + 1] * step
    # Cubic Hermite polynomials: values and slopes at both ends of the cell.
    value = (
        v0 * (1 + 2 * t) * (1 - t) ** 2
        + s0 * t * (1 - t) ** 2
        + v1 * t**2 * (3 - 2 * t)
        + s1 * t**2 * (t - 1)
    )
    # Distance from the nearest end, zero inside; there the parabola begins with the end's slope.
    beyond = (position - inside) * step
    slope = xp.where(beyond < 0, slopes[:, 0], slopes[:, -1])
    return value + slope * beyond - 0.5 * (beyond / width) ** 2, xp.abs(beyond) > ROUNDING * width


@dataclass(frozen=True)
class Likelihoods:
    """The log-likelihoods of all blocks as functions of the predictions.

    Build it with `from_constraints`.

    Attributes
    ----------
    blocks
        Names.
    fast
        Per Gaussian block: its observables (n,), whitening (n, n), offset (n,), position of the
        block; ``z = predictions[observables] @ whitening - offset`` and ln L is -z^2/2.
    columns, whitening, offset, owner
        The same of the normal measurements of all other blocks together; `owner` says to which
        block each row of z belongs.
    asymmetric, half_normal, gamma, table
        Per kind of pdf: observables (K,), owners (K,), and one array for each number of the kind,
        see `Constraint`.
    """

    blocks: tuple[str, ...]
    fast: tuple[tuple[Array, Array, Array, int], ...]
    columns: Array
    whitening: Array
    offset: Array
    owner: Array
    asymmetric: tuple[Array, Array, Array, Array, Array]
    half_normal: tuple[Array, Array, Array, Array]
    gamma: tuple[Array, Array, Array, Array, Array]
    table: tuple[Array, ...]

    @classmethod
    def from_constraints(
        cls,
        constraints: Sequence[Constraint],
        blocks: Mapping[str, Sequence[int]],
        theory: Mapping[str, Array],
    ) -> Likelihoods:
        """Arrange constraints for evaluation.

        Parameters
        ----------
        blocks
            Positions of the observables of each block.
        theory
            Theory covariance of each fast block, ordered as its observables.
        """
        names = tuple(blocks)
        number = {name: k for k, name in enumerate(names)}
        fast = []
        for name, covariance in theory.items():
            own = [c for c in constraints if c.block == name]
            observables = list(blocks[name])
            mean, experimental = combine(own, observables)
            total = experimental + np.asarray(covariance)
            # chi2 = |x @ W - mean @ W|^2 with W = (L^-1/unit)^T, where L L^T is the matrix of
            # correlations.  W is upper triangular, of which `_triangular` makes use.
            unit = np.sqrt(np.diag(total))
            lower = np.linalg.cholesky(total / np.outer(unit, unit))
            whitening = (np.linalg.inv(lower) / unit).T
            fast.append((np.array(observables), whitening, mean @ whitening, number[name]))
        rest = [c for c in constraints if c.block not in theory]
        normal = [c for c in rest if c.kind == "normal"]
        # All normal measurements of the other blocks share one W: its rows are observables, its
        # columns measured numbers.  An observable that was measured twice stands once.
        columns = sorted({o for c in normal for o in c.observables})
        place = {o: k for k, o in enumerate(columns)}
        rows = sum(len(c.observables) for c in normal)
        whitening, offset = np.zeros((len(columns), rows)), np.zeros(rows)
        owner, row = np.zeros(rows, dtype=int), 0
        for c in normal:
            mean, covariance = c.gaussian()
            unit = np.sqrt(np.diag(covariance))
            lower = np.linalg.cholesky(covariance / np.outer(unit, unit))
            block = (np.linalg.inv(lower) / unit).T
            here = slice(row, row + len(mean))
            whitening[[place[o] for o in c.observables], here] = block
            offset[here] = mean @ block
            owner[here] = number[c.block]
            row += len(mean)

        def gather(kind: str, *fields: str) -> Any:
            own = [c for c in rest if c.kind == kind]
            where = np.array([c.observables[0] for c in own], dtype=int)
            mine = np.array([number[c.block] for c in own], dtype=int)
            values = [np.array([np.asarray(c.arrays[f]) for c in own]) for f in fields]
            return (where, mine, *values)

        return cls(
            names,
            tuple(fast),
            np.array(columns, dtype=int),
            whitening,
            offset,
            owner,
            gather("asymmetric", "centre", "left", "right"),
            gather("half_normal", "centre", "width"),
            gather("gamma", "a", "loc", "scale"),
            gather("table", "start", "step", "values", "slopes", "width"),
        )

    def _terms(self, predictions: Array, xp: Any) -> tuple[list[tuple[Array, Array]], Array]:
        """Return [(contributions (..., n), their blocks)] and what is outside its support."""
        terms = []
        z = predictions[..., self.columns] @ xp.asarray(self.whitening) - self.offset
        terms.append((-0.5 * z**2, self.owner))
        outside = []
        where, owner, centre, left, right = self.asymmetric
        if len(where):
            x = predictions[..., where] - centre
            # Normalisations are left out: they are the same at every point.
            terms.append((-0.5 * (x / xp.where(x < 0, left, right)) ** 2, owner))
        where, owner, centre, width = self.half_normal
        if len(where):
            x = (predictions[..., where] - centre) / width
            terms.append((-0.5 * x**2, owner))
            outside.append(x < -ROUNDING)
        where, owner, a, loc, scale = self.gamma
        if len(where):
            x = predictions[..., where]
            # Without background the pdf of several counts vanishes at zero: it ends a little above.
            start = np.where(a > 1, np.maximum(-loc / scale, EDGE), -loc / scale)
            end = loc + start * scale
            inside = xp.maximum(x, end)
            # ln pdf = (a - 1) ln u - u.  With a = 1 the logarithm is of one: u may be zero.
            u = (inside - loc) / scale
            power = xp.where(a > 1, (a - 1) * xp.log(xp.where(a > 1, u, 1.0)), 0.0)
            below = xp.minimum(x - end, 0.0) / scale
            slope = np.where(a > 1, (a - 1) / np.where(a > 1, start, 1.0), 0.0) - 1
            terms.append((power - u + slope * below - 0.5 * below**2, owner))
            outside.append(x < -ROUNDING * scale)
        where, owner, start, step, values, slopes, width = self.table
        if len(where):
            x = predictions[..., where]
            value, beyond = _hermite(x, start, step, values, slopes, width, xp)
            terms.append((value, owner))
            outside.append(beyond)
        flags = (
            xp.concatenate(outside, axis=-1)
            if outside
            else xp.zeros((*predictions.shape[:-1], 0), dtype=bool)
        )
        return terms, flags

    def log_likelihood(self, predictions: Array, xp: Any = np) -> Array:
        """Return ln L of every block, shape ``(..., blocks)``, up to constants.

        smelli's ``log_likelihood_dict`` is the difference of this between a point and the SM.
        """
        total = xp.zeros((*predictions.shape[:-1], len(self.blocks)))
        for observables, whitening, offset, block in self.fast:
            z = _triangular(predictions[..., observables], whitening, xp) - offset
            share = -0.5 * xp.sum(z**2, axis=-1)
            total = total + share[..., None] * _one_hot(np.array([block]), len(self.blocks))[0]
        terms, _ = self._terms(predictions, xp)
        # A sum by a matrix of zeros and ones: an indexed one is serial in XLA.
        for values, owner in terms:
            total = total + values @ xp.asarray(_one_hot(owner, len(self.blocks)))
        return total

    def outside(self, predictions: Array, xp: Any = np) -> Array:
        """Tell whether a prediction of a point is outside the support of its pdf, shape (...)."""
        return xp.any(self._terms(predictions, xp)[1], axis=-1)


def _triangular(x: Array, upper: Array, xp: Any) -> Array:
    """Return x @ upper in slices that leave out most of the zeros below the diagonal."""
    n = len(upper)
    edges = np.linspace(0, n, 1 + max(1, min(SLICES, n // 16))).astype(int)
    pieces = [x[..., :end] @ xp.asarray(upper[:end, start:end]) for start, end in pairwise(edges)]
    return xp.concatenate(pieces, axis=-1)


def _one_hot(owner: Array, count: int) -> Array:
    out = np.zeros((len(owner), count))
    out[np.arange(len(owner)), owner] = 1.0
    return out
