"""What the SM couplings lose when leptoquarks or Phi are integrated out."""

from __future__ import annotations

from typing import Any

from muoquark.matching.oneloop import normalisation, scalars
from muoquark.matching.oneloop.functions import integrals
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.model.point import Point
from muoquark.sm.parameters import SMParameters
from muoquark.theory.names import lepton_blocks, lepton_matrix

__all__ = ["matching_shifts", "tree_shift"]


def matching_shifts(point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    """Return the one-loop shifts of dimension-four parameters, SMEFT minus leptoquark theory.

    They come from the complete one-loop matching at ``point.common_scale``, with the SM parameters
    of `couplings`; in the names and normalisations of :func:`muoquark.theory.beta`.  The
    right-handed coupling etat1R is not part of that matching.
    """
    sm = SMParameters(
        scale=point.common_scale,
        **{name: couplings[name] for name in ("g1", "g2", "g3", "Yu", "Yd")},
        Ye=lepton_matrix(couplings),
        lam=2 * couplings["lH"],
        m2=-couplings["mH2"],
    )
    inputs = inputs_of_point(point, sm=sm)
    loop = integrals(inputs)
    found = {**scalars.dimension_four(inputs, loop), **normalisation.yukawas(inputs, loop)}
    shifts = {name: found[name] for name in ("g1", "g2", "g3", "Yu", "Yd")}
    shifts |= lepton_blocks(found["Ye"])
    shifts["lH"] = found["lam"] / 2
    shifts["mH2"] = found["mH2"]
    return shifts


def tree_shift(couplings: dict[str, Any]) -> dict[str, float]:
    """Quartics above the mass of Phi minus those below it (1203.0237).

    Phi with a vacuum expectation value binds every pair of portals at tree level.
    """
    lp = couplings["lP"]
    if lp <= 0:
        return {}
    h, one, three = (couplings[k] for k in ("lHP", "lP1", "lP3"))
    return {
        "lH": h * h / (4 * lp),
        "l1": one * one / (4 * lp),
        "l3a": three * three / (4 * lp),
        "lH1": h * one / (2 * lp),
        "lH3": h * three / (2 * lp),
        "l13a": one * three / (2 * lp),
    }
