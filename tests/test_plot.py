"""Figures drawn again from files: the same as before, and as one wants them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from muoquark.report.redraw import Wishes, redraw
from small_results import make_results


@pytest.fixture(scope="module")
def drawn():
    """The figures that the verbs drew, by the names of their files without suffix."""
    return {}


@pytest.fixture(scope="module")
def results(tmp_path_factory, drawn):
    """Results of all verbs that draw, with the figures that they drew."""
    folder = tmp_path_factory.mktemp("results")
    drawn.update(make_results(folder))
    return folder


def contents(figure):
    """All numbers and texts in a figure: lines, patches, collections, ends of axes."""
    figure.draw_without_rendering()  # labels of ticks are written when they are drawn
    found = []
    for axes in figure.axes:
        found += [np.asarray(axes.get_xlim()), np.asarray(axes.get_ylim())]
        found += [line.get_xydata() for line in axes.lines]
        found += [patch.get_path().vertices for patch in axes.patches]
        for collection in axes.collections:
            found += [path.vertices for path in collection.get_paths()]
    return found, [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("plane/fit.json", ("plane/fit",)),
        ("line/fit.json", ("line/fit",)),
        ("profile/profile.json", ("profile/profile", "profile/pair")),
        ("goodness/goodness.json", ("goodness/pulls",)),
        ("sample/sample.nc", ("sample/corner",)),
        ("scan.nc", ("scan",)),
    ],
)
def test_the_same_again(results, drawn, muoquark, tmp_path, name, figures):
    """Letters may move by a fraction of a pixel with what a process drew before, nothing else."""
    found = muoquark("plot", results / name, "--out", tmp_path, "--format", "png")
    assert found.code == 0, found.err
    redrawn = redraw(str(results / name))
    for figure in figures:
        one = contents(redrawn[figure.rpartition("/")[2]])
        other = contents(drawn[str(results / figure)])
        assert set(one[1]) == set(other[1])
        assert len(one[0]) == len(other[0]) > 3
        for new, old in zip(one[0], other[0], strict=True):
            assert np.array_equal(new, old, equal_nan=True)
    for figure in figures:
        again, before = (
            np.asarray(Image.open(path).convert("L").reduce(8), dtype=float)
            for path in (tmp_path / f"{figure.rpartition('/')[2]}.png", results / f"{figure}.png")
        )
        assert again.shape == before.shape and before.std() > 5
        assert np.abs(again - before).mean() < 0.3


def test_what_the_axes_show(results):
    """C10 is allowed in a small part of its range only: the picture is cut to it."""
    document = json.loads((results / "plane/fit.json").read_text())
    low, high = redraw(str(results / "plane/fit.json"))["fit"].axes[0].get_ylim()
    assert high - low < 10
    ((a, b),) = document["profiles"]["C10_bsmumu"]["interval_2sigma"]
    assert low < a < b < high
    # and the contour is that of the finer grid: no corner is a tenth of its size
    (line,) = document["drawn"]["contours"]["1 sigma"]
    steps = np.diff(np.array(line), axis=0)
    assert np.all(np.abs(steps).max(axis=0) < 0.1 * np.ptp(np.array(line), axis=0))


def test_as_one_wants_it(results):
    source = str(results / "plane/fit.json")
    bands = list(json.loads((results / "plane/fit.json").read_text())["drawn"]["bands"])
    wishes = Wishes(
        bands=tuple(bands[:1]), xlim=(-1.5, 0.5), ylim=(-3.0, 3.0), title="mine", width=3.4,
        labels={"C9_bsmumu": "$x$", bands[0]: "the $y$ group"}, settings={"font.family": "serif"},
    )  # fmt: skip
    figure = redraw(source, wishes)["fit"]
    (axes,) = figure.axes
    assert (axes.get_xlim(), axes.get_ylim()) == ((-1.5, 0.5), (-3.0, 3.0))
    assert (axes.get_xlabel(), axes.get_title()) == ("$x$", "mine")
    assert figure.get_size_inches()[0] == pytest.approx(3.4, abs=1e-9)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any(t.startswith("the $y$ group") for t in texts)
    assert len([t for t in texts if "R_" in t or "BR" in t]) == 0
    assert axes.get_xlabel() != redraw(source)["fit"].axes[0].get_xlabel()


def test_chains_and_forms(results, muoquark, tmp_path):
    call = muoquark("plot", results / "sample/sample.nc", "--trace", "--out", tmp_path,
                    "--format", "svg", "--width", "page", "--title", "")  # fmt: skip
    assert call.code == 0, call.err
    assert {p.name for p in tmp_path.iterdir()} == {"corner.svg", "trace.svg"}
    first = (tmp_path / "corner.svg").read_text()
    muoquark("plot", results / "sample/sample.nc", "--out", tmp_path, "--format", "svg",
             "--width", "page", "--title", "", "--force")  # fmt: skip
    assert (tmp_path / "corner.svg").read_text() == first


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("plane/fit.json", ("--bands", "R_K"), "no band 'R_K' in this result"),
        ("plane/fit.json", ("--xlim", "1"), "--xlim 1: expected two numbers"),
        ("plane/fit.json", ("--xlim", "1,1"), "two finite numbers that differ"),
        ("plane/fit.json", ("--ylim", "0,nan"), "two finite numbers that differ"),
        ("plane/fit.json", ("--label", "C9"), "--label C9: expected NAME=TEX"),
        ("plane/fit.json", ("--label", "C9=$x$"), "--label C9: not in this result"),
        ("plane/fit.json", ("--label", "C9_bsmumu=$x"), "a dollar is not closed"),
        ("plane/fit.json", ("--label", r"C9_bsmumu=$\nonsense$"), "figures cannot draw"),
        ("plane/fit.json", ("--format", "gif"), "--format gif: there are pdf, png, svg"),
        ("plane/fit.json", ("--width", "1"), "--width 1: expected column, page"),
        ("plane/fit.json", ("--style", "nowhere"), "nowhere"),
        ("plane/fit.json", ("--style", "BAD"), "not a setting of matplotlib"),
        ("plane/fit.json", (), "exists already"),
        ("scan.nc", ("--trace",), "exists already"),
        ("plane.yaml", (), "not a result"),
        ("nothing.json", (), "nothing.json"),
    ],
)
def test_one_message(results, muoquark, tmp_path, name, options, said):
    (tmp_path / "bad.mplstyle").write_text("font.size: 9\nfont.sizes: 3\n")
    options = [str(tmp_path / "bad.mplstyle") if o == "BAD" else o for o in options]
    found = muoquark("plot", results / name, *options)
    assert (found.code, said in found.err) == (2, True), found.err
    assert len(found.err.strip().splitlines()) == 1


def test_results_without_figures(results, muoquark, tmp_path):
    """An older file, one that was damaged, and a verb that draws nothing."""
    document = json.loads((results / "plane/fit.json").read_text())
    for change, said in (
        ({"drawn": {"names": ["a"]}}, "of an older version?"),
        ({"inputs": {**document["inputs"], "verb": "loglike"}}, "a result of 'loglike' has no"),
    ):
        (tmp_path / "changed.json").write_text(json.dumps({**document, **change}))
        found = muoquark("plot", tmp_path / "changed.json")
        assert (found.code, said in found.err) == (2, True), found.err
