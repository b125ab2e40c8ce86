"""Fit polynomials in Wilson coefficients and CKM combinations to samples of flavio.

A polynomial is a dictionary ``{(features, i, j): coefficient}``: `features` is a tuple of names
of CKM combinations (and of ``cos``/``sin`` of a mixing phase) multiplied with each other, `i` and
`j` are components ``(eft, basis, sector, scale, name, part)`` or None for 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.likelihood.compiler.recipes import Features, features

__all__ = [
    "FittedPolynomial",
    "Fitter",
    "Monomials",
    "evaluate",
    "fit_parts",
    "monomial",
    "monomials",
]

Array = np.ndarray[Any, Any]
Component = tuple[Any, ...]
# See `monomial`.
Monomials = frozenset[tuple[frozenset[str], frozenset[Component]]]
FittedPolynomial = dict[tuple[tuple[str, ...], Component | None, Component | None], float]

_NEUTRINO = re.compile(r"(nu(?:e|mu|tau)(?:nu(?:e|mu|tau))?)$")


def _final_state(component: Component) -> str:
    """Return the final state of a component; amplitudes of different ones do not mix.

    Neutrino flavours, charges of e mu; for K -> e mu also whether the pair is scalar.
    """
    if component[2].startswith("nunu") or component[2] == "ffnunu":
        return ""
    if component[2] in ("sdemu", "sdmue"):
        return f"{component[2]}{'S' if component[4][:2] in ('C9', 'CS') else 'P'}"
    if re.fullmatch(r"[ds]b(e|mu|tau){2}", component[2]):
        return str(component[2])
    found = _NEUTRINO.search(component[4])
    return found.group(1) if found else ""


def monomials(components: Sequence[Component], degree: int) -> list[tuple[int | None, int | None]]:
    """Return the pairs of component positions up to a degree; None stands for 1."""
    out: list[tuple[int | None, int | None]] = [(None, None)]
    if degree >= 1:
        out += [(i, None) for i in range(len(components))]
    if degree >= 2:
        states = [_final_state(c) for c in components]
        for i in range(len(components)):
            for j in range(i, len(components)):
                if states[i] and states[j] and states[i] != states[j]:
                    continue
                out.append((i, j))
    return out


def _relative(q: str) -> Features:
    """Dependence of an interference term divided by lambda_t^2."""
    names = [f"{q}.{a}.{p}" for a in ("u/t", "1/t") for p in ("re", "im")]
    return [
        (("1",), 2),
        *[((a,), 1) for a in names],
        *[((a, b), 0) for i, a in enumerate(names) for b in names[i:]],
    ]


def _design(
    listed: Features, components: Sequence[Component], x: Array, products: Mapping[str, Array]
) -> tuple[Array, list[tuple[tuple[str, ...], int | None, int | None]]]:
    columns, names = [], []
    for factors, degree in listed:
        factor = np.ones(len(x))
        for name in factors:
            factor = factor * products[name]
        for i, j in monomials(components, degree):
            column = factor
            if i is not None:
                column = column * x[:, i]
            if j is not None:
                column = column * x[:, j]
            columns.append(column)
            names.append((factors, i, j))
    return np.stack(columns, axis=1), names


class Fitter:
    """Fits many quantities sampled at the same points; designs are shared.

    Parameters
    ----------
    components
        All components of the group, with their sizes last.
    x, ckm_products
        The points.
    held_out
        The number of points at the end that the fit does not see.
    """

    def __init__(
        self,
        components: Sequence[Sequence[Any]],
        x: Array,
        ckm_products: Mapping[str, Array],
        held_out: int,
    ) -> None:
        """Scale the points; designs are made when first asked for."""
        self.components = [tuple(c[:6]) for c in components]
        self.sizes = np.array([c[6] for c in components], dtype=float)
        self.x = x / self.sizes if len(components) else x
        self.products = ckm_products
        # By positions and features: many quantities are fitted in the same monomials.
        self.train = slice(0, len(x) - held_out)
        self._cache: dict[Any, Any] = {}

    def fit(
        self,
        y: Array,
        positions: Sequence[int],
        listed: Features,
        allowed: Monomials | None = None,
    ) -> tuple[FittedPolynomial, float]:
        """Fit one quantity in the components at `positions`.

        `allowed` are the monomials that it may have; by default all.

        Returns the polynomial and the largest held-out error relative to the spread of `y`.

        Raises
        ------
        ValueError
            If there are fewer points than coefficients.
        """
        key = (tuple(positions), repr(listed), allowed)
        if key not in self._cache:
            chosen = [self.components[i] for i in positions]
            matrix, names = _design(listed, chosen, self.x[:, list(positions)], self.products)
            if allowed is not None:
                named = [
                    monomial(factors, *(None if i is None else chosen[i] for i in pair))
                    for factors, *pair in names
                ]
                kept = [k for k, one in enumerate(named) if one in allowed]
                matrix, names = matrix[:, kept], [names[k] for k in kept]
            # Columns of one size, so that singular values compare monomials and not units.
            scale = np.sqrt(np.mean(matrix[self.train] ** 2, axis=0))
            scale[scale == 0] = 1
            self._cache[key] = (matrix / scale, scale, names, {})
        matrix, scale, names, solved = self._cache[key]
        good = np.isfinite(y)
        train = np.zeros(len(y), dtype=bool)
        train[self.train] = True
        # One decomposition for all quantities that are finite at the same points.
        mask = (good & train).tobytes()
        if mask not in solved:
            used = matrix[good & train]
            if len(used) < matrix.shape[1] + 5:
                raise ValueError(f"{len(used)} points for {matrix.shape[1]} coefficients")
            u, s, vt = np.linalg.svd(used, full_matrices=False)
            # Sums of monomials that the samples cannot tell from zero are left at zero.
            keep = s > 1e-11 * s[0]
            solved[mask] = (u[:, keep], s[keep], vt[keep])
        u, s, vt = solved[mask]
        unit = np.max(np.abs(y[good])) or 1.0
        coefficients = vt.T @ ((u.T @ (y[good & train] / unit)) / s) * unit
        test = good & ~train
        error = 0.0
        if test.any():
            spread = max(float(np.std(y[good & train])), 1e-300)
            error = float(np.max(np.abs(matrix[test] @ coefficients - y[test])) / spread)
        polynomial: FittedPolynomial = {}
        # Back to raw units, from scaled columns and from components in units of their sizes.
        for value, size, (factors, i, j) in zip(coefficients, scale, names, strict=True):
            number = value / size
            for k in (i, j):
                if k is not None:
                    number /= self.sizes[positions[k]]
            a = None if i is None else self.components[positions[i]]
            b = None if j is None else self.components[positions[j]]
            polynomial[(factors, a, b)] = polynomial.get((factors, a, b), 0.0) + float(number)
        return polynomial, error


def evaluate(
    polynomial: FittedPolynomial,
    position: Mapping[Component, int],
    x: Array,
    products: Mapping[str, Array],
) -> Array:
    """Return the values (points,) of a polynomial.

    Parameters
    ----------
    position
        The column of `x` of each component.
    x
        Components in raw units, (points, n).
    products
        CKM combinations, and cosine and sine of mixing phases, by name, (points,) each.
    """
    out = np.zeros(len(x))
    for (factors, i, j), value in polynomial.items():
        term = np.full(len(x), value)
        for name in factors:
            term = term * products[name]
        for c in (i, j):
            if c is not None:
                term = term * x[:, position[c]]
        out = out + term
    return out


def monomial(
    factors: Sequence[str], i: Component | None, j: Component | None
) -> tuple[frozenset[str], frozenset[Component]]:
    """Return what names a monomial, whatever the order of its factors.

    A square has one component, as the linear term has: these are not told apart.
    """
    return frozenset(factors) - {"1"}, frozenset(c for c in (i, j) if c is not None)


Factors = list[tuple[float, tuple[str, ...]]]


def _split(
    values: Array,
    feature: str,
    products: Mapping[str, Array],
    phase_factors: tuple[str, str] | None,
) -> list[tuple[Factors, Array, Features]]:
    """Return what is to be fitted and the CKM and phase factors that multiply the result.

    With a pinned phase phi (0, pi, pi/2 along the last axis) an untagged rate or an asymmetry is
    C + Re(exp(i phi) W).  W carries lambda_t^2 (an asymmetry, A Abar^*) or its conjugate (a rate)
    up to small corrections and is fitted divided by it, C like any other rate.
    """
    if phase_factors is None:
        return [([(1.0, ())], values, features(feature))]
    # C + Re W, C - Re W and C - Im W.
    zero, half, quarter = values[:, 0], values[:, 1], values[:, 2]
    mean = (zero + half) / 2
    kind, _, q = feature.partition(":")
    constant: tuple[Factors, Array, Features] = ([(1.0, ())], mean, features(f"loop:{q}"))
    if kind == "loop":
        return [constant]
    w = (zero - half) / 2 - 1j * (quarter - mean)
    t2 = products[f"{q}.t^2.re"] + 1j * products[f"{q}.t^2.im"]
    s = -1.0 if kind == "phased" else 1.0
    z = w / (t2.real + 1j * s * t2.imag)
    a, b = f"{q}.t^2.re", f"{q}.t^2.im"
    cosine, sine = phase_factors
    # Re W cos phi - Im W sin phi with W = (a + i s b)(zr + i zi)
    real: Factors = [(1.0, (a, cosine)), (-s, (b, sine))]
    imaginary: Factors = [(-s, (b, cosine)), (-1.0, (a, sine))]
    out = [(real, z.real, _relative(q)), (imaginary, z.imag, _relative(q))]
    return (
        [constant, *out]
        if kind == "phased" or np.any(np.abs(mean) > 1e-9 * np.nanmax(np.abs(values)))
        else out
    )


def fit_parts(
    fitter: Fitter,
    parts: Sequence[tuple[Array, Sequence[int], str]],
    phase_factors: tuple[str, str] | None = None,
    allowed: Monomials | None = None,
) -> tuple[FittedPolynomial, float]:
    """Fit the parts of a piece, each in its own components and features, and add them up.

    Parameters
    ----------
    parts
        (values (samples,) or (samples, phases), positions of components, name of the features).
    phase_factors
        The names of cos phi and sin phi of a pinned phase, see `_split`.
    allowed
        See :meth:`Fitter.fit`.

    Returns
    -------
    The polynomial, and the largest held-out error of a part, see `Fitter.fit`.
    """
    total: FittedPolynomial = {}
    worst = 0.0
    for values, positions, feature in parts:
        for factors, y, listed in _split(values, feature, fitter.products, phase_factors):
            # A part that vanishes at all points has no scale to be fitted on.
            if np.all(np.abs(y[np.isfinite(y)]) <= 1e-14 * np.nanmax(np.abs(y), initial=0)):
                continue
            polynomial, error = fitter.fit(y, positions, listed, allowed)
            worst = max(worst, error)
            for (own, i, j), value in polynomial.items():
                for sign, names in factors:
                    # The phase's factors multiply those of the fitted polynomial.
                    full = tuple(f for f in (*own, *names) if f != "1") or ("1",)
                    total[full, i, j] = total.get((full, i, j), 0.0) + sign * value
    return total, worst
