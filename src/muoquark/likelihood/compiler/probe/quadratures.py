"""Rules by which flavio's integrals over q2 are taken.

`quad` and `FrozenQuadrature` give flavio's own numbers.  flavio asks for 0.5 %, and flavio 2.3
gets no more than that: `RuleFinder` finds, once for every integral, a rule that is converged, and
`FixedRules` uses it at every point.  A rule is ``[lower, upper, order]``.
"""

import numpy
import scipy.integrate

# An integral is converged when twice the order changes it by less than this fraction of the
# largest integral (of the modulus) in the same prediction: a numerator that nearly vanishes matters
# relative to its denominator.  flavio's integrands have kinks of 1e-5 at small q2 (charm loops and
# spectator scattering are interpolated linearly), where a higher order gains nothing.
TOLERANCE = 1e-5
ORDERS = (6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)
# Of the interval: the number of places where phase space is looked for, what is looked at beside
# its ends, and how well a kinematic edge is found.
LOOKS = 64
BESIDE = 1e-9
BISECTIONS = 36


def quad(function, lower, upper, epsrel=0.005, **kwargs):
    """Integrate like flavio since 2.4: one Gauss-Kronrod rule, nearly always."""
    return scipy.integrate.quad(function, lower, upper, epsabs=0, epsrel=epsrel, **kwargs)[0]


class FrozenQuadrature:
    """Integrate like flavio 2.3 in the SM.

    flavio 2.3 raises the order of a Gauss-Legendre rule until the result changes by less than
    0.5 %.  The order, and with it the prediction by up to several per cent, jumps as Wilson
    coefficients change.  Here every integral keeps the order that it has in the SM, so that
    predictions are smooth and are flavio's where the data are.

    Attributes
    ----------
    observable
        Key under which orders are remembered; set it before each prediction.
    frozen
        False while orders are being found (at the SM).
    """

    def __init__(self):
        """Know no order yet."""
        self.orders = {}
        self.observable = None
        self.frozen = False
        self.calls = 0
        self.rules = {}

    def start(self, observable):
        """Announce the prediction of an observable."""
        self.observable = observable
        self.calls = 0

    def __call__(self, function, lower, upper, epsrel=0.005, **kwargs):
        """Return the integral."""
        key = (self.observable, self.calls)
        self.calls += 1

        def rule(order):
            if order not in self.rules:
                self.rules[order] = numpy.polynomial.legendre.leggauss(order)
            nodes, weights = self.rules[order]
            half = (upper - lower) / 2
            values = [function(half * (x + 1) + lower) for x in nodes]
            return half * float(numpy.dot(weights, values))

        if self.frozen and key in self.orders:
            return rule(self.orders[key])
        value, error = numpy.inf, numpy.inf
        for order in range(1, 51):
            new = rule(order)
            error, value = abs(new - value), new
            if error < epsrel * abs(value):
                break
        if not self.frozen:
            self.orders[key] = order
        return value


def smooth_rule(order, cache={}):  # noqa: B006 - the default is the cache
    """Return nodes in (0, 1) and weights: Gauss-Legendre in t with x = t^2 (3 - 2 t).

    The substitution takes away the square roots at which phase space begins and ends.
    """
    if order not in cache:
        nodes, weights = numpy.polynomial.legendre.leggauss(order)
        t = (nodes + 1) / 2
        cache[order] = t * t * (3 - 2 * t), weights * 3 * t * (1 - t)
    return cache[order]


def integrate(function, lower, upper, order):
    """Return the integral and the integral of the modulus."""
    nodes, weights = smooth_rule(order)
    values = numpy.array([function(lower + (upper - lower) * x) for x in nodes], dtype=float)
    width = upper - lower
    return width * float(weights @ values), width * float(weights @ abs(values))


def _vanishes(function, x):
    try:
        return function(x) == 0
    except (ValueError, ZeroDivisionError):  # no phase space
        return True


def support(function, lower, upper):
    """Return the part of the interval in which the function does not vanish.

    flavio integrates over whole bins, also where phase space ends inside.
    """
    tried = [lower + (upper - lower) * k / LOOKS for k in range(1, LOOKS)]
    tried = [x for x in tried if not _vanishes(function, x)]
    if not tried:
        return lower, upper
    middle = tried[len(tried) // 2]
    ends = []
    for end in (lower, upper):
        outside = end + BESIDE * (middle - end)
        if not _vanishes(function, outside):
            ends.append(end)
            continue
        inside = middle
        for _ in range(BISECTIONS):
            half = (outside + inside) / 2
            if _vanishes(function, half):
                outside = half
            else:
                inside = half
        ends.append(inside)
    return ends[0], ends[1]


class RuleFinder:
    """Find converged rules: call `start`, predict, then `finish`, at several points.

    All integrals over one interval get the same order, so that the observables of a decay share
    their amplitudes.

    Attributes
    ----------
    limits
        Limits by observable and number of the call.
    orders
        Order by limits.
    """

    def __init__(self):
        """Know no rule yet."""
        self.limits = {}
        self.orders = {}
        self.observable = None
        self.open = []

    def start(self, observable):
        """Announce the prediction of an observable."""
        self.observable = observable
        self.open = []

    def __call__(self, function, lower, upper, epsrel=0.005, **kwargs):
        """Return the integral, and keep the integrand until the prediction is complete."""
        limits = self.limits.setdefault(self.observable, [])
        if len(limits) <= len(self.open):
            limits.append(support(function, lower, upper))
        limits = limits[len(self.open)]
        self.open.append((function, limits))
        return integrate(function, *limits, order=self.orders.setdefault(limits, ORDERS[0]))[0]

    def finish(self):
        """Raise the orders until every integral of the prediction is converged.

        Raises
        ------
        RuntimeError
            If an integral does not converge.
        """
        found = [(f, limits, {}) for f, limits in self.open]
        self.open = []
        largest = max((integrate(f, *lim, order=ORDERS[0])[1] for f, lim, _ in found), default=0)
        for function, limits, known in found:

            def at(order, function=function, limits=limits, known=known):
                if order not in known:
                    known[order] = integrate(function, *limits, order=order)
                return known[order]

            while True:
                order = self.orders[limits]
                value, _ = at(order)
                double, _ = at(2 * order)
                if abs(double - value) <= TOLERANCE * largest:
                    break
                higher = [n for n in ORDERS if n > order]
                if not higher:
                    raise RuntimeError(f"an integral of {self.observable} does not converge")
                self.orders[limits] = higher[0]

    def rules(self, observable):
        """Return the rules of the integrals of an observable, in the order of the calls."""
        return [[*limits, self.orders[limits]] for limits in self.limits.get(observable, ())]


class FixedRules:
    """Integrate by rules that were found before; `refined` multiplies all orders."""

    def __init__(self, refined=1):
        """Know no rule yet."""
        self.refined = refined
        self.rules = []
        self.calls = 0

    def start(self, rules):
        """Announce a prediction by the rules of its integrals."""
        self.rules = rules
        self.calls = 0

    def __call__(self, function, lower, upper, epsrel=0.005, **kwargs):
        """Return the integral."""
        low, high, order = self.rules[self.calls]
        self.calls += 1
        return integrate(function, low, high, order * self.refined)[0]
