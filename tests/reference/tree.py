r"""Tree-level exchange of S1 and S3 by hand: what the generic engine is compared with.

With -L = eta3L_{ia} qbar^c_i eps sigma^I l_a S3^I + eta1L_{ia} qbar^c_i eps l_a S1
+ eta1R_{ia} ubar^c_i e_a S1 + h.c. the heavy scalars' equations of motion give, after Fierz
rearrangement (2003.12525, section 3; Gherardi:2020det), the Warsaw coefficients below.  The
indices are [lepton, lepton, quark, quark] as in WCxf, every entry of a Hermitian operator's
tensor filled, (C_{ab ij})^* = C_{ba ji}.
"""

from __future__ import annotations

import numpy as np

from muoquark.model.point import Point
from reference.oneloop.inputs import Inputs


def tree(point: Point | Inputs) -> dict[str, np.ndarray]:
    """Return the tree-level coefficients as arrays of shape (3, 3, 3, 3), in units of 1/M^2."""
    S1 = 1 / point.M1**2
    S3 = 1 / point.M3**2
    e1, e3, r1 = point.eta1L, point.eta3L, point.eta1R

    def exchange(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """left_{ia}^* right_{jb} as [a, b, i, j]."""
        return np.einsum("ia,jb->abij", left.conj(), right)

    lequ1 = exchange(e1, r1) * S1 / 2
    return {
        "lq1": exchange(e1, e1) * S1 / 4 + exchange(e3, e3) * 3 * S3 / 4,
        "lq3": -exchange(e1, e1) * S1 / 4 + exchange(e3, e3) * S3 / 4,
        "eu": exchange(r1, r1) * S1 / 2,
        "lequ1": lequ1,
        "lequ3": -lequ1 / 4,
    }
