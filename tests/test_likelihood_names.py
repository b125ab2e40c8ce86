"""Observables by name: what a pattern fits, and what is said where it fits nothing."""

from __future__ import annotations

import pytest

from muoquark.common.errors import InputError
from muoquark.likelihood.names import MOST, SHORT, fitting, unknown
from muoquark.likelihood.predictions import Prediction, Predictions
from muoquark.likelihood.snapshots import load_snapshot

SNAPSHOT = load_snapshot("2026-06")
NAMES = [o.name for o in SNAPSHOT.observables]


def test_patterns_are_of_flavios_names():
    assert fitting("BR(Bs->mumu)", NAMES) == {"BR(Bs->mumu)"}
    assert fitting("<FL>(B0->K[*]mumu)", NAMES) == set()  # brackets are themselves
    found = fitting("BR(tau->m*", NAMES)
    assert "BR(tau->mumumu)" in found
    assert all(name.startswith("BR(tau->m") for name in found)
    assert fitting("s->mumu", NAMES) == set()
    assert "BR(Bs->mumu)" in fitting("s->mumu", NAMES, parts=True)


def test_every_short_name_is_an_observable():
    for short, name in SHORT.items():
        assert name in NAMES
        if short != "RK*":
            assert fitting(short, NAMES) == {name}
    assert fitting("RK*", NAMES) == {"RKpi(P+->munu)"}  # a shell pattern first
    assert fitting("R(K*)", NAMES) == {SHORT["RK*"]}


@pytest.mark.parametrize("text", ["R(D*)", "R_D*", "RD*", "RDst"])
def test_brackets_and_underscores_do_not_matter(text):
    assert fitting(text, NAMES) == {"Rtaul(B->D*lnu)"}


def test_a_short_name_chooses_records():
    names = ("a_mu", "Rtaul(B->Dlnu)", "BR(Bs->mumu)")
    records = [Prediction(name, {}, 1.0, 1.0, 1.0, 1.0, "quarks") for name in names]
    found = Predictions(records)
    assert list(found.select("RD")) == [records[1]]
    assert list(found.select("g-2")) == [records[0]]
    assert list(found.select("mu")) == [records[0], records[2]]
    with pytest.raises(InputError, match="no observable fits 'RX'"):
        found.select("RX")


@pytest.mark.parametrize(
    ("pattern", "near"),
    [
        ("BR(Bs->mumumu)", "BR(Bs->mumu)"),
        ("RDs", "Rtaul(B->Dlnu)"),
        ("rtaul", "Rtaul(B->Dlnu)"),
        ("deltaM_s", "DeltaM_s"),
    ],
)
def test_a_refusal_names_what_is_near_and_no_more(pattern, near):
    text = str(unknown(pattern, NAMES))
    assert near in text
    assert sum(name in text for name in set(NAMES)) <= MOST + 5  # some are parts of others
    assert len(text) < 300


def test_where_nothing_is_near_the_list_has_a_place():
    assert str(unknown("#!", NAMES)) == ("no observable fits '#!': 'muoquark predict' lists them")
