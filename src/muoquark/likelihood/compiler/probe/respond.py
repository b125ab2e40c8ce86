"""Sample how flavio responds to a shift of its parameters, at many points in one pass.

Usage: ``python respond.py < jobs`` with one line for each job, the name of a JSON file:
``{"out", "seed", "count", "ckm_size", "shift": {parameter: change}, "tasks": [{"observables",
"components", "phases", "taps"}]}``.  A point is a set of Wilson coefficients and CKM parameters, as
in ``sample.py``; all points of a task go through flavio together, as arrays, and where flavio's
code does not take arrays one by one.  The output holds for each task t ``x{t}``, ``ckm{t}`` and
``values{t}`` (count, columns), with ``columns{t}`` naming [observable, phase, tap label or ""].

A shift of nothing is the centre.  Its job also says which observables go through as arrays
(``arrays{t}``): those for which both ways agree; the other jobs are told (``"arrays"``).
"""

import cmath
import json
import math
import sys
import time
import warnings

import ckmutil.ckm
import flavio
import numpy as np
import stack
import taps

# Derivatives need three digits: so many nodes of Gauss and Legendre do where flavio takes 21.
ORDER = 6
NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
# Amplitudes without what is added to them, and coefficients that belong to them: parameters of the
# additions leave them as they are.
FACTORISED = (
    "flavio.physics.bdecays.bvll.amplitudes:helicity_amps_ff",
    "flavio.physics.bdecays.bpll:helicity_amps_ff",
)
KEPT = (*FACTORISED, "_wceff", "_wceff_bar")
ADDITIONS = ("delta_C7", "deltaC9")
# Both ways of evaluating agree to this share of the largest value of a tap.
AGREE = 1e-9
TRIED = 3


class Points(np.ndarray):
    """Numbers at all points, which flavio's code may ask about as if they were one.

    A comparison is true if it is true everywhere.
    """

    def __eq__(self, other):
        """Tell whether all are equal."""
        return bool(np.all(np.ndarray.__eq__(self, other)))

    def __ne__(self, other):
        """Tell whether one is not equal."""
        return not self == other

    def __bool__(self):
        """Tell whether all are true."""
        return bool(np.all(np.asarray(self)))

    __hash__ = None


def points(values):
    """Return an array as numbers at points."""
    return np.asarray(values).view(Points)


def quadrature(function, lower, upper, epsrel=0.005, **kwargs):
    """Integrate by one rule, numbers or arrays."""
    middle, half = (upper + lower) / 2, (upper - lower) / 2
    total = 0.0
    for node, weight in zip(NODES, WEIGHTS):
        total = total + weight * function(middle + half * node)
    return total * half


def for_arrays(plain, arrays):
    """Return a function of Python's for numbers that takes arrays as well."""

    def function(x, *others):
        return arrays(x, *others) if isinstance(x, np.ndarray) else plain(x, *others)

    return function


class ArrayRecorder(taps.Recorder):
    """Record numbers and arrays."""

    def _tap(self, function, label):
        def tapped(*args, **kwargs):
            self.depth += 1
            try:
                value = function(*args, **kwargs)
            finally:
                self.depth -= 1
            if self.depth == 0:
                if isinstance(value, tuple):
                    for number, part in enumerate(value):
                        self.values.append(("%s.%d.re" % (label, number), np.real(part)))
                        self.values.append(("%s.%d.im" % (label, number), np.imag(part)))
                else:
                    self.values.append((label, np.real(value)))
            return value

        return tapped


class Coefficients(stack.LowScaleCoefficients):
    """Wilson coefficients that are numbers, or arrays over the points."""

    def get_wc(self, sector, scale, par, eft="WET", basis="flavio", nf_out=None):
        """Return all coefficients of a sector, arrays among them."""
        if nf_out is not None:
            eft = {5: "WET", 4: "WET-4", 3: "WET-3"}[nf_out]
        sector = stack.sectors_flavio2wcxf.get(sector, sector)
        described = stack.wcxf.Basis[eft, basis]
        names = described.all_wcs if sector == "all" else described.sectors[sector]
        found = dict.fromkeys(names, 0)
        found.update(self.values.get((eft, basis, sector, float(scale)), {}))
        return found


class Responder:
    """One process: flavio with its taps, for numbers and for arrays."""

    def __init__(self, further):
        """Tap flavio and make it take arrays."""
        self.recorder = ArrayRecorder(further, quadrature)
        self.pins = taps.Pins()
        self.memory = taps.remember_b_decays()
        self.memory.remember(
            FACTORISED[0],
            lambda q2, ff, wc, par, B, V, lep, cp_conjugate: (q2, B, V, lep, cp_conjugate),
        )
        self.memory.remember(
            FACTORISED[1],
            lambda q2, wc, par, B, P, lep, cp_conjugate: (q2, B, P, lep, cp_conjugate),
        )
        self.kept = {}
        # Names of Python that flavio uses on amplitudes, which take no arrays.
        flavio.physics.bdecays.angular.complex = lambda value: (
            value if isinstance(value, np.ndarray) else complex(value)
        )
        taps.replace(math.sqrt, for_arrays(math.sqrt, np.sqrt))
        taps.replace(math.log, for_arrays(math.log, np.log))
        taps.replace(cmath.sqrt, for_arrays(cmath.sqrt, lambda x: np.sqrt(x + 0j)))
        matrix = flavio.physics.ckm.get_ckm
        known = {}

        def get_ckm(par):
            values = tuple(par[name] for name in stack.CKM_NAMES)
            if not isinstance(values[0], np.ndarray):
                return matrix(par)
            key = tuple(v.tobytes() for v in values)
            if key not in known:
                if len(known) > 8:
                    known.clear()
                made = ckmutil.ckm.ckm_tree(*(np.asarray(v) for v in values))
                known[key] = points(np.moveaxis(made, 0, -1))
            return known[key]

        taps.replace(matrix, get_ckm)
        self.likelihood = stack.open_likelihood()
        self.parameters = dict(self.likelihood.par_dict_sm)

    def draw(self, job, task):
        """Return the points (count, n) and their CKM parameters (count, 4); the first is the SM."""
        rng = np.random.default_rng([job["seed"], len(task["components"])])
        sizes = np.array([c[6] for c in task["components"]])
        x = rng.normal(size=(task["count"], len(sizes))) * sizes
        centre = np.array([self.parameters[name] for name in stack.CKM_NAMES])
        ckm = centre * (1 + job["ckm_size"] * rng.uniform(-1, 1, size=(task["count"], 4)))
        x[0], ckm[0] = 0.0, centre
        return x, ckm

    def coefficients(self, task, x):
        """Return coefficients at points (count, n), or at one (n,), and pin the Fermi constant."""
        values = {}
        self.pins.fermi = 0.0
        for k, (eft, basis, sector, scale, name, part, _) in enumerate(task["components"]):
            value = points(x[..., k].copy()) if x.ndim > 1 else float(x[k])
            if eft == "derived":
                self.pins.fermi = value
                continue
            entry = values.setdefault((eft, basis, sector, float(scale)), {})
            entry[name] = entry.get(name, 0) + value * (1j if part == "Im" else 1)
        return Coefficients(values)

    def rows(self, observable, phase, parameters, coefficients):
        """Return [(label, values)] of an observable."""
        self.pins.phase = phase
        self.recorder.take()
        if isinstance(observable, str) and observable in stack.AUXILIARY:
            return stack.auxiliary(observable, parameters, coefficients, self.pins)
        try:
            value = np.real(stack.predict(observable, parameters, coefficients))
        except (ZeroDivisionError, OverflowError):
            value = np.nan
        return [("", value), *self.recorder.take()]

    def evaluate(self, task, parameters, x, ckm, chosen, kept=None):
        """Return {(observable, phase): [(label, value)]} at points or at one; what fails is left.

        Parameters
        ----------
        x, ckm
            Of all points, or of one.
        chosen
            Which observables.
        kept
            What of the amplitudes is known, and is added to.
        """
        parameters = dict(parameters)
        for name, column in zip(stack.CKM_NAMES, ckm.T):
            parameters[name] = points(column.copy()) if x.ndim > 1 else float(column)
        coefficients = self.coefficients(task, x)
        self.memory.sample.clear()
        if kept is not None:
            self.memory.sample.update(kept)
        found = {}
        for number in chosen:
            observable = task["observables"][number]
            observable = tuple(observable) if isinstance(observable, list) else observable
            for index, phase in enumerate(task["phases"]):
                try:
                    rows = self.rows(observable, phase, parameters, coefficients)
                except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
                    if x.ndim == 1:
                        rows = [("", np.nan)]
                    else:
                        break
                found[number, index] = rows
        if kept is not None:
            kept.update({k: v for k, v in self.memory.sample.items() if k[0] in KEPT})
        return found

    def forget(self):
        """Forget form factors and amplitudes, which belong to the parameters of before."""
        self.memory.forever.clear()
        self.memory.sample.clear()

    def task(self, job, task):
        """Return points, CKM parameters, values, columns, and what goes through as arrays."""
        parameters = dict(self.parameters)
        for name, change in job["shift"].items():
            parameters[name] = parameters[name] + change
        x, ckm = self.draw(job, task)
        every = range(len(task["observables"]))
        arrays = list(every) if task.get("arrays") is None else task["arrays"]
        kept = None
        if job["shift"] and all(any(a in name for a in ADDITIONS) for name in job["shift"]):
            points_of = json.dumps([task["components"], task["count"], job["seed"]])
            kept = self.kept.setdefault(points_of, {})
            self.memory.forever, before = kept.setdefault("forever", {}), self.memory.forever
            found = self.evaluate(task, parameters, x, ckm, arrays, kept)
            self.memory.forever = before
        else:
            self.forget()
            found = self.evaluate(task, parameters, x, ckm, arrays)
        if task.get("arrays") is None:
            arrays = self.agreeing(task, parameters, x, ckm, found)
        alone = [k for k in every if k not in arrays]
        self.forget()
        single = [
            self.evaluate(task, parameters, one, own, alone) for one, own in zip(x, ckm) if alone
        ]
        columns, values = [], []
        for number in every:
            for index in range(len(task["phases"])):
                key = (number, index)
                if number in arrays:
                    rows = [(label, np.broadcast_to(v, len(x))) for label, v in found[key]]
                else:
                    longest = max((one[key] for one in single), key=len)
                    rows = [
                        (
                            label,
                            np.array(
                                [one[key][n][1] if n < len(one[key]) else 0.0 for one in single]
                            ),
                        )
                        for n, (label, _) in enumerate(longest)
                    ]
                for label, v in rows:
                    columns.append([number, index, label])
                    values.append(np.asarray(v, dtype=float))
        return x, ckm, np.stack(values, axis=-1), columns, arrays

    def agreeing(self, task, parameters, x, ckm, found):
        """Return the observables for which arrays give what single points give."""
        good = set(range(len(task["observables"]))) & {number for number, _ in found}
        good -= {n for n in good if any((n, i) not in found for i in range(len(task["phases"])))}
        for k in range(TRIED):
            self.forget()
            single = self.evaluate(task, parameters, x[k], ckm[k], sorted(good))
            for (number, index), rows in single.items():
                there = found[number, index]
                if number not in good:
                    continue
                if [label for label, _ in rows] != [label for label, _ in there]:
                    good.discard(number)
                    continue
                for (_, one), (_, several) in zip(rows, there):
                    several = np.broadcast_to(several, len(x))
                    if not abs(several[k] - one) <= AGREE * np.max(np.abs(several)):
                        good.discard(number)
        return sorted(good)

    def run(self, job):
        """Do all tasks of a job and write the result."""
        out = {}
        for number, task in enumerate(job["tasks"]):
            start = time.time()
            x, ckm, values, columns, arrays = self.task(job, task)
            print(
                "%6.2f s: %d observables, %d as arrays, %d points"
                % (time.time() - start, len(task["observables"]), len(arrays), len(x)),
                file=sys.stderr,
                flush=True,
            )
            out["values%d" % number] = values
            out["columns%d" % number] = json.dumps(columns)
            if task.get("arrays") is None:
                out["x%d" % number], out["ckm%d" % number] = x, ckm
                out["arrays%d" % number] = json.dumps(arrays)
        np.savez(job["out"], **out)


def main():
    """Answer the jobs on standard input."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    responder = None
    for line in sys.stdin:
        with open(line.strip()) as stream:
            job = json.load(stream)
        start = time.time()
        try:
            if responder is None:
                responder = Responder(job.get("taps", ()))
            responder.run(job)
            print("done %s %.1f" % (job["out"], time.time() - start), flush=True)
        except Exception as error:  # the driver decides what to do with a failed job
            print("failed %s %r" % (job["out"], error), flush=True)


if __name__ == "__main__":
    main()
