"""What a matching costs: the first one of a process, and later ones.

python benchmarks/matching.py [--other SRC] [--repeat 5]

Every first call is measured in a fresh process that has imported scipy and yaml.  With the ``src``
of another version of this package both take turns, and the last column is the ratio of the two;
a card that the other version does not know has none.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CARDS = {
    "paper": (Path(__file__).parents[1] / "src/muoquark/model/cards/paper.yaml").read_text(),
    "S1 + S3, no scale": "masses: {S1: 2000.0, S3: 3000.0}\n"
    "couplings: {eta3L: [0, 0.1, 0.2], eta1L: [0, 0.1, 0.2], eta1R: [0, 0.1, 0.2]}\n",
    "R2 + S1": "model: generic\nmasses: {R2: 2000.0, S1: 3000.0}\n"
    "couplings: {eta2L: [0, 0.1, 0.2], eta1L: [0, 0.1, 0.2], eta1R: [0, 0.1, 0.2]}\n",
    "R2 + S1, one scale": "model: generic\nmasses: {R2: 2000.0, S1: 3000.0}\nmu_M: 3000.0\n"
    "couplings: {eta2L: [0, 0.1, 0.2], eta1L: [0, 0.1, 0.2], eta1R: [0, 0.1, 0.2]}\n",
}
PROGRAM = """
import sys, time
import scipy.integrate, scipy.sparse.linalg, yaml
clock = time.perf_counter
begin = clock()
from muoquark.matching.match import match
from muoquark.model.card_file import read_card
load = clock() - begin
card, order = sys.argv[1:]
order = [order] if order != "highest" else []
start = clock()
point = read_card(card).point()
read = clock()
match(point, *order)
first = clock()
later = []
for _ in range(20):
    begin = clock()
    match(point, *order)
    later.append(clock() - begin)
print(load, read - start, first - read, min(later))
"""
STEPS = ("import", "read the card", "first matching", "a later one")


def seconds(source: str, card: str, order: str) -> list[float] | None:
    """Return the time of each step in a fresh process; None if the card is not known there."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, card, order],
        env={**os.environ, "PYTHONPATH": source, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    return None if done.returncode else [float(x) for x in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--other")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    own = str(Path(__file__).parents[1] / "src")
    sources = [own, options.other] if options.other else [own]
    print(f"{'':38s}" + "".join(f"{step:>24s}" for step in STEPS))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in CARDS.items():
            card = Path(folder) / "card.yaml"
            card.write_text(text)
            for order in ("tree", "highest" if "R2" in name else "loop"):
                best: dict[str, list[float]] = {}
                for source in sources * options.repeat:
                    found = seconds(source, str(card), order)
                    if found is not None:
                        old = best.get(source, found)
                        best[source] = [min(pair) for pair in zip(old, found, strict=True)]
                line = f"{name}, {order}".ljust(38)
                for k in range(len(STEPS)):
                    line += f"{1e3 * best[own][k]:10.2f} ms"
                    other = best.get(options.other)
                    line += f"   x {best[own][k] / other[k]:<6.2f}" if other else " " * 11
                print(line, flush=True)


if __name__ == "__main__":
    main()
