"""What one loop costs, compiled: sets of leptoquarks against the S1 + S3 formulae by hand.

PYTHONPATH=src:tests python benchmarks/oneloop_speed.py [--repeat 500]

Prints ratios to the hand-written formulae (tests/reference/oneloop) on the same machine, the
fastest of many calls of each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax

from muoquark.common.arrays import double_precision
from muoquark.matching.oneloop.match import one_loop
from oneloop_points import random_inputs, random_set
from reference.oneloop.match import one_loop as by_hand

SETS = (("S1",), ("S1", "S3"), ("R2", "S3"), ("S1", "S1t", "S3", "R2", "R2t"))


def fastest(function: Callable[[Any], Any], point: Any, repeat: int) -> float:
    """Return seconds of one call, compiled."""
    compiled = jax.jit(lambda x: function(x).coefficients)
    arrays = jax.tree.map(jax.numpy.asarray, point)
    jax.block_until_ready(compiled(arrays))
    found = []
    for _ in range(repeat):
        begin = time.perf_counter()
        jax.block_until_ready(compiled(arrays))
        found.append(time.perf_counter() - begin)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=500)
    repeat = parser.parse_args().repeat
    with double_precision():
        reference = fastest(by_hand, random_inputs(1), repeat)
        print(f"S1 + S3 by hand{'':12s} {reference * 1e3:6.2f} ms")
        for fields in SETS:
            seconds = fastest(one_loop, random_set(fields, 1), repeat)
            name = " + ".join(fields)
            print(f"{name:28s} {seconds * 1e3:5.2f} ms   x {seconds / reference:.2f}")


if __name__ == "__main__":
    main()
