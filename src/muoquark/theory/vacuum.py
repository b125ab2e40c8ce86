r"""Is the potential bounded from below, and in which direction is it not?

The quartic potential on the sphere :math:`|H|^2+|\Phi|^2+|S_1|^2+|S_3|^2 = 1` decides.  Where it
depends on the norms and on S3 alone, its minimum is that of a quadratic form over a simplex
(copositivity), which is found exactly; else by batched minimisation from many starts with an
analytic gradient (no certificate: a minimum that no start reaches is missed).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Num

from muoquark.theory.betas import complete
from muoquark.theory.lagrangian import COMPLEX_QUARTICS

__all__ = [
    "Stability",
    "copositive_minimum",
    "is_norm_type",
    "minimise",
    "norm_type_minimum",
    "quartic_potential",
    "s3_form",
    "stability",
    "tree_minimum",
]

# The complex fields H (2), Phi, S1 (colour), S3 (colour, A), and a number for each set of them;
# without a batch that is no array but a number of numpy.
Fields = Complex[np.ndarray, "*batch 15"]
Values = Float[Any, "*batch"]

FIELDS = ("H", "Phi", "S1", "S3")
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
        |H|^2, |Phi|^2, |S1|^2, |S3|^2 at the minimum (they sum to one).
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


def s3_form(l3a: float, l3b: float, l3c: float) -> Num[np.ndarray, "3 3"]:
    """Return the quadratic form whose copositivity is boundedness of the S3 potential."""
    a, b, c = l3a, l3b, l3c
    return np.array([[a + b, a + c, a], [a + c, a + b, a], [a, a, a + b + c]])


def is_norm_type(couplings: Mapping[str, Any]) -> bool:
    """Whether V4 depends on the norms of the fields and on S3's own invariants only."""
    names = ["leH3", "l13b", *(f"{n}_{p}" for n in COMPLEX_QUARTICS for p in ("re", "im"))]
    return all(couplings[name] == 0 for name in names)


def norm_type_minimum(couplings: Mapping[str, Any]) -> tuple[float, dict[str, float]]:
    """Minimum of a norm-type V4, exactly; see :func:`is_norm_type`."""
    c = couplings
    # S3 minimises its own quartics at any |S3|; the four norms are then a simplex of their own
    three, _ = copositive_minimum(s3_form(c["l3a"], c["l3b"], c["l3c"]))
    form = np.diag([c["lH"], c["lP"], c["l1"], three])
    for (i, j), name in {
        (0, 1): "lHP", (0, 2): "lH1", (0, 3): "lH3", (1, 2): "lP1", (1, 3): "lP3", (2, 3): "l13a",
    }.items():  # fmt: skip
        form[i, j] = form[j, i] = c[name] / 2
    value, x = copositive_minimum(form)
    return value, dict(zip(FIELDS, map(float, x), strict=True))


def _split(
    z: Fields,
) -> tuple[
    Complex[np.ndarray, "*batch 2"],
    Complex[Any, "*batch"],
    Complex[np.ndarray, "*batch 3"],
    Complex[np.ndarray, "*batch 3 3"],
]:
    """Split (..., 15) complex components into H, Phi, S1, S3[colour, A]."""
    return z[..., :2], z[..., 2], z[..., 3:6], z[..., 6:15].reshape(*z.shape[:-1], 3, 3)


def quartic_potential(couplings: Mapping[str, Any], z: Fields) -> tuple[Values, Fields]:
    r"""Return V4 and :math:`\partial V_4/\partial\phi^*` for a batch of fields.

    Parameters
    ----------
    couplings
        As :func:`muoquark.theory.beta` takes them, complete.
    z
        (..., 15) complex: H (2), Phi, S1 (3 colours), S3 (colour, A; 9).
    """
    c = couplings
    ch13, c13c, ce13 = (complex(c[f"{n}_re"], c[f"{n}_im"]) for n in COMPLEX_QUARTICS)
    h, p, s1, s3 = _split(z)
    hh = np.sum(np.abs(h) ** 2, -1)
    pp = np.abs(p) ** 2
    n1 = np.sum(np.abs(s1) ** 2, -1)
    gram = np.swapaxes(s3.conj(), -1, -2) @ s3  # S3_A^+ S3_B
    n3 = np.trace(gram, axis1=-2, axis2=-1).real
    s = (np.swapaxes(s3.conj(), -1, -2) @ s1[..., None])[..., 0]  # S3_A^+ S1
    up, down = h[..., 0], h[..., 1]
    flip = up.conj() * down
    # H^+ sigma_A H, and i eps_ABC S3_B^+ S3_C (real, since gram is Hermitian)
    spin = np.stack([2 * flip.real, 2 * flip.imag, np.abs(up) ** 2 - np.abs(down) ** 2], -1)
    cross = -2 * np.stack([gram[..., 1, 2], gram[..., 2, 0], gram[..., 0, 1]], -1).imag
    gt = np.swapaxes(gram, -1, -2)
    # lH13, l13c and le13 each contract with S3_A^+ S1 what carries the isospin index A
    bracket = ch13 * spin + c13c * s + ce13 * cross
    value = (
        c["lH"] * hh**2
        + c["lP"] * pp**2
        + c["l1"] * n1**2
        + c["l3a"] * n3**2
        + c["l3b"] * np.sum(gram * gt, (-1, -2)).real
        + c["l3c"] * np.sum(gram * gram, (-1, -2)).real
        + c["lHP"] * hh * pp
        + c["lH1"] * hh * n1
        + c["lH3"] * hh * n3
        + c["leH3"] * np.sum(spin * cross, -1)
        + c["lP1"] * pp * n1
        + c["lP3"] * pp * n3
        + c["l13a"] * n1 * n3
        + c["l13b"] * np.sum(np.abs(s) ** 2, -1)
        + 2 * np.sum(s * bracket, -1).real
    )
    wheel = c["leH3"] * cross + 2 * (ch13 * s).real
    wx, wy, wz = wheel[..., 0], wheel[..., 1], wheel[..., 2]
    dh = (2 * c["lH"] * hh + c["lHP"] * pp + c["lH1"] * n1 + c["lH3"] * n3)[..., None] * h
    dh = dh + np.stack([wz * up + (wx - 1j * wy) * down, (wx + 1j * wy) * up - wz * down], -1)
    dp = (2 * c["lP"] * pp + c["lHP"] * hh + c["lP1"] * n1 + c["lP3"] * n3) * p
    d1 = (2 * c["l1"] * n1 + c["lH1"] * hh + c["lP1"] * pp + c["l13a"] * n3)[..., None] * s1
    toward = c["l13b"] * s + (ch13 * spin + 2 * c13c * s + ce13 * cross).conj()
    d1 = d1 + (s3 @ toward[..., None])[..., 0]
    d3 = (2 * c["l3a"] * n3 + c["lH3"] * hh + c["lP3"] * pp + c["l13a"] * n1)[..., None, None] * s3
    d3 = d3 + 2 * c["l3b"] * s3 @ gram + 2 * c["l3c"] * s3 @ gt
    push = c["l13b"] * s.conj() + ch13 * spin + 2 * c13c * s + ce13 * cross
    d3 = d3 + s1[..., :, None] * push[..., None, :]
    turn = c["leH3"] * spin + 2 * (ce13 * s).real
    tx, ty, tz = (turn[..., k, None] for k in range(3))
    x, y, z3 = (s3[..., k] for k in range(3))
    # i eps_{ADC} turn_A S3_C = -i (turn x S3)_D
    d3 = d3 - 1j * np.stack([ty * z3 - tz * y, tz * x - tx * z3, tx * y - ty * x], -1)
    gradient = np.concatenate([dh, dp[..., None], d1, d3.reshape(*d3.shape[:-2], 9)], axis=-1)
    return value, gradient


def minimise(
    couplings: Mapping[str, Any], starts: int = 96, iterations: int = 150, seed: int = 0
) -> tuple[float, Complex[np.ndarray, " 15"]]:
    """Minimise V4 on the unit sphere by projected gradients from many starts.

    All starts move together with Barzilai-Borwein steps; the best few are polished with L-BFGS.
    A quarter of the starts lie close to one or two of the four fields.
    """
    # Random directions have all fields alike; deep minima often have one or two.
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(starts, 15)) + 1j * rng.normal(size=(starts, 15))
    parts = [slice(0, 2), slice(2, 3), slice(3, 6), slice(6, 15)]
    for k in range(starts // 2):
        keep = rng.choice(4, size=1 + k % 3, replace=False)
        for index, part in enumerate(parts):
            if index not in keep:
                z[k, part] *= 0.02
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    value, slope = _on_sphere(couplings, z)
    scale = max(max(abs(v) for k, v in couplings.items() if k.startswith("l")), 1e-12)
    step = np.full((starts, 1), 0.05 / scale)
    best_value, best = value.copy(), z.copy()
    for _ in range(iterations):
        new = z - step * slope
        new /= np.linalg.norm(new, axis=-1, keepdims=True)
        value, new_slope = _on_sphere(couplings, new)
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
    return _polish(couplings, best[np.argsort(best_value)[:3]])


def _on_sphere(couplings: Mapping[str, Any], z: Fields) -> tuple[Values, Fields]:
    """V4 and its gradient along the sphere."""
    # dV/dx + i dV/dy = 2 dV/dz^* for z = x + i y; the part along z would leave the sphere
    value, gradient = quartic_potential(couplings, z)
    radial = np.sum((z.conj() * gradient).real, -1, keepdims=True)
    return value, 2 * (gradient - radial * z)


def _polish(
    couplings: Mapping[str, Any], candidates: Complex[np.ndarray, "candidates 15"]
) -> tuple[float, Complex[np.ndarray, " 15"]]:
    from scipy.optimize import minimize

    def target(x: Float[np.ndarray, " 30"]) -> tuple[float, Float[np.ndarray, " 30"]]:
        # V4/|z|^4 does not depend on |z|: no constraint is needed
        z = x[:15] + 1j * x[15:]
        norm = float(x @ x)
        value, gradient = quartic_potential(couplings, z)
        pull = 2 * np.concatenate([gradient.real, gradient.imag])
        return float(value) / norm**2, pull / norm**2 - 4 * float(value) * x / norm**3

    best, where = np.inf, candidates[0]
    for z in candidates:
        start = np.concatenate([z.real, z.imag])
        result = minimize(target, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
        if result.fun < best:
            best = float(result.fun)
            where = (result.x[:15] + 1j * result.x[15:]) / np.linalg.norm(result.x)
    return best, where


def stability(couplings: Mapping[str, Any], starts: int = 96, seed: int = 0) -> Stability:
    """Decide whether V4 at these couplings is bounded from below; see the module's docstring."""
    values = complete(couplings)
    if is_norm_type(values):
        minimum, weights = norm_type_minimum(values)
        return Stability(minimum, minimum >= -1e-14, weights, "copositivity")
    minimum, z = minimise(values, starts, seed=seed)
    norms = [float(np.sum(np.abs(part) ** 2)) for part in _split(z)]
    weights = dict(zip(FIELDS, norms, strict=True))
    return Stability(minimum, minimum >= -TOLERANCE, weights, "minimisation")


@dataclass(frozen=True)
class TreeMinimum:
    """Deepest tree-level minimum found beside the electroweak vacuum.

    Attributes
    ----------
    electroweak, deepest
        Values of V in GeV^4.
    fields
        The norms |H|, |S1|, |S3| in GeV at the deepest minimum.
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
    couplings: Mapping[str, Any], starts: int = 40, seed: int = 0, bound: float = 1e3
) -> TreeMinimum:
    """Search tree-level minima of the potential in H, S1 and S3 (Phi integrated out).

    The masses are those of `couplings` (``mH2``, ``m12``, ``m32``, V = + m^2 |phi|^2).  Fields
    up to `bound` times the leptoquark mass are looked at: beyond, V4 alone decides.
    """
    from scipy.optimize import minimize

    c = complete(couplings)
    # in units of the largest mass, so that fields and V are of order one for the minimiser
    unit = np.sqrt(max(abs(c["m12"]), abs(c["m32"]), abs(c["mH2"])))
    mass = np.concatenate(
        [np.full(2, c["mH2"]), [0.0], np.full(3, c["m12"]), np.full(9, c["m32"])]
    ) / (unit**2)
    free = np.r_[0:2, 3:15]
    ew = -(c["mH2"] ** 2) / (4 * c["lH"]) if c["mH2"] < 0 < c["lH"] else 0.0

    def target(x: Float[np.ndarray, " 28"]) -> tuple[float, Float[np.ndarray, " 28"]]:
        z = np.zeros(15, complex)
        z[free] = x[:14] + 1j * x[14:]
        quartic, slope = quartic_potential(c, z)
        pull = 2 * (slope + mass * z)[free]
        value = float(quartic) + float(mass @ np.abs(z) ** 2)
        return value, np.concatenate([pull.real, pull.imag])

    rng = np.random.default_rng(seed)
    best, where = 0.0, np.zeros(28)
    for k in range(starts):
        start = rng.normal(size=28) * 10 ** rng.uniform(-2.5, 1.0)
        # every second start is almost in the direction of H
        if k % 2:
            start[[*range(2, 14), *range(16, 28)]] *= rng.uniform(0, 0.05)
        result = minimize(target, start, jac=True, method="L-BFGS-B", bounds=[(-bound, bound)] * 28)
        if result.fun < best:
            best, where = float(result.fun), result.x
    z = np.zeros(15, complex)
    z[free] = where[:14] + 1j * where[14:]
    h, _, s1, s3 = _split(z)
    fields = {
        "H": float(np.linalg.norm(h) * unit),
        "S1": float(np.linalg.norm(s1) * unit),
        "S3": float(np.linalg.norm(s3) * unit),
    }
    deepest = min(best * unit**4, ew)
    coloured = max(fields["S1"], fields["S3"]) > 1e-3 * unit
    return TreeMinimum(ew, deepest, fields, bool(coloured and best * unit**4 < ew * (1 + 1e-6)))
