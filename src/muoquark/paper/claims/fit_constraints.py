"""Section 2: what the best fit does beyond the anomalies, and what it does not depend on."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.likelihood.observable import Observable
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.workspace import MASS
from muoquark.paper.plane import BANDS

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]


@question(
    "fit.other-observables",
    "abstract; section 2.4, second paragraph",
    "The best fit does not run into other electroweak or flavour constraints",
    "no number",
    "no observable's chi2 worsens by more than 4, no block's by more than 2, no group's by 4; "
    "left out are the groups that prefer some coupling by more than 4 in the same data, the "
    "anomalies, and blocks that hold their observables",
    "muoquark reproduce --data {data} --only fit.other-observables",
    with_data=True,
    figure="pulls",
)
def other_observables(ws: Workspace, data: str) -> Finding:
    """Compare every observable's pull at the best fit with the SM's."""
    from muoquark.likelihood.groups import GROUPS

    best = ws.best(data)
    (prediction,) = ws.predictions(data, best)
    (parts,) = ws.parts(data, best)
    # A group that gains nothing anywhere in the plane is no anomaly but a constraint.
    gain = {name: -ws.band(data, name).minimum for name in BANDS}
    anomalous = [name for name, best_of_it in gain.items() if best_of_it > 4]
    wanted = [GROUPS[name] for name in anomalous]
    worse = {}
    for name, (sm, measured, error) in ws.measured(data).items():
        if any(pattern.match(Observable.parse(name).name) for pattern in wanted):
            continue
        change = ((prediction[name] - measured) ** 2 - (sm - measured) ** 2) / error**2
        worse[name] = float(change)
    top = sorted(worse, key=lambda n: -worse[n])[:5]
    mine = {b for n, b in ws.blocks_of(data).items() if n not in worse}
    blocks = {n: -2 * parts[n] for n in ws.likelihood(data).blocks if n not in mine}
    block = max(blocks, key=lambda n: blocks[n])
    groups = {n: -2 * parts[n] for n in gain if n not in anomalous}
    strained = [f"{n} {x:+.1f}" for n, x in groups.items() if x > 4]
    listed = "; ".join(f"{n} {worse[n]:+.2f}" for n in top)
    return Finding(
        f"largest loss {worse[top[0]]:+.2f} in chi2 ({top[0]}); worst block {block} "
        f"{blocks[block]:+.2f}"
        + (f"; group {', '.join(strained)}" if strained else ""),
        decide(worse[top[0]] < 4 and blocks[block] < 2 and not strained),
        f"{len(worse)} observables outside of the anomalies ({', '.join(anomalous) or 'none'}); "
        f"most worsened: {listed}"
        + (f". Groups that are constraints here: "
           f"{', '.join(f'{n} {x:+.1f}' for n, x in groups.items())}" if groups else ""),
        value=worse[top[0]],
        numbers={"observables": {n: worse[n] for n in top}, "blocks": blocks,
                 "groups": groups, "anomalies": anomalous},
    )  # fmt: skip


@question(
    "fit.delta-f-2",
    "section 2, first paragraph",
    "Leptoquarks give semileptonic transitions at tree level, Delta F = 2 only in loops",
    "no tree level",
    "no four-quark coefficient at tree level; Delta M_s at the best fit moves by less than 5 %",
    "muoquark reproduce --data {data} --only fit.delta-f-2",
    with_data=True,
)
def delta_f_2(ws: Workspace, data: str) -> Finding:
    """Look for four-quark operators at tree level and at Delta M_s at one loop."""
    best = ws.best(data)
    four = ("qq1", "qq3", "uu", "dd", "ud1", "ud8", "qu1", "qu8", "qd1", "qd8", "quqd1", "quqd8")
    point = ws.point(*best)
    tree = [n for n in ws.matched(point, "tree").values if n.partition("_")[0] in four]
    loop = ws.matched(point).values
    largest = abs(loop.get("qq1_2323", 0j))
    semileptonic = abs(ws.matched(point, "tree")["lq1_2223"])
    sm, *_ = ws.measured(data)["DeltaM_s"]
    (prediction,) = ws.predictions(data, best)
    shift = prediction["DeltaM_s"] / sm - 1
    return Finding(
        f"{len(tree)} four-quark coefficients at tree level; one loop shifts Delta M_s by "
        f"{100 * shift:+.2f} %",
        decide(not tree and abs(shift) < 0.05),
        f"|qq1_2323| = {largest:.2g} GeV^-2 against |lq1_2223| = {semileptonic:.2g} GeV^-2",
        value=shift,
        numbers={"tree": len(tree), "qq1_2323": largest, "lq1_2223": semileptonic},
    )


@question(
    "fit.lepton-flavour",
    "abstract; section 2.3, last paragraph",
    "No lepton-flavour violation: the low-energy theory has the symmetries of the SM",
    "zero",
    "every lepton-flavour violating coefficient is exactly zero, tree level and one loop; ln L of "
    "the blocks lfv and zlfv is that of the SM to 1e-5; tree level has muons alone",
    "muoquark reproduce --data {data} --only fit.lepton-flavour",
    value=0.0,
    with_data=True,
)
def lepton_flavour(ws: Workspace, data: str) -> Finding:
    """Sort all coefficients at the best fit by the leptons in them."""
    best = ws.best(data)
    point = ws.point(*best)
    violating, other = [], []
    for name, value in ws.matched(point).values.items():
        leptons = _leptons(name)
        if len(leptons) >= 2 and value != 0:
            if sorted(leptons[::2]) != sorted(leptons[1::2]):
                violating.append(name)
            elif set(leptons) != {"2"}:
                other.append(name)
    tree = [n for n in ws.matched(point, "tree").values if set(_leptons(n)) - {"2"}]
    (parts,) = ws.parts(data, best)
    blocks: dict[str, Any] = {n: parts[n] for n in ("lfv", "zlfv") if n in parts}
    # Not exactly: widths of Z and Higgs, to which branching ratios are normalised, move a little.
    zero = all(abs(v) < 1e-5 for v in blocks.values())
    return Finding(
        f"{len(violating)} violating coefficients; ln L of lfv and zlfv "
        f"{'unchanged' if zero else 'changed'}; {len(tree)} of e or tau at tree level",
        decide(not violating and zero and not tree),
        f"{len(other)} flavour-diagonal coefficients with e or tau arise at one loop, from gauge "
        "bosons that end on a lepton: they are universal and conserve flavour",
        value=float(len(violating)),
        numbers={"violating": violating, "universal": len(other), **blocks},
    )


# Positions of lepton indices in the families of the Warsaw basis that have any, as ingoing and
# outgoing pairs.
_LEPTONIC = {
    **dict.fromkeys(("ll", "ee", "le"), 4),
    **dict.fromkeys(
        ("eW", "eB", "ephi", "phil1", "phil3", "phie", "lq1", "lq3", "eu", "ed", "lu", "ld",
         "lequ1", "lequ3", "ledq"), 2,
    ),
}  # fmt: skip


def _leptons(name: str) -> str:
    """Return the lepton indices of a coefficient's name, in pairs of one current each."""
    family, _, digits = name.partition("_")
    if family == "qe":
        return digits[2:]
    return digits[: _LEPTONIC.get(family, 0)]


@question(
    "fit.scale",
    "section 2, first paragraph",
    "A common scale of order 10 TeV for b -> s mu mu and (g-2)_mu",
    "order 10 TeV",
    "masses for third-family couplings of one at the best fit both round to 10 TeV in log10 (3.2 "
    "to 32); with a change: Lambda_mumu of eq. (1) in the place of M1",
    "muoquark reproduce --data {data} --only fit.scale",
    value=10.0,
    unit="TeV",
    with_data=True,
)
def scale(ws: Workspace, data: str) -> Finding:
    """Scale both best-fit couplings to one."""
    from muoquark.theory.naturalness import product_for_amu

    eta3, product = ws.best(data)
    low, high = ws.product_interval(data)
    m3 = MASS / eta3 / 1e3 if eta3 > 0 else float("inf")
    # Along constant a_mu the product grows like M1^2 / (ln(M1^2/m_t^2) - 7/4).
    target = 1 / product if product > 0 else float("inf")
    masses = np.geomspace(1e3, 2.9e5, 800)
    growth = np.array([product_for_amu(m, 1.0) for m in masses]) / product_for_amu(MASS, 1.0)
    m1 = float(np.interp(target, growth, masses)) / 1e3 if target < growth[-1] else float("inf")
    limits = (10 / sqrt(10), 10 * sqrt(10))
    (dipole,) = ws.dipoles(ws.year(data), "mumu")
    first, second, other = (limits[0] <= m <= limits[1] for m in (m3, m1, dipole.scale))
    return Finding(
        f"M3 = {m3:.1f} TeV for eta3L_3 = 1; M1 = {m1:.0f} TeV for eta1L_3 eta1R_3 = 1; "
        f"Lambda_mumu = {dipole.scale:.1f} TeV",
        decide(first and second, first and other and not low <= 0 <= high),
        "the light entries keep their CKM factors. "
        + ("(g-2)_mu prefers no scale: the product is compatible with zero" if low <= 0 <= high
           else "both anomalies ask for a scale"),
        value=m3,
        numbers={"M3_TeV": m3, "M1_TeV": m1, "product_interval": (low, high)},
    )  # fmt: skip


@question(
    "fit.several-generations",
    "section 2.1, third paragraph",
    "Lepton-flavour violation limits how strongly one leptoquark couples to several generations",
    "no number",
    "at the best fit, for e and for tau, couplings of S3 or of S1 as large as those to mu cost "
    "more than 4 in the chi2 of the lepton-flavour violating data; with a change: for one of the "
    "two they do",
    "muoquark reproduce --data {data} --only fit.several-generations",
    with_data=True,
)
def several_generations(ws: Workspace, data: str) -> Finding:
    """Give one leptoquark a second column of couplings, r times the muon's, and raise r."""
    from scipy.optimize import brentq

    point = ws.point(*ws.best(data))
    there = point.replace(model="generic")  # the charges of B-3L_mu forbid what is asked here

    def cost(log_r: float, lepton: int, couplings: tuple[str, ...]) -> float:
        changed: dict[str, Any] = {}
        for name in couplings:
            matrix = np.array(getattr(point, name))
            matrix[:, lepton] = np.exp(log_r) * matrix[:, 1]
            changed[name] = matrix
        blocks = ws.evaluate(data, ws.matched(there.replace(**changed))).blocks
        return float(-2 * sum(blocks.get(name, 0.0) for name in ("lfv", "zlfv")))

    base = cost(-np.inf, 0, ())

    def excess(log_r: float, lepton: int, couplings: tuple[str, ...]) -> float:
        return cost(log_r, lepton, couplings) - base - 4

    limits: dict[str, dict[str, float | None]] = {}
    for field, couplings in (("S3", ("eta3L",)), ("S1", ("eta1L", "eta1R"))):
        limits[field] = {}
        for name, lepton in (("e", 0), ("tau", 2)):
            limits[field][name] = None
            if excess(0.0, lepton, couplings) > 0:
                ends = np.log(1e-8), 0.0
                log_r = brentq(excess, *ends, args=(lepton, couplings), xtol=1e-3)
                limits[field][name] = float(np.exp(log_r))
    text = "; ".join(
        f"{field}: "
        + ", ".join(
            f"|eta_{n}/eta_mu| < {x:.2g}" if x is not None else f"no limit on eta_{n} up to eta_mu"
            for n, x in entry.items()
        )
        for field, entry in limits.items()
    )
    found = [any(entry[n] is not None for entry in limits.values()) for n in ("e", "tau")]
    numbers = [x for entry in limits.values() for x in entry.values() if x is not None]
    return Finding(
        text,
        decide(all(found), any(found)),
        "one leptoquark at a time, with the quark flavours of the ansatz and both couplings of S1; "
        "Delta chi2 = 4 of the blocks lfv and zlfv",
        value=min(numbers, default=None),
        numbers=limits,
    )


@question(
    "fit.potential",
    "section 2.3, below eq. (3); section 2.5, last sentence",
    "The rest of the potential is of limited relevance for low-energy phenomenology",
    "limited",
    "portals of +-0.5 between Higgs and leptoquarks change chi2 at the best fit by less than 1",
    "muoquark reproduce --data {data} --only fit.potential",
    with_data=True,
)
def potential(ws: Workspace, data: str) -> Finding:
    """Switch on each quartic that enters the matching at dimension six."""
    point = ws.point(*ws.best(data))
    base = ws.evaluate(data, ws.matched(point)).total
    change = {
        f"{name} = {size:+g}": -2
        * (ws.evaluate(data, ws.matched(replace(point, quartics={name: size}))).total - base)
        for name in ("lH1", "lH3", "leH3", "lH13")
        for size in (0.5, -0.5)
    }
    worst = max(change, key=lambda n: abs(change[n]))
    return Finding(
        f"chi2 changes by at most {abs(change[worst]):.2f} ({worst})",
        decide(abs(change[worst]) < 1),
        "the other quartics do not enter at dimension six, but the masses of the leptoquarks; the "
        "Higgs mass does feel the portals (theory.higgs-naturalness)",
        value=abs(change[worst]),
        numbers=change,
    )


CLAIMS: tuple[Question, ...] = (
    delta_f_2,
    scale,
    several_generations,
    potential,
    lepton_flavour,
    other_observables,
)
