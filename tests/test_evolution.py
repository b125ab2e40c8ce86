"""The run-time side of the evolution: domains, algebra, and physics that needs no wilson."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closeness import close
from muoquark.common.errors import DomainError, InputError
from muoquark.running import ckm_expansion
from muoquark.running.evolution import CHAINS, Evolution, LowSector, Output
from muoquark.sm.ckm import ckm_matrix

REF = np.array(ckm_expansion.REFERENCE)
SB = LowSector("WET", "flavio", "sb", 4.8)
DIPOLE = LowSector("WET-3", "flavio", "dF=0", 1.0)
SMALL = [
    Output(SB, "C9_bsmumu:Re"),
    Output(SB, "C9_bsmumu:Im"),
    Output(SB, "C10_bsmumu:Re"),
    Output(SB, "CS_bsmumu:Re"),
    Output(LowSector("WET", "flavio", "sbsb", 4.2), "CVLL_bsbs:Re"),
    Output(LowSector("WET", "flavio", "cbmunu", 4.8), "CSR_bcmunumu:Re"),
    Output(DIPOLE, "C7_mumu:Re"),
    Output(LowSector("SMEFT", "Warsaw", "all", 91.1876), "phil1_22:Re"),
    Output(LowSector("SMEFT", "Warsaw", "all", 125.0), "uphi_33:Re"),
]
GF, ALPHA, V2 = 1.1663787e-5, 1 / 127.9, 246.22**2


@cache
def load(chain):
    return Evolution.load(chain)


@cache
def small_map(chain, mu):
    return load(chain).at(mu, outputs=SMALL)


def muoquark(M, eta1L, eta3L, eta1R):
    """Tree-level coefficients, physics of a muon-only S1 and S3 of equal mass."""
    values = {}
    for i in range(3):
        for j in range(3):
            one = np.conj(eta1L[i]) * eta1L[j] / 4 / M**2
            three = np.conj(eta3L[i]) * eta3L[j] / 4 / M**2
            right = np.conj(eta1R[i]) * eta1R[j] / 2 / M**2
            if i <= j:
                for name, v in (("lq1", one + 3 * three), ("lq3", three - one), ("eu", right)):
                    values[f"{name}_22{i + 1}{j + 1}"] = v.real if i == j else v
            scalar = np.conj(eta1L[i]) * eta1R[j] / 2 / M**2
            values[f"lequ1_22{i + 1}{j + 1}"] = scalar
            values[f"lequ3_22{i + 1}{j + 1}"] = -scalar / 4
    return values


@pytest.mark.parametrize("chain", CHAINS)
def test_every_conserving_warsaw_coefficient_is_an_input(chain):
    ev = load(chain)
    assert len(ev.inputs) == 2499  # the count of 1312.2014 for three generations
    assert len(set(ev.inputs)) == 2499
    assert not any(c.startswith(("duql", "qque", "qqql", "duue", "llphiphi")) for c in ev.inputs)


@pytest.mark.parametrize("mu", [91.0, 1.001e6, -1.0, float("nan"), float("inf")])
def test_scale_outside_of_the_table(mu):
    with pytest.raises(DomainError, match="mu_M"):
        load("full").at(mu)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"duue_1111": 1e-9}, "duue_1111"),
        ({"lq1_2232": 1e-9}, "lq1_2232"),
        ({"lq1_2222": 1e-9j}, "imaginary part"),
        ({"nonsense": 1e-9}, "nonsense"),
        ({"lq1_2223": float("nan")}, "not finite"),
    ],
)
def test_coefficient_outside_of_the_table(values, message):
    with pytest.raises(DomainError, match=message):
        load("full").vector(values)


def test_zeros_outside_of_the_table_do_no_harm():
    assert not load("full").vector({"duue_1111": 0}).any()


def test_unknown_outputs_and_inputs():
    ev = load("full")
    with pytest.raises(DomainError, match=r"WET/flavio/sb/4\.8"):
        ev.at(3e3, outputs=[Output(LowSector("WET", "flavio", "sb", 4.5), "C9_bsmumu:Re")])
    with pytest.raises(DomainError, match="no component"):
        ev.at(3e3, outputs=[Output(SB, "C9_bsmu:Re")])
    with pytest.raises(DomainError, match="outside"):
        ev.at(3e3, outputs=SMALL, inputs=["duue_1111:Re"])
    with pytest.raises(InputError, match="did you mean 'full'"):
        Evolution.load("ful")


def test_damaged_file(tmp_path):
    from importlib import resources

    whole = resources.files("muoquark.running").joinpath("data", "evolution-full.npz").read_bytes()
    path = tmp_path / "broken.npz"
    for damage in (whole[: len(whole) // 2], b"", whole[:5000] + b"x" * 100 + whole[5100:]):
        path.write_bytes(damage)
        with pytest.raises(InputError, match="cannot read"):
            Evolution.load("full", path=path).at(3000.0)
    path.write_bytes(whole)
    with pytest.raises(InputError, match="expected format"):
        Evolution.load("smelli", path=path)
    with pytest.raises(InputError, match="cannot read"):
        Evolution.load("full", path=tmp_path / "absent.npz")


shift = st.floats(-1, 1)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.tuples(shift, shift, shift, shift))
def test_ckm_is_unitary_and_has_its_parameters(x):
    ckm = REF * (1 + np.array(x) * ckm_expansion.BOX)
    V = ckm_matrix(ckm)
    np.testing.assert_allclose(V @ V.conj().T, np.eye(3), atol=1e-14)
    gamma = np.angle(-V[0, 0] * V[0, 2].conj() / (V[1, 0] * V[1, 2].conj()))
    found = [abs(V[0, 1]), abs(V[0, 2]), abs(V[1, 2]), gamma]
    np.testing.assert_allclose(found, ckm, rtol=1e-12)
    assert ckm_expansion.inside(ckm)
    assert not ckm_expansion.inside(ckm * [1.2, 1, 1, 1])


@pytest.mark.parametrize("chain", CHAINS)
def test_batches_and_subsets(chain):
    ev, full = load(chain), small_map(chain, 3e3)
    rng = np.random.default_rng(1)
    c = rng.normal(size=(4, len(ev.inputs))) * 1e-9
    ckm = REF * (1 + rng.uniform(-1, 1, (4, 4)) * ckm_expansion.BOX)
    batch = full.apply(c, ckm)
    assert batch.shape == (4, len(SMALL))
    for i in range(4):
        np.testing.assert_allclose(batch[i], full.apply(c[i], ckm[i]), rtol=1e-12)
    keep = rng.choice(len(ev.inputs), 300, replace=False)
    sub = ev.at(3e3, outputs=SMALL, inputs=[ev.inputs[i] for i in keep])
    only = np.zeros_like(c)
    only[:, keep] = c[:, keep]
    np.testing.assert_allclose(sub.apply(c[:, keep], ckm), full.apply(only, ckm), rtol=1e-5)


def test_linear_up_to_lepton_phases():
    ev, full = load("full"), small_map("full", 3e3)
    rng = np.random.default_rng(2)
    c = rng.normal(size=len(ev.inputs)) * 1e-10
    hermitian = np.array(
        [not n.startswith(("lequ", "ledq", "ephi", "eW", "eB")) for n in ev.inputs]
    )
    a, b = full.apply(c * hermitian, REF), full.apply(2 * c * hermitian, REF)
    np.testing.assert_allclose(b, 2 * a, rtol=1e-12)
    tiny = c * 1e-6
    np.testing.assert_allclose(full.matrix(REF) @ tiny, full.apply(tiny, REF), rtol=1e-6)


@pytest.mark.parametrize("chain", CHAINS)
def test_c9_and_c10_of_s3(chain):
    """C9 = -C10 at tree level (physics of S3), up to running of a few per cent."""
    M, eta3 = 3e3, np.array([0, 0.016, 0.4])
    c = load(chain).vector(muoquark(M, np.zeros(3), eta3, np.zeros(3)))
    c9, im9, c10, *_ = small_map(chain, M).apply(c, REF)
    V = ckm_matrix(REF)
    tree = math.pi * V2 / ALPHA / (V[2, 2] * V[2, 1].conj()) * eta3[2] * eta3[1] / M**2
    assert c9 == close(tree.real, rel=0.08)
    assert -c10 == close(tree.real, rel=0.08)
    assert abs(im9) < 0.1 * abs(c9)


def test_s1_cancels_in_b_to_s_mu_mu():
    M = 3e3
    one = load("full").vector(muoquark(M, np.array([0, 0.1, 0.5]), np.zeros(3), np.zeros(3)))
    three = load("full").vector(muoquark(M, np.zeros(3), np.array([0, 0.1, 0.5]), np.zeros(3)))
    of = small_map("full", M)
    assert abs(of.apply(one, REF)[0]) < 0.05 * abs(of.apply(three, REF)[0])


@pytest.mark.parametrize("chain", CHAINS)
def test_smooth_in_the_scale(chain):
    """No kinks between the nodes of the table: third differences in ln(mu_M) are small."""
    scales = np.geomspace(500, 1e5, 25)
    low = np.array([load(chain).at(m, outputs=SMALL).matrix() for m in scales])
    third = np.abs(np.diff(low, 3, axis=0)).max(axis=(0, 2))
    assert np.all(third < 2e-3 * np.abs(low).max(axis=(0, 2)))


def a_mu_formula(M, x, m_t):
    """Da_mu of S1 at one loop, fixed order: the chirally enhanced part, x = eta1L_t* eta1R_t."""
    m_mu = 0.1056583745
    return m_mu * m_t / (4 * math.pi**2 * M**2) * (math.log(M**2 / m_t**2) - 7 / 4) * x


def a_mu_of_chain(chain, M, x, y_t, g1, g2):
    """The same from tree and one-loop matching at mu_M = M, run through the chain."""
    V = ckm_matrix(REF)
    # down-basis couplings of a doublet that couples to the top alone in the up basis
    eta1L = V[2] * math.sqrt(x)
    values = muoquark(M, eta1L, np.zeros(3), np.array([0, 0, math.sqrt(x)]))
    kappa = 1 / (16 * math.pi**2)
    values["eB_22"] = -kappa * g1 * y_t * x * 19 / (16 * M**2)
    values["eW_22"] = kappa * g2 * y_t * x * 9 / (16 * M**2)
    ev = load(chain)
    c7 = ev.at(M, outputs=[Output(DIPOLE, "C7_mumu:Re")]).apply(ev.vector(values), REF)[0]
    m_mu = 0.1056583745
    return m_mu**2 * GF / math.sqrt(2) / math.pi**2 * c7


@pytest.mark.parametrize("M", [1e3, 2e3, 3e3, 5e3, 1e4, 2e4])
def test_a_mu_against_the_exact_one_loop_formula(M):
    """The chain resums what the formula does not: y_t(mu), QED and QCD running of the operators.

    The running top mass at mu = M is the lowest, the pole mass the highest reasonable choice in
    the formula; the QED logarithm of the dipole between M and m_mu lowers the result further.
    """
    running = 0.97 * (math.log(M / 91.19) * -0.0385 + 1)  # y_t(M) of the SM, to 1 %
    chain = a_mu_of_chain("full", M, 0.02, running, 0.36, 0.634)
    qed = 1 - 4 / 137 / math.pi * math.log(M / 0.1057)
    high = a_mu_formula(M, 0.02, 172.5)
    low = a_mu_formula(M, 0.02, running * 174.1) * qed
    assert chain > 0
    assert low * 0.92 < chain < high


SAMPLE = Path(__file__).parent / "data" / "evolution_sample.json"


@pytest.mark.parametrize(
    "point", json.loads(SAMPLE.read_text()), ids=lambda p: f"{p['chain']}-{p['mu_M']:g}"
)
def test_sample_of_wilson(point):
    """Random coefficients at scales between the nodes; test_tabulate.py recomputes the sample."""
    ev = Evolution.load(point["chain"], as_wilson=True)
    known = set(ev.outputs)
    outputs, index = [], []
    for entry in point["outputs"]:
        pair = [Output(LowSector(*entry[:4]), f"{entry[4]}:{part}") for part in ("Re", "Im")]
        index.append(len(outputs))
        outputs += [output for output in pair if output in known]
    values = {k: complex(*v) for k, v in point["values"].items()}
    low, ckm = ev.at(point["mu_M"], outputs=outputs), np.array(point["ckm"])
    found = low.apply(ev.vector(values), ckm)
    # what a coefficient of the size of the sample, 1e-14/GeV^2, gives where it enters directly
    direct = np.abs(low.matrix(ckm)).max(axis=1) * 1e-14
    for i, (*_, name, re, im, peak, keeps_lepton_flavours) in zip(
        index, point["outputs"], strict=True
    ):
        # 3e-6: wilson's rounding and its terms of second order, which show where a random point
        # only enters through tiny mixing; 1e-4: its ee, see docs/evolution.md
        # and 1e-20: the last digit of the Fermi constant
        tolerance = max(1e-4 * peak, 3e-6 * direct[i], 1e-20)
        complex_ = i + 1 < len(outputs) and outputs[i + 1].component == f"{name}:Im"
        value = found[i] + 1j * found[i + 1] if complex_ else found[i]
        expected = re + 1j * im
        if not keeps_lepton_flavours:  # its phase is a convention
            value, expected = abs(value), abs(expected)
        assert value == pytest.approx(expected, rel=3e-5, abs=tolerance), outputs[i]
