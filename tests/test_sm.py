"""SM parameters at any scale, against wilson's."""

from __future__ import annotations

from dataclasses import fields, replace
from math import log, pi

import numpy as np
import pytest

from closeness import close
from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS, third_row
from muoquark.sm.parameters import override
from muoquark.sm.running import (
    PANELS,
    SCALE_MAX,
    TABLE,
    _from_table,
    integrated,
    sm_beta,
    sm_parameters,
)
from muoquark.sm.tabulate import tabulated

PAIRS = {"g1": "gp", "g2": "g", "g3": "gs", "Yu": "Gu", "Yd": "Gd", "Ye": "Ge", "lam": "Lambda", "m2": "m2"}  # fmt: skip  # noqa: E501


def test_starts_from_the_inputs():
    sm = sm_parameters(M_Z)
    v = INPUTS.v
    assert sm.g2 * v / 2 == close(INPUTS.m_W)
    assert np.sqrt(sm.lam) * v == close(INPUTS.m_h)
    assert np.linalg.svd(sm.Yu, compute_uv=False)[0] * v / np.sqrt(2) == close(INPUTS.m_t)
    e2 = (sm.g1 * sm.g2) ** 2 / (sm.g1**2 + sm.g2**2)
    assert e2 / (4 * pi) == close(INPUTS.alpha_e)
    assert np.allclose(sm.ckm, INPUTS.ckm, atol=0)


@pytest.mark.parametrize("mu", [M_Z, 1000.0, 3000.0, 1e5])
def test_down_aligned_with_standard_phases(mu):
    sm = sm_parameters(mu)
    for Y in (sm.Yd, sm.Ye):
        assert np.array_equal(Y, np.diag(np.diag(Y)))
        assert np.all(np.diff(np.diag(Y).real) > 0)
    yu = np.linalg.svd(sm.Yu, compute_uv=False)[::-1]
    assert np.allclose(sm.Yu, ckm_matrix(sm.ckm).conj().T @ np.diag(yu), rtol=1e-10, atol=1e-12)


def test_slope_is_the_beta_function():
    """The couplings at two close scales differ by the beta function (gauge and Higgs sector)."""
    h = 1e-4
    low, high = sm_parameters(3000 * np.exp(-h)), sm_parameters(3000 * np.exp(h))
    rate = sm_beta(sm_parameters(3000.0))
    for name in ("g1", "g2", "g3", "lam", "m2"):
        slope = (getattr(high, name) - getattr(low, name)) / (2 * h)
        assert slope == close(rate[name] / (16 * pi**2), rel=1e-6)


def test_the_table_is_the_integration():
    """At its ends, between its nodes, and on both sides of where panels meet."""
    inner = [p * (1 + sign * 1e-9) for p in PANELS[1:-1] for sign in (-1, 1)]
    for mu in (M_Z, 120.0, 3000.0, 7.7e4, 1e9, 3e15, SCALE_MAX, *inner):
        found, wanted = _from_table(mu), integrated(mu, INPUTS)
        # the light Yukawa couplings relative to themselves; zeros are noise of both
        assert np.allclose(found, wanted, rtol=1e-11, atol=1e-15)


def test_other_inputs_are_not_those_of_the_table():
    heavy = replace(INPUTS, m_t=INPUTS.m_t + 2)
    assert sm_parameters(3000.0, heavy).Yu[2, 2].real > sm_parameters(3000.0).Yu[2, 2].real + 0.005


@pytest.mark.slow
def test_the_shipped_table_is_what_the_command_gives():
    with np.load(TABLE) as stored:
        assert np.allclose(stored["expansions"], tabulated(), rtol=0, atol=1e-11)


def test_gauge_couplings_in_closed_form():
    sm = sm_parameters(1e4)
    start = sm_parameters(M_Z)
    for name, b in (("g1", 41 / 6), ("g2", -19 / 6), ("g3", -7)):
        inverse = getattr(start, name) ** -2 - b * log(1e4 / M_Z) / (8 * pi**2)
        assert getattr(sm, name) ** -2 == close(inverse, rel=1e-9)


def test_out_of_range():
    with pytest.raises(DomainError, match="not at 50 GeV"):
        sm_parameters(50.0)
    with pytest.raises(DomainError, match="not at 1e\\+20 GeV"):
        sm_parameters(1e20)


def test_immutable():
    with pytest.raises(ValueError, match="read-only"):
        sm_parameters(3000.0).Yu[0, 0] = 1


def test_override():
    sm = override(sm_parameters(3000.0), {"g1": 0.4})
    assert sm.g1 == 0.4
    assert sm.g2 == sm_parameters(3000.0).g2


def test_third_row():
    V_td, V_ts, V_tb = third_row()
    assert abs(V_td) ** 2 + abs(V_ts) ** 2 + abs(V_tb) ** 2 == close(1)
    # Wolfenstein: |V_td|^2 = |V_us V_cb|^2 + |V_ub|^2 - 2 |V_us V_cb V_ub| cos(gamma)
    Vus, Vub, Vcb, gamma = INPUTS.ckm
    side = np.sqrt((Vus * Vcb) ** 2 + Vub**2 - 2 * Vus * Vcb * Vub * np.cos(gamma))
    assert abs(V_td) == close(side, rel=0.03)
    assert V_ts.real == close(-Vcb, rel=0.03)


@pytest.mark.exact
def test_inputs_are_wilsons():
    from wilson import parameters
    from wilson.run.smeft.smpar import p

    for field in fields(INPUTS):
        if field.name == "ckm":
            assert all(p[k] == parameters.p[k] == v for k, v in INPUTS.ckm._asdict().items())
        else:
            assert p[field.name] == getattr(INPUTS, field.name), field.name


@pytest.mark.exact
@pytest.mark.parametrize("mu", [1000.0, 3000.0, 1e5])
def test_agrees_with_wilson(mu):
    """wilson's own running with a tight tolerance; by itself it asks for 1e-3 only."""
    from wilson.run.smeft import SMEFT, smpar
    from wilson.util import smeftutil

    start = smeftutil.C_array2dict(np.zeros(9999))
    start.update(smpar.smeftpar(M_Z, start, basis="Warsaw"))
    runner = SMEFT(wc=None)
    runner._set_initial(start, M_Z)
    end = runner._rgevolve(mu, newphys=False, rtol=1e-10, atol=1e-10)
    theirs = SMEFT._rotate_defaultbasis(end)
    ours = sm_parameters(mu)
    for name, key in PAIRS.items():
        a, b = np.asarray(getattr(ours, name)), np.asarray(theirs[key])
        assert np.abs(a - b).max() < 1e-7 * np.abs(a).max(), name


@pytest.mark.exact
def test_beta_function_is_wilsons():
    """On matrices without any special form."""
    from wilson.run.smeft.beta import beta
    from wilson.util import smeftutil

    from conftest import random_matrix

    rng = np.random.default_rng(1)
    values = {n: random_matrix(rng) for n in ("Yu", "Yd", "Ye")}
    values |= {"g1": 0.4, "g2": 0.6, "g3": 1.1, "lam": 0.3, "m2": 9000.0}
    sm = override(sm_parameters(3000.0), values)
    C = smeftutil.C_array2dict(np.zeros(9999))
    C.update({key: getattr(sm, name) for name, key in PAIRS.items()})
    rate = beta(C)
    for name, key in PAIRS.items():
        assert np.allclose(sm_beta(sm)[name], rate[key], rtol=1e-12, atol=0), name
