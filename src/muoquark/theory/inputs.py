"""All couplings of the model at the matching scale."""

from __future__ import annotations

from math import sqrt
from typing import Any

from muoquark.model.point import COUPLINGS, QUARTICS, Point
from muoquark.theory.betas import theory_of
from muoquark.theory.couplings import Couplings
from muoquark.theory.names import renamed
from muoquark.theory.sm import run_sm
from muoquark.theory.thresholds import matching_shifts, tree_shift

__all__ = ["couplings_at_matching"]


def couplings_at_matching(
    point: Point, sm: dict[str, Any] | None = None, thresholds: bool = True
) -> Couplings:
    """Return all couplings of the model at ``point.common_scale``.

    Parameters
    ----------
    point
        Leptoquark couplings, masses, quartics and gauge couplings, MS-bar at mu_M.
    sm
        SM couplings of the effective theory at mu_M (default: run there from the top mass at two
        loops); the card's ``sm:`` goes on top.
    thresholds
        Add what the SM couplings lose when leptoquarks and Phi are integrated out, so that the SM
        below mu_M is the measured one: one-loop shifts of gauge couplings, Yukawa
        matrices, Higgs mass and quartic, and the tree-level shift of the quartic by Phi.
    """
    theory = theory_of("B-3Lmu")
    out = dict(run_sm(point.common_scale) if sm is None else sm)
    out |= renamed(point.sm)
    out |= {name: getattr(point, name) for name in COUPLINGS}
    for name in QUARTICS:
        value = point.quartic(name)
        out[name] = value if name in theory.space.complex else value.real
    root = sqrt(1 - point.epsBX**2)
    out["gX"], out["gYX"] = point.gX / root, out["g1"] * point.epsBX / root
    out["m2_S1"], out["m2_S3"] = point.M1**2, point.M3**2
    if thresholds:
        for name, shift in matching_shifts(point, out).items():
            out[name] = out[name] - shift
        out["lam"] += tree_shift(theory, theory.complete(out)).get("lam", 0.0)
    return theory.complete(out)
