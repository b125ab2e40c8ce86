"""From a point of the model to Wilson coefficients at the matching scale."""

from __future__ import annotations

import numpy as np

from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.eft.wcxf import WilsonCoefficients
from muoquark.matching.leading import leading, leading_shifts
from muoquark.matching.tree import tree
from muoquark.model.point import Point
from muoquark.model.sm import MZ, SCALE_MAX

__all__ = ["ORDERS", "match"]

ORDERS = ("tree", "loop")

STATEMENT = {
    "tree": "tree-level exchange of S1 and S3, complete",
    "loop": "tree level, complete, and the leading one-loop terms (top-enhanced dipoles, top loops "
    "in the Z and W couplings of leptons, Delta F = 2 boxes; shifts of Ye, gauge couplings and "
    "m_H^2); the complete one-loop matching is not in yet",
}


def match(point: Point, order: str = "loop") -> WilsonCoefficients:
    """Integrate out S1 and S3 at the point's matching scale.

    Parameters
    ----------
    point
        Masses and couplings, MS-bar at ``point.mu_M``.
    order
        ``tree``, or ``loop`` for tree level plus the leading one-loop terms.

    Returns
    -------
    WilsonCoefficients
        In the ``Warsaw`` basis, coefficients that vanish left out; ``shifts`` holds what the
        loops add to the dimension-four parameters.

    Raises
    ------
    InputError
        For an unknown order.
    DomainError
        For couplings beyond perturbativity, or a coupling to right-handed neutrinos.
    """
    if order not in ORDERS:
        raise InputError(f"unknown order '{order}': {suggest(order, ORDERS)}")
    point.check_perturbative()
    if not MZ <= point.mu_M <= SCALE_MAX:
        raise DomainError(
            f"the matching scale {point.mu_M:g} GeV is outside of {MZ:g} to {SCALE_MAX:.3g} GeV"
        )
    if np.any(point.etat1R):
        raise DomainError(
            "etat1R couples S1 to right-handed neutrinos, which the SMEFT does not contain; "
            "matching with them integrated out together is not calculated, set etat1R to zero"
        )
    tensors = dict(tree(point))
    shifts: dict[str, object] = {}
    if order == "loop":
        for name, tensor in leading(point).items():
            tensors[name] = tensors[name] + tensor if name in tensors else tensor
        shifts = dict(leading_shifts(point))
    return WilsonCoefficients.from_tensors(
        point.mu_M, tensors, shifts=shifts, metadata={"order": order, "content": STATEMENT[order]}
    )
