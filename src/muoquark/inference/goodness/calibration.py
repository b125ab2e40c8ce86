"""Does a 68 % interval contain the truth in 68 % of the cases?  Pseudo-experiments say.

Simulation-based calibration (S. Talts et al., 1804.06788): a true point is drawn from the prior,
data are drawn from the likelihood at that point, the posterior of these data is evaluated, and the
rank of the truth in it is noted.  If data, likelihood and posterior belong together, the ranks are
uniform, whatever the likelihood looks like.  At a fixed point the same pseudo-experiments give the
coverage of the profile likelihood's intervals.

What data are
    A Gaussian term (the combined measurements of the blocks `quarks` and `leptons` with theory and
    experimental covariance; the normal measurements of the other blocks) is redrawn with its
    covariance.  Any other pdf is read as the density of prediction - measurement: the measured
    value moves, the shape stays.  Beyond its support it is the parabola that the likelihood itself
    continues it by, so that what is drawn is distributed exactly as the likelihood says.

The posterior is a sum over a grid, so that this tests the likelihood and not a sampler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from muoquark.inference.goodness.residuals import Residuals
from muoquark.inference.profile.grids import LEVELS
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.pdfs import MultivariateNormal, Normal
from muoquark.likelihood.terms import Terms

__all__ = ["Calibration", "PseudoData", "calibrate", "uniformity"]

# Probabilities of 1 and 2 standard deviations.
SHARES = (0.6826894921370859, 0.9544997361036416)
# A pdf whose prediction moves by less than this share of its width over the grid says nothing.
STILL = 1e-6
# Nodes of the table from which a pdf is drawn, and widths beyond its ends.
NODES, BEYOND = 20_001, 12.0
# Nodes put between those of the grid.
FINER = 4


@dataclass(frozen=True)
class Calibration:
    """What every pseudo-experiment says of its truth; B experiments, n = 1 or 2 parameters.

    Attributes
    ----------
    ranks
        The marginal posterior probability below the true value, (B, n).
    regions
        The posterior probability of the points with a higher density than the true one, (B,).
    joint
        Delta chi2 = -2 (ln L - maximum) of the truth, (B,).
    profiles
        The same with each parameter at its true value and the other at its best, (B, n).
    """

    ranks: np.ndarray
    regions: np.ndarray
    joint: np.ndarray
    profiles: np.ndarray

    def coverage(self) -> dict[str, list[float]]:
        """Return how often intervals and regions of 68.27 % and 95.45 % contain the truth.

        ``credible``: equal-tailed intervals (a list for each parameter follows in the keys
        ``credible 0``, ...), ``regions``: highest-density regions, ``profile``: Delta chi2 < 1
        and 4, ``contours``: Delta chi2 of the joint region.
        """
        n = self.ranks.shape[1]
        result: dict[str, list[float]] = {}
        for k in range(n):
            centre = np.abs(self.ranks[:, k] - 0.5)
            result[f"credible {k}"] = [float(np.mean(centre < s / 2)) for s in SHARES]
            result[f"profile {k}"] = [
                float(np.mean(self.profiles[:, k] < level)) for level in LEVELS[1]
            ]
        result["regions"] = [float(np.mean(self.regions < s)) for s in SHARES]
        result["contours"] = [float(np.mean(self.joint < level)) for level in LEVELS[n]]
        return result


def uniformity(ranks: np.ndarray, bins: int = 20) -> float:
    """Return the p-value of ranks (B,) in [0, 1] being uniform: chi2 test of a histogram."""
    from scipy.stats import chisquare

    counts, _ = np.histogram(ranks, np.linspace(0, 1, bins + 1))
    return float(chisquare(counts).pvalue)


class PseudoData:
    """Draws data and evaluates ln L of each set of data on one grid of points.

    Parameters
    ----------
    data
        What data are drawn from.
    grid
        Predictions of all observables at the points of the grid, (points, observables).
    assumed
        The data set that ln L is evaluated with, by default the same one; another one shows what
        calibration makes of a wrong likelihood.
    """

    def __init__(self, data: DataSet, grid: np.ndarray, assumed: DataSet | None = None):
        true, used = Residuals(data), Residuals(assumed or data)
        # Everything is relative to the first point of the grid, so that whitened numbers stay small
        # and their squares keep their digits.
        self._centre = grid[0]
        self._true = [(t.observables, t.gaussian) for t in true.gaussian]
        # With P = W W^T chi2 is |d @ W|^2.  Data are drawn with the true covariance and judged with
        # the assumed one.
        self._white = [t.gaussian.whitening for t in used.gaussian]
        odd = [c for c in data.rest if not isinstance(c.pdf, Normal | MultivariateNormal)]
        # What does not vary over the grid adds a constant to ln L.
        varied = [c for c in odd if np.ptp(grid[:, c.observables[0]]) > STILL * c.pdf.width]
        self._odd = [Constraint("", c.measurement, (k,), c.pdf) for k, c in enumerate(varied)]
        self._where = np.array([c.observables[0] for c in varied], dtype=int)
        self._pdfs = Terms.alone_each(self._odd)
        self._tables = self._distributions()
        self._grid = self._whitened([grid[:, o] - grid[0, o] for o, _ in self._true])
        self._grid_odd = grid[:, self._where]

    def _whitened(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([v @ w for v, w in zip(values, self._white, strict=True)], axis=-1)

    def _distributions(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return distribution function and values of every pdf that is not Gaussian."""
        spans = np.array([_span(c) for c in self._odd]).reshape(-1, 2)
        x = spans[:, 0] + (spans[:, 1] - spans[:, 0]) * np.linspace(0, 1, NODES)[:, None]
        values = self._pdfs.log_likelihood(x)
        density = np.exp(values - values.max(axis=0))
        # Trapezoids of equal width, which drops out: (NODES - 1, terms).
        steps = (density[1:] + density[:-1]) / 2
        total = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(steps, axis=0)])
        return [(total[:, k] / total[-1, k], x[:, k]) for k in range(x.shape[1])]

    def draw(self, truths: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw data at true predictions (B, observables).

        Returns whitened measured values (B, rows) and the shift of every other pdf, (B, terms).
        """
        values = []
        for observables, one in self._true:
            noise = one.draws(rng, len(truths)) - one.mean
            values.append(truths[:, observables] + noise - self._centre[observables])
        shifts = truths[:, self._where].astype(float)
        for k, (total, x) in enumerate(self._tables):
            # A draw of prediction - measurement, by the inverse of its distribution function.
            shifts[:, k] -= np.interp(rng.uniform(size=len(truths)), total, x)
        return self._whitened(values), shifts

    @property
    def measured(self) -> tuple[np.ndarray, np.ndarray]:
        """The real data in the form that `draw` returns, B = 1."""
        values = [(one.mean - self._centre[o])[None] for o, one in self._true]
        return self._whitened(values), np.zeros((1, len(self._where)))

    def on_grid(self, data: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return ln L, up to constants, of data (B sets) at the points of the grid, (B, points)."""
        measured, shifts = data
        # -|m - g|^2/2 of all pairs by one matrix product: (B, rows) with (points, rows).
        square = np.sum(measured**2, axis=1)[:, None] + np.sum(self._grid**2, axis=1)
        result: np.ndarray = measured @ self._grid.T - square / 2
        for b, shift in enumerate(shifts):
            result[b] += self._pdfs.log_likelihood(self._grid_odd - shift).sum(axis=-1)
        return result

    def at(self, data: tuple[np.ndarray, np.ndarray], truths: np.ndarray) -> np.ndarray:
        """Return ln L of each of B sets of data at a point of its own, (B,)."""
        measured, shifts = data
        points = self._whitened([truths[:, o] - self._centre[o] for o, _ in self._true])
        odd = self._pdfs.log_likelihood(truths[:, self._where] - shifts).sum(axis=-1)
        return np.asarray(odd - np.sum((points - measured) ** 2, axis=1) / 2)


def _span(c: Constraint) -> tuple[float, float]:
    """Return an interval outside of which a pdf, continued as the likelihood does, is nothing."""
    low, high = c.pdf.support(BEYOND)
    return low - BEYOND * c.pdf.width, high + BEYOND * c.pdf.width


def calibrate(
    data: PseudoData,
    axes: Sequence[np.ndarray],
    truths: np.ndarray,
    predictions: np.ndarray,
    seed: int,
) -> Calibration:
    """Do one pseudo-experiment for every truth.

    Parameters
    ----------
    data
        With the predictions on the grid of `axes`, the last one running fastest.
    axes
        Even grids of n = 1 or 2 parameters; the prior is flat over their ranges.
    truths
        True parameters (B, n), for calibration drawn from the prior.
    predictions
        Of all observables at the truths, (B, observables).
    seed
        Of the data.
    """
    drawn = data.draw(predictions, np.random.default_rng(seed))
    shape = tuple(map(len, axes))
    values = data.on_grid(drawn).reshape(len(truths), *shape)
    own = data.at(drawn, predictions)
    rows = [_judge(v, axes, t, x) for v, t, x in zip(values, truths, own, strict=True)]
    ranks, regions, joint, profiles = (np.array(column) for column in zip(*rows, strict=True))
    return Calibration(ranks, regions, joint, profiles)


def _judge(
    loglike: np.ndarray, axes: Sequence[np.ndarray], truth: np.ndarray, own: float
) -> tuple[list[float], float, float, list[float]]:
    """Return ranks, region, Delta chi2 and profiled Delta chi2 of one pseudo-experiment."""
    from scipy.interpolate import CubicSpline

    fine = [np.linspace(a[0], a[-1], FINER * (len(a) - 1) + 1) for a in axes]
    # ln L is smooth, L is not: splines between the grid's points are of ln L.
    dense = loglike
    for k, (axis, x) in enumerate(zip(axes, fine, strict=True)):
        dense = CubicSpline(axis, dense, axis=k)(x)
    top = max(float(dense.max()), own)
    density = np.exp(dense - top)
    # Trapezoids: half a weight at the edges.
    weight = density.copy()
    for index in product(range(dense.ndim), (0, -1)):
        weight[tuple(index[1] if k == index[0] else slice(None) for k in range(dense.ndim))] /= 2
    weight /= weight.sum()
    ranks, profiles = [], []
    for k, x in enumerate(fine):
        others = tuple(j for j in range(dense.ndim) if j != k)
        marginal = weight.sum(axis=others)
        # A density again at the edges, where the weights were halved.
        marginal[[0, -1]] *= 2
        below = CubicSpline(x, marginal).antiderivative()
        ranks.append(float(below(truth[k]) / below(x[-1])))
        # Along the other parameters with this one at its true value.
        line: Any = CubicSpline(axes[k], loglike, axis=k)(truth[k])
        for j in range(line.ndim):
            line = CubicSpline(axes[others[j]], line, axis=j)(fine[others[j]])
        profiles.append(max(2 * (top - float(np.max(line))), 0.0))
    region = float(weight[dense > own].sum())
    return ranks, region, 2 * (top - own), profiles
