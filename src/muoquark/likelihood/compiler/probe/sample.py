"""Evaluate flavio at random low-scale Wilson coefficients; the worker of the compiler.

Reads jobs, one JSON file name a line, from standard input and answers each with one line.  A job:

    {"out": file.npz, "observables": [...], "components": [[eft, basis, sector, scale, name,
     "Re" or "Im", size], ...], "ckm_size": s, "seed": n, "first": i, "count": n,
     "taps": [...], "phases": [...], "remember": bool, "plain": bool,
     "rules": [[[lower, upper, order], ...], ...]}

"rules", one list for each observable, are those of ``converge.py``; without them integrals are
flavio's own.  With "plain" nothing is pinned and only the observables are returned: the independent
check.

Sample number k is a function of (seed, k) alone, so that any split of a group into jobs gives the
same numbers.  The output holds ``x`` (count, components), ``ckm`` (count, 4; order of
`stack.CKM_NAMES`), and ``values`` (count, columns) with ``columns`` naming
[observable index, phase index, tap label or ""].
"""

import json
import sys
import time
import warnings

import numpy as np
import quadratures
import stack
import taps


def _align(results):
    """Give every point the same columns; predictions of zero return before their integrals."""
    longest = {}
    for rows in results:
        count = {}
        for row in rows:
            count.setdefault(row[:2], []).append(row[2])
        for key, labels in count.items():
            if len(labels) > len(longest.get(key, ())):
                longest[key] = labels
    aligned = []
    for rows in results:
        own = {}
        for row in rows:
            own.setdefault(row[:2], []).append(row)
        out = []
        for key, labels in longest.items():
            found = own[key]
            if len(found) != len(labels):
                if found[0][3] != 0:
                    raise RuntimeError("the number of recorded values changes between points")
                found = found + [(*key, label, 0.0) for label in labels[len(found) :]]
            out.extend(found)
        aligned.append(out)
    return aligned


class Sampler:
    """One process: flavio with its taps, and the parameters."""

    def __init__(self, further_taps, remember, quadrature=None):
        """Tap flavio, then open the likelihood."""
        self.recorder = taps.Recorder(further_taps, quadrature)
        self.pins = taps.Pins()
        self.memory = taps.remember_b_decays() if remember else None
        self.likelihood = stack.open_likelihood()
        self.parameters = dict(self.likelihood.par_dict_sm)

    def draw(self, job, number):
        """Return components and CKM parameters of sample `number`; number 0 is the SM."""
        rng = np.random.default_rng([job["seed"], number])
        sizes = np.array([c[6] for c in job["components"]])
        x = rng.normal(size=len(sizes)) * sizes
        centre = np.array([self.parameters[name] for name in stack.CKM_NAMES])
        ckm = centre * (1 + job["ckm_size"] * rng.uniform(-1, 1, size=4))
        if number == 0:
            return 0 * x, centre
        return x, ckm

    def coefficients(self, job, x):
        """Return the coefficients object of a point, and pin the Fermi constant."""
        values = {}
        self.pins.fermi = None if job.get("plain") else 0.0
        for (eft, basis, sector, scale, name, part, _), value in zip(job["components"], x):
            if eft == "derived":
                self.pins.fermi = value
                continue
            entry = values.setdefault((eft, basis, sector, scale), {})
            entry[name] = entry.get(name, 0) + value * (1j if part == "Im" else 1)
        return stack.LowScaleCoefficients(values)

    def evaluate(self, job, x, ckm):
        """Return ``[(observable, phase, label, value), ...]`` at one point."""
        parameters = dict(self.parameters)
        parameters.update(zip(stack.CKM_NAMES, ckm))
        coefficients = self.coefficients(job, x)
        if self.memory is not None:
            self.memory.sample.clear()
        rows = []
        quadrature = self.recorder.quadrature
        for number, observable in enumerate(job["observables"]):
            observable = tuple(observable) if isinstance(observable, list) else observable
            for index, phase in enumerate(job.get("phases") or [None]):
                self.pins.phase = phase
                self.recorder.take()
                if hasattr(quadrature, "start"):
                    quadrature.start(job["rules"][number] if "rules" in job else observable)
                if isinstance(observable, str) and observable in stack.AUXILIARY:
                    rows.extend(
                        (number, index, label, v)
                        for label, v in stack.auxiliary(
                            observable, parameters, coefficients, self.pins
                        )
                    )
                    continue
                try:
                    value = float(np.real(stack.predict(observable, parameters, coefficients)))
                except (ValueError, ZeroDivisionError, OverflowError):
                    value = np.nan
                recorded = self.recorder.take()
                if hasattr(quadrature, "finish") and np.isfinite(value):
                    quadrature.finish()
                rows.append((number, index, "", value))
                if not job.get("plain"):
                    rows.extend((number, index, label, v) for label, v in recorded)
        return rows

    def freeze(self, job):
        """Find the order of every integral in the SM, for stacks whose quadrature adapts it."""
        quadrature = self.recorder.quadrature
        if not hasattr(quadrature, "frozen"):
            return
        quadrature.frozen = False
        zero = {**job, "phases": [None], "plain": True}
        self.evaluate(zero, *self.draw(zero, 0))
        quadrature.frozen = True

    def run(self, job):
        """Evaluate all points of a job and write the result."""
        self.freeze(job)
        first, count = job["first"], job["count"]
        points = job.get("points")
        drawn = [self.draw(job, k) for k in range(first, first + count)]
        if points is not None:
            drawn = [(np.array(p[0]), np.array(p[1] or self.draw(job, 0)[1])) for p in points]
        results = _align([self.evaluate(job, x, ckm) for x, ckm in drawn])
        columns = [list(r[:3]) for r in results[0]]
        np.savez(
            job["out"],
            x=np.array([d[0] for d in drawn]),
            ckm=np.array([d[1] for d in drawn]),
            values=np.array([[r[3] for r in result] for result in results]),
            columns=json.dumps(columns),
        )


def main():
    """Answer the jobs on standard input."""
    warnings.simplefilter("ignore")
    sampler = None
    for line in sys.stdin:
        with open(line.strip()) as stream:
            job = json.load(stream)
        start = time.time()
        try:
            if sampler is None:  # the taps of the first job stay: one worker, one group
                quadrature = quadratures.FixedRules() if "rules" in job else None
                sampler = Sampler(job.get("taps", ()), job.get("remember", True), quadrature)
            sampler.run(job)
            print("done %s %.1f" % (job["out"], time.time() - start), flush=True)
        except Exception as error:  # the driver decides what to do with a failed job
            print("failed %s %r" % (job["out"], error), flush=True)


if __name__ == "__main__":
    main()
