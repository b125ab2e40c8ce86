"""The main job: the paper's plane, and any other card."""

from __future__ import annotations

import json

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.inference.fit import objective_of
from muoquark.inference.objective import Parameter
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.card_file import builtin_card, parse_card
from muoquark.paper.plane import PRODUCT
from toy_objective import ToyObjective


def test_fit_of_the_plane_with_the_data_of_2026(muoquark, tmp_path):
    """A study with smelli found eta3L_3 = 0.33, product 0.002, Delta chi2 about 28."""
    outcome = muoquark("fit", "--data", "2026-06", "--out", tmp_path, "--points", "40", "--json")
    assert outcome.code == 0, outcome.err
    result = json.loads(outcome.out)
    assert set(result) >= {"best_fit", "delta_chi2", "sm", "bands", "contours", "inputs"}
    assert result["best_fit"]["eta3L_3"] == pytest.approx(0.33, abs=0.015)
    assert result["best_fit"][PRODUCT] == pytest.approx(0.002, abs=0.001)
    assert result["delta_chi2"] == pytest.approx(28, abs=1.5)
    assert result["minimisers_agree_to"] < 1e-3
    assert result["status"] == []
    assert set(result["bands"]) == {"R_K(*)", "Bs->mumu", "b->smumu", "(g-2)_mu"}
    ((low, high),) = result["profiles"]["eta3L_3"]["interval_1sigma"]
    assert low < result["best_fit"]["eta3L_3"] < high
    assert high - low == close(2 * result["errors"]["eta3L_3"], rel=0.2)
    assert sum(result["blocks"].values()) == pytest.approx(result["delta_chi2"] / 2, abs=1e-6)
    assert json.loads((tmp_path / "fit.json").read_text()) == result
    assert (tmp_path / "fit.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
    again = muoquark("fit", "--out", tmp_path)
    assert again.code == 2
    assert "exists already and is left as it is" in again.err
    assert json.loads((tmp_path / "fit.json").read_text()) == result


def test_sm_in_the_plane():
    """(0, 0) is the Standard Model in the paper's plane; not where a coupling is fixed."""

    from muoquark.inference.fit import sm_in_plane

    likelihood = Likelihood("2021-07")
    fixed = (
        "couplings: {eta3L: [0, {free: [-0.1, 0.1]}, {free: [0, 1]}], eta1L: [0, 0, 0.1], "
        "eta1R: [0, 0, 0.1]}"
    )
    for card, there in ((builtin_card("plane"), True), (parse_card(fixed), False)):
        objective = objective_of(likelihood, card)
        assert sm_in_plane(objective) == there


def test_output_folder_that_cannot_be_written(muoquark, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = muoquark("fit", "--out", tmp_path / "file")
    assert outcome.code == 2
    assert "is a file, a folder is needed" in outcome.err


def test_a_card_needs_a_free_parameter():
    card = parse_card("couplings: {eta3L: {ansatz: U2, value: 0.4}}\n")
    with pytest.raises(InputError, match="no free parameter, one or more are needed"):
        objective_of(Likelihood("2026-06"), card)


@pytest.mark.slow
def test_bands_of_a_card_with_taus(muoquark, tmp_path):
    """S1 for R(D(*)), S3 for b -> s mu mu: each group along its own coupling, no (g-2)_mu."""
    card = tmp_path / "card.yaml"
    card.write_text(
        "model: generic\nmasses: {S1: 2000, S3: 2000}\ncouplings:\n"
        "  eta1L: [[0, 0, 0], [0, 0, 0], [0, 0, 0.6]]\n"
        "  eta1R: [[0, 0, 0], [0, 0, {free: [-2, 1], name: c_tau}], [0, 0, 0]]\n"
        "  eta3L: [[0, 0, 0], [0, 0.015, 0], [0, {free: [0, 0.6], name: b_mu}, 0]]\n"
    )
    outcome = muoquark("fit", card, "--points", "40", "--out", tmp_path / "out", "--json")
    result = json.loads(outcome.out)
    assert {name: band["parameter"] for name, band in result["bands"].items()} == {
        "R_K(*)": "b_mu", "Bs->mumu": "b_mu", "b->smumu": "b_mu", "R(D(*))": "c_tau",
    }  # fmt: skip
    assert result["variation"]["(g-2)_mu"] < 1
    # What the whole likelihood says of c_tau is what R(D(*)) says, and a little more.
    ((low, high),) = result["bands"]["R(D(*))"]["interval_1sigma"]
    ((_, whole),) = result["profiles"]["c_tau"]["interval_1sigma"]
    assert low == -2
    assert high == pytest.approx(whole, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["fit", "profile"])
def test_one_free_parameter(muoquark, tmp_path, verb):
    """A one-dimensional scan, its interval against a direct search, and a figure."""
    from scipy.optimize import brentq, minimize_scalar

    text = (
        "model: generic\nmasses: {S1: 2000}\ncouplings:\n"
        "  eta1L: [[0, 0, 0], [0, 0, 0], [0, 0, 0.5]]\n"
        "  eta1R: [[0, 0, 0], [0, 0, {free: [-3.5, 0.5], name: x}], [0, 0, 0]]\n"
    )
    card = tmp_path / "card.yaml"
    card.write_text(text)
    outcome = muoquark(verb, card, "--out", tmp_path / "out", "--json")
    assert outcome.code == 0, outcome.err
    result = json.loads(outcome.out)
    assert (tmp_path / "out" / f"{verb}.png").read_bytes().startswith(b"\x89PNG")
    objective = objective_of(Likelihood("2026-06"), parse_card(text))

    def chi2(x):
        return -2 * float(objective.total(np.array([[x]]))[0])

    least = minimize_scalar(chi2, bounds=(-3.5, 0.5), method="bounded", options={"xatol": 1e-6})
    ends = [brentq(lambda x: chi2(x) - least.fun - 1, least.x, x) for x in (-3.4, 0.4)]
    one = result["profiles"]["x"]
    if verb == "fit":
        (found,) = one["interval_1sigma"]
        assert result["bands"]["R(D(*))"]["parameter"] == "x"
    else:
        found = [one["intervals"][0][end] for end in ("low", "high")]
    assert found == pytest.approx(sorted(ends), abs=1e-3)
    assert result["best_fit"]["x"] == pytest.approx(least.x, abs=1e-3)


@pytest.mark.slow
def test_fit_of_a_card_with_masses(muoquark, tmp_path):
    """Free masses (no polynomial) and an order-one coefficient of the ansatz."""
    card = tmp_path / "card.yaml"
    card.write_text(
        "mu_M: 3000\nmasses: {S3: {free: [2000, 5000]}}\ncouplings:\n"
        "  eta3L: {ansatz: U2, value: {free: [0.1, 0.8]}, light: [-1, {free: [-2, 0], name: c}]}\n"
    )
    result = json.loads(muoquark("fit", card, "--out", tmp_path / "out", "--json").out)
    assert set(result["best_fit"]) == {"S3", "eta3L", "c"}
    # The extra coefficient can only improve on the plane's fit without S1.
    assert result["delta_chi2"] > 27


def test_differences():
    parameters = (Parameter("a", 0, 2, 1), Parameter("b", -1, 1, 0))

    def parts(points):
        a, b = points.T
        return np.stack([np.sin(a), a * b**2, 100 + a], axis=1)

    objective = ToyObjective(parameters, ("one", "two", "group"), ("one", "two"), parts)
    value, gradient = objective.gradient(np.array([0.7, 0.3]))
    assert value == close(np.sin(0.7) + 0.7 * 0.09)
    assert gradient == close([np.cos(0.7) + 0.09, 2 * 0.7 * 0.3], rel=1e-8)
