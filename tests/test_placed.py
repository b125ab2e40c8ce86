"""Points of results: the best fit, draws, the SM, values by name."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.common.netcdf import read_arrays
from muoquark.model.card import Card
from muoquark.model.card_file import read_card
from muoquark.report.placed import placed
from muoquark.smeft.wcxf import WilsonCoefficients

CARD = """\
mu_M: 3000
couplings: {eta3L: {ansatz: U2, value: {free: [0, 0.5], name: s, start: 0.2}, light: 1.5}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with results of the same card: of a fit, written by hand, and of scans."""
    from muoquark.inference.scan.request import scan_to_file

    folder = tmp_path_factory.mktemp("results")
    (folder / "card.yaml").write_text(CARD)
    card = read_card(folder / "card.yaml")
    inputs = {"verb": "fit", "card": card.to_yaml(), "order": "tree"}
    fit = {"best_fit": {"s": 0.3}, "delta_chi2": 1.0, "inputs": inputs}
    (folder / "fit.json").write_text(json.dumps(fit))
    scan_to_file(folder / "grid.nc", card, grid=[4], order="tree")
    scan_to_file(folder / "sobol.nc", card, points=4, order="tree")
    return folder


def third(found) -> complex:
    """The coupling of b and mu."""
    assert isinstance(found.content, Card)
    assert not found.content.free
    return complex(found.content.point().couplings["eta3L"][2, 1])


def test_of_a_fit(folder):
    path = str(folder / "fit.json")
    for at in (None, "best"):
        found = placed(path, at)
        assert third(found) == 0.3
        assert found.words == "best fit of fit.json"
        assert found.inputs["order"] == "tree"
        # ... with what else the card says.
        expected = found.family.point({"s": 0.3})
        assert np.array_equal(found.content.point().couplings["eta3L"], expected.couplings["eta3L"])
    assert third(placed(path, "s=0.45")) == 0.45
    assert third(placed(path, "start")) == 0.2
    sm = placed(path, "SM")
    assert sm.content == WilsonCoefficients(3000.0, {})


def test_of_a_card(folder):
    path = str(folder / "card.yaml")
    assert placed(path).content.free
    assert third(placed(path, "start")) == 0.2
    assert third(placed(path, "s = 0.1")) == 0.1
    assert placed(path, "SM").content == WilsonCoefficients(3000.0, {})


@pytest.mark.parametrize("name", ["grid.nc", "sobol.nc"])
def test_of_a_scan(folder, name):
    path = str(folder / name)
    _, arrays = read_arrays(path)
    loglike = arrays["/loglike"]
    points = np.linspace(0, 0.5, 4) if name == "grid.nc" else arrays["/s"]
    for k in range(4):
        assert third(placed(path, f"point:{k}")) == points[k]
    assert third(placed(path, "best")) == points[np.argmax(loglike)]
    assert third(placed(path)) == points[np.argmax(loglike)]


@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("fit.json", "draw:3", "draws and points stand in the file"),
        ("fit.json", "worst", "--at worst: expected best, draw:K"),
        ("fit.json", "q=0.1", "'q' is not free in this card: Allowed: s"),
        ("fit.json", "s=much", "expected a number for s, found 'much'"),
        ("fit.json", "s=nan", "expected a finite number for s"),
        ("grid.nc", "point:4", "--at point:4: there are 4, counted from 0"),
        ("grid.nc", "middle", "--at middle: expected best"),
        ("card.yaml", "best", "of a card it is SM, start or name=value"),
        ("card.yaml", "draw:1", "of a card it is SM, start or name=value"),
    ],
)
def test_faults(folder, name, at, message):
    with pytest.raises(InputError) as caught:
        placed(str(folder / name), at)
    assert message in str(caught.value)


def test_coefficients_have_no_place(tmp_path):
    path = tmp_path / "c.json"
    path.write_text('{"eft": "SMEFT", "basis": "Warsaw", "scale": 500, "values": {"phiD": 1e-8}}')
    assert placed(str(path)).content["phiD"] == 1e-8
    assert placed(str(path), "SM").content["phiD"] == 0
    with pytest.raises(InputError, match="of a file of coefficients it is SM"):
        placed(str(path), "best")


def test_verbs_take_the_order_of_a_result(folder, muoquark):
    """The notes and the coefficients are those of tree level, as the fit was."""
    tree = muoquark("match", folder / "fit.json")
    assert tree.code == 0, tree.err
    assert "note: at best fit of fit.json" in tree.err
    assert "tree-level exchange" in json.loads(tree.out)["metadata"]["content"]
    loop = muoquark("match", folder / "fit.json", "--order", "loop")
    assert len(json.loads(loop.out)["values"]) > len(json.loads(tree.out)["values"])
    outcome = muoquark("theory", folder / "fit.json", "--at", "SM")
    assert outcome.code == 2
    assert "this is the SM, 'muoquark theory' needs a card" in outcome.err


def test_verbs_take_the_data_of_a_result(folder, muoquark):
    """Without data on the command line they are those of the result, and so are measurements."""
    measurements = folder / "m.yaml"
    measurements.write_text("mine:\n  values:\n    BR(Bs->mumu): (1.0 ± 0.1) e-9\n")
    made = muoquark(
        "scan", folder / "card.yaml", "--grid", "2", "--data", "2021-07", "--order", "tree",
        "--measurements", measurements, "--fix-ckm", "--out", folder / "own.nc",
    )  # fmt: skip
    assert made.code == 0, made.err

    def data_of(*options):
        outcome = muoquark("loglike", folder / "own.nc", "--json", *options)
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out)["inputs"]["data"]

    own = data_of()
    assert own["parts"][0]["snapshot"] == "2021-07"
    assert (own["user_measurements"], own["fix_ckm"], own["chain"]) == (["mine"], True, "full")
    other = data_of("--chain", "smelli")
    assert (other["user_measurements"], other["chain"]) == (["mine"], "smelli")
    new = data_of("--data", "2026-06")
    assert new["parts"][0]["snapshot"] == "2026-06"
    assert (new["user_measurements"], new.get("fix_ckm")) == ([], None)
