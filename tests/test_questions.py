"""The public face: one call for each question, and results that print."""

from __future__ import annotations

import numpy as np
import pytest

import muoquark
from muoquark.inference.global_likelihood import GlobalLikelihood, asked
from muoquark.likelihood.likelihood import Likelihood
from muoquark.running.evolution import LowSector, Output

CARD = {
    "eft": "WET",
    "basis": "flavio",
    "scale": 4.8,
    "coefficients": {"C9_bsmumu": {"free": [-2, 1]}, "C10_bsmumu": {"free": [-1, 2]}},
}
POINT = {"C9_bsmumu": -0.7, "C10_bsmumu": 0.3}


@pytest.fixture(scope="module")
def likelihood():
    return muoquark.Likelihood("2021-07")


# The same as a file, which processes that share work can read.
TOY = """
import muoquark
from muoquark.running.evolution import LowSector, Output


def part():
    sector = LowSector("WET", "flavio", "sb", 4.8)
    pdfs = {muoquark.Observable("first"): muoquark.pdfs.Normal(-0.6, 0.2)}
    target = Output(sector, "C9_bsmumu:Re")
    data = muoquark.measured("toy", {"mine": pdfs})
    return muoquark.FunctionPart("toy", data, (target,), lambda low, xp: low)
"""


def toy():
    """Two invented observables of C9 and C10: what is compiled in a second."""
    sector = LowSector("WET", "flavio", "sb", 4.8)
    first, second = muoquark.Observable("first"), muoquark.Observable("second")
    pdfs = {first: muoquark.pdfs.Normal(-0.6, 0.2), second: muoquark.pdfs.Normal(0.5, 0.3)}
    return muoquark.FunctionPart(
        "toy",
        muoquark.measured("toy", {"mine": pdfs}),
        (Output(sector, "C9_bsmumu:Re"), Output(sector, "C10_bsmumu:Re")),
        lambda low, xp: low + 0.2 * low[..., ::-1] ** 2,
    )


@pytest.fixture(scope="module")
def small():
    return muoquark.Likelihood(toy())


@pytest.fixture(scope="module")
def function(small):
    return small.function(CARD)


def test_a_likelihood_takes_everything(likelihood, tmp_path):
    card = muoquark.read_card("paper")
    expected = likelihood("paper").total
    path = tmp_path / "card.yaml"
    path.write_text(card.to_yaml())
    coefficients = muoquark.match(card.point())
    wcxf = tmp_path / "point.json"
    wcxf.write_text(coefficients.to_json())
    for source in (card, card.point(), path, str(path), coefficients, wcxf):
        assert likelihood(source).total == pytest.approx(expected, rel=1e-12, abs=0.0)
    with pytest.raises(muoquark.InputError, match="expected a card"):
        likelihood(7)
    bare = Likelihood("2021-07")
    assert asked(bare).blocks == bare.blocks
    assert asked(likelihood) is likelihood
    assert isinstance(asked("2021-07"), GlobalLikelihood)


def test_a_function_of_the_parameters(small, function):
    theta = np.array(list(POINT.values()))
    card = muoquark.read(CARD)
    expected = small(card.point(POINT)).total
    assert function(theta) == pytest.approx(expected, abs=1e-6)
    assert function(POINT) == function(dict(reversed(POINT.items()))) == function(theta)
    assert function([theta, 0 * theta]).shape == (2,)
    value, gradient = function.with_gradient(POINT)
    assert value == pytest.approx(function(POINT), abs=1e-6)
    step = 1e-4
    for k in range(2):
        e = step * np.eye(2)[k]
        slope = (function(theta + e) - function(theta - e)) / (2 * step)
        assert gradient[k] == pytest.approx(slope, abs=1e-3)
        assert abs(slope) > 0.1
    values, gradients = function.with_gradient([theta, theta])
    assert values == pytest.approx([value, value], abs=1e-6)
    assert gradients == pytest.approx(np.array([gradient, gradient]), abs=1e-6)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"C9_bsmumu": 1.0}, "a value is missing for C10_bsmumu"),
        ({**POINT, "C9_bsmuu": 1.0}, "no parameter 'C9_bsmuu': did you mean 'C9_bsmumu'"),
        ([1.0], "expected 2 values for C9_bsmumu, C10_bsmumu, found an array of shape"),
        (1.0, "expected 2 values"),
        (["a", "b"], "expected numbers for C9_bsmumu, C10_bsmumu, found"),
        (np.zeros((2, 2, 2)), "expected 2 values"),
    ],
)
def test_wrong_points(function, point, message):
    with pytest.raises(muoquark.InputError) as caught:
        function(point)
    assert message in str(caught.value)


def test_a_fit_and_its_figure(function):
    best = muoquark.best_fit(function)
    result = muoquark.fit(function, points=40)
    assert result.best.values == best.values
    assert best.delta_chi2 == pytest.approx(2 * function(best.values), abs=1e-6)
    assert list(best.to_dataframe().index) == list(POINT)
    assert list(result.to_dataframe().columns) == ["best", "1 sigma", "2 sigma"]
    for one in (best, result):
        assert "Delta chi2" in repr(one)
        assert "C10_bsmumu" in repr(one)
        assert "<table" in one._repr_html_()
    figure = muoquark.figure(result, CARD, "a title")
    assert figure._repr_png_()[:4] == b"\x89PNG"
    (axes, *_) = figure.axes
    assert axes.get_xlabel() == r"$C_{9}^{bs\mu \mu }$"
    assert axes.get_title() == "a title" or figure._suptitle is not None
    with pytest.raises(muoquark.InputError, match="there is no figure of a BestFit"):
        muoquark.figure(best)


def test_predictions_have_names(likelihood):
    found = likelihood.predict(muoquark.read(CARD).point(POINT))
    one = found["<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]"]
    assert one.name == "<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]"
    assert found[3] is found.found[3]
    assert len(found[2:5]) == 3
    table = found.to_dataframe()
    assert table.loc[one.name, "value"] == one.value
    assert len(table) == len(found) > 400
    assert "observables, in powers of GeV" in repr(found)
    with pytest.raises(muoquark.InputError, match="observables, for example"):
        found["<P5p>(B0->K*mumu)"]
    with pytest.raises(muoquark.InputError, match="no observable fits 'P55'"):
        found["P55"]
    assert {o.observable for o in found.select("RK")} == {"<Rmue>(B+->Kll)"}


def test_other_results_print(likelihood, small):
    result = likelihood(muoquark.read(CARD).point(POINT))
    assert result.to_dataframe().loc["quarks", "ln L - ln L_SM"] == result.blocks["quarks"]
    good = muoquark.goodness(muoquark.read(CARD).point(POINT), likelihood)
    table = good.to_dataframe()
    assert table.loc["quarks", ("point", "p")] == good.here["quarks"].p_value
    # ... also in the order of version 0.1.
    again = muoquark.goodness(likelihood, muoquark.read(CARD).point(POINT))
    assert repr(again.here) == repr(good.here)


def test_scans(tmp_path):
    """A scan needs a part that a worker finds by its name: a file."""
    (tmp_path / "toy.py").write_text(TOY)
    found = muoquark.scan(CARD, str(tmp_path / "toy.py"), grid=[3, 2])
    assert found.to_dataframe().shape == (6, 4)
    assert "6 points, largest ln L - ln L_SM" in repr(found)
    assert found.to_xarray()["loglike"].shape == (3, 2)


def test_profiles(tmp_path):
    (tmp_path / "toy.py").write_text(TOY)
    likelihood = muoquark.Likelihood(str(tmp_path / "toy.py"))
    card = {**CARD, "coefficients": {"C9_bsmumu": {"free": [-2, 1]}, "C10_bsmumu": 0.3}}
    found = muoquark.profile(card, likelihood, points=11)
    (interval, *_) = [i for i in found.ones[0].intervals if i.level == 1.0]
    function = likelihood.function(card)
    best = function([found.best.values["C9_bsmumu"]])
    assert 2 * (best - function([interval.low])) == pytest.approx(1.0, abs=0.05)
    assert list(found.to_dataframe().index.unique()) == ["C9_bsmumu"]
    assert muoquark.figure(found, card)._repr_png_()[:4] == b"\x89PNG"
    with pytest.raises(muoquark.InputError, match="no free parameter 'C10_bsmumu'"):
        muoquark.profile(card, likelihood, parameters=["C10_bsmumu"])


def test_only_ours_is_listed():
    assert set(dir(muoquark)) == {*muoquark.__all__, "theory", "pdfs"}
