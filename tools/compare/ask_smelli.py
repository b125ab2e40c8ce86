"""Ask smelli for the points of ``points.py``, with the same experimental covariances.

PYTHON tools/compare/ask_smelli.py FOLDER [--freeze]
with the interpreter of the stack (3.9 or later); adds one line per point to FOLDER/smelli.jsonl
and goes on where it stopped.  --freeze keeps the order of each of flavio 2.3's adaptive
quadratures at its value in the SM, as the snapshot does; without it they jump by per cents.
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


def freeze():
    """Fix the orders of flavio's quadratures at the SM, with the compiler's own tool."""
    import flavio

    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root / "src/muoquark/likelihood/compiler/probe"))
    import taps

    quadrature = taps.FrozenQuadrature()
    taps.replace(taps.find("flavio.math.integrate:nintegrate"), quadrature)
    plain = flavio.classes.Observable.prediction_par

    def prediction_par(self, par_dict, wc_obj, *args, **kwargs):
        quadrature.start((self.name, args, tuple(sorted(kwargs.items()))))
        return plain(self, par_dict, wc_obj, *args, **kwargs)

    flavio.classes.Observable.prediction_par = prediction_par
    # The SM and the inputs of the CKM scheme: every integral is met once.
    _ = likelihood.log_likelihood_sm
    quadrature.frozen = True


if "--freeze" in sys.argv:
    freeze()
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
