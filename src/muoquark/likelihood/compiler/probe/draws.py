"""Draw the parameters of the theory and predict the SM: errors with all that is not linear.

Usage: ``python draws.py out.json < question.json``.  The question has ``observables``, ``draws``
and ``seed``; the answer ``mean`` and ``sigma`` of every observable and their ``correlation``.  All
parameters are drawn as smelli draws them.
"""

import json
import sys
import warnings

import numpy as np
import stack


def main(path):
    """Answer the question on standard input."""
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    observables = [tuple(o) if isinstance(o, list) else o for o in question["observables"]]
    likelihood = stack.open_likelihood()
    (constraints,) = [
        part.par_obj
        for name, part in likelihood.fast_likelihoods.items()
        if stack.block_name(name) == "quarks"
    ]
    np.random.seed(question["seed"])  # flavio draws from the global generator
    values = []
    for _ in range(question["draws"]):
        parameters = {**likelihood.par_dict_sm, **constraints.get_random_all()}
        # flavio remembers by coefficients, not by parameters: a new object each time
        zero = stack.LowScaleCoefficients({})
        values.append([float(stack.predict(o, parameters, zero)) for o in observables])
    values = np.array(values)
    sigma = values.std(axis=0, ddof=1)
    unit = np.where(sigma > 0, sigma, 1.0)
    covariance = np.atleast_2d(np.cov(values.T))
    answer = {
        "mean": values.mean(axis=0).tolist(),
        "sigma": sigma.tolist(),
        "correlation": (covariance / np.outer(unit, unit)).tolist(),
    }
    with open(path, "w") as stream:
        json.dump(answer, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
