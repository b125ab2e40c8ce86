"""All couplings of the model at the matching scale."""

from __future__ import annotations

from math import sqrt
from typing import Any

from muoquark.model.point import COMPLEX_QUARTICS, QUARTICS, Point
from muoquark.theory.betas import complete
from muoquark.theory.names import renamed
from muoquark.theory.sm import run_sm
from muoquark.theory.thresholds import matching_shifts, tree_shift

__all__ = ["couplings_at_matching"]


def couplings_at_matching(
    point: Point, sm: dict[str, Any] | None = None, thresholds: bool = True
) -> dict[str, Any]:
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
    out = dict(run_sm(point.common_scale) if sm is None else sm)
    out |= renamed(point.sm)
    for ours, theirs in (("e3L", "eta3L"), ("e1L", "eta1L"), ("e1R", "eta1R"), ("e1t", "etat1R")):
        out[ours] = getattr(point, theirs)[:, 1:2]
    for name in QUARTICS:
        value = point.quartic(name)
        if name in COMPLEX_QUARTICS:
            out[f"{name}_re"], out[f"{name}_im"] = value.real, value.imag
        else:
            out[name] = value.real
    root = sqrt(1 - point.epsBX**2)
    out["gX"], out["gYX"] = point.gX / root, out["g1"] * point.epsBX / root
    out["m12"], out["m32"] = point.M1**2, point.M3**2
    if thresholds:
        out = _add_thresholds(point, out)
    return complete(out)


def _add_thresholds(point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    out = dict(couplings)
    for name, shift in matching_shifts(point, couplings).items():
        out[name] = out[name] - shift
    out["lH"] += tree_shift(out).get("lH", 0.0)
    return out
