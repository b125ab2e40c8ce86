"""``muoquark lhc``: JSON, the picture, what is said, exit codes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from muoquark.collider.plane import FitBand, MassPlane
from muoquark.common.output import to_json
from muoquark.model.card import Entry
from muoquark.model.point import Point
from muoquark.report.lhc_figure import lhc_figure

CARD = """
model: generic
masses: {S1: 2000.0}
couplings:
  eta1L: [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]]
  eta1R: [[0, 0, 0], [0, 0, -1.1], [0, 0, 0]]
"""
TOP_TAU = """
model:
  name: mine
  fields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0,
           X7: {spin: scalar, colour: 3, isospin: 2, Y: 7/6, X: 0}}
  terms: {yX: u+ l_i X7_j eps_ij}
masses: {X7: 1100.0}
couplings: {yX: [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]]}
"""


def test_json_of_a_card(muoquark, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text(CARD)
    outcome = muoquark("lhc", path, "--json", "--order", "tree")
    assert outcome.code == 0
    record = json.loads(outcome.out)
    assert list(record["widths"]) == ["S1(1/3)"]
    assert sum(record["branching"]["S1(1/3)"].values()) == pytest.approx(1.0, abs=1e-12)
    assert record["pair"][0]["r"] < 1
    assert record["drell_yan"]["ditau"]["delta_chi2_full"] is not None
    assert {"rescaled", "relative"} == set(record["projections"]["drell_yan"])
    assert record["inputs"]["verb"] == "lhc" and record["inputs"]["order"] == "tree"
    printed = tmp_path / "printed.json"
    printed.write_text(outcome.out)
    assert "without --out" in muoquark("rerun", printed).err
    assert "it has no picture" in muoquark("plot", printed, "--out", tmp_path).err
    assert record["verdict"][0].startswith("S1 (2 TeV): with the limits of July 2021 not excluded")


def test_tables_of_a_model_of_the_user(muoquark, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text(TOP_TAU)
    outcome = muoquark("lhc", path)
    assert outcome.code == 0
    assert "X7(5/3)" in outcome.out and "t tau 100.0 %" in outcome.out
    assert "excluded by pair production (t tau, r = 15" in outcome.out
    assert "X7 in the EFT, without propagator" in outcome.err
    assert "Drell-Yan with Run 2 does not constrain it" in outcome.out


def test_vectors(muoquark, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("model: generic\nmasses: {U1: 1500.0}\n"
                    "couplings: {x1L: [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]]}\n")  # fmt: skip
    outcome = muoquark("lhc", path)
    assert "kappa = 1: excluded, 1840 GeV (t nu / b tau for BR = 0.5" in outcome.out
    assert "kappa = 0: none for such branching ratios" in outcome.out


def test_picture(muoquark, tmp_path):
    path, out = tmp_path / "card.yaml", tmp_path / "out"
    path.write_text(CARD)
    arguments = ("lhc", path, "--out", out, "--no-fit", "--masses", "1000", "3000",
                 "--coupling", "eta1L_33")  # fmt: skip
    outcome = muoquark(*arguments)
    assert outcome.code == 0, outcome.err
    assert (out / "lhc.pdf").read_bytes().startswith(b"%PDF")
    assert (out / "lhc.png").read_bytes().startswith(b"\x89PNG")
    record = json.loads((out / "lhc.json").read_text())
    assert record["plane"]["entry"] == "eta1L_33" and record["plane"]["fit"] is None
    drawn = muoquark("plot", out / "lhc.json", "--out", tmp_path / "again", "--format", "png")
    assert drawn.code == 0, drawn.err
    (again,) = (tmp_path / "again").glob("*.png")
    assert again.read_bytes() == (out / "lhc.png").read_bytes()
    repeated = muoquark("rerun", out / "lhc.json")
    assert repeated.code == 0, repeated.out + repeated.err
    again = muoquark(*arguments)
    assert again.code == 2 and "--force" in again.err


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("scale: 3000\nbasis: Warsaw\ncoefficients: {lq1_2223: 1.0e-9}\n", (),
         "this is a card of Wilson coefficients, 'muoquark lhc' needs a card"),
        (CARD, ("--coupling", "eta1L_33"), "are those of the picture, which --out makes"),
        (CARD, ("--no-fit",), "are those of the picture"),
        (CARD, ("--out", "never", "--coupling", "eta1L_1"), "no such entry is different from"),
        (CARD, ("--out", "never", "--masses", "300", "900"), "the first from 800 on"),
        ("model: generic\nmasses: {S1: 900.0}\ncouplings: {etat1R: [0, 0, 1.0]}\n", (),
         "etat1R: S1 couples to nu, of which a card has no mass"),
        ("model: {name: sm, fields: {q: 0, u: 0, d: 0, l: 0, e: 0, H: 0}}\n", (),
         "sm has no heavy field"),
    ],
)  # fmt: skip
def test_faults_are_one_message(muoquark, tmp_path, monkeypatch, text, options, said):
    path = tmp_path / "card.yaml"
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    outcome = muoquark("lhc", path, *options)
    assert outcome.code == 2
    assert not (tmp_path / "never").exists()
    assert said in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err


def toy(value=0.5, best=1.0, tails=True):
    """A plane made of straight lines."""
    masses = np.geomspace(800.0, 5000.0, 25)
    shares = np.linspace(0.0, 4.0, 81)
    chi2 = np.tile((shares - best) ** 2 / 0.04, (3, 1))
    lines = {c: k * masses / 1000 for c, k in (("now", 0.5), ("rescaled", 0.3), ("relative", 0.4))}
    return MassPlane(
        "S3", Entry("eta3L", 2), 2000.0, value, masses, lines if tails else {},
        {"dimuon": 0.55 * masses / 1000, "ditau": np.full(25, np.inf)},
        {"2021": 1700.0, "today": None}, {}, float(np.sqrt(4 * np.pi)),
        FitBand(masses[[0, 12, 24]], shares, chi2, "toy"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plane", "logarithmic"),
    [(toy(), False), (toy(value=0.01), True), (toy(tails=False), False), (toy(best=0.0), False)],
)
def test_figure_of_any_plane(plane, logarithmic):
    point = Point("generic", {"S3": 2000.0}, {"eta3L": [0, 0, plane.value]})
    figure = lhc_figure(plane, point, title="title")
    (axes,) = figure.axes
    assert (axes.get_yscale() == "log") == logarithmic
    assert axes.get_xlim() == pytest.approx((0.8, 5.0), abs=1e-9)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any("1.70 TeV" in text for text in texts)
    assert any("Run 2" in text for text in texts) == bool(plane.tails)
    figure.canvas.draw()


def test_figure_says_what_its_limits_are():
    plane = replace(toy(), field="V2", entry=Entry("x2L", 2))
    point = Point("generic", {"V2": 2000.0}, {"x2L": [0, 0, 0.5]})

    def legend(plane):
        return [text.get_text() for text in lhc_figure(plane, point).legends[0].get_texts()]

    assert "95 % CL, Drell–Yan in the EFT" in legend(plane)
    none = replace(plane, tails={case: np.full(25, np.inf) for case in plane.tails})
    assert "no perturbative limit of Drell–Yan" in legend(none)


def test_planes_are_read_back():
    plane = toy()
    back = MassPlane.of_record(json.loads(to_json(plane.record())))
    assert back.record() == plane.record()
    assert back.searches["ditau"][0] == np.inf
