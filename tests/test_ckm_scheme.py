"""The inversion of the CKM scheme."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muoquark.likelihood.ckm_scheme import (
    ckm_ratios,
    nearest_ckm_parameters,
    parameters_from_ratios,
)

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])

parameters = st.tuples(
    st.floats(0.2, 0.25), st.floats(0.002, 0.006), st.floats(0.03, 0.05), st.floats(0.3, 2.8)
).map(np.array)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(parameters)
def test_scheme_is_inverted_exactly(ckm):
    assert np.allclose(parameters_from_ratios(ckm_ratios(ckm)), ckm, rtol=1e-9, atol=0)


def test_impossible_ratios_are_not_a_number():
    ratios = ckm_ratios(CENTRE) * np.array([1, 1, 1, 3.0])
    with np.errstate(invalid="ignore"):
        assert np.isnan(parameters_from_ratios(ratios)[3])


def test_nearest_ckm_parameters_are_finite():
    good = np.array([0.2253, 4.1e-3, 4.2e-2, 1.1])
    parameters, failed = nearest_ckm_parameters(ckm_ratios(good))
    assert not failed
    assert np.allclose(parameters, good, rtol=1e-10, atol=0)
    for bad in ([-1, 0.002, 1e-5, 0.04], [0.05, 0.002, 1e-5, 10.0], [np.nan] * 4, [1, 1, 1, 1]):
        parameters, failed = nearest_ckm_parameters(np.array(bad, float))
        assert failed
        assert np.all(np.isfinite(parameters))
