"""Find how observables respond to the parameters behind their theory errors.

Usage: ``python response.py out.npz old < observables.json``: the first `old` observables have a
covariance; directions of smelli's parameters that none of the others feels are left out.  The file
holds ``response`` (observables, directions): the change of an observable in the SM for one standard
deviation of an independent direction, from a one-sided difference of a tenth of one;
``directions``, JSON; and ``ckm``, the covariance of the CKM parameters (order of
`stack.CKM_NAMES`), whose directions are left out: compiled predictions know how they respond.  A
call that was interrupted goes on from files beside the answer.  The environment variable
MUOQUARK_PROBE_WORKERS says how many processes share the work.

The theory covariance that smelli draws is ``response @ response.T``, up to second order.
"""

import json
import multiprocessing
import os
import sys
import warnings

import numpy as np
import stack
import taps
from directions import directions, reading

STEP = 0.1
# Directions between two notes of what is done.
EVERY = 5


class Work:
    """What a process needs to know; a call answers for one direction."""

    def __init__(self, observables, parameters, reads, chosen):
        """Evaluate the observables at the centre."""
        self.observables, self.parameters = observables, parameters
        self.reads, self.chosen = reads, chosen
        self.memory = taps.remember_b_decays()
        self.zero = stack.LowScaleCoefficients({})
        self.central = [stack.predict(o, parameters, self.zero) for o in observables]

    def __call__(self, number):
        """Return the response of all observables to a direction."""
        steps = self.chosen[number][1]
        self.memory.sample.clear()
        self.memory.forever.clear()
        shifted = dict(self.parameters)
        for name, step in steps.items():
            shifted[name] = shifted[name] + STEP * step
        column = np.zeros(len(self.observables))
        for k, observable in enumerate(self.observables):
            if self.reads[k] & set(steps):
                moved = stack.predict(observable, shifted, self.zero)
                column[k] = np.real(moved - self.central[k]) / STEP
        return column

    def run(self, numbers, path):
        """Answer for some directions and keep the answers in a file, from which it goes on."""
        columns = np.zeros((len(self.observables), len(numbers)))
        done = 0
        if os.path.exists(path):
            with np.load(path) as stored:
                columns, done = stored["columns"], int(stored["done"])
        for k in range(done, len(numbers)):
            columns[:, k] = self(numbers[k])
            if k % EVERY == EVERY - 1 or k == len(numbers) - 1:
                np.savez(path, columns=columns, done=k + 1)


def main(path, old):
    """Answer the observables on standard input."""
    warnings.simplefilter("ignore")
    observables = [tuple(o) if isinstance(o, list) else o for o in json.load(sys.stdin)]
    likelihood = stack.open_likelihood()
    constraints = next(iter(likelihood.fast_likelihoods.values())).par_obj
    listed = [(d["constraint"], d["shift"]) for d in directions(constraints)]
    parameters = dict(likelihood.par_dict_sm)
    reads = reading(observables, parameters)
    further = set().union(*reads[int(old) :])
    further -= set(stack.CKM_NAMES)
    chosen = [one for one in listed if further & set(one[1])]
    work = Work(observables, parameters, reads, chosen)
    # Forked: what was read of the parameters, and flavio itself, need not be made again.
    workers = int(os.environ.get("MUOQUARK_PROBE_WORKERS", "1"))
    beside = ["%s.%d.part.npz" % (path, k) for k in range(workers)]
    context = multiprocessing.get_context("fork")
    shares = [range(k, len(chosen), workers) for k in range(workers)]
    processes = [context.Process(target=work.run, args=(*pair,)) for pair in zip(shares, beside)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process ended before its work was done")
    response = np.zeros((len(observables), len(chosen)))
    for share, part in zip(shares, beside):
        with np.load(part) as stored:
            response[:, list(share)] = stored["columns"]
    pdf = constraints._parameters[stack.CKM_NAMES[0]][1]
    order = [constraints._parameters[name][0] for name in stack.CKM_NAMES]
    ckm = np.asarray(pdf.covariance)[np.ix_(order, order)]
    np.savez(path, response=response, directions=json.dumps(chosen), ckm=ckm)
    for part in beside:
        os.remove(part)


if __name__ == "__main__":
    main(*sys.argv[1:])
