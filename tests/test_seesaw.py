"""The seesaw: textures, the full 6x6 matrix, and a point with the measured mixings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from muoquark.common.constants import EV
from muoquark.common.errors import DomainError, InputError
from muoquark.model.fields import b_minus_3l_mu
from muoquark.neutrino.oscillations import global_fit
from muoquark.neutrino.pmns import takagi
from muoquark.neutrino.seesaw import Seesaw, example_seesaw, light_neutrinos
from muoquark.symmetry.assignment import assignment_of
from muoquark.symmetry.textures import seesaw_texture


def random_seesaw(seed, y=1e-6, scale=1e4):
    model = b_minus_3l_mu()
    texture = seesaw_texture(assignment_of(model.fields), model.phi_charge)
    rng = np.random.default_rng(seed)

    def entries(pattern, symmetric=True):
        matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        return np.where(pattern, matrix + matrix.T if symmetric else matrix, 0)

    return Seesaw(
        y * entries(texture.dirac, symmetric=False),
        scale * entries(texture.bare),
        entries(texture.from_phi),
        scale,
    )


@given(st.integers(0, 10**6))
def test_the_textures_of_the_charges_are_accepted_and_give_the_zero(seed):
    light = light_neutrinos(random_seesaw(seed))
    matrix = light.U @ np.diag(light.masses) @ light.U.T
    inverse = np.linalg.inv(matrix)
    assert abs(inverse[1, 1]) < 1e-6 * np.max(np.abs(inverse))


@given(st.integers(0, 10**6))
def test_leading_order_agrees_with_the_full_matrix(seed):
    """Second route: diagonalise the 6x6 matrix; corrections are (m_D/M)^2 < 1e-6."""
    point = random_seesaw(seed, y=1e-6, scale=10.0)
    m_D, M = point.dirac, point.majorana
    heavy = takagi(M)[0]
    if heavy[0] < 1.0:
        return
    full = np.block([[np.zeros((3, 3)), m_D], [m_D.T, M]])
    masses, U = takagi(full)
    light = light_neutrinos(point)
    assert np.sort(light.masses) * EV == pytest.approx(masses[:3], rel=1e-3, abs=1e-12)
    assert light.heavy == close(masses[3:], rel=1e-4)
    # The light block of the full mixing matrix is the PMNS matrix up to phases and signs.
    if np.min(np.diff(masses[:3])) > 1e-3 * masses[2]:
        order = np.argsort(light.masses)
        assert np.abs(light.U[:, order]) == pytest.approx(np.abs(U[:3, :3]), abs=1e-3)


@pytest.mark.parametrize("branch", [0, 1])
@pytest.mark.parametrize("mass", [0.0025, 0.06])
def test_the_example_reproduces_the_measurements(branch, mass):
    fit = global_fit("NO")
    point = example_seesaw(fit, mass, branch=branch)
    assert np.abs(point.y_phi).max() < np.sqrt(4 * np.pi)
    found = light_neutrinos(point).summary()
    best = fit.best()
    for name in ("s12sq", "s13sq", "s23sq", "delta", "dm3l"):
        assert found[name] == close(best[name], rel=1e-6)
    assert found["dm21"] == close(best["dm21"], rel=1e-5)
    assert found["lightest"] == close(mass, rel=1e-6)
    assert found["ordering"] == "NO"


def test_an_inverted_example():
    fit = global_fit("IO")
    with pytest.raises(DomainError, match="no solution"):
        example_seesaw(fit, 0.01)
    values = fit.best() | {"s23sq": 0.47}
    parameters = {
        name: type(m)(values[name], m.plus, m.minus, m.low3, m.high3)
        for name, m in fit.parameters.items()
    }
    shifted = type(fit)(fit.name, "IO", fit.source, 0.0, parameters)
    found = light_neutrinos(example_seesaw(shifted, 0.2)).summary()
    assert found["ordering"] == "IO"
    assert found["dm3l"] == close(values["dm3l"], rel=1e-5)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("y_nu", (0, 1)), ("y_nu", (1, 2)), ("M_R", (1, 1)), ("M_R", (0, 1)), ("y_phi", (0, 0)),
     ("y_phi", (1, 1))],
)  # fmt: skip
def test_forbidden_entries_are_refused(name, entry):
    point = random_seesaw(1)
    parts = {key: np.array(getattr(point, key)) for key in ("y_nu", "M_R", "y_phi")}
    parts[name][entry] = parts[name][entry[::-1]] = 1.0
    with pytest.raises(InputError, match=f"{name}: the entry .* is forbidden"):
        Seesaw(**parts, v_phi=1e4)


def test_other_faults():
    point = random_seesaw(1)
    crooked = np.array(point.M_R)
    crooked[0, 2] *= 2
    with pytest.raises(InputError, match="M_R is not symmetric"):
        Seesaw(point.y_nu, crooked, point.y_phi, 1e4)
    with pytest.raises(InputError, match="shape"):
        Seesaw(np.eye(2), point.M_R, point.y_phi, 1e4)
    with pytest.raises(DomainError, match="singular"):
        light_neutrinos(Seesaw(point.y_nu, point.M_R, 0 * point.y_phi, 1e4))
    with pytest.raises(DomainError, match="not small"):
        light_neutrinos(Seesaw(1e4 * np.eye(3), point.M_R, point.y_phi, 1e4))
