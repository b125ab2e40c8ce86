"""Coefficients of the weak effective theory as the input: against wilson and flavio."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import DomainError
from muoquark.running import ckm_expansion
from muoquark.running.evolution import Evolution, LowSector, Output
from muoquark.running.low_input import (
    low_components,
    low_map,
    low_problem,
    low_scales,
    low_vector,
    sectors_at,
)

GIVEN = {
    "C7_bs": 0.3 - 0.2j,
    "C8_bs": -0.5 + 0.1j,
    "C9_bsmumu": -1.1 + 0.4j,
    "C10_bsmumu": 0.7j,
    "C9p_bsee": 0.8,
    "CS_bsmumu": 0.2 - 0.1j,
    "C7p_bs": 0.15,
}
# wilson 2.5.2: Wilson(GIVEN, 4.8, "WET", "flavio").match_run(scale, "WET", "flavio", ("sb",))
WILSON = {
    5.0: {
        "C7_bs": 0.30385310781693436 - 0.20192756161624265j,
        "C8_bs": -0.5036266496173888 + 0.10073577957839508j,
        "C7p_bs": 0.15123957864205323,
        "C9_bsmumu": -1.100081477084021 + 0.399951854450351j,
        "C10_bsmumu": 0.00012221562603200418 + 0.6999555579541701j,
        "C9p_bsee": 0.8000592560611064,
        "C9_bsee": -8.14770840212996e-05 + 2.962803055319986e-05j,
        "CS_bsmumu": 0.20016830059412175 - 0.10008415029706089j,
    },
    2.0: {
        "C7_bs": 0.21521588855440837 - 0.1567345658683436j,
        "C8_bs": -0.41651414992476465 + 0.0831167932752742j,
        "C7p_bs": 0.12181220795621008,
        "C9_bsmumu": -1.0982261817651637 + 0.401048165320585j,
        "C10_bsmumu": -0.0026607273522541858 + 0.7009675372190014j,
        "C9p_bsee": 0.7987099503746645,
        "C9_bsee": 0.001773818234836146 - 0.0006450248126676896j,
        "CS_bsmumu": 0.19472055728488924 - 0.0973602786424446j,
    },
}
# At 2 GeV, for coefficients of order one: QED makes tensors from scalars on the way from the Z
# mass, which the maps leave out, and small entries of the tables are pruned.
ACCURACY = 3e-4


@pytest.fixture(scope="module")
def evolution():
    return Evolution.load("full")


def found_at(evolution, scale, names):
    target = LowSector("WET", "flavio", "sb", scale)
    outputs = [Output(target, f"{name}:{part}") for name in names for part in ("Re", "Im")]
    vector = low_vector(evolution, "WET", 4.8, GIVEN)
    values = low_map(evolution, "WET", 4.8, outputs).apply(
        vector, np.asarray(ckm_expansion.REFERENCE)
    )
    return values[0::2] + 1j * values[1::2]


@pytest.mark.parametrize("scale", sorted(WILSON))
def test_running_within_a_sector_is_wilsons(evolution, scale):
    expected = WILSON[scale]
    found = found_at(evolution, scale, expected)
    assert np.abs(found - np.array(list(expected.values()))).max() < ACCURACY
    # ... which a map that did nothing would miss by far.
    unmoved = np.array([GIVEN.get(name, 0.0) for name in expected])
    assert np.abs(unmoved - np.array(list(expected.values()))).max() > 10 * ACCURACY


def test_at_its_own_scale_nothing_changes(evolution):
    found = found_at(evolution, 4.8, GIVEN)
    assert np.array_equal(found, np.array(list(GIVEN.values())))


def test_other_sectors_and_the_smeft_stay_those_of_the_sm(evolution):
    outputs = [
        Output(LowSector("WET", "flavio", "cbtaunu", 4.8), "CVL_bctaunutau:Re"),
        Output(LowSector("SMEFT", "Warsaw", "all", 91.1876), "phil1_22:Re"),
        Output(LowSector("WET-3", "flavio", "mue", 1.0), "Cgamma_mue:Re"),
    ]
    vector = low_vector(evolution, "WET", 4.8, GIVEN)
    linear = low_map(evolution, "WET", 4.8, outputs)
    assert not linear.apply(vector, np.asarray(ckm_expansion.REFERENCE)).any()


def test_inputs_can_be_chosen(evolution):
    target = LowSector("WET", "flavio", "sb", 2.0)
    outputs = [Output(target, c) for c in evolution.components(target)]
    names = ["C7_bs:Re", "C8_bs:Im", "C9_bsmumu:Re"]
    ckm = np.asarray(ckm_expansion.REFERENCE)
    some = low_map(evolution, "WET", 4.8, outputs, names).apply(np.array([0.3, 0.2, -1.0]), ckm)
    vector = low_vector(evolution, "WET", 4.8, {"C7_bs": 0.3, "C8_bs": 0.2j, "C9_bsmumu": -1.0})
    everything = low_map(evolution, "WET", 4.8, outputs).apply(vector, ckm)
    assert np.allclose(some, everything, rtol=0, atol=1e-15)


def test_names_do_not_repeat_at_a_scale(evolution):
    for eft, scales in low_scales(evolution).items():
        for scale in scales:
            names = [o.component for o in low_components(evolution, eft, scale)]
            assert len(names) == len(set(names)), (eft, scale)


def test_faults_say_where_a_coefficient_is_asked_for(evolution):
    assert low_problem("WET", 4.8, "C9_bsmumu") is None
    assert "is asked for in WET at 4.2 GeV" in low_problem("WET", 4.8, "CVLL_bsbs")
    assert "did you mean 'C9_bsmumu'" in low_problem("WET", 4.8, "C9_bsmuu")
    assert "WET at 2, 4.2, 4.6, 4.8, 5, 91.1876 GeV" in low_problem("WET", 160.0, "C9_bsmumu")
    with pytest.raises(DomainError, match=r"nothing is asked for in WET-4 at 4.8 GeV"):
        sectors_at(evolution, "WET-4", 4.8)
    with pytest.raises(DomainError, match="C9_bsmuu is no coefficient"):
        low_vector(evolution, "WET", 4.8, {"C9_bsmuu": 1.0})
    with pytest.raises(DomainError, match=r"nothing is asked for at 4.8 GeV of X:Re"):
        low_map(evolution, "WET", 4.8, [], ["X:Re"])


@pytest.mark.exact
def test_running_is_wilsons_at_a_random_point(evolution):
    from wilson import Wilson

    target = LowSector("WET", "flavio", "sb", 2.0)
    rng = np.random.default_rng(5)
    kinds = ("C7", "C8", "C9", "C10")
    listed = {c.rpartition(":")[0] for c in evolution.components(target)}
    names = sorted(n for n in listed if n.partition("_")[0].rstrip("p") in kinds)
    values = {name: complex(*rng.normal(size=2)) for name in names}
    run = Wilson(values, 4.8, "WET", "flavio").match_run(2.0, "WET", "flavio", sectors=("sb",))
    outputs = [Output(target, f"{name}:{part}") for name in names for part in ("Re", "Im")]
    found = low_map(evolution, "WET", 4.8, outputs).apply(
        low_vector(evolution, "WET", 4.8, values), np.asarray(ckm_expansion.REFERENCE)
    )
    expected = np.array([complex(run.dict.get(name, 0)) for name in names])
    assert np.abs(found[0::2] + 1j * found[1::2] - expected).max() < ACCURACY


@pytest.mark.exact
def test_predictions_are_flavios():
    """Through the forms of the snapshot, with the CKM parameters that are extracted there."""
    import flavio
    from wilson import Wilson

    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.smeft.wet import LowCoefficients

    values = {"C9_bsmumu": -0.9, "C10_bsmumu": 0.4, "C9p_bsmumu": 0.2, "C7_bs": -0.02}
    likelihood = Likelihood("2026-06")
    result = likelihood(LowCoefficients("WET", 4.8, values))
    parameters = flavio.default_parameters.get_central_all() | result.ckm
    w = Wilson(values, 4.8, "WET", "flavio")
    for name, q2min, q2max in (
        ("<P5p>(B0->K*mumu)", 4.0, 6.0),
        ("<FL>(B0->K*mumu)", 4.0, 6.0),
        ("<Rmue>(B+->Kll)", 1.1, 6.0),
        ("<Rmue>(B0->K*ll)", 1.1, 6.0),
    ):
        (k,) = [
            i for i, o in enumerate(likelihood.observables)
            if o.flavio == (name, q2min, q2max)
        ]  # fmt: skip
        observable = flavio.Observable[name]
        expected = observable.prediction_par(parameters, w, q2min=q2min, q2max=q2max)
        assert result.predictions[k] == pytest.approx(expected, rel=2e-5, abs=0.0), name
