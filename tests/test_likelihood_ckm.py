"""The CKM combinations and the inversion of the scheme."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closeness import close
from muoquark.likelihood.ckm import ckm_matrix, ckm_parameters, ckm_products, ckm_ratios

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])

parameters = st.tuples(
    st.floats(0.2, 0.25), st.floats(0.002, 0.006), st.floats(0.03, 0.05), st.floats(0.3, 2.8)
).map(np.array)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(parameters, st.sampled_from(["gamma", "delta"]))
def test_matrix_is_unitary(ckm, phase):
    v = ckm_matrix(np, ckm, phase)
    matrix = np.array([[v[a + b] for b in "dsb"] for a in "uct"])
    assert np.allclose(matrix @ matrix.conj().T, np.eye(3), atol=1e-14)
    assert abs(v["us"]) == close(ckm[0]) and abs(v["ub"]) == close(ckm[1])
    assert abs(v["cb"]) == close(ckm[2])


@settings(derandomize=True, deadline=None, max_examples=50)
@given(parameters)
def test_gamma_is_the_angle_of_the_unitarity_triangle(ckm):
    v = ckm_matrix(np, ckm, "gamma")
    angle = np.angle(-v["ud"] * v["ub"].conj() / (v["cd"] * v["cb"].conj()))
    assert angle == pytest.approx(ckm[3], abs=1e-13)
    # and differs from the phase of the standard parametrisation by less than a per mille
    assert 0 < abs(np.angle(v["ub"].conj()) - ckm[3]) < 2e-3


@settings(derandomize=True, deadline=None, max_examples=50)
@given(parameters)
def test_scheme_is_inverted_exactly(ckm):
    assert np.allclose(ckm_parameters(np, ckm_ratios(np, ckm)), ckm, rtol=1e-9, atol=0)


def test_impossible_ratios_are_not_a_number():
    ratios = ckm_ratios(np, CENTRE) * np.array([1, 1, 1, 3.0])
    with np.errstate(invalid="ignore"):
        assert np.isnan(ckm_parameters(np, ratios)[3])


def test_products_of_loops():
    products = ckm_products(np, CENTRE[None], CENTRE)
    v = ckm_matrix(np, CENTRE)
    t, u = v["tb"] * v["ts"].conj(), v["ub"] * v["us"].conj()
    assert products["bs.tt"][0] == close(abs(t) ** 2)
    assert products["bs.tu.im"][0] == close((t * u.conj()).imag)
    assert products["bs.u/t.re"][0] == close((u / t).real)
    total = sum(products[f"bs.{q}.re"] for q in "uct")
    assert total[0] == pytest.approx(0, abs=1e-15)
    assert products["d.Vcb"][0] == 0


def test_matrix_agrees_with_ckmutil():
    ckmutil = pytest.importorskip("ckmutil.ckm")
    v = ckm_matrix(np, CENTRE)
    theirs = ckmutil.ckm_tree(*CENTRE)
    mine = np.array([[v[a + b] for b in "dsb"] for a in "uct"])
    assert np.allclose(mine, theirs, atol=1e-15)
