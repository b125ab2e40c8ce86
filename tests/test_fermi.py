"""G_F is measured in muon decay: what shifts all charged currents alike is no effect."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from muoquark.likelihood.likelihood import Likelihood
from muoquark.running.ckm_expansion import REFERENCE
from muoquark.running.evolution import CHAINS, Evolution, LowSector, Output
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS
from muoquark.smeft.wcxf import WilsonCoefficients

MU = 1000.0
G_F = 1.1663787e-5
MUON = "CVLL_numunueemu:Re"
# (sector, coefficient): what the SM makes of one W boson, relative to muon decay -4 G_F/sqrt(2)
HADRONIC = [
    ("cbenu", "CVL_bcenue:Re"),
    ("cbmunu", "CVL_bcmunumu:Re"),
    ("cbtaunu", "CVL_bctaunutau:Re"),
    ("ubtaunu", "CVL_butaunutau:Re"),
    ("usmunu", "CVL_sumunumu:Re"),
    ("udenu", "CVL_duenue:Re"),
    ("csmunu", "CVL_scmunumu:Re"),
    ("ustaunu", "CVL_sutaunutau:Re"),
]
LEPTONIC = [("nunumutau", "CVLL_nutaunumumutau:Re"), ("nunutaue", "CVLL_nutaunueetau:Re")]
NEUTRAL = [
    ("ffnunu", "CVLL_numunumumumu:Re"),
    ("ffnunu", "CVLR_numunumumumu:Re"),
    ("ffnunu", "CVLL_nuenueee:Re"),
]
# phi: the potential of the Higgs field; the top's Yukawa coupling, aligned with its mass.
POTENTIAL = {"phi": 1e-6}
V_T = ckm_matrix(np.array(REFERENCE))[2].conj()
TOP = {f"uphi_{i + 1}3": 1e-7 * complex(x) for i, x in enumerate(V_T)}


@cache
def load(chain="full", as_wilson=False):
    return Evolution.load(chain, as_wilson=as_wilson)


def shifts(values, names, evolution, ckm=REFERENCE):
    """Low-energy coefficients relative to those of the SM, hadronic ones up to QED (1 %)."""
    outputs = []
    for sector, name in names:
        found = [o for o in evolution.outputs if (o.target.sector, o.component) == (sector, name)]
        outputs.append(found[0])
    c = evolution.vector(values)
    used = np.nonzero(c)[0]
    linear = evolution.at(MU, outputs, [evolution.inputs[i] for i in used])
    low = linear.apply(c[used], np.asarray(ckm))
    leptonic = np.array([not name.startswith("CVL_") for _, name in names])
    return np.where(leptonic, low / (-4 * G_F / np.sqrt(2)), low)


@pytest.mark.parametrize("values", [POTENTIAL, TOP], ids=["phi", "uphi"])
def test_a_rescaled_higgs_field_shifts_no_charged_current(values):
    """wilson shifts all by the same.  A hundredth is left of uphi: the running has wilson's CKM."""
    everything = [("nunumue", MUON), *HADRONIC, *LEPTONIC]
    before = shifts(values, everything, load(as_wilson=True))
    after = shifts(values, everything, load())
    assert abs(before[0]) > 1e-4
    np.testing.assert_allclose(before, before[0], rtol=0.03)
    assert np.abs(after).max() < 0.015 * abs(before[0])
    assert after[0] == 0
    if values is POTENTIAL:
        assert np.abs(after).max() < 1e-6 * abs(before[0])


def test_the_higgs_potential_shifts_no_neutral_current():
    before = shifts(POTENTIAL, NEUTRAL, load(as_wilson=True))
    after = shifts(POTENTIAL, NEUTRAL, load())
    assert np.abs(after).max() < 1e-5 * np.abs(before).max()


def test_everywhere_in_the_ckm_box():
    box = np.array(REFERENCE) * (1 + np.array([0.05, -0.25, 0.15, 0.25]))
    before = shifts(POTENTIAL, HADRONIC, load(as_wilson=True), box)
    after = shifts(POTENTIAL, HADRONIC, load(), box)
    assert np.abs(after).max() < 1e-5 * np.abs(before).min()


def test_the_wave_function_of_the_higgs_field():
    """phiBox: what is left in the chain `full` is what the leading logarithm has, from y_t."""
    values = {"phiBox": 1e-6}
    names = [*HADRONIC, *LEPTONIC]
    before = shifts(values, names, load(as_wilson=True))
    after, logarithm = shifts(values, names, load()), shifts(values, names, load("smelli"))
    assert np.abs(before).min() > 4e-3
    assert np.abs(after - logarithm).max() < 1.5e-5


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [("phil3_22", (0, -1, 0)), ("phil3_11", (0, 0, -1)), ("ll_1221", (0, 0.5, 0.5))],
)
def test_shifts_at_tree_level(chain, name, expected):
    """Muon decay stays; b -> c e nu and b -> c mu nu shift by C v^2, up to running."""
    names = [("nunumue", MUON), HADRONIC[0], HADRONIC[1]]
    found = shifts({name: 1e-8}, names, load(chain)) / (1e-8 * INPUTS.v**2)
    assert found == pytest.approx(expected, rel=0.05, abs=0.08)
    assert found[0] == 0


def test_what_flavio_divides_itself_is_not_divided_twice():
    """Decays of taus, kaons, pions and nuclei do not notice: two ways to the same number.

    There flavio divides by what muon decay is shifted by.  In b decays it does not.
    """
    likelihood = Likelihood("2026-06")
    forms = likelihood.snapshot.forms
    outputs = [output_of(d) for d in forms.directions]
    divided = ["BR(K+->munu)", "BR(tau->Knu)", "BR(tau->enunu)", "Ft(26mAl)", "Gamma(pi+->munu)"]
    others = ["BR(B->Xcenu)", "BR(B+->taunu)", "BR(Ds->munu)", "BR(KL->pimunu)"]
    values = {"phiBox": 1e-7, "phi": 2e-6, "lq3_2233": 2e-8, "phil3_22": 1e-9}
    c = load().vector(values)
    used = np.nonzero(c)[0]
    change = {}
    for as_wilson in (True, False):
        evolution = load(as_wilson=as_wilson)
        linear = evolution.at(MU, outputs, [evolution.inputs[i] for i in used])
        low = linear.apply(c[used], np.asarray(REFERENCE))
        predicted = forms.predict(low, forms.ckm_centre)
        sm = forms.predict(0 * low, forms.ckm_centre)
        for name in (*divided, *others):
            k = [o.name for o in forms.observables].index(name)
            change[name, as_wilson] = predicted[k] / sm[k] - 1
    raw = shifts(values, [("nunumue", MUON)], load(as_wilson=True))[0]
    assert abs(raw) > 5e-4
    for name in divided:
        # second order, and QED between the Z mass and the decay
        difference = change[name, True] - change[name, False]
        assert abs(difference) < 0.02 * abs(raw), name
    for name in others:
        difference = change[name, True] - change[name, False]
        assert difference == pytest.approx(2 * raw, rel=0.03, abs=0), name


def output_of(direction):
    return Output(LowSector(*direction[:4]), f"{direction[4]}:{direction[5]}")


@pytest.mark.slow
def test_the_extracted_ckm_parameters_stay():
    likelihood = Likelihood("2026-06")
    centre = likelihood(WilsonCoefficients(scale=MU, values={})).ckm
    # phi shifts all charged currents of wilson by 1.5 %, phiBox by 0.5 %, the top's by 0.2 %
    for values, tolerance in (
        ({"phi": 2.5e-5}, 1e-8),
        ({"phiBox": -1e-6}, 1e-4),
        ({k: 10 * v for k, v in TOP.items()}, 5e-5),
    ):
        result = likelihood(WilsonCoefficients(scale=MU, values=values))
        for name in ("Vus", "Vub", "Vcb"):
            assert result.ckm[name] == pytest.approx(centre[name], rel=tolerance, abs=0), name
        if "phiBox" not in values:  # whose flavour changing phiq3 is felt by B mixing
            assert result.ckm["gamma"] == pytest.approx(centre["gamma"], rel=tolerance, abs=0)
            assert abs(result.blocks["quarks"]) < 0.01
    for name in ("quarks", "leptons", "lept", "bqnunu", "rd_rds", "lfu_fccc"):
        one = likelihood(WilsonCoefficients(scale=MU, values={"phi": 2.5e-5}))
        assert abs(one.blocks[name]) < 1e-4, name


@pytest.mark.exact
def test_the_referee_measures_it_too(flavio):
    """wilson's own numbers, with the SM's coefficients subtracted in proportion."""
    from muoquark.likelihood.referee import wilson_instance

    values = {"phi": 2e-7, "phiBox": -1e-8, "uphi_33": 2e-8, "phil3_22": 1e-9, "lq3_2233": 1e-8}
    w = wilson_instance(WilsonCoefficients(scale=MU, values=values), "full")
    ckm = np.array([0.224, 0.0038, 0.0425, 1.15])
    w.set_option("parameters", dict(zip(("Vus", "Vub", "Vcb", "gamma"), ckm, strict=True)))
    wanted = [("nunumue", MUON), *HADRONIC, *LEPTONIC, *NEUTRAL, ("sd", "CVLLt_sduu:Re")]
    ours = shifts(values, wanted, load(), ckm)
    raw = shifts(values, wanted, load(as_wilson=True), ckm)
    for k, (sector, component) in enumerate(wanted):
        target = next(
            o.target
            for o in load().outputs
            if (o.target.sector, o.component) == (sector, component)
        )
        found = w.match_run(target.scale, target.eft, target.basis, sectors=(sector,)).dict
        value = complex(found.get(component.split(":")[0], 0)).real
        if not component.startswith("CVL_"):
            value /= -4 * G_F / np.sqrt(2)
        # terms of second order, which wilson has
        assert value == pytest.approx(ours[k], rel=0, abs=5e-3 * abs(raw[k] - ours[k])), component
