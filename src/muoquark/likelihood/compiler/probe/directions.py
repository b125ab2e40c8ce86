"""The parameters behind theory errors: as independent directions, and who reads which of them."""

import flavio
import measure
import numpy as np
import stack
import taps

# A direction with a smaller share of the variance of its constraint is rounding.
ROUNDING = 1e-12


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
        # ln x is normal, of this width
        return abs(pdf.central_value) * abs(np.log(pdf.factor))
    return np.sqrt(measure.moments(pdf)[1])


def directions(constraints):
    """Return the independent directions of flavio's constraints.

    Each is ``{"constraint": text, "shift": {parameter: change for one standard deviation}, "sigma":
    {parameter: its standard deviation}}``.  A parameter follows the constraint that `_parameters`
    names; superseded ones are still listed.
    """
    found = []
    for pdf, names in constraints._constraints:
        own = [k for k, n in enumerate(names) if constraints._parameters.get(n, (0, 0))[1] is pdf]
        if not own or type(pdf).__name__ in ("DeltaDistribution", "DiscreteUniformDistribution"):
            continue
        if len(names) == 1:
            sigma = {names[0]: float(spread(pdf))}
            found.append({"constraint": names[0], "shift": sigma, "sigma": dict(sigma)})
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


def reading(observables, parameters):
    """Return the set of parameters that each observable reads; nothing may be remembered yet."""
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
