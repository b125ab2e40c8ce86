"""Results of verbs that take seconds, for the tests of what reads results."""

from __future__ import annotations

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
DATA = ("--data", "2021-07")


def make_results(folder, *names):
    """Write the cards and the results of some names, or of all, into a folder."""
    from muoquark.cli.main import main

    (folder / "plane.yaml").write_text(PLANE)
    (folder / "line.yaml").write_text(LINE)
    plane, line = str(folder / "plane.yaml"), str(folder / "line.yaml")
    calls = {
        "plane": ["fit", plane, *DATA, "--points", "80", "--out", str(folder / "plane")],
        "line": ["fit", line, *DATA, "--out", str(folder / "line")],
        "profile": ["profile", plane, *DATA, "--points", "11", "--out", str(folder / "profile"),
                    "--parameter", "C9_bsmumu", "--pair", "C9_bsmumu", "C10_bsmumu"],
        "goodness": ["goodness", line, *DATA, "--out", str(folder / "goodness")],
        "sample": ["sample", line, *DATA, "--chains", "2", "--warmup", "100", "--draws", "100",
                   "--out", str(folder / "sample")],
        "scan": ["scan", line, *DATA, "--grid", "41", "--out", str(folder / "scan.nc")],
    }  # fmt: skip
    for name in names or calls:
        main([*calls[name], "-q"])
