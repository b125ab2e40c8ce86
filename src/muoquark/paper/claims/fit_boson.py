"""Section 2.3 and the closing sentences: the boson of U(1)_X, decoupled and as a mediator."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.workspace import MASS

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]

#: What no fit notices in ln L.
UNFELT = 0.01


@question(
    "fit.decoupling",
    "section 2.3, below eq. (3)",
    "X can be decoupled (g_X to 0, m_X to infinity) so that its phenomenology is not considered",
    "a limit",
    "for m_X/g_X = 100 TeV the exchange of X changes ln L of all data by less than 0.01",
    "muoquark reproduce --data {data} --only fit.decoupling",
    with_data=True,
)
def decoupling(ws: Workspace, data: str) -> Finding:
    """Exchange of X at tree level alone, from 100 TeV downwards."""
    from muoquark.matching.boson import boson_tensors
    from muoquark.model.boson import Boson, phi_charge
    from muoquark.model.fields import b_minus_3l_mu
    from muoquark.smeft.tensors import symmetrise
    from muoquark.smeft.warsaw import from_tensors
    from muoquark.smeft.wcxf import WilsonCoefficients

    model = b_minus_3l_mu()
    # without mixing g' does not enter; all coefficients go like (g_X/m_X)^2
    one = from_tensors(symmetrise(boson_tensors(Boson(model, 1.0, 0.0, 1.0), 1.0)))
    unit = WilsonCoefficients(scale=MASS, values=one)

    def change(ratio: float) -> Any:
        values = {name: value / ratio**2 for name, value in one.items()}
        return ws.evaluate(data, replace(unit, values=values))

    ratios = np.geomspace(1e3, 1e5, 31)
    found = [change(float(m)) for m in ratios]
    sizes = np.array([abs(each.total) for each in found])
    blocks = found[-1].blocks
    largest = sorted(blocks, key=lambda name: -abs(blocks[name]))[:3]
    ends = {level: _last(ratios, sizes, level) for level in (UNFELT, 0.5)}
    vev = sqrt(2) * phi_charge(model)
    heavy = ends[UNFELT]
    says = (
        f"below {UNFELT:g} from {heavy / 1e3:.0f} TeV on, v_Phi = {heavy / vev / 1e3:.1f} TeV"
        if heavy is not None
        else f"above {UNFELT:g} at all masses looked at"
    )
    return Finding(
        f"|Delta ln L| = {sizes[-1]:.1e} at m_X/g_X = 100 TeV, {says}",
        decide(bool(sizes[-1] < UNFELT)),
        "the paper does not say how heavy that is; X at tree level without kinetic mixing, m_X = "
        "sqrt2 3 g_X v_Phi, matched at 3 TeV; above 0.5 up to "
        + (f"{ends[0.5] / 1e3:.1f} TeV" if ends[0.5] else "no mass looked at")
        + "; largest pieces at 100 TeV: "
        + ", ".join(f"{name} {blocks[name]:+.1e}" for name in largest),
        value=float(sizes[-1]),
        numbers={
            "m_X/g_X_TeV": list(ratios / 1e3), "delta_loglike": sizes.tolist(),
            "blocks": dict(blocks),
        },
    )  # fmt: skip


def _last(ratios: np.ndarray, sizes: np.ndarray, level: float) -> float | None:
    """Return the largest m_X/g_X at which a size is above a level; None at neither or all."""
    above = np.nonzero(sizes > level)[0]
    if not len(above) or above[-1] == len(sizes) - 1:
        return None
    k = int(above[-1])
    y = np.log(np.maximum(sizes[k : k + 2], 1e-300) / level)
    x = np.log(ratios[k : k + 2])
    return float(np.exp(x[0] - y[0] * (x[1] - x[0]) / (y[1] - y[0])))


@question(
    "fit.z-prime",
    "section 3, last sentences",
    "The new vector boson can be the Z' mediator of b -> s mu mu",
    "a direction, no number",
    "with a third quark family of its own, B3 - L_mu in g_X and one angle gains in chi2 at least "
    "half of what S3 does with its couplings of muons to s and b",
    "muoquark reproduce --data {data} --only fit.z-prime",
    with_data=True,
)
def z_prime(ws: Workspace, data: str) -> Finding:
    """Fit both to the same data; universal charges have no b -> s at tree level."""
    found = ws.z_prime(data)
    gain, other = found["B3-Lmu"], found["S3"]
    return Finding(
        f"Delta chi2 = {gain:.1f} for B3 - L_mu, {other:.1f} for S3",
        decide(gain >= other / 2 and gain > 0),
        f"best at m_X/g_X = {found['m_X/g_X'] / 1e3:.3g} TeV and an angle of {found['t23']:.3f}, "
        f"where Delta M_s is {found['DeltaM_s']:.3f} of the SM; universal charges, those of the "
        "paper, have no b -> s at tree level, and those of the third family forbid V_cb and V_ub: "
        "other fields have to make them",
        value=gain,
        numbers=found,
    )


CLAIMS: tuple[Question, ...] = (decoupling, z_prime)
