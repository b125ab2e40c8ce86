"""The published benchmark is what the code gives."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np

from muoquark.matching.oneloop.match import one_loop
from muoquark.smeft.warsaw import from_tensors

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "make_oneloop.py"


def test_benchmark_file():
    """All coefficients to the printed digits; tree, both schemes, shifts."""
    spec = importlib.util.spec_from_file_location("make_oneloop", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stored = json.loads(module.FILE.read_text())
    fresh = module.document()
    assert stored["inputs"] == fresh["inputs"]
    for block in ("tree", "greek", "shifts"):
        assert stored[block].keys() == fresh[block].keys()
        for name, value in fresh[block].items():
            np.testing.assert_allclose(stored[block][name], value, rtol=1e-10, atol=1e-15)
    # Of the naive scheme those are stored that differ in the printed digits.
    naive = from_tensors(one_loop(module.point(), "naive").coefficients)
    for name, value in stored["naive"].items():
        np.testing.assert_allclose(value, module.plain(naive[name]), rtol=1e-10, atol=1e-15)
    families = {name.partition("_")[0] for name in stored["naive"]}
    assert families == {"lq1", "lq3", "eu", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"}
