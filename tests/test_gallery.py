"""The gallery of the documentation: results are those of its cards, every picture is shown."""

import json
from pathlib import Path

import pytest

from muoquark.model.card_file import parse_card, read_card
from muoquark.report.redraw import Wishes, redraw

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = sorted((DOCS / "gallery" / "results").glob("*.json"))
CARDS = {
    "plane": "plane", "plane-r2": "plane-r2",
    **{path.stem: path for path in (DOCS / "gallery").glob("*.yaml")},
}  # fmt: skip


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_results_are_of_the_cards(path):
    document = json.loads(path.read_text())
    name = max((n for n in CARDS if path.stem.startswith(n)), key=len)
    made = parse_card(document["inputs"]["card"])
    expected = read_card(CARDS[name])
    assert made.masses == expected.masses
    # what is asked of a result is asked at its best fit, without free parameters
    assert made.free in ((), expected.free)
    assert document["inputs"]["verb"] in ("fit", "profile", "goodness", "lhc", "theory")


def test_every_picture_is_shown():
    assert len(RESULTS) > 7
    text = (DOCS / "gallery.md").read_text()
    for path in RESULTS:
        for picture in (f"{path.stem}.png", f"{path.stem}-grey.png"):
            assert f"(gallery/drawn/{picture})" in text, picture
        assert f"# {path.name}" in text


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_in_one_column(path):
    """In the width of a journal's column panels keep most of it; warnings are errors."""
    for name, figure in redraw(str(path), Wishes(width=3.4)).items():
        figure.draw_without_rendering()
        widths = [axes.get_window_extent().width / figure.dpi for axes in figure.axes]
        assert figure.get_size_inches()[0] == pytest.approx(3.4, abs=1e-9)
        least = 1.0 if path.stem.endswith(("profile", "goodness")) or name == "dipoles" else 2.2
        assert min(widths) > least, name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plane", "plane-r2", "u1", "zprime", "rd"])
def test_the_commands_give_the_results(name, muoquark, tmp_path):
    found = muoquark("fit", CARDS[name], "--out", tmp_path, "-q")
    assert found.code == 0, found.err
    before = json.loads((DOCS / "gallery" / "results" / f"{name}.json").read_text())
    now = json.loads((tmp_path / "fit.json").read_text())
    assert now["delta_chi2"] == pytest.approx(before["delta_chi2"], abs=1e-3)
    for parameter, errors in before["errors"].items():
        size = 0.02 * errors if isinstance(errors, float) else 1e-3
        assert now["best_fit"][parameter] == pytest.approx(
            before["best_fit"][parameter], abs=max(size, 1e-9)
        )
