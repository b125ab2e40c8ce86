"""What a question at the prompt costs, beside one point of smelli, in one run on one core.

python benchmarks/prompt.py [--runs 3] [--verbs loglike,fit]    (needs the extra 'exact')

Every command is a process of its own: its CPU seconds and its peak memory.  "Cold" has an empty
cache folder, "warm" is the same command again; both find the byte code of all modules, which pip
makes when it installs them: every command is run once before it counts.  The reference is what a
user would do otherwise: import flavio and smelli, make the likelihood, and ask for one point.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REFERENCE = """
import warnings; warnings.simplefilter("ignore")
import flavio, smelli, wilson
likelihood = smelli.GlobalLikelihood()
point = wilson.Wilson({"lq1_2223": 1e-9, "lq3_2223": 1e-9}, 3000, "SMEFT", "Warsaw")
print(likelihood.parameter_point(point).log_likelihood_global())
"""
VERBS = {
    "loglike": ["loglike", "paper"],
    "predict": ["predict", "paper", "--json"],
    "fit": ["fit", "--out", "OUT", "--force"],
    "goodness": ["goodness", "plane"],
    "theory": ["theory", "paper"],
    "neutrino": ["neutrino"],
    "reproduce": ["reproduce", "--out", "OUT", "--force"],
}


def cost(command: list[str], cache: str, bytecode: str) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak memory in MB of one process and its children."""
    environ = {**os.environ, "MUOQUARK_CACHE": cache, "OMP_NUM_THREADS": "1"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ["PYTHONPYCACHEPREFIX"] = bytecode
    environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--verbs", default=",".join(VERBS))
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        out, code = str(Path(folder) / "out"), str(Path(folder) / "bytecode")
        smelli = [cost([python, "-c", REFERENCE], "", code) for _ in range(options.runs + 1)][1:]
        seconds, memory = min(s[0] for s in smelli), max(s[2] for s in smelli)
        print(f"{'smelli, one point':18s} {seconds:8.2f} s CPU {memory:8.0f} MB")
        for verb in options.verbs.split(","):
            arguments = [out if a == "OUT" else a for a in VERBS[verb]]
            command = [python, "-m", "muoquark", *arguments]
            cost(command, str(Path(folder) / "first"), code)
            cold, warm = [], []
            runs = options.runs if verb in ("loglike", "predict") else 1
            for run in range(runs):
                cache = str(Path(folder) / f"cache-{verb}-{run}")
                cold.append(cost(command, cache, code))
                warm.append(cost(command, cache, code))
            for label, found in (("cold", cold), ("warm", warm)):
                cpu = median(f[0] for f in found)
                print(
                    f"{verb:10s} {label:7s} {cpu:8.2f} s CPU {max(f[2] for f in found):8.0f} MB"
                    f" {median(f[1] for f in found):8.2f} s wall   smelli/{seconds / cpu:.1f}",
                    flush=True,
                )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process {peak:.0f} MB")


if __name__ == "__main__":
    main()
