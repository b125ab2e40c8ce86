"""Section 2.4: the benchmark beside the tails of Drell-Yan, measured and projected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq

from muoquark.paper.claims.record import Finding, Question, decide, question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "limit", "scaled"]

_BENCHMARK = 0.4  # eta3L_3
# One parameter at 95 % CL, above the minimum.
_RISE = 3.84
#: Di-muons, as measured with Run 2 and as projected: optimistic and pessimistic errors.
CASES = {
    "Run 2": "",
    "HL-LHC": ",lumi=3000,errors=rescaled,energy=14",
    "HL-LHC, pessimistic": ",lumi=3000,errors=relative,energy=14",
}


def scaled(coefficients: Any, factor: float) -> Any:
    """Return tree-level coefficients for couplings times the root of a factor."""
    mediators = tuple(
        replace(m, tree={name: factor * value for name, value in m.tree.items()})
        for m in coefficients.mediators
    )
    values = {name: factor * value for name, value in coefficients.values.items()}
    return replace(coefficients, values=values, mediators=mediators)


def limit(ws: Workspace, options: str) -> float:
    """Return the 95 % CL limit on eta3L_3 with the ansatz, from di-muons alone."""
    unit = ws.matched(ws.point(1.0, 0.0), "tree")

    def chi2(y: float) -> float:
        return float(-2 * ws.tails(f"searches=dimuon{options}", scaled(unit, y**2)))

    grid = np.linspace(0.0, 3.0, 16)
    values = [chi2(y) for y in grid]
    target = min(values) + _RISE
    k = int(np.argmin(values))
    above = next((n for n in range(k, len(grid)) if values[n] > target), None)
    if above is None:
        return float("inf")
    return float(brentq(lambda y: chi2(y) - target, grid[above - 1], grid[above], xtol=1e-4))


@question(
    "theory.high-pt",
    "section 2.4, third paragraph",
    "The benchmark is beyond projections for dilepton tails at HL-LHC",
    "no number",
    f"eta3L_3 = {_BENCHMARK} at 3 TeV lies below the limit (95 % CL, di-muon tails) of Run 2 and "
    "below that of 3000/fb at 14 TeV with optimistic errors",
    "muoquark reproduce --only theory.high-pt",
    unit="benchmark / limit of HL-LHC",
)
def high_pt(ws: Workspace) -> Finding:
    """Fold S3 with its propagator into the di-muon spectrum of CMS, today and projected."""
    limits = {name: limit(ws, options) for name, options in CASES.items()}
    ratio = _BENCHMARK / limits["HL-LHC"]
    text = ", ".join(f"{value:.2f} ({name})" for name, value in limits.items())
    return Finding(
        f"eta3L_3 < {text}; the benchmark has {_BENCHMARK}",
        decide(min(limits["Run 2"], limits["HL-LHC"]) > _BENCHMARK),
        "b b -> mu mu and b s -> mu mu through S3, folded at leading order; PDF4LHC21",
        value=ratio,
        numbers=limits,
    )


CLAIMS: tuple[Question, ...] = (high_pt,)
