"""The paper's plane: eta3L_3 against the product eta1L_3 * eta1R_3, the built-in card ``plane``."""

from __future__ import annotations

__all__ = ["BANDS", "PRODUCT"]

PRODUCT = "eta1L_3*eta1R_3"
# The groups whose bands the paper's figure shows, and the axis that each constrains there.
BANDS = {
    "R_K(*)": "eta3L_3",
    "Bs->mumu": "eta3L_3",
    "b->smumu": "eta3L_3",
    "(g-2)_mu": PRODUCT,
}
