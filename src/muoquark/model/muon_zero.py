"""The neutrino prediction of U(1)_{B-3L_mu}: (m_nu^-1)_mumu = 0.

With the charges of Table 1 the (mu, mu) entry of M_R is empty and the Dirac matrix does not mix
the muon, so that the seesaw gives

    (m_nu^-1)_mumu ~ sum_i U_mui^2 / m_i = 0 :

three complex numbers of length a_i = |U_mui|^2 / m_i close a triangle.  Lengths are fixed by the
mixing angles, delta and the lightest mass; a triangle exists if none is longer than the sum of
the others, and its two mirror images fix the Majorana phases, and so m_ee.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.model.oscillations import PARAMETERS, GlobalFit
from muoquark.model.pmns import effective_mass, light_masses, pmns_matrix

__all__ = ["Allowed", "Scan", "allowed_range", "closure", "majorana_phases", "scan"]

#: Largest lightest mass that is looked at, in eV: twice KATRIN's bound of 0.45 eV (2406.13516).
LARGEST_MASS = 1.0
_SMALLEST_MASS = 1e-4


@dataclass(frozen=True)
class Allowed:
    """An allowed interval at a confidence level, masses in eV.

    Attributes
    ----------
    sigma
        Number of standard deviations: Delta chi^2 = sigma^2 for one parameter.
    lightest, total, m_ee
        Intervals of the lightest mass, the sum of masses and m_ee; an upper end of None means
        that there is none below :data:`LARGEST_MASS`.
    """

    sigma: float
    lightest: tuple[float, float | None]
    total: tuple[float, float | None]
    m_ee: tuple[float, float | None]


@dataclass(frozen=True)
class Scan:
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
    V = pmns_matrix(values["s12sq"], values["s13sq"], values["s23sq"], np.deg2rad(values["delta"]))
    masses = light_masses(lightest, values["dm21"], values["dm3l"])
    return np.abs(V[..., 1, :]) ** 2 / masses, V, masses


def closure(values: dict[str, Any], lightest: Any) -> np.ndarray:
    """Return how far the triangle is from closing: it does if all three numbers are >= 0.

    Parameters
    ----------
    values
        Oscillation parameters by name (:data:`~muoquark.model.oscillations.PARAMETERS`),
        delta in degrees.
    lightest
        The lightest mass in eV, positive.

    Returns
    -------
    (sum of lengths - 2 a_i) / (sum of lengths), shape (..., 3).
    """
    a, _, _ = _lengths(values, lightest)
    total = np.sum(a, axis=-1, keepdims=True)
    return (total - 2 * a) / total


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
        for a21, a31 in zip(*_phases(values, np.asarray(lightest)), strict=True)
    )


def _phases(values: dict[str, Any], lightest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Majorana phases of both triangles, shape (2, ...); an open triangle is taken as flat."""
    a, V, _ = _lengths(values, lightest)
    a1, a2, a3 = a[..., 0], a[..., 1], a[..., 2]
    cosine = np.clip((a3**2 - a1**2 - a2**2) / (2 * a1 * a2), -1, 1)
    phi2 = np.stack([np.arccos(cosine), -np.arccos(cosine)])
    phi3 = np.angle(-(a1 + a2 * np.exp(1j * phi2)))
    own = 2 * np.angle(V[..., 1, :])
    return phi2 - own[..., 1] + own[..., 0], phi3 - own[..., 2] + own[..., 0]


def _m_ee(values: dict[str, Any], lightest: np.ndarray) -> np.ndarray:
    """m_ee of both triangles, shape (2, ...)."""
    _, V, masses = _lengths(values, lightest)
    a21, a31 = _phases(values, lightest)
    majorana = np.stack([np.zeros_like(a21), a21, a31], axis=-1)
    U = V * np.exp(0.5j * majorana)[..., None, :]
    return effective_mass(U, masses)


def allowed_range(fit: GlobalFit, sigma: float = 3.0) -> Allowed | None:
    """Return the allowed intervals for the oscillation parameters within `sigma`.

    All six parameters and the lightest mass vary, with chi^2 <= sigma^2 and a closed triangle;
    each end of an interval is a constrained optimum from several starting points.

    Returns
    -------
    The intervals, or None if the triangle closes nowhere.
    """
    from scipy.optimize import minimize

    def unpack(x: np.ndarray) -> tuple[dict[str, Any], float]:
        return fit.values(x[:-1]), float(np.exp(x[-1]))

    quantities = {
        "lightest": lambda v, m: np.log(m),
        "total": lambda v, m: np.log(np.sum(light_masses(m, v["dm21"], v["dm3l"]))),
        "m_ee, 1": lambda v, m: np.log(_m_ee(v, np.asarray(m))[0]),
        "m_ee, 2": lambda v, m: np.log(_m_ee(v, np.asarray(m))[1]),
    }
    constraints = [
        {"type": "ineq", "fun": lambda x: closure(*unpack(x))},
        {"type": "ineq", "fun": lambda x: sigma**2 - np.sum(x[:-1] ** 2)},
    ]
    n = len(PARAMETERS)
    bounds = [(-sigma, sigma)] * n + [(np.log(_SMALLEST_MASS), np.log(LARGEST_MASS))]
    starts = []
    for pull23 in (-0.6, 0.0, 0.6):
        for mass in (0.02, 0.06, 0.15, 0.5):
            x = np.zeros(n + 1)
            x[PARAMETERS.index("s23sq")] = sigma * pull23
            x[-1] = np.log(mass)
            starts.append(x)
    ends: dict[str, list[float]] = {}
    for name, quantity in quantities.items():
        for sign in (1.0, -1.0):
            reached = []
            for start in starts:
                found = minimize(
                    lambda x, s=sign, q=quantity: s * float(q(*unpack(x))),
                    start,
                    method="SLSQP",
                    bounds=bounds,
                    constraints=constraints,
                    options={"maxiter": 200, "ftol": 1e-10},
                )
                feasible = np.min(closure(*unpack(found.x))) > -1e-7 and np.sum(
                    found.x[:-1] ** 2
                ) < sigma**2 * (1 + 1e-6)
                if feasible:
                    reached.append(sign * float(found.fun))
            if not reached:
                return None
            ends.setdefault(name, []).append(float(np.exp(sign * min(sign * r for r in reached))))
    open_above = ends["lightest"][1] > 0.999 * LARGEST_MASS
    lowest = min(ends["m_ee, 1"][0], ends["m_ee, 2"][0])
    highest = max(ends["m_ee, 1"][1], ends["m_ee, 2"][1])
    return Allowed(
        sigma,
        (ends["lightest"][0], None if open_above else ends["lightest"][1]),
        (ends["total"][0], None if open_above else ends["total"][1]),
        (lowest, None if open_above else highest),
    )


def scan(
    fit: GlobalFit,
    lightest: np.ndarray,
    sigmas: tuple[float, ...] = (1.0, 3.0),
    samples: int = 20000,
    seed: int = 1,
) -> Scan:
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
    return Scan(np.asarray(lightest), chi2, bands, free)
