"""Dipole scales of eq. (1): hand numbers, the paper's, both chirality conventions."""

from __future__ import annotations

from math import pi, sqrt

import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.theory.dipoles import PAIRS, DipoleScale, branching_ratio, delta_a, dipoles, scale


def test_paper_numbers_and_verdicts():
    rows = {r.pair: r for r in dipoles(2021)}
    assert rows["mumu"].scale == pytest.approx(13.6, abs=0.05)
    assert rows["mutau"].scale == pytest.approx(27, abs=0.5)
    assert rows["emu"].scale == close(3.0e3, rel=0.03)
    assert rows["mumu"].verdict == "agrees"
    assert rows["mutau"].verdict.startswith("agrees within")
    assert rows["emu"].verdict.startswith("differs")
    assert rows["emu"].paper / rows["emu"].scale == close(10, rel=0.05)


def test_against_the_textbook_rate_of_mu_to_e_gamma():
    """BR = 48 pi^3 alpha (|A_L|^2 + |A_R|^2)/G_F^2, L = -m_mu A e mubar sigma e F... (Kuno-Okada).

    With (4 G_F/sqrt2) m_mu A_R mubar sigma P_L e F the rate is BR = 384 pi^2 |A|^2
    (hep-ph/9909265), so that C = (4 G_F/sqrt2) m_mu A.
    """
    gf, m_mu = 1.1663787e-5, 0.1056583755
    big = 2.5e6
    c = sqrt(4 * pi / 137.035999) * 174.1 / (16 * pi**2 * big**2)
    a = c / (4 * gf / sqrt(2) * m_mu)
    assert branching_ratio("emu", big) == close(384 * pi**2 * a**2, rel=5e-3)
    assert branching_ratio("emu", big, 2) == close(2 * 384 * pi**2 * a**2, rel=5e-3)


def test_scale_inverts_rate_for_every_pair():
    for pair in PAIRS:
        if pair in ("ee", "mumu", "tautau"):
            lepton = {"ee": "e", "mumu": "mu", "tautau": "tau"}[pair]
            assert scale(pair, delta_a(lepton, 5e3)) == close(5e3)
        else:
            for n in (1, 2):
                assert scale(pair, branching_ratio(pair, 5e4, n), n) == close(5e4)
            both = scale(pair, 1e-9, 2) / scale(pair, 1e-9)
            assert both == close(2**0.25)


def test_today_muon_is_compatible_with_zero():
    row = dipoles(2026, "mumu")[0]
    assert row.interval[1] is None
    assert row.scale > 30
    assert dipoles(2026, "emu")[0].scale == close(
        dipoles(2021, "emu")[0].scale * (4.2 / 1.5) ** 0.25
    )


def test_records_of_a_measurement_and_of_a_limit():
    """What `--json` prints and the claims' commands read."""
    first = ["pair", "year", "observable", "source", "note", "kind", "input"]
    (measured,), (limit,) = dipoles(2021, "mumu"), dipoles(2021, "emu")
    assert list(measured.record()) == [
        *first, "error", "scale_TeV", "scale_range_TeV", "paper_TeV", "verdict",
    ]  # fmt: skip
    assert list(limit.record()) == [
        *first, "confidence", "scale_TeV", "scale_both_chiralities_TeV", "paper_TeV", "verdict",
    ]  # fmt: skip
    assert measured.record()["kind"] == "preferred"
    assert limit.record()["input"] == 4.2e-13
    assert "paper_TeV" not in dipoles(2026, "emu")[0].record()


def test_both_chiralities_are_told_where_there_are_two():
    """A decay has a left- and a right-handed photon dipole, Delta a the real part of one."""
    for row in map(DipoleScale.record, dipoles()):
        if row["pair"] in ("ee", "mumu", "tautau"):
            assert "scale_both_chiralities_TeV" not in row
        else:
            assert row["scale_both_chiralities_TeV"] == close(2**0.25 * row["scale_TeV"])


@pytest.mark.parametrize(
    "call",
    [
        lambda: scale("mue", 1.0),
        lambda: scale("emu", -1.0),
        lambda: branching_ratio("mumu", 1.0),
        lambda: branching_ratio("emu", 1.0, 3),
        lambda: dipoles(2020),
        lambda: dipoles(2021, "muu"),
        lambda: delta_a("mu", 0.0),
    ],
)
def test_bad_input(call):
    with pytest.raises(InputError):
        call()
