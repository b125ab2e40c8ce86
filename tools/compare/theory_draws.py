"""Draw flavio's parameters at points with new physics: the second route to theory errors.

    PATH/bin/python tools/compare/theory_draws.py OUT.json [DRAWS]

The interpreter is one with flavio 2.7.1 and smelli 2.4.3.  The answer has, for each point, means,
standard deviations and correlations of a few observables over random parameters of flavio, all of
them drawn as smelli draws them; `tests/test_theory_errors.py` compares the compiled response.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src/muoquark/likelihood/compiler/probe"))

import stack  # noqa: E402
import taps  # noqa: E402

OBSERVABLES = [
    ["<dBR/dq2>(B+->Kmumu)", 1.1, 2.0],
    ["<dBR/dq2>(B+->Kmumu)", 15.0, 22.0],
    ["<dBR/dq2>(B0->K*mumu)", 4.0, 6.0],
    ["<P5p>(B0->K*mumu)", 4.0, 6.0],
    ["<FL>(B0->K*mumu)", 2.5, 4.0],
    ["<P2>(B0->K*mumu)", 4.0, 6.0],
    ["<dBR/dq2>(Bs->phimumu)", 1.1, 2.5],
    "BR(Bs->mumu)",
    "DeltaM_s",
    "eps_K",
    "BR(D0->Kenu)",
]
# Real parts at 4.8 GeV, flavio's basis: right-handed currents, and complex coefficients.
POINTS = {
    "right-handed": {"C9_bsmumu": -0.8, "C9p_bsmumu": 0.9, "C10p_bsmumu": -0.7, "C7p_bs": 0.08},
    "complex": {"C9_bsmumu": -1.2 + 1.5j, "C10_bsmumu": 0.9 - 0.6j, "C7_bs": 0.03j},
}


def main(path: str, draws: int = 150, seed: int = 11) -> None:
    """Write the answer."""
    warnings.simplefilter("ignore")
    np.random.seed(seed)  # flavio draws from the global generator
    likelihood = stack.open_likelihood()
    memory = taps.remember_b_decays()
    constraints = next(
        part.par_obj
        for name, part in likelihood.fast_likelihoods.items()
        if stack.block_name(name) == "quarks"
    )
    asked = [tuple(o) if isinstance(o, list) else o for o in OBSERVABLES]
    values: dict[str, list[list[float]]] = {name: [] for name in POINTS}
    for _ in range(draws):
        parameters = {**likelihood.par_dict_sm, **constraints.get_random_all()}
        memory.forever.clear()  # form factors belong to the parameters, not to the point
        for name, coefficients in POINTS.items():
            memory.sample.clear()
            given = stack.LowScaleCoefficients({("WET", "flavio", "sb", 4.8): coefficients})
            values[name].append([float(stack.predict(o, parameters, given)) for o in asked])
    answer = {
        "draws": draws,
        "observables": OBSERVABLES,
        "points": {
            name: {
                "coefficients": {
                    k: [complex(v).real, complex(v).imag] for k, v in POINTS[name].items()
                },
                "mean": np.mean(x, axis=0).tolist(),
                "sigma": np.std(x, axis=0, ddof=1).tolist(),
                "correlation": np.corrcoef(np.array(x).T).tolist(),
            }
            for name, x in values.items()
        },
        "versions": stack.versions(),
    }
    Path(path).write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
