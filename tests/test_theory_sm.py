"""The SM alone: two loops from the top mass, and one loop beside the room of the SM."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from conftest import random_matrix
from muoquark.common.constants import KAPPA, M_Z
from muoquark.common.errors import InputError
from muoquark.sm.inputs import TODAY, TopInputs, sm_at_top
from muoquark.sm.parameters import SM_NAMES, override
from muoquark.sm.running import sm_beta, sm_parameters
from muoquark.theory.betas import theory_of
from muoquark.theory.flow import run
from muoquark.theory.names import of_sm, renamed
from muoquark.theory.sm import run_sm
from muoquark.theory.tables import standard_model

SM_ONLY = frozenset({"LQ", "P", "N"})


def block_diagonal(matrix):
    """Take away what the charges of B-3L_mu forbid."""
    return np.where([[1, 0, 1], [0, 1, 0], [1, 0, 1]], matrix, 0)


def test_sm_at_the_planck_scale_against_published_three_loop_running():
    """1307.3536: couplings at the Planck mass for its central inputs, at three loops."""
    inputs = TopInputs(m_t=173.34, m_h=125.15, m_w=80.384, alpha_s=0.1184)
    top = of_sm(sm_at_top(inputs))
    assert top["lam"] / 2 == 0.12604
    assert np.linalg.norm(top["Yu"], 2) == close(0.93690)
    end = run_sm(1.2209e19, inputs)
    # 1307.3536: g1 = g'*sqrt(5/3) 0.6154, g2 0.5055, g3 0.4873, yt 0.3825, lambda -0.0143
    assert end["g1"] * np.sqrt(5 / 3) == pytest.approx(0.6154, abs=0.002)
    assert end["g2"] == pytest.approx(0.5055, abs=0.001)
    assert end["g3"] == pytest.approx(0.4873, abs=0.001)
    assert np.linalg.norm(end["Yu"], 2) == pytest.approx(0.3825, abs=0.003)
    assert end["lam"] / 2 == pytest.approx(-0.0143, abs=0.003)


def test_names_of_this_room():
    """V = -m2 |H|^2 + (lam/2) |H|^4 is (lam/2) |H|^4 + m2_H |H|^2."""
    ye = np.arange(1.0, 10.0).reshape(3, 3)
    found = renamed({"lam": 0.3, "m2": 9.0, "Ye": ye, "g1": 0.4})
    assert (found["lam"], found["m2_H"], found["g1"]) == (0.3, -9.0, 0.4)
    assert np.array_equal(found["Ye"], ye) and set(found) == {"lam", "m2_H", "Ye", "g1"}


def test_one_loop_beta_functions_are_those_of_the_sm_room():
    """Two derivations: written out for the SM, generated for the model; complex Yukawas."""
    rng = np.random.default_rng(4)
    values = {name: random_matrix(rng) for name in ("Yu", "Yd", "Ye")}
    values["Ye"] = block_diagonal(values["Ye"])
    values |= {"g1": 0.4, "g2": 0.6, "g3": 1.1, "lam": 0.3, "m2": 9000.0}
    sm = override(sm_parameters(3000.0), values)
    expected = renamed(sm_beta(sm))
    assert set(expected) == {*SM_NAMES, "m2_H"} - {"m2"}
    for model in ("B-3Lmu", standard_model()):
        theory = theory_of(model)
        found = theory.evaluate(theory.complete(of_sm(sm)), 1, SM_ONLY)
        for name, value in expected.items():
            np.testing.assert_allclose(
                found[name], KAPPA * np.asarray(value), rtol=1e-11, atol=1e-16, err_msg=name
            )


def test_one_loop_running_is_that_of_the_sm_room():
    start, end = sm_parameters(1e3), of_sm(sm_parameters(1e8))
    flow = run(of_sm(start), 1e3, 1e8, 1, n_points=2, check_unitarity=False, absent=SM_ONLY)
    found = flow.points[-1]
    for name in ("g1", "g2", "g3", "lam", "m2_H"):
        assert found[name] == close(end[name], rel=1e-7), name
    for name in ("Yu", "Yd", "Ye"):  # flavours turn on the way
        ours, theirs = (np.linalg.svd(x[name], compute_uv=False) for x in (found, end))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, err_msg=name)


def test_at_the_top_mass_nothing_runs():
    at = run_sm(TODAY.m_t)
    assert at["m2_H"] == -sm_at_top().m2
    assert run_sm(TODAY.m_t * 1.01)["g3"] < at["g3"]
    with pytest.raises(InputError, match="must be positive"):
        run_sm(-1.0)


def test_dependence_on_the_measured_inputs_is_that_of_the_tree_relations():
    """At tree level m_W = g v/2, m_Z^2 - m_W^2 = (g' v/2)^2, m_t = y v/sqrt2, m_h^2 = 2 lambda v^2.

    alpha_s(m_t) depends on alpha_s(m_Z) as its square; corrections to all slopes are of 10 %.
    """
    base = dict(m_t=173.34, m_h=125.15, m_w=80.384, alpha_s=0.1184)
    point = of_sm(sm_at_top(TopInputs(**base)))

    def slope(name, what, step):
        up, down = (
            of_sm(sm_at_top(TopInputs(**{**base, name: base[name] + s}))) for s in (step, -step)
        )
        size = lambda c: np.linalg.norm(c[what], 2) if what == "Yu" else c[what]  # noqa: E731
        return (size(up) - size(down)) / (2 * step)

    m_w, m_z = base["m_w"], M_Z
    strong = point["g3"] ** 2 / (4 * np.pi) / base["alpha_s"]
    expected = {
        ("m_t", "Yu"): np.linalg.norm(point["Yu"], 2) / base["m_t"],
        ("m_h", "lam"): 2 * point["lam"] / base["m_h"],
        ("m_h", "m2_H"): 2 * point["m2_H"] / base["m_h"],
        ("m_w", "g2"): point["g2"] / m_w,
        ("m_w", "g1"): -point["g1"] * m_w / (m_z**2 - m_w**2),
        ("alpha_s", "g3"): point["g3"] / (2 * base["alpha_s"]) * strong,
    }
    for (name, what), value in expected.items():
        assert slope(name, what, 1e-3 * base[name]) == close(value, rel=0.12), (name, what)
    # from loops: small beside the others, in units of an error of 1 GeV, 1 GeV and 0.0007
    for name, what, unit in (
        ("m_t", "lam", 1.0), ("m_t", "g1", 1.0), ("m_t", "g2", 1.0), ("m_t", "g3", 1.0),
        ("m_h", "Yu", 1.0), ("alpha_s", "Yu", 0.0007),
    ):  # fmt: skip
        assert abs(slope(name, what, 1e-3 * base[name])) * unit < 6e-4, (name, what)
