"""The neutrino prediction of U(1)_{B-3L_mu}: (m_nu^-1)_mumu = 0.

With the charges of Table 1 the (mu, mu) entry of M_R is empty and the Dirac matrix does not mix
the muon, so that the seesaw gives

    (m_nu^-1)_mumu ~ sum_i U_mui^2 / m_i = 0 :

three complex numbers of length a_i = |U_mui|^2 / m_i close a triangle.  Lengths are fixed by the
mixing angles, delta and the lightest mass; a triangle exists if none is longer than the sum of
the others, and its two mirror images fix the Majorana phases, and so m_ee.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.neutrino.oscillations import PARAMETERS, GlobalFit
from muoquark.neutrino.pmns import light_masses, pmns_matrix

__all__ = ["Allowed", "MassScan", "allowed_windows", "closure", "majorana_phases", "scan"]

#: Largest lightest mass that is looked at, in eV: twice KATRIN's bound of 0.45 eV (2406.13516).
LARGEST_MASS = 1.0
_SMALLEST_MASS = 1e-4
# m_ee can vanish: its logarithm is cut at 1e-9 eV.
_TINY = 1e-9


Interval = tuple[float, float | None]


@dataclass(frozen=True)
class Allowed:
    """One window of the lightest mass with what goes with it; masses in eV.

    Attributes
    ----------
    sigma
        Number of standard deviations: Delta chi^2 = sigma^2 for one parameter.
    lightest, total, m_ee
        Intervals of the lightest mass, the sum of masses and m_ee; an upper end of None means
        that there is none below :data:`LARGEST_MASS`.
    """

    sigma: float
    lightest: Interval
    total: Interval
    m_ee: Interval


@dataclass(frozen=True)
class MassScan:
    """Allowed regions as functions of the lightest mass, for a figure; masses in eV.

    Attributes
    ----------
    lightest
        Grid of the lightest mass, shape (n,).
    chi2
        Smallest chi^2 of the oscillation parameters for which the triangle closes, shape (n,);
        nan where none does within the sample.
    bands
        sigma -> (lower, upper) edge of m_ee with the condition, shape (n,) each, nan outside.
    free
        (lower, upper) edge of m_ee at 3 sigma for arbitrary Majorana phases, shape (n,) each.
    """

    lightest: np.ndarray
    chi2: np.ndarray
    bands: dict[float, tuple[np.ndarray, np.ndarray]]
    free: tuple[np.ndarray, np.ndarray]


def _lengths(values: dict[str, Any], lightest: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (a, V, m): the lengths |V_mui|^2 / m_i, the mixing matrix without Majorana phases."""
    # (..., 3, 3); the Majorana phases turn the three numbers and leave their lengths.
    V = pmns_matrix(values["s12sq"], values["s13sq"], values["s23sq"], np.deg2rad(values["delta"]))
    masses = light_masses(lightest, values["dm21"], values["dm3l"])
    return np.abs(V[..., 1, :]) ** 2 / masses, V, masses


def closure(values: dict[str, Any], lightest: Any) -> np.ndarray:
    """Return how far the triangle is from closing: it does if all three numbers are >= 0.

    Parameters
    ----------
    values
        Oscillation parameters by name (:data:`~muoquark.neutrino.oscillations.PARAMETERS`),
        delta in degrees.
    lightest
        The lightest mass in eV, positive.

    Returns
    -------
    (sum of lengths - 2 a_i) / (sum of lengths), shape (..., 3).
    """
    # |U_mui|^2 written out: this is the innermost function of the optimisation.
    x12, x13, x23 = values["s12sq"], values["s13sq"], values["s23sq"]
    mixed = 2 * np.sqrt(x12 * (1 - x12) * x23 * (1 - x23) * x13)
    mixed = mixed * np.cos(np.deg2rad(values["delta"]))
    weights = (
        x12 * (1 - x23) + (1 - x12) * x23 * x13 + mixed,
        (1 - x12) * (1 - x23) + x12 * x23 * x13 - mixed,
        x23 * (1 - x13),
    )
    masses = light_masses(lightest, values["dm21"], values["dm3l"])
    a = np.stack([w / masses[..., i] for i, w in enumerate(weights)], axis=-1)
    # The triangle inequalities, divided by the perimeter.
    total = np.sum(a, axis=-1, keepdims=True)
    return np.asarray((total - 2 * a) / total)


def majorana_phases(values: dict[str, Any], lightest: float) -> tuple[tuple[float, float], ...]:
    """Return the two pairs (alpha21, alpha31) in [0, 2 pi) for which (m_nu^-1)_mumu = 0.

    Raises
    ------
    DomainError
        If the triangle does not close for these masses and angles.
    """
    if np.min(closure(values, lightest)) < 0:
        raise DomainError(
            f"(m_nu^-1)_mumu = 0 has no solution with a lightest mass of {lightest:g} eV"
        )
    return tuple(
        (float(a21 % (2 * np.pi)), float(a31 % (2 * np.pi)))
        for a21, a31 in zip(*_phases(*_lengths(values, np.asarray(lightest))[:2]), strict=True)
    )


def _phases(a: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Majorana phases of both triangles, shape (2, ...); an open triangle is taken as flat.

    `a` and `V` are the lengths and the mixing matrix of :func:`_lengths`.
    """
    a1, a2, a3 = a[..., 0], a[..., 1], a[..., 2]
    # a1 + a2 exp(i phi2) + a3 exp(i phi3) = 0 with the first side along the real axis: the law of
    # cosines, and its two mirror images.
    cosine = np.clip((a3**2 - a1**2 - a2**2) / (2 * a1 * a2), -1, 1)
    phi2 = np.stack([np.arccos(cosine), -np.arccos(cosine)])
    phi3 = np.angle(-(a1 + a2 * np.exp(1j * phi2)))
    # phi_i is the phase of U_mui^2 relative to i = 1; V_mui^2 has a part of it, alpha the rest.
    own = 2 * np.angle(V[..., 1, :])
    return phi2 - own[..., 1] + own[..., 0], phi3 - own[..., 2] + own[..., 0]


def _m_ee(values: dict[str, Any], lightest: np.ndarray) -> np.ndarray:
    """m_ee of both triangles, shape (2, ...): `effective_mass` with the phases of `_phases`.

    Written out, with e^{i phi} in the place of phi: an optimisation asks thousands of times.
    """
    x12, x13, x23 = values["s12sq"], values["s13sq"], values["s23sq"]
    s12, c12, s23, c23 = np.sqrt(x12), np.sqrt(1 - x12), np.sqrt(x23), np.sqrt(1 - x23)
    delta = np.exp(1j * np.deg2rad(values["delta"]))
    turned = s23 * np.sqrt(x13) * delta
    # V_mu1 and V_mu2; V_mu3 is positive.
    first, second = -s12 * c23 - c12 * turned, c12 * c23 - s12 * turned
    masses = light_masses(lightest, values["dm21"], values["dm3l"])
    m1, m2, m3 = (masses[..., i] for i in range(3))
    size1, size2 = np.abs(first) ** 2, np.abs(second) ** 2
    a1, a2, a3 = size1 / m1, size2 / m2, x23 * (1 - x13) / m3
    cosine = np.clip((a3**2 - a1**2 - a2**2) / (2 * a1 * a2), -1, 1)
    z2 = cosine + 1j * np.sqrt(1 - cosine**2)
    z2 = np.stack([z2, np.conj(z2)])
    z3 = -(a1 + a2 * z2)
    z3 = z3 / np.abs(z3)
    own1, own2 = first**2 / size1, second**2 / size2
    return np.asarray(
        np.abs(
            (1 - x12) * (1 - x13) * m1
            + own1 * (x12 * (1 - x13) * m2 * np.conj(own2) * z2 + x13 * m3 * z3 / delta**2)
        )
    )


def allowed_windows(fit: GlobalFit, sigma: float = 3.0) -> tuple[Allowed, ...]:
    """Return the windows of the lightest mass that are allowed within `sigma`, ascending.

    All six parameters and the lightest mass vary, with chi^2 <= sigma^2 and a closed triangle.
    A sample finds the windows and the neighbourhood of each extreme; every number is then a
    constrained optimum.

    Returns
    -------
    The windows; empty if the triangle closes nowhere.
    """
    sample = _sample(fit, sigma)
    windows: list[Allowed] = []
    runs = sample.runs()
    for i, (first, last) in enumerate(runs):
        # Each window may reach up to its neighbours.
        low = sample.masses[runs[i - 1][1]] if i else _SMALLEST_MASS
        high = sample.masses[runs[i + 1][0]] if i + 1 < len(runs) else LARGEST_MASS
        window = _window(fit, sigma, sample, (first, last), (low, high))
        # The optimiser may close a gap that the sample left: two windows are then one.
        before = windows[-1].lightest[1] if windows else None
        if before is not None and window.lightest[0] <= before * (1 + 1e-6):
            windows[-1] = _joined(windows[-1], window)
        else:
            windows.append(window)
    return tuple(windows)


@dataclass(frozen=True)
class _Sample:
    """Points of the parameter space, each at every one of a grid of lightest masses.

    Attributes
    ----------
    pulls
        Oscillation parameters in standard deviations, (samples, parameters).
    masses
        Lightest masses in eV, (masses,).
    closed
        Whether the triangle closes, (samples, masses).
    quantities
        In eV, by the names of `_LOGARITHMS`, (samples, masses) each.
    """

    pulls: np.ndarray
    masses: np.ndarray
    closed: np.ndarray
    quantities: dict[str, np.ndarray]

    def runs(self) -> list[tuple[int, int]]:
        """Return the first and last column of each run of masses with an allowed point."""
        columns = np.flatnonzero(np.any(self.closed, axis=0))
        if not len(columns):
            return []
        groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
        return [(int(group[0]), int(group[-1])) for group in groups]

    def start(self, name: str, sign: int, first: int, last: int) -> np.ndarray:
        """Return where a quantity is smallest (sign 1) or largest (-1) within a run."""
        part = slice(first, last + 1)
        values = np.where(self.closed[:, part], sign * self.quantities[name][:, part], np.inf)
        row, column = np.unravel_index(np.argmin(values), values.shape)
        return np.append(self.pulls[row], np.log(self.masses[first + column]))


def _sample(fit: GlobalFit, sigma: float, samples: int = 4000, masses: int = 60) -> _Sample:
    rng = np.random.default_rng(1)
    pulls = rng.normal(size=(samples, len(PARAMETERS)))
    # Half of the points on the surface of the ball, where the extremes are.
    radii = sigma * rng.uniform(0.2, 1.8, size=samples).clip(max=1.0)
    pulls *= (radii / np.linalg.norm(pulls, axis=1))[:, None]
    pulls[0] = 0.0
    grid = np.geomspace(_SMALLEST_MASS, LARGEST_MASS, masses)
    values = {name: value[:, None] for name, value in fit.values(pulls).items()}
    closed = np.min(closure(values, grid), axis=-1) >= 0
    m_ee = _m_ee(values, grid)
    quantities = {
        "lightest": np.broadcast_to(grid, closed.shape),
        "total": np.sum(light_masses(grid, values["dm21"], values["dm3l"]), axis=-1),
        "m_ee, 1": m_ee[0],
        "m_ee, 2": m_ee[1],
    }
    return _Sample(pulls, grid, closed, quantities)


def _window(
    fit: GlobalFit,
    sigma: float,
    sample: _Sample,
    run: tuple[int, int],
    limits: tuple[float, float],
) -> Allowed:
    """Return the window around a run of the sample, its ends found by optimisation."""

    def end(name: str, sign: int) -> float:
        start = sample.start(name, sign, *run)
        return float(np.exp(_optimum(fit, sigma, _LOGARITHMS[name], sign, start, limits)))

    largest = end("lightest", -1)
    open_above = largest > 0.999 * LARGEST_MASS

    def interval(*names: str) -> Interval:
        lower = min(end(name, 1) for name in names)
        upper = None if open_above else max(end(name, -1) for name in names)
        # What is below the cut on a logarithm vanishes.
        return 0.0 if lower < 2 * _TINY else lower, upper

    lightest = end("lightest", 1), None if open_above else largest
    return Allowed(sigma, lightest, interval("total"), interval("m_ee, 1", "m_ee, 2"))


def _joined(one: Allowed, other: Allowed) -> Allowed:
    """Return the union of two windows that touch."""

    def union(a: Interval, b: Interval) -> Interval:
        upper = None if a[1] is None or b[1] is None else max(a[1], b[1])
        return min(a[0], b[0]), upper

    return Allowed(
        one.sigma,
        union(one.lightest, other.lightest),
        union(one.total, other.total),
        union(one.m_ee, other.m_ee),
    )


def _total(values: dict[str, Any], mass: np.ndarray) -> np.ndarray:
    return np.asarray(np.sum(light_masses(mass, values["dm21"], values["dm3l"]), axis=-1))


Quantity = Callable[[dict[str, Any], np.ndarray], np.ndarray]
# Logarithms of what is bounded, as functions of the oscillation parameters and lightest mass (...).
_LOGARITHMS: dict[str, Quantity] = {
    "lightest": lambda values, mass: np.log(mass),
    "total": lambda values, mass: np.log(_total(values, mass)),
    "m_ee, 1": lambda values, mass: np.log(_m_ee(values, mass)[0] + _TINY),
    "m_ee, 2": lambda values, mass: np.log(_m_ee(values, mass)[1] + _TINY),
}
# Steps of differences, in pulls and in the logarithm of the mass, forward and backward, and how
# many iterations are made with them.  The quantities have kinks where the triangle is flat: where
# the first stops there, the second, which sees both sides, goes on along the kink.
_STEPS = ((1.5e-8, 0.0, 200), (1e-6, 1e-6, 25))


def _optimum(
    fit: GlobalFit,
    sigma: float,
    quantity: Quantity,
    sign: int,
    start: np.ndarray,
    limits: tuple[float, float],
) -> float:
    """Minimise (sign 1) or maximise (-1) a quantity under chi^2 <= sigma^2 and a closed triangle.

    The variables are the pulls of the oscillation parameters and the logarithm of the lightest
    mass, which is kept within `limits`.  The result is never worse than the allowed
    point `start`.
    """
    from scipy.optimize import minimize

    def at(x: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
        return fit.values(x[..., :-1]), np.exp(x[..., -1])

    def objective(x: np.ndarray) -> np.ndarray:
        return sign * np.asarray(quantity(*at(x)))

    def constraint(x: np.ndarray) -> np.ndarray:
        # Four numbers of order one that must not be negative: three sides, and chi^2.
        inside = 1 - np.sum(x[..., :-1] ** 2, axis=-1, keepdims=True) / sigma**2
        return np.concatenate([closure(*at(x)), inside], axis=-1)

    def slope(
        function: Callable[[np.ndarray], np.ndarray], up: float, down: float
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return the derivative along each variable in the last axis, by one call for all."""
        unit = np.eye(len(start))

        def derivative(x: np.ndarray) -> np.ndarray:
            values = function(np.concatenate([x + up * unit, x - down * unit]))
            return np.asarray((values[: len(x)] - values[len(x) :]) / (up + down)).T

        return derivative

    bounds = [(-sigma, sigma)] * len(PARAMETERS)
    bounds.append((np.log(limits[0]), np.log(limits[1])))
    best, value = start, float(objective(start))
    # Once more from where it stopped: the constraints have kinks at which SLSQP can stall.
    for up, down, iterations in _STEPS:
        found = minimize(
            objective,
            best,
            jac=slope(objective, up, down),
            method="SLSQP",
            bounds=bounds,
            constraints={"type": "ineq", "fun": constraint, "jac": slope(constraint, up, down)},
            options={"maxiter": iterations, "ftol": 1e-9},
        )
        if np.min(constraint(found.x)) > -1e-6 and found.fun < value:
            best, value = found.x, float(found.fun)
    return sign * value


def scan(
    fit: GlobalFit,
    lightest: np.ndarray,
    sigmas: tuple[float, ...] = (1.0, 3.0),
    samples: int = 20000,
    seed: int = 1,
) -> MassScan:
    """Return the allowed bands of m_ee against the lightest mass, by sampling.

    Parameters
    ----------
    fit
        The measured parameters.
    lightest
        Grid of the lightest mass in eV.
    sigmas
        Confidence levels of the bands.
    samples
        Number of points in the ball chi^2 <= max(sigmas)^2, half of them on shells at `sigmas`;
        the best fit is always among them.
    seed
        Seed of the sample.
    """
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(samples, len(PARAMETERS)))
    # Only these parameters move the triangle by more than the width of a line.
    directions[:, [PARAMETERS.index("dm21"), PARAMETERS.index("dm3l")]] = 0.0
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # Even in a ball of four dimensions: the other parameters than the two splittings.
    radii = max(sigmas) * rng.uniform(size=samples) ** 0.25
    shells = rng.choice(sigmas, size=samples)
    radii = np.where(np.arange(samples) % 2 == 0, radii, shells)
    radii[0] = 0.0
    values = fit.values(directions * radii[:, None])
    chi2 = np.full(len(lightest), np.nan)
    bands = {s: (np.full(len(lightest), np.nan), np.full(len(lightest), np.nan)) for s in sigmas}
    free = (np.empty(len(lightest)), np.empty(len(lightest)))
    for i, mass in enumerate(lightest):
        closed = np.min(closure(values, mass), axis=-1) >= 0
        _, V, masses = _lengths(values, mass)
        parts = np.abs(V[:, 0, :]) ** 2 * masses
        # With free phases m_ee lies between the largest of the three parts minus the others, or
        # zero, and their sum: once more a triangle.
        free[1][i] = np.max(np.sum(parts, axis=-1))
        free[0][i] = np.min(np.maximum(2 * np.max(parts, axis=-1) - np.sum(parts, axis=-1), 0))
        if not np.any(closed):
            continue
        chi2[i] = np.min(radii[closed] ** 2)
        m_ee = _m_ee(values, np.asarray(mass))
        for s, (low, high) in bands.items():
            inside = closed & (radii <= s * (1 + 1e-12))
            if np.any(inside):
                low[i], high[i] = np.min(m_ee[:, inside]), np.max(m_ee[:, inside])
    return MassScan(np.asarray(lightest), chi2, bands, free)
