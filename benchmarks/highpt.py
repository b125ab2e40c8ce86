"""The Drell-Yan tails: cost of a point, beside that of a data snapshot, in one run.

python benchmarks/highpt.py [--points 4096] [--snapshot 2026-06]

Prints a table: one point in numpy, a batch and a gradient in JAX for a model with muons alone, with
fixed and with free masses, each also as a ratio to the snapshot for the same card.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from timing import best

from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.card_file import parse_card

MUONS = """
model: B-3Lmu
masses: {S1: %s, S3: 3000.0}
mu_M: 3000.0
couplings:
  eta1L: [0, 0.1, {free: [-1, 1], name: a}]
  eta1R: [0, 0, {free: [-1, 1], name: b}]
  eta3L: [0, {free: [-1, 1], name: c}, {free: [-2, 2], name: d}]
"""
CARDS = {
    "muons, fixed masses": MUONS % "2500.0",
    "muons, a free mass": MUONS % "{free: [1000, 5000], name: M1}",
}
WHAT = ("load and compile", "a point in numpy", "batch, a point", "batch with gradient, a point")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=4096)
    parser.add_argument("--snapshot", default="2026-06")
    options = parser.parse_args()
    rows = []
    for name, text in CARDS.items():
        card = parse_card(text)
        found = {}
        for data in ("highpt", options.snapshot):
            start = time.perf_counter()
            likelihood = Likelihood(data)
            compiled = CardLikelihood.of(likelihood, card, "tree")
            low, high = np.array(compiled.bounds).T
            rng = np.random.default_rng(1)
            points = low + (high - low) * rng.uniform(size=(options.points, len(low)))
            compiled.total(points)
            ready = time.perf_counter() - start
            batch = best(lambda c=compiled, p=points: c.total(p), 3) / len(points)
            some = points[:512]
            compiled.values_and_gradients(some)
            slope = best(lambda c=compiled, p=some: c.values_and_gradients(p), 3) / len(some)
            point = match(
                card.point({p.name: float(x) for p, x in zip(card.free, points[0], strict=True)})
            )
            likelihood(point)
            alone = best(lambda c=likelihood, p=point: c(p), 5)
            found[data] = (ready, alone, batch, slope)
        for k, what in enumerate(WHAT):
            ours, theirs = found["highpt"][k], found[options.snapshot][k]
            rows.append((name, what, ours, ours / theirs))
    for name, what, seconds, ratio in rows:
        print(f"{name:22s} {what:30s} {1e6 * seconds:14.1f} us {ratio:8.3f} of {options.snapshot}")


if __name__ == "__main__":
    main()
