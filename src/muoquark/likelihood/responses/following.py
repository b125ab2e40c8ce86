r"""A Gaussian of which the covariance follows the point: C = E + J J^T.

E is constant: measurements, and what of the theory does not follow.  With L L^T = E, W = L^-1 J,
z = L^-1 (x - mean), A = 1 + W^T W and b = W^T z,

.. math:: \chi^2 = z^T z - b^T A^{-1} b, \qquad \ln\det C = \ln\det E + \ln\det A,

and x = A^-1 b are the pulls of the directions of the parameters, which contribute x^T x to chi2.
-2 ln L is chi2 + ln det A up to a constant, which the SM takes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.likelihood.gaussian import GaussianBlock

__all__ = ["Following", "Reduced", "marginalised"]

# Directions of the response that explain less than this variance of what varies, in units of the
# errors of everything else and at all sampled points, are left out for a card.  Each adds about as
# much to ln det A: at 5e-4 the plane of the paper misses 0.03, with fifty of them left out.
RANK = 1e-5
# Of the others those are kept as they are on average of which the variation moves ln L of no
# sampled point by more than this share of one plus its distance to the largest one.
FROZEN = 1e-3
# Entries of J that change by less than this over the sampled points, in units of the errors, are
# taken as constant; by less than a tenth of it, and so on to the second number, if that moves ln L
# by more than twice what `FROZEN` allows: a prediction may be far from its measurement.
STILL = 1e-3, 1e-6


@dataclass(frozen=True, eq=False)
class Following:
    """Some observables of a block.

    Attributes
    ----------
    rows
        Their positions in the block, (n,).
    fixed
        Mean of the measurements, and E.
    """

    rows: np.ndarray
    fixed: GaussianBlock

    def turned(self, root: Any, xp: Any = np) -> Any:
        """Return W (..., n, K) of J (..., m, K) of the whole block."""
        return xp.asarray(self.fixed.whitening.T) @ root[..., self.rows, :]

    def log_likelihood(self, x: Any, w: Any, xp: Any = np) -> Any:
        """Return ln L up to a constant, (...).

        Parameters
        ----------
        x
            Predictions (..., m) of the whole block.
        w
            What :meth:`turned` makes of J.
        """
        z = self.fixed.whitened(x[..., self.rows], xp)
        b = xp.einsum("...nk,...n->...k", w, z)
        gain = marginalised(w, b, xp)
        return -0.5 * (xp.sum(z**2, axis=-1) - gain)

    def reduced(self, x: np.ndarray, roots: np.ndarray, still_below: float = STILL[0]) -> Reduced:
        """Return what gives the same within the reach of sampled points.

        Parameters
        ----------
        x, roots
            Predictions (points, m) and J (points, m, K) of the whole block there.
        still_below
            Entries of J that change by less are constant, see :data:`STILL`.
        """
        own = roots[:, self.rows]
        whitening = self.fixed.whitening
        moves = np.abs(own - own[:1]).max(axis=(0, 2)) / self.fixed.errors > still_below
        # A whitened row varies with any of the observables that it mixes.
        moving = (whitening != 0)[moves].any(axis=0)
        w = whitening.T @ own
        still, varied = w[0][~moving], w[:, moving]
        count = own.shape[-1]
        # What the rows at rest say of the parameters: mean B G z, covariance B B^T.
        inverse = np.linalg.inv(np.eye(count) + still.T @ still)
        b = np.linalg.cholesky((inverse + inverse.T) / 2)
        g = b.T @ still.T
        seen = varied @ b
        _, _, vectors = np.linalg.svd(seen.reshape(-1, count), full_matrices=False)
        size = np.abs(np.einsum("pnk,rk->pnr", seen, vectors)) ** 2
        rank = size.sum(axis=1).max(axis=0) > RANK
        turned = vectors[rank].T
        # 1 - G^T G is the inverse covariance of the rows at rest, in whitened units.
        rest = np.eye(len(still)) - g.T @ g
        t = np.linalg.cholesky((rest + rest.T) / 2).T if len(still) else np.zeros((0, 0))
        told = turned.T @ g
        z = self.fixed.whitened(x[:, self.rows])
        w, mean = seen @ turned, z[:, ~moving] @ told.T
        log_l = self.log_likelihood(x, whitening.T @ own)
        weight = 1 / (1 + log_l.max() - log_l)
        parted = _parted(w, z[:, moving], mean, weight)
        mix = np.zeros((len(parted.lower), len(moving)))
        mix[:, moving] = np.linalg.inv(parted.lower)
        mix[:, ~moving] = -mix[:, moving] @ parted.constant @ told
        found = Reduced(
            self.rows,
            self.fixed,
            moving,
            t,
            parted.kept.T @ told,
            b @ turned @ parted.kept,
            mix,
            float(np.linalg.slogdet(np.eye(count) + still.T @ still)[1])
            + 2 * float(np.log(np.diag(parted.lower)).sum()),
        )
        missing = found.log_likelihood(x, found.turned(roots)) - log_l
        best = int(np.argmax(log_l))
        wrong = float((weight * np.abs(missing - missing[best])).max())
        if wrong > 2 * FROZEN and still_below > STILL[1]:
            return self.reduced(x, roots, still_below / 10)
        # What is left out shifts ln L of all points alike, and Delta chi2 to the SM with it: the
        # likeliest of the points has what it has with all of it.
        return replace(found, log_det=found.log_det + 2 * float(missing[best]))


@dataclass(frozen=True, eq=False)
class _Parted:
    """Combinations of the parameters whose response varies, and a constant covariance of the rest.

    Attributes
    ----------
    kept
        V (k, r), orthonormal.
    constant
        Response to the other combinations, (n, k).
    lower
        Of the covariance of the rows without those that are kept, (n, n).
    """

    kept: np.ndarray
    constant: np.ndarray
    lower: np.ndarray

    @classmethod
    def of(cls, kept: np.ndarray, average: np.ndarray) -> _Parted:
        constant = average - average @ kept @ kept.T
        return cls(kept, constant, np.linalg.cholesky(np.eye(len(average)) + constant @ constant.T))

    def log_likelihood(self, w: np.ndarray, z: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Return ln L (points,) of rows z (points, n) with responses w (points, n, k)."""
        own = w @ self.kept
        distance = z - np.einsum("pnr,pr->pn", own, mean @ self.kept) - mean @ self.constant.T
        own = np.linalg.solve(self.lower, own)
        d = np.linalg.solve(self.lower, distance[..., None])[..., 0]
        gain = marginalised(own, np.einsum("pnr,pn->pr", own, d))
        units = np.log(np.diag(self.lower)).sum()
        return np.asarray(-0.5 * ((d**2).sum(axis=-1) - gain) - units)


def _parted(w: np.ndarray, z: np.ndarray, mean: np.ndarray, weight: np.ndarray) -> _Parted:
    """Return as few varying combinations as `FROZEN` allows.

    Parameters
    ----------
    w, z
        Response (points, n, k) and whitened distance (points, n) of the rows that vary.
    mean
        What the other rows say of the parameters, (points, k).
    weight
        Of the points, (points,).
    """
    average = np.average(w, axis=0, weights=weight)
    if not w.size:
        return _Parted.of(np.zeros((w.shape[-1], 0)), average)
    change = weight[:, None, None] * (w - average)
    _, _, vectors = np.linalg.svd(change.reshape(-1, w.shape[-1]), full_matrices=False)
    exact = _Parted.of(vectors.T, average).log_likelihood(w, z, mean)
    best = np.argmax(weight)

    def good(parted: _Parted) -> bool:
        missing = parted.log_likelihood(w, z, mean) - exact
        return bool((weight * np.abs(missing - missing[best])).max() < FROZEN)

    # The fewest by bisection; between `few`, which is not enough, and `many`, which is.
    few, many = -1, len(vectors)
    while many - few > 1:
        middle = (few + many) // 2
        if good(_Parted.of(vectors[:middle].T, average)):
            many = middle
        else:
            few = middle
    return _Parted.of(vectors[:many].T, average)


@dataclass(frozen=True, eq=False)
class Reduced:
    """The same for a card: only what varies is computed at a point.

    The parameters are first told by the observables of which the response does not vary; what is
    left of their covariance then makes the theory error of the others: a constant one, and one in
    the few combinations of which the response varies.

    Attributes
    ----------
    rows, fixed
        As of :class:`Following`.
    moving
        Which of the whitened rows vary, (n,).
    rest
        T: chi2 of the others is |T z|^2.
    told
        R^T G (r, others), what the others say of the combinations.
    turn
        B R (K, r), from the directions to the combinations.
    mix
        What makes of the n whitened rows those that vary, without what the others say of them, in
        units of errors that hold the constant theory error, (moving, n).
    log_det
        Of the rows at rest, and of those units, and what makes up for what was left out.
    asked
        Where the rows of `felt` are in J, if J is not that of the whole block.
    """

    rows: np.ndarray
    fixed: GaussianBlock
    moving: np.ndarray
    rest: np.ndarray
    told: np.ndarray
    turn: np.ndarray
    mix: np.ndarray
    log_det: float
    asked: np.ndarray | None = None

    def asking(self, rows: np.ndarray) -> Reduced:
        """Return the same for J of some rows of the block, all that vary among them."""
        place = np.searchsorted(rows, self.rows[self.felt])
        return replace(self, asked=place)

    @cached_property
    def felt(self) -> np.ndarray:
        """Positions in `rows` of the observables of the rows that vary."""
        return np.nonzero((self.fixed.whitening[:, self.moving] != 0).any(axis=1))[0]

    def turned(self, root: Any, xp: Any = np) -> Any:
        """Return the response of what varies in its combinations, (..., moving, r)."""
        product = root @ xp.asarray(self.turn)
        return self.mixed(product, np.arange(product.shape[-2]), xp)

    def mixed(self, product: Any, order: np.ndarray, xp: Any = np) -> Any:
        """Return the same of J @ `turn`, (..., observables, r), with its rows in another order."""
        moving = np.nonzero(self.moving)[0]
        small = self.mix[:, moving] @ self.fixed.whitening[np.ix_(self.felt, moving)].T
        at = self.rows[self.felt] if self.asked is None else self.asked
        # A product with zeros for rows that are not asked for is faster than picking the others.
        wide = np.zeros((len(small), product.shape[-2]))
        wide[:, at] = small
        return xp.asarray(wide[:, order]) @ product

    def log_likelihood(self, x: Any, w: Any, xp: Any = np) -> Any:
        """Return ln L up to a constant, as `Following.log_likelihood`."""
        z = self.fixed.whitened(x[..., self.rows], xp)
        still = z[..., np.nonzero(~self.moving)[0]]
        varied = z @ xp.asarray(self.mix.T)
        told = still @ xp.asarray(self.told.T)
        u = told + xp.einsum("...nk,...n->...k", w, varied)
        chi2 = xp.sum((still @ xp.asarray(self.rest.T)) ** 2, axis=-1)
        chi2 = chi2 + xp.sum(varied**2, axis=-1) + xp.sum(told**2, axis=-1)
        return -0.5 * (chi2 - marginalised(w, u, xp) + self.log_det)


def marginalised(w: Any, b: Any, xp: Any = np) -> Any:
    """Return b^T A^-1 b - ln det A with A = 1 + w^T w, (...), of w (..., n, K) and b (..., K)."""
    if xp is np:
        a = np.eye(w.shape[-1]) + np.swapaxes(w, -1, -2) @ w
        lower = np.linalg.cholesky(a)
        half = np.linalg.solve(lower, b[..., None])[..., 0]
        log_det = 2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
        return (half**2).sum(axis=-1) - log_det
    return _for_jax()(w, b)


def _for_jax() -> Any:
    """Return the same with its derivative in closed form, which JAX would take through Cholesky."""
    import jax
    import jax.numpy as xp
    from jax.scipy.linalg import cho_solve, solve_triangular

    # One matrix after the other: batched factorisations inside of a loop never end with jaxlib
    # 0.10.2, which hands their parts to the threads that wait for them (docs/upstream.md).
    alone: Callable[[Any], Any] = jax.custom_batching.sequential_vmap

    @alone
    def halved(a: Any, b: Any) -> Any:
        lower = xp.linalg.cholesky(a)
        half = solve_triangular(lower, b, lower=True)
        return xp.sum(half**2) - 2 * xp.sum(xp.log(xp.diagonal(lower)))

    @alone
    def inverted(a: Any) -> tuple[Any, Any]:
        lower = xp.linalg.cholesky(a)
        inverse = cho_solve((lower, True), xp.eye(a.shape[-1]))
        return inverse, 2 * xp.sum(xp.log(xp.diagonal(lower)))

    def each(function: Any, *arrays: Any) -> Any:
        for _ in arrays[0].shape[:-2]:
            function = jax.vmap(function)
        return function(*arrays)

    def a_of(w: Any) -> Any:
        return xp.eye(w.shape[-1]) + xp.swapaxes(w, -1, -2) @ w

    @jax.custom_jvp
    def gain(w: Any, b: Any) -> Any:
        return each(halved, a_of(w), b)

    @gain.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        (w, b), (dw, db) = primals, tangents
        inverse, log_det = each(inverted, a_of(w))
        x = xp.einsum("...kl,...l->...k", inverse, b)
        # d(b A^-1 b) = 2 x db - 2 (w x) (dw x), d ln det A = 2 tr(A^-1 w^T dw)
        slope = -2 * (xp.einsum("...nk,...k->...n", w, x)[..., None] * x[..., None, :]
                      + w @ inverse)  # fmt: skip
        value = xp.sum(b * x, axis=-1) - log_det
        return value, 2 * xp.sum(x * db, axis=-1) + xp.sum(slope * dw, axis=(-1, -2))

    return gain
