"""A part of the user's own in the likelihood, beside a snapshot and alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from muoquark.common.errors import InputError
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.part import FunctionPart, smeft
from muoquark.likelihood.predictions import predictions
from muoquark.matching.match import match
from muoquark.model.card_file import parse_card
from muoquark.running.highscale import run_together
from muoquark.smeft.wcxf import WilsonCoefficients
from toy_part import COUNTS, EVENTS, counting

CARD = """
model: B-3Lmu
masses: {S3: 3000.0}
couplings:
  eta3L: [{free: [0.0, 3.0], name: y}, 0, 0]
"""


def by_hand(value):
    """ln L of the counts at a coefficient in GeV^-2, the background found by a search."""
    c = 1e6 * value
    signal = 12 * c + 45 * c**2
    n, b, sigma = COUNTS.counted, COUNTS.background, COUNTS.deviation

    def minus(beta):
        return -(n * np.log(signal + beta) - signal - beta - (beta - b) ** 2 / (2 * sigma**2))

    found = minimize_scalar(minus, bounds=(1.0, 2 * b), method="bounded", options={"xatol": 1e-10})
    return -found.fun


@pytest.mark.parametrize("value", [-4e-7, 0.0, 2e-7, 1e-6])
def test_ln_l_is_that_of_the_coefficient_run_to_the_scale_of_the_part(value):
    """The running is that of `run_together`, a route of its own; ln L is done by hand."""
    likelihood = Likelihood(counting())
    found = likelihood(WilsonCoefficients(scale=3000.0, values={"lq1_2211": value}))
    there = run_together([(3000.0, {"lq1_2211": value})], 1000.0).get("lq1_2211", 0.0)
    assert (value == 0) or abs(there.real / value - 1) > 1e-4  # it runs
    expected = by_hand(np.real(there)) - by_hand(0.0)
    assert found.total == pytest.approx(expected, rel=1e-7, abs=1e-9)
    assert found.blocks == {"dimuon": found.total} and found.groups == {}


def test_a_target_at_the_matching_scale_is_the_coefficient_itself():
    likelihood = Likelihood(counting(scale=None))
    for scale in (800.0, 3000.0, 40_000.0):
        found = likelihood(WilsonCoefficients(scale=scale, values={"lq1_2211": 5e-7}))
        assert found.total == pytest.approx(by_hand(5e-7) - by_hand(0.0), rel=1e-9, abs=1e-10)


def test_chirality_flips_turn_with_the_mass_of_their_lepton():
    """A complex lequ1 gives the muon's mass a phase: both routes align it anew at 1 TeV."""
    values = {"lequ1_2233": 2e-9 + 3e-9j, "lequ3_2233": -1e-9 + 2e-9j, "lq1_2211": 1e-8}
    names = ("lequ1_2233:Re", "lequ1_2233:Im", "lequ3_2233:Re", "lequ3_2233:Im", "lq1_2211:Re")
    evolution = Likelihood(counting()).evolution
    linear = evolution.at(3000.0, [smeft(name, 1000.0) for name in names])
    low = linear.apply(evolution.vector(values), np.asarray([0.2253, 4.1e-3, 4.21e-2, 1.10]))
    there = run_together([(3000.0, values)], 1000.0)
    for name, found in zip(names, low, strict=True):
        wanted = there[name[:-3]]
        expected = wanted.real if name.endswith("Re") else wanted.imag
        # the map takes the phase to second order in the shift of the mass
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-14), name


def test_parts_add_up():
    point = match(parse_card(CARD.replace("{free: [0.0, 3.0], name: y}", "1.0")).point())
    alone = Likelihood(counting())(point)
    snapshot = Likelihood("2026-06")
    both = Likelihood(("2026-06", counting()))
    first, joint = snapshot(point), both(point)
    assert joint.blocks == {**first.blocks, **alone.blocks}
    assert joint.groups == first.groups
    assert joint.ckm == first.ckm and joint.status == first.status
    assert both.observables == (*snapshot.observables, EVENTS)
    assert np.array_equal(joint.predictions[:-1], first.predictions)
    shown = predictions(both, joint)[-1]
    assert (shown.observable, shown.arguments) == ("N(pp->mumu)", {"m_min": 1200.0})
    assert shown.block == "dimuon" and shown.sm == 0 and shown.value > 1
    # 74 counted, 63 expected: what is measured of the signal
    assert shown.measured == pytest.approx(11.0, abs=0.02)
    # the order of the parts does not matter
    swapped = Likelihood((counting(), "2026-06"))(point)
    assert swapped.total == pytest.approx(joint.total, rel=1e-12, abs=0)


def test_a_card_is_fitted_to_a_part_alone():
    """Value and gradient of the compiled card are those of single points."""
    likelihood = Likelihood(counting())
    card = parse_card(CARD)
    compiled = CardLikelihood.of(likelihood, card)
    points = np.array([[0.3], [1.0], [2.7]])
    values = compiled.total(points)
    for x, value in zip(points[:, 0], values, strict=True):
        assert value == pytest.approx(likelihood(match(card.point({"y": x}))).total, abs=1e-7)
    value, slope = compiled.value_and_gradient(np.array([1.0]))
    step = 1e-4
    up, down = compiled.total(np.array([[1 + step], [1 - step]]))
    assert slope[0] == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=0)
    assert value == pytest.approx(values[1], rel=1e-12, abs=0)


def test_an_observable_without_measurement_is_predicted_and_changes_nothing():
    from dataclasses import replace

    from muoquark.likelihood.observable import Observable

    one = counting()
    more = replace(
        one,
        data=replace(one.data, observables=(*one.data.observables, Observable("N(more)"))),
        function=lambda low, xp: xp.concatenate([one.function(low, xp), 1e20 * low], axis=-1),
    )
    point = WilsonCoefficients(scale=3000.0, values={"lq1_2211": 5e-7})
    found, before = Likelihood(more)(point), Likelihood(one)(point)
    assert found.total == before.total and found.status == before.status
    assert found.predictions[1] > 1e13


def test_a_part_needs_measurements():
    from dataclasses import replace

    one = counting()
    bare = replace(one, data=replace(one.data, constraints=()))
    with pytest.raises(InputError, match="nothing is measured of what 'counting' predicts"):
        Likelihood(bare)


def test_a_part_is_a_value():
    assert isinstance(counting(), FunctionPart)
    with pytest.raises(AttributeError):
        counting().name = "other"
