"""Scans: right points, right numbers, a file that xarray reads."""

from __future__ import annotations

import json

import numpy as np
import pytest

import muoquark as package
from closeness import close
from muoquark.common.errors import InputError
from muoquark.inference.objective import Parameter
from muoquark.inference.priors import Priors
from muoquark.inference.scan.file import slabs
from muoquark.inference.scan.scan import (
    PIECE,
    ScanSettings,
    grid_axes,
    scan_settings,
    scan_to_file_with,
    scan_with,
)
from muoquark.inference.store import open_store
from muoquark.model.prior import Prior
from toy_target import COVARIANCE, Toy

PRIORS = Priors(
    (Parameter("a", 0.0, 2.0, 1.0), Parameter("b", 0.01, 1.0, 0.1)), (Prior(), Prior("log"))
)


def test_pieces_join_to_the_whole_grid():
    settings = ScanSettings(40 * 51, (40, 51))
    points = np.concatenate([settings.piece(PRIORS, k) for k in range(settings.pieces)])
    a, b = grid_axes(PRIORS, (40, 51))
    assert np.array_equal(points.reshape(40, 51, 2)[:, 0, 0], a)
    assert np.array_equal(points.reshape(40, 51, 2)[7, :, 1], b)
    assert a == close(np.linspace(0, 2, 40))
    assert b == close(np.geomspace(0.01, 1, 51))
    assert (b[0], b[-1]) == (0.01, 1.0)
    assert grid_axes(PRIORS, (1, 1))[1] == close([0.1])


def test_pieces_join_to_one_sobol_sequence():
    from scipy.stats.qmc import Sobol

    settings = ScanSettings(2 * PIECE + 48, seed=4)
    points = np.concatenate([settings.piece(PRIORS, k) for k in range(settings.pieces)])
    whole = Sobol(2, scramble=True, rng=np.random.default_rng(4)).random(2048)
    assert len(points) == 2048
    assert np.array_equal(points, PRIORS.from_cube(whole))
    # b spread evenly in its logarithm, as its prior says
    assert np.mean(points[:, 1] < 0.1) == pytest.approx(0.5, abs=1e-3)
    assert not np.array_equal(ScanSettings(PIECE, seed=5).piece(PRIORS, 0), points[:PIECE])


def test_pieces_come_in_any_order_from_one_sequence():
    settings = ScanSettings(3 * PIECE, seed=4)
    sobol = settings.sobol(PRIORS)
    for number in (0, 2, 1, 1, 2):
        found = settings.piece(PRIORS, number, sobol)
        assert np.array_equal(found, settings.piece(PRIORS, number))


def test_what_is_in_the_file(tmp_path):
    """Names, dimensions, types and attributes that users' scripts rely on; by h5py alone."""
    import h5py

    def content(settings, observables):
        path, inputs = tmp_path / "scan.nc", {"verb": "scan", "hash": "0", "versions": {}}
        store = open_store(path, inputs, resume=False, force=True)
        scan_to_file_with(Toy(), settings, inputs, observables, path, store)
        store.remove()
        with h5py.File(path) as file:
            said = {name: file.attrs[name] for name in file.attrs if name.startswith("muoquark")}
            assert {k: json.loads(v) for k, v in said.items()} == {
                "muoquark_inputs": inputs,
                "muoquark_status": {"1": "a is large"},
                "muoquark_priors": {
                    "a": "normal(0.4, 0.5) on [-5, 5]", "b": "flat on [0.01, 5]"
                },
            }  # fmt: skip
            assert file["loglike"].attrs["long_name"] == "ln L - ln L_SM, sum of the blocks"
            each = "ln L - ln L_SM of every block and group"
            assert file["parts"].attrs["long_name"] == each
            assert not any("_FillValue" in item.attrs for item in file.values())
            assert [*file["part"].asstr()[()]] == ["one", "two", "group"]
            return {name: (item.shape, item.dtype.str) for name, item in file.items()}

    common = {"part": ((3,), "|O")}
    on_grid = {
        "a": ((2,), "<f8"), "b": ((3,), "<f8"), "observable": ((2,), "|O"),
        "loglike": ((2, 3), "<f8"), "parts": ((2, 3, 3), "<f8"), "status": ((2, 3), "<i8"),
        "predictions": ((2, 3, 2), "<f8"),
    }  # fmt: skip
    points = {
        "point": ((5,), ">f4"), "a": ((5,), "<f8"), "b": ((5,), "<f8"),
        "loglike": ((5,), "<f8"), "parts": ((5, 3), "<f8"), "status": ((5,), "<i8"),
    }  # fmt: skip
    settings = ScanSettings(6, (2, 3), observables=(1, 0))
    assert content(settings, ("y", "x")) == common | on_grid
    assert content(ScanSettings(5), ()) == common | points


def test_numbers_and_file(tmp_path):
    toy = Toy()
    settings, names = scan_settings(toy.layout(), None, (6, 5), 1)
    found = scan_with(toy, settings, {"verb": "scan"}, names)
    d = found.points - np.array(toy.mean)
    chi2 = np.einsum("ni,ij,nj->n", d, np.linalg.inv(COVARIANCE), d)
    assert np.allclose(found.loglike, -0.5 * chi2, rtol=1e-12, atol=0)
    assert np.array_equal(found.status, found.points[:, 0] > 1.2)
    assert found.best == {"a": close(1.0), "b": close(1.2575)}
    dataset = found.dataset()
    assert dataset.loglike.dims == ("a", "b")
    assert json.loads(dataset.attrs["muoquark_inputs"]) == {"verb": "scan"}
    one = dataset.sel(a=1.0, method="nearest").isel(b=2)
    assert float(one.loglike) == float(one.parts.sel(part=["one", "two"]).sum())
    spread = scan_with(toy, ScanSettings(64), {}).dataset()
    assert spread.a.dims == spread.loglike.dims == ("point",)


@pytest.mark.parametrize("shape", [(7,), (3, 5), (4, 3, 5), (2, 1, 3, 4)])
def test_slabs_cut_a_grid(shape):
    total = int(np.prod(shape))
    whole = np.arange(total)
    for size in (1, 4, 11, total):
        grid = np.full(shape, -1)
        for start in range(0, total, size):
            piece = whole[start : start + size]
            for slab, part in slabs(shape, start, start + len(piece)):
                assert (grid[slab] == -1).all()
                grid[slab] = piece[part].reshape(grid[slab].shape)
        assert np.array_equal(grid.ravel(), whole)


@pytest.mark.parametrize("settings", [
    ScanSettings(45 * 51, (45, 51)), ScanSettings(PIECE + 7), ScanSettings(1, (1, 1))
])  # fmt: skip
def test_file_is_the_scan_in_memory(tmp_path, settings):
    """Written piece by piece, more than one of them, with an end that fills no piece."""
    import xarray

    toy, path = Toy(), tmp_path / "scan.nc"
    inputs = {"verb": "scan", "hash": "0", "versions": {}}
    found = scan_with(toy, settings, inputs)
    store = open_store(path, inputs, resume=False, force=False)
    short = scan_to_file_with(toy, settings, inputs, (), path, store)
    with xarray.open_dataset(path, engine="h5netcdf") as read:
        xarray.testing.assert_identical(read.load(), found.dataset())
    assert [p.name for p in tmp_path.iterdir() if p.name != "scan.nc.partial"] == ["scan.nc"]
    assert short.points == settings.points
    assert short.best == found.best
    assert short.loglike == found.loglike.max()
    assert short.ordinary == int((found.status == 0).sum())
    assert short.status == {"a is large": int((found.status & 1).sum())}


def test_mean_over_sobol_points_is_the_evidence():
    toy = Toy()
    a, b, density = toy.grid()
    found = scan_with(toy, ScanSettings(8192), {})
    expected = np.trapezoid(np.trapezoid(density, b, axis=1), a)
    assert np.mean(np.exp(found.loglike)) == close(expected, rel=5e-3)


@pytest.mark.parametrize(
    ("points", "grid", "patterns", "message"),
    [
        (None, None, (), "either a number of points or a grid"),
        (4, (2, 2), (), "either a number of points or a grid"),
        (None, (3,), (), "the grid has 1 numbers, the free parameters are 2: a, b"),
        (None, (3, 0), (), "at least one point"),
        (None, (10**6, 10**6), (), "asked for are 1,000,000,000,000"),
        (5, None, ("BR(Bs->mumumu)",), "no observable fits .* near are BR"),
    ],
)
def test_faulty_requests(points, grid, patterns, message):
    with pytest.raises(InputError, match=message):
        scan_settings(Toy().layout(), points, grid, 1, patterns, ["BR(Bs->mumu)", "x[1, 2]"])


def test_patterns_choose_observables():
    known = ["x[1, 2]", "<x>[3]", "x[3, 4]", "y"]
    settings, names = scan_settings(Toy().layout(), 5, None, 1, ["x", "x[1, 2]"], known)
    assert names == ("x[1, 2]", "x[3, 4]")
    assert settings.observables == (0, 2)


def test_command_refuses(muoquark, tmp_path):
    out = tmp_path / "x.nc"
    for arguments, message in (
        (["--points", "5", "--grid", "2,2"], "either a number of points or a grid"),
        (["--grid", "2,two"], "--grid is a list of whole numbers"),
        (["--points", "5", "--obs", "nothing"], "no observable fits 'nothing'"),
        (["paper", "--points", "5"], "the card has no free parameter"),
        (["nowhere", "--points", "5"], "nowhere: no such file"),
    ):
        outcome = muoquark("scan", *arguments, "--out", out)
        assert outcome.code == 2
        assert message in outcome.err
        assert not out.exists()
    card = tmp_path / "card.yaml"
    card.write_text("couplings: {eta3L: [0, {free: [0, 0.1]}, 0.4]}\n")
    outcome = muoquark("scan", card, "--points", "5", "--out", card, "--force")
    assert outcome.code == 2
    assert "was read by this command and is not written over" in outcome.err
    assert card.read_text().startswith("couplings")
    for verb in ("scan", "fit", "goodness", "profile", "robustness", "theory", "sample"):
        assert muoquark(verb, "--seed", "-1").code == 2
        assert "0<=x<=4294967295" in muoquark(verb, "--seed", str(2**32)).err
    out.write_text("")
    assert "exists already" in muoquark("scan", "--points", "5", "--out", out).err


@pytest.mark.slow
def test_command_against_the_likelihood_itself(muoquark, tmp_path):
    """A scan of a card beside matching, running and likelihood of each point by itself."""
    card = tmp_path / "card.yaml"
    text = (
        "masses: {{S1: 2500.0, S3: {mass}}}\nmu_M: 2500.0\n"
        "couplings: {{eta3L: [0.0, {x}, 0.5], eta1L: [0, 0, 0.1], eta1R: [0, 0, 0.1]}}\n"
    )
    card.write_text(text.format(mass="{free: [2000.0, 4000.0]}", x="{free: [-0.02, 0.02]}"))
    out = tmp_path / "scan.nc"
    outcome = muoquark(
        "scan", card, "--grid", "2,3", "--obs", "BR(Bs->mumu)", "--out", out, "--json"
    )
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["points"] == 6
    import xarray

    from muoquark.likelihood.likelihood import Likelihood

    likelihood = Likelihood("2026-06")
    names = [o.name for o in likelihood.observables]
    place = names.index("BR(Bs->mumu)")
    with xarray.open_dataset(out, engine="h5netcdf") as read:
        first, second = read.loglike.dims
        for k in range(2):
            for j in range(3):
                one = read.isel({first: k, second: j})
                fixed = tmp_path / f"{k}{j}.yaml"
                fixed.write_text(text.format(mass=float(one[first]), x=float(one[second])))
                result = likelihood(package.match(package.read_card(fixed).point()))
                assert float(one.loglike) == pytest.approx(result.total, abs=2e-3)
                for name, value in (result.blocks | result.groups).items():
                    assert float(one.parts.sel(part=name)) == pytest.approx(value, abs=2e-3)
                assert float(one.predictions[0]) == close(result.predictions[place], 1e-4)
