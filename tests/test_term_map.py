"""The steps of a map multiplied out: the same outputs, in numpy and in JAX, with gradients."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.arrays import double_precision
from muoquark.running.ckm_expansion import BOX, REFERENCE
from muoquark.running.evolution import Evolution, LowSector, Output
from muoquark.running.term_map import TermMap

REF = np.array(REFERENCE)
SB, DIPOLE = LowSector("WET", "flavio", "sb", 4.8), LowSector("WET-3", "flavio", "dF=0", 1.0)
HIGH = LowSector("SMEFT", "Warsaw", "all", 91.1876)
OUTPUTS = [
    *(Output(SB, f"{name}_bsmumu:{part}") for name in ("C9", "C10", "CS") for part in ("Re", "Im")),
    *(Output(DIPOLE, f"C7_mumu:{part}") for part in ("Re", "Im")),
    Output(HIGH, "phiq3_23:Re"),
    Output(HIGH, "lequ1_2233:Im"),
]
# Chirality flips with phases among them: the mass of the muon turns.
NAMES = tuple(
    f"{name}:{part}"
    for name in ("lq1_2223", "lq3_2223", "lequ1_2233", "lequ3_2233", "phiq1_23", "uphi_33")
    for part in ("Re", "Im")
)
SIZE = 3e-9


@pytest.fixture(scope="module", params=["full", "smelli"])
def linear(request):
    evolution = Evolution.load(request.param)
    known = [n for n in NAMES if n in evolution.inputs]
    return evolution.at(3000.0, OUTPUTS, known)


def points(linear, number=4):
    rng = np.random.default_rng(5)
    c = SIZE * rng.uniform(-1, 1, (number, len(linear.inputs)))
    return c, REF * (1 + rng.uniform(-1, 1, (number, 4)) * BOX)


def everything(linear, made=None, reverse=False):
    """Nothing that matters at all is left out: one unit of 1e-12 of an output counts."""
    reach = np.full(len(linear.inputs), SIZE)
    return TermMap.of(linear, reach, np.full(len(linear.outputs), 1e12), 1e-12, made, reverse)


def test_outputs_are_those_of_the_steps(linear):
    c, ckm = points(linear)
    wanted = linear.apply(c, ckm)
    found = everything(linear).apply(c, ckm)
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-22)
    assert np.abs(wanted).max(axis=0).min() > 1e-15
    turned = np.angle(1 + c @ linear.shifts.masses[1])
    assert np.abs(turned).max() > 0.005


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("count", [3, 40])
def test_monomials_enter_early_or_late(linear, count, reverse):
    _, ckm = points(linear)
    rng = np.random.default_rng(6)
    weights = SIZE * rng.normal(size=(len(linear.inputs), count)) / count
    m = rng.uniform(-1, 1, (4, count))
    found = everything(linear, (weights, np.ones(count)), reverse)
    assert np.allclose(found.apply(m, ckm), linear.apply(m @ weights.T, ckm), rtol=1e-9, atol=1e-22)
    assert found.shifts.second_order(m) == pytest.approx(
        linear.shifts.second_order(m @ weights.T), rel=1e-9, abs=0
    )


@pytest.mark.parametrize("reverse", [False, True])
def test_jax(linear, reverse):
    import jax
    import jax.numpy as xp

    c, ckm = points(linear, 1)
    small = everything(linear, reverse=reverse)
    with double_precision():
        value = jax.jit(lambda x, q: small.apply(x, q, xp))(c[0], ckm[0])
        slope = np.asarray(jax.jit(jax.jacrev(lambda q: small.apply(c[0], q, xp)))(ckm[0]))
    assert np.allclose(value, linear.apply(c[0], ckm[0]), rtol=1e-9, atol=1e-22)
    for k in range(4):
        h = np.eye(4)[k] * REF * 1e-5
        numeric = (linear.apply(c[0], ckm[0] + h) - linear.apply(c[0], ckm[0] - h)) / 2 / h[k]
        assert np.allclose(slope[:, k], numeric, rtol=1e-5, atol=1e-9 * np.abs(slope).max())


def test_what_moves_nothing_is_left_out(linear):
    """Within the cut of what the outputs are felt, and smaller."""
    c, ckm = points(linear, 20)
    wanted = linear.apply(c, ckm)
    unit = np.abs(wanted).max(axis=0)
    cut = 1e-3
    reach = np.full(len(linear.inputs), SIZE)
    small = TermMap.of(linear, reach, 1 / unit, cut)
    whole = everything(linear)
    assert sum(b.size for b in small.rows.blocks) < sum(b.size for b in whole.rows.blocks) / 2
    error = np.abs(small.apply(c, ckm) - wanted) / unit
    assert 0 < error.max() < 20 * cut


def test_derivative_at_zero(linear):
    c, ckm = points(linear)
    tiny = 1e-6 * c
    for one, at in zip(tiny, ckm, strict=True):
        assert np.allclose(linear.matrix(at) @ one, linear.apply(one, at), rtol=1e-5, atol=1e-25)
