"""Models that somebody writes in ten minutes, through all verbs, against numbers by hand."""

from __future__ import annotations

import json
from math import pi

import numpy as np
import pytest

from model_texts import B_3L_MU
from muoquark.common.errors import InputError
from muoquark.inference.source import order_of
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.predictions import predictions
from muoquark.matching.match import match
from muoquark.model.card_file import parse_card, read_card
from muoquark.model.model_file import parse_model

R2_S3 = f"""\
name: R2 and S3
fields:
{B_3L_MU}
  R2: 10/3
  S3: 8/3
  Phi: 3
"""
R2_S3_CARD = """\
model: r2s3.yaml
masses: {R2: 2500.0, S3: 3000.0}
couplings:
  eta3L: [0, {free: [-0.2, 0.2], start: 0.01, name: s}, 0.4]
  eta2R: [0, 0.01, 0.1]
"""
U1_CARD = """\
model: generic
masses: {U1: 3000.0}
couplings:
  x1L: [[0, 0, 0], [0, 0, {free: [-0.5, 0.5], start: 0.1, name: x23}], [0, 0, 1.0]]
"""
# One field at one loop, one at tree level.
MIXED_CARD = """\
model: generic
masses: {S3: 3000.0, U1: 3000.0}
couplings:
  eta3L: [0, 0.01, 0.4]
  x1L: [[0, 0, 0], [0, 0, 0.1], [0, 0, 1.0]]
"""
# A solution of the catalogue: quarks neutral, L = (0, -10, 10), nu = (0, -9, 9), Phi 9.
CATALOGUE = """\
model:
  name: L_mu - L_tau, ten times
  fields: {q: 0, u: 0, d: 0, l: [0, -10, 10], e: [0, -10, 10], nu: [0, -9, 9], H: 0, R2: 10, Phi: 9}
masses: {R2: 2000.0}
couplings: {eta2R: [0, 0.02, 0.4], eta2L: [0, 0, 0.1]}
"""
# Measured, and independent of the package: GeV, CKM elements, the fine-structure constant at m_b.
VEV, V_CB, V_CS, V_TS_TB, ALPHA = 246.22, 0.0415, 0.9735, -0.0405, 1 / 133
# SM Wilson coefficient of Bs -> mu mu.
C10_SM = -4.2


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r2s3.yaml").write_text(R2_S3)
    (tmp_path / "a.yaml").write_text(R2_S3_CARD)
    (tmp_path / "u1.yaml").write_text(U1_CARD)
    (tmp_path / "m.yaml").write_text(MIXED_CARD)
    (tmp_path / "c.yaml").write_text(CATALOGUE)
    return tmp_path


@pytest.fixture(scope="module")
def likelihood():
    return Likelihood("2026-06")


def ratios(likelihood, text, order="highest"):
    """Predictions divided by those of the SM, by observable and arguments."""
    found = predictions(likelihood, likelihood(match(parse_card(text).point(), order)))
    return {
        (p.observable, *p.arguments.values()): p.value / p.sm for p in found if p.sm and p.value
    }


# Every verb


def test_check(folder, muoquark):
    found = muoquark("check", "r2s3.yaml", "--json", "--strict")
    assert found.code == 0
    verdicts = {v["subject"]: v["verdict"] for v in json.loads(found.out)}
    assert verdicts["q l S3"] and verdicts["q e^dag R2^dag"] and verdicts["X^3"]
    # of a card: its model, and its couplings
    assert muoquark("check", "a.yaml", "--strict").code == 0
    assert "R2 and S3: fields" in muoquark("check", "a.yaml").out


def test_a_solution_of_the_catalogue(folder, muoquark):
    found = json.loads(muoquark("charges", "--leptoquark", "R2", "--json").out)["solutions"]
    mine = next(s for s in found if s["L"] == [0, -10, 10] and s["N"] == [0, -9, 9])
    verdicts = {v["subject"][:3]: v for v in json.loads(muoquark("check", "c.yaml", "--json").out)}
    for name in ("i) ", "ii)", "iii", "iv)", "v) ", "vi)"):
        assert verdicts[name]["verdict"] == mine["conditions"][name.rstrip(") ")]
    values = json.loads(muoquark("match", "c.yaml", "--order", "tree", "--json").out)["values"]
    assert values["qe_2322"] == pytest.approx(-0.02 * 0.4 / (2 * 2000**2), rel=1e-12, abs=0)
    assert values["lu_2233"] == pytest.approx(-(0.1**2) / (2 * 2000**2), rel=1e-12, abs=0)
    assert values["lequ1_2233"] == pytest.approx(0.1 * 0.4 / (2 * 2000**2), rel=1e-12, abs=0)


def test_match_takes_each_field_to_its_highest_order_and_says_so(folder, muoquark):
    found = muoquark("match", "m.yaml", "--json")
    metadata = json.loads(found.out)["metadata"]
    assert metadata["orders"] == {"S3": "loop", "U1": "tree"}
    assert "one loop for S3, tree level for U1" in metadata["notes"][0]
    assert "one loop for S3, tree level for U1" in found.err
    # asked for tree level, that is its order, and there is nothing to be told
    tree = json.loads(muoquark("match", "m.yaml", "--order", "tree", "--json").out)["metadata"]
    assert "notes" not in tree
    assert tree["order"] == "tree"
    assert tree["content"] == "tree-level exchange of S3 and U1, complete"
    # scalar leptoquarks are at one loop, all of them
    whole = json.loads(muoquark("match", "a.yaml", "--json").out)["metadata"]
    assert whole["order"] == "loop" and "orders" not in whole
    assert whole["content"].startswith("tree level and one loop, both complete")


def test_a_model_by_file_in_place_and_generic_are_the_same(folder):
    by_file = match(read_card("a.yaml").point(), "tree").values
    inside = R2_S3.replace("\n", "\n  ")
    in_place = parse_card(R2_S3_CARD.replace("model: r2s3.yaml", f"model:\n  {inside}"))
    generic = parse_card(R2_S3_CARD.replace("r2s3.yaml", "generic"))
    for card in (in_place, generic):
        values = match(card.point(), "tree").values
        assert values.keys() == by_file.keys()
        for name, value in by_file.items():
            assert values[name] == pytest.approx(value, rel=1e-12, abs=1e-24)
    # a card's own text holds the model, whole
    again = parse_card(read_card("a.yaml").to_yaml())
    assert again == read_card("a.yaml")


@pytest.mark.parametrize(
    ("card", "order", "expected"),
    [
        ("m.yaml", "highest", "highest"),
        ("m.yaml", "tree", "tree"),
        ("a.yaml", "highest", "loop"),
        ("u1.yaml", "highest", "tree"),
        ("paper", "highest", "loop"),
        ("paper", "tree", "tree"),
    ],
)
def test_a_record_states_the_order_that_the_fields_have(card, order, expected, folder):
    assert order_of(read_card(card), order) == expected


def test_a_record_runs_again_without_the_model_file(folder, muoquark):
    found = muoquark("loglike", "a.yaml", "--json")
    assert json.loads(found.out)["inputs"]["order"] == "loop"
    (folder / "result.json").write_text(found.out)
    (folder / "r2s3.yaml").unlink()
    again = muoquark("rerun", "result.json", "--json")
    assert again.code == 0
    assert json.loads(again.out)["identical"]


def test_predict_of_a_vector(folder, muoquark):
    found = muoquark("predict", "u1.yaml", "--obs", "R(D*)", "--json")
    (record,) = json.loads(found.out)
    assert record["observable"] == "Rtaul(B->D*lnu)"
    assert record["value"] > record["sm"]
    assert abs(record["pull"]) < abs(record["pull_sm"])


def test_theory_refuses_a_vector(folder, muoquark):
    found = muoquark("theory", "u1.yaml", "--json")
    assert (found.code, found.out) == (2, "")
    assert found.err.count("\n") == 1 and "massive vector" in found.err


@pytest.mark.slow
def test_theory_of_scalars_with_charges(folder, muoquark):
    # half a minute: the beta functions of a new model
    found = muoquark("theory", "a.yaml", "--loops", "1", "--to", "1e5", "--out", "t", "--json")
    assert found.code == 0
    assert list(json.loads(found.out)["orders"]) == ["1_loop"]
    assert (folder / "t" / "flow-1loop.png").exists()


def test_export_of_a_card_without_one_loop(folder, muoquark):
    found = muoquark("export", "u1.yaml", "--format", "popxf", "--obs", "BR(Bs->mumu)")
    assert found.code == 0
    metadata = json.loads(found.out)["metadata"]
    assert metadata["observable_names"] == ["BR(Bs->mumu)"]
    assert {"lq1_3323", "lq3_3333"} <= set(metadata["parameters"])


@pytest.mark.slow
@pytest.mark.parametrize("card", ["a.yaml", "u1.yaml"])
def test_fit_and_its_figure(card, folder, muoquark):
    found = muoquark("fit", card, "--out", "f", "--points", "20", "--json")
    assert found.code == 0
    assert json.loads(found.out)["delta_chi2"] > 20
    assert (folder / "f" / "fit.png").stat().st_size > 10_000


def test_what_enters_nothing_is_told(folder, muoquark):
    text = R2_S3_CARD + "gauge: {gX: {free: [0, 1]}}\nquartics: {lH2: {free: [-1, 1]}}\n"
    (folder / "g.yaml").write_text(text.replace("[-1, 1]", "[-1, 1], start: 0.5"))
    notes = json.loads(muoquark("match", "g.yaml", "--json").out)["metadata"]["notes"]
    assert any(
        "gX of the card does not enter the Wilson coefficients: they are those of S3 and R2" in n
        for n in notes
    )
    # a portal of R2 enters at one loop
    assert not any("lH2" in n for n in notes)
    with_portal = match(read_card("g.yaml").point()).values
    assert with_portal["phiG"] != match(read_card("a.yaml").point()).values.get("phiG", 0.0)


def test_what_a_card_cites_follows_its_model(folder, muoquark):
    mixed, vector = muoquark("cite", "a.yaml").out, muoquark("cite", "u1.yaml").out
    assert "Greljo:2021xmg" in muoquark("cite", "paper").out
    assert "Greljo:2021xmg" not in mixed and "Greljo:2021xmg" not in vector
    assert "Gherardi:2020det" in mixed and "Gherardi:2020det" not in vector


# Physics


def test_r2_has_c9_equal_to_c10(likelihood):
    """Tree level: qe alone, C9 = + C10, so that R_K stays and Bs -> mu mu does not."""
    mass, product = 2000.0, 0.02 * 0.4
    card = parse_card(CATALOGUE.replace(", eta2L: [0, 0, 0.1]", ""))
    values = match(card.point(), "tree").values
    assert {name.split("_")[0] for name in values} == {"qe"}
    c10 = pi * VEV**2 / (ALPHA * V_TS_TB) * float(values["qe_2322"].real)
    assert c10 == pytest.approx(
        -pi * VEV**2 * product / (2 * ALPHA * V_TS_TB * mass**2), rel=1e-12, abs=0
    )
    assert c10 == pytest.approx(0.63, rel=0.02, abs=0)
    found = ratios(likelihood, CATALOGUE.replace(", eta2L: [0, 0, 0.1]", ""), "tree")
    # running and the alignment of V are the rest
    assert found[("BR(Bs->mumu)",)] == pytest.approx((1 + c10 / C10_SM) ** 2, rel=0.03, abs=0)
    s3 = CATALOGUE.replace("R2: 10,", "S3: 10,").replace("R2: 2000", "S3: 2000")
    s3 = s3.replace("eta2R: [0, 0.02, 0.4], eta2L: [0, 0, 0.1]", "eta3L: [0, 0.02, 0.2]")
    both = ratios(likelihood, s3, "tree")
    kaons = [name for name in found if name[0] == "<Rmue>(B+->Kll)" and name[1] >= 1]
    assert kaons
    for name in kaons:  # C9 = -C10 of the same size moves R_K, C9 = +C10 does not at this order
        assert abs(found[name] - 1) < 0.25 * abs(both[name] - 1)


def charged_current(x23, x33, mass):
    """C_V - 1 of b -> c tau nu by hand: v^2 / (2 M^2) sum_i V_ci x_i3 x_33^* / V_cb."""
    return VEV**2 / (2 * mass**2) * (V_CS * x23 + V_CB * x33) * x33 / V_CB


@pytest.mark.parametrize(("x23", "mass"), [(0.1, 3000.0), (0.2, 3000.0), (-0.1, 2000.0)])
def test_u1_changes_r_d_and_r_dstar_alike(x23, mass, likelihood):
    text = U1_CARD.replace("{free: [-0.5, 0.5], start: 0.1, name: x23}", f"{x23}")
    found = ratios(likelihood, text.replace("3000.0", f"{mass}"))
    expected = (1 + charged_current(x23, 1.0, mass)) ** 2 - 1
    assert np.sign(expected) == np.sign(x23)
    for channel in ("D", "D*"):
        shift = found[(f"Rtaul(B->{channel}lnu)",)] - 1
        # electroweak running between M and m_b
        assert shift == pytest.approx(expected, rel=0.07, abs=0)


def test_u1_scalar_current_of_both_chiralities(likelihood):
    """x1R: C_SR = - 2 (C_V - 1) x1R/x1L at M, times 1.75 to m_b, for R(D) 1.5 and R(D*) 0.12."""
    text = U1_CARD.replace("{free: [-0.5, 0.5], start: 0.1, name: x23}", "0.1")
    right = text + "  x1R: [[0, 0, 0], [0, 0, 0], [0, 0, -0.5]]\n"
    vector, both = ratios(likelihood, text), ratios(likelihood, right)
    scalar = -2 * charged_current(0.1, 1.0, 3000.0) * (-0.5) * 1.75
    shifts = {
        channel: both[(f"Rtaul(B->{channel}lnu)",)] - vector[(f"Rtaul(B->{channel}lnu)",)]
        for channel in ("D", "D*")
    }
    assert shifts["D"] == pytest.approx(1.5 * scalar, rel=0.1, abs=0)
    assert shifts["D*"] == pytest.approx(0.12 * scalar, rel=0.2, abs=0)


def test_decoupled_fields_are_the_standard_model(likelihood):
    light = U1_CARD.replace("3000.0", "9.0e4").replace("1.0]]", "1.0e-3]]").replace("0.1,", "1e-4,")
    light = light.replace("[-0.5, 0.5]", "[-0.1, 0.1]")
    found = likelihood(match(parse_card(light).point()))
    assert found.total == pytest.approx(0.0, rel=0, abs=1e-6)


# Bad input: one message for each fault, with its line, and exit code 2


def faults(folder, text):
    (folder / "bad.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_card("bad.yaml")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model: r2s3.yaml\nmasses: {S1: 1000}\n", "bad.yaml:2: masses: unknown key 'S1'"),
        (
            "model: r2s3.yaml\ncouplings:\n  eta3L: [[0.1, 0, 0], [0, 0, 0], [0, 0, 0]]\n",
            "bad.yaml:3: couplings.eta3L: [1][e] is forbidden by U(1)_X of R2 and S3",
        ),
        (
            "model: r2s3.yaml\ncouplings: {eta1L: [0, 0, 1]}\n",
            "bad.yaml:2: couplings: unknown key 'eta1L': did you mean 'eta3L'",
        ),
        ("model: generic\nmasses: {U1: 1000}\ncouplings: {eta3L: [0, 0, 1]}\n",
         "bad.yaml:3: couplings: unknown key 'eta3L': Allowed: x1L, x1R"),
        ("model: generic\nmasses: {U9: 1000}\n",
         "bad.yaml:2: masses: there is no heavy field 'U9'"),
        ("model: generic\nmasses: {U1: 1000}\nquartics: {lH1: 1}\n",
         "bad.yaml:3: quartics: unknown key 'lH1': there is nothing that is allowed here"),
        ("model: generic\nmasses: {U1: 1000}\ngauge: {gX: 1}\n",
         "bad.yaml:3: gauge: generic has no U(1)_X"),
        ("masses: {S1: 1000}\nmodel: gone.yaml\n",
         "bad.yaml:2: model: gone.yaml: cannot be read: No such file"),
        ("model: gone\nmasses: {S1: 1000}\n", "bad.yaml:1: model: found 'gone': "),
        ("model: .\nmasses: {S1: 1000}\n", "bad.yaml:1: model: .: cannot be read: Is a directory"),
        ("model: u1.yaml\nmasses: {S1: 1000}\n", "bad.yaml:1: model: u1.yaml is a card"),
        ("model: bad.yaml\nmasses: {S1: 1000}\n", "bad.yaml:1: model: bad.yaml is a card"),
        ("model: w.json\nmasses: {S1: 1000}\n", "bad.yaml:1: model: w.json is a WCxf file"),
        ("model: [S1]\nmasses: {S1: 1000}\n", "bad.yaml:1: model: expected a name, a file or"),
        ("model:\nmasses: {S1: 1000}\n", "bad.yaml:1: model: expected a name, a file or"),
        ("model: {}\nmasses: {S1: 1000}\n", "bad.yaml:1: model: the key 'fields' is missing"),
        ("model: {fields: [S1], model: generic}\nmasses: {S1: 1000}\n",
         "bad.yaml:1: model: unknown key 'model'"),
        ("model: {fields: [q, u, d, l, e, H]}\nmu_M: 1000\n",
         "bad.yaml:1: model: model of bad.yaml has no heavy field"),
        (R2_S3, "bad.yaml:1: this is a model, where a card is needed"),
        ("model: generic\nmasses: {U1: 1000}\nproduct: {of: [x1L_3, eta1R_3], free: [0, 1]}\n",
         "bad.yaml:3: product.of[1]: found 'eta1R_3', allowed: an entry of x1L, x1R, as x1L_3"),
    ],
)  # fmt: skip
def test_one_fault(text, expected, folder):
    (folder / "w.json").write_text('{"eft": "SMEFT", "basis": "Warsaw", "values": {}}')
    (found,) = faults(folder, text)
    assert found.startswith(expected)


def test_wrong_types_everywhere(folder):
    found = faults(
        folder,
        "model: r2s3.yaml\nmasses: [1, 2]\ncouplings: 3\nquartics: x\ngauge: []\nsm: 1\nmu_M: {}\n",
    )
    assert [fault.split(":")[1] for fault in found] == ["2", "3", "4", "5", "6", "7"]
    found = faults(
        folder,
        "model: r2s3.yaml\nmasses: {R2: a, S3: [1]}\ncouplings:\n  eta3L: x\n  eta2L: [1, 2]\n"
        "quartics:\n  lH3: 1j\ngauge: {gX: -1, g: 2}\n",
    )
    assert [fault.split(":")[1] for fault in found] == ["2", "2", "4", "5", "7", "8", "8"]


def test_faults_of_a_model_file_have_its_lines(folder):
    (folder / "r2s3.yaml").write_text(R2_S3.replace("R2: 10/3", "R2: ten").replace("Phi", "Fie"))
    found = faults(folder, R2_S3_CARD)
    assert all(fault.startswith("r2s3.yaml:") for fault in found)
    assert {fault.split(":")[1] for fault in found} == {"10", "12"}


def test_the_command_line_ends_with_2(folder, muoquark):
    for arguments in (
        ("match", "u1.yaml", "--order", "loop"),
        ("loglike", "m.yaml", "--order", "loop"),
        ("match", "r2s3.yaml"),
    ):
        found = muoquark(*arguments)
        assert (found.code, found.out) == (2, "")
        assert found.err.count("muoquark: error:") == 1 and "Traceback" not in found.err
    assert "not for U1" in muoquark("match", "u1.yaml", "--order", "loop").err


def test_a_model_without_charges_has_no_gauge_coupling():
    model = parse_model("fields: [S1, R2]\n")
    from muoquark.model.point import Point

    with pytest.raises(InputError, match=r"has no U\(1\)_X"):
        Point(model, gX=0.1)
