"""Limits and symmetries of S1 + S3: decoupling, the mirror of up and down, self-energies.

What holds for every set is tested in `test_oneloop_sets.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.match import one_loop as matched
from oneloop_points import as_inputs, random_inputs


def one_loop(p):
    return matched(as_inputs(p))


@pytest.mark.parametrize("heavy", ["M1", "M3"])
def test_one_leptoquark_decouples(heavy):
    """With one mass to infinity what is left is the other leptoquark alone (up to logs/M^2)."""
    p = random_inputs(8, lH13=0.0)
    gone = {"M1": ("eta1L", "eta1R"), "M3": ("eta3L",)}[heavy]
    zero = np.zeros((3, 3), complex)
    far = one_loop(p._replace(**{heavy: 1e6}))
    off = one_loop(p._replace(**{heavy: 1e6}, **dict.fromkeys(gone, zero)))
    for name, value in off.coefficients.items():
        scale = np.max(np.abs(value)) + 1e-3
        if name in ("lq1", "lq3", "eu", "lequ1", "lequ3"):
            continue  # field normalisation does not decouple: it is part of the couplings
        assert np.max(np.abs(far.coefficients[name] - value)) < 1e-8 * scale, name


def test_mirror_of_up_and_down():
    """H -> Htilde exchanges u and d where nothing else tells them apart: g' = 0, eta1R = 0, Ye = 0.

    H^+ iD H changes sign, its triplet does not; every other coefficient of u is that of d.
    """
    zero = np.zeros((3, 3), complex)
    p = random_inputs(7)._replace(g1=0.0, eta1R=zero, Ye=zero, leH3=0.0, lH13=0.0)
    up = one_loop(p).coefficients
    down = one_loop(p._replace(Yu=p.Yd, Yd=p.Yu)).coefficients
    same = {"uphi": "dphi", "lu": "ld", "qu8": "qd8", "uW": "dW", "uG": "dG", "uu": "dd"}
    for name, other in {**same, "phiq3": "phiq3", "phil3": "phil3"}.items():
        np.testing.assert_allclose(up[name], down[other], rtol=1e-12, err_msg=name)
        assert np.abs(up[name]).max() > 0
    for name, other in (("phiu", "phid"), ("phil1", "phil1")):
        np.testing.assert_allclose(up[name], -down[other], rtol=1e-12, err_msg=name)
        assert np.abs(up[name]).max() > 0
    np.testing.assert_allclose(up["phiud"], down["phiud"].conj().T, rtol=1e-12)


def test_right_handed_currents_from_the_quark_self_energy():
    """phid and phiu: qbar c (i D/)^3 q with the equation of motion i D/ q = Yu Htilde u + Yd H d.

    c is the slope of the self-energy of a massless fermion and a heavy scalar at zero momentum,
    kappa N/M^2 int_0^1 x (1 - x) dx, which is 1/6; N counts isospin.
    """
    zero = np.zeros((3, 3), complex)
    off = dict.fromkeys(("g1", "g2", "g3", "lH1", "lH3", "leH3", "lH13", "lam"), 0.0)
    p = random_inputs(7)._replace(**off, eta1R=zero, Ye=zero)
    slope = KAPPA / 6
    c = slope * (p.eta1L.conj() @ p.eta1L.T / p.M1**2 + 3 * p.eta3L.conj() @ p.eta3L.T / p.M3**2)
    found = one_loop(p).coefficients
    np.testing.assert_allclose(found["phid"], p.Yd.conj().T @ c @ p.Yd / 2, rtol=1e-10)
    np.testing.assert_allclose(found["phiu"], -p.Yu.conj().T @ c @ p.Yu / 2, rtol=1e-10)
