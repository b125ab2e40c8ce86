"""Section 2.1: what one scalar leptoquark alone can do, and what each adds to the other's job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muoquark.claims.anomalies import RK
from muoquark.claims.record import Finding, Question, decide, question
from muoquark.inference.plane import PRODUCT

if TYPE_CHECKING:
    from muoquark.claims.workspace import Workspace

__all__ = ["CLAIMS"]

_STRONG = 9.0  # Delta chi2 of three standard deviations, one parameter


@question(
    "single.s3-alone",
    "section 2.1, first paragraph",
    "S3 alone does not account for both anomalies",
    "not both",
    "S1 beside it improves chi2 by more than 9 (3 sigma)",
    "muoquark reproduce --only single.s3-alone",
    with_data=True,
    figure="single",
)
def s3_alone(ws: Workspace, data: str) -> Finding:
    """Fit S3 alone (ansatz, light coefficient free), and both with the same freedom."""
    alone = ws.restricted(data, product=0.0)
    both = ws.restricted(data)
    gain = both.delta_chi2 - alone.delta_chi2
    return Finding(
        f"S3 alone reaches Delta chi2 = {alone.delta_chi2:.1f} of {both.delta_chi2:.1f}",
        decide(gain > _STRONG),
        f"S1 beside it improves chi2 by {gain:.1f}",
        value=gain,
        numbers={"alone": alone.delta_chi2, "both": both.delta_chi2},
    )


@question(
    "single.s1-alone",
    "section 2.1, first paragraph",
    "S1 alone does not account for both anomalies",
    "not both",
    "S1 and S3 in the paper's plane are better by more than 9 in chi2 than S1 alone with four free "
    "couplings (up to 2.5) to the second and third family",
    "muoquark reproduce --only single.s1-alone",
    with_data=True,
    figure="single",
)
def s1_alone(ws: Workspace, data: str) -> Finding:
    """Fit S1 alone with four real couplings, against both in the paper's plane."""
    _, alone = ws.s1_alone(data)
    both = ws.restricted(data)
    gain = both.delta_chi2 - alone.delta_chi2
    text = ", ".join(f"{k} = {v:.3g}" for k, v in alone.values.items())
    return Finding(
        f"S1 alone reaches Delta chi2 = {alone.delta_chi2:.1f}; both {both.delta_chi2:.1f}",
        decide(gain > _STRONG),
        f"both together are better by {gain:.1f}. Best S1 alone: {text}",
        value=gain,
        numbers={"alone": alone.delta_chi2, "both": both.delta_chi2, **alone.values},
    )


@question(
    "single.s1-dipole",
    "section 2.1, first paragraph",
    "S1 alone can account for (g-2)_mu",
    "can",
    "S1 alone brings a_mu to within one standard deviation of the measurement, and the SM is not",
    "muoquark reproduce --only single.s1-dipole",
    with_data=True,
)
def s1_dipole(ws: Workspace, data: str) -> Finding:
    """Best fit of the plane without S3, and its pull of a_mu."""
    alone = ws.restricted(data, eta3L_3=0.0, light=-1.0)
    (prediction,) = ws.predictions(data, (0.0, alone.values[PRODUCT]))
    sm, measured, error = ws.measured(data)["a_mu"]
    pull, before = (prediction["a_mu"] - measured) / error, (sm - measured) / error
    return Finding(
        f"pull of a_mu {before:+.2f} in the SM, {pull:+.2f} with S1 "
        f"(product {alone.values[PRODUCT]:.4f})",
        decide(abs(pull) < 1 and abs(before) > 1),
        "there is nothing to account for"
        if abs(before) <= 1
        else f"the SM is {abs(before):.1f} standard deviations off",
        value=pull,
        numbers={"sm": before, "product": alone.values[PRODUCT]},
    )


@question(
    "single.s1-in-rk",
    "section 2.1, last sentence of the first paragraph",
    "S1 gives a sub-leading contribution to R_K",
    "sub-leading",
    "at the best fit, below 10 % of what S3 does to R_K",
    "muoquark reproduce --only single.s1-in-rk",
    with_data=True,
)
def s1_in_rk(ws: Workspace, data: str) -> Finding:
    """Take away one leptoquark after the other."""
    eta3, product = ws.best(data)
    none, s1, s3 = ws.predictions(data, [(0, 0), (0, product), (eta3, 0)])
    one, three = s1[RK] - none[RK], s3[RK] - none[RK]
    ratio = abs(one / three) if three else float("inf")
    return Finding(
        f"R_K moves by {one:+.2e} with S1 alone, by {three:+.3f} with S3 alone",
        decide(ratio < 0.1),
        f"ratio {ratio:.1e}",
        value=ratio,
        numbers={"S1": one, "S3": three},
    )


@question(
    "single.s3-in-g-2",
    "section 2.1, last sentence of the first paragraph",
    "S3 gives a sub-leading contribution to (g-2)_mu",
    "sub-leading",
    "at the best fit, below 10 % of what S1 does to a_mu",
    "muoquark reproduce --only single.s3-in-g-2",
    with_data=True,
)
def s3_in_dipole(ws: Workspace, data: str) -> Finding:
    """Take away one leptoquark after the other."""
    eta3, product = ws.best(data)
    none, s1, s3 = ws.predictions(data, [(0, 0), (0, product), (eta3, 0)])
    one, three = s1["a_mu"] - none["a_mu"], s3["a_mu"] - none["a_mu"]
    ratio = abs(three / one) if one else float("inf")
    return Finding(
        f"Delta a_mu = {one:+.2e} from S1 alone, {three:+.2e} from S3 alone",
        decide(ratio < 0.1),
        f"ratio {ratio:.1e}; S3 has no chiral enhancement",
        value=ratio,
        numbers={"S1": one, "S3": three},
    )


CLAIMS: tuple[Question, ...] = (s3_alone, s1_alone, s1_dipole, s1_in_rk, s3_in_dipole)
