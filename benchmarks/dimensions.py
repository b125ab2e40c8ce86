"""Batches of general models: cards with 18 and 54 free couplings, and free masses.

python benchmarks/dimensions.py [--cards plane,masses,18,54]

Prints for each card the time of a point in a batch, with gradient, what compiling took, and the
peak memory of a process that does that alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time

import numpy as np
from timing import best


def block(name: str, size: float = 0.1) -> str:
    """Return a complex 3x3 matrix of free couplings, in YAML."""
    entry = "{{Re: {{free: [-{s}, {s}], name: {n}r}}, Im: {{free: [-{s}, {s}], name: {n}i}}}}"
    rows = (
        "[" + ", ".join(entry.format(s=size, n=f"{name}_{i}{j}") for j in range(3)) + "]"
        for i in range(3)
    )
    return f"  {name}: [{', '.join(rows)}]\n"


GENERAL = "model: generic\nmasses: {S1: 3000.0, S3: 3000.0}\nmu_M: 3000.0\ncouplings:\n"
MASSES = """model: B-3Lmu
masses: {S1: {free: [1500, 8000], name: M1}, S3: {free: [1500, 8000], name: M3}}
mu_M: 3000.0
couplings:
  eta3L: {ansatz: U2, value: {free: [0.0, 0.8], start: 0.4, name: eta3L_3}}
  eta1L: {ansatz: U2, value: 0.1}
  eta1R: {ansatz: U2, value: 0.1}
product: {name: p, of: [eta1L_3, eta1R_3], free: [-0.02, 0.05], start: 0.01}
"""
CARDS = {
    "plane": None,
    "masses": MASSES,
    "18": GENERAL + block("eta3L"),
    "54": GENERAL + "".join(map(block, ("eta3L", "eta1L", "eta1R"))),
}


def measure(name: str) -> None:
    """Measure one card, in a process of its own."""
    from muoquark.inference.card_likelihood import CardLikelihood
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.model.card_file import parse_card, read_card

    text = CARDS[name]
    card = read_card("plane") if text is None else parse_card(text)

    start = time.perf_counter()
    compiled = CardLikelihood.of(Likelihood("2026-06"), card)
    made = time.perf_counter() - start
    low, high = np.array(compiled.bounds).T
    theta = low + (high - low) * np.random.default_rng(1).uniform(size=(1024, len(low)))
    first = best(lambda: compiled.parts(theta), 1)
    gradient = best(lambda: compiled.values_and_gradients(theta[:64]), 1)
    each = best(lambda: compiled.parts(theta)) / 1024
    slope = best(lambda: compiled.values_and_gradients(theta[:512])) / 512
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:8s} {len(low):3d} parameters: {1e6 * each:7.1f} us, gradient {1e6 * slope:7.1f}"
        f" us; made in {made:5.1f} s, compiled in {first:5.1f} s, gradient in {gradient:5.1f} s; "
        f"{memory:.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure every card."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", default=",".join(CARDS))
    for name in parser.parse_args().cards.split(","):
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(name,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
