"""Find converged rules of integration for the observables of one sampling job.

Usage: ``python converge.py out.json < job.json`` with a job of ``sample.py``.  The answer has one
list for each observable: ``[lower, upper, order]`` of every integral, in the order in which flavio
takes them.  They are converged in the SM and at two of the job's random points.
"""

import json
import sys
import warnings

import quadratures
import sample

POINTS = 3


def main(path):
    """Answer the job on standard input."""
    warnings.simplefilter("ignore")
    job = json.load(sys.stdin)
    finder = quadratures.RuleFinder()
    sampler = sample.Sampler(job["taps"], job["remember"], finder)
    for number in range(POINTS):
        sampler.evaluate(job, *sampler.draw(job, number))
    rules = [finder.rules(tuple(o) if isinstance(o, list) else o) for o in job["observables"]]
    with open(path, "w") as stream:
        json.dump(rules, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
