"""The compiled likelihood beside smelli, on the same points, in one run.

python benchmarks/likelihood.py [--points 10000] [--smelli 3]    (needs the extra 'exact')

Prints a table: time per point of smelli, and of the compiled likelihood for one point, a batch,
value and gradient, each as a ratio to smelli; what starting costs; peak memory.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from timing import best

from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.referee import exact_loglike
from muoquark.matching.match import match
from muoquark.model.card_file import read_card


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--smelli", type=int, default=3)
    parser.add_argument("--chain", default="smelli")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    theta = rng.uniform([0.1, 0.0], [0.5, 0.03], (options.points, 2))
    rows = []
    start = time.perf_counter()
    likelihood = Likelihood("2026-06", options.chain)
    compiled = CardLikelihood.of(likelihood, read_card("plane"))
    compiled.parts(theta[:1])
    rows.append(("load and compile for one point", time.perf_counter() - start, 1))
    compiled.parts(theta)
    start = time.perf_counter()
    compiled.value_and_gradient(theta[0])
    rows.append(("compile the gradient", time.perf_counter() - start, 1))
    compiled.values_and_gradients(theta[: min(len(theta), 1024)])
    rows.append(("single point", best(lambda: compiled.parts(theta[:1]), 50), 1))
    rows.append(("batch", best(lambda: compiled.parts(theta), 3), len(theta)))
    gradient = best(lambda: compiled.value_and_gradient(theta[0]), 50)
    rows.append(("value and gradient, single", gradient, 1))
    some = theta[: min(len(theta), 1024)]
    rows.append(
        (
            "value and gradient, batch",
            best(lambda: compiled.values_and_gradients(some), 3),
            len(some),
        )
    )
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    card = read_card("plane")
    points = []
    for values in theta[: options.smelli + 1]:
        names = [p.name for p in card.free]
        points.append(match(card.point(dict(zip(names, map(float, values), strict=True)))))
    exact_loglike(points[0], options.chain)  # loads flavio and the SM once
    start = time.perf_counter()
    for point in points[1:]:
        exact_loglike(point, options.chain)
    smelli = (time.perf_counter() - start) / options.smelli
    print(f"smelli: {smelli:.2f} s a point; peak memory without smelli {ours:.0f} MB")
    for name, seconds, count in rows:
        each = seconds / count
        print(f"{name:34s} {1e6 * each:12.1f} us   {smelli / each:12.0f} x smelli")


if __name__ == "__main__":
    main()
