r"""A Gaussian of which the covariance follows the point: C = E + J J^T.

E is constant: measurements, and what of the theory does not follow.  With L L^T = E, W = L^-1 J,
z = L^-1 (x - mean), A = 1 + W^T W and b = W^T z,

.. math:: \chi^2 = z^T z - b^T A^{-1} b, \qquad \ln\det C = \ln\det E + \ln\det A,

and x = A^-1 b are the pulls of the directions of the parameters, which contribute x^T x to chi2.
-2 ln L is chi2 + ln det A up to a constant, which the SM takes out.
"""

from __future__ import annotations

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
# Entries of J that change by less than this over the sampled points, in units of the errors, are
# taken as constant.
STILL = 1e-3


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

    def reduced(self, x: np.ndarray, roots: np.ndarray) -> Reduced:
        """Return what gives the same within the reach of sampled points.

        Parameters
        ----------
        x, roots
            Predictions (points, m) and J (points, m, K) of the whole block there.
        """
        own = roots[:, self.rows]
        whitening = self.fixed.whitening
        moves = np.abs(own - own[:1]).max(axis=(0, 2)) / self.fixed.errors > STILL
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
        return Reduced(
            self.rows,
            self.fixed,
            moving,
            t,
            turned.T @ g,
            b @ turned,
            float(np.linalg.slogdet(np.eye(count) + still.T @ still)[1]),
        )


@dataclass(frozen=True, eq=False)
class Reduced:
    """The same for a card: only what varies is computed at a point.

    The parameters are first told by the observables of which the response does not vary; what is
    left of their covariance then makes the theory error of the others, in a few combinations.

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
    log_det
        Of the rows at rest.
    asked
        Where the rows of `felt` are in J, if J is not that of the whole block.
    """

    rows: np.ndarray
    fixed: GaussianBlock
    moving: np.ndarray
    rest: np.ndarray
    told: np.ndarray
    turn: np.ndarray
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
        moving = np.nonzero(self.moving)[0]
        small = self.fixed.whitening[np.ix_(self.felt, moving)].T
        at = self.rows[self.felt] if self.asked is None else self.asked
        return xp.asarray(small) @ (root[..., at, :] @ xp.asarray(self.turn))

    def log_likelihood(self, x: Any, w: Any, xp: Any = np) -> Any:
        """Return ln L up to a constant, as `Following.log_likelihood`."""
        z = self.fixed.whitened(x[..., self.rows], xp)
        still, moving = np.nonzero(~self.moving)[0], np.nonzero(self.moving)[0]
        z_still, z_moving = z[..., still], z[..., moving]
        told = z_still @ xp.asarray(self.told.T)
        u = told + xp.einsum("...nk,...n->...k", w, z_moving)
        chi2 = xp.sum((z_still @ xp.asarray(self.rest.T)) ** 2, axis=-1)
        chi2 = chi2 + xp.sum(z_moving**2, axis=-1) + xp.sum(told**2, axis=-1)
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
    from jax.scipy.linalg import cho_solve

    def factors(w: Any) -> tuple[Any, Any]:
        a = xp.eye(w.shape[-1]) + xp.swapaxes(w, -1, -2) @ w
        lower = xp.linalg.cholesky(a)
        return lower, 2 * xp.sum(xp.log(xp.diagonal(lower, axis1=-2, axis2=-1)), axis=-1)

    @jax.custom_jvp
    def gain(w: Any, b: Any) -> Any:
        lower, log_det = factors(w)
        x = cho_solve((lower, True), b[..., None])[..., 0]
        return xp.sum(b * x, axis=-1) - log_det

    @gain.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        (w, b), (dw, db) = primals, tangents
        lower, log_det = factors(w)
        x = cho_solve((lower, True), b[..., None])[..., 0]
        # d(b A^-1 b) = 2 x db - 2 (w x) (dw x), d ln det A = 2 tr(A^-1 w^T dw)
        inverse = cho_solve((lower, True), xp.broadcast_to(xp.eye(w.shape[-1]), lower.shape))
        slope = -2 * (xp.einsum("...nk,...k->...n", w, x)[..., None] * x[..., None, :]
                      + w @ inverse)  # fmt: skip
        value = xp.sum(b * x, axis=-1) - log_det
        return value, 2 * xp.sum(x * db, axis=-1) + xp.sum(slope * dw, axis=(-1, -2))

    return gain
