"""Ask smelli for the points of ``points.py``, with the same experimental covariances.

PYTHON tools/compare/ask_smelli.py FOLDER [--freeze | --converge]
with the interpreter of the stack (3.9 or later); adds one line per point to FOLDER/smelli.jsonl
and goes on where it stopped.  --converge takes converged integrals, as a snapshot compiled with
--quadrature converged; --freeze keeps the order of each of flavio 2.3's adaptive quadratures at its
value in the SM, as 2021-07.0 does; without either they jump by per cents.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")
import smelli  # noqa: E402

folder = Path(sys.argv[1])
points = json.loads((folder / "points.json").read_text())
covariances = json.loads((folder / "covariances.json").read_text())
likelihood = smelli.GlobalLikelihood(Nexp=2)
for name, fast in likelihood.fast_likelihoods.items():
    stored = covariances[name.replace("fast_likelihood_", "").replace(".yaml", "")]
    fast.exp_covariance.load_dict(
        {
            "observables": [tuple(o) if isinstance(o, list) else o for o in stored["observables"]],
            "central": np.array(stored["central"]),
            "covariance": np.array(stored["covariance"]),
        }
    )
    fast.make_measurement()


class Converged:
    """Rules that are found in the SM, then kept."""

    def __init__(self, finder, fixed):
        """Begin with the search."""
        self.finder, self.fixed, self.frozen = finder, fixed, False

    def start(self, key):
        """Announce a prediction."""
        if self.frozen:
            self.fixed.start(self.finder.rules(key))
        else:
            self.finder.start(key)

    def finish(self):
        """Raise the orders, in the SM."""
        if not self.frozen:
            self.finder.finish()

    def __call__(self, *args, **kwargs):
        """Return the integral."""
        return (self.fixed if self.frozen else self.finder)(*args, **kwargs)


def settle(converge):
    """Fix the rules of flavio's integrals in the SM, with the compiler's own tools."""
    import flavio

    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root / "src/muoquark/likelihood/compiler/probe"))
    import quadratures
    import taps

    quadrature = quadratures.FrozenQuadrature()
    if converge:
        quadrature = Converged(quadratures.RuleFinder(), quadratures.FixedRules())
    taps.replace(taps.find("flavio.math.integrate:nintegrate"), quadrature)
    plain = flavio.classes.Observable.prediction_par

    def prediction_par(self, par_dict, wc_obj, *args, **kwargs):
        quadrature.start((self.name, args, tuple(sorted(kwargs.items()))))
        value = plain(self, par_dict, wc_obj, *args, **kwargs)
        if converge:
            quadrature.finish()
        return value

    flavio.classes.Observable.prediction_par = prediction_par
    # The SM and the inputs of the CKM scheme: every integral is met once.
    _ = likelihood.log_likelihood_sm
    quadrature.frozen = True


if "--freeze" in sys.argv or "--converge" in sys.argv:
    settle("--converge" in sys.argv)
target = folder / "smelli.jsonl"
done = len(target.read_text().splitlines()) if target.exists() else 0
for point in points[done:]:
    values = {k: complex(*v) if v[1] else v[0] for k, v in point["values"].items()}
    try:
        result = likelihood.parameter_point(values, point["scale"]).log_likelihood_dict()
        line = {k: float(v) for k, v in result.items()}
    except ValueError as error:
        line = {"error": str(error)}
    with target.open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    print(line.get("global", line.get("error")), flush=True)
