"""What theory errors of the point cost: ratios of times to those of the errors of the SM.

python benchmarks/theory_errors.py [CARD]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import muoquark

POINTS = 1024


def seconds(function: Callable[[], Any], repeats: int = 3) -> float:
    """Return the shortest of a few times."""
    function()
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return float(best)


def main(card: str = "plane") -> None:
    """Print times per point, in microseconds, and their ratios to those of `sm`."""
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {}
    for mode in ("sm", "relative", "point"):
        likelihood = muoquark.Likelihood("2026-06", theory_errors=mode)
        function = likelihood.function(card)
        low, high = np.array(function.bounds).T
        points = low + (high - low) * rng.uniform(size=(POINTS, len(low)))
        forward, inputs = function.full(likelihood, points[0])
        found[mode] = [
            seconds(lambda f=function, p=points: f(p)) / POINTS,
            seconds(lambda f=function, p=points: f.with_gradient(p)) / POINTS,
            seconds(lambda f=function, p=points: f.values_and_gradients(p)) / POINTS,
            seconds(lambda f=forward, x=inputs: f.evaluate(x)),
        ]
    names = ("all parts", "with gradient, one by one", "with gradient, in batches", "one, numpy")
    print(f"{'':28s}" + "".join(f"{mode:>22s}" for mode in found))
    for k, name in enumerate(names):
        cells = [f"{1e6 * t[k]:10.1f} us ({t[k] / found['sm'][k]:6.1f})" for t in found.values()]
        print(f"{name:28s}" + "".join(f"{cell:>22s}" for cell in cells))


if __name__ == "__main__":
    main(*sys.argv[1:])
