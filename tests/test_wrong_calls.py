"""Fifty wrong calls: options, files, names, ranges, types; one sentence each, nothing written."""

from __future__ import annotations

import json

import pytest

import muoquark

CARD = "couplings: {eta3L: [0, 0.01, {free: [0, 1], name: s}]}\nmu_M: 3000\n"
LOW = "eft: WET\nbasis: flavio\nscale: 4.8\ncoefficients: {C9_bsmumu: {free: [-2, 1]}}\n"
WCXF = '{"eft": "SMEFT", "basis": "Warsaw", "scale": 1000, "values": {"lq1_2223": 1e-9}}'

COMMANDS = [
    ("fti card.yaml", "unknown verb 'fti': did you mean 'fit'"),
    ("fit none.yaml", "none.yaml: no such file"),
    ("fit card.yaml --data 2031", "2031"),
    ("fit card.yaml --chain smeli", "'smeli' is not one of"),
    ("fit card.yaml --out taken.txt", "taken.txt"),
    ("fit card.yaml --points 1", "--points"),
    ("fit card.yaml --seed -1", "--seed"),
    ("fit card.yaml --bands RK", "RK"),
    ("fit card.yaml --orders loop", "--orders"),
    ("fit fixed.yaml", "no free parameter"),
    ("fit point.json", "a WCxf file has no free parameters"),
    ("fit card.yaml --groups none.yaml", "none.yaml: cannot be read"),
    ("fit card.yaml --groups badgroups.yaml", "no observable fits 'P99'"),
    ("fit card.yaml --measurements none.yaml", "none.yaml"),
    ("fit card.yaml extra", "unexpected extra argument"),
    ("loglike", "Missing argument"),
    ("loglike broken.yaml", "not valid YAML"),
    ("loglike empty.yaml", "the file is empty"),
    ("loglike binary.yaml", "not a text file"),
    ("loglike folder", "cannot be read"),
    ("loglike card.yaml --at best", "of a card it is SM, start"),
    ("loglike card.yaml --at q=1", "'q' is not free in this card"),
    ("loglike card.yaml --at s=x", "expected a number for s"),
    ("loglike point.json --at start", "of a file of coefficients it is SM"),
    ("loglike big.json", "beyond every expansion"),
    ("loglike scale.json", "outside of the evolution tables"),
    ("loglike lowscale.yaml", "nothing is asked for in WET at 3 GeV"),
    ("loglike lowname.yaml", "did you mean 'C9_bsmumu'"),
    ("loglike violating.json", "violates baryon or lepton number"),
    ("loglike point.json --leave-out phiD", "there is no 'phiD'"),
    ("loglike point.json --leave-out lq1", "cannot be left out"),
    ("loglike low.yaml --exact", "these are of the WET"),
    ("predict card.yaml --obs P99", "no observable fits 'P99'"),
    ("predict card.yaml --process B->Y", "no observable of 'B->Y'"),
    ("predict card.yaml --block quark", "no block 'quark': did you mean 'quarks'"),
    ("predict card.yaml --sort size", "'size' is not one of"),
    ("predict card.yaml --out taken.txt", "taken.txt exists already"),
    ("scan card.yaml --points 5", "--out"),
    ("scan card.yaml --grid 3,3 --out s.nc", "grid"),
    ("scan card.yaml --grid x --out s.nc", "--grid is a list of whole numbers"),
    ("profile card.yaml --parameter q", "no free parameter 'q'"),
    ("sample card.yaml --method mcmc", "'mcmc' is not one of"),
    ("match low.yaml", "this is a card of Wilson coefficients, 'muoquark match' needs a card"),
    ("match card.yaml --out x.txt", "must end in .json"),
    ("wet card.yaml --sector bs", "no sector 'bs'"),
    ("wet card.yaml --scale 7", "nothing is asked for"),
    ("theory card.yaml --to 10", "must lie above"),
    ("goodness card.yaml --toys -3", "--toys"),
    ("rerun point.json", "no record 'inputs'"),
    ("init model", "there is no starter card 'model'"),
    ("export card.yaml --format pdf", "'pdf' is not one of"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    for name, text in {
        "card.yaml": CARD,
        "low.yaml": LOW,
        "point.json": WCXF,
        "fixed.yaml": "couplings: {eta3L: [0, 0.01, 0.1]}\n",
        "badgroups.yaml": "mine: [P99]\n",
        "broken.yaml": "couplings: {eta3L: [0, 0\n",
        "empty.yaml": "",
        "taken.txt": "mine",
        "big.json": WCXF.replace("1e-9", "1e-2"),
        "scale.json": WCXF.replace("1000", "5"),
        "violating.json": WCXF.replace("lq1_2223", "llphiphi_11"),
        "lowscale.yaml": LOW.replace("4.8", "3"),
        "lowname.yaml": LOW.replace("C9_bsmumu", "C9_bsmuu"),
    }.items():
        (folder / name).write_text(text)
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    (folder / "folder").mkdir()
    return folder


@pytest.mark.parametrize(("command", "message"), COMMANDS, ids=[c for c, _ in COMMANDS])
def test_of_the_command_line(command, message, folder, muoquark, monkeypatch):
    monkeypatch.chdir(folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    outcome = muoquark(*command.split())
    assert outcome.code == 2
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    said = [line for line in outcome.err.splitlines() if "note:" not in line]
    # click shows how a verb is called before the sentence on an option.
    assert len(said) == 1 or said[0].startswith("Usage: muoquark"), outcome.err
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


CALLS = {
    "Likelihood(3)": lambda: muoquark.Likelihood(3),
    "Likelihood('2031')": lambda: muoquark.Likelihood("2031"),
    "Likelihood(chain)": lambda: muoquark.Likelihood("2021-07", "short"),
    "Likelihood(groups)": lambda: muoquark.Likelihood("2021-07", groups={"x": ["P99"]}),
    "Likelihood()(None)": lambda: muoquark.Likelihood("2021-07")(None),
    "read(object)": lambda: muoquark.read(object()),
    "read(list)": lambda: muoquark.read([1, 2]),
    "read({})": lambda: muoquark.read({}),
    "best_fit('paper')": lambda: muoquark.best_fit("paper", "2021-07"),
    "fit(starts)": lambda: muoquark.fit("plane", "2021-07", starts=0),
    "fit(points)": lambda: muoquark.fit("plane", "2021-07", points=1),
    "fit(order)": lambda: muoquark.fit("plane", "2021-07", order="two loops"),
    "profile(parameters)": lambda: muoquark.profile("plane", "2021-07", parameters=["q"]),
    "scan()": lambda: muoquark.scan("plane", "2021-07"),
    "scan(points)": lambda: muoquark.scan("plane", "2021-07", points="many"),
    "scan(grid)": lambda: muoquark.scan("plane", "2021-07", grid=[3]),
    "scan(observables)": lambda: muoquark.scan("plane", "2021-07", points=4, observables=["P99"]),
    "predict(obs)": lambda: muoquark.predict("paper", "2021-07", obs="P99"),
    "predict(source)": lambda: muoquark.predict(1.5, "2021-07"),
    "low_coefficients(sectors)": lambda: muoquark.low_coefficients("paper", sectors=["bs"]),
    "low_coefficients(scale)": lambda: muoquark.low_coefficients("paper", scale=-1.0),
    "WilsonCoefficients(name)": lambda: muoquark.WilsonCoefficients(1000, {"lq1": 1e-9}),
    "LowCoefficients(eft)": lambda: muoquark.LowCoefficients("LEFT", 4.8, {}),
    "figure(3)": lambda: muoquark.figure(3),
    "match(coefficients)": lambda: muoquark.match(muoquark.WilsonCoefficients(1000, {})),
    "match(path)": lambda: muoquark.match("none.yaml"),
    "goodness(3)": lambda: muoquark.goodness(3, "2021-07"),
    "sample('paper')": lambda: muoquark.sample("paper", "2021-07"),
}


@pytest.mark.parametrize("call", CALLS)
def test_in_python(call):
    with pytest.raises(muoquark.MuoquarkError) as caught:
        CALLS[call]()
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) > 15


def test_there_are_fifty():
    assert len(COMMANDS) + len(CALLS) >= 50
    assert len({command for command, _ in COMMANDS}) == len(COMMANDS)
    assert json.loads(WCXF)["eft"] == "SMEFT"
