"""``muoquark charges``: the catalogue of U(1)_X and the conditions that each solution meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.data_options import DataChoice, data_options, given_by_user
from muoquark.cli.inputs import console
from muoquark.cli.progress import note, working, wrote
from muoquark.common.errors import InputError, suggest

if TYPE_CHECKING:
    from muoquark.boson.catalogue import ZPrimes
    from muoquark.symmetry.ladder import Judgement

__all__ = ["charges"]

# Largest charge of a fit where none is given: with ten there are 15 000 assignments.
FITTED = 3
_SETS = (("S1",), ("S3",), ("S1", "S3"), ("R2",), ("R2t",), ("S1t",))


@click.command()
@click.option("--max", "maximum", default=10, show_default=True, help="Largest integer charge.")
@click.option(
    "--leptoquark",
    "leptoquarks",
    default="S3",
    show_default=True,
    help="S1, S3, R2, R2t or S1t, or several joined by commas: S1,S3.",
)
@click.option("--require", default="", help="Only solutions that meet these, e.g. i,ii,vi or all.")
@click.option(
    "--quarks",
    type=click.Choice(("universal", "third")),
    default="universal",
    show_default=True,
    help="One charge for all quarks, or another one for the third family.",
)
@click.option(
    "--explain",
    metavar="CHARGES",
    help="Explain one assignment: 'k=1/3 L=0,-3,0', with E= and N= if they differ from L, and "
    "Phi=3 for one charge of Phi.  Generations in the order e, mu, tau.",
)
@click.option(
    "--fit",
    is_flag=True,
    help="Fit a Z' of every assignment with another third family (--quarks third) to the data, and "
    "S3 beside them: charges up to 3 where --max says nothing.",
)
@click.option(
    "--mass",
    type=click.FloatRange(1000, 1e5),
    default=5000.0,
    show_default=True,
    help="Of --fit: m_X and the mass of S3 in GeV.",
)
@click.option(
    "--show",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Of --fit: lines of the table; --json and --csv have all.",
)
@data_options
@click.option("--ladder", "whole", is_flag=True, help="Count solutions for every leptoquark.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "csv_path", type=click.Path(), help="Write the table to a CSV file.")
@click.option(
    "--out",
    "-o",
    "--output",
    "output",
    type=click.Path(),
    help="Figure to write (.pdf, .png or .svg): how many meet the conditions, and the charges of "
    "those that meet most; with --fit the ranking.",
)
@click.option("--force", is_flag=True, help="Replace an output file that is there already.")
def charges(
    maximum: int,
    leptoquarks: str,
    require: str,
    quarks: str,
    explain: str | None,
    fit: bool,
    mass: float,
    show: int,
    chosen: DataChoice,
    whole: bool,
    as_json: bool,
    csv_path: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Find and judge the anomaly-free U(1)_X of the Standard Model with three nu_R.

    Solutions are counted up to a common factor, the overall sign and permutations within L, E
    and N (docs/symmetry.md).  For each the verdicts on conditions i) to vi) are those of the
    muon charge and the charge of Phi that meet most of them.  The text of the charges names the
    solution in a card: model: {charges: 'k=1 L=0,-9,0 Phi=9', fields: [S3]}.

    With --fit: which Z' explains b -> s mu mu, over g_X and the angle between the second and the
    third quark doublet; data are those of 2026-06 and the tails of Drell-Yan unless named.
    """
    from muoquark.common.output import save, to_json
    from muoquark.symmetry.catalogue import solutions
    from muoquark.symmetry.ladder import best, judgements, ladder

    names = _leptoquarks(leptoquarks)
    place = None if output is None else _place(output, force)
    alone = ("data", "measurements", "groups", "chain", "fix_ckm", "mass", "show")
    for option in () if fit else alone:
        if given_by_user(option):
            raise InputError(f"--{option.replace('_', '-')} belongs to --fit, which is not given")
    if fit:
        if quarks != "third" or explain is not None or whole or require:
            raise InputError(
                "--fit needs --quarks third (universal quarks have no b -> s at tree level), and "
                "excludes --explain, --ladder and --require"
            )
        _fit(chosen, maximum if given_by_user("maximum") else FITTED, mass, show, as_json,
             csv_path, place, force)  # fmt: skip
        return
    if explain is not None:
        if place is not None:
            raise InputError("--out draws the catalogue; it excludes --explain")
        _explain(explain, names, as_json)
        return
    needed = _conditions(require)
    found = solutions(maximum, quarks == "third")
    judged = {names: [judgements(solution, names) for solution in found]}
    kept = [j for j in (best(one, needed) for one in judged[names]) if j is not None]
    for group in _SETS if whole else ():
        if group not in judged:
            judged[group] = [judgements(solution, group) for solution in found]
    sets = _SETS if whole else (names,)
    counts: dict[str, Any] = {
        "total": len(found),
        "vector_like": sum(s.vector_like for s in found),
        "chiral": sum(not s.vector_like for s in found),
        "selected": len(kept),
        "ladder": {",".join(group): ladder(judged[group]) for group in sets},
    }
    if csv_path:
        save(csv_path, _csv(kept), force)
        wrote([csv_path])
    if place is not None:
        from muoquark.report.charges_figure import catalogue_figure

        _draw(catalogue_figure(kept, counts["ladder"], maximum), place)
    if as_json:
        records = [judgement.record() for judgement in kept]
        click.echo(to_json({"solutions": records, "counts": counts}))
    else:
        _print(kept, counts)


def _fit(
    chosen: DataChoice,
    maximum: int,
    mass: float,
    show: int,
    as_json: bool,
    csv_path: str | None,
    place: Path | None,
    force: bool,
) -> None:
    from muoquark.boson.catalogue import zprimes
    from muoquark.common.output import check_output, save, to_json
    from muoquark.common.provenance import provenance
    from muoquark.report.charges import zprime_csv

    if csv_path:
        check_output(csv_path, force)
    if not given_by_user("data"):
        chosen = replace(chosen, data=("2026-06", "highpt"))
    with working("Z' of every assignment") as status:
        likelihood = chosen.likelihood()
        found = zprimes(likelihood, maximum, mass, status.update)
    for sentence in found.notes:
        note(sentence)
    if csv_path:
        save(csv_path, zprime_csv(found), force)
        wrote([csv_path])
    if place is not None:
        from muoquark.report.charges_figure import zprimes_figure

        _draw(zprimes_figure(found, show, f"data {chosen.title}"), place)
    if as_json:
        arguments = {"fit": True, "max": maximum, "mass": mass}
        inputs = {**provenance("charges", arguments, ""), "data": likelihood.identity()}
        click.echo(to_json({**found.record(), "inputs": inputs}))
        return
    _print_fit(found, show, chosen.title)


def _place(output: str, force: bool) -> Path:
    """Return where a figure goes; refused before anything is computed."""
    from muoquark.common.output import check_output

    path = Path(output)
    if path.suffix not in (".pdf", ".png", ".svg"):
        raise InputError(f"--out {output}: the name must end in .pdf, .png or .svg")
    check_output(output, force)
    return path


def _draw(figure: Any, path: Path) -> None:
    from muoquark.report.style import save_figure

    wrote(save_figure(figure, str(path.with_suffix("")), (path.suffix.removeprefix("."),)))


def _print_fit(found: ZPrimes, show: int, data: str) -> None:
    from rich.table import Table

    title = f"chi2 of the SM minus its own, {data}; two parameters each"
    table = Table(title=title, title_justify="left")
    columns = ("", "charges", "all", "b->smumu", "R_K(*)", "Delta F = 2", "tails", "DeltaM_s/SM",
               "trident/SM", "m_X/g_X [TeV]", "t23")  # fmt: skip
    for column in columns:
        table.add_column(column, justify="left" if column == "charges" else "right")
    place = [k for k, one in enumerate(found.ranked) if one.assignment is None or k < show]
    for k in place:
        one = found.ranked[k]
        numbers = [one.delta_chi2, *(one.parts.get(name) for name in columns[3:6]), one.tails]
        texts = ["-" if x is None else f"{x:.2f}" for x in numbers]
        ratios = [
            f"{one.ratios[n]:.3f}" if n in one.ratios else "-" for n in ("DeltaM_s", "trident")
        ]
        ratio = "-" if one.ratio is None else f"{one.ratio / 1e3:.3g}"
        angle = f"{one.values['t23']:.3f}" if "t23" in one.values else "-"
        table.add_row(str(k + 1), one.name, *texts, *ratios, ratio, angle)
    console().print(table)
    console().print(
        f"{len(found.ranked) - 1} assignments; {found.left_out} more forbid the mass of a lepton"
    )


def _leptoquarks(text: str) -> tuple[str, ...]:
    from muoquark.symmetry.content import LEPTOQUARKS

    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in LEPTOQUARKS:
            raise InputError(f"unknown leptoquark '{name}': {suggest(name, LEPTOQUARKS)}")
    if not names:
        raise InputError(f"no leptoquark is named. Allowed: {', '.join(LEPTOQUARKS)}")
    return names


def _conditions(text: str) -> tuple[str, ...]:
    from muoquark.symmetry.conditions import CONDITIONS

    names = tuple(part.strip().rstrip(")") for part in text.split(",") if part.strip())
    if names == ("all",):
        return tuple(CONDITIONS)
    for name in names:
        if name not in CONDITIONS:
            raise InputError(f"unknown condition '{name}': {suggest(name, [*CONDITIONS, 'all'])}")
    return names


def _csv(chosen: Sequence[Judgement]) -> str:
    import csv
    import io

    from muoquark.symmetry.conditions import CONDITIONS

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = ["k1", "k2", "k3", *(f"{g}_{x}" for g in "LEN" for x in ("e", "mu", "tau"))]
    more = ("remnant", "proton_stable", "charges")
    writer.writerow([*columns, "leptoquarks", "phi", *CONDITIONS, *more])
    for judgement in chosen:
        left = judgement.remnant
        writer.writerow(
            [
                *judgement.assignment.numbers(),
                "+".join(judgement.leptoquarks),
                judgement.phi,
                *(int(name in judgement.met) for name in CONDITIONS),
                None if left is None else left.order,
                judgement.proton_stable,
                judgement.text,
            ]
        )
    return stream.getvalue()


def _print(chosen: Sequence[Judgement], counts: dict[str, Any]) -> None:
    from rich.table import Table

    from muoquark.symmetry.conditions import CONDITIONS

    terminal = console()
    table = Table(title="Anomaly-free U(1)_X; generations e, mu, tau", title_justify="left")
    table.add_column("charges", overflow="fold")
    for name in CONDITIONS:
        table.add_column(name, justify="center")
    # The reason needs room; --json and --explain have it in full.
    reasons = terminal.width >= 110
    if reasons:
        table.add_column("first unmet condition", overflow="fold")
    for judgement in chosen:
        unmet = next((v for v in judgement.verdicts if not v.holds), None)
        marks = ["x" if name in judgement.met else "." for name in CONDITIONS]
        table.add_row(
            judgement.text,
            *marks,
            *([f"{unmet.condition}) {unmet.reason}" if unmet else ""] if reasons else []),
        )
    terminal.print(table)
    steps = Table(title="Solutions that meet the conditions together, from left to right")
    steps.add_column("leptoquark")
    for name in CONDITIONS:
        steps.add_column(("" if name == "i" else "+ ") + name, justify="right")
    for group, numbers in counts["ladder"].items():
        steps.add_row(group, *(str(number) for number in numbers.values()))
    terminal.print(steps)
    terminal.print(
        f"{counts['total']} solutions, {counts['vector_like']} with {{L}} = {{E}} and "
        f"{counts['chiral']} with {{L}} != {{E}}; {counts['selected']} shown"
    )


def _explain(text: str, names: tuple[str, ...], as_json: bool) -> None:
    from muoquark.common.output import to_json
    from muoquark.report.charges import explanation_lines
    from muoquark.symmetry.assignment import parse_assignment
    from muoquark.symmetry.explanation import explanation

    assignment, phi = parse_assignment(text)
    found = explanation(assignment, names, phi)
    if as_json:
        click.echo(to_json(found.record()))
        return
    for line in explanation_lines(found):
        click.echo(line)
