"""The tables against wilson itself; everything here needs the extra muoquark[exact]."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from closeness import close

pytest.importorskip("wilson")

from scipy.sparse import csr_array
from wilson import Wilson
from wilson.run.smeft import SMEFT, beta
from wilson.util import smeftutil

from muoquark.common.constants import M_Z
from muoquark.running import ckm_expansion
from muoquark.running.evolution import CHAINS, Evolution, LowSector, Output
from muoquark.running.tabulate import components, matching, phases, running
from muoquark.running.tabulate.reference import wilson_point
from muoquark.running.tabulate.sample import keeps_lepton_flavours

# Minutes each, and gigabytes for some: run by hand and when the tables change.
pytestmark = [pytest.mark.exact, pytest.mark.slow]
NAMES = ("Vus", "Vub", "Vcb", "gamma")
SAMPLE = Path(__file__).parent / "data" / "evolution_sample.json"


def random_values(rng, n, size):
    inputs = components.smeft_inputs()
    values = {}
    for i in rng.choice(len(inputs), n, replace=False):
        name, part = components.coefficient(inputs[i])
        values[name] = values.get(name, 0) + rng.normal() * size * (1 if part == "Re" else 1j)
    return values


def as_vector(values, names):
    out = []
    for component in names:
        name, part = components.coefficient(component)
        value = complex(values.get(name, 0))
        out.append(value.real if part == "Re" else value.imag)
    return np.array(out)


def low_energy(w, evolution):
    """Every output of the tables from a Wilson instance."""
    out = []
    for target in evolution.layout:
        sectors = "all" if target.sector == "all" else (target.sector,)
        found = w.match_run(target.scale, target.eft, target.basis, sectors=sectors).dict
        out.append(as_vector(found, evolution.components(target)))
    return np.concatenate(out)


def test_the_anomalous_dimension_is_wilsons():
    rng = np.random.default_rng(1)
    (sm,) = running.background([2e3])
    values = random_values(rng, 500, 1e-7)
    zero = smeftutil.C_array2dict(np.zeros(9999, complex))
    C = {**zero, **components.value_arrays(values), **sm}
    slope = beta.beta(C)
    expected = as_vector(
        smeftutil.arrays2wcxf_nonred({k: slope[k] for k in slope if k not in smeftutil.dim4_keys}),
        components.smeft_inputs(),
    )
    found = (
        running.LOOP
        * running.anomalous_dimension(sm)
        @ as_vector(values, components.smeft_inputs())
    )
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12 * np.abs(expected).max())


def test_the_anomalous_dimension_is_flavour_covariant():
    """Rotating to the down-aligned basis commutes with the running, but for one term of wilson.

    Its beta function of dphi contracts quqd1 with Gu Gu^dag Gu in the place of
    Gu^dag Gu Gu^dag (docs/evolution.md); should wilson mend it, this test will tell.
    """
    (sm,) = running.background([4e4])
    zero = smeftutil.C_array2dict(np.zeros(9999, complex))
    rotated = SMEFT._flavor_rotation({**zero, **sm}, **running.rotation(sm))
    aligned = {k: rotated[k] for k in smeftutil.dim4_keys}
    R, back = (csr_array(running.rotate(sm, inverse=i)) for i in (False, True))
    moved = (R @ csr_array(running.anomalous_dimension(sm)) @ back).toarray()
    difference = np.abs(running.anomalous_dimension(aligned) - moved)
    names = components.smeft_inputs()
    broken = {
        (names[i].split("_")[0], names[j].split("_")[0])
        for i, j in zip(*np.nonzero(difference > 1e-9), strict=True)
    }
    assert broken == {("dphi", "quqd1")}


@pytest.mark.parametrize("order", [0, 1])
def test_the_matching_is_wilsons(order):
    rng = np.random.default_rng(2)
    values = random_values(rng, 500, 1e-14)
    ckm = dict(zip(NAMES, ckm_expansion.REFERENCE, strict=True))
    names = components.basis_components("WET", "JMS")
    w = Wilson(values, M_Z, "SMEFT", "Warsaw")
    w.set_option("smeft_matching_order", order)
    w.set_option("parameters", ckm)
    expected = as_vector(w.match_run(M_Z, "WET", "JMS").dict, names)
    found = matching.match(ckm, order, names) @ as_vector(values, components.smeft_inputs())
    # wilson subtracts its value in the SM from its value at the point, numbers of order 1e-5
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=2e-20)


def test_the_ckm_option_does_not_enter_the_running():
    values = {"lq1_2233": 1e-8, "qq1_1233": 1e-8, "uphi_33": 1e-8}
    found = []
    for gamma in (1.0, 1.3):
        ckm = {"Vus": 0.2253, "Vub": 4e-3, "Vcb": 0.042, "gamma": gamma}
        w = wilson_point(values, 3e3, "smelli", ckm)
        found.append(w.match_run(91.1876, "SMEFT", "Warsaw").dict)
    assert found[0] == found[1]


@pytest.mark.parametrize("leading_log", [True, False])
@pytest.mark.parametrize("name", ["lequ1_2233", "lequ1_2223", "ephi_22", "ledq_3333", "lequ3_2233"])
def test_mass_shifts(name, leading_log):
    """The phase of a lepton mass at the Z mass, from wilson's own running of a point."""
    from wilson import wcxf

    def mass(values):
        s = SMEFT(wcxf.WC("SMEFT", "Warsaw", 3e3, wcxf.WC.dict2values(values)))
        if leading_log:
            C = s._rgevolve_leadinglog(91.1876)
        else:
            C = s._rgevolve(91.1876, rtol=1e-8, atol=1e-10)
        return np.diag(C["Ge"] - C["ephi"] * 246.22**2 / 2)

    shift = phases.mass_shifts([3e3], [91.1876], leading_log)[3e3][0]
    lepton = int(name.split("_")[1][0]) - 1
    size = 1e-11
    expected = np.imag(mass({name: 1j * size})[lepton] / mass({})[lepton]) / size
    found = shift[lepton, components.smeft_inputs().index(f"{name}:Im")].imag
    assert found == pytest.approx(expected, rel=1e-3, abs=1)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("mu", "seed"), [(700.0, 1), (3e3, 2), (4e4, 3)])
def test_random_points_of_the_linear_regime(chain, mu, seed):
    """All outputs between the nodes of the table, away from the expansion point of the CKM."""
    evolution = Evolution.load(chain, as_wilson=True)
    rng = np.random.default_rng(seed)
    values = random_values(rng, 80, 1e-14)
    point = np.array(ckm_expansion.REFERENCE)
    point = point * (1 + 0.6 * rng.uniform(-1, 1, 4) * ckm_expansion.BOX)
    w = wilson_point(values, mu, chain, dict(zip(NAMES, map(float, point), strict=True)))
    expected = low_energy(w, evolution)
    low = evolution.at(mu)
    found = low.apply(evolution.vector(values), point)
    direct = np.abs(low.matrix(point)).max(axis=1) * 1e-14
    start = 0
    for target in evolution.layout:
        names = evolution.components(target)
        part = slice(start, start + len(names))
        start = part.stop
        a, b = found[part], expected[part]
        for i, component in enumerate(names):
            name = component.split(":")[0]
            if chain == "full" and name.startswith("dphi"):
                continue  # wilson's result depends on the flavour basis, see the test above
            tolerance = max(1e-4 * np.abs(b).max(), 3e-6 * direct[part][i])
            if keeps_lepton_flavours(target, name):
                assert a[i] == pytest.approx(b[i], rel=3e-5, abs=tolerance), (target, component)
            elif component.endswith(":Re") and f"{name}:Im" in names[i + 1 : i + 2]:
                size = math.hypot(*a[i : i + 2]), math.hypot(*b[i : i + 2])
                assert size[0] == pytest.approx(size[1], rel=3e-5, abs=tolerance), (target, name)


def muoquark_point(seed, size):
    """A muon-only S1 and S3 at 3 TeV with random complex couplings, largest for the top."""
    rng = np.random.default_rng(seed)
    hierarchy = size * np.array([0.02, 0.1, 1.0])
    eta1L, eta3L, eta1R = (
        hierarchy * (rng.normal(size=3) + 1j * rng.normal(size=3)) / 2 for _ in range(3)
    )
    values, M2 = {}, 3e3**2
    for i in range(3):
        for j in range(3):
            one, three, right = (np.conj(eta[i]) * eta[j] / 4 / M2 for eta in (eta1L, eta3L, eta1R))
            for name, v in (("lq1", one + 3 * three), ("lq3", three - one), ("eu", 2 * right)):
                if i <= j:
                    values[f"{name}_22{i + 1}{j + 1}"] = v.real if i == j else v
            scalar = np.conj(eta1L[i]) * eta1R[j] / 2 / M2
            values[f"lequ1_22{i + 1}{j + 1}"] = scalar
            values[f"lequ3_22{i + 1}{j + 1}"] = -scalar / 4
    return values


KEY_OUTPUTS = [
    ("WET", "sb", 4.8, "C9_bsmumu"),
    ("WET", "sb", 4.8, "C10_bsmumu"),
    ("WET", "sb", 4.8, "C7_bs"),
    ("WET", "db", 4.8, "C9_bdmumu"),
    ("WET", "sbsb", 4.2, "CVLL_bsbs"),
    ("WET", "dbdb", 4.2, "CVLL_bdbd"),
    ("WET-3", "sdsd", 2.0, "CVLL_sdsd"),
    ("WET-3", "dF=0", 1.0, "C7_mumu"),
    ("WET", "cbmunu", 4.8, "CVL_bcmunumu"),
    ("WET", "cbmunu", 4.8, "CSR_bcmunumu"),
    ("WET-3", "sdnunu", 2.0, "CL_sdnumunumu"),
    ("SMEFT", "all", 91.1876, "phil1_22"),
    ("SMEFT", "all", 91.1876, "phil3_22"),
    ("SMEFT", "all", 91.1876, "phie_22"),
]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("seed", [1, 2])
def test_model_points_of_finite_size(chain, seed):
    """C9, C10, Delta F = 2, dipoles, charged currents, Z couplings; complex couplings up to 0.5.

    wilson's own defaults, that is with its integration at 1e-3; the tables are linear but for the
    phases of the leptons, so that this is also a test of what the linearisation leaves out.
    """
    evolution = Evolution.load(chain, as_wilson=True)
    values = muoquark_point(seed, 0.5)
    ckm = dict(zip(NAMES, ckm_expansion.REFERENCE, strict=True))
    w = wilson_point(values, 3e3, chain, ckm, tight=False)
    outputs, expected = [], []
    for eft, sector, scale, name in KEY_OUTPUTS:
        target = LowSector(eft, "Warsaw" if eft == "SMEFT" else "flavio", sector, scale)
        sectors = "all" if sector == "all" else (sector,)
        found = w.match_run(scale, eft, target.basis, sectors=sectors).dict.get(name, 0)
        outputs.append(Output(target, f"{name}:Re"))
        expected.append(complex(found).real)
        if f"{name}:Im" in evolution.components(target):
            outputs.append(Output(target, f"{name}:Im"))
            expected.append(complex(found).imag)
    found = evolution.at(3e3, outputs=outputs).apply(
        evolution.vector(values), np.array(ckm_expansion.REFERENCE)
    )
    for output, a, b in zip(outputs, found, expected, strict=True):
        partner = max(
            abs(e)
            for o, e in zip(outputs, expected, strict=True)
            if o.component.split(":")[0] == output.component.split(":")[0]
        )
        if chain == "smelli" and output.target.sector in ("sbsb", "dbdb", "sdsd"):
            # not generated at leading log: wilson's value is the noise of its rotations
            assert abs(a) < 1e-20
            continue
        if chain == "smelli" and output.component.startswith("C7_bs"):
            assert abs(a) < 1e-12  # nor is the dipole, from vector operators
            continue
        assert a == pytest.approx(b, abs=2e-3 * partner), output


def test_one_loop_truncation_is_the_exact_formula_for_a_mu():
    """Tree + first-order running + one-loop matching = fixed order, without any resummation.

    The formula of S1 (19 + 10 L, 9 + 6 L at mu_M; ln(M^2/mt^2) - 7/4 at low energy) and the
    tables share no code: this fixes signs, the finite parts and the scheme of the tensor operator.
    wilson's running has m_t = 169 GeV above M_Z and its matching has 173 GeV below, so that the
    logarithm and the prefactor of the formula are split there.
    """
    (sm,) = running.background([M_Z * (1 + 1e-12)])
    inputs = components.smeft_inputs()
    ckm = dict(zip(NAMES, ckm_expansion.REFERENCE, strict=True))
    V = running.smpar.ckmutil.ckm.ckm_tree(
        *(running.smpar.p[n] for n in ("Vus", "Vub", "Vcb")), 1.27
    )
    gamma = running.anomalous_dimension(sm)
    wet = matching.match(ckm, 1, ("egamma_22:Re",))[0]
    tree = matching.match(ckm, 0, ("egamma_22:Re",))[0]
    g1, g2, y_t = sm["gp"].real, sm["g"].real, abs(np.linalg.svd(sm["Gu"])[1][0])
    kappa, x = 1 / (16 * math.pi**2), 0.02
    for M in (1e3, 3e3, 2e4):
        values = {}
        for i in range(3):
            scalar = np.conj(V[2, i]) * x / (2 * M**2)
            values[f"lequ1_22{i + 1}3"] = scalar
            values[f"lequ3_22{i + 1}3"] = -scalar / 4
        dipoles = {
            "eB_22": -kappa * g1 * y_t * x * 19 / (16 * M**2),
            "eW_22": kappa * g2 * y_t * x * 9 / (16 * M**2),
        }
        c, d = as_vector(values, inputs), as_vector(dipoles, inputs)
        first = tree @ (d + gamma @ c * math.log(M_Z / M)) + (wet - tree) @ c
        # a_mu = 4 m_mu/e Re(egamma) in wilson's sign of the covariant derivative
        e = math.sqrt(4 * math.pi * running.smpar.p["alpha_e"])
        m_mu, m_above, m_below = 0.1056583745, y_t * 246.22 / math.sqrt(2), 173.0
        above = m_above * (math.log(M**2 / M_Z**2) - 7 / 4)
        below = m_below * math.log(M_Z**2 / m_below**2)
        formula = m_mu * (above + below) / (4 * math.pi**2 * M**2) * x
        assert 4 * m_mu / e * first == close(formula, rel=2e-3)


@pytest.mark.parametrize("chain", CHAINS)
def test_the_shipped_sample_is_what_wilson_gives(chain):
    """The sample that the fast tests compare with, recomputed."""
    for point in json.loads(SAMPLE.read_text()):
        if point["chain"] != chain:
            continue
        values = {k: complex(*v) for k, v in point["values"].items()}
        w = wilson_point(values, point["mu_M"], chain, dict(zip(NAMES, point["ckm"], strict=True)))
        for eft, basis, sector, scale, name, re, im, peak, _ in point["outputs"]:
            sectors = "all" if sector == "all" else (sector,)
            found = complex(w.match_run(scale, eft, basis, sectors=sectors).dict.get(name, 0))
            assert abs(found) == pytest.approx(abs(re + 1j * im), rel=1e-5, abs=1e-6 * peak)
