"""Section 2.5, and the limits that section 2.4 compares the benchmark with."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.constants import PLANCK_MASS
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.theory_pairs import direct_searches
from muoquark.paper.claims.workspace import DRAWS, MASS

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]


@question(
    "theory.robustness",
    "section 2.4, last sentence",
    "No strong constraints from other flavour observables even for other order-one coefficients",
    "no number",
    "of the draws that explain the anomalies at least 95 % put no family of other observables more "
    "than 4 in chi2 above the SM, by more than two statistical errors; with a change: 68 %",
    f"muoquark robustness --data {{data}} --samples {DRAWS}",
    with_data=True,
)
def robustness(ws: Workspace, data: str) -> Finding:
    """Draw four complex coefficients, moduli from 1/3 to 3, and fit the anomalies at each."""
    found = ws.robustness(data).verdict
    free, error = found.none_strong, found.error
    return Finding(
        f"{100 * free:.1f} +- {100 * error:.1f} % of {DRAWS} draws have no strong constraint where "
        "the anomalies are explained",
        found.word,
        f"{found.why}. This criterion is not the first one: it was changed twice after results "
        "had been seen (docs/robustness.md tells both, and what the others would say)",
        value=free,
        interval=(free - error, min(free + error, 1.0)),
        numbers={"explains": found.explains, "no_strong_constraint": free,
                 "strong_families": dict(found.strong_families)},
    )  # fmt: skip


@question(
    "theory.no-pole",
    "section 2.5, first paragraph",
    "The RG flow is free of Landau poles up to the Planck scale",
    "none",
    f"no pole and no coupling above 4 pi below {PLANCK_MASS / 1e19:g}e19 GeV at one and two loops",
    "muoquark reproduce --data {data} --only theory.no-pole",
    with_data=True,
    figure="flow",
)
def no_pole(ws: Workspace, data: str) -> Finding:
    """Run the best fit upwards."""
    found = ws.theory(data)
    flows = found.flows
    poles = {n: f.pole for n, f in flows.items()}
    strong = {n: f.nonperturbative for n, f in flows.items()}
    clean = not any(poles.values()) and not any(strong.values())
    return Finding(
        "; ".join(f"{n} loop: {p or 'no pole'}" for n, p in poles.items()),
        decide(clean),
        f"above 4 pi: {[str(s) for s in strong.values() if s] or 'nothing'}; end of the flow "
        f"{found.end:.3g} GeV; {_gauge_bound(ws, data, 'pole')}",
        value=float(sum(p is not None for p in poles.values())),
        numbers={"end_GeV": {n: float(f.mu[-1]) for n, f in flows.items()}},
    )


def _gauge_bound(ws: Workspace, data: str, kind: str) -> str:
    """Say at which g_X the flow was made, and up to which one the statement holds."""
    bound = ws.gauge_bounds(data)[kind]
    name = {"pole": "no pole", "unitarity": "unitary"}[kind]
    return (
        f"the flow is that of the decoupled boson, g_X = 0; {name} up to the Planck scale for "
        f"g_X({MASS / 1e3:g} TeV) < {bound:.3f} at this best fit"
    )


@question(
    "theory.stable",
    "section 2.5, first paragraph",
    "The potential can be made stable all the way to the Planck scale",
    "can",
    "quartics exist for which it is bounded at every scale looked at, two loops",
    "muoquark reproduce --data {data} --only theory.stable",
    with_data=True,
    figure="flow",
)
def stable(ws: Workspace, data: str) -> Finding:
    """Boundedness with all new quartics zero, and a search if that is not enough."""
    found = ws.theory(data)
    own, able, search = found.stable, found.can_be_made_stable, found.search
    tried, quartics = 0, {}
    if search is not None:
        tried, quartics = search.tried, {k: v for k, v in search.quartics.items() if v}
    text = ", ".join(f"{k} = {v:.2g}" for k, v in quartics.items())
    return Finding(
        "stable with all new quartics zero" if own else f"stable with {text or 'nothing found'}",
        decide(bool(able)),
        f"{tried} flows tried; numerical minimisation, no certificate",
        value=float(bool(able)),
        numbers={"own": own, "quartics": quartics},
    )


@question(
    "theory.no-breakdown",
    "section 2.5, first paragraph",
    "No sign of the theory breaking down before the Planck scale",
    "none",
    "no coupling above 4 pi and no tree-level partial wave above 1/2 along the two-loop flow",
    "muoquark reproduce --data {data} --only theory.no-breakdown",
    with_data=True,
    figure="flow",
)
def no_breakdown(ws: Workspace, data: str) -> Finding:
    """Perturbativity and perturbative unitarity along the flow."""
    flow = ws.theory(data).top.flow
    lost = [x for x in (flow.pole, flow.nonperturbative, flow.nonunitary) if x is not None]
    return Finding(
        "; ".join(f"{x.coupling} at {x.scale:.2g} GeV" for x in lost) or "nothing is lost",
        decide(not lost),
        "poles, couplings above 4 pi and two-particle partial waves were looked at; "
        + _gauge_bound(ws, data, "unitarity"),
        value=float(len(lost)),
    )


@question(
    "theory.eq4",
    "section 2.5, eq. (4)",
    "The matching correction to y_mu is -3/(4 pi)^2 (1 + ln) eta1L^* y_u eta1R",
    "eq. (4)",
    "the complete one-loop matching gives it as printed, up to terms of m_H^2/M1^2; with a change: "
    "with y_u complex conjugated",
    "muoquark reproduce --only theory.eq4",
)
def eq4(ws: Workspace) -> Finding:
    """Compare with the complete matching at a point with a large logarithm."""

    # The ansatz of Fig. 1, and light entries with phases of order one and little of the top, which
    # tell y_u from its conjugate.
    ansatz = ws.point(0.0, 0.02).replace(mu_M=2 * MASS)
    phases = ansatz.replace(eta1L=np.array([0.5, 0.1j, 0.02]))
    off, small = _distances(ws, phases)
    near, _ = _distances(ws, ansatz)
    return Finding(
        f"ratio to eq. (4) - 1: {off[0]:.1e} as printed, {off[1]:.1e} with y_u^*, for complex "
        f"light entries and little of the top; {near[0]:.1e} and {near[1]:.1e} at the ansatz",
        decide(off[0] < small, max(off[1], near[1]) < small),
        "flavour covariance asks for y_u^* in the convention of eq. (3); at the ansatz, where the "
        f"top dominates, the two differ by {abs(near[0] - near[1]):.1e}; terms of m_H^2/M1^2 are "
        "beyond eq. (4)",
        value=off[1],
        numbers={"printed": off[0], "conjugated": off[1], "printed_ansatz": near[0],
                 "conjugated_ansatz": near[1], "allowed": small},
    )  # fmt: skip


def _distances(ws: Workspace, full: Any) -> tuple[list[float], float]:
    """Return |ratio to eq. (4) - 1| as printed and with y_u^*, and what is beyond eq. (4)."""

    # Only the mixed term: what is left when either coupling alone is taken away.
    zero = np.zeros(3)
    left, right = full.replace(eta1R=zero), full.replace(eta1L=zero)
    shift = [np.asarray(ws.matched(p).shifts["Ye"])[1, 1] for p in (full, left, right)]
    mixed = complex(shift[0] - shift[1] - shift[2])
    sm = full.sm_parameters
    yu, log = np.asarray(sm.Yu), 2 * np.log(2.0)
    e1, r1 = full.eta1L[:, 1].conj(), full.eta1R[:, 1]
    printed = complex(-3 / (16 * pi**2) * (1 + log) * (e1 @ yu @ r1))
    conjugated = complex(-3 / (16 * pi**2) * (1 + log) * (e1 @ yu.conj() @ r1))
    # The matching holds one term more, of relative size m_H^2/M1^2.
    small = 5 * abs(sm.m2) / MASS**2 + 1e-10
    return [abs(mixed / x - 1) for x in (printed, conjugated)], small


@question(
    "theory.fifty-percent",
    "section 2.5, second paragraph",
    "At the best fit the correction to y_mu is half of its SM value",
    "50 %",
    "between 45 and 55 %, or 50 % inside the 68 % interval",
    "muoquark reproduce --data {data} --only theory.fifty-percent",
    value=50.0,
    unit="%",
    with_data=True,
)
def fifty_percent(ws: Workspace, data: str) -> Finding:
    """Shift of y_mu over the product's interval, the matching scale, and the chains."""
    eta3, product = ws.best(data)
    low, high = ws.product_interval(data)

    def shift(value: float, scale: float = 1.0) -> float:
        return 100 * ws.yukawa_shift(ws.point(eta3, value), scale * MASS)

    size = [abs(shift(p)) for p in (product, low, high)]
    ends = (min(size[1:]), max(size[1:]))
    holds = 45 <= size[0] <= 55 or ends[0] <= 50 <= ends[1]
    scales = {x: shift(product, x) for x in (0.5, 1.0, 2.0)}
    # The paper's chain runs the leptons' dipoles with wilson 2.2.1.
    defect = ws.limits().dipole_ratio
    products = ws.products(data)
    then = {name: p / defect for name, p in products.items() if name.startswith("smelli")}
    chains = ", ".join(f"{abs(shift(p)):.0f} % ({name})" for name, p in products.items())
    old = ", ".join(f"{abs(shift(p)):.0f} % ({name})" for name, p in then.items())
    reason = (
        f"at fixed product it is {scales[0.5]:+.0f}, {scales[1.0]:+.0f}, {scales[2.0]:+.0f} % at "
        f"mu_M = M1/2, M1, 2 M1"
    )
    if abs(scales[1.0]) < 50 < abs(scales[2.0]):
        reason += f", 50 % at {_scale_of(shift, product):.2f} M1"
    reason += f"; with the product of each chain {chains}"
    if ws.year(data) == 2021:
        reason += (
            f"; with wilson 2.2.1, whose running makes Delta a_mu {defect:.3f} of what it is "
            f"(docs/upstream.md), {old}"
        )
    return Finding(
        f"{size[0]:.0f} % [{ends[0]:.0f}, {ends[1]:.0f}] at mu_M = M1",
        decide(holds),
        reason,
        value=size[0],
        interval=ends,
        numbers={"product": product, "scales": scales, "products": products,
                 "with_wilson_2_2_1": {name: abs(shift(p)) for name, p in then.items()}},
    )  # fmt: skip


def _scale_of(shift: Any, product: float) -> float:
    """Return mu_M/M1 between 1 and 2 where the shift is half of y_mu."""
    from scipy.optimize import brentq

    return float(brentq(lambda x: abs(shift(product, x)) - 50, 1.0, 2.0, xtol=1e-3))


@question(
    "theory.same-combination",
    "section 2.5, second paragraph",
    "(g-2)_mu and delta y_mu hold the same couplings; only M1 sets their ratio",
    "same",
    "Delta a_mu over delta y_mu, chirally enhanced pieces, is the same to 1 % for couplings along "
    "the ansatz and for couplings to charm alone; with a change: along the ansatz",
    "muoquark reproduce --only theory.same-combination",
)
def same_combination(ws: Workspace) -> Finding:
    """Run the dipole down to 1 GeV: the logarithm in a_mu knows the mass of the quark."""

    zero = np.zeros(3)

    def ratio(full: Any) -> complex:
        points = (full, full.replace(eta1R=zero), full.replace(eta1L=zero))
        dipole = [ws.dipole_below(p) for p in points]
        yukawa = [complex(np.asarray(ws.matched(p).shifts["Ye"])[1, 1]) for p in points]
        return (dipole[0] - dipole[1] - dipole[2]) / (yukawa[0] - yukawa[1] - yukawa[2])

    along = [
        ratio(ws.point(0.0, product, light))
        for product, light in ((0.005, -1.0), (0.02, -1.0), (0.02, 0.7), (-0.01, 1.2))
    ]
    spread = max(abs(r / along[0] - 1) for r in along)
    second = np.array([0.0, 0.1, 0.0])
    charm = ratio(ws.point(0.0, 0.02).replace(eta1L=second, eta1R=second))
    factor = abs(charm / along[0])
    return Finding(
        f"ratio constant to {spread:.1e} along the ansatz, {factor:.1f} times larger for charm",
        decide(spread < 0.01 and abs(factor - 1) < 0.01, spread < 0.01),
        "it holds where the top dominates: Delta a_mu has the logarithm of M1 over the mass of the "
        "quark, delta y_mu has not. M1 = 3 TeV, dipole at 1 GeV over delta Y_e",
        value=factor,
        numbers={"along": [abs(r) for r in along], "charm": abs(charm), "spread": spread},
    )


@question(
    "theory.m1-limit",
    "section 2.5, second paragraph",
    "Finite naturalness of y_mu bounds M1",
    "about 5 TeV",
    "within 20 % of 5 TeV",
    "muoquark reproduce --data {data} --only theory.m1-limit",
    value=5.0,
    unit="TeV",
    with_data=True,
)
def m1_limit(ws: Workspace, data: str) -> Finding:
    """|delta y_mu| = y_mu along constant a_mu, for the product's interval."""
    from muoquark.theory.naturalness import m1_limit_from_ymu

    _, product = ws.best(data)
    low, high = ws.product_interval(data)

    def limit(p: float) -> float:
        return (m1_limit_from_ymu(p) or float("inf")) / 1e3 if p > 0 else float("inf")

    ours = limit(product)
    interval = (limit(high), limit(low))
    chains = ", ".join(f"{limit(p):.1f} ({name})" for name, p in ws.products(data).items())
    finite = np.isfinite(interval[1])
    return Finding(
        f"M1 < {ours:.1f} TeV [{interval[0]:.1f}, {interval[1]:.1f}]",
        decide(4 <= ours <= 6),
        f"the product of the best fit, followed along constant a_mu; by chain, in TeV: {chains}"
        + ("" if finite else "; compatible with no contribution, and then without a limit"),
        value=ours,
        interval=interval if finite else None,
        numbers={"product": product},
    )


@question(
    "theory.higgs-naturalness",
    "section 2.5, second paragraph",
    "Finite naturalness of the Higgs mass gives a similar scale for both muoquark masses",
    "similar scale",
    "gauge and Yukawa loops of the best fit bound both masses within a factor of three of 5 TeV; "
    "with a change: one of them, the other one with a portal below 0.1",
    "muoquark reproduce --data {data} --only theory.higgs-naturalness",
    value=5.0,
    unit="TeV",
    with_data=True,
)
def higgs_naturalness(ws: Workspace, data: str) -> Finding:
    """Limits from the two-loop pieces at the best fit, and the portals that give 5 TeV."""
    from muoquark.theory.naturalness import mass_limit_from_higgs

    def limit(field: str, **options: Any) -> float:
        return (mass_limit_from_higgs(field, **options) or float("inf")) / 1e3

    def text(masses: dict[str, float]) -> str:
        return ", ".join(f"{f} < {m:.{0 if m >= 10 else 1}f} TeV" for f, m in masses.items())

    point = ws.point(*ws.best(data))
    loops = {f: limit(f, point=point) for f in ("S1", "S3")}
    gauge = {f: limit(f) for f in loops}
    along = limit("S1", point=point, constant_amu=True)
    near = {f: 5 / 3 <= m <= 15 for f, m in loops.items()}
    portals = {}
    for field, mass in loops.items():
        if mass <= 5:  # a portal can only lower it further
            portals[field] = 0.0
            continue
        scan = np.geomspace(1e-4, 1.0, 121)
        limits = [min(limit(field, portal=float(p), point=point), 1e3) for p in scan]
        portals[field] = float(scan[int(np.argmin(np.abs(np.log(np.array(limits) / 5))))])
    other = all(near[f] or portals[f] < 0.1 for f in loops) and any(near.values())
    return Finding(
        text(loops) + " from gauge and Yukawa loops at the couplings of the best fit",
        decide(all(near.values()), other),
        f"{text({'S1': along})} along constant a_mu; gauge loops alone: {text(gauge)}"
        + "; portals that make it 5 TeV: "
        + ", ".join(f"{f} {p:.3f}" if p else f"{f} none" for f, p in portals.items()),
        value=loops["S3"],
        numbers={
            "loops_TeV": loops,
            "gauge_TeV": gauge,
            "S1_at_constant_amu_TeV": along,
            "portals": portals,
        },
    )


CLAIMS: tuple[Question, ...] = (
    direct_searches,
    robustness,
    no_pole,
    stable,
    no_breakdown,
    eq4,
    fifty_percent,
    same_combination,
    m1_limit,
    higgs_naturalness,
)
