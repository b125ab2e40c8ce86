"""Section 2.1: what one scalar leptoquark alone can do, and what each adds to the other's job."""

from __future__ import annotations

from math import log, pi
from typing import TYPE_CHECKING

import numpy as np

from muoquark.common.constants import M_MU_5, M_TOP_RUNNING
from muoquark.paper.claims.anomalies import RK, chirality_gains
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.workspace import MASS, R2_PRODUCT
from muoquark.paper.plane import PRODUCT

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]

_STRONG = 9.0  # Delta chi2 of three standard deviations, one parameter


@question(
    "single.s3-alone",
    "section 2.1, first paragraph",
    "S3 alone does not account for both anomalies",
    "not both",
    "S1 beside it improves chi2 by more than 9 (3 sigma), with the light entries' coefficient free",
    "muoquark reproduce --data {data} --only single.s3-alone",
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
    "couplings (up to 2.5) to the second and third family, the tails of Drell-Yan counted at both "
    "best fits",
    "muoquark reproduce --data {data} --only single.s1-alone",
    with_data=True,
    figure="single",
)
def s1_alone(ws: Workspace, data: str) -> Finding:
    """Fit S1 alone with four real couplings, against both in the paper's plane."""
    _, alone = ws.s1_alone(data)
    both = ws.fit(data).best
    tails = ws.chi2_of_tails(data)
    gain = both.delta_chi2 - tails["both"] - (alone.delta_chi2 - tails["S1"])
    text = ", ".join(f"{k} = {v:.3g}" for k, v in alone.values.items())
    return Finding(
        f"S1 alone reaches Delta chi2 = {alone.delta_chi2:.1f}; both {both.delta_chi2:.1f}",
        decide(gain > _STRONG),
        f"both together are better by {gain:.1f}, in which the tails of Drell-Yan have "
        f"{tails['S1'] - tails['both']:+.1f} (S1 alone {tails['S1']:+.2f}, both "
        f"{tails['both']:+.2f} against the SM). Best S1 alone: {text}",
        value=gain,
        numbers={
            "alone": alone.delta_chi2,
            "both": both.delta_chi2,
            "tails_S1": tails["S1"],
            "tails_both": tails["both"],
            **alone.values,
        },
    )


@question(
    "single.s1-dipole",
    "section 2.1, first paragraph",
    "S1 alone can account for (g-2)_mu",
    "can",
    "S1 alone brings a_mu to within one standard deviation of the measurement, and the SM is not",
    "muoquark reproduce --data {data} --only single.s1-dipole",
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
    "muoquark reproduce --data {data} --only single.s1-in-rk",
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
    "muoquark reproduce --data {data} --only single.s3-in-g-2",
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


@question(
    "single.enhancement",
    "section 2, first paragraph; section 2.5, second paragraph",
    "Loops of leptoquark and top enhance the lepton dipole by a chirality flip on the top line",
    "enhanced",
    "the part with both chiralities of S1 is more than 100 times the rest, for equal couplings",
    "muoquark reproduce --only single.enhancement",
)
def enhancement(ws: Workspace) -> Finding:
    """Split the photon dipole of the muon into pieces by taking couplings away."""

    full = ws.point(0.0, 0.01)
    zero = np.zeros(3)
    points = (full, full.replace(eta1R=zero), full.replace(eta1L=zero))
    sm = full.sm_parameters
    cosine, sine = (g / np.hypot(sm.g1, sm.g2) for g in (sm.g2, sm.g1))
    both, left, right = (
        cosine * m.values.get("eB_22", 0j) - sine * m.values.get("eW_22", 0j)
        for m in map(ws.matched, points)
    )
    ratio = abs((both - left - right) / (left + right))
    return Finding(
        f"both chiralities / one chirality = {ratio:.0f}",
        decide(ratio > 100),
        f"m_t/m_mu is {M_TOP_RUNNING / M_MU_5:.0f}; photon dipole at 3 TeV, equal couplings of S1",
        value=ratio,
        numbers={"mixed": abs(both - left - right), "rest": abs(left + right)},
    )


def loop(x: float, charge: float) -> float:
    """Return the loop function of the dipole with a heavy quark, x = m_q^2/M^2.

    Da = N_c m_mu m_q/(16 pi^2 M^2) Re(y_L^* y_R) loop, `charge` that of the quark field in
    mu -> quark + scalar; the scalar carries the rest (hep-ph/0302221, eqs. 37 to 45).

    >>> round(loop(1e-6, -2/3) / (4/3), 3)  # S1: ln(1/x) - 7/4
    12.066
    """
    quark = (3 - 4 * x + x**2 + 2 * log(x)) / (1 - x) ** 3
    scalar = (1 - x**2 + 2 * x * log(x)) / (1 - x) ** 3
    return charge * quark - (1 + charge) * scalar


@question(
    "single.r2-dipole",
    "section 2.1, first paragraph",
    "R2 alone can account for (g-2)_mu",
    "can",
    "at 3 TeV the measured difference needs a product of R2's couplings below 1 in modulus, and is "
    "more than one standard deviation from zero",
    "muoquark reproduce --data {data} --only single.r2-dipole",
    with_data=True,
)
def r2_dipole(ws: Workspace, data: str) -> Finding:
    """Product of couplings by the general one-loop formula; S1 by the same formula beside it."""
    (row,) = ws.dipoles(ws.year(data), "mumu")
    wanted, error = row.measured, row.input.error
    assert error is not None
    x = (M_TOP_RUNNING / MASS) ** 2
    unit = 3 * M_MU_5 * M_TOP_RUNNING / (16 * pi**2 * MASS**2)
    r2, s1 = (wanted / (unit * loop(x, charge)) for charge in (2 / 3, -2 / 3))
    return Finding(
        f"R2 needs |y_L y_R| = {abs(r2):.4f} with the sign {np.sign(r2):+.0f}, S1 {s1:.4f}",
        decide(abs(r2) < 1 and abs(wanted) > error),
        f"Delta a_mu = {1e11 * wanted:.0f}({1e11 * error:.0f})e-11; fixed order at one loop with "
        "the top, no running; with them and the other observables see single.r2-s3",
        value=abs(r2),
        numbers={"R2": r2, "S1": s1},
    )


@question(
    "single.r2-b-to-s",
    "section 2.1, first paragraph",
    "R2 does not mediate the left-handed current of b -> s mu mu at tree level",
    "S3 is unique",
    "R2's tree-level current (left-handed quarks, right-handed muons) gains less than half of what "
    "S3's does in R_K(*), Bs -> mu mu and b -> s mu mu",
    "muoquark reproduce --data {data} --only single.r2-b-to-s",
    with_data=True,
)
def r2_b_to_s(ws: Workspace, data: str) -> Finding:
    """Compare the chiralities of b -> s mu mu, one coefficient each."""
    gains = chirality_gains(ws, data)
    ours, s3 = (gains[f"left-handed quarks{end}"] for end in (
        ", right-handed leptons", " and leptons"))  # fmt: skip
    return Finding(
        f"Delta chi2 = {ours:.1f} for R2's current, {s3:.1f} for S3's",
        decide(ours < s3 / 2),
        "R2 couples q to mu_R, so that C9 = C10; tree level, one real coefficient at 3 TeV",
        value=ours,
        numbers={"R2": ours, "S3": s3},
    )


@question(
    "single.r2-in-rk",
    "section 2.1, last sentence of the first paragraph",
    "R2 gives a sub-leading contribution to R_K",
    "sub-leading",
    "at the best fit of R2 and S3, below 10 % of what S3 does to R_K",
    "muoquark reproduce --data {data} --only single.r2-in-rk",
    with_data=True,
)
def r2_in_rk(ws: Workspace, data: str) -> Finding:
    """Take away one leptoquark after the other, tree level and one loop."""
    best = ws.r2_fit(data).values
    eta3, product = best["eta3L_3"], best[R2_PRODUCT]
    none, r2, s3 = ws.r2_predictions(data, [(0, 0), (0, product), (eta3, 0)])
    two, three = r2[RK] - none[RK], s3[RK] - none[RK]
    ratio = abs(two / three) if three else float("inf")
    return Finding(
        f"R_K moves by {two:+.2e} with R2 alone, by {three:+.3f} with S3 alone",
        decide(ratio < 0.1),
        f"ratio {ratio:.1e}; at eta2L_3 = |eta2R_3|, light entries of the quark doublet as for S3",
        value=ratio,
        numbers={"R2": two, "S3": three},
    )


@question(
    "single.r2-s3",
    "no sentence of the paper: the pair that section 2.1 leaves open",
    "R2 can take the place of S1",
    "as well",
    "R2 and S3 in the plane of the figure reach the Delta chi2 of S1 and S3 to 4 (2 sigma)",
    "muoquark fit plane-r2 --data {data}",
    with_data=True,
    ours=True,
)
def r2_and_s3(ws: Workspace, data: str) -> Finding:
    """Fit the card ``plane-r2``, and what it does to the muon's Yukawa coupling."""
    ours, theirs = ws.r2_fit(data), ws.fit(data).best
    loss = theirs.delta_chi2 - ours.delta_chi2
    eta3, product = ours.values["eta3L_3"], ours.values[R2_PRODUCT]
    shift = ws.r2_yukawa_shift(eta3, product)
    return Finding(
        f"Delta chi2 = {ours.delta_chi2:.1f} at eta3L_3 = {eta3:.3f}, eta2L_3*eta2R_3 = "
        f"{product:.4f}; {theirs.delta_chi2:.1f} with S1",
        decide(loss < 4.0),
        f"delta y_mu/y_mu = {shift:+.2f}; the dipole's L + 1/4 in the place of L + 7/4 asks for a "
        "smaller product, of the other sign",
        value=ours.delta_chi2,
        numbers={"R2 + S3": ours.delta_chi2, "S1 + S3": theirs.delta_chi2, "shift": shift,
                 **ours.values},
    )  # fmt: skip


CLAIMS: tuple[Question, ...] = (
    s3_alone,
    s1_alone,
    s1_dipole,
    enhancement,
    r2_dipole,
    r2_b_to_s,
    s1_in_rk,
    s3_in_dipole,
    r2_in_rk,
    r2_and_s3,
)
