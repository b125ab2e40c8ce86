"""Section 1: how far the measurements are from the Standard Model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.likelihood.groups import GROUPS
from muoquark.likelihood.observable import Observable
from muoquark.paper.claims.record import (
    NOT_REPRODUCED,
    UNTESTABLE,
    Finding,
    Question,
    decide,
    question,
)

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "CRITERION", "RK", "chirality_gains", "printed_tension"]

#: R_K in the bin of the measurement of 2021 (2103.11769), q2 in GeV^2.
RK = Observable.of("<Rmue>(B+->Kll)", q2min=1.1, q2max=6.0).text
CRITERION = "rounds to the printed number, or differs by one unit of its last digit"
# The four operators of b -> s mu mu, chirality of quark and lepton; quark indices 23, leptons 22.
CURRENTS = {
    "left-handed quarks and leptons": "lq1_2223",
    "left-handed quarks, right-handed leptons": "qe_2322",
    "right-handed quarks, left-handed leptons": "ld_2223",
    "right-handed quarks and leptons": "ed_2223",
}
_BSMUMU = ("R_K(*)", "Bs->mumu", "b->smumu")


def printed_tension(
    ws: Workspace, data: str, observable: Any, printed: float, digits: int, note: str
) -> Finding:
    """Compare the tension in one observable with the printed number of standard deviations."""
    sigma = ws.tension(data, observable)
    if sigma is None:
        return Finding("not in this snapshot", NOT_REPRODUCED, "the observable is not there")
    sm, measured, error = ws.measured(data)[observable]
    unit = 10.0**-digits
    off = abs(abs(sigma) - printed)
    holds = off <= 1.5 * unit
    numbers = {"sigma": sigma, "sm": sm, "measured": measured, "uncertainty": error}
    if holds:
        why = f"|{abs(sigma):.2f} - {printed:g}| is within {unit:g} and rounding"
    else:
        direction = "larger" if abs(sigma) > printed else "smaller"
        why = f"the tension is {direction} by {off:.2f} sigma with the data of this snapshot"
    close = abs(sigma) > 3.0 and off < 0.1 * printed
    return Finding(
        f"{sigma:+.2f} sigma: measured - SM = {measured - sm:.3g} +- {error:.2g}",
        decide(holds, close),
        f"{why}. {note}",
        value=abs(sigma),
        numbers=numbers,
    )


@question(
    "anomalies.rk",
    "section 1, second paragraph",
    "The newest R_K deviates from the Standard Model",
    "3.1 sigma",
    f"{CRITERION}; with a change: above 3 sigma and within 10 %",
    "muoquark reproduce --data {data} --only anomalies.rk",
    value=3.1,
    unit="sigma",
    with_data=True,
)
def rk(ws: Workspace, data: str) -> Finding:
    """Likelihood ratio of R_K in 1.1 < q2 < 6 GeV^2."""
    return printed_tension(
        ws, data, RK, 3.1, 1,
        "Ours is sqrt(2 Delta ln L) of the measured pdf; the printed number is LHCb's own "
        "significance, with a theory error of one per cent",
    )  # fmt: skip


@question(
    "anomalies.lfu-deficit",
    "section 1, second paragraph",
    "R_K and R_K* show a deficit of muons against electrons",
    "R < R_SM",
    "the weighted mean of (measured - SM)/error over all bins is negative by more than 2 sigma",
    "muoquark reproduce --data {data} --only anomalies.lfu-deficit",
    with_data=True,
)
def lfu_deficit(ws: Workspace, data: str) -> Finding:
    """Average the ratios of all bins."""
    rows = [
        entry
        for name, entry in ws.measured(data).items()
        if Observable.parse(name).name in ("<Rmue>(B+->Kll)", "<Rmue>(B0->K*ll)")
    ]
    ratio = np.array([(m / s, e / s) for s, m, e in rows])
    weight = ratio[:, 1] ** -2
    mean = float((weight * ratio[:, 0]).sum() / weight.sum())
    error = float(weight.sum() ** -0.5)
    sigma = (mean - 1) / error
    return Finding(
        f"mean of R/R_SM over {len(rows)} bins {mean:.3f} +- {error:.3f} ({sigma:+.1f} sigma)",
        decide(sigma < -2),
        "bins averaged with their errors, correlations and theory errors neglected",
        value=mean,
        interval=(mean - error, mean + error),
        numbers={"sigma": sigma, "bins": len(rows)},
    )


@question(
    "anomalies.bsmumu",
    "section 1, second paragraph",
    "The world average of BR(Bs -> mu mu) deviates from the Standard Model",
    "no number",
    "more than 1.64 sigma (90 %) below the SM",
    "muoquark predict paper --data {data} --obs 'BR(Bs->mumu)'",
    unit="sigma",
    with_data=True,
)
def bsmumu(ws: Workspace, data: str) -> Finding:
    """Pull of the combined branching ratio."""
    sigma = ws.tension(data, "BR(Bs->mumu)")
    sm, measured, error = ws.measured(data)["BR(Bs->mumu)"]
    assert sigma is not None
    holds = sigma < -1.64
    return Finding(
        f"{sigma:+.2f} sigma: measured {measured:.3g}, SM {sm:.3g}, uncertainty {error:.2g}",
        decide(holds),
        "the uncertainty holds the theory error of the SM",
        value=abs(sigma),
        numbers={"sigma": sigma, "sm": sm, "measured": measured, "uncertainty": error},
    )


@question(
    "anomalies.angular",
    "section 1, second paragraph",
    "Angular observables of b -> s mu mu deviate from the Standard Model",
    "no number",
    "a left-handed current improves the angular observables alone by Delta chi2 > 4",
    "muoquark reproduce --data {data} --only anomalies.angular",
    with_data=True,
)
def angular(ws: Workspace, data: str) -> Finding:
    """Largest gain of the angular group from one left-handed coefficient."""
    _, gains = _scan(ws, data)
    gain, where = gains["left-handed quarks and leptons"]["b->smumu angular"]
    return Finding(
        f"Delta chi2 = {gain:.1f} at 1/Lambda^2 = {where * 1e6:+.2e} TeV^-2",
        decide(gain > 4),
        "marginal likelihood of the angular observables, theory errors correlated",
        value=gain,
        numbers={"coefficient": where},
    )


def _scan(ws: Workspace, data: str) -> tuple[Any, dict[str, dict[str, tuple[float, float]]]]:
    """Return, for each current and part of the likelihood, the best Delta chi2 and where it is."""

    def make() -> tuple[Any, dict[str, dict[str, tuple[float, float]]]]:
        ws.progress(f"{data}: single currents")
        x, scans = ws.currents(data, list(CURRENTS.values()), 5e-9, 161)
        names = ws.part_names(data)
        blocks = len(names) - len([n for n in names if n in GROUPS])
        found = {}
        for label, coefficient in CURRENTS.items():
            curves = {n: 2 * scans[coefficient][:, k] for k, n in enumerate(names)}
            curves["global"] = 2 * scans[coefficient][:, :blocks].sum(axis=1)
            # The three groups have no observable in common.
            curves["b->s"] = np.sum([curves[n] for n in _BSMUMU if n in curves], axis=0)
            found[label] = {n: _top(x, c) for n, c in curves.items()}
        curves = {n: 2 * scans["lq1_2223"][:, k] for k, n in enumerate(names)}
        return (x, curves), found

    return ws.keep(("single currents", data), make)


def chirality_gains(ws: Workspace, data: str) -> dict[str, float]:
    """Return the best Delta chi2 of each chirality in the data on b -> s mu mu."""
    _, gains = _scan(ws, data)
    return {label: entry["b->s"][0] for label, entry in gains.items()}


def _top(x: np.ndarray, curve: np.ndarray) -> tuple[float, float]:
    """Return maximum and place of a curve, by the parabola through its highest point."""
    k = int(np.argmax(curve))
    if 0 < k < len(x) - 1:
        a, b, c = np.polyfit((x[k - 1 : k + 2] - x[k]) / (x[1] - x[0]), curve[k - 1 : k + 2], 2)
        if a < 0:
            return float(c - b * b / (4 * a)), float(x[k] - b / (2 * a) * (x[1] - x[0]))
    return float(curve[k]), float(x[k])


@question(
    "anomalies.left-handed",
    "section 1, second paragraph",
    "b -> s mu mu data strongly prefer an effective left-handed semi-leptonic current to the SM",
    "no number",
    "the left-handed current gains most of the four chiralities, and Delta chi2 > 25 (5 sigma)",
    "muoquark reproduce --data {data} --only anomalies.left-handed",
    with_data=True,
)
def left_handed(ws: Workspace, data: str) -> Finding:
    """Fit each chirality alone to R_K(*), Bs -> mu mu and b -> s mu mu, and to everything."""
    size = chirality_gains(ws, data)
    _, gains = _scan(ws, data)
    best = max(size, key=lambda label: size[label])
    ours = size["left-handed quarks and leptons"]
    others = ", ".join(f"{v:.1f} ({k})" for k, v in size.items() if k != best)
    total = gains["left-handed quarks and leptons"]["global"][0]
    return Finding(
        f"Delta chi2 = {ours:.1f} for the left-handed current ({total:.1f} with all other data)",
        decide(best == "left-handed quarks and leptons" and ours > 25),
        f"best: {best}; the others {others}. Tree level, one real coefficient at 3 TeV",
        value=ours,
        numbers={"gains": size, "global": total},
    )


@question(
    "anomalies.coherent",
    "section 1, second paragraph",
    "A coherent picture emerges from R_K(*), Bs -> mu mu and the b -> s mu mu observables",
    "no number",
    "the three agree on one left-handed coefficient: parameter goodness of fit p > 0.05",
    "muoquark reproduce --data {data} --only anomalies.coherent",
    with_data=True,
)
def coherent(ws: Workspace, data: str) -> Finding:
    """Parameter goodness of fit (hep-ph/0304176) of the three groups for one coefficient."""
    p, test, freedom, numbers = agreement(ws, data)
    return Finding(
        f"p = {p:.2g} (chi2 = {test:.2f} for {freedom} degrees of freedom)",
        decide(p > 0.05),
        "each group's best Delta chi2 summed, minus that of one common coefficient",
        value=p,
        numbers={"chi2": test, **numbers},
    )


def agreement(ws: Workspace, data: str) -> tuple[float, float, int, dict[str, float]]:
    """Return p-value, chi2 and degrees of freedom of one coefficient for the three groups."""
    from scipy.stats import chi2

    (x, curves), _ = _scan(ws, data)
    groups = [n for n in _BSMUMU if n in curves]
    alone = sum(_top(x, curves[n])[0] for n in groups)
    together = _top(x, np.sum([curves[n] for n in groups], axis=0))[0]
    test = alone - together
    p = float(chi2.sf(test, len(groups) - 1))
    return p, test, len(groups) - 1, {"alone": alone, "together": together}


@question(
    "anomalies.clean",
    "section 1, second paragraph; section 2.4",
    "R_K(*) are theoretically clean, rates and angular observables of b -> s mu mu less so",
    "no number",
    "needs the theory errors of the ratios, which the likelihood neglects",
    "muoquark reproduce --data {data} --only anomalies.clean",
    with_data=True,
)
def clean(ws: Workspace, data: str) -> Finding:
    """Give the share of theory in the uncertainties where the likelihood has one."""
    shares = ws.theory_share(data)
    text = ", ".join(f"{100 * v:.0f} % ({n})" for n, v in shares.items())
    return Finding(
        f"median share of theory in the variance: {text}",
        UNTESTABLE,
        "the likelihood has no theory error for ratios of muons to electrons (1 % in 1605.07633): "
        "that they are clean is an input here, as in the paper's own tool",
        value=shares.get("b->smumu angular"),
        numbers=shares,
    )


CLAIMS: tuple[Question, ...] = (
    rk,
    lfu_deficit,
    bsmumu,
    angular,
    left_handed,
    coherent,
    clean,
)
