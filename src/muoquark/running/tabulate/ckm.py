"""The dependence of the matching on the CKM parameters, as polynomials fitted to wilson."""

from __future__ import annotations

import itertools

import numpy as np

from muoquark.running.ckm_expansion import BOX, REFERENCE, monomials, shifts
from muoquark.running.tabulate.matching import match

__all__ = ["fit_matching"]


def _sample(n: int, seed: int) -> np.ndarray:
    """Corners and random points of the box in (Vus, Vub, Vcb, gamma)."""
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=4)))
    rng = np.random.default_rng(seed)
    points = np.vstack([np.zeros((1, 4)), corners, rng.uniform(-1, 1, (n - 17, 4))])
    return np.asarray(np.asarray(REFERENCE) * (1 + points * np.asarray(BOX)))


def fit_matching(
    order: int, components: tuple[str, ...], n: int = 90, held_out: int = 10
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (indices into the flattened matrix, polynomial coefficients, largest error).

    The error is measured at points that the fit has not seen.
    """
    points = _sample(n, seed=order)
    names = ("Vus", "Vub", "Vcb", "gamma")
    matrices = []
    for point in points:
        matrices.append(match(dict(zip(names, map(float, point), strict=True)), order, components))
    flat = np.stack([m.ravel() for m in matrices])
    (keep,) = np.nonzero(np.abs(flat).max(axis=0) > 1e-14)
    flat = flat[:, keep]
    basis = monomials(shifts(points))
    train, test = slice(0, n - held_out), slice(n - held_out, n)
    fit, *_ = np.linalg.lstsq(basis[train], flat[train], rcond=None)
    error = float(np.abs(basis[test] @ fit - flat[test]).max())
    return keep, fit, error
