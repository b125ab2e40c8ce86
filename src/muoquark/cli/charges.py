"""``muoquark charges``: the catalogue of U(1)_X and the conditions that each solution meets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.inputs import console
from muoquark.cli.progress import wrote
from muoquark.common.errors import InputError, suggest

if TYPE_CHECKING:
    from muoquark.symmetry.ladder import Judgement

__all__ = ["charges"]

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
@click.option("--ladder", "whole", is_flag=True, help="Count solutions for every leptoquark.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "csv_path", type=click.Path(), help="Write the table to a CSV file.")
@click.option("--force", is_flag=True, help="Replace an existing CSV file.")
def charges(
    maximum: int,
    leptoquarks: str,
    require: str,
    quarks: str,
    explain: str | None,
    whole: bool,
    as_json: bool,
    csv_path: str | None,
    force: bool,
) -> None:
    """Find and judge the anomaly-free U(1)_X of the Standard Model with three nu_R.

    Solutions are counted up to a common factor, the overall sign and permutations within L, E
    and N (docs/symmetry.md).  For each the verdicts on conditions i) to vi) are those of the
    muon charge and the charge of Phi that meet most of them.  The text of the charges names the
    solution in a card: model: {charges: 'k=1 L=0,-9,0 Phi=9', fields: [S3]}.
    """
    from muoquark.common.output import save, to_json
    from muoquark.symmetry.catalogue import solutions
    from muoquark.symmetry.ladder import best, judgements, ladder

    names = _leptoquarks(leptoquarks)
    if explain is not None:
        _explain(explain, names, as_json)
        return
    needed = _conditions(require)
    found = solutions(maximum, quarks == "third")
    judged = {names: [judgements(solution, names) for solution in found]}
    chosen = [j for j in (best(one, needed) for one in judged[names]) if j is not None]
    for group in _SETS if whole else ():
        if group not in judged:
            judged[group] = [judgements(solution, group) for solution in found]
    sets = _SETS if whole else (names,)
    counts: dict[str, Any] = {
        "total": len(found),
        "vector_like": sum(s.vector_like for s in found),
        "chiral": sum(not s.vector_like for s in found),
        "selected": len(chosen),
        "ladder": {",".join(group): ladder(judged[group]) for group in sets},
    }
    if csv_path:
        save(csv_path, _csv(chosen), force)
        wrote([csv_path])
    if as_json:
        records = [judgement.record() for judgement in chosen]
        click.echo(to_json({"solutions": records, "counts": counts}))
    else:
        _print(chosen, counts)


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
