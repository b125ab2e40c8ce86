"""Leading one-loop terms: known limits, covariance and the logarithms of wilson's RGEs."""

from __future__ import annotations

from dataclasses import replace
from math import log, pi

import numpy as np
import pytest
from scipy.stats import unitary_group

from closeness import close
from conftest import random_point
from leading_set import KAPPA, leading, leading_shifts, loop_function
from muoquark.model.card_file import read_card
from muoquark.model.point import Point
from reference.tree import tree


def test_a_mu_from_the_dipoles():
    """Photon dipole at mu_M = M1 plus the running of the tensor operator to m_t: the 7/4.

    Delta a_mu = m_mu m_t/(4 pi^2 M^2) (ln(M^2/m_t^2) - 7/4) eta1L_t^* eta1R_t.  The photon
    combination of eB and eW has 19 + 9 = 28 = 16 * 7/4 as its constant.
    """
    point = read_card("paper").point()
    sm = point.sm_parameters
    result = leading(point)
    e = sm.g1 * sm.g2 / np.hypot(sm.g1, sm.g2)
    cos, sin = e / sm.g1, e / sm.g2
    photon = cos * result["eB"][1, 1] - sin * result["eW"][1, 1]
    X = (point.eta1L.conj().T @ sm.Yu.conj() @ point.eta1R)[1, 1]
    assert photon == close(-KAPPA * e * X * (7 / 4) / point.M1**2, rel=1e-12)
    # Delta a = -4 m v/(sqrt 2 e) Re C (D_mu = d_mu + i g ..., checked against flavio in
    # test_referee.py) gives minus 7/4 times the prefactor above, m_t = y_t v/sqrt 2.
    v, m = 246.22, 0.10566
    shift = 4 * m * v / (np.sqrt(2) * e) * photon.real
    m_top = X.real / (point.eta1L[2, 1] * point.eta1R[2, 1]).real * v / np.sqrt(2)
    product = (point.eta1L[2, 1] * point.eta1R[2, 1]).real
    assert shift == close(-7 / 4 * m * m_top / (4 * pi**2 * point.M1**2) * product, rel=1e-12)


def test_delta_f_2_of_the_muoquark():
    """-(1/(128 pi^2 M^2)) (A1^2 + 5 A3^2 + 2 A1 A3) for (sbar gamma P_L b)^2, M1 = M3."""
    point = random_point(1, muons_only=True, M1=3000.0, M3=3000.0)
    result = leading(point)
    A1 = np.conj(point.eta1L[1, 1]) * point.eta1L[2, 1]
    A3 = np.conj(point.eta3L[1, 1]) * point.eta3L[2, 1]
    expected = -(A1**2 + 5 * A3**2 + 2 * A1 * A3) / (128 * pi**2 * 3000.0**2)
    assert result["qq1"][1, 2, 1, 2] + result["qq3"][1, 2, 1, 2] == close(expected)


def test_boxes_by_explicit_isospin():
    """Second route for the isospin and colour of the boxes: explicit matrices, no sigma algebra.

    The chains q_j -> l -> q_i between S^I and S^J are multiplied as matrices, summed over all
    components of the scalars and projected on the operators after exchanging the q fields.
    """
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], complex)
    eps = np.array([[0, 1], [-1, 0]], complex)
    point = random_point(2)
    vertices = [(eps, point.eta1L, point.M1)] + [(eps @ s, point.eta3L, point.M3) for s in pauli]
    total = np.zeros((2,) * 4 + (3,) * 4, complex)  # isospin and flavour: [i, j, k, l]
    for MI, eI, mI in vertices:
        for MJ, eJ, mJ in vertices:
            # chain: q_j^T M_I M_J^dagger q_i^*, flavour sum_a eI_{ja} eJ_{ia}^*
            forward, back = (MI @ MJ.conj().T).T, (MJ @ MI.conj().T).T
            flavours = np.einsum("ja,ia,lb,kb->ijkl", eI, eJ.conj(), eJ, eI.conj())
            isospin = np.einsum("mn,pr->mnpr", forward, back)
            total += loop_function(mI**2, mJ**2) * np.multiply.outer(isospin, flavours)
    # Fierz: (qbar_i q_j)(qbar_k q_l) with crossed colours = (qbar_i q_l)(qbar_k q_j).
    total = -KAPPA / 8 * total.transpose(0, 3, 2, 1, 4, 7, 6, 5)
    singlet = np.einsum("mn,pr->mnpr", np.eye(2), np.eye(2))
    triplet = np.einsum("Imn,Ipr->mnpr", pauli, pauli)
    result = leading(point)
    operators = np.multiply.outer(singlet, result["qq1"]) + np.multiply.outer(
        triplet, result["qq3"]
    )
    assert np.allclose(total, operators, rtol=1e-12, atol=1e-24)


def test_loop_function_is_smooth_at_equal_masses():
    x = 9e6
    assert loop_function(x, x) == close(1 / x, rel=1e-15)
    for eps in (1e-3, 1e-5, 1e-7, 1e-9, 1e-11):
        series = (1 - eps / 2 + eps**2 / 3 - eps**3 / 4) / x
        assert loop_function(x * (1 + eps), x) == close(series, rel=1e-12)
    assert loop_function(4.0, 1.0) == close(log(4) / 3)
    assert loop_function(1.0, 4.0) == close(loop_function(4.0, 1.0))


def test_covariance_under_flavour_rotations():
    """Rotating fields in the UV rotates the coefficients: q, u, l and e by random unitaries."""
    point = random_point(6)
    sm = point.sm_parameters
    Q, U, L, E = (unitary_group.rvs(3, random_state=k) for k in range(4))
    couplings = {
        "Yu": Q.conj().T @ sm.Yu @ U,
        "Yd": Q.conj().T @ sm.Yd,
        "Ye": L.conj().T @ sm.Ye @ E,
    }
    rotated = replace(
        point,
        eta3L=Q.T @ point.eta3L @ L,
        eta1L=Q.T @ point.eta1L @ L,
        eta1R=U.T @ point.eta1R @ E,
        sm={**{n: getattr(sm, n) for n in ("g1", "g2", "g3", "lam", "m2")}, **couplings},
    )
    base, new = leading(point), leading(rotated)
    for name in ("eB", "eW"):
        assert np.allclose(new[name], L.conj().T @ base[name] @ E, rtol=1e-11, atol=1e-22)
    for name, F in (("phil1", L), ("phil3", L), ("phie", E)):
        assert np.allclose(new[name], F.conj().T @ base[name] @ F, rtol=1e-11, atol=1e-22)
    for name, F in (("qq1", Q), ("qq3", Q), ("uu", U)):
        expected = np.einsum("pa,rb,sc,td,prst->abcd", F.conj(), F, F.conj(), F, base[name])
        assert np.allclose(new[name], expected, rtol=1e-10, atol=1e-22)
    shift, rotated_shift = leading_shifts(point)["Ye"], leading_shifts(rotated)["Ye"]
    assert np.allclose(rotated_shift, L.conj().T @ shift @ E, rtol=1e-10, atol=1e-16)


def test_decoupling():
    light = random_point(7, M1=2000.0, M3=2500.0, mu_M=2200.0)
    heavy = replace(light, M1=2e5, M3=2.5e5, mu_M=2.2e5, sm=_sm_of(light))
    for name, tensor in leading(light).items():
        assert np.allclose(leading(heavy)[name], tensor * 1e-4, rtol=1e-10, atol=1e-30), name


def _sm_of(point: Point) -> dict:
    sm = point.sm_parameters
    return {n: getattr(sm, n) for n in ("g1", "g2", "g3", "Yu", "Yd", "Ye", "lam", "m2")}


def test_yukawa_shift_is_eq_4_of_the_paper():
    point = read_card("paper").point()
    sm = point.sm_parameters
    shift = leading_shifts(point)["Ye"]
    enhanced = -3 * KAPPA * (point.eta1L.conj().T @ sm.Yu.conj() @ point.eta1R)
    assert abs(shift[1, 1] - enhanced[1, 1]) < 0.02 * abs(enhanced[1, 1])
    # About one half of y_mu, at eta1L eta1R = 0.023 and 3 TeV: physics.md finds 0.58.
    assert abs(enhanced[1, 1]) / sm.Ye[1, 1].real == pytest.approx(0.58, abs=0.02)
    assert np.count_nonzero(shift) == 1  # exactly (mu, mu)


@pytest.mark.exact
@pytest.mark.parametrize("seed", range(3))
def test_logarithms_are_those_of_wilson(seed):
    """d/dlnmu of the loop's logarithm cancels the part of the RGE that it stands for.

    With S1 alone or S3 alone every logarithm of the leading set is 2 ln mu times a constant,
    which must be minus the contribution of the tree coefficients to wilson's beta function at
    order (Yukawa of the up quarks) x tree, with all other couplings switched off.
    """
    from wilson.run.smeft.beta import beta
    from wilson.util import smeftutil

    point = random_point(seed)
    sm = point.sm_parameters
    C = {k: np.array(v) for k, v in smeftutil.C_array2dict(np.zeros(9999)).items()}
    C.update({k: complex(0) for k in C if C[k].ndim == 0})
    C.update(Gu=sm.Yu, gp=sm.g1, g=sm.g2, gs=0j, Lambda=0j, m2=0j)
    for name, tensor in tree(point).items():
        C[name] = tensor
    rate = beta(C)
    up = 1 + 1e-6
    moved = replace(point, mu_M=point.mu_M * up, sm=_sm_of(point))
    fixed = replace(point, sm=_sm_of(point))
    high, low = leading(moved), leading(fixed)

    def slope(name):
        return (high[name] - low[name]) / log(up)

    for name in ("eB", "eW"):
        assert np.allclose(slope(name), KAPPA * rate[name], rtol=1e-6, atol=1e-20), name
    yukawa_only = dict(C, gp=0j, g=0j)
    rate = beta(yukawa_only)
    for name in ("phil1", "phil3", "phie"):
        assert np.allclose(slope(name), KAPPA * rate[name], rtol=1e-6, atol=1e-20), name
