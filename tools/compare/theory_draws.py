"""Draw flavio's parameters at points with new physics: the second route to theory errors.

    PATH/bin/python tools/compare/theory_draws.py OUT.json [DRAWS] [SET]

The interpreter is one with flavio 2.7.1 and smelli 2.4.3.  The answer has, for each point, means,
standard deviations and correlations of a few observables over random parameters of flavio, all of
them drawn as smelli draws them; `tests/test_theory_errors.py` compares the compiled response.  A
set is observables and points: `quarks`, `charged` or `electroweak`.
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

# By set: observables, where the coefficients stand, and points.  Real parts, or complex.
SETS = {
    "quarks": (
        [
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
        ],
        ("WET", "flavio", "sb", 4.8),
        {
            "right-handed": {
                "C9_bsmumu": -0.8,
                "C9p_bsmumu": 0.9,
                "C10p_bsmumu": -0.7,
                "C7p_bs": 0.08,
            },
            "complex": {"C9_bsmumu": -1.2 + 1.5j, "C10_bsmumu": 0.9 - 0.6j, "C7_bs": 0.03j},
        },
    ),
    "charged": (
        ["Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)"],
        ("WET", "flavio", "cbtaunu", 4.8),
        {
            "vector": {"CVL_bctaunutau": 0.1},
            "scalar and tensor": {
                "CSL_bctaunutau": -0.2 + 0.3j,
                "CSR_bctaunutau": 0.15,
                "CT_bctaunutau": 0.06,
            },
        },
    ),
    "electroweak": (
        ["m_W", "GammaZ", "sigma_had", "R_mu", "R_b", "A(Z->ee)"],
        ("SMEFT", "Warsaw", "all", 91.1876),
        {
            "oblique": {"phiWB": 2e-8, "phiD": -3e-8},
            "vertices": {"phil1_22": 1e-7, "phiq1_33": -2e-7, "phie_11": 5e-8, "ll_1221": 1e-8},
        },
    ),
}


def main(path: str, draws: int = 150, chosen: str = "quarks", seed: int = 11) -> None:
    """Write the answer."""
    warnings.simplefilter("ignore")
    observables, where, points = SETS[chosen]
    np.random.seed(seed)  # flavio draws from the global generator
    likelihood = stack.open_likelihood()
    memory = taps.remember_b_decays()
    constraints = next(
        part.par_obj
        for name, part in likelihood.fast_likelihoods.items()
        if stack.block_name(name) == "quarks"
    )
    asked = [tuple(o) if isinstance(o, list) else o for o in observables]
    values: dict[str, list[list[float]]] = {name: [] for name in points}
    for _ in range(draws):
        parameters = {**likelihood.par_dict_sm, **constraints.get_random_all()}
        memory.forever.clear()  # form factors belong to the parameters, not to the point
        for name, coefficients in points.items():
            memory.sample.clear()
            given = stack.LowScaleCoefficients({where: coefficients})
            values[name].append([float(stack.predict(o, parameters, given)) for o in asked])
    answer = {
        "draws": draws,
        "observables": observables,
        "where": where,
        "points": {
            name: {
                "coefficients": {
                    k: [complex(v).real, complex(v).imag] for k, v in points[name].items()
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
    main(sys.argv[1], *map(int, sys.argv[2:3]), *sys.argv[3:])
