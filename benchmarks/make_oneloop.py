"""Write benchmarks/oneloop.json: one point and every coefficient of the one-loop matching.

For other codes to compare with; docs/matching.md says how.  Run as
PYTHONPATH=src python benchmarks/make_oneloop.py
"""

import json
from pathlib import Path

import numpy as np

from muoquark.matching.exchange import exchange_table
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.matching.oneloop.match import one_loop
from muoquark.model.fields import built_in_model
from muoquark.smeft.warsaw import from_tensors

FILE = Path(__file__).with_name("oneloop.json")
NUMBERS = {
    **{"M1": 2.0, "M3": 3.0, "mu": 2.5, "g1": 0.375, "g2": 0.625, "g3": 1.0, "lam": 0.25},
    **{"m2": 0.015625, "lH1": 0.5, "lH3": -0.25, "leH3": 0.375, "lH13": 0.125 + 0.25j},
}


def point():
    """A point whose numbers are multiples of 1/16, exact in every notation."""
    rng = np.random.default_rng(2107)

    def matrix():
        return (rng.integers(-12, 13, (3, 3)) + 1j * rng.integers(-12, 13, (3, 3))) / 16

    return Inputs(
        **{name: matrix() for name in ("eta1L", "eta1R", "eta3L", "Yu", "Yd", "Ye")}, **NUMBERS
    )


def plain(x):
    """Complex numbers as [re, im], 12 digits, arrays as lists."""
    x = np.asarray(x)
    if x.ndim:
        return [plain(y) for y in x]
    return [float(f"{x.real:.11e}"), float(f"{x.imag:.11e}")]


def document():
    """The benchmark as plain data."""
    p = point()
    couplings = {name: getattr(p, name) for name in ("eta1L", "eta1R", "eta3L")}
    tree = exchange_table(built_in_model("generic"))(couplings, {"S1": p.M1, "S3": p.M3})
    ordered = {name: tree[name] for name in ("lq1", "lq3", "eu", "lequ1", "lequ3")}
    out = {
        "description": "S1 + S3 to SMEFT, WCxf Warsaw (non-redundant, down-aligned in name only: "
        "the Yukawa matrices are general), units arbitrary, [re, im]; see docs/matching.md",
        "inputs": {name: plain(value) for name, value in p._asdict().items()},
        "tree": {k: plain(v) for k, v in from_tensors(ordered).items()},
    }
    for scheme in ("greek", "naive"):
        result = one_loop(p, scheme)
        values = from_tensors(result.coefficients)
        if scheme == "naive":
            values = {k: v for k, v in values.items() if plain(v) != out["greek"].get(k)}
        out[scheme] = {k: plain(v) for k, v in values.items()}
    out["shifts"] = {k: plain(v) for k, v in one_loop(p).shifts.items()}
    return out


def text():
    """One coefficient a line."""
    blocks = []
    for name, block in document().items():
        if isinstance(block, str):
            blocks.append(f"{json.dumps(name)}: {json.dumps(block)}")
        else:
            lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in block.items())
            blocks.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text())
