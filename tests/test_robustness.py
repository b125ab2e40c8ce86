"""Order-one coefficients: draws, the batched fit of the leading couplings, the verdict's rules."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.goodness.residuals import Residuals
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.ansatz import spurion
from muoquark.model.card_file import parse_card, read_card
from muoquark.paper.families import PATTERNS, Families
from muoquark.paper.robustness.constraints import Constraints, FamilyExcess
from muoquark.paper.robustness.draws import draw
from muoquark.paper.robustness.leading import fit_leading
from muoquark.paper.robustness.robustness import robustness
from muoquark.paper.robustness.varied import entries
from muoquark.paper.robustness.verdict import CLAIM, verdict


@cache
def likelihood():
    return Likelihood("2021-07")


def test_draws():
    c = draw(4000, 3)
    assert np.array_equal(c, draw(4000, 3))
    assert not np.array_equal(c, draw(4000, 4))
    assert np.abs(c).min() > 1 / 3
    assert np.abs(c).max() < 3
    assert np.abs(np.log(np.abs(c)).mean(axis=0)).max() < 0.05
    assert np.abs((c / np.abs(c)).mean(axis=0)).max() < 0.05
    u = draw(10, 3, "U2")
    assert np.array_equal(u[:, 0], u[:, 1])
    with pytest.raises(InputError, match="unknown space 'SU3'"):
        draw(10, 1, "SU3")
    with pytest.raises(InputError, match="is empty"):
        draw(10, 1, low=2, high=1)


def test_entries_are_the_ansatz():
    c = draw(1, 7)[0]
    theta = np.concatenate([[0.4, 0.02], np.stack([c.real, c.imag], axis=1).ravel()])
    card = read_card("robustness")
    values = dict(zip([p.name for p in card.free], entries(theta, np), strict=True))
    point = card.point(values)
    y = np.sqrt(0.02)
    assert np.allclose(point.eta3L[:, 1], 0.4 * spurion("eta3L", (c[0], c[1])), atol=0)
    assert np.allclose(point.eta1L[:, 1], y * spurion("eta1L", (c[2], c[3])), atol=0)
    assert np.allclose(point.eta1R[:, 1], [0, 0, y], atol=0)


def test_complex_free_parameters_of_a_card():
    text = "couplings:\n  eta3L: {ansatz: U2, value: 1, light: [{Re: {free: [-1, 1], name: a}, Im: {free: [-2, 2], name: b}}, 1]}\n"  # noqa: E501
    card = parse_card(text)
    assert [p.name for p in card.free] == ["a", "b"]
    assert parse_card(card.to_yaml()) == card
    column = card.point({"a": 0.5, "b": -0.25}).eta3L[:, 1]
    assert np.allclose(column, spurion("eta3L", (0.5 - 0.25j, 1)), atol=0)
    with pytest.raises(InputError, match="Im"):
        parse_card("couplings: {eta3L: {ansatz: U2, value: {Re: 1}}}\n")


def test_batched_fit_of_known_minima():
    rng = np.random.default_rng(0)
    c = rng.uniform(0.3, 0.9, (40, 1))

    def chi2(leading, c):
        x, p = leading.T
        return 30 * (x**2 - c[:, 0] ** 2) ** 2 + ((p - 0.01 - 0.01 * x) / 0.004) ** 2

    found = fit_leading(chi2, c)
    assert np.allclose(found.leading[:, 0], c[:, 0], atol=1e-3)
    assert np.allclose(found.leading[:, 1], 0.01 + 0.01 * c[:, 0], atol=1e-5)
    assert found.chi2.max() < 1e-4


def test_families_are_a_partition():
    families = Families(Residuals(likelihood().data))
    assert set(families.targets) == {"R_K(*)", "Bs->mumu", "b->smumu", "(g-2)_mu"}
    assert set(PATTERNS) & set(families.names) >= {"eps_K", "b->dmumu", "K->pinunu", "b->snunu"}
    members = [o for b in likelihood().data.blocks.values() for o in b]
    assert sorted(families.of) == sorted(members)


def test_too_few_draws():
    with pytest.raises(InputError, match="too few"):
        robustness(likelihood(), 3, 1)


@pytest.mark.slow
def test_robustness_against_the_fit_and_repeatable():
    published = Likelihood("2021-07.0")  # whose numbers these are
    found, again = (robustness(published, 12, 5) for _ in range(2))
    # No map of all coefficients was made: that of the card does, and the SM needs none.
    assert all(inputs is not None for _, inputs in published._forwards)
    for name in ("coefficients", "leading", "delta_chi2"):
        assert np.array_equal(
            getattr(found.all_data.draws, name), getattr(again.all_data.draws, name)
        )
    assert found.verdict == again.verdict
    # Unit coefficients are the paper's plane, which `muoquark fit` fits by other means.
    reference = found.all_data.reference
    assert reference["preferred"].delta_chi2 == pytest.approx(59.08, abs=0.02)
    assert reference["preferred"].eta3L_3 == pytest.approx(0.403, abs=0.002)
    assert reference["caption"].delta_chi2 < 25
    # The short cut leaves out the fits to all data, and nothing of the verdict.
    short = robustness(published, 12, 5, verdict_only=True)
    assert short.verdict == found.verdict
    assert short.anomalies == found.anomalies
    assert short.all_data is None


@pytest.mark.parametrize(
    ("explains", "free", "word"),
    [(0.5, 0.99, "reproduced"), (0.5, 0.8, "reproduced with a stated change"),
     (0.5, 0.5, "not reproduced"), (0.01, 1.0, "not reproduced")],
)  # fmt: skip
def test_the_verdict_is_chosen_from_the_numbers(explains, free, word):
    family = FamilyExcess(target=False, strong=1 - free, median=0.0, p95=0.0, largest=0.0)
    found = verdict(explains, Constraints(free, {"K->mumu": family}), 100)
    assert found.word == word
    assert ("K->mumu" in found.why) == (free < 1)
    assert found.record() == {
        "claim": CLAIM, "verdict": word, "why": found.why, "explains": explains,
        "no_strong_constraint": free, "no_strong_constraint_error": found.error,
        "strong_families": {"K->mumu": 1 - free} if free < 1 else {},
    }  # fmt: skip
