"""(m_nu^-1)_mumu = 0: triangles against matrices, windows against sampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.errors import DomainError
from muoquark.neutrino.muon_zero import (
    _LOGARITHMS,
    LARGEST_MASS,
    _m_ee,
    _optimum,
    _sample,
    allowed_windows,
    closure,
    majorana_phases,
    scan,
)
from muoquark.neutrino.oscillations import PARAMETERS, global_fit
from muoquark.neutrino.pmns import effective_mass, light_masses, pmns_matrix

NO, IO = global_fit("NO"), global_fit("IO")
pulls = st.tuples(*[st.floats(-3, 3)] * len(PARAMETERS))


def values_at(fit, x):
    return {k: float(v) for k, v in fit.values(np.array(x)).items()}


def inverse_mass(values, mass, alpha21, alpha31):
    U = pmns_matrix(
        values["s12sq"], values["s13sq"], values["s23sq"], np.deg2rad(values["delta"]),
        alpha21, alpha31,
    )  # fmt: skip
    masses = light_masses(mass, values["dm21"], values["dm3l"])
    return np.linalg.inv(U @ np.diag(masses) @ U.T), effective_mass(U, masses)


@given(pulls, st.floats(-3, 0), st.sampled_from([NO, IO]))
def test_phases_make_the_entry_of_the_inverse_matrix_vanish(x, logarithm, fit):
    values, mass = values_at(fit, x), 10**logarithm
    if np.min(closure(values, mass)) < 1e-9:
        return
    both = majorana_phases(values, mass)
    assert len(both) == 2
    for alpha21, alpha31 in both:
        inverse, _ = inverse_mass(values, mass, alpha21, alpha31)
        assert abs(inverse[1, 1]) < 1e-9 * np.max(np.abs(inverse))


@given(pulls, st.floats(-3, 0), st.sampled_from([NO, IO]), st.integers(0, 1000))
def test_an_open_triangle_has_no_solution_for_any_phases(x, logarithm, fit, seed):
    values, mass = values_at(fit, x), 10**logarithm
    if np.min(closure(values, mass)) >= 0:
        return
    with pytest.raises(DomainError, match="no solution"):
        majorana_phases(values, mass)
    for alpha21, alpha31 in np.random.default_rng(seed).uniform(0, 2 * np.pi, (20, 2)):
        inverse, _ = inverse_mass(values, mass, alpha21, alpha31)
        assert abs(inverse[1, 1]) > 0


@pytest.fixture(scope="module")
def windows():
    return {
        ("NO", 1.0): allowed_windows(NO, 1.0),
        ("NO", 3.0): allowed_windows(NO, 3.0),
        ("IO", 1.0): allowed_windows(IO, 1.0),
        ("IO", 3.0): allowed_windows(IO, 3.0),
    }


def test_the_prediction(windows):
    low, high = windows["NO", 1.0]
    assert low.lightest == close((1.68e-3, 4.05e-3), rel=0.01)
    assert low.total == close((60.6e-3, 63.9e-3), rel=0.01)
    assert low.m_ee[1] == close(2.98e-3, rel=0.01)
    assert high.lightest[0] == close(33.7e-3, rel=0.01)
    assert high.lightest[1] is None
    (only,) = windows["NO", 3.0]
    assert only.lightest[0] == close(1.32e-3, rel=0.01)
    assert only.m_ee[0] == 0.0
    assert windows["IO", 1.0] == ()
    (inverted,) = windows["IO", 3.0]
    assert inverted.lightest[0] == close(57e-3, rel=0.01)
    assert inverted.total[0] == close(0.208, rel=0.01)
    # Inverted ordering needs a sum of masses beyond Planck's bound.
    assert inverted.total[0] > 0.12


@pytest.mark.parametrize(("ordering", "sigma"), [("NO", 1.0), ("NO", 3.0), ("IO", 3.0)])
def test_windows_against_an_independent_sample(windows, ordering, sigma):
    """No sampled allowed point is outside, and the sample comes close to the ends."""
    fit = global_fit(ordering)
    rng = np.random.default_rng(77)
    x = rng.normal(size=(40000, len(PARAMETERS)))
    x[:, PARAMETERS.index("s23sq")] *= 8  # the angle and the phase that matter
    x[:, PARAMETERS.index("delta")] *= 4
    x *= (sigma * rng.uniform(0.3, 1, size=40000) / np.linalg.norm(x, axis=1))[:, None]
    mass = np.exp(rng.uniform(np.log(5e-4), np.log(LARGEST_MASS), 40000))
    values = fit.values(x)
    closed = np.min(closure(values, mass), axis=-1) >= 0
    mass = mass[closed]
    found = windows[ordering, sigma]
    inside = np.zeros(len(mass), dtype=bool)
    for window in found:
        upper = window.lightest[1] or LARGEST_MASS
        here = (mass >= window.lightest[0] * (1 - 1e-4)) & (mass <= upper * (1 + 1e-4))
        inside |= here
        assert np.min(mass[here]) < window.lightest[0] * 1.25
        if window.lightest[1]:
            assert np.max(mass[here]) > window.lightest[1] * 0.8
    assert np.all(inside)


def test_the_scan_agrees_with_the_windows(windows):
    grid = np.geomspace(1e-3, 0.5, 40)
    result = scan(NO, grid, sigmas=(1.0, 3.0), samples=4000)
    for sigma in (1.0, 3.0):
        for mass, low, high in zip(grid, *result.bands[sigma], strict=True):
            if np.isnan(low):
                continue
            holders = [
                w
                for w in windows["NO", sigma]
                if w.lightest[0] <= mass * 1.001 and mass <= (w.lightest[1] or LARGEST_MASS) * 1.001
            ]
            assert holders
            assert low >= holders[0].m_ee[0] - 1e-9
            if holders[0].m_ee[1] is not None:
                assert high <= holders[0].m_ee[1] * 1.001
    inside = ~np.isnan(result.bands[3.0][0])
    assert np.all(result.bands[3.0][0][inside] >= result.free[0][inside] - 1e-6)
    assert np.all(result.bands[3.0][1][inside] <= result.free[1][inside] + 1e-6)


def test_the_condition_survives_running():
    """One-loop running multiplies m_nu by diagonal factors from both sides: the zero stays."""
    values, mass = NO.best(), 0.0025
    (alpha21, alpha31), _ = majorana_phases(values, mass)
    inverse, _ = inverse_mass(values, mass, alpha21, alpha31)
    factors = np.diag([1.0, 1.001, 1.02])
    run = np.linalg.inv(factors @ np.linalg.inv(inverse) @ factors)
    assert abs(run[1, 1]) < 1e-9 * np.max(np.abs(run))


@pytest.mark.parametrize("name", ["m_ee, 1", "m_ee, 2"])
def test_ends_do_not_depend_on_where_the_search_begins(name):
    """In the inverted ordering m_ee has kinks, at which a search can stop too early."""
    sigma, limits = 2.0, (1e-4, LARGEST_MASS)
    sample = _sample(IO, sigma)
    (window,) = allowed_windows(IO, sigma)
    values = np.where(sample.closed, sample.quantities[name], np.inf)
    for row, column in np.argwhere(np.isfinite(values))[::400][:6]:
        start = np.append(sample.pulls[row], np.log(sample.masses[column]))
        found = np.exp(_optimum(IO, sigma, _LOGARITHMS[name], 1, start, limits))
        assert found > window.m_ee[0] * (1 - 1e-4)


@given(pulls, st.floats(-3, 0), st.sampled_from([NO, IO]))
def test_effective_mass_written_out(x, logarithm, fit):
    """What the optimisation asks is the mass of a matrix with the phases of both triangles."""
    values, mass = values_at(fit, x), 10**logarithm
    # The phases of a flat triangle round to the square root of what numbers do.
    if np.min(closure(values, mass)) < 1e-6:
        return
    both = [float(inverse_mass(values, mass, *p)[1]) for p in majorana_phases(values, mass)]
    assert _m_ee(values, np.asarray(mass)) == pytest.approx(both, abs=1e-10)
