"""Section 1: the anomalous magnetic moment of the muon."""

from __future__ import annotations

from math import hypot, sqrt
from typing import TYPE_CHECKING

from muoquark.paper.claims.anomalies import CRITERION, printed_tension
from muoquark.paper.claims.record import UNTESTABLE, Finding, Question, decide, question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]


@question(
    "anomalies.g-2",
    "section 1, third paragraph",
    "Experiment and theory initiative differ in (g-2)_mu",
    "4.2 sigma",
    f"{CRITERION}; with a change: above 3 sigma and within 10 %",
    "muoquark predict paper --data {data} --obs a_mu",
    value=4.2,
    unit="sigma",
    with_data=True,
)
def g_minus_2(ws: Workspace, data: str) -> Finding:
    """Pull of a_mu."""
    return printed_tension(
        ws, data, "a_mu", 4.2, 1,
        "The uncertainty holds the theory error of the SM",
    )  # fmt: skip


@question(
    "anomalies.g-2-confirmed",
    "section 1, third paragraph",
    "Fermilab's measurement of (g-2)_mu confirms Brookhaven's",
    "confirms",
    "the two measurements agree within 2 sigma, and both lie above the SM of the snapshot",
    "muoquark reproduce --data {data} --only anomalies.g-2-confirmed",
    unit="sigma",
    with_data=True,
)
def confirmed(ws: Workspace, data: str) -> Finding:
    """Difference of the two measurements, and each against the SM."""
    old, new = ws.limits().brookhaven, ws.limits().fermilab[ws.year(data)]
    apart = (new.value - old.value) / hypot(new.error, old.error)
    sm = 1e11 * ws.measured(data)["a_mu"][0]
    above = new.value > sm and old.value > sm
    return Finding(
        f"Fermilab - Brookhaven = {new.value - old.value:.0f}e-11, {apart:+.2f} sigma",
        decide(abs(apart) < 2 and above),
        f"{new.source}; {old.source}; SM of the snapshot {sm:.0f}e-11",
        value=abs(apart),
        numbers={"Brookhaven": old.value, "Fermilab": new.value, "sm": sm},
    )


@question(
    "anomalies.g-2-lattice",
    "section 1, third paragraph",
    "With a recent lattice result for the hadronic contribution the tension is much smaller",
    "significantly smaller",
    "BMW's leading-order hadronic vacuum polarisation in the place of the snapshot's lowers the "
    "tension by more than 1 sigma, to below 2.5 sigma; no verdict if it is from lattices",
    "muoquark reproduce --data {data} --only anomalies.g-2-lattice",
    unit="sigma",
    with_data=True,
)
def lattice(ws: Workspace, data: str) -> Finding:
    """Exchange one term of the SM prediction and its error."""
    bmw, used = ws.limits().hvp_lattice, ws.limits().hvp[ws.year(data)]
    if used.lattice:
        return Finding(
            "no verdict: the snapshot's SM prediction is itself one from lattices",
            UNTESTABLE,
            f"hadronic vacuum polarisation {used.value}({used.error})e-11, {used.source}; "
            "the sentence is about the difference between dispersive and lattice results",
        )
    sm, measured, error = (1e11 * x for x in ws.measured(data)["a_mu"])
    before = (measured - sm) / error
    rest = sqrt(max(error**2 - used.error**2, 0.0))
    after = (measured - sm - (bmw.value - used.value)) / hypot(rest, bmw.error)
    return Finding(
        f"{before:+.1f} sigma with the snapshot's SM, {after:+.1f} sigma with BMW's",
        decide(abs(before) - abs(after) > 1 and abs(after) < 2.5),
        f"{bmw.value}({bmw.error})e-11 ({bmw.source}) for {used.value}"
        f"({used.error})e-11 ({used.source})",
        value=abs(after),
        numbers={"before": before, "after": after},
    )


CLAIMS: tuple[Question, ...] = (g_minus_2, confirmed, lattice)
