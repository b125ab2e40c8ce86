"""Loop functions against numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from closeness import close
from oneloop_points import random_inputs
from reference.oneloop.functions import integrals


@given(ratio=st.floats(0.02, 50.0))
def test_integrals(ratio):
    p = random_inputs(1, M1=1.3, M3=1.3 * ratio, mu=0.9)
    f = integrals(p)
    x, y = p.M1**2, p.M3**2

    def feynman(weight):
        return quad(lambda s: weight(s, s * x + (1 - s) * y), 0, 1, epsabs=1e-13, epsrel=1e-12)[0]

    value = feynman(lambda s, m: 1 / m)
    assert value == close(f.F13, rel=1e-10)
    assert close(-feynman(lambda s, m: s / m), rel=1e-10) == f.I113
    assert close(-feynman(lambda s, m: (1 - s) / m), rel=1e-10) == f.I133
    assert pytest.approx(-feynman(lambda s, m: np.log(m / p.mu**2)), rel=1e-10, abs=1e-12) == f.B13
    assert f.dB13 == close(feynman(lambda s, m: s * (1 - s) / m), rel=1e-9)


def test_equal_masses():
    f = integrals(random_inputs(1, M1=2.0, M3=2.0))
    assert close(1 / 4) == f.F13
    assert f.I113 == f.I133 == close(-1 / 8)
    assert close(f.L1) == f.B13
    assert f.dB13 == close(1 / 24)


def test_the_series_meets_the_closed_form():
    """No step where the code changes from one to the other."""
    t = 0.1
    ratio = np.sqrt((1 - t) / (1 + t))
    for name in ("F13", "I113", "I133", "B13", "dB13"):
        low, high = (
            getattr(integrals(random_inputs(1, M1=1.0, M3=ratio * (1 + s))), name)
            for s in (-1e-9, 1e-9)
        )
        assert low == close(high, rel=1e-7)
        mid = getattr(integrals(random_inputs(1, M1=1.0, M3=ratio)), name)
        assert 0.5 * (low + high) == close(mid, rel=1e-12)
