"""The measured oscillation parameters: a sane table and its profiles."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.neutrino.oscillations import ORDERINGS, PARAMETERS, RELEASES, global_fit

FITS = [global_fit(ordering, release) for ordering in ORDERINGS for release in RELEASES]


@pytest.mark.parametrize("fit", FITS)
def test_intervals_are_nested(fit):
    for m in fit.parameters.values():
        assert m.low3 < m.best - m.minus < m.best < m.best + m.plus < m.high3
    assert (fit.parameters["dm3l"].best > 0) == (fit.ordering == "NO")
    assert fit.source
    assert (fit.delta_chi2 > 0) == (fit.ordering == "IO")


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_two_releases_agree_within_two_sigma(ordering):
    new, old = (global_fit(ordering, release) for release in RELEASES)
    for name in PARAMETERS:
        assert abs(old.parameters[name].pull(new.parameters[name].best)) < 2


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", PARAMETERS)
def test_pulls_meet_the_published_points(fit, name):
    m = fit.parameters[name]
    points = np.array([m.low3, m.best - m.minus, m.best, m.best + m.plus, m.high3])
    assert np.allclose(m.pull(points), [-3, -1, 0, 1, 3], atol=0)
    pulls = np.linspace(-5, 5, 41)
    assert np.allclose(m.pull(m.value(pulls)), pulls, atol=0)
    assert np.all(np.diff(m.value(pulls)) > 0)


def test_values_are_in_the_order_of_the_parameters():
    fit = global_fit("IO")
    assert {k: float(v) for k, v in fit.values(np.zeros(6)).items()} == fit.best()
    pulls = np.zeros((2, 6))
    pulls[1, PARAMETERS.index("s23sq")] = 3
    assert np.allclose(fit.values(pulls)["s23sq"], [0.550, 0.584], atol=0)


@pytest.mark.parametrize(
    ("arguments", "message"), [(("XO",), "mass ordering 'XO'"), (("NO", "NuFIT-5"), "global fit")]
)
def test_unknown_names(arguments, message):
    with pytest.raises(InputError, match=message):
        global_fit(*arguments)
