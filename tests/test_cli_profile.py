"""``muoquark profile``: numbers against a direct minimisation, bad input, the same bits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.model.card_file import read_card
from toy_target import COVARIANCE, Toy

CARD = """
couplings:
  eta3L: [0, {free: [-0.05, 0.05], name: s}, {free: [0.1, 0.8], name: b}]
  eta1L: [0, 0, 0.1]
  eta1R: [0, 0, {free: [-0.2, 0.3], name: r}]
"""


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "card.yaml"
    path.write_text(CARD)
    return path


def test_faults(muoquark, tmp_path, card):
    fixed = tmp_path / "fixed.yaml"
    fixed.write_text("couplings: {eta1L: [0, 0, 0.1]}\n")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "profile.json").write_text("{}")
    (tmp_path / "file").write_text("")
    for arguments, message in (
        ([card, "--parameter", "t"], "no free parameter 't': Allowed: s, b, r"),
        ([card, "--pair", "s", "q"], "no free parameter 'q'"),
        ([card, "--pair", "s", "s"], "the two parameters of a pair must differ, both are 's'"),
        ([fixed], "the card has no free parameter, one or more are needed"),
        ([tmp_path / "none.yaml"], "none.yaml: no such file"),
        ([card, "--data", "2031-01"], "2031-01"),
        ([card, "--out", tmp_path / "there"], "exists already and is left as it is"),
        ([card, "--out", tmp_path / "file"], "is a file, a folder is needed"),
        ([card, "--resume"], "--resume continues the run of an --out, which is missing"),
        ([card, "--points", "2"], "--points"),
    ):
        outcome = muoquark("profile", *arguments)
        assert outcome.code == 2, message
        assert message in outcome.err
        assert outcome.out == ""
    assert (tmp_path / "there" / "profile.json").read_text() == "{}"


def test_gaussian_is_exact(muoquark, tmp_path, monkeypatch, card):
    """The command from beginning to end with a Gaussian likelihood in the card's place."""
    monkeypatch.setattr("muoquark.inference.target.Recipe.of", lambda *arguments: Toy())
    arguments = ["profile", card, "--pair", "b", "a", "--parameter", "a", "--points", "21"]
    outcome = muoquark(*arguments, "--out", tmp_path, "--json")
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    assert document == json.loads((tmp_path / "profile.json").read_text())
    for name in ("profile", "pair"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert not (tmp_path / "profile.json.partial").exists()
    assert {n: document["inputs"][n] for n in ("verb", "parameters", "pair", "points")} == {
        "verb": "profile", "parameters": ["a"], "pair": ["b", "a"], "points": 21,
    }  # fmt: skip
    assert document["best_fit"] == pytest.approx({"a": 0.5, "b": 1.0}, abs=1e-4)
    assert document["delta_chi2"] == pytest.approx(0, abs=1e-6)
    one = document["profiles"]["a"]
    x = np.array(one["x"])
    # where the other parameter does not reach the edge of its range
    free = (x > 0.5 - 0.98 * 0.04 / 0.03) & (x < 0.5 + 3.9 * 0.04 / 0.03)
    assert free.sum() > 8
    expected = (x - 0.5) ** 2 / COVARIANCE[0, 0]
    assert np.array(one["delta_chi2"])[free] == pytest.approx(expected[free], abs=1e-5)
    for k, interval in zip((1, 2), one["intervals"], strict=True):
        assert interval["level"] == k**2
        assert interval["low"] == pytest.approx(0.5 - 0.2 * k, abs=2e-4)
        assert interval["high"] == pytest.approx(0.5 + 0.2 * k, abs=2e-4)
    pair = document["pair"]
    grid = np.stack(np.meshgrid(pair["x"], pair["y"]), axis=-1) - [1.0, 0.5]
    inverse = np.linalg.inv(COVARIANCE)[::-1, ::-1]
    chi2 = np.einsum("yxi,ij,yxj->yx", grid, inverse, grid)
    assert np.allclose(pair["delta_chi2"], chi2, atol=1e-6)
    again = muoquark(*arguments)
    assert "best fit, Delta chi2 =" in again.out


@pytest.mark.slow
def test_plane(muoquark, tmp_path):
    """Every number of the paper's plane, where a profile is a minimisation over one parameter."""
    from scipy.optimize import minimize_scalar

    from muoquark.inference.fit import objective_of
    from muoquark.likelihood.likelihood import Likelihood

    outcome = muoquark(
        "profile", "--data", "2021-07", "--points", "7", "--parameter", "eta3L_3",
        "--pair", "eta3L_3", "eta1L_3*eta1R_3", "--out", tmp_path, "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    assert document == json.loads((tmp_path / "profile.json").read_text())
    for name in ("profile", "pair"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert not (tmp_path / "profile.json.partial").exists()
    assert document["inputs"]["verb"] == "profile"
    objective = objective_of(Likelihood("2021-07"), read_card("plane"))
    bounds = objective.bounds

    def chi2(x, y):
        return -2 * float(objective.total(np.array([[x, y]]))[0])

    def least(x):
        return minimize_scalar(lambda y: chi2(x, y), bounds=bounds[1], method="bounded",
                               options={"xatol": 1e-9}).fun  # fmt: skip

    one = document["profiles"]["eta3L_3"]
    lowest = min(least(x) for x in np.linspace(0.35, 0.45, 21))
    assert one["minimum"] <= lowest + 1e-6
    assert -one["minimum"] == pytest.approx(document["delta_chi2"], abs=1e-6)
    for x, delta in zip(one["x"], one["delta_chi2"], strict=True):
        assert delta == pytest.approx(least(x) - one["minimum"], abs=2e-5)
    assert [i["level"] for i in one["intervals"]] == [1.0, 4.0]
    for interval in one["intervals"]:
        for end in ("low", "high"):
            assert not interval[f"open_{end}"]
            excess = least(interval[end]) - one["minimum"]
            assert excess == pytest.approx(interval["level"], abs=2e-3)
    pair = document["pair"]
    grid = np.array([[chi2(x, y) for x in pair["x"]] for y in pair["y"]])
    assert np.allclose(pair["delta_chi2"], grid - pair["minimum"], atol=1e-6, rtol=1e-9)


@pytest.mark.slow
def test_card_with_three_parameters(muoquark, tmp_path, card):
    """A minimisation by another method, Nelder-Mead from several starts; the table in words."""
    from scipy.optimize import minimize

    from muoquark.inference.fit import objective_of
    from muoquark.likelihood.likelihood import Likelihood

    arguments = ["profile", card, "--points", "5", "--pair", "s", "r", "--parameter", "b"]
    outcome = muoquark(*arguments, "--out", tmp_path)
    assert outcome.code == 0, outcome.err
    assert "best fit, Delta chi2 =" in outcome.out
    assert "contours stand in the JSON of --out or --json" in outcome.out
    document = json.loads((tmp_path / "profile.json").read_text())
    objective = objective_of(Likelihood("2026-06"), read_card(card))
    low, high = np.array(objective.bounds).T

    def least(held):
        free = [k for k in range(3) if k not in held]

        def chi2(u):
            point = np.empty(3)
            point[free] = low[free] + (high - low)[free] * u
            for k, value in held.items():
                point[k] = value
            return -2 * float(objective.total(point[None])[0])

        starts = np.random.default_rng(0).uniform(size=(6, len(free)))
        options = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
        return min(
            minimize(
                chi2, u, method="Nelder-Mead", bounds=[(0, 1)] * len(free), options=options
            ).fun
            for u in starts
        )

    one = document["profiles"]["b"]
    for x, delta in zip(one["x"], one["delta_chi2"], strict=True):
        assert delta == pytest.approx(least({1: x}) - one["minimum"], abs=1e-3)
    pair = document["pair"]
    for i in (1, 2, 4):
        for j in (0, 2, 3):
            expected = least({0: pair["x"][i], 2: pair["y"][j]}) - pair["minimum"]
            assert pair["delta_chi2"][j][i] == pytest.approx(expected, abs=1e-3)


def test_contours_do_not_depend_on_the_grid():
    """Eleven points per axis of a wide range are enough: they are dense at the best fit."""
    from muoquark.inference.bestfit import best_fit
    from muoquark.inference.fit import contours
    from muoquark.inference.objective import Parameter
    from test_profile_many import profile_pair
    from toy_objective import ToyObjective

    inverse = np.linalg.inv([[4e-4, 1e-4], [1e-4, 9e-4]])
    mean = np.array([0.33, -0.1])

    def parts(points):
        d = np.atleast_2d(points) - mean
        return -0.5 * np.einsum("ni,ij,nj->n", d, inverse, d)[:, None]

    def gradient(x):
        return float(parts(x)[0, 0]), -inverse @ (x - mean)

    objective = ToyObjective(
        (Parameter("a", 0.0, 1.0, 0.5), Parameter("b", -1.0, 1.0, 0.0)), ("all",), ("all",), parts,
        gradient,
    )  # fmt: skip
    best = best_fit(objective, starts=2)
    for points in (11, 31):
        pair = profile_pair(objective, "a", "b", best, points=points)
        for level, (line,) in zip((2.2957, 6.1801), contours(pair.refined(), 0.0).values(),
                                  strict=True):  # fmt: skip
            d = np.array(line) - mean
            value = np.einsum("ni,ij,nj->n", d, inverse, d)
            assert np.allclose(value, level, rtol=0.1 if points == 11 else 0.02, atol=0), points


def test_contours_are_smooth_and_right():
    """On a coarse grid the splines give the ellipse of a Gaussian; corners are no longer seen."""
    from muoquark.inference.fit import contours
    from muoquark.inference.profile.grids import LEVELS
    from muoquark.inference.profile.pair import ProfilePair

    x, y = np.linspace(-8, 8, 31), np.linspace(-6, 6, 31)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    inverse = np.array([[1.2, -0.6], [-0.6, 1.1]])
    chi2 = np.einsum("yxi,ij,yxj->yx", grid, inverse, grid)
    pair = ProfilePair("a", "b", x, y, chi2, grid, -5.0, 0)
    found = contours(pair.refined(), 0.0)
    for level, lines in zip(LEVELS[2], found.values(), strict=True):
        (line,) = map(np.array, lines)
        assert len(line) > 60
        value = np.einsum("ni,ij,nj->n", line, inverse, line)
        assert np.allclose(value, level, rtol=0.02, atol=0)
    assert pair.refined().chi2["global"][::8, ::8] == pytest.approx(chi2, abs=1e-9)
