"""All couplings of the model at the matching scale."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from muoquark.matching.orders import orders_of
from muoquark.model.point import Point, in_basis_of_charges
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
    rotated = charge_basis(point, out)
    boson = point.model.gauge
    if boson is not None:
        root = sqrt(1 - point.epsBX**2)
        out[boson.coupling], out["gYX"] = point.gX / root, out["g1"] * point.epsBX / root
    out |= {f"m2_{name}": mass**2 for name, mass in point.masses.items()}
    if thresholds:
        for name, shift in _shifts(theory, point, out, rotated).items():
            if name in out:  # others, as Ynu, are the point's own and nothing that was measured
                out[name] = out[name] - shift
        out["lam"] += tree_shift(theory, theory.complete(out)).get("lam", 0.0)
    return theory.complete(out)


def charge_basis(point: Point, couplings: dict[str, Any]) -> bool:
    """Bring matrices to the basis in which charges are diagonal, without what these forbid.

    Yukawa couplings of families with different charges need other fields than those of the model
    (docs/xboson.md); their entries are left out of the flow.  Returns whether something changed:
    for charges that do not tell the generations of a field apart nothing does.
    """
    there = {one.name: one.X for one in point.model.fields}
    higgs = there.get("H", (0,))[0]
    changed = False
    for name, (left, right, sign) in _YUKAWAS.items():
        turned = [field for field in (left, right) if field in point.rotations]
        if name == "Ye" and not turned:
            continue  # a forbidden entry is the user's own, and is told
        U = [point.rotations.get(field, np.eye(3)) for field in (left, right)]
        matrix = U[0] @ np.asarray(couplings[name], dtype=complex) @ U[1].conj().T
        L, R = (there.get(field, (0, 0, 0)) for field in (left, right))
        forbidden = np.array(
            [[i != j and -L[i] + sign * higgs + R[j] != 0 for j in range(3)] for i in range(3)]
        )
        if turned or np.any(matrix[forbidden]):
            couplings[name] = np.where(forbidden, 0.0, matrix)
            changed = True
    for name, matrix in point.couplings.items():
        if np.any(matrix) and point.rotations:
            couplings[name] = in_basis_of_charges(point.model, name, matrix, point.rotations)
    return changed


# Left field, right field, sign of X_H in the charge of an entry.
_YUKAWAS = {"Yu": ("q", "u", -1), "Yd": ("q", "d", 1), "Ye": ("l", "e", 1)}


def _shifts(
    theory: Theory, point: Point, couplings: dict[str, Any], rotated: bool
) -> dict[str, Any]:
    """Return what the SM couplings lose: from the complete matching where it exists.

    For other scalars, with couplings to right-handed neutrinos, which that matching does not have,
    and in the basis of charges where that is another one, terms of the order m_H^2/M^2 are left
    out.
    """
    if not point.model.heavy:
        return {}
    with_neutrinos = any(
        np.any(value) and "nu" in {field.name for field in point.model.term_of(name).fields}
        for name, value in point.couplings.items()
    )
    if orders_of(point.model).name == "loop" and not with_neutrinos and not rotated:
        return matching_shifts(point, couplings)
    return one_loop_shifts(theory, theory.complete(couplings), point.common_scale)
