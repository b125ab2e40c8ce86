"""What posteriors cost, in evaluations and in time, beside what smelli would need for the same.

python benchmarks/sample.py [--million] [--workers 2] [--smelli-points 3]   (smelli: extra 'exact')

Samples the paper's plane with NUTS: counts likelihood gradients, effective draws and seconds.  A
gradient costs smelli, which has none, n + 1 of its points at least (differences); it is asked for
its own log-likelihood in the same run.  --million goes on until a million gradients are done.
The draws do not depend on --workers.  Prints the page docs/benchmarks-sampling.md (--out writes
it).  Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np

from muoquark.inference.sample.nuts import NutsSettings
from muoquark.inference.sample.sample import request, sample
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.card_file import read_card

MILLION = 1_000_000


def smelli_seconds(points, chain, number):
    """Seconds of one likelihood of smelli, the first one (which loads it) left out."""
    from muoquark.likelihood.referee import exact_loglike

    card = read_card("plane")
    names = [p.name for p in card.free]
    coefficients = [
        match(card.point(dict(zip(names, map(float, values), strict=True))))
        for values in points[: number + 1]
    ]
    exact_loglike(coefficients[0], chain)
    start = time.perf_counter()
    for one in coefficients[1:]:
        exact_loglike(one, chain)
    return (time.perf_counter() - start) / number


def long(seconds):
    """A time in words."""
    for unit, size in (("years", 3.156e7), ("days", 86400), ("h", 3600), ("min", 60)):
        if seconds > 1.5 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def run(likelihood, settings, workers):
    """Sample once; return draws, gradients (warm-up included) and seconds.

    The seconds include what every start costs: loading, compiling, evaluating all draws.
    """
    recipe, inputs = request(read_card("plane"), settings, likelihood)
    steps = []

    class Counting:
        """A store that keeps nothing but the number of steps of every unit."""

        def load(self, stream, segment):
            return None

        def save(self, stream, segment, state, output):
            steps.append(int(output["n_steps"].sum()))

    start = time.perf_counter()
    result = sample(recipe, settings, workers, store=Counting(), inputs=inputs)
    return result, sum(steps), time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="2026-06")
    parser.add_argument("--chain", default="full")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--smelli-points", type=int, default=0)
    parser.add_argument("--out")
    options = parser.parse_args()
    likelihood = Likelihood(options.data, options.chain)
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        # Programs compiled in this run only: no help from an earlier one.
        os.environ["MUOQUARK_CACHE"] = cache
        result, gradients, seconds = run(
            likelihood, NutsSettings(draws=options.draws), options.workers
        )
        rows.append((f"4 chains of {options.draws}", result, gradients, seconds))
        if options.million:
            # As many draws as make a million gradients, at what a draw cost just now.
            chains = 4 * -(-MILLION // gradients)
            more = NutsSettings(chains=chains, draws=options.draws)
            result, gradients, seconds = run(likelihood, more, options.workers)
            rows.append((f"{chains} chains of {options.draws}", result, gradients, seconds))
    low, high = np.array([(p.low, p.high) for p in read_card("plane").free]).T
    points = low + (high - low) * np.random.default_rng(1).uniform(size=(50, 2))
    smelli = None
    if options.smelli_points:
        smelli = smelli_seconds(points, options.chain, options.smelli_points)
    text = page(options, rows, smelli, os.getloadavg()[0])
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")


def page(options, rows, smelli, load):
    """The page of the documentation: a table, and what its columns are."""
    beside = f", smelli {smelli:.1f} s a point in the same run" if smelli else ""
    lines = [
        "# Speed of sampling", "",
        f"`benchmarks/sample.py`, the paper's plane (2 parameters), snapshot `{options.data}`,",
        f"chain `{options.chain}`, on {options.workers} of {os.cpu_count()} cores "
        f"({platform.machine()}){beside}. Average load of",
        f"the machine at the end: {load:.1f}.", "",
        "| posterior | gradients | time | effective draws | per second | per gradient, one core "
        "| smelli | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, result, gradients, seconds in rows:
        table = result.summary()
        worth = min(min(r["ess_bulk"], r["ess_tail"]) for r in table.values())
        theirs = (len(table) + 1) * gradients * smelli / options.workers if smelli else None
        each = 1e3 * seconds * options.workers / gradients
        lines.append(
            f"| {name} | {gradients:,} | {long(seconds)} | {worth:,.0f} | {worth / seconds:.3g} "
            f"| {each:.2g} ms | {long(theirs) if theirs else 'not asked'} "
            f"| {f'{theirs / seconds:,.0f}' if theirs else ''} |"
        )
        lines += [f"\nwarning: {trouble}" for trouble in result.troubles()]
    lines += [
        "",
        "Gradients: steps of the trajectories of NUTS, warm-up included; each gives ln L and its",
        "gradient. Time: from the command to the draws, with loading, compilation in every process",
        "and the evaluation of all blocks at all draws. Effective draws: the least of bulk and",
        "tails over the parameters. smelli: its time for as many gradients by differences (n + 1 =",
        "3 of its points each) on as many cores.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
