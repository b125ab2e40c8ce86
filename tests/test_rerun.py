"""Results are made again: the same bits, or what differs and where."""

from __future__ import annotations

import json

import numpy as np
import pytest

from closeness import close
from muoquark.cli.data_options import DataChoice
from muoquark.cli.rerun import command_line
from muoquark.common.compare import compare_arrays, compare_documents
from muoquark.common.netcdf import read_arrays
from muoquark.common.provenance import FORMAT, hash_of, hash_of_file, provenance
from muoquark.likelihood.snapshots import find, shipped

CARD = """
couplings:
  eta3L: [0, {free: [-0.05, 0.05]}, 0.4]
  eta1L: [0, 0, 0.1]
  eta1R: [0, 0, {free: [-0.2, 0.3]}]
"""


def test_documents_side_by_side():
    old = {"a": 1.0, "b": [1.0, 1e-9], "c": {"d": [{"e": 2.0}]}, "minimisations": 5, "w": "x"}
    assert compare_documents(old, json.loads(json.dumps(old))).identical
    assert compare_documents(old, old).numbers == 5
    new = json.loads(json.dumps(old))
    new["c"]["d"][0]["e"] = 2.0000002
    new["b"][1] = 2e-9
    new["minimisations"] = 6
    found = compare_documents(old, new)
    assert [d.path for d in found.differences] == ["$.c.d[0].e", "$.b[1]"]
    assert found.largest.relative == close(1e-7)
    # beside the largest number of its list a number near zero has no digits of its own
    assert found.differences[1].relative == close(1e-9)
    assert [d.path for d in found.effort] == ["$.minimisations"]
    assert found.within(1e-6)
    assert not found.within(1e-8)
    for change in ({"w": "y"}, {"w": None}, {"b": [1.0]}, {"c": {}}, {"new": 1}, {"a": True}):
        assert compare_documents(old, {**old, **change}).largest.relative == np.inf, change
    last = {**old, "a": np.nextafter(1.0, 2.0)}
    assert not compare_documents(old, last).identical
    assert not compare_documents({"a": 0.0}, {"a": -0.0}).identical
    assert compare_documents({"inputs": 1}, {"inputs": 2}).identical


def test_arrays_side_by_side():
    old = {"x": np.array([[1.0, np.nan], [3.0, -np.inf]]), "n": np.array([1, 2])}
    assert compare_arrays(old, {k: v.copy() for k, v in old.items()}).identical
    new = {**old, "x": old["x"].copy()}
    new["x"][0, 0] = 1.3
    found = compare_arrays(old, new).largest
    assert (found.path, found.relative) == ("x[0, 0]", close(0.1))
    new["x"][0, 1] = 1.0
    assert compare_arrays(old, new).largest.relative == np.inf
    for other in ({"n": old["n"]}, {**old, "n": np.array([1, 2, 3])}, {**old, "n": old["n"] * 1.0}):
        assert compare_arrays(old, other).largest.relative == np.inf


@pytest.fixture
def likelihoods(monkeypatch):
    """Make each likelihood once: what costs time is the map for a card's scale."""
    made = {}

    own = DataChoice.likelihood

    def likelihood(choice):
        if choice.measurements or choice.groups or choice.fix_ckm or choice.recorded:
            return own(choice)
        if (choice.data, choice.chain) not in made:
            made[choice.data, choice.chain] = own(choice)
        return made[choice.data, choice.chain]

    monkeypatch.setattr(DataChoice, "likelihood", likelihood)


def rerun(muoquark, path, *arguments):
    """Exit code and record of a rerun."""
    outcome = muoquark("rerun", path, "--json", *arguments)
    assert outcome.out, outcome.err
    return outcome.code, json.loads(outcome.out)


def test_loglike_is_made_again(muoquark, tmp_path, likelihoods):
    path = tmp_path / "loglike.json"
    path.write_text(muoquark("loglike", "paper", "--json", "--data", "2021-07").out)
    outcome = muoquark("rerun", path)
    assert outcome.code == 0, outcome.err
    assert "loglike: the same to the last bit (" in outcome.out
    assert outcome.err == ""
    document = json.loads(path.read_text())
    document["blocks"]["quarks"] *= 1 + 1e-6
    document["inputs"]["versions"]["jax"] = "0.0.1"
    path.write_text(json.dumps(document))
    outcome = muoquark("rerun", path, "--out", tmp_path / "new.json")
    assert outcome.code == 0
    assert "at $.blocks.quarks" in outcome.out
    assert "the largest relative difference is 1e-06" in outcome.out
    assert "made with another version: jax 0.0.1 -> " in outcome.err
    assert "inputs" in json.loads((tmp_path / "new.json").read_text())
    code, record = rerun(muoquark, path, "--tolerance", "1e-7")
    assert code == 1
    assert not record["passed"]
    assert record["largest"]["path"] == "$.blocks.quarks"
    assert record["largest"]["relative"] == close(1e-6, rel=1e-3)


@pytest.mark.slow
def test_user_measurements_and_wcxf_go_along(muoquark, tmp_path):
    """What stood in other files is in the result."""
    own = tmp_path / "own.yaml"
    own.write_text("mine:\n  values:\n    BR(Bs->mumu): (3.2 ± 0.2) e-9\n")
    wcxf = tmp_path / "point.json"
    wcxf.write_text(muoquark("match", "paper").out)
    path = tmp_path / "loglike.json"
    outcome = muoquark("loglike", wcxf, "--measurements", own, "--json")
    assert outcome.code == 0, outcome.err
    path.write_text(outcome.out)
    own.unlink()
    wcxf.unlink()
    code, record = rerun(muoquark, path)
    assert (code, record["identical"]) == (0, True)


def test_predictions_are_made_again(muoquark, tmp_path, likelihoods):
    """From the file --out of predict, and from POPxf; both can be cited too."""
    listed, exported = tmp_path / "predictions.json", tmp_path / "popxf.json"
    outcome = muoquark("predict", "paper", "--obs", "BR(Bs->mumu)", "--out", listed)
    assert outcome.code == 0, outcome.err
    (record,) = json.loads(listed.read_text())["predictions"]
    printed = muoquark("predict", "paper", "--obs", "BR(Bs->mumu)", "--json").out
    assert json.loads(printed) == [record]
    pair = ("--coefficients", "lq3_2223;lq1_2223", "--obs", "BR(Bs->mumu)")
    outcome = muoquark("export", "--format", "popxf", *pair, "--mu", "5000", "--out", exported)
    assert outcome.code == 0, outcome.err
    for path in (listed, exported):
        code, found = rerun(muoquark, path)
        assert (code, found["identical"]) == (0, True), found
        assert muoquark("cite", path, "--format", "keys").code == 0
        before = path.read_text()
        if path == listed:
            assert muoquark("predict", "paper", "--out", path).code == 2
        assert path.read_text() == before
    document = json.loads(listed.read_text())
    document["predictions"][0]["value"] *= 1.1
    listed.write_text(json.dumps(document))
    assert rerun(muoquark, listed)[0] == 1


def sealed(**changes):
    """A record of inputs with a hash that fits."""
    inputs = provenance("loglike", {"order": "loop", "exact": False}, "couplings: {}\n", {})
    inputs |= changes
    content = {k: v for k, v in inputs.items() if k not in ("versions", "hash", "format")}
    return {"inputs": {**inputs, "hash": hash_of(content)}}


def without(key):
    document = sealed()
    del document["inputs"][key]
    return document


DATA = {"snapshot": "2021-07", "sha256": "0" * 64, "chain": "full", "measurements": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nothing", "not a result: not JSON"),
        ("{}", "not a result: it has no record 'inputs'"),
        ("[{}]", "not a result: it has no record 'inputs'"),
        (b"\x89HDF\r\n\x1a\n and no more", "not a file of draws"),
        (b"\xff\xfe\x00", "not a text file"),
        (sealed(format=FORMAT + 1), f"has format {FORMAT + 1}, this muoquark reads up to {FORMAT}"),
        (sealed(verb="match"), "a result of 'match' cannot be made again; those of fit"),
        (without("data"), "its record 'inputs' lacks data"),
        (without("versions"), "its record 'inputs' lacks versions"),
        ({"inputs": {**sealed()["inputs"], "order": "tree"}}, "does not have the hash"),
        (sealed(data={**DATA, "snapshot": "2031-01"}), "snapshot '2031-01' of the result is not"),
        (sealed(data=DATA), "no revision of the snapshot '2021-07' here has the SHA-256 00"),
        (sealed(unheard=1), "'muoquark loglike' has no option 'unheard' in this version"),
        (sealed(verb="sample"), "the file *.nc beside it is what can be made again"),
    ],
)
def test_faulty_results(muoquark, tmp_path, content, message):
    path = tmp_path / "result.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    outcome = muoquark("rerun", path)
    assert outcome.code == 2
    assert message in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert outcome.out == ""


def test_missing_result(muoquark, tmp_path):
    outcome = muoquark("rerun", tmp_path / "none.json")
    assert outcome.code == 2
    assert "No such file" in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "verb",
    [
        ["fit", "--points", "20"],
        ["profile", "--points", "5", "--parameter", "eta1R[2]"],
        ["goodness", "--top", "3"],
        ["robustness", "--samples", "50"],
        ["theory", "paper", "--loops", "1"],
    ],
    ids=lambda verb: verb[0],
)
def test_folders_are_made_again(muoquark, tmp_path, verb):
    card = tmp_path / "card.yaml"
    card.write_text(CARD)
    arguments = verb if verb[0] in ("robustness", "theory") else [verb[0], card, *verb[1:]]
    outcome = muoquark(*arguments, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    card.unlink()
    code, record = rerun(muoquark, tmp_path / "out" / f"{verb[0]}.json")
    assert (code, record["identical"]) == (0, True), record
    assert record["numbers"] > 10


@pytest.mark.slow
def test_samples_and_scans_are_made_again(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text(CARD)
    for arguments in (
        ["scan", card, "--grid", "4,5"],
        ["sample", card, "--chains", "2", "--warmup", "100", "--draws", "10"],
    ):
        path = tmp_path / f"{arguments[0]}.nc"
        outcome = muoquark(*arguments, "--out", path)
        assert outcome.code == 0, outcome.err
        code, record = rerun(muoquark, path, "--workers", "1")
        assert (code, record["identical"]) == (0, True), record
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        for name in ("scan", "sample"):
            path = tmp_path / f"{name}.nc"
            code, record = rerun(muoquark, path, "--dask", cluster.scheduler_address)
            assert (code, record["identical"]) == (0, True), record
    _, arrays = read_arrays(path)
    assert record["numbers"] == sum(a.size for a in arrays.values())
    import h5py

    with h5py.File(path, "r+") as file:
        name = next(iter(k for k in file["posterior"] if k.startswith("eta")))
        file["posterior"][name][0, 3] += 1.0
    code, record = rerun(muoquark, path)
    assert code == 1
    assert record["largest"]["path"].endswith("[0, 3]")


def test_arguments_are_those_that_a_user_types(tmp_path):
    path = shipped()["2021-07"]
    own = {**DATA, "sha256": hash_of_file(path), "measurements": "x: {}\n"}
    common = {"card": None, "data": own, "versions": {}, "hash": ""}

    def line(**inputs):
        return command_line({**common, **inputs}, "result", tmp_path)

    measurements = str(tmp_path / "measurements.yaml")
    name = find("2021-07").title
    data = ["--data", name, "--chain", "full", "--measurements", measurements]
    # a record of before theory errors were a choice has those of the SM
    data += ["--theory-errors", "sm"]
    assert line(verb="scan", points=None, grid=[3, 4], observables=["a", "b"]) == [
        "--grid", "3,4", "--obs", "a", "--obs", "b", *data,
    ]  # fmt: skip
    assert line(verb="scan", points=8, grid=None, observables=[]) == ["--points", "8", *data]
    assert line(verb="profile", parameters=["a", "b"], pair=[], seed=0, card="x") == [
        str(tmp_path / "card.yaml"), "--parameter", "a", "--parameter", "b", "--seed", "0", *data,
    ]  # fmt: skip
    assert line(verb="profile", pair=["a", "b"])[:3] == ["--pair", "a", "b"]
    assert line(verb="sample", method="nested", chains=2, live=30)[:6] == [
        "--method", "nested", "--chains", "2", "--live", "30",
    ]  # fmt: skip
    assert line(verb="theory", data={}, loops=2, end=None, nu_mass=1e9) == [
        "--loops", "2", "--nu-mass", "1000000000.0",
    ]  # fmt: skip
    assert line(verb="loglike", exact=True)[:1] == ["--exact"]
    both = {
        "2021-07": own,
        "2026-06": {"snapshot": "2026-06", "sha256": hash_of_file(shipped()["2026-06"])},
    }
    assert line(verb="reproduce", snapshots=list(both), data=both, only=None, points=50) == [
        "--points", "50", "--data", name, "--data", find("2026-06").title,
    ]  # fmt: skip
    assert (tmp_path / "measurements.yaml").read_text() == "x: {}\n"
