"""All couplings of the model at the matching scale."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from muoquark.matching.orders import orders_of
from muoquark.model.point import Point
from muoquark.theory.betas import Theory, theory_of
from muoquark.theory.couplings import Couplings
from muoquark.theory.decoupling import one_loop_shifts
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

    Raises
    ------
    DomainError
        For a model with a massive vector, or scalars that mix with H.
    """
    theory = theory_of(point.model)
    out = dict(run_sm(point.common_scale) if sm is None else sm)
    out |= renamed(point.sm)
    out |= dict(point.couplings)
    for name in point.model.quartics:
        value = point.quartic(name)
        out[name] = value if name in theory.space.complex else value.real
    boson = point.model.gauge
    if boson is not None:
        root = sqrt(1 - point.epsBX**2)
        out[boson.coupling], out["gYX"] = point.gX / root, out["g1"] * point.epsBX / root
    out |= {f"m2_{name}": mass**2 for name, mass in point.masses.items()}
    if thresholds:
        for name, shift in _shifts(theory, point, out).items():
            if name in out:  # others, as Ynu, are the point's own and nothing that was measured
                out[name] = out[name] - shift
        out["lam"] += tree_shift(theory, theory.complete(out)).get("lam", 0.0)
    return theory.complete(out)


def _shifts(theory: Theory, point: Point, couplings: dict[str, Any]) -> dict[str, Any]:
    """Return what the SM couplings lose: from the complete matching where it exists.

    For other scalars, and with couplings to right-handed neutrinos, which that matching does not
    have, terms of the order m_H^2/M^2 are left out.
    """
    if not point.model.heavy:
        return {}
    with_neutrinos = any(
        np.any(value) and "nu" in {field.name for field in point.model.term_of(name).fields}
        for name, value in point.couplings.items()
    )
    if orders_of(point.model).name == "loop" and not with_neutrinos:
        return matching_shifts(point, couplings)
    return one_loop_shifts(theory, theory.complete(couplings), point.common_scale)
