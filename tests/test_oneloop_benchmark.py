"""The published benchmarks are what the code gives."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from muoquark.matching.oneloop.match import one_loop
from muoquark.smeft.warsaw import from_tensors

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "make_oneloop.py"
_SPEC = importlib.util.spec_from_file_location("make_oneloop", SCRIPT)
MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MODULE)
#: Of the naive scheme those are stored that differ in the printed digits.
NAIVE = {
    "S1+S3": {"lq1", "lq3", "eu", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"},
    "S1": {"lq1", "lq3", "eu", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"},
    "S1t": {"ed", "ld", "qe", "ledq"},
    "S3": {"lq1", "lq3", "lu", "ld", "qe", "ledq"},
    "R2": {"lq1", "lq3", "eu", "ed", "lequ1", "lequ3", "lu", "qe", "ledq"},
    "R2t": {"ld", "ed", "lq1", "ledq"},
    "R2+S3": {"lq1", "lq3", "eu", "ed", "lequ1", "lequ3", "lu", "ld", "qe", "ledq"},
}


def stored(name):
    if name == "S1+S3":
        return json.loads(MODULE.FILE.read_text())
    return json.loads(gzip.decompress(MODULE.SETS_FILE.read_bytes()))[name]


def test_every_set_is_there():
    names = json.loads(gzip.decompress(MODULE.SETS_FILE.read_bytes())).keys()
    assert set(names) == {"+".join(s) for s in MODULE.SETS} == set(NAIVE) - {"S1+S3"}


@pytest.mark.parametrize("name", NAIVE)
def test_benchmark_file(name):
    """All coefficients to the printed digits; tree, both schemes, shifts."""
    fields = tuple(name.split("+"))
    found, fresh = stored(name), MODULE.document(fields)
    assert found["inputs"] == fresh["inputs"]
    for block in ("tree", "greek", "shifts"):
        assert found[block].keys() == fresh[block].keys()
        for key, value in fresh[block].items():
            np.testing.assert_allclose(found[block][key], value, rtol=1e-11, atol=1e-15)
    naive = from_tensors(one_loop(MODULE.point(fields), "naive").coefficients)
    for key, value in found["naive"].items():
        np.testing.assert_allclose(value, MODULE.plain(naive[key]), rtol=1e-11, atol=1e-15)
    assert {key.partition("_")[0] for key in found["naive"]} == NAIVE[name]
