"""``muoquark theory``: is the model of a card consistent up to the Planck scale, is it natural?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import cards
from muoquark.cli.inputs import AT, FORCE, JSON, SEEDS, ask_model, model_card
from muoquark.cli.progress import working, wrote
from muoquark.common.constants import PLANCK_MASS

if TYPE_CHECKING:
    from muoquark.common.errors import DomainError
    from muoquark.theory.analysis import TheoryAnalysis
    from muoquark.theory.flow import Pole
    from muoquark.theory.naturalness_theory import TheoryNaturalness
    from muoquark.theory.naturalness_verdict import Naturalness


@click.command()
@click.argument("card", metavar="CARD_OR_RESULT", shell_complete=cards)
@AT
@click.option(
    "--loops", type=click.IntRange(1, 2), default=2, show_default=True, help="Loop order."
)
@click.option(
    "--to", "end", type=float, help=f"End of the flow in GeV [default: {PLANCK_MASS / 1e19:g}e19]."
)
@click.option("--nu-mass", type=float, help="Scale in GeV at which nu_R appear [default: mu_M].")
@click.option("--phi-mass", type=float, help="Scale in GeV at which Phi appears [default: mu_M].")
@click.option(
    "--search",
    type=click.IntRange(0, 10_000),
    default=0,
    metavar="N",
    help="Spend up to N flows on quartics that make the point stable.",
)
@click.option("--seed", type=SEEDS, default=0, show_default=True, help="Random seed.")
@click.option(
    "--delta", type=float, default=1.0, show_default=True, help="Delta of finite naturalness."
)
@click.option("--out", type=click.Path(), help="Folder for figures and the record.")
@JSON
@FORCE
def command(
    card: str,
    at: str | None,
    loops: int,
    end: float | None,
    nu_mass: float | None,
    phi_mass: float | None,
    search: int,
    seed: int,
    delta: float,
    out: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Flow to the Planck scale, poles, vacuum, naturalness and dipole scales of CARD.

    CARD is a file, '-' for standard input, or the name of a built-in card ('paper').
    """
    from muoquark.common.errors import InputError
    from muoquark.common.files import write_atomic
    from muoquark.common.output import output_folder, to_json
    from muoquark.common.provenance import provenance
    from muoquark.theory.analysis import analyse
    from muoquark.theory.betas import theory_of

    if not delta > 0:
        raise InputError(f"--delta must be positive, found {delta:g}")
    content = model_card(
        ask_model(card, "theory", "the couplings that run and the masses are not there", at=at)
    )
    point = content.point()
    thresholds = {k: v for k, v in (("N", nu_mass), ("P", phi_mass)) if v is not None}
    target = PLANCK_MASS if end is None else end
    start = point.common_scale
    if not target > start:
        raise InputError(f"--to {target:g} must lie above the matching scale {start:g} GeV")
    for name, mass in (("--nu-mass", nu_mass), ("--phi-mass", phi_mass)):
        if mass is not None and not mass <= target:
            raise InputError(f"{name} {mass:g} lies above the end of the flow, {target:g} GeV")
    stems = [*(f"flow-{n}loop" for n in range(1, loops + 1)), "naturalness", "dipoles"]
    names = ["theory.json", *(f"{stem}.{form}" for stem in stems for form in ("pdf", "png"))]
    if out:
        output_folder(out, names, force)
    with working("beta functions") as status:
        theory_of(point.model).prepare(lambda share, text: status.update(f"{text}: {share:.0%}"))
        status.update("running")
        found = analyse(point, loops, target, thresholds, search, seed, delta)
    arguments = {
        "loops": loops, "end": end, "nu_mass": nu_mass, "phi_mass": phi_mass,
        "search": search, "seed": seed, "delta": delta,
    }  # fmt: skip
    record = {**found.record(), "inputs": provenance("theory", arguments, content.to_yaml())}
    if out:
        from muoquark.report.style import save_figure
        from muoquark.report.theory_figures import theory_figures

        for stem, figure in theory_figures(found, delta, point).items():
            save_figure(figure, str(Path(out) / stem))
        write_atomic(Path(out) / "theory.json", to_json(record) + "\n")
        wrote(Path(out) / name for name in names)
    if as_json:
        click.echo(to_json(record))
        return
    for line in _summary(found):
        click.echo(line)


def _where(pole: Pole | None) -> str:
    return "none" if pole is None else f"{pole.coupling} at {pole.scale:.3g} GeV"


def _summary(found: TheoryAnalysis) -> list[str]:
    from muoquark.theory.analysis import NOT_COMPUTED

    lines = [f"from {found.scale:.4g} GeV to {found.end:.3g} GeV"]
    for loops, order in found.orders.items():
        flow, vacuum = order.flow, order.vacuum
        lines += [
            f"{loops} loop:",
            f"  Landau pole          {_where(flow.pole)}",
            f"  coupling above 4 pi  {_where(flow.nonperturbative)}",
            f"  unitarity lost       {_where(flow.nonunitary)}",
        ]
        if vacuum.onset is None:
            lines.append(
                f"  potential            bounded at all {len(vacuum.minima)} scales looked at"
            )
        else:
            lines.append(
                f"  potential            unbounded from {vacuum.onset:.3g} GeV, "
                f"worst {vacuum.worst.minimum:.3g} at {vacuum.worst_scale:.3g} GeV along "
                f"{vacuum.worst.direction}"
            )
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
    lines += _nature(found.naturalness)
    return [*lines, "not computed:", *(f"  {item}" for item in NOT_COMPUTED)]


def _nature(found: Naturalness | TheoryNaturalness | DomainError) -> list[str]:
    from muoquark.theory.naturalness_theory import TheoryNaturalness

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
