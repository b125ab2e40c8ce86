"""The verbs theory and dipoles: JSON, figures, exit codes."""

from __future__ import annotations

import json

import pytest

from muoquark.cli.main import main

CARD = """model: B-3Lmu
masses: {S1: 3000.0, S3: 3000.0}
mu_M: 3000.0
couplings:
  eta3L: {ansatz: U2, value: 0.4, light: -1}
  eta1L: {ansatz: U2, value: 0.14, light: -1}
  eta1R: {ansatz: U2, value: 0.14}
quartics: {l1: 0.05, l3b: 0.03, lP: 0.05, lH1: 0.10, lH3: 0.08}
gauge: {gX: 0.05}
"""


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text(CARD)
    return str(path)


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    try:
        main(list(arguments))
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_theory_json_and_figures(capsys, card, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    arguments = ("theory", card, "--to", "1e6", "--loops", "1", "--json", "--out", str(out))
    code, text, _ = call(capsys, *arguments)
    assert code == 0
    record = json.loads(text)
    assert list(record) == [
        "start", "planck_GeV", "orders", "partial_waves_at_start", "search", "tree_level_minimum",
        "naturalness", "dipoles", "claims", "not_computed", "inputs",
    ]  # fmt: skip
    order = record["orders"]["1_loop"]
    assert order["pole"] is None and order["vacuum"]["stable"]
    assert record["claims"]["no_landau_pole"]
    assert record["naturalness"]["delta_ymu"]["shift"]["Re"] == pytest.approx(-0.495, abs=0.01)
    assert {r["pair"] for r in record["dipoles"]} == {
        "ee", "mumu", "tautau", "emu", "etau", "mutau",
    }  # fmt: skip
    for name in ("flow-1loop.png", "naturalness.png", "dipoles.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert (out / name).with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((out / "theory.json").read_text()) == record
    code, _, error = call(capsys, *arguments)
    assert code == 2 and "--force" in error


def test_theory_summary_names_pole_and_direction(capsys, tmp_path):
    path = tmp_path / "big.yaml"
    path.write_text(CARD.replace("0.4, light", "0.9, light").replace("lH3: 0.08", "lH3: -0.6"))
    code, text, _ = call(capsys, "theory", str(path), "--loops", "1", "--search", "1")
    assert code == 0
    assert "Landau pole" in text and "GeV" in text
    assert "unbounded from 3e+03 GeV" in text
    assert "S3" in text
    assert "no stabilising quartics found in 1 flows" in text
    assert "not computed" in text
    # sizes, whatever the phase of the couplings
    assert "|delta y_mu| / y_mu: eq. (4) 0.5" in text
    assert "Yukawa loops 0.0" in text and "moduli added" in text


def test_theory_survives_masses_beyond_the_naturalness_table(capsys, card, tmp_path):
    path = tmp_path / "heavy.yaml"
    path.write_text(CARD.replace("3000.0", "1.0e+7"))
    code, text, _ = call(capsys, "theory", str(path), "--loops", "1", "--to", "1e9")
    assert code == 0
    assert "naturalness is tabulated" in text


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--to", "100"), "above the matching scale"),
        (("--to", "nan"), "above the matching scale"),
        (("--delta", "-1"), "--delta"),
        (("--phi-mass", "-3"), "positive scales"),
    ],
)
def test_bad_options(capsys, card, options, word):
    code, _, error = call(capsys, "theory", card, *options)
    assert code == 2
    assert word in error
    assert "Traceback" not in error


def test_leptoquarks_that_couple_to_electrons_run_without_charges(capsys, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text(
        "model: generic\nmasses: {S1: 3000, S3: 3000}\nmu_M: 3000\n"
        "couplings: {eta3L: [[0, 0, 0], [0, 0, 0], [0.1, 0.2, 0]]}\n"
    )
    code, text, _ = call(capsys, "theory", str(path), "--loops", "1", "--to", "1e5", "--json")
    assert code == 0
    record = json.loads(text)
    start = record["start"]["couplings"]
    assert "gX" not in start and start["eta3L"][2][0] == {"Re": 0.1, "Im": 0.0}
    path.write_text("model: generic\nmasses: {U1: 2000}\ncouplings: {x1L: [0, 0, 0.1]}\n")
    code, _, error = call(capsys, "theory", str(path))
    assert code == 2
    assert "the running of a model with a massive vector" in error


def test_dipoles(capsys, tmp_path):
    code, text, _ = call(capsys, "dipoles", "--json", "--year", "2021")
    assert code == 0
    rows = {r["pair"]: r for r in json.loads(text)}
    assert rows["mumu"]["scale_TeV"] == pytest.approx(13.6, abs=0.05)
    code, text, _ = call(capsys, "dipoles")
    assert "paper 30000: differs" in text
    code, text, _ = call(capsys, "dipoles", "--pair", "emu", "--rate", "1.5e-13", "--json")
    assert json.loads(text)["scale_both_chiralities_TeV"] > json.loads(text)["scale_TeV"]
    pytest.importorskip("matplotlib")
    figure = tmp_path / "d.png"
    code, _, _ = call(capsys, "dipoles", "-o", str(figure))
    assert code == 0 and figure.read_bytes().startswith(b"\x89PNG")
    for bad in (
        ("-o", str(figure)),
        ("-o", str(tmp_path / "d.svg")),
        ("--rate", "1e-9"),
        ("--pair", "emu", "--rate", "-1"),
        ("--year", "2020"),
        ("--pair", "mue"),
    ):
        code, _, error = call(capsys, "dipoles", *bad)
        assert code == 2, bad
        assert "Traceback" not in error


def test_no_figure_without_content(muoquark, tmp_path):
    """A Z' alone has no scalar whose mass the Higgs mass limits: nothing is drawn of it."""
    card = tmp_path / "zprime.yaml"
    assert muoquark("init", "zprime", "-o", card).code == 0
    found = muoquark("theory", card, "--loops", "1", "--out", tmp_path / "out")
    assert found.code == 0, found.err
    drawn = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"flow-1loop.png", "dipoles.pdf", "theory.json"} <= drawn
    assert not any("naturalness" in name for name in drawn)
    assert "naturalness.p" not in found.err
