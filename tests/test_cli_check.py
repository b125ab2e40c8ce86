"""The verb `check`: models, cards and field contents."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from muoquark.cli.main import cli, main

CONTENT = """
fields:
  q: 1/3
  u: 1/3
  d: 1/3
  l: [0, {muon}, 0]
  e: [0, -3, 0]
  nu: [0, -3, 0]
  H: 0
  S3: {s3}
  S1: 8/3
  Phi: 3
"""


def verdicts(*arguments):
    result = CliRunner().invoke(cli, ["check", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return {(v["check"], v["subject"]): v for v in json.loads(result.stdout)}


def wrong(found):
    return {key for key, v in found.items() if v["verdict"] != v["expected"]}


def test_the_model_of_the_paper():
    found = verdicts("B-3Lmu")
    assert not wrong(found)
    assert {check for check, _ in found} == {"invariant", "anomaly", "forbidden", "condition"}
    assert found["anomaly", "X^3"]["verdict"]
    assert found["forbidden", "q q S3^dag Phi"]["verdict"]
    assert "X = 1" in found["forbidden", "q q S3^dag Phi"]["reason"]
    assert found["forbidden", "q l_e S3"]["verdict"]
    assert not found["forbidden", "q l_mu S3"]["verdict"]
    # iv) is approximate: Phi^dag undoes the flavour at dimension five.
    assert not found["forbidden", "q l_e S3 Phi^dag"]["verdict"]
    assert sum(check == "condition" for check, _ in found) == 6


def test_a_content_file_with_the_right_charges_says_the_same(tmp_path):
    path = tmp_path / "content.yaml"
    path.write_text(CONTENT.format(muon="-3", s3="8/3"))
    assert verdicts(path) == verdicts("B-3Lmu")


def test_a_wrong_leptoquark_charge_is_found(tmp_path):
    path = tmp_path / "content.yaml"
    path.write_text(CONTENT.format(muon="-3", s3="2/3"))
    found = verdicts(path)
    assert not found["invariant", "q l S3"]["verdict"]
    reason = found["invariant", "q l S3"]["reason"]
    assert reason == ("q_1 l_mu S3 is not invariant under U(1)_X (X = -2) (and 2 more components)")
    assert not found["forbidden", "q q S3^dag"]["verdict"]
    assert ("condition", "ii") in {(c, s.partition(")")[0]) for c, s in wrong(found)}


def test_a_planted_anomaly_is_found(tmp_path):
    path = tmp_path / "content.yaml"
    path.write_text(CONTENT.format(muon="-2", s3="8/3"))
    found = verdicts(path)
    assert not found["anomaly", "SU(2)^2 X"]["verdict"]
    assert "l: -2" in found["anomaly", "SU(2)^2 X"]["reason"]
    result = CliRunner().invoke(cli, ["check", str(path), "--strict"])
    assert result.exit_code == 1


def test_a_content_that_is_not_the_standard_model(tmp_path):
    path = tmp_path / "content.yaml"
    path.write_text("fields:\n  P: {spin: left, colour: 3, Y: 1/3, X: 1}\n")
    found = verdicts(path)
    assert found["anomaly", "SU(3)^2 X"]["reason"] == "SU(3)^2 X = 1 (P: 1)"
    conditions = [v for (check, _), v in found.items() if check == "condition"]
    assert all("fields are missing" in v["reason"] for v in conditions)


def test_a_card_says_which_couplings_its_symmetry_forbids(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("couplings:\n  eta3L: [[0, 0, 0], [0, 0.1, 0], [0.2, 0.1, 0]]\n")
    found = verdicts(path)
    assert wrong(found) == {("card", "eta3L, e")}
    assert found["card", "eta3L, e"]["reason"] == "set, and X = 3"
    assert not wrong(verdicts("paper"))


FREE = "{free: [-1, 1], start: 0}"
COMPLEX = "{Re: 0, Im: {free: [-1, 1], start: 0}}"


def test_a_free_coupling_is_judged_wherever_it_starts(tmp_path):
    """A fit varies it: what the symmetry forbids is forbidden though it starts at zero."""
    path = tmp_path / "card.yaml"
    path.write_text(
        f"couplings:\n  eta3L: [[{COMPLEX}, 0, 0], [0, {FREE}, 0], [0, 0, 0]]\n"
        f"  eta1L: {{ansatz: U2, value: {FREE}}}\n  eta1R: [0, 0, {FREE}]\n"
    )
    found = verdicts(path)
    assert wrong(found) == {("card", "eta3L, e")}
    assert found["card", "eta3L, e"]["reason"] == "free, and X = 3"
    for name in ("eta3L, mu", "eta1L, mu", "eta1R, mu"):
        assert found["card", name]["reason"] == "free, and allowed"
    assert found["card", "eta3L, tau"]["reason"] == "zero: X = 3"
    assert found["card", "etat1R, mu"]["reason"] == "allowed, and zero"
    assert CliRunner().invoke(cli, ["check", str(path), "--strict"]).exit_code == 1
    # Without a symmetry all of it is meant.
    path.write_text(f"model: generic\n{path.read_text()}")
    assert not {key for key in wrong(verdicts(path)) if key[0] == "card"}


def test_lepton_yukawas_that_the_symmetry_forbids_are_found(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("sm: {Ye: [[1e-6, 0, 1e-7], [2e-7, 6e-4, 0], [0, 0, 0.01]]}\n")
    found = verdicts(path)
    assert wrong(found) == {("card", "Ye, mu e")}  # e and tau have the same charge
    assert found["card", "Ye, mu e"]["reason"] == "set, and X = 3"


def test_a_wcxf_file_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "point.json"
    path.write_text('{"eft": "SMEFT", "basis": "Warsaw", "scale": 1000, "values": {}}')
    with pytest.raises(SystemExit) as stop:
        main(["check", str(path)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Wilson coefficients have no gauge symmetry" in error


def test_the_table_ends_with_a_summary():
    result = CliRunner().invoke(cli, ["check", "B-3Lmu"])
    assert result.exit_code == 0
    assert "all as a muoquark model requires" in result.output


@pytest.mark.parametrize("argument", ["B-3Lmuu", "/nowhere/card.yaml"])
def test_an_unknown_name_is_one_message(argument, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["check", argument])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "no such file, model or card (B-3Lmu" in error


def test_a_malformed_file_is_all_its_faults(tmp_path, capsys):
    path = tmp_path / "content.yaml"
    path.write_text("fields:\n  q: 0.3\n  x: 1\n")
    with pytest.raises(SystemExit) as stop:
        main(["check", str(path)])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "content.yaml:2:" in lines[0]
    assert "content.yaml:3:" in lines[1]
