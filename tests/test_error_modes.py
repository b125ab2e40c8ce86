"""What a point gains with other theory errors."""

import pytest

from muoquark.inference.error_modes import by_theory_errors, theory_errors_sentence
from muoquark.inference.global_likelihood import GlobalLikelihood


def card(value):
    where = {"eft": "WET", "basis": "flavio", "scale": 4.8}
    return {**where, "coefficients": {"C9_bsmumu": value}}


@pytest.mark.parametrize("data", ["2026-06", "2026-11"])
def test_every_choice_is_what_the_likelihood_says_with_it(data):
    likelihood = GlobalLikelihood(data)
    source = card({"free": [-2.0, 0.0], "start": -1.0})
    function = likelihood.function(source)
    found = by_theory_errors(likelihood, *function.full(likelihood, [-1.0]))
    expected = {
        mode: 2 * GlobalLikelihood(data, theory_errors=mode)(card(-1.0)).total
        for mode in ("point", "relative", "sm")
    }
    assert found == pytest.approx(expected, abs=1e-9)
    assert found["sm"] - found["point"] > 0.3
    # the likelihood itself is as before
    assert likelihood.theory_errors == "sm"
    assert 2 * likelihood(card(-1.0)).total == pytest.approx(expected["sm"], abs=1e-12)
    apart = {**found, "point": found["sm"] - 1.5}
    assert f"{apart['point']:.1f}" in theory_errors_sentence(apart, "sm")
    assert theory_errors_sentence(apart, "point") == ""


def test_what_has_no_responses():
    likelihood = GlobalLikelihood("2021-07")
    function = likelihood.function(card({"free": [-2.0, 0.0], "start": -1.0}))
    found = by_theory_errors(likelihood, *function.full(likelihood, [-1.0]))
    assert set(found) == {"relative", "sm"}
    assert theory_errors_sentence(found, "sm") == ""
    only = GlobalLikelihood("2026-06", vcb="0.0391(5)")
    function = only.function(card({"free": [-2.0, 0.0], "start": -1.0}))
    assert set(by_theory_errors(only, *function.full(only, [-1.0]))) == {"point"}
