"""The two leading couplings fitted for many sets of order-one coefficients at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["LeadingFit", "fit_leading"]

# Range of eta3L_3 and of the product.
LOW, HIGH = np.array([0.0, -0.02]), np.array([1.2, 0.05])
# Values of both (of the product evenly spaced) that are tried first, steps of the differences,
# largest steps, iterations.
GRID = np.array([0.02, 0.08, 0.14, 0.2, 0.26, 0.32, 0.38, 0.44, 0.52, 0.6, 0.7, 0.85, 1.05])
PRODUCTS = (-0.005, 0.005, 0.015)
STEP = np.array([0.006, 0.0008])
REACH = np.array([0.12, 0.02])
ITERATIONS = 10


@dataclass(frozen=True, eq=False)
class LeadingFit:
    """Where the likelihood is largest, for n sets of coefficients.

    Attributes
    ----------
    leading
        eta3L_3 and the product of the S1 couplings, shape (n, 2).
    chi2
        There, shape (n,).
    left
        By how much the last Newton step still lowered chi2, shape (n,).
    """

    leading: np.ndarray
    chi2: np.ndarray
    left: np.ndarray

    @property
    def not_converged(self) -> np.ndarray:
        """Whether the last step still lowered chi2 by more than 0.01, shape (n,)."""
        return self.left > 0.01


def fit_leading(
    chi2: Callable[[np.ndarray, np.ndarray], np.ndarray], coefficients: np.ndarray
) -> LeadingFit:
    """Minimise chi2 over the two leading couplings, for all rows of coefficients at once.

    `chi2` takes leading couplings (m, 2) and coefficients (m, k).  A grid in eta3L_3 brackets the
    minimum; damped Newton steps with second differences find it.
    """
    n, g = len(coefficients), len(GRID)
    middle, side = PRODUCTS[1], PRODUCTS[2] - PRODUCTS[1]
    tried = np.array([[x, p] for x in GRID for p in PRODUCTS])
    f: Any = chi2(np.tile(tried, (n, 1)), np.repeat(coefficients, len(tried), axis=0))
    f = f.reshape(n, g, 3)
    # In the product chi2 is nearly a parabola: its lowest point for every eta3L_3 of the grid.
    slope, bend = (f[..., 2] - f[..., 0]) / 2, f[..., 0] + f[..., 2] - 2 * f[..., 1]
    move = np.clip(-slope / np.maximum(bend, 1e-9), (LOW[1] - middle) / side, None)
    move = np.minimum(move, (HIGH[1] - middle) / side)
    values = f[..., 1] + slope * move + bend * move**2 / 2
    row, k0 = np.arange(n), np.argmin(values, axis=1)
    at = np.stack([GRID[k0], middle + side * move[row, k0]], axis=1)
    now, damping = chi2(at, coefficients), np.ones(n)
    lowered = np.full(n, np.inf)
    h, k = STEP
    offsets = np.array([[h, 0], [-h, 0], [0, k], [0, -k], [h, k], [-h, -k]])
    for _ in range(ITERATIONS):
        points = (at[:, None] + offsets).reshape(-1, 2)
        f = chi2(points, np.repeat(coefficients, 6, axis=0)).reshape(n, 6)
        gradient = np.stack([f[:, 0] - f[:, 1], f[:, 2] - f[:, 3]], axis=1) / (2 * STEP)
        curvature = np.stack([f[:, 0] + f[:, 1], f[:, 2] + f[:, 3]], axis=1) - 2 * now[:, None]
        # Where it bends downwards, step as far as for the same bend upwards, but downhill.
        xx, pp = np.maximum(np.abs(curvature) / STEP**2, 1e-12).T
        mixed = (f[:, 4] + f[:, 5] - 2 * now - curvature.sum(axis=1)) / (2 * h * k)
        mixed = np.where((curvature > 0).all(axis=1), mixed, 0.0)
        mixed = np.clip(mixed, -0.9 * np.sqrt(xx * pp), 0.9 * np.sqrt(xx * pp))
        determinant = xx * pp - mixed**2
        move = -np.stack(
            [pp * gradient[:, 0] - mixed * gradient[:, 1],
             xx * gradient[:, 1] - mixed * gradient[:, 0]], axis=1,
        ) / determinant[:, None]  # fmt: skip
        move = np.clip(move, -REACH, REACH) * damping[:, None]
        target = np.clip(at + move, LOW, HIGH)
        new = chi2(target, coefficients)
        better = new < now
        lowered = np.where(better, now - new, np.where(damping < 0.1, 0.0, lowered))
        at = np.where(better[:, None], target, at)
        now = np.where(better, new, now)
        damping = np.where(better, np.minimum(1.0, 2 * damping), damping / 4)
    return LeadingFit(at, now, lowered)
