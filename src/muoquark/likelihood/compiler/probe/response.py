"""Find how observables respond to the parameters behind their theory errors.

Usage: ``python response.py out.npz old < observables.json``: the first `old` observables have a
covariance; directions of smelli's parameters that none of the others feels are left out.  The file
holds ``response`` (observables, directions): the change of an observable in the SM for one standard
deviation of an independent direction, from a one-sided difference of a tenth of one, and
``directions``, JSON.  A call that was interrupted goes on from a file beside the answer.

The theory covariance that smelli draws is ``response @ response.T``, up to second order.
"""

import json
import os
import sys
import warnings

import flavio
import measure
import numpy as np
import stack
import taps

STEP = 0.1
# An eigenvector of a correlation with a smaller share of it is rounding.
ROUNDING = 1e-12
# Directions between two notes of what is done.
EVERY = 10


class Watched(dict):
    """Parameters that write down which of them are read, from copies of them too."""

    def __init__(self, values, read):
        """Hold the values; names go to the set `read`."""
        dict.__init__(self, values)
        self.read = read

    def __getitem__(self, name):
        """Note the name."""
        self.read.add(name)
        return dict.__getitem__(self, name)

    def get(self, name, default=None):
        """Note the name."""
        self.read.add(name)
        return dict.get(self, name, default)

    def copy(self):
        """Return parameters that are watched, too."""
        return Watched(self, self.read)


def spread(pdf):
    """Return the standard deviation of a pdf of one parameter."""
    if type(pdf).__name__ == "LogNormalDistribution":
        return abs(pdf.central_value * np.log(pdf.factor))
    return np.sqrt(measure.moments(pdf)[1])


def directions(constraints):
    """Return ``[(name, {parameter: change for one standard deviation}), ...]``, uncorrelated.

    Of the constraints of a parameter flavio keeps all, and takes the last one.
    """
    found = []
    for pdf, names in constraints._constraints:
        own = [
            k
            for k, name in enumerate(names)
            if name in constraints._parameters and constraints._parameters[name][1] is pdf
        ]
        if not own or type(pdf).__name__ in ("DeltaDistribution", "DiscreteUniformDistribution"):
            continue
        if len(names) == 1:
            found.append((names[0], {names[0]: float(spread(pdf))}))
            continue
        covariance = np.asarray(pdf.covariance)[np.ix_(own, own)]
        widths = np.sqrt(np.diag(covariance))
        values, vectors = np.linalg.eigh(covariance / np.outer(widths, widths))
        for value, vector in zip(values, vectors.T):
            if value > ROUNDING * values[-1]:
                steps = np.sqrt(value) * vector * widths
                found.append((names[own[0]], {names[k]: float(s) for k, s in zip(own, steps)}))
    return found


def main(path, old):
    """Answer the observables on standard input."""
    warnings.simplefilter("ignore")
    observables = [tuple(o) if isinstance(o, list) else o for o in json.load(sys.stdin)]
    likelihood = stack.open_likelihood()
    listed = directions(next(iter(likelihood.fast_likelihoods.values())).par_obj)
    parameters = dict(likelihood.par_dict_sm)
    reads = reading(observables, parameters)
    further = set().union(*reads[int(old) :])
    chosen = [one for one in listed if further & set(one[1])]
    memory = taps.remember_b_decays()
    zero = stack.LowScaleCoefficients({})
    central = [stack.predict(o, parameters, zero) for o in observables]
    response, done, beside = np.zeros((len(observables), len(chosen))), 0, path + ".done.npz"
    if os.path.exists(beside):
        with np.load(beside) as stored:
            response, done = stored["response"], int(stored["done"])
    for number in range(done, len(chosen)):
        steps = chosen[number][1]
        memory.sample.clear()
        memory.forever.clear()
        shifted = dict(parameters)
        for name, step in steps.items():
            shifted[name] = shifted[name] + STEP * step
        for k, observable in enumerate(observables):
            if reads[k] & set(steps):
                moved = stack.predict(observable, shifted, zero)
                response[k, number] = np.real(moved - central[k]) / STEP
        if number % EVERY == EVERY - 1:
            np.savez(beside, response=response, done=number + 1)
    np.savez(path, response=response, directions=json.dumps(chosen))
    if os.path.exists(beside):
        os.remove(beside)


def reading(observables, parameters):
    """Return the parameters that each observable reads; nothing may be remembered yet."""
    original = flavio.physics.common.conjugate_par

    def conjugate(par):
        plain = original(dict(par))
        return Watched(plain, par.read) if isinstance(par, Watched) else plain

    taps.replace(original, conjugate)
    found = []
    for observable in observables:
        read = set()
        stack.predict(observable, Watched(parameters, read), stack.LowScaleCoefficients({}))
        found.append(read)
    taps.replace(conjugate, original)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
