"""List the parameters that theory errors come from, as independent directions, and who feels them.

Usage: ``python nuisances.py out.json < observables.json``.  The answer has ``directions``: each is
``{"constraint": text, "shift": {parameter: change for one standard deviation}, "sigma":
{parameter: its standard deviation}, "centre": {parameter: its value}}``, uncorrelated with all
others; ``feels``: for every observable the positions of the directions that it may feel; ``ckm``:
names, centre, standard deviations and correlation of the CKM parameters, whose errors smelli takes
from the four inputs of its scheme.
"""

import json
import sys
import warnings

import flavio
import numpy as np
import stack
from directions import directions, reading


def check(observables, parameters, asked, listed, rng):
    """Check that what was not asked for changes nothing.

    Raises
    ------
    RuntimeError
        For an observable that it does change.
    """
    zero = stack.LowScaleCoefficients({})
    for observable, names in zip(observables, asked):
        before = stack.predict(observable, parameters, zero)
        moved = dict(parameters)
        for one in listed:
            if not set(one["shift"]) & set(names):
                size = rng.normal()
                for name, step in one["shift"].items():
                    moved[name] = moved[name] + size * step
        after = stack.predict(observable, moved, zero)
        if abs(after - before) > 1e-12 * abs(before):
            raise RuntimeError("%s feels what it did not ask for" % (observable,))


def main(path):
    """Answer the observables on standard input."""
    warnings.simplefilter("ignore")
    observables = [tuple(o) if isinstance(o, list) else o for o in json.load(sys.stdin)]
    likelihood = stack.open_likelihood()
    parameters = dict(likelihood.par_dict_sm)
    (constraints,) = [
        part.par_obj
        for name, part in likelihood.fast_likelihoods.items()
        if stack.block_name(name) == "quarks"
    ]
    listed = directions(flavio.default_parameters)
    listed = [d for d in listed if not set(d["shift"]) & set(stack.CKM_NAMES)]
    pdf = constraints._parameters[stack.CKM_NAMES[0]][1]
    order = [constraints._parameters[name][0] for name in stack.CKM_NAMES]
    covariance = np.asarray(pdf.covariance)[np.ix_(order, order)]
    sigma = np.sqrt(np.diag(covariance))
    for one in listed:
        one["centre"] = {name: float(parameters[name]) for name in one["shift"]}
    asked = reading(observables, parameters)
    check(observables, parameters, asked, listed, np.random.default_rng(1))
    answer = {
        "directions": listed,
        "feels": [
            [k for k, one in enumerate(listed) if set(one["shift"]) & set(names)] for names in asked
        ],
        "ckm": {
            "names": list(stack.CKM_NAMES),
            "sm": [parameters[name] for name in stack.CKM_NAMES],
            "sigma": [float(s) for s in sigma],
            "correlation": (covariance / np.outer(sigma, sigma)).tolist(),
        },
    }
    with open(path, "w") as stream:
        json.dump(answer, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
