"""Shifts of dimension four at the thresholds: against potentials written independently."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from closeness import close
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.match import one_loop
from muoquark.matching.oneloop.point import inputs_of_point
from muoquark.model.point import Point
from muoquark.theory.betas import theory_of
from muoquark.theory.couplings import old_names
from muoquark.theory.sm import run_sm
from muoquark.theory.thresholds import matching_shifts, tree_shift
from test_theory_betas import potential


def test_quartic_threshold_is_the_coleman_weinberg_potential():
    """Against the potential of the leptoquark mass matrix in a Higgs background, numerically."""
    point = Point(M1=2000.0, M3=3500.0, mu_M=2600.0,
                  quartics={"lH1": 0.7, "lH3": 0.4, "leH3": -0.3, "lH13": 0.2 + 0.5j})  # fmt: skip
    c = point.quartic
    eps = np.zeros((3, 3, 3))
    eps[0, 1, 2] = eps[1, 2, 0] = eps[2, 0, 1] = 1
    eps -= eps.transpose(0, 2, 1)

    def v(h2: float) -> float:
        spin = np.array([0, 0, -h2])  # H = (0, h)
        m = np.zeros((4, 4), complex)
        m[0, 0] = point.M1**2 + c("lH1") * h2
        for a in range(3):
            m[1 + a, 1 + a] = point.M3**2 + c("lH3") * h2
            m[1 + a, 0] = c("lH13") * spin[a]
            m[0, 1 + a] = np.conj(m[1 + a, 0])
            for b in range(3):
                m[1 + a, 1 + b] += c("leH3") * 1j * eps[:, a, b] @ spin
        x = np.linalg.eigvalsh(m)
        # three colours, complex: 2 x 3 real fields, V = M^4 (ln - 3/2)/(64 pi^2) each
        return 3 * KAPPA / 2 * np.sum(x**2 * (np.log(x / point.mu_M**2) - 1.5))

    h = 2e3
    second = (v(2 * h) - 2 * v(h) + v(0.0)) / h**2
    shifts = matching_shifts(point, {**run_sm(point.mu_M), "m2_H": 0.0})
    assert shifts["lam"] == close(second, rel=3e-3)
    assert shifts["m2_H"] == close((v(h) - v(0.0)) / h, rel=3e-3)


def test_tree_shift_is_the_potential_with_phi_at_its_minimum():
    """At given |H|, |S1|, |S3| the minimum over |Phi|^2, from V4 written independently."""
    theory = theory_of("B-3Lmu")
    state = theory.complete({"lP": 0.11, "lHP": -0.06, "lP1": -0.04, "lP3": -0.09})
    couplings = old_names(state)
    shift = tree_shift(theory, state)
    rng = np.random.default_rng(2)
    for _ in range(5):
        fields = {
            "H": rng.normal(size=2) + 1j * rng.normal(size=2),
            "S1": rng.normal(size=3) + 1j * rng.normal(size=3),
            "S3": rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)),
        }

        def of_phi(square, fields=fields):
            return potential(couplings, {**fields, "P": np.sqrt(square)})

        lowest = minimize_scalar(of_phi, (0.1, 1.0), options={"xtol": 1e-12})
        assert lowest.x > 0
        below = potential(old_names(theory.complete(shift)), {**fields, "P": 0.0})
        # above minus below the mass of Phi: what integrating out Phi takes away
        assert below == close(-lowest.fun, rel=1e-9)


def test_shifts_are_those_of_the_matching_in_other_names():
    """The Higgs mass has another name."""
    point = Point(
        M1=1000.0, M3=1500.0, mu_M=1200.0, quartics={"lH1": 0.1, "lH3": 0.08, "l1": 0.05},
        eta3L=np.array([0.01, 0.1, 0.4]), eta1L=np.array([0, 0.1, 0.2]),
        eta1R=np.array([0, 0.05, 0.3]),
    )  # fmt: skip
    sm = point.sm_parameters
    names = {name: getattr(sm, name) for name in ("g1", "g2", "g3", "Yu", "Yd", "Ye", "lam")}
    found = matching_shifts(point, {**names, "m2_H": -sm.m2})
    expected = one_loop(inputs_of_point(point)).shifts
    for name in names:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=0)
    np.testing.assert_allclose(found["m2_H"], expected["mH2"], rtol=1e-12, atol=0)
