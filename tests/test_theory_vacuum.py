"""Boundedness: two methods against each other, the gradient, known cases, tree-level minima."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.theory.betas import theory_of
from muoquark.theory.potential import Potential
from muoquark.theory.tensors import fields_from_vector
from muoquark.theory.vacuum import (
    copositive_minimum,
    exact_minimum,
    minimise,
    normal_form,
    stability,
    tree_minimum,
)
from test_theory_betas import potential, random_point

THEORY = theory_of("B-3Lmu")
V4 = Potential(THEORY)
complete = THEORY.complete


def vector(fields: dict) -> np.ndarray:
    parts = {part.field.name: part for part in THEORY.components.scalars}
    return np.concatenate([fields[name].ravel() for name in parts])


def by_old_name(fields: dict) -> dict:
    """As the Lagrangian that the tests write has them: H[i], P, S1[colour], S3[colour, A]."""
    return {
        "H": fields["H"][0],
        "P": fields["Phi"][0, 0],
        "S1": fields["S1"][:, 0],
        "S3": fields["S3"],
    }


def test_value_and_gradient_of_the_potential():
    rng = np.random.default_rng(0)
    old = random_point(1)
    point = complete(old)
    fields = fields_from_vector(THEORY.components, rng.normal(size=30))
    z = vector(fields)
    value, gradient = V4(point, z)
    assert float(value) == close(potential(old, by_old_name(fields)), rel=1e-12)
    for k in range(15):
        for direction in (1, 1j):
            dz = np.zeros(15, complex)
            dz[k] = 1e-5 * direction
            up, down = (float(V4(point, z + s * dz)[0]) for s in (1, -1))
            slope = 2 * (np.conj(direction) * gradient[k]).real
            assert (up - down) / 2e-5 == pytest.approx(slope, rel=1e-6, abs=1e-7)
    batch = np.stack([z, 2 * z])
    np.testing.assert_allclose(V4(point, batch)[0], [value, 16 * value])


def random_norm_type(rng) -> dict:
    names = ["lH", "lP", "l1", "l3a", "l3b", "l3c", "lHP", "lH1", "lH3", "lP1", "lP3", "l13a"]
    values = {n: rng.normal() * 0.3 for n in names}
    for name in ("lH", "lP", "l1"):
        values[name] = abs(values[name])
    return complete(values)


def test_copositivity_agrees_with_minimisation_on_random_potentials():
    """Exact simplex minimum against the multi-start search that knows nothing of it."""
    rng = np.random.default_rng(12)
    signs = set()
    for k in range(200):
        point = random_norm_type(rng)
        exact, _ = exact_minimum(THEORY, point)
        found, _ = minimise(THEORY, point, starts=48, iterations=100, seed=k)
        assert found == pytest.approx(exact, abs=2e-6), point
        signs.add(exact > 0)
    assert signs == {True, False}


def test_minimum_over_the_simplex_against_a_grid():
    rng = np.random.default_rng(4)
    grid = np.array([(i, j, 60 - i - j) for i in range(61) for j in range(61 - i)]) / 60
    for _ in range(50):
        m = rng.normal(size=(3, 3))
        m = m + m.T
        best, x = copositive_minimum(m)
        assert x.min() >= 0
        assert x.sum() == close(1)
        values = np.einsum("ni,ij,nj->n", grid, m, grid)
        assert best <= values.min() + 1e-12
        assert best > values.min() - 0.02


def test_s3_alone():
    """A + B, A + C, A directions: one colour real, one colour complex null, three colours."""
    for l3a, l3b, l3c, bounded in (
        (0.1, 0.0, 0.0, True),
        (0.1, -0.09, 0.0, True),
        (0.1, -0.11, 0.0, False),
        (-0.1, 0.31, 0.0, True),
        (-0.1, 0.29, 0.0, False),
        (0.1, 0.0, -0.11, False),
    ):
        others = {"lH": 0.1, "lP": 0.1, "l1": 0.1}
        point = complete({"l3a": l3a, "l3b": l3b, "l3c": l3c, **others})
        a, b, c = l3a, l3b, l3c
        form = normal_form(THEORY, point, "S3")
        expected = [[a + b, a + c, a], [a + c, a + b, a], [a, a, a + b + c]]
        np.testing.assert_allclose(form, expected, rtol=0, atol=1e-14)
        minimum, _ = copositive_minimum(form)
        assert (minimum >= 0) == bounded
        assert stability(point).method == "copositivity"
        assert stability(point).bounded == bounded
        found, _ = minimise(THEORY, point)
        assert found == pytest.approx(exact_minimum(THEORY, point)[0], abs=1e-6)


def test_general_potential_minimum_is_a_minimum_and_does_not_depend_on_the_seed():
    for seed in range(6):
        point = complete(random_point(seed, 0.3))
        results = [minimise(THEORY, point, seed=s)[0] for s in range(3)]
        assert np.ptp(results) < 1e-6
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(4000, 15)) + 1j * rng.normal(size=(4000, 15))
        z /= np.linalg.norm(z, axis=-1, keepdims=True)
        assert V4(point, z)[0].min() >= results[0] - 1e-9


def test_minimum_is_gauge_invariant_and_scales():
    point = complete(random_point(3, 0.3))
    twice = complete({k: 2 * v if k in THEORY.space.quartics else v for k, v in point.items()})
    assert minimise(THEORY, twice)[0] == pytest.approx(2 * minimise(THEORY, point)[0], abs=1e-6)


def test_dangerous_direction_is_named():
    result = stability({"lH": 0.1, "lP": 0.1, "l1": 0.1, "l3a": 0.1, "lH3": -0.5})
    assert not result.bounded
    assert set(result.direction.replace("%", "").split()) & {"H", "S3"} == {"H", "S3"}
    assert "Phi" not in result.direction
    mixed = stability({"lH": 0.1, "lP": 0.1, "l1": 0.1, "l3a": 0.1, "lH13_im": 0.9})
    assert not mixed.bounded
    assert mixed.method == "minimisation"
    assert min(mixed.weights[k] for k in ("H", "S1", "S3")) > 0.1


def test_tree_level_minima():
    base = {"lH": 0.13, "l1": 0.1, "l3a": 0.1, "l3b": 0.05, "mH2": -8000.0}
    calm = tree_minimum({**base, "m12": 9e6, "m32": 9e6, "lH1": 0.1, "lH3": 0.1})
    assert not calm.breaks_colour
    assert calm.deepest == close(-(8000.0**2) / (4 * 0.13), rel=1e-3)
    assert calm.fields["H"] == close(np.sqrt(8000.0 / 0.26), rel=1e-2)
    symmetric = tree_minimum({**base, "mH2": 8000.0, "m12": 9e6, "m32": 9e6}, starts=6)
    assert symmetric.deepest == symmetric.electroweak == 0  # the origin
    assert not symmetric.breaks_colour and not any(symmetric.fields.values())
    tachyon = tree_minimum({**base, "m12": -9e6, "m32": 9e6})
    assert tachyon.breaks_colour
    assert tachyon.fields["S1"] == close(np.sqrt(9e6 / 0.2), rel=1e-3)
    assert tachyon.deepest == close(-(9e6**2) / 0.4, rel=1e-2)
