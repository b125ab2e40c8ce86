"""What the SM couplings lose when leptoquarks or Phi are integrated out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from muoquark.matching.oneloop.match import dimension_four
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.model.point import Point
from muoquark.sm.parameters import SMParameters
from muoquark.theory.betas import Theory

__all__ = ["matching_shifts", "tree_shift"]

# The parameters of dimension four and less that the matching shifts.
_SHIFTED = ("g1", "g2", "g3", "Yu", "Yd", "Ye", "lam", "m2_H")


def matching_shifts(point: Point, couplings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one-loop shifts of dimension-four parameters, SMEFT minus leptoquark theory.

    They come from the complete one-loop matching of the leptoquarks at ``point.common_scale``, with
    the SM parameters of `couplings`; under the names of this room.  Couplings to right-handed
    neutrinos (etat1R, eta2tR) are not part of that matching.
    """
    sm = SMParameters(
        scale=point.common_scale,
        **{name: couplings[name] for name in _SHIFTED if name != "m2_H"},
        m2=-couplings["m2_H"],
    )
    found = dimension_four(inputs_of_point(point, sm=sm))
    return {name: found["mH2" if name == "m2_H" else name] for name in _SHIFTED}


def tree_shift(theory: Theory, couplings: Mapping[str, Any]) -> dict[str, float]:
    """Quartics above the mass of Phi minus those below it (1203.0237).

    Phi with a vacuum expectation value binds every pair of portals at tree level:
    V = lP |Phi|^4 + |Phi|^2 sum_i p_i O_i leaves -(sum_i p_i O_i)^2/(4 lP).
    """
    portals = _portals(theory)
    if not portals or couplings["lP"] <= 0:
        return {}
    out: dict[str, float] = {}
    for (one, two), parts in portals.items():
        size = (couplings[one] * couplings[two]).real / (4 * couplings["lP"])
        for name, number in parts.items():
            out[name] = out.get(name, 0.0) + size * number
    return out


@lru_cache(maxsize=8)
def _portals(theory: Theory) -> dict[tuple[str, str], dict[str, float]]:
    """Return the product of each pair of portals of Phi, written in quartics."""
    components = theory.components
    names = {part.field.name for part in components.scalars}
    if "Phi" not in names or "lP" not in theory.space.quartics:
        return {}
    phi = components.scalar("Phi").start
    pair = {phi, phi + components.n_scalars}
    operators = {}
    for term in components.potential_terms:
        fields = [field.name for field in term.fields]
        if len(fields) == 4 and fields.count("Phi") == 2 and term.real:
            polynomial = components.potential[term.coupling]
            rest = {tuple(k for k in key if k not in pair): v for key, v in polynomial.items()}
            if all(len(key) == 2 for key in rest):
                operators[term.coupling] = rest
    found = {}
    for one, two in itertools.combinations_with_replacement(sorted(operators), 2):
        product: dict[tuple[int, ...], complex] = {}
        for (k1, v1), (k2, v2) in itertools.product(operators[one].items(), operators[two].items()):
            key = tuple(sorted(k1 + k2))
            product[key] = product.get(key, 0) + v1 * v2 * (1 if one == two else 2)
        found[one, two] = _in_quartics(theory, product)
    return found


def _in_quartics(theory: Theory, product: Mapping[tuple[int, ...], complex]) -> dict[str, float]:
    """Write a real polynomial of four fields as a sum of the potential's own."""
    potential = theory.components.potential
    real = [name for name in theory.space.quartics if name not in theory.space.complex]
    near = [name for name in real if set(potential[name]) & set(product)]
    keys = sorted(set(product).union(*(potential[name] for name in near)))
    matrix = np.array([[potential[name].get(key, 0) for name in near] for key in keys])
    target = np.array([product.get(key, 0) for key in keys])
    numbers, *_ = np.linalg.lstsq(matrix, target, rcond=None)
    assert np.allclose(matrix @ numbers, target, rtol=0, atol=1e-10)
    return {n: float(x.real) for n, x in zip(near, numbers, strict=True) if abs(x) > 1e-12}
