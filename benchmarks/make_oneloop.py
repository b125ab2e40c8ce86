"""Write the benchmark points of the one-loop matching, for other codes to compare with.

``oneloop.json`` is S1 + S3, ``oneloop_sets.json.gz`` each leptoquark alone and R2 + S3 at one
point; docs/matching.md says how to read them.  Run as
PYTHONPATH=src python benchmarks/make_oneloop.py
"""

import gzip
import json
from pathlib import Path

import numpy as np

from muoquark.matching.oneloop.exchange import tree
from muoquark.matching.oneloop.functions import Loops
from muoquark.matching.oneloop.inputs import Inputs
from muoquark.matching.oneloop.match import one_loop
from muoquark.smeft.tensors import total
from muoquark.smeft.warsaw import from_tensors

FILE = Path(__file__).with_name("oneloop.json")
SETS_FILE = Path(__file__).with_name("oneloop_sets.json.gz")
SM = ("Yu", "Yd", "Ye")
NUMBERS = {"mu": 2.5, "g1": 0.375, "g2": 0.625, "g3": 1.0, "lam": 0.25, "m2": 0.015625}
MASSES = {"S1": 2.0, "S3": 3.0, "S1t": 2.25, "R2": 2.75, "R2t": 1.75}
COUPLINGS = {
    **{"S1": ("eta1L", "eta1R"), "S3": ("eta3L",), "S1t": ("eta1tR",)},
    **{"R2": ("eta2L", "eta2R"), "R2t": ("eta2tL",)},
}
PORTALS = {
    **{"lH1": 0.5, "lH3": -0.25, "leH3": 0.375, "lH13": 0.125 + 0.25j, "lH1t": -0.375},
    **{"lH2": 0.625, "lsH2": -0.3125, "lH2t": 0.1875, "lsH2t": 0.4375},
}
OF = {
    **{"lH1": "S1", "lH3": "S3", "leH3": "S3", "lH13": "S1 S3", "lH1t": "S1t"},
    **{"lH2": "R2", "lsH2": "R2", "lH2t": "R2t", "lsH2t": "R2t"},
}
SETS = (("S1",), ("S1t",), ("S3",), ("R2",), ("R2t",), ("R2", "S3"))
DIGITS = 13


def matrices():
    """Multiples of 1/16, exact in every notation; those of S1 and S3 come first."""
    rng = np.random.default_rng(2107)

    def matrix():
        return (rng.integers(-12, 13, (3, 3)) + 1j * rng.integers(-12, 13, (3, 3))) / 16

    names = ("eta1L", "eta1R", "eta3L", *SM, "eta1tR", "eta2L", "eta2R", "eta2tL")
    return {name: matrix() for name in names}


def point(fields=("S1", "S3")):
    """The point of a set; a coupling has the same values in every set."""
    values = matrices()
    return Inputs(
        couplings={name: values[name] for field in fields for name in COUPLINGS[field]},
        masses={field: MASSES[field] for field in fields},
        portals={k: v for k, v in PORTALS.items() if set(OF[k].split()) <= set(fields)},
        **{name: values[name] for name in SM},
        **NUMBERS,
    )


def plain(x):
    """Complex numbers as [re, im], arrays as lists."""
    x = np.asarray(x)
    if x.ndim:
        return [plain(y) for y in x]
    return [float(f"{part:.{DIGITS - 1}e}") for part in (x.real, x.imag)]


def inputs(p):
    """The numbers that a point consists of."""
    names = {"S1": "M1", "S3": "M3", "S1t": "M1t", "R2": "M2", "R2t": "M2t"}
    out = {**p.couplings, **{name: getattr(p, name) for name in SM}}
    out |= {names[field]: mass for field, mass in p.masses.items()}
    out |= {name: getattr(p, name) for name in NUMBERS}
    return {name: plain(value) for name, value in {**out, **p.portals}.items()}


def document(fields=("S1", "S3")):
    """The benchmark of one set as plain data."""
    p = point(fields)
    f = Loops(p.masses, p.mu, np)
    born = total(tree(p, f, field) for field in fields)
    out = {
        "description": f"{' + '.join(fields)} to SMEFT, WCxf Warsaw (non-redundant, down-aligned "
        "in name only: the Yukawa matrices are general), units arbitrary, [re, im]; see "
        "docs/matching.md",
        "inputs": inputs(p),
        "tree": {k: plain(v) for k, v in from_tensors(born).items()},
    }
    for scheme in ("greek", "naive"):
        result = one_loop(p, scheme)
        values = from_tensors(result.coefficients)
        if scheme == "naive":
            values = {k: v for k, v in values.items() if plain(v) != out["greek"].get(k)}
        out[scheme] = {k: plain(v) for k, v in values.items()}
    out["shifts"] = {k: plain(v) for k, v in one_loop(p).shifts.items()}
    return out


def text(found):
    """One coefficient a line."""
    blocks = []
    for name, block in found.items():
        if isinstance(block, str):
            blocks.append(f"{json.dumps(name)}: {json.dumps(block)}")
        else:
            lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in block.items())
            blocks.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(document()))
    every = ",\n".join(f'"{"+".join(s)}": {text(document(s)).strip()}' for s in SETS)
    SETS_FILE.write_bytes(gzip.compress(f"{{\n{every}\n}}\n".encode(), mtime=0))
