"""``muoquark theory``: is the model of a card consistent up to the Planck scale, is it natural?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from muoquark.cli.inputs import FORCE, JSON, SEEDS, load_card
from muoquark.cli.progress import wrote
from muoquark.common.constants import PLANCK_MASS


@click.command()
@click.argument("card", metavar="CARD")
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

    if not delta > 0:
        raise InputError(f"--delta must be positive, found {delta:g}")
    content = load_card(
        card, "theory", "the couplings that run and the masses are not in its coefficients"
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
    record, flows = analyse(point, loops, target, thresholds, search, seed, delta)
    arguments = {
        "loops": loops, "end": end, "nu_mass": nu_mass, "phi_mass": phi_mass,
        "search": search, "seed": seed, "delta": delta,
    }  # fmt: skip
    record["inputs"] = provenance("theory", arguments, content.to_yaml())
    if out:
        from muoquark.report import theory_figures as figures

        drawn = {
            f"flow-{n}loop": figures.flow_figure(flow, record["orders"][f"{n}_loop"]["vacuum"])
            for n, flow in flows.items()
        }
        drawn["naturalness"] = figures.naturalness_figure(record["naturalness"], delta, point)
        drawn["dipoles"] = figures.dipole_figure(record["dipoles"])
        for stem, figure in drawn.items():
            for form in ("pdf", "png"):
                write_atomic(Path(out) / f"{stem}.{form}", figures.picture(figure, form))
        write_atomic(Path(out) / "theory.json", to_json(record) + "\n")
        wrote(Path(out) / name for name in names)
    if as_json:
        click.echo(to_json(record))
        return
    for line in _summary(record):
        click.echo(line)


def _where(pole: dict[str, Any] | None) -> str:
    return "none" if pole is None else f"{pole['coupling']} at {pole['scale_GeV']:.3g} GeV"


def _summary(record: dict[str, Any]) -> list[str]:
    lines = [f"from {record['start']['scale_GeV']:.4g} GeV to {record['planck_GeV']:.3g} GeV"]
    for name, order in record["orders"].items():
        vacuum = order["vacuum"]
        lines += [
            f"{name.replace('_', ' ')}:",
            f"  Landau pole          {_where(order['pole'])}",
            f"  coupling above 4 pi  {_where(order['above_4pi'])}",
            f"  unitarity lost       {_where(order['unitarity_lost'])}",
        ]
        if vacuum["stable"]:
            lines.append(
                f"  potential            bounded at all {len(vacuum['minima'])} scales looked at"
            )
        else:
            lines.append(
                f"  potential            unbounded from {vacuum['unstable_from_GeV']:.3g} GeV, "
                f"worst {vacuum['worst_minimum']:.3g} at {vacuum['worst_scale_GeV']:.3g} GeV along "
                f"{vacuum['direction']}"
            )
    search = record["search"]
    if search is not None:
        if search["found"]:
            values = ", ".join(f"{k} = {v:.3g}" for k, v in search["quartics"].items() if v)
            lines.append(f"stable with quartics: {values or 'all zero'}")
        else:
            lines.append(
                f"no stabilising quartics found in {search['flows_tried']} flows "
                f"(best reaches {search['reached_GeV']:.3g} GeV)"
            )
    minimum = record["tree_level_minimum"]
    lines.append(
        "tree-level minimum that breaks colour or charge: "
        + ("deeper than ours" if minimum["breaks_colour_or_charge"] else "none below ours found")
    )
    nature = record["naturalness"]
    if "status" in nature:
        return [*lines, f"naturalness: {nature['status']}", *_not_computed(record)]
    y, h = nature["delta_ymu"], nature["delta_mh2"]
    lines.append(
        f"|delta y_mu| / y_mu: eq. (4) {abs(y['chiral']):.3g}, "
        f"field normalisation {abs(y['normalisation']):.3g}, added {y['total']:.3g}"
    )
    pieces = (
        f"{name}s {h[f'{key}_S1']:.3g} and {h[f'{key}_S3']:.3g}"
        for name, key in (("portal", "portal"), ("gauge loop", "gauge"), ("Yukawa loop", "yukawa"))
    )
    lines.append(
        f"delta m_h^2 / m_h^2 of S1 and S3: {', '.join(pieces)}; moduli added: {h['total']:.3g}"
    )
    limits = {
        "M1 (y_mu)": nature["limits_GeV"]["M1_from_ymu_at_constant_amu"],
        "M1 (m_h)": nature["limits_GeV"]["M1_from_mh2"],
        "M3 (m_h)": nature["limits_GeV"]["M3_from_mh2"],
    }
    text = ", ".join(f"{k} < {v / 1e3:.3g} TeV" for k, v in limits.items() if v)
    lines.append(f"finite naturalness (Delta = {nature['Delta']:g}): {text or 'no limit'}")
    return [*lines, *_not_computed(record)]


def _not_computed(record: dict[str, Any]) -> list[str]:
    return ["not computed:", *(f"  {item}" for item in record["not_computed"])]
