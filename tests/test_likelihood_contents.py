"""What the snapshots hold and what changed between them."""

import json

import pytest

from muoquark.likelihood.contents import compare, describe, year_of
from muoquark.likelihood.parts import open_part
from muoquark.likelihood.snapshots import load_snapshot


@pytest.mark.parametrize(
    ("name", "inspire", "year"),
    [
        ("LHCb RK 2021", "LHCb:2021trn", 2021),
        ("PDG 2022", "ParticleDataGroup:2022pth", 2022),
        ("HFLAV tau Summer 2015", "", 2015),
        ("FNAL g-2 combination", "", None),
    ],
)
def test_year(name, inspire, year):
    assert year_of(name, inspire) == year


def test_the_years_of_the_data():
    """Nothing of later than the snapshot; nearly every measurement has a year."""
    for name in ("2021-07", "2026-06"):
        found = describe(open_part(name))
        years = [m.year for m in found.measurements]
        assert found.latest <= int(name[:4])
        assert found.newest_inputs["R(D(*))"].name == "Belle RD* sl 2019"
        assert found.newest_inputs["mu->egamma"].year == 2016
        assert all(x.year <= found.latest for x in found.newest_inputs.values())
        assert sum(year is None for year in years) <= 2


def test_what_superseded_what():
    changes = compare(load_snapshot("2021-07"), load_snapshot("2026-06"))
    found = {(c.observable, *c.arguments.values()): c for c in changes}
    assert len(found) == len(changes)
    r_k = found["<Rmue>(B+->Kll)", 1.1, 6.0]
    assert r_k.kind == "measurements"
    assert "LHCb RK 2021" in r_k.old.measurements
    assert "LHCb RK RK* 2022" in r_k.new.measurements
    # LHCb's 0.846 +- 0.044 became 0.949 +- 0.047 (2103.11769, 2212.09153).
    assert r_k.shift == pytest.approx((0.949 - 0.846) / 0.044, rel=0.2, abs=0)
    assert r_k.record()["shift"] == r_k.shift
    assert found["a_mu",].shift_sm > 3  # the prediction of 2025 is that of the lattice
    same = compare(load_snapshot("2026-06"), load_snapshot("2026-06"))
    assert {c.kind for c in same} == {"same"}
    backwards = compare(load_snapshot("2026-06"), load_snapshot("2021-07"))
    counts = [sum(c.kind == k for c in changes) for k in ("new", "dropped")]
    assert counts == [sum(c.kind == k for c in backwards) for k in ("dropped", "new")]


def test_verb(muoquark):
    found = muoquark("data", "--json")
    assert found.code == 0
    assert {r["name"] for r in json.loads(found.out)} == {"2021-07", "2026-06", "2026-11"}
    both = ("data", "--snapshot", "2026-06", "--compare", "2021-07")
    found = muoquark(*both, "--json")
    assert found.code == 0 and len(json.loads(found.out)["observables"]) == 569
    found = muoquark(*both)
    assert found.code == 0 and "FNAL" in found.out
    for wrong in (["--compare", "2021-07"], ["--snapshot", "2026-06", "--compare", "2031-01"]):
        found = muoquark("data", *wrong)
        assert found.code == 2 and "Traceback" not in found.err
        assert 0 < len(found.err.splitlines()) < 8
