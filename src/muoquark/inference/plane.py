"""The paper's plane: eta3L_3 against the product eta1L_3 * eta1R_3.

The observables feel the two S1 couplings through their product, up to terms that are small at
the best fit; the figure sets eta1L_3 = |eta1R_3|.
"""

from __future__ import annotations

from typing import Any

from muoquark.inference.objective import Parameter

__all__ = ["BANDS", "LABELS", "PRODUCT", "paper_parameters", "split_product"]

PRODUCT = "eta1L_3*eta1R_3"
# The groups whose bands the paper's figure shows, and the axis that each constrains there.
BANDS = {
    "R_K(*)": "eta3L_3",
    "Bs->mumu": "eta3L_3",
    "b->smumu": "eta3L_3",
    "(g-2)_mu": PRODUCT,
}
LABELS = {
    "eta3L_3": r"$\eta^{3L}_3$",
    PRODUCT: r"$\eta^{1L}_3\,\eta^{1R}_3$",
}

# (p^2 + CUT^2)^(1/4) in place of |p|^(1/2): differentiable at p = 0, where the couplings are then
# 1e-4 and 0 in place of 0 and 0, which no observable can tell.
CUT = 1e-8


def paper_parameters() -> tuple[Parameter, Parameter]:
    """Return the axes of the plane."""
    return (
        Parameter("eta3L_3", 0.0, 0.8, 0.4),
        Parameter(PRODUCT, -0.02, 0.05, 0.01),
    )


def split_product(theta: Any, xp: Any) -> Any:
    """Return (eta3L_3, eta1L_3, eta1R_3), shape (..., 3), for points (..., 2) of the plane."""
    x, p = theta[..., 0], theta[..., 1]
    left = (p**2 + CUT**2) ** 0.25
    return xp.stack([x, left, p / left], axis=-1)
