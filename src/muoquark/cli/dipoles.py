"""``muoquark dipoles``: scales of the lepton dipole operators, eq. (1) of the paper."""

from __future__ import annotations

from pathlib import Path

import click

from muoquark.cli.inputs import FORCE, JSON
from muoquark.cli.progress import wrote


@click.command()
@click.option("--pair", help="One pair of leptons: ee, mumu, tautau, emu, etau, mutau.")
@click.option("--year", type=int, help="Inputs of 2021 or of 2026 [default: both].")
@click.option(
    "--rate",
    type=float,
    help="Scale of this |Delta a| (diagonal pair) or branching ratio instead; needs --pair.",
)
@click.option(
    "--out", "-o", "--output", "output", type=click.Path(), help="Figure to write (.png or .pdf)."
)
@JSON
@FORCE
def command(
    pair: str | None,
    year: int | None,
    rate: float | None,
    output: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Scales Lambda_ij of eq. (1) from measured or bounded rates, the paper's beside ours."""
    from muoquark.common.errors import InputError
    from muoquark.common.files import write_atomic
    from muoquark.common.output import check_output, to_json
    from muoquark.theory.dipoles import dipoles, scale

    if rate is not None:
        if pair is None or year is not None or output:
            raise InputError("--rate needs --pair, and excludes --year and -o")
        if not 0 < rate < 1:
            raise InputError(f"--rate is between 0 and 1, found {rate:g}")
        record = {"pair": pair, "rate": rate, "scale_TeV": scale(pair, rate) / 1e3}
        if pair in ("emu", "etau", "mutau"):
            record["scale_both_chiralities_TeV"] = scale(pair, rate, 2) / 1e3
        if as_json:
            click.echo(to_json(record))
        else:
            both = record.get("scale_both_chiralities_TeV")
            click.echo(
                f"Lambda_{pair} = {record['scale_TeV']:.4g} TeV"
                + (f" (both chiralities: {both:.4g} TeV)" if both else "")
            )
        return
    rows = dipoles(year, pair)
    if output:
        from muoquark.report.theory_figures import dipole_figure, picture

        form = Path(output).suffix.removeprefix(".")
        if form not in ("png", "pdf"):
            raise InputError(f"-o {output}: the name must end in .png or .pdf")
        check_output(output, force)
        write_atomic(output, picture(dipole_figure(rows), form))
        wrote([output])
    if as_json:
        click.echo(to_json([row.record() for row in rows]))
        return
    for row in rows:
        sign = ">" if row.bound else "="
        text = f"{row.year}  Lambda_{row.pair:<7}{sign} {row.scale:.3g} TeV"
        if row.both_chiralities is not None:
            text += f" (both chiralities {row.both_chiralities:.3g})"
        if row.interval is not None:
            low, high = row.interval
            text += f" ({low:.3g} to {'infinity' if high is None else f'{high:.3g}'})"
        if row.paper is not None:
            text += f"; paper {row.paper:g}: {row.verdict}"
        click.echo(f"{text}  [{row.input.source}]")
