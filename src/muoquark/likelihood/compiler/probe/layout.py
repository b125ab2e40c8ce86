"""Find the sectors and scales at which each observable asks for Wilson coefficients.

Usage: ``python layout.py out.json [-]``; the answer is ``[[observable, [[eft, basis, sector,
scale], ...]], ...]`` for all observables of the global likelihood and the four CKM inputs, or, with
``-``, for those listed (JSON) on standard input.
"""

import json
import sys
import time

import numpy as np
import stack


def everything(likelihood):
    """Return all observables of the likelihood and the inputs of its CKM scheme."""
    wanted = [obs for _, obs in stack.observables(likelihood)]
    return wanted + [obs for obs in likelihood._ckm_scheme.observables if obs not in wanted]


def record(likelihood, wanted, rng):
    """Return ``{observable: keys}`` recorded at one small random point of every sector."""
    parameters = likelihood.par_dict_default
    found = {}
    for observable in wanted:
        start = time.time()
        keys = set()
        values = {}
        for _ in range(2):  # zero first; then small values, which may open further branches
            coefficients = stack.LowScaleCoefficients(values)
            stack.predict(observable, parameters, coefficients)
            keys |= coefficients.asked
            values = {}
            for eft, basis, sector, scale in keys:
                size = 1e-12 if eft == "SMEFT" else 1e-8
                values[eft, basis, sector, scale] = {
                    name: size * rng.normal()
                    for name, part in stack.component_names(eft, basis, sector)
                    if part == "Re"
                }
        found[observable] = sorted(keys, key=str)
        print(f"{time.time() - start:7.2f} s {observable} {len(keys)}", file=sys.stderr)
    return found


def main(path, listed=""):
    """Record the observables and write the answer."""
    likelihood = stack.open_likelihood()
    if listed:
        wanted = [tuple(o) if isinstance(o, list) else o for o in json.load(sys.stdin)]
    else:
        wanted = everything(likelihood)
    found = record(likelihood, wanted, np.random.default_rng(1))
    with open(path, "w") as stream:
        json.dump([[obs, keys] for obs, keys in found.items()], stream, indent=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
