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
import measure
import numpy as np
import stack
import taps

# A direction with a smaller share of the variance of its constraint is rounding.
ROUNDING = 1e-12


class Reading(dict):
    """Parameters that remember which of them were asked for, copies of them included."""

    def __init__(self, values, asked):
        """Take the values, and the set that names go to."""
        super().__init__(values)
        self.asked = asked

    def __getitem__(self, name):
        """Return a value and remember its name."""
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        """Return a value and remember its name."""
        self.asked.add(name)
        return super().get(name, default)

    def copy(self):
        """Return a copy with the same memory."""
        return Reading(self, self.asked)


def _variance(pdf):
    kind = type(pdf).__name__
    if kind == "LogNormalDistribution":
        # ln x is normal, of this width
        return (abs(pdf.central_value) * np.log(pdf.factor)) ** 2
    return measure.moments(pdf)[1]


def directions(constraints):
    """Return the independent directions of flavio's constraints.

    A parameter follows the constraint that `_parameters` names; superseded ones are still listed.
    """
    found = []
    for pdf, names in constraints._constraints:
        own = [k for k, n in enumerate(names) if constraints._parameters.get(n, (0, 0))[1] is pdf]
        kind = type(pdf).__name__
        if not own or kind in ("DeltaDistribution", "DiscreteUniformDistribution"):
            continue
        if len(names) == 1:
            sigma = float(np.sqrt(_variance(pdf)))
            found.append(
                {
                    "constraint": names[0],
                    "shift": {names[0]: sigma},
                    "sigma": {names[0]: sigma},
                }
            )
            continue
        covariance = np.asarray(pdf.covariance)[np.ix_(own, own)]
        sigma = np.sqrt(np.diag(covariance))
        share, vectors = np.linalg.eigh(covariance / np.outer(sigma, sigma))
        text = names[own[0]] if len(own) == 1 else "%s and %d more" % (names[own[0]], len(own) - 1)
        for value, vector in zip(share[::-1], vectors.T[::-1]):
            if value < ROUNDING * share[-1]:
                continue
            # of either sign; the same on every machine
            vector = vector * np.sign(vector[np.argmax(np.abs(vector))])
            move = np.sqrt(value) * vector * sigma
            found.append(
                {
                    "constraint": text,
                    "shift": {names[k]: float(m) for k, m in zip(own, move)},
                    "sigma": {names[k]: float(s) for k, s in zip(own, sigma)},
                }
            )
    return found


def asked_parameters(observables, parameters):
    """Return for each observable the names of the parameters that its prediction asks for."""
    original = flavio.physics.common.conjugate_par

    def conjugate(par):
        plain = original(dict(par))
        return Reading(plain, par.asked) if isinstance(par, Reading) else plain

    taps.replace(original, conjugate)
    zero = stack.LowScaleCoefficients({})
    found = []
    for observable in observables:
        asked = set()
        stack.predict(observable, Reading(parameters, asked), zero)
        found.append(sorted(asked))
    return found


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
    asked = asked_parameters(observables, parameters)
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
