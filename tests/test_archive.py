"""Which measurements take part: at a day, by default, or when others are asked for."""

from __future__ import annotations

import pytest

from muoquark.common.errors import InputError
from muoquark.likelihood.archive import (
    Archive,
    ArchiveEntry,
    MeasurementSet,
    TheoryInput,
    check_month,
    date_of,
    known,
)

ARCHIVE = Archive(
    {
        "old": ArchiveEntry("2012"),
        "A 2022": ArchiveEntry("2022-03-04", ("old",), "single"),
        "B 2024": ArchiveEntry("2024-06", (), "single"),
        "average 2025": ArchiveEntry("2025-05-01", ("old", "A 2022", "B 2024"), "average"),
        "massless": ArchiveEntry("2025-12", (), "massless"),
        "massive": ArchiveEntry("2025-12", (), "massive"),
        "dream": ArchiveEntry("2021-02", (), "projection"),
    },
    {
        "single": MeasurementSet("history", ("average",)),
        "average": MeasurementSet("default"),
        "massive": MeasurementSet("default"),
        "massless": MeasurementSet("option", ("massive",)),
        "projection": MeasurementSet("option"),
    },
    (
        TheoryInput("a_mu", "2020-06-08", 10.0, 1.0, "old"),
        TheoryInput("a_mu", "2025-05-27", 11.0, 2.0, "new"),
    ),
)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (None, {"average 2025", "massive"}),
        ("2026-11", {"average 2025", "massive"}),
        ("2025-11", {"average 2025"}),
        ("2025-04", {"A 2022", "B 2024"}),
        ("2024-05", {"A 2022"}),
        ("2022-03", {"A 2022"}),
        ("2022-02", {"old"}),
        ("2012-12", {"old"}),
        ("2012-11", set()),  # of a year alone its end is meant
    ],
)
def test_what_is_superseded_leaves_when_its_successor_is_known(until, expected):
    assert ARCHIVE.members(until) == expected


def test_what_is_asked_for_takes_the_place_of_what_it_excludes():
    assert ARCHIVE.members(chosen=("single",)) == {"A 2022", "B 2024", "massive"}
    assert ARCHIVE.members(chosen=("massless",)) == {"average 2025", "massless"}
    assert ARCHIVE.members(chosen=("projection",)) == {"average 2025", "massive", "dream"}
    # What is in by default may be named.
    assert ARCHIVE.members(chosen=("average",)) == ARCHIVE.members()


@pytest.mark.parametrize(
    ("chosen", "until", "words"),
    [
        (("single", "average"), None, "'single' and 'average' rest on the same events"),
        (("average", "single"), None, "'average' and 'single' rest on the same events"),
        (("massles",), None, "there are no measurements 'massles'"),
        (("massless",), "2025-11", "'massless' is of 2025-12, after 2025-11"),
        ((), "2025-13", "is no month"),
        ((), "2025", "is no month"),
    ],
)
def test_a_wrong_choice_is_one_sentence(chosen, until, words):
    with pytest.raises(InputError) as caught:
        ARCHIVE.members(until, chosen)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_sm_value_is_the_newest_that_was_known():
    def values(until):
        return [one.value for one in ARCHIVE.inputs(until)]

    assert values(None) == values("2025-05") == [11.0]
    assert values("2025-04") == values("2020-06") == [10.0]
    assert values("2019-01") == [10.0]  # nothing older is held


def test_an_archive_survives_its_text_form():
    assert Archive.of(ARCHIVE.record()) == ARCHIVE


def test_what_stands_for_a_measurement_that_does_not_take_part():
    absent = ARCHIVE.absent(ARCHIVE.members())
    assert absent["A 2022"] == "average 2025"
    assert absent["massless"] == ""  # other treatment, not superseded
    assert ARCHIVE.absent(ARCHIVE.members(chosen=("massless",)))["massive"] == "massless"


def test_dates_come_from_what_is_written():
    assert date_of("x", {"date": "2024-01-02", "url": "arXiv:1903.09252"}) == "2024-01-02"
    assert date_of("x", {"url": "https://arxiv.org/abs/1903.09252"}) == "2019-03"
    assert date_of("x 2013", {"inspire": "Aaij:2015oid"}) == "2015"
    assert date_of("HFAG UT summer 2015", {}) == "2015"
    assert date_of("nothing", {}) == ""
    assert known("", "1990-01")


def test_months_are_checked():
    assert check_month("2024-01") == "2024-01"
    for text in ("2024-1", "24-01", "2024-00", "2024-01-01", ""):
        with pytest.raises(InputError):
            check_month(text)
