"""Units of flavio's numbers: known quantities come out in their usual units."""

from __future__ import annotations

import doctest

import pytest

from muoquark.likelihood import units
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.snapshots import load_snapshot
from muoquark.likelihood.units import arguments_text, unit

HBAR = 6.582119569e-25  # GeV s
BARN = 2568.19  # GeV^-2


def test_doctests():
    assert doctest.testmod(units).failed == 0


@pytest.mark.parametrize(
    ("name", "own", "factor", "expected"),
    [
        ("m_W", "GeV", 1, 80.4),
        ("GammaZ", "GeV", 1, 2.495),
        ("sigma_had", "GeV^-2", 1e9 / BARN, 41.5),  # nb
        ("DeltaM_s", "GeV", 1e-12 / HBAR, 17.8),  # 1/ps
        ("tau_mumu", "GeV^-1", HBAR * 1e12, 1.92),  # ps
        ("Ft(14O)", "GeV^-1", HBAR, 3072),  # s
        ("Gamma(pi+->munu)", "GeV", 2.6033e-8 / HBAR, 1.0),  # of the pion's width
        ("a_mu", "", 1, 1.166e-3),
        ("BR(KL->mumu)", "", 1, 6.84e-9),
    ],
)
def test_known_numbers(name, own, factor, expected):
    snapshot = load_snapshot("2026-06")
    k = snapshot.observables.index(Observable(name))
    assert unit(name) == Observable(name).unit == own
    assert snapshot.measured[k] * factor == pytest.approx(expected, rel=0.1, abs=0)


def test_bins():
    assert unit("<dBR/dq2>(Bs->phimumu)") == "GeV^-2"
    assert unit("<BR>(B->Xsmumu)") == ""
    assert arguments_text({"E": 182.66, "thetamin": -1, "thetamax": -0.8}) == (
        "E=182.66 GeV, thetamin=-1, thetamax=-0.8"
    )
    assert arguments_text({}) == ""
