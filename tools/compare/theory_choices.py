"""Print the table of docs/theory-errors.md: Delta chi2 with each choice of theory errors.

    python tools/compare/theory_choices.py [SNAPSHOT ...]

Fixed points, and the best fits of a few cards by each choice.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import yaml

import muoquark
from muoquark.inference.global_likelihood import GlobalLikelihood
from muoquark.likelihood.theory_choice import MODES
from muoquark.model.card_file import starters


def low(**values: float) -> dict[str, Any]:
    """Return coefficients at 4.8 GeV, flavio's basis."""
    return {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": values}


S1 = {
    "model": "generic",
    "masses": {"S1": 2000.0},
    "mu_M": 2000.0,
    "couplings": {
        "eta1L": [[0, 0, 0], [0, 0, 0], [0, 0, 0.6]],
        "eta1R": [[0, 0, 0], [0, 0, -0.6], [0, 0, 0]],
    },
}
POINTS: dict[str, Any] = {
    "best fit of 2021 (`paper`)": "paper",
    "S1 for R(D(*)): eta1L_tau = 0.6, eta1R_c tau = -0.6 at 2 TeV": S1,
    "C_VL(b -> c tau nu) = 0.08": low(CVL_bctaunutau=0.08),
    "C9 = -1 (mu)": low(C9_bsmumu=-1.0),
    "C9 = -C10 = -0.4 (mu)": low(C9_bsmumu=-0.4, C10_bsmumu=0.4),
    "C9 = -0.8 for e, mu, tau": low(C9_bsee=-0.8, C9_bsmumu=-0.8, C9_bstautau=-0.8),
    "C9 = -1, C9' = 0.3, C10' = 0.2": low(C9_bsmumu=-1.0, C9p_bsmumu=0.3, C10p_bsmumu=0.2),
    "C9 = -0.8, C9' = 0.9, C10' = -0.7, C7' = 0.08": low(
        C9_bsmumu=-0.8, C9p_bsmumu=0.9, C10p_bsmumu=-0.7, C7p_bs=0.08
    ),
}
# Cards that are fitted, and the points of them that are shown, too.
FITTED: dict[str, tuple[Any, list[float] | None]] = {
    "plane": ("plane", [0.328, 0.0021]),
    "plane-r2": ("plane-r2", [0.328, 0.0021]),
    "`muoquark init tau`": (yaml.safe_load(starters()["tau"]), None),
}


def main(snapshots: list[str]) -> None:
    """Print rows as they are found."""
    for snapshot in snapshots or ["2026-06", "2026-11"]:
        print(snapshot, list(MODES))
        likelihoods = {m: GlobalLikelihood(snapshot, theory_errors=m) for m in MODES}
        for name, source in POINTS.items():
            row(name, [2 * one(source).total for one in likelihoods.values()])
        for name, (card, shown) in FITTED.items():
            functions = {m: one.function(card) for m, one in likelihoods.items()}
            if shown is not None:
                row(f"{name} {shown}", [2 * float(f(np.array(shown))) for f in functions.values()])
            best = [muoquark.best_fit(card, one) for one in likelihoods.values()]
            row(f"{name}, fitted", [b.delta_chi2 for b in best])
            for parameter in best[0].values:
                row(f"  {parameter}", [b.values[parameter] for b in best], 4)


def row(name: str, values: list[float], digits: int = 2) -> None:
    """Print one."""
    print(f"{name:62s}" + "".join(f"{v:10.{digits}f}" for v in values), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
