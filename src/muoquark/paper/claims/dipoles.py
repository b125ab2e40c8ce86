"""Section 1: the scales of the lepton dipoles, eq. (1)."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from muoquark.paper.claims.record import Finding, Question, decide, question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "scale_of"]


def scale_of(pair: str, words: str, printed: float, sign: str, digits: float) -> Question:
    """Return the claim on the scale of one pair of leptons."""

    def function(ws: Workspace, data: str) -> Finding:
        (row,) = ws.dipoles(ws.year(data), pair)
        ours, both, ranged = row.scale, row.both_chiralities, row.interval
        off = abs(ours - printed)
        between = both is not None and ours <= printed <= both
        text = f"Lambda {sign} {ours:.4g} TeV" + (f" (both chiralities {both:.4g})" if both else "")
        if ranged:
            high = ranged[1]
            text += f", 1 sigma {ranged[0]:.3g} to {'infinity' if high is None else f'{high:.3g}'}"
        factor = max(ours / printed, printed / ours)
        reason = f"input {row.measured:.3g}, {row.input.source}; "
        reason += (
            "the printed number lies between one chirality and both"
            if between
            else f"a factor {factor:.3g} from the printed number"
        )
        return Finding(
            text,
            decide(off <= digits / 2, between or factor < 1.1),
            reason,
            value=ours,
            interval=None if not ranged or ranged[1] is None else (ranged[0], ranged[1]),
            numbers={"printed": printed, "both": both, "factor": factor},
        )

    function.__name__ = "scale_of"
    function.__module__ = __name__
    return Question(
        f"dipoles.{pair}",
        "section 1, eq. (1) and below",
        words,
        f"Lambda_{pair} {sign} {printed:g} TeV",
        "eq. (1) with the measurement gives the printed number after rounding; with a change: both "
        "chirality structures instead of one, or within 10 %",
        function,
        f"muoquark dipoles --pair {pair}",
        value=printed,
        unit="TeV",
        with_data=True,
    )


@question(
    "dipoles.not-anarchic",
    "section 1, below eq. (1)",
    "A heavy explanation of (g-2)_mu cannot be flavour anarchic",
    "no number",
    "the e mu dipole must be below 1 % of the mu mu dipole",
    "muoquark dipoles",
    with_data=True,
)
def not_anarchic(ws: Workspace, data: str) -> Finding:
    """Ratio of the dipole coefficients that data allow."""
    year = ws.year(data)
    (muon,), (mixed,) = ws.dipoles(year, "mumu"), ws.dipoles(year, "emu")
    ratio = (muon.scale / mixed.scale) ** 2
    return Finding(
        f"|C_emu / C_mumu| < {ratio:.1e}",
        decide(ratio < 0.01),
        "squares of the two scales; the mu mu one is that of the central value of Delta a_mu",
        value=ratio,
        numbers={"mumu_TeV": muon.scale, "emu_TeV": mixed.scale},
    )


@question(
    "dipoles.hierarchical",
    "section 1, below eq. (1)",
    "For couplings hierarchical in the lepton generations tau flavour violation is constraining",
    "constraining",
    "the mu tau dipole must be below the mu mu dipole; with a change: not so, but below its "
    "sqrt(m_tau/m_mu)-fold, what couplings with the hierarchy of the masses give",
    "muoquark dipoles",
    with_data=True,
)
def hierarchical(ws: Workspace, data: str) -> Finding:
    """Limit on the mu tau dipole relative to the mu mu one, beside that of the masses."""
    from muoquark.theory.dipoles import MASS

    year = ws.year(data)
    scale = {pair: ws.dipoles(year, pair)[0].scale for pair in ("mumu", "emu", "mutau")}
    limit = {pair: (scale["mumu"] / scale[pair]) ** 2 for pair in ("emu", "mutau")}
    masses = {lepton: sqrt(MASS[lepton] / MASS["mu"]) for lepton in ("e", "tau")}
    allowed = limit["mutau"] > masses["tau"] and limit["emu"] > masses["e"]
    return Finding(
        f"|C_mutau / C_mumu| < {limit['mutau']:.2g}, |C_emu / C_mumu| < {limit['emu']:.1e}",
        decide(limit["mutau"] < 1, limit["mutau"] < masses["tau"]),
        f"C_ij like sqrt(m_i m_j) would give {masses['tau']:.2g} and {masses['e']:.2g}, which the "
        f"limits {'allow' if allowed else 'exclude: a hierarchy other than that of the masses'}",
        value=limit["mutau"],
        numbers={**{f"{k}_TeV": v for k, v in scale.items()}, "limit_emu": limit["emu"]},
    )


CLAIMS: tuple[Question, ...] = (
    scale_of("emu", "mu -> e gamma bounds the e mu dipole", 3e4, ">", 1e4),
    scale_of("mumu", "(g-2)_mu fixes the mu mu dipole", 14.0, "=", 1.0),
    scale_of("mutau", "tau -> mu gamma bounds the mu tau dipole", 30.0, ">", 10.0),
    not_anarchic,
    hierarchical,
)
