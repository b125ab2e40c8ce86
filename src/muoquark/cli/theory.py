"""``muoquark theory``: is the model of a card consistent up to the Planck scale, is it natural?"""

from __future__ import annotations

from pathlib import Path

import click

from muoquark.cli.completion import cards
from muoquark.cli.inputs import AT, FORCE, JSON, SEEDS, ask_model, model_card
from muoquark.cli.progress import working, wrote
from muoquark.common.constants import PLANCK_MASS


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
    from muoquark.report.theory_words import theory_lines
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

        written = []
        for stem, figure in theory_figures(found, delta, point).items():
            written += save_figure(figure, str(Path(out) / stem))
        write_atomic(Path(out) / "theory.json", to_json(record) + "\n")
        wrote([Path(out) / "theory.json", *written])
    if as_json:
        click.echo(to_json(record))
        return
    for line in theory_lines(found):
        click.echo(line)
