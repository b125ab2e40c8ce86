"""Results of verbs that take seconds, for the tests of what reads results."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

import pytest

PLANE = """
eft: WET
basis: flavio
scale: 4.8
coefficients:
  C9_bsmumu: {free: [-2, 1]}
  C10_bsmumu: {free: [-20, 20]}
"""
LINE = """
eft: WET
basis: flavio
scale: 4.8
coefficients: {C9_bsmumu: {free: [-2, 1]}}
"""
CARDS = {"plane.yaml": PLANE, "line.yaml": LINE}
DATA = ("--data", "2021-07")
CALLS = {
    "plane": ["fit", "plane.yaml", "--points", "80"],
    "line": ["fit", "line.yaml"],
    "profile": ["profile", "plane.yaml", "--points", "11", "--parameter", "C9_bsmumu",
                "--pair", "C9_bsmumu", "C10_bsmumu"],
    "goodness": ["goodness", "line.yaml"],
    "sample": ["sample", "line.yaml", "--chains", "2", "--warmup", "100", "--draws", "100"],
    "scan": ["scan", "line.yaml", "--grid", "41"],
}  # fmt: skip


# Of this process, by name: the folder of a result, and the figures that the verb drew by their
# names there.  Each verb takes seconds, and most of the tests that read results want the same ones.
KEPT = {}


def make_results(folder, *names):
    """Write the cards and the results of some names, or of all, into a folder.

    Returns the figures that the verbs drew, by the names of their files without suffix.
    """
    for card, text in CARDS.items():
        (folder / card).write_text(text)
    drawn = {}
    for name in names or CALLS:
        if name not in KEPT:
            KEPT[name] = made(name)
        there, figures = KEPT[name]
        shutil.copytree(there, folder, dirs_exist_ok=True)
        drawn |= {str(folder / stem): figure for stem, figure in figures.items()}
    return drawn


def made(name):
    """Return the folder with the result of a name, and the figures that were drawn."""
    from muoquark.cli.main import main
    from muoquark.report import style

    folder = Path(tempfile.mkdtemp(prefix="results-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    drawn, plain = {}, style.save_figure

    def save_figure(figure, stem, *forms):
        drawn[str(Path(stem).relative_to(folder))] = figure
        return plain(figure, stem, *forms)

    for card, text in CARDS.items():
        (folder / card).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "save_figure", save_figure)
        verb, card, *options = CALLS[name]
        out = folder / ("scan.nc" if name == "scan" else name)
        main([verb, str(folder / card), *DATA, *options, "--out", str(out), "-q"])
    return folder, drawn
