r"""Is the potential bounded from below, and in which direction is it not?

The quartic potential on the sphere :math:`\sum|\phi|^2 = 1` over all scalars decides.  Where it
depends on norms and on each field's own invariants alone, its minimum is that of a quadratic form
over a simplex (copositivity), which is found exactly; else by batched minimisation from many starts
with an analytic gradient (no certificate: a minimum that no start reaches is missed).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Num

from muoquark.model.fields import Model
from muoquark.theory.betas import Theory, theory_for
from muoquark.theory.potential import Potential

__all__ = [
    "Stability",
    "TreeMinimum",
    "copositive_minimum",
    "exact_minimum",
    "minimise",
    "normal_form",
    "stability",
    "tree_minimum",
]

# The complex scalars of a model, and a number for each set of them; without a batch that is no
# array but a number of numpy.
Fields = Complex[np.ndarray, "*batch n"]
Values = Float[Any, "*batch"]

# below this the minimum is called negative: far above rounding, far below any quartic of interest
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Stability:
    """Minimum of V4 on the unit sphere of fields, how it was found, and where it lies.

    Attributes
    ----------
    minimum
        V4/(sum of |fields|^2)^2 at its minimum.
    bounded
        Whether the minimum is not negative.
    weights
        |phi|^2 of each scalar at the minimum (they sum to one).
    method
        "copositivity" (exact) or "minimisation" (multi-start).
    """

    minimum: float
    bounded: bool
    weights: dict[str, float]
    method: str

    @property
    def direction(self) -> str:
        """The fields of the direction, largest first, as text."""
        parts = sorted(self.weights.items(), key=lambda item: -item[1])
        return " + ".join(f"{w:.0%} {name}" for name, w in parts if w > 0.005)


@lru_cache(maxsize=8)
def _potential(theory: Theory) -> Potential:
    return Potential(theory)


def copositive_minimum(
    matrix: Num[np.ndarray, "n n"],
) -> tuple[float, Float[np.ndarray, " n"]]:
    r"""Minimise :math:`x^T A x` over :math:`x_i \ge 0,\ \sum x_i = 1`, exactly.

    The minimum is a stationary point in the interior of one of the 2^n - 1 faces, where
    :math:`A_S x_S` is constant.  `matrix` is copositive if the minimum is not negative.

    Returns
    -------
    The minimum and the x where it lies.
    """
    # Any minimum lies in the interior of some face, so looking at each of them is a proof.
    n = len(matrix)
    best, where = np.inf, np.zeros(n)
    for size in range(1, n + 1):
        for face in itertools.combinations(range(n), size):
            block = matrix[np.ix_(face, face)]
            # bordered system: A x = mu 1, sum x = 1; singular ones have their minimum on an edge
            border = np.block(
                [[block, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]]
            )
            if abs(np.linalg.det(border)) < 1e-14 * max(1.0, np.abs(block).max()) ** size:
                continue
            x = np.linalg.solve(border, np.append(np.zeros(size), 1.0))[:size]
            if x.min() < 0:
                continue
            value = float(x @ block @ x)
            if value < best:
                best = value
                where = np.zeros(n)
                where[list(face)] = x
    return best, where


# What a field can be rotated to by SU(3) x SU(2), up to a norm for each vector: (colour, isospin)
# entries.  A coloured doublet is a 3 x 2 matrix with two singular values.  Of a triplet three
# vectors do: two with S.S = 0 that are each other's conjugate, and a real one.
_HALF = 1 / np.sqrt(2)
_NORMAL_FORMS: dict[tuple[bool, int], list[dict[tuple[int, int], complex]]] = {
    (False, 1): [{(0, 0): 1}],
    (True, 1): [{(0, 0): 1}],
    (False, 2): [{(0, 0): 1}],
    (True, 2): [{(0, 0): 1}, {(1, 1): 1}],
    (False, 3): [{(0, 0): _HALF, (0, 1): 1j * _HALF}, {(0, 2): 1}],
    (True, 3): [
        {(0, 0): _HALF, (0, 1): 1j * _HALF},
        {(1, 0): _HALF, (1, 1): -1j * _HALF},
        {(2, 2): 1},
    ],
}


def normal_form(
    theory: Theory, couplings: Mapping[str, Any], name: str
) -> Num[np.ndarray, "n n"] | None:
    """Return the quadratic form whose copositivity is boundedness of one field's own potential.

    Its variables are the squared norms of the vectors that the field can be rotated to; None where
    these are not known here.
    """
    part = theory.components.scalar(name)
    field = part.field
    vectors = _NORMAL_FORMS.get((field.colour != "1", field.isospin))
    if vectors is None or field.colour not in ("1", "3", "3bar"):
        return None
    potential = _potential(theory)

    def value(*chosen: dict[tuple[int, int], complex]) -> float:
        z = np.zeros(theory.components.n_scalars, complex)
        for vector in chosen:
            for (colour, isospin), number in vector.items():
                z[part.start + colour * field.isospin + isospin] += number
        return float(potential(couplings, z)[0])

    alone = [value(vector) for vector in vectors]
    form = np.diag(alone)
    for (i, one), (j, two) in itertools.combinations(enumerate(vectors), 2):
        form[i, j] = form[j, i] = (value(one, two) - alone[i] - alone[j]) / 2
    return form


def exact_minimum(
    theory: Theory, couplings: Mapping[str, Any]
) -> tuple[float, dict[str, float]] | None:
    """Minimum of V4 on the unit sphere where it is known exactly, and |phi|^2 there; else None.

    That is where all quartics that join different fields are products of norms.
    """
    components = theory.components
    fields = [part.field.name for part in components.scalars]
    form = np.zeros((len(fields), len(fields)))
    for term in components.potential_terms:
        if len(term.factors) != 4 or couplings[term.coupling] == 0:
            continue
        names = sorted({field.name for field in term.fields}, key=fields.index)
        if len(names) > 2 or not term.real:
            return None
        if len(names) == 2:
            norm = _norm_product(theory, term.coupling)
            if norm is None:
                return None
            i, j = (fields.index(name) for name in names)
            form[i, j] += norm * couplings[term.coupling] / 2
            form[j, i] = form[i, j]
    for i, name in enumerate(fields):
        own = normal_form(theory, couplings, name)
        if own is None:
            return None
        # a field minimises its own quartics at any norm; the norms are then a simplex of their own
        form[i, i] = copositive_minimum(own)[0]
    value, x = copositive_minimum(form)
    return value, dict(zip(fields, map(float, x), strict=True))


@lru_cache(maxsize=512)
def _norm_product(theory: Theory, coupling: str) -> float | None:
    """Return c if a quartic is c |a|^2 |b|^2, else None."""
    n = theory.components.n_scalars
    polynomial = theory.components.potential[coupling]
    fields = {field.name for field in theory.model.term(coupling).fields}
    one, two = (theory.components.scalar(name) for name in fields)
    keys = {
        tuple(sorted((i, i + n, j, j + n)))
        for i in range(one.start, one.start + one.size)
        for j in range(two.start, two.start + two.size)
    }
    values = list(polynomial.values())
    if set(polynomial) != keys or not np.allclose(values, values[0], rtol=0, atol=1e-12):
        return None
    return float(values[0].real)


def minimise(
    theory: Theory,
    couplings: Mapping[str, Any],
    starts: int = 96,
    iterations: int = 150,
    seed: int = 0,
) -> tuple[float, Complex[np.ndarray, " n"]]:
    """Minimise V4 on the unit sphere by projected gradients from many starts.

    All starts move together with Barzilai-Borwein steps; the best few are polished with L-BFGS.
    Half of the starts lie close to one, two or three of the fields.
    """
    # Random directions have all fields alike; deep minima often have one or two.
    rng = np.random.default_rng(seed)
    potential = _potential(theory).at(couplings)
    n = theory.components.n_scalars
    z = rng.normal(size=(starts, n)) + 1j * rng.normal(size=(starts, n))
    parts = [slice(p.start, p.start + p.size) for p in theory.components.scalars]
    for k in range(starts // 2):
        keep = rng.choice(len(parts), size=min(1 + k % 3, len(parts)), replace=False)
        for index, part in enumerate(parts):
            if index not in keep:
                z[k, part] *= 0.02
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    value, slope = _on_sphere(potential, z)
    scale = max(max(abs(couplings[name]) for name in theory.space.quartics), 1e-12)
    step = np.full((starts, 1), 0.05 / scale)
    best_value, best = value.copy(), z.copy()
    for _ in range(iterations):
        new = z - step * slope
        new /= np.linalg.norm(new, axis=-1, keepdims=True)
        value, new_slope = _on_sphere(potential, new)
        # Step dz.dz/dz.dg: the inverse curvature along the last step.  Where that is not positive
        # the step grows instead.
        dz, dg = new - z, new_slope - slope
        curvature = np.sum((dz.conj() * dg).real, -1, keepdims=True)
        length = np.sum(np.abs(dz) ** 2, -1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(curvature > 1e-30, length / curvature, step * 1.5)
        step = np.clip(step, 1e-3 / scale, 20 / scale)
        z, slope = new, new_slope
        better = value < best_value
        best_value = np.where(better, value, best_value)
        best[better] = z[better]
        if np.abs(slope).max() < 1e-7 * scale:
            break
    return _polish(potential, best[np.argsort(best_value)[:3]])


def _on_sphere(potential: Any, z: Fields) -> tuple[Values, Fields]:
    """V4 and its gradient along the sphere."""
    # dV/dx + i dV/dy = 2 dV/dz^* for z = x + i y; the part along z would leave the sphere
    value, gradient = potential(z)
    radial = np.sum((z.conj() * gradient).real, -1, keepdims=True)
    return value, 2 * (gradient - radial * z)


def _polish(
    potential: Any, candidates: Complex[np.ndarray, "candidates n"]
) -> tuple[float, Complex[np.ndarray, " n"]]:
    from scipy.optimize import minimize

    n = candidates.shape[1]

    def target(x: Float[np.ndarray, " n2"]) -> tuple[float, Float[np.ndarray, " n2"]]:
        # V4/|z|^4 does not depend on |z|: no constraint is needed
        z = x[:n] + 1j * x[n:]
        norm = float(x @ x)
        value, gradient = potential(z)
        pull = 2 * np.concatenate([gradient.real, gradient.imag])
        return float(value) / norm**2, pull / norm**2 - 4 * float(value) * x / norm**3

    best, where = np.inf, candidates[0]
    for z in candidates:
        start = np.concatenate([z.real, z.imag])
        result = minimize(target, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
        if result.fun < best:
            best = float(result.fun)
            where = (result.x[:n] + 1j * result.x[n:]) / np.linalg.norm(result.x)
    return best, where


def _norms(theory: Theory, z: Fields) -> dict[str, float]:
    return {
        p.field.name: float(np.sum(np.abs(z[p.start : p.start + p.size]) ** 2))
        for p in theory.components.scalars
    }


def stability(
    couplings: Mapping[str, Any],
    starts: int = 96,
    seed: int = 0,
    model: Model | str | None = None,
) -> Stability:
    """Decide whether V4 at these couplings is bounded from below; see the module's docstring."""
    theory = theory_for(couplings, model)
    values = theory.complete(couplings)
    exact = exact_minimum(theory, values)
    if exact is not None:
        minimum, weights = exact
        return Stability(minimum, minimum >= -1e-14, weights, "copositivity")
    minimum, z = minimise(theory, values, starts, seed=seed)
    return Stability(minimum, minimum >= -TOLERANCE, _norms(theory, z), "minimisation")


@dataclass(frozen=True)
class TreeMinimum:
    """Deepest tree-level minimum found beside the electroweak vacuum.

    Attributes
    ----------
    electroweak, deepest
        Values of V in GeV^4.
    fields
        The norms of all scalars but Phi in GeV at the deepest minimum.
    breaks_colour
        Whether that has a leptoquark background and lies below the electroweak one.
    """

    electroweak: float
    deepest: float
    fields: dict[str, float]
    breaks_colour: bool

    def record(self) -> dict[str, Any]:
        """Return the minimum as plain data."""
        return {
            "breaks_colour_or_charge": self.breaks_colour,
            "electroweak_GeV4": self.electroweak,
            "deepest_GeV4": self.deepest,
            "fields_GeV": self.fields,
        }


def tree_minimum(
    couplings: Mapping[str, Any],
    starts: int = 40,
    seed: int = 0,
    bound: float = 1e3,
    model: Model | str | None = None,
) -> TreeMinimum:
    """Search tree-level minima of the potential in all scalars but Phi, which is integrated out.

    The masses are those of `couplings` (``m2_H``, ``m2_S1``, ..., V = + m^2 |phi|^2).  Fields
    up to `bound` times the largest mass are looked at: beyond, V4 alone decides.
    """
    from scipy.optimize import minimize

    theory = theory_for(couplings, model)
    c = theory.complete(couplings)
    parts = [p for p in theory.components.scalars if p.field.name != "Phi"]
    n = theory.components.n_scalars
    potential = _potential(theory).at(c)
    # in units of the largest mass, so that fields and V are of order one for the minimiser
    masses = [abs(c[name]) for name in theory.space.masses if name != "m2_Phi"]
    unit = np.sqrt(max(masses))
    matrix = _potential(theory).masses(c) / unit**2
    free = np.concatenate([np.arange(p.start, p.start + p.size) for p in parts])
    n_free = len(free)
    m2, lam = c["m2_H"], c["lam"]
    ew = -(m2**2) / (2 * lam) if m2 < 0 < lam else 0.0

    def target(x: Float[np.ndarray, " n2"]) -> tuple[float, Float[np.ndarray, " n2"]]:
        z = np.zeros(n, complex)
        z[free] = x[:n_free] + 1j * x[n_free:]
        quartic, slope = potential(z)
        pull = 2 * (slope + matrix @ z)[free]
        value = float(quartic) + float((z.conj() @ matrix @ z).real)
        return value, np.concatenate([pull.real, pull.imag])

    rng = np.random.default_rng(seed)
    best, where = 0.0, np.zeros(2 * n_free)
    higgs = next(p for p in parts if p.field.name == "H")
    other = np.array([not higgs.start <= k < higgs.start + higgs.size for k in free])
    others = np.concatenate([other, other])
    for k in range(starts):
        start = rng.normal(size=2 * n_free) * 10 ** rng.uniform(-2.5, 1.0)
        # every second start is almost in the direction of H
        if k % 2:
            start[others] *= rng.uniform(0, 0.05)
        limits = [(-bound, bound)] * len(start)
        result = minimize(target, start, jac=True, method="L-BFGS-B", bounds=limits)
        if result.fun < best:
            best, where = float(result.fun), result.x
    z = np.zeros(n, complex)
    z[free] = where[:n_free] + 1j * where[n_free:]
    fields = {
        p.field.name: float(np.linalg.norm(z[p.start : p.start + p.size]) * unit) for p in parts
    }
    deepest = min(best * unit**4, ew)
    coloured = [fields[p.field.name] for p in parts if p.field.colour != "1"]
    moved = max(coloured, default=0.0) > 1e-3 * unit
    return TreeMinimum(ew, deepest, fields, bool(moved and best * unit**4 < ew * (1 + 1e-6)))
