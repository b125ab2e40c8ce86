"""The theory side of a point in words."""

from __future__ import annotations

from muoquark.common.errors import DomainError
from muoquark.theory.analysis import NOT_COMPUTED, LoopOrder, TheoryAnalysis
from muoquark.theory.flow import Pole
from muoquark.theory.naturalness_theory import TheoryNaturalness
from muoquark.theory.naturalness_verdict import Naturalness

__all__ = ["order_rows", "other_lines", "theory_lines"]


def _where(pole: Pole | None) -> str:
    return "none" if pole is None else f"{pole.coupling} at {pole.scale:.3g} GeV"


def order_rows(order: LoopOrder) -> list[tuple[str, str]]:
    """Return what a loop order says of flow and potential, each with what is asked."""
    flow, vacuum = order.flow, order.vacuum
    potential = f"bounded at all {len(vacuum.minima)} scales looked at"
    if vacuum.onset is not None:
        potential = (
            f"unbounded from {vacuum.onset:.3g} GeV, worst {vacuum.worst.minimum:.3g} at "
            f"{vacuum.worst_scale:.3g} GeV along {vacuum.worst.direction}"
        )
    return [
        ("Landau pole", _where(flow.pole)),
        ("coupling above 4 pi", _where(flow.nonperturbative)),
        ("unitarity lost", _where(flow.nonunitary)),
        ("potential", potential),
    ]


def theory_lines(found: TheoryAnalysis) -> list[str]:
    """Return what is found of a point, line by line, as `muoquark theory` prints it."""
    lines = [f"from {found.scale:.4g} GeV to {found.end:.3g} GeV"]
    for loops, order in found.orders.items():
        lines.append(f"{loops} loop:")
        lines += [f"  {name:<21}{text}" for name, text in order_rows(order)]
    lines += other_lines(found)
    return [*lines, "not computed:", *(f"  {item}" for item in NOT_COMPUTED)]


def other_lines(found: TheoryAnalysis) -> list[str]:
    """Return what is found beside the flows: quartics, the minimum at tree level, naturalness."""
    lines = []
    search = found.search
    if search is not None:
        if search.found:
            values = ", ".join(f"{k} = {v:.3g}" for k, v in search.quartics.items() if v)
            lines.append(f"stable with quartics: {values or 'all zero'}")
        else:
            lines.append(
                f"no stabilising quartics found in {search.tried} flows "
                f"(best reaches {search.reached:.3g} GeV)"
            )
    lines.append(
        "tree-level minimum that breaks colour or charge: "
        + ("deeper than ours" if found.minimum.breaks_colour else "none below ours found")
    )
    return [*lines, *_nature(found.naturalness)]


def _nature(found: Naturalness | TheoryNaturalness | DomainError) -> list[str]:
    if isinstance(found, Exception):
        return [f"naturalness: {found}"]
    if isinstance(found, TheoryNaturalness):
        return _nature_by_field(found)
    yukawa, higgs, limits = found.yukawa, found.higgs, found.limits
    pieces = (
        f"{name}s {values['S1']:.3g} and {values['S3']:.3g}"
        for name, values in (
            ("portal", higgs.portal), ("gauge loop", higgs.gauge), ("Yukawa loop", higgs.yukawa),
        )
    )  # fmt: skip
    masses = {
        "M1 (y_mu)": limits.M1_from_ymu,
        "M1 (m_h)": limits.M1_from_mh2,
        "M3 (m_h)": limits.M3_from_mh2,
    }
    text = ", ".join(f"{k} < {v / 1e3:.3g} TeV" for k, v in masses.items() if v)
    return [
        f"|delta y_mu| / y_mu: eq. (4) {abs(yukawa.chiral):.3g}, "
        f"field normalisation {abs(yukawa.normalisation):.3g}, added {yukawa.total:.3g}",
        f"delta m_h^2 / m_h^2 of S1 and S3: {', '.join(pieces)}; moduli added: {higgs.total:.3g}",
        f"finite naturalness (Delta = {found.tolerance:g}): {text or 'no limit'}",
    ]


def _nature_by_field(found: TheoryNaturalness) -> list[str]:
    """Return the lines on naturalness of a model of any scalars."""
    lines = [
        f"|delta y_{lepton}| / y_{lepton}: "
        + ", ".join(f"{field} {shift.total:.3g}" for field, shift in shifts.items())
        for lepton, shifts in found.yukawas.items()
    ]
    higgs = found.higgs
    for field in found.masses:
        lines.append(
            f"delta m_h^2 / m_h^2 of {field}: portal {higgs.portal[field]:.3g}, gauge loop "
            f"{higgs.gauge[field]:.3g}, Yukawa loop {higgs.yukawa[field]:.3g}"
        )
    limits = {field: limit.all_pieces for field, limit in found.limits.items()}
    text = ", ".join(f"M({k}) < {v / 1e3:.3g} TeV" for k, v in limits.items() if v)
    lines.append(f"finite naturalness of m_h (Delta = {found.tolerance:g}): {text or 'no limit'}")
    return [*lines, *(f"not computed for {k}: {why}" for k, why in found.not_computed.items())]
