"""The verb `charges`: counts, filters, files and faults."""

from __future__ import annotations

import csv
import json

import pytest


def parsed(muoquark, *arguments):
    outcome = muoquark("charges", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_the_paper_range(muoquark):
    found = parsed(muoquark, "--max", "10", "--leptoquark", "S3")
    counts = found["counts"]
    assert (counts["total"], counts["vector_like"], counts["chiral"]) == (276, 255, 21)
    assert counts["ladder"]["S3"] == {
        "i": 273, "ii": 273, "iii": 273, "iv": 252, "v": 252, "vi": 2,
    }  # fmt: skip
    assert len(found["solutions"]) == 276
    tau = [s for s in found["solutions"] if s["k"] == 0 and sorted(s["L"]) == [-1, 0, 1]]
    reasons = {
        s["reasons"]["iii"] for s in tau if sorted(s["N"]) == [-1, 0, 1] and s["E"] == s["L"]
    }
    assert reasons == {"allowed: q q S3^dag Phi"}


def test_the_survivors(muoquark):
    found = parsed(muoquark, "--require", "all")
    assert found["counts"]["selected"] == 2
    survivors = {(tuple(s["L"]), s["phi"]): s for s in found["solutions"]}
    assert set(survivors) == {((0, -9, 0), 9), ((-9, 9, -9), 18)}
    paper = survivors[(0, -9, 0), 9]
    assert paper["leptoquark_charges"] == {"S3": 8}
    assert paper["remnant"] == 9
    assert paper["proton_stable"] is True


def test_filters_keep_only_what_meets_them(muoquark):
    found = parsed(muoquark, "--max", "6", "--require", "i,ii,vi")
    assert found["solutions"]
    for solution in found["solutions"]:
        assert all(solution["conditions"][name] for name in ("i", "ii", "vi"))
    fewer = parsed(muoquark, "--max", "6", "--require", "i,ii,iii,vi")
    assert len(fewer["solutions"]) <= len(found["solutions"])


def test_several_leptoquarks_and_the_third_family(muoquark):
    found = parsed(muoquark, "--leptoquark", "S1,S3", "--max", "3")
    assert list(found["counts"]["ladder"]) == ["S1,S3"]
    third = parsed(muoquark, "--quarks", "third", "--max", "3")
    assert third["counts"]["total"] > 0
    assert all(len(set(s["k"])) == 2 and not s["conditions"]["v"] for s in third["solutions"])


def test_the_ladder_of_every_leptoquark(muoquark):
    found = parsed(muoquark, "--ladder", "--max", "4")
    assert list(found["counts"]["ladder"]) == ["S1", "S3", "S1,S3", "R2", "R2t", "S1t"]


def test_table_and_csv_agree_with_json(muoquark, tmp_path):
    path = tmp_path / "charges.csv"
    outcome = muoquark("charges", "--max", "5", "--csv", path)
    assert outcome.code == 0
    assert "21 solutions" not in outcome.out
    found = parsed(muoquark, "--max", "5")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == len(found["solutions"]) == found["counts"]["total"]
    for row, solution in zip(rows, found["solutions"], strict=True):
        assert [int(row[f"L_{x}"]) for x in ("e", "mu", "tau")] == solution["L"]
        assert bool(int(row["i"])) == solution["conditions"]["i"]
    again = muoquark("charges", "--max", "5", "--csv", path)
    assert again.code == 2
    assert "exists already" in again.err
    assert muoquark("charges", "--max", "5", "--csv", path, "--force").code == 0


def test_explain(muoquark):
    outcome = muoquark("charges", "--explain", "k=1/3 L=0,-3,0 Phi=3", "--leptoquark", "S1,S3")
    assert outcome.code == 0
    for part in ("X(S1) = 8/3", "Z9", "stable to all orders", "m_nu^-1 vanishes at (mu, mu)"):
        assert part in outcome.out
    assert "NOT free" not in outcome.out


def test_explain_a_planted_anomaly(muoquark):
    outcome = muoquark("charges", "--explain", "k=1/3 L=0,-3,0 N=0,-2,0")
    assert outcome.code == 0
    assert "NOT free of anomalies" in outcome.out
    assert "X^3 = -19 " in outcome.out
    record = json.loads(muoquark("charges", "--explain", "k=1 L=0,-9,0 N=0,0,0", "--json").out)
    assert record["anomaly_free"] is False
    assert record["anomalies"]["SU(2)^2 X"]["value"] == "0"


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["--max", "0"], ["must be a positive integer"]),
        (["--max", "100"], ["at most 40"]),
        (["--leptoquark", "S2"], ["unknown leptoquark 'S2': did you mean"]),
        (["--leptoquark", ","], ["no leptoquark is named"]),
        (["--require", "vii"], ["unknown condition 'vii'"]),
        (
            ["--explain", "k=1/3 L=0,-3,0.5 Q=3 E=1,2"],
            ["'0.5' is not exact", "'Q=3'", "E: found 2 charges, expected 3"],
        ),
        (["--explain", "L=1,2,3 L=1,2,3"], ["'L' is given twice", "k= is missing"]),
    ],
)
def test_faults_are_messages(muoquark, arguments, messages):
    outcome = muoquark("charges", *arguments)
    assert outcome.code == 2
    assert not outcome.out
    assert "Traceback" not in outcome.err
    for message in messages:
        assert message in outcome.err


def test_a_charge_range_that_is_no_integer(muoquark):
    outcome = muoquark("charges", "--max", "2.5")
    assert outcome.code == 2
    assert "2.5" in outcome.err
