"""Find which low-scale components each observable feels, and how large each must be to matter.

Usage: ``python explore.py out.json taps... < observables.json`` where the input lists
``[observable, experimental error]``.  The answer lists for every observable its value in the SM
and ``[eft, basis, sector, scale, name, part, size]``, `size` being the value at which the
observable moves by about half of itself or, if it vanishes in the SM, by its experimental error;
a last entry lists which of the observable (0) and its recorded taps (1, 2, ...) it moves.
"""

import json
import sys
import time
import warnings

import numpy as np
import stack
import taps

START = {"SMEFT": 1e-8, "WET": 1e-2, "WET-3": 1e-2, "WET-4": 1e-2, "derived": 1e-2}


class Explorer:
    """Evaluates one observable and its taps; failures count as 'too large'."""

    def __init__(self, further_taps):
        """Open the likelihood and tap flavio."""
        self.recorder = taps.Recorder(further_taps)
        self.pins = taps.Pins()
        self.taps = {}
        self.labels = set()
        self.likelihood = stack.open_likelihood()
        self.parameters = dict(self.likelihood.par_dict_sm)

    def response(self, observable, values):
        """Return the observable and the recorded taps as an array, or None."""
        coefficients = stack.LowScaleCoefficients(values)
        self.pins.fermi = values.get(stack.PINNED_FERMI[:4], {}).get("shift", 0.0)
        self.recorder.take()
        if isinstance(observable, str) and observable in stack.AUXILIARY:
            listed = stack.auxiliary(observable, self.parameters, coefficients, self.pins)
            return np.array([v for _, v in listed]), coefficients.asked
        try:
            value = stack.predict(observable, self.parameters, coefficients)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None, coefficients.asked
        recorded = self.recorder.take()
        self.labels = {label for label, _ in recorded}
        # predictions of zero return early, before any integral
        recorded += [("", 0.0)] * (self.taps.get(observable, 0) - len(recorded))
        self.taps[observable] = len(recorded)
        found = [float(np.real(value))] + [v for _, v in recorded]
        return np.array(found), coefficients.asked

    def changed(self, observable, base, components, rng):
        """Tell whether any of the components changes the observable."""
        size = 1.0
        while size > 1e-12:
            values = {}
            for eft, basis, sector, scale, name, part in components:
                entry = values.setdefault((eft, basis, sector, scale), {})
                value = size * START[eft] * rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
                entry[name] = entry.get(name, 0) + value * (1j if part == "Im" else 1)
            found, _ = self.response(observable, values)
            if found is not None and found.shape == base.shape and np.all(np.isfinite(found)):
                scale = np.abs(base) + np.abs(found)
                return bool(np.any(np.abs(found - base) > 1e-13 * scale))
            size /= 10
        raise RuntimeError("no finite response of %r" % (observable,))

    def relevant(self, observable, base, components, rng):
        """Return the components that matter, by splitting the list in halves."""
        if not components or not self.changed(observable, base, components, rng):
            return []
        if len(components) == 1:
            return list(components)
        half = len(components) // 2
        return self.relevant(observable, base, components[:half], rng) + self.relevant(
            observable, base, components[half:], rng
        )

    def size(self, observable, base, error, component):
        """Return the value of one component at which the observable is of order one."""
        eft, basis, sector, scale, name, part = component
        size = START[eft] * 1e-6
        best, mask = size, np.zeros(len(base), dtype=bool)
        for _ in range(14):
            values = {(eft, basis, sector, scale): {name: size * (1j if part == "Im" else 1)}}
            found, _ = self.response(observable, values)
            if found is None or not np.all(np.isfinite(found)) or found.shape != base.shape:
                break
            best, mask = size, found != base
            reference = np.maximum(np.abs(base), 1e-300)
            reference[0] = max(abs(base[0]), error)
            effect = np.max(np.abs(found - base)[base != 0] / reference[base != 0], initial=0)
            effect = max(effect, abs(found[0] - base[0]) / reference[0])
            if effect > 0.3:
                break
            size *= 10 if effect < 1e-2 else 2
        return [best, [int(i) for i in np.flatnonzero(mask)]]

    def coarse(self, observable, base, asked):
        """Explore an observable with integrals sector by sector; charged currents and the like.

        Every component is kept, with size one (half for tensors); only the taps that a sector
        moves are found out.
        """
        found = []
        for eft, basis, sector, scale in sorted(asked, key=str):
            listed = stack.component_names(eft, basis, sector)
            for state in sorted({name.rsplit("nu", 1)[-1] for name, _ in listed}):
                own = [c for c in listed if c[0].rsplit("nu", 1)[-1] == state]
                values = {}
                for number, (name, part) in enumerate(own):
                    value = 0.1 * (1 + 0.1 * number) * (1j if part == "Im" else 1)
                    values[name] = values.get(name, 0) + value
                moved, _ = self.response(observable, {(eft, basis, sector, scale): values})
                mask = [int(i) for i in np.flatnonzero(moved != base)]
                found += [
                    [
                        eft,
                        basis,
                        sector,
                        scale,
                        name,
                        part,
                        0.5 if name.startswith("CT") else 1.0,
                        mask,
                    ]
                    for name, part in own
                    if mask
                ]
        return found

    def explore(self, observable, error):
        """Return the observable and its taps in the SM, and its components."""
        rng = np.random.default_rng(7)
        base, asked = self.response(observable, {})
        everything = {}
        for eft, basis, sector, scale in asked:
            if sector not in ("sb", "db", "sd", "dF=0", "all"):
                everything[eft, basis, sector, scale] = {
                    n: 1e-3 for n, _ in stack.component_names(eft, basis, sector)
                }
        self.response(observable, everything)
        integrates = "integral" in self.labels
        base, asked = self.response(observable, {})
        large = {"sb", "db", "sd", "dF=0"} & {key[2] for key in asked}
        if integrates and not large:
            return base, self.coarse(observable, base, asked)
        components = [stack.PINNED_FERMI]
        for eft, basis, sector, scale in sorted(asked, key=str):
            for name, part in stack.component_names(eft, basis, sector):
                components.append((eft, basis, sector, scale, name, part))
        found = self.relevant(observable, base, components, rng)
        return base, [list(c) + self.size(observable, base, error, c) for c in found]


def main(path, *further_taps):
    """Answer the observables on standard input."""
    warnings.simplefilter("ignore")
    explorer = Explorer(further_taps)
    answer = []
    for observable, error in json.load(sys.stdin):
        observable = tuple(observable) if isinstance(observable, list) else observable
        start = time.time()
        base, components = explorer.explore(observable, error)
        answer.append(
            {
                "observable": observable,
                "sm": base[0],
                "recorded": len(base) - 1,
                "components": components,
            }
        )
        print(
            "%6.2f s  %s: %d components" % (time.time() - start, observable, len(components)),
            file=sys.stderr,
            flush=True,
        )
        with open(path, "w") as stream:
            json.dump(answer, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
