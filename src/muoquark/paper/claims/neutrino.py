r"""Sections 1 (footnote 1), 2.2 and 2.3: neutrino masses, and what they do to charged leptons.

Rates of mu -> e gamma from neutrino mixing (hep-ph/0102255, Cheng and Li), x = m^2/M_W^2:

    BR = 3 alpha/(32 pi) |sum_i U_mu_i^* U_e_i F(x_i)|^2,  F(0) - F(x) = x,  F(0) = 10/3,
    F(infinity) = 4/3.

Light neutrinos alone (U unitary) give the sum of x_i; heavy ones with mixing
theta = m_D M^-1 give |2 (theta theta^dag)_mue|.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from muoquark.common.constants import ALPHA, EV, M_W_4
from muoquark.paper.claims.record import Finding, Question, decide, question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]


def _limit(ws: Workspace, data: str) -> tuple[float, str]:
    (row,) = ws.dipoles(ws.year(data), "emu")
    return row.measured, row.input.source


@question(
    "neutrino.oscillations",
    "section 1, footnote 1",
    "The lepton-flavour violation that oscillations need is easily consistent with the bounds",
    "easily",
    "BR(mu -> e gamma) from the measured masses and mixings is below a thousandth of the limit",
    "muoquark reproduce --data {data} --only neutrino.oscillations",
    unit="BR",
    with_data=True,
)
def oscillations(ws: Workspace, data: str) -> Finding:
    """Loop of W and light neutrinos with the best fit of the oscillation data."""
    from muoquark.neutrino.pmns import light_masses, pmns_matrix
    from muoquark.theory.dipoles import scale

    best = ws.oscillations().best()
    u = pmns_matrix(best["s12sq"], best["s13sq"], best["s23sq"], np.deg2rad(best["delta"]), 0, 0)
    masses = light_masses(0.0, best["dm21"], best["dm3l"]) * EV
    amplitude = abs(np.sum(u[1].conj() * u[0] * (masses / M_W_4) ** 2))
    rate = float(3 * ALPHA / (32 * pi) * amplitude**2)
    limit, source = _limit(ws, data)
    return Finding(
        f"BR(mu -> e gamma) = {rate:.1e}, which is Lambda_emu = {scale('emu', rate) / 1e3:.1e} TeV",
        decide(rate < 1e-3 * limit),
        f"limit {limit:.2g}, {source}; {ws.oscillations().source.split(';')[0]}",
        value=rate,
        numbers={"limit": limit},
    )


@question(
    "neutrino.lepton-number",
    "section 1, footnote 1",
    "The lepton-number violation that oscillations need is easily consistent with the bounds",
    "easily",
    "m_ee with a massless lightest neutrino and the worst Majorana phases is below the limit from "
    "double beta decay, with the weakest nuclear matrix element, in both orderings; with a change: "
    "in one",
    "muoquark reproduce --data {data} --only neutrino.lepton-number",
    unit="eV",
    with_data=True,
)
def lepton_number(ws: Workspace, data: str) -> Finding:
    """Largest m_ee of Majorana masses that oscillations ask for."""
    from muoquark.neutrino.pmns import light_masses, pmns_matrix

    largest = {}
    for ordering in ("NO", "IO"):
        best = ws.oscillations(ordering).best()
        u = pmns_matrix(best["s12sq"], best["s13sq"], best["s23sq"], 0.0, 0.0, 0.0)
        masses = light_masses(0.0, best["dm21"], best["dm3l"])
        largest[ordering] = float(np.sum(np.abs(u[0]) ** 2 * masses))
    entry = ws.limits().double_beta[ws.year(data)]
    low, high = entry.range_eV
    below = [m < high for m in largest.values()]
    return Finding(
        ", ".join(f"m_ee < {1e3 * m:.2g} meV ({name})" for name, m in largest.items())
        + f", limit {1e3 * low:.3g} to {1e3 * high:.3g} meV",
        decide(all(below), any(below)),
        f"{entry.source}, over nuclear matrix elements; heavier neutrinos are possible and not "
        "needed",
        value=largest["NO"],
        numbers={**largest, "limit": [low, high]},
    )


@question(
    "neutrino.pmns",
    "section 2.2, condition vi",
    "Couplings to Phi fill M_R and produce the full PMNS matrix with no additional fields",
    "no number",
    "a point with the textures of Table 1 has the measured angles, phase and splittings within "
    "one standard deviation, with couplings below sqrt(4 pi)",
    "muoquark reproduce --only neutrino.pmns",
    unit="sigma",
)
def pmns(ws: Workspace) -> Finding:
    """Diagonalise an example of the seesaw and compare with the global fit."""
    from muoquark.neutrino.seesaw import light_neutrinos

    point, fit = ws.seesaw(), ws.oscillations()
    found = light_neutrinos(point).summary()
    pulls = {}
    for name, measured in fit.parameters.items():
        value = float(found[name])
        if name == "delta":  # the same angle within half a turn of the measured one
            value += 360 * round((measured.best - value) / 360)
        pulls[name] = float(abs(measured.pull(value)))
    worst = max(pulls, key=lambda n: pulls[n])
    largest = float(max(np.max(np.abs(point.y_nu)), np.max(np.abs(point.y_phi))))
    heavy = light_neutrinos(point).heavy / 1e3
    return Finding(
        f"largest pull {pulls[worst]:.1e} ({worst}); heavy neutrinos of "
        + ", ".join(f"{m:.3g}" for m in heavy)
        + f" TeV, v_Phi = {point.v_phi / 1e3:.3g} TeV",
        decide(pulls[worst] < 1 and largest < (4 * pi) ** 0.5),
        f"lightest mass {1e3 * float(found['lightest']):.2g} meV, normal ordering, {fit.source}; "
        f"largest coupling {largest:.1g}",
        value=pulls[worst],
        numbers={"pulls": pulls, "heavy_TeV": list(heavy), "largest_coupling": largest},
    )


@question(
    "neutrino.weinberg",
    "section 2.3, last paragraph",
    "With heavy nu_R the breaking of L_mu reaches low energies through the Weinberg operator alone",
    "only",
    "with nu_R above 1 TeV, mu -> e gamma from their mixing (dimension six) is below a thousandth "
    "of the limit",
    "muoquark reproduce --data {data} --only neutrino.weinberg",
    unit="BR",
    with_data=True,
)
def weinberg(ws: Workspace, data: str) -> Finding:
    """Mixing of heavy and light neutrinos of the example point."""
    from muoquark.neutrino.seesaw import light_neutrinos

    point = ws.seesaw()
    heavy = light_neutrinos(point).heavy
    theta = np.linalg.solve(point.majorana.T, point.dirac.T).T
    mixing = abs((theta @ theta.conj().T)[1, 0])
    rate = float(3 * ALPHA / (8 * pi) * mixing**2)
    limit, source = _limit(ws, data)
    return Finding(
        f"BR(mu -> e gamma) = {rate:.1e} from nu_R of {heavy[0] / 1e3:.3g} to "
        f"{heavy[-1] / 1e3:.3g} TeV",
        decide(rate < 1e-3 * limit and heavy[0] > 1e3),
        f"|theta theta^dag|_emu = {mixing:.1e}, of the size m_nu/M; limit {limit:.2g}, {source}",
        value=rate,
        numbers={"limit": limit, "mixing": mixing, "lightest_TeV": float(heavy[0]) / 1e3},
    )


CLAIMS: tuple[Question, ...] = (oscillations, lepton_number, pmns, weinberg)
